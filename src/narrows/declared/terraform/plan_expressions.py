"""What the expressions of one planned resource come to: references to the resources whose ids they take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from narrows.declared.model import Reference, Unknown, Value
from narrows.declared.terraform.references import MOST_TARGETS, Frame, Resolver, Target, listed, members
from narrows.declared.terraform.values import AFTER_APPLY

_ACCEPTS: Final[Mapping[str, frozenset[str]]] = {
    name: frozenset(types.split())
    for name, types in (
        ("allocation_id", "aws_eip"),
        ("allocation_ids", "aws_eip"),
        ("secondary_allocation_ids", "aws_eip"),
        ("egress_only_gateway_id", "aws_egress_only_internet_gateway"),
        ("gateway_id", "aws_internet_gateway aws_vpn_gateway aws_vpc_endpoint"),
        ("nat_gateway_id", "aws_nat_gateway"),
        ("network_acl_id", "aws_network_acl aws_default_network_acl"),
        ("network_interface_id", "aws_network_interface"),
        ("route_table_id", "aws_route_table aws_default_route_table"),
        ("route_table_ids", "aws_route_table aws_default_route_table"),
        ("security_group_id", "aws_security_group aws_default_security_group"),
        ("security_group_ids", "aws_security_group aws_default_security_group"),
        ("security_groups", "aws_security_group aws_default_security_group"),
        ("source_security_group_id", "aws_security_group aws_default_security_group"),
        ("referenced_security_group_id", "aws_security_group aws_default_security_group"),
        ("vpc_security_group_ids", "aws_security_group aws_default_security_group"),
        ("subnet_id", "aws_subnet aws_default_subnet"),
        ("subnet_ids", "aws_subnet aws_default_subnet"),
        ("vpc_subnet_ids", "aws_subnet aws_default_subnet"),
        ("transit_gateway_id", "aws_ec2_transit_gateway"),
        ("vpc_endpoint_id", "aws_vpc_endpoint"),
        ("vpc_id", "aws_vpc aws_default_vpc"),
        ("peer_vpc_id", "aws_vpc aws_default_vpc"),
        ("vpc_peering_connection_id", "aws_vpc_peering_connection"),
    )
}
"""The types whose ids an attribute takes."""
_TAKEN: Final = ("_id", "arn", "_name", "_version", "destination", "dimensions", "qualifier")
"""How names of other attributes end that take what a resource is called. Of the rest, such as a block of addresses cut
from another, a reference says what it is made from, not what it is."""


@dataclass(frozen=True, slots=True)
class Within:
    """The expressions of one planned resource."""

    resolver: Resolver
    frame: Frame
    expressions: dict[str, Any]
    address: str
    provider: str = ""
    """The key of its provider in ``provider_config`` of the plan's configuration."""

    @classmethod
    def of(cls, resolver: Resolver, path: str, resource: Mapping[str, Any]) -> Within:
        """Those of a planned resource in a module of that address."""
        frame = resolver.module(path)
        type_, name, key = resource.get("type"), resource.get("name"), resource.get("index")
        block: dict[str, Any] = {}
        for configured in map(members, listed(frame.configuration.get("resources"))):
            if configured.get("type") == type_ and configured.get("name") == name:
                block = configured
                if block.get("mode") == "managed":
                    break
        own_frame = Frame(
            frame.configuration,
            path,
            key if isinstance(key, str | int) else None,
            frozenset(resolver.planned.keys.get((path, f"{type_}.{name}"), {})),
            tuple(listed(members(block.get("for_each_expression")).get("references"))),
            frame.above,
            frame.inputs,
        )
        provider = block.get("provider_config_key")
        return cls(
            resolver,
            own_frame,
            members(block.get("expressions")),
            str(resource.get("address")),
            provider if isinstance(provider, str) else "",
        )

    def expression(self, name: str) -> Any:
        """What is configured for an attribute, or the blocks of that name; None where nothing is."""
        return self.expressions.get(name)

    def one(self, said: Any, name: str) -> Value:
        """The resource that an attribute is of; or all of them, where it takes several."""
        if name.endswith("s") and name in _ACCEPTS:
            return self.several(said, name, None)
        if name not in _ACCEPTS and not name.endswith(_TAKEN):
            return AFTER_APPLY
        try:
            targets = self._targets(said, name)
            why = AFTER_APPLY
        except LookupError as error:
            targets, why = [], Unknown(str(error))
        target = self._own(said, targets)
        if target is None and len({named.address for named in targets}) == 1:
            target = targets[0]
        if target is not None:
            return Reference(target.address, _attribute(target, name))
        # An id that is known after apply is one of a resource that is made then: perhaps there is but one.
        addresses = [
            address for type_ in _ACCEPTS.get(name, ()) for address in self.resolver.planned.made.get(type_, ())
        ]
        if len(addresses) != 1:
            self.resolver.open = True
            return why
        return Reference(addresses[0], "id")

    def several(self, said: Any, name: str, count: int | None) -> Value:
        """The resources that a list is of: all that are named, if they are as many as it has."""
        try:
            targets = self._targets(said, name)
        except LookupError as error:
            return Unknown(str(error))
        if count == 1 and len(targets) > 1 and (own_target := self._own(said, targets)) is not None:
            targets = [own_target]
        if not targets or (count is not None and len(targets) != count):
            self.resolver.open = True
            return Unknown("known after apply") if count is None else [AFTER_APPLY] * count
        if count is None and any(len(target.group) > 1 for target in targets):
            self.resolver.note(
                self.address,
                f"{name} of {self.address}: all {len(targets)} that it refers to are taken; the plan leaves open which",
            )
        return [Reference(target.address, _attribute(target, name)) for target in targets]

    def _own(self, said: Any, targets: Sequence[Target]) -> Target | None:
        """That of the same key, where both blocks have the same keys and the expression looks at its own."""
        references = [reference for reference in listed(members(said).get("references")) if isinstance(reference, str)]
        if self.frame.key is None or not any(reference.startswith(("count.", "each.")) for reference in references):
            return None
        alike = [target for target in targets if target.key == self.frame.key and target.group == self.frame.siblings]
        return alike[0] if len(alike) == 1 else None

    def _targets(self, said: Any, name: str) -> list[Target]:
        references = listed(members(said).get("references"))
        targets: dict[str, Target] = {}
        wanted = _ACCEPTS.get(name)
        for target in self.resolver.targets(references, self.frame):
            if wanted is None or target.type in wanted:
                targets.setdefault(target.address, target)
            if len(targets) > MOST_TARGETS:
                break
        return list(targets.values())


def _attribute(target: Target, name: str) -> str:
    return target.attribute or ("arn" if name.endswith(("arn", "arns")) else "id")

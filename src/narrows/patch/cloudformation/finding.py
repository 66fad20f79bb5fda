"""Which resource of the templates a plan means: by id, by name, else by what refers to it.

Never by likeness: where two could be meant, that is an error that names both places.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from narrows.declared.ids import plain_function_name
from narrows.errors import InputError, one_line
from narrows.network import Network
from narrows.patch.cloudformation.folder import Folder
from narrows.patch.cloudformation.nodes import Json
from narrows.patch.cloudformation.templates import Found, Object, Template
from narrows.plan.model import Plan

FUNCTION = ("AWS::Lambda::Function", "AWS::Serverless::Function")
NAT_GATEWAY = ("AWS::EC2::NatGateway",)
SUBNET = ("AWS::EC2::Subnet",)
SECURITY_GROUP = ("AWS::EC2::SecurityGroup",)
_CALLED = {
    FUNCTION: "function",
    NAT_GATEWAY: "NAT gateway",
    SUBNET: "subnet",
    SECURITY_GROUP: "security group",
}
_OTHER = re.compile(r"[^a-z0-9]")
_GENERATED = r"-{}-[A-Za-z0-9]{{8,14}}$"
"""What CloudFormation calls a function that has no name: stack, logical id, letters and digits."""


class Finder:
    """Looks up the resources of a plan in templates."""

    def __init__(self, plan: Plan, folder: Folder, ids: Mapping[str, str]) -> None:
        self.plan, self.folder, self.ids = plan, folder, ids
        self.network: Network = plan.today.network
        self.made: dict[str, Found] = {}
        """What the patch itself declares, by its name in the plan."""
        self.missing = False
        """Whether something of the plan is in no template."""
        self._found: dict[tuple[tuple[str, ...], str], Found | None] = {}

    def function(self, name: str) -> Found | None:
        """A function."""
        return self._look(FUNCTION, name)

    def nat_gateway(self, name: str) -> Found | None:
        """A NAT gateway."""
        return self._look(NAT_GATEWAY, name)

    def subnet(self, name: str) -> Found | None:
        """A subnet."""
        return self._look(SUBNET, name)

    def security_group(self, name: str) -> Found | None:
        """A security group."""
        return self._look(SECURITY_GROUP, name)

    def _look(self, types: tuple[str, ...], name: str) -> Found | None:
        if name in self.made:
            return self.made[name]
        key = types, name
        if key not in self._found:
            self._found[key] = self.by_name(types, name) or self._by_reference(types, name)
            self.missing |= self._found[key] is None
        return self._found[key]

    def by_name(self, types: tuple[str, ...], name: str) -> Found | None:
        """The one that has an id or a name; spelled alike counts where nothing has exactly that name."""
        every = list(self.folder.of(*types))
        logical = self.ids.get(name)
        if logical is not None:
            return self._one(types, name, [one for one in every if logical in (one.name, *_nested_names(one))])
        names = {name, self.plan.names.get(name, name)}
        exact = [one for one in every if names & set(self._names(one))]
        if exact:
            return self._one(types, name, exact)
        generated = [one for one in every if re.search(_GENERATED.format(re.escape(one.name)), name)]
        if generated and types is FUNCTION:
            return self._one(types, name, generated)
        plain = {_plain(one) for one in names}
        alike = [one for one in every if plain & {_plain(word) for word in self._names(one)}]
        if not alike and types is FUNCTION:
            alike = [one for one in every if plain & {_without_kind(one.name)}]
        return self._one(types, name, alike) if alike else None

    def _one(self, types: tuple[str, ...], name: str, found: list[Found]) -> Found | None:
        if len(found) < 2:
            return found[0] if found else None
        first, second = found[:2]
        raise InputError(
            f"two resources could be the {_CALLED[types]} {one_line(name, 60)}: {first.name} ({first.place}) and "
            f"{second.name} ({second.place})",
            file=self.folder.root,
            advice="name one template, or say with --state which id is which",
        )

    def _names(self, found: Found) -> Iterator[str]:
        yield from (found.name, *_nested_names(found))
        if found.type in FUNCTION:
            yield plain_function_name(found.name)
        if found.tag is not None:
            yield found.tag
        for key in ("FunctionName", "GroupName"):
            value = found.known.get(key)
            if isinstance(value, str):
                yield value
        path = found.cdk_path
        if path is not None:
            yield from (path, path.removesuffix("/Resource"))
            yield path.removesuffix("/Resource").rpartition("/")[2]

    def _by_reference(self, types: tuple[str, ...], name: str) -> Found | None:
        """What the functions of the plan lead to, where that can only be one."""
        if types is FUNCTION:
            every = [one for one in self.folder.of(*FUNCTION) if self.in_vpc(one)]
            inside = [one for one in self.network.functions.values() if one.subnets]
            return every[0] if len(every) == 1 == len(inside) and name == inside[0].name else None
        if types is SECURITY_GROUP:
            return self._only(types, name, self._groups(name))
        if types is SUBNET:
            return self._only(types, name, self._subnets(name))
        if name not in self.network.nat_gateways:
            return None
        if len(self.network.nat_gateways) == 1:
            every = list(self.folder.of(*NAT_GATEWAY))
            if len(every) == 1:
                return every[0]
        return self._only(types, name, self._gateways(name))

    def _only(self, types: tuple[str, ...], name: str, found: Iterable[Found]) -> Found | None:
        """The one that is left when those that have other names in the plan are taken away."""
        others = {
            *self.network.nat_gateways,
            *self.network.subnets,
            *(group for one in self.network.functions.values() for group in one.security_groups),
        } - {name}
        left = [one for one in dict.fromkeys(found) if not any(self.by_name(types, other) == one for other in others)]
        return self._one(types, name, left)

    def _users(self, subnets: set[str]) -> Iterator[Found]:
        for one in self.network.functions.values():
            if subnets & set(one.subnets):
                found = self.function(one.name)
                if found is not None:
                    yield found

    def _subnets(self, name: str) -> list[Found]:
        subnet = self.network.subnets.get(name)
        found: dict[Found, None] = {}
        for user in self._users({name}):
            for one in self.listed(user, "SubnetIds"):
                if one.type in SUBNET:
                    found[one] = None
        here = [one for one in found if subnet is not None and one.known.get("AvailabilityZone") == subnet.az]
        return here or list(found)

    def _groups(self, name: str) -> list[Found]:
        found: dict[Found, None] = {}
        for one in self.network.functions.values():
            user = self.function(one.name) if name in one.security_groups else None
            for group in self.listed(user, "SecurityGroupIds") if user is not None else ():
                if group.type in SECURITY_GROUP:
                    found[group] = None
        return list(found)

    def _gateways(self, name: str) -> list[Found]:
        behind = {one.name for one in self.network.subnets.values() if one.route == name}
        subnets: dict[Found, None] = {}
        for subnet in behind:
            known = self.by_name(SUBNET, subnet)
            if known is not None:
                subnets[known] = None
        for user in self._users(behind):
            subnets |= dict.fromkeys(self.listed(user, "SubnetIds"))
        found: dict[Found, None] = {}
        for one in subnets:
            table = self.table_of(one)
            for route in self.routes_of(table) if table is not None else ():
                gateway = self.folder.resolved(route.template, route.known.get("NatGatewayId"))
                if gateway is not None:
                    found[gateway] = None
        return list(found)

    # What refers to what.

    def vpc_configs(self, function: Found) -> list[tuple[Object, tuple[str, ...]]]:
        """The VPC configurations that a function has: its own, and that of SAM's Globals, which is added to it."""
        found: list[tuple[Object, tuple[str, ...]]] = []
        if function.type == "AWS::Serverless::Function":
            way = ("Globals", "Function", "VpcConfig")
            here: Json = function.template.value
            for key in way:
                here = here.get(key) if isinstance(here, dict) else None
            if isinstance(here, dict):
                found.append((here, way))
        own = function.known.get("VpcConfig")
        if isinstance(own, dict):
            found.append((own, ("Resources", function.name, "Properties", "VpcConfig")))
        return found

    def in_vpc(self, function: Found) -> bool:
        """Whether it has a VPC configuration."""
        return bool(self.vpc_configs(function))

    def listed(self, function: Found, key: str) -> Iterator[Found]:
        """What the lists of that name in its VPC configuration refer to, those that its stack is given too."""
        for config, _ in self.vpc_configs(function):
            lists = [(function.template, one) for one in lists_in(config, key)]
            passed = self.passed(function.template, config.get(key))
            if passed is not None:
                lists.append(passed)
            for template, values in lists:
                for value in values:
                    found = self.folder.resolved(template, value)
                    if found is not None:
                        yield found

    @staticmethod
    def passed(template: Template, value: Json) -> tuple[Template, list[Json]] | None:
        """The list that the template above passes as a parameter, where it is written out there."""
        name = value.get("Ref") if isinstance(value, dict) else None
        if not isinstance(name, str) or len(template.uses) != 1:
            return None
        use = template.uses[0]
        given = Found(use.template, use.logical_id).known.get("Parameters")
        joined = given.get(name) if isinstance(given, dict) else None
        parts = joined.get("Fn::Join") if isinstance(joined, dict) else None
        if isinstance(parts, list) and len(parts) == 2 and parts[0] == "," and isinstance(parts[1], list):
            return use.template, parts[1]
        return None

    def table_of(self, subnet: Found) -> Found | None:
        """The route table that a subnet is associated with."""
        association = self.association_of(subnet)
        if association is None:
            return None
        return self.folder.resolved(association.template, association.known.get("RouteTableId"))

    def association_of(self, subnet: Found) -> Found | None:
        """Its association with a route table."""
        return next(self.referring("AWS::EC2::SubnetRouteTableAssociation", "SubnetId", subnet), None)

    def routes_of(self, table: Found) -> list[Found]:
        """The routes of a route table."""
        return list(self.referring("AWS::EC2::Route", "RouteTableId", table))

    def leads_to(self, table: Found, gateway: Found) -> bool:
        """Whether a route table leads to a NAT gateway, and to no other."""
        routes = [route for route in self.routes_of(table) if "NatGatewayId" in route.known]
        ends = {self.folder.resolved(route.template, route.known["NatGatewayId"]) for route in routes}
        return ends == {gateway}

    def referring(self, type: str, key: str, to: Found) -> Iterator[Found]:
        """The resources of a type with a property that refers to another resource."""
        for one in self.folder.of(type):
            if self.folder.resolved(one.template, one.known.get(key)) == to:
                yield one


def lists_in(config: Json, key: str) -> list[list[Json]]:
    """The literal lists of a VPC configuration, those of both ends of a condition too."""
    if isinstance(config, dict) and key not in config:
        branches = config.get("Fn::If")
        rest = branches[1:] if isinstance(branches, list) else []
        return [one for branch in rest for one in lists_in(branch, key)]
    return _literal(config.get(key)) if isinstance(config, dict) else []


def _literal(value: Json) -> list[list[Json]]:
    if isinstance(value, list):
        return [value]
    branches = value.get("Fn::If") if isinstance(value, dict) else None
    return [one for branch in branches[1:] for one in _literal(branch)] if isinstance(branches, list) else []


def _nested_names(found: Found) -> Iterator[str]:
    for use in found.template.uses:
        yield f"{use.logical_id}/{found.name}"


def _plain(text: str) -> str:
    return _OTHER.sub("", text.lower())


def _without_kind(name: str) -> str:
    plain = _plain(name)
    return plain.removesuffix("function").removesuffix("lambda") or plain


__all__ = ["FUNCTION", "NAT_GATEWAY", "SECURITY_GROUP", "SUBNET", "Finder", "Template", "lists_in"]

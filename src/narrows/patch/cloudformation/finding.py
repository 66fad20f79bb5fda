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
_PUNCTUATION = re.compile(r"[^a-z0-9]")
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
        """The resource of this id or name; one whose name is spelled alike, where none has exactly this one."""
        every = list(self.folder.of(*types))
        logical = self.ids.get(name)
        if logical is not None:
            with_id = [resource for resource in every if logical in (resource.name, *_nested_names(resource))]
            return self._single(types, name, with_id)
        names = {name, self.plan.names.get(name, name)}
        exact = [resource for resource in every if names & set(self._names(resource))]
        if exact:
            return self._single(types, name, exact)
        generated = [resource for resource in every if re.search(_GENERATED.format(re.escape(resource.name)), name)]
        if generated and types is FUNCTION:
            return self._single(types, name, generated)
        plain = {_plain(word) for word in names}
        alike = [resource for resource in every if plain & {_plain(word) for word in self._names(resource)}]
        if not alike and types is FUNCTION:
            alike = [resource for resource in every if plain & {_without_kind(resource.name)}]
        return self._single(types, name, alike) if alike else None

    def _single(self, types: tuple[str, ...], name: str, candidates: list[Found]) -> Found | None:
        if len(candidates) < 2:
            return candidates[0] if candidates else None
        first, second = candidates[:2]
        raise InputError(
            f"two resources could be the {_CALLED[types]} {one_line(name, 60)}: {first.name} ({first.place}) and "
            f"{second.name} ({second.place})",
            file=self.folder.root,
            advice="name one template, or say with --state which id is which",
        )

    def _names(self, resource: Found) -> Iterator[str]:
        yield from (resource.name, *_nested_names(resource))
        if resource.type in FUNCTION:
            yield plain_function_name(resource.name)
        if resource.tag is not None:
            yield resource.tag
        for key in ("FunctionName", "GroupName"):
            value = resource.known.get(key)
            if isinstance(value, str):
                yield value
        path = resource.cdk_path
        if path is not None:
            yield from (path, path.removesuffix("/Resource"))
            yield path.removesuffix("/Resource").rpartition("/")[2]

    def _by_reference(self, types: tuple[str, ...], name: str) -> Found | None:
        """What the functions of the plan lead to, where that can only be one."""
        if types is FUNCTION:
            every = [function for function in self.folder.of(*FUNCTION) if self.in_vpc(function)]
            inside = [function for function in self.network.functions.values() if function.subnets]
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

    def _only(self, types: tuple[str, ...], name: str, candidates: Iterable[Found]) -> Found | None:
        """The candidate that is left when those that the plan calls by other names are taken away."""
        others = {
            *self.network.nat_gateways,
            *self.network.subnets,
            *(group for function in self.network.functions.values() for group in function.security_groups),
        } - {name}
        left = [
            candidate
            for candidate in dict.fromkeys(candidates)
            if not any(self.by_name(types, other_name) == candidate for other_name in others)
        ]
        return self._single(types, name, left)

    def _users(self, subnets: set[str]) -> Iterator[Found]:
        for function in self.network.functions.values():
            if subnets & set(function.subnets):
                declared = self.function(function.name)
                if declared is not None:
                    yield declared

    def _subnets(self, name: str) -> list[Found]:
        subnet = self.network.subnets.get(name)
        subnets: dict[Found, None] = {}
        for user in self._users({name}):
            for declared in self.listed(user, "SubnetIds"):
                if declared.type in SUBNET:
                    subnets[declared] = None
        in_zone = [
            declared
            for declared in subnets
            if subnet is not None and declared.known.get("AvailabilityZone") == subnet.az
        ]
        return in_zone or list(subnets)

    def _groups(self, name: str) -> list[Found]:
        groups: dict[Found, None] = {}
        for function in self.network.functions.values():
            user = self.function(function.name) if name in function.security_groups else None
            for group in self.listed(user, "SecurityGroupIds") if user is not None else ():
                if group.type in SECURITY_GROUP:
                    groups[group] = None
        return list(groups)

    def _gateways(self, name: str) -> list[Found]:
        behind = {subnet.name for subnet in self.network.subnets.values() if subnet.route == name}
        subnets: dict[Found, None] = {}
        for subnet_name in behind:
            known = self.by_name(SUBNET, subnet_name)
            if known is not None:
                subnets[known] = None
        for user in self._users(behind):
            subnets |= dict.fromkeys(self.listed(user, "SubnetIds"))
        gateways: dict[Found, None] = {}
        for subnet in subnets:
            table = self.table_of(subnet)
            for route in self.routes_of(table) if table is not None else ():
                gateway = self.folder.resolved(route.template, route.known.get("NatGatewayId"))
                if gateway is not None:
                    gateways[gateway] = None
        return list(gateways)

    # What refers to what.

    def vpc_configs(self, function: Found) -> list[tuple[Object, tuple[str, ...]]]:
        """The VPC configurations that a function has: its own, and that of SAM's Globals, which is added to it."""
        configs: list[tuple[Object, tuple[str, ...]]] = []
        if function.type == "AWS::Serverless::Function":
            way = ("Globals", "Function", "VpcConfig")
            shared: Json = function.template.value
            for key in way:
                shared = shared.get(key) if isinstance(shared, dict) else None
            if isinstance(shared, dict):
                configs.append((shared, way))
        own = function.known.get("VpcConfig")
        if isinstance(own, dict):
            configs.append((own, ("Resources", function.name, "Properties", "VpcConfig")))
        return configs

    def in_vpc(self, function: Found) -> bool:
        """Whether it has a VPC configuration."""
        return bool(self.vpc_configs(function))

    def listed(self, function: Found, key: str) -> Iterator[Found]:
        """What the lists of that name in its VPC configuration refer to, also those that its stack is given."""
        for config, _ in self.vpc_configs(function):
            lists = [(function.template, elements) for elements in lists_in(config, key)]
            passed = self.passed(function.template, config.get(key))
            if passed is not None:
                lists.append(passed)
            for template, values in lists:
                for value in values:
                    resource = self.folder.resolved(template, value)
                    if resource is not None:
                        yield resource

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
        for resource in self.folder.of(type):
            if self.folder.resolved(resource.template, resource.known.get(key)) == to:
                yield resource


def lists_in(config: Json, key: str) -> list[list[Json]]:
    """The literal lists of a VPC configuration, those of both ends of a condition too."""
    if isinstance(config, dict) and key not in config:
        branches = config.get("Fn::If")
        rest = branches[1:] if isinstance(branches, list) else []
        return [elements for branch in rest for elements in lists_in(branch, key)]
    return _literal(config.get(key)) if isinstance(config, dict) else []


def _literal(value: Json) -> list[list[Json]]:
    if isinstance(value, list):
        return [value]
    branches = value.get("Fn::If") if isinstance(value, dict) else None
    return [elements for branch in branches[1:] for elements in _literal(branch)] if isinstance(branches, list) else []


def _nested_names(resource: Found) -> Iterator[str]:
    for use in resource.template.uses:
        yield f"{use.logical_id}/{resource.name}"


def _plain(text: str) -> str:
    return _PUNCTUATION.sub("", text.lower())


def _without_kind(name: str) -> str:
    plain = _plain(name)
    return plain.removesuffix("function").removesuffix("lambda") or plain

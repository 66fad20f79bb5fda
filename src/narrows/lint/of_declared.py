"""A subject from what files of Terraform or CloudFormation declare.

What the network is (where subnets lead, how many addresses a NAT gateway has, what security groups let through) is read
as a case is, from what AWS would answer. Here is what no such answer has: alarms, flow logs and queues as they are
written, and that what the files leave open stays open.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from narrows.case.flow_log_fields import DEFAULT_FORMAT, parse_format
from narrows.declared import resource_types
from narrows.declared.account import DescribedAccount, account_of
from narrows.declared.ids import DEFAULT_GROUP, Ids, default_of
from narrows.declared.model import Declared, Fault, Place, Reference, Resource, Value
from narrows.errors import InputError
from narrows.limits import FLOW_LOG_DEFAULT_INTERVAL, FUNCTION_DEFAULT_TIMEOUT, QUEUE_DEFAULT_VISIBILITY
from narrows.lint import values
from narrows.lint.declared_alarms import alarm_seen
from narrows.lint.network import openings, way_of
from narrows.lint.subject import (
    EndpointSeen,
    FlowLogSeen,
    FunctionSeen,
    GroupSeen,
    NatSeen,
    Opening,
    QueueSeen,
    Source,
    Subject,
    SubnetSeen,
)
from narrows.network import NatKind
from narrows.reachability.configuration import Configuration
from narrows.reachability.rules import SecurityGroupRules

_DIRECTIONS = {"Ingress": "Source", "Egress": "Destination"}
"""Of rules of security groups, with what the other side is called."""
_RULES = {"Ingress": resource_types.SECURITY_GROUP_INGRESS, "Egress": resource_types.SECURITY_GROUP_EGRESS}
"""By direction what a rule that is a resource of its own is."""
_ADDRESSES = ("Secondary", "AvailabilityZoneAddresses")
"""How the members of a NAT gateway begin that say how many addresses it has."""


def subject_of_declared(declared: Declared, place: Place) -> Subject:
    """What the files declare, as rules look at it. Where AWS could not have such a network, its faults say why."""
    faults: tuple[Fault, ...] = ()
    try:
        account = account_of(declared, one_region=False)
    except InputError as error:
        where = f"{error.place}: " if error.place else ""
        faults = (Fault(Place(error.file or place.file), f"{where}{error.problem}", broken=True),)
        account = account_of(replace(declared, resources=()))
        declared = replace(declared, faults=(*declared.faults, *faults))
    return replace(_Reader(declared, account).subject(place), faults=faults)


@dataclass
class _Reader:
    declared: Declared
    account: DescribedAccount

    def subject(self, place: Place) -> Subject:
        declared = self.declared
        return Subject(
            Source.DECLARED,
            place,
            functions=tuple(self._function(function) for function in declared.of(resource_types.FUNCTION)),
            subnets={subnet.address: self._subnet(subnet) for subnet in declared.of(resource_types.SUBNET)},
            nats={gateway.address: self._nat(gateway) for gateway in declared.of(resource_types.NAT_GATEWAY)},
            endpoints=tuple(self._endpoint(endpoint) for endpoint in declared.of(resource_types.ENDPOINT)),
            groups={group.key: group for group in self._groups()},
            alarms=tuple(alarm_seen(alarm, declared, self._key) for alarm in declared.of(resource_types.ALARM)),
            flow_logs=tuple(self._flow_log(flow_log) for flow_log in declared.of(resource_types.FLOW_LOG)),
            queues=tuple(self._queues()),
            whole=not declared.faults,
            # One resource of Terraform's may be several of CloudFormation's: what it is comes first.
            kinds={resource.address: resource.type for resource in reversed(declared.resources)},
            named_groups=frozenset(self._named_groups()),
            left_out=frozenset(self._left_out()),
        )

    def _left_out(self) -> Iterator[str]:
        names = {resource_types.ALARM: "MetricName", resource_types.ENDPOINT: "ServiceName"}
        for resource in self.declared.left_out:
            text = resource.properties.get(names.get(resource.type, ""))
            if isinstance(text, str):
                yield text.rpartition(".")[2]

    @cached_property
    def _ids(self) -> Ids:
        """Not the account's: those are of nothing where AWS could not have what is declared."""
        return Ids(self.declared)

    @cached_property
    def _configuration(self) -> Configuration:
        return self.account.configuration

    @cached_property
    def _open(self) -> dict[str, list[str]]:
        """The members of each resource that are not known, by its address."""
        members: dict[str, list[str]] = {}
        for question in self.account.questions:
            members.setdefault(question.address, []).append(question.member)
        return members

    def _key(self, value: Value) -> str | None:
        """The address of what a value refers to, or its id where it is in no file; None where that is not known."""
        id = self._ids.resolved(value)
        if isinstance(id, str):
            return self._address(id)
        return value.address if isinstance(value, Reference) else None

    def _address(self, id: str) -> str:
        return self._ids.address.get(id, id)

    def _keys(self, value: Value) -> tuple[str, ...] | None:
        """The keys in a list; None where one of them, or the list, is not known."""
        if value is None:
            return ()
        keys = [self._key(member) for member in values.flat(value)] if values.is_list(value) else [None]
        known = tuple(key for key in keys if key is not None)
        return known if len(known) == len(keys) else None

    def _function(self, function: Resource) -> FunctionSeen:
        config = function.properties.get("VpcConfig")
        inside: Mapping[str, Value] = config if isinstance(config, Mapping) else {}
        known = config is None or isinstance(config, Mapping)
        return FunctionSeen(
            key=function.address,
            label=_label(function),
            place=function.place,
            sure=not function.conditional,
            subnets=self._keys(inside.get("SubnetIds")) if known else None,
            groups=self._keys(inside.get("SecurityGroupIds")) if known else None,
            reserved=values.whole(function.properties.get("ReservedConcurrentExecutions")),
            dual_stack=values.flag(inside.get("Ipv6AllowedForDualStack", False)),
        )

    def _subnet(self, subnet: Resource) -> SubnetSeen:
        id = self._ids.of[subnet.address]
        way, nat = (None, None) if id in self.account.doubts else way_of(self._configuration, id)
        return SubnetSeen(
            key=subnet.address,
            label=_label(subnet),
            place=subnet.place,
            sure=not subnet.conditional,
            vpc=self._key(subnet.properties.get("VpcId")),
            zone=values.text(subnet.properties.get("AvailabilityZone"))
            or values.text(subnet.properties.get("AvailabilityZoneId")),
            block=values.block(subnet.properties.get("CidrBlock")),
            way=way,
            nat=None if nat is None else self._address(nat),
        )

    def _nat(self, declared: Resource) -> NatSeen:
        gateway = self.account.network.nat_gateways.get(self._ids.of[declared.address])
        subnet = self._key(declared.properties.get("SubnetId"))
        stands_in = self.declared.by_address.get(subnet or "")
        in_vpc = declared if stands_in is None or "VpcId" in declared.properties else stands_in
        open = any(member.startswith(_ADDRESSES) for member in self._open.get(declared.address, ()))
        return NatSeen(
            key=declared.address,
            label=_label(declared),
            place=declared.place,
            sure=not declared.conditional,
            kind=NatKind.ZONAL if gateway is None else gateway.kind,
            addresses=None if gateway is None or open else gateway.addresses or None,
            subnet=subnet,
            vpc=self._key(in_vpc.properties.get("VpcId")),
        )

    def _endpoint(self, endpoint: Resource) -> EndpointSeen:
        kind = endpoint.properties.get("VpcEndpointType", "Gateway")
        groups = self._keys(endpoint.properties.get("SecurityGroupIds"))
        vpc = endpoint.properties.get("VpcId")
        if groups == () and kind == "Interface" and isinstance(id := self._ids.resolved(vpc), str):
            groups = (self._address(default_of(id, DEFAULT_GROUP)),)
        return EndpointSeen(
            key=endpoint.address,
            label=_label(endpoint),
            place=endpoint.place,
            sure=not endpoint.conditional,
            service=values.known_text(endpoint.properties.get("ServiceName")),
            gateway=kind == "Gateway" if isinstance(kind, str) else None,
            vpc=self._key(vpc),
            groups=groups,
            private_dns=values.flag(endpoint.properties.get("PrivateDnsEnabled")),
        )

    def _groups(self) -> Iterator[GroupSeen]:
        """The security groups that are declared, and the default one of each VPC."""
        for group in self.declared.of(resource_types.SECURITY_GROUP):
            id = self._ids.of[group.address]
            yield GroupSeen(
                key=group.address,
                label=_label(group),
                place=group.place,
                sure=not group.conditional,
                vpc=self._key(group.properties.get("VpcId")),
                ingress=self._openings(id, group, "Ingress"),
                egress=self._openings(id, group, "Egress"),
            )
        for vpc in self.declared.of(resource_types.VPC):
            id = default_of(self._ids.of[vpc.address], DEFAULT_GROUP)
            if id not in self._ids.address:
                yield GroupSeen(
                    key=id,
                    label=f"the default security group of {vpc.name or vpc.address}",
                    place=vpc.place,
                    vpc=vpc.address,
                    # Files that were not understood may let in more.
                    ingress=None if self.declared.faults else self._openings(id, None, "Ingress"),
                    egress=None if self.declared.faults else self._openings(id, None, "Egress"),
                )

    def _openings(self, id: str, group: Resource | None, direction: str) -> tuple[Opening, ...] | None:
        """A security group's rules, those that stand beside it as well; None where they are not all known."""
        inline = f"SecurityGroup{direction}"
        open = self._open.get(group.address, ()) if group is not None else ()
        rules = self._configuration.groups.get(id, SecurityGroupRules(id, None, None))
        known = openings(rules.ingress if direction == "Ingress" else rules.egress, self._address)
        beside = self._rules_beside[direction]
        if inline in open or None in beside or known is None:
            return None
        doubtful = any(rule.conditional or rule.address in self._open for rule in beside.get(id, ()))
        if doubtful or any(member.startswith(inline) for member in open):
            return (*known, Opening(None, None, open_ended=True))
        return known

    @cached_property
    def _rules_beside(self) -> dict[str, dict[str | None, list[Resource]]]:
        """By direction and the id of the group the rules that are resources of their own; None for a group that is not
        known."""
        beside: dict[str, dict[str | None, list[Resource]]] = {}
        for direction in _DIRECTIONS:
            of = beside.setdefault(direction, {})
            for rule in self.declared.of(_RULES[direction]):
                group = self._ids.resolved(rule.properties.get("GroupId"))
                of.setdefault(group if isinstance(group, str) else None, []).append(rule)
        return beside

    def _named_groups(self) -> Iterator[str]:
        """Those that a rule names, of a group that is declared here or elsewhere."""
        for group in self._configuration.groups.values():
            for rule in (*(group.ingress or ()), *(group.egress or ())):
                yield from map(self._address, rule.groups)
        for direction, side in _DIRECTIONS.items():
            for rules in self._rules_beside[direction].values():
                keys = (self._key(rule.properties.get(f"{side}SecurityGroupId")) for rule in rules)
                yield from (key for key in keys if key is not None)

    def _flow_log(self, flow_log: Resource) -> FlowLogSeen:
        form = flow_log.properties.get("LogFormat")
        interval = flow_log.properties.get("MaxAggregationInterval", FLOW_LOG_DEFAULT_INTERVAL.value)
        return FlowLogSeen(
            key=flow_log.address,
            label=_label(flow_log),
            place=flow_log.place,
            sure=not flow_log.conditional,
            fields=DEFAULT_FORMAT if form is None else _fields(form),
            interval=values.whole(interval),
            traffic=values.text(flow_log.properties.get("TrafficType")),
        )

    def _queues(self) -> Iterator[QueueSeen]:
        for mapping in self.declared.of(resource_types.EVENT_SOURCE_MAPPING):
            queue = self.declared.referred(mapping.properties.get("EventSourceArn"))
            name = self._ids.function_of(mapping.properties.get("FunctionName"))
            function = self._ids.resource.get(self._ids.address.get(name or "", ""))
            if queue is None or function is None or queue.type != resource_types.QUEUE:
                continue
            yield QueueSeen(
                key=queue.address,
                label=values.text(queue.properties.get("QueueName")) or queue.address,
                place=queue.place,
                sure=not (mapping.conditional or queue.conditional or function.conditional),
                function=function.name or function.address,
                visibility=values.whole(queue.properties.get("VisibilityTimeout", QUEUE_DEFAULT_VISIBILITY.value)),
                timeout=values.whole(function.properties.get("Timeout", FUNCTION_DEFAULT_TIMEOUT.value)),
            )


def _label(resource: Resource) -> str:
    return resource.name or resource.label or resource.address


def _fields(form: Value) -> tuple[str, ...] | None:
    try:
        return parse_format(form) if isinstance(form, str) else None
    except ValueError:
        return None

"""A subject from what files of Terraform or CloudFormation declare."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from narrows.case.flow_log_fields import DEFAULT_FORMAT, parse_format
from narrows.declared.model import Declared, Place, Reference, Resource, Unknown, Value
from narrows.lint import values
from narrows.lint.subject import (
    AlarmSeen,
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
    Way,
)
from narrows.network import NatKind

_FUNCTIONS = ("AWS::Lambda::Function", "AWS::Serverless::Function")
_EVERYWHERE = "0.0.0.0/0"
_ELSEWHERE = ("TransitGatewayId", "VpcPeeringConnectionId", "InstanceId", "NetworkInterfaceId", "VpcEndpointId",
              "LocalGatewayId", "CoreNetworkArn", "CarrierGatewayId")  # fmt: skip
"""What a route can lead to that is neither a NAT gateway nor an internet gateway."""
_DEFAULT_INTERVAL = 600
"""Seconds that a flow log gathers where nobody says (CreateFlowLogs, MaxAggregationInterval)."""
_DEFAULT_VISIBILITY = 30
"""Seconds that SQS hides a message where nobody says (CreateQueue, VisibilityTimeout)."""
_DEFAULT_TIMEOUT = 3
"""Seconds that a function may take where nobody says (CreateFunction, Timeout)."""


def subject_of_declared(declared: Declared, place: Place) -> Subject:
    """What the files declare, as rules look at it."""
    return _Reader(declared).subject(place)


@dataclass
class _Reader:
    declared: Declared

    def subject(self, place: Place) -> Subject:
        made = self.declared
        subnets = {one.key: one for one in self._subnets()}
        return Subject(
            Source.DECLARED,
            place,
            functions=tuple(self._function(one) for one in made.of(*_FUNCTIONS)),
            subnets=subnets,
            nats={one.address: self._nat(one, subnets) for one in made.of("AWS::EC2::NatGateway")},
            endpoints=tuple(self._endpoint(one) for one in made.of("AWS::EC2::VPCEndpoint")),
            groups=self._default_groups | {one.address: self._group(one) for one in made.of("AWS::EC2::SecurityGroup")},
            alarms=tuple(self._alarm(one) for one in made.of("AWS::CloudWatch::Alarm")),
            flow_logs=tuple(self._flow_log(one) for one in made.of("AWS::EC2::FlowLog")),
            queues=tuple(self._queues()),
            whole=not made.faults,
            # One resource of Terraform's may be several of CloudFormation's: what it is comes first.
            kinds={one.address: one.type for one in reversed(made.resources)},
            named_groups=frozenset(self._named_groups()),
            left_out=frozenset(self._left_out()),
        )

    def _left_out(self) -> Iterator[str]:
        names = {"AWS::CloudWatch::Alarm": "MetricName", "AWS::EC2::VPCEndpoint": "ServiceName"}
        for one in self.declared.left_out:
            text = one.properties.get(names.get(one.type, ""))
            if isinstance(text, str):
                yield text.rpartition(".")[2]

    def _key(self, value: Value) -> str | None:
        """The key of what a value refers to; None where that is not known."""
        known = self.declared.referred(value)
        if known is not None:
            return known.address
        if isinstance(value, Reference):
            return value.address
        return value if isinstance(value, str) else None

    def _keys(self, value: Value) -> tuple[str, ...] | None:
        """The keys in a list; None where one of them, or the list, is not known."""
        if value is None:
            return ()
        found = [self._key(one) for one in values.flat(value)] if values.is_list(value) else [None]
        keys = tuple(one for one in found if one is not None)
        return keys if len(keys) == len(found) else None

    def _function(self, one: Resource) -> FunctionSeen:
        config = one.properties.get("VpcConfig")
        inside: Mapping[str, Value] = config if isinstance(config, Mapping) else {}
        known = config is None or isinstance(config, Mapping)
        dual_stack = inside.get("Ipv6AllowedForDualStack", False)
        return FunctionSeen(
            key=one.address,
            label=one.name or one.label or one.address,
            place=one.place,
            sure=not one.conditional,
            subnets=self._keys(inside.get("SubnetIds")) if known else None,
            groups=self._keys(inside.get("SecurityGroupIds")) if known else None,
            reserved=values.whole(one.properties.get("ReservedConcurrentExecutions")),
            dual_stack=values.flag(dual_stack),
        )

    def _subnets(self) -> Iterator[SubnetSeen]:
        tables, main = self._tables(), self._main_tables()
        for one in self.declared.of("AWS::EC2::Subnet"):
            table = tables.get(one.address)
            if one.address not in tables:
                table = main.get(self._key(one.properties.get("VpcId")))
            way, nat = self._way(table)
            yield SubnetSeen(
                key=one.address,
                label=one.name or one.label or one.address,
                place=one.place,
                sure=not one.conditional,
                vpc=self._key(one.properties.get("VpcId")),
                zone=values.text(one.properties.get("AvailabilityZone"))
                or values.text(one.properties.get("AvailabilityZoneId")),
                block=values.block(one.properties.get("CidrBlock")),
                way=way,
                nat=nat,
            )

    def _main_tables(self) -> dict[str | None, str]:
        """The main route table of each VPC, where it is certain that subnets without any other have it."""
        made = self.declared
        associations = made.of("AWS::EC2::SubnetRouteTableAssociation")
        if made.faults or any(self._key(one.properties.get("SubnetId")) is None for one in associations):
            return {}
        found: dict[str | None, set[str | None]] = {}
        for one in made.of("AWS::EC2::MainRouteTableAssociation"):
            table = None if one.conditional else self._key(one.properties.get("RouteTableId"))
            found.setdefault(self._key(one.properties.get("VpcId")), set()).add(table)
        # The one that AWS makes goes by the address of its VPC; without routes here, subnets may get a table elsewhere.
        for vpc in self._routes_of.keys() & self._vpcs.keys():
            found.setdefault(vpc, {vpc})
        return {vpc: table for vpc, tables in found.items() if vpc and len(tables) == 1 and (table := tables.pop())}

    @cached_property
    def _vpcs(self) -> dict[str | None, Resource]:
        return {one.address: one for one in self.declared.of("AWS::EC2::VPC")}

    def _tables(self) -> dict[str, str | None]:
        """The route table that each subnet is associated with; None where that is not certain, or not declared."""
        found: dict[str, set[str | None]] = {}
        for one in self.declared.of("AWS::EC2::SubnetRouteTableAssociation"):
            subnet = self._key(one.properties.get("SubnetId"))
            table = None if one.conditional else self._key(one.properties.get("RouteTableId"))
            if subnet is not None:
                found.setdefault(subnet, set()).add(table)
        return {subnet: next(iter(tables)) if len(tables) == 1 else None for subnet, tables in found.items()}

    @cached_property
    def _gateways(self) -> dict[str | None, Way]:
        ways = {"AWS::EC2::InternetGateway": Way.INTERNET_GATEWAY, "AWS::EC2::VPNGateway": Way.ELSEWHERE}
        return {one.address: ways[one.type] for one in self.declared.of(*ways)}

    @cached_property
    def _routes_of(self) -> dict[str | None, list[Resource]]:
        return self._by_key("AWS::EC2::Route", "RouteTableId")

    @cached_property
    def _rules_of(self) -> dict[str, dict[str | None, list[Resource]]]:
        kinds = ("Ingress", "Egress")
        return {kind: self._by_key(f"AWS::EC2::SecurityGroup{kind}", "GroupId") for kind in kinds}

    def _by_key(self, kind: str, name: str) -> dict[str | None, list[Resource]]:
        """The resources of a type by what one of their properties refers to; None where that is not known."""
        found: dict[str | None, list[Resource]] = {}
        for one in self.declared.of(kind):
            found.setdefault(self._key(one.properties.get(name)), []).append(one)
        return found

    @cached_property
    def _route_tables(self) -> dict[str | None, Resource]:
        """Those that are declared, and the main ones that AWS makes of VPCs."""
        return {**self._vpcs, **{one.address: one for one in self.declared.of("AWS::EC2::RouteTable")}}

    def _way(self, table: str | None) -> tuple[Way | None, str | None]:
        """Where the default route of a route table leads, and to which NAT gateway."""
        if table not in self._route_tables or self._route_tables[table].conditional:
            return None, None
        ways: set[tuple[Way | None, str | None]] = set()
        unknown = False
        for route, sure in self._routes(table):
            target = route.get("DestinationCidrBlock")
            if isinstance(target, Unknown | Reference):
                unknown = True
            elif target == _EVERYWHERE:
                ways.add(self._leads(route) if sure else (None, None))
        if not ways and unknown:
            return None, None  # A table has one route to each destination: beside a default route it is none.
        if not ways:
            # A virtual private gateway may propagate a default route; a route may be made elsewhere.
            open_end = self._propagates(table) or bool(self.declared.faults)
            return (None, None) if open_end else (Way.NONE, None)
        return next(iter(ways)) if len(ways) == 1 else (None, None)

    def _routes(self, table: str | None) -> Iterator[tuple[Mapping[str, Value], bool]]:
        for one in self._routes_of.get(table, ()):
            yield one.properties, not one.conditional
        for one in self._routes_of.get(None, ()):
            if one.properties.get("DestinationCidrBlock") == _EVERYWHERE:
                yield one.properties, False  # It may be this table's.
        inline = self._route_tables[table].properties.get("Routes")
        for route in values.items(inline):
            yield (route, True) if isinstance(route, Mapping) else ({"DestinationCidrBlock": _UNTOLD}, False)
        if isinstance(inline, Unknown):
            yield {"DestinationCidrBlock": inline}, False

    def _leads(self, route: Mapping[str, Value]) -> tuple[Way | None, str | None]:
        if "NatGatewayId" in route and route["NatGatewayId"] is not None:
            return Way.NAT, self._key(route["NatGatewayId"])
        gateway = route.get("GatewayId")
        if gateway is not None:
            key = self._key(gateway)
            if key in self._gateways:
                return self._gateways[key], None
            if isinstance(gateway, str):
                return (Way.INTERNET_GATEWAY if gateway.startswith("igw-") else Way.ELSEWHERE), None
            return None, None
        return (Way.ELSEWHERE, None) if any(route.get(one) is not None for one in _ELSEWHERE) else (None, None)

    def _propagates(self, table: str | None) -> bool:
        for one in self.declared.of("AWS::EC2::VPNGatewayRoutePropagation"):
            keys = self._keys(one.properties.get("RouteTableIds"))
            if keys is None or table in keys:
                return True
        return False

    def _nat(self, one: Resource, subnets: Mapping[str, SubnetSeen]) -> NatSeen:
        properties = one.properties
        kind = NatKind.ZONAL
        if properties.get("AvailabilityMode") == "regional":
            kind = NatKind.REGIONAL
        elif properties.get("ConnectivityType") == "private":
            kind = NatKind.PRIVATE
        subnet = self._key(properties.get("SubnetId"))
        vpc = self._key(properties.get("VpcId"))
        if vpc is None and subnet is not None and subnet in subnets:
            vpc = subnets[subnet].vpc
        return NatSeen(
            key=one.address,
            label=one.name or one.label or one.address,
            place=one.place,
            sure=not one.conditional,
            kind=kind,
            addresses=_addresses(properties, kind),
            subnet=subnet,
            vpc=vpc,
        )

    @cached_property
    def _default_groups(self) -> dict[str, GroupSeen]:
        """The default security group of each VPC, by the VPC, as everything refers to it: it lets in its own members.

        Only of CloudFormation, whose templates cannot take its rules away, and where everything was understood.
        """
        if self.declared.source != "cloudformation" or self.declared.faults:
            return {}
        found = {}
        for vpc in self.declared.of("AWS::EC2::VPC"):
            more = self._openings(vpc, "Ingress")
            own = Opening("-1", None, groups=(vpc.address,))
            found[vpc.address] = GroupSeen(
                key=vpc.address,
                label=f"the default security group of {vpc.name or vpc.address}",
                place=vpc.place,
                vpc=vpc.address,
                ingress=None if more is None else (own, *more),
                egress=None,
            )
        return found

    def _endpoint(self, one: Resource) -> EndpointSeen:
        kind = one.properties.get("VpcEndpointType", "Gateway")
        groups, vpc = self._keys(one.properties.get("SecurityGroupIds")), self._key(one.properties.get("VpcId"))
        if groups == () and kind == "Interface" and vpc in self._default_groups:
            groups = (vpc,)
        return EndpointSeen(
            key=one.address,
            label=one.name or one.label or one.address,
            place=one.place,
            sure=not one.conditional,
            service=values.known_text(one.properties.get("ServiceName")),
            gateway=kind == "Gateway" if isinstance(kind, str) else None,
            vpc=vpc,
            groups=groups,
            private_dns=values.flag(one.properties.get("PrivateDnsEnabled")),
        )

    def _group(self, one: Resource) -> GroupSeen:
        return GroupSeen(
            key=one.address,
            label=one.name or one.label or one.address,
            place=one.place,
            sure=not one.conditional,
            vpc=self._key(one.properties.get("VpcId")),
            ingress=self._openings(one, "Ingress"),
            egress=self._openings(one, "Egress"),
        )

    def _openings(self, group: Resource, direction: str) -> tuple[Opening, ...] | None:
        """A security group's rules, those that stand beside it as well; None where they are not all known."""
        inline = group.properties.get(f"SecurityGroup{direction}")
        if isinstance(inline, Unknown | Reference):
            return None
        beside = self._rules_of[direction]
        if None in beside:
            return None
        rules = list(values.items(inline))
        its = beside.get(group.address, ())
        rules += [Unknown(one.conditional) if one.conditional else one.properties for one in its]
        return tuple(self._opening(one, direction) for one in rules)

    def _named_groups(self) -> Iterator[str]:
        """Those that a rule names, of a group that is declared here or elsewhere."""
        for direction in ("Ingress", "Egress"):
            rules = [one.properties for one in self.declared.of(f"AWS::EC2::SecurityGroup{direction}")]
            for group in self.declared.of("AWS::EC2::SecurityGroup"):
                inline = values.items(group.properties.get(f"SecurityGroup{direction}"))
                rules += [one for one in inline if isinstance(one, Mapping)]
            for rule in rules:
                yield from self._opening(rule, direction).groups

    def _opening(self, rule: Value, direction: str) -> Opening:
        if not isinstance(rule, Mapping):
            return Opening(None, None, open_ended=True)
        side = "Source" if direction == "Ingress" else "Destination"
        blocks, groups, open_ended = [], [], False
        for name in ("CidrIp", "CidrIpv6"):
            value = rule.get(name)
            found = values.block(value)
            blocks += [] if found is None else [found]
            open_ended |= value is not None and found is None
        value = rule.get(f"{side}SecurityGroupId")
        if value is not None:
            key = self._key(value)
            groups += [] if key is None else [key]
            open_ended |= key is None
        lists = ("SourcePrefixListId", "DestinationPrefixListId", "SourceSecurityGroupName")
        open_ended |= any(rule.get(one) is not None for one in lists)
        low, high = rule.get("FromPort"), rule.get("ToPort")
        ports = (low, high) if isinstance(low, int) and isinstance(high, int) else None
        if ports is None:
            open_ended |= isinstance(low, Unknown | Reference) or isinstance(high, Unknown | Reference)
        protocol = rule.get("IpProtocol")
        told = str(protocol) if isinstance(protocol, str | int) else None
        return Opening(told, ports if ports != (-1, -1) else None, tuple(blocks), tuple(groups), open_ended)

    def _alarm(self, one: Resource) -> AlarmSeen:
        properties, metric = one.properties, one.properties
        metrics = properties.get("Metrics")
        several = metrics is not None
        if several and (stated := _one_metric(metrics)) is not None:
            metric = stated
        elif several:
            metric = {}
        threshold = properties.get("Threshold")
        return AlarmSeen(
            key=one.address,
            label=values.text(properties.get("AlarmName")) or one.address,
            place=one.place,
            sure=not one.conditional,
            namespace=values.text(metric.get("Namespace")),
            metric=values.text(metric.get("MetricName")),
            dimensions=self._dimensions(metric.get("Dimensions")),
            stat=values.text(metric.get("Statistic")) or values.text(metric.get("ExtendedStatistic")),
            period=values.whole(metric.get("Period")),
            periods=values.whole(properties.get("EvaluationPeriods")),
            datapoints=values.whole(properties.get("DatapointsToAlarm")),
            threshold=values.number(threshold),
            comparison=values.text(properties.get("ComparisonOperator")),
        )

    def _dimensions(self, value: Value) -> dict[str, str | None] | None:
        if value is None:
            return {}
        if not values.is_list(value):
            return None
        found: dict[str, str | None] = {}
        for one in values.items(value):
            name = values.text(one.get("Name")) if isinstance(one, Mapping) else None
            if name is None or not isinstance(one, Mapping):
                return None
            value = one.get("Value")
            known = not isinstance(value, Reference) or value.address in self.declared.by_address
            found[name] = self._key(value) if known else None
        return found

    def _flow_log(self, one: Resource) -> FlowLogSeen:
        form = one.properties.get("LogFormat")
        interval = one.properties.get("MaxAggregationInterval", _DEFAULT_INTERVAL)
        return FlowLogSeen(
            key=one.address,
            label=one.name or one.label or one.address,
            place=one.place,
            sure=not one.conditional,
            fields=DEFAULT_FORMAT if form is None else _fields(form),
            interval=values.whole(interval),
            traffic=values.text(one.properties.get("TrafficType")),
        )

    def _queues(self) -> Iterator[QueueSeen]:
        for one in self.declared.of("AWS::Lambda::EventSourceMapping"):
            queue = self.declared.referred(one.properties.get("EventSourceArn"))
            function = self.declared.referred(one.properties.get("FunctionName"))
            if queue is None or function is None or queue.type != "AWS::SQS::Queue":
                continue
            yield QueueSeen(
                key=queue.address,
                label=values.text(queue.properties.get("QueueName")) or queue.address,
                place=queue.place,
                sure=not (one.conditional or queue.conditional or function.conditional),
                function=function.name or function.address,
                visibility=values.whole(queue.properties.get("VisibilityTimeout", _DEFAULT_VISIBILITY)),
                timeout=values.whole(function.properties.get("Timeout", _DEFAULT_TIMEOUT)),
            )


_UNTOLD = Unknown("a route that is not known")


def _one_metric(value: Value) -> Mapping[str, Value] | None:
    """The metric of an alarm that is written with ``Metrics`` and has one only; None for metric maths."""
    queries = [one for one in values.items(value) if isinstance(one, Mapping)]
    if len(queries) != 1 or not isinstance(stat := queries[0].get("MetricStat"), Mapping):
        return None
    metric = stat.get("Metric")
    inside = metric if isinstance(metric, Mapping) else {}
    return {**inside, "Statistic": stat.get("Stat"), "Period": stat.get("Period")}


def _addresses(properties: Mapping[str, Value], kind: NatKind) -> int | None:
    if kind is NatKind.REGIONAL:
        zones = properties.get("AvailabilityZoneAddresses")
        if zones is None:
            return None  # AWS gives it addresses, and more of them by itself.
        counts = [
            len(values.items(one["AllocationIds"]))
            for one in values.items(zones)
            if isinstance(one, Mapping) and values.is_list(one.get("AllocationIds"))
        ]
        return min(counts) if counts and len(counts) == len(values.items(zones)) else None
    count = 1
    for name in ("SecondaryAllocationIds", "SecondaryPrivateIpAddresses"):
        value = properties.get(name)
        if value is not None and not values.is_list(value):
            return None
        count += len(values.items(value))
    more = properties.get("SecondaryPrivateIpAddressCount", 0)
    return count + more if isinstance(more, int) else None


def _fields(form: Value) -> tuple[str, ...] | None:
    try:
        return parse_format(form) if isinstance(form, str) else None
    except ValueError:
        return None

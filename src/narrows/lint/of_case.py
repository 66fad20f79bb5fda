"""A subject from a case: what AWS's own answers say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from narrows.case.flow_log_fields import DEFAULT_FORMAT, parse_format
from narrows.case.model import Case
from narrows.case.reading.alarms import Alarms, read_alarms
from narrows.case.reading.aws_files import Resources, read_resources
from narrows.case.reading.aws_json import Record
from narrows.case.reading.folder import CaseFolder
from narrows.declared.model import Place
from narrows.lint.alarms_of_case import alarms_seen
from narrows.lint.network import openings, way_of
from narrows.lint.subject import (
    AlarmSeen,
    EndpointSeen,
    FlowLogSeen,
    FunctionSeen,
    GroupSeen,
    NatSeen,
    Source,
    Subject,
    SubnetSeen,
)
from narrows.reachability.configuration import Configuration

_GONE = ("deleted", "deleting", "failed", "rejected", "expired")


def subject_of_case(case: Case) -> Subject:
    """A case as rules look at it.

    It holds what was asked of the account: of a kind of which it has no answer, nothing is known to be missing.
    """
    folder = CaseFolder(case.folder)
    return _Reader(case, read_resources(folder), read_alarms(folder)).subject()


class _Reader:
    def __init__(self, case: Case, resources: Resources, alarms: Alarms | None) -> None:
        self.case, self.resources, self.alarms = case, resources, alarms
        engine = case.topology.network.reachability
        self.config = Configuration() if engine is None else engine.config

    def subject(self) -> Subject:
        network, resources = self.case.topology.network, self.resources
        return Subject(
            Source.CASE,
            Place(str(self.case.folder)),
            functions=tuple(
                FunctionSeen(
                    key=function.name,
                    label=function.name,
                    place=self._place("functions"),
                    subnets=function.subnets,
                    groups=function.security_groups,
                    reserved=function.reserved_concurrency,
                    dual_stack=function.dual_stack,
                    pairs=function.versions,
                )
                for function in network.functions.values()
            ),
            subnets={subnet.key: subnet for subnet in map(self._subnet, resources["subnets"])},
            nats={name: self._nat(name) for name in network.nat_gateways},
            endpoints=tuple(self._endpoints()) if "vpc-endpoints" in resources else None,
            groups={name: self._group(name) for name in self.config.groups},
            alarms=self._alarms(),
            flow_logs=tuple(self._flow_logs()) if "flow-logs" in resources else None,
            named_groups=frozenset(
                group
                for rules in self.config.groups.values()
                for rule in (*(rules.ingress or ()), *(rules.egress or ()))
                for group in rule.groups
            ),
            quotas=self.case.quotas,
        )

    def _place(self, kind: str) -> Place:
        return Place(str(Path(self.case.folder) / self.resources.source(kind)))

    def _label(self, key: str) -> str:
        return self.case.topology.label(key)

    def _subnet(self, record: Record) -> SubnetSeen:
        key = record.need("SubnetId")
        way, nat = way_of(self.config, key)
        return SubnetSeen(
            key=key,
            label=self._label(key),
            place=self._place("subnets"),
            vpc=record.text("VpcId"),
            zone=record.text("AvailabilityZone"),
            block=record.block("CidrBlock"),
            free=record.whole("AvailableIpAddressCount"),
            way=way,
            nat=nat,
        )

    def _nat(self, name: str) -> NatSeen:
        gateway = self.case.topology.network.nat_gateways[name]
        subnet = self.case.topology.nat_subnets.get(name)
        place = self.config.places.get(subnet or "")
        return NatSeen(
            key=name,
            label=self._label(name),
            place=self._place("nat-gateways"),
            kind=gateway.kind,
            addresses=gateway.addresses or None,
            subnet=subnet,
            vpc=None if place is None else place.vpc,
        )

    def _endpoints(self) -> Iterator[EndpointSeen]:
        for record in self.resources["vpc-endpoints"]:
            if (record.text("State") or "").lower() in _GONE:
                continue
            key = record.need("VpcEndpointId")
            kind = record.text("VpcEndpointType")
            yield EndpointSeen(
                key=key,
                label=self._label(key),
                place=self._place("vpc-endpoints"),
                service=record.text("ServiceName"),
                gateway=kind in (None, "Gateway"),
                vpc=record.text("VpcId"),
                groups=tuple(group.need("GroupId") for group in record.records("Groups")),
                private_dns=record.flag("PrivateDnsEnabled"),
            )

    def _group(self, name: str) -> GroupSeen:
        rules = self.config.groups[name]
        return GroupSeen(
            key=name,
            label=self._label(name),
            place=self._place("security-groups"),
            vpc=None,
            ingress=openings(rules.ingress),
            egress=openings(rules.egress),
        )

    def _alarms(self) -> tuple[AlarmSeen, ...] | None:
        network = self.case.topology.network
        if self.alarms is None:
            return None
        return tuple(alarms_seen(self.alarms, self.case.folder, network.nat_gateways.keys(), network.functions.keys()))

    def _flow_logs(self) -> Iterator[FlowLogSeen]:
        for record in self.resources["flow-logs"]:
            key = record.need("FlowLogId")
            log_format = record.text("LogFormat")
            yield FlowLogSeen(
                key=key,
                label=self._label(key),
                place=self._place("flow-logs"),
                fields=DEFAULT_FORMAT if log_format is None else _fields(log_format),
                interval=record.whole("MaxAggregationInterval"),
                traffic=record.text("TrafficType"),
            )


def _fields(log_format: str) -> tuple[str, ...] | None:
    try:
        return parse_format(log_format)
    except ValueError:
        return None

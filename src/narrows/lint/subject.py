"""What a rule looks at: functions and what stands around them, whichever they were read from.

Files of Terraform and CloudFormation, a case and a scenario all become this, so that a rule is written once. What a
source does not say is None, and never a default: a rule stays silent then, or says that it could not look.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from narrows.addresses import Block
from narrows.declared.model import Fault, Place
from narrows.network import NatKind
from narrows.scenario import Scenario


class Source(StrEnum):
    """Where a subject was read from."""

    DECLARED = "files"
    CASE = "case"
    SCENARIO = "scenario"


class Way(StrEnum):
    """Where the default route of a subnet leads."""

    NAT = "nat-gateway"
    INTERNET_GATEWAY = "internet-gateway"
    NONE = "none"
    ELSEWHERE = "elsewhere"
    """A transit gateway, an appliance, a peering connection."""


@dataclass(frozen=True, kw_only=True)
class Thing:
    """One of the things that stand there."""

    key: str
    """What the others refer to it by: an address in files, an id of AWS, a name in a scenario."""
    label: str
    """What people call it."""
    place: Place
    sure: bool = True
    """Whether it is there for certain; False where a condition decides it that nobody has decided."""


@dataclass(frozen=True, kw_only=True)
class FunctionSeen(Thing):
    """A function."""

    subnets: tuple[str, ...] | None
    """Keys; empty outside of a VPC."""
    groups: tuple[str, ...] | None
    reserved: int | None = None
    """Reserved concurrency, where it has one."""
    dual_stack: bool | None = None
    """Whether it may use IPv6."""
    pairs: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = ()
    """Subnets and security groups of its published versions."""


@dataclass(frozen=True, kw_only=True)
class SubnetSeen(Thing):
    """A subnet."""

    vpc: str | None = None
    zone: str | None = None
    block: Block | None = None
    """Its IPv4 addresses."""
    free: int | None = None
    """Addresses left in it, where AWS says so."""
    way: Way | None = None
    nat: str | None = None
    """The NAT gateway that its default route leads to, where it leads to one."""


@dataclass(frozen=True, kw_only=True)
class NatSeen(Thing):
    """A NAT gateway."""

    kind: NatKind
    addresses: int | None
    """For a regional one in each Availability Zone."""
    subnet: str | None = None
    vpc: str | None = None


@dataclass(frozen=True, kw_only=True)
class EndpointSeen(Thing):
    """A VPC endpoint of a service."""

    service: str | None
    """``com.amazonaws.us-east-1.s3``, or its end."""
    gateway: bool | None
    """Whether it is a gateway endpoint, and no interface endpoint."""
    vpc: str | None
    groups: tuple[str, ...] | None
    private_dns: bool | None = None


@dataclass(frozen=True, slots=True)
class Opening:
    """A rule of a security group."""

    protocol: str | None
    """``tcp``, a number, or ``-1`` for all; None where it is not known."""
    ports: tuple[int, int] | None
    """None for all, or where they are not known: then ``open_ended`` is set."""
    blocks: tuple[Block, ...] = ()
    groups: tuple[str, ...] = ()
    open_ended: bool = False
    """Something of it is not known: it may let in more than it says."""

    def takes(self, port: int) -> bool | None:
        """Whether TCP to a port is in it; None where that is not known."""
        if self.protocol is None:
            return None
        if self.protocol not in ("tcp", "6", "-1", "all"):
            return False
        if self.protocol in ("-1", "all"):
            return True
        if self.ports is None:
            return None if self.open_ended else True
        return self.ports[0] <= port <= self.ports[1]


@dataclass(frozen=True, kw_only=True)
class GroupSeen(Thing):
    """A security group."""

    vpc: str | None
    ingress: tuple[Opening, ...] | None
    egress: tuple[Opening, ...] | None


@dataclass(frozen=True, kw_only=True)
class AlarmSeen(Thing):
    """An alarm of CloudWatch on one metric."""

    namespace: str | None
    metric: str | None
    dimensions: Mapping[str, str | None] | None
    """Values are keys of things where they refer to some; None where a value is not known."""
    stat: str | None
    period: int | None
    """Seconds."""
    periods: int | None
    """In a row (or, with ``datapoints``, among which so many)."""
    datapoints: int | None
    threshold: float | None
    comparison: str | None


@dataclass(frozen=True, kw_only=True)
class FlowLogSeen(Thing):
    """A VPC flow log."""

    fields: tuple[str, ...] | None
    """Of its format, by AWS's names."""
    interval: int | None
    """Seconds."""
    traffic: str | None
    """``ALL``, ``ACCEPT`` or ``REJECT``."""


@dataclass(frozen=True, kw_only=True)
class QueueSeen(Thing):
    """A queue of SQS that a function takes messages from."""

    function: str
    """As people call it."""
    visibility: int | None
    """Seconds."""
    timeout: int | None
    """The function's, in seconds."""


@dataclass(frozen=True)
class Subject:
    """Everything that a rule may look at."""

    source: Source
    place: Place
    """Of all of it: a folder or a file."""
    functions: tuple[FunctionSeen, ...] = ()
    subnets: Mapping[str, SubnetSeen] = field(default_factory=dict)
    nats: Mapping[str, NatSeen] = field(default_factory=dict)
    endpoints: tuple[EndpointSeen, ...] | None = None
    """None where the source does not say which there are."""
    groups: Mapping[str, GroupSeen] = field(default_factory=dict)
    alarms: tuple[AlarmSeen, ...] | None = None
    flow_logs: tuple[FlowLogSeen, ...] | None = None
    queues: tuple[QueueSeen, ...] = ()
    whole: bool = True
    """Whether all that the source holds was understood, so that what is not here is not there."""
    kinds: Mapping[str, str] = field(default_factory=dict)
    """The type of everything that files declare, by its key."""
    named_groups: frozenset[str] = frozenset()
    """Security groups that a rule of any security group names."""
    left_out: frozenset[str] = frozenset()
    """Metrics of alarms, and services of endpoints, that files declare under a condition which does not hold."""
    quotas: Mapping[str, float] = field(default_factory=dict)
    """Applied value by quota code, where a case says it."""
    faults: tuple[Fault, ...] = ()
    """Why the network of files could not be read: AWS could not have it."""
    scenario: Scenario | None = None
    """The network and the demand, where the source is a scenario."""

    @cached_property
    def in_vpc(self) -> tuple[FunctionSeen, ...]:
        """The functions that are certainly in a VPC."""
        return tuple(function for function in self.functions if function.subnets)

    def function_subnets(self, function: FunctionSeen) -> Iterator[SubnetSeen]:
        """Those of a function's subnets that are described."""
        return (self.subnets[key] for key in function.subnets or () if key in self.subnets)

    def name(self, key: str) -> str:
        """What people call something, by its key."""
        for known in (self.subnets, self.nats, self.groups):
            if key in known:
                thing: Thing = known[key]
                return thing.label
        return key

"""The account's people, their VPCs and a few lines of libraries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from oracles.incidents.world import CaseFolder, Expert, Headline, Record, Traffic, route

BLOCKED = "route-or-rule-blocked"
DARK = "destination-not-answering"
REFUSING = "destination-refusing"
FULL = "destination-connection-limit"
PORTS = "nat-port-exhaustion"
HYPERPLANE = "hyperplane-eni-exhaustion"
DESCRIPTORS = "descriptor-exhaustion"
DNS = "dns-failure"
IDLE = "idle-timeout-reset"
TLS = "tls-handshake-timeout"
BANDWIDTH = "nat-bandwidth"
THROTTLED = "lambda-throttling"
SHORTAGE = "eni-quota-or-address-shortage"


def named(cause: str, because: str, *says: str, lacks: tuple[str, ...] = ()) -> Expert:
    """One cause, plain from the evidence."""
    return Expert((cause,), (cause,), Headline.NAMED, because, says, lacks)


def none(because: str, headline: Headline = Headline.EITHER, *true: str) -> Expert:
    """No cause on the path may be named."""
    return Expert((), true, headline, because)


def zone(case: CaseFolder, az: str) -> str:
    """The id of an Availability Zone of the case's region."""
    return f"{'cac1' if case.region == 'ca-central-1' else 'euw2'}-az{'abcdef'.index(az) + 1}"


class _Beside:
    """A case whose log gets its events in other streams: of other environments."""

    def __init__(self, case: CaseFolder, number: int) -> None:
        self._case, self._first = case, 50 * number

    def log(self, function: str, *, tail: bool = False) -> _Beside:
        self._log = self._case.log(function, tail=tail)
        return self

    def invocation(self, at: float, *lines: Any, stream: int = 0, **more: Any) -> str:
        return self._log.invocation(at, *lines, stream=stream + self._first, **more)


def write_apart(case: CaseFolder, name: str, *places: Traffic, memory: int = 512) -> None:
    """One function's traffic from several places (subnets): an environment stands in one of them only."""
    whole = Traffic(case, name)
    for number, one in enumerate(places):
        whole._invocations += one._invocations
        one._case = cast(CaseFolder, _Beside(case, number))
        one.write(metrics=False, memory=memory)
    whole.write(log=False, memory=memory)


@dataclass(frozen=True)
class Desk:
    """A default VPC: every subnet is public, by the main table."""

    igw: Record
    subnets: list[Record]
    default: Record


def desk(case: CaseFolder, region: str = "eu-west-2") -> Desk:
    """As the console made it."""
    case.region = region
    case.vpc("default", "172.31.0.0/16", IsDefault=True, Tags=[])
    igw = case.internet_gateway("default")
    case.main_table()["Routes"].append(route("0.0.0.0/0", igw))
    subnets = [
        case.subnet(f"def-{az}", f"172.31.{16 * index}.0/20", az=az, MapPublicIpOnLaunch=True, DefaultForAz=True,
                    Tags=[], AvailabilityZoneId=zone(case, az))
        for index, az in enumerate("abc")
    ]  # fmt: skip
    return Desk(igw, subnets, case.security_groups[0])


@dataclass(frozen=True)
class Line3:
    """Three tiers in two zones, with numbered names; a gateway in each zone."""

    edge: list[Record]
    app: list[Record]
    data: list[Record]
    nats: list[Record]
    tables: list[Record]
    """Of the app subnets."""
    fn: Record
    """The functions' group."""


def tiers(
    case: CaseFolder,
    prefix: str = "bk1-prd",
    net: int = 44,
    region: str = "eu-west-2",
    gateways: int = 2,
    eips: int = 1,
) -> Line3:
    """A bank's, a ministry's or a travel agent's VPC in which everything works."""
    case.region = region
    vpc = case.vpc(f"{prefix}-vpc01", f"10.{net}.0.0/18")
    igw = case.internet_gateway(f"{prefix}-igw01")
    outside = case.table(f"{prefix}-rt-edge", [route("0.0.0.0/0", igw)], vpc=vpc)
    edge, app, data, nats, tables = [], [], [], [], []
    inner = case.table(f"{prefix}-rt-data", [], vpc=vpc)
    for index, az in enumerate("ab"):
        id = zone(case, az)
        edge.append(case.subnet(f"{prefix}-edge-0{index + 1}", f"10.{net}.{index}.0/26", az=az, table=outside,
                                AvailabilityZoneId=id))  # fmt: skip
        if index < gateways:
            nats.append(case.nat(f"{prefix}-ngw-0{index + 1}", edge[index], eips))
        table = case.table(f"{prefix}-rt-app-0{index + 1}", [route("0.0.0.0/0", nats[-1])] if nats else [], vpc=vpc)
        tables.append(table)
        app.append(case.subnet(f"{prefix}-app-0{index + 1}", f"10.{net}.{16 + 4 * index}.0/22", az=az, table=table,
                               AvailabilityZoneId=id))  # fmt: skip
        data.append(case.subnet(f"{prefix}-data-0{index + 1}", f"10.{net}.{48 + index}.0/24", az=az, table=inner,
                                AvailabilityZoneId=id))  # fmt: skip
    return Line3(edge, app, data, nats, tables, case.group(f"{prefix}-sg-fn-01"))

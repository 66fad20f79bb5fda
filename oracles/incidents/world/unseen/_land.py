"""Accounts of this package: a default VPC of the console, a small VPC with one NAT gateway, a platform's spoke VPC."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from oracles.incidents.world import CaseFolder, Expert, Headline, Moment, Record, route, tags

BLOCKED = "route-or-rule-blocked"
DARK = "destination-not-answering"
REFUSING = "destination-refusing"
FULL = "destination-connection-limit"
NAT_PORTS = "nat-port-exhaustion"
ENI = "hyperplane-eni-exhaustion"
FILES = "descriptor-exhaustion"
DNS = "dns-failure"
IDLE = "idle-timeout-reset"
TLS = "tls-handshake-timeout"
BANDWIDTH = "nat-bandwidth"
THROTTLED = "lambda-throttling"
SHORTAGE = "eni-quota-or-address-shortage"
_ZONES = {"eu-central-1": {"a": "euc1-az2", "b": "euc1-az3", "c": "euc1-az1"},
          "sa-east-1": {"a": "sae1-az1", "b": "sae1-az2", "c": "sae1-az3"}}  # fmt: skip


def named(cause: str, because: str, *says: str, lacks: tuple[str, ...] = ()) -> Expert:
    """One cause, that binds."""
    return Expert((cause,), (cause,), Headline.NAMED, because, says, lacks)


def neither(because: str, headline: Headline = Headline.EITHER) -> Expert:
    """No cause of this kind."""
    return Expert((), (), headline, because)


def begin(case: CaseFolder, region: str, day: int, hour: int, minutes: int = 60) -> None:
    """Region and window, before all else."""
    case.region = region
    case.start = datetime(2026, 10, day, hour, 15, tzinfo=UTC)
    case.minutes = minutes


def zoned(case: CaseFolder, name: str, cidr: str, routes: list[Record] | None = None, az: str = "a",
          table: Record | None = None, vpc: Record | None = None, **more: object) -> Record:  # fmt: skip
    """A subnet whose zone id is of the region."""
    return case.subnet(name, cidr, routes, az=az, table=table, vpc=vpc,
                       AvailabilityZoneId=_ZONES[case.region][az], **more)  # fmt: skip


def gateway(case: CaseFolder, name: str, subnet: Record, addresses: int = 1, first: int = 40) -> Record:
    """A NAT gateway with public addresses as AWS gives them out."""
    made = case.nat(name, subnet, addresses, AutoProvisionZones="disabled")
    for index, one in enumerate(made["NatGatewayAddresses"]):
        one["PublicIp"] = f"3.{121 + index}.{first}.{77 + index}"
        case.addresses[index - addresses]["PublicIp"] = one["PublicIp"]
    return made


@dataclass(frozen=True)
class Console:
    """The default VPC: public subnets on the main table only."""

    vpc: Record
    subnets: list[Record]
    default: Record
    """The default security group."""


def console(case: CaseFolder) -> Console:
    """Three default subnets, an internet gateway and no NAT gateway."""
    vpc = case.vpc("default", "172.31.0.0/16", IsDefault=True, Tags=[])
    case.main_table()["Routes"].append(route("0.0.0.0/0", case.internet_gateway("default")))
    subnets = [
        zoned(
            case, f"def-{az}", f"172.31.{16 * index}.0/20", az=az, DefaultForAz=True, MapPublicIpOnLaunch=True, Tags=[]
        )
        for index, az in enumerate("abc")
    ]
    return Console(vpc, subnets, case.security_groups[0])


@dataclass(frozen=True)
class Small:
    """One public subnet with a NAT gateway, two private subnets that share a table, one group."""

    vpc: Record
    public: Record
    nat: Record
    table: Record
    one: Record
    two: Record
    fn: Record


def small(case: CaseFolder, name: str, block: str = "10.20", addresses: int = 1) -> Small:
    """Everything in it works."""
    vpc = case.vpc(name, f"{block}.0.0/16", Tags=tags(name, STAGE="prod", kostenstelle="4711"), EncryptionMode="off")
    igw = case.internet_gateway(name)
    public = zoned(case, f"{name}-pub", f"{block}.0.0/26", [route("0.0.0.0/0", igw)])
    nat = gateway(case, f"{name}-nat", public, addresses)
    table = case.table(f"{name}-priv-rt", [route("0.0.0.0/0", nat)])
    one = zoned(case, f"{name}-priv1", f"{block}.16.0/22", table=table)
    two = zoned(case, f"{name}-priv2", f"{block}.20.0/22", az="b", table=table)
    return Small(vpc, public, nat, table, one, two, case.group(f"{name}-fn-sg", Description="created by serverless"))


@dataclass(frozen=True)
class Spoke:
    """Three compute subnets with a table each, data subnets, and a transit gateway that leads to everything else."""

    vpc: Record
    tgw: str
    tables: list[Record]
    compute: list[Record]
    data: list[Record]
    fn: Record


def spoke(case: CaseFolder, name: str, block: str = "10.128") -> Spoke:
    """Its default route leads to a transit gateway; the central egress VPC is not in the case."""
    vpc = case.vpc(name, f"{block}.0.0/16")
    compute = [zoned(case, f"{name}-compute-{az}", f"{block}.{32 * i}.0/20", az=az) for i, az in enumerate("abc")]
    inner = case.table(f"{name}-data", [])
    data = [
        zoned(case, f"{name}-data-{az}", f"{block}.{128 + i}.0/24", az=az, table=inner) for i, az in enumerate("abc")
    ]
    tgw = case.transit_attachment(f"{name}-core", compute)
    tables = []
    for one, az in zip(compute, "abc", strict=True):
        tables.append(case.table(f"{name}-rt-{az}", [route("0.0.0.0/0", tgw)]))
        case.associate(tables[-1], one)
    return Spoke(vpc, tgw, tables, compute, data, case.group(f"{name}-lambda"))


def node_text(text: str, level: str = "ERROR") -> Callable[[Moment], str]:
    """A line of ``console.error`` whose lines may be several."""
    return lambda moment: f"{moment.time}\t{moment.request}\t{level}\t{text}\n"


def stamped(text: str) -> Callable[[Moment], str]:
    """A line of Rust's tracing."""
    return lambda moment: f"{moment.time[:-1]}000Z {text}\n"


def to(name: str, port: int, *addresses: str, **more: object) -> Record:
    """A destination as its user typed it."""
    return {"name": name, "port": port, **({"addresses": list(addresses)} if addresses else {}), **more}

"""Places of this set: a console-made default VPC, CDK stacks with a NAT gateway per zone, and spokes of a platform."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from oracles.incidents.world import CaseFolder, Expert, Headline, Line, Moment, Record, Traffic, route, times

BLOCKED = "route-or-rule-blocked"
SILENT = "destination-not-answering"
REFUSING = "destination-refusing"
FULL = "destination-connection-limit"
NAT_PORTS = "nat-port-exhaustion"
ENI_PORTS = "hyperplane-eni-exhaustion"
FILES = "descriptor-exhaustion"
DNS = "dns-failure"
IDLE = "idle-timeout-reset"
TLS = "tls-handshake-timeout"
BANDWIDTH = "nat-bandwidth"
THROTTLED = "lambda-throttling"
NO_ROOM = "eni-quota-or-address-shortage"

_ZONE_IDS = {"us-east-2": "use2", "ap-southeast-2": "apse2"}
_LISTS = {
    ("us-east-2", "s3"): "pl-7ba54012", ("us-east-2", "dynamodb"): "pl-4ca54025",
    ("ap-southeast-2", "s3"): "pl-6ca54005", ("ap-southeast-2", "dynamodb"): "pl-62a5400b",
}  # fmt: skip


def named(cause: str, because: str, *says: str, also: Sequence[str] = (), lacks: Sequence[str] = ()) -> Expert:
    """An expert who names one cause; ``also`` may be at work beside it."""
    return Expert((cause,), (cause, *also), Headline.NAMED, because, tuple(says), tuple(lacks))


def unnamed(headline: Headline, because: str, *true: str) -> Expert:
    """An expert who names none."""
    return Expert((), tuple(true), headline, because)


def _zone(case: CaseFolder, az: str) -> dict[str, Any]:
    return {"AvailabilityZoneId": f"{_ZONE_IDS[case.region]}-az{'abc'.index(az) + 1}"}


def _own_names(case: CaseFolder) -> None:
    for one in case.dhcp_options:
        one["DhcpConfigurations"][0] = {
            "Key": "domain-name", "Values": [{"Value": f"{case.region}.compute.internal"}]
        }  # fmt: skip


def table_of(case: CaseFolder, subnet: Record) -> Record:
    """The route table that a subnet is associated with."""
    return next(
        one
        for one in case.route_tables
        if any(link.get("SubnetId") == subnet["SubnetId"] for link in one["Associations"])
    )


def gateway_endpoint(case: CaseFolder, service: str, subnets: Sequence[Record], **more: Any) -> Record:
    """A gateway endpoint in the tables of these subnets, with the prefix list of the region."""
    tables = [table_of(case, one) for one in subnets]
    made = case.gateway_endpoint(service, tables, **more)
    for table in tables:
        table["Routes"][-1]["DestinationPrefixListId"] = _LISTS[case.region, service]
    return made


def default_vpc(case: CaseFolder, region: str = "us-east-2") -> list[Record]:
    """The account's default VPC as it came: three public subnets with the main table."""
    case.region = region
    vpc = case.vpc("default", "172.31.0.0/16", IsDefault=True, Tags=[])
    _own_names(case)
    igw = case.internet_gateway("default")
    igw["Tags"] = []
    case.main_table()["Routes"].append(route("0.0.0.0/0", igw))
    case.main_table()["Tags"] = []
    return [
        case.subnet(f"default-{az}", f"172.31.{16 * number}.0/20", az=az, vpc=vpc, DefaultForAz=True, Tags=[],
                    MapPublicIpOnLaunch=True, **_zone(case, az))
        for number, az in enumerate("abc")
    ]  # fmt: skip


@dataclass(frozen=True)
class Stack:
    """A CDK app's VPC."""

    vpc: Record
    public: list[Record]
    private: list[Record]
    isolated: list[Record]
    nats: list[Record]
    group: Record
    """Of the functions."""


def cdk(
    case: CaseFolder,
    stack: str,
    block: str,
    *,
    region: str = "us-east-2",
    zones: str = "ab",
    nats: int = 2,
    addresses: int = 1,
    allow_all: bool = True,
) -> Stack:
    """What ``new ec2.Vpc`` makes: public, private (with egress) and isolated subnets, and so many NAT gateways."""
    case.region = region
    path = f"{stack}/Vpc"
    vpc = case.vpc(path, f"{block}.0.0/16")
    _own_names(case)
    igw = case.internet_gateway(path)
    made: dict[str, list[Record]] = {"Public": [], "Private": [], "Isolated": []}
    gateways: list[Record] = []
    for kind, base in (("Public", 0), ("Private", 64), ("Isolated", 128)):
        for number, az in enumerate(zones):
            if kind == "Public":
                routes = [route("0.0.0.0/0", igw)]
            elif kind == "Private" and gateways:
                routes = [route("0.0.0.0/0", gateways[number % len(gateways)])]
            else:
                routes = []
            name = f"{path}/{kind}Subnet{number + 1}"
            subnet = case.subnet(name, f"{block}.{base + number * 16}.0/20", routes, az=az, **_zone(case, az))
            subnet["Tags"] += [{"Key": "aws-cdk:subnet-name", "Value": kind},
                               {"Key": "aws:cloudformation:stack-name", "Value": stack}]  # fmt: skip
            made[kind].append(subnet)
        if kind == "Public":
            gateways += [case.nat(f"{path}/PublicSubnet{n + 1}", made[kind][n], addresses) for n in range(nats)]
    group = case.group(f"{stack}-FnSecurityGroup7A1C44E2-1QX0D", Description=f"{stack}/Fn/SecurityGroup")
    if not allow_all:
        group["IpPermissionsEgress"] = []
    return Stack(vpc, made["Public"], made["Private"], made["Isolated"], gateways, group)


@dataclass(frozen=True)
class Spoke:
    """A workload's VPC of a platform team, from which everything leaves by a transit gateway."""

    vpc: Record
    apps: list[Record]
    data: list[Record]
    tgw: str
    table: Record
    group: Record


def spoke(case: CaseFolder, name: str, block: str, *, region: str = "ap-southeast-2", default: bool = True) -> Spoke:
    """Application and data subnets in three zones, and attachment subnets."""
    case.region = region
    vpc = case.vpc(f"{name}-vpc", f"{block}.0.0/16", EncryptionControl={"Mode": "monitor", "State": "available"})
    vpc["Tags"] += [{"Key": "cost-centre", "Value": "CC-4410"}, {"Key": "shared-by", "Value": "platform"}]
    _own_names(case)
    hooks = [case.subnet(f"{name}-tgw-{az}", f"{block}.255.{16 * n}/28", [], az=az, AvailableIpAddressCount=10,
                         **_zone(case, az))
             for n, az in enumerate("abc")]  # fmt: skip
    tgw = case.transit_attachment("org-core", hooks)
    ways = [route("10.0.0.0/8", tgw)] + ([route("0.0.0.0/0", tgw)] if default else [])
    table = case.table(f"{name}-app", ways, vpc=vpc)
    apps = [case.subnet(f"{name}-app-{az}", f"{block}.{16 * n}.0/20", table=table, az=az, **_zone(case, az))
            for n, az in enumerate("abc")]  # fmt: skip
    inner = case.table(f"{name}-data", [route("10.0.0.0/8", tgw)], vpc=vpc)
    data = [case.subnet(f"{name}-data-{az}", f"{block}.{64 + n}.0/24", table=inner, az=az, **_zone(case, az))
            for n, az in enumerate("abc")]  # fmt: skip
    return Spoke(vpc, apps, data, tgw, table, case.group(f"{name}-lambda"))


def tracing(level: str, message: str, target: str = "bootstrap", **fields: Any) -> Callable[[Moment], str]:
    """A line of Rust's ``tracing_subscriber`` in JSON."""
    return lambda moment: (
        json.dumps({"timestamp": moment.time, "level": level, "fields": {"message": message, **fields},
                    "target": target, "span": {"requestId": moment.request, "name": "Lambda runtime invoke"}})
        + "\n"
    )  # fmt: skip


def monolog(level: str, text: str, channel: str = "production") -> Callable[[Moment], str]:
    """A line of Laravel's log."""
    return lambda moment: f"[{moment.time[:10]} {moment.time[11:19]}] {channel}.{level}: {text}\n"


def ruby_error(message: str, type: str) -> str:
    """What the Ruby runtime writes of an exception that left the handler."""
    about = {"errorMessage": message, "errorType": f"Function<{type}>",
             "stackTrace": ["/var/task/app.rb:27:in `handler'"]}  # fmt: skip
    return f"Error raised from handler method\n{json.dumps(about, indent=2)}\n"


def kafkajs(message: str, broker: str = "", **more: Any) -> Callable[[Moment], str]:
    """An error that kafkajs logs."""
    about = {"logger": "kafkajs", "message": message, **({"broker": broker, "clientId": "events"} if broker else {})}
    return lambda moment: (
        f"{moment.time}\t{moment.request}\tERROR\t"
        + json.dumps({"level": "ERROR", "timestamp": moment.time, **about, **more}, separators=(",", ":"))
        + "\n"
    )


def fails_apart(
    case: CaseFolder, calls: Traffic, name: str, count: int, first: float, last: float, *lines: Line, seconds: float,
    memory: int = 512,
) -> None:  # fmt: skip
    """So many invocations that fail in environments of their own, in which none ends well."""
    log = case.log(name)
    free_from: list[float] = []
    for at in times(count, first, last, seed=78):
        took = seconds * (1 + (at % 7 - 3) / 100)
        number = next((number for number, ends in enumerate(free_from) if ends <= at), len(free_from))
        free_from[number : number + 1] = [at + took + 0.1]
        calls.bad(1, at / 60, at / 60 + 0.00001, seconds=seconds, logged=False)
        log.invocation(at, *lines, seconds=took, stream=40 + number, memory=memory)


def hangs(
    case: CaseFolder,
    calls: Traffic,
    name: str,
    count: int,
    first: float,
    last: float,
    *early: Line,
    timeout: float,
    apart: float = 0.3,
    memory: int = 512,
) -> None:
    """So many invocations that say these lines soon after their start, and then hang until the timeout."""
    log = case.log(name)
    free_from: list[float] = []
    for at in times(count, first, last, seed=77):
        stream = next((number for number, ends in enumerate(free_from) if ends <= at), len(free_from))
        free_from[stream : stream + 1] = [at + timeout + 0.1]
        calls.bad(1, at / 60, at / 60 + 0.00001, timeout=timeout, logged=False)
        request = log.invocation(at, timeout=timeout, stream=stream, memory=memory)
        for number, line in enumerate(early):
            log.say(at + 0.4 + apart * number, line, stream, request)

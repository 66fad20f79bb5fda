"""What these incidents share: an estate as a Terraform module lays it out, and lines as libraries print them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from oracles.incidents.world import CaseFolder, Line, Moment, Record, Traffic, route, tags, unsaid_zeros


@dataclass(frozen=True)
class Estate:
    """Zones with a public, a private and a database subnet each, as terraform-aws-modules/vpc names them."""

    name: str
    vpc: Record
    igw: Record
    public: list[Record]
    nats: list[Record]
    private: list[Record]
    data: list[Record]
    app: Record
    """The security group of the functions."""


def estate(
    case: CaseFolder,
    name: str = "acme-prod",
    block: str = "10.42",
    zones: str = "ab",
    nats: str = "a",
    app: str = "lambda",
    addresses: int = 1,
    stage: str = "prod",
) -> Estate:
    """An estate in which everything works; ``nats`` are the zones with a NAT gateway, none for an isolated VPC."""
    about = {"Terraform": "true", "Environment": stage, "map-migrated": "mig42QK0F8T1"}
    vpc = case.vpc(f"{name}-vpc", f"{block}.0.0/16", Tags=tags(f"{name}-vpc", **about))
    igw = case.internet_gateway(f"{name}-igw", vpc)
    out = case.table(f"{name}-public", [route("0.0.0.0/0", igw)], vpc=vpc)
    public, gateways, private, data = [], [], [], []
    inner = case.table(f"{name}-db", [], vpc=vpc)
    for index, zone in enumerate(zones):
        where = f"us-east-1{zone}"
        public.append(
            case.subnet(
                f"{name}-public-{where}",
                f"{block}.{100 + index}.0/24",
                table=out,
                az=zone,
                vpc=vpc,
                Tags=tags(f"{name}-public-{where}", **about),
            )
        )
        if zone in nats:
            gateways.append(case.nat(f"{name}-nat-{where}", public[-1], addresses))
    for index, zone in enumerate(zones):
        where = f"us-east-1{zone}"
        leads = [route("0.0.0.0/0", gateways[min(index, len(gateways) - 1)])] if gateways else []
        private.append(
            case.subnet(
                f"{name}-private-{where}",
                f"{block}.{16 * index}.0/20",
                leads,
                az=zone,
                vpc=vpc,
                Tags=tags(f"{name}-private-{where}", **about),
            )
        )
        data.append(case.subnet(f"{name}-db-{where}", f"{block}.{110 + index}.0/24", table=inner, az=zone, vpc=vpc))
    return Estate(name, vpc, igw, public, gateways, private, data, case.group(f"{name}-{app}", vpc=vpc))


def function(case: CaseFolder, name: str, subnets: Sequence[Record], groups: Sequence[Record], **more: Any) -> Record:
    """A function that shares the ENIs of those before it with the same subnets and groups."""
    wanted = {one["GroupId"] for one in groups}
    there = any(
        one["InterfaceType"] == "lambda"
        and one["SubnetId"] == subnets[0]["SubnetId"]
        and {group["GroupId"] for group in one["Groups"]} == wanted
        for one in case.network_interfaces
    )
    return case.function(name, subnets, groups, enis=not there, **more)


def table_of(case: CaseFolder, subnet: Record) -> Record:
    """The route table of a subnet."""
    id = subnet["SubnetId"]
    return next(one for one in case.route_tables if any(a.get("SubnetId") == id for a in one["Associations"]))


@dataclass(frozen=True)
class Call:
    """One invocation at a known moment (in seconds) in a known environment."""

    at: float
    lines: tuple[Line, ...] = ()
    seconds: float = 0.2
    stream: int = 0
    error: bool = False
    timeout: float | None = None


def play(
    case: CaseFolder,
    name: str,
    calls: Sequence[Call],
    *,
    tail: bool = False,
    report: bool = True,
    metrics: bool = True,
    period: int = 60,
    zeros: bool = True,
) -> None:
    """Write the log and the metrics of these invocations."""
    log = case.log(name, tail=tail)
    seen: set[int] = set()
    width = period // 60
    count = case.minutes // width
    invocations, errors, longest = [0.0] * count, [0.0] * count, [0.0] * count
    for one in sorted(calls, key=lambda call: call.at):
        log.invocation(
            one.at,
            *one.lines,
            seconds=one.seconds,
            stream=one.stream,
            timeout=one.timeout,
            cold=None if one.stream in seen else 0.388,
            report=report,
        )
        seen.add(one.stream)
        index = int(one.at // period)
        if 0 <= index < count:
            invocations[index] += 1
            errors[index] += one.error
            longest[index] = max(longest[index], 1000 * (one.timeout or one.seconds))
    if metrics:
        case.function_metrics(
            name,
            period=period,
            invocations=unsaid_zeros(invocations),
            errors=errors if zeros else unsaid_zeros(errors),
            duration=unsaid_zeros(longest),
        )


def destination(name: str, port: int, *addresses: str, **more: Any) -> Record:
    """A destination as a user types it."""
    return {"name": name, "port": port, **({"addresses": list(addresses)} if addresses else {}), **more}


def ruby_error(type: str, message: str, *frames: str) -> str:
    """What the Ruby runtime prints of an error that left the handler."""
    stack = [*frames, "/var/task/handler.rb:22:in 'Object#handler'"]
    return (
        "Error raised from handler method\n"
        + json.dumps({"errorMessage": message, "errorType": f"Function<{type}>", "stackTrace": stack}, indent=2)
        + "\n"
    )


def bref_error(type: str, message: str) -> Callable[[Moment], str]:
    """What Bref's runtime for PHP functions prints of an exception."""
    about = {"errorType": type, "errorMessage": message, "stack": ["#0 /var/task/vendor/bref/bref/src/Runtime.php(91)"]}
    return lambda moment: f"{moment.request}\tInvoke Error\t{json.dumps(about)}\n"


def monolog(level: str, message: str) -> Callable[[Moment], str]:
    """A line of Laravel's log on stderr."""
    return lambda moment: f"[{moment.time[:10]} {moment.time[11:19]}] production.{level}: {message}\n"


def tracing(level: str, message: str, **fields: Any) -> Callable[[Moment], str]:
    """A line of Rust's tracing-subscriber, as JSON."""
    return lambda moment: (
        json.dumps(
            {
                "timestamp": moment.time,
                "level": level,
                "fields": {"message": message, **fields},
                "target": "bootstrap",
                "span": {"requestId": moment.request, "name": "Lambda runtime invoke"},
            }
        )
        + "\n"
    )


def slog(level: str, message: str, **fields: Any) -> Callable[[Moment], str]:
    """A line of Go's log/slog, as JSON."""
    return lambda moment: json.dumps({"time": moment.time, "level": level, "msg": message, **fields}) + "\n"


def kafkajs(level: str, message: str, **fields: Any) -> Callable[[Moment], str]:
    """A line of kafkajs, which logs JSON through the console."""

    def line(moment: Moment) -> str:
        about = {"level": level, "timestamp": moment.time, "logger": "kafkajs", "message": message, **fields}
        return f"{moment.time}\t{moment.request}\t{level}\t{json.dumps(about, separators=(',', ':'))}\n"

    return line


def steady(case: CaseFolder, name: str, count: int, *lines: Line, seconds: float = 0.09, **how: Any) -> None:
    """A function that works throughout the window."""
    calls = Traffic(case, name)
    calls.good(count, 0, case.minutes - 0.1, *lines, seconds=seconds)
    calls.write(**how)


def java_trace(exception: str, *frames: str, causes: Sequence[tuple[str, str]] = ()) -> str:
    """A stack trace of Java, with a frame of its own for each cause."""
    lines = [exception, *(f"\tat {one}" for one in frames)]
    for cause, frame in causes:
        lines += [f"Caused by: {cause}", f"\tat {frame}", "\t... 21 more"]
    return "\n".join(lines) + "\n"

"""Networks in which nothing is wrong, a story told call by call, and lines that several incidents share."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from oracles.incidents.world import CaseFolder, Expert, Headline, Line, Moment, Record, about, route, unsaid_zeros

ZONES = {
    "eu-central-1": "euc1",
    "eu-north-1": "eun1",
    "eu-west-1": "euw1",
    "eu-west-2": "euw2",
    "eu-west-3": "euw3",
    "us-west-2": "usw2",
    "us-east-2": "use2",
    "us-east-1": "use1",
    "ap-southeast-2": "apse2",
    "ap-south-1": "aps1",
    "ca-central-1": "cac1",
    "sa-east-1": "sae1",
}


def named(cause: str, because: str, *says: str) -> Expert:
    """One cause, settled."""
    return Expert((cause,), (cause,), Headline.NAMED, because, says)


def nothing(because: str) -> Expert:
    """No fault of a connection; something else failed, or something noisy is harmless."""
    return Expert((), (), Headline.EITHER, because)


@dataclass(frozen=True)
class Place:
    """Two zones with a public, a private and a data subnet each; each zone's private subnet uses the one gateway."""

    vpc: Record
    nat: Record
    public: list[Record]
    private: list[Record]
    data: list[Record]
    app: Record


def place(case: CaseFolder, name: str, region: str, block: str, public: str) -> Place:
    """A VPC in which everything works; ``public`` is the NAT gateway's address."""
    case.region = region
    vpc = case.vpc(name, f"{block}.0.0/16")
    igw = case.internet_gateway(f"{name}-igw", vpc)
    front = case.table(f"{name}-public", [route("0.0.0.0/0", igw)], vpc=vpc)
    outer = [
        case.subnet(f"{name}-public-{az}", f"{block}.{at}.0/24", table=front, az=az, vpc=vpc)
        for at, az in enumerate("ab")
    ]
    nat = case.nat(f"{name}-nat", outer[0], public=public)
    inner = [
        case.subnet(f"{name}-app-{az}", f"{block}.{16 + at}.0/24", [route("0.0.0.0/0", nat)], az=az, vpc=vpc)
        for at, az in enumerate("ab")
    ]
    back = case.table(f"{name}-data", [], vpc=vpc)
    data = [
        case.subnet(f"{name}-data-{az}", f"{block}.{32 + at}.0/24", table=back, az=az, vpc=vpc)
        for at, az in enumerate("ab")
    ]
    return Place(vpc, nat, outer, inner, data, case.group(f"{name}-functions", vpc=vpc))


def close(case: CaseFolder, **keys: Any) -> None:
    """The end of a case: its ``case.yaml``, and names as they are in its region."""
    domain = "ec2.internal" if case.region == "us-east-1" else f"{case.region}.compute.internal"
    for one in case.subnets:
        one["AvailabilityZoneId"] = one["AvailabilityZoneId"].replace("use1", ZONES[case.region])
    for one in case.network_interfaces:
        one["PrivateDnsName"] = one["PrivateDnsName"].replace("ec2.internal", domain)
    for options in case.dhcp_options:
        for each in options["DhcpConfigurations"]:
            if each["Key"] == "domain-name" and each["Values"][0]["Value"] == "ec2.internal":
                each["Values"] = [{"Value": domain}]
    case.yaml(**keys)


def busy_nat(case: CaseFolder, nat: Record, level: float, active: float, **more: Any) -> None:
    """Metrics of a gateway that does what it should."""
    attempts = about(level, case.minutes, seed=3)
    series = {
        "errors": [0.0] * case.minutes,
        "attempts": attempts,
        "established": attempts,
        "active": about(active, case.minutes, seed=4),
        "drops": [0.0] * case.minutes,
    }
    case.nat_metrics(nat, **{**series, **more})


def marks(case: CaseFolder, *moments: float, other: dict[int, float] | None = None) -> list[float | None]:
    """A sparse counter with one event at each of these seconds, and what others add by the minute."""
    found = [0.0] * case.minutes
    for at in moments:
        found[int(at // 60)] += 1
    for minute, count in (other or {}).items():
        found[minute] += count
    return unsaid_zeros(found)


class Story:
    """A function's invocations one by one, of which both its log and its metrics are written."""

    def __init__(self, case: CaseFolder, function: str, memory: int = 512) -> None:
        self.case, self.function, self.memory = case, function, memory
        self.calls: list[tuple[float, float, bool, dict[str, Any], tuple[Line, ...]]] = []

    def call(self, at: float, *lines: Line, seconds: float = 0.2, error: bool = False, **more: Any) -> None:
        """One, in seconds after the window's start; ``stream``, ``cold``, ``timeout``, ``used`` as ``Log`` has them."""
        self.calls.append((at, more.get("timeout") or seconds, error, more, lines))

    def write(self, *, tail: bool = False, period_metrics: bool = True) -> None:
        """The log and the metrics."""
        log = self.case.log(self.function, tail=tail)
        minutes = self.case.minutes
        asked, failed, longest, running = ([0.0] * minutes for _ in range(4))
        free: list[float] = []
        ordered = sorted(self.calls, key=lambda one: one[0])
        for at, took, error, more, lines in ordered:
            kept = dict(more)
            if "stream" not in kept:
                number = next((n for n in range(len(free) - 1, -1, -1) if free[n] <= at), len(free))
                if number == len(free):
                    free.append(0.0)
                    kept.setdefault("cold", 0.61)
                free[number] = at + took + 0.01
                kept["stream"] = number
            log.invocation(at, *lines, seconds=took, memory=self.memory, **kept)
            minute = int(at // 60)
            if 0 <= minute < minutes:
                asked[minute] += 1
                failed[minute] += error
                longest[minute] = max(longest[minute], took * 1000)
        for minute in range(minutes):
            running[minute] = max(
                (
                    sum(1 for b, took, *_ in ordered if b <= moment < b + took)
                    for moment, long, *_ in ordered
                    if minute * 60 <= moment < minute * 60 + 60
                ),
                default=sum(1 for b, took, *_ in ordered if b < minute * 60 + 30 < b + took),
            )
        if period_metrics:
            self.case.function_metrics(
                self.function,
                invocations=unsaid_zeros(asked),
                errors=[one if asked[at] else None for at, one in enumerate(failed)],
                duration=unsaid_zeros(longest),
                concurrent=unsaid_zeros(running),
            )


def ruby_error(type: str, message: str, *frames: str) -> str:
    """What Ruby's runtime writes of an exception that left the handler."""
    told = {
        "errorMessage": message,
        "errorType": f"Function<{type}>",
        "stackTrace": list(frames) or ["/var/task/app.rb:27:in `handler'"],
    }
    return "Error raised from handler method\n" + json.dumps(told, indent=2) + "\n"


def ruby_log(level: str, text: str) -> Callable[[Moment], str]:
    """A line of Ruby's own logger."""
    return lambda moment: f"{level[0]}, [{moment.time[:-1]}417 #9] {level:>5} {moment.request} -- : {text}\n"


def bref_error(type: str, message: str, *stack: str) -> Callable[[Moment], str]:
    """What Bref's runtime for PHP writes of an exception that left the handler."""
    told = {"errorType": type, "errorMessage": message, "stack": list(stack) or ["#0 /var/task/worker.php(41)"]}
    return lambda moment: f"{moment.request}\tInvoke Error\t{json.dumps(told)}\n"


def rust_log(level: str, text: str) -> Callable[[Moment], str]:
    """A line of Rust's ``tracing`` as its subscriber prints it."""
    return lambda moment: (
        f'{moment.time[:-1]}208Z {level:>5} Lambda runtime invoke{{requestId="{moment.request}"}}: {text}\n'
    )


def fetch_failed(cause: str, **more: Any) -> Callable[[Moment], str]:
    """Node's own ``fetch`` (undici), which left the handler; the cause as console prints it."""

    def written(moment: Moment) -> str:
        told = {
            "errorType": "TypeError",
            "errorMessage": "fetch failed",
            "cause": {"errorType": "Error", "errorMessage": cause, **more},
            "stack": [
                "TypeError: fetch failed",
                "    at node:internal/deps/undici/undici:13510:13",
                "    at process.processTicksAndRejections (node:internal/process/task_queues:105:5)",
                "    at async Runtime.handler (file:///var/task/index.mjs:38:15)",
            ],
        }
        return f"{moment.time}\t{moment.request}\tERROR\tInvoke Error \t{json.dumps(told, separators=(',', ':'))}\n"

    return written

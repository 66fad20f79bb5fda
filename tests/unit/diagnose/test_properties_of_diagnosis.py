"""What must hold of any diagnosis: over the incidents from public reports, and over cases by hand.

Of the incidents each property takes a sample, one in n, so that all of this stays quick; ``python -m bench
world_properties`` takes them all, and more noise.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from narrows.diagnose import Diagnosis, Status, diagnose
from oracles.incidents.world import Incident, incidents
from oracles.incidents.world.alter import renamed, window_of, with_metrics_moved, with_noise
from oracles.incidents.world.neighbours import NEIGHBOUR, Shares, with_neighbour
from oracles.incidents.world.properties import PROPERTIES
from tests.unit.diagnose.by_hand import (
    FUNCTION,
    MINUTES,
    NAT,
    TIMEOUT,
    case,
    interfaces,
    log,
    metrics,
    nat_gateway,
    rules,
)

SEEN = [one for one in incidents("seen") if "." not in one.family]
"""Those in the shapes of the builder, which alterations know."""
EVERY = {"moved": 3, "noise": 4, "file": 12, "renamed": 4, "neighbour": 8, "working": 8}
"""Each property takes one in n incidents, by their names so that further ones change nothing for the others."""


@pytest.mark.slow
@pytest.mark.parametrize("name", PROPERTIES)
def test_an_alteration_that_says_nothing_new_leads_no_diagnosis_astray(name: str) -> None:
    sample = [one for one in SEEN if crc32(one.name.encode()) % EVERY[name] == 0]

    broken = [str(found) for one in sample for found in PROPERTIES[name](one)]

    assert not broken, "\n".join(broken)


# The alterations do what they say -----------------------------------------------------------------------------------


def files_of(incident: Incident) -> dict[str, Any]:
    return incident.case().contents()


def values(files: dict[str, Any]) -> list[float]:
    return [
        value
        for path, content in files.items()
        if path.endswith(".results.json")
        for one in content["MetricDataResults"]
        for value in one["Values"]
    ]


def test_noise_moves_datapoints_by_a_tenth_at_most_and_leaves_zeros_and_whole_numbers() -> None:
    for one in SEEN[::20]:
        files = files_of(one)
        before, after = values(files), values(with_noise(files, 1))

        assert before != after
        for old, new in zip(before, after, strict=True):
            assert abs(new - old) <= 0.1 * old + 0.5
            assert (old == 0) == (new == 0)
            assert not float(old).is_integer() or float(new).is_integer()
        assert values(with_noise(files, 1)) == after != values(with_noise(files, 2))


def test_nothing_of_the_old_names_is_left_in_a_renamed_case() -> None:
    for one in SEEN[::20]:
        files = files_of(one)
        other = renamed(files)
        ids = {subnet["SubnetId"] for subnet in files.get("ec2/subnets.json", {}).get("Subnets", ())}
        ids |= {gateway["NatGatewayId"] for gateway in files.get("ec2/nat-gateways.json", {}).get("NatGateways", ())}

        text = repr(other)
        assert not [id for id in ids if id in text]
        assert files_of(one) == files, "the files that it was made of stay as they are"
        assert len(other) == len(files)
        assert [len(str(content)) > 0 for content in other.values()] == [True] * len(files)


def test_a_metric_that_is_moved_keeps_its_values() -> None:
    one = next(one for one in SEEN if one.name == "ports_run_out_by_concurrency")
    files = files_of(one)
    start, end = window_of(files)

    moved = with_metrics_moved(files, ["ErrorPortAllocation"], start - end)

    assert values(moved) == values(files)
    changed = [path for path in files if files[path] != moved[path]]
    assert [path.split("/")[1].startswith("nat-") for path in changed] == [True]


@pytest.mark.parametrize("shares", Shares)
def test_a_neighbour_is_in_the_account_and_in_question_only_where_asked(shares: Shares) -> None:
    files = files_of(next(one for one in SEEN if one.name == "ports_run_out_by_concurrency"))
    silent, asked = with_neighbour(files, shares), with_neighbour(files, shares, asked=True)

    listed = [one["FunctionName"] for one in silent["lambda/functions.json"]["Functions"]]
    assert listed[-1] == NEIGHBOUR
    assert NEIGHBOUR not in silent["case.yaml"]
    assert NEIGHBOUR in asked["case.yaml"]
    more = len(silent["ec2/subnets.json"]["Subnets"]) - len(files["ec2/subnets.json"]["Subnets"])
    assert more == (0 if shares is Shares.SUBNETS else 1)


# Events that are not in the time, on the path or of the kind of what fails --------------------------------------------

CACHE = "shop-001.x7k2lq.0001.use1.cache.amazonaws.com", "10.0.3.10"
BALANCER = "internal-api-1372810426.us-east-1.elb.amazonaws.com", "10.0.3.20"
SERVICE = "cache.example.com", "8.8.4.4"
APART = 4
"""Minutes between the counter and any failure: more than what blurs both, and the period."""


@dataclass(frozen=True)
class Counted:
    """A counter that proves a cause, where it stands beside the failures that the cause makes."""

    cause: str
    host: str
    address: str
    files: Callable[[Sequence[bool], str], dict[str, Any]]
    """The metrics of a resource, high in some minutes."""
    resource: str
    """The one on the way."""
    other: str
    """One of the same kind that is not."""
    kind: str = "timeout"
    """Of the failures that it makes."""


def _series(of: tuple[str, str], metric: str, stat: str, high: float, low: float) -> Any:
    def files(minutes: Sequence[bool], resource: str) -> dict[str, Any]:
        found = metrics((*of, resource), {(metric, stat): [high if one else low for one in minutes]})
        return {f"cloudwatch/{path.rsplit('/', 1)[1]}": content for path, content in found.items()}

    return files


def _dropping(minutes: Sequence[bool], resource: str) -> dict[str, Any]:
    return metrics(
        (NAT[0], NAT[1], resource),
        {
            ("PacketsDropCount", "Sum"): [90_000.0 if one else 0.0 for one in minutes],
            ("PacketsInFromSource", "Sum"): [9_000_000.0] * len(minutes),
            ("PacketsInFromDestination", "Sum"): [9_000_000.0] * len(minutes),
            ("PeakBytesPerSecond", "Maximum"): [12.4e9 if one else 1e9 for one in minutes],
        },
    )


def _throttling(minutes: Sequence[bool], resource: str) -> dict[str, Any]:
    high = [40.0 if one else 0.0 for one in minutes]
    return metrics((FUNCTION[0], FUNCTION[1], resource), {("Throttles", "Sum"): high})


_NAT_ERRORS = _series((NAT[0], NAT[1]), "ErrorPortAllocation", "Sum", 400.0, 0.0)
_CACHE = _series(("AWS/ElastiCache", "CacheClusterId"), "CurrConnections", "Maximum", 65_000.0, 900.0)
_BALANCER = _series(("AWS/ApplicationELB", "LoadBalancer"), "RejectedConnectionCount", "Sum", 300.0, 0.0)
LIMIT = "destination-connection-limit"
COUNTED = {
    "ErrorPortAllocation": Counted("nat-port-exhaustion", *SERVICE, _NAT_ERRORS, "nat-1", "nat-2"),
    "PacketsDropCount": Counted("nat-bandwidth", *SERVICE, _dropping, "nat-1", "nat-2"),
    "Throttles": Counted("lambda-throttling", *SERVICE, _throttling, "storefront", "checkout"),
    "CurrConnections": Counted(LIMIT, *CACHE, _CACHE, "shop-001", "other-001"),
    "RejectedConnectionCount": Counted(LIMIT, *BALANCER, _BALANCER, "app/api/50dc6c495c0c", "app/other/40dc6c495c0c"),
}

KINDS: dict[str, Callable[[str], str]] = {
    "timeout": lambda host: TIMEOUT.replace(SERVICE[0], host),
    "refused": lambda host: f"Error: connect ECONNREFUSED {host}:443",
    "reset": lambda host: f"ConnectionResetError: [Errno 104] Connection reset by peer: {host}",
    "task": lambda _: (
        "2026-11-20T12:09:00.000Z 5d1c7f0e-0000-4000-a000-00000000000a Task timed out after 30.00 seconds"
    ),
}
NOT_OF_CONNECTING: dict[str, Callable[[str], str]] = {
    "name": lambda host: f"socket.gaierror: [Errno -2] Name or service not known: {host}",
    "descriptors": lambda _: "OSError: [Errno 24] Too many open files",
    "answer": lambda host: (
        f"requests.exceptions.HTTPError: 503 Server Error: Service Unavailable for url: https://{host}/"
    ),
}
"""What no table that is full makes of a connect."""
TABLES = ("nat-port-exhaustion", "nat-bandwidth", "hyperplane-eni-exhaustion")
DESTINATIONS = (LIMIT, "destination-not-answering", "destination-refusing")


def about(counted: Counted) -> str:
    return (
        "schema: 1\nregion: us-east-1\nwindow: [2026-11-20T12:00:00Z, 2026-11-20T12:15:00Z]\nfunctions: [storefront]\n"
        f"destinations:\n  cache: {{name: {counted.host}, port: 443, addresses: [{counted.address}]}}\n"
    )


def staged(counted: Counted, resource: str, minutes: Sequence[int], kind: str, failing: Sequence[int], host: str = "",
           times: int = 6) -> Diagnosis:  # fmt: skip
    """A counter of a resource that is high in some minutes, and failures of a kind in others."""
    line = (KINDS | NOT_OF_CONNECTING)[kind](host or counted.host)
    text = "".join(log(*[line] * times, minute=minute)["callers/storefront.log"] for minute in sorted(failing))
    gateways = {"ec2/nat-gateways.json": {"NatGateways": [nat_gateway(), nat_gateway("nat-2")]}}
    high = [minute in minutes for minute in range(MINUTES)]
    more = (gateways, rules(), interfaces(), counted.files(high, resource), {"callers/storefront.log": text})
    with tempfile.TemporaryDirectory() as folder:
        return diagnose(case(Path(folder), *more, about=about(counted)))


def proved(diagnosis: Diagnosis, *causes: str) -> list[str]:
    """Those of some causes that are named or confirmed."""
    return [
        f"{one.id} of {one.resource} is {one.status}{' and named' if diagnosis.narrows == one.id else ''}"
        for one in diagnosis.causes
        if one.id in causes and (one.status is Status.CONFIRMED or diagnosis.narrows == one.id)
    ]


@pytest.mark.parametrize("name", COUNTED)
def test_a_counter_beside_the_failures_that_it_makes_proves_its_cause(name: str) -> None:
    counted = COUNTED[name]

    told = staged(counted, counted.resource, (6, 7, 8), counted.kind, (6, 7, 8))

    assert told.cause(counted.cause).status is Status.CONFIRMED


QUICK = settings(derandomize=True, deadline=None, phases=[Phase.generate])
"""The same cases in each run, and not made smaller: they are small."""
minutes_of_failures = st.sets(st.integers(0, MINUTES - 1), min_size=1, max_size=4)


@pytest.mark.parametrize("name", COUNTED)
@given(failing=minutes_of_failures, kind=st.sampled_from([*KINDS]), share=st.floats(0, 1))
@settings(QUICK, max_examples=40)
def test_a_counter_at_another_time_proves_nothing(name: str, failing: set[int], kind: str, share: float) -> None:
    counted = COUNTED[name]
    free = [one for one in range(MINUTES) if all(abs(one - other) >= APART for other in failing)]
    high = free[: max(1, round(share * len(free)))] if free else []

    told = staged(counted, counted.resource, high, kind, [*failing])

    assert proved(told, counted.cause) == []


@pytest.mark.parametrize("name", COUNTED)
@given(failing=minutes_of_failures, kind=st.sampled_from([*KINDS]))
@settings(QUICK, max_examples=20)
def test_a_counter_of_what_is_not_on_the_way_proves_nothing(name: str, failing: set[int], kind: str) -> None:
    counted = COUNTED[name]

    told = staged(counted, counted.other, [*failing], kind, [*failing])

    assert proved(told, counted.cause) == []


@pytest.mark.parametrize("name", COUNTED)
@given(failing=minutes_of_failures, kind=st.sampled_from([*NOT_OF_CONNECTING]))
@settings(QUICK, max_examples=20)
def test_a_counter_proves_nothing_of_what_it_cannot_make_fail(name: str, failing: set[int], kind: str) -> None:
    counted = COUNTED[name]

    told = staged(counted, counted.resource, [*failing], kind, [*failing])

    assert proved(told, counted.cause) == []


INSIDE = ("localhost", "127.0.0.1", "10.0.9.9")
PUBLIC = ("api.other.example", "52.94.236.248")


@pytest.mark.parametrize("name", COUNTED)
@given(
    failing=minutes_of_failures,
    kind=st.sampled_from([one for one in KINDS if one != "task"]),
    place=st.sampled_from(INSIDE + PUBLIC),
    counts=st.booleans(),
)
@settings(QUICK, max_examples=40)
def test_lines_of_another_place_prove_nothing_of_the_case_s_destinations(
    name: str, failing: set[int], kind: str, place: str, counts: bool
) -> None:
    """A NAT gateway is on the way to public places as well: there its counter may prove what it does."""
    counted = COUNTED[name]
    high = [*failing] if counts and not (place in PUBLIC and counted.cause in TABLES) else []

    told = staged(counted, counted.resource, high, kind, [*failing], place)

    of_destinations = [one for one in proved(told, *DESTINATIONS) if " of cache is " in one]
    assert proved(told, *TABLES) + of_destinations == []

"""What the sensor inside the functions proves, supports and leaves open; and the same number wherever it is shown."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from narrows.assumptions import Assumptions
from narrows.case import Case, read_case
from narrows.case.model import CallerOutcome
from narrows.diagnose import Status
from narrows.evidence.demand.read import read_demand
from narrows.evidence.facts import Facts
from narrows.evidence.sensed import held_by, held_on_eni
from narrows.evidence.tables import seen_on_eni, seen_ports
from narrows.fullest import fullest_tables
from narrows.network import EniKey
from narrows.sensor import answer_of
from oracles.sensor import line, use
from tests.unit.case.cases import case_at, function, nat_gateway, route_table, small, subnet
from tests.unit.diagnose.by_hand import ABOUT, FUNCTION, TIMEOUT, case, cause_of, interfaces, log, metrics, nat, rules

T = 1_795_176_000.0
KEY = EniKey("subnet-1", ("sg-1",))
ENI = "hyperplane-eni-exhaustion"
MINUTES = range(17)
"""Those of the window, and as many as an invocation may go on after it."""


def sensor(*lines: dict[str, Any]) -> dict[str, str]:
    return {"sensor/lines.jsonl": "".join(json.dumps(one) + "\n" for one in lines)}


def environments(
    number: int, each: int, minutes: Sequence[int] = MINUTES, name: str = "storefront", **more: Any
) -> list[dict[str, Any]]:
    """A line a minute of so many environments, each holding so many connections."""
    return [
        line(T + 60 * minute + 1, use(held=each, opened=0 if place else each, reused=each if place else 0, **more),
             function=name, environment=f"{name}/{environment}", invocation=place + 1)
        for environment in range(number)
        for place, minute in enumerate(minutes)
    ]  # fmt: skip


def concurrency(most: int) -> dict[str, Any]:
    return metrics(FUNCTION, {("ConcurrentExecutions", "Maximum"): [float(most)] * 15})


def seen(one: Case) -> tuple[float, float | None]:
    found = seen_on_eni(Facts(one, Assumptions()), KEY)
    assert found is not None
    return found.low, found.high


@pytest.fixture
def failing() -> dict[str, Any]:
    """Connects that time out, a NAT gateway that refused nothing, and rules that let everything through."""
    calm = nat(errors=[0.0] * 15)
    return {**log(*[TIMEOUT] * 30), **calm, **rules(), **interfaces()}


def test_a_full_eni_is_proved_from_the_inside(tmp_path: Path, failing: dict[str, Any]) -> None:
    """No flow log, no ActiveConnectionCount: nothing else in AWS shows that number."""
    full = case(tmp_path, failing, sensor(*environments(130, 500)), concurrency(130))

    found = cause_of(full, ENI)

    assert found.status is Status.CONFIRMED
    assert found.observed is not None
    assert found.observed.low == 65_000
    assert any("sensor/lines.jsonl" in one.source and "65,000" in one.text for one in found.evidence)


def test_without_it_the_same_case_is_not_proved(tmp_path: Path, failing: dict[str, Any]) -> None:
    assert cause_of(case(tmp_path, failing), ENI).status is not Status.CONFIRMED


def test_an_eni_with_room_is_said_to_have_room(tmp_path: Path, failing: dict[str, Any]) -> None:
    found = cause_of(case(tmp_path, failing, sensor(*environments(130, 50)), concurrency(130)), ENI)

    assert found.status is not Status.CONFIRMED
    assert any(not one.supports and "6,500" in one.text for one in found.evidence)


def test_the_interval_is_closed_only_where_every_environment_says_something(
    tmp_path: Path, failing: dict[str, Any]
) -> None:
    lines = sensor(*environments(100, 10))

    assert seen(case(tmp_path / "all", lines, concurrency(100), interfaces())) == (1000, 1000)
    assert seen(case(tmp_path / "some", lines, concurrency(150), interfaces())) == (1000, None)
    assert seen(case(tmp_path / "unknown", lines, interfaces())) == (1000, None)


def test_another_function_on_the_eni_without_the_sensor_leaves_it_open(tmp_path: Path) -> None:
    both = {"lambda/functions.json": {"Functions": [function(), function("billing")]}}

    one = case(tmp_path, both, sensor(*environments(100, 10)), concurrency(100), interfaces())

    assert seen(one) == (1000, None)
    found = held_on_eni(Facts(one, Assumptions()), KEY)
    assert found is not None
    assert "billing without the sensor" in found.missing


def test_lines_of_two_functions_on_one_eni_are_added_up(tmp_path: Path) -> None:
    both = {"lambda/functions.json": {"Functions": [function(), function("billing")]}}
    about = ABOUT.replace("[storefront]", "[storefront, billing]")
    lines = sensor(*environments(100, 10), *environments(10, 7, name="billing"))

    assert seen(case(tmp_path, both, lines, interfaces(), about=about))[0] == 1070


def test_over_two_subnets_each_has_its_even_share_and_that_is_assumed(tmp_path: Path) -> None:
    config = {"SubnetIds": ["subnet-1", "subnet-2"], "SecurityGroupIds": ["sg-1"], "VpcId": "vpc-1"}
    files = {
        "lambda/functions.json": {"Functions": [function(VpcConfig=config)]},
        "ec2/subnets.json": {"Subnets": [subnet(), subnet("subnet-2"), subnet("subnet-public")]},
        "ec2/route-tables.json": {
            "RouteTables": [
                route_table({"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1", "State": "active"}),
                route_table(
                    {"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1", "State": "active"},
                    subnet="subnet-2", RouteTableId="rtb-2",
                ),
            ]
        },
    }  # fmt: skip
    one = case(tmp_path, files, sensor(*environments(100, 10)), concurrency(100))
    facts = Facts(one, Assumptions())
    found = held_on_eni(facts, KEY)

    assert found is not None
    assert found.spread
    assert found.low <= 500 <= (found.high or 0)
    # By an environment in fifty more or less, and by what an even spread is not.
    assert (found.low, found.high) == (480, 520)
    assert "environment_placement" in facts.used


def test_ports_towards_a_destination_are_those_held_to_it(tmp_path: Path) -> None:
    mixed = [
        line(T + 1, use(held=4), use("8.8.8.8:443", "other.example.com", held=90), environment=str(number))
        for number in range(50)
    ]
    one = case(tmp_path, sensor(*mixed), concurrency(50), interfaces())
    found = seen_ports(Facts(one, Assumptions()), "nat-1", None, "cache")

    assert found is not None
    assert found.low == 200
    assert seen(one)[0] == 50 * 94


def test_reuse_that_is_missing_is_said_of_a_gateway_without_ports(tmp_path: Path) -> None:
    churning = [
        line(T + second, use(opened=1), environment=str(number), invocation=second + 1)
        for number in range(3)
        for second in range(100)
    ]
    exhausted = nat(errors=[0.0, 5.0, 9.0, 9.0, 0.0], active=[100.0] * 5, established=[60_000.0] * 5)
    found = cause_of(case(tmp_path, log(TIMEOUT, minute=2), exhausted, sensor(*churning)), "nat-port-exhaustion")

    assert any("300 connections opened and 0 used again: 0 %" in one.text for one in found.evidence)


def test_descriptors_near_their_end_speak_for_it(tmp_path: Path) -> None:
    near = [line(T + 1, use(held=900), DescriptorsUsed=1_000)]
    found = cause_of(case(tmp_path, sensor(*near), log("OSError: [Errno 24] Too many open files")),
                     "descriptor-exhaustion")  # fmt: skip

    assert any("1,000 file descriptors in use, of 1,024" in one.text and one.supports for one in found.evidence)


def test_demand_is_what_was_held_and_what_failed(tmp_path: Path) -> None:
    """Nothing else tells of it: no metric of a gateway, no outcome of a caller."""
    lines = [one for number in range(100) for one in environments(1, 10, failed=1, name="storefront")]
    for number, one in enumerate(lines):
        one["narrows"]["environment"] = str(number // len(MINUTES))
    facts = Facts(case(tmp_path, sensor(*lines), concurrency(100)), Assumptions())

    wanted = read_demand(facts).live["storefront", "cache"]

    assert (wanted.low, wanted.high) == (1000, 1000 + 100 * len(MINUTES))
    assert read_demand(facts, seen=True).live["storefront", "cache"].high == 1000


def test_what_callers_tell_of_is_not_denied_by_a_sensor_that_saw_no_failure(tmp_path: Path) -> None:
    """Connects that time out left entries on the ENI, and were wanted, whatever the lines say."""
    one = case(tmp_path, sensor(*environments(100, 10)), concurrency(100), interfaces(), log(*[TIMEOUT] * 30))
    failed = Facts(one, Assumptions()).symptoms.total(CallerOutcome.TIMED_OUT)

    assert failed == 30
    assert seen(one) == (1000, 1000 + failed)
    assert read_demand(Facts(one, Assumptions())).live["storefront", "cache"].high == 1000 + failed


def test_every_surface_shows_the_same_number(tmp_path: Path) -> None:
    one = case(tmp_path, sensor(*environments(100, 10)), concurrency(100), interfaces())
    facts = Facts(one, Assumptions())
    table = next(each for each in fullest_tables(one).tables if isinstance(each.id.resource, EniKey))
    answer = answer_of(one.sensor, facts)

    assert table.seen is not None
    assert (table.seen.low, table.seen.high) == seen(one) == (answer.enis[0].low, answer.enis[0].high) == (1000, 1000)
    assert answer.destinations[0].curve.peak == 1000


def test_logs_that_end_with_the_window_leave_the_upper_end_open(tmp_path: Path) -> None:
    """An invocation that went on may have opened any number, and has no line there."""
    one = case(tmp_path, sensor(*environments(100, 10, range(15))), concurrency(100), interfaces())
    found = held_on_eni(Facts(one, Assumptions()), KEY)

    assert found is not None
    assert (found.low, found.high) == (1000, None)
    assert found.missing == ("lines of storefront until 12:16, when every invocation of the window has its own",)


def test_a_function_that_fell_silent_before_the_window_ended_has_all_its_lines(tmp_path: Path) -> None:
    quiet = metrics(FUNCTION, {("ConcurrentExecutions", "Maximum"): [100.0] * 5})

    assert seen(case(tmp_path, sensor(*environments(100, 10, range(5))), quiet, interfaces())) == (1000, 1000)


def test_environments_that_are_gone_do_not_stand_in_for_those_that_say_nothing(tmp_path: Path) -> None:
    """Sixty wrote lines and were recycled; of the hundred that came then, forty did not."""
    early = environments(60, 10, range(3))
    late = environments(60, 10, range(10, 17))
    for one in late:
        one["narrows"]["environment"] += " later"
    some = metrics(FUNCTION, {("ConcurrentExecutions", "Maximum"): [60.0] * 3 + [0.0] * 7 + [100.0] * 5})
    found = held_on_eni(Facts(case(tmp_path, sensor(*early, *late), some, interfaces()), Assumptions()), KEY)

    assert found is not None
    assert found.high is None
    assert found.missing == ("lines of 40 environments of storefront",)


def test_connections_to_an_address_of_nobody_may_be_to_a_destination_without_any(tmp_path: Path) -> None:
    """gRPC and libpq look names up unseen: the line has an address alone, and the case a name."""
    lines = environments(100, 10)
    for one in lines:
        del one["narrows"]["destinations"][0]["name"]
    about = ABOUT.replace(", addresses: [8.8.4.4]", "")
    assert about != ABOUT
    facts = Facts(case(tmp_path, sensor(*lines), concurrency(100), interfaces(), about=about), Assumptions())
    found = held_by(facts, "storefront", "cache")

    assert found is not None
    assert (found.low, found.high) == (0, None)
    assert found.missing == ("the addresses of cache, which some connections may be to",)


def test_what_one_full_eni_dropped_is_missing_there_alone(tmp_path: Path) -> None:
    """Half of what is held is not on each of two ENIs, where one of them dropped some of its half."""
    config = {"SubnetIds": ["subnet-1", "subnet-2"], "SecurityGroupIds": ["sg-1"], "VpcId": "vpc-1"}
    files = {
        "lambda/functions.json": {"Functions": [function(VpcConfig=config)]},
        "ec2/subnets.json": {"Subnets": [subnet(), subnet("subnet-2"), subnet("subnet-public")]},
    }
    lines = sensor(*environments(100, 10))
    one = case(tmp_path, files, lines, concurrency(100), log(*[TIMEOUT] * 200))
    found = held_on_eni(Facts(one, Assumptions()), KEY)

    assert found is not None
    assert (found.low, found.high) == (480 - 100, 520 + 200)


def test_lines_dropped_into_a_case_as_the_log_that_they_stood_in(tmp_path: Path) -> None:
    message = "\n".join(json.dumps(one) for one in environments(2, 5, [0]))
    files = {**small(), "ec2/nat-gateways.json": {"NatGateways": [nat_gateway()]}}
    events = {"events": [{"logStreamName": "s", "timestamp": int(T * 1000), "message": message}]}
    one = read_case(case_at(tmp_path, {**files, "sensor/storefront.json": events}, ABOUT))

    assert len(one.sensor.lines) == 2
    assert one.sensor.sources == ("sensor/storefront.json",)

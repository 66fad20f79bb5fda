"""Data processing on the bytes that a case measured: two NAT gateways, two destinations, fifteen minutes, by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from narrows.case import read_case
from narrows.cli import main
from narrows.plan import Plan, make_plan
from narrows.report import write_report
from tests.unit.case.cases import case_at, function, nat_gateway, route_table, small, subnet
from tests.unit.diagnose.by_hand import metrics

NOON = 1_795_176_000
MINUTES = 15
ABOUT = """\
schema: 1
assumptions: {nat_connections_per_address: 5}
region: eu-central-1
window: [2026-11-20T12:00:00Z, 2026-11-20T12:15:00Z]
functions: [storefront]
destinations:
  pay: {name: pay.example.com, port: 443, addresses: [8.8.4.4]}
  search: {name: search.example.com, port: 443, addresses: [1.1.1.1]}
"""
"""With room for so few that four connections leave too little."""
HOUR = 3600 * 730 / 1e9
"""From bytes a second to GB a month."""
PER_MINUTE: Mapping[str, Mapping[str, tuple[int, int]]] = {
    "nat-1": {"pay": (40_000_000, 20_000_000), "search": (20_000_000, 10_000_000)},
    "nat-2": {"pay": (10_000_000, 5_000_000), "search": (10_000_000, 5_000_000)},
}
"""Bytes to each destination, and from it."""
PAY, SEARCH = 75_000_000 / 60 * HOUR, 45_000_000 / 60 * HOUR
ADDRESSES = {"pay": "8.8.4.4", "search": "1.1.1.1"}


def network() -> dict[str, Any]:
    """A function in two subnets, each behind its NAT gateway."""
    both = {"SubnetIds": ["subnet-1", "subnet-2"], "SecurityGroupIds": ["sg-1"], "VpcId": "vpc-1"}
    arn = "arn:aws:lambda:eu-central-1:111122223333:function:storefront:$LATEST"
    interfaces = [
        {
            "NetworkInterfaceId": f"eni-{number}",
            "InterfaceType": "lambda",
            "SubnetId": f"subnet-{number}",
            "Groups": [{"GroupId": "sg-1", "GroupName": "app"}],
            "Status": "in-use",
            "PrivateIpAddress": f"10.0.{number}.9",
            "Description": "AWS Lambda VPC ENI-storefront-1",
        }
        for number in (1, 2)
    ]
    away = {"DestinationCidrBlock": "0.0.0.0/0", "State": "active"}
    return {
        **small(),
        "lambda/functions.json": {"Functions": [function(VpcConfig=both, FunctionArn=arn)]},
        "ec2/subnets.json": {
            "Subnets": [
                subnet("subnet-1", AvailabilityZone="eu-central-1a"),
                subnet("subnet-2", AvailabilityZone="eu-central-1b", CidrBlock="10.0.16.0/20"),
            ]
        },
        "ec2/route-tables.json": {
            "RouteTables": [
                route_table({**away, "NatGatewayId": "nat-1"}, subnet="subnet-1"),
                route_table({**away, "NatGatewayId": "nat-2"}, subnet="subnet-2", RouteTableId="rtb-2"),
            ]
        },
        "ec2/nat-gateways.json": {"NatGateways": [nat_gateway("nat-1"), nat_gateway("nat-2")]},
        "ec2/network-interfaces.json": {"NetworkInterfaces": interfaces},
    }


def metered(gateway: str, *, without: tuple[str, ...] = (), minutes: int = MINUTES) -> dict[str, Any]:
    """The metrics of a gateway, without some of them, or for some minutes of the window alone."""
    out, back = (sum(both[way] for both in PER_MINUTE[gateway].values()) for way in (0, 1))
    series = {
        "ActiveConnectionCount": ("Maximum", 4, MINUTES),
        "ErrorPortAllocation": ("Sum", 0, MINUTES),
        "BytesOutToDestination": ("Sum", out, minutes),
        "BytesInFromDestination": ("Sum", back, minutes),
    }
    kept = {
        (name, stat): [float(value)] * count for name, (stat, value, count) in series.items() if name not in without
    }
    return metrics(("AWS/NATGateway", "NatGatewayId", gateway), kept)


def flow_logs(*enis: int, silent: bool = False, lost: int = 0) -> dict[str, str]:
    """Records of ENIs by the minute; ``silent`` has no bytes, ``lost`` minutes of them are missing."""
    fields = "interface-id srcaddr dstaddr srcport dstport protocol start end action log-status tcp-flags"
    lines = [fields if silent else f"{fields} bytes"]
    for number in enis:
        eni, own = f"eni-{number}", f"10.0.{number}.9"
        for minute in (*range(6), *range(6 + lost, MINUTES)):
            times = f"6 {NOON + 60 * minute} {NOON + 60 * minute + 59} ACCEPT OK"
            for to, (out, back) in PER_MINUTE[f"nat-{number}"].items():
                there = f"{eni} {own} {ADDRESSES[to]} 40000 443 {times} {3 if minute else 2}"
                here = f"{eni} {ADDRESSES[to]} {own} 443 40000 {times} {19 if minute else 18}"
                lines += [there, here] if silent else [f"{there} {out}", f"{here} {back}"]
    return {"flow-logs/records.log": "\n".join(lines) + "\n"}


def plan_of(folder: Path, *parts: dict[str, Any], about: str = ABOUT) -> Plan:
    files: dict[str, Any] = {**network()}
    for part in parts:
        files |= part
    return make_plan(read_case(case_at(folder, files, about)))


def processed(plan: Plan) -> Any:
    """The least and the most of each destination, GB a month."""
    document: Any = plan.to_json()["data_processing"]
    return {one["destination"]: (one["gigabytes"]["low"], one["gigabytes"]["high"]) for one in document}


def carried(plan: Plan) -> Any:
    """Bytes a second of every use, at the least and at the most."""
    ends = [one.between(one.whole.uses) for one in plan.today.demand.carried]
    return sum(low for low, _ in ends), sum(high for _, high in ends)


def endpoint(plan: Plan) -> Any:
    return next(one for one in plan.alternatives if one.strategy == "use-interface-endpoint")


def saving(gigabytes: float) -> int:
    """Cents in Frankfurt: what NAT gateways take for so many GB, less what an endpoint takes."""
    return round(gigabytes * 5.2) - round(gigabytes * 1.0)


BOTH = (metered("nat-1"), metered("nat-2"))
TWO_ZONES = round(2 * 730 * 1.2)


def test_metrics_alone_give_the_sum_of_both_destinations(tmp_path: Path) -> None:
    """Each may have had all of it, or nothing; the plan counts on nothing, and says both."""
    plan = plan_of(tmp_path, *BOTH)
    assert processed(plan) == {to: (0.0, pytest.approx(PAY + SEARCH)) for to in ("pay", "search")}
    changes = [one for one in endpoint(plan).changes if one.action.id == "use-interface-endpoint"]
    assert [one.monthly_cents for one in changes] == [TWO_ZONES] * len(changes)
    assert (
        f"0 to 5,256 GB a month pass the NAT gateways now: $0.00 to ${saving(PAY + SEARCH) / 100:,.2f} less"
        in (changes[0].notes[-1])
    )
    assert (
        "NAT gateways process 0 to 5,256 GB a month for pay: what a change that leads it past them saves is reckoned "
        "with the least"
    ) in plan.notes


def test_what_leaves_past_both_destinations_is_known_from_metrics_alone(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, *BOTH)
    outside = next(one for one in plan.alternatives if one.strategy == "leave-vpc")
    # 1.5 and 0.5 MB a second: 3,942 and 1,314 GB a month.
    assert outside.monthly_cents == -round(5256 * 5.2)
    assert "5,256 GB a month pass the NAT gateways now: $273.31 less for data processing" in outside.changes[0].notes
    told = [one for one in plan.estimates if one.what == "data processed"]
    assert [one.value for one in told] == [pytest.approx(3942), pytest.approx(1314)]
    assert told[0].text == "1.35 GB through nat-1 in 15m, that is 3,942 GB a month"
    assert told[0].source.startswith("cloudwatch/nat-1.results.json")
    assert any("as the mean of the window of the case (month_as_mean)" in note for note in plan.notes)
    assert "month_as_mean" in {one["id"] for one in plan.assumptions}


@pytest.mark.slow
def test_flow_logs_tell_the_destinations_apart(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, *BOTH, flow_logs(1, 2))
    low, high = processed(plan)["pay"]
    assert low == pytest.approx(PAY, rel=0.005)
    assert high == pytest.approx(PAY, rel=0.005)
    changes = {one.resource: one for one in endpoint(plan).changes if one.action.id == "use-interface-endpoint"}
    assert changes["pay"].monthly_cents == pytest.approx(TWO_ZONES - saving(PAY), rel=0.005)
    assert "interface-endpoint-gigabyte" in changes["pay"].prices


@pytest.mark.slow
def test_metrics_that_count_nothing_beside_flow_logs_that_count_something_are_said(tmp_path: Path) -> None:
    none = {(name, "Sum"): [0.0] * MINUTES for name in ("BytesOutToDestination", "BytesInFromDestination")}
    open_ = {("ActiveConnectionCount", "Maximum"): [4.0] * MINUTES}
    both = [metrics(("AWS/NATGateway", "NatGatewayId", name), {**none, **open_}) for name in PER_MINUTE]
    plan = plan_of(tmp_path, *both, flow_logs(1, 2))
    assert processed(plan) == {}
    (note,) = [note for note in plan.notes if note.startswith("data processing (per GB) is left out")]
    assert note.endswith("flow logs have bytes through the NAT gateways, and the gateways' metrics count none")


@pytest.mark.slow
def test_flow_logs_without_metrics_tell_it_too(tmp_path: Path) -> None:
    without = ("BytesOutToDestination", "BytesInFromDestination")
    plan = plan_of(tmp_path, *(metered(name, without=without) for name in PER_MINUTE), flow_logs(1, 2))
    assert processed(plan)["search"] == (pytest.approx(SEARCH, rel=0.005), pytest.approx(SEARCH, rel=0.005))


@pytest.mark.slow
def test_logs_of_one_eni_and_metrics_of_both_gateways(tmp_path: Path) -> None:
    """What went through the gateway without flow logs may have gone to either."""
    plan = plan_of(tmp_path, *BOTH, flow_logs(1))
    behind_first, behind_second = 60_000_000 / 60 * HOUR, 30_000_000 / 60 * HOUR
    low, high = processed(plan)["pay"]
    assert low == pytest.approx(behind_first, rel=0.005)
    assert high == pytest.approx(behind_first + behind_second, rel=0.005)


@pytest.mark.parametrize(
    "parts",
    [
        (metered("nat-1", minutes=10), metered("nat-2")),
        (metered("nat-1", without=("BytesInFromDestination",)), metered("nat-2")),
    ],
    ids=["gap", "one-direction"],
)
def test_metrics_with_gaps_are_less_certain_and_never_wrong(tmp_path: Path, parts: tuple[dict[str, Any], ...]) -> None:
    plan = plan_of(tmp_path, *parts)
    outside = next(one for one in plan.alternatives if one.strategy == "leave-vpc")
    low, high = carried(plan)
    assert high == float("inf")
    assert low * HOUR < PAY + SEARCH
    assert outside.monthly_cents == -round(low * HOUR * 5.2)
    assert any("at least" in note and "reckoned with no more" in note for note in outside.changes[0].notes)
    # Nothing bounds what goes to one destination, and nothing is sure of it.
    assert processed(plan) == {"pay": (0.0, None), "search": (0.0, None)}
    assert any(note.startswith("how much NAT gateways process for pay is not known") for note in plan.notes)
    assert endpoint(plan).changes[0].monthly_cents == TWO_ZONES


@pytest.mark.slow
def test_lost_records_leave_the_most_open(tmp_path: Path) -> None:
    without = ("BytesOutToDestination", "BytesInFromDestination")
    plan = plan_of(tmp_path, *(metered(name, without=without) for name in PER_MINUTE), flow_logs(1, 2, lost=4))
    low, high = processed(plan)["pay"]
    assert low == pytest.approx(PAY * 11 / 15, rel=0.005)
    assert high is None


@pytest.mark.slow
def test_records_without_bytes_say_nothing_of_money(tmp_path: Path) -> None:
    without = ("BytesOutToDestination", "BytesInFromDestination")
    plan = plan_of(tmp_path, *(metered(name, without=without) for name in PER_MINUTE), flow_logs(1, 2, silent=True))
    assert processed(plan) == {}
    assert endpoint(plan).changes[0].monthly_cents == TWO_ZONES
    assert any(note.startswith("data processing (per GB) is left out: neither metrics of NAT") for note in plan.notes)


@pytest.mark.slow
def test_others_behind_a_gateway_may_have_sent_all_of_it(tmp_path: Path) -> None:
    """A machine in the subnet: what the metrics count is an upper bound, what the function's own ENI logs is sure."""
    files = network()
    files["ec2/network-interfaces.json"]["NetworkInterfaces"].append(
        {
            "NetworkInterfaceId": "eni-9",
            "InterfaceType": "interface",
            "SubnetId": "subnet-1",
            "Groups": [{"GroupId": "sg-9", "GroupName": "other"}],
            "Status": "in-use",
            "PrivateIpAddress": "10.0.1.99",
            "Description": "",
            "Attachment": {"InstanceId": "i-1", "InstanceOwnerId": "111122223333"},
        }
    )
    alone = plan_of(tmp_path / "metrics", files, *BOTH)
    low, high = carried(alone)
    assert (low * HOUR, high * HOUR) == (pytest.approx(1314), pytest.approx(5256))
    logged = plan_of(tmp_path / "logs", files, *BOTH, flow_logs(1, 2))
    assert processed(logged)["pay"] == (pytest.approx(PAY, rel=0.005), pytest.approx(PAY, rel=0.005))


@pytest.mark.slow
def test_twice_the_demand_carries_twice_as_much(tmp_path: Path) -> None:
    files = network() | BOTH[0] | BOTH[1] | flow_logs(1, 2)
    case = read_case(case_at(tmp_path, files, ABOUT))
    assert processed(make_plan(case, growth=2.0))["pay"][0] == pytest.approx(2 * PAY, rel=0.005)


def test_whoever_does_not_take_the_window_for_the_month_says_so(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, *BOTH, about=ABOUT.replace("5}", "5, month_as_mean: false}"))
    assert processed(plan) == {}
    assert "data processing (per GB) is left out, as month_as_mean is false" in plan.notes
    assert not any(one.what == "data processed" for one in plan.estimates)


@pytest.mark.slow
def test_every_surface_shows_one_number(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = network() | BOTH[0] | BOTH[1] | flow_logs(1, 2)
    folder = case_at(tmp_path / "case", files, ABOUT)
    with pytest.raises(SystemExit) as left:
        main(("plan", str(folder), "--json"))
    assert left.value.code == 0
    document = json.loads(capsys.readouterr().out)
    cost = next(one["monthly_usd"] for one in document["alternatives"] if one["strategy"] == "leave-vpc")
    assert cost == pytest.approx(-273.31, abs=0.02)
    with pytest.raises(SystemExit):
        main(("plan", str(folder)))
    out = capsys.readouterr().out
    assert f"{cost:,.2f}" in out
    assert "Prices of eu-central-1, from sources of" in out
    page = write_report(read_case(folder), tmp_path / "report.html", prove=False).read_text(encoding="utf-8")
    assert f"{-cost:,.2f}" in page
    assert "GB a month" in page

"""A plan in the money of its Region: by hand arithmetic, as a user runs it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from narrows.cli import main
from narrows.plan import make_plan
from narrows.prices import commercial_regions, load_prices
from narrows.scenario import load_scenario
from tests.unit.plan.sites import EXAMPLES

Plan = Callable[..., dict[str, Any]]
PAGE = Path(__file__).parents[3] / "docs" / "plan.md"
IN_THE_PAGE = ("nat-gateway-hour", "nat-gateway-gigabyte", "interface-endpoint-hour", "proxy-instance-hour")
"""Those that differ from Region to Region; a zone of a regional NAT gateway costs what a zonal one does."""


@pytest.fixture
def plan_in(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Plan:
    """``narrows plan --json`` on the launch of the examples, in another Region."""

    def run(region: str, *arguments: str) -> dict[str, Any]:
        text = (EXAMPLES / "launch-load-test.yaml").read_text(encoding="utf-8").replace("us-east-1", region)
        file = tmp_path / "launch.yaml"
        file.write_text(text, encoding="utf-8")
        with pytest.raises(SystemExit) as left:
            main(("plan", str(file), "--json", *arguments))
        captured = capsys.readouterr()
        assert left.value.code == 0, captured.err
        document: dict[str, Any] = json.loads(captured.out)
        return document

    return run


def dollars(document: dict[str, Any]) -> dict[str, float]:
    return {one["strategy"]: one["monthly_usd"] for one in document["alternatives"]}


def about_prices(document: dict[str, Any]) -> list[str]:
    return [note for note in document["notes"] if "price" in note and "data processing" not in note]


def test_frankfurt_by_hand(plan_in: Plan) -> None:
    document = plan_in("eu-central-1")
    # Two addresses more: 2 x 730 x 0.005.
    assert document["monthly_usd"] == 7.30
    costs = dollars(document)
    assert costs["use-interface-endpoint"] == 8.76  # 730 x 0.012
    assert costs["use-egress-proxy"] == 150.09  # 2 x 730 x (0.0978 + 0.005)
    assert costs["add-nat-gateway"] == 48.91  # 730 x 0.052 for the gateway, and its 3 addresses: 10.95
    assert about_prices(document) == []
    assert document["prices"]["region"] == "eu-central-1"
    assert {one["region"] for one in document["prices"]["used"]} == {"eu-central-1"}


def test_where_nothing_says_a_price_another_region_stands_in_by_name(plan_in: Plan) -> None:
    document = plan_in("me-central-1")
    assert dollars(document)["use-interface-endpoint"] == 7.30  # us-east-1's: 730 x 0.01
    assert dollars(document)["use-egress-proxy"] == 153.30  # its own: 2 x 730 x (0.1 + 0.005)
    assert about_prices(document) == [
        (
            "no price of NAT gateways, regional NAT gateways, interface endpoints in me-central-1 is known here: "
            "us-east-1's stand in"
        )
    ]
    regions = {one["id"]: one["region"] for one in document["prices"]["used"]}
    assert regions["nat-gateway-hour"] == "us-east-1"
    assert regions["public-ipv4-hour"] == "me-central-1"


@pytest.mark.parametrize("region", ["us-gov-west-1", "cn-north-1"])
def test_another_partition_is_said(plan_in: Plan, region: str) -> None:
    document = plan_in(region)
    assert about_prices(document) == [
        f"narrows knows prices of commercial Regions alone, and {region} is not among them: those of us-east-1 stand in"
    ]


def test_own_prices_are_reckoned_with_and_printed(plan_in: Plan, tmp_path: Path) -> None:
    file = tmp_path / "own.json"
    own = {"public-ipv4-hour": 0.01, "interface-endpoint-hour": {"usd": 0.5, "source": "contract", "date": "2026-05"}}
    file.write_text(json.dumps(own), encoding="utf-8")
    document = plan_in("me-central-1", "--prices", str(file))
    assert document["monthly_usd"] == 14.60  # 2 x 730 x 0.01
    assert dollars(document)["use-interface-endpoint"] == 365.0
    assert about_prices(document) == [
        "no price of NAT gateways, regional NAT gateways in me-central-1 is known here: us-east-1's stand in"
    ]
    printed = {one["id"]: one for one in document["prices"]["used"]}
    assert printed["interface-endpoint-hour"] == {
        "id": "interface-endpoint-hour",
        "usd": 0.5,
        "unit": "Availability Zone of an interface endpoint and hour",
        "region": "me-central-1",
        "source": "contract",
        "date": "2026-05",
        "certainty": "yours",
    }


@pytest.mark.parametrize(
    ("own", "line"),
    [
        (None, "Prices of ap-southeast-5 and us-east-1, from sources of "),
        ("public-ipv4-hour: 0.01", "Prices of ap-southeast-5 and us-east-1, some of them yours, from sources of "),
    ],
)
def test_the_last_line_says_whose_prices_they_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], own: str | None, line: str
) -> None:
    text = (EXAMPLES / "launch-load-test.yaml").read_text(encoding="utf-8").replace("us-east-1", "ap-southeast-5")
    (tmp_path / "launch.yaml").write_text(text, encoding="utf-8")
    arguments = []
    if own:
        (tmp_path / "own.yaml").write_text(own, encoding="utf-8")
        arguments = ["--prices", str(tmp_path / "own.yaml")]
    with pytest.raises(SystemExit):
        main(("plan", str(tmp_path / "launch.yaml"), *arguments))
    assert line in capsys.readouterr().out.replace("\n", " ")


def test_bad_prices_are_one_line_before_anything_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "own.yaml").write_text("nat-gateway-huor: 0.05\n", encoding="utf-8")
    for command in (["plan"], ["report"]):
        with pytest.raises(SystemExit) as left:
            main((*command, str(tmp_path / "none"), "--prices", str(tmp_path / "own.yaml")))
        assert left.value.code == 2
        captured = capsys.readouterr()
        assert captured.out == ""
        assert captured.err.count("\n") == 1
        assert "did you mean 'nat-gateway-hour'?" in captured.err


def test_a_network_without_a_region_is_priced_as_the_one_that_stands_in() -> None:
    """As a case that names none."""
    launch = load_scenario(EXAMPLES / "launch-load-test.yaml")
    nowhere = replace(launch, network=replace(launch.network, region=""))
    plan = make_plan(nowhere)
    assert plan.monthly_usd == make_plan(launch).monthly_usd
    assert "the case names no Region: prices are those of us-east-1" in plan.notes
    assert {one["region"] for one in plan.prices} == {"us-east-1"}


def test_the_page_has_every_price_that_is_known() -> None:
    """One row for each Region; a dash is a price that nothing here says."""
    rows = {}
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip(" `") for cell in line.strip("|").split("|")]
        if cells[0] in commercial_regions():
            rows[cells[0]] = cells[1:]
    assert list(rows) == list(commercial_regions())
    for region, cells in rows.items():
        prices = load_prices(region)
        told = ["-" if name in prices.stand_ins else f"{prices.prices[name].usd:g}" for name in IN_THE_PAGE]
        assert cells == told, region


def test_the_page_counts_them() -> None:
    text = " ".join(PAGE.read_text(encoding="utf-8").split())
    known = [load_prices(region) for region in commercial_regions()]
    for name in IN_THE_PAGE:
        count = sum(name not in one.stand_ins for one in known)
        assert f"`{name}` {count} of {len(known)}" in text

"""Who shares which table, and how full it is: an account by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from narrows.cli import main
from narrows.fullest import Fullest, SharedTable, fullest_tables
from narrows.network import EniKey, HopKind
from tests.terminals import on_terminal
from tests.unit.case.cases import case_at
from tests.unit.diagnose.by_hand import nat
from tests.unit.fullest.account import ABOUT, NOBODY_ASKED, account, attached, case_of, interface

SHARED = EniKey("subnet-1", ("sg-1", "sg-2"))
Run = Callable[..., str]


def eni(found: Fullest, key: EniKey = SHARED) -> SharedTable:
    return next(one for one in found.tables if one.id.resource == key)


def gateway(found: Fullest, name: str = "nat-1") -> SharedTable:
    return next(one for one in found.tables if one.id.resource == name)


def names(table: SharedTable) -> list[str]:
    return [one.name for one in table.functions]


def order(found: Fullest) -> list[str]:
    return [str(one.id.resource) for one in found.tables]


@pytest.fixture
def found(tmp_path: Path) -> Fullest:
    return fullest_tables(case_of(tmp_path))


# Who shares it --------------------------------------------------------------------------------------------------------


def test_functions_with_one_subnet_and_group_set_share_an_eni_in_whatever_order_the_groups_are(found: Fullest) -> None:
    assert names(eni(found)) == ["catalog", "storefront", "archive (version 3)", "orders-worker"]
    assert [one.in_question for one in eni(found).functions] == [True, True, False, False]


def test_a_version_that_has_the_latest_configuration_is_not_told_apart(found: Fullest) -> None:
    assert names(eni(found, EniKey("subnet-1", ("sg-new",)))) == ["archive"]


def test_other_groups_are_another_eni_and_the_same_gateway(found: Fullest) -> None:
    assert names(eni(found, EniKey("subnet-1", ("sg-9",)))) == ["mailer"]
    assert names(gateway(found)) == ["catalog", "storefront", "archive", "mailer", "orders-worker"]


def test_a_function_with_two_subnets_is_on_an_eni_and_a_gateway_of_each(found: Fullest) -> None:
    assert names(eni(found, EniKey("subnet-2", ("sg-1", "sg-2")))) == ["catalog"]
    assert names(gateway(found, "nat-2")) == ["catalog"]


def test_containers_are_named_behind_their_gateway_and_at_no_eni(found: Fullest) -> None:
    assert [(one.name, one.kind) for one in gateway(found).others or ()] == [("crawler", "containers")]
    assert gateway(found, "nat-2").others == ()
    assert not any("crawler" in names(one) for one in found.tables)


def test_an_eni_stands_there_with_its_ids_and_states(found: Fullest) -> None:
    assert [(one.id, one.status) for one in eni(found).enis or ()] == [("eni-1", "in-use")]
    assert [one.status for one in eni(found, EniKey("subnet-1", ("sg-9",))).enis or ()] == ["available"]
    assert eni(found, EniKey("subnet-2", ("sg-1", "sg-2"))).enis == ()


def test_functions_of_another_vpc_or_of_none_are_on_no_table(found: Fullest) -> None:
    assert found.without_table == ("cleaner", "reports")
    assert not {"nat-far", "subnet-far/sg-far"} & set(order(found))


def test_where_none_is_named_all_are_in_question_in_every_vpc(tmp_path: Path) -> None:
    found = fullest_tables(case_of(tmp_path, about=NOBODY_ASKED))
    assert found.without_table == ("cleaner",)
    assert {"nat-far", "subnet-far/sg-far"} <= set(order(found))
    assert all(one.in_question for table in found.tables for one in table.functions)


def test_an_eni_of_no_function_in_the_case_is_listed_without_any(tmp_path: Path) -> None:
    files = account()["ec2/network-interfaces.json"]
    files["NetworkInterfaces"].append(interface("eni-7", "subnet-1", ["sg-7"]))
    found = fullest_tables(case_of(tmp_path, {"ec2/network-interfaces.json": files}))
    left = eni(found, EniKey("subnet-1", ("sg-7",)))
    assert names(left) == []
    assert [one.id for one in left.enis or ()] == ["eni-7"]


def test_without_the_interfaces_it_is_not_known_who_else_is_there(tmp_path: Path) -> None:
    found = fullest_tables(case_of(tmp_path, {"ec2/network-interfaces.json": None}))
    assert (gateway(found).others, eni(found).enis) == (None, None)
    assert found.missing == ("ec2/network-interfaces.json (DescribeNetworkInterfaces)",)


def test_a_regional_gateway_has_tables_in_each_zone_with_those_who_are_there(tmp_path: Path) -> None:
    files = account()
    gateways = files["ec2/nat-gateways.json"]["NatGateways"]
    gateways[0] |= {"AvailabilityMode": "regional", "SubnetId": None}
    gateways[0]["NatGatewayAddresses"] = [
        {"PublicIp": f"198.51.100.{number}", "Status": "succeeded", "AvailabilityZone": f"us-east-1{zone}"}
        for number, zone in enumerate("aab")
    ]
    for table in files["ec2/route-tables.json"]["RouteTables"]:
        for route in table["Routes"]:
            if route.get("NatGatewayId") == "nat-2":
                route["NatGatewayId"] = "nat-1"
    found = fullest_tables(case_of(tmp_path, files))
    by_zone = {one.zone: one for one in found.tables if one.id.resource == "nat-1"}
    assert names(by_zone["us-east-1b"]) == ["catalog"]
    assert [one.name for one in by_zone["us-east-1a"].others or ()] == ["crawler"]
    assert by_zone["us-east-1b"].others == ()
    # Its metrics are of all zones together: at least so many were in none of them for certain.
    assert all(one.seen is not None and (one.seen.low, one.seen.high) == (0, 12_000) for one in by_zone.values())


# How full it is -------------------------------------------------------------------------------------------------------


def test_what_neighbours_may_have_open_is_nobodys_for_certain(found: Fullest) -> None:
    """12,000 are open through the gateway, and any of them may be orders-worker's, to wherever it calls."""
    towards = gateway(found)
    assert towards.seen is not None
    assert (towards.seen.low, towards.seen.high) == (0, 12_000)
    assert (towards.id.destination, towards.capacity) == ("8.8.4.4:443", 55_000)
    assert towards.share == (0, 12_000 / 55_000)
    assert towards.would_tell == ""


def test_the_same_connections_are_certain_where_only_functions_in_question_leave_by_the_gateway(tmp_path: Path) -> None:
    alone = {
        "lambda/functions.json": {"Functions": [attached("storefront", ["subnet-1"], ["sg-1", "sg-2"])]},
        "ec2/network-interfaces.json": {"NetworkInterfaces": [interface("eni-1", "subnet-1", ["sg-1", "sg-2"])]},
    }
    found = fullest_tables(case_of(tmp_path, alone, about=ABOUT.replace(", catalog", "")))
    towards, own = gateway(found), eni(found)
    assert towards.seen is not None
    assert own.seen is not None
    assert (towards.seen.low, towards.seen.high) == (12_000, 12_000)
    assert (own.seen.low, own.seen.high) == (12_000, 12_000)


def behind_one_gateway(folder: Path, **subnets_of: list[str]) -> list[SharedTable]:
    """The ENIs of subnet-1 and subnet-2, both of which lead to nat-1, with these functions and nobody else there."""
    files = json.loads(json.dumps(account()).replace("nat-2", "nat-1"))
    files["ec2/network-interfaces.json"]["NetworkInterfaces"] = []
    files["lambda/functions.json"]["Functions"] = [attached(name, at, ["sg-1"]) for name, at in subnets_of.items()]
    files["ec2/nat-gateways.json"]["NatGateways"].pop(1)
    found = fullest_tables(case_of(folder, files, about=ABOUT.replace(", catalog", "")))
    return [eni(found, EniKey(name, ("sg-1",))) for name in ("subnet-1", "subnet-2")]


def test_a_neighbour_on_one_of_two_enis_may_have_all_of_the_connections_there(tmp_path: Path) -> None:
    first, second = behind_one_gateway(tmp_path, storefront=["subnet-1", "subnet-2"], crawler=["subnet-2"])
    assert first.seen is not None
    assert first.seen.high is not None
    assert first.seen.low == 0, "all 12,000 may be the neighbour's"
    assert first.seen.high >= 6_000
    assert second.seen is not None, "whosever they are, half of them leave by this one, or all"
    assert 5_700 < second.seen.low <= 6_000


def test_a_neighbour_on_the_same_enis_spreads_over_them_as_evenly(tmp_path: Path) -> None:
    both = ["subnet-1", "subnet-2"]
    for one in behind_one_gateway(tmp_path, storefront=both, crawler=both):
        assert one.seen is not None
        assert 5_700 < one.seen.low <= 6_000
        assert one.seen.high is None
        assert one.seen.assumed


def test_what_is_not_known_says_what_would_tell(tmp_path: Path) -> None:
    found = fullest_tables(case_of(tmp_path, {"cloudwatch/nat-1.results.json": None}))
    assert eni(found).seen is None
    assert eni(found).would_tell == "flow logs of subnet-1 (private-a)"
    assert gateway(found).would_tell == "ActiveConnectionCount of nat-1"
    assert " --resource-ids subnet-public subnet-1 subnet-2 " in found.command()
    assert " --resource-ids subnet-public --traffic" in found.command(1)


def test_the_fullest_come_first_and_the_unknown_last_those_of_most_functions_before_others(tmp_path: Path) -> None:
    second = json.loads(json.dumps(nat(active=[50_000.0] * 15)).replace("nat-1", "nat-2"))
    found = fullest_tables(case_of(tmp_path, second))
    # 77 % of the only ENI behind nat-2, 45 % of its two addresses, 0 to 22 % of the one of nat-1.
    assert order(found)[:3] == ["subnet-2/sg-1+sg-2", "nat-2", "nat-1"]
    rest = [one for one in found.tables if one.share is None]
    assert rest == list(found.tables[-len(rest) :])
    assert [len(one.functions) for one in rest] == sorted((len(one.functions) for one in rest), reverse=True)


def test_addresses_multiply_what_a_gateway_holds_to_one_destination(found: Fullest) -> None:
    assert (gateway(found, "nat-2").addresses, gateway(found, "nat-2").capacity) == (2, 110_000)


def test_without_its_description_a_gateway_has_no_share(tmp_path: Path) -> None:
    found = fullest_tables(case_of(tmp_path, {"ec2/nat-gateways.json": None}))
    towards = gateway(found)
    assert (towards.addresses, towards.capacity, towards.share) == (None, None, None)
    assert towards.seen is not None


# As it is printed -----------------------------------------------------------------------------------------------------


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def run_main(*arguments: str) -> str:
        with pytest.raises(SystemExit) as left:
            main(("fullest", *arguments))
        assert left.value.code == 0
        return capsys.readouterr().out

    return run_main


def crowded(folder: Path) -> Path:
    """As above, and 40 functions more on the ENI."""
    files = account()
    files["lambda/functions.json"]["Functions"] += [
        attached(f"team-{number:02}", ["subnet-1"], ["sg-1", "sg-2"]) for number in range(40)
    ]
    return case_at(folder, files, ABOUT)


def test_many_functions_are_shortened_for_people_and_never_in_json(tmp_path: Path, run: Run) -> None:
    folder = crowded(tmp_path / "case")
    printed = " ".join(on_terminal("fullest", folder).split())
    assert "neighbours: archive (version 3), orders-worker, team-00, team-01 and 38 others" in printed
    into_a_pipe = " ".join(run(str(folder)).split())
    assert all(f"team-{number:02}" in into_a_pipe for number in range(40))
    document: Any = json.loads(run(str(folder), "--json"))
    shared = next(one for one in document["tables"] if one["resource"] == str(SHARED))
    assert len(shared["functions"]) == 44
    assert shared["functions"][2] == {"name": "archive", "in_question": False, "versions": ["3"]}
    assert shared["enis"] == [{"id": "eni-1", "status": "in-use"}]


def test_top_takes_the_fullest_and_says_how_many_there_are(tmp_path: Path, run: Run) -> None:
    folder = str(crowded(tmp_path / "case"))
    whole, first = (json.loads(run(folder, "--json", *more)) for more in ((), ("--top", "2")))
    assert first["tables"] == whole["tables"][:2]
    assert first["tables_in_all"] == whole["tables_in_all"] == len(whole["tables"]) > 2
    assert f"and {len(whole['tables']) - 2} more tables" in run(folder, "--top", "2")


def test_nothing_of_a_resource_is_cut_away_on_a_narrow_terminal(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("narrows.gate._WIDTH_IN_A_FILE", 60)
    groups = [f"sg-0123456789abcdef{number}" for number in range(5)]
    files = account()
    files["lambda/functions.json"]["Functions"] = [attached("storefront", ["subnet-1"], groups)]
    printed = run(str(case_at(tmp_path / "case", files, ABOUT)))
    lines = [line for line in printed.splitlines() if not line.startswith("aws ")]
    assert max(map(len, lines)) <= 60
    assert f"subnet-1/{'+'.join(groups)}" in "".join("".join(lines).split())


def test_a_case_that_tells_nothing_says_what_is_not_in_it(tmp_path: Path, run: Run) -> None:
    printed = run(str(case_at(tmp_path / "case", {}, ABOUT)))
    assert "No Hyperplane ENI and no NAT gateway of the functions in question is known." in printed
    assert "lambda/functions.json (ListFunctions)" in printed


def test_the_kinds_are_those_of_tables(found: Fullest) -> None:
    assert {one.id.kind for one in found.tables} == {HopKind.HYPERPLANE_ENI, HopKind.NAT_GATEWAY}

"""``narrows collect`` from a server that answers as AWS does: what it reads, what less costs, what runs again add."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from narrows.aws.policy import Use, needed
from narrows.case import read_case
from narrows.case.collected import FILE
from narrows.collect.account import Account
from narrows.collect.hosts import hosts_of
from narrows.errors import InputError
from oracles.live.compare import Verdict, answers, copy_what_people_know, judge
from tests.aws.collecting import collected, window_of
from tests.aws.owned_accounts import POSTGRES, REDIS, databases, instance
from tests.aws.server import AwsServer, Faults

pytestmark = pytest.mark.usefixtures("credentials")

WHO = ("storefront",)
TIMES = ("2026-11-20T12:00:00Z", "2026-11-20T12:05:00Z")


def begun(served: Path, folder: Path) -> Path:
    """A case that holds what people know."""
    copy_what_people_know(served, folder)
    return folder


def changed(served: Path, folder: Path, files: dict[str, Any]) -> Path:
    """An account with other answers: a function from what stands in a file to what is to stand there."""
    shutil.copytree(served, folder)
    for name, content in files.items():
        file = folder / name
        before = json.loads(file.read_text()) if file.exists() else None
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps(content(before) if callable(content) else content))
    return folder


def test_what_is_collected_is_diagnosed_and_planned_as_what_the_account_was_made_of(
    served: Path, tmp_path: Path
) -> None:
    case = begun(served, tmp_path / "case")
    with AwsServer(served, faults=Faults(is_unsure=True)) as server:
        summary = collected(server, case, WHO, window_of(served))
        calls = len(server.calls)
        assert not [call for call in server.calls if call.error], server.calls
    expected, found = answers(served), answers(case)
    assert judge(expected, found).differences == ()
    assert found.diagnosis["narrows"] == "nat-port-exhaustion"
    assert summary.calls == calls
    assert summary.missed == []
    assert read_case(case).notes == read_case(served).notes


def test_a_second_run_asks_only_who_it_is(served: Path, tmp_path: Path) -> None:
    case = begun(served, tmp_path / "case")
    with AwsServer(served) as server:
        collected(server, case, WHO, window_of(served))
        files = {file: file.read_bytes() for file in case.rglob("*") if file.is_file()}
        server.calls.clear()
        summary = collected(server, case, WHO, window_of(served))
        assert [call.operation for call in server.calls] == ["GetCallerIdentity"]
    assert summary.calls == 1
    assert {file: file.read_bytes() for file in case.rglob("*") if file.is_file()} == files


@pytest.mark.slow
def test_another_time_is_added_and_the_network_stays_as_it_was(served: Path, tmp_path: Path) -> None:
    case = begun(served, tmp_path / "case")
    start, end = window_of(served)
    with AwsServer(served) as server:
        collected(server, case, WHO, (start, start + 120))
        server.calls.clear()
        collected(server, case, WHO, (start + 120, end))
        assert {call.operation for call in server.calls} == {"GetCallerIdentity", "GetMetricData", "FilterLogEvents"}
    assert judge(answers(served), answers(case)).verdict is Verdict.SAME


@pytest.mark.slow
def test_with_any_one_permission_missing_no_other_cause_is_named(served: Path, tmp_path: Path) -> None:
    """Less evidence is a less certain answer, and a note that names the permission."""
    expected = answers(served)
    with AwsServer(served, faults=Faults(is_unsure=True)) as server:
        collected(server, begun(served, tmp_path / "whole"), WHO, window_of(served))
        actions = sorted({call.action for call in server.calls} - {"sts:GetCallerIdentity"})
        account = Account(region="us-east-1", endpoint_url=server.url)
        for number, action in enumerate(actions):
            case = begun(served, tmp_path / str(number))
            server.faults = Faults(is_unsure=True, denied=frozenset({action}))
            summary = collected(server, case, WHO, window_of(served), account=account)
            assert judge(expected, answers(case)).verdict is not Verdict.OTHER, action
            assert {one.permission for one in summary.missed} == {action}
            notes = [note.text for note in read_case(case).notes]
            assert any(f"not allowed: {action} is missing" in note for note in notes), action
    assert len(actions) > 15


@pytest.mark.slow
def test_with_no_permission_at_all_there_is_still_a_case(served: Path, tmp_path: Path) -> None:
    case = begun(served, tmp_path / "case")
    faults = Faults(denied=frozenset({"*:Describe*", "*:List*", "*:GetFunction*", "*:GetMetric*", "*:Filter*"}))
    with AwsServer(served, faults=faults) as server:
        summary = collected(server, case, WHO, window_of(served))
    assert len(summary.missed) >= 9
    assert answers(case).diagnosis["narrows"] is None
    # A permission that is given meanwhile is used.
    with AwsServer(served, faults=Faults(is_unsure=True)) as server:
        collected(server, case, WHO, window_of(served))
    assert judge(answers(served), answers(case)).verdict is Verdict.SAME


def test_only_what_is_in_the_vpc_is_kept_and_passwords_are_not(served: Path, tmp_path: Path) -> None:
    def more(listed: Any) -> Any:
        (own, *_) = listed["Functions"]
        own = {**own, "Environment": {"Variables": {"DATABASE_URL": "postgres://shop:s3cret@db.example.com/x"}}}
        other = {
            **own,
            "FunctionName": "elsewhere",
            "FunctionArn": own["FunctionArn"].replace("storefront", "elsewhere"),
        }
        other["VpcConfig"] = {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"], "VpcId": "vpc-1"}
        none = {**other, "FunctionName": "nowhere", "FunctionArn": own["FunctionArn"].replace("storefront", "nowhere")}
        neighbour = {**own, "FunctionName": "worker", "FunctionArn": own["FunctionArn"].replace("storefront", "worker")}
        neighbour["NewKeyOfNextYear"] = {"A": 1}
        return {"Functions": [own, other, {**none, "VpcConfig": {}}, neighbour]}

    account = changed(served, tmp_path / "account", {"lambda/functions.json": more})
    (account / "lambda" / "function-states.json").unlink(missing_ok=True)
    case = begun(served, tmp_path / "case")
    with AwsServer(account) as server:
        collected(server, case, WHO, window_of(served))
    listed = json.loads((case / "lambda" / "functions.json").read_text())
    assert {one["FunctionName"] for one in listed} == {"storefront", "worker"}
    everything = b"".join(file.read_bytes() for file in case.rglob("*") if file.is_file())
    assert b"s3cret" not in everything
    assert b"AKIAIOSFODNN7EXAMPLE" not in everything
    assert b"elsewhere" not in everything


@pytest.mark.slow
def test_the_policy_is_what_is_called(served: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every way to collect, in an account that has something of everything."""
    vpc = json.loads((served / "ec2" / "vpcs.json").read_text())["Vpcs"][0]["VpcId"]

    def onward(answer: Any) -> Any:
        for table in answer["RouteTables"]:
            table["Routes"] += [
                {"DestinationCidrBlock": "10.9.0.0/16", "TransitGatewayId": "tgw-0123456789abcdef0", "State": "active"},
                {
                    "DestinationCidrBlock": "10.8.0.0/16",
                    "VpcPeeringConnectionId": "pcx-0123456789abcdef0",
                    "State": "active",
                },
            ]
        return answer

    peering = {
        "VpcPeeringConnectionId": "pcx-0123456789abcdef0",
        "RequesterVpcInfo": {"VpcId": vpc},
        "AccepterVpcInfo": {"VpcId": "vpc-0fedcba9876543210"},
        "Status": {"Code": "active"},
    }
    files = {
        "ec2/route-tables.json": onward,
        **databases("100", instance("orders", "orders-pg16")),
        "ec2/vpc-peering-connections.json": {"VpcPeeringConnections": [peering]},
        "ec2/flow-logs.json": {
            "FlowLogs": [
                {
                    "FlowLogId": "fl-0123456789abcdef0",
                    "ResourceId": vpc,
                    "LogDestinationType": "s3",
                    "LogDestination": "arn:aws:s3:::flow-logs-of-ours/x/",
                    "FlowLogStatus": "ACTIVE",
                    "MaxAggregationInterval": 60,
                }
            ]
        },
    }
    account = changed(served, tmp_path / "account", files)
    (account / "flow-logs").mkdir()
    fields = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action"
    record = "2 123456789012 eni-0123456789abcdef0 10.0.0.5 203.0.113.10 40000 443 6 5 500 1795176000 1795176060 ACCEPT"
    (account / "flow-logs" / "one.log").write_text(f"{fields} log-status\n{record} OK\n")
    with AwsServer(account) as server:
        collected(server, begun(served, tmp_path / "case"), WHO, window_of(served))
        own = hosts_of([f"{host}:5432" for host in (POSTGRES, REDIS)])
        monkeypatch.setattr("narrows.collect.run.with_addresses", tuple)
        collected(server, tmp_path / "destinations", WHO, window_of(served), hosts=own)
        collected(server, tmp_path / "vpc", (), window_of(served), vpcs=(vpc,))
        gateway = json.loads((served / "ec2" / "nat-gateways.json").read_text())["NatGateways"][0]["NatGatewayId"]
        collected(server, tmp_path / "nat", (), window_of(served), gateways=(gateway,))
        called = {call.action for call in server.calls}
    assert called == {one.action for one in needed(Use.COLLECT)}
    assert [file.suffix for file in (tmp_path / "case" / "flow-logs").iterdir()] == [".gz"]


@pytest.mark.parametrize(
    ("faults", "problem"),
    [
        (Faults(credentials="expired"), "the AWS credentials have expired"),
        (Faults(credentials="invalid"), "AWS does not know these credentials in us-east-1"),
        (Faults(credentials="skewed"), "the clock here is off"),
        (Faults(dies_after=0), "AWS does not answer"),
    ],
    ids=["expired", "invalid", "skewed", "dead"],
)
def test_where_no_call_can_succeed_one_line_says_why_and_no_folder_is_left(
    served: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, faults: Faults, problem: str
) -> None:
    monkeypatch.setattr("narrows.collect.account.ATTEMPTS", 2)
    with AwsServer(served, faults=faults) as server, pytest.raises(InputError, match=problem) as raised:
        collected(server, tmp_path / "new" / "case", WHO, window_of(served))
    assert "\n" not in str(raised.value)
    assert "AKIA" not in str(raised.value)
    assert not (tmp_path / "new").exists()


def test_a_region_that_is_switched_off_is_said(served: Path, tmp_path: Path) -> None:
    with AwsServer(served, faults=Faults(credentials="region-off")) as server, pytest.raises(InputError) as raised:
        collected(server, tmp_path / "case", WHO, window_of(served))
    assert "switched off" in str(raised.value)


@pytest.mark.slow
def test_a_server_that_dies_in_the_middle_loses_nothing_that_was_read(
    served: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("narrows.collect.account.ATTEMPTS", 2)
    case = begun(served, tmp_path / "case")
    with AwsServer(served, faults=Faults(is_unsure=True)) as server:
        collected(server, begun(served, tmp_path / "whole"), WHO, window_of(served))
        whole = len(server.calls)
    with (
        AwsServer(served, faults=Faults(is_unsure=True, dies_after=whole // 2)) as server,
        pytest.raises(InputError, match="AWS does not answer any more"),
    ):
        collected(server, case, WHO, window_of(served))
    assert (case / "lambda" / "function-storefront.json").exists()
    assert not [file for file in case.rglob("*") if file.name.startswith(".")]
    with AwsServer(served, faults=Faults(is_unsure=True)) as server:
        collected(server, case, WHO, window_of(served))
        assert 1 < len(server.calls) < whole
    assert judge(answers(served), answers(case)).verdict is Verdict.SAME


@pytest.mark.slow
def test_throttling_costs_time_and_nothing_else(served: Path, tmp_path: Path) -> None:
    case = begun(served, tmp_path / "case")
    with AwsServer(served, faults=Faults(is_unsure=True, throttle_every=4)) as server:
        summary = collected(server, case, WHO, window_of(served))
        assert sum(call.error is not None for call in server.calls) >= 5
    assert summary.missed == []
    assert judge(answers(served), answers(case)).verdict is Verdict.SAME


@pytest.mark.slow
@pytest.mark.parametrize(
    ("faults", "words", "file"),
    [
        (Faults(repeats_page=frozenset({"DescribeSubnets"}), page=1), "its pages repeat", "ec2/subnets.json"),
        (Faults(breaks_page=frozenset({"DescribeSubnets"})), "ends in the middle", "ec2/subnets.json"),
        (Faults(breaks_page=frozenset({"ListFunctions"})), "ends in the middle", "lambda/functions.json"),
        (Faults(breaks_page=frozenset({"FilterLogEvents"})), "ends in the middle", "callers/storefront.json"),
    ],
    ids=["repeats", "breaks in XML", "breaks in JSON", "breaks in a log"],
)
def test_a_page_that_repeats_or_ends_in_the_middle_costs_its_evidence(
    served: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, faults: Faults, words: str, file: str
) -> None:
    monkeypatch.setattr("narrows.collect.account.ATTEMPTS", 2)
    case = begun(served, tmp_path / "case")
    with AwsServer(served, faults=replace(faults, is_unsure=True)) as server:
        summary = collected(server, case, WHO, window_of(served))
    (missed,) = summary.missed
    assert words in missed.text
    assert not (case / file).exists()
    assert judge(answers(served), answers(case)).verdict is not Verdict.OTHER


@pytest.mark.slow
def test_answers_in_many_pages_are_the_same(served: Path, tmp_path: Path) -> None:
    case = begun(served, tmp_path / "case")
    with AwsServer(served, faults=Faults(is_unsure=True, page=7)) as server:
        collected(server, case, WHO, window_of(served))
        paged = {call.operation for call in server.calls if {"NextToken", "nextToken"} & call.parameters.keys()}
    assert paged >= {"GetMetricData", "FilterLogEvents"}
    assert judge(answers(served), answers(case)).verdict is Verdict.SAME


def test_a_function_that_is_not_there_and_left_no_log_is_said(served: Path, tmp_path: Path) -> None:
    with AwsServer(served) as server, pytest.raises(InputError, match="there is no function storefornt in us-east-1"):
        collected(server, tmp_path / "case", ("storefornt",), window_of(served))


@pytest.mark.parametrize(
    ("named", "problem"),
    [({"vpcs": ("vpc-0123",)}, "--vpc: there is no vpc-0123 in us-east-1"),
     ({"gateways": ("nat-0123",)}, "--nat: there is no")],
    ids=["vpc", "nat"],
)  # fmt: skip
def test_a_vpc_or_gateway_that_is_not_there_is_said(
    served: Path, tmp_path: Path, named: dict[str, Any], problem: str
) -> None:
    with AwsServer(served) as server, pytest.raises(InputError, match=problem):
        collected(server, tmp_path / "case", (), window_of(served), **named)


def test_who_may_not_ask_who_it_is_collects_all_the_same(served: Path, tmp_path: Path) -> None:
    case = begun(served, tmp_path / "case")
    with AwsServer(served, faults=Faults(is_unsure=True, denied=frozenset({"sts:GetCallerIdentity"}))) as server:
        assert collected(server, case, WHO, window_of(served)).account == ""
    assert judge(answers(served), answers(case)).verdict is Verdict.SAME


def test_a_function_in_no_vpc_is_said(served: Path, tmp_path: Path) -> None:
    def outside(listed: Any) -> Any:
        return {"Functions": [{**one, "VpcConfig": {}} for one in listed["Functions"]]}

    account = changed(served, tmp_path / "account", {"lambda/functions.json": outside})
    (account / "lambda" / "function-states.json").unlink(missing_ok=True)
    with AwsServer(account) as server:
        summary = collected(server, begun(served, tmp_path / "case"), WHO, window_of(served))
    assert any("storefront: in no VPC" in line for line in summary.left_out)


def test_of_a_long_log_the_beginning_is_kept_and_the_rest_is_said(
    served: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("narrows.collect.asking.EVENTS", 100)
    case = begun(served, tmp_path / "case")
    with AwsServer(served, faults=Faults(page=30)) as server:
        collected(server, case, WHO, window_of(served))
    assert len(json.loads((case / "callers" / "storefront.json").read_text())["events"]) == 100
    assert any("has the first 100 lines, up to 2026-11-20 12:0" in note.text for note in read_case(case).notes)


@pytest.mark.slow
def test_a_function_that_was_deleted_costs_its_configuration(served: Path, tmp_path: Path) -> None:
    account = changed(served, tmp_path / "account", {"lambda/functions.json": {"Functions": []}})
    (account / "lambda" / "function-states.json").unlink(missing_ok=True)
    case = begun(served, tmp_path / "case")
    with AwsServer(account, faults=Faults(is_unsure=True)) as server:
        collected(server, case, WHO, window_of(served))
    assert (case / "callers" / "storefront.json").exists()
    notes = [note.text for note in read_case(case).notes]
    assert any("there is no storefront (deleted" in note for note in notes)


@pytest.mark.slow
@pytest.mark.parametrize("gap", [slice(1, 2), slice(2, None), slice(0, None)], ids=["a minute", "to the end", "all"])
def test_metrics_with_gaps_are_said_and_name_no_other_cause(served: Path, tmp_path: Path, gap: slice) -> None:
    """A NAT gateway has a datapoint every minute; CloudWatch may lose some."""

    def without(answer: Any) -> Any:
        kept = []
        for one in answer["MetricDataResults"]:
            points = sorted(zip(one["Timestamps"], one["Values"], strict=True))
            del points[gap]
            times, values = [time for time, _ in points], [value for _, value in points]
            kept.append({**one, "Timestamps": times, "Values": values})
        return {**answer, "MetricDataResults": kept}

    files = {file.relative_to(served).as_posix(): without for file in served.glob("cloudwatch/*nat*.results.json")}
    assert files
    account = changed(served, tmp_path / "account", files)
    case = begun(account, tmp_path / "case")
    with AwsServer(account) as server:
        collected(server, case, WHO, window_of(served))
    whole, found = answers(served), answers(case)
    assert judge(answers(account), found).verdict in (Verdict.SAME, Verdict.LESS_SURE)
    assert judge(whole, found).verdict in (Verdict.SAME, Verdict.LESS_SURE)
    said = any("have no datapoint" in note.text for note in read_case(case).notes)
    assert said == (gap == slice(1, 2))


@pytest.mark.slow
def test_older_incidents_are_asked_for_by_the_period_that_is_still_kept(served: Path, tmp_path: Path) -> None:
    case = begun(served, tmp_path / "case")
    with AwsServer(served) as server:
        server.now += timedelta(days=20)
        collected(server, case, WHO, window_of(served))
        asked = [call for call in server.calls if call.operation == "GetMetricData"]
        periods = {query["MetricStat"]["Period"] for call in asked for query in call.parameters["MetricDataQueries"]}
    assert periods == {300}
    assert answers(case).diagnosis["narrows"] == "nat-port-exhaustion"


def test_an_incident_that_cloudwatch_keeps_nothing_of_is_said(served: Path, tmp_path: Path) -> None:
    case = begun(served, tmp_path / "case")
    with AwsServer(served) as server:
        server.now += timedelta(days=500)
        summary = collected(server, case, WHO, window_of(served))
        assert not [call for call in server.calls if call.operation == "GetMetricData"]
    assert any("CloudWatch keeps nothing" in line for line in summary.left_out)


def test_a_case_of_another_region_is_not_added_to(served: Path, tmp_path: Path) -> None:
    case = tmp_path / "case"
    case.mkdir()
    (case / "case.yaml").write_text("schema: 1\nregion: eu-west-1\n")
    with AwsServer(served) as server, pytest.raises(InputError, match="is of eu-west-1, and us-east-1 is asked"):
        collected(server, case, WHO, window_of(served))


def test_nothing_but_what_stands_in_the_table_can_be_called(served: Path) -> None:
    with AwsServer(served) as server:
        client = Account(region="us-east-1", endpoint_url=server.url).client("ec2")
        for call in (client.create_flow_logs, client.terminate_instances):
            with pytest.raises((AssertionError, KeyError)):
                call(**({"InstanceIds": ["i-1"]} if call is client.terminate_instances else
                        {"ResourceIds": ["vpc-1"], "ResourceType": "VPC"}))  # fmt: skip
        assert server.calls == []


def test_the_list_of_requests_says_what_was_asked(served: Path, tmp_path: Path) -> None:
    case = begun(served, tmp_path / "case")
    with AwsServer(served) as server:
        collected(server, case, WHO, window_of(served))
    lines = [json.loads(line) for line in (case / FILE).read_text().splitlines()]
    assert {one["outcome"] for one in lines} <= {"answered", "absent"}
    assert {one["operation"] for one in lines} >= {"ListFunctions", "GetMetricData", "DescribeRouteTables"}


@pytest.mark.slow
@pytest.mark.parametrize("queries", [7, [7], [{}], [{"MetricStat": {"Metric": {"Dimensions": []}}}], {"a": "b"}])
def test_a_strangers_list_of_requests_hinders_nothing(served: Path, tmp_path: Path, queries: Any) -> None:
    case = begun(served, tmp_path / "case")
    line = {
        "at": "2026-11-20T12:00:00Z", "outcome": "answered", "service": "cloudwatch", "operation": "GetMetricData",
        "parameters": {**dict(zip(("StartTime", "EndTime"), TIMES, strict=True)), "MetricDataQueries": queries},
    }  # fmt: skip
    (case / FILE).write_text(json.dumps(line) + "\n")
    with AwsServer(served, faults=Faults(is_unsure=True)) as server:
        collected(server, case, WHO, window_of(served))
    assert judge(answers(served), answers(case)).verdict is Verdict.SAME

"""Every file of a case is what AWS would have answered."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
import yaml

from narrows.case import write_case
from narrows.case.cloudwatch_names import NAT_METRICS
from narrows.case.reading.aws_files import AWS_FILES, ONLY_LIVE
from narrows.errors import InputError
from narrows.recording import Outcome, Recording
from tests.unit.case.aws_shapes import input_member, output_shape, problems
from tests.unit.case.recordings import EVERYTHING, ONE_NAT, recording_of

SCENARIOS = {"one-nat": ONE_NAT, "everything": EVERYTHING}

WRITTEN = tuple(kind for name, kind in AWS_FILES.items() if name not in ONLY_LIVE)


@pytest.fixture(scope="module", params=SCENARIOS)
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Recording, Path]:
    recording = recording_of(SCENARIOS[request.param])
    folder = tmp_path_factory.mktemp("cases") / "case"
    write_case(recording, folder, reported="it does not connect")
    return recording, folder


def load(folder: Path, name: str) -> Any:
    return json.loads((folder / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("kind", WRITTEN, ids=lambda kind: kind.name)
def test_topology_is_in_the_shapes_of_the_api(written: tuple[Recording, Path], kind: Any) -> None:
    _, folder = written
    service = "lambda" if kind.folder == "lambda" else "ec2"
    assert list(problems(output_shape(service, kind.operation), load(folder, kind.path))) == []


def test_states_are_in_the_shape_of_the_api(written: tuple[Recording, Path]) -> None:
    recording, folder = written
    answers = load(folder, "lambda/function-states.json")
    assert [one["FunctionName"] for one in answers] == list(recording.network.functions)
    for one in answers:
        assert list(problems(output_shape("lambda", "GetFunctionConfiguration"), one)) == []
        assert one["FunctionArn"].endswith(f":function:{one['FunctionName']}")


def test_quotas_and_metrics_are_in_the_shapes_of_the_api(written: tuple[Recording, Path]) -> None:
    _, folder = written
    quotas = output_shape("service-quotas", "ListServiceQuotas")
    assert list(problems(quotas, load(folder, "service-quotas.json"))) == []
    queries = input_member("cloudwatch", "GetMetricData", "MetricDataQueries")
    results = output_shape("cloudwatch", "GetMetricData")
    pairs = sorted(file.name.removesuffix(".queries.json") for file in folder.glob("cloudwatch/*.queries.json"))
    assert pairs == ["functions", "nat-gateways"]
    for pair in pairs:
        asked = load(folder, f"cloudwatch/{pair}.queries.json")
        answered = load(folder, f"cloudwatch/{pair}.results.json")
        assert list(problems(queries, asked)) == []
        assert list(problems(results, answered)) == []
        assert [one["Id"] for one in asked] == [one["Id"] for one in answered["MetricDataResults"]]


def test_every_reference_leads_to_something_that_is_there(written: tuple[Recording, Path]) -> None:
    _, folder = written
    known = {kind.name: {one[kind.id] for one in load(folder, kind.path)[kind.member]} for kind in WRITTEN}
    interfaces = load(folder, "ec2/network-interfaces.json")["NetworkInterfaces"]
    for one in interfaces:
        assert one["SubnetId"] in known["subnets"]
        assert {group["GroupId"] for group in one["Groups"]} <= known["security-groups"]
    for function in load(folder, "lambda/functions.json")["Functions"]:
        config = function.get("VpcConfig", {"SubnetIds": [], "SecurityGroupIds": []})
        assert set(config["SubnetIds"]) <= known["subnets"]
        assert set(config["SecurityGroupIds"]) <= known["security-groups"]
        # ListFunctions does not return them; see botocore's documentation of it.
        assert not {"State", "StateReasonCode", "LastUpdateStatus", "LastUpdateStatusReasonCode"} & set(function)
    for nat in load(folder, "ec2/nat-gateways.json")["NatGateways"]:
        assert nat.get("SubnetId") in {*known["subnets"], None}
        enis = {address.get("NetworkInterfaceId") for address in nat["NatGatewayAddresses"]}
        assert enis <= {*known["network-interfaces"], None}
        public = {address["PublicIp"] for address in nat["NatGatewayAddresses"] if "PublicIp" in address}
        assert public <= known["addresses"]
    for table in load(folder, "ec2/route-tables.json")["RouteTables"]:
        assert {one.get("SubnetId") for one in table["Associations"]} <= {*known["subnets"], None}
        assert {one.get("NatGatewayId") for one in table["Routes"]} <= {*known["nat-gateways"], None}
    for endpoint in load(folder, "ec2/vpc-endpoints.json")["VpcEndpoints"]:
        assert set(endpoint["SubnetIds"]) <= known["subnets"]
        assert set(endpoint["NetworkInterfaceIds"]) <= known["network-interfaces"]
        assert set(endpoint["RouteTableIds"]) <= known["route-tables"]
    addresses = [address["PrivateIpAddress"] for one in interfaces for address in one["PrivateIpAddresses"]]
    assert len(addresses) == len(set(addresses))


def test_every_subnet_lies_in_its_vpc_and_overlaps_no_other(written: tuple[Recording, Path]) -> None:
    from ipaddress import ip_address, ip_network

    _, folder = written
    blocks = {one["SubnetId"]: ip_network(one["CidrBlock"]) for one in load(folder, "ec2/subnets.json")["Subnets"]}
    vpc = load(folder, "ec2/vpcs.json")["Vpcs"][0]["CidrBlockAssociationSet"]
    outer = [ip_network(one["CidrBlock"]) for one in vpc]
    placed = sorted(blocks.values())
    assert all(not left.overlaps(right) for left, right in pairwise(placed))
    assert all(any(block.subnet_of(one) for one in outer) for block in placed)  # type: ignore[arg-type]
    for one in load(folder, "ec2/network-interfaces.json")["NetworkInterfaces"]:
        assert ip_address(one["PrivateIpAddress"]) in blocks[one["SubnetId"]]


def test_lambda_enis_look_as_lambda_makes_them(written: tuple[Recording, Path]) -> None:
    recording, folder = written
    found = [
        one
        for one in load(folder, "ec2/network-interfaces.json")["NetworkInterfaces"]
        if one["InterfaceType"] == "lambda"
    ]
    strangers = sum(1 for one in recording.network.others.values() if one.kind == "functions")
    assert len(found) == len(recording.network.hyperplane_enis) + strangers
    for one in found:
        assert one["Description"].startswith("AWS Lambda VPC ENI-")
        assert one["RequesterManaged"] is False
        assert one["Attachment"]["InstanceOwnerId"] == "amazon-aws"


def test_an_eni_that_lambda_added_is_listed_under_the_same_pair(tmp_path: Path) -> None:
    key = next(iter(recording_of().network.hyperplane_enis))
    write_case(recording_of(scaled_out=key), tmp_path / "case")
    interfaces = load(tmp_path / "case", "ec2/network-interfaces.json")["NetworkInterfaces"]
    found = [one for one in interfaces if one["InterfaceType"] == "lambda"]
    assert len(found) == 2
    assert len({one["NetworkInterfaceId"] for one in found}) == 2
    assert found[0]["SubnetId"] == found[1]["SubnetId"]
    assert found[0]["Groups"] == found[1]["Groups"]


def test_metrics_are_minutes_of_the_clock(written: tuple[Recording, Path]) -> None:
    recording, folder = written
    asked = load(folder, "cloudwatch/nat-gateways.queries.json")
    answered = load(folder, "cloudwatch/nat-gateways.results.json")["MetricDataResults"]
    ids = {one["NatGatewayId"]: one["Tags"][0]["Value"] for one in load(folder, "ec2/nat-gateways.json")["NatGateways"]}
    second = [recording.start + timedelta(seconds=one) for one in range(recording.seconds)]
    minute_of = np.array([int(one.timestamp()) // 60 * 60 for one in second])
    fields: dict[str, tuple[str, Callable[[Any], Any]]] = {
        "ActiveConnectionCount": ("active", np.max),
        "ConnectionAttemptCount": ("attempts", np.sum),
        "ConnectionEstablishedCount": ("established", np.sum),
        "ErrorPortAllocation": ("port_allocation_errors", np.sum),
        "IdleTimeoutCount": ("idle_timeouts", np.sum),
        "PacketsDropCount": ("packets_dropped", np.sum),
        "BytesOutToDestination": ("bytes_out", np.sum),
    }
    checked = 0
    for query, result in zip(asked, answered, strict=True):
        metric = query["MetricStat"]["Metric"]
        assert metric["Namespace"] == "AWS/NATGateway"
        assert query["MetricStat"]["Period"] == 60
        assert query["MetricStat"]["Stat"] == NAT_METRICS[metric["MetricName"]].stat
        moments = [int(datetime.fromisoformat(one).timestamp()) for one in result["Timestamps"]]
        assert moments == sorted(set(minute_of.tolist()), reverse=True)
        if metric["MetricName"] in fields:
            field, over = fields[metric["MetricName"]]
            series = getattr(recording.nat_gateways[ids[metric["Dimensions"][0]["Value"]]], field)
            assert result["Values"] == [float(over(series[minute_of == moment])) for moment in moments]
            checked += 1
    assert checked == len(fields) * len(recording.nat_gateways)
    names = {query["MetricStat"]["Metric"]["MetricName"] for query in asked}
    assert names == set(NAT_METRICS)


def test_peaks_are_averages_over_ten_seconds(tmp_path: Path) -> None:
    recording = recording_of()
    bytes_out = recording.nat_gateways["nat-a"].bytes_out
    bytes_out[:] = 0
    bytes_out[70:75] = 1000
    write_case(recording, tmp_path / "case")
    asked = load(tmp_path / "case", "cloudwatch/nat-gateways.queries.json")
    answered = load(tmp_path / "case", "cloudwatch/nat-gateways.results.json")["MetricDataResults"]
    peak = next(
        result["Values"]
        for query, result in zip(asked, answered, strict=True)
        if query["MetricStat"]["Metric"]["MetricName"] == "PeakBytesPerSecond"
    )
    assert peak == [0.0, 1000.0, 0.0]  # newest first; 5,000 bytes out and as many back in one ten-second part


def test_outcomes_are_those_of_the_functions(written: tuple[Recording, Path]) -> None:
    recording, folder = written
    table = pq.read_table(folder / "callers" / "outcomes.parquet")
    assert table.schema.names == ["time", "function", "environment", "destination", "outcome", "seconds"]
    assert str(table.schema.field("time").type) == "timestamp[us, tz=UTC]"
    rows = table.to_pylist()
    outcomes = recording.outcomes
    kept = [index for index, code in enumerate(outcomes.client) if outcomes.clients[code] in recording.functions]
    assert len(rows) == len(kept)
    for row, index in list(zip(rows, kept, strict=True))[::97]:
        assert row["time"] == recording.start + timedelta(microseconds=int(outcomes.ended[index]))
        assert row["function"] == outcomes.clients[outcomes.client[index]]
        assert row["destination"] == outcomes.destinations[outcomes.destination[index]]
        assert row["outcome"] == Outcome(outcomes.outcome[index]).name.lower()
        assert row["environment"] == outcomes.environment[index]
        assert row["seconds"] == pytest.approx(float(outcomes.seconds[index]))


def test_outcomes_stream_in_row_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("narrows.writing.outcomes._ROWS", 1000)
    write_case(recording_of(), tmp_path / "case")
    with pq.ParquetFile(tmp_path / "case" / "callers" / "outcomes.parquet") as file:
        assert file.metadata.num_row_groups == 5
        assert file.metadata.num_rows == 5000


def test_case_yaml_says_what_it_is_about(tmp_path: Path) -> None:
    write_case(recording_of(), tmp_path / "case", reported="it is slow: [really]", written_by="lab 0.1")
    about = yaml.safe_load((tmp_path / "case" / "case.yaml").read_text(encoding="utf-8"))
    start = datetime(2026, 11, 20, 12, tzinfo=UTC)
    assert about == {
        "schema": 1,
        "region": "us-east-1",
        "window": [start, start + timedelta(seconds=150)],
        "functions": ["storefront"],
        "destinations": {"cache": {"name": "cache.example.com", "port": 443, "addresses": ["203.0.113.10"]}},
        "reported": "it is slow: [really]",
        "written_by": "lab 0.1",
    }


def test_truth_adds_up_at_every_minute(written: tuple[Recording, Path]) -> None:
    recording, folder = written
    truth = load(folder, "truth.json")
    ends = ("established", "timed_out", "refused", "no_descriptor", "no_name", "abandoned", "pending")
    for name, series in recording.functions.items():
        client = truth["functions"][name]
        for index in range(len(truth["minutes"])):
            assert client["attempted"][index] == sum(client[end][index] for end in ends)
        assert client["attempted"][-1] == series.attempted.sum()
        assert client["reset"][-1] == series.outcomes[:, Outcome.RESET].sum()
    for table, found in zip(recording.tables, truth["tables"], strict=True):
        assert found["peak"] == table.occupied.max() == max(found["occupied_by_minute"])
        assert found["dropped"] == table.dropped.sum() == sum(found["dropped_by_minute"])
    assert truth["summary"]["attempted"] == sum(one.attempted.sum() for one in recording.functions.values())


def test_nothing_but_the_truth_says_how_full_an_eni_is(tmp_path: Path) -> None:
    recording = recording_of()
    odd = 64_321
    for table in recording.tables:
        if table.kind == "hyperplane-eni":
            table.occupied[:] = odd
    write_case(recording, tmp_path / "case")
    holding = [
        file.name
        for file in (tmp_path / "case").rglob("*")
        if file.is_file() and str(odd).encode() in file.read_bytes()
    ]
    assert holding == ["truth.json"]


def test_the_same_recording_makes_the_same_files(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_case(recording_of(EVERYTHING), tmp_path / name)
    files = sorted(file.relative_to(tmp_path / "one") for file in (tmp_path / "one").rglob("*") if file.is_file())
    assert len(files) > len(WRITTEN)
    for file in files:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_ids_depend_on_names_and_region_only(tmp_path: Path) -> None:
    write_case(recording_of(ONE_NAT), tmp_path / "one")
    write_case(
        recording_of(ONE_NAT.replace("one-nat", "another").replace("addresses: 1}", "addresses: 4}")), tmp_path / "two"
    )
    nat = [load(tmp_path / name, "ec2/nat-gateways.json")["NatGateways"][0] for name in ("one", "two")]
    assert nat[0]["NatGatewayId"] == nat[1]["NatGatewayId"]
    assert [len(one["NatGatewayAddresses"]) for one in nat] == [1, 4]
    assert len(nat[0]["NatGatewayId"]) == len("nat-") + 17


def test_a_zone_of_another_region_is_no_scenario() -> None:
    text = ONE_NAT.replace("az: us-east-1a", "az: eu-west-1a")
    with pytest.raises(InputError, match="az: 'eu-west-1a' is not an Availability Zone of us-east-1"):
        recording_of(text)

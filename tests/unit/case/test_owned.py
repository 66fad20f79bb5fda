"""What ElastiCache and RDS say of the destinations that are theirs, read from files that may be a stranger's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from narrows import bounds
from narrows.case import read_case
from narrows.case.owned import Owned, OwnedEndpoint
from narrows.errors import InputError
from tests.unit.case.cases import case_at, case_with, small, texts

INSTANCE = {
    "DBInstanceIdentifier": "orders",
    "DBParameterGroups": [{"DBParameterGroupName": "orders-pg16", "ParameterApplyStatus": "in-sync"}],
}
MOST = {"ParameterName": "max_connections", "ParameterValue": "100"}
GROUP = {"ReplicationGroupId": "Sessions", "MemberClusters": ["sessions-001", "sessions-002"]}


def owned(folder: Path, **files: Any) -> Owned:
    """What a case with these files says; two underscores stand for a slash."""
    return read_case(case_at(folder, {f"{name.replace('__', '/')}.json": one for name, one in files.items()})).owned


def test_a_case_without_them_says_nothing(tmp_path: Path) -> None:
    assert read_case(case_at(tmp_path, small())).owned == Owned()


@pytest.mark.parametrize(
    "answer",
    [
        {"Parameters": [MOST]},
        [{"Parameters": []}, {"Parameters": [MOST]}],
        [MOST],
        {"DBParameterGroupName": "orders-pg16", "Parameters": [MOST]},
    ],
    ids=["answer", "pages", "bare", "named"],
)
def test_an_answer_is_of_the_group_that_its_file_is_called_after(tmp_path: Path, answer: Any) -> None:
    folder = case_at(
        tmp_path, {"rds/one.json": {"DBInstances": [INSTANCE]}, "rds/db-parameters-orders-pg16.json": answer}
    )
    case = read_case(folder)
    one = case.owned.databases["orders"]
    assert (one.max_connections, one.source) == (100, "rds/db-parameters-orders-pg16.json")
    assert not texts(case)


@pytest.mark.parametrize("value", ["LEAST({DBInstanceClassMemory/9531392},5000)", "0", "", "1e3", "-5", "9" * 40])
def test_what_is_no_number_of_connections_is_none(tmp_path: Path, value: str) -> None:
    parameters = {"DBParameterGroupName": "orders-pg16", "Parameters": [{**MOST, "ParameterValue": value}]}
    found = owned(tmp_path, rds__a={"DBInstances": [INSTANCE]}, rds__b=parameters)
    assert found.databases["orders"].max_connections is None


def test_a_formula_is_said(tmp_path: Path) -> None:
    formula = {**MOST, "ParameterValue": "{DBInstanceClassMemory/12582880}"}
    case = read_case(case_at(tmp_path, {"rds/db-parameters-x.json": {"Parameters": [formula]}}))
    (note,) = texts(case)
    assert note.startswith("rds/db-parameters-x.json: max_connections of x is")
    assert "gives no number by itself" in note


def test_nodes_and_members_are_found_whatever_the_spelling(tmp_path: Path) -> None:
    cluster = {"DBInstanceIdentifier": "first", "DBClusterIdentifier": "Ledger"}
    found = owned(tmp_path, elasticache__x={"ReplicationGroups": [GROUP]}, rds__x={"DBInstances": [cluster]})
    assert found.nodes == {"sessions": ("sessions-001", "sessions-002")}
    assert [one.id for one in found.members("ledger")] == ["first"]


def test_of_endpoints_those_on_the_way_are_known_by_what_cloudwatch_calls_them(tmp_path: Path) -> None:
    own = {
        "VpcEndpointId": "vpce-1", "VpcEndpointType": "Interface", "VpcId": "vpc-1", "State": "available",
        "ServiceName": "com.amazonaws.us-east-1.sqs", "DnsEntries": [{"DnsName": "cache.example.com"}],
    }  # fmt: skip
    other = {**own, "VpcEndpointId": "vpce-2", "DnsEntries": [{"DnsName": "else.example.com"}]}
    found = case_with(tmp_path, vpc_endpoints={"VpcEndpoints": [own, other]}).owned.endpoints
    assert found == {"vpce-1": OwnedEndpoint("vpc-1", "com.amazonaws.us-east-1.sqs")}


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("rds/a.json", {"DBInstances": 7}, "a.json: DBInstances: 7 where a list should be"),
        ("rds/a.json", {"DBInstances": [{"Engine": "x"}]}, "a.json: DBInstances[0]: has no DBInstanceIdentifier"),
        ("rds/a.json", {"DBInstances": [{"DBInstanceIdentifier": "--a b"}]}, "is not the name of a database of RDS"),
        ("rds/a.json", {"DBInstances": [{**INSTANCE, "DBParameterGroups": [3]}]}, "3 where an object should be"),
        ("rds/a'b.json", {"Parameters": [MOST]}, "does not say which DB parameter group it is of"),
        ("rds/a.json", {"DBParameterGroupName": "a'], x[?'", "Parameters": []}, "is not the name of a DB parameter"),
        ("rds/a.json", {"Parameters": [{**MOST, "ParameterValue": 100}]}, "100 where text should be"),
        ("rds/a.json", "{", "is not valid JSON"),
        ("rds/a.json", [7], "a.json: [0]: 7 where an object should be"),
        ("elasticache/a.json", {"ReplicationGroups": [{**GROUP, "MemberClusters": ["a;b"]}]}, "the name of a cache"),
        ("elasticache/a.json", {"ReplicationGroups": [{**GROUP, "MemberClusters": [3]}]}, "3 where text should be"),
    ],
)
def test_what_has_not_the_shape_that_aws_gives_it_is_one_line_with_its_place(
    tmp_path: Path, name: str, content: Any, problem: str
) -> None:
    with pytest.raises(InputError) as raised:
        read_case(case_at(tmp_path, {name: content}))
    assert problem in str(raised.value)
    assert "\n" not in str(raised.value)


def test_what_is_something_else_is_passed_over_and_said(tmp_path: Path) -> None:
    case = read_case(case_at(tmp_path, {"rds/a.json": {"DBProxies": []}, "elasticache/b.json": {"CacheClusters": []}}))
    assert texts(case) == [
        "elasticache/b.json: passed over: it holds nothing that narrows reads",
        "rds/a.json: passed over: it holds nothing that narrows reads",
    ]


def test_they_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert bounds.RESOURCES > 1
    monkeypatch.setattr("narrows.case.reading.owned.RESOURCES", 1)
    two = {"DBInstances": [INSTANCE, {**INSTANCE, "DBInstanceIdentifier": "other"}]}
    with pytest.raises(InputError, match="with it there are more than 1 DB instances in the case"):
        read_case(case_at(tmp_path, {"rds/a.json": two}))

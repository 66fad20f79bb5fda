"""Which requests are still to be made, and where their answers go."""

from __future__ import annotations

from pathlib import Path

from narrows.aws import questions
from narrows.aws.questions import Span
from narrows.aws.requests import Request
from narrows.collect.asking import left
from narrows.collect.target import open_target

DURING = Span(1_763_640_000, 1_763_640_300)


def _metrics(gateway: str) -> Request:
    return questions.metric_data("nat-gateways", questions.nat_queries([gateway]), DURING, "us-east-1")


def _files(requests: list[Request]) -> list[str | None]:
    return [request.file for request in requests]


def test_two_requests_of_one_name_have_a_file_each(tmp_path: Path) -> None:
    first, second = _metrics("nat-0a"), _metrics("nat-0b")
    assert first.file == second.file == "cloudwatch/narrows-nat-gateways.results.json"
    with open_target(tmp_path / "case") as target:
        assert _files(left(target, [first, second, first])) == [
            "cloudwatch/narrows-nat-gateways.results.json",
            "cloudwatch/narrows-nat-gateways-2.results.json",
        ]
        target.write("cloudwatch/narrows-nat-gateways.results.json", b"[]")
        assert _files(left(target, [first, second])) == [
            "cloudwatch/narrows-nat-gateways-2.results.json",
            "cloudwatch/narrows-nat-gateways-3.results.json",
        ]


def test_a_description_that_is_there_is_not_asked_for_again(tmp_path: Path) -> None:
    subnets = questions.describe("subnets", ["vpc-0a"], "us-east-1")
    with open_target(tmp_path / "case") as target:
        assert _files(left(target, [subnets])) == ["ec2/subnets.json"]
        target.write("ec2/subnets.json", b"{}")
        assert left(target, [subnets]) == []

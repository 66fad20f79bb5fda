"""Every command that narrows prints to paste splits into the words that were meant, whatever a case holds."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from narrows.assumptions import Assumptions
from narrows.aws.questions import NO_ENVIRONMENT, MetricQuery
from narrows.case import Case
from narrows.diagnose import collecting
from narrows.evidence.facts import Facts
from narrows.flowlogs.creating import create_flow_logs
from tests.unit.diagnose.by_hand import TIMEOUT, bare, log
from tests.unit.diagnose.by_hand import case as case_by_hand

FEW = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
any_text = st.text(min_size=1, max_size=30) | st.sampled_from(
    [
        "-rf",
        "--endpoint-url=http://x",
        "a b",
        "$(x)",
        "`x`",
        "'; x; '",
        '"',
        "\\",
        "a\nb",
        "../../x",
        "\x1b[31m",
        "*",
        "~",
    ]
)


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return bare(tmp_path_factory.mktemp("words") / "case", log(TIMEOUT))


def _commands(how: str) -> list[list[str]]:
    """The words of each command between ``&&``."""
    found: list[list[str]] = [[]]
    for word in shlex.split(how):
        if word == "&&":
            found.append([])
        else:
            found[-1].append(word)
    return found


@FEW
@given(any_text.filter(lambda text: text not in ("&&", ">")), any_text)
def test_names_in_a_case_are_one_word_each(case: Case, function: str, region: str) -> None:
    """The reader lets no such name pass. Where one did, it would still be quoted."""
    facts = Facts(replace(case, functions=(function,), region=region), Assumptions())
    (make, states), (make_too, logs) = (
        _commands(one.how)
        for one in (collecting.function_states(facts, [function], "why"), collecting.caller_logs(facts, "why"))
        if one is not None
    )
    assert make == ["mkdir", "-p", "lambda"]
    assert make_too == ["mkdir", "-p", "callers"]
    assert states[:-2] == [
        "aws", "lambda", "get-function-configuration", "--region", region, "--function-name", function,
        "--query", NO_ENVIRONMENT,
    ]  # fmt: skip
    assert logs[:7] == [
        "aws", "logs", "filter-log-events", "--region", region, "--log-group-name", f"/aws/lambda/{function}",
    ]  # fmt: skip
    for words, folder in ((states, "lambda"), (logs, "callers")):
        assert words[-2] == ">"
        assert re.fullmatch(rf"{folder}/[A-Za-z0-9_][A-Za-z0-9._-]*\.json", words[-1])


@FEW
@given(any_text)
def test_what_is_asked_of_cloudwatch_is_one_word(case: Case, value: str) -> None:
    facts = Facts(case, Assumptions())
    query = MetricQuery("AWS/X", "M", "Sum", (("D", value), ("E", "other")))
    missing = collecting.metrics(facts, value, [query], "why")
    assert missing is not None
    make, ask, get = _commands(missing.how)
    assert make == ["mkdir", "-p", "cloudwatch"]
    asked: Any = json.loads(ask[2])
    assert asked[0]["MetricStat"]["Metric"]["Dimensions"] == [
        {"Name": "D", "Value": value},
        {"Name": "E", "Value": "other"},
    ]
    assert [ask[0], ask[1], ask[3], len(ask)] == ["printf", "%s", ">", 5]
    assert get[:3] == ["aws", "cloudwatch", "get-metric-data"]
    for file in (ask[4], get[-1]):
        assert re.fullmatch(r"cloudwatch/narrows-[A-Za-z0-9._-]+\.json", file)
    assert get[get.index("--metric-data-queries") + 1] == f"file://{ask[4]}"


@FEW
@given(st.lists(any_text, min_size=1, max_size=4), any_text)
def test_resources_of_a_flow_log_are_one_word_each(ids: list[str], region: str) -> None:
    words = shlex.split(create_flow_logs("Subnet", ids, region))
    at = words.index("--resource-ids")
    assert words[3:at] == ["--region", region, "--resource-type", "Subnet"]
    assert words[at + 1 : at + 1 + len(ids)] == ids
    assert words[at + 1 + len(ids)] == "--traffic-type"


def test_a_command_holds_no_id_that_is_an_option(tmp_path: Path) -> None:
    """What the reader takes never begins with a dash: every option in a printed command is one of narrows."""
    found = collecting.flow_logs(Facts(case_by_hand(tmp_path / "case", log(TIMEOUT)), Assumptions()), "why")
    assert found is not None
    known = {"--region", "--resource-type", "--resource-ids", "--traffic-type", "--max-aggregation-interval",
             "--log-destination-type", "--log-destination", "--log-format", "--destination-options"}  # fmt: skip
    assert {word for word in shlex.split(found.how) if word.startswith("-")} == known

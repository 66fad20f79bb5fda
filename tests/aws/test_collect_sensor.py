"""The sensor's lines come out of a live account by themselves, where a function has its layer."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from narrows.case import read_case
from oracles.live.compare import answers, copy_what_people_know, judge
from oracles.sensor import line, use
from tests.aws.collecting import collected, window_of
from tests.aws.server import AwsServer

pytestmark = [pytest.mark.usefixtures("credentials"), pytest.mark.slow]

LAYER = "arn:aws:lambda:us-east-1:123456789012:layer:narrows-lambda:3"
OTHER = "arn:aws:lambda:us-east-1:123456789012:layer:narrows-lambda-of-others-copy:1"
ENVIRONMENTS = 50


@pytest.fixture(params=["as it is", "in a structured log"])
def sensed(request: pytest.FixtureRequest, served: Path, tmp_path: Path) -> Path:
    """The account, its function with the layer, and what that wrote between the function's own lines."""
    place = tmp_path / "account"
    shutil.copytree(served, place)
    _with_layer(place, LAYER)
    begin = window_of(served)[0]
    events: list[dict[str, Any]] = []
    for number in range(ENVIRONMENTS):
        for turn in range(4):
            moment = begin + 60 * turn + 1
            said = line(moment, use("203.0.113.10:443", held=12, opened=0 if turn else 12, reused=12 if turn else 0),
                        environment=f"e{number}", invocation=turn + 1)  # fmt: skip
            text = json.dumps(said)
            if request.param == "in a structured log":
                text = json.dumps({"timestamp": "2026-11-20T12:00:00Z", "level": "INFO", "message": text})
            events += [
                {"timestamp": moment * 1000, "logStreamName": f"e{number}", "message": message}
                for message in (text, "served from 203.0.113.10, destinations: 1", "START RequestId: 1")
            ]
    events.sort(key=lambda one: one["timestamp"])
    (place / "sensor").mkdir()
    (place / "sensor" / "storefront.json").write_text(json.dumps({"events": events}))
    return place


def test_they_are_collected_and_say_what_the_account_holds(sensed: Path, tmp_path: Path) -> None:
    case = tmp_path / "case"
    copy_what_people_know(sensed, case)
    with AwsServer(sensed) as server:
        summary = collected(server, case, ("storefront",), window_of(sensed))

    assert summary.missed == []
    events = json.loads((case / "sensor" / "storefront.json").read_text())["events"]
    assert len(events) == 4 * ENVIRONMENTS, "lines of the function's own are left where they are"
    assert len(read_case(case).sensor.lines) == 4 * ENVIRONMENTS
    assert judge(answers(sensed), answers(case)).differences == ()


def test_lines_are_asked_for_until_the_last_invocation_has_written_its_own(sensed: Path, tmp_path: Path) -> None:
    """An invocation that is still running when the window ends may hold more than any line says."""
    copy_what_people_know(sensed, tmp_path / "case")
    timeout = max(one["Timeout"] for file in (sensed / "lambda").glob("function*.json")
                  for one in _functions(json.loads(file.read_text())))  # fmt: skip
    with AwsServer(sensed) as server:
        collected(server, tmp_path / "case", ("storefront",), window_of(sensed))
        ends = [call.parameters["endTime"] for call in server.calls if call.operation == "FilterLogEvents"]

    assert max(ends) > (window_of(sensed)[1] + timeout) * 1000 > min(ends)


@pytest.mark.parametrize("layer", [None, OTHER])
def test_without_the_layer_nobody_asks(served: Path, tmp_path: Path, layer: str | None) -> None:
    place = tmp_path / "account"
    shutil.copytree(served, place)
    if layer is not None:
        _with_layer(place, layer)
    copy_what_people_know(place, tmp_path / "case")
    with AwsServer(place) as server:
        collected(server, tmp_path / "case", ("storefront",), window_of(served))
        asked = [call for call in server.calls if call.operation == "FilterLogEvents"]

    assert len(asked) == 1
    assert not (tmp_path / "case" / "sensor").exists()


def _with_layer(account: Path, arn: str) -> None:
    changed = 0
    for file in (account / "lambda").glob("function*.json"):
        content = json.loads(file.read_text())
        for one in _functions(content):
            one["Layers"] = [{"Arn": arn, "CodeSize": 70_000}]
            changed += 1
        file.write_text(json.dumps(content))
    assert changed


def _functions(content: Any) -> Iterator[dict[str, Any]]:
    if isinstance(content, list):
        for one in content:
            yield from _functions(one)
    elif "Functions" in content:
        yield from content["Functions"]
    elif "FunctionName" in content:
        yield content

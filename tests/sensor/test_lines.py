"""What stands in the sensor's lines, in the real runtime."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from narrows_lambda.line import METRICS, MOST_DESTINATIONS
from narrows_lambda.sensor.ledger import Ledger
from narrows_lambda.sensor.report import Report
from tests.alone import alone, why_not_alone
from tests.runtimes import RuntimeApi, runtime
from tests.sensor.failures import ORDER

HOLDS = """
import socket
listening = [socket.create_server(("127.0.0.1", 0), backlog=512) for _ in range(SERVERS)]
held = [socket.create_connection(one.getsockname()) for one in listening for _ in range(EACH)]
def handler(event, context):
    for one in held:
        one.sendall(b"x")
    return len(held)
"""


def lines(
    api: RuntimeApi, folder: Path, wrapper: Path | None, source: str, *, invocations: int = 2, **environ: str
) -> list[dict[str, Any]]:
    """The lines of a function."""
    (folder / "app.py").write_text(source, encoding="utf-8")
    with runtime(api, folder, wrapper=wrapper, environ=environ) as one:
        for _ in range(invocations):
            answer = one.invoke()
            assert answer.kind == "response", answer.body
        return one.lines()


def held(servers: int, each: int) -> str:
    return HOLDS.replace("SERVERS", str(servers)).replace("EACH", str(each))


def test_a_line_is_valid_embedded_metric_format(api: RuntimeApi, tmp_path: Path, wrapper: Path) -> None:
    for line in lines(api, tmp_path, wrapper, held(1, 2)):
        stamp = line["_aws"]["Timestamp"]
        assert isinstance(stamp, int)
        assert abs(stamp / 1_000 - time.time()) < 600
        (directive,) = line["_aws"]["CloudWatchMetrics"]
        assert directive.keys() == {"Namespace", "Dimensions", "Metrics"}
        assert 0 < len(directive["Namespace"]) <= 1_024
        assert directive["Dimensions"] == [["FunctionName"]]
        assert isinstance(line["FunctionName"], str)
        assert 0 < len(directive["Metrics"]) <= 100
        units = {metric.spelled: metric.unit for metric in METRICS}
        for metric in directive["Metrics"]:
            assert metric == {"Name": metric["Name"], "Unit": units[metric["Name"]]}
            # A number at the root of the line: what CloudWatch looks up.
            assert isinstance(line[metric["Name"]], int | float)
        assert len(json.dumps(line)) < 256_000


def test_as_json_the_same_stands_there_without_metrics(api: RuntimeApi, tmp_path: Path, wrapper: Path) -> None:
    for line in lines(api, tmp_path, wrapper, held(1, 2), NARROWS_SENSOR="json"):
        assert "_aws" not in line
        assert (line["ConnectionsHeld"], line["ConnectionsReused"]) == (2, 2)


def test_switched_off_it_writes_nothing(api: RuntimeApi, tmp_path: Path, wrapper: Path) -> None:
    assert lines(api, tmp_path, wrapper, held(1, 1), NARROWS_SENSOR="off") == []


def test_importing_it_does_what_the_layer_does_and_both_do_it_once(
    api: RuntimeApi, tmp_path: Path, wrapper: Path
) -> None:
    source = "import narrows_lambda.auto\n" + held(1, 3)
    for how in (None, wrapper):
        with RuntimeApi() as own:
            found = lines(own, tmp_path, how, source)
            assert [line["ConnectionsHeld"] for line in found] == [3, 3]
            assert [line["narrows"]["invocation"] for line in found] == [1, 2]


def test_a_line_says_where_it_comes_from(api: RuntimeApi, tmp_path: Path, wrapper: Path) -> None:
    body = lines(api, tmp_path, wrapper, held(1, 1))[1]["narrows"]
    assert body["environment"] == "2026/11/30/[7]0a1b"
    assert (body["version"], body["invocation"], body["requestId"]) == ("7", 2, "request-2")


def test_more_destinations_than_a_line_takes_are_counted(api: RuntimeApi, tmp_path: Path, wrapper: Path) -> None:
    for line in lines(api, tmp_path, wrapper, held(MOST_DESTINATIONS + 10, 1)):
        assert len(line["narrows"]["destinations"]) == MOST_DESTINATIONS
        assert line["narrows"]["more"] == 10
        assert line["ConnectionsHeld"] == MOST_DESTINATIONS + 10
        assert len(json.dumps(line)) < 32_000


def test_more_connections_than_a_scan_looks_at_are_all_held(api: RuntimeApi, tmp_path: Path, wrapper: Path) -> None:
    found = lines(api, tmp_path, wrapper, held(2, 200), invocations=3)
    assert [line["ConnectionsHeld"] for line in found] == [400] * 3
    assert all(line["DescriptorsUsed"] >= 402 for line in found)


def test_the_name_that_was_looked_up_stands_with_its_address(api: RuntimeApi, tmp_path: Path, wrapper: Path) -> None:
    source = """
import asyncio, http.client, socket, urllib.request
listening = [socket.create_server(("127.0.0.1", 0)) for _ in range(3)]
ports = [one.getsockname()[1] for one in listening]
loop = asyncio.new_event_loop()
kept = [socket.create_connection(("localhost", ports[0])), http.client.HTTPConnection("127.0.0.1", ports[1])]
kept[1].connect()
async def connect():
    return await asyncio.open_connection("localhost", ports[2])
kept.append(loop.run_until_complete(connect()))
def handler(event, context):
    return ports
"""
    found = lines(api, tmp_path, wrapper, source)[0]["narrows"]["destinations"]
    told = {to["peer"].rpartition(":")[2]: (to.get("name"), to["client"]) for to in found if to["held"]}
    assert sorted(told.values(), key=str) == sorted(
        [("localhost", "socket"), (None, "http.client"), ("localhost", "asyncio")], key=str
    )


@pytest.mark.slow
@pytest.mark.lab
def test_a_connect_that_fails_is_counted_by_what_became_of_it() -> None:
    why_not = why_not_alone()
    if why_not is not None:
        pytest.skip(why_not)
    # An address of our own that does not answer there: its packets are dropped as they come in.
    silent = (
        "ip route add local 198.51.100.0/24 dev lo && nft add table inet t && "
        "nft 'add chain inet t c { type filter hook input priority 0 ; }' && nft add rule inet t c tcp dport 443 drop"
    )
    said = alone([sys.executable, "-m", "tests.sensor.failures"], before=silent)
    found = dict(zip(ORDER, json.loads(said), strict=True))

    def told(kind: str) -> tuple[int, int, dict[str, tuple[int, int]], dict[str, int]]:
        line = found[kind]
        of = {to["peer"]: (to["opened"], to["failed"]) for to in line["narrows"]["destinations"]}
        return line["ConnectionsOpened"], line["ConnectionsFailed"], of, line["narrows"]["unattributed"]

    nobody = {"opened": 0, "failed": 0}
    assert told("refused") == (0, 1, {"127.0.0.1:9": (0, 1)}, nobody)
    assert told("given_up") == (0, 1, {"198.51.100.7:443": (0, 1)}, nobody)
    assert found["given_up"]["SynRetransmits"] == 1
    assert told("going_on") == (0, 0, {}, nobody)
    assert told("abandoned") == (0, 1, {"198.51.100.8:443": (0, 1)}, nobody)
    assert told("past_python") == (0, 1, {}, {"opened": 0, "failed": 1})
    assert told("a_child") == (1, 0, {}, {"opened": 1, "failed": 0})
    assert told("reset") == (1, 0, {"127.0.0.1:7000": (1, 0)}, nobody)
    # The accepted end is not one that this function opened.
    assert told("accepted") == (1, 0, {"127.0.0.1:7000": (1, 0)}, nobody)
    assert found["accepted"]["ConnectionsHeld"] == 1


@pytest.mark.parametrize(("wall", "monotonic"), [(400.0, 0.0), (0.0, 400.0)])
def test_a_connection_is_stale_by_the_clock_that_saw_most(wall: float, monotonic: float) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        ledger = Ledger()
        ledger.start(1_000.0, 50.0)
        report = Report(1_000.0 + wall, 1, "")
        ledger.end(report, 50.0 + monotonic, 0.0)
        (to,) = [one for one in report.destinations if one.peer == server.getsockname()]
        assert (to.held, to.stale, to.reused) == (1, 1, 0)
        assert to.oldest_idle == pytest.approx(400, abs=1)


@pytest.mark.parametrize(
    "environ",
    [
        {"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": "DEBUG"},
        {"AWS_EXECUTION_ENV": "AWS_Lambda_python3.13"},
    ],
    ids=["log lines as JSON", "a thread that asks for invocations"],
)
def test_the_runtime_as_it_is_configured_makes_no_difference(
    api: RuntimeApi, tmp_path: Path, wrapper: Path, environ: dict[str, str]
) -> None:
    source = held(1, 2).replace("    return", "    print('said')\n    return")
    found = lines(api, tmp_path, wrapper, source, invocations=3, **environ)
    assert [(line["ConnectionsOpened"] >= 0, line["ConnectionsHeld"]) for line in found] == [(True, 2)] * 3
    assert [line["ConnectionsReused"] for line in found] == [2, 2, 2]


def test_lines_of_threads_that_write_too_stay_whole(api: RuntimeApi, tmp_path: Path, wrapper: Path) -> None:
    source = held(40, 1).replace(
        "def handler",
        "import sys, threading\ndef talk():\n    while True:\n        sys.stdout.write('a line of another thread\\n')\n"
        "threading.Thread(target=talk, daemon=True).start()\ndef handler",
    )
    found = lines(api, tmp_path, wrapper, source, invocations=20)
    assert [line["narrows"]["invocation"] for line in found] == list(range(1, 21))

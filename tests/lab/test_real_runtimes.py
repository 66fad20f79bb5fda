"""Real Lambda runtimes in the lab: what they connect to, and when they are frozen, fail and time out."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from narrows.case import read_case
from narrows.errors import InputError
from narrows.lab import Options
from narrows.lab.doctor import is_possible
from narrows.lab.drawing import draw
from narrows.lab.fitting import check_fits
from narrows.lab.machine import look_around
from narrows.lab.namespaces import LabError
from narrows.lab.run import Run, play
from narrows.lab.runtimes.asked import parse_function
from narrows.lab.runtimes.interpreter import interpreter_for
from narrows.lab.runtimes.plan import Function
from narrows.scenario import Scenario
from narrows.scenario.writing import scenario_yaml
from narrows.writing import write_case

FUNCTIONS = Path(__file__).parents[2] / "examples" / "functions"
Small = Callable[..., Scenario]
_MISSING = [one for one in ("awslambdaric", "momento") if importlib.util.find_spec(one) is None]

pytestmark = [
    pytest.mark.lab,
    pytest.mark.slow,
    pytest.mark.skipif(bool(_MISSING), reason=f"not installed: {', '.join(_MISSING)}"),
]


@pytest.fixture(scope="module", autouse=True)
def _lab() -> None:
    why_not = is_possible()
    if why_not is not None:
        pytest.skip(f"no lab on this machine: {why_not}")


@pytest.fixture
def function() -> Iterator[Callable[..., Function]]:
    """Writes a handler where whoever the lab runs as can read it."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        folder.chmod(0o755)

        def write(text: str, **options: object) -> Function:
            (folder / "handler.py").write_text(text)
            return Function(str(folder), **options)  # type: ignore[arg-type]

        yield write


def _lines(run: Run) -> list[str]:
    found = [json.loads(line) for line in run.journal.splitlines()]
    return [one["log"][2] for one in found if "log" in one]


def _small(small: Small, *, count: int = 3, port: int = 8080, duration: str = "8s", assumptions: str = "") -> Scenario:
    return small(
        connections="per_environment: 1, hold: invocation, connect_timeout: 2s",
        demand=f"environments: {{from: 0, to: {count}, over: 1s}}",
        destination=f"port: {port}",
        duration=duration,
        assumptions=assumptions,
    )


_CONNECTS = """
import os, socket
def handler(event, context):
    where = os.environ["DESTINATION_HOST"], int(os.environ["DESTINATION_PORT"])
    with socket.create_connection(where, 1.0) as one:
        return one.getsockname()[0]
"""
_HOLDS = """
import os, socket
one = socket.create_connection((os.environ["DESTINATION_HOST"], int(os.environ["DESTINATION_PORT"])), 1.0)
def handler(event, context):
    return one.getpeername()[0]
"""


_MOMENTO = """
import os
from datetime import timedelta
from momento import CacheClient, Configurations, CredentialProvider

def handler(event, context):
    where = CredentialProvider.for_momento_local(os.environ["DESTINATION_HOST"], int(os.environ["DESTINATION_PORT"]))
    with CacheClient(Configurations.Lambda.latest(), where, timedelta(seconds=60)) as client:
        client.set("cache", "key", "value")
        return {"value": client.get("cache", "key").value_string}
"""


def test_a_momento_client_in_the_handler_is_a_connection_for_each_invocation(
    small: Small, function: Callable[..., Function], capfd: pytest.CaptureFixture[str]
) -> None:
    run = play(_small(small), Options(serve=("momento",), function=function(_MOMENTO)))
    assert run.account is not None
    summary = run.account.summary()
    assert summary["errors"] == summary["timeouts"] == 0, _lines(run)
    assert summary["connections_opened"] == summary["invocations"] > 12
    nat = next(one for one in run.recording.tables if one.kind == "nat-address")
    # The NAT gateway still holds every one of them: it keeps a port for a minute after its connection closed.
    assert nat.occupied.max() == summary["connections_opened"]
    assert run.recording.destinations["cache"].accepted.sum() == summary["connections_opened"]
    # And so the cache says itself.
    assert f'"accepted": {summary["connections_opened"]},' in capfd.readouterr().err


def test_a_momento_client_of_the_module_is_a_connection_for_each_environment(small: Small) -> None:
    reuse = Function(str(FUNCTIONS / "momento-reuse"))
    run = play(_small(small), Options(serve=("momento",), function=reuse))
    assert run.account is not None
    summary = run.account.summary()
    assert summary["errors"] == summary["timeouts"] == 0, _lines(run)
    assert summary["connections_opened"] == summary["connections_held"] == 3
    eni = next(one for one in run.recording.tables if one.kind == "hyperplane-eni")
    # Its runtimes are stopped between invocations, and the ENI goes on holding what they opened.
    assert eni.occupied[-1] == 3


def test_a_frozen_runtime_does_nothing(small: Small, function: Callable[..., Function]) -> None:
    counts = """
import threading, time
ticks = 0
def count():
    global ticks
    while True:
        time.sleep(0.01)
        ticks += 1
threading.Thread(target=count, daemon=True).start()
def handler(event, context):
    print("ticks", ticks)
"""
    most = {}
    for freezes in (True, False):
        run = play(_small(small, count=1, duration="4s"), Options(function=function(counts, freezes=freezes)))
        most[freezes] = max(int(line.split()[1]) for line in _lines(run) if line.startswith("ticks"))
    assert most[True] < most[False] / 2


def test_a_recycled_environment_says_nothing_and_the_tables_keep_what_it_held(
    small: Small, function: Callable[..., Function]
) -> None:
    scenario = small(
        connections="per_environment: 1",
        demand="environments: {steps: [{at: 0s, to: 3}, {at: 4s, to: 1}]}",
        destination="port: 8080",
        duration="10s",
        assumptions="environment_idle_lifetime: 2s",
    )
    run = play(scenario, Options(function=function(_HOLDS)))
    assert run.account is not None
    summary = run.account.summary()
    assert summary["connections_opened"] == 3
    # Two environments are gone, and their connections with them: for them, but not for the ENI.
    assert summary["connections_held"] == 1
    assert next(one for one in run.recording.tables if one.kind == "hyperplane-eni").occupied[-1] == 3


def test_a_function_that_times_out_is_killed_and_its_environment_starts_anew(
    small: Small, function: Callable[..., Function]
) -> None:
    sleeps = "import time\ndef handler(event, context):\n    time.sleep(60)\n"
    run = play(_small(small, count=1, duration="5s"), Options(function=function(sleeps, timeout=0.5)))
    assert run.account is not None
    summary = run.account.summary()
    assert summary["timeouts"] == summary["invocations"] == summary["cold_starts"] >= 2
    assert summary["runtimes_started"] >= summary["timeouts"]
    assert any("Task timed out after 0.50 seconds" in line for line in _lines(run))
    assert any(line.startswith("REPORT") and "Status: timeout" in line for line in _lines(run))


def test_a_handler_that_raises_is_an_error_and_its_runtime_lives_on(
    small: Small, function: Callable[..., Function], tmp_path: Path
) -> None:
    raises = "def handler(event, context):\n    raise TimeoutError('connect timed out')\n"
    run = play(_small(small, count=1, duration="4s"), Options(function=function(raises)))
    assert run.account is not None
    summary = run.account.summary()
    assert summary["errors"] == summary["invocations"] >= 2
    assert summary["runtimes_started"] == 1
    assert any(line.startswith("[ERROR] TimeoutError: connect timed out") for line in _lines(run))
    write_case(run.recording, tmp_path / "case", more=lambda place: run.write_more(place, Options()))
    events = json.loads((tmp_path / "case" / "callers" / "f.json").read_text())["events"]
    assert {one["message"].split(" ")[0] for one in events} >= {"START", "END", "REPORT", "[ERROR]", "INIT_START"}
    assert read_case(tmp_path / "case").functions


def test_each_environment_connects_from_its_own_address_and_has_lambdas_variables(
    small: Small, function: Callable[..., Function]
) -> None:
    says = (
        _CONNECTS.replace("return one", "print('from', one")
        + "    print('stream', os.environ['AWS_LAMBDA_LOG_STREAM_NAME'])\n"
    )
    says = says.replace("getsockname()[0]", "getsockname()[0], os.environ['COLOUR'], context.function_name)")
    run = play(_small(small, duration="4s"), Options(function=function(says, variables=(("COLOUR", "green"),))))
    lines = _lines(run)
    assert {line.strip() for line in lines if line.startswith("from")} == {
        f"from 100.64.0.{last} green f" for last in (1, 2, 3)
    }
    assert len({line for line in lines if line.startswith("stream")}) == 3


def test_a_layer_stands_at_opt_and_its_wrapper_starts_the_runtime(
    small: Small, function: Callable[..., Function]
) -> None:
    with tempfile.TemporaryDirectory() as made:
        layer = Path(made)
        (layer / "python").mkdir()
        (layer / "python" / "of_the_layer.py").write_text("WORD = 'layered'\n")
        (layer / "wrapper").write_text('#!/bin/sh\nexport WRAPPED=yes\nexec "$@"\n')
        for place, mode in ((layer, 0o755), (layer / "wrapper", 0o755)):
            place.chmod(mode)
        asks = "import os, of_the_layer\ndef handler(event, context):\n"
        asks += "    print('saw', os.environ['WRAPPED'], of_the_layer.WORD)\n"
        wrapped = function(asks, layer=made, variables=(("AWS_LAMBDA_EXEC_WRAPPER", "/opt/wrapper"),))
        run = play(_small(small, count=1, duration="3s"), Options(function=wrapped))
    assert any(line.startswith("saw yes layered") for line in _lines(run)), _lines(run)


def test_churn_fills_a_nat_gateway_and_reuse_does_not(
    small: Small, function: Callable[..., Function], tmp_path: Path
) -> None:
    scenario = _small(small, count=10, duration="10s", assumptions="nat_connections_per_address: 60")
    naive = play(scenario, Options(function=function(_CONNECTS, every=0.5)))
    reuse = play(scenario, Options(function=function(_HOLDS, every=0.5)))
    assert naive.account is not None
    assert reuse.account is not None
    assert naive.recording.nat_gateways["nat"].port_allocation_errors.sum() > 0
    assert naive.account.summary()["errors"] > 0
    assert next(one for one in naive.recording.tables if one.kind == "nat-address").occupied.max() == 60
    assert reuse.recording.nat_gateways["nat"].port_allocation_errors.sum() == 0
    assert reuse.account.summary()["connections_opened"] == reuse.account.summary()["connections_held"] == 10
    assert reuse.account.summary()["errors"] == 0
    # And that many the plan had said.
    file = tmp_path / "scenario.yaml"
    file.write_text(scenario_yaml(scenario))
    command = [sys.executable, "-m", "narrows", "plan", str(file), "--can", "reuse-connections=f", "--json"]
    planned = json.loads(subprocess.run(command, capture_output=True, text=True, check=False).stdout)
    assert [one["action"] for one in planned["changes"]] == ["reuse-connections"]
    assert planned["peak"]["connections"] == 10


@pytest.mark.skipif(shutil.which("redis-server") is None, reason="redis-server is not installed")
def test_nothing_is_left_when_it_is_killed(small: Small, function: Callable[..., Function], tmp_path: Path) -> None:
    mark = f"MARK={uuid.uuid4().hex}"
    folder = function(_CONNECTS).folder
    scenario = tmp_path / "scenario.yaml"
    scenario.write_text(
        "name: killed\nvpc: {subnets: {a: {az: a, route: nat}}, nat_gateways: {nat: {addresses: 1}}}\n"
        "destinations: {cache: {port: 8080}}\nfunctions: {f: {subnets: [a], security_groups: [sg], "
        "connections: [{to: cache, per_environment: 1}]}}\n"
        "demand: {f: {environments: {from: 0, to: 3, over: 1s}}}\nduration: 60s\n"
    )
    command = [sys.executable, "-m", "narrows", "lab", str(scenario), "--function", folder, "--env", mark]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        _wait(lambda: len(_with_variable(mark)) >= 3)
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=30)
    _wait(lambda: not _with_variable(mark))


def _with_variable(mark: str) -> list[int]:
    found = []
    for one in Path("/proc").iterdir():
        if one.name.isdigit():
            try:
                if mark.encode() in (one / "environ").read_bytes().split(b"\0"):
                    found.append(int(one.name))
            except OSError:
                continue
    return [one for one in found if one != os.getpid()]


def _wait(until: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not until():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_what_is_not_installed_is_said_in_one_line() -> None:
    with pytest.raises(LabError, match="the Python package of 'not_there' is not installed") as raised:
        interpreter_for("not_there", extra="that")
    assert "pip install that" in str(raised.value)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"named": "not-there"}, "--function"),
        ({"handler": "handler"}, "--handler"),
        ({"handler": "other.handler"}, "--handler"),
        ({"every": "often"}, "--every"),
        ({"timeout": "16m"}, "--timeout"),
        ({"variables": ["COLOUR"]}, "--env"),
        ({"layer": Path("not-there")}, "--layer"),
    ],
)
def test_what_makes_no_sense_is_said_with_its_option(change: dict[str, object], place: str) -> None:
    asked: dict[str, object] = {
        "named": str(FUNCTIONS / "redis-reuse"), "handler": "handler.handler", "every": "1s", "timeout": "3s",
        "memory": 128, "variables": [], "layer": None,
    }  # fmt: skip
    with pytest.raises(InputError) as raised:
        parse_function(**{**asked, **change})  # type: ignore[arg-type]
    assert place in str(raised.value)


def test_more_runtimes_than_there_may_be_are_refused_with_a_scale_that_is_not(small: Small) -> None:
    options = Options(function=Function(str(FUNCTIONS / "redis-reuse")))
    with pytest.raises(InputError, match=r"1,001 execution environments .* --scale 0\.99") as raised:
        draw(_small(small, count=1001), options, look_around())
    assert "\n" not in str(raised.value)
    drawn = draw(_small(small, count=1001), replace(options, scale=0.99), look_around())
    assert drawn.blueprint.runtime is not None
    assert len(drawn.blueprint.runtime.environments) <= 1000


def test_more_runtimes_than_a_machine_has_memory_for_are_refused_with_the_scale_that_fits(small: Small) -> None:
    options, scenario = Options(function=Function(str(FUNCTIONS / "redis-reuse"))), _small(small, count=1000)
    machine = replace(look_around(), memory=24 * 10**9)
    drawing = draw(scenario, options, machine)
    with pytest.raises(
        LabError, match=r"GB for 1,000 connections and 1,000 runtimes; 24\.0 GB .* --scale 0\.5"
    ) as raised:
        check_fits(drawing, scenario, options, machine)
    assert "\n" not in str(raised.value)

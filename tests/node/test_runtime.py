"""In the real runtime interface clients: the function answers as it does without us, and leaves a line."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from typing import Any

import pytest

from tests.node.plain import PACKAGE
from tests.node.runtime import BOTH, NEWER, RUNTIMES, Runtime
from tests.runtimes import FunctionError

pytestmark = RUNTIMES
FORMS = [
    "forms.promised",
    "forms.called",
    "forms.calledAndWaits",
    "forms.returned",
    "forms.rejects",
    "forms.throws",
    "forms.streamed",
    "forms.failsWhileStreaming",
    "forms.A",
    "forms.isNotThere",
    "module.promised",
    "module.streamed",
    "broken.handler",
    "isNotThere.handler",
]


def answered(runtime: Runtime) -> Any:
    """What two invocations came to, or what the initialization did."""
    if (failed := runtime.api.init_error) is not None:
        told = json.loads(failed.body)
        return told["errorType"], told["errorMessage"]
    answers = [runtime.send({}).answer() for _ in range(2)]
    return [(one.kind, _parsed(one.body)) for one in answers]


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body


def wait_for_lines(runtime: Runtime, number: int) -> list[dict[str, Any]]:
    """The sensor's, when there are so many; at the latest after some seconds."""
    until = time.monotonic() + 5
    while len(runtime.lines()) < number and time.monotonic() < until:
        time.sleep(0.02)
    return runtime.lines()


@BOTH
@pytest.mark.parametrize("handler", FORMS)
def test_a_handler_of_any_form_answers_as_it_does_without_us(handler: str, client: str) -> None:
    with Runtime(handler, client=client, narrows=False) as runtime:
        without = answered(runtime)
    with Runtime(handler, client=client) as runtime:
        assert answered(runtime) == without
        if isinstance(without, list):
            numbers = [line["narrows"]["invocation"] for line in wait_for_lines(runtime, 1)]
            assert numbers[:1] == [1]


@BOTH
@pytest.mark.parametrize("handler", ["forms.promised", "forms.rejects", "forms.streamed", "module.streamed"])
def test_every_invocation_leaves_one_line(handler: str, client: str) -> None:
    with Runtime(handler, client=client) as runtime:
        answered(runtime)
        lines = [line["narrows"] for line in wait_for_lines(runtime, 2)]
    assert [(line["invocation"], line["requestId"]) for line in lines] == [(1, "request-1"), (2, "request-2")]
    assert {line["process"] for line in lines} == {runtime.process.pid}


@BOTH
def test_a_function_can_bring_the_package_itself(client: str) -> None:
    environment = {"NARROWS_PACKAGE": (PACKAGE / "register.mjs").as_uri()}
    with Runtime("itself.promised", client=client, narrows=False, environment=environment) as runtime:
        answered(runtime)
        assert [line["narrows"]["invocation"] for line in wait_for_lines(runtime, 2)] == [1, 2]


def test_the_layer_and_the_functions_own_copy_are_one() -> None:
    environment = {"NARROWS_PACKAGE": (PACKAGE / "register.mjs").as_uri()}
    with Runtime("itself.promised", environment=environment) as runtime:
        answered(runtime)
        assert [line["narrows"]["invocation"] for line in wait_for_lines(runtime, 2)] == [1, 2]


@BOTH
def test_a_runtime_that_asks_over_http_is_seen_too(client: str) -> None:
    environment = {"AWS_LAMBDA_NODEJS_USE_ALTERNATIVE_CLIENT_1": "true"}
    with Runtime("forms.promised", client=client, environment=environment) as runtime:
        assert answered(runtime) == [("response", "ok")] * 2
        assert [line["narrows"]["requestId"] for line in wait_for_lines(runtime, 2)] == ["request-1", "request-2"]
        assert all(line["narrows"]["destinations"] == [] for line in runtime.lines())


def test_several_invocations_at_once_each_leave_a_line_of_their_thread() -> None:
    environment = {"AWS_LAMBDA_MAX_CONCURRENCY": "8", "AWS_LAMBDA_NODEJS_WORKER_COUNT": "2"}
    with Runtime("forms.slow", client=NEWER, environment=environment) as runtime:
        waiting = [runtime.send({"milliseconds": 300}) for _ in range(8)]
        assert [one.value() for one in waiting] == ["ok"] * 8
        lines = [line["narrows"] for line in wait_for_lines(runtime, 8)]
    assert sorted(line["requestId"] for line in lines) == [f"request-{number}" for number in range(1, 9)]
    assert all("unattributed" not in line for line in lines)
    numbers: dict[int, list[int]] = {}
    for line in lines:
        numbers.setdefault(line["process"], []).append(line["invocation"])
    assert len(numbers) <= 2
    assert all(sorted(of) == list(range(1, len(of) + 1)) for of in numbers.values())


@pytest.mark.parametrize("setting", ["off", "json", "something else"])
def test_the_sensor_is_what_its_variable_says(setting: str) -> None:
    with Runtime("forms.promised", environment={"NARROWS_SENSOR": setting}) as runtime:
        assert answered(runtime) == [("response", "ok")] * 2
        lines = [] if setting == "off" else wait_for_lines(runtime, 2)
        time.sleep(0.2)
    assert len(runtime.lines()) == len(lines)
    assert all(("_aws" in line) == (setting != "json") for line in lines)


@pytest.mark.parametrize("narrows", [False, True])
def test_sigterm_in_an_invocation_ends_the_runtime_as_ever(narrows: bool) -> None:
    with Runtime("forms.slow", narrows=narrows) as runtime:
        runtime.send({"milliseconds": 60_000})
        while "began" not in runtime.log():
            time.sleep(0.02)
        runtime.process.send_signal(signal.SIGTERM)
        assert runtime.process.wait(5) == -signal.SIGTERM


@pytest.mark.parametrize("how", [">&-", "| true"])
@pytest.mark.parametrize("narrows", [False, True])
def test_without_a_standard_output_the_function_answers(how: str, narrows: bool) -> None:
    prefix = ["sh", "-c", f'"$@" {how}', "sh"]
    with Runtime("forms.promised", client=NEWER, narrows=narrows, prefix=prefix) as runtime:
        assert answered(runtime) == [("response", "ok")] * 2


@pytest.mark.lab
@pytest.mark.skipif(os.geteuid() != 0, reason="hiding /proc takes root")
def test_without_proc_the_figures_are_absent_and_the_function_answers() -> None:
    prefix = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs none /proc && exec "$@"', "sh"]
    if subprocess.run([*prefix, "true"], capture_output=True).returncode != 0:
        pytest.skip("the kernel lets nobody hide /proc here")
    with Runtime("forms.promised", prefix=prefix) as runtime:
        assert answered(runtime) == [("response", "ok")] * 2
        line, _ = wait_for_lines(runtime, 2)
    assert "DescriptorsUsed" not in line
    assert "SynRetransmits" not in line
    assert "unattributed" not in line["narrows"]
    assert line["ConnectionsHeld"] == 0


def test_a_package_that_is_not_whole_leaves_the_function_alone(tmp_path: object) -> None:
    register = f"{tmp_path}/register.mjs"
    shutil.copy(PACKAGE / "register.mjs", register)
    environment = {"NODE_OPTIONS": f"--import {register}"}
    with Runtime("forms.promised", environment=environment) as runtime:
        assert answered(runtime) == [("response", "ok")] * 2


def test_a_function_that_fails_is_told_as_it_failed() -> None:
    with Runtime("forms.rejects") as runtime, pytest.raises(FunctionError, match="this one always fails"):
        runtime.send({}).value()

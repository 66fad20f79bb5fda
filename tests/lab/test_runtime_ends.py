"""Functions that end badly, in real runtimes: each is given up when Lambda gives it up, and starts anew."""

from __future__ import annotations

import importlib.util
import json
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from narrows.lab import Options
from narrows.lab.doctor import is_possible
from narrows.lab.run import Run, play
from narrows.lab.runtimes.plan import Function
from narrows.scenario import Scenario

pytestmark = [
    pytest.mark.lab,
    pytest.mark.slow,
    pytest.mark.skipif(importlib.util.find_spec("awslambdaric") is None, reason="not installed: awslambdaric"),
]

_NEVER_ASKS_AGAIN = """
import time
from awslambdaric.lambda_runtime_client import BaseLambdaRuntimeClient as Client
asks, asked = Client.wait_next_invocation, []
def asks_once(self):
    if asked:
        time.sleep(1000)
    asked.append(1)
    return asks(self)
Client.wait_next_invocation = asks_once
def handler(event, context):
    return 1
"""
_LEAVES_A_CHILD = """
import os, subprocess
print("others", [one for one in os.listdir("/proc") if one.isdigit() and b"987" in open(f"/proc/{one}/cmdline", "rb").read()])
def handler(event, context):
    subprocess.Popen(["sleep", "987"])
    os._exit(0)
"""  # noqa: E501
_GIVEN_UP = {
    "it goes round and round": "def handler(event, context):\n    while True: pass\n",
    "it stops itself": "import os\ndef handler(event, context):\n    os.kill(os.getpid(), 19)\n",
    "it answers and never asks again": _NEVER_ASKS_AGAIN,
}
_EXITS = {
    "exit status 3": "import os\ndef handler(event, context):\n    os._exit(3)\n",
    "signal: segmentation fault": "import os\ndef handler(event, context):\n    os.kill(os.getpid(), 11)\n",
    "signal: killed": "def handler(event, context):\n    held = []\n    while True: held.append(b'x' * 2**23)\n",
}


@pytest.fixture
def run(small: Callable[..., Scenario]) -> Callable[..., Run]:
    """Plays a function in one environment, for four seconds."""
    why_not = is_possible()
    if why_not is not None:
        pytest.skip(f"no lab on this machine: {why_not}")
    scenario = small(
        connections="per_environment: 1, hold: invocation, connect_timeout: 2s",
        demand="environments: {from: 0, to: 1, over: 1s}",
        destination="port: 8080",
    )

    def run(text: str, timeout: float = 3.0) -> Run:
        with tempfile.TemporaryDirectory() as made:
            folder = Path(made)
            folder.chmod(0o755)
            (folder / "handler.py").write_text(text)
            return play(scenario, Options(function=Function(str(folder), timeout=timeout)))

    return run


def _said(run: Run) -> list[str]:
    return [one["log"][2] for one in map(json.loads, run.journal.splitlines()) if "log" in one]


def _summary(run: Run) -> dict[str, int]:
    assert run.account is not None
    return run.account.summary()


@pytest.mark.parametrize("text", _GIVEN_UP.values(), ids=_GIVEN_UP)
def test_a_function_that_does_not_end_is_killed_at_its_timeout(text: str, run: Callable[..., Run]) -> None:
    done = run(text, 0.5)
    summary = _summary(done)
    assert summary["timeouts"] == summary["invocations"] >= 2
    assert any("Task timed out after 0.50 seconds" in line for line in _said(done))


@pytest.mark.parametrize(("how", "text"), _EXITS.items(), ids=_EXITS)
def test_a_runtime_that_exits_is_an_error_and_starts_anew(how: str, text: str, run: Callable[..., Run]) -> None:
    done = run(text)
    summary = _summary(done)
    assert summary["errors"] == summary["invocations"] >= 2
    # One that starts when the run ends is no invocation yet.
    assert summary["runtimes_started"] - summary["invocations"] in (0, 1)
    assert any(f"Error: Runtime exited with error: {how}\n" in line for line in _said(done)), _said(done)
    # Only the first has an init phase of its own; the others start as part of an invocation.
    assert sum("Init Duration" in line for line in _said(done)) == 1


def test_a_module_that_cannot_be_imported_is_tried_again_in_the_invocation(run: Callable[..., Run]) -> None:
    done = run("import nothing_of_that_name\n")
    summary = _summary(done)
    assert summary["errors"] == summary["invocations"] >= 2
    # The first twice; and one that starts when the run ends is no invocation yet.
    assert summary["runtimes_started"] - summary["invocations"] in (1, 2)
    found = [line for line in _said(done) if line.startswith("INIT_REPORT")]
    assert all(line.endswith("Status: error\tError Type: Runtime.ImportModuleError\n") for line in found)
    phases = ["init" if "Phase: init" in line else "invoke" for line in found]
    assert phases[0] == "init"
    assert set(phases[1:]) == {"invoke"}


def test_a_child_of_a_runtime_that_exits_is_gone_too(run: Callable[..., Run]) -> None:
    done = run(_LEAVES_A_CHILD)
    others = [line for line in _said(done) if line.startswith("others")]
    assert len(others) >= 2
    assert set(others) == {"others []\n"}


def test_a_thread_that_never_ends_is_frozen_with_its_runtime(run: Callable[..., Run]) -> None:
    starts = "import threading, time\ndef handler(event, context):\n"
    done = run(f"{starts}    threading.Thread(target=time.sleep, args=(1000,)).start()\n")
    assert _summary(done)["runtimes_started"] == 1
    assert _summary(done)["errors"] == _summary(done)["timeouts"] == 0


def test_an_error_with_the_longest_traceback_is_an_error_as_any(run: Callable[..., Run]) -> None:
    deep = "import sys\nsys.setrecursionlimit(5000)\ndef handler(event, context):\n    return handler(event, context)\n"
    done = run(deep)
    summary = _summary(done)
    assert summary["errors"] == summary["invocations"] >= 2
    assert summary["runtimes_started"] == 1

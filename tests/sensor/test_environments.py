"""Kinds of execution environments: with other wrappers, frozen, restored, of an older Python, of several workers."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from pathlib import Path

import pytest

from tests.runtimes import RuntimeApi, runtime

pytestmark = pytest.mark.slow

OTHER_WRAPPER = """#!/bin/sh
# As OpenTelemetry's layer: a sitecustomize of its own in front, and a handler of its own.
here=$(dirname "$0")
export PYTHONPATH="$here/other${PYTHONPATH:+:$PYTHONPATH}"
export ORIGINAL_HANDLER=app.handler
exec "$@"
"""


@pytest.mark.parametrize("order", ["ours first", "theirs first"])
def test_two_wrappers_both_do_what_they_are_for(api: RuntimeApi, tmp_path: Path, wrapper: Path, order: str) -> None:
    theirs = tmp_path / "instrument"
    theirs.write_text(OTHER_WRAPPER, encoding="utf-8")
    theirs.chmod(0o755)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "sitecustomize.py").write_text("import sys\nsys.instrumented = True\n", encoding="utf-8")
    (tmp_path / "other" / "wrapped.py").write_text(
        "import importlib, os\nname, _, function = os.environ['ORIGINAL_HANDLER'].rpartition('.')\n"
        "inner = getattr(importlib.import_module(name), function)\n"
        "def handler(event, context):\n    return ['wrapped', inner(event, context)]\n",
        encoding="utf-8",
    )
    (tmp_path / "app.py").write_text(
        "import sys\ndef handler(event, context):\n    return sys.instrumented\n", encoding="utf-8"
    )
    before = (str(theirs),) if order == "theirs first" else ()
    environ = {} if order == "theirs first" else {"NARROWS_NEXT_WRAPPER": str(theirs)}
    with runtime(api, tmp_path, handler="wrapped.handler", wrapper=wrapper, environ=environ, before=before) as one:
        answer = one.invoke()
        assert json.loads(answer.body) == ["wrapped", True]
        assert len(one.lines()) == 1


def test_a_next_wrapper_that_is_not_there_is_passed_over(api: RuntimeApi, tmp_path: Path, wrapper: Path) -> None:
    (tmp_path / "app.py").write_text("def handler(event, context):\n    return 1\n", encoding="utf-8")
    environ = {"NARROWS_NEXT_WRAPPER": str(tmp_path / "nothing")}
    with runtime(api, tmp_path, wrapper=wrapper, environ=environ) as one:
        assert one.invoke().body == b"1"
        assert len(one.lines()) == 1


def test_a_freeze_of_any_length_is_idle_time_and_no_failure(api: RuntimeApi, tmp_path: Path, wrapper: Path) -> None:
    (tmp_path / "app.py").write_text(
        "import socket\nlistening = socket.create_server(('127.0.0.1', 0))\n"
        "held = socket.create_connection(listening.getsockname())\n"
        "def handler(event, context):\n    return 1\n",
        encoding="utf-8",
    )
    with runtime(api, tmp_path, wrapper=wrapper) as one:
        one.invoke()
        with one.frozen():
            threading.Event().wait(0.5)
        one.invoke()
        idle = [line["OldestIdle"] for line in one.lines()]
        assert idle[1] >= idle[0] + 0.5


def test_what_breaks_inside_is_left_out_and_the_function_goes_on(
    tmp_path: Path, api: RuntimeApi, wrapper: Path
) -> None:
    broken = tmp_path / "opt"
    subprocess.run(["cp", "-r", wrapper.parent, broken], check=True)
    (broken / "python" / "narrows_lambda" / "sensor" / "ledger.py").write_text("raise SystemError\n", encoding="utf-8")
    (tmp_path / "app.py").write_text("def handler(event, context):\n    return 1\n", encoding="utf-8")
    with runtime(api, tmp_path, wrapper=broken / "narrows") as one:
        assert [one.invoke().body for _ in range(2)] == [b"1", b"1"]
        assert one.log() == ""


@pytest.mark.parametrize("version", ["2.7.18", "3.6.15", "3.9.18"])
def test_an_older_python_runs_as_if_we_were_not_there(tmp_path: Path, wrapper: Path, version: str) -> None:
    python = Path.home() / ".pyenv" / "versions" / version / "bin" / "python"
    if not python.exists():
        pytest.skip(f"no Python {version} here")
    program = "import os, sys; print([sys.path, os.environ.get('PYTHONPATH'), len(sys.meta_path)])"
    environ = {"PATH": os.environ["PATH"], "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:1"}
    without, with_us = (
        subprocess.run([*before, python, "-c", program], env=environ, capture_output=True, check=True)
        for before in ((), (wrapper,))
    )
    assert (with_us.stdout, with_us.stderr) == (without.stdout, without.stderr)


def test_workers_of_a_managed_instance_have_a_line_each(api: RuntimeApi, tmp_path: Path, wrapper: Path) -> None:
    (tmp_path / "app.py").write_text(
        "import os, socket\nlistening = socket.create_server(('127.0.0.1', 0))\n"
        "held = socket.create_connection(listening.getsockname())\n"
        "def handler(event, context):\n    held.sendall(b'x')\n    return os.getpid()\n",
        encoding="utf-8",
    )
    with runtime(api, tmp_path, wrapper=wrapper, environ={"AWS_LAMBDA_MAX_CONCURRENCY": "2"}) as one:
        assert api.asked(one.process)
        processes = set()
        for _ in range(40):
            processes.add(int(one.invoke().body))
        assert len(processes) == 2
        lines = one.lines()
    assert {line["narrows"]["process"] for line in lines} == processes
    assert {line["ConnectionsHeld"] for line in lines} == {1}
    # The kernel counts for both workers: what one of them opened cannot be told from it, and is not said to be 0.
    assert all("ConnectionsOpened" not in line and "unattributed" not in line["narrows"] for line in lines)
    assert sum(one["opened"] for line in lines for one in line["narrows"]["destinations"]) == 2


def test_what_a_snapshot_held_is_stale_until_it_is_used(api: RuntimeApi, tmp_path: Path, wrapper: Path) -> None:
    (tmp_path / "app.py").write_text(
        "import socket\nlistening = socket.create_server(('127.0.0.1', 0))\n"
        "held = socket.create_connection(listening.getsockname())\n"
        "def handler(event, context):\n    event['use'] and held.sendall(b'x')\n    return 1\n",
        encoding="utf-8",
    )
    # The thaw guard would have ended it.
    environ = {"AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start", "AWS_LAMBDA_LOG_STREAM_NAME": "", "NARROWS_REUSE": "off"}
    with runtime(api, tmp_path, wrapper=wrapper, environ=environ) as one:
        for use in (False, False, True):
            one.invoke({"use": use})
        destinations = [line["narrows"]["destinations"][0] for line in one.lines()]
        assert [(to["opened"], to["held"], to["stale"], to["reused"]) for to in destinations] == [
            (0, 1, 1, 0),
            (0, 1, 1, 0),
            (0, 1, 0, 1),
        ]
        assert len({line["narrows"]["environment"] for line in one.lines()}) == 1
        assert one.lines()[0]["narrows"]["environment"]

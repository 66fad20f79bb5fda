"""Ctrl-C while connections are counted: one line, exit code 130, and nothing stays behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from narrows.scenario import load_scenario
from narrows.simulate import simulate_with_log
from narrows.writing.flow_logs import FlowLogOptions, write_simulated
from tests.unit.flowlogs.test_broken_files import TEXT

SCENARIO = Path(__file__).parents[3] / "examples" / "scenarios" / "eight-addresses.yaml"
_PATIENCE = 60.0
"""Seconds that the command may take to begin on a busy machine."""


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two million records: enough to be interrupted in the middle."""
    folder = tmp_path_factory.mktemp("logs")
    recording, log = simulate_with_log(load_scenario(SCENARIO))
    write_simulated(folder, recording, log, FlowLogOptions())
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("pause", [0.0, 0.3, 0.8])
def test_nothing_stays_behind(logs: Path, tmp_path: Path, pause: float) -> None:
    code, out, err = interrupted_after(pause, logs, tmp_path)
    while out:  # On a machine this quick the answer stood before the interrupt came.
        assert pause > 0
        pause = pause / 2 if pause > 0.01 else 0.0
        code, out, err = interrupted_after(pause, logs, tmp_path)
    assert (code, out, err) == (130, b"", b"narrows: interrupted\n")
    assert list(tmp_path.iterdir()) == []


def interrupted_after(pause: float, logs: Path, room: Path) -> tuple[int, bytes, bytes]:
    """What ``narrows flowlogs`` leaves when Ctrl-C comes ``pause`` seconds after it made its temporary folder."""
    with subprocess.Popen(
        [sys.executable, "-m", "narrows", "flowlogs", str(logs)],
        env={**os.environ, "TMPDIR": str(room)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as running:
        until = time.monotonic() + _PATIENCE
        while not list(room.glob("narrows-flowlogs-*")) and running.poll() is None:
            assert time.monotonic() < until
            time.sleep(0.01)
        time.sleep(pause)
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=_PATIENCE)
    return running.returncode, out, err


SITE = """
import enum, os, signal, sys

forget, left = enum.EnumType.__delattr__, [{number}]

def forget_and_interrupt(kind, name):
    left[0] -= "_duckdb" in sys.modules
    if left[0] == 0:
        left[0] = -1
        os.kill(os.getpid(), signal.SIGTERM)
    return forget(kind, name)

enum.EnumType.__delattr__ = forget_and_interrupt
"""


@pytest.mark.parametrize("number", [1, 9])
def test_one_that_comes_while_duckdb_is_imported_is_told_as_any_other(tmp_path: Path, number: int) -> None:
    """DuckDB makes enumerations in C++, and what Python raises there ends the process (SIGABRT)."""
    (tmp_path / "sitecustomize.py").write_text(SITE.format(number=number))
    (tmp_path / "a.log").write_text(TEXT)
    run = subprocess.run(
        [sys.executable, "-m", "narrows", "flowlogs", str(tmp_path / "a.log")],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (run.returncode, run.stdout, run.stderr) == (143, "", "narrows: terminated\n")

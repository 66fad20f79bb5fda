"""Ctrl-C and SIGTERM while real runtimes are there: the command ends as ever, and nothing is left."""

from __future__ import annotations

import importlib.util
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from narrows.lab.doctor import is_possible

pytestmark = [
    pytest.mark.lab,
    pytest.mark.slow,
    pytest.mark.skipif(importlib.util.find_spec("awslambdaric") is None, reason="not installed: awslambdaric"),
    pytest.mark.skipif(shutil.which("redis-server") is None, reason="redis-server is not installed"),
]

_RUNTIMES = 3
_STAGES = {
    "starting": "import time\ntime.sleep(9)\ndef handler(event, context): pass\n",
    "invoking": "import time\ndef handler(event, context):\n    print('began')\n    time.sleep(60)\n",
    "frozen": "def handler(event, context): pass\n",
}
_SCENARIO = f"""
name: ended
vpc: {{subnets: {{a: {{az: a, route: nat}}}}, nat_gateways: {{nat: {{addresses: 1}}}}}}
destinations: {{cache: {{port: 6379}}}}
functions: {{f: {{subnets: [a], security_groups: [sg], connections: [{{to: cache, per_environment: 1}}]}}}}
demand: {{f: {{environments: {{from: 0, to: {_RUNTIMES}, over: 1s}}}}}}
duration: 120s
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda one: one.name)
@pytest.mark.parametrize("stage", _STAGES)
def test_whenever_it_is_ended_nothing_is_left_and_the_part_is_a_case(
    stage: str, number: signal.Signals, tmp_path: Path
) -> None:
    why_not = is_possible()
    if why_not is not None:
        pytest.skip(f"no lab on this machine: {why_not}")
    scenario = tmp_path / "scenario.yaml"
    scenario.write_text(_SCENARIO)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        folder.chmod(0o755)
        (folder / "handler.py").write_text(_STAGES[stage])
        command = [sys.executable, "-m", "narrows", "lab", str(scenario), "--function", made, "--serve", "redis"]
        command += ["--every", "60s", "--timeout", "90s", "--out", str(tmp_path / "case")]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            _wait(lambda: _is_at(stage, _runtimes(process.pid)))
            others = _below(process.pid)
            process.send_signal(number)
            assert process.wait(timeout=60) == 128 + number
        assert len(others) > _RUNTIMES
        _wait(lambda: not any(_state(one) for one in others))
    assert (tmp_path / "case" / "case.yaml").exists()


def _is_at(stage: str, runtimes: list[int]) -> bool:
    if len(runtimes) < _RUNTIMES:
        return False
    states = {_state(one) for one in runtimes}
    return states == {"T"} if stage == "frozen" else "T" not in states


def _runtimes(top: int) -> list[int]:
    return [one for one in _below(top) if b"awslambdaric" in _read(one, "cmdline")]


def _below(top: int) -> list[int]:
    """The processes that descend from one."""
    children: dict[int, list[int]] = {}
    for number in (int(one.name) for one in Path("/proc").iterdir() if one.name.isdigit()):
        if read := _read(number, "stat"):
            children.setdefault(int(read.rpartition(b")")[2].split()[1]), []).append(number)
    found = [top]
    for one in found:
        found += children.get(one, [])
    return found[1:]


def _state(process: int) -> str:
    """Its letter, as ps has it; nothing where it has ended."""
    read = _read(process, "stat").rpartition(b")")[2].split()
    state = read[0].decode() if read else ""
    return "" if state in ("Z", "X") else state


def _read(process: int, file: str) -> bytes:
    try:
        return Path(f"/proc/{process}/{file}").read_bytes()
    except OSError:
        return b""


def _wait(until: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not until():
        assert time.monotonic() < end
        time.sleep(0.1)

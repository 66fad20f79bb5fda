"""What goes wrong: nothing is left behind, and what was recorded is kept."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from narrows.errors import InputError
from narrows.lab import LabError, Options
from narrows.lab.doctor import examine
from narrows.lab.drawing import Drawing, draw
from narrows.lab.fitting import check_fits
from narrows.lab.machine import Machine
from narrows.lab.memory import Control, SharedMemory
from narrows.lab.proof import prove_in_lab
from narrows.lab.run import run_lab
from narrows.plan import make_plan
from narrows.recording import Recording, summarize
from narrows.scenario import Scenario, load_scenario, parse_scenario
from tests.lab.conftest import EXAMPLES, PYTHON

Lab = Callable[[Scenario, Options], Recording]
Small = Callable[..., Scenario]
_PLENTY = Machine(descriptors=20_000, conntrack_max=262_144, memory=16_000_000_000, cores=2)


def _processes_with(mark: str) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                environ = (entry / "environ").read_bytes()
            except OSError:
                continue
            if f"LAB_TEST_MARK={mark}".encode() in environ:
                found.append(int(entry.name))
    return found


@pytest.mark.lab
@pytest.mark.parametrize("after", [0.4, 1.2, 2.0])
def test_nothing_is_left_after_kill_9(lab: Lab, after: float) -> None:
    mark = f"{os.getpid()}-{after}"
    scenario = EXAMPLES / "launch-load-test.yaml"
    command = [sys.executable, "-m", "narrows", "lab", str(scenario), "--scale", "0.01", "--speed", "20"]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, env={**os.environ, "LAB_TEST_MARK": mark}, stdout=quiet, stderr=quiet) as started:
        time.sleep(after)
        started.send_signal(signal.SIGKILL)
    until = time.monotonic() + 20.0
    while (left := _processes_with(mark)) and time.monotonic() < until:
        time.sleep(0.05)
    assert left == []


@pytest.mark.lab
def test_an_interrupted_run_keeps_what_was_recorded(lab: Lab, small: Small) -> None:
    def interrupt(_drawing: Drawing, memory: SharedMemory) -> None:
        if memory.control[Control.SAMPLED] >= 2 and not memory.control[Control.STOP]:
            raise KeyboardInterrupt

    recording = run_lab(small(duration="60s"), watch=interrupt)
    assert 2 < recording.seconds < 30
    assert summarize(recording)["established_peak"] == 200


@pytest.mark.slow
@pytest.mark.lab
def test_a_server_that_dies_is_a_finding(lab: Lab, small: Small) -> None:
    server = """
import socket, time
listener = socket.create_server(("0.0.0.0", 6379), backlog=1000)
time.sleep(1.5)
"""
    scenario = small(demand="environments: {from: 0, to: 30, over: 4s}", duration="5s")
    recording = lab(scenario, Options(serve=(PYTHON, "-c", server)))
    assert recording.extra["server_ended"] is True
    assert summarize(recording)["refused"] > 0


@pytest.mark.lab
def test_a_server_that_does_not_start_is_one_line(lab: Lab, small: Small) -> None:
    with pytest.raises(LabError, match="exit code 3"):
        lab(small(), Options(serve=(PYTHON, "-c", "raise SystemExit(3)")))


@pytest.mark.parametrize(
    ("destination", "said"),
    [
        ("port: 53, protocol: udp", "TCP only"),
        ("port: 443, addresses: ['2001:db8::1']", "IPv4 only"),
        ("port: 443, addresses: [100.64.3.4]", "100.64.0.0/10"),
    ],
)
def test_what_the_lab_cannot_play_is_said_before_the_start(small: Small, destination: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        draw(small(destination=destination), Options(), _PLENTY)


@pytest.mark.parametrize(
    ("machine", "said"),
    [
        (Machine(20_000, 262_144, 700_000_000, 2), r"GB are free.*--scale 0\.57$"),
        (Machine(20_000, 30_000, 16_000_000_000, 2), r"nf_conntrack_max is 30,000.*--scale 0\.54$"),
        (Machine(300, 262_144, 40_000_000_000, 2), r"300 open files.*--scale 0\.1"),
    ],
)
def test_too_small_a_machine_is_told_the_largest_scale(machine: Machine, said: str) -> None:
    scenario = load_scenario(EXAMPLES / "launch-load-test.yaml")
    with pytest.raises(LabError, match=said):
        check_fits(draw(scenario, Options(), machine), scenario, Options(), machine)


@pytest.mark.parametrize("scale", [0.5, 0.1, 0.01])
def test_a_scaled_scenario_asks_for_its_share(scale: float) -> None:
    scenario = load_scenario(EXAMPLES / "launch-load-test.yaml")
    assert draw(scenario, Options(scale=scale), _PLENTY).connections == 90_000 * scale


def test_the_doctor_names_a_missing_server(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("narrows.lab.doctor._namespaces", lambda: pytest.fail("not reached"))
    found = examine(None, Options(serve=("no-such-server",)))
    assert [one.id for one in found if not one.fits] == ["no-such-server"]


def test_one_nat_gateway_is_split_where_the_kernel_tracks_too_few() -> None:
    scenario = parse_scenario((EXAMPLES / "eight-addresses.yaml").read_text().replace("to: 9000", "to: 44000"), "large")
    plan = draw(scenario, Options(speed=100.0), _PLENTY).blueprint
    assert len(plan.shards) == 2
    assert sorted(one for shard in plan.shards for one in shard.addresses) == sorted(
        f"198.51.100.{number}" for number in range(1, 9)
    )


@pytest.mark.slow
@pytest.mark.lab
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_command_keeps_its_part_of_the_case_and_says_so(
    lab: Lab, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    case = tmp_path / "case"
    scenario = EXAMPLES / "launch-load-test.yaml"
    command = [sys.executable, "-m", "narrows", "lab", str(scenario), "--scale", "0.001", "--out", str(case), "--json"]
    mark = f"{os.getpid()}-{number}"
    with subprocess.Popen(
        command,
        env={**os.environ, "LAB_TEST_MARK": mark},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as started:
        until = time.monotonic() + 60.0
        while len(_processes_with(mark)) < 7 and time.monotonic() < until:
            time.sleep(0.05)
        time.sleep(1.5)
        started.send_signal(number)
        out, err = started.communicate(timeout=60.0)
    assert started.returncode == code
    assert json.loads(out)["interrupted"] is True
    part, ended = err.splitlines()
    assert re.fullmatch(r"narrows: this is a part: \d+ of 300 s were played", part)
    assert ended == {130: "narrows: interrupted", 143: "narrows: terminated"}[code]
    assert json.loads((case / "truth.json").read_text())["extra"]["interrupted"] is True
    assert _processes_with(mark) == []
    assert list(tmp_path.iterdir()) == [case]


@pytest.mark.lab
def test_a_part_of_a_run_proves_no_plan(lab: Lab, small: Small) -> None:
    def interrupt(_drawing: Drawing, memory: SharedMemory) -> None:
        if memory.control[Control.SAMPLED] >= 1 and not memory.control[Control.STOP]:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prove_in_lab(make_plan(small(duration="20s")), Options(), watch=interrupt)


@pytest.mark.lab
def test_a_lab_that_does_not_end_is_killed_and_its_part_kept(
    lab: Lab, small: Small, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr("narrows.lab.run._MUST_END", 1.0)
    capture = tmp_path / "c.pcapng"

    def interrupt(_drawing: Drawing, memory: SharedMemory) -> None:
        if memory.control[Control.SAMPLED] >= 1 and not memory.control[Control.STOP]:
            os.kill(_director(), signal.SIGSTOP)
            raise KeyboardInterrupt

    began = time.monotonic()
    recording = run_lab(small(duration="300s"), Options(capture=str(capture)), watch=interrupt)
    assert time.monotonic() - began < 60
    assert recording.extra["interrupted"] is True
    assert summarize(recording)["established_peak"] > 0
    assert capture.read_bytes()
    said = "the lab did not end 1 s after it was asked to, and was killed"
    assert capsys.readouterr().err == f"narrows: {said}\n"


def _director() -> int:
    """The lab's first process: the only child of the keeper, which is the only one of this thread."""
    keeper = int(Path("/proc/thread-self/children").read_text())
    return int(Path(f"/proc/{keeper}/task/{keeper}/children").read_text())


@pytest.mark.lab
def test_an_interrupt_at_any_moment_of_a_run_keeps_its_part(
    lab: Lab, small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also one that comes while it is asked whether the run is over."""
    asked = subprocess.Popen.poll
    memory: list[SharedMemory] = []

    def poll(process: subprocess.Popen[bytes]) -> int | None:
        if memory and memory[0].control[Control.SAMPLED] >= 1 and not memory[0].control[Control.STOP]:
            raise KeyboardInterrupt
        return asked(process)

    monkeypatch.setattr(subprocess.Popen, "poll", poll)
    recording = run_lab(small(duration="60s"), watch=lambda _drawing, shared: memory.append(shared))
    assert recording.extra["interrupted"] is True
    assert recording.seconds < 30


@pytest.mark.slow
@pytest.mark.lab
def test_a_noisy_server_does_not_keep_a_run_from_ending(lab: Lab, small: Small) -> None:
    """A pipe that is full would hold up the lab's first process too, when it says how the command ended."""
    noisy = (
        "import socket, sys\n"
        "listener, kept = socket.create_server(('', 6379), backlog=5), []\n"
        "while True:\n"
        "    kept.append(listener.accept())\n"
        "    sys.stderr.write('x' * 4095 + '\\n')\n"
        "    sys.stderr.flush()\n"
    )
    moments: list[float] = []

    def interrupt(drawing: Drawing, memory: SharedMemory) -> None:
        start, now = memory.control[Control.START] / 1e9, time.monotonic()
        if start and now > start + drawing.blueprint.seconds / 2 + 1.5 and not moments:
            moments.append(now)
            raise KeyboardInterrupt

    scenario = small(demand="environments: {from: 0, to: 20, over: 6s}", duration="6s")
    options = Options(serve=(PYTHON, "-c", noisy), serve_client=("sh", "-c", "exit 3"))
    recording = run_lab(scenario, options, watch=interrupt)
    assert time.monotonic() - moments[0] < 10
    assert recording.extra["interrupted"] is True
    assert 3 <= recording.seconds <= 6

"""What ``narrows lab`` makes of its arguments before anything is played."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from narrows.cli import lab as command
from narrows.cli import main
from narrows.gate import console
from narrows.lab import Options
from narrows.lab.show import show_result
from narrows.recording import Recording, RunSummary
from tests.lab.conftest import EXAMPLES

_SCENARIO = EXAMPLES / "launch-load-test.yaml"


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the command would have done, instead of that."""
    found: list[str] = []
    monkeypatch.setattr(command, "_play", lambda scenario, *_, **__: found.append(f"play {scenario.name}"))
    monkeypatch.setattr(command, "_doctor", lambda scenario, *_: found.append(f"examine {scenario}"))
    return found


def run(*arguments: str) -> int:
    """Run the command line; gives its exit code."""
    with pytest.raises(SystemExit) as left:
        main(("lab", *arguments))
    assert isinstance(left.value.code, int)
    return left.value.code


@pytest.mark.parametrize(
    ("named", "what"), [("doctor", "examine None"), ("./doctor", "play launch-load-test"), ("", None)]
)
def test_a_scenario_may_have_the_doctors_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, done: list[str], named: str, what: str | None
) -> None:
    shutil.copy(_SCENARIO, tmp_path / "doctor")
    monkeypatch.chdir(tmp_path)
    assert (run(named), done) == ((2, []) if what is None else (0, [what]))


@pytest.mark.parametrize("pcap", ["case/c.pcapng", "case", "other/../case/deep/c.pcapng", "link/c.pcapng"])
def test_a_capture_in_the_folder_of_the_case_is_refused_at_the_start(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    done: list[str],
    capsys: pytest.CaptureFixture[str],
    pcap: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("case", "other"):
        Path(name).mkdir()
    Path("link").symlink_to("case")
    assert run(str(_SCENARIO), "--out", "case", "--pcap", pcap) == 2
    assert capsys.readouterr().err == f"narrows: {pcap}: --pcap: lies in the folder of --out; name a file elsewhere\n"
    assert done == []


def test_a_capture_beside_the_folder_of_the_case_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, done: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(str(_SCENARIO), "--out", "case", "--pcap", "case.pcapng") == 0
    assert done == ["play launch-load-test"]


def test_a_command_to_paste_is_one_line_however_long(capsys: pytest.CaptureFixture[str]) -> None:
    out = Path("a folder with spaces/" * 12, "case")
    keys = ("attempted", "established_peak", "timed_out", "refused", "reset", "error_port_allocation")
    summary = cast(RunSummary, {**dict.fromkeys(keys, 0), "tables": []})
    none = SimpleNamespace(outcome=())
    played = SimpleNamespace(seconds=2, extra={"latest_connect_seconds": 0.0}, ended=lambda _: 0, outcomes=none)
    show_result(console(), cast(Recording, played), summary, Options(), out)
    shown = capsys.readouterr().out.splitlines()
    assert shown[-1] == f"case written to {out}; next: narrows diagnose {shlex.quote(str(out))}"

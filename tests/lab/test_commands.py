"""The commands of --serve and --run: what they say changes nothing, and what cannot be run is said in plain words."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from narrows.lab import LabError, Options, run_lab
from narrows.lab.doctor import examine
from narrows.lab.tail import Tail
from narrows.recording import Recording, summarize
from narrows.scenario import Scenario
from tests.lab.conftest import PYTHON

Lab = Callable[[Scenario, Options], Recording]
Small = Callable[..., Scenario]

_NOISY = """
import socket, sys
listener = socket.create_server(("", 443), backlog={backlog})
kept = []
while True:
    kept.append(listener.accept())
    print("x" * {bytes}, file=sys.stderr, flush=True)
"""


@pytest.mark.slow
@pytest.mark.lab
def test_what_a_server_says_does_not_change_what_is_measured(
    lab: Lab, small: Small, capfd: pytest.CaptureFixture[str]
) -> None:
    server = (PYTHON, "-c", _NOISY.format(bytes=4_000, backlog=5))
    recording = lab(small(destination="port: 443"), Options(serve=server))
    assert summarize(recording)["established_peak"] == 200
    said = capfd.readouterr().err
    # 200 callers, and the lab's own question whether it answers.
    assert said.startswith(f"({201 * 4_001 - 65_536:,} bytes before this are left out)\nxxx")


@pytest.mark.slow
@pytest.mark.lab
def test_a_command_that_says_much_comes_to_its_end(lab: Lab, small: Small, capfd: pytest.CaptureFixture[str]) -> None:
    command = ("sh", "-c", "head -c 300000 /dev/zero | tr '\\0' x; echo; echo the end")
    lab(small(duration="3s"), Options(serve_client=command))
    assert capfd.readouterr().err.endswith("x\nthe end\n")


@pytest.mark.lab
def test_what_a_server_says_does_not_hide_why_the_lab_failed(lab: Lab, small: Small) -> None:
    said = "import sys; sys.stderr.write('x' * 1000); sys.stderr.flush(); raise SystemExit(3)"
    with pytest.raises(LabError, match=r"^'.*' ended with exit code 3; 'narrows lab doctor'"):
        lab(small(), Options(serve=(PYTHON, "-c", said)))


def test_the_last_of_what_is_said_is_kept() -> None:
    read_end, write_end = os.pipe()
    tail = Tail(os.fdopen(read_end, "rb"), most=10)
    with os.fdopen(write_end, "wb") as stream:
        stream.write(b"0123456789" * 100_000 + b"the end\n")
    assert tail.text() == "(999,998 bytes before this are left out)\n89the end"


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that everybody can enter: root's lab is nobody."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def script(file: Path, text: str) -> Path:
    """A program that everybody can run."""
    file.write_text(text)
    file.chmod(0o755)
    return file


@pytest.mark.slow
@pytest.mark.lab
@pytest.mark.parametrize("named", ["./server.sh", "{folder}/below/../server.sh"])
def test_a_program_is_looked_for_where_the_user_stands(
    lab: Lab, small: Small, folder: Path, monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    (folder / "below").mkdir()
    # A queue for all of them: a machine that is busy accepts late, and a SYN that was dropped comes again too late.
    script(folder / "server.sh", f"#!/bin/sh\nexec {PYTHON} -c '{_NOISY.format(bytes=1, backlog=250)}'\n")
    monkeypatch.chdir(folder)
    options = Options(serve=(named.format(folder=folder),))
    recording = lab(small(duration="3s", destination="port: 443"), options)
    assert summarize(recording)["established_peak"] == 200


@pytest.mark.lab
def test_a_program_that_is_not_there_inside_is_not_one_that_may_not_be_run(
    lab: Lab, small: Small, folder: Path
) -> None:
    server = script(folder / "server", "#!/no/such/shell\n")
    with pytest.raises(LabError, match=r"exit code 127: it, or a program that it starts, is not there inside the lab"):
        lab(small(), Options(serve=(str(server),)))


@pytest.mark.parametrize("link", [False, True])
def test_what_the_labs_own_folder_hides_is_refused_before_the_start(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, link: bool
) -> None:
    monkeypatch.setattr("narrows.lab.doctor._namespaces", lambda: pytest.fail("not reached"))
    hidden, elsewhere = tmp_path / "hidden", tmp_path / "elsewhere"
    hidden.mkdir()
    script(hidden / "server", "#!/bin/sh\n")
    elsewhere.symlink_to(hidden / "server")
    monkeypatch.setattr("narrows.lab.namespaces._FOLDERS", (str(hidden),))
    options = Options(serve=(str(elsewhere if link else hidden / "server"),))
    with pytest.raises(LabError, match=rf"is not there inside the lab, whose own folder takes the place of {hidden}"):
        run_lab(small(), options)
    (found,) = (one for one in examine(None, options) if not one.fits)
    assert found.advice == ("copy it to another folder",)


@pytest.mark.parametrize("place", ["serve", "serve_client"])
def test_nothing_is_said_of_how_to_install_a_users_own_command(small: Small, place: str) -> None:
    with pytest.raises(LabError, match=r"^there is no 'nope' here$"):
        run_lab(small(), replace(Options(), **{place: ("nope",)}))  # type: ignore[arg-type]

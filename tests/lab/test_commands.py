"""The commands of --serve and --run: what they say changes nothing, and what cannot be run is said in plain words."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from narrows.lab import LabError, Options
from narrows.lab.tail import Tail
from narrows.recording import Recording, summarize
from narrows.scenario import Scenario
from tests.lab.conftest import PYTHON

Lab = Callable[[Scenario, Options], Recording]
Small = Callable[..., Scenario]

_NOISY = """
import socket, sys
listener = socket.create_server(("", 443), backlog=5)
kept = []
while True:
    kept.append(listener.accept())
    print("x" * {bytes}, file=sys.stderr, flush=True)
"""


@pytest.mark.lab
def test_what_a_server_says_does_not_change_what_is_measured(
    lab: Lab, small: Small, capfd: pytest.CaptureFixture[str]
) -> None:
    server = (PYTHON, "-c", _NOISY.format(bytes=4_000))
    recording = lab(small(destination="port: 443"), Options(serve=server))
    assert summarize(recording)["established_peak"] == 200
    said = capfd.readouterr().err
    # 200 callers, and the lab's own question whether it answers.
    assert said.startswith(f"({201 * 4_001 - 65_536:,} bytes before this are left out)\nxxx")


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

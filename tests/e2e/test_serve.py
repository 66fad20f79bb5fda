"""``narrows serve`` as a user runs it: a process of its own, ended by its own id."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.serve.scenarios import ACT_1

COMMAND = [sys.executable, "-c", "from narrows.cli import main; main()", "serve"]
ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)/\?token=([\w-]{40,})\n")
CASES = Path(__file__).parents[2] / "examples" / "cases"


@contextmanager
def serving(*arguments: str | Path) -> Iterator[tuple[subprocess.Popen[str], str, str]]:
    """The process, its address without the token, and the token."""
    process = subprocess.Popen(
        [*COMMAND, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        found = ADDRESS.fullmatch(process.stdout.readline())
        assert found is not None, process.communicate()
        yield process, f"http://127.0.0.1:{found[1]}", found[2]
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def refused(*arguments: str | Path) -> str:
    """What is said where nothing is served: one line, and exit code 2."""
    left = subprocess.run([*COMMAND, *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False)
    assert (left.returncode, left.stdout) == (2, "")
    assert left.stderr.count("\n") == 1
    return left.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "code", "word"), [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")]
)
def test_it_answers_until_it_is_ended_and_leaves_nothing(
    number: signal.Signals, code: int, word: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with serving(ACT_1) as (process, address, token):
        request = urllib.request.Request(
            f"{address}/move", b"{}", {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request) as answer:
            assert b"35,000 do not fit" in answer.read()
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(address)
        # Played while it is ended.
        playing = urllib.request.Request(f"{address}/report", b"{}", dict(request.header_items()))
        reader = subprocess.Popen(
            [sys.executable, "-c", _ASK, playing.full_url, token], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        os.kill(process.pid, number)
        said = process.communicate(timeout=10)[1]
        reader.wait(timeout=10)
    assert process.returncode == code
    assert said.splitlines()[-1] == f"narrows: {word}"
    assert "Traceback" not in said
    assert list(tmp_path.iterdir()) == []


_ASK = """
import sys, urllib.request
headers = {"Authorization": "Bearer " + sys.argv[2], "Content-Type": "application/json"}
urllib.request.urlopen(urllib.request.Request(sys.argv[1], b"{}", headers)).read()
"""


@pytest.mark.slow
def test_a_port_that_is_taken() -> None:
    with serving(ACT_1) as (_, address, _token):
        port = address.rpartition(":")[2]
        assert f"127.0.0.1:{port} cannot be served at: address already in use" in refused(ACT_1, "--port", port)


@pytest.mark.slow
def test_a_case_that_is_a_scenario_and_one_that_is_none() -> None:
    with serving(CASES / "eni-full-no-metric") as (_, address, token):
        request = urllib.request.Request(f"{address}/", headers={"Authorization": f"Bearer {token}"})
        with urllib.request.urlopen(request) as answer:
            assert b"eni-full-no-metric" in answer.read()
    assert "emfile-leak" in refused(CASES / "emfile-leak")


@pytest.mark.slow
@pytest.mark.parametrize("package", ["starlette", "uvicorn"])
def test_what_to_install_where_it_is_missing(package: str) -> None:
    without = f"import sys; sys.modules[{package!r}] = None; from narrows.cli import main; main()"
    left = subprocess.run(
        [sys.executable, "-c", without, "serve", str(ACT_1)], capture_output=True, text=True, timeout=60, check=False
    )
    assert left.returncode == 2
    assert left.stderr == f"narrows: what-if needs {package}: pip install 'narrows[serve]'\n"

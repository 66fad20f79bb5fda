"""The real Terraform in tests, where ``.venv/terraform`` is there: with a stand-in for the aws provider, no network.

``terraform(folder)`` gives the commands on a folder. One process runs them all, one after the other.
"""

from __future__ import annotations

import atexit
import json
import select
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

_PYTHON = Path(sys.prefix) / "terraform" / "bin" / "python"
_PLAN = ".narrows-plan"
_CHANGES_NOTHING = ("fmt", "get", "plan", "show", "validate")
"""But the files that it formats or writes, which come out the same again."""
_SECONDS = 120
"""That a command may take, on a machine that does much else."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command said."""

    code: int
    stdout: str
    stderr: str


class TerraformError(AssertionError):
    """A command that failed, with what it said."""


class EndedError(TerraformError):
    """The process that runs the commands ended in the middle of one."""


@dataclass(frozen=True, slots=True)
class Folder:
    """The commands of Terraform on a folder of configuration, whose state is in it."""

    path: Path

    def run(self, *arguments: str) -> Answer:
        """Any command.

        The library is Terraform in a thread of Python's, and its process ends once in thousands of commands. A command
        that changes nothing is then run again.
        """
        try:
            return the_runner().run(self.path, arguments)
        except EndedError:
            if arguments[0] not in _CHANGES_NOTHING:
                raise
            return the_runner().run(self.path, arguments)

    def done(self, *arguments: str) -> Answer:
        """A command that must not fail."""
        answer = self.run(*arguments)
        if answer.code != 0:
            raise TerraformError(f"terraform {' '.join(arguments)}: {answer.stderr or answer.stdout}")
        return answer

    def fmt_check(self) -> str:
        """The files that are not formatted, with what would be; empty where all are."""
        answer = self.run("fmt", "-check", "-diff", "-recursive", "-no-color")
        return f"{answer.stdout}{answer.stderr}".strip() if answer.code else ""

    def fmt(self) -> None:
        """Format the files."""
        self.done("fmt", "-recursive")

    def get(self) -> None:
        """Install the local modules."""
        self.done("get", "-no-color")

    def validate(self) -> list[str]:
        """What is wrong with the configuration, a line each."""
        answer = self.run("validate", "-json", "-no-color")
        try:
            found = json.loads(answer.stdout)["diagnostics"]
        except ValueError:
            raise TerraformError(answer.stderr or answer.stdout) from None
        lines = []
        for one in found:
            if one["severity"] == "error":
                place = one.get("range") or {}
                where = f"{place.get('filename')}:{place.get('start', {}).get('line')}"
                lines.append(f"{where}: {one['summary']}: {one.get('detail', '')}")
        return lines

    def plan_json(self, **variables: str) -> dict[str, Any]:
        """What ``terraform show -json`` says of a plan."""
        given = [f"-var={name}={value}" for name, value in variables.items()]
        self.done("plan", f"-out={_PLAN}", "-input=false", "-no-color", *given)
        found: dict[str, Any] = json.loads(self.done("show", "-json", "-no-color", _PLAN).stdout)
        (self.path / _PLAN).unlink()
        return found

    def plan_text(self) -> str:
        """What ``terraform plan`` prints."""
        return self.done("plan", "-input=false", "-no-color").stdout

    def apply(self) -> None:
        """Make it: the state of the stand-in is in the folder afterwards."""
        self.done("apply", "-auto-approve", "-input=false", "-no-color")

    def state_json(self) -> dict[str, Any]:
        """What ``terraform show -json`` says of the state."""
        found: dict[str, Any] = json.loads(self.done("show", "-json", "-no-color").stdout)
        return found


def terraform(folder: Path) -> Folder:
    """The commands on a folder; the test is skipped where there is no Terraform."""
    if not _PYTHON.exists():
        pytest.skip("no Terraform: .venv/terraform is not there (make setup installs it)")
    return Folder(folder)


class _Runner:
    def __init__(self) -> None:
        script = Path(__file__).with_name("stand_in") / "run.py"
        self.said = tempfile.TemporaryFile("w+")  # noqa: SIM115 (as long as the process lives)
        self.process = subprocess.Popen(
            [str(_PYTHON), str(script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.said,
            text=True,
        )
        atexit.register(self.end)

    def run(self, folder: Path, arguments: tuple[str, ...]) -> Answer:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        asked = {"folder": str(folder.resolve()), "arguments": list(arguments)}
        try:
            self.process.stdin.write(json.dumps(asked) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            self.end()
            raise EndedError("the process of terraform ended between two commands") from None
        if not select.select([self.process.stdout], [], [], _SECONDS)[0]:
            self.end()
            raise TerraformError(f"terraform {' '.join(arguments)} took more than {_SECONDS} seconds")
        line = self.process.stdout.readline()
        if not line:
            self.end()
            raise EndedError(f"terraform {' '.join(arguments)} ended where it was: {self._last_words()}")
        return Answer(**json.loads(line))

    def _last_words(self) -> str:
        self.said.seek(0)
        return self.said.read()[-2000:].strip()

    def end(self) -> None:
        assert self.process.stdin is not None
        the_runner.cache_clear()
        with suppress(BrokenPipeError):
            self.process.stdin.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@cache
def the_runner() -> _Runner:
    """The process that runs all commands, started with the first."""
    return _Runner()

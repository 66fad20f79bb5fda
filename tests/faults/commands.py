"""The commands that read or write, on small inputs, and how to tell what became of a run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import narrows

_SCENARIO = """
name: small
vpc:
  subnets: {{private-a: {{az: us-east-1a, route: nat-a}}}}
  nat_gateways: {{nat-a: {{addresses: 1}}}}
destinations: {{cache: {{addresses: 1, port: 443}}}}
functions:
  app:
    subnets: [private-a]
    security_groups: [sg-app]
    connections: [{{to: cache, per_environment: 2, hold: 20s}}]
demand: {{app: {{environments: {{from: 0, to: {environments}, over: 30s}}}}}}
duration: 61s
"""
_LONGEST = 120.0
"""Seconds; none takes ten, on a machine that does nothing else."""
_SAID = ("cannot be read", "could not be read", "cannot be used")
"""How an answer says that something of the evidence is missing in it."""


@dataclass(frozen=True)
class Command:
    """One command as a user runs it, in a folder that ``prepare`` made."""

    name: str
    arguments: tuple[str, ...]
    target: str | None = None
    """What it writes. Something of the same kind is there already, unless a test removes it."""
    success: str = "\0"
    """What stdout says when that is written."""
    inputs: tuple[str, ...] = ()
    """The files that it reads, and cannot do without."""


COMMANDS = {
    one.name: one
    for one in (
        Command(
            "simulate",
            ("simulate", "small.yaml", "--out", "out-case", "--flow-logs", "v5", "--flow-log-format", "text"),
            "out-case", "case written", ("small.yaml",),
        ),
        Command(
            "diagnose", ("diagnose", "case", "--json"),
            inputs=("case/case.yaml", "case/ec2/subnets.json", "case/cloudwatch/nat-gateways.results.json",
                    "case/callers/outcomes.parquet", "case/flow-logs/all.log"),
        ),
        Command(
            "flowlogs", ("flowlogs", "case/flow-logs", "--json", "--parquet", "out.parquet"), "out.parquet",
            inputs=("case/flow-logs/all.log",),
        ),
        Command(
            "plan", ("plan", "small.yaml", "--peak", "60000", "--out", "out.yaml"), "out.yaml", "written to",
            ("small.yaml",),
        ),
        Command(
            "report", ("report", "case", "--out", "out.html", "--no-proof"), "out.html", "out.html",
            ("case/case.yaml", "case/truth.json", "case/lambda/functions.json"),
        ),
    )
}  # fmt: skip

LAB = Command("lab", ("lab", "small.yaml", "--speed", "60", "--out", "out-case"), "out-case", "case written")
"""Needs what the lab needs, and has no two runs alike."""


@dataclass(frozen=True)
class Ran:
    """What a run left behind."""

    code: int
    out: str
    err: str
    files: dict[str, bytes]

    def target(self, command: Command) -> dict[str, bytes]:
        """The part of the files that is the command's target."""
        return {name: content for name, content in self.files.items() if _is_of(name, command.target)}

    def others(self, command: Command) -> dict[str, bytes]:
        """All other files."""
        return {name: content for name, content in self.files.items() if not _is_of(name, command.target)}


def prepare(folder: Path) -> Path:
    """A folder with the commands' inputs, and with an older one of each target."""
    folder.mkdir(parents=True)
    (folder / "small.yaml").write_text(_SCENARIO.format(environments=20), encoding="utf-8")
    (folder / "old.yaml").write_text(_SCENARIO.format(environments=10), encoding="utf-8")
    logs = ("--flow-logs", "v5", "--flow-log-format", "text")
    for arguments in (
        ("simulate", "small.yaml", "--out", "case", *logs),
        ("simulate", "old.yaml", "--out", "out-case", *logs),
        ("flowlogs", "out-case/flow-logs", "--parquet", "out.parquet"),
        ("plan", "old.yaml", "--peak", "50000", "--out", "out.yaml"),
        ("report", "out-case", "--out", "out.html", "--no-proof"),
    ):
        done = subprocess.run(
            command_line(arguments), cwd=folder, env=environment(folder), capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
    _unpack_flow_logs(folder / "case" / "flow-logs")
    (folder / "old.yaml").unlink()
    shutil.rmtree(folder / "tmp", ignore_errors=True)
    (folder / "tmp").mkdir()
    return folder


def _unpack_flow_logs(folder: Path) -> None:
    """One file with a short name, so that a test can name it."""
    import gzip

    text = b"".join(gzip.decompress(file.read_bytes()) for file in sorted(folder.rglob("*.log.gz")))
    shutil.rmtree(folder)
    folder.mkdir()
    (folder / "all.log").write_bytes(text)


def command_line(arguments: tuple[str, ...]) -> list[str]:
    """How a test starts a command."""
    return [sys.executable, "-m", "narrows", *arguments]


def environment(folder: Path) -> dict[str, str]:
    """In which every temporary file falls into the folder too, where it can be found."""
    source = str(Path(narrows.__file__).parents[1])
    (folder / "tmp").mkdir(exist_ok=True)
    return {**os.environ, "PYTHONPATH": source, "TMPDIR": str(folder / "tmp"), "COLUMNS": "120"}


def run(command: Command, folder: Path, before: tuple[str, ...] = (), **options: object) -> Ran:
    """Run a command in a folder.

    Args:
        before: what goes before it on the command line, such as ``strace``.
        options: for ``subprocess.run``.
    """
    done = subprocess.run(  # type: ignore[call-overload]
        [*before, *command_line(command.arguments)], cwd=folder, env=environment(folder), capture_output=True,
        timeout=_LONGEST,
        stdin=subprocess.DEVNULL, **options,
    )  # fmt: skip
    out, err = (one.decode(errors="replace") for one in (done.stdout, done.stderr))
    return Ran(done.returncode, without_times(out), err, snapshot(folder))


def without_times(out: str) -> str:
    """A simulation says how long it took."""
    return "\n".join(line for line in out.splitlines() if " events in " not in line)


_MADE = re.compile(rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ(?= by narrows)|\(sha256 [0-9a-f]+\)")
"""A report says when it was made, and is sealed with that in it."""


def snapshot(folder: Path) -> dict[str, bytes]:
    """Every file below a folder; an empty folder counts as one, since it may be left over."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file():
            content = path.read_bytes()
            found[name] = _MADE.sub(b"", content) if path.suffix == ".html" else content
        elif path.is_dir() and name != "tmp" and not any(path.iterdir()):
            found[f"{name}/"] = b""
    return found


def problems(command: Command, ran: Ran, before: dict[str, bytes], sound: Ran) -> list[str]:
    """What is wrong with a run that had a fault.

    Args:
        before: the files before it.
        sound: the same run without the fault.
    """
    return [*_of_its_words(command, ran, sound), *_of_its_files(command, ran, before, sound)]


def _of_its_words(command: Command, ran: Ran, sound: Ran) -> list[str]:
    found = []
    if "Traceback" in ran.err:
        found.append(f"a traceback: {ran.err.strip().splitlines()[-1][:200]}")
    if ran.code == 0:
        said = any(word in ran.out + ran.err for word in _SAID)
        if ran.out != sound.out and not said:
            found.append("exit 0, and another answer")
        return found
    if ran.code not in (1, 2):
        found.append(f"exit {ran.code}: {ran.err.strip()[-200:]}")
    lines = [line for line in ran.err.splitlines() if line.strip()]
    if not any(line.startswith("narrows: ") for line in lines):
        found.append(f"exit {ran.code} without a word: {ran.err.strip()[-200:]!r}")
    elif len(lines) > 1:
        found.append(f"{len(lines)} lines on stderr: {lines[0][:100]!r}")
    if command.success in ran.out:
        found.append(f"exit {ran.code}, and stdout says '{command.success}'")
    return found


def _of_its_files(command: Command, ran: Ran, before: dict[str, bytes], sound: Ran) -> list[str]:
    found = []
    if command.target is not None:
        target = ran.target(command)
        old = {name: content for name, content in before.items() if _is_of(name, command.target)}
        new = sound.target(command)
        if ran.code == 0 and target != new:
            found.append("exit 0, and the target is not the new one")
        elif target not in (old, new):
            found.append(f"the target is neither the old one nor the new one: {_difference(target, new)}")
    others = {name: content for name, content in before.items() if not _is_of(name, command.target)}
    if ran.others(command) != others:
        found.append(f"left behind or changed: {_difference(ran.others(command), others)}")
    return found


def _difference(one: dict[str, bytes], other: dict[str, bytes]) -> str:
    names = sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")


def _is_of(name: str, target: str | None) -> bool:
    return target is not None and (name == target or name.startswith(f"{target}/"))

"""A stranger's case, opened with every command from within its folder, with the kernel as the witness.

Nothing of it runs, no path that it names outside itself is opened, no request leaves the machine, and nothing is
written but what was asked for.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from narrows.lab.doctor import is_possible
from tests.e2e.strangers_case import StrangersCase, write_strangers_case
from tests.e2e.system_calls import Call, traced, why_not_traced

SCRIPT = Path(sys.executable).with_name("narrows")
LAUNCHERS = {
    "script": [str(SCRIPT)],
    # Without -P Python itself looks into the current folder first: no program can undo that (SECURITY.md).
    "module": [sys.executable, "-P", "-m", "narrows"],
}
PROGRAMS = {"ip", "nft", "narrows", Path(sys.executable).name, Path(os.path.realpath(sys.executable)).name}
"""What narrows runs: itself, and the lab's two system programs."""
NETWORKS = {None, "AF_UNIX", "AF_NETLINK", "AF_UNSPEC"}
"""Addresses that are on this machine whatever they say."""
OF_THE_LAB = ("/proc", "/mnt", "/media", "/srv")
"""Where the lab writes inside its own namespaces: sysctls, and a file system that it mounts for itself."""
OF_THE_PROCESS = re.compile(r"/dev/(null|shm(/.*)?)|/proc/(self|thread-self|\d+)/(uid_map|gid_map|setgroups)")


@dataclass(frozen=True)
class Command:
    """What a user types, standing in the case."""

    line: str
    writes: tuple[str, ...] = ()
    """What it is asked to write, in the folder that it stands in."""
    exits: tuple[int, ...] = (0,)
    reads_all: bool = False
    """It is asked to look at every file of the folder, whatever its name."""
    lab: bool = False
    until: str | None = None
    """It is interrupted when this file is there."""
    launcher: str = "script"

    @property
    def arguments(self) -> list[str]:
        return self.line.split()


COMMANDS = [
    Command("--help"),
    Command("limits"),
    Command("diagnose ."),
    Command("diagnose . --json", launcher="module"),
    Command("diagnose . --fail-on confirmed", exits=(0, 1)),
    Command("flowlogs flow-logs"),
    Command("flowlogs flow-logs --json --by eni"),
    Command("flowlogs flow-logs --csv --by nat", launcher="module"),
    Command("flowlogs flow-logs --sql"),
    Command("flowlogs flow-logs --case . --where-lost"),
    Command("flowlogs flow-logs --parquet minutes.parquet", writes=("minutes.parquet",)),
    Command("flowlogs .", reads_all=True),
    Command("fullest ."),
    Command("fullest . --json --top 3", launcher="module"),
    Command("simulate scenario.yaml --out out --flow-logs v5", writes=("out",)),
    Command("plan ."),
    Command("plan . --json --check", exits=(0, 1)),
    Command("plan scenario.yaml --prove --out wider.yaml", writes=("wider.yaml",), launcher="module"),
    Command("plan . --prove"),
    Command("plan scenario.yaml --prove lab", lab=True),
    Command("report .", writes=("report.html",)),
    Command("report . --lab --out page.html", writes=("page.html",), lab=True),
    Command("lab scenario.yaml --out out --pcap packets.pcapng", writes=("out", "packets.pcapng"), lab=True),
    Command("lab doctor scenario.yaml", exits=(0, 1), lab=True, launcher="module"),
    # What comes after its first act is what the commands above do.
    Command("demo", writes=("narrows-demo",), until="narrows-demo/act-1.html", exits=(130,)),
]
REFUSED = [Command(f"{name} outside-{number}.yaml", exits=(2,)) for name in ("simulate", "plan") for number in (0, 1)]


@pytest.fixture(scope="module", autouse=True)
def _traced_here() -> None:
    why_not = why_not_traced()
    if why_not is not None:
        pytest.skip(why_not)
    if not SCRIPT.exists():
        pytest.skip(f"narrows is not installed beside {sys.executable}")


@pytest.fixture
def strangers(tmp_path: Path) -> StrangersCase:
    """A case of one's own, as the names in it hold the place where it stands."""
    return write_strangers_case(tmp_path / "stranger")


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS + REFUSED, ids=lambda one: one.line)
def test_a_strangers_case_is_read_and_nothing_more(command: Command, strangers: StrangersCase, tmp_path: Path) -> None:
    if command.lab and (why_not := is_possible()) is not None:
        pytest.skip(f"no lab on this machine: {why_not}")

    assert_kept(command, strangers, tmp_path)


LINKS = [
    ("diagnose .", "ec2/subnets.json"),
    ("diagnose .", "callers/link.log"),
    ("diagnose .", "case.yaml"),
    ("diagnose .", "cloudwatch"),
    ("flowlogs flow-logs", "flow-logs/link.log"),
    ("flowlogs flow-logs", "flow-logs/linked"),
    ("flowlogs flow-logs --case .", "ec2/network-interfaces.json"),
    ("plan .", "flow-logs"),
    ("report .", "truth.json"),
]


@pytest.mark.parametrize(("line", "link"), LINKS)
def test_no_link_of_a_case_leads_outside(line: str, link: str, strangers: StrangersCase, tmp_path: Path) -> None:
    place = strangers.folder / link
    is_folder = place.is_dir() or place.name == "linked"
    if place.is_dir():
        shutil.rmtree(place)
    place.unlink(missing_ok=True)
    place.symlink_to(strangers.outside if is_folder else strangers.outside / "canary.txt")

    assert_kept(Command(line, writes=("report.html",), exits=(0, 2)), strangers, tmp_path)


def test_the_witness_sees_what_it_is_to_see(strangers: StrangersCase, tmp_path: Path) -> None:
    """Else the tests above would pass whatever a command does."""
    ill = f"""
import os, socket, subprocess, sys
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(("127.0.0.1", 9))
open("{strangers.outside}/canary.txt")
open("new", "w")
subprocess.run(["./ip"])
sys.path.insert(0, "")
import narrows
"""
    _, calls = traced([sys.executable, "-P", "-c", ill], strangers.folder, os.environ, tmp_path / "trace")

    seen = {line.partition(":")[0] for line in _broken(calls, Command(""), strangers, [])}
    assert seen >= {
        "a program of the case was run",
        "a request left the machine",
        "a path outside the case, which only the case names, was touched",
        "a file of the case that is no evidence was opened",
        "something was written that nobody asked for",
    }
    assert strangers.witness.exists()


def assert_kept(command: Command, strangers: StrangersCase, tmp_path: Path) -> None:
    """Run it under strace, from within the case."""
    before = set(strangers.folder.rglob("*"))
    own = tmp_path / "tmpdir"
    own.mkdir()
    environment = {**os.environ, "TMPDIR": str(own), "PYTHONDONTWRITEBYTECODE": "1"}
    line = [*LAUNCHERS[command.launcher], *command.arguments]
    until = None if command.until is None else strangers.folder / command.until
    done, calls = traced(line, strangers.folder, environment, tmp_path / "trace", until)

    written = [strangers.folder / name for name in command.writes]
    broken = list(dict.fromkeys(_broken(calls, command, strangers, [*written, own])))
    assert not broken, f"{len(broken)} lines of the trace break a promise:\n" + "\n".join(broken[:20])
    assert not strangers.witness.exists(), f"code of the case ran: {strangers.witness.read_text()}"
    assert {one.name for one in strangers.outside.iterdir()} == {"canary.txt"}
    new = {one for one in set(strangers.folder.rglob("*")) - before if not any(map(one.is_relative_to, written))}
    assert not new, "made in the case, and not asked for"
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode in command.exits, done.stderr


def _broken(calls: list[Call], command: Command, strangers: StrangersCase, written: list[Path]) -> Iterator[str]:
    """A line for each call that breaks a promise: which, and the call as strace shows it."""
    named = [strangers.outside, Path.home() / ".ssh"]
    for call in calls:
        touched = {*call.paths, *([call.opened] if call.opened else [])}
        if call.name.startswith("exec"):
            if any(path.is_relative_to(strangers.folder) for path in touched):
                yield f"a program of the case was run: {call.line}"
            elif not call.failed and not {path.name for path in touched} <= PROGRAMS:
                yield f"a program was run that narrows does not need: {call.line}"
        elif call.family not in NETWORKS and not call.in_own_network:
            yield f"a request left the machine: {call.line}"
        if any(path.is_relative_to(place) for path in touched for place in named):
            yield f"a path outside the case, which only the case names, was touched: {call.line}"
        if touched & strangers.bait and not command.reads_all:
            yield f"a file of the case that is no evidence was opened: {call.line}"
        if call.writes and not call.failed and not _may_be_written(call, written):
            yield f"something was written that nobody asked for: {call.line}"


def _may_be_written(call: Call, asked_for: list[Path]) -> bool:
    """Whether all that it writes was asked for, is temporary, a cache, or inside the lab's own namespaces."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "narrows"
    places = [*asked_for, cache, *(map(Path, OF_THE_LAB) if call.in_own_network else ())]
    # A link leads where the witness for opened files sees it; what is made is its own name.
    paths = call.paths[-1:] if call.name.startswith("symlink") else call.paths
    return all(
        any(path.is_relative_to(place) for place in places)
        or OF_THE_PROCESS.fullmatch(str(path)) is not None
        or "__pycache__" in path.parts
        or any(_is_on_the_way(path, target) for target in asked_for)
        for path in paths
    )


def _is_on_the_way(path: Path, target: Path) -> bool:
    """Whether a path is the target's hidden neighbour, or in it: what is written whole is renamed when it is whole."""
    if not path.is_relative_to(target.parent):
        return False
    first = path.relative_to(target.parent).parts[:1]
    return bool(first) and first[0].startswith((f".{target.name}.", ".narrows-"))

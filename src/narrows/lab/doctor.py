"""``narrows lab doctor``: does this machine let the lab run, at which scale, and what to do if it does not."""

from __future__ import annotations

import platform
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from narrows.lab.drawing import Drawing, draw
from narrows.lab.machine import Machine, look_around
from narrows.lab.options import Options
from narrows.lab.programs import PROGRAMS, find, what_is_wrong
from narrows.units import format_duration

if TYPE_CHECKING:
    from narrows.scenario import Scenario

_BYTES_PER_CONNECTION = 9_400
"""Both ends, the tables, the tracked connection, and the lab's own record; measured (bench/lab.py)."""
_BYTES_PER_WORKER = 20_000_000
_BYTES_AT_LEAST = 150_000_000
_INSTALL = (
    "Debian, Ubuntu: sudo apt install nftables iproute2",
    "Fedora, Amazon Linux: sudo dnf install nftables iproute",
)
_VM = (
    "macOS, Windows: run it in a Linux virtual machine (Lima: limactl start; limactl shell default; WSL 2: as it is)",
    "without one: narrows simulate plays the same scenario",
)
_USER_NAMESPACES = (
    "Debian: sudo sysctl kernel.unprivileged_userns_clone=1",
    "Ubuntu 23.10 and newer: sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0",
    "Fedora, Amazon Linux: sudo sysctl user.max_user_namespaces=15000",
    "in a container: start it with --privileged (or seccomp, apparmor and systempaths unconfined)",
    "without them: sudo narrows lab, or narrows simulate",
)
_MODULES = (
    "Debian, Ubuntu: sudo modprobe -a nf_tables nf_conntrack nft_ct nft_nat nft_chain_nat veth",
    "Fedora: sudo dnf install kernel-modules; then the same modprobe",
    "Amazon Linux: sudo modprobe, as above; a minimal kernel may need kernel-modules-extra",
)


@dataclass(frozen=True)
class Finding:
    """One check."""

    id: str
    fits: bool
    what: str
    advice: tuple[str, ...] = ()
    """What to do, a line for each kind of machine."""

    def __post_init__(self) -> None:
        """Nothing is to be done where nothing is missing."""
        if self.fits and self.advice:
            object.__setattr__(self, "advice", ())

    def printed(self) -> dict[str, object]:
        """As JSON."""
        return {"id": self.id, "ok": self.fits, "what": self.what, "advice": list(self.advice)}


def examine(scenario: Scenario | None, options: Options | None = None) -> list[Finding]:
    """Check what the lab needs, and, with a scenario, what that needs. Sends no packet of the scenario.

    Raises:
        InputError: the scenario has something that the lab cannot play on any machine.
    """
    options = options or Options()
    if sys.platform != "linux":
        return [Finding("linux", False, f"the lab needs Linux, and this is {platform.system()}", _VM)]
    findings = [*_programs(options), _kernel()]
    if all(one.fits for one in findings):
        findings.append(_namespaces())
    machine = look_around()
    findings += [
        Finding("descriptors", machine.descriptors >= 256, f"{machine.descriptors:,} open files for each process")
    ]
    if scenario is not None:
        findings += _fit(draw(scenario, options, machine), scenario, options, machine)
    return findings


def _programs(options: Options) -> Iterator[Finding]:
    for program in PROGRAMS:
        found = find(program)
        yield Finding(program, found is not None, found or f"there is no '{program}' here", _INSTALL)
    for program in (command[0] for command in (options.serve, options.serve_client) if command):
        wrong = what_is_wrong(program)
        if find(program) is None:
            advice = f"install {program}, or name it with its whole path"
        else:
            advice = "copy it to another folder"
        yield Finding(program, wrong is None, wrong or find(program) or program, (advice,))


def _kernel() -> Finding:
    release = platform.release()
    version = re.match(r"(\d+)\.(\d+)", release)
    fits = version is not None and (int(version[1]), int(version[2])) >= (5, 10)
    advice = ("the lab needs Linux 5.10 or newer: update, or run it in a virtual machine",)
    return Finding("kernel", fits, f"Linux {release}", advice)


def _namespaces() -> Finding:
    """Build the smallest lab there is, for real: what it cannot do stands in its own words."""
    from narrows.lab.namespaces import LabError
    from narrows.lab.run import SEE_DOCTOR, run_lab
    from narrows.scenario import parse_scenario

    smallest = """
name: doctor
vpc:
  subnets: {a: {az: a, route: nat}}
  nat_gateways: {nat: {addresses: 1}}
destinations: {cache: {port: 443}}
functions: {f: {subnets: [a], security_groups: [sg], connections: [{to: cache}]}}
demand: {f: {environments: 1}}
duration: 1s
"""
    try:
        recording = run_lab(parse_scenario(smallest, "doctor"))
    except LabError as error:
        said = str(error).removesuffix(SEE_DOCTOR)
        users = any(word in said for word in ("user namespace", "uid_map", "mount", "Operation not permitted"))
        return Finding("namespaces", False, said, _USER_NAMESPACES if users else _MODULES)
    if recording.extra.get("interrupted"):
        raise KeyboardInterrupt
    opened = int(sum(one.open.max() for one in recording.functions.values()))
    if opened != 1:
        return Finding("namespaces", False, "packets do not get through the lab's own network", _MODULES)
    return Finding("namespaces", True, "user and network namespaces, veth, nftables sets and source NAT")


def _fit(drawing: Drawing, scenario: Scenario, options: Options, machine: Machine) -> list[Finding]:
    """What the scenario needs of the machine; where that is too much, the largest scale that would run."""
    found = [_room(drawing, machine), _tracked(drawing, machine), _processes(drawing, machine)]
    if not all(one.fits for one in found):
        scale = _largest_scale(scenario, options, machine)
        instead = f"or run it with --scale {scale:g}" if scale else "or simulate it: narrows simulate"
        found = [one if one.fits else replace(one, advice=(*one.advice, instead)) for one in found]
    return [*found, Finding("duration", True, f"it takes {format_duration(drawing.blueprint.seconds)}")]


def _room(drawing: Drawing, machine: Machine) -> Finding:
    need = _memory(drawing)
    what = f"about {need / 1e9:.1f} GB for {drawing.connections:,} connections; {machine.memory / 1e9:.1f} GB are free"
    return Finding("memory", need <= machine.memory, what)


def _memory(drawing: Drawing) -> int:
    plan = drawing.blueprint
    return _BYTES_AT_LEAST + plan.workers * _BYTES_PER_WORKER + drawing.connections * _BYTES_PER_CONNECTION


def _tracked(drawing: Drawing, machine: Machine) -> Finding:
    """Each namespace of a NAT gateway tracks its tables' connections; one address is never split."""
    plan = drawing.blueprint
    most = max((_tracked_by(shard, drawing) for shard in plan.shards), default=0)
    return Finding(
        "conntrack",
        most <= machine.conntrack_max,
        f"nf_conntrack_max is {machine.conntrack_max:,} for each namespace; the fullest tracks at most {most:,}",
        ("it cannot be raised inside; everywhere: sudo sysctl net.netfilter.nf_conntrack_max=1048576",),
    )


def _tracked_by(shard: object, drawing: Drawing) -> int:
    from narrows.lab.blueprint import Shard

    assert isinstance(shard, Shard)
    tables = sum(len(group) for group in shard.tables)
    own = [one for one in drawing.blueprint.shards if one.gateway == shard.gateway]
    return min(tables * drawing.blueprint.rules.nat_capacity, drawing.connections // len(own) + 1)


def _processes(drawing: Drawing, machine: Machine) -> Finding:
    plan = drawing.blueprint
    fits = plan.workers <= 64 * machine.cores
    return Finding(
        "workers",
        fits,
        f"{plan.workers} processes share the load at {machine.descriptors:,} open files each",
        ("everywhere: raise 'nofile' in /etc/security/limits.conf and log in again (ulimit -Hn)",),
    )


def _largest_scale(scenario: Scenario, options: Options, machine: Machine) -> float | None:
    """The largest scale at which everything fits, to two digits."""

    def fits(scale: float) -> bool:
        smaller = draw(scenario, replace(options, scale=scale), machine)
        checks = (_room(smaller, machine), _tracked(smaller, machine), _processes(smaller, machine))
        return all(one.fits for one in checks)

    decade = next((one for one in (0.1, 0.01, 0.001) if one < options.scale and fits(one)), None)
    if decade is None:
        return None
    # So many hundredths of ten times that fit, and one more may not.
    most, too_many = 10, 101
    while too_many - most > 1:
        middle = (most + too_many) // 2
        if middle * decade / 10 < options.scale and fits(middle * decade / 10):
            most = middle
        else:
            too_many = middle
    return round(most * decade / 10, 5)


def check_fits(drawing: Drawing, scenario: Scenario, options: Options, machine: Machine) -> None:
    """Say before the start what would not fit.

    Args:
        scenario: as it was written, not scaled.

    Raises:
        LabError: with the largest scale that would run.
    """
    from narrows.lab.namespaces import LabError

    for finding in _fit(drawing, scenario, options, machine):
        if not finding.fits:
            raise LabError(f"{finding.what}; {'; '.join(finding.advice)}")


def is_possible() -> str | None:
    """None where the lab runs on this machine, else why not."""
    missing = next((one for one in examine(None) if not one.fits), None)
    return None if missing is None else missing.what

"""``narrows lab doctor``: does this machine let the lab run, at which scale, and what to do if it does not."""

from __future__ import annotations

import platform
import re
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from narrows.errors import one_line
from narrows.lab.drawing import draw
from narrows.lab.fitting import Finding, fit
from narrows.lab.machine import look_around
from narrows.lab.namespaces import LabError
from narrows.lab.options import Options
from narrows.lab.programs import PROGRAMS, find, what_is_wrong
from narrows.lab.servers.named import with_named_server

if TYPE_CHECKING:
    from narrows.scenario import Scenario

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


def examine(scenario: Scenario | None, options: Options | None = None) -> list[Finding]:
    """Check what the lab needs, and, with a scenario, what that needs. Sends no packet of the scenario.

    Raises:
        InputError: the scenario has something that the lab cannot play on any machine.
    """
    options = options or Options()
    if scenario is not None:
        options = with_named_server(options, scenario)
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
        findings += fit(draw(scenario, options, machine), scenario, options, machine)
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
    from narrows.lab.run import run_lab
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
        said = one_line(error.problem)
        users = any(word in said for word in ("user namespace", "uid_map", "mount", "Operation not permitted"))
        return Finding("namespaces", False, said, _USER_NAMESPACES if users else _MODULES)
    if recording.extra.get("interrupted"):
        raise KeyboardInterrupt
    opened = int(sum(one.open.max() for one in recording.functions.values()))
    if opened != 1:
        return Finding("namespaces", False, "packets do not get through the lab's own network", _MODULES)
    return Finding("namespaces", True, "user and network namespaces, veth, nftables sets and source NAT")


def is_possible() -> str | None:
    """None where the lab runs on this machine, else why not."""
    missing = next((one for one in examine(None) if not one.fits), None)
    return None if missing is None else missing.what

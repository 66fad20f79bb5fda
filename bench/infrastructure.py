"""The tables of truth of plans as patches: files that come back, patches, commands; takes ten minutes on two cores.

Each row plays many random networks, on all cores. Exits with 1 where a row is not true. ``INFRASTRUCTURE=N`` plays an
N-th part of each. Ctrl-C leaves nothing behind.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench._truth_tables import markdown
from tests.agreement import test_patched as agreement
from tests.aws import test_commands as commands
from tests.terraform import checking
from tests.unit.declared import test_round_trip as round_trip
from tests.unit.patch.cloudformation import test_random_plans as templates


@dataclass(frozen=True)
class Row:
    """One claim, tried on random networks."""

    claim: str
    seeds: int
    check: Callable[[int, Path], bool]
    """Whether there was anything to try; raises where the claim is false."""


def _comes_back(form: str, seed: int, folder: Path) -> bool:
    round_trip.file_comes_back(form, seed, folder)
    return True


def _terraform(seed: int, folder: Path) -> bool:
    return bool(checking.check(seed, folder))


def _template(seed: int, folder: Path) -> bool:
    folder.mkdir()
    return bool(list(templates.patched(seed, folder)))


def _agrees(kind: str, seed: int, folder: Path) -> bool:
    return agreement.check(kind, seed, folder)


def _commands(seed: int, folder: Path) -> bool:
    folder.mkdir()
    return commands.check(seed, folder)


ROWS = (
    *(
        Row(f"scenario -> {name} -> import: the same network", 300, partial(_comes_back, form))
        for form, name in {
            "template": "CloudFormation",
            "hcl": "Terraform",
            "json": "Terraform's JSON",
            "plan": "a plan of Terraform's",
        }.items()
    ),
    Row("patched Terraform: fmt, validate and plan say what the plan says, nothing deleted", 140, _terraform),
    Row("patched templates: no error more of cfn-lint, nothing create-only changes", 110, _template),
    *(
        Row(f"patched {kind}, imported: the network and the tables of the plan", 100, partial(_agrees, kind))
        for kind in agreement.PATCHED
    ),
    Row("commands make the plan's network, undo takes it back", 30, _commands),
)


def main() -> None:
    """Print the table; exits with 1 where a row is not true."""
    part = int(os.environ.get("INFRASTRUCTURE", "1"))
    rows, failed = [], []
    with (
        tempfile.TemporaryDirectory(prefix="narrows-infrastructure-") as scratch,
        multiprocessing.get_context("spawn").Pool(maxtasksperchild=50) as pool,
    ):
        for place, row in enumerate(ROWS):
            began = time.monotonic()
            seeds = range(max(1, row.seeds // part))
            folders = [Path(scratch) / f"{place}-{seed}" for seed in seeds]
            found = pool.starmap(_tried, [(row.check, *one) for one in zip(seeds, folders, strict=True)], chunksize=1)
            true, wrong = found.count(""), [one for one in found if one and one != _NOTHING]
            failed += [f"{row.claim}: {one}" for one in wrong]
            rows.append([row.claim, len(seeds), found.count(_NOTHING), f"{true:,} of {true + len(wrong):,}"])
            sys.stderr.write(f"infrastructure: {row.claim}: {rows[-1][-1]} ({time.monotonic() - began:.0f} s)\n")
    print(markdown(["claim", "networks", "nothing to change", "true"], rows))
    for line in failed:
        print(line)
    if failed:
        raise SystemExit(1)


_NOTHING = "nothing"


def _tried(check: Callable[[int, Path], bool], seed: int, folder: Path) -> str:
    """Empty where it is true, what is wrong where it is not."""
    try:
        return "" if check(seed, folder) else _NOTHING
    except Exception as error:
        lines = str(error).splitlines()
        return f"network {seed}: {type(error).__name__} {lines[0] if lines else ''}"

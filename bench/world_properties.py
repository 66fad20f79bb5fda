"""Incidents altered: what changes a diagnosis, and must not (time, noise, a file less, other names, neighbours)?"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from functools import partial

from oracles.incidents.world.expert import incidents
from oracles.incidents.world.properties import PROPERTIES, keeps_its_name_under_noise

SEEDS = 20
"""Of noise; the test suite takes three."""


def run(words: Sequence[str]) -> None:
    """Run with the words of a command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.world_properties", description=__doc__)
    parser.add_argument("--property", choices=PROPERTIES, action="append", help="only this one; may be repeated")
    parser.add_argument("--incident", help="only the incident of this name")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="of noise")
    asked = parser.parse_args(words)
    # The other half measures; what is found here is for mending rules, which only the seen half is for.
    # Alterations know the shapes of the builder, which other writers did not always use.
    own = (one for one in incidents("seen") if "." not in one.family)
    chosen = [one for one in own if asked.incident in (None, one.name)]
    if not chosen:
        raise SystemExit(f"bench: no incident {asked.incident}")
    checks = PROPERTIES | {"noise": partial(keeps_its_name_under_noise, seeds=range(asked.seeds))}
    for name in asked.property or PROPERTIES:
        found = [violation for one in chosen for violation in checks[name](one)]
        of = len({one.incident for one in found})
        print(f"{name}: {len(found)} violations, of {of} of {len(chosen)} incidents", flush=True)
        for violation in found:
            print(f"  {violation.incident} ({violation.how}): {violation.before} -> {violation.after}")
    sys.stdout.flush()


def main() -> None:
    run([])


if __name__ == "__main__":
    run(sys.argv[1:])

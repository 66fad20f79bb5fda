"""Incidents from public reports: what does the diagnosis say, beside an expert who has exactly that evidence?"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from narrows.case import read_case
from narrows.diagnose import diagnose
from narrows.diagnose.show import show
from narrows.gate import console
from oracles.incidents.world.expert import HALVES, Incident, incidents
from oracles.incidents.world.judge import failures, judge, matrix, summary
from oracles.incidents.world.reach import reaches


def _named(name: str) -> Incident:
    for one in incidents():
        if name in (one.name, f"{one.family}.{one.name}"):
            return one
    raise SystemExit(f"bench: no incident {name}")


def _show(one: Incident) -> None:
    with tempfile.TemporaryDirectory(prefix="narrows-world-") as folder:
        case = read_case(one.case().write(Path(folder) / "case"))
        show(case, diagnose(case), console())
    expert = one.expert
    print(
        f"\n{one.source}\nexpert: {', '.join(expert.names) or expert.headline.value}; true: {', '.join(expert.true)}"
        f"{'; says ' + ', '.join(expert.says) if expert.says else ''}: {expert.because}"
    )
    for way in reaches(one.case()):
        part = "not known" if way.part is None else f"{way.part:.0%} get through"
        print(f"  {way.function} from {way.subnet} to {way.destination}: {part} ({way.why})")


def _judge(half: str, reveal: bool) -> None:
    judged = [judge(one) for one in incidents(half)]
    print(f"\n{half}: {summary(judged)}\n{matrix(judged)}")
    if judged and (reveal or half == "seen"):
        print(failures(judged))


def run(words: Sequence[str]) -> None:
    """Run with the words of a command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.world", description=__doc__)
    parser.add_argument("--half", choices=(*HALVES, "both"), default="both")
    parser.add_argument("--reveal", action="store_true", help="list the failures of the unseen half, too")
    parser.add_argument("--show", metavar="NAME", help="print the whole diagnosis of an incident")
    parser.add_argument("--save", nargs=2, metavar=("FOLDER", "NAME"), help="write an incident's case to a folder")
    asked = parser.parse_args(words)
    if asked.show:
        _show(_named(asked.show))
    elif asked.save:
        folder, name = asked.save
        print(_named(name).case().write(Path(folder)))
    else:
        for half in HALVES if asked.half == "both" else (asked.half,):
            _judge(half, asked.reveal)
    sys.stdout.flush()


def main() -> None:
    run([])


if __name__ == "__main__":
    run(sys.argv[1:])

"""Plans from cases against the truth: 300 random networks of several functions, destinations and NAT gateways.

Of each case evidence is taken away at random. Is the true demand in every interval, does the plan hold the true peak,
what does it cost more than the plan of somebody who knows the scenario, and does it ever contradict the diagnosis?
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from narrows.case import read_case
from narrows.diagnose import Diagnosis, diagnose
from narrows.diagnose.causes import cause_of_full
from narrows.errors import InputError
from narrows.plan import Plan, make_plan
from narrows.tables import Table
from oracles.networks import Staged, stage
from oracles.networks.asking import OF_AWS, asked_of, without_limits

NETWORKS = 300
FIRST_SEED = 5_000
"""Rules are worked out on other seeds (below this one)."""
_SURE = ("confirmed", "likely")
_SPARE = 0.02
"""Of a demand: environments are whole numbers, and a curve's peak is one for a moment only."""


@dataclass(frozen=True)
class Judged:
    """One network, and what the plan from its case is worth."""

    seed: int
    answer: str
    """``holds``, ``does-not-hold``, ``not-known``, ``refused``, or ``broken``: an error that is no answer."""
    why: str = ""
    uses: int = 0
    """Pairs of function and destination that want connections."""
    outside: tuple[str, ...] = ()
    """Those whose true demand is in no interval of the plan."""
    leaves_out: bool = False
    """The plan says that something is not in it, for want of evidence."""
    planned: bool = False
    """Today's network holds, or changes are found: it says of some network that it holds."""
    overfull: tuple[str, ...] = ()
    """Tables of that network that the true peak does not fit into."""
    tight: tuple[str, ...] = ()
    """Tables that do not keep the headroom that was asked for, at the true peak."""
    cents: int = 0
    true_cents: int | None = None
    """Of the plan that knows the scenario; None where it finds none."""
    contradicts: tuple[str, ...] = ()
    """Causes of a full table that the diagnosis is sure of, while the plan holds."""


def judge(seed: int) -> Judged:
    """Play the network of a seed, and plan from its case."""
    with tempfile.TemporaryDirectory(prefix="narrows-bench-") as folder:
        staged = stage(seed, Path(folder) / "case")
        case = read_case(staged.folder)
        try:
            plan = make_plan(case)
        except InputError as error:
            return Judged(seed, "refused", error.problem)
        except Exception as error:
            return Judged(seed, "broken", f"{type(error).__name__}: {error}")
        return _judged(staged, plan, diagnose(case))


def _judged(staged: Staged, plan: Plan, diagnosis: Diagnosis) -> Judged:
    wanted = staged.truth.wanted
    shown = {
        (load.client, load.destination): plan.wanted.get((load.client, load.destination), (load.open, load.open))
        for load in plan.peak.largest().values()
    }
    outside = tuple(
        f"{use[0]} to {use[1]}: {many:,} not in {_interval(shown.get(use))}"
        for use, many in wanted.items()
        if not _holds(shown.get(use), many)
    )
    planned = plan.fits or plan.best is not None
    tables = asked_of(plan.network, staged) if planned else ()
    true_plan = make_plan(without_limits(staged.scenario))
    knows = true_plan.fits or true_plan.best is not None
    return Judged(
        staged.seed,
        plan.verdict.value,
        uses=sum(many > 0 for many in wanted.values()),
        outside=outside,
        leaves_out=bool(plan.unknown),
        planned=planned,
        overfull=tuple(_filled(one) for one in tables if not one.fits(0.0)),
        tight=tuple(_filled(one) for one in tables if not one.fits(plan.headroom_wanted)),
        cents=0 if plan.best is None else plan.best.monthly_cents,
        true_cents=(0 if true_plan.best is None else true_plan.best.monthly_cents) if knows else None,
        contradicts=_contradicts(plan, diagnosis),
    )


def _filled(table: Table) -> str:
    where = f" to {table.id.destination}" if table.id.destination else ""
    return f"{table.id.name}{where}: {table.peak:,} of {table.capacity:,}"


def _contradicts(plan: Plan, diagnosis: Diagnosis) -> tuple[str, ...]:
    full = {cause_of_full(kind).id for kind in OF_AWS}
    return tuple(
        f"{one.id} {one.status.value}"
        for one in diagnosis.causes
        if plan.fits and one.id in full and one.status.value in _SURE
    )


def _holds(shown: tuple[float, float] | None, many: int) -> bool:
    if shown is None:
        return not many
    spare = max(1.0, _SPARE * many)
    return shown[0] - spare <= many <= shown[1] + spare


def _interval(shown: tuple[float, float] | None) -> str:
    return "the plan" if shown is None else f"{shown[0]:,.0f} to {shown[1]:,.0f}"


def judge_all(first: int, count: int) -> list[Judged]:
    """Judge the networks of ``count`` seeds, over all cores."""
    with ProcessPoolExecutor(max_workers=os.cpu_count()) as pool:
        return list(pool.map(judge, range(first, first + count), chunksize=4))


def print_judged(judged: Sequence[Judged]) -> None:
    """The figures, each with the first seeds that missed it."""
    answers = Counter(one.answer for one in judged)
    print(f"{len(judged)} networks; the plan from the case says: "
          + ", ".join(f"{name} {count}" for name, count in answers.most_common()))  # fmt: skip
    _print_whys(judged)
    answered = [one for one in judged if one.answer not in ("refused", "broken")]
    for words, chosen in (
        ("all", answered),
        ("nothing left out by the plan's own word", [one for one in answered if not one.leaves_out]),
    ):
        print(f"\n{words}: {len(chosen)}")
        pairs, outside = sum(one.uses for one in chosen), sum(len(one.outside) for one in chosen)
        print(f"  true demand in its interval: {_share(pairs - outside, pairs)} of functions and destinations")
        _print_share("every one of a network", chosen, lambda one: not one.outside, lambda one: one.outside)
        planned = [one for one in chosen if one.planned]
        _print_share("the plan holds the true peak", planned, lambda one: not one.overfull, lambda one: one.overfull)
        _print_share("and keeps the headroom then", planned, lambda one: not one.tight, lambda one: one.tight)
        _print_prices(planned)
    against = [one for one in answered if one.contradicts]
    print(f"\nholds, while the diagnosis is sure of a full table: {len(against)} "
          f"{[(one.seed, *one.contradicts) for one in against[:5]]}")  # fmt: skip


def _print_whys(judged: Sequence[Judged]) -> None:
    for answer in ("refused", "broken"):
        whys: dict[str, list[int]] = {}
        for one in judged:
            if one.answer == answer:
                whys.setdefault("".join(c for c in one.why if not c.isdigit())[:110], []).append(one.seed)
        for why, seeds in sorted(whys.items(), key=lambda pair: -len(pair[1]))[:6]:
            print(f"  {answer} {len(seeds)}: {why} {seeds[:5]}")


def _print_share(
    words: str, chosen: Sequence[Judged], good: Callable[[Judged], bool], why: Callable[[Judged], Sequence[str]]
) -> None:
    missed = [one for one in chosen if not good(one)]
    print(f"  {words}: {_share(len(chosen) - len(missed), len(chosen))}")
    for one in missed[:3]:
        print(f"    seed {one.seed}: {'; '.join(why(one)[:2])}")


def _print_prices(planned: Sequence[Judged]) -> None:
    priced = [(one.cents / one.true_cents) for one in planned if one.true_cents and one.cents]
    ratios = sorted(priced)
    if ratios:
        print(f"  its price over that of the plan from the scenario: median {ratios[len(ratios) // 2]:.2f}, "
              f"95 % {ratios[min(len(ratios) - 1, int(0.95 * len(ratios)))]:.2f}, of {len(ratios)}")  # fmt: skip
    free = Counter((bool(one.cents), bool(one.true_cents)) for one in planned if one.true_cents is not None)
    missed = [one.seed for one in planned if one.true_cents and not one.cents]
    print(f"  both free {free[False, False]}, costs although the true plan is free {free[True, False]}, "
          f"free although the true plan costs {free[False, True]} {missed[:5]}")  # fmt: skip


def _share(good: int, of: int) -> str:
    return f"{good / of:.1%} ({good:,} of {of:,})" if of else "none"


def main() -> None:
    """Print the figures."""
    first = int(os.environ.get("NARROWS_BENCH_FIRST_SEED", FIRST_SEED))
    print_judged(judge_all(first, int(os.environ.get("NARROWS_BENCH_NETWORKS", NETWORKS))))
    sys.stdout.flush()

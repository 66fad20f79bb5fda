"""500 random incidents with known truth: does the diagnosis find the cause? The confusion matrix."""

from __future__ import annotations

import os
import sys
import tempfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from narrows.case import read_case
from narrows.diagnose import diagnose
from oracles.incidents import make_incident, stage

INCIDENTS = 500
FIRST_SEED = 1_000
"""Rules were worked out on other seeds (below this one)."""

NOTHING = "nothing"


@dataclass(frozen=True)
class Judged:
    """One incident and what the diagnosis made of it."""

    seed: int
    truth: dict[str, int]
    """Effect by cause."""
    narrows: str | None
    first: str
    """The cause at the head of the list, whether or not it is named as the narrows."""
    first_status: str
    confirmed: tuple[str, ...]
    ruled_out: tuple[str, ...]
    whole: bool
    """No evidence was taken away."""

    @property
    def main_cause(self) -> str:
        """The cause with the largest effect on connects; throttles and packets count last: they are another unit."""
        connects = {c: n for c, n in self.truth.items() if c not in ("lambda-throttling", "nat-bandwidth")}
        return max(connects or self.truth or {NOTHING: 0}, key=lambda c: (connects or self.truth or {NOTHING: 0})[c])

    @property
    def found(self) -> bool:
        """Whether it names a true cause, or rightly none."""
        return self.narrows in self.truth if self.truth else self.narrows is None

    @property
    def wrong(self) -> bool:
        """Whether it names a cause that was not at work."""
        return self.narrows is not None and self.narrows not in self.truth

    @property
    def falsely_confirmed(self) -> tuple[str, ...]:
        """Causes that it calls confirmed and that were not at work."""
        return tuple(cause for cause in self.confirmed if cause not in self.truth)

    @property
    def falsely_ruled_out(self) -> tuple[str, ...]:
        """Causes that it rules out and that were at work."""
        return tuple(cause for cause in self.ruled_out if cause in self.truth)


def judge(seed: int) -> Judged:
    """Play the incident of a seed and diagnose its case."""
    incident = make_incident(seed)
    with tempfile.TemporaryDirectory(prefix="narrows-bench-") as folder:
        staged = stage(incident, Path(folder) / "case")
        diagnosis = diagnose(read_case(staged.folder))
    by_status = {
        status: tuple(one.id for one in diagnosis.causes if one.status == status)
        for status in ("confirmed", "ruled-out")
    }
    return Judged(
        seed,
        staged.truth.effects,
        diagnosis.narrows,
        diagnosis.causes[0].id,
        diagnosis.causes[0].status.value,
        by_status["confirmed"],
        by_status["ruled-out"],
        not incident.missing,
    )


def judge_all(first: int, count: int) -> list[Judged]:
    """Judge the incidents of ``count`` seeds, over all cores."""
    with ProcessPoolExecutor(max_workers=os.cpu_count()) as pool:
        return list(pool.map(judge, range(first, first + count), chunksize=8))


def print_matrix(judged: list[Judged]) -> None:
    """Rows: the cause with the largest effect. Columns: what the diagnosis names."""
    counts = Counter((one.main_cause, one.narrows or NOTHING) for one in judged)
    names = [*sorted({name for pair in counts for name in pair if name != NOTHING}), NOTHING]
    print("columns: " + ", ".join(f"{index}={name}" for index, name in enumerate(names)))
    print(f"{'true cause (largest effect)':32}" + "".join(f"{index:>5}" for index in range(len(names))))
    for row in names:
        cells = (counts[row, column] for column in names)
        print(f"{row:32}" + "".join(f"{cell or '.':>5}" for cell in cells))


def print_summary(judged: list[Judged]) -> None:
    """How often it is right, with all evidence and with some missing."""
    for words, chosen in (
        ("all evidence there", [one for one in judged if one.whole]),
        ("some evidence missing", [one for one in judged if not one.whole]),
    ):
        found = sum(one.found for one in chosen)
        wrong = [one.seed for one in chosen if one.wrong]
        silent = sum(not one.found and not one.wrong for one in chosen)
        listed = sum(one.first in one.truth for one in chosen if one.truth and one.narrows is None)
        print(
            f"{words}: {len(chosen)} incidents; names a true cause (or rightly none) {found}, "
            f"names none although there is one {silent} "
            f"(a true one heads the list all the same {listed}), names a false one {len(wrong)} {wrong[:10]}"
        )
    confirmed = [(one.seed, one.falsely_confirmed) for one in judged if one.falsely_confirmed]
    ruled_out = [(one.seed, one.falsely_ruled_out) for one in judged if one.falsely_ruled_out]
    print(f"falsely confirmed: {len(confirmed)} {confirmed[:10]}")
    print(f"falsely ruled out: {len(ruled_out)} {ruled_out[:10]}")


def main() -> None:
    first = int(os.environ.get("NARROWS_BENCH_FIRST_SEED", FIRST_SEED))
    judged = judge_all(first, int(os.environ.get("NARROWS_BENCH_INCIDENTS", INCIDENTS)))
    print_matrix(judged)
    print_summary(judged)
    sys.stdout.flush()

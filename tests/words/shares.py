"""How many of the texts that libraries print are read right."""

from __future__ import annotations

from collections import defaultdict
from enum import StrEnum
from pathlib import Path

from narrows.case import CallerOutcome, Callers, Told
from narrows.case.model import KnownDestination
from narrows.case.reading.folder import CaseFolder
from narrows.case.reading.log_reader import LogReader
from narrows.case.reading.mentions import Mentions
from narrows.case.reading.tally import Tally
from narrows.case.reading.unknown_errors import UnknownErrors
from tests.words.printed import Printed, read


class Reading(StrEnum):
    """What becomes of a text."""

    RIGHT = "right"
    """It tells of one failure: that which happened, or one of those that the library prints it for."""
    OPEN = "left open"
    """It is an error without an outcome, or an outcome that leaves open what failed."""
    WRONG = "wrong"


def callers_of(text: str, folder: Path, destinations: dict[str, KnownDestination] | None = None) -> Callers:
    """What the reader makes of the lines of a text."""
    tally = Tally(CaseFolder(folder), None)
    unknown = UnknownErrors(tally)
    reader = LogReader(tally, unknown, Mentions(destinations or {}), "storefront")
    for number, line in enumerate(text.split("\n"), 1):
        reader.line(line, f"callers/storefront.log:{number}")
    reader.end()
    return Callers(tuple(tally.counts()), unknown_errors=unknown.found())


def reading_of(one: Printed, folder: Path) -> Reading:
    """How a text is read."""
    counts = callers_of(one.text, folder).counts
    if not counts:
        return Reading.OPEN
    if len(counts) > 1 or counts[0].count != 1 or counts[0].told is not Told.ERROR:
        return Reading.WRONG
    outcome: CallerOutcome = counts[0].outcome
    if outcome in one.wanted:
        return Reading.RIGHT
    return Reading.OPEN if outcome.about.ambiguous else Reading.WRONG


def table() -> str:
    """A row for each library: its version, and its texts read right, left open and wrong, as Markdown."""
    import tempfile

    found: dict[tuple[str, str, str], dict[Reading, int]] = defaultdict(lambda: dict.fromkeys(Reading, 0))
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "case.yaml").write_text("schema: 1\n", encoding="utf-8")
        for one in read():
            found[one.runtime, one.family, one.version][reading_of(one, Path(name))] += 1
    lines = ["| runtime | library | version | texts | right | left open | wrong |", "|---|---|---|---:|---:|---:|---:|"]
    total = dict.fromkeys(Reading, 0)
    for (runtime, family, version), counts in sorted(found.items()):
        for kind, count in counts.items():
            total[kind] += count
        lines.append(f"| {runtime} | {family} | {version} | {sum(counts.values())} | {_cells(counts)} |")
    lines.append(f"| all | | | {sum(total.values())} | {_cells(total)} |")
    return "\n".join(lines)


def _cells(counts: dict[Reading, int]) -> str:
    return " | ".join(str(counts[kind]) for kind in Reading)


if __name__ == "__main__":
    print(table())

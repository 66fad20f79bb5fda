"""A diagnosis for someone in the middle of an incident: the verdict, what carries it, the rest at a glance."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from narrows.diagnose.causes import CAUSES
from narrows.diagnose.model import CauseResult, Diagnosis, Evidence, Status
from narrows.diagnose.verdict import Verdict, verdict
from narrows.diagnose.weighing import is_needless
from narrows.errors import one_line
from narrows.gate import argument
from narrows.listing import MOST_LINES, first_notes
from narrows.printable import printable
from narrows.words import short_name

if TYPE_CHECKING:
    from rich.console import Console

    from narrows.case.model import Case

_STYLES = {
    Status.CONFIRMED: "bold red",
    Status.LIKELY: "red",
    Status.POSSIBLE: "yellow",
    Status.UNKNOWN: "magenta",
    Status.RULED_OUT: "dim",
}
_TONES = {"bad": "bold red", "warn": "bold yellow", "good": "bold green", "plain": "bold"}
_HEADINGS = {
    Status.CONFIRMED: "Confirmed",
    Status.LIKELY: "Likely",
    Status.POSSIBLE: "Possible",
    Status.UNKNOWN: "Unknown: the evidence is missing",
    Status.RULED_OUT: "Ruled out",
}
_BESIDE_WHAT_BINDS = {Status.CONFIRMED: "Also confirmed", Status.LIKELY: "Also likely"}
"""Headings where the cause that binds stands above."""
_LONGEST = 4000
"""Characters of a paragraph: names come from outside."""
_NAME = max(len(name) for name in CAUSES)


def show(case: Case, found: Diagnosis, screen: Console) -> None:
    """Print a diagnosis."""
    said = verdict(case, found)
    _verdict(screen, case, found, said)
    binding = found.binding
    if binding is not None:
        _binding(screen, case, binding)
    left = [one for one in found.causes if one is not binding]
    needless = [one for one in left if is_needless(found, one)]
    for status in Status:
        _others(screen, found, [one for one in left if one.status is status and one not in needless], status)
        if status is Status.POSSIBLE and needless:
            _heading(screen, "Not excluded, but what failed is accounted for without them")
            for one in needless:
                _one_line(screen, f"  {one.id:{_NAME}}  ", one.evidence[0].text)
    if said.then:
        _heading(screen, "Next narrows")
        _line(screen, said.then)
    _missing(screen, case, found)
    _assumptions(screen, found)
    if case.notes:
        _heading(screen, "About the evidence")
        for note in first_notes(case.notes):
            _line(screen, f"{note.source}: {note.text}", style="dim")


def _verdict(screen: Console, case: Case, found: Diagnosis, said: Verdict) -> None:
    from rich.text import Text

    screen.print(Text(one_line(said.sentence, _LONGEST), _TONES.get(said.tone, "bold")))
    about = [said.certainty]
    if found.failures is not None:
        about.append(f"{found.failures:,} failed connects in the case" if found.failures else "no connect failed")
    if case.window is not None:
        start, end = case.window
        same_day = start.date() == end.date()
        about.append(f"{start:%Y-%m-%d %H:%M} to {end:{'%H:%M' if same_day else '%Y-%m-%d %H:%M'}} UTC")
    screen.print(Text("; ".join(about), "dim"))


def _binding(screen: Console, case: Case, one: CauseResult) -> None:
    from rich.text import Text

    title = Text("\n").append(one.id, "bold").append("  ").append(one.status.value, _STYLES[one.status])
    if one.mechanism:
        title.append(f" ({one.mechanism})")
    screen.print(title)
    if one.resource:
        resources = one.resources or (one.resource,)
        for resource in resources[:MOST_LINES]:
            name, short = one_line(str(resource)), short_name(case, resource)
            _line(screen, name if short == name else f"{short}: {name}", lead="  at ")
        if len(resources) > MOST_LINES:
            _line(screen, f"and {len(resources) - MOST_LINES:,} more", lead="  at ")
    _all_evidence(screen, one.evidence)
    cause = CAUSES[one.id]
    _line(
        screen,
        cause.mechanism(one.mechanism).remedy or cause.remedy,
        lead="  > ",
        lead_style="bold",
        tail=f"[{cause.page}]",
    )


def _all_evidence(screen: Console, evidence: Sequence[Evidence]) -> None:
    for one in evidence[:MOST_LINES]:
        _evidence(screen, one)
    if len(evidence) > MOST_LINES:
        _line(screen, f"and {len(evidence) - MOST_LINES:,} more: see --json", style="dim")


def _evidence(screen: Console, one: Evidence) -> None:
    sign, style = ("+", "green") if one.supports else ("-", "yellow")
    _line(screen, one.text, lead=f"  {sign} ", lead_style=style, tail=f"[{one.source}]")


def _others(screen: Console, found: Diagnosis, causes: Iterable[CauseResult], status: Status) -> None:
    listed = list(causes)
    if not listed:
        return
    beside = _BESIDE_WHAT_BINDS if found.narrows else {}
    _heading(screen, beside.get(status, _HEADINGS[status]))
    if status is Status.UNKNOWN:
        silent = [one.id for one in listed if not one.evidence]
        if silent:
            _line(screen, f"{', '.join(silent)}: nothing in the case tells")
        listed = [one for one in listed if one.evidence]
    for one in listed:
        lead = f"  {one.id:{_NAME}}  "
        if status in (Status.CONFIRMED, Status.LIKELY):
            _line(screen, _why(one), lead=lead, lead_style=_STYLES[status])
            _all_evidence(screen, one.evidence[1:])
        elif status in (Status.RULED_OUT, Status.UNKNOWN):
            _one_line(screen, lead, _why(one))
        else:
            _line(screen, _why(one), lead=lead, lead_style=_STYLES[status])


def _why(one: CauseResult) -> str:
    """The evidence that decides: for what is left open the strongest for it, and the strongest against it."""
    if one.status is not Status.POSSIBLE:
        return one.evidence[0].text
    sides = [next((e for e in one.evidence if e.supports is side and e.weight), None) for side in (True, False)]
    pro, contra = sides
    text = pro.text if pro else one.evidence[0].text
    text = f"{text} Against it: {contra.text[:1].lower()}{contra.text[1:]}" if contra else text
    return f"{text} {one.neighbours}" if one.neighbours else text


def _missing(screen: Console, case: Case, found: Diagnosis) -> None:
    if not found.asked:
        return
    sure = found.binding is not None and found.binding.status is Status.CONFIRMED
    _heading(screen, "What would settle the rest" if sure else "What would make it surer")
    _line(screen, "Run in the folder of the case, then diagnose again:", style="dim")
    _command(screen, f"cd {argument(case.folder)}")
    for number, one in enumerate(found.asked, 1):
        _line(screen, one.evidence, lead=f"\n  {number}. ")
        for why in (*([one.note] if one.note else []), *map(str, one.reasons)):
            _line(screen, why, indent=5, style="dim")
        _command(screen, one.how)


def _assumptions(screen: Console, found: Diagnosis) -> None:
    if not found.assumptions:
        return
    _heading(screen, "Assumed, where AWS documents nothing")
    for one in found.assumptions:
        _line(screen, f"{one['id']} = {one['value']} ({one['certainty']})")


def _heading(screen: Console, text: str) -> None:
    from rich.text import Text

    screen.print(Text(f"\n{text}", "bold"))


def _command(screen: Console, text: str) -> None:
    """A command that can be copied: it starts the line, and nothing breaks or cuts it."""
    from rich.text import Text

    screen.print(Text(printable(text), "cyan"), soft_wrap=True)


def _line(
    screen: Console,
    text: str,
    *,
    lead: str = "",
    lead_style: str = "",
    tail: str = "",
    indent: int = 2,
    style: str = "",
) -> None:
    """A paragraph, its further lines under the first one's text."""
    from rich.text import Text

    first = lead or " " * indent
    width = len(first.lstrip("\n")) if len(first) < _NAME else 6
    body = Text(one_line(text, _LONGEST), style)
    if tail:
        body.append(f" {one_line(tail)}", "dim")
    whole = Text().append(first.lstrip("\n"), lead_style).append_text(body)
    if first.startswith("\n"):
        screen.print()
    lines = whole.wrap(screen, screen.width - width)
    for number, one in enumerate(lines):
        one.rstrip()
        screen.print(one if number == 0 else Text(" " * width).append_text(one), soft_wrap=True)


def _one_line(screen: Console, lead: str, text: str) -> None:
    from rich.text import Text

    one = Text(lead, "dim").append(one_line(text), "dim")
    one.truncate(screen.width, overflow="ellipsis")
    screen.print(one, soft_wrap=True)

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
from narrows.listing import MOST_LINES, counted, first_notes
from narrows.network import HopKind
from narrows.printable import printable
from narrows.terminal_table import room
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
_EVIDENCE_LINES = 6
"""Of the evidence for what binds, on a screen of 24 lines with the answer."""
_RESOURCES = 2
"""Of those at which it binds, on the same."""
_LONGEST = 4000
"""Characters of a paragraph: names come from outside."""
_WIDENED = (HopKind.HYPERPLANE_ENI, HopKind.NAT_GATEWAY)
"""Tables that a plan widens by what it adds to a network; what else is full, people mend where it is."""
_NAME = max(len(name) for name in CAUSES)


def show(case: Case, found: Diagnosis, screen: Console, *, verbose: bool = False) -> None:
    """Print a diagnosis: on a terminal one screen with the answer; into a pipe all causes, each with what decides.

    Args:
        case, found: what was examined, and what came of it.
        screen: where to.
        verbose: all causes on a terminal too, and all evidence of each.
    """
    said = verdict(case, found)
    _verdict(screen, case, found, said)
    binding = found.binding
    brief = not verbose and room(screen) is not None
    if binding is not None:
        _binding(screen, case, binding, most_lines=_EVIDENCE_LINES if brief else None)
    if brief:
        _in_brief(screen, case, found, said)
    else:
        _in_full(screen, case, found, said, verbose=verbose)
    if binding is not None and binding.status.reaches(Status.LIKELY) and CAUSES[binding.id].table in _WIDENED:
        screen.print()
        _command(screen, f"next: narrows plan {argument(case.folder)}")


def _in_brief(screen: Console, case: Case, found: Diagnosis, said: Verdict) -> None:
    binding = found.binding
    if said.then:
        _line(screen, said.then, lead="  > ", lead_style="bold")
    left = [cause for cause in found.causes if cause is not binding]
    beside = _BESIDE_WHAT_BINDS if found.narrows else {}
    for status in (Status.CONFIRMED, Status.LIKELY):
        for cause in left:
            if cause.status is status:
                _line(screen, f"{cause.id}: {_why(cause)}", lead=f"\n{beside.get(status, _HEADINGS[status])}: ")
    sure = binding is not None and binding.status is Status.CONFIRMED
    possible = [cause for cause in left if cause.status is Status.POSSIBLE]
    if not sure:
        for cause in possible:
            _line(screen, f"{cause.id}: {_why(cause)}", lead="\nPossible as well: ")
        _missing(screen, case, found)
    counts = {status: sum(cause.status is status for cause in left) for status in Status}
    parts = [
        *([f"{counts[Status.POSSIBLE]} not ruled out, but not needed for what failed"] if sure and possible else []),
        *([f"{counts[Status.UNKNOWN]} cannot be judged"] if counts[Status.UNKNOWN] else []),
        *([f"{counts[Status.RULED_OUT]} ruled out"] if counts[Status.RULED_OUT] else []),
    ]
    more = [
        *([f"what would settle the rest ({counted(len(found.asked), 'thing')})"] if sure and found.asked else []),
        *([f"what is assumed ({len(found.assumptions)})"] if found.assumptions else []),
        *([f"about the evidence ({len(case.notes):,})"] if case.notes else []),
    ]
    screen.print()
    others = f"Of the other causes {', '.join(parts)}. " if parts else ""
    _line(screen, f"{others}--verbose says why{', ' if more else ''}{', '.join(more)}.", indent=0, style="dim")


def _in_full(screen: Console, case: Case, found: Diagnosis, said: Verdict, *, verbose: bool) -> None:
    binding = found.binding
    left = [cause for cause in found.causes if cause is not binding]
    needless = [cause for cause in left if is_needless(found, cause)]
    if said.then:
        _heading(screen, "Next narrows")
        _line(screen, said.then)
    for status in Status:
        listed = [cause for cause in left if cause.status is status and cause not in needless]
        _others(screen, found, listed, status, verbose=verbose)
        if status is Status.POSSIBLE and needless:
            _heading(screen, "Not ruled out, but what failed is accounted for without them")
            for cause in needless:
                _cause(screen, cause, cause.evidence[0].text, "dim", verbose=verbose)
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


def _binding(screen: Console, case: Case, one: CauseResult, most_lines: int | None) -> None:
    from rich.text import Text

    title = Text("\n").append(one.id, "bold").append("  ").append(one.status.value, _STYLES[one.status])
    if one.mechanism:
        title.append(f" ({one.mechanism})")
    screen.print(title)
    if one.resource:
        resources = one.resources or (one.resource,)
        most = MOST_LINES if most_lines is None else _RESOURCES
        for resource in resources[:most]:
            name, short = one_line(str(resource)), short_name(case, resource)
            _line(screen, name if short == name else f"{short}: {name}", lead="  at ")
        if len(resources) > most:
            _line(screen, f"and {len(resources) - most:,} more", lead="  at ")
    _all_evidence(screen, one.evidence, most_lines)
    cause = CAUSES[one.id]
    _line(
        screen,
        cause.mechanism(one.mechanism).remedy or cause.remedy,
        lead="  > ",
        lead_style="bold",
        tail=f"[{cause.page}]",
    )


def _all_evidence(screen: Console, evidence: Sequence[Evidence], most_lines: int | None = None) -> None:
    """Each piece; on a screen for the answer alone as many as there is room for, but one."""
    lines = 0
    for number, one in enumerate(evidence):
        if number >= MOST_LINES or (most_lines is not None and number and lines >= most_lines):
            where = "--json" if number >= MOST_LINES else "--verbose"
            _line(screen, f"and {len(evidence) - number:,} more: see {where}", lead="    ", style="dim")
            return
        lines += _evidence(screen, one)


def _evidence(screen: Console, one: Evidence, indent: int = 2) -> int:
    """Print it: how many lines it took."""
    sign, style = ("+", "green") if one.supports else ("-", "yellow")
    return _line(screen, one.text, lead=f"{' ' * indent}{sign} ", lead_style=style, tail=f"[{one.source}]")


def _others(screen: Console, found: Diagnosis, causes: Iterable[CauseResult], status: Status, *, verbose: bool) -> None:
    listed = list(causes)
    if not listed:
        return
    beside = _BESIDE_WHAT_BINDS if found.narrows else {}
    _heading(screen, beside.get(status, _HEADINGS[status]))
    if status is Status.UNKNOWN:
        silent = [cause.id for cause in listed if not cause.evidence]
        if silent:
            _line(screen, f"{', '.join(silent)}: nothing in the case tells")
        listed = [cause for cause in listed if cause.evidence]
    for cause in listed:
        sure = status in (Status.CONFIRMED, Status.LIKELY)
        style = "dim" if status in (Status.RULED_OUT, Status.UNKNOWN) else ""
        _cause(screen, cause, _why(cause), style, verbose=verbose)
        if sure and not verbose:
            _all_evidence(screen, cause.evidence[1:])


def _cause(screen: Console, cause: CauseResult, why: str, style: str, *, verbose: bool) -> None:
    """One of the other causes: what decides, or all of its evidence."""
    lead, lead_style = f"  {cause.id:{_NAME}}  ", style or _STYLES[cause.status]
    if verbose:
        _line(screen, cause.neighbours, lead=f"  {cause.id}  ", lead_style=lead_style)
        for evidence in cause.evidence:
            _evidence(screen, evidence, indent=4)
    elif style and room(screen) is None:
        # One line each, for grep.
        _print(screen, f"{lead}{one_line(why, _LONGEST)}", style)
    else:
        _line(screen, why, lead=lead, lead_style=lead_style, style=style)


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
) -> int:
    """A paragraph, its further lines under the first one's text: how many lines it took."""
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
    for number, line in enumerate(lines):
        line.rstrip()
        screen.print(line if number == 0 else Text(" " * width).append_text(line), soft_wrap=True)
    return len(lines)


def _print(screen: Console, text: str, style: str) -> None:
    """One line, which nothing breaks or cuts."""
    from rich.text import Text

    screen.print(Text(text, style), soft_wrap=True)

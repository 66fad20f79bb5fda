"""A diagnosis in a notebook: one line, a small page, and its causes as rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from narrows.diagnose.causes import cause_title
from narrows.diagnose.model import CauseResult, Diagnosis, Status
from narrows.errors import one_line
from narrows.frames import arrow_of_rows, number, text, whole
from narrows.html_table import HtmlTable, html_page
from narrows.listing import named
from narrows.words import count, known_as, readable

if TYPE_CHECKING:
    import pyarrow as pa

_MOST_IN_LINE = 3
_COLUMNS = (
    text("cause"),
    text("status"),
    text("mechanism"),
    text("resource"),
    text("limit"),
    whole("limit_value"),
    number("observed_low"),
    number("observed_high"),
    text("observed_unit"),
    whole("explains", "failed connects"),
    number("strength", "decimal logarithm of the odds"),
    text("evidence"),
)


def short(found: Diagnosis) -> str:
    """``Diagnosis(confirmed: nat-port-exhaustion of nat-a; next: hyperplane-eni-exhaustion of ... at 65,000)``"""
    return one_line(f"Diagnosis({_headline(found)})", 300)


def html(found: Diagnosis) -> str:
    """The causes that are not ruled out with what decides, the others by name, and what is asked for."""
    open_ones = [one for one in found.causes if one.status is not Status.RULED_OUT]
    judged = [one for one in open_ones if one.status is not Status.UNKNOWN]
    causes = HtmlTable(
        ("cause", "status", "where", "observed", "limit", "why"),
        (_row(found, one) for one in judged),
        len(judged),
    )
    missing = HtmlTable(("what would make it surer",), ((one.evidence,) for one in found.asked), len(found.asked))
    notes = [
        f"{label}: {', '.join(names)}."
        for status, label in (
            (Status.UNKNOWN, "Not known, as the evidence is missing"),
            (Status.RULED_OUT, "Ruled out"),
        )
        if (names := [one.id for one in found.causes if one.status is status])
    ]
    return html_page(f"{_headline(found)[:1].upper()}{_headline(found)[1:]}", (causes, missing), notes)


def arrow(found: Diagnosis) -> pa.Table:
    """One row for each cause, in the order of the answer."""
    return arrow_of_rows(
        _COLUMNS,
        (
            (
                one.id,
                one.status.value,
                one.mechanism,
                None if one.resource is None else str(one.resource),
                None if one.limit is None else one.limit.id,
                None if one.limit is None else one.limit.value,
                None if one.observed is None else one.observed.low,
                None if one.observed is None else one.observed.high,
                None if one.observed is None else one.observed.unit,
                one.explains,
                one.strength,
                one.evidence[0].text if one.evidence else None,
            )
            for one in found.causes
        ),
    )


def _headline(found: Diagnosis) -> str:
    binding = found.binding
    if binding is not None:
        at = "" if binding.resource is None else f" of {known_as(found.names, binding.resource)}"
        return f"{binding.status.value}: {binding.id}{at}{_next(found)}"
    open_ones = [one.id for one in found.causes if one.status.reaches(Status.POSSIBLE)]
    if open_ones:
        return f"not settled; possible: {named(open_ones, _MOST_IN_LINE)}"
    unknown = sum(one.status is Status.UNKNOWN for one in found.causes)
    left = f"; {unknown} of {len(found.causes)} causes not known" if unknown else ""
    return f"no narrows found{left}{_next(found)}"


def _next(found: Diagnosis) -> str:
    after = found.next_narrows
    if after is None:
        return ""
    return f"; next: {after.id} of {known_as(found.names, after.resource)} at {after.at_connections:,} connections"


def _row(found: Diagnosis, one: CauseResult) -> tuple[object, ...]:
    observed = ""
    if one.observed is not None:
        observed = " ".join(readable(one.observed.low, one.observed.high, one.observed.unit))
    return (
        cause_title(one.id),
        one.status.words,
        None if one.resource is None else known_as(found.names, one.resource),
        observed,
        None if one.limit is None else count(one.limit.value),
        one.evidence[0].text if one.evidence else "",
    )

"""A case in a notebook: one line, and a small page that says what evidence is there."""

from __future__ import annotations

from collections.abc import Iterator

from narrows.case.model import Case
from narrows.errors import one_line
from narrows.html_table import HtmlTable, html_page
from narrows.listing import MOST_LINES, counted, first_notes, named
from narrows.words import window


def short(case: Case) -> str:
    """``Case(act1: 1 function, 1 destination, 2026-11-20 12:00 to 12:05 UTC; metrics, callers, topology)``"""
    there = [what for what, text in _evidence(case) if text]
    return one_line(f"Case({_headline(case)}; {', '.join(there) or 'no evidence'})", 300)


def html(case: Case) -> str:
    """What is in question, the evidence by kind, and what is said about it."""
    evidence = list(_evidence(case))
    notes = [f"{note.source}: {note.text}" for note in first_notes(case.notes)[:MOST_LINES]]
    if case.reported:
        notes.insert(0, f"Reported: {case.reported}")
    table = HtmlTable(("evidence", "in the case"), ((what, text or "none") for what, text in evidence), len(evidence))
    return html_page(_headline(case), (table,), notes)


def _headline(case: Case) -> str:
    parts = [
        counted(len(case.functions), "function"),
        counted(len(case.destinations), "destination"),
        *([case.region] if case.region else []),
        *([window(*case.window)] if case.window else []),
    ]
    return f"{one_line(case.folder.name, 60)}: {', '.join(parts)}"


def _evidence(case: Case) -> Iterator[tuple[str, str]]:
    """Each kind of evidence, and what the case has of it; empty where that is nothing."""
    network = case.topology.network
    there = [
        counted(len(things), thing)
        for things, thing in (
            (network.functions, "function"),
            (network.subnets, "subnet"),
            (network.nat_gateways, "NAT gateway"),
            (network.endpoints, "endpoint"),
            (case.topology.enis, "network interface"),
        )
        if things
    ]
    yield "topology", ", ".join(there)
    metrics = {one.metric for one in case.metrics.series}
    series = counted(len(case.metrics.series), "series", "series")
    yield "metrics", f"{series}: {named(sorted(metrics))}" if metrics else ""
    callers = case.callers
    total = sum(one.count for one in callers.counts)
    attempts = counted(total, "attempt") if callers.complete else counted(total, "outcome")
    yield "callers", f"{attempts} in {named(callers.sources)}" if callers.sources else ""
    yield "flow logs", counted(len(case.flow_logs), "file") if case.flow_logs else ""
    yield "quotas", counted(len(case.quotas), "quota") if case.quotas else ""

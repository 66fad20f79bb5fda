"""Whose connections fill a NAT gateway: those of the functions in question, or of others behind it."""

from __future__ import annotations

from narrows.case.model import CallerOutcome
from narrows.case.outcomes import TRIED
from narrows.diagnose.weighing import Examination
from narrows.evidence.facts import Facts, clock
from narrows.evidence.sharing import neighbours_of_gateway
from narrows.listing import named

_MOST = 0.5
_ALL = 0.95
_NAMED = 5
"""Of many others so many are named."""


def whose_connections(found: Examination, facts: Facts, gateway: str, moment: int) -> None:
    """Say what share of a gateway's connections the functions in question can account for, and who the others are."""
    strangers = facts.ways.strangers(gateway) or ()
    others = sorted({*strangers, *neighbours_of_gateway(facts, gateway)})
    if others:
        source = facts.source("network-interfaces" if strangers else "functions")
        found.remarks(f"Others leave by {facts.label(gateway)} as well: {named(others, _NAMED)}.", source)
    active = facts.nat(gateway).active
    symptoms = facts.symptoms
    if active is None or not symptoms.complete:
        return
    live = active.at(moment)
    opened = [value for minute, value in symptoms.opened() if minute <= moment]
    before = active.points[0][1] if active.start <= moment else 0.0
    started = symptoms.opened()[:1]
    if live is None or live <= 0 or not opened:
        return
    # Connections from before the first outcome are in no outcome; what was open then may be theirs.
    untold = before if started and active.start < started[0][0] else 0.0
    most = min(live, opened[-1] + untold)
    names = named(facts.case.functions) or "The functions in question"
    text = (
        f"Of the {live:,.0f} connections open at {clock(moment)}, {names} can account for at most {most:,.0f}, having "
        f"established {opened[-1]:,.0f} by then"
    )
    if most < _MOST * live:
        tail = ": most belong to others behind the gateway."
    elif most < _ALL * live:
        tail = f": at least {live - most:,.0f} belong to others behind the gateway."
    else:
        tail = "."
    found.remarks(text + tail, symptoms.source(CallerOutcome.ESTABLISHED))
    attempts = facts.nat(gateway).attempts
    tried = symptoms.total(*TRIED)
    if attempts is not None and attempts.total > 2 * tried > 0:
        found.remarks(
            f"The gateway saw {attempts.total:,.0f} connection attempts, {names} made {tried:,}: others open most of "
            "what passes it.",
            attempts.source,
        )

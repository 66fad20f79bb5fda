"""What the sensor inside the functions says for and against the causes."""

from __future__ import annotations

from narrows.case.model import CallerOutcome
from narrows.diagnose.model import Observed
from narrows.diagnose.weighing import FAIR, STRONG, Examination
from narrows.evidence.facts import Facts, clock
from narrows.evidence.sensed import held_on_eni
from narrows.evidence.tables import seen_on_eni
from narrows.limits import FILE_DESCRIPTORS
from narrows.listing import counted, named
from narrows.network import EniKey
from narrows.words import percent

_FULL = 0.97
"""Of its capacity that a full table holds at least: entries that are opening or closing are held by nobody."""
_CLEARLY_BELOW = 0.9
"""Share of its capacity below which a table is not full."""
_NEARLY_ALL = 0.95
"""Of the file descriptors: beyond that, the next connection of a busy moment finds none."""
_CHURN = 0.5
"""Share of uses that find a connection open, below which connections come and go."""


def enis_by_sensor(found: Examination, facts: Facts) -> None:
    """How full the Hyperplane ENIs were that an examination names, counted where the connections are held."""
    keys = [key for key in found.resources if isinstance(key, EniKey)]
    each = [(one, key) for key in keys if (one := held_on_eni(facts, key)) is not None]
    if not each:
        return
    fullest, key = max(each, key=lambda pair: pair[0].low / facts.ways.eni_capacity(pair[1]))
    capacity = facts.ways.eni_capacity(key)
    at = fullest.curve.peak_at
    text = (
        f"The sensor counts {fullest.low:,.0f} connections that functions held through {facts.label(key)}"
        + (f" at {clock(int(at))}" if at is not None else "")
        + f", of the {capacity:,} that it holds"
    )
    lacking = f"; what is missing for the upper end: {named(list(fullest.missing), 3)}" if fullest.missing else ""
    if fullest.low >= _FULL * capacity:
        found.resource = key
        if facts.symptoms.total(CallerOutcome.TIMED_OUT) and not fullest.spread:
            found.proves(f"{text}.", fullest.source)
        else:
            found.supports(f"{text}.", fullest.source, STRONG)
    elif len(each) == len(keys) and all(
        one.high is not None and one.high < _CLEARLY_BELOW * facts.ways.eni_capacity(key) for one, key in each
    ):
        found.speaks_against(f"{text}, and at most {fullest.high or 0:,.0f} entries in all.", fullest.source, STRONG)
    elif fullest.low > 0:
        found.remarks(f"{text}{lacking}.", fullest.source, supports=True)
    if isinstance(found.resource, EniKey) and (seen := seen_on_eni(facts, found.resource)) is not None:
        # What flow logs count by themselves is less sure than both together.
        most = None if seen.high is None else round(seen.high)
        found.observed = Observed(round(seen.low), most, "connections")


def churn_by_sensor(found: Examination, facts: Facts) -> None:
    """Whether connections are used again: where they are not, closed ones fill the ports."""
    held = facts.held
    if held is None:
        return
    for function in facts.case.functions:
        totals = held.totals(function)
        if totals.reuse is None:
            continue
        text = (
            f"The sensor of {function} counts {counted(totals.opened, 'connection')} opened and "
            f"{totals.reused:,} used again: {percent(totals.reuse)} of the uses found one open"
        )
        if totals.reuse < _CHURN:
            found.remarks(f"{text}. Reused connections would not fill ports.", facts.case.sensor.source, supports=True)
        else:
            found.remarks(f"{text}.", facts.case.sensor.source)


def descriptors_by_sensor(found: Examination, facts: Facts) -> None:
    """How many file descriptors the fullest process had in use."""
    held = facts.held
    if held is None:
        return
    each = {name: most for name in facts.case.functions if (most := held.most_descriptors(name)) is not None}
    if not each:
        return
    function = max(each, key=lambda name: (each[name], name))
    limit = FILE_DESCRIPTORS.value
    text = f"The sensor counts at most {each[function]:,} file descriptors in use, of {limit:,}, in {function}."
    if each[function] >= _NEARLY_ALL * limit:
        found.supports(text, facts.case.sensor.source, FAIR)
        found.observed = found.observed or Observed(0, each[function], "file descriptors in one process")
    else:
        found.remarks(text, facts.case.sensor.source)

"""Functions that are not in question and share the table that a cause is about: named, and weighed by nobody."""

from __future__ import annotations

from collections.abc import Sequence

from narrows.diagnose.model import Status
from narrows.diagnose.weighing import Examination
from narrows.evidence.facts import Facts
from narrows.evidence.sharing import neighbours_of_gateway, sharers_of_eni
from narrows.listing import others_named
from narrows.network import EniKey, Resource

_NAMED = 3
"""Of many neighbours so many are named."""


def name_neighbours(found: Examination, facts: Facts) -> None:
    """Say who shares the ENIs or the NAT gateway of a cause that may be at work; nothing of one that is not."""
    if found.resource is None or not found.status().reaches(Status.POSSIBLE):
        return
    resources = found.resources or (found.resource,)
    shared = [_neighbours(facts, one) for one in resources]
    names = sorted({name for each in shared for name in each})
    if not names:
        return
    verb = "shares" if len(names) == 1 else "share"
    count, of_them = len(shared), sum(map(bool, shared))
    what = "ENI" if isinstance(found.resource, EniKey) else "NAT gateway"
    which = f"this {what}" if count == 1 else f"these {what}s" if of_them == count else f"{of_them} of these {what}s"
    found.neighbours = f"{others_named(names, _NAMED, 'function')} {verb} {which}."
    found.remarks(found.neighbours, facts.source("functions"))


def _neighbours(facts: Facts, resource: Resource) -> Sequence[str]:
    if isinstance(resource, EniKey):
        return [one.name for one in sharers_of_eni(facts, resource) if not one.in_question]
    return neighbours_of_gateway(facts, resource)

"""The pages of limits and assumptions, written out of what is known of each."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from narrows.assumptions import Assumptions, PrintedAssumption
from narrows.explain.subject import Group, Subject
from narrows.explain.uses import users_of
from narrows.limits import (
    FILE_DESCRIPTORS,
    HYPERPLANE_ENI_CONNECTIONS,
    LIMITS,
    NAT_CONNECTIONS_PER_DESTINATION,
    Certainty,
    Limit,
)
from narrows.network import HopKind
from narrows.scenario.unsaid import every_default

_SURE = {
    Certainty.DOCUMENTED: "AWS or the vendor documents it",
    Certainty.REPORTED: "users or third parties report it",
    Certainty.INFERRED: "it follows from documented and reported facts",
    Certainty.UNVERIFIED: "nobody has verified it",
}
BOUNDS = {
    HYPERPLANE_ENI_CONNECTIONS.id: HopKind.HYPERPLANE_ENI,
    NAT_CONNECTIONS_PER_DESTINATION.id: HopKind.NAT_GATEWAY,
    FILE_DESCRIPTORS.id: HopKind.ENVIRONMENT,
}
"""The table of connections that a limit bounds, by the limit's id."""


def limits() -> Iterator[Subject]:
    """Every limit."""
    for limit in LIMITS.values():
        title = f"{limit.value:,} {limit.unit} per {limit.scope}"
        codes = () if limit.quota_code is None else (limit.quota_code,)
        yield Subject(limit.id, Group.LIMIT, title, partial(_of_limit, limit), codes)


def _of_limit(limit: Limit) -> str:
    rows = [("Value", f"{limit.value:,} {limit.unit}"), ("Per", limit.scope)]
    if limit.adjustable:
        code = f", quota {limit.quota_code} of {limit.quota_service}" if limit.quota_code else ""
        largest = "" if limit.largest is None else f", to {limit.largest:,} at most"
        rows.append(("Raised", f"on request{code}{largest}"))
    else:
        rows.append(("Raised", "no"))
    rows += [("Source", limit.source), ("Certainty", _certainty(limit.certainty))]
    if limit.id in BOUNDS:
        rows.append(("Bounds", f"the table of connections of: {BOUNDS[limit.id].heading}"))
    constant = limit.id.replace("-", "_").upper()
    return _page(limit.id, "", [*rows, *users_of(constant)])


def assumptions() -> Iterator[Subject]:
    """Every assumption: what AWS does not document, and the defaults of a scenario that decide what comes out."""
    for assumption, page in (
        *((assumption, _of_assumption) for assumption in Assumptions().printed()),
        *((assumption, _of_default) for assumption in every_default()),
    ):
        title = f"{assumption['default']}: {assumption['meaning']}"
        yield Subject(assumption["id"], Group.ASSUMPTION, title, partial(page, assumption))


def _of_assumption(one: PrintedAssumption) -> str:
    name = one["id"]
    rows = [
        ("Default", one["default"]),
        ("Why", one["source"]),
        ("Certainty", _certainty(Certainty(one["certainty"]))),
        *users_of(name),
        ("Set it", "in a scenario, or in the `case.yaml` of a case:"),
    ]
    example = f"```yaml\nassumptions:\n  {name}: {written_default(name)}\n```\n"
    return f"{_page(name, _sentence(one['meaning']), rows)}\n{example}"


def _of_default(assumption: PrintedAssumption) -> str:
    rows = [
        ("Default", assumption["default"]),
        ("Why", assumption["source"]),
        ("Certainty", _certainty(Certainty(assumption["certainty"]))),
        ("Set it", "in a scenario: answers name the key beside it, and `narrows explain scenario` has every key"),
    ]
    return _page(assumption["id"], _sentence(assumption["meaning"]), rows)


def written_default(name: str) -> str:
    """The default of an assumption, as YAML has it."""
    value = getattr(Assumptions(), name)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | str):
        return str(value)
    shown = next(one["default"] for one in Assumptions().printed((name,)))
    return f"[{shown}]" if ", " in shown else shown


def _certainty(certainty: Certainty) -> str:
    return f"{certainty.value}: {_SURE[certainty]}"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _page(name: str, lead: str, rows: list[tuple[str, str]]) -> str:
    lines = [f"# {name}", ""]
    if lead:
        lines += [lead, ""]
    lines += [f"- **{what}:** {text}" for what, text in rows]
    return "\n".join(lines) + "\n"

"""Drawing an incident: which trouble or troubles, what confounds them, which evidence is missing."""

from __future__ import annotations

from dataclasses import dataclass

import yaml

from narrows.scenario import Scenario, parse_scenario
from oracles.incidents.confounders import CONFOUNDERS
from oracles.incidents.draft import Draft
from oracles.incidents.recipes import RECIPES, healthy

EVIDENCE = (
    "cloudwatch/nat-gateways",
    "cloudwatch/functions",
    "callers",
    "lambda",
    "ec2/network-interfaces.json",
    "ec2/nat-gateways.json",
    "ec2/route-tables.json",
    "ec2/security-groups.json",
    "ec2/network-acls.json",
    "service-quotas.json",
)
"""What may be missing from a case: beginnings of paths."""

_NOT_TOGETHER = {"idle-timeout-reset", "dns-failure"}
"""They change the whole run, so they stand alone."""


@dataclass(frozen=True)
class Incident:
    """One drawn incident."""

    seed: int
    recipes: tuple[str, ...]
    """Keys of ``RECIPES``; none for a healthy network."""
    scenario: Scenario
    state_codes: dict[str, str]
    """``LastUpdateStatusReasonCode`` by function."""
    missing: tuple[str, ...]
    """Evidence that is taken away."""


def make_incident(seed: int) -> Incident:
    """The incident of a seed: the same one for ever."""
    draft = Draft(seed)
    names = list(RECIPES)
    recipes: list[str] = []
    kind = draft.rng.random()
    if kind < 0.1:
        healthy(draft)
    else:
        recipes.append(names[int(draft.rng.integers(len(names)))])
        if kind > 0.8 and recipes[0] not in _NOT_TOGETHER:
            rest = [name for name in names if name not in _NOT_TOGETHER and name != recipes[0]]
            recipes.append(rest[int(draft.rng.integers(len(rest)))])
        for name in recipes:
            RECIPES[name](draft)
    for confounder in CONFOUNDERS:
        if draft.document["vpc"]["nat_gateways"] and draft.chance(0.25):
            confounder(draft)
    missing: list[str] = []
    if draft.chance(0.4):
        missing = [one for one in EVIDENCE if draft.chance(0.3)]
    scenario = parse_scenario(yaml.safe_dump(draft.document, sort_keys=False), f"incident {seed}")
    return Incident(seed, tuple(recipes), scenario, draft.state_codes, tuple(missing))

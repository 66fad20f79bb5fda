"""Whatever is open or wrong in what is declared: an import asks or refuses in one line, and what it writes loads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from narrows.declared.imported import import_scenario
from narrows.declared.model import Declared, Reference, Unknown, Value
from narrows.errors import InputError
from narrows.plan import make_plan
from narrows.scenario import parse_scenario
from oracles.infrastructure.cloudformation import template
from oracles.infrastructure.declared import as_declared
from oracles.infrastructure.drawing import random_infrastructure
from oracles.networks.dice import Dice

_PURPOSE = 0xB0
_WRONG: tuple[Value, ...] = (
    Unknown("known after apply"),
    Unknown("the Region is not known", "${AWS::Region}a"),
    Reference("Nowhere"),
    Reference("Vpc", "DefaultSecurityGroup"),
    "",
    "\x1b[31m",
    "-1",
    -1,
    1e300,
    True,
    [],
    {},
    [Unknown("a list"), 7, None, ["subnet-1"]],
    {"Fn": {"Deep": [{}]}},
    "sg-1",
)


def _broken(value: Value, dice: Dice, share: float) -> Value:
    if dice.chance(share):
        return dice.pick(_WRONG)
    if isinstance(value, Mapping):
        return {key: _broken(one, dice, share) for key, one in value.items()}
    if isinstance(value, list):
        return [_broken(one, dice, share) for one in value]
    return value


def _of(seed: int) -> Declared:
    dice = Dice(seed, _PURPOSE)
    share = dice.pick((0.005, 0.02, 0.1, 0.4))
    whole = as_declared(template(random_infrastructure(seed)), dice.pick(("cloudformation", "terraform")))
    kept = [one for one in whole.resources if dice.chance(0.97)]
    return replace(
        whole,
        resources=tuple(
            replace(
                one,
                properties={key: _broken(value, dice, share) for key, value in one.properties.items()},
                conditional="a condition" if dice.chance(0.05) else "",
            )
            for one in kept
        ),
    )


def _refusal(seed: int) -> str | None:
    """Why it was refused; None where it was imported."""
    try:
        found = import_scenario(_of(seed))
    except InputError as error:
        return str(error)
    assert "\x1b" not in found.text
    assert parse_scenario(found.text) == found.scenario
    make_plan(found.scenario)
    return None


def _check(seeds: range) -> None:
    refusals = [text for seed in seeds if (text := _refusal(seed)) is not None]
    assert all("\n" not in text and text.startswith("template.yaml: line 1, ") for text in refusals), refusals
    assert len(refusals) < len(seeds) / 2


def test_most_of_what_is_broken_is_imported_all_the_same() -> None:
    _check(range(8))


@pytest.mark.slow
def test_whatever_is_broken() -> None:
    _check(range(200))

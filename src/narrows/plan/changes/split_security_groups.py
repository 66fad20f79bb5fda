"""``split-security-groups``: another security-group set for some functions that share ENIs, so that they get their own.

One function alone can be split only by publishing two versions with different security groups and calling it through an
alias that is weighted between them; an alias knows two versions at most. The simulator has no aliases: such a function
becomes two functions with half the demand each, which is the same to every table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from narrows.demand import FunctionDemand
from narrows.listing import counted
from narrows.network import Function, HopKind, SecurityGroup
from narrows.plan.actions import Action, Change, Risk, Step
from narrows.plan.changes.edits import fresh, listed, with_network
from narrows.scenario import Scenario

SECOND_VERSION = "_version_2"
"""Stands behind a function's name for the half of it that its second version takes: a name that AWS takes too, so that
the scenario of a plan can be read again."""


def halve(scenario: Scenario, function: str) -> Scenario:
    """Make two functions of one, with half its demand each: two versions behind a weighted alias."""
    second = function + SECOND_VERSION
    whole = scenario.network.functions[function]
    reserved = whole.reserved_concurrency
    half = replace(whole, reserved_concurrency=None if reserved is None else (reserved + 1) // 2)
    return replace(
        with_network(
            scenario,
            functions={**scenario.network.functions, function: half, second: replace(half, name=second)},
        ),
        demand=scenario.demand.edited(
            lambda asked: {**asked, function: _half(asked[function]), second: _half(asked[function])}
        ),
    )


def _half(asked: FunctionDemand) -> FunctionDemand:
    rate = asked.invocations_per_second
    return replace(
        asked,
        environments=asked.environments.scaled(0.5),
        invocations_per_second=None if rate is None else rate.scaled(0.5),
    )


def split_security_groups(scenario: Scenario, sets: Sequence[Sequence[str]]) -> Step:
    """Give each of ``sets`` but the first a security-group set of its own.

    Args:
        scenario: one in which functions that need it are halved already.
        sets: functions that share their security groups now; each in one of the sets.
    """
    network = scenario.network
    groups, functions = dict(network.security_groups), dict(network.functions)
    old = network.functions[sets[0][0]].security_groups
    copied, new = old[0], []
    for part in sets[1:]:
        name = fresh(copied, {*groups, *(one for function in functions.values() for one in function.security_groups)})
        groups[name] = replace(groups.get(copied, SecurityGroup(copied)), name=name)
        if copied not in network.security_groups:
            del groups[name]
        new.append(name)
        for function in part:
            functions[function] = _regrouped(functions[function], copied, name)
    halved = [name for part in sets for name in part if name.endswith(SECOND_VERSION)]
    everyone = [name for part in sets for name in part if name not in halved]
    enis = sum(len({subnet for name in part for subnet in functions[name].subnets}) for part in sets[1:])
    change = Change(
        ACTION,
        listed(everyone),
        len(new),
        0,
        _what(new, copied, halved, sets, enis),
        f"+{counted(len(new), 'security-group set')} for {listed(everyone, 2)}",
        before=1,
        after=len(sets),
        new=tuple(new),
        risks=(
            Risk.ENI_QUOTA,
            Risk.FUNCTION_UPDATE,
            Risk.SECURITY_GROUP_REFERENCES,
            *((Risk.TWO_VERSIONS,) if halved else ()),
        ),
        needs=("every caller can call the function through an alias",) if halved else (),
        notes=("one function uses two security-group sets only through two published versions behind a weighted alias",)
        if halved
        else (),
        not_simulated="two versions behind an alias are simulated as two functions with half the demand each"
        if halved
        else "",
    )
    return Step(with_network(scenario, security_groups=groups, functions=functions), change)


def _regrouped(function: Function, old: str, new: str) -> Function:
    return replace(function, security_groups=tuple(new if one == old else one for one in function.security_groups))


def _what(new: list[str], copied: str, halved: list[str], sets: Sequence[Sequence[str]], enis: int) -> str:
    copies = f"add {counted(len(new), 'copy', 'copies')} of {copied}"
    moved = listed(name.removesuffix(SECOND_VERSION) for part in sets[1:] for name in part)
    if halved and len(halved) == sum(map(len, sets[1:])):
        return f"{copies} for a second version of {moved}, half the calls each: {counted(enis, 'Hyperplane ENI')} more"
    return f"{copies} for {moved}: {counted(enis, 'Hyperplane ENI')} more"


ACTION = Action("split-security-groups", place=50, widens=HopKind.HYPERPLANE_ENI)

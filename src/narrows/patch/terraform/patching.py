"""A plan as a patch of the user's Terraform."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from narrows.declared.model import Declared
from narrows.patch.model import Patch, ToDo
from narrows.patch.terraform.addresses import more_addresses
from narrows.patch.terraform.alarms import add_alarms
from narrows.patch.terraform.endpoints import new_endpoint
from narrows.patch.terraform.files import Files
from narrows.patch.terraform.gateways import new_gateway, reroute
from narrows.patch.terraform.groups import new_security_group
from narrows.patch.terraform.ipv6 import dual_stack
from narrows.patch.terraform.placing import place
from narrows.patch.terraform.subnets import keep_its_table, new_subnet
from narrows.patch.terraform.versions import provider_version
from narrows.patch.terraform.work import KINDS, Work
from narrows.patch.told import beforehand, risks
from narrows.plan.edits import (
    ByHand,
    ChangeEdits,
    DualStack,
    Edit,
    MoreAddresses,
    NewEndpoint,
    NewNatGateway,
    NewSecurityGroup,
    NewSubnet,
    Placed,
    Rerouted,
    SecondVersion,
    edits_of,
)
from narrows.plan.model import Plan


def patch(plan: Plan, folder: Path, declared: Declared) -> Patch | None:
    """The patch; None where no file has any of the resources that the plan changes."""
    files = Files(folder)
    work = Work(files, declared, plan, provider_version(files))
    if plan.best is None:
        return Patch((), (ToDo("nothing is to be changed"),))
    changes = edits_of(plan.today.network, plan.best)
    for step in _STEPS:
        step(work, changes)
    if work.missing and not work.found:
        return None
    add_alarms(work)
    for type_, name in work.missing:
        work.say(f"{KINDS[type_][1]} {name} is in no file: what the plan changes of it is left to you")
    for file in files.json:
        if not any(todo.place.startswith(file) for todo in work.todo):
            work.say("files in JSON are read and not edited", file)
    for fault in declared.faults:
        work.say(f"not understood: {fault.text}", str(fault.place))
    at_faults = {str(fault.place) for fault in declared.faults}
    for place_, why in files.left_out:
        if place_ not in at_faults:
            work.say(f"not read: {why}", place_)
    return Patch(files.changes(), (*beforehand(plan.best), *work.todo), risks(plan.best), tuple(work.outputs))


def _each(kinds: type[Edit] | tuple[type[Edit], ...], act: Callable[..., None]) -> Callable[..., None]:
    def step(work: Work, changes: tuple[ChangeEdits, ...]) -> None:
        for change in changes:
            for edit in change.edits:
                if isinstance(edit, kinds):
                    act(work, edit, change.change.what)

    return step


def _reroute(work: Work, changes: tuple[ChangeEdits, ...]) -> None:
    for change in changes:
        moved = [edit for edit in change.edits if isinstance(edit, Rerouted)]
        for after in dict.fromkeys(edit.after for edit in moved):
            reroute(work, [edit for edit in moved if edit.after == after], change.change.what)


def _place(work: Work, changes: tuple[ChangeEdits, ...]) -> None:
    placings = [edit for change in changes for edit in change.edits if isinstance(edit, Placed)]
    for change in changes:
        for edit in change.edits:
            if isinstance(edit, Placed):
                place(work, edit, change.change.what, placings)


def _dual_stack(work: Work, changes: tuple[ChangeEdits, ...]) -> None:
    for change in changes:
        dual_stack(work, [edit for edit in change.edits if isinstance(edit, DualStack)], change.change.what)


def _by_hand(work: Work, edit: Edit, what: str) -> None:
    if isinstance(edit, ByHand):
        work.say(edit.what)
    elif isinstance(edit, SecondVersion):
        work.say(
            f"{what}: publish a second version of {edit.function} with security groups "
            f"{', '.join(edit.security_groups)}, and a weighted alias over both"
        )


_STEPS: tuple[Callable[[Work, tuple[ChangeEdits, ...]], None], ...] = (
    _each(NewSubnet, keep_its_table),
    # What is new comes first: the rest refers to it.
    _each(NewNatGateway, new_gateway),
    _reroute,
    _each(NewSecurityGroup, new_security_group),
    _each(NewSubnet, new_subnet),
    _place,
    _each(NewEndpoint, new_endpoint),
    _each(MoreAddresses, more_addresses),
    _dual_stack,
    _each((ByHand, SecondVersion), _by_hand),
)

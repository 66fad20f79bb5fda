"""From the changes of a plan to what is run for each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from narrows.case.wiring import Wiring
from narrows.commands.context import Context
from narrows.commands.endpoints import new_endpoint
from narrows.commands.functions import placed, second_version
from narrows.commands.gateways import more_addresses, new_gateway
from narrows.commands.groups import new_group
from narrows.commands.known import Known
from narrows.commands.recorder import Recorder
from narrows.commands.subnets import dual_stack, new_subnet
from narrows.commands.tables import Tables
from narrows.network import Network
from narrows.plan.actions import Change, Risk
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
from narrows.plan.model import Option
from narrows.plan.quotas import QuotaNeed
from narrows.plan.steps import Command, Mark, Steps

_MARKS = {
    Risk.EGRESS_ADDRESSES_ADDED: Mark.EGRESS,
    Risk.EGRESS_ADDRESSES_CHANGE: Mark.EGRESS,
    Risk.GATEWAY_REPLACED: Mark.INTERRUPTS,
    Risk.CONNECTIONS_DROPPED: Mark.INTERRUPTS,
}
"""What a risk is in a word."""
_NO_PAGER = Command("print each answer: version 2 of the AWS CLI would open a pager for it", "export AWS_PAGER=")
_REUSE = ": narrows lint handlers finds the places, and narrows explain reuse says how"


def option_with_steps(
    today: Network, option: Option, wiring: Wiring | None, region: str | None, names: Mapping[str, str]
) -> Option:
    """The option with what is run for each of its changes, and for its quotas first.

    Args:
        today: the network before the changes.
        wiring: of the case that it was read from; None for a scenario.
        region: None for the one that the user has set.
        names: Name tags.
    """
    known = Known(today, wiring)
    recorder = Recorder(region)
    for need in option.quotas:
        _raise(recorder, need)
    context = Context(today, option.scenario.network, known, names, recorder)
    tables = Tables(context)
    quotas = recorder.steps()
    every = [quotas, *(_of_change(context, tables, edits) for edits in edits_of(today, option))]
    first = next((place for place, steps in enumerate(every) if steps.commands), None)
    if first is not None:
        every[first] = replace(every[first], commands=(_NO_PAGER, *every[first].commands))
    return replace(option, quota_steps=every[0], steps=tuple(every[1:]))


def _of_change(context: Context, tables: Tables, change: ChangeEdits) -> Steps:
    context.recorder = Recorder(context.recorder.region)
    for edit in change.edits:
        _write(context, tables, edit)
    if not change.edits:
        context.recorder.by_hand("part of a later step, once what it needs is there")
    steps = context.recorder.steps(_marks(change.change))
    return replace(steps, asks=context.known.take_asks())


def _marks(change: Change) -> Iterator[Mark]:
    yield from (_MARKS[risk] for risk in change.risks if risk in _MARKS)
    if change.monthly_cents > 0:
        yield Mark.COSTS


def _write(context: Context, tables: Tables, edit: Edit) -> None:
    match edit:
        case MoreAddresses():
            more_addresses(context, edit)
        case NewNatGateway():
            new_gateway(context, edit)
        case NewSubnet():
            new_subnet(context, tables, edit)
        case Rerouted():
            tables.lead(edit)
        case NewSecurityGroup():
            new_group(context, edit)
        case Placed():
            placed(context, edit)
        case SecondVersion():
            second_version(context, edit)
        case DualStack():
            dual_stack(context, tables, edit)
        case NewEndpoint():
            new_endpoint(context, tables, edit)
        case ByHand(what):
            context.recorder.by_hand(what + _REUSE)


def _raise(recorder: Recorder, need: QuotaNeed) -> None:
    """Ask for a quota; AWS decides, sometimes after days."""
    limit = need.limit
    if limit.quota_code is None or limit.quota_service is None:
        recorder.by_hand(f"ask AWS for {need.needed:,} {limit.unit} per {limit.scope}")
        return
    parameters = {
        "ServiceCode": limit.quota_service, "QuotaCode": limit.quota_code, "DesiredValue": need.needed,
    }  # fmt: skip
    what = f"ask for {need.needed:,} {limit.unit} per {limit.scope}; wait until AWS grants it"
    recorder.run(recorder.make(what, "service-quotas RequestServiceQuotaIncrease", parameters))

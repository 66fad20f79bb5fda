"""Functions with another VPC configuration, and functions that need two of them."""

from __future__ import annotations

from collections.abc import Sequence

from narrows.aws.requests import Variable
from narrows.aws_ids import FUNCTION, SECURITY_GROUP, SUBNET
from narrows.commands.context import Context
from narrows.commands.known import Value
from narrows.plan.edits import Placed, SecondVersion
from narrows.plan.steps import Command, Mark

_HALF = 0.5


def placed(context: Context, edit: Placed) -> None:
    """Another VPC configuration for a function: the old one serves until the new one is there."""
    before = context.today.functions[edit.function]
    function = _name(context, edit.function)
    new = _configuration(context, edit.subnets, edit.security_groups, edit.dual_stack, before.dual_stack)
    old = _configuration(context, edit.subnets_before, edit.security_groups_before, before.dual_stack, edit.dual_stack)
    leaves = not edit.subnets
    marks = (Mark.EGRESS,) if leaves or edit.dual_stack != before.dual_stack else ()
    what = f"take {edit.function} out of the VPC" if leaves else f"place {edit.function} in its subnets"
    _update(context, what, function, new, marks, [(f"place {edit.function} as it was", old)])
    if before.versions or before.version_numbers:
        context.recorder.by_hand(
            f"{edit.function} has published versions with a VPC configuration of their own: publish a new one, and let "
            "the aliases that callers use name it"
        )
    else:
        context.recorder.by_hand(
            "callers of a published version or an alias are served as before until a new version is published and the "
            "alias names it: aws lambda publish-version, aws lambda update-alias"
        )


def second_version(context: Context, edit: SecondVersion) -> None:
    """Two published versions of a function, and an alias that sends each half of the calls."""
    known, recorder = context.known, context.recorder
    function = _name(context, edit.function)
    today, after = context.today.functions[edit.function], context.after.functions[edit.function]
    if set(edit.subnets) == set(after.subnets) and set(edit.security_groups) == set(after.security_groups):
        return  # a plan counts halves that share all their ENIs: one version is as good
    is_new = (today.subnets, today.security_groups, today.dual_stack) != (
        after.subnets, after.security_groups, after.dual_stack,
    )  # fmt: skip
    first = known.variable("VERSION", edit.function)
    delete = [_delete_version(context, function, first)] if is_new else []
    _publish(context, function, edit.function, first, delete)
    own = _configuration(context, after.subnets, after.security_groups, after.dual_stack, today.dual_stack)
    other = _configuration(context, edit.subnets, edit.security_groups, after.dual_stack, today.dual_stack)
    _update(context, f"the second configuration of {edit.function}", function, other, (), [])
    second = known.variable("VERSION", f"{edit.function}_SECOND")
    _publish(context, function, edit.function, second, [_delete_version(context, function, second)])
    _update(context, f"the first configuration of {edit.function} again", function, own, (), [])
    alias = known.ask("ALIAS", edit.function, f"the alias that all callers of {edit.function} use", "...")
    was = known.variable("VERSION_BEFORE", edit.function)
    named = {"FunctionName": function, "Name": alias}
    recorder.run(
        recorder.make(
            "the version that the alias names today", "lambda GetAlias", named, keeps=was, query="FunctionVersion"
        )
    )
    weights = {"AdditionalVersionWeights": {second: _HALF}}
    recorder.run(
        recorder.make(
            "send each version half of the calls", "lambda UpdateAlias",
            {**named, "FunctionVersion": first, "RoutingConfig": weights},
        ),
        recorder.make(
            "send all calls to the version of before", "lambda UpdateAlias",
            {**named, "FunctionVersion": was, "RoutingConfig": {"AdditionalVersionWeights": {}}},
        ),
    )  # fmt: skip


def _name(context: Context, function: str) -> Value:
    if FUNCTION.fits(function):
        return function
    return context.known.ask("FUNCTION", function, f"the name of function {function}", "...")


def _configuration(
    context: Context, subnets: Sequence[str], groups: Sequence[str], dual_stack: bool, was_dual_stack: bool
) -> dict[str, object]:
    known = context.known
    configuration: dict[str, object] = {
        "SubnetIds": [known.id(SUBNET, subnet) for subnet in subnets],
        "SecurityGroupIds": [known.id(SECURITY_GROUP, group) for group in groups],
    }
    if subnets and (dual_stack or was_dual_stack):
        configuration["Ipv6AllowedForDualStack"] = dual_stack
    return configuration


def _update(
    context: Context,
    what: str,
    function: Value,
    configuration: dict[str, object],
    marks: Sequence[Mark],
    back: Sequence[tuple[str, dict[str, object]]],
) -> None:
    recorder = context.recorder
    call = "lambda UpdateFunctionConfiguration"
    undo: list[Command] = []
    for said, old in back:
        undo.append(recorder.make(said, call, {"FunctionName": function, "VpcConfig": old}, *marks))
        undo.append(_updated(context, function))
    recorder.run(recorder.make(what, call, {"FunctionName": function, "VpcConfig": configuration}, *marks), *undo)
    recorder.run(_updated(context, function))


def _updated(context: Context, function: Value) -> Command:
    return context.recorder.make(
        "until the function has it: minutes, in which the old configuration serves", "lambda GetFunction",
        {"FunctionName": function}, waits="function-updated-v2",
    )  # fmt: skip


def _publish(context: Context, function: Value, name: str, version: Variable, undo: Sequence[Command]) -> None:
    recorder = context.recorder
    recorder.run(
        recorder.make(
            f"publish {name} as it is now",
            "lambda PublishVersion",
            {"FunctionName": function},
            keeps=version,
            query="Version",
        ),
        *undo,
    )
    recorder.run(
        recorder.make(
            "until the version serves", "lambda GetFunctionConfiguration",
            {"FunctionName": function, "Qualifier": version}, waits="published-version-active",
        )
    )  # fmt: skip


def _delete_version(context: Context, function: Value, version: Variable) -> Command:
    return context.recorder.make(
        "delete the version", "lambda DeleteFunction", {"FunctionName": function, "Qualifier": version}
    )

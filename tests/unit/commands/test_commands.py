"""Commands of plans: valid for AWS's own models and command line, valid for a shell, quoted, and said once."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import botocore.session
import pytest
from botocore import xform_name
from botocore.model import ServiceModel
from botocore.validate import ParamValidator
from hypothesis import given, settings
from hypothesis import strategies as st

from narrows.aws.operations import IN_COMMANDS, OPERATIONS
from narrows.aws.requests import Request, Variable, in_shell
from narrows.commands import with_commands
from narrows.network import NatKind
from narrows.plan import Plan, make_plan
from narrows.plan.actions import Risk
from narrows.plan.model import Option
from narrows.plan.steps import Command, Mark, Steps
from narrows.scenario import Scenario, load_scenario
from oracles.networks import random_network
from tests.unit.plan.sites import EXAMPLES, site
from tests.unit.plan.test_edits import over_ipv6
from tests.unit.plan.test_every_step import sites

_OWN_OPTIONS = {"--region", "--query", "--output"}


@cache
def model(service: str) -> ServiceModel:
    return botocore.session.get_session().get_service_model(service)


def of_option(option: Option) -> Iterator[Steps]:
    assert option.quota_steps is not None
    yield from (option.quota_steps, *option.steps)


def options(plan: Plan) -> Iterator[Option]:
    yield from (one for one in (plan.best, *plan.alternatives) if one is not None)


def commands(plan: Plan) -> Iterator[Command]:
    for option in options(plan):
        for steps in of_option(option):
            yield from (*steps.commands, *steps.undo)


def plain(value: Any) -> Any:
    """A value with a text in the place of each variable."""
    if isinstance(value, Variable):
        return f"id-of-{value.name.lower()}"
    if isinstance(value, Mapping):
        return {plain(key): plain(one) for key, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list | tuple) else value


def check_request(request: Request) -> None:
    """By botocore's model of the operation, and by the names of AWS's command line."""
    operation = model(request.service).operation_model(request.operation)
    report = ParamValidator().validate(plain(request.parameters), operation.input_shape)
    assert not report.has_errors(), report.generate_report()
    words = shlex.split(in_shell(replace(request, keeps=None)))
    name = f"wait {request.waits}" if request.waits else xform_name(request.operation, "-")
    assert " ".join(words).startswith(f"aws {request.service} {name} ")
    known = {f"--{xform_name(one, '-')}" for one in operation.input_shape.members}
    given = {word for word in words if re.fullmatch(r"--[a-z0-9-]+", word)}
    assert {one.replace("--no-", "--") for one in given} <= known | _OWN_OPTIONS
    assert (request.service, request.operation) in {**OPERATIONS, **IN_COMMANDS}
    assert request.permission.endswith(request.operation)
    if request.waits:
        waiters = botocore.session.get_session().get_waiter_model(request.service)
        assert waiters.get_waiter(
            xform_name(request.waits.replace("-", "_"), "_").title().replace("_", "")
        ).operation == (request.operation)


def shell_errors(script: str) -> str:
    ran = subprocess.run(["/bin/sh", "-n"], input=script, capture_output=True, text=True, check=False, timeout=60)
    return ran.stderr


def check(plan: Plan) -> None:
    for option in options(plan):
        known: set[str] = set()
        for steps in of_option(option):
            asked = [one.name for one in steps.asks]
            assert not known & set(asked)
            known |= set(asked)
            for command in (*steps.commands,):
                if command.request is not None:
                    check_request(command.request)
                    assert used(command) <= known, command.text
                    if command.request.keeps is not None:
                        assert command.request.keeps.name not in known
                        known.add(command.request.keeps.name)
            ends = set(known)
            for command in steps.undo:
                if command.request is not None:
                    check_request(command.request)
                    assert used(command) <= ends, command.text
                    if command.request.keeps is not None:
                        ends.add(command.request.keeps.name)
            known |= ends
        everything = "\n".join(f"{steps.text}\n{steps.undo_text}" for steps in of_option(option))
        assert shell_errors(everything) == ""


def used(command: Command) -> set[str]:
    """The variables that a command needs."""
    return set(re.findall(r'"\$([A-Z0-9_]+)"', command.text))


@settings(max_examples=4)
@given(sites(), st.sampled_from((0.0, 0.3)))
def test_commands_are_what_aws_and_a_shell_take(scenario: Scenario, headroom: float) -> None:
    check(with_commands(make_plan(scenario, headroom=headroom)))


@pytest.mark.slow
@settings(max_examples=60)
@given(sites(), st.sampled_from((0.0, 0.3)))
def test_commands_of_many_are_what_aws_and_a_shell_take(scenario: Scenario, headroom: float) -> None:
    check(with_commands(make_plan(scenario, headroom=headroom)))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_commands_of_networks_as_people_have_them(seed: int) -> None:
    can = ("use-ipv6-egress",) if seed % 2 else ()
    check(with_commands(make_plan(over_ipv6(random_network(seed)), growth=(1.0, 3.0, 10.0)[seed % 3], possible=can)))


HOSTILE = ("a; touch /tmp/x", "$(touch x)", "`id`", "--debug", "file:///etc/passwd", "a'b\"c", "x\ny", "$HOME", "-r")


@pytest.mark.parametrize("name", HOSTILE)
def test_a_strangers_name_does_nothing(name: str) -> None:
    """As the name of everything in a scenario: quoted, and neither an option nor a file."""
    scenario = site(
        {name: ([name], 1000, 90)}, subnets={name: name}, nats={name: 1}, groups={name: name},
        to={name: name}, destinations={name: {}}, valid=False,
    )  # fmt: skip
    plan = with_commands(make_plan(scenario))
    check(plan)
    for command in commands(plan):
        words = shlex.split(command.text.partition("=$(")[2].removesuffix(")") or command.text)
        assert not any(word.startswith(("file:", "--debug", "-r")) for word in words[1:]), command.text
    text = "\n".join(steps.text + steps.undo_text for option in options(plan) for steps in of_option(option))
    for line in text.splitlines():
        comment = line[line.index("#") :] if line.startswith("#") or "   # " in line else ""
        assert not re.search(r"[`$;'\"]", comment), line


def test_no_gateway_that_is_there_is_deleted() -> None:
    scenario = site({"f": (["a"], 3000, 300)}, nats={"nat": 8}, kinds={"nat": NatKind.ZONAL})
    plan = with_commands(make_plan(scenario, headroom=0.0))
    for option in options(plan):
        for steps in of_option(option):
            assert not [one for one in steps.commands if one.request and one.request.operation.startswith("Delete")]
            for command in steps.undo:
                if command.request and command.request.operation == "DeleteNatGateway":
                    assert command.request.parameters["NatGatewayId"] != Variable("NAT_NAT")


def test_marks_say_what_the_risks_say() -> None:
    plan = with_commands(make_plan(site({"f": (["a"], 3000, 30)}), headroom=0.3))
    for option in options(plan):
        for change, steps in zip(option.changes, option.steps, strict=True):
            risks = {Risk.EGRESS_ADDRESSES_ADDED, Risk.EGRESS_ADDRESSES_CHANGE} & set(change.risks)
            assert (Mark.EGRESS in steps.marks) >= bool(risks)
            assert (Mark.COSTS in steps.marks) >= (change.monthly_cents > 0)


def test_variables_never_collide() -> None:
    """Names that differ only in what no variable can hold."""
    names = ["nat-a", "nat_a", "NAT-A"]
    scenario = site(
        {f"f{k}": ([f"s{k}"], 1000, 90) for k in range(3)},
        subnets={f"s{k}": name for k, name in enumerate(names)},
        nats=dict.fromkeys(names, 1),
    )  # fmt: skip
    plan = with_commands(make_plan(scenario))
    check(plan)
    assert plan.best is not None
    asked = [one.name for steps in plan.best.steps for one in steps.asks]
    assert {"NAT_A", "NAT_NAT_A"} & set(asked)
    assert len(asked) == len(set(asked))


def test_quotas_come_first() -> None:
    plan = with_commands(make_plan(site({"f": (["a"], 3000, 90)}), headroom=0.3))
    assert plan.best is not None
    assert plan.best.quota_steps is not None
    texts = [one.text for one in plan.best.quota_steps.commands]
    for need in plan.best.quotas:
        wanted = f"--quota-code {need.limit.quota_code} --desired-value {need.needed}"
        assert [text for text in texts if text.endswith(wanted)], wanted


def test_what_is_asked_for_reads_as_a_sentence() -> None:
    """A scenario knows neither the subnet of a NAT gateway nor, maybe, a zone: those are asked for by what has them."""
    plan = with_commands(make_plan(load_scenario(EXAMPLES / "launch-load-test.yaml")))
    asked = {ask.what for option in options(plan) for steps in of_option(option) for ask in steps.asks}
    assert "the id of the subnet of nat-a" in asked
    assert not [what for what in asked if re.search(r"\bof of\b|\bid of subnet of\b", what)]


def test_what_is_done_by_hand_stands_where_it_is_due() -> None:
    """A copy of a security group that has no rules yet must not get half of the calls."""
    plan = with_commands(make_plan(load_scenario(EXAMPLES / "launch-load-test.yaml")))
    split = next(option for option in options(plan) if option.strategy == "split-security-groups")
    (steps,) = [steps for steps in split.steps if any("the rules of" in step.what for step in steps.by_hand)]
    lines = steps.text.splitlines()
    (rules,) = [number for number, line in enumerate(lines) if line.startswith("# by hand: give ")]
    first = next(number for number, line in enumerate(lines) if "create-security-group" in line)
    moved = next(number for number, line in enumerate(lines) if "update-function-configuration" in line)
    assert first < rules < moved

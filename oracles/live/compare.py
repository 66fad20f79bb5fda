"""A case that was collected beside the one that the account was made of: the same answers, but for where they stand."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import yaml

from narrows.case import read_case
from narrows.diagnose import diagnose
from narrows.errors import InputError
from narrows.plan import make_plan

_ACTIONS = {
    "lambda/functions.json": ("lambda:ListFunctions", "lambda:GetFunctionConfiguration"),
    "ec2/vpcs.json": ("ec2:DescribeVpcs",),
    "ec2/subnets.json": ("ec2:DescribeSubnets",),
    "ec2/security-groups.json": ("ec2:DescribeSecurityGroups",),
    "ec2/network-acls.json": ("ec2:DescribeNetworkAcls",),
    "ec2/route-tables.json": ("ec2:DescribeRouteTables",),
    "ec2/nat-gateways.json": ("ec2:DescribeNatGateways",),
    "ec2/addresses.json": ("ec2:DescribeAddresses",),
    "ec2/network-interfaces.json": ("ec2:DescribeNetworkInterfaces",),
    "ec2/vpc-endpoints.json": ("ec2:DescribeVpcEndpoints",),
    "ec2/prefix-lists.json": ("ec2:DescribePrefixLists",),
    "ec2/transit-gateway-attachments.json": ("ec2:DescribeTransitGatewayVpcAttachments",),
    "service-quotas.json": ("servicequotas:ListServiceQuotas",),
    "callers": ("logs:FilterLogEvents",),
}
"""The actions that bring each file: what a case does not hold, nobody is allowed to see."""


@dataclass(frozen=True)
class Answers:
    """What narrows says of a case."""

    diagnosis: dict[str, Any]
    plan: dict[str, Any] | str
    """Or why there is none."""


class Verdict(StrEnum):
    """How two answers compare."""

    SAME = "the same"
    LESS_SURE = "the same cause or none, less sure"
    OTHER = "another cause"


@dataclass(frozen=True)
class Judgement:
    """Two answers beside each other."""

    verdict: Verdict
    differences: tuple[str, ...]


_SURE = ("confirmed", "likely")


def judge(expected: Answers, found: Answers) -> Judgement:
    """What was found in a case that was collected, beside what its account was made of."""
    differ = (
        *differences(expected.diagnosis, found.diagnosis, "diagnosis"),
        *differences(expected.plan, found.plan, "plan"),
    )
    if not differ:
        return Judgement(Verdict.SAME, ())
    before, after = ({one["id"] for one in answer.diagnosis["causes"] if one["status"] in _SURE}
                     for answer in (expected, found))  # fmt: skip
    ruled_out = {one["id"] for one in found.diagnosis["causes"] if one["status"] == "ruled-out"}
    is_other = found.diagnosis["narrows"] not in (expected.diagnosis["narrows"], None) or not after <= before
    return Judgement(Verdict.OTHER if is_other or ruled_out & before else Verdict.LESS_SURE, differ)


def denied_by(folder: Path) -> frozenset[str]:
    """The actions that a case holds no answer of."""
    return frozenset(action for file, actions in _ACTIONS.items() if not (folder / file).exists() for action in actions)


def copy_what_people_know(served: Path, into: Path) -> None:
    """Begin a case with the ``case.yaml`` of another: what people know, and no account tells."""
    into.mkdir(parents=True)
    shutil.copy(served / "case.yaml", into / "case.yaml")


def in_question(folder: Path) -> tuple[str, ...]:
    """The functions that ``case.yaml`` names."""
    return tuple(yaml.safe_load((folder / "case.yaml").read_text()).get("functions") or ())


def answers(folder: Path) -> Answers:
    """Of a case, without what says where evidence stands."""
    case = read_case(folder)
    found = dict(diagnose(case).to_json())
    try:
        plan: Any = make_plan(case).to_json()
    except InputError as error:
        plan = str(error).replace(str(folder), "")
    return Answers(_plain(found), _plain(plan))


def _plain(value: Any) -> Any:
    """Without sources, and without the files and commands of what is missing."""
    if isinstance(value, Mapping):
        return {
            key: _plain(one) for key, one in value.items() if key not in ("source", "how", "requests", "note", "why")
        }
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value


def differences(one: Any, other: Any, place: str = "") -> Iterator[str]:
    """Where two answers differ."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in one.keys() | other.keys():
            yield from differences(one.get(key), other.get(key), f"{place}.{key}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for index, (left, right) in enumerate(zip(one, other, strict=True)):
            yield from differences(left, right, f"{place}[{index}]")
    elif one != other:
        yield f"{place}: {json.dumps(one)[:300]} / {json.dumps(other)[:300]}"

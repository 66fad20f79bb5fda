"""Declared resources for tests, written as a CloudFormation template with ``!Ref``, ``!GetAtt`` and ``!Unknown``."""

from __future__ import annotations

from typing import Any, cast

import yaml

from narrows.declared.model import Declared, Fault, Place, Reference, Resource, Unknown, Value
from narrows.lint.of_declared import subject_of_declared
from narrows.lint.rule import Found, Severity, Unchecked
from narrows.lint.rules import RULES
from narrows.lint.subject import Subject

FILE = "template.yaml"


class _Loader(yaml.SafeLoader):
    """YAML with the three tags."""


def _ref(loader: _Loader, node: Any) -> Reference:
    return Reference(str(loader.construct_scalar(node)))


def _get_att(loader: _Loader, node: Any) -> Reference:
    address, _, attribute = str(loader.construct_scalar(node)).partition(".")
    return Reference(address, attribute)


def _unknown(loader: _Loader, node: Any) -> Unknown:
    return Unknown("nobody says", str(loader.construct_scalar(node)))


_Loader.add_constructor("!Ref", _ref)
_Loader.add_constructor("!GetAtt", _get_att)
_Loader.add_constructor("!Unknown", _unknown)


def declared(resources: str, *, faults: int = 0, source: str = "cloudformation") -> Declared:
    """What the resources of a template declare. A resource may have ``Conditional: why``."""
    nodes = cast("Any", yaml.compose(resources, Loader=_Loader))
    lines = {key.value: key.start_mark.line + 1 for key, _ in nodes.value}
    data = yaml.load(resources, Loader=_Loader)
    found = [
        Resource(
            one["Type"],
            name,
            Place(FILE, lines[name]),
            cast("dict[str, Value]", one.get("Properties", {})),
            conditional=one.get("Conditional", ""),
        )
        for name, one in data.items()
    ]
    place = Place(FILE, 1)
    return Declared(source, tuple(found), (Fault(place, "something else"),) * faults, files=(FILE,))


def subject(resources: str, *, faults: int = 0) -> Subject:
    """The same as rules look at it."""
    return subject_of_declared(declared(resources, faults=faults), Place(FILE))


def told(rule: str, seen: Subject) -> list[str]:
    """What a rule says of a subject."""
    return [one.what for one in RULES[rule].check(seen) if isinstance(one, Found)]


def unchecked(rule: str, seen: Subject) -> list[str]:
    """What a rule could not look at."""
    return [one.why for one in RULES[rule].check(seen) if isinstance(one, Unchecked)]


def everything(seen: Subject) -> set[str]:
    """The rules that find something."""
    return {id for id in RULES if told(id, seen)}


NAT = "Nat: {Type: 'AWS::EC2::NatGateway', Properties: {SubnetId: subnet-1, AllocationId: eipalloc-1}}\n"


def alarm(**changed: object) -> str:
    """A good alarm on a NAT gateway's ports, but for what is changed; ``None`` leaves it out."""
    properties: dict[str, object] = {
        "Namespace": "AWS/NATGateway", "MetricName": "ErrorPortAllocation", "Statistic": "Sum", "Period": 60,
        "EvaluationPeriods": 1, "Threshold": 0, "ComparisonOperator": "GreaterThanThreshold",
        "Dimensions": "[{Name: NatGatewayId, Value: !Ref Nat}]", **changed,
    }  # fmt: skip
    lines = "".join(f"    {name}: {value}\n" for name, value in properties.items() if value is not None)
    return f"{NAT}Alarm:\n  Type: AWS::CloudWatch::Alarm\n  Properties:\n{lines}"


def severities(rule: str, seen: Subject) -> list[Severity]:
    """How bad each thing is that a rule finds."""
    return [one.severity or RULES[rule].severity for one in RULES[rule].check(seen) if isinstance(one, Found)]

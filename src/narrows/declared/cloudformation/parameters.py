"""Parameters of a template, those that AWS adds among them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from narrows.aws_ids import REGION
from narrows.declared.cloudformation.nodes import Node, Plain
from narrows.declared.cloudformation.values import Inner, split, text_of
from narrows.declared.model import Unknown
from narrows.errors import InputError, one_line, shown

_PSEUDO = (
    "AWS::AccountId",
    "AWS::NotificationARNs",
    "AWS::Partition",
    "AWS::Region",
    "AWS::StackId",
    "AWS::StackName",
    "AWS::URLSuffix",
)
_OF_NESTED = ("AWS::AccountId", "AWS::Partition", "AWS::Region", "AWS::URLSuffix")
"""What a nested stack has in common with the one above it."""
_PARTITIONS = {"cn-": ("aws-cn", "amazonaws.com.cn"), "us-gov-": ("aws-us-gov", "amazonaws.com")}
_ACCOUNT = re.compile(r"[0-9]{12}", re.ASCII)
_COMMERCIAL = ("aws", "amazonaws.com")


@dataclass(frozen=True, slots=True)
class Given:
    """A value of a parameter."""

    value: Inner


class Parameters:
    """Those of one stack, and its pseudo parameters."""

    def __init__(self, declared: Node | None, given: Mapping[str, Inner]) -> None:
        self.declared = declared.mapping if declared is not None else {}
        self.given = given
        region = given.get("AWS::Region")
        self.region = region if isinstance(region, str) and REGION.fits(region) else None
        account = given.get("AWS::AccountId")
        self.account = account if isinstance(account, str) and _ACCOUNT.fullmatch(account) else None
        self._known: dict[tuple[str, bool], Inner] = {}
        self.names = (*self.declared, *_PSEUDO)

    def value(self, name: str, secret: bool = False) -> Given | None:
        """The value of a parameter; None where there is no such parameter.

        Args:
            secret: whether one that is not shown is wanted too.
        """
        if name in self.declared:
            return Given(self._declared(name, secret))
        return Given(self._pseudo(name)) if name in _PSEUDO else None

    def check(self, given: Mapping[str, str], file: str) -> None:
        """Refuse what CloudFormation would: a value that a parameter does not allow.

        Raises:
            InputError: it is one.
        """
        for name, value in given.items():
            node = self.declared.get(name)
            allowed = None if node is None else node.get("AllowedValues")
            texts = (
                [] if allowed is None else [text_of(choice.plain()) for choice in allowed.items if not choice.mapping]
            )
            known = [text for text in texts if text is not None]
            if allowed is not None and known and value not in known:
                problem = f"parameter {shown(name)} does not allow this value"
                raise InputError(
                    problem, file=file, place=f"line {allowed.line}", advice=f"allowed: {', '.join(known)}"
                )

    def pseudo_for_nested(self) -> dict[str, Inner]:
        """What a nested stack is given besides its own parameters."""
        return {name: self.given[name] for name in _OF_NESTED if name in self.given}

    def plain(self) -> dict[str, Plain]:
        """What the translator of SAM is given: known values."""
        values = {name: self._declared(name, False) for name in self.declared if name in self.given}
        known: dict[str, Plain] = {name: text for name, value in values.items() if (text := text_of(value)) is not None}
        lists = {name: [text_of(part) for part in value] for name, value in values.items() if isinstance(value, list)}
        joined = {name: ",".join(text or "" for text in texts) for name, texts in lists.items() if None not in texts}
        return {**known, **joined}

    def _declared(self, name: str, secret: bool) -> Inner:
        if (name, secret) not in self._known:
            self._known[name, secret] = self._worked_out(name, secret)
        return self._known[name, secret]

    def _worked_out(self, name: str, secret: bool) -> Inner:
        node = self.declared[name]
        kind_node, default, no_echo = node.get("Type"), node.get("Default"), node.get("NoEcho")
        kind = "" if kind_node is None else kind_node.text or ""
        called = one_line(name, 80)
        hole = f"${{{called}}}"
        if kind.startswith("AWS::SSM::Parameter::Value"):
            return Unknown(f"parameter {called} is read from Systems Manager", hole)
        if no_echo is not None and text_of(no_echo.plain() if not no_echo.mapping else "") == "true" and not secret:
            return Unknown(f"parameter {called} is not shown (NoEcho)", hole)
        if name in self.given:
            raw = self.given[name]
        elif default is not None:
            raw = default.plain()
        else:
            return Unknown(f"parameter {called} has no default", hole)
        if isinstance(raw, str) and "{{resolve:" in raw:
            return Unknown(f"parameter {called} is a dynamic reference", hole)
        if kind == "CommaDelimitedList" or kind.startswith("List<"):
            return _as_list(raw)
        return _as_number(raw) if kind == "Number" else raw

    def _pseudo(self, name: str) -> Inner:
        if name in self.given:
            return self.given[name]
        if self.region is not None and name in ("AWS::Partition", "AWS::URLSuffix"):
            endings = next(
                (known for prefix, known in _PARTITIONS.items() if self.region.startswith(prefix)), _COMMERCIAL
            )
            return endings[0 if name == "AWS::Partition" else 1]
        return Unknown(f"{name} is not known", f"${{{name}}}")


def _as_list(raw: Inner) -> Inner:
    elements = raw if isinstance(raw, list | Unknown) else split(raw, ",")
    if isinstance(elements, list):
        return [element.strip() if isinstance(element, str) else element for element in elements]
    return elements


def _as_number(raw: Inner) -> Inner:
    if not isinstance(raw, str) or len(raw) > 20:
        return raw
    try:
        return int(raw)
    except ValueError:
        pass
    try:
        number = float(raw)
    except ValueError:
        return raw
    return number if abs(number) < 2**63 else raw

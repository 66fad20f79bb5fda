"""Conditions of a template: true, false, or not known and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from narrows.declared.cloudformation.nodes import Node, intrinsic_of
from narrows.declared.cloudformation.scope import Scope
from narrows.declared.cloudformation.values import Inner, Text, Zones, text_of, unknown_because
from narrows.declared.model import Reference, Unknown
from narrows.errors import did_you_mean, one_line, shown

Known = str | list["Known"] | dict[str, "Known"]


class Conditions:
    """Those of one stack; each is worked out once, when it is first asked for."""

    def __init__(self, scope: Scope, declared: Node | None) -> None:
        self.scope = scope
        self.declared: Mapping[str, Node] = declared.mapping if declared is not None else {}
        self.known: dict[str, bool | Unknown] = {}
        self.open: list[str] = []
        self.taken_for_true: list[str] = []
        self.are_asked = False
        """Whether a value is worked out for a condition: it may look at what nobody is shown."""

    def holds(self, name: str, line: int) -> bool | Unknown:
        """Whether a condition holds."""
        holds = self._of(name, line)
        return True if isinstance(holds, Unknown) and name in self.taken_for_true else holds

    @contextmanager
    def assumed(self, condition: tuple[str, int] | None) -> Iterator[None]:
        """Within a resource its own condition holds: else it would not be there."""
        if condition is None:
            yield
            return
        self.taken_for_true.append(condition[0])
        yield
        self.taken_for_true.pop()

    def _of(self, name: str, line: int) -> bool | Unknown:
        if name in self.known:
            return self.known[name]
        node = self.declared.get(name)
        called = one_line(name, 80)
        if node is None:
            self.scope.fault(f"there is no condition {shown(name)}; {did_you_mean(name, self.declared)}", line)
            return Unknown(f"there is no condition {called}")
        if name in self.open:
            self.scope.fault(f"the condition {shown(name)} depends on itself", node.line)
            return Unknown(f"the condition {called} depends on itself")
        self.open.append(name)
        holds = self.test(node)
        self.open.pop()
        if isinstance(holds, Unknown):
            holds = Unknown(holds.why if holds.why.startswith("condition ") else f"condition {called}: {holds.why}")
        self.known[name] = holds
        return holds

    def test(self, node: Node) -> bool | Unknown:
        """Whether an expression holds."""
        if isinstance(node.value, bool):
            return node.value
        name = intrinsic_of(node) or ("Condition" if list(node.mapping) == ["Condition"] else None)
        argument = node.mapping[name] if name is not None else node
        if name == "Condition" and argument.text is not None:
            return self.holds(argument.text, argument.line)
        if name == "Fn::Equals" and len(argument.items) == 2:
            return self._equal(argument.items)
        if name == "Fn::Not" and len(argument.items) == 1:
            holds = self.test(argument.items[0])
            return holds if isinstance(holds, Unknown) else not holds
        if name in ("Fn::And", "Fn::Or") and argument.items:
            decides = name == "Fn::Or"
            outcomes = [self.test(part) for part in argument.items]
            if decides in outcomes:
                return decides
            return next((outcome for outcome in outcomes if isinstance(outcome, Unknown)), not decides)
        self.scope.fault("this is no condition that CloudFormation takes", node.line)
        return Unknown("it is no condition that CloudFormation takes")

    def _equal(self, sides: Sequence[Node]) -> bool | Unknown:
        before, self.are_asked = self.are_asked, True
        values = [self.scope.value(side) for side in sides]
        self.are_asked = before
        first, second = (_known(value) for value in values)
        if isinstance(first, Unknown):
            return first
        return second if isinstance(second, Unknown) else first == second


def _known(value: Inner) -> Known | Unknown:
    """A value as conditions compare it: 1 and "1" are the same."""
    if isinstance(value, Unknown | Reference | Text | Zones):
        return unknown_because(value)
    if isinstance(value, Mapping):
        members = {key: _known(member) for key, member in value.items()}
        unknown = next((member for member in members.values() if isinstance(member, Unknown)), None)
        return unknown or {key: member for key, member in members.items() if not isinstance(member, Unknown)}
    if isinstance(value, Sequence) and not isinstance(value, str):
        elements = [_known(element) for element in value]
        unknown = next((element for element in elements if isinstance(element, Unknown)), None)
        return unknown or [element for element in elements if not isinstance(element, Unknown)]
    return text_of(value) or ""

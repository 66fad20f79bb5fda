"""What functions ask of the template that they stand in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

from narrows.declared.cloudformation.nodes import Node
from narrows.declared.cloudformation.values import Inner
from narrows.declared.model import Path, Unknown


class Scope(Protocol):
    """A template with values for its parameters."""

    def value(self, node: Node, path: Path | None = None) -> Inner:
        """Work a value out; its lines are kept where it has a path."""

    def ref(self, name: str, line: int) -> Inner:
        """What ``Ref`` gives."""

    def attribute(self, name: str, attribute: str, line: int) -> Inner:
        """What ``Fn::GetAtt`` gives."""

    def condition(self, name: str, line: int) -> bool | Unknown:
        """Whether a condition holds."""

    def test(self, node: Node) -> bool | Unknown:
        """Whether the expression of a condition holds."""

    def mapped(self, name: str, first: str, second: str) -> Node | None:
        """A value of a mapping."""

    def imported(self, name: Inner) -> Inner:
        """What another stack exports."""

    def output_of(self, stack: str, output: str) -> Inner:
        """What a stack of this name has for an output."""

    def fault(self, text: str, line: int) -> None:
        """Something is not understood."""


Function: TypeAlias = Callable[[Scope, Node, Path | None], Inner]
"""Works a function out: of its argument, and the path of its value where lines are kept."""


def wrong(scope: Scope, name: str, node: Node) -> Unknown:
    """The value of a function that is not written as CloudFormation takes it, which is said."""
    scope.fault(f"{name} is not written as CloudFormation takes it", node.line)
    return Unknown(f"{name} is not written as CloudFormation takes it")

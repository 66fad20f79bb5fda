"""What the stacks that are read together share: what they export, what was not understood, how many they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from narrows.bounds import STACKS, TEMPLATE_STEPS
from narrows.declared.cloudformation.source import Folder
from narrows.declared.cloudformation.values import Inner, Text, shape_of, unknown_because
from narrows.declared.model import Fault, Place, Resource, Unknown
from narrows.errors import InputError, one_line

if TYPE_CHECKING:
    from narrows.declared.cloudformation.stack import Stack


@dataclass
class World:
    """Stacks that are read together."""

    folder: Folder
    stacks: list[Stack] = field(default_factory=list)
    """Those that are nested in no other."""
    read: dict[str, None] = field(default_factory=dict)
    """Files, in order."""
    stack_names: set[Unknown] = field(default_factory=set)
    """What stands for the names of nested stacks, which are made when they are deployed: each a value of its own."""
    left_out: list[Resource] = field(default_factory=list)
    """What a condition leaves out that does not hold."""
    _faults: dict[Fault, None] = field(default_factory=dict)
    _count: int = 0
    _steps: int = 0
    _exports: dict[str, tuple[Stack, str]] | None = None

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What was not understood, each once, in the order of the files' lines."""
        order = list(self.read)
        known = {file: place for place, file in enumerate(order)}
        return tuple(
            sorted(self._faults, key=lambda fault: (known.get(fault.place.file, len(order)), fault.place.line or 0))
        )

    def fault(self, place: Place, text: str, *, broken: bool = False) -> None:
        """Something is not understood."""
        self._faults[Fault(place, one_line(text), broken)] = None

    def opened(self, file: str) -> None:
        """One more stack is read from a file.

        Raises:
            InputError: they are too many.
        """
        self.read[file] = None
        self._count += 1
        if self._count > STACKS:
            raise InputError(f"makes more than {STACKS:,} stacks", file=file, advice="read fewer at a time")

    def spend(self, steps: int, file: str) -> None:
        """Count work: a few characters of a template can stand for any amount of it.

        Raises:
            InputError: it is too much.
        """
        self._steps += steps
        if self._steps > TEMPLATE_STEPS:
            raise InputError(f"takes more than {TEMPLATE_STEPS:,} steps to work out", file=file)

    def imported(self, name: Inner) -> Inner:
        """The value that a stack exports under a name."""
        known = self.name_of_export(name)
        if known is None:
            of = f" of {one_line(shape_of(name), 80)}" if isinstance(name, Text) else ""
            return Unknown(f"Fn::ImportValue{of}: {unknown_because(name).why}")
        if self._exports is None:
            # Those that are nested are made meanwhile, and import what the ones before them export.
            self._exports = {}
            for stack in self._all():
                for output, exported in stack.exports():
                    self._exports.setdefault(exported, (stack, output))
        place = self._exports.get(known)
        if place is None:
            shown_name = one_line(known, 80)
            return Unknown(f"Fn::ImportValue of {shown_name}, which no template here exports", f"${{{shown_name}}}")
        return place[0].output(place[1])

    def output_of(self, stack_name: str, output: str) -> Inner:
        """The value of an output of the stack that is deployed under a name."""
        stack = next(
            (stack for stack in self.stacks if stack.parameters.given.get("AWS::StackName") == stack_name), None
        )
        if stack is not None and output in stack.declared_outputs:
            return stack.output(output)
        called = f"{one_line(stack_name, 80)}.{one_line(output, 80)}"
        return Unknown(f"Fn::GetStackOutput of {called}, which no template here has", f"${{{called}}}")

    def name_of_export(self, value: Inner) -> str | None:
        """A name of an export: known, or made of the names of nested stacks, which mean the same everywhere."""
        parts = value.parts if isinstance(value, Text) else (value,)
        texts = [part.text if isinstance(part, Unknown) and part in self.stack_names else part for part in parts]
        known = [text for text in texts if isinstance(text, str)]
        return "".join(known) if len(known) == len(texts) else None

    def _all(self) -> Iterator[Stack]:
        level = self.stacks
        while level:
            yield from level
            level = [nested for stack in level for nested in stack.nested()]

"""The commands of one change while they are written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from narrows.aws.requests import Request, Variable, in_shell
from narrows.plan.steps import ByHand, Command, Mark, Steps

Parameters = Mapping[str, object]


@dataclass
class Recorder:
    """Takes commands in the order in which they are run, each with what takes it back."""

    region: str | None
    """None for the one that the user has set."""
    _commands: list[Command] = field(default_factory=list)
    _undo: list[tuple[Command, ...]] = field(default_factory=list)
    _by_hand: dict[str, int] = field(default_factory=dict)

    def make(
        self,
        what: str,
        call: str,
        parameters: Parameters,
        *marks: Mark,
        keeps: Variable | None = None,
        query: str | None = None,
        about: Variable | None = None,
        waits: str | None = None,
        makes: str = "",
    ) -> Command:
        """A command.

        Args:
            call: ``ec2 CreateSubnet``
            keeps, query, about, waits: as ``Request`` has them.
            makes: as ``Command`` has it.
        """
        service, _, operation = call.partition(" ")
        reads = operation.startswith(("Describe", "Get"))
        request = Request(
            service, operation, parameters, None, self.region, only_reads=reads, query=query, keeps=keeps, about=about,
            waits=waits,
        )  # fmt: skip
        return Command(what, in_shell(request), marks, request, makes)

    def run(self, command: Command, *undo: Command) -> None:
        """A command to run, and what takes it back, in the order in which that is run."""
        self._commands.append(command)
        self._undo.append(undo)

    def by_hand(self, text: str) -> None:
        """What no command does, where it is due; said once."""
        self._by_hand.setdefault(text, len(self._commands))

    def steps(self, marks: Iterable[Mark] = ()) -> Steps:
        """What was written.

        Args:
            marks: those of the change itself.
        """
        known = {*marks, *(mark for command in self._commands for mark in command.marks)}
        return Steps(
            commands=tuple(self._commands),
            undo=tuple(command for commands in reversed(self._undo) for command in commands),
            by_hand=tuple(ByHand(text, after) for text, after in self._by_hand.items()),
            marks=tuple(mark for mark in Mark if mark in known),
        )

"""What is run for a change of a plan, and what takes it back: the one text that every answer shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from narrows.aws.requests import Request
from narrows.errors import one_line

_LONGEST = 300
"""Characters of a comment: names come from outside."""
_NOT_IN_COMMENTS = dict.fromkeys(map(ord, "`$\"'\\|&<>!(){}[]*?~^#"), " ") | {ord(";"): ","}
"""Some interactive shells take no comments: then the words of one are words of a command, and may do nothing."""


class Mark(StrEnum):
    """What somebody must know of a command before it is run."""

    INTERRUPTS = "interrupts"
    """Open connections drop."""
    COSTS = "costs"
    """It is billed from then on."""
    EGRESS = "changes egress addresses"
    """Destinations see other addresses than before: allow-lists come first."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A variable of the shell that the user fills in."""

    name: str
    what: str
    example: str = ""

    @property
    def text(self) -> str:
        """The line that assigns it."""
        return f"{self.name}={self.example}   # {_comment(self.what)}"


@dataclass(frozen=True, slots=True)
class Command:
    """One command for a POSIX shell."""

    what: str
    """What it does, in a few words."""
    text: str
    marks: tuple[Mark, ...] = ()
    request: Request | None = None
    """What it asks of AWS; None for what is no call of AWS."""
    makes: str = ""
    """What the plan's network calls the new thing whose id the command keeps."""

    def to_json(self) -> dict[str, object]:
        """The command as ``plan --json`` prints it."""
        return {"what": self.what, "command": self.text, "marks": [mark.value for mark in self.marks]}


@dataclass(frozen=True, slots=True)
class ByHand:
    """What no command can do."""

    what: str
    after: int
    """How many of the commands beside it are run before it is done."""


@dataclass(frozen=True, slots=True)
class Steps:
    """Everything that is run for one change, in one shell, after that of the changes before it."""

    asks: tuple[Ask, ...] = ()
    commands: tuple[Command, ...] = ()
    undo: tuple[Command, ...] = ()
    """In the order in which they are run."""
    by_hand: tuple[ByHand, ...] = ()
    """In the order in which it is done."""
    marks: tuple[Mark, ...] = ()

    @property
    def text(self) -> str:
        """What is pasted into a shell."""
        lines, done = [ask.text for ask in self.asks], 0
        for step in self.by_hand:
            lines += [*_lines(self.commands[done : step.after]), f"# by hand: {_comment(step.what)}"]
            done = step.after
        return "\n".join([*lines, *_lines(self.commands[done:])])

    @property
    def undo_text(self) -> str:
        """The same for what takes it back."""
        return "\n".join(_lines(self.undo))

    def to_json(self) -> dict[str, object]:
        """The steps as ``plan --json`` prints them with their change."""
        return {
            "marks": [mark.value for mark in self.marks],
            "asks": [{"name": ask.name, "what": ask.what} for ask in self.asks],
            "commands": [command.to_json() for command in self.commands],
            "undo": [command.to_json() for command in self.undo],
            "by_hand": [{"what": step.what, "after": step.after} for step in self.by_hand],
        }


def _lines(commands: Sequence[Command]) -> list[str]:
    """Each command under what it does, which is said once for several in a row."""
    lines, before = [], ""
    for command in commands:
        said = command.what + (f" -- {', '.join(command.marks)}" if command.marks else "")
        if said != before:
            lines.append(f"# {_comment(said)}")
        lines.append(command.text)
        before = said
    return lines


def _comment(text: str) -> str:
    return " ".join(one_line(text, _LONGEST).translate(_NOT_IN_COMMENTS).split())

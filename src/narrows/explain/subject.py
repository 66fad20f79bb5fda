"""Something that can be explained."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum


class Group(StrEnum):
    """What kind of thing it is; the value heads the list, in this order."""

    CAUSE = "Causes, which narrows diagnose tells apart"
    LIMIT = "Limits, as narrows limits lists them"
    ASSUMPTION = "Assumptions, where AWS documents nothing"
    RULE = "Rules of narrows lint"
    HANDLER_RULE = "Rules of narrows lint handlers"
    GUIDE = "How it works"


@dataclass(frozen=True, slots=True)
class Subject:
    """One thing that can be explained."""

    name: str
    """As every answer prints it; what is written after ``narrows explain``."""
    group: Group
    title: str
    """What it is, on one line."""
    text: Callable[[], str] = field(compare=False)
    """The page, as Markdown."""
    aliases: tuple[str, ...] = ()
    """What else people see of it: its title, the path of its page, the code of a quota."""

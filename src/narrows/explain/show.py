"""A page on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.markdown import Heading, Markdown, TableElement
from rich.table import Table
from rich.text import Text

from narrows.explain.subject import Group

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult

    from narrows.explain.subject import Subject

_WIDEST = 120
"""Characters of a line: longer ones are hard to read."""


class _Heading(Heading):
    """A heading at the left, with no frame around it."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        self.text.justify = "left"
        yield self.text


class _Table(TableElement):
    """A table whose first column, which names things, is never cut; the others wrap."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for part in super().__rich_console__(console, options):
            if isinstance(part, Table):
                for number, column in enumerate(part.columns):
                    column.overflow = "fold"
                    column.no_wrap = number == 0
            yield part


class _Page(Markdown):
    elements = {**Markdown.elements, "heading_open": _Heading, "table_open": _Table}  # noqa: RUF012


def show_page(screen: Console, subject: Subject) -> None:
    """Lay a page out for the terminal's width."""
    screen.print(_Page(subject.text(), hyperlinks=False, code_theme="ansi_dark"), width=min(screen.width, _WIDEST))


def show_list(screen: Console, known: tuple[Subject, ...]) -> None:
    """Name and title of each, a line each; cut to the width of a terminal, and whole where a program reads them."""
    for group in Group:
        members = [one for one in known if one.group is group]
        widest = max(len(one.name) for one in members)
        screen.print(Text(f"{group.value}\n", "bold"), end="")
        for one in members:
            line = Text(f"  {one.name:{widest}}  ", "cyan").append(one.title, "default")
            if screen.is_terminal:
                line.truncate(screen.width, overflow="ellipsis")
            screen.print(line, soft_wrap=True)
        screen.print()
    screen.print(Text("narrows explain NAME shows one of them.", "dim"))

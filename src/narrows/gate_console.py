"""The gate's console, apart so that only who prints a table imports rich."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Span, Text

from narrows.printable import printable


class GatedConsole(Console):
    """A console that prints no character that is not printable, whatever it is given.

    Texts are written out before they are laid out, so that columns stay as wide as what is in them; each segment is
    looked at once more when it is rendered, so that nothing goes around that.
    """

    def render_str(self, text: str, **settings: Any) -> Text:
        return super().render_str(printable(text), **settings)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        if isinstance(renderable, Text):
            renderable = printable_text(renderable)
        for segment in super().render(renderable, options):
            # Those with control codes are rich's own: they move the cursor for a progress bar.
            yield segment if segment.control else Segment(printable(segment.text), segment.style)


def printable_text(text: Text) -> Text:
    """A text with all that is not printable written out, its styles where they were."""
    plain = text.plain
    if printable(plain) == plain:
        return text
    places = [0]
    for char in plain:
        places.append(places[-1] + len(printable(char)))
    made = text.blank_copy(printable(plain))
    made.spans = [
        Span(places[min(one.start, len(plain))], places[min(one.end, len(plain))], one.style) for one in text.spans
    ]
    return made

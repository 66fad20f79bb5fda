"""The gate's console, apart so that only who prints a table imports rich."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Span, Text

from narrows.printable import printable

_BEFORE_THE_END = re.compile(" +(?=\n)")


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
        yield from _without_trailing_spaces(super().render(renderable, options))


def _without_trailing_spaces(segments: Iterable[Segment]) -> Iterator[Segment]:
    """Printable text; spaces before the end of a line are left out: nobody sees them but diff and grep."""
    held: list[Segment] = []
    for segment in segments:
        if segment.control:
            # Those with control codes are rich's own: they move the cursor for a progress bar.
            yield from held
            held = []
            yield segment
            continue
        text = _BEFORE_THE_END.sub("", printable(segment.text))
        kept = text.rstrip(" ")
        if text.startswith("\n"):
            held = []
        if kept:
            yield from held
            held = []
            yield Segment(kept, segment.style)
        if len(kept) < len(text):
            held.append(Segment(text[len(kept) :], segment.style))
    yield from held


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
        Span(places[min(span.start, len(plain))], places[min(span.end, len(plain))], span.style) for span in text.spans
    ]
    return made

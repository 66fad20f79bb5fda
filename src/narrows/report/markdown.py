"""The answer as Markdown, to paste into a ticket or a chat: lines of 80 columns, short enough for one message.

Names come from files of strangers: each line passes ``in_markdown``, so that none of them mentions, links or marks
anything, wherever a line begins.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from textwrap import wrap

from narrows.gate import in_markdown
from narrows.report.answer import Answer
from narrows.words import sentence_case

MOST = 3_000
"""Characters of the whole: Slack cuts a longer message in two."""
_WIDTH = 80
"""Columns."""
_PLAIN = re.compile(r"[\w=.,%/:+ -]{1,120}", re.ASCII)
"""What can stand between backticks."""
_ALIGNMENT = re.compile(r"^:(?=-)")
"""What would make a table of the line above it."""
_MONEY = re.compile(r"\\\$(?=\d)")
"""A price; before a digit no formula ends, and what does not end is none."""


@dataclass(frozen=True, slots=True)
class _Room:
    """How much of a long answer is told."""

    lines: int
    """Of one list."""
    longest: int
    """Characters of one text, once escaped."""


_ROOMS = (_Room(12, 600), _Room(8, 300), _Room(5, 240), _Room(4, 150), _Room(3, 100), _Room(2, 60))
"""Tried in this order."""


def as_markdown(answer: Answer) -> str:
    """The answer in as much detail as one message has room for."""
    text = ""
    for room in _ROOMS:
        text = "\n".join(_Writer(room).document(answer))
        if len(text) <= MOST:
            break
    return text


@dataclass(frozen=True, slots=True)
class _Writer:
    room: _Room

    def document(self, answer: Answer) -> Iterator[str]:
        """Every line, from the verdict to how it was made."""
        yield from self._bold(answer.verdict.sentence)
        made, verdict = answer.made, answer.verdict
        about = (verdict.certainty, f"case {made.case}", made.window)
        yield from self._paragraph("; ".join(part for part in about if part))
        facts = [f"{fact.label}: {fact.value} {fact.note}".rstrip() for fact in verdict.facts]
        yield from self._listed(facts)
        yield ""
        yield from self._bold(answer.title)
        yield from self._paragraph(answer.lead)
        if answer.steps:
            yield from self._listed([_step(step.what, step.monthly) for step in answer.steps], numbered=True)
            yield from self._listed(_about_steps(answer))
        if answer.missing:
            yield ""
            yield from self._bold("Left to collect" if answer.steps else "To collect")
            yield from self._listed([sentence_case(gap.evidence) for gap in answer.missing], numbered=True)
        yield ""
        if answer.assumptions:
            assumed = [f"{assumption['id']}={assumption['value']}" for assumption in answer.assumptions]
            yield from self._coded("Assumed, since AWS does not document it:", assumed)
        yield f"Made {made.at} by narrows {made.version}. To go on:"
        yield from self._coded("", [f"narrows plan {made.argument} --prove"])

    def _bold(self, text: str) -> Iterator[str]:
        lines = self._wrapped(text, _WIDTH - 4)
        if lines:
            lines[0] = f"**{lines[0]}"
            lines[-1] = f"{lines[-1]}**"
        yield from lines

    def _paragraph(self, text: str) -> Iterator[str]:
        yield from self._wrapped(text, _WIDTH)

    def _listed(self, texts: Iterable[str], *, numbered: bool = False) -> Iterator[str]:
        every = [text for text in texts if text]
        if not every:
            return
        yield ""
        for number, text in enumerate(every[: self.room.lines], 1):
            mark = f"{number}. " if numbered else "- "
            for place, line in enumerate(self._wrapped(text, _WIDTH - len(mark))):
                yield (" " * len(mark) if place else mark) + line
        if len(every) > self.room.lines:
            yield f"- and {len(every) - self.room.lines:,} more"

    def _coded(self, title: str, texts: Iterable[str]) -> Iterator[str]:
        """Texts that are code, as far as they are plain, behind a title."""
        line = title
        for text in texts:
            code = f"`{text}`" if _PLAIN.fullmatch(text) else in_markdown(self._cut(text))
            if line and len(line) + len(code) >= _WIDTH:
                yield line
                line = ""
            line = f"{line} {code}".lstrip()
        yield line

    def _wrapped(self, text: str, width: int) -> list[str]:
        """Lines of a text, each of them escaped: what begins a line of Markdown is not what stands within one."""
        lines = wrap(self._cut(text), width, break_long_words=False, break_on_hyphens=False)
        return [_MONEY.sub("$", _ALIGNMENT.sub(r"\\:", in_markdown(line))) for line in lines]

    def _cut(self, text: str) -> str:
        """The text as far as there is room for it; what is escaped takes more."""
        flat = " ".join(text.split())
        if len(in_markdown(flat)) <= self.room.longest:
            return flat
        low, high = 0, min(len(flat), self.room.longest)
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if len(in_markdown(flat[:middle])) < self.room.longest else (low, middle - 1)
        return f"{flat[:low]}…"


def _step(what: str, monthly: str) -> str:
    return f"{what} ({monthly} a month)" if monthly else what


def _about_steps(answer: Answer) -> Iterator[str]:
    """What the steps cost, what they risk, how they are proved, and what comes after them."""
    if answer.is_priced:
        plan = answer.plan
        yield f"In all: {plan.monthly} a month; {plan.headroom} of the tightest table stays free"
        yield answer.proof.line if answer.proof.figures else f"No proof: {answer.proof.absent}"
        yield answer.lab_proof.line
        yield f"Binds next: {plan.next}"
        for need in answer.needs:
            yield f"Only if: {need}"
        for risk in plan.risks_in_short:
            yield f"Risk: {risk}"

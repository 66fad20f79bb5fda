"""Lines of words: logs, flow logs, CSV."""

from __future__ import annotations

import random
from collections.abc import Sequence

from tests.fuzz import hostile, mutate_bytes

_ENDS = ("\n", "\n", "\n", "\r\n", "\r", "\n\n", "", "\x00\n", " \n", "\u2028", "\x85")


def mutated(rng: random.Random, text: str, others: Sequence[str], gap: str = " ") -> bytes:
    """``text`` with one to six changes, a tenth of the time changed as bytes too.

    Args:
        others: texts that lines may be taken from, such as those with another header.
        gap: what stands between words.
    """
    lines = text.splitlines()
    for _ in range(rng.choice((1, 1, 2, 3, 6))):
        _change(rng, lines, others, gap)
    end = rng.choice(_ENDS) if rng.random() < 0.1 else "\n"
    text = end.join(lines) + rng.choice(("\n", "\n", "\n", "", " "))
    data = text.encode("utf-8", "surrogatepass")
    return mutate_bytes.mutated(rng, data, rng.choice(others).encode()) if rng.random() < 0.1 else data


def _change(rng: random.Random, lines: list[str], others: Sequence[str], gap: str) -> None:
    if not lines:
        lines.append(hostile.word(rng))
    at = rng.randrange(len(lines))
    kind = rng.randrange(14)
    if kind <= 6:
        lines[at] = _line(rng, lines[at], gap)
    elif kind == 7:
        lines.insert(at, rng.choice(rng.choice(others).splitlines() or [""]))
    elif kind == 8:
        lines.insert(at, lines[0])  # the header again, in mid-file
    elif kind == 9:
        del lines[at]
    elif kind == 10:
        lines[at:at] = [lines[at]] * rng.choice((1, 2, 60))
    elif kind == 11:
        lines[at] += rng.choice((*_ENDS, "\r", gap, gap + hostile.word(rng)))
    elif kind == 12:
        rng.shuffle(lines)
    else:
        lines.insert(at, rng.choice((hostile.word(rng), "", gap, "x" * rng.choice((10, 3_000, 70_000)), gap * 30)))


def _line(rng: random.Random, line: str, gap: str) -> str:
    words = line.split(gap)
    at = rng.randrange(len(words))
    kind = rng.randrange(9)
    if kind <= 2:
        words[at] = hostile.word(rng)
    elif kind == 3:
        words[at] = str(hostile.number(rng))
    elif kind == 4:
        other = rng.randrange(len(words))
        words[at], words[other] = words[other], words[at]
    elif kind == 5:
        del words[at]
    elif kind == 6:
        words.insert(at, rng.choice(("", words[at], hostile.word(rng))))
    elif kind == 7:
        words[at] = rng.choice(
            (words[at][:-1], words[at] + hostile.word(rng), "-" + words[at], words[at] + ".5", words[at] * 20)
        )
    else:
        return line[: rng.randrange(len(line) + 1)]
    return gap.join(words)

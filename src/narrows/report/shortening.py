"""Names cut in their middle, and still told apart."""

from __future__ import annotations

from collections.abc import Sequence

from narrows.report.svg import cut

_CONTEXT = 2
"""Characters before the first that differs."""


def shortened(names: Sequence[str], most: int) -> list[str]:
    """Each name in at most ``most`` characters, its middle left out; different names stay different where they can.

    Where both ends of two names are the same, what is kept is the place where they part. Names that part in several
    places are kept whole: a chart that mixes up two gateways is worse than a long line.
    """
    short = [cut(name, most) for name in names]
    twins = {
        one for one in short if len({name for name, cut_to in zip(names, short, strict=True) if cut_to == one}) > 1
    }
    for twin in twins:
        alike = [at for at, one in enumerate(short) if one == twin]
        apart = _apart([names[at] for at in alike], most)
        for at, name in zip(alike, apart, strict=True):
            short[at] = name
    return short


def _apart(names: Sequence[str], most: int) -> list[str]:
    """Names with the same ends: the beginning, and then from shortly before the place where they part."""
    parts = next((at for at, letters in enumerate(zip(*names, strict=False)) if len(set(letters)) > 1), 0)
    begin = max(0, parts - _CONTEXT)
    head = max(1, most // 4)
    if begin <= head:
        tried = [name[: most - 1] + "…" for name in names]
    else:
        room = most - head - 2
        tried = [
            f"{name[:head]}…{name[begin : begin + room]}{'…' if len(name) > begin + room else ''}" for name in names
        ]
    return tried if len(set(tried)) == len(set(names)) else list(names)

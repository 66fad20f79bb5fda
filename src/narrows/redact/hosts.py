"""DNS names: label by label, so that a name below another stays below it; what says of which service one is stays.

``sqs.us-east-1.amazonaws.com`` is AWS's own and stays. ``api.acme.com`` becomes ``kaqoxu.zukaqo--xoxuka.example``: as
many labels, under a top that nobody can register, with the old top's pseudonym beside the name so that ``acme.com`` and
``acme.io`` stay two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from narrows.case.reading.hosts import PAGES
from narrows.redact import recognised

if TYPE_CHECKING:
    from narrows.redact.pseudonyms import Words

_LONGEST_LABEL = 63
_LONGEST = 253
_READ_ON = ("docs", "doc", "help", "support", "learn", "www")
"""How the names of pages to read begin: the rules tell them from hosts that were called."""


class _Names(Protocol):
    """What replaces the labels."""

    learning: bool
    words: Words

    def name(self, text: str) -> str: ...


class Hosts:
    """The hosts of a case."""

    def __init__(self, names: _Names) -> None:
        self._names = names
        self._known: set[str] = set()

    def know(self, text: str) -> None:
        """Take note of a host."""
        self._known.add(text.lower().rstrip("."))
        self.image(text)

    def is_one(self, text: str) -> bool:
        """Whether a dotted word is a host."""
        lowered = text.lower()
        if lowered in self._known or recognised.AWS_NAME.search(lowered):
            return True
        return text == lowered and lowered.rpartition(".")[2] in recognised.TOPS

    def image(self, text: str) -> str:
        """The pseudonym of a host."""
        plain = text.rstrip(".")
        lowered = plain.lower()
        labels = plain.split(".")
        if lowered in PAGES or lowered == "localhost":
            return text
        if recognised.AWS_NAME.search(lowered):
            image = self._of_aws(labels)
        elif service := next((one for one in recognised.SERVICES if lowered.endswith(f".{one}")), None):
            front = labels[: -service.count(".") - 1]
            image = [*map(self._label, front), *labels[len(front) :]]
        else:
            image = self._private(labels)
        found = ".".join(image)
        if len(found) > _LONGEST:
            found = f"{self._names.words.pseudonym(lowered)}.example"
        return found + text[len(plain) :]

    def _private(self, labels: list[str]) -> list[str]:
        front, top = labels[:-1], labels[-1]
        first = [front.pop(0)] if len(front) > 1 and front[0].lower() in _READ_ON else []
        image = [*first, *map(self._label, front)]
        if not front:
            return [*first, self._label(top)]
        if top.lower() in recognised.RESERVED_TOPS:
            return [*image, top]
        return [*image[:-1], f"{image[-1]}--{self._label(top)}", "example"]

    def _of_aws(self, labels: list[str]) -> list[str]:
        """A name that AWS gave: its service and its Region stay."""
        count = len(labels) - (3 if labels[-1].lower() == "cn" else 2)
        front = labels[:count]
        own = count == 1 or (count == 2 and recognised.REGION.fullmatch(front[1].lower()) is not None)
        return [
            label if (not place and (own or label.lower() in recognised.FIRST_LABELS)) or _is_aws(label, place)
            else self._label(label)
            for place, label in enumerate(front)
        ] + labels[count:]  # fmt: skip

    def _label(self, label: str) -> str:
        if label == "*":
            return label
        image = self._names.name(label)
        return image if len(image) <= _LONGEST_LABEL else self._names.words.pseudonym(label)


def _is_aws(label: str, place: int) -> bool:
    lowered = label.lower()
    if recognised.REGION.fullmatch(lowered) or recognised.SHORT_REGION.fullmatch(lowered):
        return True
    return bool(place) and (lowered in recognised.AWS_LABELS or lowered.isdigit() or (lowered.startswith("c")
                            and lowered[1:].isdigit()))  # fmt: skip

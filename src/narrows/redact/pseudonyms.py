"""Words and ids that stand for others: the same for the same everywhere, and in the same order.

Names that sort before others get pseudonyms that sort before theirs: some answers of narrows take the first of what is
equal. So the words and ids of a case are collected first (``meet``), and get theirs in one go (``settle``). What
comes later still gets one; only its place in the order is lost.

A pseudonym of a word has letters only, and none that make a word of a rule: ``kaqoxu``. An id keeps its prefix and its
length: ``subnet-0001000000000000f``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import count

from narrows.errors import InputError
from narrows.redact import recognised

_SYLLABLES = ("ka", "ko", "ku", "qa", "qo", "qu", "xa", "xo", "xu", "za", "zo", "zu")
"""In order."""
PSEUDONYM = re.compile(r"(?:[kqxz][aou]){3,}", re.IGNORECASE)
"""What a pseudonym of a word looks like."""
_LEAST_SYLLABLES = 3
MOST = 1_000_000
"""Different words, or ids, of a case: more are no names."""
_FIRST_DIGITS = 4


@dataclass
class Words:
    """Pseudonyms of words, which are letters and nothing else."""

    of: dict[str, str] = field(default_factory=dict)
    """By the word in lower case, its pseudonym."""
    mixed: dict[str, str] = field(default_factory=dict)
    """By a word in camel case, its pseudonym."""
    _met: set[str] = field(default_factory=set)
    _taken: set[str] = field(default_factory=set)
    _syllables: int = _LEAST_SYLLABLES
    _next: int = 0

    def __post_init__(self) -> None:
        self._taken.update(self.of.values())
        self._taken_mixed = set(self.mixed.values())

    def meet(self, word: str) -> None:
        """Take note of a word that will need a pseudonym."""
        self._met.add(word.lower())
        if len(self._met) > MOST:
            raise _too_many("words")

    def settle(self) -> None:
        """Give all words that were met their pseudonyms, in order."""
        new = sorted(self._met - self.of.keys())
        while len(_SYLLABLES) ** self._syllables < 2 * (len(new) + len(self.of)):
            self._syllables += 1
        for word in new:
            self._add(word)
        self._met.clear()

    def pseudonym(self, word: str) -> str:
        """The pseudonym of a word, in small letters and capitals as the word is."""
        lowered = word.lower()
        own = self.of.get(lowered) or self._add(lowered)
        if word == lowered:
            return own
        if word == word.upper() and len(word) > 1:
            return own.upper()
        if word == lowered.capitalize():
            return own.capitalize()
        return self.mixed.get(word) or self._add_mixed(word, own)

    def _add(self, word: str) -> str:
        if len(self.of) >= MOST:
            raise _too_many("words")
        while True:
            if self._next >= len(_SYLLABLES) ** self._syllables:
                self._syllables, self._next = self._syllables + 1, 0
            own = _spelled(self._next, self._syllables)
            self._next += 1
            if own not in self._taken and own not in self.of:
                break
        self.of[word] = own
        self._taken.add(own)
        return own

    def _add_mixed(self, word: str, own: str) -> str:
        """Of the ways to write a pseudonym in small letters and capitals one that no other word has."""
        capital = word[:1] != word[:1].lower()
        for pattern in count(1):
            text = "".join(
                char.upper() if (capital if not place else pattern >> (place - 1) & 1) else char
                for place, char in enumerate(own)
            )
            if pattern >> (len(own) - 1):
                own, text = self._add(f"{word}\0{len(self.mixed)}"), ""
                return self._add_mixed(word, own)
            if text not in (own, own.upper(), own.capitalize()) and text not in self._taken_mixed:
                self.mixed[word] = text
                self._taken_mixed.add(text)
                return text
        raise AssertionError  # count does not end


def _spelled(number: int, syllables: int) -> str:
    found = []
    for _ in range(syllables):
        number, place = divmod(number, len(_SYLLABLES))
        found.append(_SYLLABLES[place])
    return "".join(reversed(found))


@dataclass
class Ids:
    """Pseudonyms of AWS's ids: prefix and length stay."""

    of: dict[str, str] = field(default_factory=dict)
    _met: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._digits = _FIRST_DIGITS
        self._taken = set(self.of.values())

    def meet(self, text: str) -> None:
        """Take note of an id that will need a pseudonym."""
        self._met.add(text)
        if len(self._met) > MOST:
            raise _too_many("ids")

    def settle(self) -> None:
        """Give all ids that were met their pseudonyms, in order."""
        new = sorted(self._met - self.of.keys())
        self._digits = max(self._digits, len(f"{2 * (len(new) + len(self.of)):x}"))
        for text in new:
            self.pseudonym(text)
        self._met.clear()

    def pseudonym(self, text: str) -> str:
        """The pseudonym of an id."""
        known = self.of.get(text)
        if known is not None:
            return known
        if len(self.of) >= MOST:
            raise _too_many("ids")
        match = recognised.ID.fullmatch(text)
        prefix, tail = (match["prefix"], match["tail"]) if match else ("id", text)
        while True:
            number = self._numbers[prefix] = self._numbers.get(prefix, 0) + 1
            # The number stands first, so that ids of different lengths keep their order as well.
            own = f"{prefix}-{f'{number:0{self._digits}x}'.ljust(len(tail), '0')}"
            if own not in self._taken and own != text:
                break
        self.of[text] = own
        self._taken.add(own)
        return own


def _too_many(what: str) -> InputError:
    return InputError(f"the case holds more than {MOST:,} different {what}", advice="take a shorter time of its logs")

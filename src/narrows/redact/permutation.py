"""Keyed permutations of small alphabets: an id becomes another of its own kind and length, and no two become one.

A Feistel network over the numbers below N, with BLAKE2b as its round function, walked on until the number that it gives
is one of those that are wanted. Whoever has the key can walk back; nobody else can tell which id a pseudonym was.
"""

from __future__ import annotations

import string
from collections.abc import Callable
from hashlib import blake2b

_ROUNDS = 8
_KINDS = (string.digits, string.ascii_lowercase, string.ascii_uppercase)


class Permutation:
    """Permutations under one key."""

    def __init__(self, key: bytes) -> None:
        """``key`` has 16 to 64 bytes."""
        self._key = key

    def number(self, number: int, size: int, purpose: str) -> int:
        """The image of a number in ``range(size)``; each purpose and size has a permutation of its own."""
        half = max(1, ((size - 1).bit_length() + 1) // 2)
        mask = (1 << half) - 1
        salt = f"{purpose}/{size}/".encode()
        width = half // 8 + 1
        while True:
            left, right = number >> half, number & mask
            for step in range(_ROUNDS):
                text = salt + bytes((step,)) + right.to_bytes(width, "big")
                drawn = int.from_bytes(blake2b(text, key=self._key, digest_size=width + 8).digest(), "big")
                left, right = right, left ^ (drawn & mask)
            number = left << half | right
            if number < size:
                return number

    def spelled(self, text: str, alphabet: str, fits: Callable[[str], bool] = lambda _: True) -> str:
        """The image of a text among those of its length over an alphabet that ``fits`` takes, as it takes ``text``."""
        places = {char: place for place, char in enumerate(alphabet)}
        base, size = len(alphabet), len(alphabet) ** len(text)
        number = 0
        for char in text:
            number = number * base + places[char]
        while True:
            number = self.number(number, size, alphabet)
            rest, found = number, []
            for _ in text:
                rest, place = divmod(rest, base)
                found.append(alphabet[place])
            image = "".join(reversed(found))
            if fits(image):
                return image

    def digits(self, text: str) -> str:
        """Other digits, as many."""
        return self.spelled(text, string.digits)

    def hexadecimal(self, text: str) -> str:
        """Other hexadecimal digits, as many, in the same letters' case; with a digit and a letter where it has them."""
        upper = text.upper() == text != text.lower()
        lowered = text.lower()
        kinds = _kinds_of(lowered)
        image = self.spelled(lowered, "0123456789abcdef", lambda one: _kinds_of(one) >= kinds)
        return image.upper() if upper else image

    def mixed(self, text: str) -> str:
        """Other letters and digits: of the same kinds (small, capital, digit), the first of the same kind as before."""
        kinds = _kinds_of(text)
        alphabet = "".join(one for place, one in enumerate(_KINDS) if place in kinds)
        first = _kinds_of(text[:1])
        return self.spelled(text, alphabet, lambda one: _kinds_of(one) == kinds and _kinds_of(one[:1]) == first)


def _kinds_of(text: str) -> frozenset[int]:
    return frozenset(place for place, one in enumerate(_KINDS) if any(char in one for char in text))

"""An id becomes another of its own kind, and no two become one."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrows.redact.permutation import Permutation

KEY = bytes(range(32))


@pytest.mark.parametrize("size", [1, 2, 3, 10, 100, 1000])
def test_every_number_has_an_image_of_its_own(size: int) -> None:
    permutation = Permutation(KEY)
    assert sorted(permutation.number(one, size, "test") for one in range(size)) == list(range(size))


def test_all_accounts_of_three_digits_are_permuted() -> None:
    permutation = Permutation(KEY)
    every = [f"{one:03}" for one in range(1000)]
    images = [permutation.digits(one) for one in every]
    assert sorted(images) == every
    assert images != every


@given(st.text("0123456789abcdef", min_size=8, max_size=40))
def test_hexadecimal_digits_stay_as_many_and_what_is_no_number_becomes_none(text: str) -> None:
    image = Permutation(KEY).hexadecimal(text)
    assert re.fullmatch(r"[0-9a-f]+", image)
    assert len(image) == len(text)
    # The rule that calls an id an id looks for a digit in it.
    assert not re.search(r"\d", text) or re.search(r"\d", image)


@given(st.text("abcXYZ0189", min_size=8, max_size=24))
def test_letters_and_digits_stay_of_their_kinds(text: str) -> None:
    image = Permutation(KEY).mixed(text)
    for kind in (r"\d", r"[a-z]", r"[A-Z]"):
        assert (re.search(kind, text) is None) == (re.search(kind, image) is None)
        assert (re.match(kind, text) is None) == (re.match(kind, image) is None)


@given(st.lists(st.text("0123456789abcdef", min_size=12, max_size=12), min_size=2, max_size=30, unique=True))
def test_no_two_ids_become_one(texts: list[str]) -> None:
    permutation = Permutation(KEY)
    assert len({permutation.hexadecimal(one) for one in texts}) == len(texts)


def test_another_key_is_another_permutation() -> None:
    assert Permutation(KEY).digits("123456789012") != Permutation(KEY[::-1]).digits("123456789012")

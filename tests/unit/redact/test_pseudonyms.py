"""Words and ids keep their order, and no two become one."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from narrows.case.reading.log_guesses import guess
from narrows.case.reading.log_levels import is_exception, level_of
from narrows.case.reading.log_words import outcome_of
from narrows.redact import vocabulary
from narrows.redact.pseudonyms import PSEUDONYM, Ids, Words

WORD = st.text("abcdefXYZ", min_size=2, max_size=12)


@given(st.lists(WORD, min_size=1, max_size=60))
def test_no_two_words_become_one_whatever_their_capitals(words: list[str]) -> None:
    own = Words()
    for word in words:
        own.meet(word)
    own.settle()
    images = {word: own.pseudonym(word) for word in words}
    assert len(set(images.values())) == len(images)
    for word, image in images.items():
        assert PSEUDONYM.fullmatch(image)
        assert image.lower() == own.pseudonym(word.lower()), "compared without capitals, as hosts are, it is the same"


@given(st.lists(st.text("abcdef", min_size=2, max_size=8), min_size=2, max_size=60, unique=True))
def test_words_sort_as_before(words: list[str]) -> None:
    own = Words()
    for word in words:
        own.meet(word)
    own.settle()
    assert [own.pseudonym(word) for word in sorted(words)] == sorted(own.pseudonym(word) for word in words)


@given(st.lists(st.from_regex(r"(?:subnet|tgw-attach|eni)-[0-9a-f]{8}(?:[0-9a-f]{9})?", fullmatch=True), unique=True))
def test_ids_keep_their_prefix_their_length_and_their_order(texts: list[str]) -> None:
    ids = Ids()
    for text in texts:
        ids.meet(text)
    ids.settle()
    for text in texts:
        image = ids.pseudonym(text)
        assert image != text
        assert len(image) == len(text)
        assert re.fullmatch(r"(subnet|tgw-attach|eni)-[0-9a-f]+", image)
        assert image.rpartition("-")[0] == text.rpartition("-")[0]
    assert [ids.pseudonym(one) for one in sorted(texts)] == sorted(map(ids.pseudonym, texts))


def test_more_words_than_one_length_has_still_differ() -> None:
    own = Words()
    images = {own.pseudonym(f"{chr(97 + one // 676)}{chr(97 + one // 26 % 26)}{chr(97 + one % 26)}")
              for one in range(3000)}  # fmt: skip
    assert len(images) == 3000


def test_what_comes_later_gets_one_that_nobody_has() -> None:
    first = Words()
    known = {word: first.pseudonym(word) for word in ("alpha", "beta")}
    second = Words(dict(first.of), dict(first.mixed))
    assert second.pseudonym("beta") == known["beta"]
    assert second.pseudonym("gamma") not in known.values()


@given(st.lists(st.from_regex(PSEUDONYM, fullmatch=True), min_size=1, max_size=6))
def test_no_rule_reads_a_pseudonym(words: list[str]) -> None:
    text = " ".join(words)
    assert outcome_of(text) is None
    assert guess(text) is None
    assert level_of(text) is None
    assert not is_exception(text)
    assert vocabulary.rule_in(text.lower()) is None

"""Handlers as people have them: what is found in each, and that a fix keeps all that it does not mend."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

import pytest

from narrows_lambda.lint import fixed, lint_source
from narrows_lambda.lint.finding import apply
from narrows_lambda.lint.rule import RULES
from tests.handlers.corpus import CORPUS


@pytest.mark.parametrize("name", CORPUS)
def test_what_is_found(name: str) -> None:
    source, expected = CORPUS[name]
    found = lint_source(source.encode()).findings
    assert sorted(f"{'+' if one.edits else ''}{one.rule}" for one in found) == expected


def test_every_rule_has_a_handler() -> None:
    assert {one.lstrip("+") for _, expected in CORPUS.values() for one in expected} == RULES.keys()


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("name", CORPUS)
def test_a_fix_compiles_and_a_second_one_finds_nothing_more(name: str, end: str) -> None:
    source = CORPUS[name][0].replace("\n", end).encode()
    once = fixed(source)
    compile(once, name, "exec")
    assert fixed(once) == once
    assert not [one for one in lint_source(once).findings if one.edits]
    assert b"\r\n" not in once or once.count(b"\r\n") == once.count(b"\n")


@pytest.mark.parametrize("name", CORPUS)
def test_lines_that_no_fix_touches_stay_as_they_are(name: str) -> None:
    source = CORPUS[name][0].encode()
    before, after = (one.decode().splitlines() for one in (source, fixed(source)))
    removed = {one[2:] for one in difflib.ndiff(before, after) if one.startswith("- ")}
    assert removed <= set(touched(source))


def touched(source: bytes) -> Iterator[str]:
    """The lines that the edits of each round touch, and that stand in none of its insertions."""
    while groups := [one.edits for one in lint_source(source).findings if one.edits]:
        for edit in (edit for group in groups for edit in group):
            first, last = source.rfind(b"\n", 0, edit.start) + 1, source.find(b"\n", edit.end)
            if edit.start != edit.end or edit.start != first:
                yield from source[first : last if last >= 0 else None].decode().splitlines()
        source = apply(source, groups)


def test_what_has_no_encoding_of_its_own_keeps_its_mark_and_letters() -> None:
    source = CORPUS["grpc"][0]
    marked = b"\xef\xbb\xbf# caf\xc3\xa9" + source.encode()
    assert fixed(marked).startswith(b"\xef\xbb\xbf# caf\xc3\xa9\n")
    latin = b"# -*- coding: latin-1 -*-\n# caf\xe9" + source.encode()
    once = fixed(latin)
    assert once.startswith(b"# -*- coding: latin-1 -*-\n# caf\xe9\n")
    assert b"_channel = grpc.insecure_channel" in once

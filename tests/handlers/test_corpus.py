"""Handlers as people have them: what is found in each, and that a fix keeps all that it does not mend."""

from __future__ import annotations

import difflib

import pytest

from narrows_lambda.lint import fixed, lint_source
from narrows_lambda.lint.rule import RULES
from tests.handlers.corpus import CORPUS, SOURCES


@pytest.mark.parametrize("name", CORPUS)
def test_what_is_found(name: str) -> None:
    source, expected = CORPUS[name]
    found = lint_source(source.encode()).findings
    assert sorted(f"{'+' if one.edits else ''}{one.rule}" for one in found) == expected


def test_every_handler_has_its_expectation_and_every_rule_a_handler() -> None:
    assert CORPUS.keys() == SOURCES.keys()
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
    found = lint_source(source).findings
    after = fixed(source)
    if not any(one.edits for one in found):
        assert after == source
        return
    before, changed = source.decode().splitlines(), after.decode().splitlines()
    removed = [one[2:] for one in difflib.ndiff(before, changed) if one.startswith("- ")]
    touched = {
        line
        for one in found
        for edit in one.edits
        if edit.start != edit.end
        for line in source[: edit.end].decode().splitlines()[source[: edit.start].count(b"\n") :]
    }
    whole = {line for line in before if any(line.startswith(one) or one in line for one in touched if one)}
    # An argument that is added stands in a line of its own client.
    assert all(line in whole or "httpx" in line or "create_task" in line or "audit" in line for line in removed)


def test_what_has_no_encoding_of_its_own_keeps_its_mark_and_letters() -> None:
    source = CORPUS["grpc"][0]
    marked = b"\xef\xbb\xbf# caf\xc3\xa9" + source.encode()
    assert fixed(marked).startswith(b"\xef\xbb\xbf# caf\xc3\xa9\n")
    latin = b"# -*- coding: latin-1 -*-\n# caf\xe9" + source.encode()
    once = fixed(latin)
    assert once.startswith(b"# -*- coding: latin-1 -*-\n# caf\xe9\n")
    assert b"_channel = grpc.insecure_channel" in once

"""Handlers as people have them: what is found in each, and that a fix keeps all that it does not mend."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

import pytest

from narrows_lambda.lint import Options, fixed, lint_source
from narrows_lambda.lint.finding import apply
from narrows_lambda.lint.linting import _lint
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
    assert lines_left(source, fixed(source))


def lines_left(source: bytes, after: bytes, newline: str = "\n") -> bool:
    """Whether each line that is gone is one that the edits of some round touch."""
    before, changed = (lint_source(one).text.decode().split(newline) for one in (source, after))
    removed = {one[2:] for one in difflib.ndiff(before, changed) if one.startswith("- ")}
    return removed <= {one for line in touched(source, newline.encode()) for one in line.decode().split(newline)}


def touched(source: bytes, newline: bytes) -> Iterator[bytes]:
    """The lines that the edits of each round touch, but where a line is only put before another."""
    text = lint_source(source).text
    # Of the text itself: it is UTF-8 whatever the cookie in it says.
    while groups := [one.edits for one in _lint(text, "", Options()).findings if one.edits]:
        for edit in (edit for group in groups for edit in group):
            above, below = text.rfind(newline, 0, edit.start), text.find(newline, edit.end)
            first = above + len(newline) if above >= 0 else 0
            if edit.start != edit.end or edit.start != first:
                yield text[first : below if below >= 0 else None]
        text = apply(text, groups)


def test_what_has_no_encoding_of_its_own_keeps_its_mark_and_letters() -> None:
    source = CORPUS["grpc"][0]
    marked = b"\xef\xbb\xbf# caf\xc3\xa9" + source.encode()
    assert fixed(marked).startswith(b"\xef\xbb\xbf# caf\xc3\xa9\n")
    latin = b"# -*- coding: latin-1 -*-\n# caf\xe9" + source.encode()
    once = fixed(latin)
    assert once.startswith(b"# -*- coding: latin-1 -*-\n# caf\xe9\n")
    assert b"_channel = grpc.insecure_channel" in once


def test_what_is_made_alike_is_made_once() -> None:
    once = fixed(CORPUS["one client, made alike in several functions"][0].encode())
    assert once.count(b"boto3.client(") == 2
    assert b"_ec2 = boto3.client" in once
    assert b"s3.list_buckets()" in once


def test_a_session_that_somebody_set_up_serves_nobody_else() -> None:
    source = b"""
import requests

session = requests.Session()
session.headers["Authorization"] = "secret"


def handler(event, context):
    return requests.get(event["url"], timeout=1).text
"""
    assert b"_requests.get(event" in fixed(source)

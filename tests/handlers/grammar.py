"""Handler modules by chance: imports in every form, clients in every place, comments, strings, newlines, encodings.

Each is a whole program. ``handler`` answers what it saw, so that a module and its fixed copy can be told apart; of the
network it uses one server on loopback, under ``PORT``.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from hypothesis import strategies as st

ODD_STRINGS = (
    "'it\"s'",
    '"it\'s # no comment"',
    "r'\\n\\''",
    '"""one\n  two\n\tthree"""',
    "'''a \"\"\" b\n'''",
    'f"{event!r:>4}"',
    "b'\\xe9'.hex()",
    '"a" \'b\' "c"',
    '"tab\there"',
)
"""Expressions."""


@dataclass(frozen=True)
class Client:
    """How a client is imported and made; ``use`` asks it for something that does not need the network."""

    imports: tuple[str, ...]
    made: tuple[str, ...]
    use: str = "type({}).__name__"
    end: str = "close"


CLIENTS = (
    Client(("import redis",), ('redis.Redis(host="c", retry=None)', "redis.Redis(\n{i}    port=1,  # a port\n{i})")),
    Client(("import redis as r",), ("r.Redis()", 'r.Redis(host="c")')),
    Client(("from redis import Redis",), ("Redis()", "Redis(db=0)")),
    Client(
        ("import requests", "import requests, json"), ("requests.Session()", "requests.session()"), "{}.max_redirects"
    ),
    Client(("from requests import Session as S",), ("S()",), "{}.max_redirects"),
    Client(
        ("import urllib3",),
        ("urllib3.PoolManager(timeout=2)", "urllib3.PoolManager(\n{i}  timeout=TIME\n{i})"),
        end="clear",
    ),
    Client(("import httpx",), ("httpx.Client(timeout=2)", "httpx.Client(\n{i}timeout=(2),\n{i})")),
    Client(("from httpx import Client",), ("Client(timeout=TIME)", "Client(timeout=2 )")),
    Client(("from httpx import (\n    Client,\n    Limits,\n)",), ("Client(timeout=TIME)",)),
)

SHAPES = (
    "name",
    "with",
    "try",
    "chained",
    "nested",
    "helper",
    "class",
    "async",
    "semicolon",
    "branch",
    "loop",
    "given",
    "twice",
)

ENCODINGS = (
    ("utf-8", "", False),
    ("utf-8", "", True),
    ("utf-8", "# vim: set fileencoding=utf-8 :", True),
    ("latin-1", "# -*- coding: latin-1 -*-", False),
    ("cp1252", "#!/bin/env python\n# coding: cp1252", False),
)
"""Its name, the comment that says it, and whether a byte order mark stands before."""


@dataclass(frozen=True)
class Program:
    """A module: its bytes as they stand in the file, and its text."""

    source: bytes
    text: str
    newline: str


@st.composite
def programs(draw: st.DrawFn) -> Program:
    """A handler module that runs."""
    indent = draw(st.sampled_from(["    ", "\t", "  "]))
    client = draw(st.sampled_from(CLIENTS))
    lines: list[str] = []
    encoding, cookie, mark = draw(st.sampled_from(ENCODINGS))
    lines += [cookie] if cookie else []
    lines += draw(st.sampled_from([[], ['"""What it does: caf\u00e9."""'], ["'''Two\n  lines\n'''"], ["# caf\u00e9"]]))
    lines += draw(st.sampled_from([[], ["from __future__ import annotations"]]))
    lines += [draw(st.sampled_from(client.imports))]
    lines += draw(st.permutations(["import functools", "import requests as web", "TIME = 2"]))
    lines += draw(
        st.sampled_from([[], ["", "# narrows is here"], ["X = [\n  1,\n]"], ["if TIME:\n    Y = 1"], ["\x0c"]])
    )
    lines += _body(draw, client, indent)
    newline = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    text = newline.join("\n".join(lines).split("\n")) + draw(st.sampled_from(["", newline, newline * 3]))
    return Program((codecs.BOM_UTF8 if mark else b"") + text.encode(encoding), text, newline)


def _body(draw: st.DrawFn, client: Client, i: str) -> list[str]:
    """The handler, and what it calls."""
    shape = draw(st.sampled_from(SHAPES))
    made = draw(st.sampled_from(client.made))
    odd = draw(st.sampled_from(ODD_STRINGS))
    comment = draw(st.sampled_from(["", "  # \u00e9", " #", "  # narrows: nothing"]))
    decorator = draw(st.sampled_from([[], ["@functools.wraps(print)"], ["@functools.wraps(", "    print,", ")"]]))
    one_shot = draw(st.booleans())
    use = client.use.format("c")
    head = f"def handler(event, context):{comment}"
    documented = draw(st.sampled_from([[], [f'{i}"""Doc.\n\n{i}More."""']]))
    start = [f"{i}seen = [event, {odd}]{comment}"]
    if one_shot:
        call = draw(st.sampled_from(["web.get(URL, timeout=2)", "web.get(\n{i}URL,\n{i}timeout=TIME)"])).replace(
            "{i}", i
        )
        start.append(f"{i}seen.append({call}.status_code)")
    end = [f"{i}return seen"]

    def at(depth: int) -> str:
        return made.replace("{i}", i * depth)

    parts: dict[str, list[str]] = {
        "name": [f"{i}c = {at(1)}{comment}", f"{i}seen.append({use})"],
        "with": [f"{i}with {at(1)} as c:{comment}", f"{i}{i}d = {odd}", "", f"{i}{i}seen += [{use}, d]{comment}"],
        "try": [f"{i}c = {at(1)}", f"{i}try:", f"{i}{i}seen.append({use})", f"{i}finally:", f"{i}{i}c.{client.end}()"],
        "chained": [f"{i}seen.append(type({at(1)}).__name__)"],
        "nested": [f"{i}def inner():", f"{i}{i}c = {at(2)}", f"{i}{i}return {use}", f"{i}seen.append(inner())"],
        "semicolon": [f"{i}x = 1; c = {at(1)}; seen.append({use}){comment}"],
        "branch": [f"{i}if event:", f"{i}{i}c = {at(2)}", f"{i}{i}seen.append({use})", f"{i}else: seen.append(0)"],
        "loop": [f"{i}for n in range(2):", f"{i}{i}c = \\", f"{i}{i}{i}{at(3)}", f"{i}{i}seen.append({use})"],
        "given": [f"{i}c = {at(1)}", f"{i}seen.append(str(type(c)) + str(event))"],
        "helper": [f"{i}seen.append(help_it({odd}))"],
        "twice": [f"{i}c = {at(1)}", f"{i}seen += [{use}, help_it({odd})]"],
        "class": [f"{i}seen.append(Store().c is not None)"],
        "async": [f"{i}import asyncio", f"{i}seen.append(asyncio.run(work(event)))"],
    }
    above = {
        "helper": ["def help_it(event):", f"{i}c = {at(1)}", f"{i}return ({use}, event)", ""],
        "class": ["class Store:", f"{i}def __init__(self):", f"{i}{i}self.c = {at(2)}", ""],
        "async": ["async def work(event):", f"{i}c = {at(1)}", f"{i}return {use}", ""],
    }.get("helper" if shape == "twice" else shape, [])
    handler = [*decorator, head, *documented, *start, *parts[shape], *end]
    return [*above, *handler] if draw(st.booleans()) else [*handler, *above]

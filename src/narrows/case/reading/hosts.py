"""The hosts and addresses that a line of a log names as what it could not connect to."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

_LOOKED_AT = 8_192
"""Characters of a line that are looked through."""
_NAME = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,62})(?:\.[A-Za-z0-9_-]{1,63}){0,10}"
_PORT = r"(?:(?:\)?'?,? port[=: ]+|:)(\d{1,5})\b)?"
_V4 = r"\d{1,3}(?:\.\d{1,3}){3}"
_V6 = r"::1|\[[0-9a-fA-F:.]{2,45}\]"
_ADDRESS = re.compile(rf"(?<![\w.:-])(?:({_V4})(?![\w.]*[A-Za-z])(?!\.\d)|({_V6})(?![0-9a-fA-F:]*::)){_PORT}(?!\d)")
_LOCAL = re.compile(r"(?<![\w.-])localhost(?![\w-]|\.\w)" + _PORT)
_SAID = re.compile(
    rf"(?:\w{{2,12}}://(?:[^/@\s\"']{{1,100}}@)?|\b(?:E(?:NOTFOUND|AI_AGAIN|AI_NONAME|SERVFAIL|AI_NODATA|TIMEOUT)|lookup"
    rf"|[Hh]ost(?:name)?[=:]|host name|HOST|UnknownHostException:|server at|server on|attempted address:|endpoint"
    rf"|[Cc]onnect(?:ing|ion)? to(?: (?:host|server(?: at)?))?|resolv(?:e|ing)(?: host:?)?|connecting to Redis on"
    rf"|getaddrinfo for|reading from|target dns:|Inaccessible host:|(?:address|hostname)[\"']?:|[\"']host[\"']?:)"
    rf"\s?)"
    rf"[\"'`]?({_NAME}){_PORT}"
)
_WITH_PORT = re.compile(rf"(?<![\w.@/-])({_NAME}):(\d{{2,5}})(?!\d|[:.]\d|->)")
_BEFORE_A_PAGE = 80
"""Characters before a URL that say what it is of."""
_OWN_SIDE = re.compile(r"(?:Local \(|from /?|on )$")
"""Before an address that is the function's own, or that of a name server."""
_READ_ON = ("docs.", "doc.", "help.", "support.", "learn.")
"""How hosts begin that have pages to read."""
PAGES = frozenset(
    ("github.com", "sqlalche.me", "pris.ly", "aka.ms", "bit.ly", "goo.gl", "git.io", "g.co", "go.microsoft.com",
     "nodejs.org", "www.postgresql.org", "dev.mysql.com")
)  # fmt: skip
"""Hosts that have pages to read and nothing else."""
_READ_OF = re.compile(
    r"\b(?:see|background on|(?:read|learn|for) more|more (?:info\w*|details|help)|documentation|refer|visit)\b"
    r"[^.!?]{0,60}$",
    re.I,
)
"""Before the address of a page to read."""
_A_PAGE = re.compile(r"/[\w./%-]{0,200}\b(?:docs?|documentation|help|issues|wiki|errors?|kb|troubleshoot\w*|manual)\b")
_USUAL_PORTS = {
    "https": 443, "http": 80, "wss": 443, "redis": 6379, "rediss": 6379, "postgres": 5432, "postgresql": 5432,
    "mysql": 3306, "mongodb": 27017, "amqp": 5672, "amqps": 5671,
}  # fmt: skip
_FILES = frozenset((
    "js", "ts", "py", "java", "go", "rb", "cs", "mjs", "cjs", "rs", "php", "kt", "scala", "jar", "so", "json",
    "html", "log", "toml", "yaml", "yml", "sql", "c", "cc", "cpp", "h"
))  # fmt: skip
_WORDS = frozenset((
    "the", "a", "an", "host", "server", "endpoint", "address", "port", "database", "redis", "mysql", "all", "any",
    "remote", "connection", "this", "client", "failed", "error", "none", "null", "undefined", "url", "with", "for",
    "is", "was", "not", "to", "at", "on", "in", "of", "proxy", "cluster", "node", "target", "upstream", "peer",
    "service", "broker", "instance", "policy", "seed", "name", "request", "response",
    "timeout", "time"
))  # fmt: skip
"""What may stand where a name is looked for, and is none."""


@dataclass(frozen=True, slots=True)
class Host:
    """A host, as a line names it."""

    name: str
    """In lower case; an IPv6 address without brackets."""
    port: int | None
    is_address: bool
    usual_port: int | None = None
    """That of the scheme of its URL."""

    @property
    def is_own(self) -> bool:
        """Whether it is the function's own environment, or what AWS serves it by a link-local address."""
        if self.name == "localhost":
            return True
        if not self.is_address:
            return False
        address = ipaddress.ip_address(self.name)
        return address.is_loopback or address.is_link_local

    def __str__(self) -> str:
        shown = f"[{self.name}]" if ":" in self.name and self.port is not None else self.name
        return shown if self.port is None else f"{shown}:{self.port}"


def hosts_in(text: str) -> Iterator[Host]:
    """Every host that a line names, those that it says to be the peer first; none of its own end of a connection."""
    text = text[:_LOOKED_AT]
    for match in _SAID.finditer(text):
        if "://" in match.group(0) and _is_to_read(text, match):
            continue  # where to read of the error
        found = _named(match.group(1), match.group(2))
        if found is not None:
            yield replace(found, usual_port=_USUAL_PORTS.get(match.group(0).partition("://")[0].lower()))
    for match in _LOCAL.finditer(text):
        yield Host("localhost", _number(match.group(1)), False)
    for match in _ADDRESS.finditer(text):
        if text.startswith("->", match.end()) or _OWN_SIDE.search(text[max(0, match.start() - 8) : match.start()]):
            continue
        found = _address(match.group(1) or match.group(2).strip("[]"), match.group(3))
        if found is not None:
            yield found
    for match in _WITH_PORT.finditer(text):
        if "." in match.group(1) or "-" in match.group(1):
            found = _named(match.group(1), match.group(2))
            if found is not None:
                yield found


def _is_to_read(text: str, url: re.Match[str]) -> bool:
    """Whether a URL is that of a page on an error, and not what could not be reached."""
    before = text[max(0, url.start() - _BEFORE_A_PAGE) : url.start()]
    return (
        url.group(1).startswith(_READ_ON)
        or url.group(1).lower() in PAGES
        or _A_PAGE.match(text, url.end()) is not None
        or _READ_OF.search(before) is not None
    )


def _named(name: str, port: str | None) -> Host | None:
    lowered = name.lower()
    last = lowered.rpartition(".")[2]
    if last.isdigit():
        return _address(lowered, port)
    if lowered in _WORDS or (last in _FILES and last != lowered) or len(lowered) > 253:
        return None
    return Host(lowered, _number(port), False)


def _address(text: str, port: str | None) -> Host | None:
    try:
        return Host(str(ipaddress.ip_address(text)), _number(port), True)
    except ValueError:
        return None


def _number(port: str | None) -> int | None:
    return int(port) if port else None

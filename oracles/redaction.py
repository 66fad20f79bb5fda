"""Whether a redacted case says the same as its original, and whether anything of that can still be found in it."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from narrows.case import read_case
from narrows.diagnose import diagnose
from narrows.errors import InputError
from narrows.plan import make_plan
from narrows.redact import Redaction, recognised, redact_case, vocabulary
from narrows.redact.mapping import read_mapping

_WORD = re.compile(r"[^\W\d_]+")
_RUN = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\bL-[0-9A-F]{8}\b|[^\W_]+")
_CUT = "…"
_FIRST = (".tightest.", ".next_narrows.")
"""Of tables that are equally full the plan names the one that comes first, by address: in another order another."""
_FIRST_PLACE = re.compile(r"(callers|cloudwatch)/[^:,]*(\.json)(?::events\[\d+\])?")
"""Of places that say the same a diagnosis gives the first: in an order of other names that is another file."""
_ADDRESS_AND_PORT = re.compile(r"[0-9a-f.:\[\]]+:\d+")
_NAME_MEMBERS = ("FunctionName", "GroupName")
_HOSTS = ("DnsName", "PrivateDnsName", "PublicDnsName")
_NAMED_BY_ADDRESS = re.compile(r"ip-(\d+)-(\d+)-(\d+)-(\d+)\..*")
"""AWS's own name of a private address."""


@dataclass
class Compared:
    """What was found."""

    done: Redaction
    different: list[str] = field(default_factory=list)
    """Places where diagnosis or plan say something else; the first of them."""
    leaks: list[str] = field(default_factory=list)
    """What of the original is in the redacted case, with the file."""


def compare(case: Path, out: Path) -> Compared:
    """Redact a case, and compare what narrows says of both."""
    found = Compared(redact_case(case, out))
    meant = Meant(found.done.mapping)
    for say in (said_by_diagnosis, said_by_plan):
        expected, said = say(case), say(out)
        found.different += list(differences(meant.redacted(expected), meant.plain(said), say.__name__))[:5]
    found.leaks = list(leaks(case, found.done))
    return found


def said_by_diagnosis(folder: Path) -> Any:
    """``narrows diagnose --json``."""
    return _plain(diagnose(read_case(folder)).to_json())


def said_by_plan(folder: Path) -> Any:
    """``narrows plan --json``, or why there is none."""
    try:
        return _plain(make_plan(read_case(folder)).to_json())
    except InputError as error:
        return {"no plan": error.problem}


def _plain(document: Any) -> Any:
    return json.loads(json.dumps(document))


class Meant:
    """What is one and the same under a mapping."""

    def __init__(self, mapping: Path) -> None:
        found = json.loads(mapping.read_text())
        self._words: dict[str, str] = {key.lower(): value.lower() for key, value in found["words"].items()}
        made = found["made_by_the_key"]
        self._things = {
            **made["accounts"], **made["hosts"], **made["addresses"], **found["ids"], **found["names"],
        }  # fmt: skip
        self._things = {key.lower(): value.lower() for key, value in self._things.items()}
        self._any = re.compile(
            "|".join(sorted(map(re.escape, self._things), key=len, reverse=True)) or "(?!)", re.IGNORECASE
        )
        self._by = read_mapping(mapping).redactor()
        self._by.learning = False

    def redacted(self, document: Any) -> Any:
        """What was said of the original, as it should be said of the redacted case."""
        return _each(document, self._redacted)

    def plain(self, document: Any) -> Any:
        """What was said of the redacted case, with words that narrows says itself as in ``redacted``."""
        return _each(document, lambda text: self._words_of(text, lambda made: made))

    def _redacted(self, text: str) -> str:
        parts, done = [], 0
        for thing in self._any.finditer(text):
            start, end = thing.span()
            if not _touches(text, start, end):
                parts += [self._words_of(text[done:start], self._by.text),
                          self._words_of(self._things[thing[0].lower()], lambda made: made)]  # fmt: skip
                done = end
        return "".join(parts) + self._words_of(text[done:], self._by.text)

    def _words_of(self, text: str, change: Callable[[str], str]) -> str:
        """A text with each word as its pseudonym; what machines made as ``change`` makes it."""
        return _RUN.sub(lambda run: change(run[0]) if _is_made(run[0]) else _WORD.sub(self._word, run[0]), text).lower()

    def _word(self, match: re.Match[str]) -> str:
        return self._of(match[0])

    def _of(self, word: str) -> str:
        if word.lower() in self._words:
            return self._words[word.lower()]
        pieces = vocabulary.pieces_of(word)
        if len(pieces) > 1 and "".join(pieces) == word:
            return "".join(map(self._of, pieces))
        held = vocabulary.rule_in(word.lower())
        if held is None or held == (0, len(word)):
            return word
        return self._of(word[: held[0]]) + word[held[0] : held[1]] + self._of(word[held[1] :])


def _is_made(run: str) -> bool:
    parts = recognised.PARTS.findall(run)
    return (
        "-" in run
        or bool(recognised.HEXADECIMAL.fullmatch(run))
        or len(parts) > 3
        or (len(run) > 15 and len(parts) > 1)
    )


def _touches(text: str, start: int, end: int) -> bool:
    return (start > 0 and text[start - 1].isalnum()) or (end < len(text) and text[end].isalnum())


def _each(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_each(one, change) for one in value]
    if isinstance(value, dict):
        return {change(key): _each(one, change) for key, one in value.items()}
    return value


def differences(expected: Any, said: Any, place: str) -> Iterator[str]:
    """Where two documents differ. Texts that were cut are the same as far as both go."""
    if isinstance(expected, dict) and isinstance(said, dict) and expected.keys() == said.keys():
        for key in expected:
            yield from differences(expected[key], said[key], f"{place}.{key}")
    elif isinstance(expected, list) and isinstance(said, list) and len(expected) == len(said):
        for number, (one, other) in enumerate(zip(expected, said, strict=True)):
            yield from differences(one, other, f"{place}[{number}]")
    elif (
        expected != said
        and not (any(one in place for one in _FIRST) and _is_where(expected) and _is_where(said))
        and not (place.endswith(".source") and _kind_of_place(expected) == _kind_of_place(said))
        and not (isinstance(expected, str) and isinstance(said, str) and _cut(expected, said))
    ):
        yield f"{place}: {str(expected)[:300]!r} is {str(said)[:300]!r}"


def _is_where(value: Any) -> bool:
    return isinstance(value, str) and _ADDRESS_AND_PORT.fullmatch(value) is not None


def _kind_of_place(source: Any) -> str:
    return _FIRST_PLACE.sub(r"\1/*\2", str(source))


def _cut(one: str, other: str) -> bool:
    if _CUT not in one and _CUT not in other:
        return False
    heads = [text.partition(_CUT)[0] for text in (one, other)]
    length = min(map(len, heads))
    return heads[0][: length - 12] == heads[1][: length - 12]


def leaks(case: Path, done: Redaction) -> Iterator[str]:
    """Names, ids, hosts, accounts and public addresses of a case that stand in the redacted one as whole words."""
    originals = {one for one in _originals(case) if not _tells_nothing(one)}
    images = _images(done.mapping)
    looked_for = {one.lower() for one in originals if one.lower() not in images}
    if not looked_for:
        return
    pattern = re.compile(
        rf"(?<![A-Za-z0-9])(?:{'|'.join(sorted(map(re.escape, looked_for), key=len, reverse=True))})(?![A-Za-z0-9])",
        re.IGNORECASE,
    )
    for file in sorted(done.out.rglob("*")):
        name = file.relative_to(done.out).as_posix()
        for text in (name, _content(file) if file.is_file() and file.name != "written.json" else ""):
            for found in {one[0] for one in pattern.finditer(text)}:
                yield f"{found!r} in {name}"


def _images(mapping: Path) -> set[str]:
    """Addresses may take each other's place."""
    made = json.loads(mapping.read_text())["made_by_the_key"]
    return {image.lower() for part in made.values() for image in part.values()}


def _originals(case: Path) -> Iterator[str]:
    read = read_case(case)
    yield from read.functions
    yield from read.topology.network.functions
    for one in read.destinations.values():
        yield from filter(None, (one.host, *one.addresses))
    for file in case.rglob("*.json"):
        if file.name not in ("truth.json", "written.json") and "flow-logs" not in file.parts:
            yield from _named(json.loads(file.read_text()), "")


def _named(value: Any, key: str) -> Iterator[str]:
    if isinstance(value, list):
        for one in value:
            yield from _named(one, key)
    elif isinstance(value, dict):
        if key in ("Tags", "TagSet") and "Value" in value:
            yield value["Value"]
        for name, one in value.items():
            yield from _named(one, name)
    elif isinstance(value, str):
        if key in _NAME_MEMBERS or key in _HOSTS or re.fullmatch(r"[a-z-]+-[0-9a-f]{8,17}", value):
            yield value
        yield from re.findall(r"(?<!\d)\d{12}(?!\d)", value) if key not in ("eventId", "message") else ()
        if key in ("PublicIp", "PrivateIpAddress", "PrivateIp"):
            yield value


def _tells_nothing(name: str) -> bool:
    """Whether a name is made of words that narrows, AWS and everybody use, and of nothing else."""
    words = [one.lower() for one in _WORD.findall(name)]
    of_address = _NAMED_BY_ADDRESS.fullmatch(name)
    try:
        # A private address may be another's image, or stay as it is by chance, in a small block; documentation's are
        # nobody's.
        return not ip_address(".".join(of_address.groups()) if of_address else name).is_global
    except ValueError:
        pass
    if not words or recognised.ID_PREFIX.match(f"{name}-x"):
        return not re.fullmatch(r"\d{12}", name)
    known = vocabulary.of_rules() | vocabulary.of_aws() | vocabulary.STRUCTURE | vocabulary.ordinary()
    kept = vocabulary.of_rules() | vocabulary.of_aws() | vocabulary.STRUCTURE
    return not name or (len(words) == 1 and words[0] in kept) or all(len(one) == 1 for one in words) or (
        name.endswith(".amazonaws.com") and all(one in known for one in words)
    )  # fmt: skip


def _content(file: Path) -> str:
    raw = file.read_bytes()
    if raw.startswith(b"\x1f\x8b"):
        raw = gzip.decompress(raw)
    if raw.startswith(b"PAR1"):
        import pyarrow.parquet as pq

        return json.dumps(pq.read_table(file).to_pydict(), default=str)
    return raw.decode("utf-8", "replace")

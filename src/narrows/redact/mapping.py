"""The mapping: what stands for what. It undoes the redaction, so it stays with its owner, in a file with mode 600."""

from __future__ import annotations

import json
import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from narrows.bounds import JSON_BYTES
from narrows.errors import InputError
from narrows.opening import open_regular, read_at_most
from narrows.redact.pseudonyms import PSEUDONYM, Ids, Words
from narrows.redact.redactor import Redactor
from narrows.target import make_private_file
from narrows.target_file import begins_with, new_file

_BEGINNING = b'{"narrows_redaction": 1,'
_KEY_BYTES = 32
_ID = re.compile(r"[a-z]+(?:-[a-z]+)*-[0-9a-f]+")
_PARTS = ("words", "mixed", "ids", "names")


@dataclass
class Mapping:
    """What a redaction goes by, and what it was found to replace."""

    key: bytes = field(default_factory=lambda: secrets.token_bytes(_KEY_BYTES))
    words: Words = field(default_factory=Words)
    ids: Ids = field(default_factory=Ids)
    names: dict[str, str] = field(default_factory=dict)

    def redactor(self) -> Redactor:
        """A redactor that goes by this mapping, and adds to it what is new."""
        return Redactor(self.key, self.words, self.ids, self.names)


def read_mapping(file: Path) -> Mapping:
    """The mapping of an earlier run.

    Raises:
        InputError: it cannot be read, others can read it, or it is none.
    """
    with open_regular(file) as stream:
        mode = file.stat().st_mode
        if stat.S_IMODE(mode) & 0o077:
            raise InputError("others can read it, and it undoes the redaction", file=file, advice="chmod 600 it")
        content = read_at_most(stream, JSON_BYTES, file)
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or found.get("narrows_redaction") != 1:
        raise _no_mapping(file)
    words, mixed, ids, names = (_texts(found.get(part), file) for part in _PARTS)
    own = [*words.values(), *mixed.values(), *names.values()]
    if not all(PSEUDONYM.fullmatch(one) for one in own) or not all(_ID.fullmatch(one) for one in ids.values()):
        raise _no_mapping(file)
    if any(len(set(one.values())) < len(one) for one in (words, mixed, ids, names)):
        raise InputError("two things have one pseudonym in it", file=file, advice="begin with a new mapping")
    try:
        key = bytes.fromhex(found.get("key", ""))
    except (TypeError, ValueError):
        key = b""
    if len(key) != _KEY_BYTES:
        raise _no_mapping(file)
    return Mapping(key, Words(words, mixed), Ids(ids), names)


@contextmanager
def new_mapping(file: Path) -> Iterator[BinaryIO]:
    """A file for a mapping, which takes its place at the end of the block, over an older mapping or over nothing."""
    with new_file(file, begins_with(_BEGINNING), make_private_file) as stream:
        yield stream


def write_mapping(stream: BinaryIO, mapping: Mapping, redactor: Redactor) -> None:
    """Write a mapping, and beside it what the key makes of addresses, hosts and accounts, for people to look up."""
    parts: dict[str, Any] = {
        "key": mapping.key.hex(), "words": mapping.words.of, "mixed": mapping.words.mixed, "ids": mapping.ids.of,
        "names": mapping.names, "made_by_the_key": redactor.seen,
    }  # fmt: skip
    text = json.dumps(parts, indent=1)
    stream.write(_BEGINNING + b"\n" + text[1:].encode("ascii") + b"\n")


def _texts(part: Any, file: Path) -> dict[str, str]:
    if not isinstance(part, dict) or not all(isinstance(one, str) for one in part.values()):
        raise _no_mapping(file)
    return part


def _no_mapping(file: Path) -> InputError:
    return InputError("is not the mapping of a redaction", file=file, advice="name the one that narrows redact wrote")

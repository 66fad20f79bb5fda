"""Which files hold flow logs, and how each is written: found out from its first lines, or from its schema."""

from __future__ import annotations

import gzip
import json
import os
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from narrows.errors import InputError, one_line
from narrows.flowlogs.fields import DEFAULT_FORMAT, field_of

if TYPE_CHECKING:
    from narrows.flowlogs.s3 import Fetched

BROKEN = (OSError, EOFError, ValueError, zlib.error)
"""What reading a file raises that cannot be read."""

_HEAD = 16_384
"""Bytes of a file that are looked at."""
_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$")
"""The timestamp that CloudWatch Logs puts before each line of an export, and ``aws logs tail`` before what it shows."""
_STREAM = re.compile(r"eni-[0-9a-f]+-(?:all|accept|reject)$")
"""The log stream of an interface: ``aws logs tail`` prints it after the timestamp."""
_OF_A_RECORD = re.compile(r"eni-[0-9a-f]+$|ACCEPT$|REJECT$|NODATA$|SKIPDATA$")
"""A word by which a line is seen to be a record, whatever its format."""
_DELIVERED = re.compile(r"\d{12}_vpcflowlogs_[^/]+_fl-[0-9a-f]+_\d{8}T\d{4}Z_[0-9a-f]+\.log(?:\.gz|\.parquet)?$")
"""A name that AWS gives to one file only: a copy of it holds the same records."""
_FLOW_LOG = re.compile(r"_(fl-[0-9a-f]+)_")
_BLOCK = 1 << 20
_NAMED = 20
"""Unreadable files that an answer names; the others are counted."""
_PASSED_OVER = (".", "_")
"""Hidden files, and what Spark and Athena leave beside their results."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How a file is written. Files of the same shape are read together."""

    kind: str
    """``text``, ``json`` (CloudWatch Logs) or ``parquet``."""
    columns: tuple[str, ...]
    """Text: the fields in order; ``*`` is a column to pass over. Parquet: ``name:type`` of each column."""
    flow_log: str = ""
    """The id of the flow log, where the file's name has it: two of one interface say the same thing twice."""


@dataclass
class Sources:
    """The files to read, by shape, and those that are not."""

    files: dict[Shape, list[str]] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)
    """Why, by file."""
    others: Counter[str] = field(default_factory=Counter)
    """Files that are no flow logs, by kind."""
    twice: int = 0
    """Files that have been looked at already, under this path or another."""
    seen: set[str] = field(default_factory=set)
    names: Mapping[str, str] = field(default_factory=dict)
    """What a file is called in an answer, where it is a copy."""

    def __len__(self) -> int:
        return sum(len(files) for files in self.files.values())

    def is_other(self, name: str) -> None:
        """Count a file that is no flow log."""
        suffix = "".join(Path(name).suffixes[-2:]) or Path(name).name
        self.others[one_line(suffix, 40)] += 1

    def unreadable_lines(self) -> list[str]:
        """The first of the unreadable files, one line each."""
        first = list(self.unreadable.items())[:_NAMED]
        lines = [one_line(f"{self.names.get(name, name)}: {why}") for name, why in first]
        more = len(self.unreadable) - len(lines)
        return [*lines, f"and {more:,} more files that could not be read"] if more > 0 else lines


def nothing_to_read(found: Sources) -> InputError:
    """The error where there is nothing to read, with what is there instead."""
    broken = found.unreadable_lines()[:3]
    others = [f"{number:,} {kind}" for kind, number in found.others.most_common(5)]
    there = "; ".join([*broken, *([f"no flow logs: {', '.join(others)}"] if others else [])])
    return InputError(
        f"no flow logs can be read ({there})" if there else "no flow logs can be read: there are no files",
        advice="name files or folders as AWS delivers them, and --format for text without a header",
    )


def find_sources(
    paths: Sequence[str | os.PathLike[str]], declared: Sequence[str] | None = None, fetched: Fetched | None = None
) -> Sources:
    """Look at every file in ``paths`` (files, or folders with everything in them).

    Args:
        declared: the fields of text files without a header; AWS's default format when left out.
        fetched: of what some of them are copies.

    Raises:
        InputError: a path is not there.
    """
    found = Sources() if fetched is None else Sources(unreadable=dict(fetched.failed), names=fetched.names)
    for path in paths:
        for name in _walk(Path(path)):
            own = _DELIVERED.search(name)
            identity = own[0] if own else os.path.realpath(name)
            if identity in found.seen:
                found.twice += 1
                continue
            found.seen.add(identity)
            _look_at(name, found, declared)
    return found


def _walk(path: Path) -> Iterator[str]:
    try:
        if path.is_file():
            yield str(path)
            return
        if not path.is_dir():
            raise InputError("no such file or folder", file=path)
    except (OSError, ValueError):
        raise InputError("cannot be looked at", file=one_line(str(path))) from None
    for folder, folders, names in os.walk(path):
        folders[:] = sorted(one for one in folders if not one.startswith(_PASSED_OVER))
        for name in sorted(names):
            if not name.startswith(_PASSED_OVER):
                yield str(Path(folder, name))


def _look_at(name: str, found: Sources, declared: Sequence[str] | None) -> None:
    try:
        with Path(name).open("rb") as file:
            head = file.read(4)
        text, problem = ("", None) if head == b"PAR1" else _head_of(name)
        shape = _parquet_shape(name) if head == b"PAR1" else _text_shape(text, declared)
    except BROKEN as error:
        found.unreadable[name] = why(error)
        return
    if shape is None:
        claimed = {".gz": "gzip", ".parquet": "Parquet"}.get(Path(name).suffix)
        if problem is not None:
            found.unreadable[name] = why(problem)
        elif claimed is None or head.startswith({"gzip": b"\x1f\x8b", "Parquet": b"PAR1"}[claimed]):
            found.is_other(name)
        else:
            found.unreadable[name] = f"is no {claimed}, whatever its name says"
        return
    flow_log = _FLOW_LOG.search(Path(name).name)
    shape = replace(shape, flow_log=flow_log[1]) if flow_log else shape
    found.files.setdefault(shape, []).append(name)


def why(error: Exception) -> str:
    """What is wrong with a file, in a few words."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    text = str(error).splitlines()[0] if str(error) else type(error).__name__
    return "ends in the middle (truncated gzip)" if isinstance(error, EOFError) else one_line(text, 160)


def _head_of(name: str) -> tuple[str, Exception | None]:
    """The first lines of a text file, plain or gzip, and what keeps it from being read on.

    Raises:
        OSError, ValueError: there is nothing that can be read.
    """
    data, problem = b"", None
    with Path(name).open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        source = gzip.GzipFile(fileobj=file) if packed else file
        try:
            while len(data) < _HEAD and (block := source.read1(_HEAD)):
                data += block
        except BROKEN as error:
            if not data:
                raise
            problem = error
    if b"\0" in data:
        raise ValueError("is neither text nor gzip nor Parquet")
    return data.decode("utf-8", "replace"), problem


def _text_shape(head: str, declared: Sequence[str] | None) -> Shape | None:
    lines = [line.split() for line in head.splitlines() if line.strip()]
    if not lines:
        return None
    if lines[0][0][:1] in "{[":
        return Shape("json", tuple(declared or DEFAULT_FORMAT))
    return _shape_of_lines(lines, declared)


def _shape_of_lines(lines: list[list[str]], declared: Sequence[str] | None) -> Shape | None:
    prefix: tuple[str, ...] = ()
    if _STAMP.match(lines[0][0]):
        prefix, lines = ("*",), [line[1:] for line in lines if len(line) > 1]
        if lines and _STREAM.match(lines[0][0]):
            prefix, lines = ("*", "*"), [line[1:] for line in lines if len(line) > 1]
    if not lines:
        return None
    header = tuple(field_of(word) for word in lines[0])
    known = [name for name in header if name is not None]
    if len(known) >= 3 and len(known) * 2 > len(header):
        return Shape("text", (*prefix, *(name or "*" for name in header)))
    fields = tuple(declared or DEFAULT_FORMAT)
    if declared is None:
        fitting = [line for line in lines if len(line) == len(fields)]
        if len(fitting) * 2 <= len(lines) or not any(line[0].isdigit() for line in fitting):
            if any(_OF_A_RECORD.match(word) for line in lines for word in line):
                raise ValueError("has no header, and is not in the default format: name its fields with --format")
            return None
    return Shape("text", (*prefix, *fields))


def _parquet_shape(name: str) -> Shape | None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        schema = pq.read_schema(name)
    except pa.ArrowException as error:
        raise ValueError(f"broken Parquet: {one_line(str(error), 100)}") from None
    columns = tuple(f"{one.name}:{_kind(one.type)}" for one in schema)
    known = {field_of(one.name) for one in schema} - {None}
    return Shape("parquet", columns) if {"srcaddr", "dstaddr"} & known or len(known) >= 3 else None


def _kind(kind: object) -> str:
    import pyarrow.types as types

    return "number" if types.is_integer(kind) else "text"


def messages(name: str) -> Iterator[str]:
    """The log lines in a JSON file of CloudWatch Logs: a subscription's documents, or ``filter-log-events``.

    Raises:
        OSError, EOFError, ValueError: it cannot be read.
    """
    data, problem = bytearray(), None
    with Path(name).open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        source = gzip.GzipFile(fileobj=file) if packed else file
        try:
            while block := source.read1(_BLOCK):
                data += block
        except BROKEN as error:
            problem = error
    for document in _documents(data.decode("utf-8", "replace"), problem):
        for one in document if isinstance(document, list) else [document]:
            yield from _messages_of(one)


def _documents(text: str, problem: Exception | None) -> Iterator[object]:
    """The JSON documents of a text, one after the other; ``problem`` is raised after those that are whole."""
    decoder = json.JSONDecoder()
    position = 0
    while position < len(text):
        while position < len(text) and text[position] in " \r\n\t,":
            position += 1
        if position >= len(text):
            break
        try:
            document, position = decoder.raw_decode(text, position)
        except RecursionError:
            raise ValueError("JSON that is nested too deeply") from None
        except ValueError as error:
            raise problem or error from None
        yield document
    if problem is not None:
        raise problem


def _messages_of(document: object) -> Iterator[str]:
    if isinstance(document, str):
        yield document
    if not isinstance(document, dict) or document.get("messageType") == "CONTROL_MESSAGE":
        return
    if isinstance(document.get("message"), str):
        yield document["message"]
    events: Iterable[object] = document.get("logEvents") or document.get("events") or ()
    if isinstance(events, list):
        for event in events:
            yield from _messages_of(event)

"""How a file of flow logs is written: found out from its first lines, or from its schema."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from narrows.bounds import LINE_BYTES
from narrows.case.flow_log_fields import DEFAULT_FORMAT, field_of
from narrows.flowlogs.columns import check_once, parquet_columns
from narrows.flowlogs.unpacking import UnreadableError, head
from narrows.opening import open_regular

PASSED_OVER = "*"
"""A column of a text file that is no field."""

HEADER_WORD = "(?i:[$]?[{]?(src[-_]?addr|interface[-_]?id)[}]?)"
"""A word that only a line has which names fields, however it writes them; a regular expression for every engine."""

_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$")
"""The timestamp that CloudWatch Logs puts before each line of an export, and ``aws logs tail`` before what it shows."""
_STREAM = re.compile(r"eni-[0-9a-f]+-(?:all|accept|reject)$")
"""The log stream of an interface: ``aws logs tail`` prints it after the timestamp."""
_OF_A_RECORD = re.compile(r"eni-[0-9a-f]+$|ACCEPT$|REJECT$|NODATA$|SKIPDATA$")
"""A word by which a line is seen to be a record, whatever its format."""
_FLOW_LOG = re.compile(r"_(fl-[0-9a-f]+)_")
_PARQUET = b"PAR1"
_MAGIC = {".gz": ("gzip", b"\x1f\x8b"), ".parquet": ("Parquet", _PARQUET)}


@dataclass(frozen=True, slots=True)
class Shape:
    """How a file is written. Files of the same shape are read together."""

    kind: str
    """``text``, ``json`` (CloudWatch Logs) or ``parquet``."""
    columns: tuple[str, ...]
    """Text: the fields in order; ``*`` is a column to pass over. Parquet: ``name:kind:type`` of each column."""
    flow_log: str = ""
    """The id of the flow log, where the file's name has it: two of one interface say the same thing twice."""
    has_header: bool = False
    """Text: the first line names the fields."""


def shape_of(name: str, declared: Sequence[str] | None = None) -> Shape | None:
    """The shape of a file; None where it is not a flow log.

    Args:
        declared: the fields of text without a header; AWS's default format when left out.

    Raises:
        UnreadableError: it cannot be read, or is a flow log that cannot be understood.
    """
    begin, problem = head(name, LINE_BYTES)
    flow_log = _FLOW_LOG.search(Path(name).name)
    of = flow_log[1] if flow_log else ""
    if begin.startswith(_PARQUET):
        columns = parquet_columns(name)
        return None if columns is None else Shape("parquet", columns, of)
    if b"\0" in begin:
        raise UnreadableError("is neither text nor gzip nor Parquet")
    found = _text_shape(begin.decode("utf-8", "replace").removeprefix("\ufeff"), declared, of)
    if found is not None:
        return found
    if problem is not None:
        raise problem
    claimed, magic = _MAGIC.get(Path(name).suffix, ("", b""))
    if claimed and not _begins_with(name, magic):
        raise UnreadableError(f"is not {claimed}, whatever its name says")
    return None


def is_header(words: Sequence[str]) -> bool:
    """Whether a line names fields."""
    return len(words) >= 3 and 2 * sum(field_of(word) is not None for word in words) > len(words)


def columns_of(words: Sequence[str]) -> tuple[str, ...]:
    """The columns that a header line names.

    Raises:
        UnreadableError: it names a field twice, so that nobody can say which column is meant.
    """
    columns = tuple(field_of(word) or PASSED_OVER for word in words)
    check_once([one for one in columns if one != PASSED_OVER])
    return columns


def _begins_with(name: str, magic: bytes) -> bool:
    with open_regular(name) as file:
        return file.read(len(magic)) == magic


def _text_shape(begin: str, declared: Sequence[str] | None, flow_log: str) -> Shape | None:
    lines = [line.split() for line in begin.splitlines() if line.strip()]
    if not lines:
        return None
    if lines[0][0][:1] in "{[":
        return Shape("json", tuple(declared or DEFAULT_FORMAT), flow_log)
    if len(begin) >= LINE_BYTES and "\n" not in begin:
        return None
    prefix: tuple[str, ...] = ()
    if _STAMP.match(lines[0][0]):
        prefix, lines = (PASSED_OVER,), [line[1:] for line in lines if len(line) > 1]
        if lines and _STREAM.match(lines[0][0]):
            prefix, lines = (PASSED_OVER, PASSED_OVER), [line[1:] for line in lines if len(line) > 1]
    if not lines:
        return None
    if is_header(lines[0]):
        return Shape("text", (*prefix, *columns_of(lines[0])), flow_log, has_header=True)
    fields = tuple(declared or DEFAULT_FORMAT)
    if declared is None:
        fitting = [line for line in lines if len(line) == len(fields)]
        if len(fitting) * 2 <= len(lines) or not any(line[0].isdigit() for line in fitting):
            if any(_OF_A_RECORD.match(word) for line in lines for word in line):
                raise UnreadableError("has no header, and is not in the default format: name its fields with --format")
            return None
    return Shape("text", (*prefix, *fields), flow_log)

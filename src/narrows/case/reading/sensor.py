"""The sensor's lines out of Lambda's logs, in whatever form these are: one reader for a case and for loose files."""

from __future__ import annotations

import gzip
import json
import os
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import numpy as np

from narrows.aws_ids import FUNCTION
from narrows.bounds import (
    FIRST_MOMENT,
    LAST_MOMENT,
    LOG_LINE_CHARACTERS,
    LOG_STREAM_CHARACTERS,
    SENSOR_LINES,
    SENSOR_NAMES,
    UNPACKED_BYTES,
    UNPACKED_RATIO,
)
from narrows.case.reading.folder import CaseFolder
from narrows.case.reading.lines import Place, read_lines
from narrows.case.reading.log_events import events_of
from narrows.case.sensor_lines import ABSENT, LINE, USE, Peer, Process, SensorLines
from narrows.errors import InputError, one_line
from narrows.opening import open_regular
from narrows_lambda.line import BODY, DIMENSION, MOST_DESTINATIONS, SCHEMA, Field, Metric, Of

if TYPE_CHECKING:
    from numpy.typing import NDArray

FOLDER = "sensor"
SUFFIXES = (".jsonl", ".json", ".log", ".txt", ".gz")
_MARKS = f'{BODY}"', f'{BODY}\\"'
"""One of them is in every line of the sensor, the second where that stands as a string in other JSON."""
_DEEP = 8
"""Values within each other that a line is looked for in: a delivery of Firehose has four."""
_LARGEST = 2**53
"""No count is larger: beyond it, numbers of JSON are not whole."""
_LONGEST_PEER = 255
_BATCH = 65_536
_GZIP = b"\x1f\x8b"
_FIRST = re.compile(r"[\[{]")
_OPENS = re.compile(r"(?:^|\s)\{\s*$")
_DECODER = json.JSONDecoder()
_Row = tuple[float | int, ...]

NOT_TAKEN = "lines that are cut, or not as the sensor writes them"
OTHER_SCHEMA = "lines of another version of the sensor"
TWICE = "lines that are there twice"


def read_sensor(folder: CaseFolder) -> SensorLines:
    """Everything in ``sensor/`` of a case.

    Raises:
        InputError: a file cannot be read.
    """
    reader = SensorReader()
    for file in folder.files(FOLDER):
        if not file.name.lower().endswith(SUFFIXES):
            folder.note(file, f"passed over: {FOLDER}/ holds {', '.join(SUFFIXES)} files")
            continue
        before = reader.count
        reader.read(Unpacking(folder.open), file, folder.source(file))
        if reader.count == before:
            folder.note(file, "holds no line of the sensor")
    found = reader.lines()
    for text, count in found.left_out:
        folder.note(f"{FOLDER}/", f"left out: {count:,} {text}")
    return found


class Unpacking:
    """Opens files, those that are packed with gzip as what is in them."""

    def __init__(self, opened: Callable[[Path], BinaryIO] = open_regular) -> None:
        self._open = opened

    def open(self, file: Path) -> BinaryIO:
        """Raises ``InputError`` where it cannot be opened."""
        stream = self._open(file)
        packed = stream.read(len(_GZIP)) == _GZIP
        stream.seek(0)
        return cast(BinaryIO, _Unpacked(stream, file)) if packed else stream


class _Unpacked:
    """What a gzip file holds, no more than a log does."""

    def __init__(self, stream: BinaryIO, file: Path) -> None:
        self._stream, self._file = stream, file
        self._content = gzip.GzipFile(fileobj=stream)
        self._most = max(UNPACKED_BYTES, UNPACKED_RATIO * os.fstat(stream.fileno()).st_size)
        self._done = 0

    def read(self, size: int) -> bytes:
        try:
            block = self._content.read(size)
        except (EOFError, zlib.error, gzip.BadGzipFile):
            raise InputError(
                "is not whole gzip", file=self._file, advice="copy it, or run the command, again"
            ) from None
        self._done += len(block)
        if self._done > self._most:
            text = f"unpacks to more than {UNPACKED_RATIO} times its size: that is not a log"
            raise InputError(text, file=self._file)
        return block

    def __enter__(self) -> _Unpacked:
        return self

    def __exit__(self, *_: object) -> None:
        self._content.close()
        self._stream.close()


class SensorReader:
    """Takes the lines of several files together."""

    def __init__(self) -> None:
        self._processes: dict[Process, int] = {}
        self._peers: dict[Peer, int] = {}
        self._lines: list[_Row] = []
        self._uses: list[_Row] = []
        self._full: list[tuple[NDArray[Any], NDArray[Any]]] = []
        """Lines and uses before those: a row of an array is a tenth of a tuple."""
        self._sources: dict[str, None] = {}
        self._left_out: Counter[str] = Counter()

    @property
    def count(self) -> int:
        """Lines taken so far."""
        return _BATCH * len(self._full) + len(self._lines)

    def read(self, place: Place, file: Path, source: str, keep: Callable[[dict[str, Any]], None] | None = None) -> None:
        """Take every line of one file.

        Args:
            place: opens it.
            file: it.
            source: how evidence names it.
            keep: called with each line that is taken, as the object that it is.

        Raises:
            InputError: it cannot be read, or holds more lines than are taken.
        """
        for line in _found_in(place, file):
            taken = self._take(line)
            if taken:
                self._sources.setdefault(source)
                if keep is not None:
                    keep(line)
            if self.count > SENSOR_LINES or max(len(self._processes), len(self._peers)) > SENSOR_NAMES:
                text = f"holds more than {SENSOR_LINES:,} lines of the sensor, or {SENSOR_NAMES:,} processes or peers"
                raise InputError(text, file=file, advice="name the logs of a shorter time")

    def lines(self) -> SensorLines:
        """What was taken, in order, each invocation once."""
        batches = [*self._full, (np.array(self._lines, LINE), np.array(self._uses, USE))]
        lines, uses = (np.concatenate(parts) for parts in zip(*batches, strict=True))
        if len(lines):
            lines, uses, twice = _in_order(lines, uses)
            if twice:
                self._left_out[TWICE] = twice
        return SensorLines(
            tuple(self._processes),
            tuple(self._peers),
            lines,
            uses,
            tuple(self._sources),
            tuple(self._left_out.items()),
        )

    def _take(self, line: dict[str, Any]) -> bool:
        body = line[BODY]
        if body.get(Field.SCHEMA) != SCHEMA:
            self._left_out[OTHER_SCHEMA if isinstance(body.get(Field.SCHEMA), int) else NOT_TAKEN] += 1
            return False
        try:
            row, uses = self._row(line, body)
        except (ValueError, TypeError, OverflowError):
            self._left_out[NOT_TAKEN] += 1
            return False
        self._lines.append(row)
        self._uses.extend(uses)
        if len(self._lines) == _BATCH:
            self._full.append((np.array(self._lines, LINE), np.array(self._uses, USE)))
            self._lines, self._uses = [], []
        return True

    def _row(self, line: dict[str, Any], body: dict[str, Any]) -> tuple[_Row, list[_Row]]:
        time = body.get(Field.TIME)
        if isinstance(time, bool) or not isinstance(time, (int, float)) or not FIRST_MOMENT <= time <= LAST_MOMENT:
            raise ValueError(time)
        process = Process(
            _text(line.get(DIMENSION), 64), _text(body.get(Field.ENVIRONMENT), LOG_STREAM_CHARACTERS),
            _number(body, Field.PROCESS),
        )  # fmt: skip
        if not FUNCTION.fits(process.function):
            raise ValueError(process.function)
        given = body.get(Field.DESTINATIONS, [])
        if not isinstance(given, list) or len(given) > MOST_DESTINATIONS:
            raise ValueError(Field.DESTINATIONS)
        unattributed = body.get(Field.UNATTRIBUTED, {})
        if not isinstance(unattributed, dict):
            raise ValueError(Field.UNATTRIBUTED)
        rows = [(_peer(one), one) for one in given]
        number = self.count
        uses: list[_Row] = [
            (
                number, self._peers.setdefault(peer, len(self._peers)), _number(one, Of.OPENED), _number(one, Of.HELD),
                _number(one, Of.STALE), _number(one, Of.REUSED), _number(one, Of.FAILED), _seconds(one, Of.OLDEST_IDLE),
            )
            for peer, one in rows
        ]  # fmt: skip
        row: _Row = (
            float(time), self._processes.setdefault(process, len(self._processes)), _number(body, Field.INVOCATION),
            _number(line, Metric.OPENED.spelled), _number(line, Metric.HELD.spelled),
            _number(line, Metric.REUSED.spelled), _number(line, Metric.FAILED.spelled),
            _number(line, Metric.SYN_RETRANSMITS.spelled), _number(line, Metric.DESCRIPTORS.spelled),
            max(0, _number(body, Field.MORE)), _number(unattributed, Of.OPENED),
        )  # fmt: skip
        return row, uses


def _in_order(lines: Any, uses: Any) -> tuple[Any, Any, int]:
    """Both by process and time, without what is there twice; and how many lines that were."""
    order = np.lexsort((lines["time"], lines["invocation"], lines["process"]))
    its = lines[order]
    same = np.zeros(len(its), bool)
    same[1:] = (
        (its["process"][1:] == its["process"][:-1])
        & (its["invocation"][1:] == its["invocation"][:-1])
        & (its["time"][1:] == its["time"][:-1])
    )
    kept = order[~same]
    kept = kept[np.lexsort((lines["invocation"][kept], lines["time"][kept], lines["process"][kept]))]
    place = np.full(len(lines), -1, np.int64)
    place[kept] = np.arange(len(kept))
    uses = uses.copy()
    uses["line"] = place[uses["line"]]
    uses = uses[uses["line"] >= 0]
    return lines[kept], uses[np.argsort(uses["line"], kind="stable")], int(same.sum())


def _found_in(place: Place, file: Path) -> Iterator[dict[str, Any]]:
    if _is_one_document(place, file):
        for event in events_of(place, file):
            yield from _within(event)
        return
    pretty: list[str] = []
    for _, text, _ in read_lines(place, file):
        if pretty:
            pretty.append(text)
            if text == "}" or sum(map(len, pretty)) > LOG_LINE_CHARACTERS:
                yield from _of_text("\n".join(pretty))
                pretty = []
        elif _OPENS.search(text):
            # `aws logs tail --format json` spreads an event over several lines.
            pretty = [text]
        elif _is_marked(text):
            yield from _of_text(text)


def _is_marked(text: str) -> bool:
    return any(mark in text for mark in _MARKS)


def _is_one_document(place: Place, file: Path) -> bool:
    """Whether it is an answer of AWS, over several lines or in one, and not a log with a line for each event."""
    for _, text, cut in read_lines(place, file):
        start = text.lstrip("\ufeff \t")
        if not start:
            continue
        if not _FIRST.match(start):
            return False
        if cut or start.rstrip() in ("[", "{"):
            return True
        try:
            value, end = _DECODER.raw_decode(start)
        except (ValueError, RecursionError):
            return True
        return isinstance(value, list) or "events" in value or "results" in value or bool(start[end:].strip())
    return False


def _of_text(text: str) -> Iterator[dict[str, Any]]:
    """The lines of the sensor in a text: from its first bracket or quoted bracket on."""
    for beginning in ("{", '"{'):
        at = text.find(beginning)
        if at < 0:
            continue
        try:
            value, _ = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            continue
        yield from _within(value)
        return
    yield {BODY: {}}


def _within(value: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    if depth > _DEEP:
        return
    if isinstance(value, dict):
        if isinstance(value.get(BODY), dict):
            yield value
            return
        for one in value.values():
            yield from _within(one, depth + 1)
    elif isinstance(value, list):
        for one in value:
            yield from _within(one, depth + 1)
    elif isinstance(value, str) and _is_marked(value) and len(value) <= LOG_LINE_CHARACTERS:
        for part in value.splitlines():
            if _is_marked(part):
                yield from _of_text(part)


def _text(value: Any, longest: int) -> str:
    if not isinstance(value, str) or not value or len(value) > longest:
        raise ValueError(value)
    return one_line(value, longest)


def _peer(given: Any) -> Peer:
    address, _, port = _text(given.get(Of.PEER) if isinstance(given, dict) else None, _LONGEST_PEER).rpartition(":")
    if not address or not port.isascii() or not port.isdigit() or len(port) > 5:
        raise ValueError(given)
    name = given.get(Of.NAME)
    return Peer(address.strip("[]"), int(port), _text(name, _LONGEST_PEER).lower() if name is not None else "")


def _number(given: dict[str, Any], name: str) -> int:
    value = given.get(name, ABSENT)
    if value == ABSENT:
        return ABSENT
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= _LARGEST:
        raise ValueError(value)
    return int(value)


def _seconds(given: dict[str, Any], name: str) -> float:
    value = given.get(name, 0.0)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= _LARGEST:
        raise ValueError(value)
    return float(value)

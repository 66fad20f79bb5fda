"""Flow-log files: text and gzip line by line, so that millions of records take no memory; formats stay as they are."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, cast

from narrows.case.flow_log_fields import DEFAULT_FORMAT
from narrows.case.reading.aws_json import load_json
from narrows.case.reading.folder import CaseFolder
from narrows.errors import InputError
from narrows.flowlogs.shapes import PASSED_OVER, Shape, columns_of, is_header, shape_of
from narrows.flowlogs.unpacking import UnreadableError, lines
from narrows.redact.columns import change_of
from narrows.redact.documents import Documents
from narrows.redact.redactor import Redactor
from narrows.redact.tables import Tables

_GZIP = b"\x1f\x8b"


class FlowLogs:
    """Replaces in flow-log files."""

    def __init__(self, redactor: Redactor, folder: CaseFolder, declared: Sequence[str] | None) -> None:
        """``declared``: the fields of text without a header, as ``case.yaml`` says."""
        self._redactor, self._folder = redactor, folder
        self._declared = tuple(declared or DEFAULT_FORMAT)
        self._changes: dict[str | None, Callable[[str], str]] = {}
        self.records = 0
        """Lines so far."""

    def redact(self, file: Path, out: Path | None) -> str | None:
        """Write the image of a file; why it is none that could be read whole, in which case nothing is written.

        Without ``out`` the file is only looked through.
        """
        with self._folder.open(file) as stream:
            packed = stream.read(len(_GZIP)) == _GZIP
        try:
            shape = shape_of(str(file), self._declared)
            if shape is None:
                return "is no flow log"
            if shape.kind == "parquet":
                return Tables(self._redactor, self._folder).flow_logs(file, out)
            if shape.kind == "json":
                self._write(self._events(file), out, packed=False)
            else:
                self._write(self._lines(file, shape), out, packed)
        except UnreadableError as error:
            return str(error)
        except InputError as error:
            return error.problem
        return None

    def _write(self, pieces: Iterator[str], out: Path | None, packed: bool) -> None:
        if out is None:
            for _ in pieces:
                pass
            return
        with out.open("wb") as raw:
            stream = cast(BinaryIO, gzip.GzipFile("", "wb", 6, raw, mtime=0)) if packed else raw
            with io.TextIOWrapper(stream, encoding="utf-8", newline="\n") as text:
                text.writelines(pieces)

    def _lines(self, file: Path, shape: Shape) -> Iterator[str]:
        columns = [self._change(one) for one in shape.columns]
        for line in lines(str(file)):
            text = line.decode("utf-8", "replace").replace("\0", " ")
            words = text.split()
            self.records += 1
            if not any(map(str.isdigit, words)) and is_header(words):
                columns = [self._change(None if one == PASSED_OVER else one) for one in columns_of(words)]
                yield " ".join(self._header(words)) + "\n"
            elif len(words) == len(columns):
                yield " ".join([change(word) for change, word in zip(columns, words, strict=True)]) + "\n"
            else:
                # Its fields are not known: nothing in it stays that is not a number.
                yield " ".join(self._redactor.name(word) for word in words) + "\n"

    def _header(self, words: list[str]) -> list[str]:
        from narrows.case.flow_log_fields import field_of

        return [word if field_of(word) is not None else self._redactor.name(word) for word in words]

    def _events(self, file: Path) -> Iterator[str]:
        yield json.dumps(self._document(load_json(self._folder, file)))

    def _document(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._document(one) for one in value]
        if isinstance(value, dict):
            own = Documents(self._redactor)
            return {
                own.key(key): self._message(one)
                if key in ("message", "value") and isinstance(one, str)
                else self._document(one)
                if isinstance(one, dict | list)
                else own.image({key: one}).popitem()[1]
                for key, one in value.items()
            }
        return Documents(self._redactor).image(value)

    def _message(self, message: str) -> str:
        words = message.split()
        columns = [self._change(one) for one in self._declared]
        if len(words) != len(columns):
            return self._redactor.name(message)
        return " ".join(change(word) for change, word in zip(columns, words, strict=True))

    def _change(self, field: str | None) -> Callable[[str], str]:
        if field == PASSED_OVER:
            field = None
        if field not in self._changes:
            self._changes[field] = change_of(self._redactor, field)
        return self._changes[field]

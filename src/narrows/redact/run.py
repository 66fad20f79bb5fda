"""A redaction from beginning to end: a case is looked through once for its names, and once more to replace them."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from narrows.bounds import JSON_BYTES, YAML_BYTES
from narrows.case import read_case
from narrows.case.model import Case
from narrows.case.reading.aws_json import load_json
from narrows.case.reading.folder import CaseFolder
from narrows.errors import InputError
from narrows.redact.case_file import redact_case_yaml
from narrows.redact.documents import Documents
from narrows.redact.files import Found, How, find_files, image_of
from narrows.redact.flow_logs import FlowLogs
from narrows.redact.logs import Logs
from narrows.redact.mapping import Mapping, new_mapping, read_mapping, write_mapping
from narrows.redact.redactor import Redactor
from narrows.redact.tables import Tables
from narrows.target import make_private_file
from narrows.target_file import begins_with, new_file
from narrows.writing.folder import new_folder, written_to

Progress = Callable[[int, int, int], None]
"""Takes the bytes that are done, those there are in all, and how many flow-log records that is."""

_INDENTED = 8 * 2**20
"""Bytes of JSON up to which its image is indented: Python writes what is indented ten times as slowly."""
_AROUND = 31 * 86_400
"""Seconds around the window within which whole numbers are taken for times."""
_LIST_BEGINS = b"# narrows redact: what was left as it is, or left out."


@dataclass
class Redaction:
    """What was done."""

    out: Path
    mapping: Path
    listed: Path
    """The list of everything that was not recognised or not carried over."""
    files: int = 0
    replaced: Counter[str] = field(default_factory=Counter)
    """How often something of each kind was replaced."""
    words: int = 0
    """Different words that have pseudonyms."""
    ids: int = 0
    """Different ids of AWS that have them."""
    unknown: Counter[str] = field(default_factory=Counter)
    """Words of log lines that stay though they are not known, since they hold a word of a rule; how often."""
    names_that_stay: tuple[str, ...] = ()
    """Names that are words of the rules: log lines keep these words."""
    left_out: dict[str, str] = field(default_factory=dict)
    """Files, and columns of tables, that were not carried over, each with the reason."""


def mapping_beside(out: Path) -> Path:
    """Where the mapping goes unless somebody says otherwise."""
    return out.with_name(f"{out.name}.mapping.json")


def redact_case(
    case: str | os.PathLike[str],
    out: str | os.PathLike[str],
    mapping: str | os.PathLike[str] | None = None,
    progress: Progress | None = None,
) -> Redaction:
    """Write a case in which everything is replaced that tells whose it is, and the mapping beside it.

    Args:
        case: the folder of a case.
        out: a new or empty folder, outside of it.
        mapping: the file for the mapping; one that is there is gone by and added to. ``OUT.mapping.json`` by default.
        progress: is told how far it is.

    Raises:
        InputError: the case cannot be read, or something cannot be written. Nothing is left behind then.
    """
    source, target = Path(case), Path(out)
    file = mapping_beside(target) if mapping is None else Path(mapping)
    listed = file.with_name(f"{file.name.removesuffix('.json')}.left.txt")
    _check_places(source, target, (file, listed))
    folder = CaseFolder(source)
    read = read_case(source)
    own = read_mapping(file) if file.exists() else Mapping()
    if mapping is None and file.exists():
        raise InputError("is there already", file=file, advice=f"go by it with --mapping {file}, or move it elsewhere")
    with new_folder(target) as fresh:
        run = _Run(folder, read, own.redactor(), progress)
        done = Redaction(target, file, listed)
        with written_to(target):
            run.write(fresh, done)
        with _new_list(listed) as stream, new_mapping(file) as mapped:
            _write_list(stream, done)
            write_mapping(mapped, own, run.redactor)
    done.words, done.ids = len(own.words.of), len(own.ids.of)
    return done


def _check_places(case: Path, out: Path, files: tuple[Path, ...]) -> None:
    real = Path(os.path.realpath(case))
    target = Path(os.path.realpath(out))
    if target == real or target.is_relative_to(real):
        raise InputError("is inside of the case", file=out, advice="name a new folder outside of it")
    if real.is_relative_to(target):
        raise InputError("holds the case", file=out, advice="name a new folder outside of it")
    for file in files:
        place = Path(os.path.realpath(file))
        if place.is_relative_to(target) or place.is_relative_to(real):
            raise InputError(
                "would be given away with the case", file=file, advice="keep the mapping outside of both folders"
            )
    try:
        if out.is_dir() and any(out.iterdir()):
            raise InputError("is not empty", file=out, advice="name a new or empty folder")
    except OSError:
        raise InputError("cannot be looked into", file=out) from None


class _Run:
    """The two looks at the files of one case."""

    def __init__(self, folder: CaseFolder, case: Case, redactor: Redactor, progress: Progress | None) -> None:
        self.redactor = redactor
        self._folder = folder
        self._progress = progress
        self._documents = Documents(redactor)
        self._logs = Logs(redactor, folder)
        self._flow_logs = FlowLogs(redactor, folder, case.flow_log_format)
        self._tables = Tables(redactor, folder)
        self._files = list(find_files(folder))
        self._all = 2 * sum(one.file.stat().st_size for one in self._files if one.how) or 1
        self._done = 0
        self._left: dict[str, str] = {}
        for name in (*case.functions, *case.topology.network.functions):
            redactor.function(name)
        for key in case.destinations:
            redactor.name(key)
        if case.window is not None:
            redactor.between(case.window[0].timestamp() - _AROUND, case.window[1].timestamp() + _AROUND)

    def write(self, fresh: Path, done: Redaction) -> None:
        """Look through every file, then write the image of each."""
        carried = []
        for one in self._files:
            if one.how is None:
                done.left_out[one.name] = one.why_not
            elif (problem := self._take(one, None)) is not None:
                done.left_out[one.name] = problem
            else:
                self.redactor.path(Path(one.name).name)
                carried.append(one)
        self.redactor.settle()
        for one in carried:
            image = fresh / image_of(one.name, self.redactor)
            if image.exists():
                raise InputError("its name would be that of another file", file=one.file, advice="rename one of them")
            image.parent.mkdir(parents=True, exist_ok=True)
            if (problem := self._take(one, image)) is not None:
                raise InputError(problem, file=one.file)
        done.files = len(carried)
        done.replaced = +self.redactor.replaced
        done.unknown = +self.redactor.unknown
        done.names_that_stay = tuple(self.redactor.names_that_stay())
        done.left_out |= dict.fromkeys(dict.fromkeys(self._tables.left_out), "a column of no plain text and no numbers")

    def _take(self, one: Found, out: Path | None) -> str | None:
        """Look through a file or write its image; why it cannot be carried over, or None."""
        problem = None
        if one.how is How.FLOW_LOGS:
            problem = self._flow_logs.redact(one.file, out)
        elif one.how is How.OUTCOMES:
            problem = self._tables.outcomes(one.file, out)
        else:
            _write(self._pieces(one), out)
        self._done += one.file.stat().st_size
        if self._progress is not None:
            self._progress(min(self._done, self._all), self._all, self._flow_logs.records)
        return problem

    def _pieces(self, one: Found) -> Iterator[str]:
        if one.how is How.LOG_LINES:
            return self._logs.lines(one.file)
        if one.how is How.LOG_EVENTS:
            return self._logs.events(one.file)
        if one.how is How.CASE:
            return iter([redact_case_yaml(self.redactor, self._folder.read(one.file, YAML_BYTES), str(one.file))])
        image = self._documents.image(load_json(self._folder, one.file))
        indent = 4 if one.file.stat().st_size < min(_INDENTED, JSON_BYTES) else None
        return iter([json.dumps(image, indent=indent) + "\n"])


def _write(pieces: Iterator[str], out: Path | None) -> None:
    if out is None:
        for _ in pieces:
            pass
        return
    with out.open("w", encoding="utf-8", newline="\n") as stream:
        stream.writelines(pieces)


@contextmanager
def _new_list(file: Path) -> Iterator[BinaryIO]:
    with new_file(file, begins_with(_LIST_BEGINS), make_private_file) as stream:
        yield stream


def _write_list(stream: BinaryIO, done: Redaction) -> None:
    lines = [_LIST_BEGINS.decode(), "", "# Names that are words of the rules: log lines keep these words"]
    lines += done.names_that_stay
    lines += ["", "# Words of log lines that hold a word of a rule, and how often they stand there"]
    lines += [f"{word} {count}" for word, count in done.unknown.most_common()]
    lines += ["", "# Files and columns that are not in the redacted case"]
    lines += [f"{name}: {why}" for name, why in sorted(done.left_out.items())]
    stream.write("\n".join(lines).encode("utf-8", "replace") + b"\n")

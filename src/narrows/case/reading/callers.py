"""What the callers saw: outcomes as Parquet, and Lambda's logs as text or JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from narrows.bounds import LOG_LINE_CHARACTERS, LOG_STREAMS
from narrows.case.model import Callers, EachEnvironment, KnownDestination, Told
from narrows.case.reading.folder import CaseFolder
from narrows.case.reading.lines import read_lines
from narrows.case.reading.log_events import read_events
from narrows.case.reading.log_reader import LogReader
from narrows.case.reading.mentions import Mentions
from narrows.case.reading.tally import FOLDER, Tally
from narrows.case.reading.unknown_errors import UnknownErrors

_LOGS = (".log", ".txt")
_EVENTS = (".json",)
_TABLES = (".parquet",)
_LONG_LINES_NAMED = 3


def read_callers(
    folder: CaseFolder,
    functions: tuple[str, ...],
    mentions: Mentions,
    window: tuple[datetime, datetime] | None,
    others: tuple[str, ...] = (),
) -> Callers:
    """Everything in ``callers/`` that was seen within the window.

    Args:
        functions: those in question.
        mentions: finds the destinations that lines are about.
        others: every function of the account that is known: a file that is called after one of them is of that one.

    Raises:
        InputError: a file cannot be read, or is no Parquet or JSON although its name says so.
    """
    files = folder.files(FOLDER)
    seconds = None if window is None else (int(window[0].timestamp()), int(window[1].timestamp()))
    tables = [file for file in files if file.name.lower().endswith(_TABLES)]
    sources: list[str] = []
    environments: dict[str, int] = {}
    each: dict[tuple[str | None, str | None], EachEnvironment] = {}
    from_tables = Tally(folder, seconds)
    if tables:
        from narrows.case.reading.outcome_tables import read_outcomes

        for file in tables:
            read_outcomes(folder, file, from_tables, environments, each)
            sources.append(folder.source(file))
    from_logs = Tally(folder, seconds)
    unknown = UnknownErrors(from_logs)
    named = _Names(functions, others)
    for file in files:
        name = file.name.lower()
        if not name.endswith((*_LOGS, *_EVENTS)):
            if file not in tables:
                folder.note(file, f"passed over: callers/ holds {', '.join((*_TABLES, *_LOGS, *_EVENTS))} files")
            continue
        reader = LogReader(from_logs, unknown, mentions, named.function_of(file))
        if name.endswith(_EVENTS):
            read_events(folder, file, reader)
        else:
            _read_log(folder, file, reader)
        reader.end()
        for function, count in reader.environments.items():
            environments[function] = environments.get(function, 0) + count
        if reader.has_more_streams:
            folder.note(file, f"has more than {LOG_STREAMS:,} log streams: the rest are not counted as environments")
        if reader.deadlines:
            text = "exceeded deadlines do not say whether the connect or the answer was late: counted as late answers"
            folder.note(file, f"{reader.deadlines} {text}")
        sources.append(folder.source(file))
    counts, said = from_tables.counts(), from_logs.counts()
    if tables:
        # Every attempt is in the tables: a connection that the logs tell of, too, must not count twice.
        counts += [one for one in said if one.outcome.about.ambiguous]
    else:
        counts = said
    # An environment in two files would be two: what each opened is known of one file only.
    return Callers(
        tuple(counts),
        tuple(sources),
        bool(tables),
        environments,
        each if len(tables) == 1 else {},
        unknown.found(),
        from_logs.invocations(),
        dict(from_logs.addresses),
    )


def in_question(
    callers: Callers, named: Mapping[str, KnownDestination], functions: tuple[str, ...]
) -> tuple[Callers, dict[str, KnownDestination]]:
    """Of the hosts that lines of a log are about, those that the functions in question failed to reach.

    What lines tell of the rest, or tell in passing, is of none of the destinations.
    """
    asked = frozenset(functions)
    kept = {
        one.destination
        for one in callers.counts
        if one.told is not Told.MENTIONED and (not asked or one.function is None or one.function in asked)
    }
    counts = tuple(
        replace(one, destination=None, elsewhere=one.destination)
        if one.destination in named and one.destination not in kept
        else one
        for one in callers.counts
    )
    return replace(callers, counts=counts), {key: one for key, one in named.items() if key in kept}


class _Names:
    """Finds the function that a log is of."""

    def __init__(self, functions: tuple[str, ...], others: tuple[str, ...] = ()) -> None:
        self._only = functions[0] if len(functions) == 1 else None
        known = (*functions, *others)
        self._places = {name: place for place, name in reversed([*enumerate(known)])}
        self._lengths = sorted({len(name) for name in known}, reverse=True)

    def function_of(self, file: Path) -> str | None:
        """The one whose name the file's name holds, the longest where it holds several; else the only one there is."""
        text = file.name
        for length in self._lengths:
            parts = {text[at : at + length] for at in range(len(text) - length + 1)}
            held = [name for name in parts if name in self._places]
            if held:
                return min(held, key=self._places.__getitem__)
        return self._only


def _read_log(folder: CaseFolder, file: Path, reader: LogReader) -> None:
    source = folder.source(file)
    cut = 0
    for number, text, longer in read_lines(folder, file):
        reader.line(text, f"{source}:{number}")
        if longer:
            cut += 1
            if cut <= _LONG_LINES_NAMED:
                folder.note(
                    source,
                    f"line {number} is longer than {LOG_LINE_CHARACTERS:,} characters: the rest is passed over",
                )
    if cut > _LONG_LINES_NAMED:
        folder.note(
            source, f"{cut:,} lines are longer than {LOG_LINE_CHARACTERS:,} characters: their rest is passed over"
        )

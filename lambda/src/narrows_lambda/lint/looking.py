"""Files through the lint: each alone, and many on all cores."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from narrows_lambda.lint.files import PathError, read, write
from narrows_lambda.lint.linting import Linted, Options, UnreadableError, fixed, lint_source
from narrows_lambda.lint.template import Templates

_PAYS = 500
"""Files from which on processes of their own pay for their start."""
_CHUNK = 32
"""Files that a process takes at once."""


@dataclass(frozen=True)
class Look:
    """What one file holds, and whether its fixes were written; or why it could not be looked at."""

    file: Path
    linted: Linted | None = None
    written: bool = False
    fault: tuple[int, str] | None = None
    """The line, 0 where none is known, and what is wrong."""


def look_at(file: Path, options: Options, templates: Templates, *, fix: bool) -> Look:
    """One file; ``fix`` writes its fixes, and what is then found is what is left."""
    written = False
    try:
        source = read(file)
        if options.timeout is None:
            options = replace(options, timeout=templates.timeout(file))
        linted = lint_source(source, file.stem, options)
        if fix and any(one.edits for one in linted.findings):
            after = fixed(source, file.stem, options)
            if after != source:
                write(file, after)
                linted, written = lint_source(after, file.stem, options), True
    except UnreadableError as error:
        return Look(file, fault=(error.line, f"{error}: mend it or leave it out"))
    except PathError as error:
        return Look(file, fault=(0, str(error)))
    return Look(file, linted, written)


def look_at_all(files: list[Path], options: Options, template: Path | None, *, fix: bool) -> Iterator[Look]:
    """Every file, in their order.

    Raises ``concurrent.futures.process.BrokenProcessPool`` where a process was ended from outside.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    # A copy of a process with threads may wait for a lock that nobody holds.
    alone = sys.platform != "linux" or threading.active_count() > 1
    if len(files) < _PAYS or cores < 2 or alone:
        yield from _in_this_process(files, options, template, fix)
        return
    chunks = [files[start : start + _CHUNK] for start in range(0, len(files), _CHUNK)]
    with ProcessPoolExecutor(cores, multiprocessing.get_context("fork"), _leave_to_the_first) as pool:
        for looks in pool.map(partial(_chunk, options=options, template=template, fix=fix), chunks):
            yield from looks


def _in_this_process(files: Iterable[Path], options: Options, template: Path | None, fix: bool) -> Iterator[Look]:
    templates = Templates(template)
    for file in files:
        yield look_at(file, options, templates, fix=fix)


def _leave_to_the_first() -> None:
    """Control-C reaches every process of a terminal: the first ends, and these finish the file that they write."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


_TEMPLATES: dict[Path | None, Templates] = {}
"""Of this process: read once for all of its chunks."""


def _chunk(files: list[Path], options: Options, template: Path | None, fix: bool) -> list[Look]:
    templates = _TEMPLATES.setdefault(template, Templates(template))
    return [look_at(file, options, templates, fix=fix) for file in files]

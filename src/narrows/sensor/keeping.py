"""The sensor's lines into a case: as they are, one object a line, so that a log dropped there by hand is the same."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from narrows.case.reading.sensor import FOLDER
from narrows.errors import InputError
from narrows.opening import reason
from narrows.target_file import begins_with, new_file
from narrows_lambda.line import BODY, DIMENSION, Field

_NAME = "lines.jsonl"
_WHICH = (Field.ENVIRONMENT, Field.PROCESS, Field.INVOCATION, Field.TIME)
"""What tells one line from another, with the function."""
_BEGINNING = b'{"narrows":'
"""Of each line: what tells a file that this command wrote."""


def kept_before(case: Path) -> list[Path]:
    """The file that an earlier run wrote, if there is one: what is in it stays."""
    file = case / FOLDER / _NAME
    return [file] if file.exists() else []


@contextmanager
def keep_in_case(case: Path) -> Iterator[Callable[[dict[str, Any]], None]]:
    """What takes lines, which are in ``sensor/lines.jsonl`` of the case at the end of the block; after an error none.

    Raises:
        InputError: the case takes no files, or something else has that name.
    """
    folder = case / FOLDER
    try:
        made = not folder.exists()
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise InputError(reason(error, "cannot be written"), file=folder) from None
    try:
        with new_file(folder / _NAME, begins_with(_BEGINNING)) as stream:
            there: set[int] = set()

            def keep(line: dict[str, Any]) -> None:
                body = line[BODY]
                which = hash((line[DIMENSION], *(body.get(one) for one in _WHICH)))
                if which in there:
                    return
                there.add(which)
                # What makes metrics in CloudWatch is of no use here, and half of a line.
                kept = {BODY: body, **{key: line[key] for key in line if key not in (BODY, "_aws")}}
                stream.write(json.dumps(kept, separators=(",", ":")).encode() + b"\n")

            yield keep
    except BaseException:
        if made:
            with suppress(OSError):
                folder.rmdir()
        raise

"""Flow logs in S3: brought into a local folder with the user's own credentials, only the days that are asked for."""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from narrows.errors import InputError, one_line

if TYPE_CHECKING:
    import pyarrow.fs

_DAY = re.compile(r"/(?:year=)?(\d{4})/(?:month=)?(\d\d)/(?:day=)?(\d\d)(?:/|$)")
_BLOCK = 8 * 1024 * 1024


@contextlib.contextmanager
def local_copies(
    paths: Sequence[str | os.PathLike[str]],
    window: tuple[int, int] | None,
    filesystem: pyarrow.fs.FileSystem | None = None,
) -> Iterator[list[str | os.PathLike[str]]]:
    """Paths with everything in S3 replaced by a local copy that is gone afterwards.

    Raises:
        InputError: S3 refuses, or there is nothing there.
    """
    remote = [str(path) for path in paths if str(path).startswith("s3://")]
    if not remote:
        yield list(paths)
        return
    with tempfile.TemporaryDirectory(prefix="narrows-s3-") as room:
        found: list[str | os.PathLike[str]] = [path for path in paths if not str(path).startswith("s3://")]
        for number, path in enumerate(remote):
            place = Path(room, str(number))
            place.mkdir()
            try:
                _copy(path.removeprefix("s3://"), place, window, filesystem)
            except OSError as error:
                raise InputError(
                    one_line(str(error), 200), file=path, advice="check the address and your AWS credentials"
                ) from None
            found.append(place)
        yield found


def _copy(path: str, place: Path, window: tuple[int, int] | None, filesystem: pyarrow.fs.FileSystem | None) -> None:
    import pyarrow.fs as fs

    remote = filesystem or fs.S3FileSystem()
    days = None if window is None else _days(*window)
    about = remote.get_file_info(path)
    selected = (
        [about] if about.type == fs.FileType.File else remote.get_file_info(fs.FileSelector(path, recursive=True))
    )
    copied = 0
    for one in selected:
        if one.type != fs.FileType.File or not is_wanted(one.path, days):
            continue
        target = place / f"{copied:07d}-{Path(one.path).name}"
        with remote.open_input_stream(one.path, compression=None) as source, target.open("wb") as out:
            while block := source.read(_BLOCK):
                out.write(block)
        copied += 1
    if not copied:
        raise InputError("holds no objects in that time", file=f"s3://{path}")


def is_wanted(path: str, days: frozenset[date] | None) -> bool:
    """Whether an object can hold records of these days, by the date in its path (plain, hive or hourly)."""
    if days is None:
        return True
    match = _DAY.search(path)
    if match is None:
        return True
    try:
        return date(*map(int, match.groups())) in days
    except ValueError:
        return True


def _days(start: int, end: int) -> frozenset[date]:
    """The days of a window, and the one after it: records of its last minutes are delivered then."""
    first, last = (datetime.fromtimestamp(moment, UTC).date() for moment in (start, end))
    return frozenset(first + timedelta(days=number) for number in range((last - first).days + 2))

"""Flow logs in S3: brought into a local folder with the user's own credentials, only the time that is asked for."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from narrows.errors import InputError, one_line
from narrows.flowlogs.unpacking import UnreadableError
from narrows.scratch import cannot_write, scratch_folder

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow.fs

    from narrows.flowlogs.progress import Progress

_FOLDER = re.compile(r"vpcflowlogs/[^/]+/(?:year=)?(\d{4})(?:/(?:month=)?(\d\d)(?:/(?:day=)?(\d\d))?)?(?:/|$)")
"""The day in a path as AWS lays it out (plain or hive, hourly or not), or as much of it as the path has."""
_NAME = re.compile(r"_vpcflowlogs_[^/]*_(\d{8}T\d{4})Z_[^/]*$")
"""The five minutes in the name of an object."""
_LATE = 3600
"""Seconds: how far from its records the time in an object's name may be: intervals of ten minutes, and delivery."""
_END = 253_402_300_799
"""The end of the year 9999."""
_BLOCK = 8 * 1024 * 1024
_AT_ONCE = 16
"""Objects that are fetched at the same time."""
_ADVICE = "check the address and your AWS credentials (aws configure export-credentials --format env helps with roles)"


@dataclass
class Fetched:
    """What stands in the place of ``s3://`` addresses."""

    paths: list[str | os.PathLike[str]]
    """Everything to read, local."""
    names: dict[str, str] = field(default_factory=dict)
    """The address that each copy is of."""
    failed: dict[str, str] = field(default_factory=dict)
    """Objects that cannot be had, and why."""


@contextlib.contextmanager
def local_copies(
    paths: Sequence[str | os.PathLike[str]],
    window: tuple[int, int] | None,
    *,
    filesystem: pyarrow.fs.FileSystem | None = None,
    progress: Progress | None = None,
) -> Iterator[Fetched]:
    """Paths with everything in S3 replaced by local copies that are gone afterwards.

    Raises:
        InputError: S3 refuses, or there is nothing there.
    """
    remote = [str(path) for path in paths if str(path).startswith("s3://")]
    fetched = Fetched([path for path in paths if not str(path).startswith("s3://")])
    if not remote:
        yield fetched
        return
    with contextlib.ExitStack() as held:
        try:
            room = held.enter_context(scratch_folder("flowlogs"))
        except OSError as error:
            raise cannot_write(error) from None
        for number, path in enumerate(remote):
            place = room / str(number)
            place.mkdir()
            try:
                _fetch(path.removeprefix("s3://").rstrip("/"), place, window, filesystem, fetched, progress)
            except OSError as error:
                raise InputError(one_line(str(error), 200), file=path, advice=_ADVICE) from None
            fetched.paths.append(place)
        yield fetched


def _fetch(
    path: str,
    place: Path,
    window: tuple[int, int] | None,
    filesystem: pyarrow.fs.FileSystem | None,
    fetched: Fetched,
    progress: Progress | None,
) -> None:
    remote = filesystem or _s3(path.partition("/")[0])
    objects = list(_objects(remote, path, window))
    if not objects:
        time = " of that time" if window else ""
        raise InputError(f"holds no objects{time}", file=f"s3://{path}", advice="name BUCKET/PREFIX, or a longer time")

    def bring(numbered: tuple[int, str]) -> None:
        number, one = numbered
        target = place / f"{number:07d}-{one.rpartition('/')[2][-200:]}"
        try:
            with target.open("wb") as out:
                for block in _blocks(remote, one):
                    out.write(block)
        except UnreadableError as error:
            target.unlink(missing_ok=True)
            fetched.failed[f"s3://{one}"] = str(error)
        except OSError as error:
            raise cannot_write(error) from None
        else:
            fetched.names[str(target)] = f"s3://{one}"

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        try:
            for done, _ in enumerate(pool.map(bring, enumerate(objects)), start=1):
                if progress is not None:
                    progress(done, len(objects))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    if len(fetched.failed) == len(objects):
        name, why = next(iter(fetched.failed.items()))
        raise InputError(f"none of {len(objects):,} objects can be read: {why}", file=name, advice=_ADVICE)


def _blocks(remote: pyarrow.fs.FileSystem, path: str) -> Iterator[bytes]:
    """The content of an object, a piece at a time; what S3 refuses is ``UnreadableError``, unlike a full disk."""
    try:
        with remote.open_input_stream(path, compression=None) as source:
            while block := source.read(_BLOCK):
                yield block
    except OSError as error:
        raise UnreadableError(one_line(str(error), 160)) from None


def _s3(bucket: str) -> pyarrow.fs.FileSystem:
    import pyarrow.fs as fs

    address = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    if address:
        parts = urlsplit(address)
        return fs.S3FileSystem(
            endpoint_override=parts.netloc or address, scheme=parts.scheme or "https", region=region or "us-east-1"
        )
    # The bucket's own Region, whichever the user's is; where S3 does not tell it, the user's.
    with contextlib.suppress(OSError):
        region = fs.resolve_s3_region(bucket)
    return fs.S3FileSystem(region=region)


def _objects(remote: pyarrow.fs.FileSystem, path: str, window: tuple[int, int] | None) -> Iterator[str]:
    """The objects under a path that can hold records of the window; folders of other days are not listed."""
    import pyarrow.fs as fs

    about = remote.get_file_info(path)
    if about.type == fs.FileType.File:
        yield path
        return
    if about.type == fs.FileType.NotFound and "/" in path:
        return
    selector = fs.FileSelector(path, recursive=window is None)
    for one in sorted(remote.get_file_info(selector), key=lambda one: str(one.path)):
        if not is_wanted(one.path, window):
            continue
        if one.type == fs.FileType.File:
            yield one.path
        elif window is not None:
            yield from _objects(remote, one.path, window)


def is_wanted(path: str, window: tuple[int, int] | None) -> bool:
    """Whether an object or folder can hold records of a window, by the time in its path and name."""
    if window is None:
        return True
    first, last = (
        datetime.fromtimestamp(max(0, min(moment, _END)), UTC) for moment in (window[0] - _LATE, window[1] + _LATE)
    )
    named = _NAME.search(path)
    if named is not None:
        try:
            return first <= datetime.strptime(named[1], "%Y%m%dT%H%M").replace(tzinfo=UTC) <= last
        except ValueError:
            return True
    folder = _FOLDER.search(path)
    if folder is None:
        return True
    parts = [part for part in folder.groups() if part is not None]
    length = len("".join(parts))
    return f"{first:%Y%m%d}"[:length] <= "".join(parts) <= f"{last:%Y%m%d}"[:length]

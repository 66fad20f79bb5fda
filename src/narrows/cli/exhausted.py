"""A machine that has no more to give: memory, address space or descriptors. One line says which, and what to do."""

from __future__ import annotations

import errno
import resource
from collections.abc import Iterator
from contextlib import contextmanager

from narrows.errors import InputError
from narrows.opening import size

_MIB = 2**20
_LEAST = {
    # DuckDB and Arrow: where less is allowed their threads cannot begin, and some of their libraries abort.
    "diagnose": 1_280 * _MIB,
    "flowlogs": 1_280 * _MIB,
    "fullest": 1_280 * _MIB,
    "report": 1_280 * _MIB,
    "demo": 1_280 * _MIB,
    # Its libraries; where they do not fit, the C library ends the process as a thread of its own ends.
    "plan": 64 * _MIB,
    # numpy and the compiled simulator
    "simulate": 400 * _MIB,
    "lab": 400 * _MIB,
}
"""Bytes of address space that a command cannot do without: with less, a library ends the process without a word."""

_WORDS = {
    errno.ENOMEM: ("out of memory", "give it more, or fewer files at once"),
    errno.EMFILE: ("too many open files", "allow it more: ulimit -n 1024"),
    errno.ENFILE: ("too many open files on this machine", "try again when less runs here"),
    errno.EAGAIN: ("no more threads or processes can be started", "allow it more: ulimit -u"),
}
_NO_ROOM = ("failed to map segment", "cannot allocate memory", "cannot create shared object descriptor")
"""What the loader of shared objects says when there is no memory for one."""


def check_address_space(command: str, what: str | None = None) -> None:
    """See before a command begins that the limit on its address space (``ulimit -v``) lets its libraries live.

    Args:
        what: what needs it; the command when left out.

    Raises:
        InputError: it does not.
    """
    allowed, _ = resource.getrlimit(resource.RLIMIT_AS)
    least = _LEAST.get(command, 0)
    if allowed != resource.RLIM_INFINITY and allowed < least:
        raise InputError(
            f"too little memory: the limit on address space (ulimit -v) is {size(allowed)}, and {what or command} needs"
            f" {size(least)}",
            advice="raise it, or limit what is used instead, with a control group",
        )


def check_address_space_for_a_case() -> None:
    """As above, for a command that reads a case only where one is named."""
    check_address_space("diagnose", "reading a case")


@contextmanager
def told_when_exhausted() -> Iterator[None]:
    """Make one line of what Python raises when there is no memory, no descriptor or no thread left.

    Raises:
        InputError: instead of that.
    """
    try:
        yield
    except (MemoryError, ImportError, OSError, RuntimeError) as error:
        why = _why(error)
        if why is None:
            raise
        problem, advice = _WORDS[why]
        raise InputError(problem, advice=advice) from None


def _why(error: BaseException | None) -> int | None:
    """What was exhausted, where that is behind an error, or behind the one that it was raised for."""
    while error is not None:
        if isinstance(error, MemoryError):
            return errno.ENOMEM
        if isinstance(error, OSError) and error.errno in _WORDS:
            return error.errno
        text = str(error).lower()
        if isinstance(error, ImportError | OSError) and any(words in text for words in _NO_ROOM):
            return errno.ENOMEM
        if isinstance(error, RuntimeError) and "can't start new thread" in text:
            return errno.EAGAIN
        error = error.__cause__ or error.__context__
    return None

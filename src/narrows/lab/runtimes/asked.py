"""The function that real runtimes are to run, from what the command line says of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from narrows.errors import InputError
from narrows.lab.runtimes.plan import Function
from narrows.limits import FUNCTION_TIMEOUT
from narrows.units import parse_duration

_HANDLER = re.compile(r"[A-Za-z_][\w./]*\.[A-Za-z_]\w*")
_VARIABLE = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)


def parse_function(
    named: str,
    *,
    handler: str,
    every: str,
    timeout: str,
    memory: int,
    variables: Sequence[str],
    layer: Path | None,
) -> Function:
    """The function that options ask for.

    Args:
        named: its folder, after the name of the scenario's function and ``=`` where there are several.
        handler: as Lambda names it, such as ``handler.handler``.
        every: from one invocation of an environment to its next, such as ``500ms``.
        timeout: the function's.
        memory: in megabytes.
        variables: each as ``NAME=VALUE``.
        layer: a folder that stands at /opt.

    Raises:
        InputError: an option makes no sense, or a folder or the handler's file is not there.
    """
    name, _, folder = named.rpartition("=") if not Path(named).is_dir() else ("", "", named)
    where = Path(folder).absolute()
    if not where.is_dir():
        raise InputError("is no folder", file=folder, place="--function")
    if _HANDLER.fullmatch(handler) is None:
        raise InputError(f"'{handler}' is no handler", place="--handler", advice="such as handler.handler")
    module = where / (handler.rpartition(".")[0].replace(".", "/") + ".py")
    if not module.is_file():
        raise InputError("is not there", file=module, place="--handler")
    if layer is not None and not layer.is_dir():
        raise InputError("is no folder", file=layer, place="--layer")
    found = [_VARIABLE.fullmatch(one) for one in variables]
    if not all(found):
        raise InputError("is not NAME=VALUE", place="--env")
    return Function(
        folder=str(where),
        handler=handler,
        name=name or None,
        every=_seconds(every, "--every", 0.01, 3600.0),
        timeout=_seconds(timeout, "--timeout", 0.1, FUNCTION_TIMEOUT.value),
        memory=memory,
        variables=tuple((one.group(1), one.group(2)) for one in found if one is not None),
        layer=None if layer is None else str(layer.absolute()),
    )


def _seconds(text: str, option: str, least: float, most: float) -> float:
    try:
        seconds = parse_duration(text)
    except ValueError as error:
        raise InputError(str(error), place=option) from None
    if not least <= seconds <= most:
        raise InputError(f"is not between {least:g} and {most:g} s", place=option)
    return seconds

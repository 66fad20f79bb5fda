"""``case.yaml`` of a case that is collected: written once, and after that only lines that narrows wrote are changed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import narrows
from narrows.bounds import WINDOW_DAYS
from narrows.case.model import SCHEMA
from narrows.case.reading.case_yaml import FILE, read_case_yaml
from narrows.case.reading.folder import CaseFolder
from narrows.collect.target import Target
from narrows.collect.wanted import Wanted
from narrows.errors import InputError
from narrows.opening import read_whole

_WINDOW = re.compile(r"^window: \[[^\]\n]*\]$", re.MULTILINE)
_FUNCTIONS = re.compile(r"^functions: \[[^\]\n]*\]$", re.MULTILINE)
_REGION = re.compile(r"^region:", re.MULTILINE)
_DESTINATIONS = re.compile(r"^destinations:", re.MULTILINE)
_FLOW_LOGS = re.compile(r"^flow_logs:", re.MULTILINE)


def write_about(target: Target, wanted: Wanted, region: str, destinations: Mapping[str, Mapping[str, Any]]) -> None:
    """Say what the case is about; what people wrote into it stays.

    A second window makes the time of the case long enough for both, and further functions are in question beside those
    that were.

    Raises:
        InputError: the case is of another Region, its ``case.yaml`` cannot be used, or the two times are too far apart
            for one case.
    """
    if not target.has(FILE):
        target.write(FILE, text_of(wanted, region, destinations).encode())
        return
    about = read_case_yaml(CaseFolder(target.root))
    text = _text(target)
    if about.region not in (None, region):
        problem = f"is of {about.region}, and {region} is asked"
        raise InputError(
            problem, file=target.root / FILE, advice="collect into another folder: a case holds one Region"
        )
    if about.region is None:
        text = _set(text, _REGION, f"region: {region}")
    times = [wanted.start, wanted.end]
    if about.window is not None:
        times += [int(one.timestamp()) for one in about.window]
    if max(times) - min(times) > WINDOW_DAYS * 86_400:
        problem = f"with this time it would span more than {WINDOW_DAYS} days"
        raise InputError(problem, file=target.root / FILE, advice="collect into another folder")
    if about.window is None or (min(times), max(times)) != tuple(int(one.timestamp()) for one in about.window):
        text = _set(text, _WINDOW, _window(min(times), max(times)))
    functions = tuple(dict.fromkeys((*about.functions, *wanted.functions)))
    if functions != about.functions and (about.functions or not _asks_for_all(text)):
        text = _set(text, _FUNCTIONS, _functions(functions))
    if destinations and not about.destinations:
        text = _set(text, _DESTINATIONS, _dumped({"destinations": dict(destinations)}))
    _write(target, text)


def can_name_destinations(target: Target) -> bool:
    """Whether ``case.yaml`` names no destination yet."""
    return not _DESTINATIONS.search(_text(target))


def add_destinations(target: Target, destinations: Mapping[str, Mapping[str, Any]], comment: str) -> None:
    """Name destinations where ``case.yaml`` names none yet."""
    _write(target, f"{_text(target).rstrip()}\n# {comment}\n{_dumped({'destinations': dict(destinations)})}\n")


def add_flow_log_format(target: Target, fields: str) -> None:
    """Say the fields of flow logs that have no header, where ``case.yaml`` does not say them yet."""
    text = _text(target)
    if not _FLOW_LOGS.search(text):
        _write(target, f"{text.rstrip()}\n{_dumped({'flow_logs': {'format': fields}})}\n")


def text_of(wanted: Wanted, region: str, destinations: Mapping[str, Mapping[str, Any]]) -> str:
    """A new ``case.yaml``."""
    lines = [f"schema: {SCHEMA}", f"region: {region}", _window(wanted.start, wanted.end)]
    if wanted.functions:
        lines.append(_functions(wanted.functions))
    if destinations:
        lines.append(_dumped({"destinations": dict(destinations)}))
    return "\n".join([*lines, f"written_by: collect {narrows.__version__}", ""])


def _asks_for_all(text: str) -> bool:
    """Whether no function is named although the case was collected: then all of the VPC are in question."""
    return "written_by: collect" in text


def _set(text: str, line: re.Pattern[str], new: str) -> str:
    """The text with one line in place of the one that narrows wrote, or at the end.

    Raises ``InputError`` where somebody wrote it in another form, which is theirs.
    """
    key = new.partition(":")[0]
    if line.search(text):
        return line.sub(lambda _: new, text, count=1)
    if re.search(rf"^{key}:", text, re.MULTILINE):
        advice = f"write it on one line, so that narrows can change it, such as: {new}"
        raise InputError("is written over several lines", file=FILE, place=key, advice=advice)
    return f"{text.rstrip()}\n{new}\n"


def _text(target: Target) -> str:
    return read_whole(target.root / FILE, 4 * 2**20).decode("utf-8-sig")


def _write(target: Target, text: str) -> None:
    if text != _text(target):
        target.write(FILE, text.encode())


def _window(start: int, end: int) -> str:
    times = (f"{datetime.fromtimestamp(one, UTC):%Y-%m-%dT%H:%M:%SZ}" for one in (start, end))
    return f"window: [{', '.join(times)}]"


def _functions(names: tuple[str, ...]) -> str:
    return _dumped({"functions": list(names)})


def _dumped(content: object) -> str:
    import yaml

    return str(
        yaml.safe_dump(content, sort_keys=False, allow_unicode=True, default_flow_style=None, width=10**6)
    ).rstrip()

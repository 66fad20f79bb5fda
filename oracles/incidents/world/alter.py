"""Alterations of a case folder that must not lead its diagnosis astray: from files to files, in AWS's own shapes.

Each takes the files of a case by their path, as ``CaseFolder.contents`` gives them (JSON as it is parsed, text, bytes),
leaves them as they are, and gives back others. The same files and arguments give the same answer.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from oracles.incidents.world.ids import Record, digits

Files = dict[str, Any]
"""The contents of a case folder by path."""

QUERIES, RESULTS = ".queries.json", ".results.json"


def write(files: Mapping[str, Any], folder: Path) -> Path:
    """Write the files of a case to a folder."""
    for path, content in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            file.write_bytes(content)
        else:
            file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return folder


def window_of(files: Mapping[str, Any]) -> tuple[datetime, datetime]:
    """The window that ``case.yaml`` states."""
    start, end = (
        one if isinstance(one, datetime) else datetime.fromisoformat(one) for one in about_of(files)["window"]
    )  # fmt: skip
    return start.astimezone(UTC), end.astimezone(UTC)


def with_window(files: Mapping[str, Any], start: datetime, end: datetime) -> Files:
    """Another window in ``case.yaml``."""
    window = [one.strftime("%Y-%m-%dT%H:%M:%SZ") for one in (start, end)]
    return {**files, "case.yaml": yaml_of({**about_of(files), "window": window})}


def without_file(files: Mapping[str, Any], path: str) -> Files:
    """One file less."""
    return {name: content for name, content in files.items() if name != path}


def without_metrics(files: Mapping[str, Any], names: Collection[str]) -> Files:
    """No datapoint of these metrics, by their names."""
    return _with_results(files, lambda name, result: result | {"Timestamps": [], "Values": []} if name in names else {})


def with_metrics_moved(files: Mapping[str, Any], names: Collection[str], by: timedelta) -> Files:
    """The datapoints of these metrics at another time."""

    def moved(name: str, result: Record) -> Record:
        if name not in names:
            return {}
        times = [(datetime.fromisoformat(one) + by).isoformat() for one in result["Timestamps"]]
        return {"Timestamps": times}

    return _with_results(files, moved)


def with_noise(files: Mapping[str, Any], seed: int, spread: float = 0.1) -> Files:
    """Each datapoint of each metric up or down by at most this share: whole numbers stay whole, and zeros zero."""
    dice = random.Random(seed)

    def varied(value: float) -> float:
        changed = value * (1 + dice.uniform(-spread, spread))
        return float(round(changed)) or value if float(value).is_integer() else changed

    return _with_results(files, lambda _, result: {"Values": [varied(one) for one in result["Values"]]})


def values_of(files: Mapping[str, Any], name: str) -> list[float]:
    """Every value of the metrics of a name."""
    found: list[float] = []

    def collect(metric: str, result: Record) -> Record:
        found.extend(result["Values"] if metric == name else ())
        return {}

    _with_results(files, collect)
    return found


def _with_results(files: Mapping[str, Any], change: Callable[[str, Record], Record]) -> Files:
    """Each result of a metric with what ``change`` gives for the metric's name and the result."""
    altered = dict(files)
    for path, content in files.items():
        if not path.endswith(RESULTS):
            continue
        asked = files[path.removesuffix(RESULTS) + QUERIES]
        names = {one["Id"]: one["MetricStat"]["Metric"]["MetricName"] for one in asked}
        results = [one | change(names.get(one["Id"], ""), one) for one in content["MetricDataResults"]]
        altered[path] = content | {"MetricDataResults": results}
    return altered


def about_of(files: Mapping[str, Any]) -> Record:
    """What ``case.yaml`` says."""
    return dict(yaml.safe_load(files["case.yaml"]))


def yaml_of(about: Mapping[str, Any]) -> str:
    """A ``case.yaml`` that says this."""
    return yaml.safe_dump(dict(about), sort_keys=False)


_ID = re.compile(r"\b((?:[a-z]+-)+)0([0-9a-f]{16})\b")
_AWS_HOST = re.compile(r"[\w.-]+\.amazonaws\.com|[\w.-]+\.amazonaws\.com\.cn|[\w.-]+\.aws\.dev")


def renamed(files: Mapping[str, Any]) -> Files:
    """The same case in other words: functions, Name tags, ids of resources, destinations and their hosts, in all files.

    An id keeps its shape, a host the number of its labels. Hosts of AWS keep their names (but for ids in them), and so
    do hosts of domains in which no destination lies.
    """
    about = about_of(files)
    rename = _renaming(files, about)
    # A destination's key is a word of case.yaml alone; in other files the same word is another's.
    about["destinations"] = {
        _word("to", key): {name: rename(value) if isinstance(value, str) else value for name, value in one.items()}
        for key, one in (about.get("destinations") or {}).items()
    }
    about["functions"] = [rename(one) for one in about["functions"]]
    if isinstance(about.get("reported"), str):
        about["reported"] = rename(about["reported"])
    altered: Files = {}
    for path, content in files.items():
        if path == "case.yaml":
            altered[path] = yaml_of(about)
            continue
        name = rename(path) if path.startswith(("callers/", "cloudwatch/", "lambda/function-")) else path
        altered[name] = _reworded(content, rename)
    return altered


def _renaming(files: Mapping[str, Any], about: Record) -> Callable[[str], str]:
    hosts = [str(one.get("name") or "") for one in (about.get("destinations") or {}).values()]
    domains = {".".join(one.split(".")[-2:]) for one in hosts if one.count(".") and not _AWS_HOST.fullmatch(one)}
    functions = {*about["functions"]}
    functions |= {one["FunctionName"] for one in files.get("lambda/functions.json", {}).get("Functions", ())}
    # CacheClusterId and the like are what AWS's host names begin with.
    theirs = {label for one in hosts if _AWS_HOST.fullmatch(one) for label in one.split(".")[:2]} - functions
    own = rf"|(?<![\w-])(?:{_any(theirs)})(?:-\d+)*(?![\w])" if theirs else ""
    parts = [f"(?P<aws>{_AWS_HOST.pattern}{own})"]
    if domains:
        parts.append(rf"(?P<host>(?<![\w.-])(?:[\w-]+\.)*(?:{_any(domains)})(?![\w-]))")
    parts.append(rf"(?P<function>(?<![A-Za-z0-9_])(?:{_any(functions)})(?![A-Za-z0-9_]))")
    pattern = re.compile("|".join(parts))

    def other(found: re.Match[str]) -> str:
        text = found.group()
        if found.lastgroup == "host":
            *labels, top = text.split(".")
            return ".".join([*(_word("h", one) for one in labels), top])
        return text if found.lastgroup == "aws" else _word("worker-", text)

    def id(found: re.Match[str]) -> str:
        return f"{found[1]}0{digits('another', found[2])}"

    return lambda text: _ID.sub(id, pattern.sub(other, text))


def _any(words: Collection[str]) -> str:
    return "|".join(re.escape(one) for one in sorted(words, key=lambda one: (-len(one), one)))


def _word(beginning: str, name: str) -> str:
    """Another word for a name: letters only, so that nothing takes it for a number or an id."""
    return beginning + "".join(chr(ord("g") + int(one, 16)) for one in digits("word", name, length=7))


def _reworded(content: Any, rename: Callable[[str], str]) -> Any:
    if isinstance(content, str):
        return rename(content)
    if isinstance(content, list):
        return [_reworded(one, rename) for one in content]
    if isinstance(content, dict):
        if content.get("Key") == "Name" and "Value" in content:
            return {**content, "Value": _word("called-", str(content["Value"]))}
        return {key: _reworded(value, rename) for key, value in content.items()}
    return content

"""``case.yaml``: what an incident is about; its comments are left out."""

from __future__ import annotations

from typing import Any

from narrows.redact.redactor import Redactor
from narrows.yaml_source import yaml_in

_NUMBERS = ("schema", "window", "region", "assumptions")
"""Keys whose values tell of nobody."""


def redact_case_yaml(redactor: Redactor, content: bytes, file: str) -> str:
    """The text of a redacted ``case.yaml``, of the content of one that narrows reads."""
    import yaml

    data = yaml_in(content, file).data
    image = {_key(redactor, key): _value(redactor, key, value) for key, value in data.items()}
    return yaml.safe_dump(image, sort_keys=False, allow_unicode=True, width=120)


def _key(redactor: Redactor, key: str) -> str:
    return redactor.text(key) if key not in _KNOWN else key


_KNOWN = (*_NUMBERS, "functions", "destinations", "flow_logs", "reported", "written_by")


def _value(redactor: Redactor, key: str, value: Any) -> Any:
    if key in _NUMBERS:
        return value
    if key == "functions":
        return _each(value, redactor.function)
    if key == "destinations" and isinstance(value, dict):
        return {redactor.name(name): _destination(redactor, one) for name, one in value.items()}
    if key == "flow_logs":
        # Names of fields of AWS's, which reading the case has checked.
        return value
    return _each(value, redactor.text)


def _destination(redactor: Redactor, about: Any) -> Any:
    if not isinstance(about, dict):
        return about if about is None else _each(about, redactor.host)
    image: dict[str, Any] = {}
    for key, value in about.items():
        if key in ("port", "protocol"):
            image[key] = value
        elif key == "name":
            if redactor.learning and isinstance(value, str):
                redactor.known_host(value)
            image[key] = _each(value, redactor.host)
        elif key == "addresses":
            image[key] = _each(value, lambda one: redactor.host(one.strip()))
        elif key == "via":
            image[key] = _each(value, lambda one: _way(redactor, one))
        else:
            image[redactor.text(key)] = _each(value, redactor.name)
    return image


def _way(redactor: Redactor, way: str) -> str:
    """A VPC endpoint, a proxy, or what a route leads to, which are words of the rules."""
    from narrows.case.reading.case_yaml import leads_by_route

    return redactor.id(way) if way.startswith("vpce-") or leads_by_route(way) else redactor.name(way)


def _each(value: Any, change: Any) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_each(one, change) for one in value]
    if isinstance(value, dict):
        return {change(key): _each(one, change) for key, one in value.items()}
    return value

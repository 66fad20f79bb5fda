"""The addresses of ids, from ``terraform show -json`` of a state."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator

from narrows.bounds import JSON_BYTES
from narrows.errors import InputError
from narrows.opening import read_whole

_ADVICE = "make it with: terraform show -json > state.json"


def addresses_of(file: str | os.PathLike[str]) -> dict[str, str]:
    """Address by id.

    Raises:
        InputError: it is no such file.
    """
    try:
        document = json.loads(read_whole(file, JSON_BYTES))
    except (ValueError, RecursionError) as error:
        raise InputError(f"is no valid JSON: {error}", file=file, advice=_ADVICE) from None
    if not isinstance(document, dict) or "format_version" not in document:
        raise InputError("is not what terraform show -json writes", file=file, advice=_ADVICE)
    values = document.get("values") or (document.get("prior_state") or {}).get("values")
    root = values.get("root_module") if isinstance(values, dict) else None
    if not isinstance(root, dict):
        raise InputError("is a state with nothing in it", file=file, advice=_ADVICE)
    found: dict[str, str] = {}
    for resource in _resources(root):
        address, inside = resource.get("address"), resource.get("values")
        id = inside.get("id") if isinstance(inside, dict) else None
        if isinstance(address, str) and isinstance(id, str) and resource.get("mode") == "managed":
            found[id] = address
    return found


def _resources(root: dict[str, object]) -> Iterator[dict[str, object]]:
    waiting: list[object] = [root]
    while waiting:
        module = waiting.pop()
        if not isinstance(module, dict):
            continue
        for name, into in (("resources", None), ("child_modules", waiting)):
            inside = module.get(name)
            if isinstance(inside, list):
                if into is not None:
                    into += inside
                else:
                    yield from (one for one in inside if isinstance(one, dict))

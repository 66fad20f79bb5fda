"""Which logical id each physical id of a stack has, as AWS's command line prints them."""

from __future__ import annotations

import json
from pathlib import Path

from narrows.bounds import JSON_BYTES
from narrows.errors import InputError
from narrows.opening import read_whole

_KEYS = ("StackResourceSummaries", "StackResources")


def logical_ids(file: Path) -> dict[str, str]:
    """The logical id of each physical id, from ``aws cloudformation list-stack-resources`` or
    ``describe-stack-resources``.

    Raises:
        InputError: it is no such answer, or one physical id has two logical ones.
    """
    advice = "write it with 'aws cloudformation list-stack-resources --stack-name NAME'"
    try:
        answer = json.loads(read_whole(file, JSON_BYTES).decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise InputError("is not valid JSON", file=file, advice=advice) from None
    listed = next((answer[key] for key in _KEYS if key in answer), None) if isinstance(answer, dict) else answer
    if not isinstance(listed, list):
        raise InputError("lists no resources of a stack", file=file, advice=advice)
    ids: dict[str, str] = {}
    for number, resource in enumerate(listed):
        logical = resource.get("LogicalResourceId") if isinstance(resource, dict) else None
        physical = resource.get("PhysicalResourceId", "") if isinstance(resource, dict) else None
        if not isinstance(logical, str) or not isinstance(physical, str):
            raise InputError("has no LogicalResourceId", file=file, place=f"resource {number + 1}", advice=advice)
        if physical and ids.setdefault(physical, logical) != logical:
            kind = resource.get("ResourceType", "")
            if isinstance(kind, str) and kind.startswith(("AWS::EC2::", "AWS::Lambda::Function")):
                raise InputError(f"names {physical} twice", file=file, place=f"resource {number + 1}")
    return ids

"""The limits of CloudFormation that a template exceeds after the patch."""

from __future__ import annotations

from collections.abc import Iterator

from narrows.limits import (
    CLOUDFORMATION_OUTPUTS,
    CLOUDFORMATION_PARAMETERS,
    CLOUDFORMATION_REQUEST_BYTES,
    CLOUDFORMATION_RESOURCES,
    CLOUDFORMATION_UPLOADED_BYTES,
    Limit,
)
from narrows.patch.cloudformation.making import Making
from narrows.patch.cloudformation.nodes import Json
from narrows.patch.cloudformation.templates import Template
from narrows.patch.model import FileChange

_SECTIONS = {
    "Resources": CLOUDFORMATION_RESOURCES,
    "Outputs": CLOUDFORMATION_OUTPUTS,
    "Parameters": CLOUDFORMATION_PARAMETERS,
}


def say_what_is_too_large(making: Making, files: tuple[FileChange, ...]) -> None:
    """Leave it to do: AWS would refuse the template. What was too large before is no news."""
    templates = {template.path: template for template in making.folder.templates}
    if making.made_module is not None:
        templates[making.made_module.path] = making.made_module
    for change in files:
        for limit, before, after in _counts(templates[change.path], change):
            if before <= limit.value < after:
                making.ask(
                    f"the template gets {after:,} {limit.unit}, and CloudFormation takes {limit.value:,}: "
                    f"{_advice(limit)}",
                    change.path,
                )


def _counts(template: Template, change: FileChange) -> Iterator[tuple[Limit, int, int]]:
    """(A limit, how much the template had of it, how much it gets)."""
    was: dict[str, Json] = {} if template.document is None else template.document.value
    for section, limit in _SECTIONS.items():
        yield limit, _size(was.get(section)), _size(template.value.get(section))
    for limit in (CLOUDFORMATION_REQUEST_BYTES, CLOUDFORMATION_UPLOADED_BYTES):
        yield limit, len(change.before or b""), len(change.after)


def _size(section: Json) -> int:
    return len(section) if isinstance(section, dict) else 0


def _advice(limit: Limit) -> str:
    if limit is CLOUDFORMATION_REQUEST_BYTES:
        return "give --s3-bucket to 'aws cloudformation deploy' from now on"
    return "move a part of it to a stack of its own"

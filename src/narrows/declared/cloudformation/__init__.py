"""CloudFormation's templates, SAM's and CDK's, as declared resources. Names are loaded when they are first used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from narrows.lazy import loading

if TYPE_CHECKING:
    from narrows.declared.cloudformation.given import read_parameters as read_parameters
    from narrows.declared.cloudformation.reader import read as read

__getattr__ = loading(
    __name__,
    {
        "read": "narrows.declared.cloudformation.reader",
        "read_parameters": "narrows.declared.cloudformation.given",
    },
)

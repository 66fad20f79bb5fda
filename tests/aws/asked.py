"""What a call asks, as the handlers of operations see it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from tests.aws.errors import invalid_token

if TYPE_CHECKING:
    from tests.aws.account import Account

_Item = TypeVar("_Item")


@dataclass(frozen=True)
class Raw:
    """An answer of HTTP as it stands, where no shape of botocore says how it looks (objects of S3)."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Asked:
    """A call of an operation, and whom it asks."""

    service: str
    operation: str
    parameters: Mapping[str, Any]
    account: Account
    now: datetime
    """The server's clock."""
    page: int | None = None
    """How many items a page holds; None: as many as AWS's own."""
    repeats: bool = False
    """Whether every page is the first one, and leads to itself."""

    is_unsure: bool = False
    """Whether a metric that the case does not hold is one that could not be had, rather than none."""

    def cut(self, items: Sequence[_Item], token: str | None, size: int) -> tuple[Sequence[_Item], str | None]:
        """A page of ``items`` and the token of the next one, None on the last.

        Args:
            token: the one that came with the call.
            size: of AWS's own page, or what the call asks for where that is less.

        Raises:
            AwsError: the token is none of this operation's.
        """
        size = min(size, self.page or size)
        start = 0 if token is None else self.position(token)
        if self.repeats:
            return items[:size], self.token(0)
        end = start + size
        return items[start:end], self.token(end) if end < len(items) else None

    def token(self, position: int) -> str:
        """An opaque token that stands for a position."""
        return base64.urlsafe_b64encode(f"{self.service}:{self.operation}:{position}".encode()).decode()

    def position(self, token: str) -> int:
        """What a token stands for. Raises ``AwsError``."""
        try:
            service, operation, position = base64.urlsafe_b64decode(token).decode().split(":")
            if (service, operation) == (self.service, self.operation):
                return int(position)
        except (binascii.Error, ValueError):
            pass
        raise invalid_token(self.service, token)


Handler = Callable[[Asked], "dict[str, Any] | Raw"]
"""What answers an operation. Raises ``AwsError`` for an answer that is an error."""

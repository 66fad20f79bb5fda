"""Ids as AWS gives them, made from names: the same name in the same Region always has the same id."""

from __future__ import annotations

import hashlib
import re
import uuid

ACCOUNT = "111122223333"
"""The account number that AWS uses in its examples."""

_HEX_DIGITS = 16
_AN_ID = re.compile(r"(?P<prefix>[a-z]+)-[0-9a-f]{8,17}")


class Ids:
    """The ids of one Region."""

    def __init__(self, region: str) -> None:
        self._region = region

    def of(self, prefix: str, *names: object) -> str:
        """``prefix-0`` and 16 hexadecimal digits; a single name that is an id with that prefix already stays itself."""
        if len(names) == 1:
            match = _AN_ID.fullmatch(str(names[0]))
            if match is not None and match["prefix"] == prefix:
                return str(names[0])
        return f"{prefix}-0{self.digest(prefix, *names)[:_HEX_DIGITS]}"

    def uuid(self, *names: object) -> str:
        """A UUID."""
        return str(uuid.UUID(self.digest("uuid", *names)[:32], version=4))

    def digest(self, *names: object) -> str:
        """Hexadecimal digits that stand for names."""
        text = "\0".join([self._region, *map(str, names)])
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

    def mac(self, *names: object) -> str:
        """A MAC address as AWS gives them: locally administered."""
        digits = self.digest("mac", *names)
        return ":".join(["0a", *(digits[index : index + 2] for index in range(0, 10, 2))])

    def arn(self, service: str, resource: str) -> str:
        """An ARN of this Region and the account."""
        return f"arn:aws:{service}:{self._region}:{ACCOUNT}:{resource}"


def name_tag(name: str) -> list[dict[str, str]]:
    """The list of tags with which a resource carries its name."""
    return [{"Key": "Name", "Value": name}]

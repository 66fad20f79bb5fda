"""Ids that look as AWS's do, and are the same in each run."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

Record = dict[str, Any]
"""One resource, as AWS answers it."""
Known = Mapping[str, Any] | str
"""A resource, or its id."""

ACCOUNT = "482917306154"
"""Of nobody in particular."""

_IDS = (
    "NatGatewayId", "VpcEndpointId", "NetworkAclId", "RouteTableId", "GroupId", "NetworkInterfaceId",
    "InternetGatewayId", "VpcPeeringConnectionId", "SubnetId", "VpcId",
)  # fmt: skip
"""The members that name a resource, such that it is of the first kind whose id it has."""


def digits(*parts: object, length: int = 16) -> str:
    """Hexadecimal digits that stand for these words."""
    return hashlib.sha256("/".join(map(str, parts)).encode()).hexdigest()[:length]


def aws_id(prefix: str, *name: object) -> str:
    """``nat-0123456789abcdef0`` for a name."""
    return f"{prefix}-0{digits(prefix, *name)}"


def request_id(*parts: object) -> str:
    """A request's id, as Lambda gives them."""
    text = digits("request", *parts, length=32)
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"


def id_of(known: Known) -> str:
    """The id of a resource; an id as it stands."""
    if isinstance(known, str):
        return known
    return str(next(known[key] for key in _IDS if key in known))

"""What a page says of a scenario: the values that were moved, each within its bounds. The rest is as it is served.

Whatever sends it, nothing in it makes the process large or slow: each number has a bound, and so has the product.
"""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from narrows.errors import InputError, one_line
from narrows.limits import FILE_DESCRIPTORS, REGIONAL_NAT_ADDRESSES, SUBNETS_PER_FUNCTION

STATE_BYTES: Final = 64 * 1024
"""Bytes of a request: a value for each of 500 functions is less."""
MOST_ENVIRONMENTS: Final = 200_000
"""Execution environments of one function: far above what accounts are given."""
MOST_EACH: Final = FILE_DESCRIPTORS.value * 4
"""Connections of one environment to one destination, as in a scenario: more than it has file descriptors for."""
MOST_CONNECTIONS: Final = 5_000_000
"""Connections of all functions at their peak, together."""
SHORTEST_HOLD: Final = 0.1
"""Seconds."""
LONGEST_HOLD: Final = 86_400.0
"""Seconds."""
_MOST_NAMES: Final = 2_000
"""Functions, gateways or destinations in one state."""


_Place = Annotated[int, Field(ge=0, le=1_000, strict=False)]
"""In JSON a key is a text."""


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class UseState(_Part):
    """Connections of one function to one destination. None: as it is served."""

    each: Annotated[int, Field(ge=1, le=MOST_EACH)] | None = None
    """Connections of each environment."""
    hold: Annotated[float, Field(ge=SHORTEST_HOLD, le=LONGEST_HOLD, allow_inf_nan=False)] | None = None
    """Seconds until one is closed, where it is not reused."""
    reuse: bool | None = None
    """Whether each is kept open and used again until its environment ends."""


class FunctionState(_Part):
    """One function. None: as it is served."""

    environments: Annotated[int, Field(ge=0, le=MOST_ENVIRONMENTS)] | None = None
    """At its peak; the course of its demand keeps its shape."""
    subnets: Annotated[int, Field(ge=1, le=SUBNETS_PER_FUNCTION.value)] | None = None
    connections: dict[_Place, UseState] = Field(default={}, max_length=100)
    """By place in the scenario's list of its connections."""


class State(_Part):
    """Everything that was moved, by name."""

    functions: dict[str, FunctionState] = Field(default={}, max_length=_MOST_NAMES)
    nat_gateways: dict[str, Annotated[int, Field(ge=1, le=REGIONAL_NAT_ADDRESSES.value)]] = Field(
        default={}, max_length=_MOST_NAMES
    )
    """Addresses of each (in each Availability Zone, for a regional one)."""
    endpoints: dict[str, bool] = Field(default={}, max_length=_MOST_NAMES)
    """By destination: whether it is reached by a VPC endpoint."""


def read_state(text: bytes) -> State:
    """The state that a page sent.

    Raises:
        InputError: it is none, or a number is out of its bounds.
    """
    try:
        return State.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(one_line(str(part), 60) for part in first["loc"])
        message = first["msg"][:1].lower() + first["msg"][1:]
        raise InputError(message, place=one_line(place, 200) or None) from None

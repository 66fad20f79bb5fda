"""What every kind of edit needs to become commands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from narrows.addresses import Block
from narrows.aws_ids import ZONE
from narrows.commands.known import Known, Value
from narrows.commands.recorder import Recorder
from narrows.network import Network

_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/ -]{0,126}")
"""Of a Name tag that needs no quotes anywhere."""


@dataclass
class Context:
    """One option of a plan, while its commands are written."""

    today: Network
    after: Network
    known: Known
    names: Mapping[str, str]
    """Name tags."""
    recorder: Recorder
    """Of the change at hand."""
    blocks: list[Block] = field(default_factory=list)
    """Those that commands have given to subnets."""
    egress_only: Value | None = None
    """The egress-only internet gateway, once there is one."""

    def zone(self, az: str | None, of: str) -> Value:
        """An Availability Zone as it stands, or asked for."""
        return self.known.id(ZONE, az if az and az != "unknown" else f"of {of}")

    def name(self, new: str) -> str:
        """What something new is called."""
        name = self.names.get(new, new)
        return name if _PLAIN_NAME.fullmatch(name) else new

    def tags(self, kind: str, new: str) -> dict[str, object]:
        """The parameter that gives something new its name, as far as that is plain text."""
        name = self.name(new)
        if not _PLAIN_NAME.fullmatch(name):
            return {}
        return {"TagSpecifications": [{"ResourceType": kind, "Tags": [{"Key": "Name", "Value": name}]}]}

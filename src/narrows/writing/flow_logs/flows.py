"""Known connections as one interface sees them: what flow-log records are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Ending(IntEnum):
    """How a connection ends on the wire."""

    SILENT = 0
    """It falls silent: the sandbox was killed, or it is still open."""
    FIN = 1
    RST = 2
    """Sent by the server's side."""


@dataclass(frozen=True, slots=True)
class Interface:
    """A network interface, with what a record says of it."""

    id: str
    subnet: str = "-"
    az: str = "-"
    type: str = "-"
    """v11's interface-type."""
    next_hop: str = "-"
    """v11's next-hop-interface-id of what leaves it."""
    resource: str = "-"
    """v9's resource-id: a regional NAT gateway, which has no interface."""


@dataclass(frozen=True)
class Flows:
    """Connections at interfaces, one row each. Moments are microseconds from the start of the run.

    Attributes:
        interface: index into the interfaces.
        client, server, pkt_client, pkt_server: index into the addresses.
        client_port, server_port: numbers.
        opened: the first SYN.
        syns: how many SYNs were sent, at ``opened`` plus the retransmit schedule; 0 for one that was open before.
        answered: when the answer came; -1 for never.
        last: the last packet.
        period: microseconds between bursts of data while it is open.
        ending: an ``Ending``.
        rejected: a security group or network ACL denied it.
    """

    interface: NDArray[np.int32]
    client: NDArray[np.int32]
    server: NDArray[np.int32]
    pkt_client: NDArray[np.int32]
    pkt_server: NDArray[np.int32]
    client_port: NDArray[np.int32]
    server_port: NDArray[np.int32]
    opened: NDArray[np.int64]
    syns: NDArray[np.int32]
    answered: NDArray[np.int64]
    last: NDArray[np.int64]
    period: NDArray[np.int64]
    ending: NDArray[np.int8]
    rejected: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.opened)

    def take(self, rows: NDArray[np.int64]) -> Flows:
        """Some of the rows."""
        return Flows(**{one.name: getattr(self, one.name)[rows] for one in fields(self)})

    @staticmethod
    def together(parts: Sequence[Flows]) -> Flows:
        """Several as one."""
        return Flows(**{one.name: np.concatenate([getattr(part, one.name) for part in parts]) for one in fields(Flows)})

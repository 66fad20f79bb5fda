"""What one line says, before it is written; a figure that nothing could tell is None."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    Peer = tuple[str, int]


class Destination:
    """One address and port, since the last line."""

    __slots__ = ("clients", "failed", "held", "name", "oldest_idle", "opened", "peer", "reused", "stale")

    def __init__(self, peer: Peer | None) -> None:
        self.peer = peer
        """None: to whom is not known."""
        self.name: str | None = None
        self.clients: set[str] = set()
        self.opened = self.held = self.stale = self.reused = self.failed = 0
        self.oldest_idle = 0.0

    @property
    def spelled(self) -> str:
        """The peer as it is written."""
        if self.peer is None:
            return ""
        host, port = self.peer
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


class Report:
    """All of them, and the sums."""

    __slots__ = (
        "descriptors", "destinations", "failed", "held", "invocation", "oldest_idle", "opened", "request_id", "reused",
        "scanned", "syn_retransmits", "time", "unattributed_failed", "unattributed_opened",
    )  # fmt: skip

    def __init__(self, time: float, invocation: int, request_id: str) -> None:
        self.time = time
        """When the invocation ended, seconds since 1970."""
        self.invocation, self.request_id = invocation, request_id
        self.destinations: list[Destination] = []
        self.scanned = False
        """Whether the descriptors could be looked at: otherwise what is held is not known of any destination."""
        self.opened: int | None = None
        self.failed: int | None = None
        self.unattributed_opened: int | None = None
        self.unattributed_failed: int | None = None
        self.syn_retransmits: int | None = None
        self.held: int | None = None
        self.reused: int | None = None
        self.descriptors: int | None = None
        self.oldest_idle: float | None = None
        """None also where nothing is held."""

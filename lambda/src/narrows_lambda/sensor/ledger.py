"""What was opened, held, reused and failed since the last line: the three sources put together.

The kernel's count is of attempts. What was opened is that count less those that failed, and less those still being
opened; what the scans and the audit hook saw is attributed, and the rest is said to be of nobody known.
"""

from __future__ import annotations

from narrows_lambda.limits import TABLE_IDLE_TIMEOUT
from narrows_lambda.sensor.connections import Connections
from narrows_lambda.sensor.counters import Counts, KernelCounters
from narrows_lambda.sensor.openings import Attempt, Openings, was_established
from narrows_lambda.sensor.report import Destination, Report
from narrows_lambda.sockets import SYN_SENT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from narrows_lambda.sensor.connections import Connection, Look
    from narrows_lambda.sockets import TcpInfo

    Peer = tuple[str, int]

MOST_PEERS = 1_000
"""Told apart between two lines; what goes to others is in the sums alone."""


class Ledger:
    """What is known since the last line."""

    def __init__(self, runtime: Peer | None = None) -> None:
        """The baseline is taken: what is open or was counted so far is nobody's.

        Args:
            runtime: the address of the runtime's own API, whose connections are left out.
        """
        self.connections = Connections(runtime)
        self.openings = Openings(self.closed)
        self._runtime = runtime
        self._kernel = KernelCounters()
        self._alone = True
        self._before: set[int] = set()
        self._pending = 0
        self._at_scan: tuple[Counts, int] | None = None
        self._begin()
        self.baseline()

    def _begin(self) -> None:
        self._destinations: dict[Peer | None, Destination] = {}
        self._closed: list[tuple[Attempt, TcpInfo | None]] = []
        self._runtimes = 0
        self._given_up = 0

    def baseline(self) -> None:
        """What was counted so far is left out of the next line."""
        self._counts = self._kernel.read() if self._alone else None
        self._pending = 0
        self._begin()

    def leave_out(self) -> None:
        """In the child after a fork: what is open is its parent's, and the kernel's counters are of both."""
        self._alone = False
        self.openings.attempts.clear()
        self.connections.leave_out()
        self._at_scan = None
        self._before.clear()
        self.baseline()

    def forget_path(self) -> None:
        """After a snapshot was restored: what was opened before it is not this environment's, and leads nowhere."""
        self.baseline()
        for connection in self.connections.known.values():
            connection.forgotten = True

    def closed(self, attempt: Attempt, info: TcpInfo | None) -> None:
        """An attempt is over; called at any time, in any thread."""
        if len(self._closed) < 100_000:
            self._closed.append((attempt, info))

    def scan(self, wall: float, monotonic: float, since: float, counts: Counts | None = None) -> Look | None:
        """Look at the descriptors, and note what is new.

        Args:
            wall: seconds since 1970.
            monotonic: seconds of that clock.
            since: seconds since the invocation began, by the same clock.
            counts: the kernel's, read before: what comes to be in between is then found by the next scan at the latest.
        """
        began = None if counts is None else (counts, self.openings.seen)
        before, self._at_scan = self._at_scan, began
        if (
            began is not None
            and before is not None
            and began[1] == before[1]
            and began[0].attempts == before[0].attempts
            and began[0].accepted == before[0].accepted
        ):
            look = self.connections.rescan(wall, monotonic, since)
            if look is not None:
                return look
        look = self.connections.scan(wall, monotonic, since)
        if look is None:
            self._at_scan = None
            return None
        self._runtimes += look.runtimes
        for connection in look.opened:
            destination = self._of(connection.peer)
            destination.opened += 1
            attempt = self.openings.attempts.get(connection.descriptor)
            if attempt is not None and attempt.inode == connection.inode:
                connection.client, connection.name = attempt.client, attempt.name
                _introduce(destination, attempt)
        self.openings.gone(look.inodes, look.dead)
        return look

    def start(self, wall: float, monotonic: float) -> None:
        """The first invocation begins: what initialization opened was held before it."""
        self.scan(wall, monotonic, 0.0)
        self._before = set(self.connections.known)

    def end(self, report: Report, monotonic: float, since: float) -> None:
        """An invocation is over.

        Args:
            report: gets the figures.
            monotonic: seconds of that clock.
            since: seconds since the invocation began, by the same clock.
        """
        counts = self._kernel.read() if self._alone else None
        look = self.scan(report.time, monotonic, since, counts)
        unknown = self._settle(look)
        if look is not None:
            self._hold(report, look)
        self._sum(report, counts, look, unknown)
        report.destinations = [one for one in self._destinations.values() if one.peer is not None]
        self._counts = counts
        self._pending = len(look.pending) if look is not None else 0
        self._before = set(self.connections.known)
        self._begin()

    def _settle(self, look: Look | None) -> list[Destination]:
        """What became of the attempts that are over; returns those of which nothing is known, by destination."""
        unknown: list[Destination] = []
        over, self._closed = self._closed, []
        if not over and (look is None or not look.vanished):
            return unknown
        watched: set[int] = set()
        for attempt, info in over:
            watched.add(attempt.inode)
            if attempt.peer == self._runtime:
                # That the runtime opens through Python: counted by the kernel, and not by a scan.
                self._runtimes += 1
                continue
            connection = self.connections.known.get(attempt.inode)
            if connection is None and attempt.inode in self._before:
                continue
            destination = self._of(attempt.peer if connection is None else connection.peer)
            _introduce(destination, attempt)
            if connection is not None or attempt.inode in self._before:
                continue
            if info is None:
                unknown.append(destination)
            elif was_established(info):
                destination.opened += 1
            else:
                destination.failed += 1
                self._given_up += info.state == SYN_SENT
        if look is not None:
            # Given up by gRPC, libpq or uvloop between two scans; where the kernel gave up, it has counted that.
            self._given_up += len(look.vanished - watched)
        return unknown

    def _hold(self, report: Report, look: Look) -> None:
        report.scanned = True
        report.descriptors = look.descriptors
        held = reused = 0
        oldest = 0.0
        before, destinations = self._before, self._destinations
        for connection in self.connections.known.values():
            if not connection.established:
                continue
            destination = destinations.get(connection.peer) or self._of(connection.peer)
            held += 1
            destination.held += 1
            idle = connection.idle
            if idle >= TABLE_IDLE_TIMEOUT or connection.forgotten:
                destination.stale += 1
            if connection.used and connection.inode in before:
                reused += 1
                destination.reused += 1
            if idle > oldest:
                oldest = idle
            if idle > destination.oldest_idle:
                destination.oldest_idle = idle
            if connection.client is not None:
                _introduce(destination, connection)
        report.held, report.reused = held, reused
        report.oldest_idle = oldest if held else None

    def _sum(self, report: Report, counts: Counts | None, look: Look | None, unknown: list[Destination]) -> None:
        before = self._counts
        if counts is None or before is None:
            for destination in unknown:
                # By far the most come to be.
                destination.opened += 1
            return
        opened = failed = 0
        for destination in self._destinations.values():
            opened += destination.opened
            failed += destination.failed
        refused = max(0, counts.failed - before.failed)
        report.failed = max(failed, refused + self._given_up)
        pending = len(look.pending) if look is not None else 0
        attempts = counts.attempts - before.attempts - self._runtimes - (pending - self._pending)
        report.opened = max(opened, attempts - report.failed)
        for destination in unknown:
            if opened < report.opened:
                destination.opened += 1
                opened += 1
            elif failed < report.failed:
                destination.failed += 1
                failed += 1
        report.unattributed_opened = report.opened - opened
        report.unattributed_failed = report.failed - failed
        if counts.syn_retransmits is not None and before.syn_retransmits is not None:
            report.syn_retransmits = max(0, counts.syn_retransmits - before.syn_retransmits)

    def _of(self, peer: Peer) -> Destination:
        destination = self._destinations.get(peer)
        if destination is None:
            key = peer if len(self._destinations) < MOST_PEERS else None
            destination = self._destinations.setdefault(key, Destination(key))
        return destination


def _introduce(destination: Destination, by: Attempt | Connection) -> None:
    if by.client is not None:
        destination.clients.add(by.client)
    if by.name is not None:
        destination.name = by.name

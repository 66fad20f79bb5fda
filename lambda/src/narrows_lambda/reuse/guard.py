"""The thaw guard: what was idle for so long that the path may have forgotten it is ended before anything is written.

``shutdown`` and not ``close``: the descriptor stays its owner's, and every client's own test for dropped connections
then sees the end of the stream where it would see one that the peer had ended. It needs no adapter.
"""

from __future__ import annotations

import _socket
import os
import sys
import time

from narrows_lambda.lifecycle import LIFECYCLE, hook_runtime
from narrows_lambda.sockets import (
    CLOSE_WAIT,
    ESTABLISHED,
    LISTENING,
    TOLD,
    Borrowed,
    address,
    brief,
    descriptors,
    endpoint,
    socket_inode,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from narrows_lambda.lifecycle import Invocation, Lifecycle
    from narrows_lambda.reuse.policy import Policy

MOST_SOCKETS = 1_024
"""Looked at in one sweep: all that an environment can have. It comes after minutes of idleness, not in a hurry."""
_SWEEPS_PER_IDLE = 8
"""A function that is never idle may hold a connection that is: it is looked for this often in ``max_idle``, each 30 s
of 240. When it was last used is known as exactly, so what was idle for 240 s is found at 300 s at the latest."""


class Guard:
    """That of this process."""

    def __init__(
        self, max_idle: float, lifecycle: Lifecycle = LIFECYCLE, environ: Mapping[str, str] = os.environ
    ) -> None:
        """Sockets that are open now are this process's own.

        Args:
            max_idle: seconds; what was idle for as long is shut down.
            lifecycle: tells of invocations, and the time.
            environ: the environment variables that Lambda sets.
        """
        self.max_idle = max_idle
        self.ended = 0
        """Connections shut down so far."""
        self._lifecycle = lifecycle
        self._runtime = endpoint(environ.get("AWS_LAMBDA_RUNTIME_API", ""))
        self._freezes = not environ.get("AWS_LAMBDA_MAX_CONCURRENCY")
        self._snapshot = environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start"
        self._swept = lifecycle.clock.wall(), lifecycle.clock.monotonic()
        self._foreign: frozenset[int] = frozenset()
        self._moved: dict[int, tuple[object, float]] = {}
        self._process = os.getpid()

    def start(self, invocation: Invocation) -> None:
        """An invocation begins: sweep if it is time to."""
        wall, monotonic = invocation.began_wall, invocation.began_monotonic
        if self._snapshot:
            # Restored from a snapshot: whoever was at the other end has never heard of this machine.
            self._snapshot = False
            self.sweep(float("inf"))
            return
        since = max(wall - self._swept[0], monotonic - self._swept[1])
        if invocation.gap < self.max_idle and 0 <= since < self.max_idle / _SWEEPS_PER_IDLE:
            return
        # Where nothing freezes, threads may have used a connection in the gap, and the kernel's clock counts it right.
        self.sweep(invocation.gap if self._freezes else 0.0)

    def sweep(self, gap: float) -> int:
        """Shut down what is idle.

        Args:
            gap: seconds for which nobody in this process can have used a connection.

        Returns:
            How many were shut down.
        """
        if os.getpid() != self._process:
            # A fork that told nobody: what is open may be the parent's.
            self.forked()
        clock = self._lifecycle.clock
        wall = clock.wall()
        self._swept = wall, clock.monotonic()
        max_idle, before, foreign = self.max_idle, self._moved, self._foreign
        listening: set[int] = set()
        idle: list[tuple[int, int]] = []
        moved: dict[int, tuple[object, float]] = {}
        for descriptor in (descriptors() or ())[:MOST_SOCKETS]:
            inode = socket_inode(descriptor)
            if inode is None or inode in foreign:
                continue
            try:
                connection = Borrowed(descriptor)
                state, unused, segments = brief(connection.getsockopt(*TOLD))
                if state in (ESTABLISHED, CLOSE_WAIT):
                    # One that has not moved since an earlier sweep may have been idle through freezes that the kernel
                    # did not see: since when, by the wall clock.
                    known = before.get(inode)
                    if known is None or known[0] != segments:
                        known = segments, wall - unused
                    moved[inode] = known
                    if state == CLOSE_WAIT or gap >= max_idle or unused >= max_idle or wall - known[1] >= max_idle:
                        idle.append((descriptor, inode))
                elif state == LISTENING:
                    listening.add(address(connection.getsockname())[1])
            except OSError:
                # Not of TCP, or closed meanwhile by another thread or its peer.
                continue
        self._moved = moved
        ended = [pair for pair in idle if self._end(*pair, listening)]
        self.ended += len(ended)
        if ended and _GRPC in sys.modules:
            _wait_until_noticed(ended)
        return len(ended)

    def _end(self, descriptor: int, inode: int, listening: set[int]) -> bool:
        """Shut one down, if the descriptor is still that socket, and nothing that is to go on.

        Another thread may close it and open another under its number at any time. A duplicate stays what it is: so look
        again at that, and shut that down.
        """
        try:
            own = os.dup(descriptor)
        except OSError:
            return False
        try:
            if socket_inode(own) != inode:
                return False
            connection = Borrowed(own)
            if self._runtime is not None and address(connection.getpeername()) == self._runtime:
                return False
            # What was accepted has the port of who listens. Its other end is who may have gone idle, and decides.
            if listening and address(connection.getsockname())[1] in listening:
                return False
            connection.shutdown(_socket.SHUT_RDWR)
            return True
        except OSError:
            return False
        finally:
            os.close(own)

    def forked(self) -> None:
        """This process is a child: what is open is its parent's, and shutting it down would end it for both."""
        found = (socket_inode(descriptor) for descriptor in descriptors() or ())
        self._foreign = frozenset(inode for inode in found if inode is not None)
        self._moved = {}
        self._process = os.getpid()

    def restored(self) -> None:
        """This process was just restored from a snapshot, and its function's own hooks have still to run."""
        self._snapshot = False
        self.sweep(float("inf"))


_GRPC = "grpc._cython.cygrpc"
_NOTICED_WITHIN = 0.05
"""Seconds: gRPC needs less than one thousandth of a second for a connection, where it has a processor."""


def _wait_until_noticed(ended: list[tuple[int, int]]) -> None:
    """Let gRPC see the end of its connections: its own threads do, and a call that is quicker is lost with one.

    It closes what it saw the end of. What no thread of a library's waits for is not waited for here: it is in none of
    the kernel's lists of what is to be told (epoll).
    """
    waited_for = _told_of()
    left = [pair for pair in ended if pair[0] in waited_for]
    until = time.perf_counter() + _NOTICED_WITHIN
    while left and time.perf_counter() < until:
        time.sleep(0.000_5)
        left = [(descriptor, inode) for descriptor, inode in left if socket_inode(descriptor) == inode]


def _told_of() -> set[int]:
    """Descriptors of which some epoll tells."""
    found: set[int] = set()
    for descriptor in descriptors() or ():
        try:
            if os.readlink(f"/proc/self/fd/{descriptor}") != "anon_inode:[eventpoll]":  # noqa: PTH115 - pathlib is slow
                continue
            with open(f"/proc/self/fdinfo/{descriptor}", encoding="ascii") as told:  # noqa: PTH123
                found.update(int(line.split()[1]) for line in told if line.startswith("tfd:"))
        except (OSError, ValueError, IndexError):
            continue
    return found


_INSTALLED: Guard | None = None


def install(policy: Policy | None = None) -> Guard:
    """Switch the guard on, once in a process; a policy that is given later changes its ``max_idle``."""
    global _INSTALLED
    if _INSTALLED is None:
        from narrows_lambda.reuse.policy import Policy as Default

        _INSTALLED = Guard((policy or Default()).max_idle)
        LIFECYCLE.on_start(_INSTALLED.start)
        os.register_at_fork(after_in_child=_INSTALLED.forked)
        _hook_restore(_INSTALLED)
    elif policy is not None:
        _INSTALLED.max_idle = policy.max_idle
    hook_runtime()
    return _INSTALLED


def _hook_restore(guard: Guard) -> None:
    """Before a function's own hooks, where the runtime has them: what those open is not to be shut down."""
    hooks = sys.modules.get("snapshot_restore_py")
    try:
        if hooks is not None:
            hooks.register_after_restore(guard.restored)
    except Exception:
        pass

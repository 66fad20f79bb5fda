"""The thaw guard, on real sockets of this machine."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from narrows_lambda.lifecycle import Lifecycle
from narrows_lambda.reuse.guard import Guard
from tests.reuse.clocks import HandClock

IDLE = 240.0


class World:
    """A guard of this process, its clock, and a server; nothing else of the process is touched: it came before."""

    def __init__(self, **environ: str) -> None:
        self.clock = HandClock()
        self.lifecycle = Lifecycle(self.clock)
        self.stack = ExitStack()
        # In another process, so to speak: what it accepts is not this guard's.
        self.server = self.stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=64))
        self.environ = environ
        self.guard = self._made()

    def _made(self) -> Guard:
        guard = Guard(IDLE, self.lifecycle, self.environ)
        # What other tests of this process have open is theirs.
        guard.forked()
        guard._foreign -= {os.fstat(self.server.fileno()).st_ino}
        self.lifecycle.on_start(guard.start)
        return guard

    def connection(self) -> tuple[socket.socket, socket.socket]:
        """Ours, and the other end."""
        own = self.stack.enter_context(socket.create_connection(self.server.getsockname(), timeout=5))
        other = self.stack.enter_context(self.server.accept()[0])
        other.settimeout(5)
        return own, other

    def invoke(self, wall: float = 0.0, monotonic: float = 0.0) -> None:
        """Let so much time pass by each clock, and begin an invocation, and end it."""
        self.clock.move(wall, monotonic)
        self.lifecycle.end(self.lifecycle.start())


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    with made.stack:
        yield made


def ended(own: socket.socket) -> bool:
    """Whether it was shut down; it is still open as a descriptor."""
    own.setblocking(False)
    try:
        return own.recv(1, socket.MSG_PEEK) == b""
    except BlockingIOError:
        return False
    except ConnectionResetError:
        return True


@pytest.mark.parametrize(
    ("wall", "monotonic"), [(IDLE, IDLE), (IDLE, 0), (0, IDLE), (-7_200, IDLE), (IDLE + 1e6, 0.001)]
)
def test_what_was_idle_by_either_clock_is_shut_down(world: World, wall: float, monotonic: float) -> None:
    own, other = world.connection()
    world.invoke()
    world.invoke(wall, monotonic)
    assert ended(own)
    assert other.recv(1) == b""
    assert world.guard.ended == 1


@pytest.mark.parametrize(("wall", "monotonic"), [(1, 1), (IDLE - 1, 0), (-7_200, 1), (-7_200, -7_200)])
def test_what_was_used_lately_is_left_alone(world: World, wall: float, monotonic: float) -> None:
    own, _ = world.connection()
    world.invoke()
    world.invoke(wall, monotonic)
    assert not ended(own)


def test_a_short_gap_costs_no_scan(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.invoke()

    def scanned() -> list[int]:
        raise AssertionError("scanned")

    monkeypatch.setattr("narrows_lambda.reuse.guard.descriptors", scanned)
    for _ in range(20):
        world.invoke(1, 1)
    assert world.guard.start in world.lifecycle._starts


def test_one_that_lies_idle_while_others_are_used_is_found_before_the_path_forgets_it(world: World) -> None:
    """The kernel's clock sees nothing of it: many short freezes, 306 seconds of them."""
    busy, far = world.connection()
    idle, _ = world.connection()
    for _ in range(300 // 9 + 1):
        busy.sendall(b"x")
        assert far.recv(1) == b"x"
        world.invoke(wall=9)
    assert not ended(busy)
    assert ended(idle)


def test_the_peers_goodbye_is_answered(world: World) -> None:
    own, other = world.connection()
    other.close()
    world.invoke(IDLE, IDLE)
    with pytest.raises(BrokenPipeError):
        own.sendall(b"x")


def test_a_listening_socket_and_what_it_accepted_go_on(world: World) -> None:
    own, other = world.connection()
    world.guard.ended = 0
    world.invoke(IDLE, IDLE)
    assert world.guard.ended == 1
    # The accepted end was not shut down by us: it can still be written to, until it reads the end of the stream.
    assert other.recv(1) == b""
    other.sendall(b"x")
    again, _ = world.connection()
    assert not ended(again)
    assert ended(own)


def test_the_runtimes_own_connection_goes_on() -> None:
    made = World()
    with made.stack:
        own, _ = made.connection()
        host, port = made.server.getsockname()
        made.guard._runtime = Guard(IDLE, made.lifecycle, {"AWS_LAMBDA_RUNTIME_API": f"{host}:{port}"})._runtime
        made.invoke(IDLE, IDLE)
        assert not ended(own)


def test_a_descriptor_that_is_another_one_by_now_is_not_hit(world: World) -> None:
    """Between the look and the shutdown another thread closes it, and opens another under its number."""
    own, _ = world.connection()
    descriptor, inode = own.fileno(), os.fstat(own.fileno()).st_ino
    fresh, _ = world.connection()
    os.dup2(fresh.fileno(), descriptor)
    assert not world.guard._end(descriptor, inode, set())
    assert not ended(fresh)


def test_unix_sockets_pipes_and_datagrams_are_left_alone(world: World) -> None:
    left, right = socket.socketpair()
    with left, right, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        datagrams.connect(("127.0.0.1", 9))
        world.invoke(IDLE, IDLE)
        left.sendall(b"x")
        assert right.recv(1) == b"x"
        assert datagrams.getpeername() == ("127.0.0.1", 9)


def test_a_child_leaves_its_parents_connections_alone_and_ends_its_own(world: World) -> None:
    own, other = world.connection()
    child = os.fork()
    if child == 0:
        try:
            mine = socket.create_connection(world.server.getsockname(), timeout=5)
            world.guard.sweep(IDLE)
            # The child of a parent that told nobody cannot tell its own from its parent's at the first sweep.
            first = ended(mine), ended(own)
            later = socket.create_connection(world.server.getsockname(), timeout=5)
            world.guard.sweep(IDLE)
            os._exit(0 if (first, ended(later), ended(own)) == ((False, False), True, False) else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    other.sendall(b"x")
    assert own.recv(1) == b"x"


def test_after_a_restore_nothing_is_trusted_however_short_it_was() -> None:
    made = World(AWS_LAMBDA_INITIALIZATION_TYPE="snap-start")
    with made.stack:
        own, _ = made.connection()
        made.invoke()
        assert ended(own)
        again, _ = made.connection()
        made.invoke(1, 1)
        assert not ended(again)


def test_what_a_functions_own_hooks_open_after_a_restore_is_kept() -> None:
    made = World(AWS_LAMBDA_INITIALIZATION_TYPE="snap-start")
    with made.stack:
        before, _ = made.connection()
        made.guard.restored()
        after, _ = made.connection()
        made.invoke()
        assert ended(before)
        assert not ended(after)


def test_where_nothing_freezes_a_connection_that_a_thread_uses_is_kept() -> None:
    made = World(AWS_LAMBDA_MAX_CONCURRENCY="8")
    with made.stack:
        own, _ = made.connection()
        made.invoke()
        made.invoke(0, IDLE)
        assert not ended(own)


def test_descriptors_that_cannot_be_listed_harm_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("narrows_lambda.reuse.guard.descriptors", lambda: None)
    own, _ = world.connection()
    world.invoke(IDLE, IDLE)
    assert not ended(own)

"""The short way from one scan to the next tells what the long one would, or that it cannot tell."""

from __future__ import annotations

import os
import resource
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import narrows_lambda
from narrows_lambda.sensor.connections import Connections, Look
from narrows_lambda.sensor.counters import KeptFile
from narrows_lambda.sockets import Borrowed, count_descriptors, descriptors, socket_inode

SNMP = "/proc/self/net/snmp"
PYTHONS = sorted((Path.home() / ".pyenv" / "versions").glob("3.1*/bin/python"))


class World:
    """Some connections of this process, and who follows them; what else it has open is left out."""

    def __init__(self, stack: ExitStack) -> None:
        self.stack = stack
        self.server = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=64))
        self.connections = Connections(None)
        self.connections.leave_out()
        self.held: list[socket.socket] = []
        """Ours; what became of one that was closed is no longer in it."""
        self.others: list[socket.socket] = []
        """Their other ends, which are not followed."""
        for _ in range(3):
            self.connect()
        self.scan()

    def connect(self) -> None:
        own = self.stack.enter_context(socket.create_connection(self.server.getsockname(), timeout=5))
        other = self.stack.enter_context(self.server.accept()[0])
        self.connections._others.add(os.fstat(other.fileno()).st_ino)
        self.held.append(own)
        self.others.append(other)

    def scan(self) -> Look:
        look = self.connections.scan(time.time(), time.monotonic(), 1e6)
        assert look is not None
        return look

    def rescan(self) -> Look | None:
        return self.connections.rescan(time.time(), time.monotonic(), 1e6)

    def told(self) -> list[tuple[int, bool, bool]]:
        return sorted((one.inode, one.established, one.used) for one in self.connections.known.values())


@pytest.fixture
def world() -> Iterator[World]:
    with ExitStack() as stack:
        yield World(stack)


def test_where_nothing_changed_the_short_way_is_gone(world: World) -> None:
    before = world.told()
    look = world.rescan()
    assert look is not None
    assert (look.opened, look.dead, look.pending) == ([], {}, set())
    assert [(inode, established) for inode, established, _ in before] == [(one[0], one[1]) for one in world.told()]
    assert not any(used for _, _, used in world.told())


def test_data_and_the_peers_goodbye_are_seen_on_the_short_way(world: World) -> None:
    world.rescan()
    world.others[0].sendall(b"x")
    world.others[1].shutdown(socket.SHUT_RDWR)
    assert world.rescan() is not None
    inodes = [os.fstat(one.fileno()).st_ino for one in world.held]
    assert world.told() == sorted(zip(inodes, (True, False, True), (True, False, False), strict=True))


def test_a_number_that_is_another_connection_by_now_is_not_taken_for_the_old_one(world: World) -> None:
    """With as many descriptors as before, and none of them new to the process."""
    one, another, _ = world.held
    spare = os.open(os.devnull, os.O_RDONLY)
    world.scan()
    number, gone = one.fileno(), os.fstat(one.fileno()).st_ino
    os.close(spare)
    again = os.dup(another.fileno())
    os.dup2(again, number)
    assert count_descriptors(0) == world.connections._last.descriptors  # type: ignore[union-attr]
    assert world.rescan() is None
    world.scan()
    os.close(again)
    assert gone not in world.connections.known
    assert len(world.connections.known) == 2


def test_a_connection_that_goes_on_under_another_number_is_followed(world: World) -> None:
    one = world.held[0]
    inode, number = os.fstat(one.fileno()).st_ino, os.dup(one.fileno())
    os.close(one.detach())
    assert world.rescan() is None
    world.scan()
    assert world.connections.known[inode].descriptor == number
    world.others[0].sendall(b"x")
    assert world.rescan() is not None
    assert (inode, True, True) in world.told()
    os.close(number)


def test_a_closed_connection_is_not_told_of_on_the_short_way(world: World) -> None:
    os.close(world.held[0].detach())
    with Path(os.devnull).open():
        assert world.rescan() is None


def test_an_inode_stands_in_where_the_kernel_gives_no_cookie(world: World) -> None:
    for connection in world.connections.known.values():
        connection._cookie = None
    assert world.rescan() is not None
    first, second, _ = world.held
    os.dup2(second.fileno(), first.fileno())
    assert world.rescan() is None


def test_a_child_has_none_of_its_parents_connections(world: World) -> None:
    child = os.fork()
    if child == 0:
        world.connections.leave_out()
        short = world.rescan()
        world.scan()
        os._exit(0 if short is None and not world.connections.known else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert world.rescan() is not None


ACTS = ("send", "answer", "peer closes", "close", "move", "swap", "open a file", "close a file", "nothing")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 7)), max_size=4), max_size=6))
def test_the_short_way_says_what_the_long_one_says_or_nothing(rounds: list[list[tuple[str, int]]]) -> None:
    """Whatever a function does but connect and accept, of which the kernel would tell."""
    with ExitStack() as stack:
        world = World(stack)
        twin = Connections(None)
        twin._others = set(world.connections._others)
        twin.scan(time.time(), time.monotonic(), 1e6)
        files: list[int] = []
        for acts in rounds:
            for act, which in acts:
                _act(world, files, act, which)
            now = time.time(), time.monotonic(), 1e6
            assert twin.scan(*now) is not None
            if world.connections.rescan(*now) is None:
                world.scan()
            assert world.told() == sorted((one.inode, one.established, one.used) for one in twin.known.values())
        for file in files:
            os.close(file)


def _act(world: World, files: list[int], act: str, which: int) -> None:
    ours = world.held[which % len(world.held)] if world.held else None
    other = world.others[which % len(world.others)]
    try:
        if act == "send" and ours is not None:
            ours.sendall(b"x")
        elif act == "answer" and other.fileno() >= 0:
            other.sendall(b"x")
        elif act == "peer closes":
            other.close()
        elif act == "close" and ours is not None:
            world.held.remove(ours)
            ours.close()
        elif act == "move" and ours is not None:
            world.held.remove(ours)
            world.held.append(world.stack.enter_context(ours.dup()))
            ours.close()
        elif act == "swap" and ours is not None:
            os.dup2(ours.fileno(), world.held[0].fileno())
    except OSError:
        # The peer is gone.
        pass
    if act == "open a file":
        files.append(os.open(os.devnull, os.O_RDONLY))
    elif act == "close a file" and files:
        os.close(files.pop())


def test_descriptors_are_counted_as_they_are_listed() -> None:
    listed = len(descriptors() or ()) - 1
    assert count_descriptors(0) == listed
    assert count_descriptors(listed) == listed
    with Path(os.devnull).open():
        assert count_descriptors(listed) == listed + 1


def test_a_size_that_is_no_number_of_descriptors_is_not_taken_for_one(tmp_path: Path) -> None:
    """Before Linux 6.2 the folder has none; one of a disk has one of its own."""
    for name in "abc":
        (tmp_path / name).touch()
    assert count_descriptors(2, str(tmp_path)) == 2
    assert count_descriptors(0, str(tmp_path)) == 2
    assert count_descriptors(2, str(tmp_path / "nothing")) is None


@pytest.mark.parametrize("python", PYTHONS, ids=lambda python: python.parts[-3])
def test_a_borrowed_descriptor_is_never_closed(python: Path) -> None:
    program = """
import _socket, gc, os
from narrows_lambda.sockets import Borrowed
own = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM, 0)
number = own.fileno()
Borrowed(number)
cycle = [Borrowed(number)]
cycle.append(cycle)
del cycle
gc.collect()
os.fstat(number)
# Those that live until the interpreter ends.
lives = [Borrowed(number), Borrowed(os.dup(number))]
lives.append(lives)
own.detach()
print("as it was")
"""
    done = subprocess.run(
        [python, "-X", "dev", "-W", "error", "-c", program], capture_output=True, text=True, check=True, timeout=60,
        env={"PYTHONPATH": str(Path(narrows_lambda.__file__).parents[1]), "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("as it was\n", "")


@pytest.fixture
def kept() -> Iterator[KeptFile]:
    file = KeptFile(SNMP)
    assert file.read().startswith(b"Ip: ")
    yield file
    os.close(file._descriptor)


def test_a_kept_file_is_opened_once_and_read_anew_each_time(kept: KeptFile) -> None:
    number = kept._descriptor
    before = _attempts(kept.read())
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        assert _attempts(kept.read()) > before
    assert kept._descriptor == number
    assert not os.get_inheritable(number)


@pytest.mark.parametrize("other", ["eventfd", "pipe", "file", "socket"])
def test_what_has_the_number_of_a_kept_file_by_now_is_neither_read_nor_closed(kept: KeptFile, other: str) -> None:
    number = kept._descriptor
    with ExitStack() as stack:
        if other == "socket":
            left, right = (stack.enter_context(one) for one in socket.socketpair())
            right.sendall(b"kept")
            os.dup2(left.fileno(), number)
        else:
            source = _another(other)
            os.dup2(source, number)
            os.close(source)
        assert kept.read().startswith(b"Ip: ")
        assert kept._descriptor != number
        assert os.read(number, 8)
        os.close(number)


def test_a_kept_file_that_was_closed_is_opened_anew(kept: KeptFile) -> None:
    os.close(kept._descriptor)
    assert kept.read().startswith(b"Ip: ")


def test_where_no_descriptor_is_left_a_kept_file_is_absent_and_comes_back(kept: KeptFile) -> None:
    number, limits = kept._descriptor, resource.getrlimit(resource.RLIMIT_NOFILE)
    with Path(os.devnull).open() as file:
        free = file.fileno()
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (free, limits[1]))
        with pytest.raises(OSError, match="Too many open files"):
            kept.read()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert kept.read().startswith(b"Ip: ")
    assert kept._descriptor == number


def test_a_child_that_reads_what_its_parent_kept_moves_nothing_of_it(kept: KeptFile) -> None:
    child = os.fork()
    if child == 0:
        os.read(kept._descriptor, 100)
        os._exit(0 if kept.read().startswith(b"Ip: ") else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert kept.read().startswith(b"Ip: ")


def _another(kind: str) -> int:
    """A descriptor that has something to be read."""
    if kind == "eventfd":
        return os.eventfd(7)
    if kind == "file":
        return os.open(__file__, os.O_RDONLY)
    reading, writing = os.pipe()
    os.write(writing, b"kept")
    os.close(writing)
    return reading


def _attempts(text: bytes) -> int:
    names, numbers = (line.split() for line in text.splitlines() if line.startswith(b"Tcp: "))
    return int(dict(zip(names, numbers, strict=True))[b"ActiveOpens"])


def test_a_borrowed_descriptor_is_of_a_socket() -> None:
    with Path(os.devnull).open() as file, pytest.raises(OSError, match="non-socket"):
        Borrowed(file.fileno())
    with socket.socket() as own:
        assert Borrowed(own.fileno()).fileno() == own.fileno()
        assert socket_inode(own.fileno()) == os.fstat(own.fileno()).st_ino

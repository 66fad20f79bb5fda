"""Whatever befalls a function, it behaves with the sensor as it does without it: the real runtime, with and without."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from narrows.lab.runtimes.api import Answer
from tests.runtimes import Runtime, RuntimeApi, runtime

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Behaviour:
    """What anybody could see of a function."""

    answers: tuple[Answer, ...]
    ended: int | None
    """Its exit code; None where it still ran."""
    said: tuple[str, ...]


class Tried:
    """A function, with and without us."""

    def __init__(self, folder: Path, wrapper: Path) -> None:
        self._folder, self._wrapper = folder, wrapper
        self.lines: list[dict[str, object]] = []

    def both(
        self,
        source: str,
        *,
        handler: str = "app.handler",
        invocations: int = 2,
        environ: Mapping[str, str] | None = None,
        before: tuple[str, ...] = (),
    ) -> tuple[Behaviour, Behaviour]:
        """How it behaves without us, and with us."""
        (self._folder / "app.py").write_text(textwrap.dedent(source), encoding="utf-8")
        found = []
        for wrapper in (None, self._wrapper):
            started = {"handler": handler, "wrapper": wrapper, "environ": environ, "before": before}
            with RuntimeApi() as api, runtime(api, self._folder, **started) as one:  # type: ignore[arg-type]
                found.append(_behaviour(one, invocations))
                self.lines = one.lines()
            assert wrapper is not None or not self.lines
        return found[0], found[1]


def _behaviour(one: Runtime, invocations: int) -> Behaviour:
    answers = [] if one.running else [one.api.init_error or Answer("exit")]
    while one.running and len(answers) < invocations:
        answers.append(one.invoke({"n": len(answers)}))
    ended = None if one.running else one.process.wait(60)
    said = tuple(_OF_A_RUN.sub("ITS", line) for line in one.other_lines() if line)
    plain = tuple(replace(answer, body=_without_request(answer.body)) for answer in answers)
    return Behaviour(plain, ended, said)


_OF_A_RUN = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z|0x[0-9a-f]+")
"""Times and places in memory."""


def _without_request(body: bytes) -> bytes:
    try:
        read = json.loads(body)
    except ValueError:
        return body
    if isinstance(read, dict):
        read.pop("requestId", None)
    return json.dumps(read).encode()


@pytest.fixture
def tried(tmp_path: Path, wrapper: Path) -> Tried:
    return Tried(tmp_path, wrapper)


ANSWERS = {
    "a class": "class handler:\n    def __init__(self, event, context):\n        pass\n",
    "a callable object": (
        "class Callable:\n    __slots__ = ()\n    def __call__(self, event, context):\n        return event\n"
        "handler = Callable()\n"
    ),
    "asynchronous": "async def handler(event, context):\n    return event\n",
    "of too few parameters": "def handler():\n    return 1\n",
    "of keywords": "def handler(event, context, *, more=2):\n    return more\n",
    "one that raises": (
        "def deeper(event):\n    raise KeyError(event['n'])\ndef handler(event, context):\n    deeper(event)\n"
    ),
    "one whose answer is no JSON": "def handler(event, context):\n    return {1, 2}\n",
    "one that raises in a chain": (
        "def handler(event, context):\n    try:\n        1 / 0\n    except ZeroDivisionError as error:\n"
        "        raise RuntimeError('again') from error\n"
    ),
    "one that exits": "import sys\ndef handler(event, context):\n    sys.exit(3)\n",
    "one that leaves at once": "import os\ndef handler(event, context):\n    os._exit(4)\n",
    "one that is interrupted": "def handler(event, context):\n    raise KeyboardInterrupt\n",
    "one that raises at import": "raise ValueError('no configuration')\n",
    "one that exits at import": "raise SystemExit(5)\n",
    "one that is not there": "def another(event, context):\n    pass\n",
    "one whose module imports what is not there": "import nowhere\n",
    "one with a syntax error": "def handler(event, context:\n    pass\n",
    "one that sees its surroundings": (
        "import os, sys\ndef handler(event, context):\n"
        "    return [sys.path, os.environ.get('PYTHONPATH'), sys.argv, len(sys.meta_path), os.getcwd()]\n"
    ),
    "one that says what standard modules are": (
        "import socket, sys\ndef handler(event, context):\n    return [sys.stdout.fileno(), sorted(sys.flags)]\n"
    ),
}


@pytest.mark.parametrize("kind", ANSWERS)
def test_a_handler_of_any_kind_behaves_as_without_us(tried: Tried, kind: str) -> None:
    without, with_us = tried.both(ANSWERS[kind])
    assert with_us == without


def test_a_handler_whose_module_is_missing_behaves_as_without_us(tried: Tried) -> None:
    without, with_us = tried.both("", handler="nothing.handler")
    assert with_us == without
    assert without.answers[0].kind == "init-error"


@pytest.mark.parametrize("handled", [False, True])
def test_sigterm_in_mid_invocation_ends_it_as_without_us(tried: Tried, handled: bool) -> None:
    source = """
        import os, signal, sys
        def ended(number, frame):
            print("ended by", number)
            sys.exit(9)
        HANDLED
        def handler(event, context):
            if event["n"] == 1:
                os.kill(os.getpid(), signal.SIGTERM)
                os.read(os.pipe()[0], 1)
            return event
        """.replace("HANDLED", "signal.signal(signal.SIGTERM, ended)" if handled else "")
    without, with_us = tried.both(source)
    assert with_us == without
    assert without.ended == (9 if handled else -signal.SIGTERM)


@pytest.mark.lab
def test_where_proc_cannot_be_read_the_figures_are_absent(tried: Tried) -> None:
    hide = ("unshare", "--mount", "--map-root-user", "sh", "-c", 'mount -t tmpfs none /proc && exec "$@"', "sh")
    possible = subprocess.run([*hide, "true"], capture_output=True, check=False)
    if possible.returncode:
        pytest.skip(f"no mount namespace here: {possible.stderr.decode().strip()}")
    without, with_us = tried.both(
        """
        import os, socket
        listening = socket.create_server(("127.0.0.1", 0))
        held = socket.create_connection(listening.getsockname())
        def handler(event, context):
            return os.listdir("/proc")
        """,
        before=hide,
    )
    assert with_us == without
    assert without.answers[0].body == b"[]"
    for line in tried.lines:
        assert not {"ConnectionsOpened", "ConnectionsHeld", "DescriptorsUsed", "SynRetransmits"} & line.keys()
        assert "_aws" not in line  # No metric is left to declare.
    assert len(tried.lines) == 2


@pytest.mark.parametrize(
    "closing",
    [
        "sys.stdout.close()",
        "os.close(1)",
        # A connection gets the number of standard output: nothing may be written to it.
        "os.close(1); a, b = socket.socketpair(); assert a.fileno() == 1; kept.extend((a, b)); b.setblocking(False)",
        "os.close(1); a = socket.create_connection(listening.getsockname()); assert a.fileno() == 1; kept.append(a)",
        "sys.stdout = None",
    ],
)
@pytest.mark.parametrize("when", ["module", "handler"])
def test_a_closed_standard_output_is_left_alone(tried: Tried, closing: str, when: str) -> None:
    source = f"""
        import os, socket, sys
        kept = []
        listening = socket.create_server(("127.0.0.1", 0))
        {closing if when == "module" else ""}
        def got(one):
            try:
                return len(one.recv(65536))
            except BlockingIOError:
                return 0
        def handler(event, context):
            if not kept and {when == "handler"}:
                {closing}
            return [got(one) for one in kept[1:]]
        """
    without, with_us = tried.both(source, invocations=3)
    assert with_us == without
    assert with_us.answers[0].kind == "response"


def test_with_every_descriptor_used_the_function_goes_on_as_without_us(tried: Tried) -> None:
    source = """
        import os, resource, socket
        resource.setrlimit(resource.RLIMIT_NOFILE, (1024, 1024))
        listening = socket.create_server(("127.0.0.1", 0), backlog=1024)
        held = []
        def handler(event, context):
            try:
                while True:
                    held.append(socket.create_connection(listening.getsockname()))
            except OSError as error:
                return [error.errno, len(held)]
        """
    without, with_us = tried.both(source, invocations=3)
    for had, has in zip(without.answers, with_us.answers, strict=True):
        # All but the one that is kept.
        (error, most), (our_error, held) = json.loads(had.body), json.loads(has.body)
        assert (our_error, held) == (error, most - 1)
    assert (with_us.ended, with_us.said) == (without.ended, without.said)
    # Nothing is left to list the descriptors with: what is held is not known, and not said to be 0.
    assert all(line.get("ConnectionsHeld") != 0 for line in tried.lines)


@pytest.mark.parametrize(
    "taking",
    [
        "os.dup2(made := os.eventfd(7), theirs); os.close(made)",
        "a, b = os.pipe(); os.write(b, b'seven'); os.dup2(a, theirs)",
        "a, b = socket.socketpair(); b.send(b'seven'); os.dup2(a.fileno(), theirs); kept.extend((a, b))",
        "os.dup2(made := os.open('/proc/self/net/netstat', os.O_RDONLY), theirs); os.close(made)",
        "os.close(theirs)",
    ],
)
def test_the_descriptor_that_is_kept_may_become_the_functions_own(tried: Tried, taking: str) -> None:
    """What has its number then is neither read nor closed, and the kernel is counted on as before."""
    source = f"""
        import os, socket
        kept = []
        listening = socket.create_server(("127.0.0.1", 0))
        def ours():
            links = {{}}
            for name in os.listdir("/proc/self/fd"):
                try:
                    links[os.readlink("/proc/self/fd/" + name)] = int(name)
                except OSError:
                    pass
            return next((number for link, number in links.items() if link.endswith("net/snmp")), None)
        theirs = None
        def handler(event, context):
            global theirs
            if event["n"] == 1:
                # Without us there is none: a number that is free.
                theirs = ours() or 40
                {taking.replace("os.close(theirs)", "ours() and os.close(theirs)")}
            if event["n"] == 3 and {not taking.startswith("os.close")}:
                return os.read(theirs, 64)[:5].decode("latin-1")
            if event["n"] == 2:
                kept.append(socket.create_connection(listening.getsockname()))
            return event["n"]
        """
    without, with_us = tried.both(source, invocations=4)
    assert with_us == without
    assert all(answer.kind == "response" for answer in with_us.answers)
    assert [line["ConnectionsHeld"] for line in tried.lines] == [0, 0, 1, 1]
    assert int(str(tried.lines[2]["ConnectionsOpened"])) >= 1


def test_of_descriptors_one_is_ours(tried: Tried) -> None:
    without, with_us = tried.both(
        "import os\ndef handler(event, context):\n    return len(os.listdir('/proc/self/fd'))\n", invocations=3
    )
    had, has = ([int(answer.body) for answer in one.answers] for one in (without, with_us))
    assert has == [count + 1 for count in had]


@pytest.mark.parametrize("leaving", ["os._exit(0)", "sys.exit(0)"])
def test_a_fork_in_a_handler_counts_what_the_parent_holds_once(tried: Tried, leaving: str) -> None:
    source = f"""
        import os, socket, sys
        listening = socket.create_server(("127.0.0.1", 0))
        held = socket.create_connection(listening.getsockname())
        def handler(event, context):
            child = os.fork()
            if child == 0:
                socket.create_connection(listening.getsockname())
                {leaving}
            return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        """
    without, with_us = tried.both(source)
    assert with_us == without
    assert [line["ConnectionsHeld"] for line in tried.lines] == [1, 1]
    # The kernel counts for both: that of the child is nobody's whom we know.
    # And of whatever else runs in this network namespace.
    assert all(line["narrows"]["unattributed"]["opened"] >= 1 for line in tried.lines)  # type: ignore[index]


def test_a_clock_that_jumps_back_makes_nothing_negative(tried: Tried) -> None:
    source = """
        import socket, time
        listening = socket.create_server(("127.0.0.1", 0))
        held = socket.create_connection(listening.getsockname())
        wall, monotonic = time.time, time.monotonic
        def handler(event, context):
            held.sendall(b"x")
            time.time = lambda: wall() - 86_400 * event["n"]
            time.monotonic = lambda: monotonic() - 3_600 * event["n"]
            return event
        """
    without, with_us = tried.both(source, invocations=4)
    assert with_us == without
    assert len(tried.lines) == 4
    for line in tried.lines:
        assert 0 <= float(str(line["OldestIdle"])) < 60
        assert line["ConnectionsReused"] == 1

"""Every line that a real library printed is read right, or left open; none is read wrong."""

from __future__ import annotations

import socket
import struct
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from narrows.case import CallerOutcome, Told
from tests.words import faults
from tests.words.printed import Printed, read
from tests.words.shares import Reading, callers_of, reading_of, table

DOCS = Path(__file__).parents[2] / "docs" / "words.md"
ROWS = read()
TIMED_OUT, REFUSED, RESET = CallerOutcome.TIMED_OUT, CallerOutcome.REFUSED, CallerOutcome.RESET
ANSWER, TLS = CallerOutcome.ANSWER_TIMED_OUT, CallerOutcome.TLS_TIMED_OUT


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("case")
    (found / "case.yaml").write_text("schema: 1\n", encoding="utf-8")
    return found


@pytest.mark.parametrize("runtime", sorted({one.runtime for one in ROWS}))
def test_no_line_of_a_library_is_read_wrong(folder: Path, runtime: str) -> None:
    wrong = [one for one in ROWS if one.runtime == runtime and reading_of(one, folder) is Reading.WRONG]
    assert wrong == []


def test_what_is_left_open_is_an_error_all_the_same_or_says_that_something_was_late(folder: Path) -> None:
    unknown = [one for one in ROWS if reading_of(one, folder) is Reading.OPEN and not _is_shown(one, folder)]
    # Without a level, they are no errors by their looks.
    assert {(one.library, one.text) for one in unknown} <= {
        ("net", "EOF"),
        ("lib/pq", "EOF"),
        ("kafka-go", "EOF"),
        ("tokio-postgres", "connection closed"),
    }


def _is_shown(one: Printed, folder: Path) -> bool:
    found = callers_of(one.text, folder)
    return bool(found.counts or found.unknown_errors)


def test_every_fault_was_printed_by_several_libraries() -> None:
    for fault in faults.FAULTS:
        assert len({one.family for one in ROWS if fault in one.faults}) >= 8, fault


def test_the_page_says_the_shares() -> None:
    assert table() in DOCS.read_text(encoding="utf-8"), "write what `python -m tests.words.shares` prints into it"


# What the libraries of this environment print now, whatever their version.


@contextmanager
def _server(on_accept: Callable[[socket.socket], None] | None) -> Iterator[int]:
    """A port that accepts and does this; or, with None, one whose queue is full, so that SYNs are dropped."""
    with socket.create_server(("127.0.0.1", 0), backlog=0 if on_accept is None else 8) as listening:
        kept: list[socket.socket] = []
        if on_accept is None:
            for _ in range(3):
                one = socket.socket()
                one.setblocking(False)
                one.connect_ex(listening.getsockname())
                kept.append(one)
        else:

            def serve() -> None:
                try:
                    while True:
                        one, _ = listening.accept()
                        kept.append(one)
                        on_accept(one)
                except OSError:
                    return

            threading.Thread(target=serve, daemon=True).start()
        yield int(listening.getsockname()[1])
        listening.shutdown(socket.SHUT_RDWR)
        for one in kept:
            one.close()


def _reset_later(one: socket.socket) -> None:
    one.recv(100)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    one.close()


def _socket(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=0.5) as one:
        one.sendall(b"GET / HTTP/1.0\r\n\r\n")
        one.recv(100)


def _urllib3(scheme: str) -> Callable[[int], None]:
    def run(port: int) -> None:
        import urllib3

        urllib3.PoolManager(timeout=0.5, retries=False).request("GET", f"{scheme}://127.0.0.1:{port}/")

    return run


def _http_client_tls(port: int) -> None:
    import http.client

    http.client.HTTPSConnection("127.0.0.1", port, timeout=0.5).request("GET", "/")


def _botocore(port: int) -> None:
    import botocore.session
    from botocore.config import Config

    limits = Config(connect_timeout=0.5, read_timeout=0.5, retries={"max_attempts": 0}, proxies={})
    session = botocore.session.Session()
    session.set_credentials("AKIDEXAMPLE", "example")
    client = session.create_client("dynamodb", "us-east-1", endpoint_url=f"http://127.0.0.1:{port}", config=limits)
    client.list_tables()


def _closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        return int(one.getsockname()[1])


LIVE: list[tuple[Callable[[int], None], str, CallerOutcome]] = [
    (_socket, "black-hole", TIMED_OUT),
    (_socket, "refused", REFUSED),
    (_socket, "reset-later", RESET),
    (_socket, "silent", ANSWER),
    (_urllib3("http"), "black-hole", TIMED_OUT),
    (_urllib3("http"), "refused", REFUSED),
    (_urllib3("http"), "reset-later", RESET),
    (_urllib3("http"), "silent", ANSWER),
    (_http_client_tls, "silent", TLS),
    (_botocore, "black-hole", TIMED_OUT),
    (_botocore, "reset-later", RESET),
    (_botocore, "silent", ANSWER),
]


@pytest.mark.parametrize(("run", "fault", "outcome"), LIVE)
def test_what_the_libraries_here_print_is_read_right(
    run: Callable[[int], None], fault: str, outcome: CallerOutcome, folder: Path
) -> None:
    behaviours = {"black-hole": None, "reset-later": _reset_later, "silent": lambda one: None}
    if fault == "refused":
        text = _printed(run, _closed_port())
    else:
        with _server(behaviours[fault]) as port:
            text = _printed(run, port)
    counts = callers_of(text, folder).counts
    assert [(one.outcome, one.count, one.told) for one in counts] == [(outcome, 1, Told.ERROR)], text
    assert counts[0].elsewhere is None or counts[0].elsewhere.startswith("127.0.0.1")


def _printed(run: Callable[[int], None], port: int) -> str:
    """As the runtime for Python prints an exception that leaves the handler: its head, then its traceback."""
    with pytest.raises(Exception) as caught:  # noqa: PT011
        run(port)
    frames = "".join(traceback.format_tb(caught.value.__traceback__))
    return f"[ERROR] {caught.type.__name__}: {caught.value}\nTraceback (most recent call last):\n{frames}"

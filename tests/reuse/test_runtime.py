"""The guard in the real runtime, frozen and thawed, by one line in the handler's module and by the layer."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.runtimes import RuntimeApi, runtime

pytestmark = pytest.mark.slow

_HELD = """
import socket
held = socket.create_connection(("127.0.0.1", {port}), timeout=5)
held.setblocking(False)
def handler(event, context):
    try:
        return held.recv(1, socket.MSG_PEEK) == b""
    except BlockingIOError:
        return False
"""
_ONE_LINE = "from narrows_lambda import reuse; reuse.install(reuse.Policy(max_idle=1.0))\n"
_BY_AUTO = "import narrows_lambda.auto; from narrows_lambda.reuse import guard; guard._INSTALLED.max_idle = 1.0\n"


@pytest.fixture
def port() -> Iterator[int]:
    """Of a server that keeps what it accepts."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        kept: list[socket.socket] = []

        def accept() -> None:
            try:
                while True:
                    kept.append(server.accept()[0])
            except OSError:
                return

        thread = threading.Thread(target=accept)
        thread.start()
        yield int(server.getsockname()[1])
        server.shutdown(socket.SHUT_RDWR)
        thread.join()
        for one in kept:
            one.close()


@pytest.mark.parametrize("line", [_ONE_LINE, _BY_AUTO])
def test_a_connection_that_was_idle_through_a_freeze_is_ended_and_the_runtime_goes_on(
    line: str, port: int, tmp_path: Path
) -> None:
    (tmp_path / "app.py").write_text(line + _HELD.format(port=port), encoding="utf-8")
    with RuntimeApi() as api, runtime(api, tmp_path, wrapper=None) as one:
        ended = [json.loads(one.invoke().body) for _ in range(3)]
        with one.frozen():
            time.sleep(1.2)
        ended += [json.loads(one.invoke().body) for _ in range(2)]
        assert ended == [False, False, False, True, True], one.log()

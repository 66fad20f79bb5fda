"""A function whose connects fail, each in its way, in a network namespace of its own; prints the sensor's lines."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from tests.runtimes import RuntimeApi, runtime
from tests.sensor.conftest import unpacked

FUNCTION = """
import asyncio, errno, os, socket, subprocess, uvloop
listening = socket.create_server(("127.0.0.1", 7000))
pending = []
def refused():
    # Not bound to by anybody.
    try:
        socket.create_connection(("127.0.0.1", 9))
    except ConnectionRefusedError:
        pass
def given_up():
    # The SYN is dropped, and nothing comes back.
    try:
        socket.create_connection(("198.51.100.7", 443), timeout=1.2)
    except TimeoutError:
        pass
def going_on():
    one = socket.socket()
    one.setblocking(False)
    one.connect_ex(("198.51.100.8", 443))
    pending.append(one)
def abandoned():
    pending.pop().close()
def past_python():
    async def connect():
        await asyncio.wait_for(asyncio.open_connection("127.0.0.1", 9), 1)
    loop = uvloop.new_event_loop()
    try:
        loop.run_until_complete(connect())
    except ConnectionRefusedError:
        pass
    loop.close()
def a_child():
    subprocess.run(["python3", "-c", "import socket; socket.create_connection(('127.0.0.1', 7000))"], check=True)
    listening.accept()[0].close()
def reset():
    one = socket.create_connection(("127.0.0.1", 7000))
    other = listening.accept()[0]
    other.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\\1\\0\\0\\0\\0\\0\\0\\0")
    other.close()
    try:
        one.recv(1)
    except ConnectionResetError:
        pass
    one.close()
def accepted():
    global client, server
    client = socket.create_connection(("127.0.0.1", 7000))
    server = listening.accept()[0]
def handler(event, context):
    globals()[event]()
"""
ORDER = ("refused", "given_up", "going_on", "abandoned", "past_python", "a_child", "reset", "accepted")


def main() -> None:
    """Play each."""
    with tempfile.TemporaryDirectory() as at, RuntimeApi() as api:
        wrapper = unpacked(Path(at))
        folder = Path(at) / "function"
        folder.mkdir()
        (folder / "app.py").write_text(FUNCTION, encoding="utf-8")
        with runtime(api, folder, wrapper=wrapper) as one:
            for kind in ORDER:
                answer = one.invoke(kind)
                if answer.kind != "response":
                    raise SystemExit(answer.body.decode())
            print(json.dumps(one.lines()))


if __name__ == "__main__":
    main()

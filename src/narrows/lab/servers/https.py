"""An HTTPS server with a certificate of its own, which keeps connections until the client closes them.

    python -m narrows.lab.servers.https --port 443 --host cache.example.com

It writes its certificate, which is the authority too, to ``ca.pem`` in the folder that it stands in, and answers every
request with how many it has had. What it counted is said on stderr at the end.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import ssl
import subprocess
import sys
from contextlib import suppress

from narrows.lab.machine import raise_descriptors

CERTIFICATE = "ca.pem"
_KEY = "key.pem"
_LARGEST = 1 << 20
_SAID = "https server"


class _Server:
    def __init__(self) -> None:
        self.connections = self.peak = self.accepted = self.requests = 0
        self._talking: set[asyncio.StreamWriter] = set()

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        self.accepted += 1
        self._talking.add(writer)
        self.connections = len(self._talking)
        self.peak = max(self.peak, self.connections)
        with suppress(OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                await self._body(head, reader)
                self.requests += 1
                body = json.dumps({"requests": self.requests}).encode()
                headers = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
                writer.write(headers.encode() + (b"" if head.startswith(b"HEAD ") else body))
                await writer.drain()
        self._talking.discard(writer)
        self.connections = len(self._talking)
        writer.close()

    async def _body(self, head: bytes, reader: asyncio.StreamReader) -> None:
        for line in head.decode("latin-1").split("\r\n")[1:]:
            name, _, value = line.partition(":")
            if name.strip().lower() == "content-length" and 0 < int(value) <= _LARGEST:
                await reader.readexactly(int(value))

    def printed(self) -> str:
        """What was counted, as a line of JSON."""
        names = ("connections", "peak", "accepted", "requests")
        return json.dumps({name: getattr(self, name) for name in names})


def _make_certificate(host: str) -> None:
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-days", "30", "-subj", f"/CN={host}", "-addext", f"subjectAltName=DNS:{host}"]
    subprocess.run([*command, "-keyout", _KEY, "-out", CERTIFICATE], check=True, capture_output=True)


async def _serve(port: int) -> _Server:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE, _KEY)
    server, until = _Server(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, until.set)
    listening = await asyncio.start_server(server.talk, "0.0.0.0", port, ssl=context, backlog=4096)
    print(f"{_SAID} on port {port}", flush=True)
    await until.wait()
    listening.close()
    return server


def main(*arguments: str) -> int:
    """Serve on the command line."""
    parser = argparse.ArgumentParser(prog="narrows.lab.servers.https", description="An HTTPS server.")
    parser.add_argument("--port", type=int, default=8443)
    parser.add_argument("--host", default="localhost", help="the name in its certificate")
    asked = parser.parse_args(arguments)
    raise_descriptors()
    try:
        _make_certificate(asked.host)
        server = asyncio.run(_serve(asked.port))
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"{_SAID}: {error}", file=sys.stderr)
        return 1
    print(f"{_SAID}: {server.printed()}", file=sys.stderr, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

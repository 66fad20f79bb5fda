"""The server: uvicorn on loopback, until it is ended."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Callable
from types import FrameType

import uvicorn

from narrows.errors import InputError
from narrows.serve.app import WhatIf, build
from narrows.serve.served import Served

LOOPBACK = "127.0.0.1"
_MOST_AT_ONCE = 64
"""Connections: a browser opens six."""


def serve(served: Served, *, port: int, ready: Callable[[str], object]) -> None:
    """Serve a scenario on loopback until a signal comes, which is then delivered as if nothing had served.

    Args:
        port: 0 for any that is free.
        ready: called with the address once it answers there.

    Raises:
        InputError: the port is taken.
    """
    token = secrets.token_urlsafe(32)
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((LOOPBACK, port))
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise InputError(
                f"{LOOPBACK}:{port} cannot be served at: {reason}",
                place="--port",
                advice="choose another, or leave it out",
            ) from None
        listener.listen(_MOST_AT_ONCE)
        bound = listener.getsockname()[1]
        app, what_if = build(served, port=bound, token=token)
        # What the first answer loads and compiles is there before anybody waits for it.
        what_if.page()
        config = uvicorn.Config(
            app,
            http="h11",
            ws="none",
            lifespan="off",
            loop="asyncio",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            limit_concurrency=_MOST_AT_ONCE,
            timeout_graceful_shutdown=1,
        )
        server = _Server(config, what_if)
        ready(f"http://{LOOPBACK}:{bound}/?token={token}")
        server.run(sockets=[listener])


class _Server(uvicorn.Server):
    """Ends what it runs when it is ended."""

    def __init__(self, config: uvicorn.Config, what_if: WhatIf) -> None:
        super().__init__(config)
        self._what_if = what_if

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._what_if.latest.drop()
        self._what_if.reports.drop()
        super().handle_exit(sig, frame)

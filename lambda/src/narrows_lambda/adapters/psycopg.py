"""psycopg: ``database = adapters.psycopg.database(CONNINFO)``, and ``database()`` is a ``psycopg.Connection``."""

from __future__ import annotations

import _socket
import time

from narrows_lambda.reuse import Policy, Reuse, install
from narrows_lambda.sockets import Borrowed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    import psycopg


def database(conninfo: str = "", *, policy: Policy | None = None, **options: Any) -> Database:
    """One connection that is kept, and opened when it is first asked for.

    Args:
        conninfo: as for ``psycopg.connect``.
        policy: that of the process unless one is given.
        options: those of ``psycopg.connect``; what is given here is as it is given.

    Raises:
        RuntimeError: the process has as many to this destination as the policy gives it.
    """
    shared = install(policy)
    destination = conninfo or str(sorted(options.items()))
    if not shared.budget.take(destination):
        raise RuntimeError(
            f"there are {shared.budget.most} databases for one destination, as many as Policy(connections) says: "
            "make one, at module level"
        )
    return Database(conninfo, shared, options)


class Database:
    """The connection that is kept. psycopg itself never opens one anew."""

    def __init__(self, conninfo: str, shared: Reuse, options: dict[str, Any]) -> None:
        self._conninfo = conninfo
        self._shared = shared
        self._options = options
        self._connection: psycopg.Connection | None = None

    def __call__(self) -> psycopg.Connection:
        """The connection; another where the last one is at its end. What belonged to its session is gone then.

        Raises:
            psycopg.OperationalError: none could be opened within the policy's bounds.
        """
        kept = self._connection
        if kept is not None and not kept.closed and not _ended(kept.fileno()):
            return kept
        if kept is not None:
            self._connection = None
            kept.close()
        self._connection = self._connect()
        return self._connection

    def _connect(self) -> psycopg.Connection:
        import psycopg

        retries = self._shared.retries
        failures = 0
        while True:
            milliseconds = max(1, round(retries.connect_timeout() * 1_000))
            bounds = {
                # libpq takes whole seconds, and no less than 2. The kernel gives up by itself before that.
                "connect_timeout": max(2, -(-milliseconds // 1_000)),
                "tcp_user_timeout": milliseconds,
            }
            try:
                made = psycopg.connect(self._conninfo, **(bounds | self._options))
            except psycopg.OperationalError as error:
                failures += 1
                # A server that answered, with a refusal, will not mean it otherwise the next time.
                wait = None if error.sqlstate else retries.wait(failures)
                if wait is None:
                    raise
                time.sleep(wait)
            else:
                retries.succeeded()
                milliseconds = self._shared.policy.user_timeout_ms
                Borrowed(made.fileno()).setsockopt(_socket.IPPROTO_TCP, _socket.TCP_USER_TIMEOUT, milliseconds)
                return made


def _ended(descriptor: int) -> bool:
    """Whether the stream is at its end: the peer closed it, or the guard did."""
    try:
        return Borrowed(descriptor).recv(1, _socket.MSG_PEEK | _socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True

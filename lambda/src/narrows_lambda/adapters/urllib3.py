"""urllib3: ``pool = adapters.urllib3.pool_manager()`` is a ``urllib3.PoolManager``."""

from __future__ import annotations

import time

from narrows_lambda.reuse import Policy, Reuse, install

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    import urllib3


def pool_manager(*, policy: Policy | None = None, **options: Any) -> urllib3.PoolManager:
    """A pool of connections by the policy.

    Args:
        policy: that of the process unless one is given.
        options: those of ``urllib3.PoolManager``; what is given here is as it is given.
    """
    import urllib3

    shared = install(policy)
    by_policy: dict[str, Any] = {
        "maxsize": shared.policy.connections,
        # Without it, maxsize bounds what is kept and not what is opened.
        "block": True,
        "timeout": urllib3.Timeout(connect=shared.policy.connect_timeout),
        "retries": retries(shared),
        "socket_options": socket_options(shared),
    }
    return urllib3.PoolManager(**(by_policy | options))


def socket_options(shared: Reuse) -> list[tuple[int, int, int]]:
    """urllib3's own, and the policy's."""
    import socket

    from urllib3.connection import HTTPConnection

    return [
        *HTTPConnection.default_socket_options,
        (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, shared.policy.user_timeout_ms),
    ]


def retries(shared: Reuse) -> urllib3.Retry:
    """urllib3's own rules of what may be asked twice (reads: idempotent methods only), with the policy's bounds."""
    from urllib3 import Retry
    from urllib3.exceptions import MaxRetryError

    class TokenRetry(Retry):
        """Counts as urllib3 does, and waits as the policy says."""

        next_wait = 0.0

        def increment(
            self,
            method: str | None = None,
            url: str | None = None,
            response: Any = None,
            error: Exception | None = None,
            _pool: Any = None,
            _stacktrace: Any = None,
        ) -> TokenRetry:
            following = super().increment(method, url, response, error, _pool, _stacktrace)
            if error is not None:
                failures = sum(1 for one in following.history if one.error is not None)
                wait = shared.retries.wait(failures, shared.policy.connect_timeout)
                if wait is None:
                    raise MaxRetryError(_pool, url or "", error) from error
                following.next_wait = wait
            return following

        def sleep(self, response: Any = None) -> None:
            if response is None:
                time.sleep(self.next_wait)
            else:
                super().sleep(response)

    most = shared.policy.retries
    return TokenRetry(total=None, connect=most, read=most, redirect=Retry.DEFAULT.total, status=0, other=0)

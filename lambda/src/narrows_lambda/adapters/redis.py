"""redis-py: ``client = adapters.redis.client(host=HOST)`` is a ``redis.Redis``."""

from __future__ import annotations

import threading
import time

from narrows_lambda.reuse import Policy, Reuse, install

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    import redis


def client(*, policy: Policy | None = None, **options: Any) -> redis.Redis:
    """A client by the policy.

    Args:
        policy: that of the process unless one is given.
        options: those of ``redis.Redis``; what is given here is as it is given.
    """
    import redis

    shared = install(policy)
    destination = f"{options.get('host', 'localhost')}:{options.get('port', 6379)}"
    most = options.get("max_connections") or shared.share(destination)
    return redis.Redis(**(_options(shared) | options | {"max_connections": most}))


def _options(shared: Reuse) -> dict[str, Any]:
    import _socket

    policy = shared.policy
    return {
        "socket_connect_timeout": policy.connect_timeout,
        # redis-py sets options only together with keepalive; its first probe is due after two hours.
        "socket_keepalive": True,
        "socket_keepalive_options": {_socket.TCP_USER_TIMEOUT: policy.user_timeout_ms},
        "retry": _retry(shared),
    }


def _retry(shared: Reuse) -> Any:
    """redis-py tries to connect again within what it tries again: three by three by default."""
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    busy = threading.local()
    takes = shared.policy.connect_timeout

    class TokenRetry(Retry):
        """The policy's retries; the inner of two that are nested leaves them to the outer."""

        def __deepcopy__(self, _: object) -> TokenRetry:
            # Each connection takes a copy, and all of them shall pay from one bucket.
            return self

        def call_with_retry(
            self, do: Any, fail: Any, is_retryable: Any = None, with_failure_count: bool = False
        ) -> Any:
            if getattr(busy, "here", False):
                return do()
            busy.here = True
            failures = 0
            try:
                while True:
                    try:
                        answer = do()
                    except self._supported_errors as error:  # noqa: PERF203 - that is what a retry is
                        failures += 1
                        fail(error, failures) if with_failure_count else fail(error)
                        wait = (
                            None if is_retryable and not is_retryable(error) else shared.retries.wait(failures, takes)
                        )
                        if wait is None:
                            raise
                        time.sleep(wait)
                    else:
                        shared.retries.succeeded()
                        return answer
            finally:
                busy.here = False

    return TokenRetry(NoBackoff(), shared.policy.retries)

"""boto3 and botocore: ``table = adapters.boto3.client("dynamodb")`` is a client of boto3's."""

from __future__ import annotations

from narrows_lambda.reuse import Policy, Reuse, install

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def client(service: str, *, policy: Policy | None = None, session: Any = None, **options: Any) -> Any:
    """A client by the policy.

    Args:
        service: its name, as for ``boto3.client``.
        policy: that of the process unless one is given.
        session: a ``boto3.Session``; the default one unless it is given.
        options: those of ``boto3.client``; what a ``config`` says is as it says.
    """
    import boto3

    shared = install(policy)
    settings = _config(shared)
    given = options.pop("config", None)
    made = (session or boto3).client(service, config=settings.merge(given) if given else settings, **options)
    by_policy(made, shared)
    return made


def by_policy(made: Any, shared: Reuse | None = None) -> None:
    """What no option of botocore's sets, for a client that is there: ``resource.meta.client`` too.

    botocore has no option for TCP_USER_TIMEOUT, and waits 60 s on a path that drops everything.
    """
    import socket

    from botocore.exceptions import HTTPClientError

    shared = shared or install()
    options = getattr(getattr(getattr(made, "_endpoint", None), "http_session", None), "_socket_options", None)
    if isinstance(options, list):
        # The list that its pools read whenever they connect.
        options.append((socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, shared.policy.user_timeout_ms))

    def needs_retry(caught_exception: Exception | None = None, attempts: int = 1, **_: object) -> float | bool | None:
        if not isinstance(caught_exception, HTTPClientError):
            # A response, a throttle among them: botocore's own rules.
            return None
        wait = shared.retries.wait(attempts, shared.policy.connect_timeout)
        return False if wait is None else wait

    def succeeded(**_: object) -> None:
        shared.retries.succeeded()

    service = made.meta.service_model.service_id.hyphenize()
    # First: the first answer holds, and False is one.
    made.meta.events.register_first(f"needs-retry.{service}", needs_retry, unique_id="narrows-needs-retry")
    made.meta.events.register(f"after-call.{service}", succeeded, unique_id="narrows-succeeded")


def _config(shared: Reuse) -> Any:
    from botocore.config import Config

    policy = shared.policy
    return Config(
        connect_timeout=policy.connect_timeout,
        max_pool_connections=policy.connections,
        retries={"mode": "standard", "total_max_attempts": 1 + policy.retries},
    )

"""gRPC: ``channel = grpc.secure_channel(TARGET, CREDENTIALS, options=adapters.grpc.options())``."""

from __future__ import annotations

from narrows_lambda.reuse import Policy, install

NO_PINGS = 2**31 - 2
"""``keepalive_time_ms`` that is never due, and yet is not "off" (``INT_MAX``): with keepalive off gRPC sets no
TCP_USER_TIMEOUT either, and a connection into nothing never ends."""


def options(policy: Policy | None = None) -> list[tuple[str, int]]:
    """Channel options by the policy; append one's own: gRPC takes the last one of a name.

    Args:
        policy: that of the process unless one is given.
    """
    policy = install(policy).policy
    return [
        ("grpc.keepalive_time_ms", NO_PINGS),
        # gRPC hands it to the kernel as TCP_USER_TIMEOUT.
        ("grpc.keepalive_timeout_ms", min(1_000, policy.user_timeout_ms)),
        ("grpc.keepalive_permit_without_calls", 0),
        # How long one attempt to connect takes: 20 s by default.
        ("grpc.min_reconnect_backoff_ms", max(1, round(policy.connect_timeout * 1_000))),
        # gRPC takes no less than 100 ms.
        ("grpc.initial_reconnect_backoff_ms", max(100, round(policy.backoff * 1_000))),
        ("grpc.max_reconnect_backoff_ms", max(100, round(policy.longest_backoff * 1_000))),
    ]

"""Momento: ``client = CacheClient(adapters.momento.configuration(), CREDENTIALS, TTL)``, at module level."""

from __future__ import annotations

from narrows_lambda.adapters.grpc import NO_PINGS
from narrows_lambda.reuse import Policy, Reuse, install

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    import momento.config

DEADLINE_MS = 1_100
"""Of one call: that of Momento's own preset for Lambda."""


def configuration(*, policy: Policy | None = None, deadline_ms: int = DEADLINE_MS) -> momento.config.Configuration:
    """Momento's preset for Lambda, with a dead peer found, and retries that are bounded over the process.

    ``CacheClient.create`` connects in the init phase, and raises where it cannot; ``CacheClient`` with
    ``reuse.connect_early(client.ping)`` after it does not.

    Args:
        policy: that of the process unless one is given.
        deadline_ms: of one call.

    Raises:
        ValueError: the deadline is not more than 0.
    """
    from datetime import timedelta

    from momento.config import Configurations
    from momento.config.transport.transport_strategy import StaticGrpcConfiguration, StaticTransportStrategy

    if deadline_ms <= 0:
        raise ValueError(f"deadline_ms is {deadline_ms}; it must be more than 0")
    shared = install(policy)

    class GrpcConfiguration(StaticGrpcConfiguration):
        """Keeps its keepalive: the SDK's own drops it with each change of the deadline, and pings every 5 s then."""

        def with_deadline(self, deadline: timedelta) -> GrpcConfiguration:
            return self._with(deadline, self._root_certificates_pem)

        def with_root_certificates_pem(self, root_certificates_pem_path: Any) -> GrpcConfiguration:
            return self._with(self._deadline, root_certificates_pem_path.read_bytes())

        def _with(self, deadline: timedelta, certificates: bytes | None) -> GrpcConfiguration:
            return GrpcConfiguration(
                deadline,
                certificates,
                keepalive_permit_without_calls=False,
                keepalive_time=timedelta(milliseconds=NO_PINGS),
                keepalive_timeout=timedelta(milliseconds=min(1_000, shared.policy.user_timeout_ms)),
            )

    transport = GrpcConfiguration(timedelta(milliseconds=deadline_ms))._with(timedelta(milliseconds=deadline_ms), None)
    return (
        Configurations.Lambda.latest()
        .with_transport_strategy(StaticTransportStrategy(transport))
        .with_retry_strategy(_retries(shared, deadline_ms / 1_000))
    )


def _retries(shared: Reuse, deadline: float) -> Any:
    from momento.retry import RetryStrategy
    from momento.retry.default_eligibility_strategy import DefaultEligibilityStrategy

    eligible = DefaultEligibilityStrategy()

    class TokenRetries(RetryStrategy):
        """The policy's retries, of what Momento says may be asked twice."""

        def determine_when_to_retry(self, props: Any) -> float | None:
            if not eligible.is_eligible_for_retry(props):
                return None
            return shared.retries.wait(props.attempt_number, deadline)

    return TokenRetries()

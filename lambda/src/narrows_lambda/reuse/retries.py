"""Whether to try again, after what wait, and how long an attempt may take: never past the invocation's end."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from narrows_lambda.reuse.policy import Policy
    from narrows_lambda.reuse.tokens import Bucket


def evenly() -> float:
    """From 0 to 1. Not ``random``: its import costs milliseconds, and all copies of a snapshot would draw the same."""
    return int.from_bytes(os.urandom(4), "big") / 2**32


class Retries:
    """What the policy allows to who has failed."""

    __slots__ = ("_bucket", "_draw", "_policy", "_remaining")

    def __init__(
        self, policy: Policy, bucket: Bucket, remaining: Callable[[], float | None], draw: Callable[[], float] = evenly
    ) -> None:
        """Of one process.

        Args:
            policy: the bounds.
            bucket: pays for each retry.
            remaining: seconds until the invocation ends; None where there is no end.
            draw: evenly from 0 to 1.
        """
        self._policy, self._bucket, self._remaining, self._draw = policy, bucket, remaining, draw

    def wait(self, failures: int, takes: float = 0.0) -> float | None:
        """How long to wait before the next attempt.

        Args:
            failures: how many attempts of this one thing have failed, from 1.
            takes: seconds that the next attempt takes at most, where that cannot be shortened to what is left.

        Returns:
            Seconds; None where there shall be no other attempt: there were enough, no token is left, or no time.
        """
        policy = self._policy
        if failures > policy.retries:
            return None
        longest = min(policy.longest_backoff, policy.backoff * 2 ** (failures - 1))
        wait = self._draw() * longest
        left = self.left()
        # Before the token: what does not happen costs none.
        if left is not None and left <= wait + takes:
            return None
        return wait if self._bucket.take() else None

    def connect_timeout(self) -> float:
        """How long the next attempt to connect may take: seconds, more than 0."""
        left = self.left()
        return self._policy.connect_timeout if left is None else max(0.001, min(self._policy.connect_timeout, left))

    def succeeded(self) -> None:
        """An attempt succeeded."""
        self._bucket.succeeded()

    def left(self) -> float | None:
        """Seconds that anything may still take; None where there is no end."""
        remaining = self._remaining()
        return None if remaining is None else remaining - self._policy.margin

"""Connection reuse made for Lambda.

One line at module level, whatever the client is::

    from narrows_lambda import reuse

    reuse.install()

shuts down connections that were idle for so long that the path may have forgotten them, before the handler writes to
one: the client opens another. ``narrows_lambda.adapters`` does the rest of the policy for each client.
"""

from __future__ import annotations

from narrows_lambda.lifecycle import LIFECYCLE
from narrows_lambda.reuse import guard
from narrows_lambda.reuse.budget import Budget
from narrows_lambda.reuse.policy import Policy
from narrows_lambda.reuse.retries import Retries
from narrows_lambda.reuse.tokens import Bucket

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Policy", "Reuse", "connect_early", "install"]


class Reuse:
    """What the clients of this process share."""

    __slots__ = ("budget", "guard", "policy", "retries")

    def __init__(self, policy: Policy, thaw_guard: guard.Guard) -> None:
        self.policy = policy
        self.guard = thaw_guard
        self.budget = Budget(policy.connections)
        self.retries = Retries(policy, Bucket(policy.tokens, policy.regain), remaining)

    def share(self, destination: str) -> int:
        """How many connections a new pool may hold to a destination: what others have left of the budget, and one where
        they have left none: a second pool is slow then, and fails nothing."""
        return self.budget.take(destination, self.policy.connections) or 1


def remaining() -> float | None:
    """Seconds until the invocation that goes on is ended; None where none does, or it does not tell."""
    current = LIFECYCLE.current
    return None if current is None else current.remaining()


_REUSE: Reuse | None = None


def install(policy: Policy | None = None) -> Reuse:
    """Switch it on; doing it twice is doing it once.

    Args:
        policy: for the whole process; ``Policy()`` unless one is given. The last one given holds, for clients that are
            made after it.
    """
    global _REUSE
    if _REUSE is None or (policy is not None and policy != _REUSE.policy):
        policy = policy or Policy()
        _REUSE = Reuse(policy, guard.install(policy))
    else:
        guard.install()
    return _REUSE


def connect_early(call: Callable[[], object], policy: Policy | None = None) -> bool:
    """Connect in the init phase: at module level, ``connect_early(client.ping)``.

    Args:
        call: connects.
        policy: how long it may take; that of the process unless one is given.

    Returns:
        Whether it came to its end in time; it never raises, and never takes longer than ``eager_timeout``.
    """
    from narrows_lambda.reuse.eager import connect_early as connect

    shared = install(policy)
    # In an invocation that has less time left, no longer than that.
    left = remaining()
    limit = shared.policy.eager_timeout if left is None else min(shared.policy.eager_timeout, left)
    return limit > 0 and connect(call, limit)

"""What connection reuse holds itself to: one frozen object, whose defaults each have their reason beside them."""

from __future__ import annotations

from narrows_lambda.limits import FILE_DESCRIPTORS, FUNCTION_TIMEOUT, INIT_PHASE, TABLE_IDLE_TIMEOUT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn


class Policy:
    """How connections are kept, opened, given up and opened again. Times are seconds.

    Not a dataclass: importing ``dataclasses`` costs a cold start 20 ms.
    """

    max_idle: float = 240.0
    """A connection that was idle for longer is not written to again. NAT gateways, Network Load Balancers and an ENI's
    tracking forget one after 350 s without a word; 110 s are left for clocks that miss part of a freeze, and servers
    that close after 300 s (many Redis and PostgreSQL poolers do) have not yet."""
    user_timeout: float = 2.0
    """TCP_USER_TIMEOUT: how long bytes that were sent may stay unacknowledged. Linux waits 15 minutes by itself. The
    kernel first sends again after 0.2 s, then at 0.6, 1.4 and 3 s: two seconds let three retransmissions pass, so that
    ordinary loss is no fault, and leave a function with a timeout of 3 s (Lambda's default) time to answer."""
    connect_timeout: float = 1.5
    """For one attempt to open a connection, TLS included where the client counts it. The kernel sends a lost SYN again
    after 1 s: one loss is survived, and what fails then is better tried anew, from another port. Two attempts fit into
    Lambda's default of 3 s while none is longer than this."""
    retries: int = 2
    """How often an attempt is repeated at most. More help no one: what two new connections do not mend is not lost
    packets, and each one takes an entry in the tables on the path for another minute."""
    backoff: float = 0.05
    """The longest wait before the first retry; it doubles with each, and each is drawn evenly from zero to that (full
    jitter), so that a thousand environments that fail together do not come back together. It is billed: so it is
    short."""
    longest_backoff: float = 1.0
    """No wait is longer: beyond it an invocation had better fail and be repeated by who sent it."""
    tokens: float = 10.0
    """How many retries that open connections this process may make in a row, each for one token; see ``regain``. Ten
    cover five invocations that each need both their retries. Then each invocation has its first attempt and no more: a
    path whose tables are full gets one attempt an invocation, not three."""
    regain: float = 0.1
    """Tokens that each success gives back, up to ``tokens``: in the long run at most a tenth more connections than
    successes. Successes and not time, because a frozen environment's clock cannot be relied upon."""
    connections: int = 10
    """Per destination and process. boto3 and requests keep ten by default and one invocation seldom uses more at once;
    5,500 environments of ten fill the 55,000 ports that a NAT gateway address has for one destination."""
    eager_timeout: float = 2.0
    """Connecting in the init phase takes no longer. Lambda gives initialization 10 s and then begins it anew: what does
    not connect within this is left to the first invocation."""
    margin: float = 0.2
    """Left of the invocation's time after the last attempt: to say what happened takes a moment, and a function that is
    ended says nothing."""

    def __init__(
        self,
        *,
        max_idle: float = max_idle,
        user_timeout: float = user_timeout,
        connect_timeout: float = connect_timeout,
        retries: int = retries,
        backoff: float = backoff,
        longest_backoff: float = longest_backoff,
        tokens: float = tokens,
        regain: float = regain,
        connections: int = connections,
        eager_timeout: float = eager_timeout,
        margin: float = margin,
    ) -> None:
        """Change what has to be otherwise.

        Raises:
            ValueError: a value is no number, or out of its range; it says which, what it may be, and why.
        """
        given = {name: value for name, value in locals().items() if name in _RANGES}
        for name, value in given.items():
            _check(name, value)
        if backoff > longest_backoff:
            raise ValueError(f"Policy: backoff ({backoff}) is longer than longest_backoff ({longest_backoff})")
        self.__dict__.update(given)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a Policy does not change; make another with Policy({name}={value!r})")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError("a Policy does not change")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Policy) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash(tuple(self.__dict__.values()))

    def __repr__(self) -> str:
        changed = (f"{name}={value!r}" for name, value in self.__dict__.items() if value != getattr(Policy, name))
        return f"Policy({', '.join(changed)})"

    @property
    def user_timeout_ms(self) -> int:
        """``user_timeout`` as the kernel takes it."""
        return max(1, round(self.user_timeout * 1_000))

    @property
    def longest(self) -> float:
        """Seconds until the last attempt has failed at the latest, where nobody answers and the tokens suffice."""
        waits = (min(self.longest_backoff, self.backoff * 2**number) for number in range(self.retries))
        return float(self.connect_timeout * (1 + self.retries) + sum(waits))


_RANGES: dict[str, tuple[float, float, str]] = {
    "max_idle": (0.001, TABLE_IDLE_TIMEOUT, "tables on the path forget a connection after that"),
    "user_timeout": (0.001, FUNCTION_TIMEOUT, "no function runs longer"),
    "connect_timeout": (0.001, FUNCTION_TIMEOUT, "no function runs longer"),
    "retries": (0, 10, "each takes a port on the path for a minute"),
    "backoff": (0, FUNCTION_TIMEOUT, "no function runs longer"),
    "longest_backoff": (0, FUNCTION_TIMEOUT, "no function runs longer"),
    "tokens": (0, 1_000, "more bound nothing"),
    "regain": (0, 1, "more would let retries outnumber successes"),
    "connections": (1, FILE_DESCRIPTORS, "an environment has no more descriptors"),
    "eager_timeout": (0.001, INIT_PHASE, "Lambda gives initialization no longer"),
    "margin": (0, FUNCTION_TIMEOUT, "no function runs longer"),
}
"""What each may be, both ends included, and why not more."""
_WHOLE = ("retries", "connections")


def _check(name: str, value: object) -> None:
    least, most, why = _RANGES[name]
    kind = "a whole number" if name in _WHOLE else "a number"
    right = isinstance(value, int if name in _WHOLE else (int, float)) and not isinstance(value, bool)
    if not right or not least <= value <= most:  # type: ignore[operator]
        raise ValueError(f"Policy: {name} is {value!r}; it must be {kind} from {least:g} to {most:g} ({why})")

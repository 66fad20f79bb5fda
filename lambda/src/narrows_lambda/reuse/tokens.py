"""Retries that open connections cost a token each: a process that fails on and on stops adding to what fails."""

from __future__ import annotations


class Bucket:
    """Tokens of one process; its clients share them.

    Threads may use it: a token taken twice by two of them at the same instant is no harm, and a lock would have to be
    made new after a fork.
    """

    __slots__ = ("_capacity", "_regain", "left")

    def __init__(self, capacity: float, regain: float) -> None:
        self._capacity = capacity
        self._regain = regain
        self.left = capacity
        """Tokens; it begins full."""

    def take(self) -> bool:
        """Take one for a retry; False where there is none, and then there shall be no retry."""
        if self.left < 1:
            return False
        self.left -= 1
        return True

    def succeeded(self) -> None:
        """Something succeeded: a part of a token comes back."""
        self.left = min(self._capacity, self.left + self._regain)

"""A clock whose two hands a test moves by itself."""

from __future__ import annotations


class HandClock:
    """Wall clock and monotonic clock, each as far as it was moved."""

    def __init__(self) -> None:
        self.wall_at = 1_800_000_000.0
        self.monotonic_at = 1_000.0

    def wall(self) -> float:
        return self.wall_at

    def monotonic(self) -> float:
        return self.monotonic_at

    def move(self, wall: float = 0.0, monotonic: float = 0.0) -> None:
        """Move each by so many seconds, back where they are negative."""
        self.wall_at += wall
        self.monotonic_at += monotonic

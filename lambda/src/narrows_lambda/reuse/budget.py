"""How many connections this process holds to each destination, for clients that have no pool of their own."""

from __future__ import annotations


class Budget:
    """Permits, counted by destination."""

    __slots__ = ("_held", "most")

    def __init__(self, most: int) -> None:
        self.most = most
        """Per destination."""
        self._held: dict[str, int] = {}

    def take(self, destination: str, wanted: int = 1) -> int:
        """Take permits.

        Args:
            destination: whatever names it: a host and a port.
            wanted: how many at most.

        Returns:
            How many there are, at most as many as wanted; 0 where all are taken.
        """
        held = self._held.get(destination, 0)
        given = max(0, min(wanted, self.most - held))
        if given:
            self._held[destination] = held + given
        return given

    def give_back(self, destination: str, permits: int = 1) -> None:
        """Give back what was taken."""
        left = self._held.get(destination, 0) - permits
        if left > 0:
            self._held[destination] = left
        else:
            self._held.pop(destination, None)

    def held(self, destination: str) -> int:
        """How many are taken."""
        return self._held.get(destination, 0)

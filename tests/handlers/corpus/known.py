"""The corpus: handlers as people have them, each with the rules that it breaks."""

from __future__ import annotations

CORPUS: dict[str, tuple[str, list[str]]] = {}
"""By name: the source, and the rules that it breaks; ``+`` before a rule: ``--fix`` mends it."""


def handler(name: str, source: str, *broken: str) -> None:
    """Add a handler."""
    assert name not in CORPUS
    CORPUS[name] = (source, sorted(broken))

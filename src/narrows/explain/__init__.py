"""What narrows prints, explained: causes, limits, assumptions, rules of the lint, and how each part works.

Causes, rules and guides are the pages in ``docs``, which ship inside of the wheel; limits and assumptions are written
out of what ``narrows.limits`` and ``narrows.assumptions`` say of them.
"""

from narrows.explain.finding import find, subjects
from narrows.explain.subject import Group, Subject

__all__ = ["Group", "Subject", "find", "subjects"]

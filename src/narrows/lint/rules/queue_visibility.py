"""Queues whose messages come back while a function still works on them."""

from __future__ import annotations

from collections.abc import Iterator

from narrows.lint.rule import Found, Rule, Severity
from narrows.lint.subject import Subject


def check(subject: Subject) -> Iterator[Found]:
    """Lambda refuses such a pair when it is made; a function's timeout may be raised afterwards."""
    for one in subject.queues:
        if one.sure and one.visibility is not None and one.timeout is not None and one.visibility < one.timeout:
            yield Found(
                one,
                f"{one.label} shows messages again after {one.visibility} s, and {one.function} may take "
                f"{one.timeout} s",
            )


RULE = Rule(
    "queue-visibility",
    Severity.ERROR,
    "A queue's visibility timeout is shorter than the timeout of the function that reads it.",
    "Lambda refuses the pair; where it is made later, messages are worked on twice at once.",
    "Set the visibility timeout to six times the function's timeout, as AWS recommends.",
    check,
)

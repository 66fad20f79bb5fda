"""Queues whose messages come back while a function still works on them."""

from __future__ import annotations

from collections.abc import Iterator

from narrows.lint.rule import Found, Rule, Severity
from narrows.lint.subject import Subject


def check(subject: Subject) -> Iterator[Found]:
    """Lambda refuses such a pair when it is made; a function's timeout may be raised afterwards."""
    for queue in subject.queues:
        if not queue.sure or queue.visibility is None or queue.timeout is None:
            continue
        if queue.visibility < queue.timeout:
            yield Found(
                queue,
                f"{queue.label} shows messages again after {queue.visibility} s, and {queue.function} may take "
                f"{queue.timeout} s",
            )


RULE = Rule(
    "queue-visibility",
    Severity.ERROR,
    "A queue's visibility timeout is shorter than the timeout of the function that reads it.",
    "Lambda refuses the pair; where it is made later, messages are worked on twice at once.",
    "Set the visibility timeout to six times the function's timeout, as AWS recommends.",
    check,
)

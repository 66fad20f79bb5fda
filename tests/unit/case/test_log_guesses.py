"""What an error tells that no library of the table prints so."""

from __future__ import annotations

import pytest

from narrows.case.model import CallerOutcome
from narrows.case.reading.log_guesses import guess

TOLD = {
    "FooError: could not resolve cache.example.com": CallerOutcome.NO_NAME,
    "FooError: TLS handshake with the broker timed out": CallerOutcome.TLS_TIMED_OUT,
    "FooError: the session limit was reached": CallerOutcome.DESTINATION_FULL,
    "FooError: connect to 10.0.0.5:99 was refused": CallerOutcome.REFUSED,
    "FooError: the connection to the broker was dropped": CallerOutcome.RESET,
    "FooError: connecting to the broker timed out": CallerOutcome.TIMED_OUT,
    "FooError: network is unreachable": CallerOutcome.UNREACHABLE,
    "FooError: timed out": CallerOutcome.ANSWER_TIMED_OUT,
}
NONE = (
    "FooError: query timed out",
    "FooError: lock wait timeout exceeded",
    "FooError: canceling statement due to statement timeout",
    "FooError: no connection in the pool, timed out",
    "FooError: 429 too many requests",
    "FooError: division by zero",
    "Error: Connection is closed.",
    "timeout exceeded when trying to connect",
)


@pytest.mark.parametrize(("text", "outcome"), TOLD.items())
def test_the_words_that_libraries_share_tell(text: str, outcome: CallerOutcome) -> None:
    assert guess(text) is outcome


@pytest.mark.parametrize("text", NONE)
def test_what_says_as_much_of_something_else_tells_nothing(text: str) -> None:
    assert guess(text) is None


def test_a_line_without_end_costs_no_more_than_its_head() -> None:
    assert guess("connect " * 1_000_000 + "refused") is None

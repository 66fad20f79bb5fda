"""Retries: from a bucket, and never past the invocation's end."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from narrows_lambda.reuse import Policy
from narrows_lambda.reuse.budget import Budget
from narrows_lambda.reuse.retries import Retries, evenly
from narrows_lambda.reuse.tokens import Bucket

seconds = st.floats(0, 20)
policies = st.builds(
    Policy,
    retries=st.integers(0, 10),
    backoff=st.floats(0, 1),
    longest_backoff=st.floats(1, 5),
    connect_timeout=st.floats(0.001, 5),
    margin=st.floats(0, 1),
    tokens=st.floats(0, 20),
    regain=st.floats(0, 1),
)


@given(st.floats(0, 50), st.floats(0, 1), st.lists(st.booleans(), max_size=200))
def test_retries_never_outnumber_what_the_bucket_began_with_and_what_successes_gave_back(
    capacity: float, regain: float, told: list[bool]
) -> None:
    bucket = Bucket(capacity, regain)
    taken = 0
    for number, success in enumerate(told, 1):
        if success:
            bucket.succeeded()
        else:
            taken += bucket.take()
        assert 0 <= bucket.left <= capacity
        assert taken <= capacity + regain * told[:number].count(True) + 1e-6


def test_an_empty_bucket_fills_again_by_successes_alone() -> None:
    bucket = Bucket(1, 0.25)
    assert bucket.take()
    assert not bucket.take()
    for _ in range(4):
        bucket.succeeded()
    assert bucket.take()


@given(policies, seconds, st.floats(0, 0.999), st.floats(0, 1))
def test_however_it_goes_the_last_attempt_ends_before_the_invocation(
    policy: Policy, lasts: float, draw: float, part: float
) -> None:
    """Each attempt takes a part of what it may take; all of it where the part is 1."""
    now = 0.0
    retries = Retries(policy, Bucket(policy.tokens, policy.regain), lambda: lasts - now, lambda: draw)
    attempts = 0
    while True:
        attempts += 1
        now += part * retries.connect_timeout()
        wait = retries.wait(attempts)
        if wait is None:
            break
        assert 0 <= wait <= policy.longest_backoff
        now += wait
    assert attempts <= 1 + min(policy.retries, policy.tokens)
    # An attempt that has no time left at all is made for a thousandth of a second.
    assert now <= max(0.0, lasts - policy.margin) + 0.001 + 1e-9


@given(policies, st.floats(0, 0.999))
def test_without_an_end_it_takes_no_longer_than_the_policy_says(policy: Policy, draw: float) -> None:
    retries = Retries(policy, Bucket(1_000, 0), lambda: None, lambda: draw)
    taken, failures = 0.0, 0
    while True:
        taken += retries.connect_timeout()
        failures += 1
        wait = retries.wait(failures)
        if wait is None:
            break
        taken += wait
    assert taken <= policy.longest + 1e-9


def test_a_retry_that_there_is_no_time_for_costs_no_token() -> None:
    bucket = Bucket(5, 0)
    assert Retries(Policy(), bucket, lambda: 0.1).wait(1) is None
    assert bucket.left == 5


@given(policies, seconds, st.floats(0, 0.999), st.floats(0.001, 5))
def test_an_attempt_that_cannot_be_shortened_is_not_repeated_past_the_end(
    policy: Policy, lasts: float, draw: float, takes: float
) -> None:
    now, failures = takes, 1
    retries = Retries(policy, Bucket(policy.tokens, policy.regain), lambda: lasts - now, lambda: draw)
    while (wait := retries.wait(failures, takes)) is not None:
        now += wait + takes
        failures += 1
    assert failures == 1 or now <= lasts - policy.margin + 1e-9


def test_waits_are_drawn_and_not_the_same_for_all() -> None:
    drawn = [evenly() for _ in range(50)]
    assert all(0 <= one < 1 for one in drawn)
    assert len(set(drawn)) > 40


@given(st.integers(1, 20), st.lists(st.tuples(st.booleans(), st.sampled_from(["a", "b"]), st.integers(1, 9))))
def test_a_budget_is_never_overdrawn(most: int, told: list[tuple[bool, str, int]]) -> None:
    budget = Budget(most)
    held = {"a": 0, "b": 0}
    for take, destination, count in told:
        if take:
            given_now = budget.take(destination, count)
            assert given_now == min(count, most - held[destination])
            held[destination] += given_now
        else:
            back = min(count, held[destination])
            budget.give_back(destination, back)
            held[destination] -= back
        assert {name: budget.held(name) for name in held} == held

"""What a page sends: within its bounds, or refused in one line, whatever it is."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrows.errors import InputError
from narrows.limits import SUBNETS_PER_FUNCTION
from narrows.prices import load_prices
from narrows.serve.moved import moved, peak_connections
from narrows.serve.state import MOST_CONNECTIONS, MOST_EACH, MOST_ENVIRONMENTS, State, read_state
from tests.serve.scenarios import shop

PRICES = load_prices("us-east-1")
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
)
KEYS = st.sampled_from(
    [
        "functions",
        "nat_gateways",
        "endpoints",
        "storefront",
        "environments",
        "connections",
        "0",
        "each",
        "hold",
        "nat-a",
    ]
)
NEARLY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(), lambda inner: st.dictionaries(KEYS, inner, max_size=3)
)


def told(text: bytes) -> State | str:
    """The state, or what is said of the text."""
    try:
        return read_state(text)
    except InputError as error:
        return str(error)


@given(st.binary(max_size=60))
def test_bytes_are_a_state_or_refused_in_one_line(text: bytes) -> None:
    found = told(text)
    assert isinstance(found, State) or ("\n" not in found and len(found) <= 400)


@given(ANYTHING | NEARLY)
def test_json_that_is_a_state_moves_within_bounds_or_is_refused(document: object) -> None:
    state = told(json.dumps(document).encode())
    if not isinstance(state, State):
        return
    try:
        after = moved(shop(), state, PRICES)
    except InputError:
        return
    for name, change in state.functions.items():
        if change.environments is not None:
            assert 0 <= change.environments <= MOST_ENVIRONMENTS
            assert after.demand.functions[name].environments.largest(120.0) == change.environments
    assert peak_connections(after) <= MOST_CONNECTIONS


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b'{"functions": {"storefront": {"environments": -1}}}',
        b'{"functions": {"storefront": {"environments": 1e999}}}',
        b'{"functions": {"storefront": {"environments": true}}}',
        b'{"functions": {"storefront": {"environments": "9000"}}}',
        b'{"functions": {"storefront": {"subnets": 17}}}',
        b'{"functions": {"storefront": {"connections": {"0": {"each": 0}}}}}',
        b'{"functions": {"storefront": {"connections": {"0": {"hold": 0}}}}}',
        b'{"functions": {"storefront": {"connections": {"0": {"hold": NaN}}}}}',
        b'{"functions": {"storefront": {"connections": {"-1": {"each": 1}}}}}',
        b'{"functions": {"storefront": {"memory": 1}}}',
        b'{"nat_gateways": {"nat-a": 33}}',
        b'{"endpoints": {"cache": 1}}',
        b'{"functions": {"storefront": {"environments": ' + b"9" * 5000 + b"}}}",
        b"[" * 60_000,
    ],
)
def test_what_is_out_of_bounds_is_refused(text: bytes) -> None:
    with pytest.raises(InputError):
        read_state(text)


@pytest.mark.parametrize(
    "state",
    [
        {"functions": {"nobody": {"environments": 1}}},
        {"functions": {"storefront": {"connections": {"2": {"each": 1}}}}},
        {"functions": {"outside": {"subnets": 2}}},
        {"nat_gateways": {"nat-z": 1}},
        {"nat_gateways": {"nat-a": 9}},
        {"endpoints": {"nowhere": True}},
    ],
)
def test_what_is_not_in_the_scenario_is_refused(state: object) -> None:
    with pytest.raises(InputError):
        moved(shop(), read_state(json.dumps(state).encode()), PRICES)


def test_numbers_that_are_too_much_together_are_refused() -> None:
    each = {"environments": MOST_ENVIRONMENTS, "connections": {"0": {"each": MOST_EACH}}}
    with pytest.raises(InputError, match="connections at the peak"):
        moved(shop(), read_state(json.dumps({"functions": {"storefront": each}}).encode()), PRICES)


def test_the_most_subnets_are_what_aws_allows() -> None:
    most = SUBNETS_PER_FUNCTION.value
    state = read_state(json.dumps({"functions": {"storefront": {"subnets": most}}}).encode())
    assert len(set(moved(shop(), state, PRICES).network.functions["storefront"].subnets)) == most

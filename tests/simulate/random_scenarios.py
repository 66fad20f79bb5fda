"""Random scenarios: small, but with every feature that the simulator has."""

from __future__ import annotations

from typing import Any

import yaml
from hypothesis import strategies as st

from narrows.scenario import Scenario, parse_scenario


def _durations(*texts: str) -> st.SearchStrategy[str]:
    return st.sampled_from(texts)


_hold = st.one_of(
    st.just("until_recycled"),
    st.just("invocation"),
    _durations("1s", "7s", "60s", "400s"),
    st.fixed_dictionaries(
        {
            "mean": _durations("2s", "30s"),
            "distribution": st.sampled_from(["constant", "exponential", "lognormal"]),
        }
    ),
)
_retries = st.fixed_dictionaries(
    {
        "most": st.integers(0, 3),
        "backoff": _durations("0s", "100ms", "2s"),
        "jitter": st.sampled_from(["none", "full"]),
    }
)


def _connections(destinations: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "to": st.sampled_from(destinations),
            "per_environment": st.integers(1, 4),
            "hold": _hold,
            "connect_timeout": _durations("500ms", "1s", "2500ms", "10s", "30s"),
            "retries": _retries,
            "bytes_per_second": st.sampled_from([0, 0, 3_000_000_000]),
        }
    )


_curve = st.one_of(
    st.integers(0, 6),
    st.fixed_dictionaries(
        {"from": st.integers(0, 5), "to": st.integers(0, 8), "over": _durations("0s", "10s", "100s")}
    ),
    st.tuples(st.integers(1, 6), st.sampled_from([90, 345, 355, 620])).map(
        lambda drawn: {"steps": _steps([drawn[0], 0, drawn[0]], (20, drawn[1], 1))}
    ),
    st.lists(st.tuples(st.integers(0, 7), st.sampled_from([1, 20, 345, 355, 620])), min_size=1, max_size=5).map(
        lambda drawn: {"steps": _steps([level for level, _ in drawn], tuple(gap for _, gap in drawn))}
    ),
)


def _steps(levels: list[int], gaps: tuple[int, ...]) -> list[dict[str, Any]]:
    moment, steps = 0, []
    for level, gap in zip(levels, gaps, strict=True):
        steps.append({"at": f"{moment}s", "to": level})
        moment += gap
    return steps


_assumptions = st.fixed_dictionaries(
    {
        "eni_scale_out_delay": st.sampled_from(["never", "5s", "1s..20s"]),
        "eni_half_open_hold": _durations("500ms", "1s", "4s"),
        "eni_hold_after_close": _durations("0s", "0s", "10s", "60s"),
        "eni_idle_timeout": _durations("350s", "100s", "500s"),
        "nat_connections_per_address": st.integers(1, 12),
        "nat_hold_after_close": _durations("0s", "5s", "60s"),
        "nat_half_open_hold": _durations("1s", "3s", "30s"),
        "nat_address_selection": st.sampled_from(["random-port", "least-used", "random-address"]),
        "nat_on_exhaustion": st.sampled_from(["drop", "drop", "reset"]),
        "environment_placement": st.sampled_from(["even", "random"]),
        "environment_idle_lifetime": _durations("1s", "200s", "600s"),
        "recycled_environment_closes": st.booleans(),
        "address_choice": st.sampled_from(["random", "first"]),
        "resolver_packets_per_second": st.sampled_from(["unlimited", "unlimited", 3]),
        "account_concurrency": st.sampled_from(["unlimited", "unlimited", 5]),
    }
)


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """A scenario as a mapping."""
    nats = {
        f"nat-{k}": {
            "addresses": draw(st.integers(1, 3)),
            "kind": draw(st.sampled_from(["zonal", "regional"])),
        }
        for k in range(draw(st.integers(1, 2)))
    }
    routes = [*nats, *nats, "none", "local"]
    subnets = {
        f"subnet-{k}": {
            "az": f"us-east-1{'ab'[k % 2]}",
            "route": draw(st.sampled_from(routes)),
            "denied_ports": draw(st.sampled_from([[], [], [], [5432]])),
        }
        for k in range(draw(st.integers(1, 3)))
    }
    destinations = {
        name: {
            "port": draw(st.sampled_from([443, 5432])),
            "addresses": draw(st.integers(1, 3)),
            "max_connections": draw(st.sampled_from([None, None, 3, 9])),
            "when_full": draw(st.sampled_from(["refuse", "ignore"])),
            "accepts_per_second": draw(st.sampled_from([None, None, 2])),
            "answers": draw(st.sampled_from(["yes", "yes", "yes", "no", "refuses"])),
            "round_trip": draw(_durations("1ms", "80ms", "600ms")),
            "local": draw(st.sampled_from([False, False, True])),
        }
        for name in ("cache", "orders")[: draw(st.integers(1, 2))]
    }
    functions = {
        f"function-{k}": {
            "subnets": draw(st.lists(st.sampled_from(list(subnets)), max_size=3, unique=True)),
            "security_groups": ["sg-a"],
            "reserved_concurrency": draw(st.sampled_from([None, None, 2])),
            "connections": draw(st.lists(_connections(list(destinations)), max_size=2)),
        }
        for k in range(draw(st.integers(1, 2)))
    }
    others = {
        "fleet": {
            "route": draw(st.sampled_from(list(nats))),
            "az": "us-east-1a",
            "connections": draw(
                st.lists(
                    st.one_of(
                        st.fixed_dictionaries(
                            {
                                "to": st.sampled_from(list(destinations)),
                                "count": _curve,
                                "hold": st.just("20s"),
                            }
                        ),
                        st.fixed_dictionaries(
                            {
                                "to": st.sampled_from(list(destinations)),
                                "per_second": st.just(0.5),
                                "hold": st.just("5s"),
                            }
                        ),
                    ),
                    max_size=2,
                )
            ),
        }
    }
    return {
        "name": "random",
        "vpc": {"subnets": subnets, "nat_gateways": nats},
        "destinations": destinations,
        "functions": functions,
        "others": others,
        "demand": {
            name: {
                "environments": draw(_curve),
                "invocation": {"duration": draw(_durations("200ms", "1s"))},
                **({"invocations_per_second": draw(st.integers(0, 10))} if draw(st.booleans()) else {}),
            }
            for name in functions
        },
        "duration": draw(_durations("5s", "90s", "400s", "1200s")),
        "seed": draw(st.integers(0, 1000)),
        "assumptions": draw(_assumptions),
    }


def scenarios() -> st.SearchStrategy[Scenario]:
    """A scenario that loads."""
    return documents().map(lambda document: parse_scenario(yaml.safe_dump(document)))

"""The worst demands of those that evidence leaves possible, on bounds by hand."""

from __future__ import annotations

import math

from narrows.assumptions import Assumptions
from narrows.evidence.demand.model import CLOSING, LIVE, Demand, Figure, Unknown
from narrows.evidence.polytope import Bound, Polytope
from narrows.plan.worlds import worlds_of

APP, BATCH = ("app", "pay"), ("batch", "pay")


def demand(*bounds: Bound[Unknown]) -> Demand:
    """Two functions to one destination behind one NAT gateway, and what is known of them."""
    names = tuple(Unknown(kind, *use) for use in (BATCH, APP) for kind in (LIVE, CLOSING))
    return Demand(
        uses=(BATCH, APP),
        environments={"app": Figure(100.0, 100.0), "batch": Figure(100.0, 100.0)},
        possible=Polytope(names, bounds),
        least={},
        passing={BATCH: {"nat": 1.0}, APP: {"nat": 1.0}},
        behind={"nat": {BATCH: 1.0, APP: 1.0}},
        on_eni={},
        open=(),
        surely_passing=frozenset({BATCH, APP}),
        hidden={},
        least_in_all=0.0,
        unbounded=(),
        missing_for=(),
    )


def test_what_is_closed_is_closed_by_a_function_that_has_connections() -> None:
    """Metrics say how many are closed a second, not whose: those of the one that has none would be nobody's."""
    known = demand(
        Bound({Unknown(LIVE, *BATCH): 1.0}, 0.0, "", ""),
        Bound({Unknown(LIVE, *APP): 1.0}, 4000.0, "", ""),
        Bound({Unknown(CLOSING, *BATCH): 1.0, Unknown(CLOSING, *APP): 1.0}, 80.0, "", ""),
    )
    (world,) = worlds_of(known, known.possible, Assumptions())
    assert math.isclose(world[Unknown(CLOSING, *APP)], 80.0)
    assert math.isclose(world[Unknown(LIVE, *APP)], 4000.0)
    assert Unknown(CLOSING, *BATCH) not in world

"""``python -m bench lab_agreement``: 20 random scenarios, with real packets and simulated, side by side."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from narrows.lab import Options, run_lab
from narrows.recording import Outcome, Recording, summarize
from narrows.scenario.scale import scale_demand
from narrows.simulate import simulate_scenario
from tests.lab.incidents import SCALE, random_incident

_TIMES = 20
_AT_ONCE = 4
_MOST_APART = 0.25
"""Seconds between the middle timeouts of the two."""
_FIELDS = ("established_peak", "timed_out", "refused", "error_port_allocation")


def main() -> None:
    """Print a line for each scenario, and how many agree."""
    agree = 0
    print(
        f"{'seed':>4}  {'established':>15}  {'timed out':>15}  {'refused':>15}  {'ErrorPortAlloc.':>15}  timeouts apart"
    )
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for seed, (real, simulated) in enumerate(pool.map(_both, range(_TIMES))):
            one, other = summarize(real), summarize(simulated)
            apart = _apart(real, simulated)
            near = abs(one["established_peak"] - other["established_peak"]) <= 1e-3 * other["established_peak"]
            alike = near and (one["error_port_allocation"] > 0) == (other["error_port_allocation"] > 0)
            alike = alike and apart < _MOST_APART and _who(real) == _who(simulated)
            agree += alike
            cells = "  ".join(f"{one[key]:>6,} / {other[key]:>6,}" for key in _FIELDS)  # type: ignore[literal-required]
            print(f"{seed:>4}  {cells}  {apart:.2f} s{'' if alike else '   DIFFERS'}")
    print(f"real / simulated; {agree} of {_TIMES} agree (established within 0.1 %, the same callers time out then)")


def _both(seed: int) -> tuple[Recording, Recording]:
    scenario = random_incident(seed)
    return run_lab(scenario, Options(scale=SCALE)), simulate_scenario(scale_demand(scenario, SCALE), scale=SCALE)


def _who(recording: Recording) -> set[tuple[str, str]]:
    """Which functions' connections to which destinations time out."""
    outcomes = recording.outcomes
    late = outcomes.outcome == Outcome.TIMED_OUT
    pairs = set(zip(outcomes.client[late].tolist(), outcomes.destination[late].tolist(), strict=True))
    return {(outcomes.clients[client], outcomes.destinations[destination]) for client, destination in pairs}


def _apart(real: Recording, simulated: Recording) -> float:
    """Seconds between the middle timeouts of the two."""
    middles = []
    for one in (real, simulated):
        ended = one.outcomes.ended[one.outcomes.outcome == Outcome.TIMED_OUT]
        middles.append(float(np.median(ended)) / 1e6 if len(ended) else 0.0)
    return abs(middles[0] - middles[1])


if __name__ == "__main__":
    main()

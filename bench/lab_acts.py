"""The incident's three acts with real packets at full size, five times each: exactly 55,000, 65,000 and 90,000.

The ramp is ten times as quick (``--speed 10``): 45 s for each run. ``python -m bench.lab_acts second-subnet`` plays one
act; ``NARROWS_BENCH_REPEAT=1`` plays each once.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from bench.lab import megabytes
from narrows.lab import Options, run_lab
from narrows.recording import summarize
from narrows.scenario import load_scenario

_SPEED = 10.0
_ACTS = {"launch-load-test": 55_000, "eight-addresses": 65_000, "second-subnet": 90_000}
_SCENARIOS = Path(__file__).parents[1] / "examples" / "scenarios"


def main() -> None:
    """Print a line for each run, and how many were exact."""
    times = int(os.environ.get("NARROWS_BENCH_REPEAT", "5"))
    for name in [one for one in sys.argv[1:] if one in _ACTS] or _ACTS:
        scenario, wanted = load_scenario(_SCENARIOS / f"{name}.yaml"), _ACTS[name]
        exact = 0
        for _ in range(times):
            recording = run_lab(scenario, Options(speed=_SPEED))
            found = summarize(recording)
            exact += found["established_peak"] == wanted
            late = float(str(recording.extra["latest_connect_seconds"]))
            print(
                f"{name}: {found['established_peak']:,} of {found['attempted']:,} established, "
                f"{found['timed_out']:,} timed out, ErrorPortAllocation {found['error_port_allocation']:,}; "
                f"{megabytes(recording):,.0f} MB; the latest connect came {late:.2f} s late",
                flush=True,
            )
        print(f"{name}: exactly {wanted:,} in {exact} of {times}, speed {_SPEED:g}")


if __name__ == "__main__":
    main()

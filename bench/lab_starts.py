"""``python -m bench lab_starts``: start the lab and end it, a thousand times in a row, and look what is left.

Another number of times can be named after it.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from narrows.lab import Options, run_lab
from narrows.lab.drawing import Drawing
from narrows.lab.memory import Control, SharedMemory
from narrows.scenario import load_scenario

_SCENARIO = Path(__file__).parents[1] / "examples" / "scenarios" / "second-subnet.yaml"


def main() -> None:
    """Start, stop, and print how long it took and what is left."""
    times = next((int(one) for one in sys.argv[1:] if one.isdigit()), 1000)
    scenario = load_scenario(_SCENARIO)
    before = _state()
    began = time.perf_counter()
    for _ in range(times):
        run_lab(scenario, Options(scale=0.01, speed=10.0), watch=_stop_at_once)
    took = time.perf_counter() - began
    time.sleep(1.0)
    print(f"{times} starts and stops of act 3's network: {took:.0f} s, {1000 * took / times:.0f} ms each")
    for name, value in _state().items():
        print(f"  {name}: {before[name]} before, {value} after")


def _stop_at_once(_drawing: Drawing, memory: SharedMemory) -> None:
    if memory.control[Control.START] and not memory.control[Control.STOP]:
        raise KeyboardInterrupt


def _state() -> dict[str, int]:
    own = str(os.getpid())
    children = Path(f"/proc/self/task/{own}/children").read_text().split()
    return {
        "open files of this process": len(list(Path("/proc/self/fd").iterdir())),
        "children of this process": len(children),
        "mounts": len(Path("/proc/self/mountinfo").read_text().splitlines()),
        "network namespaces that any process holds": len(_namespaces()),
    }


def _namespaces() -> set[str]:
    found = set()
    for link in Path("/proc").glob("[0-9]*/ns/net"):
        try:
            found.add(str(link.readlink()))
        except OSError:
            continue
    return found


if __name__ == "__main__":
    main()

"""``python -m tests.terraform [SEEDS]``: random plans as patches of random Terraform, a line for each kind of plan."""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.terraform import TerraformError
from tests.terraform.checking import check


def main(seeds: int) -> int:
    """The table, and the seeds that fail; 1 where one does."""
    patched: Counter[str] = Counter()
    failed: dict[int, str] = {}
    with tempfile.TemporaryDirectory(prefix="narrows-patches-") as scratch:
        for seed in range(seeds):
            try:
                patched[check(seed, Path(scratch) / f"infrastructure-{seed}")] += 1
            except (AssertionError, TerraformError) as error:
                failed[seed] = str(error).splitlines()[0] if str(error) else type(error).__name__
    unneeded = patched.pop("", 0)
    for strategy, count in patched.most_common():
        print(f"{count:5}  {strategy}")
    print(f"{sum(patched.values()):5}  patched, of {seeds} networks; {unneeded} need no plan, or have none")
    for seed, why in failed.items():
        print(f"failed: seed {seed}: {why}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 150))

"""Run the benches, each a module of this folder with a ``main``; all of them, or those that are named."""

from __future__ import annotations

import importlib
import os
import platform
import sys
import time
from pathlib import Path


def available() -> list[str]:
    """Every bench: the modules that define ``main``, in order of name."""
    folder = Path(__file__).parent
    return sorted(
        path.stem
        for path in folder.glob("*.py")
        if not path.stem.startswith("_") and "\ndef main() -> None:" in path.read_text(encoding="utf-8")
    )


def run(names: list[str]) -> None:
    """Run benches by name."""
    unknown = [name for name in names if name not in available()]
    if unknown:
        raise SystemExit(f"bench: no bench '{unknown[0]}'; there are: {', '.join(available())}")
    print(f"{platform.system()} {platform.release()}, {platform.machine()}, {os.cpu_count()} cores, "
          f"Python {platform.python_version()}")  # fmt: skip
    for name in names or available():
        module = importlib.import_module(f"bench.{name}")
        print(f"\n=== {name}: {(module.__doc__ or '').strip().splitlines()[0]}", flush=True)
        began = time.perf_counter()
        module.main()
        print(f"--- {time.perf_counter() - began:.1f} s", flush=True)


if __name__ == "__main__":
    run(sys.argv[1:])

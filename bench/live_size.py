"""Collecting a large account: calls beside the fewest that its pages take, memory, seconds; and what starting costs."""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from narrows.limits import GET_METRIC_DATA_DATAPOINTS, GET_METRIC_DATA_METRICS
from tests.big_cases import START, BigCase

_MIB = 1024
_MOST_CALLS = 1.2
"""Times the fewest."""
_MOST_MEMORY = 500
"""MiB."""
_LISTED, _DESCRIBED = 50, 1_000
"""Resources of a page of ListFunctions, and of EC2's."""
_HELP = 0.2
"""Seconds."""


@dataclass(frozen=True)
class Taken:
    """What one run took."""

    calls: Counter[str]
    datapoints: int
    seconds: float
    cpu: float
    mib: float


def _collect(case: BigCase, folder: Path) -> Taken:
    from tests.aws.collecting import CREDENTIALS
    from tests.aws.server import AwsServer

    served = case.write(folder / "served")
    (served / "ec2" / "vpcs.json").write_text(json.dumps({"Vpcs": [{"VpcId": _vpc(served)}]}))
    end = START.timestamp() + 60 * case.minutes
    with AwsServer(served) as server:
        words = [
            sys.executable, "-m", "narrows", "collect", "--vpc", _vpc(served), "--out", str(folder / "case"),
            "--from", f"{START:%Y-%m-%dT%H:%MZ}", "--to", time.strftime("%Y-%m-%dT%H:%MZ", time.gmtime(end)),
            "--endpoint-url", server.url,
        ]  # fmt: skip
        began = time.perf_counter()
        child = os.posix_spawn(words[0], words, {**os.environ, **CREDENTIALS})
        _, status, used = os.wait4(child, 0)
        seconds = time.perf_counter() - began
        if os.waitstatus_to_exitcode(status) != 0:
            raise RuntimeError("narrows collect failed")
        calls = Counter(call.operation for call in server.calls)
    return Taken(calls, _datapoints(case), seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / _MIB)


def _vpc(served: Path) -> str:
    functions = json.loads((served / "lambda" / "functions.json").read_text())["Functions"]
    return str(functions[0]["VpcConfig"]["VpcId"])


def _datapoints(case: BigCase) -> int:
    return case.minutes * (3 * case.functions + 6 * case.nat_gateways)


def _fewest(case: BigCase) -> dict[str, int]:
    """The calls that the pages of each operation take at the least."""
    metrics = 5 * case.functions + 16 * case.nat_gateways
    by_metrics = math.ceil(metrics / GET_METRIC_DATA_METRICS.value)
    by_points = math.ceil(_datapoints(case) / GET_METRIC_DATA_DATAPOINTS.value)
    return {
        "ListFunctions": math.ceil(case.functions / _LISTED),
        "GetMetricData": max(by_metrics, by_points),
        "DescribeSubnets": math.ceil((case.subnets + case.nat_gateways) / _DESCRIBED),
        "DescribeNatGateways": math.ceil(case.nat_gateways / _DESCRIBED),
    }


def _help() -> float:
    """Seconds of the fastest of ten ``narrows --help``, with no boto3 in it."""
    code = "import sys; from narrows.cli import main\ntry: main(['--help'])\nfinally: assert 'boto3' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], stdout=subprocess.DEVNULL, check=True)
    found = []
    for _ in range(10):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-m", "narrows", "--help"], stdout=subprocess.DEVNULL, check=True)
        found.append(time.perf_counter() - began)
    return min(found)


def run(words: Sequence[str]) -> None:
    """Run with the words of a command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.live_size", description=__doc__)
    parser.add_argument("--functions", type=int, nargs="*", default=[1_250, 5_000])
    asked = parser.parse_args(words)
    print(f"narrows --help: {_help():.2f} s (wanted: under {_HELP})")
    for functions in asked.functions:
        case = BigCase(functions=functions, subnets=400, nat_gateways=60, minutes=133, callers="none")
        with tempfile.TemporaryDirectory(prefix="narrows-live-") as folder:
            taken = _collect(case, Path(folder))
        fewest = _fewest(case)
        all_calls = sum(taken.calls.values())
        others = all_calls - sum(taken.calls[name] for name in fewest)
        least = sum(fewest.values()) + others
        print(
            f"{functions:,} functions, {taken.datapoints:,} datapoints: {taken.seconds:.0f} s ({taken.cpu:.0f} s CPU), "
            f"{taken.mib:.0f} MiB (wanted: under {_MOST_MEMORY}), {all_calls} calls, "
            f"{all_calls / least:.2f} x the fewest (wanted: at most {_MOST_CALLS})"
        )
        for name, count in fewest.items():
            print(f"  {name:24}{taken.calls[name]:>5} of {count}")
        print(f"  {'others':24}{others:>5}: {', '.join(sorted(set(taken.calls) - set(fewest)))}")


def main() -> None:
    run([])


if __name__ == "__main__":
    run(sys.argv[1:])

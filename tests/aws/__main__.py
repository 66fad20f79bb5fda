"""``python -m tests.aws CASE``: the server by hand, until Ctrl-C."""

from __future__ import annotations

import argparse
import sys
import threading
from pathlib import Path

from tests.aws.account import moment
from tests.aws.server import AwsServer, Faults


def main() -> None:
    """Print the address, and answer."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.aws", description="Answer as AWS does, for a case folder, until Ctrl-C."
    )
    parser.add_argument("case", type=Path)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--now", type=moment, help="the server's clock, ISO 8601")
    parser.add_argument("--deny", action="append", default=[], metavar="ACTION", help="such as ec2:DescribeSubnets")
    parser.add_argument("--throttle-every", type=int, default=0, metavar="N")
    given = parser.parse_args()
    faults = Faults(denied=frozenset(given.deny), throttle_every=given.throttle_every)
    with AwsServer(given.case, faults=faults, now=given.now, port=given.port) as server:
        print(server.url, flush=True)
        print(f"{server.account.region}, {server.account.id}, {server.now:%Y-%m-%dT%H:%M:%SZ}", file=sys.stderr)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print(f"calls answered: {len(server.calls):,}")


if __name__ == "__main__":
    main()

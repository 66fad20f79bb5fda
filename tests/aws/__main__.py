"""``python -m tests.aws CASE``: the server by hand, until Ctrl-C."""

from __future__ import annotations

import argparse
import threading
from datetime import datetime
from pathlib import Path

from tests.aws.server import AwsServer, Faults


def main() -> None:
    """Print the address, and answer."""
    parser = argparse.ArgumentParser(prog="python -m tests.aws", description=__doc__)
    parser.add_argument("case", type=Path)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--now", type=datetime.fromisoformat, help="the server's clock, ISO 8601")
    parser.add_argument("--deny", action="append", default=[], metavar="ACTION", help="such as ec2:DescribeSubnets")
    parser.add_argument("--throttle-every", type=int, default=0, metavar="N")
    given = parser.parse_args()
    faults = Faults(denied=frozenset(given.deny), throttle_every=given.throttle_every)
    with AwsServer(given.case, faults=faults, now=given.now, port=given.port) as server:
        print(server.url, flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print(f"{len(server.calls):,} calls")


if __name__ == "__main__":
    main()

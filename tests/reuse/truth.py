"""What becomes of an invocation that finds its connection dead: real clients, servers and packets.

``python -m tests.reuse.truth CLIENT`` must have a network namespace of its own; ``rows`` gives it one.
"""

from __future__ import annotations

import json
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from narrows_lambda.reuse import Policy
from tests.alone import each_alone, end_in_order
from tests.reuse.clients import CLIENTS, FUNCTION_TIMEOUT
from tests.reuse.way import Way
from tests.servers import BY_NAME, Authority, missing

FAULTS = {
    "fin": "peer's FIN already here",
    "rst": "RST upon our bytes",
    "drop": "silent drop",
    "gone": "peer gone: SYN dropped",
    "soon": "silent drop after 10 s",
}
"""What has happened to the connection since the last invocation. Where the peer is gone, nothing gets there any more.
Of the last one the guard sees nothing yet: it is the adapter's to find."""
LATER, SOON = 300.0, 10.0
"""Seconds by which the wall clock is on at the second invocation."""
HOW = ("without", "with")
TLS = ("plain", "tls")
NO_ANSWER = "no answer"


@dataclass(frozen=True)
class Row:
    """One cell."""

    client: str
    tls: str
    fault: str
    how: str
    outcome: str
    """``ok``, the name of the exception, or that there was none until the function's end."""
    opened: int
    """Connections, by the kernel: SYNs that were sent again are none of their own."""
    seconds: float
    """Until it came out so."""
    unable: str = ""
    """Why it could not be played."""


def as_promised(row: Row) -> bool:
    """Whether an invocation with reuse ended as the policy says."""
    if row.fault == "soon":
        # A request that was sent may not be repeated by everybody; nobody waits for the function's end.
        return row.outcome != NO_ANSWER and row.opened <= 1 + Policy.retries
    if row.fault == "gone":
        # It said so itself, before the function's end, and did not storm.
        return row.outcome not in ("ok", NO_ANSWER) and row.opened <= 1 + Policy.retries
    return (row.outcome, row.opened) == ("ok", 1)


def rows(clients: Sequence[str] = tuple(CLIENTS), told: Callable[[str], None] = lambda _: None) -> list[Row]:
    """Every cell of some clients, each client in a network namespace that is its alone.

    Args:
        clients: their names.
        told: called with the name of each that is done.

    Raises:
        RuntimeError: it could not be made, or the play failed.
    """
    commands = {client: (sys.executable, "-m", __name__, client) for client in clients}
    # Most of it is waiting for what does not come.
    said = each_alone(commands, at_once=4, told=told)
    return [Row(**json.loads(line)) for one in said for line in one.splitlines() if line.startswith("{")]


def play(client: str) -> Iterator[Row]:
    """Every cell of one client, in this network namespace."""
    name = CLIENTS[client][0]
    unable = missing(name)
    if unable:
        yield Row(client, "", "", "", "", 0, 0.0, unable)
        return
    with tempfile.TemporaryDirectory(prefix="reuse-") as at:
        folder = Path(at)
        folder.chmod(0o755)
        authority = Authority.made(folder)
        with BY_NAME[name](authority, folder) as ports:
            for tls, port in zip(TLS, ports, strict=True):
                for fault in FAULTS:
                    for how in HOW:
                        yield _cell(client, tls, port, fault, how, authority)


def _cell(client: str, tls: str, port: int, fault: str, how: str, authority: Authority) -> Row:
    # Momento's client speaks TLS to 443 and to no other port.
    way = Way(443 if tls == "tls" else 8_080, port)
    arguments = [client, how, str(way.port), tls, str(authority.certificate)]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.reuse.clients", *arguments],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        first = _said(process, 60)
        if first is None or first["outcome"] != "ok":
            process.kill()
            raise RuntimeError(f"{client} {how} {tls}: {first} {process.communicate()[1][-2_000:]}")
        time.sleep(0.1)
        _break(fault, way)
        opened = _opened() - way.opened
        assert process.stdin is not None
        process.stdin.write(f"{SOON if fault == 'soon' else LATER}\n")
        process.stdin.flush()
        second = _said(process, FUNCTION_TIMEOUT) or {"outcome": NO_ANSWER, "seconds": FUNCTION_TIMEOUT}
        time.sleep(0.1)
        return Row(client, tls, fault, how, second["outcome"], _opened() - way.opened - opened, second["seconds"])
    finally:
        process.kill()
        process.communicate()
        _rules("")
        way.close()


def _said(process: subprocess.Popen[str], seconds: float) -> dict[str, Any] | None:
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], seconds)
    line = process.stdout.readline() if ready else ""
    return json.loads(line) if line else None


def _break(fault: str, way: Way) -> None:
    """Let it happen. The packets were sent, and are lost on the way: so the rules are the receiver's."""
    theirs = "{" + ", ".join(map(str, way.ports())) + "}"
    if fault == "fin":
        way.end()
    elif fault == "rst":
        _rules(f"tcp dport {way.port} tcp sport {theirs} reject with tcp reset")
    elif fault in ("drop", "soon"):
        _rules(f"tcp dport {way.port} tcp sport {theirs} drop\n tcp sport {way.port} tcp dport {theirs} drop")
    else:
        _rules(f"tcp dport {way.port} drop\n tcp sport {way.port} drop")
    time.sleep(0.1)


def _rules(text: str) -> None:
    table = f"table inet faults {{ chain arriving {{ type filter hook input priority 0;\n {text}\n }}\n}}"
    subprocess.run(
        ["nft", "-f", "-"], input=f"table inet faults\ndelete table inet faults\n{table}\n", text=True, check=True
    )


def _opened() -> int:
    """Connections that were begun in this network namespace."""
    text = Path("/proc/self/net/snmp").read_text(encoding="ascii")
    names, values = (line.split() for line in text.splitlines() if line.startswith("Tcp:"))
    return int(dict(zip(names, values, strict=True))["ActiveOpens"])


def main(clients: Sequence[str]) -> None:
    """Print each cell as a line of JSON."""
    end_in_order()
    for client in clients:
        for row in play(client):
            print(json.dumps(asdict(row)), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:] or list(CLIENTS))

"""``python -m tests.node``: print the truth table as seen on this machine, and say where it is not as it should be."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.node.cells import CLIENTS, Cell, Seen, cells, see
from tests.node.faults import Fault, isolate
from tests.node.runtime import layer
from tests.node.servers import Servers


def main() -> None:
    """Let every cell happen, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--client", choices=CLIENTS, action="append", help="these only")
    chosen = parser.parse_args().client or list(CLIENTS)
    isolate()
    layer()
    with tempfile.TemporaryDirectory() as folder:
        servers = Servers(Path(folder) / "servers")
        Path(folder).chmod(0o755)
        with servers as ports, ThreadPoolExecutor(4) as pool:
            wanted = [cell for cell in cells() if cell.client in chosen]
            seen = dict(zip(wanted, pool.map(lambda cell: see(cell, ports, servers.certificate), wanted), strict=True))
    print_table(seen)
    guarded = [not any(faults(cell, one)) for cell, one in seen.items() if cell.guarded]
    sys.stdout.write(f"\n**{sum(guarded)} of {len(guarded)} invocations with the guard as promised**\n")
    if found := [f"{cell}: {fault}" for cell, one in seen.items() for fault in faults(cell, one)]:
        sys.exit("\n".join(found))


def print_table(seen: dict[Cell, Seen]) -> None:
    """As Markdown: a row for each client, with and without; a column for each fault."""
    out = sys.stdout
    out.write(f"| client | | {' | '.join(fault.value for fault in Fault)} |\n|---|---|{'---|' * len(Fault)}\n")
    for client, secure, guarded in dict.fromkeys((one.client, one.secure, one.guarded) for one in seen):
        row = [words(seen[Cell(client, fault, guarded, secure)]) for fault in Fault]
        name = f"{client}, TLS" if secure else client
        out.write(f"| {name} | {'with' if guarded else 'without'} | {' | '.join(row)} |\n")


def faults(cell: Cell, seen: Seen) -> Iterator[str]:
    """What is not as it should be in one cell."""
    if not cell.guarded:
        return
    if not seen.alive:
        yield "the runtime ended"
    if cell.fault is Fault.SYN:
        if seen.outcome == "ok" or seen.opened:
            yield "a connection was opened past a filter that drops every SYN"
        if seen.outcome != "timeout" and not seen.sent_again:
            yield "the sensor saw no SYN that was sent again"
        return
    if cell.fault is Fault.VANISH:
        if seen.outcome == "timeout":
            yield "the invocation was never answered"
        return
    if seen.outcome != "ok":
        yield f"{seen.outcome}, where a new connection would have been answered"
    if seen.reported != seen.opened:
        yield f"the sensor says {seen.reported} opened, the server {seen.opened}"


def words(seen: Seen) -> str:
    """One cell."""
    said = f"{seen.outcome}, {seen.seconds:.2f} s, {seen.opened} opened"
    if seen.reported is not None and seen.reported != seen.opened:
        said += f" (sensor: {seen.reported})"
    return said if seen.alive else f"{said}, runtime ended"


if __name__ == "__main__":
    main()

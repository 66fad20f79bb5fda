"""What the sensor says beside what the kernel and the servers count, for real clients in the real runtime.

``python -m tests.sensor.truth CLIENT...`` must have a network namespace of its own; ``rows`` gives it one.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from tests.alone import each_alone, end_in_order
from tests.runtimes import RuntimeApi, runtime
from tests.sensor.clients import CLIENTS, SHAPES, where
from tests.sensor.conftest import unpacked
from tests.servers import BY_NAME, Authority, cache, missing

INVOCATIONS = 4


@dataclass(frozen=True)
class Row:
    """One cell: what was counted over all of its invocations, by each who counts."""

    client: str
    tls: bool
    shape: str
    opened: int
    """By the sensor."""
    opened_kernel: int
    """``ActiveOpens`` less ``AttemptFails``, less the runtime's own."""
    opened_server: int
    """``PassiveOpens``: accepted, less that of the Runtime API."""
    attributed: int
    """Of those opened, under their destination."""
    held: int
    """After the last invocation, by the sensor."""
    held_kernel: int
    """Established to the server, by netlink."""
    reused: int
    """By the sensor."""
    reused_kernel: int
    """There before an invocation, and with more data after it, by netlink."""
    named: tuple[str | None, ...]
    """``client`` in the lines."""
    unable: str = ""
    """Why it could not be played."""

    @property
    def true(self) -> bool:
        """Whether all agree."""
        return (
            self.opened == self.opened_kernel == self.opened_server
            and self.held == self.held_kernel
            and self.reused == self.reused_kernel
        )


def rows(clients: Sequence[str] = tuple(CLIENTS), told: Callable[[str], None] = lambda _: None) -> list[Row]:
    """Every cell of some clients, each client in a network namespace that is its alone.

    Args:
        clients: their names.
        told: called with the name of each that is done.

    Raises:
        RuntimeError: it could not be made, or the play failed.
    """
    commands = {client: (sys.executable, "-m", __name__, client) for client in clients}
    found = [
        json.loads(line) for said in each_alone(commands, told=told) for line in said.splitlines() if line[:1] == "{"
    ]
    return [Row(**(one | {"named": tuple(one["named"])})) for one in found]


def _counted() -> tuple[int, int]:
    """(opened, accepted) in this namespace."""
    text = Path("/proc/self/net/snmp").read_text(encoding="ascii")
    names, values = (line.split() for line in text.splitlines() if line.startswith("Tcp:"))
    tcp = dict(zip(names, values, strict=True))
    return int(tcp["ActiveOpens"]) - int(tcp["AttemptFails"]), int(tcp["PassiveOpens"])


def _established(port: int) -> dict[str, str]:
    """Connections to a server, by their own end: what went either way."""
    said = subprocess.run(["ss", "-tinHO", "state", "established"], capture_output=True, text=True, check=True)
    found = {}
    for line in said.stdout.splitlines():
        _, _, local, peer, *rest = line.split()
        if int(peer.rpartition(":")[2]) == port:
            moved = [word for word in rest if word.startswith(("data_segs_out:", "data_segs_in:"))]
            found[local] = " ".join(moved)
    return found


def play(name: str) -> Iterator[Row]:
    """Every cell of one client."""
    client = CLIENTS[name]
    unable = missing(client.server)
    if unable is not None:
        yield Row(name, False, "", 0, 0, 0, 0, 0, 0, 0, 0, (), unable)
        return
    # Momento's client speaks TLS to 443 and to no other port.
    served = partial(cache, tls=443) if client.server == "cache" else BY_NAME[client.server]
    with tempfile.TemporaryDirectory() as at:
        folder = Path(at)
        folder.chmod(0o755)
        authority, wrapper = Authority.made(folder), unpacked(folder)
        with served(authority, folder) as ports:
            for tls, port in zip((False, True), ports, strict=True):
                head = where(port, tls, authority.certificate)
                for shape, handler in SHAPES.items():
                    yield _cell(name, tls, shape, port, head + client.source + handler, wrapper)


def _cell(name: str, tls: bool, shape: str, port: int, source: str, wrapper: Path) -> Row:
    with tempfile.TemporaryDirectory() as at, RuntimeApi() as api:
        folder = Path(at)
        (folder / "app.py").write_text(source, encoding="utf-8")
        opened, accepted = _counted()
        reused = 0
        with runtime(api, folder, wrapper=wrapper) as one:
            for _ in range(INVOCATIONS):
                before = _established(port)
                answer = one.invoke()
                if answer.kind != "response":
                    raise RuntimeError(f"{name} {tls=} {shape}: {answer.body.decode()}\n{one.log()}")
                after = _established(port)
                reused += sum(1 for local in before.keys() & after.keys() if before[local] != after[local])
            # Of those that the handler closed, the last goodbye may be on its way.
            until = time.monotonic() + 2
            while (held := len(_established(port))) != one.lines()[-1]["ConnectionsHeld"] and time.monotonic() < until:
                time.sleep(0.02)
            now_opened, now_accepted = _counted()
            lines = one.lines()
    destinations = [to for line in lines for to in line["narrows"]["destinations"]]
    return Row(
        name, tls, shape,
        opened=sum(line["ConnectionsOpened"] for line in lines),
        opened_kernel=now_opened - opened - 1,
        opened_server=now_accepted - accepted - 1,
        attributed=sum(to["opened"] for to in destinations),
        held=lines[-1]["ConnectionsHeld"],
        held_kernel=held,
        reused=sum(line["ConnectionsReused"] for line in lines),
        reused_kernel=reused,
        named=tuple(sorted({to.get("client") for to in destinations}, key=str)),
    )  # fmt: skip


def main(names: Sequence[str]) -> None:
    """Print each cell as a line of JSON."""
    end_in_order()
    for name in names:
        for row in play(name):
            print(json.dumps(asdict(row)), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:] or list(CLIENTS))

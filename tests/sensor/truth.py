"""What the sensor says beside what the kernel and the servers count, for real clients in the real runtime.

``python -m tests.sensor.truth CLIENT...`` must have a network namespace of its own; ``rows`` gives it one.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.runtimes import RuntimeApi, runtime
from tests.sensor.clients import CLIENTS, SHAPES, Client
from tests.sensor.conftest import unpacked
from tests.sensor.servers import PORTS, missing, running

INVOCATIONS = 4
_ALONE = ("unshare", "--net", "--map-root-user")
"""An ordinary user needs a user namespace for one of networks; root has no need of it, and PostgreSQL none of that."""


@dataclass(frozen=True)
class Row:
    """One cell: what was counted over all of its invocations, by each who counts."""

    client: str
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


def alone(command: Sequence[str], *, before: str = "true", seconds: float = 500.0) -> str:
    """What a command prints in a network namespace that is its alone.

    Args:
        command: that.
        before: what the shell runs first, once loopback is there.
        seconds: it may take.

    Raises:
        RuntimeError: the namespace could not be made, or the command failed.
    """
    way = _ALONE[:2] if os.geteuid() == 0 else _ALONE
    whole = [*way, "sh", "-c", f'ip link set lo up && {before} && exec "$@"', "sh", *command]
    done = subprocess.run(whole, capture_output=True, text=True, check=False, timeout=seconds)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return done.stdout


def why_not_alone() -> str | None:
    """Why there is no network namespace here; None where there is."""
    try:
        alone(["true"])
    except (OSError, RuntimeError) as error:
        return f"no network namespace here: {error}"
    return None


def rows(clients: Sequence[str] = tuple(CLIENTS)) -> list[Row]:
    """Every cell of some clients, played in a network namespace that is theirs alone.

    Raises:
        RuntimeError: it could not be made, or the play failed.
    """
    said = alone([sys.executable, "-m", __name__, *clients])
    found = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    return [Row(**(one | {"named": tuple(one["named"])})) for one in found]


def _counted() -> tuple[int, int]:
    """(opened, accepted) in this namespace."""
    text = Path("/proc/self/net/snmp").read_text(encoding="ascii")
    names, values = (line.split() for line in text.splitlines() if line.startswith("Tcp:"))
    tcp = dict(zip(names, values, strict=True))
    return int(tcp["ActiveOpens"]) - int(tcp["AttemptFails"]), int(tcp["PassiveOpens"])


def _established() -> dict[str, str]:
    """Connections to the servers, by their own end: what went either way."""
    said = subprocess.run(["ss", "-tinHO", "state", "established"], capture_output=True, text=True, check=True)
    found = {}
    for line in said.stdout.splitlines():
        _, _, local, peer, *rest = line.split()
        if int(peer.rpartition(":")[2]) in PORTS:
            moved = [word for word in rest if word.startswith(("data_segs_out:", "data_segs_in:"))]
            found[local] = " ".join(moved)
    return found


def play(name: str, client: Client, shape: str, wrapper: Path) -> Row:
    """One cell."""
    with tempfile.TemporaryDirectory() as at, RuntimeApi() as api:
        folder = Path(at)
        (folder / "app.py").write_text(client.source + SHAPES[shape], encoding="utf-8")
        opened, accepted = _counted()
        reused = 0
        with runtime(api, folder, wrapper=wrapper) as one:
            for _ in range(INVOCATIONS):
                before = _established()
                answer = one.invoke()
                if answer.kind != "response":
                    raise RuntimeError(f"{name} {shape}: {answer.body.decode()}\n{one.log()}")
                after = _established()
                reused += sum(1 for local in before.keys() & after.keys() if before[local] != after[local])
            # Of those that the handler closed, the last goodbye may be on its way.
            until = time.monotonic() + 2
            while (held := len(_established())) != one.lines()[-1]["ConnectionsHeld"] and time.monotonic() < until:
                time.sleep(0.02)
            now_opened, now_accepted = _counted()
            lines = one.lines()
    destinations = [to for line in lines for to in line["narrows"]["destinations"]]
    return Row(
        name, shape,
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
    unable = {name: missing(CLIENTS[name].server) for name in names}
    able = [name for name in names if unable[name] is None]
    with tempfile.TemporaryDirectory() as folder, running({CLIENTS[name].server for name in able}):
        wrapper = unpacked(Path(folder))
        for name in able:
            for shape in SHAPES:
                print(json.dumps(asdict(play(name, CLIENTS[name], shape, wrapper))), flush=True)
    for name, why in unable.items():
        if why is not None:
            print(json.dumps(asdict(Row(name, "", 0, 0, 0, 0, 0, 0, 0, 0, (), why))), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:] or list(CLIENTS))

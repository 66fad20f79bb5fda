"""Many real runtimes with the layer: what their sensors say, summed, beside what the lab's tables hold in the end."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from narrows.lab.run import Run
from narrows.lab.runtimes.plan import Function
from narrows.recording import TableSeries
from narrows.scenario import parse_scenario
from tests.lab.layered import layered, said_by

PORT = 6379
CONNECTIONS = {"cache": 2, "sessions": 1}
"""That an environment, or an invocation, opens to each destination."""
_OPENS = f"""
import redis
def opened():
    clients = [redis.Redis(host=name + ".example.com", port={PORT}) for name in {list(CONNECTIONS)!r}
               for _ in range({CONNECTIONS!r}[name])]
    for client in clients:
        client.ping()
    return clients
"""
HOW = {
    "naive, closed": "def handler(event, context):\n    for client in opened():\n        client.close()\n",
    "naive, never closed": "kept = []\ndef handler(event, context):\n    kept.extend(opened())\n",
    "with reuse": "clients = opened()\ndef handler(event, context):\n    for one in clients:\n        one.ping()\n",
}
_EVERY, _AT_ONCE, _AFTER = 6.0, 5, 20
"""Seconds from one invocation to the next; environments that start in two seconds, of which two cores can do twice as
many; seconds in which all of them rest."""


@dataclass(frozen=True)
class Place:
    """One destination, at the end."""

    opened: int
    """By the sensors."""
    ports: int
    """In the NAT gateway's table, which forgets none while it lasts."""
    held: int
    """By the latest line of each sensor."""
    established: int
    """In the table of the destination."""

    @property
    def true(self) -> bool:
        """Whether they agree."""
        return self.opened == self.ports and self.held == self.established


@dataclass(frozen=True)
class Sum:
    """One run."""

    how: str
    runtimes: int
    invocations: int
    killed: int
    """Runtimes that took too long to start, and could not say what they had opened: the machine was too busy."""
    lines: int
    """Of the sensors: one for each invocation."""
    opened: int
    """By the sensors."""
    opened_kernels: int
    """``ActiveOpens`` of the environments' network namespaces, less the runtimes' own."""
    held: int
    """On the ENI, by the sensors."""
    held_kernels: int
    """Established in the environments' network namespaces."""
    eni: int
    """Entries of the ENI's table."""
    places: dict[str, Place]
    """By destination."""

    @property
    def true(self) -> bool:
        """Whether all agree."""
        return (
            self.lines == self.invocations > 0
            and self.opened == self.opened_kernels > 0
            and self.held == self.held_kernels == self.eni
            and all(one.true for one in self.places.values())
            and sum(one.held for one in self.places.values()) == self.held
        )


def summed(how: str, runtimes: int, *, every: float = _EVERY, seconds: int = 12) -> Sum:
    """Play some runtimes, let them rest, and sum what their sensors said with ``narrows sensor``.

    Args:
        how: of ``HOW``.
        runtimes: so many.
        every: seconds from one invocation to the next.
        seconds: after the last of them has started, until no more is invoked.

    Raises:
        InputError, LabError, KeyboardInterrupt: as of ``layered``.
    """
    with tempfile.TemporaryDirectory() as at:
        folder = Path(at)
        folder.chmod(0o755)
        (folder / "handler.py").write_text(_OPENS + HOW[how], encoding="utf-8")
        function = Function(at, every=every, timeout=60.0)
        with layered(parse_scenario(_scenario(runtimes, seconds), "sums"), function, "redis") as (run, case):
            said = said_by("sensor", case / "callers" / "storefront.json", "--case", case)
            return _held_to(how, run, said)


def _scenario(runtimes: int, seconds: int) -> str:
    """Environments start a few at a time; in the end none is invoked any more, and all are still there."""
    steps = [
        f"{{at: {2 * number}s, to: {min(runtimes, (number + 1) * _AT_ONCE)}}}"
        for number in range(-(-runtimes // _AT_ONCE))
    ]
    over = 2 * len(steps) + seconds
    connections = ", ".join(f"{{to: {name}, per_environment: {count}}}" for name, count in CONNECTIONS.items())
    destinations = ", ".join(f"{name}: {{port: {PORT}, host: {name}.example.com}}" for name in CONNECTIONS)
    return f"""
name: sums
vpc: {{subnets: {{a: {{az: a, route: nat}}}}, nat_gateways: {{nat: {{addresses: 1}}}}}}
destinations: {{{destinations}}}
functions: {{storefront: {{subnets: [a], security_groups: [sg], connections: [{connections}]}}}}
demand: {{storefront: {{environments: {{steps: [{", ".join(steps)}, {{at: {over}s, to: 0}}]}}}}}}
duration: {over + _AFTER}s
assumptions: {{environment_idle_lifetime: 1h, nat_hold_after_close: 1h}}
"""


def _held_to(how: str, run: Run, said: dict[str, Any]) -> Sum:
    assert run.account is not None
    summary = run.account.summary()
    by_name = {one["place"].partition(".")[0]: one for one in said["destinations"]}
    tables = run.recording.tables
    places = {
        name: Place(
            opened=by_name[name]["opened"],
            ports=_last(one for one in tables if one.kind == "nat-address" and one.destination == name),
            held=_held(by_name[name]),
            established=_last(one for one in tables if one.kind == "destination" and one.resource == name),
        )
        for name in CONNECTIONS
    }
    return Sum(
        how=how,
        runtimes=summary["environments"],
        invocations=summary["invocations"],
        killed=summary["runtimes_started"] - summary["environments"],
        lines=said["lines"],
        opened=sum(one["opened"] for one in said["destinations"]),
        opened_kernels=summary["connections_opened"],
        held=sum(_held(one) for one in said["enis"]),
        held_kernels=summary["connections_held"],
        eni=_last(one for one in tables if one.kind == "hyperplane-eni"),
        places=places,
    )


def _held(place: dict[str, Any]) -> int:
    """The sum of each process's latest line, at its highest, which here is in the end. What is certain is no more: an
    invocation that had not ended might have closed some."""
    held = place["held"]
    assert held["certain"] <= held["peak"]
    return int(held["peak"])


def _last(tables: Iterator[TableSeries]) -> int:
    return sum(int(one.occupied[-1]) for one in tables)

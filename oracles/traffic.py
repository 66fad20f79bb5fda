"""Random traffic with known truth, on one Hyperplane ENI: what the reconstruction is tested and measured with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from narrows.limits import NAT_IDLE_TIMEOUT
from narrows.units import MICROSECONDS
from narrows.writing.flow_logs.flows import Ending, Flows, Interface
from narrows.writing.flow_logs.options import FlowLogOptions
from narrows.writing.flow_logs.ports import LAST_PORT, assign_ports
from narrows.writing.flow_logs.write import write_flow_logs

if TYPE_CHECKING:
    from numpy.typing import NDArray

START = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SHAPES = ("burst", "churn", "keep-alive", "short", "storm")
"""What the arrivals and holds of a model look like."""
_IDLE = NAT_IDLE_TIMEOUT.value * MICROSECONDS
_ENI_ADDRESS = "10.0.1.17"
_HALF_OPEN = MICROSECONDS
_HALF_OPEN_SPANS = ((0, 2), (3, 4), (7, 8))
"""Seconds of four SYNs at 0, 1, 3 and 7, each held for one second."""


@dataclass(frozen=True)
class Traffic:
    """One model: its connections, and how many of them were open at the peak."""

    name: str
    flows: Flows
    destinations: tuple[str, ...]
    seconds: int
    options: FlowLogOptions
    gone: NDArray[np.int64]
    """When the table forgets each connection, microseconds."""

    def write(self, folder: Path) -> int:
        """Write its flow logs; returns the number of records."""
        return write_flow_logs(
            folder,
            self.flows,
            interfaces=[Interface("eni-0aaaaaaaaaaaaaaa1", "subnet-0a", "use1-az1", "-")],
            addresses=[_ENI_ADDRESS, *self.destinations],
            outbound=np.ones(len(self.flows), bool),
            start=START,
            seconds=self.seconds,
            options=self.options,
        )

    def true_peaks(self) -> dict[str, tuple[int, int]]:
        """For each destination the most entries at any moment of the run, and the second of it since 1970."""
        return {
            name: peak(*self._entries(self.flows.server == number + 1), self.seconds)
            for number, name in enumerate(self.destinations)
        }

    def shortest_rest(self) -> float:
        """Seconds that a port rested, at the least, before another connection to the same destination got it."""
        order = np.lexsort((self.flows.opened, self.flows.client_port, self.flows.server))
        same = np.ones(len(order) - 1, bool)
        for column in (self.flows.client_port, self.flows.server):
            same &= column[order][1:] == column[order][:-1]
        rests = (self.flows.opened[order][1:] - self.gone[order][:-1])[same]
        return float(rests.min()) / MICROSECONDS if len(rests) else float("inf")

    def _entries(self, own: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """When entries of the table begin and end. One that nobody answers is forgotten after each of its SYNs."""
        answered = self.flows.answered >= 0
        begins, ends = [self.flows.opened[own & answered]], [self.gone[own & answered]]
        half_open = self.flows.opened[own & ~answered]
        for first, until in _HALF_OPEN_SPANS:
            begins.append(half_open + first * MICROSECONDS)
            ends.append(half_open + until * MICROSECONDS)
        return np.concatenate(begins), np.concatenate(ends)


def peak(begins: NDArray[np.int64], ends: NDArray[np.int64], seconds: int) -> tuple[int, int]:
    """The most that is open at once before the run ends, and its second since 1970."""
    moments = np.concatenate([begins, ends])
    steps = np.concatenate([np.ones(len(begins), np.int64), -np.ones(len(ends), np.int64)])
    order = np.lexsort([steps, moments])
    order = order[moments[order] < seconds * MICROSECONDS]
    level = np.cumsum(steps[order])
    if not len(level):
        return 0, int(START.timestamp())
    most = int(np.argmax(level))
    return int(level[most]), int(START.timestamp()) + int(moments[order][most] // MICROSECONDS)


def random_traffic(seed: int, *, connections: int = 20_000, version: int = 5, interval: int | None = None) -> Traffic:
    """A model drawn from ``seed``: its shape, holds, idle gaps, killed sandboxes, port reuse and interval."""
    rng = np.random.default_rng([seed, 0x7AFF])
    shape = SHAPES[int(rng.integers(len(SHAPES)))]
    seconds = int(rng.integers(900, 2400))
    count = int(connections * rng.uniform(0.3, 1.0))
    destinations = tuple(f"203.0.113.{10 + k}" for k in range(int(rng.integers(1, 4))))
    opened = _arrivals(shape, count, seconds, rng)
    hold = _holds(shape, count, rng)
    killed = rng.random(count) < float(rng.choice([0.0, 0.0, 0.05, 0.5]))
    reset = ~killed & (rng.random(count) < 0.05)
    unanswered = rng.random(count) < float(rng.choice([0.0, 0.0, 0.1]))
    gap = float(rng.choice([5.0, 20.0, 90.0, 200.0]))
    options = FlowLogOptions(
        version=version,
        interval=int(rng.choice([60, 60, 600])) if interval is None else interval,
        idle_gap=gap,
        port_choice=str(rng.choice(["longest-free", "random", "at-once"])),
        seed=seed,
    )
    period = np.clip(rng.exponential(gap, count), 1.0, options.longest_idle_gap)
    answered = np.where(unanswered, -1, opened + rng.integers(300, 5000, count))
    period_us = (period * MICROSECONDS).astype(np.int64)
    closes = answered + (hold * MICROSECONDS).astype(np.int64)
    # A killed sandbox sends nothing more: its last packet is the last of its data.
    data = np.maximum(0, (closes - answered) // period_us)
    last = np.where(killed, answered + data * period_us, closes)
    last = np.where(unanswered, opened + 7 * MICROSECONDS, last)
    ending = np.where(killed, Ending.SILENT, np.where(reset, Ending.RST, Ending.FIN)).astype(np.int8)
    ending[unanswered] = Ending.SILENT
    gone = np.where(unanswered, last + _HALF_OPEN, np.where(killed, last + _IDLE, last))
    table = np.zeros(count, np.int64)
    most = peak(opened, gone, seconds)[0]
    # A table with few ports to spare gives them out again soon, as one that is nearly full does.
    spare = float(rng.choice([0.1, 1.0, 1000.0]))
    ports = assign_ports(
        opened, gone, table, choice=options.port_choice, ports=min(LAST_PORT, int(most * (1 + spare)) + 1), seed=seed
    )
    zeros = np.zeros(count, np.int32)
    server = rng.integers(1, len(destinations) + 1, count).astype(np.int32)
    flows = Flows(
        interface=zeros, client=zeros, server=server, pkt_client=zeros, pkt_server=server, client_port=ports,
        server_port=np.full(count, 443, np.int32), opened=opened,
        syns=np.where(unanswered, 4, 1).astype(np.int32), answered=answered.astype(np.int64),
        last=last.astype(np.int64), period=period_us, ending=ending, rejected=np.zeros(count, bool),
    )  # fmt: skip
    return Traffic(f"{seed}-{shape}", flows, destinations, seconds, options, gone)


def with_options(traffic: Traffic, **changes: Any) -> Traffic:
    """The same connections, written otherwise (``version``, ``interval``, ``skipdata``, ``format``)."""
    return replace(traffic, options=replace(traffic.options, **changes))


def _arrivals(shape: str, count: int, seconds: int, rng: np.random.Generator) -> NDArray[np.int64]:
    if shape in ("burst", "storm"):
        center, width = rng.uniform(0.2, 0.6) * seconds, float(rng.choice([2.0, 10.0, 60.0]))
        share = 0.7 if shape == "burst" else 0.9
        moments = np.where(rng.random(count) < share, center + rng.random(count) * width, rng.random(count) * seconds)
    else:
        level = rng.uniform(0.2, 1.0)
        wave = 1 + level * np.sin(np.linspace(0, 2 * np.pi * rng.uniform(0.5, 3), 1000))
        cumulative = np.cumsum(np.maximum(wave, 0.02))
        moments = np.interp(rng.random(count) * cumulative[-1], cumulative, np.linspace(0, seconds, 1000))
    return np.sort((moments * MICROSECONDS).astype(np.int64))


def _holds(shape: str, count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    mean = {
        "burst": (30, 300), "churn": (3, 40), "keep-alive": (300, 1500), "short": (0.05, 2), "storm": (1, 60)
    }[shape]  # fmt: skip
    chosen = rng.uniform(*mean)
    if rng.random() < 0.5:
        return rng.exponential(chosen, count)
    return rng.lognormal(np.log(chosen) - 0.5, 1.0, count)

"""Flow logs against known truth: does the interval hold the peak, how wide is it, and is what vanishes found?

The method was chosen while looking at the models with the first seeds, of which the first are shown; the table that
counts is of models that nobody looked at before.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from narrows.assumptions import Assumptions
from narrows.flowlogs import Loss, count_connections, where_lost
from oracles.flow_networks import PKT, Network, changed, random_network
from oracles.traffic import Traffic, random_traffic, with_options

CHOSEN_ON, REPORTED_ON = range(30), range(8000, 8060)
"""Seeds of the models that the method was chosen on, and of those that it is reported on."""
ENOUGH = 100
"""Connections at the peak from which on a key counts."""
RESTED, SOON = "ports rest for a minute or more", "ports are given out again sooner"
"""The classes of models: the second contradicts the assumption port_rest, which counts without tcp-flags."""
VARIANTS = ((5, 60), (5, 600), (2, 60), (2, 600))
"""(version, interval)"""


NETWORKS = range(9000, 9100)
"""Seeds of the random networks in which SYNs vanish."""
LOGGED: dict[str, Callable[[Network], Network]] = {
    "every hop, 60 s": lambda one: changed(
        one, {"interval": 60, "skipdata": 0.0}, unlogged=frozenset(), without=(), eni_ports=60_000
    ),
    "every hop, 600 s": lambda one: changed(one, {"interval": 600, "skipdata": 0.0}, unlogged=frozenset(), without=()),
    "as drawn: SKIPDATA, formats, gateways without logs": lambda one: one,
    "without pkt-srcaddr and pkt-dstaddr": lambda one: changed(one, without=PKT),
    "NAT ports given out at once": lambda one: changed(one, {"port_choice": "at-once"}, nat_rest=0.0, nat_ports=1000),
}


@dataclass
class Held:
    """How the intervals of some keys did."""

    keys: int = 0
    held: int = 0
    widths: list[float] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    def line(self, name: str) -> str:
        """A row of the table."""
        widths = sorted(filter(math.isfinite, self.widths)) or [0.0]
        no_end = len(self.widths) - len(list(filter(math.isfinite, self.widths)))
        share = self.held / self.keys if self.keys else 1.0
        mean = sum(widths) / len(widths)
        return f"{name:<44}{self.keys:>6}{share:>10.2%}{mean:>12.1%}{widths[len(widths) // 2]:>12.1%}{no_end:>14}"


def judge(traffic: Traffic, into: Held) -> None:
    """Write a model's flow logs, count, and compare with the truth."""
    with tempfile.TemporaryDirectory() as folder:
        traffic.write(Path(folder))
        true = traffic.true_peaks()
        for key in count_connections([folder]).keys:
            peak, _ = true[str(key.destination)]
            if peak < ENOUGH:
                continue
            into.keys += 1
            into.widths.append((key.most - key.low) / peak)
            if key.low <= peak <= key.most:
                into.held += 1
            else:
                into.missed.append(f"{traffic.name}: {peak:,} not in {key.low:,} to {key.most:,}")


@dataclass
class Found:
    """How the bounds between two hops did."""

    bounds: int = 0
    held: int = 0
    unknown: int = 0
    """Networks in which no bound is possible."""
    said: int = 0
    true: int = 0

    def add(self, loss: Loss, true: int) -> None:
        """Take in what one network's logs say."""
        self.true += true
        if loss.count is None:
            self.unknown += 1
            return
        self.bounds += 1
        self.held += loss.count <= true
        self.said += loss.count

    def line(self, name: str) -> str:
        """A row of the table."""
        share = f"{self.held / self.bounds:.2%}" if self.bounds else "-"
        recall = f"{self.said / self.true:.1%}" if self.true else "-"
        return f"{name:<44}{self.bounds:>8}{share:>10}{self.unknown:>10}{self.true:>10,}{recall:>10}"


def print_lost() -> None:
    """The table of --where-lost."""
    print(f"\nWhere SYNs vanish, {len(NETWORKS)} random networks: at least so many of those that truly do")
    print(f"{'':<44}{'bounds':>8}{'held':>10}{'no bound':>10}{'truly':>10}{'found':>10}")
    for name, log in LOGGED.items():
        print(name)
        every: dict[str, Found] = {}
        for seed in NETWORKS:
            network = log(random_network(seed))
            with tempfile.TemporaryDirectory() as folder:
                network.write(Path(folder))
                lost = where_lost(count_connections([folder]).raw)
            for loss in lost.losses:
                true = network.truly_lost()[loss.after, loss.before]
                every.setdefault(f"  {loss.after} to {loss.before}", Found()).add(loss, true)
        for hops, found in every.items():
            print(found.line(hops))


def main() -> None:
    """Print the tables."""
    print_peaks()
    print_lost()


def print_peaks() -> None:
    """The tables of the interval."""
    for name, seeds in (("chosen on", CHOSEN_ON), ("reported on", REPORTED_ON)):
        print(
            f"\nInterval of the peak, {len(seeds)} random traffic models ({name}), keys with a peak of {ENOUGH} or more"
        )
        print(f"{'':<44}{'keys':>6}{'held':>10}{'mean width':>12}{'median':>12}{'no upper end':>14}")
        missed: list[str] = []
        for version, interval in VARIANTS:
            by_ports: dict[str, Held] = {"all": Held()}
            for seed in seeds:
                traffic = with_options(random_traffic(seed, connections=20_000), version=version, interval=interval)
                one = Held()
                judge(traffic, one)
                rests = traffic.shortest_rest() >= Assumptions().port_rest
                for group in ("all", f"  {RESTED if rests else SOON}"):
                    into = by_ports.setdefault(group, Held())
                    into.keys, into.held = into.keys + one.keys, into.held + one.held
                    into.widths += one.widths
                    into.missed += one.missed if group == "all" else []
            flags = "with tcp-flags (v5)" if version >= 3 else "without tcp-flags (v2)"
            for group, held in by_ports.items():
                print(held.line(f"{flags}, {interval} s" if group == "all" else group))
            missed += [f"{flags}, {interval} s: {line}" for line in by_ports["all"].missed]
        for line in missed[:20]:
            print(f"  missed: {line}")


if __name__ == "__main__":
    main()

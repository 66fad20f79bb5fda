"""What really happened in a run, by the ids of the causes. Read off the recording, not off the recipe."""

from __future__ import annotations

from dataclasses import dataclass

from narrows.recording import Outcome, Recording


@dataclass(frozen=True)
class Truth:
    """The causes that had an effect, and how large it was."""

    effects: dict[str, int]
    """SYNs, attempts, packets or invocations that a cause spoiled; only those that spoiled some."""

    @property
    def causes(self) -> frozenset[str]:
        """Their ids."""
        return frozenset(self.effects)


def find_truth(recording: Recording, state_codes: dict[str, str]) -> Truth:
    """The causes at work in a run."""
    ended = dict.fromkeys(Outcome, 0)
    for series in recording.functions.values():
        for outcome in Outcome:
            ended[outcome] += int(series.outcomes[:, outcome].sum())
    effects = {
        "nat-port-exhaustion": sum(int(one.port_allocation_errors.sum()) for one in recording.nat_gateways.values()),
        "hyperplane-eni-exhaustion": _dropped(recording, "hyperplane-eni"),
        "route-or-rule-blocked": _blocked(recording),
        "idle-timeout-reset": ended[Outcome.RESET],
        "descriptor-exhaustion": ended[Outcome.NO_DESCRIPTOR],
        "dns-failure": ended[Outcome.NO_NAME],
        "lambda-throttling": sum(int(one.throttles.sum()) for one in recording.functions.values()),
        "nat-bandwidth": sum(int(one.packets_dropped.sum()) for one in recording.nat_gateways.values()),
        "eni-quota-or-address-shortage": len(state_codes),
        **_destinations(recording),
    }
    return Truth({cause: effect for cause, effect in effects.items() if effect})


def _dropped(recording: Recording, kind: str) -> int:
    return sum(int(table.dropped.sum()) for table in recording.tables if table.kind == kind)


def _blocked(recording: Recording) -> int:
    """Attempts of functions all of whose paths are blocked."""
    spoiled = 0
    network = recording.network
    for name, series in recording.functions.items():
        paths = [path for target in network.destinations for path in network.paths(name, target)]
        if any(path.blocked for path in paths) and not series.outcomes[:, Outcome.ESTABLISHED].sum():
            spoiled += int(series.attempted.sum())
    return spoiled


def _destinations(recording: Recording) -> dict[str, int]:
    full = silent = refusing = 0
    for name, series in recording.destinations.items():
        destination = recording.network.destinations[name]
        refused, ignored = int(series.refused.sum()), int(series.ignored.sum())
        if destination.answers == "no" or destination.accepts_per_second is not None:
            silent += ignored
        elif destination.answers == "refuses":
            refusing += refused
        elif destination.max_connections is not None:
            full += refused + ignored
    return {
        "destination-connection-limit": full,
        "destination-not-answering": silent,
        "destination-refusing": refusing,
    }

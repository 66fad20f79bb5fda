"""Scenarios: the YAML that people write, as a network, a demand and assumptions."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from narrows.assumptions import Assumptions
from narrows.demand import Demand
from narrows.given import given_path, wrong
from narrows.network import Destination, Function, Network, NetworkError, OtherClient
from narrows.network_checks import check
from narrows.scenario.demand import demand
from narrows.stated_assumptions import assumptions_in
from narrows.yaml_source import YamlSource, parse_yaml, read_yaml

if TYPE_CHECKING:
    from narrows.scenario import shape


@dataclass(frozen=True)
class Scenario:
    """A network, what is asked of it, and what is assumed."""

    name: str
    network: Network
    demand: Demand
    assumptions: Assumptions
    start: datetime
    """The moment that second 0 stands for, in UTC."""
    file: str | None = None
    """Where it was read from."""
    notes: tuple[str, ...] = field(default=(), compare=False)
    """What it says that has no effect, each a line with its place."""
    written: YamlSource | None = field(default=None, compare=False)
    """What it was made of; a copy that was changed since (``dataclasses.replace``) may hold another's."""

    def replace(self, changes: str | Mapping[str, object], /, *value: object) -> Scenario:
        """A new scenario with other values at some paths, checked as if it had been loaded.

        ``scenario.replace("vpc.nat_gateways.nat-a.addresses", 8)``, or a mapping from paths to values. Paths are those
        of the YAML: names are keys, an entry of a list is ``connections[0]``, or ``connections.cache`` by what it leads
        to; ``[*]`` and ``*`` stand for all.

        Raises:
            InputError: there is no such path, and which one is nearest; or the scenario would not load so.
            TypeError: neither a path with a value nor a mapping is given.
        """
        from narrows.scenario.replacing import replaced

        if isinstance(changes, str) and len(value) == 1:
            return replaced(self, {changes: value[0]})
        if isinstance(changes, Mapping) and not value:
            return replaced(self, changes)
        raise TypeError("replace wants a path and a value, or one mapping from paths to values")

    def __repr__(self) -> str:
        from narrows.scenario.notebook import short

        return short(self)

    def _repr_html_(self) -> str:
        from narrows.scenario.notebook import html

        return html(self)


def load_scenario(file: str | os.PathLike[str]) -> Scenario:
    """Read a scenario file.

    Raises:
        InputError: one line that names the file, the line, the key and, for a misspelt key, the nearest one.
    """
    file = given_path(file, "load_scenario", "a scenario's file")
    return build(read_yaml(file), Path(file).parent)


def parse_scenario(text: str, file: str = "scenario") -> Scenario:
    """A scenario from YAML text; trace files are looked up from the current folder. Raises as ``load_scenario``."""
    if not isinstance(text, str):
        raise wrong(text, "parse_scenario", "the text of a scenario (load_scenario reads a file)")
    return build(parse_yaml(text, file), Path())


def build(source: YamlSource, folder: Path) -> Scenario:
    """The scenario that data says; trace files are looked for in the folder. Raises as ``load_scenario``."""
    return replace(_build(source, folder), written=source)


def _build(source: YamlSource, folder: Path) -> Scenario:
    from pydantic import ValidationError

    from narrows.scenario.effects import notes_on
    from narrows.scenario.shape import ScenarioPart
    from narrows.scenario.unsaid import unsaid_in

    try:
        part = ScenarioPart.model_validate(source.data)
    except ValidationError as error:
        from narrows.scenario.errors import explain

        raise explain(source, error) from None
    network = _network(source, part)
    assumptions = assumptions_in(source, part.assumptions)
    _check_concurrency(source, network, assumptions)
    scenario = Scenario(
        part.name, network, demand(source, part, folder), assumptions, part.start, source.file, written=source
    )
    unsaid = unsaid_in(source.data, scenario)
    return replace(scenario, assumptions=replace(assumptions, unsaid=unsaid), notes=notes_on(source, scenario))


def _network(source: YamlSource, part: shape.ScenarioPart) -> Network:
    from narrows.scenario.fields import made

    network = made(
        part.vpc,
        Network,
        region=part.region,
        destinations=_destinations(source, part.destinations),
        functions={name: made(function, Function, name=name) for name, function in part.functions.items()},
        others={name: made(other, OtherClient, name=name) for name, other in part.others.items()},
    )
    try:
        check(network)
    except NetworkError as error:
        raise source.error(error.place, str(error), error.advice) from None
    return network


def _check_concurrency(source: YamlSource, network: Network, assumptions: Assumptions) -> None:
    """Lambda reserves no more concurrency than the account has."""
    allowed, reserved = assumptions.account_concurrency, 0
    for name, function in network.functions.items():
        reserved += function.reserved_concurrency or 0
        if allowed is not None and reserved > allowed:
            place = ("functions", name, "reserved_concurrency")
            problem = f"the functions reserve {reserved:,} and account_concurrency is {allowed:,}"
            raise source.error(place, problem, "reserve less, or raise the assumption")


def _destinations(source: YamlSource, parts: Mapping[str, shape.DestinationPart]) -> dict[str, Destination]:
    from narrows.scenario.fields import made

    taken = {address for part in parts.values() if not isinstance(part.addresses, int) for address in part.addresses}
    free = (address for address in _example_addresses() if address not in taken)
    destinations = {}
    for name, part in parts.items():
        addresses = part.addresses
        if isinstance(addresses, int):
            count, addresses = addresses, tuple(islice(free, addresses))
            if len(addresses) < count:
                raise source.error(("destinations", name, "addresses"), "all destinations have too many addresses")
        destinations[name] = made(
            part, Destination, name=name, addresses=addresses, host=part.host or example_host(name)
        )
    return destinations


def example_host(destination: str) -> str:
    """The DNS name of a destination that has none written."""
    return f"{destination}.example.com"


def _example_addresses() -> Iterator[str]:
    """Addresses that belong to nobody: TEST-NET-3 from .10 on, then the benchmarking range (RFC 5737, RFC 2544)."""
    for network, first in (("203.0.113.0/24", 10), ("198.18.0.0/15", 1)):
        block = ipaddress.ip_network(network)
        for offset in range(first, block.num_addresses - 1):
            yield str(block[offset])


def with_example_addresses(network: Network) -> Network:
    """A network read from a case as it can be played: with addresses that belong to nobody, as many as are proved, for
    destinations whose own are not known."""
    taken = {address for one in network.destinations.values() for address in one.addresses}
    free = (address for address in _example_addresses() if address not in taken)
    destinations = {
        name: one if one.addresses else replace(one, addresses=tuple(islice(free, one.unique)))
        for name, one in network.destinations.items()
    }
    return replace(network, destinations=destinations)

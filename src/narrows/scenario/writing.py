"""A scenario as YAML that loads again: how a widened network leaves narrows."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from hashlib import sha256
from typing import Any, BinaryIO

from narrows.bounds import YAML_BYTES
from narrows.errors import InputError
from narrows.given import given_path, given_scenario
from narrows.network import Egress, Function, Network
from narrows.scenario.model import Scenario, example_host
from narrows.target_file import new_file
from narrows.yaml_source import EXPONENT

_HEAD = "# Written by narrows {}; change it, and it is yours: narrows then writes nothing over it (sha256 {})\n"
_LONGEST_HEAD = 200


def scenario_yaml(scenario: Scenario) -> str:
    """The scenario as YAML. ``parse_scenario`` makes the same scenario of it.

    Raises:
        InputError: it comes from a case that does not say where a subnet leads, or what a NAT gateway has.
    """
    return yaml_of(scenario_data(scenario), width=120)


def yaml_of(data: Any, *, width: int, flow: bool = False) -> str:
    """Data as YAML that ``yaml_source`` reads as the same; with ``flow`` in braces and brackets."""
    import yaml

    text: str = yaml.dump(
        data, Dumper=_dumper(), sort_keys=False, allow_unicode=True, width=width, default_flow_style=flow
    )
    return text


@cache
def _dumper() -> Any:
    import yaml

    class Dumper(yaml.SafeDumper):
        """Puts text in quotes that ``yaml_source`` would take for a number."""

    Dumper.add_implicit_resolver("tag:yaml.org,2002:float", EXPONENT, list("-+0123456789"))
    return Dumper


@contextmanager
def new_scenario_file(file: str | os.PathLike[str]) -> Iterator[Callable[[Scenario], None]]:
    """Take a file for a scenario before the plan that makes it; what this gives is called with the scenario.

    It takes its place at the end of the block, all of it or nothing. Only a scenario that was written so, and that
    nobody changed since, is replaced.

    Raises:
        InputError: it cannot be written.
    """
    with new_text_file(file, "plan") as write_text:
        yield lambda scenario: write_text(scenario_yaml(in_question(scenario)))


@contextmanager
def new_text_file(file: str | os.PathLike[str], command: str, first: str = "") -> Iterator[Callable[[str], None]]:
    """As ``new_scenario_file``, for the text of a scenario that a command wrote.

    Args:
        file: where it is to be.
        command: of narrows, which wrote it.
        first: a line that stays the first of all.
    """
    before = f"{first}\n".encode() if first else b""

    def is_ours(stream: BinaryIO) -> bool:
        begins = stream.read(len(before))
        head = stream.readline(_LONGEST_HEAD)
        text = stream.read(YAML_BYTES + 1)
        return begins == before and len(text) <= YAML_BYTES and head == _head(command, text)

    with new_file(file, is_ours) as stream:

        def write(text: str) -> None:
            rest = text.encode().removeprefix(before)
            stream.write(before + _head(command, rest) + rest)

        yield write


def write_scenario(scenario: Scenario | str | os.PathLike[str], file: str | os.PathLike[str]) -> None:
    """Write the scenario, or the one of a path, to a file; see ``new_scenario_file``."""
    scenario = given_scenario(scenario, "write_scenario")
    with new_scenario_file(given_path(file, "write_scenario", "the file to write")) as write:
        write(scenario)


def _head(command: str, text: bytes) -> bytes:
    return _HEAD.format(command, sha256(text).hexdigest()[:16]).encode()


def scenario_data(scenario: Scenario) -> dict[str, Any]:
    """The scenario as the mapping that its YAML holds; what has its default value is left out. Raises as
    ``scenario_yaml``."""
    from narrows.scenario import shape

    check_writable(scenario.network)
    network, demand = scenario.network, scenario.demand
    asked, others = demand.functions, demand.others
    return shape.ScenarioPart.of(
        scenario,
        region=network.region,
        vpc=shape.VpcPart.of(network),
        destinations={
            name: shape.DestinationPart.of(
                target,
                # A count, where a case does not say which: they are nobody's to print.
                addresses=target.addresses or target.unique,
                host=None if target.host == example_host(name) else target.host,
            )
            for name, target in network.destinations.items()
        },
        functions={
            name: shape.FunctionPart.of(function, connections=asked[name].connections if name in asked else ())
            for name, function in network.functions.items()
        },
        others={
            name: shape.OtherPart.of(
                other, connections=tuple(shape.OtherConnectionsPart.of(use) for use in others.get(name, ()))
            )
            for name, other in network.others.items()
        },
        demand={name: shape.DemandPart.of(wanted) for name, wanted in asked.items()},
        duration=demand.duration,
        seed=demand.seed,
        assumptions=scenario.assumptions.written(),
    ).written()


def in_question(scenario: Scenario) -> Scenario:
    """Without functions that ask for nothing and of whose subnets something is not known, as ``aws lambda
    list-functions`` lists them for a whole account, and without such subnets that no other function is in."""
    network, asked = scenario.network, scenario.demand.functions
    functions = {
        name: function
        for name, function in network.functions.items()
        if name in asked or all(_leads_somewhere(network, subnet) for subnet in _subnets_of(function))
    }
    used = {subnet for function in functions.values() for subnet in _subnets_of(function)}
    subnets = {
        name: subnet for name, subnet in network.subnets.items() if name in used or _leads_somewhere(network, name)
    }
    return replace(scenario, network=replace(network, functions=functions, subnets=subnets))


def _subnets_of(function: Function) -> set[str]:
    return {*function.subnets, *(subnet for subnets, _ in function.versions for subnet in subnets)}


def _leads_somewhere(network: Network, name: str) -> bool:
    """Whether something describes a subnet, and says where it leads."""
    subnet = network.subnets.get(name)
    if subnet is None or subnet.route == Egress.UNKNOWN:
        return False
    return subnet.route in network.nat_gateways or subnet.route in set(Egress)


def check_writable(network: Network) -> None:
    """Raise ``InputError`` if a network says too little to be written: it comes from a case, which may."""
    for name, function in network.functions.items():
        for subnet in function.subnets:
            if subnet not in network.subnets:
                raise InputError(f"cannot be written: nothing describes {subnet}, a subnet of {name}", place="scenario")
    for subnet in network.subnets:
        if not _leads_somewhere(network, subnet):
            raise InputError(f"cannot be written: nothing says where {subnet} leads", place="scenario")
    for name, nat in network.nat_gateways.items():
        if nat.addresses < 1:
            raise InputError(f"cannot be written: nothing says how many addresses {name} has", place="scenario")

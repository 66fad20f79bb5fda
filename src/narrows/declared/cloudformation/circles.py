"""Resources that depend on each other in a circle, which CloudFormation makes none of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from narrows.declared.model import Fault, Reference, Resource, Value
from narrows.errors import one_line, shown

_SHOWN = 5


def circle_in(resources: Iterable[Resource]) -> Fault | None:
    """One circle of those that are there; None where nothing refers to itself, by way of others or not."""
    by_address = {resource.address: resource for resource in resources}
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for address, resource in by_address.items():
        sorter.add(address, *(other for other in _referred_to(resource.properties) if other in by_address))
    try:
        sorter.prepare()
    except CycleError as error:
        addresses: list[str] = error.args[1][:-1]
        first = min((by_address[address] for address in addresses), key=lambda resource: resource.place.line or 0)
        if len(addresses) == 1:
            return Fault(first.place, f"{shown(first.address)} depends on itself")
        called = ", ".join(one_line(address, 80) for address in addresses[:_SHOWN])
        more = ", ..." if len(addresses) > _SHOWN else ""
        return Fault(first.place, f"these depend on each other in a circle: {called}{more}")
    return None


def _referred_to(value: Value) -> Iterator[str]:
    if isinstance(value, Reference):
        yield value.address
    elif isinstance(value, Mapping):
        for member in value.values():
            yield from _referred_to(member)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for element in value:
            yield from _referred_to(element)

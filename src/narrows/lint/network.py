"""What the network that AWS's answers describe shows to rules, whether they are in a case or of declared resources."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from narrows.addresses import block
from narrows.lint.subject import Opening, Way
from narrows.reachability.configuration import Configuration, Leads
from narrows.reachability.rules import SecurityRule

_EVERYWHERE = block("0.0.0.0/0")
_WAYS = {Leads.NAT: Way.NAT, Leads.INTERNET: Way.INTERNET_GATEWAY}
_NOT_KNOWN = (Leads.LOCAL, Leads.OTHER)


def way_of(configuration: Configuration, subnet: str) -> tuple[Way | None, str | None]:
    """Where the default route of a subnet leads, and to which NAT gateway, by their ids; None where nothing says."""
    table = configuration.table_of.get(subnet)
    if table is None:
        return None, None
    route = table.to(_EVERYWHERE)
    if route is None:
        return Way.NONE, None
    if route.leads in _NOT_KNOWN:
        return None, None
    way = _WAYS.get(route.leads, Way.ELSEWHERE)
    return way, route.target if way is Way.NAT else None


def openings(rules: Iterable[SecurityRule] | None, key: Callable[[str], str] = str) -> tuple[Opening, ...] | None:
    """The rules of a security group in one direction; None where they are not there. ``key`` is what a subject calls
    the security group with an id."""
    if rules is None:
        return None
    return tuple(
        Opening(
            rule.protocol,
            rule.ports,
            rule.blocks,
            tuple(sorted(map(key, rule.groups - {""}))),
            open_ended=bool(rule.prefix_lists) or "" in rule.groups,
        )
        for rule in rules
    )

"""Which destination ports the network ACLs on the way deny: that of a function's subnet, and of its NAT gateway's."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from narrows.case.reading.aws_files import Resources
from narrows.case.reading.folder import CaseFolder
from narrows.case.reading.network_acls import NetworkAcl
from narrows.case.reading.subnets import ReadSubnets
from narrows.network import Destination


def denied_ports(
    folder: CaseFolder,
    resources: Resources,
    acls: Mapping[str, NetworkAcl],
    subnets: ReadSubnets,
    nat_subnets: Mapping[str, str],
    destinations: Collection[Destination],
    used: Collection[str],
) -> dict[str, frozenset[int]]:
    """The destination ports that are denied to a subnet, for each of ``used`` to which some are.

    A port counts when every destination with that port is denied; where only some are, a note says so. Of a subnet
    that is not in ``acls`` nothing is said: whether it denies something is not known.
    """
    found: dict[str, frozenset[int]] = {}
    for name in sorted(used):
        subnet = subnets.subnets.get(name)
        if subnet is None:
            continue
        own, beyond = acls.get(name), acls.get(nat_subnets.get(subnet.route, ""))
        block = subnets.blocks.get(name)
        reachable = [replace(one, addresses=_usable(one.addresses, subnet.ipv6)) for one in destinations]
        denied = {
            one.name
            for one in reachable
            if (own is not None and own.denies(one))
            or (
                beyond is not None
                and not one.local
                and (beyond.denies(one) or (block is not None and beyond.denies_passage(block, one)))
            )
        }
        ports = set()
        for port in {one.port for one in destinations if one.name in denied}:
            sharing = [one.name for one in reachable if one.port == port and one.addresses]
            if denied.issuperset(sharing):
                ports.add(port)
            else:
                text = f"{name}: port {port} is denied to {', '.join(sorted(denied.intersection(sharing)))} only"
                folder.note(resources.source("network-acls"), text)
        if ports:
            found[name] = frozenset(ports)
    return found


def _usable(addresses: tuple[str, ...], ipv6: bool) -> tuple[str, ...]:
    """The addresses that a subnet can reach at all."""
    return tuple(address for address in addresses if ipv6 or ":" not in address)

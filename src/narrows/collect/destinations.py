"""What the functions connect to, where the user does not say it: from log lines, and from environment variables where
that is allowed. Addresses come from this machine's DNS, now, and that is noted with them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from narrows.case import read_case
from narrows.case.collected import ANSWERED, Collected
from narrows.collect.about import add_destinations
from narrows.collect.hosts import MOST_HOSTS, Host, address_in, with_addresses
from narrows.collect.target import Target
from narrows.listing import named


def find_destinations(target: Target, wanted_hosts: Iterable[Host], now: datetime) -> bool:
    """Name destinations in ``case.yaml`` where it names none; whether it was changed.

    Args:
        wanted_hosts: those that environment variables name.
    """
    case = read_case(target.root)
    in_logs = [
        Host(one.key, one.host, one.port) for one in case.destinations.values() if one.host and not one.addresses
    ]
    hosts = with_addresses(list({(one.host, one.port): one for one in (*in_logs, *wanted_hosts)}.values())[:MOST_HOSTS])
    comment = (
        f"as log lines name them; addresses as the DNS of the collecting machine gave them at {now:%Y-%m-%d %H:%MZ}"
    )
    if not add_destinations(target, {one.key: one.to_yaml() for one in hosts}, comment):
        return False
    note_dns(target, hosts, now)
    return True


def note_dns(target: Target, hosts: Sequence[Host], now: datetime) -> None:
    """Note in the case where addresses come from."""
    asked = [one.host for one in hosts if address_in(one.host) is None]
    if not asked:
        return
    text = (
        f"addresses of {named(asked)} are what the DNS of the collecting machine gave at {now:%Y-%m-%d %H:%M} UTC: "
        "inside the VPC, and at the time of the failures, they may be others"
    )
    at = f"{now:%Y-%m-%dT%H:%M:%SZ}"
    target.log(Collected("dns", "lookup", {"names": asked}, None, "case.yaml", ANSWERED, at, text))

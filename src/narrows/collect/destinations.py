"""What the functions connect to, where the user does not say it: from log lines, and from environment variables where
that is allowed. Addresses come from this machine's DNS, now, and that is noted with them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from narrows.case import Case
from narrows.case.collected import ANSWERED, Collected
from narrows.collect.about import add_destinations, can_name_destinations
from narrows.collect.hosts import MOST_HOSTS, Host, address_in, with_addresses
from narrows.collect.target import Target
from narrows.listing import named


def find_destinations(target: Target, case: Case, in_environment: Iterable[Host], now: datetime) -> bool:
    """Name destinations in ``case.yaml`` where it names none; whether it was changed.

    Args:
        case: as it stands: its log lines may name hosts.
        in_environment: hosts that environment variables name.
    """
    in_logs = [Host(one.key, one.host, one.port) for one in case.destinations.values() if one.host]
    if not can_name_destinations(target) or not (in_logs or in_environment):
        return False
    named_hosts = {(one.host, one.port): one for one in (*in_logs, *in_environment)}
    hosts = with_addresses(list(named_hosts.values())[:MOST_HOSTS])
    where = "log lines" if in_logs else "environment variables"
    comment = f"as {where} name them; addresses as the DNS of the collecting machine gave them at {now:%Y-%m-%d %H:%MZ}"
    add_destinations(target, {one.key: one.to_yaml() for one in hosts}, comment)
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

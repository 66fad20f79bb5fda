"""What the functions connect to, as far as it can be found out: as the user says, from log lines, and from environment
variables where the user allows it. Addresses come from this machine's DNS, now, and that is noted with them."""

from __future__ import annotations

import ipaddress
import re
import socket
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from narrows.case import read_case
from narrows.case.collected import ANSWERED, Collected
from narrows.collect.about import add_destinations
from narrows.collect.target import Target
from narrows.errors import InputError, shown
from narrows.listing import named

MOST_HOSTS = 50
"""That are found in environment variables or log lines of one case."""
_PATIENCE = 5.0
"""Seconds for DNS to answer for all names together."""
_LONGEST = 253
"""Characters of a DNS name."""
_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?"
_HOST = rf"(?:{_LABEL}\.){{1,20}}[A-Za-z][A-Za-z0-9-]{{0,61}}[A-Za-z0-9]"
_URL = re.compile(rf"\b(?P<scheme>[a-z][a-z0-9+]{{1,20}})://(?:[^\s/@]*@)?(?P<host>{_HOST})(?::(?P<port>\d{{1,5}}))?")
_PAIR = re.compile(rf"(?<![\w@/.-])(?P<host>{_HOST}):(?P<port>\d{{1,5}})(?!\d)")
_ALONE = re.compile(_HOST)
_ADDRESS_KEY = re.compile(r"HOST|ENDPOINT|URL|URI|ADDR|SERVER|BROKER|PRIMARY|READER|DSN", re.IGNORECASE)
_PORTS = {
    "https": 443, "http": 80, "redis": 6379, "rediss": 6379, "postgres": 5432, "postgresql": 5432, "mysql": 3306,
    "mongodb": 27017, "amqp": 5672, "amqps": 5671, "kafka": 9092, "memcached": 11211, "grpc": 443,
}  # fmt: skip
"""By the scheme of an address that names none (IANA, Service Name and Transport Protocol Port Number Registry)."""


@dataclass(frozen=True, slots=True)
class Host:
    """A destination that functions connect to."""

    key: str
    host: str
    port: int | None
    addresses: tuple[str, ...] = ()

    def to_yaml(self) -> dict[str, Any]:
        """As ``case.yaml`` has it."""
        about: dict[str, Any] = {"name": self.host}
        if self.port is not None:
            about["port"] = self.port
        if self.addresses:
            about["addresses"] = list(self.addresses)
        return about


def hosts_of(written: Sequence[str]) -> tuple[Host, ...]:
    """Destinations as the user names them: ``cache.example.com:6379`` or ``cache=cache.example.com:6379``.

    Raises:
        InputError: one is not a host name or address with a port.
    """
    found: dict[str, Host] = {}
    for text in written:
        key, equals, place = text.rpartition("=")
        host, _, port = place.rpartition(":") if ":" in place else (place, "", "")
        number = int(port) if port.isascii() and port.isdigit() and len(port) < 6 else None
        is_port = number is not None and 1 <= number <= 65_535
        address = _address(host)
        if (equals and not key) or not (address or _ALONE.fullmatch(host)) or (port and not is_port):
            advice = "write HOST:PORT, such as cache.example.com:6379"
            raise InputError(f"{shown(text)} is not a destination", place="--connects-to", advice=advice)
        found[key or host] = Host(key or host, host, number, (address,) if address else ())
    return tuple(found.values())


def hosts_in_environment(variables: Mapping[str, Any]) -> tuple[Host, ...]:
    """The hosts that environment variables name, and nothing else of them: user names and passwords are passed over."""
    found: dict[tuple[str, int | None], Host] = {}
    for name, value in variables.items():
        if not isinstance(value, str):
            continue
        for match in _URL.finditer(value):
            port = int(match["port"]) if match["port"] else _PORTS.get(match["scheme"])
            found[match["host"].lower(), port] = Host(match["host"].lower(), match["host"].lower(), port)
        if "://" in value:
            continue
        for match in _PAIR.finditer(value):
            found[match["host"].lower(), int(match["port"])] = Host(
                match["host"].lower(), match["host"].lower(), int(match["port"])
            )
        if _ADDRESS_KEY.search(name) and len(value) <= _LONGEST and _ALONE.fullmatch(value):
            found.setdefault((value.lower(), None), Host(value.lower(), value.lower(), None))
    return tuple(one for one in list(found.values())[:MOST_HOSTS] if one.port is None or 1 <= one.port <= 65_535)


def with_addresses(hosts: Sequence[Host]) -> tuple[Host, ...]:
    """The same with the addresses that this machine's DNS gives now; a name that has none in a few seconds stays."""
    names = {one.host for one in hosts if not one.addresses}
    found: dict[str, tuple[str, ...]] = {}

    def look_up(name: str) -> None:
        try:
            answers = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            return
        found[name] = tuple(sorted({str(one[4][0]) for one in answers}))

    threads = [threading.Thread(target=look_up, args=(name,), daemon=True) for name in sorted(names)[:MOST_HOSTS]]
    for one in threads:
        one.start()
    left = _PATIENCE
    for one in threads:
        one.join(max(0.05, left / len(threads)))
    known = dict(found)
    return tuple(
        replace(one, addresses=tuple(map(str, known[one.host]))) if one.host in known and not one.addresses else one
        for one in hosts
    )


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
    asked = [one.host for one in hosts if _address(one.host) is None]
    if not asked:
        return
    text = (
        f"addresses of {named(asked)} are what the DNS of the collecting machine gave at {now:%Y-%m-%d %H:%M} UTC: "
        "inside the VPC, and at the time of the failures, they may be others"
    )
    at = f"{now:%Y-%m-%dT%H:%M:%SZ}"
    target.log(Collected("dns", "lookup", {"names": asked}, None, "case.yaml", ANSWERED, at, text))


def _address(text: str) -> str | None:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None

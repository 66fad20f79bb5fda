"""Hosts that functions connect to: as the user names them, and as environment variables do; their addresses by DNS."""

from __future__ import annotations

import ipaddress
import re
import socket
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from narrows.errors import InputError, shown

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
        about: dict[str, Any] = {} if self.addresses == (self.host,) else {"name": self.host}
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
        address = address_in(host)
        if (equals and not key) or not (address or _ALONE.fullmatch(host)) or (":" in place and not is_port):
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


def address_in(text: str) -> str | None:
    """An IP address as it is usually written; None for anything else."""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None

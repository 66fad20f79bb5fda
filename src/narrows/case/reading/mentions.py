"""Which destination of a case a piece of text mentions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import islice

from narrows.bounds import LOG_DESTINATIONS, LOG_ELSEWHERE
from narrows.case.model import KnownDestination
from narrows.case.reading.hosts import Host, hosts_in

_PORT = re.compile(r"(?:'?,? port[=: ]+|:)(\d{1,5})\b")
_PROXY = re.compile(
    r"(?:unable to|cannot|can't|failed to|could not) (?:connect|tunnel) (?:to|through)(?: the)? proxy", re.I
)
"""What failed is the connection to a proxy, whatever host the request was for."""
_OF_NODES = re.compile(
    r"\.(?:mongodb\.net|confluent\.cloud|(?:cache|memorydb|kafka)\.(?:[a-z0-9-]+\.){0,2}amazonaws\.com)$"
)
"""Services that give each node of a cluster a name beside the cluster's."""
_GOES_ON = re.compile(r"[\w-]|\.\w")
"""Behind a name: it is only a part of a longer one."""
_LONGEST_NAME = 253
"""Characters of a DNS name."""
_HEAD = 4
"""Characters of a name that are looked up first."""
_HOSTS = 4
"""Hosts of a line that may be one peer: its name, its address and its port."""
_DNS = 53
_USUAL = (80, 443)
"""Ports that tell no two destinations apart."""
_ADDRESSES = 20
"""Addresses of a host that are kept."""

OTHERS = "other hosts"
"""Hosts that are none of the case's destinations, past the number that is told apart."""


class Mentions:
    """Finds destinations by their DNS name or address, and by the port where one stands behind it.

    Where the case names none, the hosts that lines are about are the destinations: ``named`` tells which.
    """

    def __init__(self, destinations: Mapping[str, KnownDestination]) -> None:
        self._keys: dict[str, list[tuple[str, int | None]]] = {}
        self._nameless = _ports(one for one in destinations.values() if one.host is None)
        self._addressless = _ports(one for one in destinations.values() if not one.addresses)
        self._any = bool(destinations)
        self._met: set[str] = set()
        self.named: dict[str, KnownDestination] = {}
        """The hosts that were met where the case names no destination, by what stands for each in the counts."""
        for key, one in destinations.items():
            for name in filter(None, (one.host, *one.addresses)):
                if len(name) > _LONGEST_NAME:
                    continue
                self._keys.setdefault(name.lower(), []).append((key, one.port))
        self._of_several = _several(destinations)
        # RDS Proxy is spoken to in the database's own protocol.
        self._proxies = [
            key
            for key, one in destinations.items()
            if "proxy" in f"{key} {one.host or ''}".lower() and not (one.host or "").endswith(".rds.amazonaws.com")
        ]
        self._clusters: dict[str, list[tuple[str, int | None]]] = {}
        for key, one in destinations.items():
            cluster = _cluster((one.host or "").lower())
            if cluster is not None:
                self._clusters.setdefault(cluster, []).append((key, one.port))
        lengths: dict[str, set[int]] = {}
        for name in self._keys:
            lengths.setdefault(name[:_HEAD], set()).add(len(name))
        self._lengths = {head: sorted(those, reverse=True) for head, those in lengths.items()}
        """Of the names that begin so, the longest first."""
        first = "".join(sorted({re.escape(char) for name in self._keys for char in {name[0], name[0].upper()}}))
        self._begins = re.compile(rf"(?<![\w.-])[{first}]") if first else None

    def find(self, text: str) -> str | None:
        """The destination that is mentioned first; None when there is none, or it could be one of several."""
        if _PROXY.search(text):
            return self._proxies[0] if len(self._proxies) == 1 else None
        if not self._any:
            return self._name(text)
        if self._begins is None:
            return None
        lowered = text.lower()
        if len(lowered) != len(text):  # a few letters are longer in lower case
            text = lowered
        start = 0
        while (begins := self._begins.search(text, start)) is not None:
            at = begins.start()
            end = self._end(lowered, at)
            start = end or at + 1
            if end is None:
                continue
            port = _PORT.match(text, end)
            known = self._keys[lowered[at:end]]
            fitting = [key for key, number in known if port is None or number in (None, int(port.group(1)))]
            if len(fitting) == 1:
                return fitting[0]
        return self._member(text)

    def address(self, text: str) -> tuple[str, str] | None:
        """(Destination, address) of the first address that is mentioned of a destination that has several."""
        found = None if self._of_several is None else self._of_several[0].search(text)
        return None if self._of_several is None or found is None else (self._of_several[1][found[0]], found[0])

    def _member(self, text: str) -> str | None:
        """The destination that a line is about by the name of one of its nodes: a shard, a broker, a replica."""
        host = next(hosts_in(text), None) if self._clusters else None
        if host is None or host.is_address:
            return None
        keys = self._clusters.get(_cluster(host.name) or "", ())
        fitting = [key for key, port in keys if None in (port, host.port) or port == host.port]
        return fitting[0] if len(fitting) == 1 else None

    def _name(self, text: str) -> str | None:
        """The host that a line is about, as a destination."""
        hosts = [*islice(hosts_in(text), _HOSTS)]
        if not hosts or hosts[0].is_own:
            return None
        peer = hosts[0]
        if not peer.is_address and "." not in peer.name:
            return None  # as likely a word of the line as a host
        # A name and an address in one line are those of one peer; an address of DNS is that of who resolves the name.
        same = [one for one in hosts[: 1 if peer.is_address else None] if one is peer or one.port != _DNS]
        port = next((one.port for one in same if one.port is not None), None)
        key = str(replace(peer, port=None if port in _USUAL else port))
        port = port or peer.usual_port
        addresses = [one.name for one in same if one.is_address and not one.is_own]
        known = self.named.get(key)
        if known is None:
            if len(self.named) >= LOG_DESTINATIONS:
                return None
            known = KnownDestination(key, None if peer.is_address else peer.name, port, ())
        if addresses and len(known.addresses) < _ADDRESSES:
            known = replace(known, addresses=tuple(dict.fromkeys((*known.addresses, addresses[0]))))
        self.named[key] = known
        return key

    def elsewhere(self, text: str) -> str | None:
        """The host or address that a text is about, where it is none of the destinations.

        None where it names none, one of the destinations, or one that a destination may be known by: an address, where
        the addresses of a destination with this port are not known, or a name, where its name is not.
        """
        if _PROXY.search(text):
            return None if len(self._proxies) == 1 else "the proxy"
        for host in hosts_in(text):
            return None if self._may_be_known(host) else self._bounded(str(host))
        return None

    def _may_be_known(self, host: Host) -> bool:
        if not self._any:
            return not host.is_own
        if _cluster(host.name) in self._clusters:
            return True
        known = self._keys.get(host.name)
        if known is not None:
            return any(port is None or host.port in (None, port) for _, port in known)
        if host.is_own:
            return False
        unknown = self._addressless if host.is_address else self._nameless
        return any(port is None or host.port in (None, port) for port in unknown)

    def _bounded(self, name: str) -> str:
        """The name, while there are not too many: each is counted by itself."""
        if name not in self._met and len(self._met) >= LOG_ELSEWHERE:
            return OTHERS
        self._met.add(name)
        return name

    def _end(self, lowered: str, at: int) -> int | None:
        """Where the name ends that begins here."""
        for size in range(min(_HEAD, len(lowered) - at), 0, -1):
            for length in self._lengths.get(lowered[at : at + size], ()):
                end = at + length
                if lowered[at:end] in self._keys and not _GOES_ON.match(lowered, end):
                    return end
        return None


def _cluster(host: str) -> str | None:
    """What the names of the nodes of one cluster end in, of services that give each node a name."""
    _, _, rest = host.partition(".")
    return rest if rest.count(".") > 1 and _OF_NODES.search(rest) else None


def _several(destinations: Mapping[str, KnownDestination]) -> tuple[re.Pattern[str], dict[str, str]] | None:
    """The addresses that are one of several of one destination, with its key."""
    found: dict[str, str] = {}
    shared = set()
    for key, one in destinations.items():
        if 1 < len(one.addresses) <= _ADDRESSES:
            for address in one.addresses:
                if address in found:
                    shared.add(address)
                found[address] = key
    own = {address: key for address, key in found.items() if address not in shared}
    if not own:
        return None
    return re.compile(rf"(?<![\w.:-])(?:{'|'.join(map(re.escape, own))})(?![\w.]*\d)"), own


def _ports(destinations: Iterable[KnownDestination]) -> frozenset[int | None]:
    return frozenset(one.port for one in destinations)

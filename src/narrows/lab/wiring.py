"""How the lab's network namespaces are joined: veth pairs, addresses, routes.

    environments ══ ENIs ══ NAT gateways ══ destinations
         ║            ╚════════════════════════╝   past the NAT gateways (endpoints, peering)
         ╚═ resolver

There is one veth pair for each Hyperplane ENI and one for each namespace of a NAT gateway, so that a capture on it
shows what AWS would show on that interface. Addresses of environments and destinations are local routes for whole
blocks: an environment has an address of its own without one ``ip address`` each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack
from types import TracebackType

from narrows.lab.blueprint import DIRECT, ENVIRONMENT_BLOCKS, RESOLVER, Blueprint
from narrows.lab.namespaces import Namespace

ENVIRONMENTS, ENIS, RESOLVERS, DESTINATIONS = "environments", "enis", "resolver", "destinations"
_TABLES_OF_ATTACHMENTS = 100
_TABLES_OF_WAYS = 1000
_LINKS_PER_BLOCK = 128
_OF_REAL_CLIENTS = "255.1"
"""The last two numbers of the address that real clients have in the first attachment's block."""

EVERYWHERE = {
    "net/ipv4/conf/all/rp_filter": 0,
    "net/ipv4/conf/default/rp_filter": 0,
    "net/ipv4/conf/all/accept_redirects": 0,
    "net/ipv4/conf/all/send_redirects": 0,
    "net/ipv6/conf/all/disable_ipv6": 1,
    "net/ipv6/conf/default/disable_ipv6": 1,
}
_FORWARDS = {
    "net/ipv4/ip_forward": 1,
    # No connection ends here, so that looking for its socket in every packet would be in vain.
    "net/ipv4/ip_early_demux": 0,
}
_MOST_HASH_ENTRIES = 1 << 20
_ANY_PORT = {"net/ipv4/ip_unprivileged_port_start": 0}
"""Servers listen on 443 or 53 without a privilege."""
_LISTENS = {
    "net/core/somaxconn": 2_000_000,
    "net/ipv4/tcp_max_syn_backlog": 2_000_000,
    "net/ipv4/tcp_syncookies": 0,
    "net/ipv4/tcp_fin_timeout": 5,
    **_ANY_PORT,
}


def shard_name(number: int) -> str:
    """The name of the namespace of a NAT gateway's part, from 0."""
    return f"nat{number}"


class Wires(AbstractContextManager["Wires"]):
    """All network namespaces of a run, joined."""

    def __init__(self, blueprint: Blueprint) -> None:
        self.blueprint = blueprint
        self._stack = ExitStack()
        self._links = 0
        self._batches: dict[str, list[str]] = {}
        names = [ENVIRONMENTS, ENIS, *map(shard_name, range(len(blueprint.shards))), RESOLVERS, DESTINATIONS]
        self.namespaces: dict[str, Namespace] = {name: Namespace(name) for name in names}

    def __enter__(self) -> Wires:
        try:
            for namespace in self.namespaces.values():
                self._give_hash_table(namespace.name)
                self._stack.enter_context(namespace)
                self._batches[namespace.name] = []
            self._plan()
            self._apply()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def _give_hash_table(self, name: str) -> None:
        """Let the next namespace find its sockets in a table of its own: the machine's is too small for all of them."""
        most = self.blueprint.connections if name in (ENVIRONMENTS, DESTINATIONS) else 0
        entries = min(_MOST_HASH_ENTRIES, 1 << max(10, (2 * most).bit_length() - 1))
        Namespace("home").set_sysctls({"net/ipv4/tcp_child_ehash_entries": entries})

    def _plan(self) -> None:
        plan = self.blueprint
        self._pair(ENVIRONMENTS, "resolver", RESOLVERS, "callers")
        self._add(RESOLVERS, f"address add {RESOLVER}/32 dev lo")
        self._add(RESOLVERS, f"route add {ENVIRONMENT_BLOCKS} via {self._near} dev callers")
        self._add(ENVIRONMENTS, f"route add {RESOLVER}/32 via {self._far} dev resolver")
        self._add(ENVIRONMENTS, f"route add local {ENVIRONMENT_BLOCKS} dev lo")
        self._add(ENVIRONMENTS, f"rule add to {RESOLVER} lookup main priority 10")
        for number, one in enumerate(plan.attachments):
            table = _TABLES_OF_ATTACHMENTS + number
            self._pair(ENVIRONMENTS, one.interface, ENIS, one.interface)
            self._add(ENVIRONMENTS, f"rule add from {one.block}.0.0/16 lookup {table} priority {20 + number}")
            self._add(ENVIRONMENTS, f"route add default via {self._far} dev {one.interface} table {table}")
            self._add(ENIS, f"route add {one.block}.0.0/16 via {self._near} dev {one.interface}")
            if number == 0:
                # For real clients, which do not say which environment they are.
                own = f"src {one.block}.{_OF_REAL_CLIENTS}"
                self._add(ENVIRONMENTS, f"route add default via {self._far} dev {one.interface} {own}")
        self._pair(ENIS, "past", DESTINATIONS, "past")
        self._way_from_enis(DIRECT, "past")
        self._add(DESTINATIONS, f"route add {ENVIRONMENT_BLOCKS} via {self._near} dev past")
        for target in plan.destinations:
            self._add(DESTINATIONS, f"route replace local {target.address}/32 dev lo")
        for number, shard in enumerate(plan.shards):
            name = shard_name(number)
            self._pair(ENIS, name, name, "inside")
            self._way_from_enis(number + 1, name)
            self._add(name, f"route add {ENVIRONMENT_BLOCKS} via {self._near} dev inside")
            self._pair(name, "outside", DESTINATIONS, name)
            self._add(name, f"route add default via {self._far} dev outside")
            for address in shard.addresses:
                # What comes back for a connection that is forgotten ends here.
                self._add(name, f"route add blackhole {address}/32")
                self._add(DESTINATIONS, f"route add {address}/32 via {self._near} dev {name}")

    def _way_from_enis(self, way: int, interface: str) -> None:
        table = _TABLES_OF_WAYS + way
        self._add(ENIS, f"rule add fwmark {way + 1} lookup {table} priority {table}")
        self._add(ENIS, f"route add default via {self._far} dev {interface} table {table}")

    def _pair(self, near: str, near_end: str, far: str, far_end: str) -> None:
        """Join two namespaces; ``_near`` and ``_far`` are the addresses of the two ends."""
        block, offset = divmod(self._links, _LINKS_PER_BLOCK)
        self._links += 1
        self._near, self._far = (f"169.254.{block}.{2 * offset + end}" for end in (0, 1))
        files = {name: self.namespaces[name].file for name in (near, far)}
        # A name with a slash is a path to ip, and the descriptor is passed on to it.
        self._add(near, f"link add {near_end} type veth peer name {far_end} netns /proc/self/fd/{files[far]}")
        self._add(near, f"address add {self._near}/31 dev {near_end}", f"link set {near_end} up")
        self._add(far, f"address add {self._far}/31 dev {far_end}", f"link set {far_end} up")

    def _add(self, namespace: str, *lines: str) -> None:
        self._batches[namespace] += lines

    def _apply(self) -> None:
        # Links first: the far ends that they make are configured by batches of other namespaces.
        files = [one.file for one in self.namespaces.values()]
        for first in (True, False):
            for name, lines in self._batches.items():
                batch = [line for line in lines if line.startswith("link add") == first]
                if batch:
                    namespace = self.namespaces[name]
                    with namespace.inside():
                        if first:
                            namespace.set_sysctls(EVERYWHERE)
                        namespace.run(["ip", "-batch", "-"], "\n".join(_links_up_before_routes(batch)) + "\n", files)

    def configure(self) -> None:
        """Set the sysctls of every namespace. Connection tracking's own are there once the rules are loaded."""
        for name, values in self._sysctls():
            with self.namespaces[name].inside():
                self.namespaces[name].set_sysctls(values)

    def _sysctls(self) -> Iterator[tuple[str, Mapping[str, int | str]]]:
        rules = self.blueprint.rules
        for name in self.namespaces:
            yield name, EVERYWHERE
        yield ENIS, _FORWARDS
        yield DESTINATIONS, _LISTENS
        yield RESOLVERS, _ANY_PORT
        yield (
            ENVIRONMENTS,
            {
                "net/ipv4/tcp_syn_linear_timeouts": rules.linear_syn_timeouts,
                "net/ipv4/tcp_syn_retries": 6,
                "net/ipv4/ip_local_port_range": "1024 65535",
                "net/ipv4/tcp_fin_timeout": 5,
                "net/ipv4/tcp_max_tw_buckets": 262_144,
                # Real clients may ping: the group that they all are.
                "net/ipv4/ping_group_range": "0 0",
            },
        )
        for number in range(len(self.blueprint.shards)):
            yield shard_name(number), {**_FORWARDS, **_tracking(rules.nat_idle, rules.nat_half_open)}


def _links_up_before_routes(lines: list[str]) -> list[str]:
    return sorted(lines, key=lambda line: not line.startswith(("link", "address")))


def _tracking(idle: float, half_open: float) -> dict[str, int]:
    """The kernel tracks a connection a little longer than the NAT gateway's table holds it: the table decides."""
    prefix = "net/netfilter/nf_conntrack_"
    closing = ("fin_wait", "close_wait", "last_ack", "time_wait", "close")
    return {
        f"{prefix}tcp_loose": 0,
        f"{prefix}tcp_timeout_established": int(idle) + 30,
        f"{prefix}tcp_timeout_syn_sent": int(half_open) + 2,
        f"{prefix}tcp_timeout_syn_recv": int(half_open) + 2,
        f"{prefix}tcp_timeout_unacknowledged": int(idle) + 30,
        f"{prefix}tcp_timeout_max_retrans": int(idle) + 30,
        **{f"{prefix}tcp_timeout_{state}": 10 for state in closing},
    }

"""A network namespace for each real runtime, joined to the lab's so that its packets meet the same tables.

    runtime's namespace ══ environments ══ ENIs ══ NAT gateways ══ destinations

In the environments' namespace the address of a runtime's is a route of its own, more exact than that of the block
which the lab's own callers share. What comes from there is forwarded by the same rules, to its ENI or to the resolver.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

from narrows.lab.namespaces import Namespace
from narrows.lab.rules import IS_SYN_ACK, chain, table
from narrows.lab.runtimes.plan import RuntimePlan
from narrows.lab.wiring import ENVIRONMENTS, EVERYWHERE, Wires

_ROUTER = "169.254.254.1"
"""The first hop of every runtime."""
_ENTRIES = {"net/ipv4/tcp_child_ehash_entries": 2048}
"""A runtime has 1,024 descriptors."""
ANSWERED, REFUSED = "r_answered", "r_refused"


def link_name(number: int) -> str:
    """The end in the environments' namespace of what joins a runtime's, from 0."""
    return f"run{number}"


@contextmanager
def runtime_spaces(plan: RuntimePlan, wires: Wires) -> Iterator[list[Namespace]]:
    """The namespaces of all runtimes of a run, in the order of ``plan.environments``, as long as the block lasts."""
    outer = wires.namespaces[ENVIRONMENTS]
    with ExitStack() as stack:
        Namespace("home").set_sysctls(_ENTRIES)
        spaces = [stack.enter_context(Namespace(f"runtime {number}")) for number, _ in plan.environments]
        links = [f"address add {_ROUTER}/32 dev lo"]
        for index, (space, (_, address)) in enumerate(zip(spaces, plan.environments, strict=True)):
            name = link_name(index)
            links += [
                f"link add {name} type veth peer name eth0 netns /proc/self/fd/{space.file}",
                f"link set {name} up",
                f"route add {address}/32 dev {name} table local",
            ]
        with outer.inside():
            outer.run(["ip", "-batch", "-"], "\n".join(links) + "\n", [one.file for one in spaces])
            outer.set_sysctls({"net/ipv4/ip_forward": 1})
            outer.run(["nft", "-f", "-"], _counting())
        own = _sysctls(wires)
        for space, (_, address) in zip(spaces, plan.environments, strict=True):
            with space.inside():
                space.set_sysctls(own)
                space.run(["ip", "-batch", "-"], _own_side(address))
        yield spaces


def _own_side(address: str) -> str:
    lines = (
        f"address add {address}/32 dev eth0",
        "link set eth0 up",
        f"route add {_ROUTER} dev eth0 scope link src {address}",
        f"route add default via {_ROUTER} dev eth0 src {address}",
    )
    return "\n".join(lines) + "\n"


def _sysctls(wires: Wires) -> Mapping[str, int | str]:
    return {**EVERYWHERE, "net/ipv4/tcp_syn_linear_timeouts": wires.blueprint.rules.linear_syn_timeouts}


def _counting() -> str:
    """Answers to SYNs of the runtimes: only theirs are forwarded here."""
    rules = (
        "type filter hook forward priority filter; policy accept;",
        f"{IS_SYN_ACK} counter name {ANSWERED}",
        f"tcp flags & (rst|ack) == (rst|ack) tcp sequence 0 counter name {REFUSED}",
    )
    return table((f"counter {ANSWERED} {{ }}", f"counter {REFUSED} {{ }}", *chain("answers", *rules)))

"""What makes an incident harder to read without being one."""

from __future__ import annotations

from collections.abc import Callable

from narrows.limits import NAT_CONNECTIONS_PER_DESTINATION
from oracles.incidents.draft import Draft
from oracles.incidents.recipes import healthy


def quiet_neighbour(draft: Draft) -> None:
    """Another function, with ways out of its own, that has no trouble."""
    healthy(draft)


def many_destinations(draft: Draft) -> None:
    """Instances behind the same NAT gateway hold more connections than one destination allows, to several."""
    gateway = draft.pick(*draft.document["vpc"]["nat_gateways"])
    each = round(NAT_CONNECTIONS_PER_DESTINATION.value * draft.between(0.3, 0.6))
    draft.document["others"][f"fleet-{len(draft.document['others']) + 1}"] = {
        "route": gateway,
        "kind": "instances",
        "connections": [{"to": draft.destination(), "count": each} for _ in range(draft.whole(2, 3))],
    }


def chatty_neighbour(draft: Draft) -> None:
    """Containers behind the same NAT gateway open and close connections, at a rate that is no trouble."""
    gateway = draft.pick(*draft.document["vpc"]["nat_gateways"])
    draft.document["others"][f"containers-{len(draft.document['others']) + 1}"] = {
        "route": gateway,
        "kind": "containers",
        "connections": [
            {
                "to": draft.destination(),
                "per_second": round(draft.between(50, 400)),
                "hold": {"mean": "3s", "distribution": "exponential"},
            }
        ],
    }


CONFOUNDERS: tuple[Callable[[Draft], None], ...] = (quiet_neighbour, many_destinations, chatty_neighbour)

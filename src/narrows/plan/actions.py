"""What a plan is made of: what is to be known of an action, the risks, and one change as an answer shows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from narrows.network import HopKind
from narrows.plan.trouble import Allowed, Trouble
from narrows.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Action:
    """A kind of change that a plan can ask for, and all that the search needs to know of it."""

    id: str
    """Its file in ``changes/`` is called so too, with ``_`` for ``-``."""
    place: int
    """Where it comes among the actions, when several are taken. Tens apart, so that one fits in between."""
    widens: HopKind | None = None
    """The tables that it widens, for an action of the stage of ENIs or of NAT gateways."""
    shape: Callable[[Trouble, Allowed], Shaped | None] | None = None
    """For one that is possible only under a condition: how far it would go; None from it where it does not apply."""
    names: Literal["destination", "function"] = "destination"
    """What the user names who says that it is possible for one alone (``--can ACTION=NAME``)."""
    past_nat: bool = False
    """Whether it leads connections past the NAT gateways and changes nothing for the Hyperplane ENIs."""
    adds_endpoints: bool = False
    """Whether what it adds are endpoints of the network, which are taken away again where the rest makes do."""

    @property
    def conditional(self) -> bool:
        """Whether it is possible only if something holds that nothing in a scenario or case shows."""
        return self.shape is not None


class Risk(StrEnum):
    """What a change can cost besides money."""

    EGRESS_ADDRESSES_ADDED = "egress-addresses-added"
    EGRESS_ADDRESSES_CHANGE = "egress-addresses-change"
    GATEWAY_REPLACED = "gateway-replaced"
    CONNECTIONS_DROPPED = "connections-dropped"
    ENI_QUOTA = "eni-quota"
    FUNCTION_UPDATE = "function-update"
    SECURITY_GROUP_REFERENCES = "security-group-references"
    TWO_VERSIONS = "two-versions"
    VENDOR_SUPPORT = "vendor-support"
    NEW_SERVICE = "new-service"
    VPC_ACCESS_LOST = "vpc-access-lost"
    CODE_CHANGE = "code-change"

    @property
    def weight(self) -> int:
        """How much it counts when two plans cost the same. ENIs are counted one by one instead."""
        return _RISKS[self][0]

    @property
    def text(self) -> str:
        """What may happen, for people."""
        return _RISKS[self][1]

    @property
    def short(self) -> str:
        """The same in a few words."""
        return _RISKS[self][2]


_RISKS: dict[Risk, tuple[int, str, str]] = {
    Risk.EGRESS_ADDRESSES_ADDED: (
        1,
        "new egress addresses: whoever keeps an allow-list must have them before they carry traffic",
        "new egress addresses",
    ),
    Risk.EGRESS_ADDRESSES_CHANGE: (
        4,
        "the egress addresses change: every allow-list must change first",
        "egress addresses change",
    ),
    Risk.GATEWAY_REPLACED: (
        4,
        "the NAT gateway is replaced: open connections are reset",
        "gateway replaced, connections reset",
    ),
    Risk.CONNECTIONS_DROPPED: (
        2,
        "a route table moves to another NAT gateway: open connections of its subnets drop",
        "moved subnets drop connections",
    ),
    Risk.ENI_QUOTA: (0, "more Hyperplane ENIs count against the quota of the VPC", "more ENIs"),
    Risk.FUNCTION_UPDATE: (
        0,
        "the VPC configuration of functions is updated: minutes, in which the old one keeps serving",
        "function update",
    ),
    Risk.SECURITY_GROUP_REFERENCES: (
        1,
        "rules elsewhere that name the old security group must name the new one too",
        "rules that name the group",
    ),
    Risk.TWO_VERSIONS: (
        3,
        "two published versions must be kept alike behind a weighted alias, and be called through it",
        "two versions behind an alias",
    ),
    Risk.VENDOR_SUPPORT: (3, "the destination's owner must offer it", "destination must offer it"),
    Risk.NEW_SERVICE: (3, "a service of your own stands in the path: to run, to watch, to scale", "a proxy to run"),
    Risk.VPC_ACCESS_LOST: (3, "the functions reach nothing inside the VPC any more", "VPC out of reach"),
    Risk.CODE_CHANGE: (3, "the functions' code or its client's configuration changes", "code change"),
}


@dataclass(frozen=True, slots=True)
class Change:
    """One change, as an answer shows it."""

    action: Action
    resource: str
    """What is changed: a NAT gateway, a function or several, a destination."""
    count: int
    """How many are added (or, for reuse-connections, taken away)."""
    monthly_cents: int
    what: str
    """The change in one line, for people."""
    short: str
    """The same in a few words, for a table."""
    before: int | None = None
    """How many there were of what ``count`` counts."""
    after: int | None = None
    new: tuple[str, ...] = ()
    """Names of what is new in the network."""
    risks: tuple[Risk, ...] = ()
    needs: tuple[str, ...] = ()
    """What must hold and cannot be seen from here."""
    prices: tuple[str, ...] = ()
    """Ids of the prices that it was reckoned with."""
    notes: tuple[str, ...] = ()
    not_simulated: str = ""
    """What of it the simulator has no part for: a proof says so."""

    def to_json(self) -> dict[str, object]:
        """The change as ``plan --json`` prints it."""
        return {
            "action": self.action.id,
            "resource": self.resource,
            "count": self.count,
            "before": self.before,
            "after": self.after,
            "monthly_usd": self.monthly_cents / 100,
            "what": self.what,
            "new": list(self.new),
            "risks": [risk.value for risk in self.risks],
            "needs": list(self.needs),
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True)
class Step:
    """A change, and the scenario after it."""

    scenario: Scenario
    change: Change


@dataclass(frozen=True, slots=True)
class Shaped:
    """A scenario after a conditional action, and the changes that it took."""

    scenario: Scenario
    changes: tuple[Change, ...]

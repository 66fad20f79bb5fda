"""What a plan is made of: actions with fixed ids, their risks, and one change as an answer shows it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from narrows.scenario import Scenario


class Action(StrEnum):
    """Every kind of change that a plan can ask for."""

    ADD_NAT_ADDRESSES = "add-nat-addresses"
    ADD_NAT_GATEWAY = "add-nat-gateway"
    USE_REGIONAL_NAT_GATEWAY = "use-regional-nat-gateway"
    ADD_SUBNETS = "add-subnets"
    SPLIT_SECURITY_GROUPS = "split-security-groups"
    USE_INTERFACE_ENDPOINT = "use-interface-endpoint"
    USE_IPV6_EGRESS = "use-ipv6-egress"
    USE_EGRESS_PROXY = "use-egress-proxy"
    LEAVE_VPC = "leave-vpc"
    REUSE_CONNECTIONS = "reuse-connections"


CONDITIONAL = (
    Action.USE_INTERFACE_ENDPOINT,
    Action.USE_IPV6_EGRESS,
    Action.USE_EGRESS_PROXY,
    Action.LEAVE_VPC,
    Action.REUSE_CONNECTIONS,
)
"""Actions that are possible only if something holds that nothing in a scenario or case shows. They stand among the
alternatives, and win only where the user has said that they are possible."""


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

    def to_json(self) -> dict[str, object]:
        """The change as ``plan --json`` prints it."""
        return {
            "action": self.action.value,
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

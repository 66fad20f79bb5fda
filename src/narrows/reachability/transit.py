"""Transit gateways: whether a subnet gets as far as the one that its route leads to."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from narrows.reachability.answers import Block, Obstacle

_WORKS = frozenset(("available", "modifying", "rollingBack", None))
"""States in which an attachment carries connections, or may: AWS does not say what it does while it rolls back."""
_ZONE = re.compile(r"[a-z]+(?:-[a-z]+)+-\d+[a-z]")
"""An Availability Zone. A Local Zone has no attachment subnet of its own, and uses its parent's."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A VPC attached to a transit gateway."""

    id: str
    state: str | None
    zones: frozenset[str | None]
    """Those of its subnets; None among them stands for one that is not known."""


def barrier(
    gateway: str, vpc: str | None, zone: str | None, attachments: Iterable[Attachment], shared: bool
) -> Block | str | None:
    """What keeps a subnet from a transit gateway; the kind of answer that is missing; None where nothing does.

    Resources in an Availability Zone in which the attachment has no subnet cannot reach the transit gateway (AWS,
    Amazon VPC attachments in AWS Transit Gateway, Limits).

    Args:
        vpc: of the subnet, in ``zone``.
        attachments: every one of that VPC to that transit gateway.
        shared: whether the VPC is another account's: only that sees its attachments.
    """
    known = tuple(attachments)
    working = [one for one in known if one.state in _WORKS]
    if not working:
        if known:
            last = known[-1]
            text = f"{last.id}, which attaches {vpc} to {gateway}, is {last.state}"
            return Block(Obstacle.TRANSIT_GATEWAY, text, last.id)
        if shared or vpc is None:
            return None
        return Block(Obstacle.TRANSIT_GATEWAY, f"{vpc} has no attachment to {gateway}", gateway)
    if zone is not None and not _ZONE.fullmatch(zone):
        return None
    zones = frozenset[str | None]().union(*(one.zones for one in working))
    if not zones or (zone is not None and zone in zones):
        return None
    if zone is None or None in zones:
        return "subnets"
    return Block(Obstacle.TRANSIT_GATEWAY, f"{working[0].id} has no subnet in {zone}", working[0].id)

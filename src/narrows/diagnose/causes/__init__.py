"""The causes, one file each: what speaks for it, what rules it out, what would settle it."""

from __future__ import annotations

from narrows.diagnose.cause import Cause
from narrows.diagnose.causes import (
    descriptor_exhaustion,
    destination_connection_limit,
    destination_not_answering,
    destination_refusing,
    dns_failure,
    eni_quota_or_address_shortage,
    hyperplane_eni_exhaustion,
    idle_timeout_reset,
    lambda_throttling,
    nat_bandwidth,
    nat_port_exhaustion,
    route_or_rule_blocked,
)

CAUSES: dict[str, Cause] = {
    one.CAUSE.id: one.CAUSE
    for one in (
        lambda_throttling,
        descriptor_exhaustion,
        dns_failure,
        eni_quota_or_address_shortage,
        hyperplane_eni_exhaustion,
        route_or_rule_blocked,
        nat_port_exhaustion,
        nat_bandwidth,
        idle_timeout_reset,
        destination_connection_limit,
        destination_not_answering,
        destination_refusing,
    )
}
"""Every cause by its id, in the order in which a connection meets them."""

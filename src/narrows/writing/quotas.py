"""ListServiceQuotas: the quotas that matter, raised as far as the network of the recording needs."""

from __future__ import annotations

import math

from narrows import limits
from narrows.limits import LIMITS, Limit
from narrows.network import NatKind
from narrows.recording import Recording
from narrows.writing.layout import Layout
from narrows.writing.vpc import Shape

_NAMES = {
    limits.NAT_ELASTIC_IPS_QUOTA.id: "Elastic IP addresses per public NAT gateway",
    limits.PRIVATE_NAT_ADDRESSES.id: "Private IP address quota per NAT gateway",
    limits.NAT_GATEWAYS_PER_AZ.id: "NAT gateways per Availability Zone",
    limits.ELASTIC_IPS_PER_REGION.id: "EC2-VPC Elastic IPs",
    limits.LAMBDA_ENIS_PER_VPC.id: "Elastic network interfaces per VPC",
    limits.ENIS_PER_REGION.id: "Network interfaces per Region",
    limits.CONCURRENT_EXECUTIONS.id: "Concurrent executions",
    limits.INTERFACE_ENDPOINTS_PER_VPC.id: "Interface VPC endpoints per VPC",
}
_SERVICES = {
    "vpc": "Amazon Virtual Private Cloud (Amazon VPC)",
    "ec2": "Amazon Elastic Compute Cloud (Amazon EC2)",
    "lambda": "AWS Lambda",
}


def service_quotas(layout: Layout, recording: Recording) -> Shape:
    """ListServiceQuotas of the services vpc, ec2 and lambda, one after the other."""
    needed = _needed(layout, recording)
    return {
        "Quotas": [
            _quota(layout, limit, max(limit.value, needed.get(limit.id, 0)))
            if limit.id != limits.CONCURRENT_EXECUTIONS.id or recording.assumptions.account_concurrency is None
            else _quota(layout, limit, recording.assumptions.account_concurrency)
            for limit in LIMITS.values()
            if limit.quota_code is not None
        ]
    }


def _needed(layout: Layout, recording: Recording) -> dict[str, int]:
    """What the account must have been allowed, by limit, for the recording to have happened."""
    nats = list(layout.nats.values())
    of_kind = {kind: [len(one.addresses) for one in nats if one.nat.kind is kind] for kind in NatKind}
    environments = sum(int(one.environments.max(initial=0)) for one in recording.functions.values())
    places = [one.subnet.az for one in nats if one.subnet is not None]
    interfaces = len(layout.enis) + len(layout.others) + len(nats)
    return {
        limits.NAT_ELASTIC_IPS_QUOTA.id: max(of_kind[NatKind.ZONAL], default=0),
        limits.PRIVATE_NAT_ADDRESSES.id: max(of_kind[NatKind.PRIVATE], default=0),
        limits.NAT_GATEWAYS_PER_AZ.id: max((places.count(az) for az in places), default=0),
        limits.ELASTIC_IPS_PER_REGION.id: sum(of_kind[NatKind.ZONAL]) + sum(of_kind[NatKind.REGIONAL]),
        limits.LAMBDA_ENIS_PER_VPC.id: len(layout.enis),
        limits.ENIS_PER_REGION.id: interfaces,
        limits.CONCURRENT_EXECUTIONS.id: math.ceil(environments / 1000) * 1000,
        limits.INTERFACE_ENDPOINTS_PER_VPC.id: sum(1 for one in layout.endpoints if one.interfaces),
    }


def _quota(layout: Layout, limit: Limit, value: int) -> Shape:
    service, code = limit.quota_service or "", limit.quota_code or ""
    return {
        "ServiceCode": service,
        "ServiceName": _SERVICES[service],
        "QuotaArn": layout.ids.arn("servicequotas", f"{service}/{code}"),
        "QuotaCode": code,
        "QuotaName": _NAMES[limit.id],
        "Value": float(value),
        "Unit": "None",
        "Adjustable": limit.adjustable,
        "GlobalQuota": False,
        "QuotaAppliedAtLevel": "ACCOUNT",
    }

"""Service Quotas: the applied ones of the case, and AWS's defaults as ``narrows.limits`` knows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from narrows.limits import LIMITS
from tests.aws.account import Account, Record, merge
from tests.aws.asked import Asked, Handler
from tests.aws.errors import AwsError

_PAGE = 100
_SERVICES = frozenset({"vpc", "ec2", "lambda", "elasticloadbalancing", "elasticache", "rds", "logs", "monitoring"})


def _applied(account: Account) -> list[Record]:
    found: dict[str, Record] = {}
    for document in account.documents("."):
        for one in document.data.get("Quotas") or ():
            merge(found, f"{one.get('ServiceCode')}/{one.get('QuotaCode')}", one)
    return list(found.values())


def _service(asked: Asked, known: list[Record]) -> str:
    """The service in question. Raises ``AwsError`` where there is none of that code."""
    code = str(asked.parameters["ServiceCode"])
    if code not in _SERVICES and all(one.get("ServiceCode") != code for one in known):
        raise AwsError("NoSuchResourceException", "The request failed because the specified service does not exist.")
    return code


def _list(asked: Asked, known: list[Record]) -> dict[str, Any]:
    service, given = _service(asked, known), asked.parameters
    own = [
        one
        for one in known
        if one.get("ServiceCode") == service and given.get("QuotaCode") in (None, one.get("QuotaCode"))
    ]
    part, following = asked.cut(own, given.get("NextToken"), given.get("MaxResults", _PAGE))
    return {"Quotas": list(part), "NextToken": following}


def _list_applied(asked: Asked) -> dict[str, Any]:
    return _list(asked, _applied(asked.account))


def _list_defaults(asked: Asked) -> dict[str, Any]:
    defaults = [
        {
            "ServiceCode": one.quota_service,
            "QuotaArn": f"arn:aws:servicequotas:{asked.account.region}::{one.quota_service}/{one.quota_code}",
            "QuotaCode": one.quota_code,
            "Value": float(one.value),
            "Unit": "None",
            "Adjustable": one.adjustable,
            "GlobalQuota": False,
        }
        for one in LIMITS.values()
        if one.quota_code is not None
    ]
    return _list(asked, defaults)


def _get(asked: Asked) -> dict[str, Any]:
    known = _applied(asked.account)
    service, code = _service(asked, known), asked.parameters["QuotaCode"]
    for one in known:
        if (one.get("ServiceCode"), one.get("QuotaCode")) == (service, code):
            return {"Quota": one}
    raise AwsError("NoSuchResourceException", "The request failed because the specified quota does not exist.")


OPERATIONS: Mapping[str, Handler] = {
    "GetServiceQuota": _get,
    "ListAWSDefaultServiceQuotas": _list_defaults,
    "ListServiceQuotas": _list_applied,
}

"""Errors as each service of AWS words and shapes them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any

PRINCIPAL = "arn:aws:sts::{account}:assumed-role/NarrowsReader/tests"
"""Who calls, in the wording of a refusal and in GetCallerIdentity."""

_QUERY = frozenset({"cloudwatch", "elasticache", "rds", "elbv2", "sts"})
"""Services with the codes of the query protocol; CloudWatch keeps them (``x-amzn-query-error``) in JSON."""
_IAM_PREFIXES = {
    "service-quotas": "servicequotas",
    "elbv2": "elasticloadbalancing",
    "opensearch": "es",
}
_IAM_NAMES = {
    ("s3", "ListObjectsV2"): "ListBucket",
    ("s3", "HeadBucket"): "ListBucket",
    ("s3", "HeadObject"): "GetObject",
}
_INVALID_TOKEN = {
    "ec2": "InvalidNextToken",
    "lambda": "InvalidParameterValueException",
    "cloudwatch": "InvalidNextToken",
    "logs": "InvalidParameterException",
    "service-quotas": "InvalidPaginationTokenException",
    "s3": "InvalidArgument",
    "memorydb": "InvalidParameterValueException",
}


class AwsError(Exception):
    """An answer that is an error.

    Args:
        code: as botocore's ``ClientError`` has it.
        status: of HTTP.
        members: what the answer holds beside code and message.
    """

    def __init__(self, code: str, message: str, status: int = 400, members: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.members = dict(members or {})


def action(service: str, operation: str) -> str:
    """The IAM action of an operation: ``servicequotas:ListServiceQuotas``, ``s3:ListBucket``."""
    return f"{_IAM_PREFIXES.get(service, service)}:{_IAM_NAMES.get((service, operation), operation)}"


def is_denied(asked: str, denied: frozenset[str]) -> bool:
    """Whether an IAM action is one of ``denied``; as in a policy, ``*`` stands for any characters."""
    return any(fnmatchcase(asked, one) for one in denied)


def access_denied(service: str, operation: str, account: str, resource: str) -> AwsError:
    """No policy allows the operation."""
    what = action(service, operation)
    ending = f"because no identity-based policy allows the {what} action"
    refused = f"User: {PRINCIPAL.format(account=account)} is not authorized to perform: {what}"
    if service == "ec2":
        return AwsError(
            "UnauthorizedOperation",
            f"You are not authorized to perform this operation. {refused} on resource: {resource} {ending}",
            403,
        )
    if service == "s3":
        return AwsError("AccessDenied", f'{refused} on resource: "{resource}" {ending}', 403)
    code = "AccessDenied" if service in _QUERY else "AccessDeniedException"
    status = 400 if service in {"logs", "service-quotas", "memorydb"} else 403
    return AwsError(code, f"{refused} on resource: {resource} {ending}", status)


def throttled(service: str) -> AwsError:
    """The account has called too often."""
    match service:
        case "ec2":
            return AwsError("RequestLimitExceeded", "Request limit exceeded.", 503)
        case "lambda":
            members = {"Reason": "CallerRateLimitExceeded", "retryAfterSeconds": "0"}
            return AwsError("TooManyRequestsException", "Rate exceeded", 429, members)
        case "service-quotas":
            return AwsError("TooManyRequestsException", "Rate exceeded")
        case "s3":
            return AwsError("SlowDown", "Please reduce your request rate.", 503)
        case _:
            return AwsError("Throttling" if service in _QUERY else "ThrottlingException", "Rate exceeded")


def bad_credentials(service: str, kind: str, now: datetime) -> AwsError:
    """Credentials that are ``expired``, ``invalid``, ``skewed`` (the caller's clock is) or of a ``region-off``.

    Raises:
        ValueError: there is no such kind.
    """
    form = service if service in {"ec2", "s3"} else "query" if service in _QUERY else "json"
    included = "The security token included in the request is"
    unknown = {
        "ec2": AwsError("AuthFailure", "AWS was not able to validate the provided access credentials", 401),
        "s3": AwsError("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.", 403),
        "query": AwsError("InvalidClientTokenId", f"{included} invalid.", 403),
        "json": AwsError("UnrecognizedClientException", f"{included} invalid.", 403 if service == "lambda" else 400),
    }
    match kind:
        case "expired":
            return {
                "ec2": AwsError("RequestExpired", "Request has expired."),
                "s3": AwsError("ExpiredToken", "The provided token has expired."),
                "query": AwsError("ExpiredToken", f"{included} expired", 403),
                "json": AwsError("ExpiredTokenException", f"{included} expired", 403 if service == "lambda" else 400),
            }[form]
        case "invalid":
            return unknown[form]
        case "region-off" if form == "ec2":
            message = "You are not subscribed to this service. Please go to http://aws.amazon.com to subscribe."
            return AwsError("OptInRequired", message, 401)
        case "region-off":
            return unknown[form]
        case "skewed":
            return _skewed(form, now)
    raise ValueError(f"no credentials are {kind}")


def _skewed(form: str, now: datetime) -> AwsError:
    """The caller's clock is an hour late."""
    sent, least, here = (
        f"{now - late:%Y%m%dT%H%M%SZ}" for late in (timedelta(hours=1), timedelta(minutes=5), timedelta())
    )
    expired = f"Signature expired: {sent} is now earlier than {least} ({here} - 5 min.)"
    return {
        "ec2": AwsError(
            "RequestExpired",
            f"Request has expired. Timestamp date is {now - timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}. "
            f"Current date is {now:%Y-%m-%dT%H:%M:%SZ}",
        ),
        "s3": AwsError(
            "RequestTimeTooSkewed",
            "The difference between the request time and the current time is too large.",
            403,
            {"RequestTime": sent, "ServerTime": f"{now:%Y-%m-%dT%H:%M:%SZ}", "MaxAllowedSkewMilliseconds": "900000"},
        ),
        "query": AwsError("SignatureDoesNotMatch", expired, 403),
        "json": AwsError("InvalidSignatureException", expired, 403),
    }[form]


def invalid_token(service: str, token: str) -> AwsError:
    """A token of another call, or of none."""
    return AwsError(_INVALID_TOKEN.get(service, "InvalidParameterValue"), f"The token '{token}' is invalid.")


def unknown_operation(service: str, operation: str) -> AwsError:
    """The service, or this server, knows no such operation."""
    match service:
        case "ec2":
            return AwsError("InvalidAction", f"The action {operation} is not valid for this web service.", 404)
        case "s3":
            return AwsError("NotImplemented", "A header you provided implies functionality not implemented.", 404)
        case _ if service in _QUERY and service != "cloudwatch":
            return AwsError("InvalidAction", f"Could not find operation {operation}.", 404)
        case _:
            return AwsError("UnknownOperationException", f"The operation {operation} is unknown.", 404)

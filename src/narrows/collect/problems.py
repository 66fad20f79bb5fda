"""What goes wrong with a call of AWS: what it costs, in words, and whether anything more can be asked.

No message of AWS or of its SDK is passed on as it stands: some hold the ids of keys, or who somebody is.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Any

from narrows.aws.requests import Request
from narrows.errors import InputError

_DENIED = frozenset((
    "AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError", "UnauthorizedException",
    "Forbidden", "403",
))  # fmt: skip
_THROTTLED = frozenset((
    "Throttling", "ThrottlingException", "ThrottledException", "TooManyRequestsException", "SlowDown",
    "RequestLimitExceeded", "RequestThrottled", "LimitExceededException",
))  # fmt: skip
_EXPIRED = frozenset(("ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"))  # fmt: skip
_SKEWED = frozenset((
    "RequestTimeTooSkewed", "SignatureDoesNotMatch", "InvalidSignatureException", "RequestExpired",
    "RequestInTheFuture",
))  # fmt: skip
_UNKNOWN_KEY = frozenset((
    "InvalidClientTokenId", "UnrecognizedClientException", "AuthFailure", "InvalidAccessKeyId", "InvalidToken",
    "IncompleteSignature", "MissingAuthenticationToken",
))  # fmt: skip
_OFF = frozenset(("OptInRequired", "RegionDisabledException"))  # fmt: skip
UNREADABLE = "the answer ends in the middle or cannot be read: it is not kept"
_ACTION = re.compile(r"not authorized to perform:? ([a-z0-9-]+:[A-Za-z0-9]+)")
_AGAIN = "run the same command again: it goes on where it stopped"


_CONFIGURATION: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (
        ("NoCredentialsError", "PartialCredentialsError"),
        "there are no AWS credentials",
        "name a --profile, set AWS_PROFILE, or run aws configure or {login}",
    ),
    (
        ("ProfileNotFound",),
        "there is no such profile in the AWS configuration",
        "aws configure list-profiles lists them",
    ),
    (
        ("SSOError", "TokenRetrievalError", "UnauthorizedSSOTokenError", "SSOTokenLoadError", "LoginRefreshRequired",
         "LoginTokenLoadError", "PendingAuthorizationExpiredError"),
        "the SSO session has ended",
        f"run {{login}}, then {_AGAIN}",
    ),
    (
        ("CredentialRetrievalError", "RefreshWithMFAUnsupportedError", "InfiniteLoopConfigurationError",
         "MetadataRetrievalError", "InvalidConfigError", "ConfigParseError", "ConfigNotFound"),
        "the AWS credentials cannot be had from where the configuration says",
        "see that aws sts get-caller-identity works, then run the same command again",
    ),
    (("NoRegionError",), "no Region is named", "name it with --region, or set AWS_REGION"),
    (
        ("ProxyConnectionError", "InvalidProxiesConfigError"),
        "the proxy cannot be reached",
        "see HTTPS_PROXY and NO_PROXY",
    ),
)  # fmt: skip
"""Exceptions of botocore by name (versions differ in which they have), what each means, and what to do."""


class Cost(StrEnum):
    """What a call that failed costs."""

    DENIED = "denied"
    """Its piece of evidence, for want of a permission."""
    ABSENT = "absent"
    """Nothing: what it asks for is not there."""
    FAILED = "failed"
    """Its piece of evidence, this time: asked again, it may be had."""


class CallError(Exception):
    """A call failed, and the rest can go on."""

    def __init__(self, cost: Cost, text: str, permission: str | None = None) -> None:
        super().__init__(text)
        self.cost, self.text, self.permission = cost, text, permission


class UnreachableError(CallError):
    """Nobody answers: once it may be an accident, again and again it is the end."""

    def __init__(self, text: str) -> None:
        super().__init__(Cost.FAILED, text)


def failed(error: BaseException, request: Request, region: str, profile: str | None) -> CallError:
    """What an exception of botocore means for a request.

    Raises:
        InputError: no call at all can succeed (credentials, the Region, the clock).
    """
    from botocore import exceptions

    if isinstance(error, exceptions.ClientError):
        return _refused(error, request, region)
    if isinstance(error, exceptions.PaginationError):
        return CallError(Cost.FAILED, "its pages repeat themselves: what came is not whole, and is not kept")
    unreadable = (exceptions.ResponseStreamingError, exceptions.IncompleteReadError)
    if isinstance(error, unreadable) or type(error).__name__ == "ResponseParserError":
        return CallError(Cost.FAILED, UNREADABLE)
    if isinstance(error, exceptions.ProxyConnectionError):
        credentials(error, profile)
    if isinstance(error, exceptions.HTTPClientError | exceptions.ConnectionError):
        return UnreachableError(f"{request.service} in {region} cannot be reached")
    if isinstance(error, exceptions.ParamValidationError | exceptions.UnknownServiceError):
        return CallError(Cost.FAILED, f"this version of boto3 does not know {request.operation} as it is asked")
    credentials(error, profile)
    raise error


def credentials(error: BaseException, profile: str | None = None) -> None:
    """Raise ``InputError`` where an exception of botocore is about credentials or configuration."""
    from botocore import exceptions

    login = f"aws sso login{f' --profile {profile}' if profile else ''}"
    kinds = {one.__name__ for one in type(error).__mro__}
    for names, problem, advice in _CONFIGURATION:
        if kinds.intersection(names):
            raise InputError(problem, advice=advice.format(login=login)) from None
    if isinstance(error, exceptions.BotoCoreError):
        advice = "see that aws sts get-caller-identity works"
        raise InputError(f"the AWS SDK fails ({type(error).__name__})", advice=advice) from None


def _refused(error: Any, request: Request, region: str) -> CallError:
    said = error.response.get("Error", {})
    code, message = str(said.get("Code", "")), str(said.get("Message", ""))
    plain = code.removeprefix("Client.").removeprefix("Server.")
    again = f"get new ones, then {_AGAIN}"
    clock = ("not yet current", "Signature expired", "difference between the request time")
    if plain in _EXPIRED or (plain == "RequestExpired" and "token" in message.lower()):
        raise InputError("the AWS credentials have expired", advice=again) from None
    if plain in _SKEWED or any(one in message for one in clock):
        if plain == "SignatureDoesNotMatch" and not any(one in message for one in clock):
            raise InputError(
                "AWS does not accept the signature: the secret key is not that of the key id", advice=again
            )
        advice = f"set this machine's clock, then {_AGAIN}"
        raise InputError("AWS takes these requests for old: the clock here is off", advice=advice) from None
    if plain in _OFF:
        raise InputError(f"{region} is switched off for this account", advice="name another with --region") from None
    if plain in _UNKNOWN_KEY:
        problem = f"AWS does not know these credentials in {region}"
        advice = "the key was deleted, or the Region is switched off: see aws sts get-caller-identity"
        raise InputError(problem, advice=advice) from None
    if plain in _DENIED:
        action = _ACTION.search(message)
        permission = action[1] if action else request.permission
        return CallError(Cost.DENIED, f"not allowed: {permission} is missing", permission)
    if plain in _THROTTLED:
        return CallError(Cost.FAILED, f"{request.service} throttled this call again and again: {_AGAIN}")
    if "NotFound" in plain or plain in ("NoSuchBucket", "NoSuchKey", "404"):
        return CallError(Cost.ABSENT, _absent(request))
    word = plain if re.fullmatch(r"[A-Za-z0-9.]{1,64}", plain) else "an error"
    return CallError(Cost.FAILED, f"{request.operation} answers {word}")


def _absent(request: Request) -> str:
    name = next((value for value in request.parameters.values() if isinstance(value, str)), "")
    return f"there is no {name or 'such thing'} (deleted, or in another Region or account)"

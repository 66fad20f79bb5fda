"""STS: who calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.aws.asked import Asked, Handler
from tests.aws.errors import PRINCIPAL


def _get_caller_identity(asked: Asked) -> dict[str, Any]:
    account = asked.account.id
    return {"UserId": "AROAEXAMPLEID:tests", "Account": account, "Arn": PRINCIPAL.format(account=account)}


OPERATIONS: Mapping[str, Handler] = {"GetCallerIdentity": _get_caller_identity}

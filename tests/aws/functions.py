"""Lambda: functions with their versions, states, aliases and concurrency."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.aws.account import Account, Record, merge
from tests.aws.asked import Asked, Handler
from tests.aws.errors import AwsError

_PAGE = 50
"""Items of an answer at most, whatever ``MaxItems`` says."""
_MAPPINGS = 100
"""As many event source mappings."""
_LATEST = "$LATEST"
_ARN_PARTS = 7
"""Of a function's ARN without a version or an alias."""
_NOT_LISTED = frozenset(
    {
        "LastUpdateStatus",
        "LastUpdateStatusReason",
        "LastUpdateStatusReasonCode",
        "RuntimeVersionConfig",
        "State",
        "StateReason",
        "StateReasonCode",
    }
)
"""What ListFunctions and ListVersionsByFunction leave out (AWS Lambda API Reference, ListFunctions)."""
_CONCURRENCY = "L-B99A9384"
"""The quota of concurrent executions."""


def functions(account: Account) -> list[Record]:
    """Every version of every function, with all that any file says of it."""
    return account.once("functions", lambda: _read(account))


def _read(account: Account) -> list[Record]:
    found: dict[tuple[str, str, str], Record] = {}
    for document in sorted(account.documents("lambda"), key=lambda one: one.stem != "functions"):
        data = document.data
        if "FunctionName" in data:
            listed = [data]
        else:
            listed = [*data.get("Functions", ()), *data.get("Versions", ())]
            listed += [data["Configuration"]] if "Configuration" in data else []
        for record in listed:
            arn = str(record.get("FunctionArn", "")).split(":")
            version = record.get("Version") or (arn[_ARN_PARTS] if len(arn) > _ARN_PARTS else _LATEST)
            key = (record["FunctionName"], version, ":".join(arn[:_ARN_PARTS]))
            merge(found, key, record)  # type: ignore[arg-type]
    return list(found.values())


def _version(record: Record) -> str:
    return str(record.get("Version") or _LATEST)


def _page(asked: Asked, items: Sequence[Record], member: str, most: int = _PAGE) -> dict[str, Any]:
    size = asked.parameters.get("MaxItems", most)
    if size < 1:
        raise AwsError("ValidationException", f"Value '{size}' at 'maxItems' failed to satisfy constraint", 400)
    part, following = asked.cut(items, asked.parameters.get("Marker"), min(size, most))
    return {member: list(part), "NextMarker": following}


def _listed(records: Sequence[Record]) -> list[Record]:
    return [{key: value for key, value in one.items() if key not in _NOT_LISTED} for one in records]


def _list_functions(asked: Asked) -> dict[str, Any]:
    known = functions(asked.account)
    if asked.parameters.get("FunctionVersion") != "ALL":
        known = [one for one in known if _version(one) == _LATEST]
    return _page(asked, _listed(known), "Functions")


def _list_versions(asked: Asked) -> dict[str, Any]:
    return _page(asked, _listed(_versions(asked)), "Versions")


def _name(asked: Asked) -> tuple[str, str | None]:
    """The name of the function in question, and its version or alias; a name, an ARN, or a part of one is given."""
    given = str(asked.parameters["FunctionName"])
    parts = given.split(":")
    if "function" in parts:
        parts = parts[parts.index("function") + 1 :]
    elif len(parts) > 2:
        parts = parts[-1:]
    qualifier = asked.parameters.get("Qualifier") or (parts[1] if len(parts) > 1 else None)
    return parts[0], qualifier


def _versions(asked: Asked) -> list[Record]:
    """The versions of the function in question. Raises ``AwsError`` where there is none of its name."""
    name, _ = _name(asked)
    found = [one for one in functions(asked.account) if one["FunctionName"] == name]
    if not found:
        raise _missing(asked, name)
    return found


def _missing(asked: Asked, name: str) -> AwsError:
    account = asked.account
    message = f"Function not found: arn:aws:lambda:{account.region}:{account.id}:function:{name}"
    return AwsError("ResourceNotFoundException", message, 404, {"Message": message})


def _one(asked: Asked) -> Record:
    """The version in question, with its state."""
    name, qualifier = _name(asked)
    versions = _versions(asked)
    version = qualifier or _LATEST
    alias = next((one for one in _aliases(asked.account, name) if one.get("Name") == qualifier), None)
    if alias is not None:
        version = alias["FunctionVersion"]
    found = next((one for one in versions if _version(one) == version), None)
    if found is None:
        raise _missing(asked, name if qualifier is None else f"{name}:{qualifier}")
    return {"State": "Active", "LastUpdateStatus": "Successful", **found}


def _get_function(asked: Asked) -> dict[str, Any]:
    configuration = _one(asked)
    name = configuration["FunctionName"]
    own = [one.data for one in asked.account.documents("lambda")
           if one.data.get("Configuration", {}).get("FunctionName") == name]  # fmt: skip
    kept = {key: value for key, value in own[0].items() if key != "ResponseMetadata"} if own else {}
    code = {"RepositoryType": "S3", "Location": f"https://code.example.com/{name}"}
    return {"Code": code, **kept, "Configuration": configuration, **_concurrency(asked.account, name)}


def _concurrency(account: Account, name: str) -> dict[str, Any]:
    for document in account.documents("lambda"):
        data = document.data
        if data.get("Configuration", {}).get("FunctionName") == name and data.get("Concurrency"):
            return {"Concurrency": data["Concurrency"]}
        if "ReservedConcurrentExecutions" in data and document.stem.endswith(f"concurrency-{name}"):
            return {"Concurrency": {"ReservedConcurrentExecutions": data["ReservedConcurrentExecutions"]}}
    return {}


def _get_concurrency(asked: Asked) -> dict[str, Any]:
    _versions(asked)
    return dict(_concurrency(asked.account, _name(asked)[0]).get("Concurrency", {}))


def _of_function(account: Account, member: str, arn: str, name: str) -> Iterator[Record]:
    """Items of the files' answers whose ARN is of the function, whatever is behind its name."""
    for document in account.documents("lambda"):
        for record in document.data.get(member) or ():
            parts = str(record.get(arn, "")).split(":")
            if name in parts[_ARN_PARTS - 1 : _ARN_PARTS]:
                yield record


def _aliases(account: Account, name: str) -> list[Record]:
    return list(_of_function(account, "Aliases", "AliasArn", name))


def _list_aliases(asked: Asked) -> dict[str, Any]:
    _versions(asked)
    found = _aliases(asked.account, _name(asked)[0])
    version = asked.parameters.get("FunctionVersion")
    return _page(asked, [one for one in found if version in (None, one.get("FunctionVersion"))], "Aliases")


def _list_provisioned(asked: Asked) -> dict[str, Any]:
    _versions(asked)
    member = "ProvisionedConcurrencyConfigs"
    return _page(asked, list(_of_function(asked.account, member, "FunctionArn", _name(asked)[0])), member)


def _list_mappings(asked: Asked) -> dict[str, Any]:
    member, account, source = "EventSourceMappings", asked.account, asked.parameters.get("EventSourceArn")
    if "FunctionName" in asked.parameters:
        found = list(_of_function(account, member, "FunctionArn", _name(asked)[0]))
    else:
        found = [record for one in account.documents("lambda") for record in one.data.get(member) or ()]
    return _page(asked, [one for one in found if source in (None, one.get("EventSourceArn"))], member, _MAPPINGS)


def _account_settings(asked: Asked) -> dict[str, Any]:
    account = asked.account
    for document in account.documents("lambda"):
        if "AccountLimit" in document.data:
            return {key: value for key, value in document.data.items() if key != "ResponseMetadata"}
    quotas = [quota for one in account.documents(".") for quota in one.data.get("Quotas") or ()]
    most = next((int(one["Value"]) for one in quotas if one.get("QuotaCode") == _CONCURRENCY), 1000)
    names = {one["FunctionName"] for one in functions(account)}
    reserved = [
        _concurrency(account, name).get("Concurrency", {}).get("ReservedConcurrentExecutions", 0) for name in names
    ]
    return {
        "AccountLimit": {
            "TotalCodeSize": 80_530_636_800,
            "CodeSizeUnzipped": 262_144_000,
            "CodeSizeZipped": 52_428_800,
            "ConcurrentExecutions": most,
            "UnreservedConcurrentExecutions": most - sum(reserved),
        },
        "AccountUsage": {
            "TotalCodeSize": sum(one.get("CodeSize", 0) for one in functions(account)),
            "FunctionCount": len(names),
        },
    }


OPERATIONS: Mapping[str, Handler] = {
    "GetAccountSettings": _account_settings,
    "GetFunction": _get_function,
    "GetFunctionConcurrency": _get_concurrency,
    "GetFunctionConfiguration": _one,
    "ListAliases": _list_aliases,
    "ListEventSourceMappings": _list_mappings,
    "ListFunctions": _list_functions,
    "ListProvisionedConcurrencyConfigs": _list_provisioned,
    "ListVersionsByFunction": _list_versions,
}

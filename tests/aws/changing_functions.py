"""Lambda's and Service Quotas' operations that change an account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from narrows.limits import LIMITS, SECURITY_GROUPS_PER_FUNCTION, SUBNETS_PER_FUNCTION
from tests.aws.account import Account, Record
from tests.aws.asked import Asked, Handler
from tests.aws.changes import find, new_id, quota
from tests.aws.errors import AwsError
from tests.aws.functions import functions

_LATEST = "$LATEST"
_ALIAS = "live"
"""The alias that every function has, though no file of a case says so."""


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterValueException", message, 400)


def _version(asked: Asked, version: str = _LATEST) -> Record:
    name = asked.parameters["FunctionName"]
    for one in functions(asked.account):
        if one["FunctionName"] == name and (one.get("Version") or _LATEST) == version:
            return one
    raise AwsError("ResourceNotFoundException", f"Function not found: {name}:{version}", 404)


def _update(asked: Asked) -> Record:
    function, given = _version(asked), asked.parameters.get("VpcConfig")
    if given is not None:
        function["VpcConfig"] = _vpc_config(asked, given)
        if not function["VpcConfig"]:
            del function["VpcConfig"]
        _interfaces(asked.account)
    return {**function, "State": "Active", "LastUpdateStatus": "InProgress"}


def _vpc_config(asked: Asked, given: Mapping[str, Any]) -> Record:
    subnets, groups = list(given.get("SubnetIds") or ()), list(given.get("SecurityGroupIds") or ())
    if not subnets and not groups:
        return {}
    if not subnets or not groups:
        raise _invalid("SubnetIds and SecurityGroupIds must coexist or be both empty list.")
    if len(subnets) > SUBNETS_PER_FUNCTION.value or len(groups) > SECURITY_GROUPS_PER_FUNCTION.value:
        raise _invalid("too many subnets or security groups")
    account = asked.account
    places = [find(account, "Subnets", "SubnetId", one, "InvalidParameterValueException") for one in subnets]
    known = [find(account, "SecurityGroups", "GroupId", one, "InvalidParameterValueException") for one in groups]
    vpcs = {one["VpcId"] for one in [*places, *known]}
    if len(vpcs) != 1:
        raise _invalid("subnets and security groups are of several VPCs")
    dual = bool(given.get("Ipv6AllowedForDualStack"))
    if dual and not all(one.get("Ipv6CidrBlockAssociationSet") for one in places):
        raise _invalid("a subnet is not dual-stack")
    return {
        "SubnetIds": subnets, "SecurityGroupIds": groups, "VpcId": vpcs.pop(), "Ipv6AllowedForDualStack": dual,
    }  # fmt: skip


def _interfaces(account: Account) -> None:
    """Hyperplane ENIs come and go with the subnets and security groups of every version."""
    listed = account.ec2["NetworkInterfaces"]
    wanted = set()
    for one in functions(account):
        config = one.get("VpcConfig") or {}
        groups = tuple(sorted(set(config.get("SecurityGroupIds") or ())))
        wanted |= {(subnet, groups, config["VpcId"]) for subnet in config.get("SubnetIds") or ()}
    for one in [one for one in listed if one.get("InterfaceType") == "lambda"]:
        key = one["SubnetId"], tuple(sorted(group["GroupId"] for group in one["Groups"])), one["VpcId"]
        if key in wanted:
            wanted.remove(key)
        else:
            listed.remove(one)
    for subnet, groups, vpc in sorted(wanted):
        listed.append(
            {
                "NetworkInterfaceId": new_id(account, "eni"), "SubnetId": subnet, "VpcId": vpc,
                "Groups": [{"GroupId": group} for group in groups], "InterfaceType": "lambda", "Status": "in-use",
                "Description": "AWS Lambda VPC ENI",
            }
        )  # fmt: skip


def _publish(asked: Asked) -> Record:
    latest = _version(asked)
    every = [one for one in functions(asked.account) if one["FunctionName"] == latest["FunctionName"]]
    published = [one for one in every if (one.get("Version") or _LATEST) != _LATEST]
    last = max(published, key=lambda one: int(one["Version"]), default=None)
    if last is not None and last.get("VpcConfig") == latest.get("VpcConfig"):
        return last
    number = 1 + max((int(one["Version"]) for one in published), default=0)
    arn = ":".join(latest["FunctionArn"].split(":")[:7])
    config = latest.get("VpcConfig")
    new = {**latest, "Version": str(number), "FunctionArn": f"{arn}:{number}"}
    if config is not None:
        new["VpcConfig"] = dict(config)
    functions(asked.account).append(new)
    return new


def _aliases(account: Account) -> dict[tuple[str, str], Record]:
    return account.once("aliases", dict[tuple[str, str], Record])


def _alias(asked: Asked) -> Record:
    name = asked.parameters["Name"]
    function = _version(asked)["FunctionName"]
    if name != _ALIAS:
        raise AwsError("ResourceNotFoundException", f"Cannot find alias arn: {function}:{name}", 404)
    return _aliases(asked.account).setdefault((function, name), {"Name": name, "FunctionVersion": _LATEST})


def _update_alias(asked: Asked) -> Record:
    alias, given = _alias(asked), asked.parameters
    version = given.get("FunctionVersion", alias["FunctionVersion"])
    _version(asked, version)
    weights = (given.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
    for other, weight in weights.items():
        _version(asked, other)
        if not 0 <= weight <= 1 or version == _LATEST:
            raise _invalid("not a valid weight")
    alias["FunctionVersion"] = version
    alias["RoutingConfig"] = {"AdditionalVersionWeights": dict(weights)}
    return alias


def _delete(asked: Asked) -> Record:
    version = _version(asked, asked.parameters["Qualifier"])
    for (function, _), alias in _aliases(asked.account).items():
        named = {alias["FunctionVersion"], *alias.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})}
        if function == version["FunctionName"] and version["Version"] in named:
            raise AwsError("ResourceConflictException", "an alias names the version", 409)
    functions(asked.account).remove(version)
    _interfaces(asked.account)
    return {}


def _raise_quota(asked: Asked) -> Record:
    """AWS grants it at once."""
    given, account = asked.parameters, asked.account
    limit = next((one for one in LIMITS.values() if one.quota_code == given["QuotaCode"]), None)
    if limit is None or limit.quota_service != given["ServiceCode"] or not limit.adjustable:
        raise AwsError("NoSuchResourceException", "The request failed because the specified quota does not exist.")
    if given["DesiredValue"] <= quota(account, limit):
        raise AwsError("IllegalArgumentException", "You must provide a quota value greater than the current one.")
    for document in account.documents("."):
        for one in document.data.get("Quotas") or ():
            if one.get("QuotaCode") == limit.quota_code:
                one["Value"] = given["DesiredValue"]
    return {"RequestedQuota": {"QuotaCode": given["QuotaCode"], "Status": "APPROVED"}}


OPERATIONS: Mapping[str, Handler] = {
    "DeleteFunction": _delete,
    "GetAlias": _alias,
    "PublishVersion": _publish,
    "UpdateAlias": _update_alias,
    "UpdateFunctionConfiguration": _update,
}

QUOTAS: Mapping[str, Handler] = {"RequestServiceQuotaIncrease": _raise_quota}

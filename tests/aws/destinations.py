"""What functions connect to: caches, databases, load balancers and search domains, from a folder for each service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.aws.account import Record
from tests.aws.asked import Asked, Handler
from tests.aws.errors import AwsError

_DOMAINS = 5
"""That DescribeDomains takes at once."""


@dataclass(frozen=True)
class Listing:
    """An operation that lists resources, or those of some names."""

    member: str
    """Of the answer."""
    names: Mapping[str, str]
    """The parameter that takes a name (or several), and the member of the resource that has it."""
    unknown: str
    """The error for a name that nothing has."""
    size: str = "MaxRecords"
    most: int = 100
    token: str = "Marker"
    following: str = "Marker"
    only_asked: Mapping[str, str] = field(default_factory=dict)
    """Members that are there only where a parameter says so."""
    filters: Mapping[str, str] = field(default_factory=dict)
    """What ``Filters`` may name, and the member of the resource that it looks at."""


LISTINGS: Mapping[str, Mapping[str, Listing]] = {
    "elasticache": {
        "DescribeCacheClusters": Listing(
            "CacheClusters", {"CacheClusterId": "CacheClusterId"}, "CacheClusterNotFound",
            only_asked={"CacheNodes": "ShowCacheNodeInfo"},
        ),
        "DescribeReplicationGroups": Listing(
            "ReplicationGroups", {"ReplicationGroupId": "ReplicationGroupId"}, "ReplicationGroupNotFoundFault"
        ),
        "DescribeServerlessCaches": Listing(
            "ServerlessCaches", {"ServerlessCacheName": "ServerlessCacheName"}, "ServerlessCacheNotFoundFault",
            "MaxResults", 50, "NextToken", "NextToken",
        ),
    },
    "rds": {
        "DescribeDBInstances": Listing(
            "DBInstances", {"DBInstanceIdentifier": "DBInstanceIdentifier"}, "DBInstanceNotFound",
            filters={"db-cluster-id": "DBClusterIdentifier", "db-instance-id": "DBInstanceIdentifier",
                     "engine": "Engine"},
        ),
        "DescribeDBClusters": Listing(
            "DBClusters", {"DBClusterIdentifier": "DBClusterIdentifier"}, "DBClusterNotFoundFault"
        ),
        "DescribeDBProxies": Listing("DBProxies", {"DBProxyName": "DBProxyName"}, "DBProxyNotFoundFault"),
    },
    "memorydb": {
        "DescribeClusters": Listing(
            "Clusters", {"ClusterName": "Name"}, "ClusterNotFoundFault", "MaxResults", 50, "NextToken", "NextToken",
            {"Shards": "ShowShardDetails"},
        ),
    },
    "elbv2": {
        "DescribeLoadBalancers": Listing(
            "LoadBalancers", {"Names": "LoadBalancerName", "LoadBalancerArns": "LoadBalancerArn"},
            "LoadBalancerNotFound", "PageSize", 400, "Marker", "NextMarker",
        ),
    },
}  # fmt: skip


def _listing(service: str, one: Listing) -> Handler:
    def handler(asked: Asked) -> dict[str, Any]:
        given = asked.parameters
        found = asked.account.list_of(service, one.member, next(iter(one.names.values())))
        for parameter, member in one.names.items():
            if parameter not in given:
                continue
            wanted = given[parameter] if isinstance(given[parameter], list) else [given[parameter]]
            for name in wanted:
                if all(record.get(member) != name for record in found):
                    raise AwsError(one.unknown, f"{name} was not found", 404)
            found = [record for record in found if record.get(member) in wanted]
        for asked_for in given.get("Filters", ()):
            name = asked_for["Name"]
            if name not in one.filters:
                raise AwsError("InvalidParameterValue", f"Unrecognized filter name: {name}")
            found = [record for record in found if record.get(one.filters[name]) in asked_for["Values"]]
        hidden = {member for member, parameter in one.only_asked.items() if not given.get(parameter)}
        part, following = asked.cut(found, given.get(one.token), given.get(one.size, one.most))
        listed = [{key: value for key, value in record.items() if key not in hidden} for record in part]
        return {one.member: listed, one.following: following}

    return handler


def _domains(asked: Asked) -> list[Record]:
    return asked.account.list_of("opensearch", "DomainStatusList", "DomainName")


def _list_domain_names(asked: Asked) -> dict[str, Any]:
    named = asked.account.list_of("opensearch", "DomainNames", "DomainName")
    known = {one["DomainName"] for one in named}
    described = [{"DomainName": one["DomainName"]} for one in _domains(asked) if one["DomainName"] not in known]
    return {"DomainNames": [*named, *described]}


def _describe_domains(asked: Asked) -> dict[str, Any]:
    wanted = asked.parameters["DomainNames"]
    if len(wanted) > _DOMAINS:
        raise AwsError("ValidationException", f"Please provide a maximum of {_DOMAINS} domain names to describe.")
    return {"DomainStatusList": [one for one in _domains(asked) if one["DomainName"] in wanted]}


def _db_parameters(asked: Asked) -> dict[str, Any]:
    """Of a group, those in the case's files that hold its name beside them, as a client's ``--query`` can keep it."""
    given, group = asked.parameters, asked.parameters["DBParameterGroupName"]
    answers = [one.data for one in asked.account.documents("rds") if one.data.get("DBParameterGroupName") == group]
    if not answers:
        raise AwsError("DBParameterGroupNotFound", f"DBParameterGroup not found: {group}", 404)
    found = [record for data in answers for record in data.get("Parameters") or ()]
    if "Source" in given:
        found = [record for record in found if record.get("Source") == given["Source"]]
    part, following = asked.cut(found, given.get("Marker"), given.get("MaxRecords", 100))
    return {"Parameters": list(part), "Marker": following}


OPERATIONS: Mapping[str, Mapping[str, Handler]] = {
    **{
        service: {name: _listing(service, one) for name, one in listings.items()}
        for service, listings in LISTINGS.items()
    },
    "rds": {
        **{name: _listing("rds", one) for name, one in LISTINGS["rds"].items()},
        "DescribeDBParameters": _db_parameters,
    },
    "opensearch": {"DescribeDomains": _describe_domains, "ListDomainNames": _list_domain_names},
}

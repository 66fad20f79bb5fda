"""Which resources of the account a destination is, and what AWS tells of their connections and of their room.

By a destination's name, as far as AWS gave it, and by AWS's own descriptions of the interfaces that have its addresses.
Diagnosis and collecting ask for the same: both ask here.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from narrows.aws import questions
from narrows.aws.questions import MetricQuery
from narrows.aws.requests import Request
from narrows.aws_ids import CACHE, DATABASE, DIMENSION
from narrows.case.model import Case
from narrows.evidence.destinations import (
    cluster_of,
    database_of,
    is_broker,
    is_cache,
    is_load_balancer,
    is_memory_db,
    is_node,
)

_CLUSTER = "DBClusterIdentifier"
_CACHE, _BALANCER = "ElastiCache ", "ELB "
"""How descriptions of interfaces begin."""
_GROUP_LABELS = frozenset({"ng", "master", "replica", "clustercfg"})
"""Labels of endpoints that are those of a replication group, and of no node by itself (Amazon ElastiCache User Guide,
Finding connection endpoints)."""
_SHARD_NODE = re.compile(r"-\d{4}-\d{3}")
"""What a node of MemoryDB has behind its cluster's name."""
_DOMAIN = re.compile(r"vpc-(?P<name>[a-z][a-z0-9-]*)-[a-z0-9]+\.(?P<region>[a-z0-9-]+)\.es\.amazonaws\.com(?:\.cn)?")
_NETWORK = re.compile(r"(?P<name>[A-Za-z0-9-]+)-(?P<id>[0-9a-f]{16})\.elb\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?", re.I)
_BALANCERS = {
    "app": ("AWS/ApplicationELB", (("RejectedConnectionCount", "Sum"),)),
    "net": (
        "AWS/NetworkELB",
        (("ActiveFlowCount", "Maximum"), ("ActiveFlowCount_TCP", "Maximum"), ("RejectedFlowCount", "Sum")),
    ),
}
"""By how their names begin: namespace, and metrics each with the statistic that means something."""


def metrics_of(case: Case, destination: str, account: str | None = None) -> tuple[MetricQuery, ...]:
    """The metrics that tell how many connections a destination has, how many it rejects, and whether it is ill.

    Args:
        account: twelve digits, which a domain of OpenSearch has among its dimensions; None where it is not known.
    """
    found = (*_of_caches(case, destination), *_of_databases(case, destination), *_of_balancers(case, destination),
             *_of_domain(case, destination, account), *_of_broker(case, destination),
             *_of_endpoints(case, destination))  # fmt: skip
    # Descriptions and names may be a stranger's: nothing is asked that CloudWatch would not take.
    fit = [one for one in found if all(DIMENSION.fits(value) for _, value in one.dimensions)]
    return tuple(dict.fromkeys(fit))


def descriptions_of(case: Case, destination: str) -> tuple[Request, ...]:
    """What says which resources stand behind a destination's name, and how many connections they take.

    The second depends on the first: the parameter groups are known once the instances are.
    """
    found: list[Request] = []
    host, region = _host(case, destination), case.region
    group = replication_group_of(host)
    if group is not None:
        found.append(questions.replication_group(group, region))
    database = _database(case, destination)
    if database is None or database[0] == "ProxyName":
        return tuple(found)
    found.append(questions.db_instances(*database, region))
    groups = [one.parameter_group for one in case.owned.members(database[1])] if database[0] == _CLUSTER else []
    own = case.owned.databases.get(database[1]) if database[0] != _CLUSTER else None
    groups += [own.parameter_group] if own else []
    found += [questions.db_parameters(one, region) for one in dict.fromkeys(groups) if one]
    return tuple(found)


def replication_group_of(host: str | None) -> str | None:
    """The replication group of ElastiCache that an endpoint is of; None for an endpoint of anything else."""
    if not is_cache(host) or is_memory_db(host):
        return None
    labels = (host or "").lower().split(".")
    if _GROUP_LABELS.isdisjoint(labels):
        return None
    # The reader endpoint without TLS is NAME-ro.ID.ng....
    group = cluster_of(host).removesuffix("-ro") if "ng" in labels else cluster_of(host)
    return group if CACHE.fits(group) else None


def nodes_of(case: Case, group: str) -> tuple[str, ...]:
    """The nodes of a replication group: as ElastiCache lists them, else as the case's interfaces are described."""
    listed = case.owned.nodes.get(group.lower())
    if listed is not None:
        return listed
    described = _names_in(case.topology.interface_owners.values(), _CACHE)
    return tuple(dict.fromkeys(one for one in described if is_node(one, group)))


def _of_caches(case: Case, destination: str) -> Iterator[MetricQuery]:
    host = _host(case, destination)
    if is_memory_db(host):
        if _is_here(case, host):
            name = _SHARD_NODE.sub("", cluster_of(host))
            yield MetricQuery("AWS/MemoryDB", "CurrConnections", "Maximum", (("ClusterName", name),))
        return
    nodes = list(_names_in(_owners(case, destination), _CACHE))
    group = replication_group_of(host)
    if group is not None:
        nodes += nodes_of(case, group)
    elif is_cache(host) and "serverless" not in (host or "").lower().split("."):
        nodes.append(cluster_of(host))
    for node in dict.fromkeys(nodes):
        yield MetricQuery("AWS/ElastiCache", "CurrConnections", "Maximum", (("CacheClusterId", node),))


def _of_databases(case: Case, destination: str) -> Iterator[MetricQuery]:
    database = _database(case, destination)
    if database is None:
        return
    yield MetricQuery("AWS/RDS", "DatabaseConnections", "Maximum", (database,))
    if database[0] == "ProxyName":
        yield MetricQuery("AWS/RDS", "ClientConnections", "Maximum", (database,))
    for one in case.owned.members(database[1]) if database[0] == _CLUSTER else ():
        yield MetricQuery("AWS/RDS", "DatabaseConnections", "Maximum", (("DBInstanceIdentifier", one.id),))


def _of_balancers(case: Case, destination: str) -> Iterator[MetricQuery]:
    names = {one for one in _names_in(_owners(case, destination), _BALANCER) if one.count("/") == 2}
    host = _host(case, destination)
    if not names and is_load_balancer(host) and _is_here(case, host):
        names = _named_by(case, host or "")
    for name in sorted(names):
        namespace, metrics = _BALANCERS.get(name.split("/")[0], ("", ()))
        for metric, stat in metrics:
            yield MetricQuery(namespace, metric, stat, (("LoadBalancer", name),))


def _named_by(case: Case, host: str) -> set[str]:
    """The load balancer that a DNS name is of.

    That of a Network Load Balancer holds its id, that of an Application Load Balancer does not: the case's interfaces
    tell, unless there are two of that name.
    """
    described = {one for one in _names_in(case.topology.interface_owners.values(), _BALANCER) if one.count("/") == 2}
    network = _NETWORK.fullmatch(host.rstrip("."))
    if network is not None:
        name = f"net/{network['name'].removeprefix('internal-')}/{network['id'].lower()}"
        # DNS names are in small letters, dimensions as their owner wrote them.
        return {one for one in described if one.lower() == name.lower()} or {name}
    label = host.lower().removeprefix("dualstack.").split(".")[0].removeprefix("internal-").rpartition("-")[0]
    alike = {one for one in described if one.startswith("app/") and one.split("/")[1].lower() == label}
    return alike if len(alike) == 1 else set()


def _of_domain(case: Case, destination: str, account: str | None) -> Iterator[MetricQuery]:
    name = domain_of(_host(case, destination))
    if name is not None and account and _is_here(case, _host(case, destination)):
        yield MetricQuery("AWS/ES", "ClusterStatus.red", "Maximum", (("DomainName", name), ("ClientId", account)))


def domain_of(host: str | None) -> str | None:
    """The name of the OpenSearch domain inside a VPC that an endpoint is of."""
    match = _DOMAIN.fullmatch((host or "").lower().rstrip("."))
    return match["name"] if match else None


def _of_broker(case: Case, destination: str) -> Iterator[MetricQuery]:
    host = _host(case, destination)
    if host is None or not is_broker(host) or not _is_here(case, host):
        return
    label, cluster = host.split(".")[:2]
    number = label.rpartition("-")[2]
    if number.isdecimal():
        broker = (("Cluster Name", cluster), ("Broker ID", number))
        with_iam = (*broker, ("Client Authentication", "IAM"))
        yield MetricQuery("AWS/Kafka", "ClientConnectionCount", "Maximum", with_iam)
        yield MetricQuery("AWS/Kafka", "IAMTooManyConnections", "Sum", broker)


def _of_endpoints(case: Case, destination: str) -> Iterator[MetricQuery]:
    for name, endpoint in case.topology.network.endpoints.items():
        about = case.owned.endpoints.get(name)
        if about is not None and destination in endpoint.destinations:
            dimensions = (("VPC Endpoint Id", name), ("VPC Id", about.vpc), ("Endpoint Type", "Interface"),
                          ("Service Name", about.service))  # fmt: skip
            yield MetricQuery("AWS/PrivateLinkEndpoints", "ActiveConnections", "Maximum", dimensions)


def _database(case: Case, destination: str) -> tuple[str, str] | None:
    """The database of RDS in the case's Region that a destination is: (CloudWatch's dimension, the id in it)."""
    host = _host(case, destination)
    found = database_of(host)
    if found is None or not _is_here(case, host) or not DATABASE.fits(found[1]):
        return None
    # The name of a custom endpoint of Aurora is not its cluster's.
    return None if ".cluster-custom-" in (host or "").lower() else found


def _host(case: Case, destination: str) -> str | None:
    about = case.destinations.get(destination)
    return about.host.rstrip(".") if about is not None and about.host else None


def _owners(case: Case, destination: str) -> list[str]:
    known, about = case.topology.interface_owners, case.destinations.get(destination)
    return [known[one] for one in about.addresses if one in known] if about is not None else []


def _names_in(descriptions: Collection[str], beginning: str) -> Iterator[str]:
    return (one.removeprefix(beginning) for one in descriptions if one.startswith(beginning))


def _is_here(case: Case, host: str | None) -> bool:
    """Whether a name that AWS gave is of the case's Region: in another one nothing is asked."""
    return case.region is None or case.region in (host or "").lower().split(".")

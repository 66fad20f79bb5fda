"""What a destination's own CloudWatch metrics say, where it is a service of AWS and the case has them.

An account has many caches, databases and load balancers. A metric counts for a destination only where the destination's
name is the name that AWS gave that resource; where the destination has a name of somebody's own, or none, it *may* be
its.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from narrows.addresses import is_public
from narrows.evidence.facts import Facts, once
from narrows.evidence.metrics import PEAK, Reading, read

_SEVERAL_NODES = 2
_LEAST = ("Minimum", "Average", "Maximum")
LOAD_BALANCERS = ("AWS/ApplicationELB", "AWS/NetworkELB", "AWS/ELB")
"""Namespaces of load balancers."""
_NODE = re.compile(r"(-\d{1,4}){0,2}")
"""What a cache node's id has behind its cluster's."""


@dataclass(frozen=True, slots=True)
class OwnMetric:
    """A metric of a resource that is a destination, or may be."""

    reading: Reading
    sure: bool
    """The destination's name says that it is this resource; otherwise nothing says that it is another."""


def is_cache(host: str | None) -> bool:
    """Whether a DNS name is one of ElastiCache's or MemoryDB's."""
    name = _plain(host)
    return name.endswith(".amazonaws.com") and (".cache." in f".{name}" or is_memory_db(host))


def is_memory_db(host: str | None) -> bool:
    """Whether a DNS name is one of MemoryDB's."""
    return ".memorydb." in _plain(host)


def cluster_of(host: str | None) -> str:
    """The cluster's id as its endpoint names it; the node's own id has its number behind."""
    parts = _plain(host).split(".")
    return parts[1] if parts[0] in ("master", "replica", "clustercfg") and len(parts) > 1 else parts[0]


def database_of(host: str | None) -> tuple[str, str] | None:
    """(CloudWatch's dimension, the id in it) of a database of RDS, by its endpoint; None for any other name."""
    name = _plain(host)
    if not name.endswith(".rds.amazonaws.com"):
        return None
    parts = name.split(".")
    if len(parts) > 1 and parts[1].startswith("cluster-"):
        return "DBClusterIdentifier", parts[0]
    return ("ProxyName" if len(parts) > 1 and parts[1].startswith("proxy-") else "DBInstanceIdentifier"), parts[0]


@once
def cache_connections(facts: Facts, destination: str | None) -> OwnMetric | None:
    """``CurrConnections`` of the cache node of a destination that has the most."""
    about = facts.case.destinations.get(destination or "")
    public = about is not None and about.addresses and all(map(is_public, about.addresses))
    if public and not is_cache(about.host if about else None):
        return None  # a node has an address of its VPC only
    for namespace in ("AWS/ElastiCache", "AWS/MemoryDB"):
        found = _most(facts, destination, (namespace, "CurrConnections"), PEAK, is_cache, _is_node_of)
        if found is not None:
            return found
    return None


@once
def broker_connections(facts: Facts, destination: str | None) -> OwnMetric | None:
    """Connections of clients that authenticate with IAM at the broker of Amazon MSK that a destination is."""
    for metric in ("ClientConnectionCount", "ConnectionCount"):

        def own(dimensions: dict[str, str], host: str) -> bool:
            return dimensions.get("Client Authentication", "IAM") == "IAM" and _is_its_broker(dimensions, host)

        stats = (*PEAK, "Average", "Sum")
        found = _most(facts, destination, ("AWS/Kafka", metric), stats, is_broker, own)
        if found is not None:
            return found
    return None


@once
def database_connections(facts: Facts, destination: str | None) -> OwnMetric | None:
    """``DatabaseConnections`` of the database of RDS that a destination is."""

    def own(dimensions: dict[str, str], host: str) -> bool:
        return is_database(facts, dimensions, host)

    def named(host: str | None) -> bool:
        return database_of(host) is not None

    return _most(facts, destination, ("AWS/RDS", "DatabaseConnections"), (*PEAK, "Average"), named, own)


def is_database(facts: Facts, dimensions: dict[str, str], host: str | None) -> bool:
    """Whether a metric of RDS with these dimensions is of the database that a DNS name is."""
    of = database_of(host)
    if of is None:
        return False
    instance = dimensions.get("DBInstanceIdentifier", "").lower()
    known = facts.case.owned.databases.get(instance)
    # The instances of an Aurora cluster are called after it, unless somebody called them otherwise.
    member = of[0] == "DBClusterIdentifier" and (
        instance.startswith(f"{of[1]}-") if known is None else (known.cluster or "").lower() == of[1]
    )
    return member or dimensions.get(of[0], "").lower() == of[1]


@once
def rejected_by(facts: Facts, destination: str | None) -> OwnMetric | None:
    """What counts the connections that a destination rejects for want of room, where it rejected any:
    ``RejectedConnectionCount`` of an Application Load Balancer, ``RejectedFlowCount`` of a Network Load Balancer,
    ``IAMTooManyConnections`` of a broker of Amazon MSK."""
    for namespace, metric, of_this_kind, own in (
        ("AWS/ApplicationELB", "RejectedConnectionCount", is_load_balancer, _is_its_balancer),
        ("AWS/NetworkELB", "RejectedFlowCount", is_load_balancer, _is_its_balancer),
        ("AWS/Kafka", "IAMTooManyConnections", is_broker, _is_its_broker),
    ):
        stats = ("Sum", "Maximum")
        found = _most(facts, destination, (namespace, metric), stats, of_this_kind, own, lambda one: one.total)
        if found is not None:
            return found
    return None


@once
def flows_of_load_balancer(facts: Facts, destination: str | None) -> OwnMetric | None:
    """``ActiveFlowCount`` of the Network Load Balancer that a destination is: open TCP connections, of all clients."""
    for metric in ("ActiveFlowCount_TCP", "ActiveFlowCount"):
        stats = (*PEAK, "Average")
        found = _most(facts, destination, ("AWS/NetworkELB", metric), stats, is_load_balancer, _is_its_balancer)
        if found is not None:
            return found
    return None


@dataclass(frozen=True, slots=True)
class Health:
    """A metric that says that a destination is ill, or that none of its targets is well."""

    reading: Reading
    ill: Callable[[float], bool]


@once
def health(facts: Facts, destination: str | None) -> tuple[Health, ...]:
    """What the destination's own service says of its health: a search domain's status, a load balancer's targets."""
    about = facts.case.destinations.get(destination or "")
    if about is None:
        return ()
    host = _plain(about.host)
    found = [
        Health(reading, lambda value: value > 0)
        for dimensions, reading in readings_of(facts, "AWS/ES", "ClusterStatus.red", ("Maximum", "Sum", "Average"))
        if host.startswith(f"vpc-{dimensions.get('DomainName', '').lower()}-")
    ]
    for namespace in LOAD_BALANCERS:
        found += [
            Health(reading, lambda value: value == 0)
            for dimensions, reading in readings_of(facts, namespace, "HealthyHostCount", _LEAST)
            if _is_its_balancer(dimensions, host) or _is_owned(dimensions, _owners(facts, destination))
        ]
    return tuple(found)


def _is_owned(dimensions: dict[str, str], owners: frozenset[str]) -> bool:
    return any(owner.endswith(f" {value}") for owner in owners for value in dimensions.values())


@once
def connections_of_endpoint(facts: Facts, destination: str | None) -> OwnMetric | None:
    """``ActiveConnections`` of the interface endpoint that the connections to a destination go through."""
    endpoints = {way.resource for way in facts.ways.of_destination.get(destination or "", ())}
    addresses = _owners(facts, destination)
    for dimensions, reading in readings_of(facts, "AWS/PrivateLinkEndpoints", "ActiveConnections", (*PEAK, "Average")):
        endpoint = dimensions.get("VPC Endpoint Id", "")
        if endpoint in endpoints or any(owner.endswith(f" {endpoint}") for owner in addresses):
            return OwnMetric(reading, sure=True)
    return None


@once
def connections_of_nodes(facts: Facts, destination: str | None) -> OwnMetric | None:
    """``CurrConnections`` of all nodes of the cache that a destination is, added up, where there are several."""
    about = facts.case.destinations.get(destination or "")
    host, owners = _plain(about.host) if about else "", _owners(facts, destination)
    nodes = [
        reading
        for dimensions, reading in readings_of(facts, "AWS/ElastiCache", "CurrConnections", PEAK)
        if (is_cache(host) and _is_node_of(dimensions, host))
        or f"ElastiCache {dimensions.get('CacheClusterId', '')}" in owners
    ]
    if len(nodes) < _SEVERAL_NODES or len({one.period for one in nodes}) > 1:
        return None
    moments = set.intersection(*(set(one.moments.tolist()) for one in nodes))
    if not moments:
        return None
    points = {moment: sum(one.at(moment) or 0.0 for one in nodes) for moment in moments}
    return OwnMetric(nodes[0].with_points(points, f"{len(nodes)} nodes of {destination}"), sure=True)


def _is_node_of(dimensions: dict[str, str], host: str) -> bool:
    cluster = cluster_of(host)
    if is_memory_db(host):
        return dimensions.get("ClusterName", "").lower() in (cluster, _NODE.sub("", cluster))
    return is_node(dimensions.get("CacheClusterId", ""), cluster)


def is_node(node: str, cluster: str) -> bool:
    """Whether a cache cluster's id is that of a node of a replication group, or the cluster itself."""
    node, cluster = node.lower(), cluster.lower()
    return node.startswith(cluster) and _NODE.fullmatch(node.removeprefix(cluster)) is not None


def is_load_balancer(host: str | None) -> bool:
    """Whether a DNS name is one of Elastic Load Balancing's."""
    return _plain(host).endswith(".elb.amazonaws.com") or ".elb." in _plain(host)


def _is_its_balancer(dimensions: dict[str, str], host: str) -> bool:
    # LoadBalancer is app/NAME/ID or net/NAME/ID, the host NAME-NUMBER.REGION.elb.amazonaws.com (of a Network Load
    # Balancer NAME-ID.elb.REGION.amazonaws.com), internal-NAME-... inside a VPC.
    parts = dimensions.get("LoadBalancer", "").split("/")
    label = host.split(".")[0].rpartition("-")[0]
    return len(parts) == 3 and parts[1].lower() in (label, label.removeprefix("internal-"))


def is_broker(host: str | None) -> bool:
    """Whether a DNS name is that of a broker of Amazon MSK: ``b-1.CLUSTER.ID.cN.kafka.REGION.amazonaws.com``."""
    return ".kafka." in _plain(host) and _given_by_aws(_plain(host))


def _is_its_broker(dimensions: dict[str, str], host: str) -> bool:
    broker, cluster = host.split(".")[:2]
    number = dimensions.get("Broker ID")
    return dimensions.get("Cluster Name", "").lower() == cluster and number in (None, broker.rpartition("-")[2])


def _most(
    facts: Facts,
    destination: str | None,
    metric: tuple[str, str],
    stats: tuple[str, ...],
    of_this_kind: Callable[[str | None], bool],
    own: Callable[[dict[str, str], str], bool],
    size: Callable[[Reading], float] = lambda one: one.largest,
) -> OwnMetric | None:
    """The largest of a metric above zero among the resources that a destination is, or may be."""
    about = facts.case.destinations.get(destination or "")
    host = _plain(about.host) if about else ""
    owners = _owners(facts, destination)
    found = []
    for dimensions, reading in readings_of(facts, *metric, stats):
        if size(reading) <= 0:
            continue
        sure = _is_owned(dimensions, owners) or (of_this_kind(host) and own(dimensions, host))
        # A name that AWS gave to something else is something else; so is the interface of something else.
        if sure or not (_given_by_aws(host) or owners):
            found.append(OwnMetric(reading, sure))
    return max(found, key=lambda one: (one.sure, size(one.reading)), default=None)


def _owners(facts: Facts, destination: str | None) -> frozenset[str]:
    """What the network interfaces with a destination's addresses belong to, as AWS describes them."""
    about = facts.case.destinations.get(destination or "")
    known = facts.case.topology.interface_owners
    return frozenset(known[one] for one in about.addresses if one in known) if about else frozenset()


def _given_by_aws(host: str) -> bool:
    return host.endswith(".amazonaws.com")


def _plain(host: str | None) -> str:
    return (host or "").lower().rstrip(".").removesuffix(".cn")


@once
def readings_of(
    facts: Facts, namespace: str, metric: str, stats: tuple[str, ...]
) -> tuple[tuple[dict[str, str], Reading], ...]:
    """A metric of every resource that the case has it of, each with its dimensions."""
    metrics = facts.case.metrics
    asked = {tuple(sorted(one.dimensions.items())) for one in metrics.of(metric) if one.namespace == namespace}
    found = [
        (dict(dimensions), read(metrics, metric, stats, facts.window, **dict(dimensions)))
        for dimensions in sorted(asked)
    ]
    return tuple((dimensions, reading) for dimensions, reading in found if reading is not None)

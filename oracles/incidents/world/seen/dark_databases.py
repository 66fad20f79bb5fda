"""Databases and search clusters of one's own that do not answer: failed over, hanging, stopped, a node replaced."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Expert,
    Headline,
    Traffic,
    about,
    go_log,
    incident,
    python_error,
)
from oracles.incidents.world.seen._sites import DARK, URLLIB3, dark, site

BLOCKED = "route-or-rule-blocked"


@incident(
    source="https://github.com/open-guides/og-aws/pull/141 (RDS failover is a change of the DNS name)",
    expert=dark("for two minutes the old writer's address answers nobody, with every rule open before and after: "
                "a failover, over by itself"),
)  # fmt: skip
def database_fails_over(case: CaseFolder) -> None:
    place = site(case)
    own = case.group("ledger-db", [{"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "IpRanges": [],
                                    "UserIdGroupPairs": [{"GroupId": place.app["GroupId"]}], "Ipv6Ranges": [],
                                    "PrefixListIds": []}])  # fmt: skip
    old = case.database("ledger-1", place.data_a, [own])["PrivateIpAddress"]
    new = case.database("ledger-2", place.data_b, [own])["PrivateIpAddress"]
    host = "ledger.cluster-cx91mmz2aa4k.us-east-1.rds.amazonaws.com"
    case.function("post-entry", [place.private_a, place.private_b], [place.app], runtime="provided.al2023", timeout=20)
    failed = go_log(f"failed to connect to `user=app database=ledger`: {old}:5432 ({host}): dial error: dial tcp "
                    f"{old}:5432: i/o timeout")  # fmt: skip
    calls = Traffic(case, "post-entry")
    calls.good(400, 0, 34.1, go_log("posted"), seconds=0.04)
    calls.bad(26, 34.3, 36.2, failed, seconds=5.0)
    calls.good(270, 36.6, 60, go_log("posted"), seconds=0.05)
    calls.write()
    case.metric("AWS/RDS", "DatabaseConnections", {"DBInstanceIdentifier": "ledger-1"},
                [*about(31, 34), None, None, None, *([0.0] * 23)], stat="Average")  # fmt: skip
    case.metric("AWS/RDS", "DatabaseConnections", {"DBInstanceIdentifier": "ledger-2"},
                [*([0.0] * 36), 19.0, *about(30, 23)], stat="Average")  # fmt: skip
    case.yaml(functions=["post-entry"], destinations={
        "ledger": {"name": host, "port": 5432, "addresses": [old, new]}})  # fmt: skip


def _mongo(case: CaseFolder, minute: float) -> None:
    place = site(case)
    rule = {"IpProtocol": "tcp", "FromPort": 27017, "ToPort": 27017, "UserIdGroupPairs": [], "Ipv6Ranges": [],
            "PrefixListIds": [], "IpRanges": [{"CidrIp": "10.0.0.0/16", "Description": "vpc"}]}  # fmt: skip
    own = case.group("mongo", [rule])
    host = case.interface("mongo-1", place.data_a, [own], description="Primary network interface",
                          TagSet=[{"Key": "Name", "Value": "mongo-1"}])  # fmt: skip
    case.function("catalogue", [place.private_a, place.private_b], [place.app], timeout=60)
    failed = python_error("ServerSelectionTimeoutError", "mongo-1.internal.example:27017: timed out (configured "
                          "timeouts: socketTimeoutMS: 20000.0ms, connectTimeoutMS: 20000.0ms), Timeout: 30s, Topology "
                          "Description: <TopologyDescription id: 6741f0aa3c, topology_type: Unknown, servers: "
                          "[<ServerDescription ('mongo-1.internal.example', 27017) server_type: Unknown, rtt: None, "
                          "error=NetworkTimeout('mongo-1.internal.example:27017: timed out (configured timeouts: "
                          "socketTimeoutMS: 20000.0ms, connectTimeoutMS: 20000.0ms)')>]>",
                          ("/opt/python/pymongo/synchronous/topology.py", 333, "_select_servers_loop",
                           "raise ServerSelectionTimeoutError("))  # fmt: skip
    calls = Traffic(case, "catalogue")
    calls.good(round(8 * minute), 0, minute, seconds=0.03)
    calls.bad(120, minute + 0.1, 60, failed, seconds=30.1)
    calls.write()
    case.yaml(
        functions=["catalogue"],
        destinations={
            "mongo": {"name": "mongo-1.internal.example", "port": 27017, "addresses": [host["PrivateIpAddress"]]}
        },
    )


@incident(
    source="https://techwithdb.com/scenarios/aws/ec2-unreachable-incident/ (an instance that hangs)",
    expert=dark("all rules and routes to the instance are open and unchanged, and it answers nobody from 12:21 on",
                "mongo"),
)  # fmt: skip
def instance_hangs(case: CaseFolder) -> None:
    _mongo(case, 21)


@incident(
    source="composed: an instance that was stopped, with neither the security groups nor the network ACLs collected",
    expert=Expert((), (DARK, BLOCKED), Headline.OPEN,
                  "the instance is silent from 12:31 on; whether somebody shut it down or changed a rule, the files "
                  "that are missing would tell"),
)  # fmt: skip
def instance_was_stopped_or_a_rule_changed(case: CaseFolder) -> None:
    _mongo(case, 31)
    case.without("ec2/security-groups", "ec2/network-acls")


@incident(
    source="composed: a search cluster of one's own, one of whose nodes was replaced",
    expert=dark("one of the cluster's three addresses belongs to no interface any more; the other two answer"),
)
def node_of_the_cluster_was_replaced(case: CaseFolder) -> None:
    place = site(case)
    rule = {"IpProtocol": "tcp", "FromPort": 9200, "ToPort": 9200, "UserIdGroupPairs": [], "Ipv6Ranges": [],
            "PrefixListIds": [], "IpRanges": [{"CidrIp": "10.0.0.0/16"}]}  # fmt: skip
    own = case.group("search-nodes", [rule])
    nodes = [case.interface(f"node-{index}", place.data_a, [own], description="Primary network interface")
             for index in (1, 2)]  # fmt: skip
    gone = "10.0.20.201"
    case.function("search", [place.private_a, place.private_b], [place.app], timeout=20)
    failed = python_error("ConnectionTimeout", f"Connection timed out caused by: ConnectTimeoutError(<urllib3."
                          f"connection.HTTPConnection object at 0x7f7d5ee0>, 'Connection to {gone} timed out. (connect "
                          f"timeout=10)')", URLLIB3)  # fmt: skip
    calls = Traffic(case, "search")
    calls.good(410, 0, 26, seconds=0.06)
    calls.good(330, 26, 60, seconds=0.06)
    calls.bad(164, 26, 60, failed, seconds=10.1)
    calls.write(zeros=False)
    addresses = [*(one["PrivateIpAddress"] for one in nodes), gone]
    case.yaml(functions=["search"], destinations={
        "search": {"name": "search.internal.example", "port": 9200, "addresses": addresses}})  # fmt: skip

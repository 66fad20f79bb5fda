"""Destinations that are not where one thinks, or not by this name, port or group."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Expert,
    Headline,
    Traffic,
    about,
    allow,
    entry,
    incident,
    node_error,
    python_log,
    route,
)
from oracles.incidents.world.seen._sites import (
    boto_timeout,
    inner,
    mysql2_timeout,
    psycopg2_error,
    requests_timeout,
    site,
    table_of,
)

BLOCKED = "route-or-rule-blocked"
DARK = "destination-not-answering"
ORDERS = "orders.cx91mmz2aa4k.us-east-1.rds.amazonaws.com"


def _named(cause: str, because: str, *says: str) -> Expert:
    return Expert((cause,), (cause,), Headline.NAMED, because, says)


@incident(
    source="https://codemia.io/knowledge-hub/path/aws_lambda_access_to_rds_outside_vpc",
    expert=_named(BLOCKED, "the function is in no VPC, and the database has a private address only"),
)
def function_is_in_no_vpc(case: CaseFolder) -> None:
    place = site(case)
    own = case.group("orders-db", [allow(3306, "0.0.0.0/0")])
    db = case.database("orders", place.data_a, [own])
    case.function("report", runtime="nodejs20.x", timeout=30)
    calls = Traffic(case, "report")
    calls.bad(36, 0, 60, mysql2_timeout(), seconds=10.0)
    calls.write()
    case.yaml(functions=["report"], destinations={
        "orders": {"name": ORDERS, "port": 3306, "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="https://github.com/boto/boto3/issues/4301 (Unable Connect do STS if using a VPC)",
    expert=_named(
        BLOCKED, "the endpoint answers to sts.us-east-1 only; the global name leads outside, and no way does"
    ),
)
def global_name_of_a_regional_endpoint(case: CaseFolder) -> None:
    place = inner(case)
    guard = case.group("vpce-guard", [allow(443, "10.0.0.0/16")])
    case.interface_endpoint("sts", [place.private_a, place.private_b], [guard])
    case.function("assume", [place.private_a, place.private_b], [place.app], runtime="python3.9", timeout=30)
    calls = Traffic(case, "assume")
    calls.bad(41, 0, 60, boto_timeout("https://sts.amazonaws.com/"), seconds=15.2)
    calls.write()
    case.yaml(functions=["assume"], destinations={"sts": {"name": "sts.amazonaws.com", "port": 443}})


@incident(
    source="https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-s3.html (only in the Region where "
    "you created it)",
    expert=_named(
        BLOCKED, "a gateway endpoint leads to S3 of its own Region; the bucket is in another, and no way out"
    ),
)
def bucket_in_another_region(case: CaseFolder) -> None:
    place = inner(case)
    case.gateway_endpoint("s3", [table_of(case, "private-a"), table_of(case, "private-b")])
    case.function("restore", [place.private_a, place.private_b], [place.app], timeout=30)
    host = "shop-backup.s3.eu-west-1.amazonaws.com"
    calls = Traffic(case, "restore")
    calls.bad(34, 0, 60, boto_timeout(f"https://{host}/2026/dump.gz"), seconds=15.2)
    calls.write()
    case.yaml(functions=["restore"], destinations={"backup": {"name": host, "port": 443}})


@incident(
    source="https://github.com/Automattic/mongoose/issues/14693 (could not connect to any servers; the access list)",
    expert=_named(
        DARK, "the SYNs leave by the NAT gateway and nobody answers: the cluster does not let its address in"
    ),
)
def cluster_does_not_know_the_gateways_address(case: CaseFolder) -> None:
    place = site(case)
    case.function("profile", [place.private_a, place.private_b], [place.app], runtime="nodejs20.x", timeout=40)
    failed = node_error(
        "Could not connect to any servers in your MongoDB Atlas cluster. One common reason is that you're "
        "trying to access "
        "the database from an IP that isn't whitelisted. Make sure your current IP address is on your Atlas "
        "cluster's IP "
        "whitelist: https://www.mongodb.com/docs/atlas/security-whitelist/", "MongooseServerSelectionError",
        reason={"type": "ReplicaSetNoPrimary", "servers": {}, "stale": False, "compatible": True,
                "heartbeatFrequencyMS": 10000, "localThresholdMS": 15, "setName": "atlas-k2x9a-shard-0"},
    )  # fmt: skip
    calls = Traffic(case, "profile")
    calls.bad(30, 0, 60, failed, seconds=30.1)
    calls.write()
    case.nat_metrics(place.nat, attempts=about(8, 60), established=[0.0] * 60, errors=[0.0] * 60, active=about(7, 60))
    case.yaml(
        functions=["profile"],
        destinations={
            "atlas": {"name": "shop-shard-00-00.k2x9a.mongodb.net", "port": 27017, "addresses": ["52.87.119.4"]}
        },
    )


@incident(
    source="https://github.com/binxio/cfn-postgresql-user-provider/issues/11 (timeouts are security group issues)",
    expert=_named(BLOCKED, "it asks for 5433, which the database's group does not let in", "orders-db"),
)
def wrong_port_that_no_group_lets_in(case: CaseFolder) -> None:
    place = site(case)
    own = case.group("orders-db", [allow(5432, place.app)])
    db = case.database("orders", place.data_a, [own])
    case.function("place-order", [place.private_a, place.private_b], [place.app], timeout=30)
    calls = Traffic(case, "place-order")
    calls.bad(63, 0, 60, psycopg2_error(ORDERS, db["PrivateIpAddress"], "timeout expired", 5433), seconds=5.1)
    calls.write()
    case.yaml(functions=["place-order"], destinations={
        "orders": {"name": ORDERS, "port": 5433, "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="https://github.com/smoketurner/serverless-vpc-plugin/issues/417 (RDS from the application security group)",
    expert=_named(BLOCKED, "the function's group lets out to the old database's group only", "lambda-egress"),
)
def egress_names_the_old_databases_group(case: CaseFolder) -> None:
    place = site(case)
    old = case.group("orders-db-old", [allow(5432, "10.0.0.0/16")])
    group = case.group("lambda-egress", egress=[allow(5432, old), allow(443, "0.0.0.0/0")])
    own = case.group("orders-db", [allow(5432, "10.0.0.0/16")])
    db = case.database("orders", place.data_b, [own])
    case.function("place-order", [place.private_a, place.private_b], [group], timeout=30)
    calls = Traffic(case, "place-order")
    calls.bad(51, 0, 60, psycopg2_error(ORDERS, db["PrivateIpAddress"], "timeout expired"), seconds=5.1)
    calls.write()
    case.yaml(functions=["place-order"], destinations={
        "orders": {"name": ORDERS, "port": 5432, "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="https://www.repost.aws/questions/QUXCMnwMMtSU2FxazvMv5rKQ (answers keep the address of the internet host)",
    expert=_named(BLOCKED, "its subnet's network ACL lets answers in from the VPC only: the database works, the "
                           "API does not",
                  "private-a"),
)  # fmt: skip
def own_acl_lets_in_answers_of_the_vpc_only(case: CaseFolder) -> None:
    place = site(case)
    case.acl("app", [entry(100, "out", "allow", None, "0.0.0.0/0", "all"),
                     entry(100, "in", "allow", None, "10.0.0.0/16", "all")], [place.private_a])  # fmt: skip
    own = case.group("orders-db", [allow(5432, place.app)])
    db = case.database("orders", place.data_a, [own])
    case.function("place-order", [place.private_a], [place.app], timeout=30)
    calls = Traffic(case, "place-order")
    calls.good(60, 0, 60, python_log("INFO", f"order stored in {ORDERS}"), seconds=0.1)
    calls.bad(44, 0, 60, requests_timeout("tax.service.example", "/v2/rates"), seconds=10.1)
    calls.write()
    case.nat_metrics(
        place.nat, attempts=[1.0, 1.0, 0.0, 1.0] * 15, established=[1.0, 1.0, 0.0, 1.0] * 15, errors=[0.0] * 60
    )
    case.yaml(functions=["place-order"], destinations={
        "orders": {"name": ORDERS, "port": 5432, "addresses": [db["PrivateIpAddress"]]},
        "tax": {"name": "tax.service.example", "port": 443, "addresses": ["54.87.12.200"]}})  # fmt: skip


@incident(
    source="https://www.tech-reader.blog/2025/12/nat-gateway-timeouts-lambda-in-private.html (a gateway in each zone)",
    expert=_named(BLOCKED, "zone b's gateway was deleted and private-b's default route is a blackhole; zone a works",
                  "private-b"),
)  # fmt: skip
def gateway_of_one_zone_was_deleted(case: CaseFolder) -> None:
    place = site(case)
    second = case.nat("nat-b", place.public_b)
    second.update({"State": "deleted", "DeleteTime": "2026-11-19T16:40:02+00:00"})
    table_of(case, "private-b")["Routes"] = [route("10.0.0.0/16", "local"), route("0.0.0.0/0", second, "blackhole")]
    case.function("charge", [place.private_a, place.private_b], [place.app], timeout=30)
    calls = Traffic(case, "charge")
    calls.good(84, 0, 60, seconds=0.4)
    calls.bad(80, 0, 60, requests_timeout("api.payments.example"), seconds=10.1)
    calls.write(period=300)
    reached = about(2, 60, 0.5)
    case.nat_metrics(place.nat, attempts=reached, established=reached, errors=[0.0] * 60)
    case.yaml(functions=["charge"], destinations={
        "payments": {"name": "api.payments.example", "port": 443, "addresses": ["34.203.18.77"]}})  # fmt: skip

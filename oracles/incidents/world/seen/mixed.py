"""Half of the evidence, evidence of others, and destinations that are not where one thinks."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Expert,
    Headline,
    Traffic,
    about,
    allow,
    dotnet_error,
    entry,
    incident,
    java_error,
    node_error,
    node_socket_error,
    python_error,
    python_log,
    route,
)
from oracles.incidents.world.seen._sites import (
    BOTOCORE,
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
PORTS = "nat-port-exhaustion"
REFUSING = "destination-refusing"
THROTTLED = "lambda-throttling"
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
    source="AWS re:Post: STS times out in a VPC with an STS endpoint (the SDK asks the global sts.amazonaws.com)",
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
    source="AWS re:Post: S3 gateway endpoint and a bucket in another Region",
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
    source="Stack Overflow: timeout to RDS, the port in the connection string is not the instance's",
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
    source="AWS Docs: Security group rules (a rule that names a group reaches its members only)",
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


@incident(
    source="AWS re:Post: functions.json was not at hand (which subnet is the function in?)",
    expert=Expert((), (BLOCKED,), Headline.OPEN,
                  "some subnets have a way out and some have none; which ones the function is in, no file says"),
)  # fmt: skip
def function_is_in_no_file(case: CaseFolder) -> None:
    place = site(case)
    table_of(case, "private-b")["Routes"].pop()
    case.function("charge", [place.private_b], [place.app], enis=False)
    calls = Traffic(case, "charge")
    calls.bad(57, 0, 60, requests_timeout("api.payments.example"), seconds=10.1)
    calls.write()
    case.without("lambda", "ec2/network-interfaces")
    case.yaml(functions=["charge"], destinations={
        "payments": {"name": "api.payments.example", "port": 443, "addresses": ["34.203.18.77"]}})  # fmt: skip


@incident(
    source="https://www.gomomento.com/blog/how-to-fix-connection-timeout-issues-with-aws-lambda-in-vpcs/ "
           "(before any metric)",
    expert=Expert((), (PORTS, "hyperplane-eni-exhaustion"), Headline.OPEN,
                  "70,000 connections are wanted behind one address and one ENI: either table may be full, no "
                  "metric says"),
)  # fmt: skip
def load_test_without_metrics_of_the_gateway(case: CaseFolder) -> None:
    place = site(case)
    case.function("load-test", [place.private_a], [place.app], timeout=60)
    case.minutes = 30
    case.function_metrics("load-test", concurrent=[*([700.0 * step for step in range(1, 11)]), *([7_000.0] * 20)],
                          invocations=[*([1_400.0 * step for step in range(1, 11)]), *([14_000.0] * 20)],
                          errors=[0.0] * 8 + [900.0, 1_900.0] + about(2_600, 20))  # fmt: skip
    log = case.log("load-test")
    for index in range(130):
        log.invocation(60 * 8.1 + index * 9.6, python_log("INFO", "opening 10 connections"),
                       requests_timeout("cell-1.cache.example", "/", 15), seconds=15.3, stream=index)  # fmt: skip
    case.yaml(
        functions=["load-test"],
        reported="10 connections each; timeouts from about 5,500 environments on",
        destinations={"cache": {"name": "cell-1.cache.example", "port": 443, "addresses": ["3.218.44.90"]}},
    )


@incident(
    source="AWS re:Post: which client uses up the ports of the shared NAT gateway?",
    expert=_named(PORTS, "the gateway counts errors; the ports are held by others, as this function has twenty "
                         "environments",
                  "nat-a"),
)  # fmt: skip
def neighbours_hold_the_ports(case: CaseFolder) -> None:
    place = site(case)
    workers = case.group("workers")
    for index in range(12):
        case.interface(
            f"worker-{index}",
            place.private_b,
            [workers],
            description="arn:aws:ecs:us-east-1:482917306154:attachment",
            TagSet=[{"Key": "Name", "Value": "crawler"}],
        )
    case.function("charge", [place.private_a], [place.app], timeout=30)
    calls = Traffic(case, "charge")
    calls.good(200, 0, 17, seconds=0.4)
    calls.good(290, 17, 60, seconds=0.5)
    calls.bad(170, 17, 58, requests_timeout("api.payments.example"), seconds=10.1)
    calls.write()
    case.nat_metrics(
        place.nat,
        active=[*about(41_000, 15, 0.02), 54_100.0, 54_900.0, *about(55_300, 41, 0.004), 50_200.0, 44_000.0],
        errors=[0.0] * 17 + about(2_700, 41) + [0.0, 0.0],
    )
    case.yaml(functions=["charge"], destinations={
        "payments": {"name": "api.payments.example", "port": 443, "addresses": ["34.203.18.77"]}})  # fmt: skip


@incident(
    source="HikariCP: Connection is not available, request timed out (what is beneath it)",
    expert=_named(REFUSING, "the pool's timeout hides a refusal: the postmaster does not listen"),
)
def pool_timeout_hides_a_refusal(case: CaseFolder) -> None:
    place = site(case)
    own = case.group("orders-db", [allow(5432, place.app)])
    db = case.database("orders", place.data_a, [own])
    case.function("basket", [place.private_a, place.private_b], [place.app], runtime="java17", timeout=60)
    failed = java_error(
        "java.sql.SQLTransientConnectionException: HikariPool-1 - Connection is not available, request timed out after "
        "30001ms (total=0, active=0, idle=0, waiting=0)",
        "com.zaxxer.hikari.pool.HikariPool.createTimeoutException(HikariPool.java:686)",
        causes=((f"org.postgresql.util.PSQLException: Connection to {ORDERS}:5432 refused. Check that the "
                f"hostname and port are "
                "correct and that the postmaster is accepting TCP/IP connections."),
                "java.net.ConnectException: Connection refused"),
    )  # fmt: skip
    calls = Traffic(case, "basket")
    calls.good(70, 0, 34)
    calls.bad(49, 34.2, 60, failed, seconds=30.2)
    calls.write()
    case.yaml(functions=["basket"], destinations={
        "orders": {"name": ORDERS, "port": 5432, "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="Stack Overflow: The timeout period elapsed prior to obtaining a connection from the pool",
    expert=Expert((), (), Headline.EITHER, "the pool in the process has none left; no connect is part of it"),
)
def pool_of_dotnet_is_empty(case: CaseFolder) -> None:
    place = site(case)
    own = case.group("sql", [allow(1433, place.app)])
    db = case.database("sql", place.data_a, [own])
    case.function("invoices", [place.private_a, place.private_b], [place.app], runtime="dotnet8", timeout=60)
    failed = dotnet_error(
        "System.InvalidOperationException: Timeout expired.  The timeout period elapsed prior to obtaining a "
        "connection from "
        "the pool.  This may have occurred because all pooled connections were in use and max pool size was reached."
    )
    calls = Traffic(case, "invoices")
    calls.good(150, 0, 60, seconds=1.0)
    calls.bad(27, 6, 50, failed, seconds=15.1)
    calls.write()
    case.yaml(functions=["invoices"], destinations={
        "sql": {"name": "sql.cx91mmz2aa4k.us-east-1.rds.amazonaws.com", "port": 1433,
                "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="AWS Docs: Lambda, TooManyRequestsException (Rate Exceeded) when one function calls another",
    expert=_named(
        THROTTLED, "the worker stands at its 20 environments; its caller's errors are Lambda's refusals", "worker"
    ),
)
def called_function_is_throttled(case: CaseFolder) -> None:
    place = site(case)
    case.function("dispatch", [place.private_a, place.private_b], [place.app], timeout=30)
    case.function("worker", [place.private_a, place.private_b], [place.app], timeout=30)
    failed = python_error("TooManyRequestsException", "An error occurred (TooManyRequestsException) when "
                                                      "calling the Invoke "
                          "operation (reached max retries: 4): Rate Exceeded.", BOTOCORE)  # fmt: skip
    calls = Traffic(case, "dispatch")
    calls.good(260, 0, 60)
    calls.bad(72, 20, 45, failed, seconds=3.1)
    calls.write()
    case.function_metrics(
        "worker",
        invocations=[*about(200, 20), *about(600, 25, 0.01), *about(210, 15)],
        errors=[0.0] * 60,
        throttles=[0.0] * 20 + about(14, 25) + [0.0] * 15,
        concurrent=[*about(7, 20), *([20.0] * 25), *about(7, 15)],
    )
    case.yaml(functions=["dispatch", "worker"])


@incident(
    source="A folder into which another function's log was copied, too",
    expert=Expert(
        (), (), Headline.EITHER, "the refusals are of a function that nobody asks about; the one in question is well"
    ),
)
def failures_are_of_another_function(case: CaseFolder) -> None:
    place = site(case)
    case.function("charge", [place.private_a, place.private_b], [place.app])
    case.function("legacy-sync", [place.private_a, place.private_b], [place.app], runtime="nodejs20.x")
    calls = Traffic(case, "charge")
    calls.good(260, 0, 60, python_log("INFO", "charged"), seconds=0.4)
    calls.write()
    case.function_metrics("charge", throttles=[0.0] * 60)
    other = Traffic(case, "legacy-sync")
    other.bad(60, 0, 60, node_socket_error("ECONNREFUSED", address="10.0.20.99", port=21), seconds=0.02)
    other.write()
    case.yaml(functions=["charge"], destinations={
        "payments": {"name": "api.payments.example", "port": 443, "addresses": ["34.203.18.77"]}})  # fmt: skip


@incident(
    source="Status page of a provider; a function that is in no VPC",
    expert=_named(DARK, "no VPC is on the way; from 12:26 on nobody answers at the provider"),
)
def provider_goes_down_for_a_function_without_vpc(case: CaseFolder) -> None:
    case.function("rates", timeout=30)
    calls = Traffic(case, "rates")
    calls.good(75, 0, 25.8)
    calls.bad(99, 26, 60, requests_timeout("api.rates.example", "/v1/latest"), seconds=10.1)
    calls.write(tail=True)
    case.yaml(functions=["rates"], destinations={
        "rates": {"name": "api.rates.example", "port": 443, "addresses": ["104.26.8.31"]}})  # fmt: skip

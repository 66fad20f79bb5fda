"""Half of the evidence, evidence of others, and what hides beneath an error."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Expert,
    Headline,
    Traffic,
    about,
    allow,
    dotnet_error,
    incident,
    java_error,
    node_socket_error,
    python_error,
    python_log,
)
from oracles.incidents.world.seen._sites import (
    BOTOCORE,
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
    source="composed: a case without its functions",
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
    source="https://repost.aws/knowledge-center/vpc-resolve-port-allocation-errors (find the source clients)",
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
    source="https://github.com/airbytehq/airbyte/issues/33821 (HikariPool-1, Caused by: Connection refused)",
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
    source="composed: the pool of .NET's SqlClient, with the words that it uses",
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
    source="https://repost.aws/knowledge-center/lambda-troubleshoot-throttling (Rate exceeded)",
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
    source="composed: another function's log in the same folder",
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
    source="https://www.pulsapi.com/blog/incident-postmortem-third-party-outage",
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

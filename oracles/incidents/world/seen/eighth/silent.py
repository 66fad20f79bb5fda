"""Destinations that are silent, and some that refuse."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Traffic,
    about,
    allow,
    dotnet_error,
    incident,
    java_error,
    node_error,
    node_log,
    node_socket_error,
    python_error,
    python_log,
    route,
)  # fmt: skip
from oracles.incidents.world.expert import Expert, Headline
from oracles.incidents.world.seen.eighth._sites import BLOCKED, DARK, REFUSING, named, tiers


@incident(
    source="composed: an Aurora writer that hangs in a failover; psycopg 3's text",
    expert=named(DARK, "the way is open and worked before and after; for 13 minutes the database does not answer"),
)
def writer_hangs_in_a_failover(case: CaseFolder) -> None:
    place = tiers(case, "bk2-prd", 52, "ca-central-1")
    own = case.group("bk2-prd-sg-aurora", [allow(5432, "10.52.0.0/18")])
    db = case.database("bk2-core-writer", place.data[0], [own])
    case.function("bk2-prd-fn-balances", place.app, [place.fn], timeout=20)
    calls = Traffic(case, "bk2-prd-fn-balances")
    calls.good(170, 0, 20, python_log("INFO", "rates from cache: ok"), seconds=0.08)
    calls.bad(
        96,
        20.2,
        33,
        python_log("INFO", "rates from cache: ok"),
        python_error(
            "ConnectionTimeout",
            "connection timeout expired",
            ("/var/task/psycopg/connection.py", 119, "connect", "raise last_ex.with_traceback(None)"),
        ),
        seconds=5.02,
    )
    calls.good(210, 33.4, 60, python_log("INFO", "rates from cache: ok"), seconds=0.08)
    calls.write()
    case.metric("AWS/RDS", "DatabaseConnections", {"DBInstanceIdentifier": "bk2-core-writer"},
                [*about(40, 20), *[None] * 13, *about(37, 27)], stat="Average")  # fmt: skip
    case.yaml(functions=["bk2-prd-fn-balances"], destinations={
        "core": {"name": "bk2-core.cluster-c1q9.ca-central-1.rds.amazonaws.com", "port": 5432,
                 "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="composed: a PrivateLink vendor whose targets are gone; AWS SDK-less Java HttpClient's text",
    expert=named(DARK, "from 12:25 the vendor behind the endpoint is silent; the endpoint and all rules are in order"),
)
def privatelink_vendor_is_silent(case: CaseFolder) -> None:
    place = tiers(case, "hmx-prd", 53)
    guard = case.group("hmx-prd-sg-vpce-vendor", [allow(8443, place.fn)])
    service = "com.amazonaws.vpce.eu-west-2.vpce-svc-0a1c44f2b9d3e7715"
    vpce = case.interface_endpoint(service, place.app, [guard], private_dns=False)
    host = vpce["DnsEntries"][0]["DnsName"]
    own = [one["PrivateIpAddress"] for one in case.network_interfaces
           if one["NetworkInterfaceId"] in vpce["NetworkInterfaceIds"]]  # fmt: skip
    case.function("hmx-prd-fn-sanctions", place.app, [place.fn], runtime="java21", timeout=25)
    calls = Traffic(case, "hmx-prd-fn-sanctions")
    calls.good(120, 0, 24.8, seconds=0.31)
    calls.bad(150, 25, 60, java_error(
        "java.net.http.HttpConnectTimeoutException: HTTP connect timed out",
        "java.net.http/jdk.internal.net.http.HttpClientImpl.send(HttpClientImpl.java:951)",
        causes=("java.net.ConnectException: HTTP connect timed out",)), seconds=6.0)  # fmt: skip
    calls.write()
    dimensions = {"VPC Endpoint Id": vpce["VpcEndpointId"]}
    case.metric("AWS/PrivateLinkEndpoints", "NewConnections", dimensions, [*about(5, 25), *[None] * 35])
    case.yaml(functions=["hmx-prd-fn-sanctions"], destinations={
        "sanctions": {"name": host, "port": 8443, "addresses": own}})  # fmt: skip


@incident(
    source="composed: an OpenSearch domain in red that takes connections and never answers",
    expert=named(DARK, "it takes the connections and gives no answer at all, and its own metric says red"),
)
def search_domain_is_red(case: CaseFolder) -> None:
    case.region = "ca-central-1"
    host = "vpc-trv-search-7qk2m.ca-central-1.es.amazonaws.com"
    calls = Traffic(case, "trv-prd-search")
    calls.good(90, 0, 16, seconds=0.12)
    calls.bad(150, 16.3, 60, python_log("WARNING", f"POST https://{host}:443/trips-2026/_search [status:N/A "
              "request:10.010s]"), python_error(
        "ConnectionTimeout", f"ConnectionTimeout caused by - ReadTimeoutError(HTTPSConnectionPool(host='{host}', "
        "port=443): Read timed out. (read timeout=10))"), seconds=10.05)  # fmt: skip
    calls.write(zeros=False)
    domain = {"DomainName": "trv-search", "ClientId": "123456789012"}
    case.metric("AWS/ES", "ClusterStatus.red", domain, [*[0.0] * 16, *[1.0] * 44], stat="Maximum", file="es-trv-search")
    case.metric("AWS/ES", "Nodes", domain, [*[3.0] * 16, *[1.0] * 44], stat="Minimum", file="es-trv-search")
    case.yaml(functions=["trv-prd-search"], destinations={"search": {"name": host, "port": 443}})


@incident(
    source="https://github.com/nodejs/undici/issues/3133 (native fetch in Lambda, ConnectTimeoutError)",
    expert=named(DARK, "of two APIs behind one gateway only the rail one is silent; the gateway has no errors",
                 "rail"),
)  # fmt: skip
def one_of_two_apis(case: CaseFolder) -> None:
    place = tiers(case, "trv-prd", 54, gateways=1)
    case.function("trv-prd-fn-trips", place.app, [place.fn], runtime="nodejs22.x", timeout=30)
    calls = Traffic(case, "trv-prd-fn-trips")
    hotels = node_log("INFO", "GET https://api.hotels.example/v3/offers 200 in 212 ms")
    calls.good(90, 0, 39, hotels, node_log("INFO", "GET https://api.rail.example/v1/seats 200 in 140 ms"), seconds=0.5)
    stack = ("node:internal/deps/undici/undici:13510:13",)
    calls.bad(
        61,
        39.2,
        60,
        hotels,
        node_error(
            "fetch failed",
            "TypeError",
            stack=stack,
            cause={
                "errorType": "ConnectTimeoutError",
                "errorMessage": "Connect Timeout Error (attempted address: api.rail.example:443, timeout: 10000ms)",
                "code": "UND_ERR_CONNECT_TIMEOUT",
            },
        ),
        seconds=10.6,
    )
    calls.write()
    case.nat_metrics(place.nats[0], errors=[0.0] * 60, active=about(22, 60), attempts=[*about(5, 39), *about(7, 21)])
    case.yaml(
        functions=["trv-prd-fn-trips"],
        destinations={
            "hotels": {"name": "api.hotels.example", "port": 443},
            "rail": {"name": "api.rail.example", "port": 443},
        },
    )


@incident(
    source="composed: an LDAP server on premises behind a transit gateway, both silent to the case",
    expert=Expert((DARK,), (DARK, BLOCKED), Headline.OPEN, "it worked until 12:18 and then nothing answers: a route "
                  "beyond the transit gateway, which the case does not show, or the server itself"),
)  # fmt: skip
def ldap_on_premises_goes_quiet(case: CaseFolder) -> None:
    place = tiers(case, "min4-prd", 55, gateways=0)
    tgw = case.transit_attachment("min4-core", place.app)
    for one in place.tables:
        one["Routes"].append(route("10.0.0.0/8", tgw))
    case.function("min4-prd-fn-directory", place.app, [place.fn], runtime="nodejs20.x", timeout=150)
    calls = Traffic(case, "min4-prd-fn-directory")
    calls.good(25, 0, 18, seconds=0.3)
    calls.bad(41, 18.2, 57, node_socket_error("ETIMEDOUT", address="10.2.11.40", port=636), seconds=133.0)
    calls.write()
    case.yaml(functions=["min4-prd-fn-directory"], destinations={
        "ldap": {"name": "ldap01.min4.local", "port": 636, "addresses": ["10.2.11.40"]}})  # fmt: skip


@incident(
    source="composed: an RDS SQL Server reboots, long after port errors of others; SqlClient's text on Linux",
    expert=named(REFUSING, "for three minutes the database's host answers that nobody listens on 1433: it restarts; "
                 "the gateway's errors were over 35 minutes before, and are not on this way", lacks=("ngw-01",)),
)  # fmt: skip
def sql_server_reboots(case: CaseFolder) -> None:
    place = tiers(case, "gov7-prd", 63, "ca-central-1")
    own = case.group("gov7-prd-sg-mssql", [allow(1433, place.fn)])
    db = case.database("gov7-land", place.data[1], [own])
    case.function("gov7-prd-fn-titles", place.app, [place.fn], runtime="dotnet8", timeout=60)
    calls = Traffic(case, "gov7-prd-fn-titles")
    calls.good(90, 0, 44, seconds=0.2)
    calls.bad(13, 44.2, 47, dotnet_error(
        "Microsoft.Data.SqlClient.SqlException (0x80131904): A network-related or instance-specific error occurred "
        "while establishing a connection to SQL Server. The server was not found or was not accessible. Verify that "
        "the instance name is correct and that SQL Server is configured to allow remote connections. (provider: TCP "
        "Provider, error: 40 - Could not open a connection to SQL Server: Could not open a connection to SQL Server)",
        inner="System.Net.Internals.SocketExceptionFactory+ExtendedSocketException (111): Connection refused "
        f"{db['PrivateIpAddress']}:1433"), seconds=0.4)  # fmt: skip
    calls.good(28, 47.3, 60, seconds=0.2)
    calls.write()
    case.nat_metrics(place.nats[0], active=[*about(12_000, 3), *about(54_980, 5, 0.001), *about(9_000, 52)],
                     errors=[*[None] * 3, *about(1_750, 5), *[None] * 52])  # fmt: skip
    case.without("ec2/network-acls", "ec2/vpc-endpoints")
    case.yaml(functions=["gov7-prd-fn-titles"], destinations={
        "land": {"name": "gov7-land.cz1.ca-central-1.rds.amazonaws.com", "port": 1433,
                 "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="composed: an NLB whose targets no longer listen; Apache HttpClient's text",
    expert=named(REFUSING, "all the NLB's targets are unhealthy from 12:30, and connections are refused at once"),
)
def nlb_without_targets(case: CaseFolder) -> None:
    case.region = "eu-west-2"
    calls = Traffic(case, "bk1-prd-fn-limits")
    calls.good(130, 0, 30, seconds=0.07)
    calls.bad(140, 30.1, 60, java_error(
        "org.apache.hc.client5.http.HttpHostConnectException: Connect to http://bk1-limits-nlb.internal.example:8080 "
        "[bk1-limits-nlb.internal.example/10.44.50.23, bk1-limits-nlb.internal.example/10.44.51.77] failed: Connection "
        "refused", causes=("java.net.ConnectException: Connection refused",)), seconds=0.02)  # fmt: skip
    calls.write(zeros=False)
    nlb = {"TargetGroup": "targetgroup/bk1-limits/6d0ecf831eec9f09",
           "LoadBalancer": "net/bk1-limits-nlb/50dc6c495c0c9188"}  # fmt: skip
    case.metric("AWS/NetworkELB", "HealthyHostCount", nlb, [*[4.0] * 29, 1.0, *[0.0] * 30], stat="Minimum",
                file="nlb")  # fmt: skip
    case.metric("AWS/NetworkELB", "UnHealthyHostCount", nlb, [*[0.0] * 29, 3.0, *[4.0] * 30], stat="Maximum",
                file="nlb")  # fmt: skip
    case.yaml(functions=["bk1-prd-fn-limits"], destinations={
        "limits": {"name": "bk1-limits-nlb.internal.example", "port": 8080,
                   "addresses": ["10.44.50.23", "10.44.51.77"]}})  # fmt: skip


@incident(
    source="composed: Amazon MQ's standby broker takes no connections; amqp10's text from Node.js",
    expert=named(REFUSING, "one of the two brokers refuses, as a standby does; the client goes to it half of the time",
                 "broker-2"),
)  # fmt: skip
def standby_broker_refuses(case: CaseFolder) -> None:
    place = tiers(case, "gov8-prd", 64, "ca-central-1")
    own = case.group("gov8-prd-sg-mq", [allow(5671, place.fn)])
    active = case.interface("mq-a", place.data[0], [own], address="10.64.48.55", description="Amazon MQ b-11aa")
    idle = case.interface("mq-b", place.data[0], [own], address="10.64.48.90", description="Amazon MQ b-11aa")
    case.function("gov8-prd-fn-notify", place.app, [place.fn], runtime="nodejs20.x", timeout=10)
    calls = Traffic(case, "gov8-prd-fn-notify")
    calls.good(62, 0, 60, node_log("INFO", f"connected to {active['PrivateIpAddress']}:5671"), seconds=0.12)
    calls.bad(57, 0, 60, node_socket_error("ECONNREFUSED", address=idle["PrivateIpAddress"], port=5671), seconds=0.04)
    calls.write(tail=True)
    case.yaml(functions=["gov8-prd-fn-notify"], destinations={
        "broker-1": {"name": "b-11aa-1.mq.ca-central-1.amazonaws.com", "port": 5671, "addresses": ["10.64.48.55"]},
        "broker-2": {"name": "b-11aa-2.mq.ca-central-1.amazonaws.com", "port": 5671, "addresses": ["10.64.48.90"]},
    })  # fmt: skip

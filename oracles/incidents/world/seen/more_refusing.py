"""Further refusals, and what is taken for one; names that are not resolved; handshakes that hang or fail."""

from __future__ import annotations

from oracles.incidents.world import (
    ACCOUNT,
    CaseFolder,
    Expert,
    Headline,
    Traffic,
    about,
    allow,
    go_log,
    incident,
    java_error,
    node_error,
    node_log,
    node_socket_error,
    python_error,
    python_log,
    times,
)
from oracles.incidents.world.seen._sites import URLLIB3, psycopg2_error, site

REFUSING = "destination-refusing"
BLOCKED = "route-or-rule-blocked"
DNS = "dns-failure"
TLS = "tls-handshake-timeout"
ORDERS = "orders.cx91mmz2aa4k.us-east-1.rds.amazonaws.com"


def _named(cause: str, because: str, *says: str) -> Expert:
    return Expert((cause,), (cause,), Headline.NAMED, because, says)


@incident(
    source="https://think-with-tech.blogspot.com/2025/11/troubleshoot-sg-nacl-issues-with-amazon.html",
    expert=_named(BLOCKED, "the flow log rejects each SYN at the database's interface: its group lets only the old "
                           "subnets in; to the client that is silence, not a refusal", "orders-db"),
)  # fmt: skip
def a_group_rejects_and_nobody_refuses(case: CaseFolder) -> None:
    place = site(case)
    own = case.group("orders-db", [allow(5432, "10.0.99.0/24")])
    db = case.database("orders", place.data_a, [own])
    address, eni = db["PrivateIpAddress"], db["NetworkInterfaceId"]
    case.function("place-order", [place.private_a, place.private_b], [place.app], timeout=30)
    calls = Traffic(case, "place-order")
    calls.bad(130, 0, 60, psycopg2_error(ORDERS, address, "timeout expired"), seconds=10.1)
    calls.write()
    began = round(case.start.timestamp())
    lines = [("version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action "
             "log-status")]  # fmt: skip
    for index, at in enumerate(times(130, 0, 59)):
        source = ("10.0.10.27", "10.0.11.34")[index % 2]
        first = began + int(at)
        lines.append(f"2 {ACCOUNT} {eni} {source} {address} {32_768 + index * 113} 5432 6 4 240 {first} {first + 47} "
                     "REJECT OK")  # fmt: skip
    case.file("flow-logs/482917306154_vpcflowlogs_us-east-1_fl-0b7d21c9_20261120T1300Z_5f0e1a2b.log",
              "\n".join(lines) + "\n")  # fmt: skip
    case.yaml(functions=["place-order"], reported="connection rejected, says the flow log", destinations={
        "orders": {"name": ORDERS, "port": 5432, "addresses": [address]}})  # fmt: skip


@incident(
    source="https://www.smplogs.com/patterns/lambda/connection-errors (ECONNREFUSED while a service restarts)",
    expert=_named(REFUSING, "two times for half a minute the one task of the service refuses: it is replaced at a "
                            "deployment, and nobody listens meanwhile"),
)  # fmt: skip
def service_restarts_at_each_deployment(case: CaseFolder) -> None:
    place = site(case)
    own = case.group("tax", [allow(3000, place.app)])
    address = case.interface("tax", place.data_b, [own], description="arn:aws:ecs:us-east-1:482917306154:attachment/"
                             "1d7c", InterfaceType="interface")["PrivateIpAddress"]  # fmt: skip
    case.function("cart", [place.private_a, place.private_b], [place.app], runtime="nodejs22.x", timeout=10)
    failed = node_error("fetch failed", "TypeError", stack=("node:internal/deps/undici/undici:13502:13",),
                        cause={"errorType": "Error", "errorMessage": f"connect ECONNREFUSED {address}:3000",
                               "code": "ECONNREFUSED", "errno": -111, "syscall": "connect", "address": address,
                               "port": 3000, "stack": []})  # fmt: skip
    calls = Traffic(case, "cart")
    calls.good(620, 0, 60, seconds=0.05, logged=False)
    calls.bad(9, 12.0, 12.5, failed, seconds=0.02)
    calls.bad(11, 48.2, 48.8, failed, seconds=0.02)
    calls.write(period=300)
    case.yaml(functions=["cart"], destinations={
        "tax": {"name": "tax.internal.example", "port": 3000, "addresses": [address]}})  # fmt: skip


@incident(
    source="https://www.smplogs.com/patterns/lambda/connection-errors (a wrong port at a partner)",
    expert=_named(REFUSING, "the partner's host resets each connect to 8443, while 443 on the same host answers: "
                            "nobody listens on that port", "partner"),
)  # fmt: skip
def partner_does_not_listen_on_that_port(case: CaseFolder) -> None:
    place = site(case)
    case.function("exchange", [place.private_a], [place.app], runtime="provided.al2023", timeout=15)
    ok = go_log('GET "https://b2b.partner.example/health" 200')
    text = 'Post "https://b2b.partner.example:8443/as4": dial tcp 91.198.174.20:8443: connect: connection refused'
    calls = Traffic(case, "exchange")
    calls.bad(180, 0, 60, ok, go_log(text), seconds=0.15)
    calls.write(tail=True)
    case.nat_metrics(place.nat, attempts=about(6, 60), established=about(3, 60), errors=[0.0] * 60)
    case.yaml(functions=["exchange"], destinations={
        "partner": {"name": "b2b.partner.example", "port": 8443, "addresses": ["91.198.174.20"]}})  # fmt: skip


@incident(
    source="https://github.com/open-telemetry/opentelemetry-lambda/issues/1218 (connect ECONNREFUSED 127.0.0.1:4318)",
    expert=_named(REFUSING, "the spans go to a collector on 127.0.0.1:4318, which does not run; no network is on the "
                            "way"),
)  # fmt: skip
def collector_extension_does_not_run(case: CaseFolder) -> None:
    place = site(case)
    case.function("signup", [place.private_a, place.private_b], [place.app], runtime="nodejs22.x", timeout=10)
    failed = node_log("ERROR", '{"stack":"Error: connect ECONNREFUSED 127.0.0.1:4318\\n    at TCPConnectWrap.'
                      'afterConnect [as oncomplete] (node:net:1611:16)","message":"connect ECONNREFUSED '
                      '127.0.0.1:4318","errno":"-111","code":"ECONNREFUSED","syscall":"connect","address":"127.0.0.1",'
                      '"port":"4318","name":"Error"}')  # fmt: skip
    calls = Traffic(case, "signup")
    calls.bad(160, 0, 60, node_log("INFO", "signed up"), failed, seconds=0.3, error=False)
    calls.write()
    case.without("ec2", "cloudwatch/nat")
    case.yaml(functions=["signup"])


@incident(
    source="composed: a port for which a load balancer has no listener",
    expert=_named(REFUSING, "the load balancer's address resets connects to 8443, which its group lets in: it has no "
                            "listener there"),
)  # fmt: skip
def load_balancer_has_no_listener_there(case: CaseFolder) -> None:
    place = site(case)
    own = case.group("lb", [allow((443, 8443), place.app)])
    lb = case.interface("nlb", place.data_a, [own], description="ELB net/admin/5d0f3b1c2e4a6978",
                        type="network_load_balancer", requester="amazon-elb")  # fmt: skip
    address = lb["PrivateIpAddress"]
    case.function("admin", [place.private_a], [place.app], runtime="java21", timeout=20)
    failed = java_error(f"java.net.ConnectException: Failed to connect to admin.internal.example/{address}:8443",
                        "okhttp3.internal.connection.RealConnection.connectSocket(RealConnection.kt:297)",
                        causes=("java.net.ConnectException: Connection refused",))  # fmt: skip
    calls = Traffic(case, "admin")
    calls.bad(75, 0, 60, failed, seconds=0.05)
    calls.write(period=300, zeros=False)
    case.yaml(functions=["admin"], destinations={
        "admin": {"name": "admin.internal.example", "port": 8443, "addresses": [address]}})  # fmt: skip


@incident(
    source="https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/hosted-zones-private.html",
    expert=_named(DNS, "the name in the private hosted zone is not known in this VPC, while public names are"),
)
def private_zone_is_not_associated(case: CaseFolder) -> None:
    place = site(case)
    case.function("stock", [place.private_a, place.private_b], [place.app], runtime="nodejs20.x", timeout=10)
    failed = node_error("getaddrinfo ENOTFOUND stock.corp.internal", errno=-3008, code="ENOTFOUND",
                        syscall="getaddrinfo", hostname="stock.corp.internal",
                        stack=("GetAddrInfoReqWrap.onlookupall [as oncomplete] (node:dns:122:26)",))  # fmt: skip
    calls = Traffic(case, "stock")
    calls.bad(140, 0, 60, node_log("INFO", "token from https://login.idp.example 200"), failed, seconds=0.2)
    calls.write()
    case.nat_metrics(place.nat, attempts=about(2.4, 60), established=about(2.4, 60), errors=[0.0] * 60)
    case.yaml(functions=["stock"], destinations={"stock": {"name": "stock.corp.internal", "port": 443}})


@incident(
    source="composed: a database that was deleted, as psycopg2 prints it",
    expert=_named(DNS, "from 12:28 on the database's name is not known: it was deleted or renamed"),
)
def name_of_the_database_is_gone(case: CaseFolder) -> None:
    place = site(case)
    case.function("report", [place.private_a], [place.app], timeout=30)
    failed = python_error(
        "OperationalError",
        f'could not translate host name "{ORDERS}" to address: Name or service not known\n',
        (
            "/opt/python/psycopg2/__init__.py",
            122,
            "connect",
            "conn = _connect(dsn, connection_factory=connection_factory, **kwasync)",
        ),
    )
    calls = Traffic(case, "report")
    calls.good(60, 0, 27.8, python_log("INFO", "report sent"), seconds=2.0)
    calls.bad(70, 28, 60, failed, seconds=0.03)
    calls.write(tail=True)
    case.without("ec2/network-acls", "ec2/network-interfaces")
    case.yaml(functions=["report"], destinations={"orders": {"name": ORDERS, "port": 5432}})


@incident(
    source="https://repost.aws/knowledge-center/vpc-find-cause-of-failed-dns-queries (1,024 packets a second)",
    expert=_named(DNS, "lookups fail for a moment at the peak, of several names at once, and only then: the resolver "
                       "does not answer in time"),
)  # fmt: skip
def lookups_fail_at_the_peak(case: CaseFolder) -> None:
    place = site(case)
    case.function("fan", [place.private_a], [place.app], runtime="java17", timeout=30)
    calls = Traffic(case, "fan")
    calls.good(900, 0, 60, seconds=0.4, logged=False)
    for host, count in (("api.payments.example", 31), ("api.mail.example", 27), ("sqs.us-east-1.amazonaws.com", 24)):
        failed = java_error(f"java.net.UnknownHostException: {host}: Temporary failure in name resolution",
                            "java.base/java.net.Inet6AddressImpl.lookupAllHostAddr(Native Method)")  # fmt: skip
        calls.bad(count, 30, 34, failed, seconds=10.4)
    calls.write()
    case.yaml(functions=["fan"], destinations={
        "payments": {"name": "api.payments.example", "port": 443, "addresses": ["34.203.18.77"]},
        "mail": {"name": "api.mail.example", "port": 443, "addresses": ["52.44.201.9"]}})  # fmt: skip


@incident(
    source="https://github.com/microsoft/mssql-jdbc/issues/1645 (no secure connection, now and then)",
    expert=_named(TLS, "the driver connects, and waits in vain within the TLS handshake"),
)
def sql_server_driver_waits_in_the_handshake(case: CaseFolder) -> None:
    place = site(case)
    own = case.group("sql", [allow(1433, place.app)])
    db = case.database("sql", place.data_a, [own])
    case.function("invoices", [place.private_a, place.private_b], [place.app], runtime="java17", timeout=60)
    failed = java_error(
        "com.microsoft.sqlserver.jdbc.SQLServerException: The driver could not establish a secure connection to SQL "
        'Server by using Secure Sockets Layer (SSL) encryption. Error: "Read timed out". '
        "ClientConnectionId:2b1c9a70-4f2e-4d19-9a54-0d1ce0f3a6b8",
        "com.microsoft.sqlserver.jdbc.TDSChannel.enableSSL(IOBuffer.java:1818)",
        causes=("java.net.SocketTimeoutException: Read timed out",),
    )
    calls = Traffic(case, "invoices")
    calls.good(260, 0, 60, seconds=0.3, logged=False)
    calls.bad(44, 21, 43, failed, seconds=15.1)
    calls.write()
    case.yaml(functions=["invoices"], destinations={
        "sql": {"name": "sql.cx91mmz2aa4k.us-east-1.rds.amazonaws.com", "port": 1433,
                "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="https://github.com/langflow-ai/langflow/issues/3523 (ConnectTimeout: The handshake operation timed out)",
    expert=_named(TLS, "the gateway sees each SYN answered, and the handshake behind it times out at one provider"),
)
def handshake_times_out_behind_answered_connects(case: CaseFolder) -> None:
    place = site(case)
    case.function("payout", [place.private_a, place.private_b], [place.app], timeout=40)
    failed = python_error("ConnectTimeout", "_ssl.c:989: The handshake operation timed out",
                          ("/var/task/httpx/_transports/default.py", 118, "map_httpcore_exceptions",
                           "raise mapped_exc(message) from exc"))  # fmt: skip
    calls = Traffic(case, "payout")
    calls.good(130, 0, 33, seconds=0.6)
    calls.bad(160, 33, 60, failed, seconds=30.1)
    calls.write(period=300, zeros=False)
    reached = about(24, 12)
    case.nat_metrics(place.nat, period=300, attempts=reached, established=reached, errors=[None] * 12)
    case.yaml(functions=["payout"], destinations={
        "bank": {"name": "api.bank.example", "port": 443, "addresses": ["194.12.80.5"]}})  # fmt: skip


@incident(
    source="composed: a certificate that ran out, as requests prints it",
    expert=Expert((), (), Headline.EITHER,
                  "the handshake ends at once with a certificate that has expired; no connection fails on its way"),
)  # fmt: skip
def certificate_has_expired(case: CaseFolder) -> None:
    place = site(case)
    case.function("track", [place.private_a, place.private_b], [place.app], timeout=20)
    failed = python_error(
        "SSLError",
        "HTTPSConnectionPool(host='api.parcel.example', port=443): Max retries exceeded "
        "with url: /v1 (Caused by SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_"
        "FAILED] certificate verify failed: certificate has expired (_ssl.c:1000)')))",
        URLLIB3,
    )
    calls = Traffic(case, "track")
    calls.good(140, 0, 30, seconds=0.3)
    calls.bad(150, 30, 60, failed, seconds=0.2)
    calls.write()
    reached = about(5, 60)
    case.nat_metrics(place.nat, attempts=reached, established=reached, errors=[0.0] * 60, drops=[0.0] * 60)
    case.yaml(functions=["track"], destinations={
        "parcel": {"name": "api.parcel.example", "port": 443, "addresses": ["35.168.110.41"]}})  # fmt: skip


@incident(
    source="composed: a cache that listens for TLS only, on another port",
    expert=_named(REFUSING, "6379 is let in and refused: the cluster listens with TLS on 6380 only"),
)
def cache_listens_on_the_tls_port_only(case: CaseFolder) -> None:
    place = site(case)
    own = case.group("cache", [allow((6379, 6380), place.app)])
    cache = case.cache("edge-001", place.data_b, [own])
    case.function("edge", [place.private_a, place.private_b], [place.app], runtime="nodejs22.x", timeout=10)
    calls = Traffic(case, "edge")
    calls.bad(88, 0, 60, node_socket_error("ECONNREFUSED", address=cache["PrivateIpAddress"], port=6379), seconds=0.02)
    calls.write(metrics=False)
    case.metric("AWS/ElastiCache", "CurrConnections", {"CacheClusterId": "edge-001"}, about(3, 60), stat="Average")
    case.yaml(functions=["edge"], destinations={
        "edge": {"name": "edge-001.x7k2lq.0001.use1.cache.amazonaws.com", "port": 6379,
                 "addresses": [cache["PrivateIpAddress"]]}})  # fmt: skip

"""Names that nobody resolves, and handshakes that do not end."""

from __future__ import annotations

from datetime import UTC, datetime

from oracles.incidents.world import (
    CaseFolder,
    Traffic,
    allow,
    incident,
    java_error,
    json_log,
    json_report,
    node_error,
    node_log,
    python_error,
    python_log,
    route,
    tags,
    times,
)
from oracles.incidents.world.seen.eleventh._sites_b import Diary, calm_gateway, left_open, named, town

DNS = "dns-failure"
TLS = "tls-handshake-timeout"


@incident(
    source="composed: after questions on re:Post (Temporary failure in name resolution, DNS servers of DHCP)",
    expert=named(
        DNS,
        "for a quarter of an hour no name at all is resolved, neither an inner one nor a public one; the VPC hands out "
        "two DNS servers of its own",
    ),
)
def domain_controllers_do_not_answer(case: CaseFolder) -> None:
    place = town(case, "hospital", "10.120", "44.219.3.70")
    own = case.group("ad-dns", [allow(53, "10.120.0.0/16"), allow(53, "10.120.0.0/16", protocol="udp"),
                                allow(389, "10.120.0.0/16")])  # fmt: skip
    servers = [case.interface(f"dc-{at}", subnet, [own], description="", TagSet=tags(f"dc-{at}"))["PrivateIpAddress"]
               for at, subnet in enumerate((place.db_a, place.db_b))]  # fmt: skip
    case.dhcp_options[0]["DhcpConfigurations"] = [
        {"Key": "domain-name", "Values": [{"Value": "corp.stlukes.net"}]},
        {"Key": "domain-name-servers", "Values": [{"Value": one} for one in servers]},
    ]
    case.function("lab-import", place.apps, [place.lambdas], timeout=60)
    case.function("fax-send", place.apps, [place.lambdas], timeout=60)
    sql = case.group("lab-pg", [allow(5432, place.lambdas)])
    db = case.database("lab", place.db_b, [sql])
    inner = python_error("OperationalError", 'could not translate host name "lab.corp.stlukes.net" to address: '
                         "Temporary failure in name resolution\n",
                         ("/opt/python/psycopg2/__init__.py", 122, "connect",
                          "conn = _connect(dsn, connection_factory=connection_factory, **kwasync)"))  # fmt: skip
    outer = python_error(
        "ConnectionError",
        "HTTPSConnectionPool(host='api.faxbridge.com', port=443): Max retries exceeded with url: /v2/faxes (Caused by "
        'NameResolutionError("<urllib3.connection.HTTPSConnection object at 0x7f3c5a1d0b90>: Failed to resolve '
        "'api.faxbridge.com' ([Errno -3] Temporary failure in name resolution)\"))",
        ("/var/task/requests/adapters.py", 700, "send", "raise ConnectionError(e, request=request)"),
    )
    for function, failed, took, each in (("lab-import", inner, 20.03, 5), ("fax-send", outer, 20.02, 3)):
        calls = Traffic(case, function)
        calls.good(14 * each, 0, 13.8, python_log("INFO", "done"), seconds=0.4)
        calls.bad(15 * each, 14.1, 28.6, failed, seconds=took)
        calls.good(31 * each, 29.1, 60, python_log("INFO", "done"), seconds=0.4)
        calls.write()
    case.yaml(functions=["lab-import", "fax-send"], destinations={
        "lab": {"name": "lab.corp.stlukes.net", "port": 5432, "addresses": [db["PrivateIpAddress"]]},
        "fax": {"name": "api.faxbridge.com", "port": 443}})  # fmt: skip


@incident(
    source="https://repost.aws/knowledge-center/route53-resolve-with-private-hosted-zone (VPC not associated)",
    expert=named(
        DNS,
        "the private zone is associated with the shop's VPC only; from the other VPC the name does not exist, though "
        "peering, routes and rules are open",
    ),
)
def zone_known_to_one_vpc_only(case: CaseFolder) -> None:
    shop = town(case, "shop", "10.50", "3.224.61.18")
    stats = town(case, "stats", "10.60", "3.211.240.96")
    own = case.group("orders-pg", [allow(5432, shop.lambdas, "10.60.0.0/16")], vpc=shop.vpc)
    db = case.database("orders", shop.db_a, [own])
    peer = case.peering("shop-stats", "10.60.0.0/16", stats.vpc)
    for table in case.route_tables:
        name = table["Tags"][0]["Value"] if table["Tags"] else ""
        if name in ("shop-db", "shop-app"):
            table["Routes"].append(route("10.60.0.0/16", peer["VpcPeeringConnectionId"]))
        if name in ("stats-db", "stats-app"):
            table["Routes"].append(route("10.50.0.0/16", peer["VpcPeeringConnectionId"]))
    case.function("orders-write", shop.apps, [shop.lambdas], runtime="nodejs22.x", timeout=15)
    case.function("orders-report", stats.apps, [stats.lambdas], runtime="nodejs22.x", timeout=15)
    host = "orders-db.shop.internal"
    missing = node_error(
        f"getaddrinfo ENOTFOUND {host}",
        stack=("GetAddrInfoReqWrap.onlookupall [as oncomplete] (node:dns:122:26)",),
        errno=-3008, code="ENOTFOUND", syscall="getaddrinfo", hostname=host,
    )  # fmt: skip
    good, bad = Traffic(case, "orders-write"), Traffic(case, "orders-report")
    good.good(260, 0, 60, node_log("INFO", "order written"), seconds=0.06)
    bad.bad(60, 0, 60, missing, seconds=0.05)
    good.write(zeros=False)
    bad.write()
    case.file(
        "route53/hosted-zone-shop.internal.json",
        {
            "HostedZone": {
                "Id": "/hostedzone/Z0482193F4N8Q2",
                "Name": "shop.internal.",
                "CallerReference": "terraform-2024",
                "Config": {"Comment": "Managed by Terraform", "PrivateZone": True},
                "ResourceRecordSetCount": 9,
            },
            "VPCs": [{"VPCRegion": "us-east-1", "VPCId": shop.vpc["VpcId"]}],
        },
    )
    case.yaml(
        functions=["orders-write", "orders-report"],
        destinations={"orders": {"name": host, "port": 5432, "addresses": [db["PrivateIpAddress"]]}},
    )


@incident(
    source="composed: after questions on StackOverflow (UnknownHostException of a replaced RDS cluster)",
    expert=named(DNS, "since the deployment at 12:22 it asks for a name that does not exist; the old name worked"),
)
def endpoint_of_a_deleted_cluster(case: CaseFolder) -> None:
    place = town(case, "billing", "10.77", "54.197.150.6")
    own = case.group("billing-pg", [allow(5432, place.lambdas)])
    case.database("billing-2", place.db_a, [own])
    case.function(
        "invoice",
        place.apps,
        [place.lambdas],
        runtime="java17",
        memory=1024,
        timeout=30,
        LastModified="2026-11-20T12:22:04.000+0000",
    )
    host = "billing-old1.cluster-cd2m7ynw0qke.us-east-1.rds.amazonaws.com"
    unknown = java_error(
        "org.postgresql.util.PSQLException: The connection attempt failed.",
        "org.postgresql.core.v3.ConnectionFactoryImpl.openConnectionImpl(ConnectionFactoryImpl.java:364)",
        "org.postgresql.jdbc.PgConnection.<init>(PgConnection.java:273)",
        "com.billhub.InvoiceHandler.handleRequest(InvoiceHandler.java:39)",
        causes=(f"java.net.UnknownHostException: {host}",),
    )
    diary = Diary(case, "invoice", 1024)
    for number, at in enumerate(times(88, 0, 22)):
        diary.run(at, "invoice stored\n", seconds=0.09, stream=number % 2)
    # The deployment begins with environments of its own.
    for number, at in enumerate(times(121, 22.3, 59.9)):
        diary.run(at, unknown, seconds=0.08, stream=2 + number % 2, error=True, cold=1.94 if number < 2 else None)
    diary.write()
    case.yaml(functions=["invoice"], destinations={"billing-db": {"name": host, "port": 5432}})


@incident(
    source="composed: after reports to golang/go (net/http: TLS handshake timeout)",
    expert=named(
        TLS,
        "TCP to the partner is up within milliseconds, the gateway establishes all it is asked for and drops nothing, "
        "and no handshake ends within ten seconds; the other destination is fine",
        "clearing",
    ),
)
def partner_accepts_and_says_nothing(case: CaseFolder) -> None:
    place = town(case, "payout", "10.41", "18.214.9.227")
    case.function("payout-send", place.apps, [place.lambdas], runtime="provided.al2023", timeout=30,
                  LoggingConfig={"LogFormat": "JSON", "ApplicationLogLevel": "DEBUG", "SystemLogLevel": "INFO",
                                 "LogGroup": "/aws/lambda/payout-send"})  # fmt: skip
    up = json_log("DEBUG", "httptrace ConnectDone", addr="185.46.212.40:443", ms="11", err="")
    cut = json_log(
        "ERROR", "submit", error='Post "https://submit.clearnet.eu/v1/batches": net/http: TLS handshake timeout'
    )
    done = json_log("INFO", "submitted", status=201)
    rates = json_log("INFO", "rates fetched", host="rates.fxfeed.io", status=200)
    diary = Diary(case, "payout-send")
    for number, at in enumerate(times(240, 0.1, 59.2)):
        bad = 1020 < at < 2700
        took = 10.15 if bad else 0.3 + number % 5 / 50
        ended = json_report("error" if bad else "success", took)
        diary.run(at, cut if bad else done, ended, seconds=took, stream=None, error=bad,
                  during=[(0.09, rates), (0.11, up)])  # fmt: skip
    diary.write(report=False)
    calm_gateway(case, place.nat, 70)
    case.yaml(
        functions=["payout-send"],
        destinations={
            "clearing": {"name": "submit.clearnet.eu", "port": 443},
            "rates": {"name": "rates.fxfeed.io", "port": 443},
        },
    )


@incident(
    source="composed: after questions on StackOverflow (SSLHandshakeException: Remote host terminated the handshake)",
    expert=left_open(
        "the other side cuts about every eighth handshake; whether a limit, a balancer or a bad node does it, "
        "nothing here tells",
        TLS,
    ),
)
def every_eighth_handshake_is_cut(case: CaseFolder) -> None:
    place = town(case, "travel", "10.83", "52.6.77.140")
    case.function("hotel-avail", place.apps, [place.lambdas], runtime="java21", memory=1024, timeout=20)
    cut = java_error(
        "javax.net.ssl.SSLHandshakeException: Remote host terminated the handshake",
        "java.base/sun.security.ssl.SSLSocketImpl.handleEOF(SSLSocketImpl.java:1714)",
        "java.base/sun.security.ssl.SSLSocketImpl.decode(SSLSocketImpl.java:1514)",
        "java.base/sun.security.ssl.SSLSocketImpl.startHandshake(SSLSocketImpl.java:466)",
        "okhttp3.internal.connection.RealConnection.connectTls(RealConnection.kt:379)",
        "travel.AvailHandler.handleRequest(AvailHandler.java:72)",
        causes=("java.io.EOFException: SSL peer shut down incorrectly",),
    ).replace(
        "sun.nio.ch.NioSocketImpl.connect(NioSocketImpl.java:592)",
        "sun.security.ssl.SSLSocketInputRecord.decode(SSLSocketInputRecord.java:165)",
    )
    calls = Traffic(case, "hotel-avail")
    calls.good(310, 0, 60, "availability 200\n", seconds=0.6)
    calls.bad(44, 0.5, 59.5, cut, seconds=0.16)
    calls.write(memory=1024)
    calm_gateway(case, place.nat, 55)
    # CloudWatch Insights: filter @message like /Exception/ | sort @timestamp desc
    found = [one for one in case.log("hotel-avail").content()["events"] if "Exception" in one["message"]]
    rows = [
        [
            {
                "field": "@timestamp",
                "value": f"{datetime.fromtimestamp(one['timestamp'] / 1000, UTC):%Y-%m-%d %H:%M:%S.%f}"[:-3],
            },
            {"field": "@message", "value": one["message"]},
            {"field": "@logStream", "value": one["logStreamName"]},
            {"field": "@ptr", "value": f"CmEKKAokNDgyOTE3MzA2MTU0Oi9hd3MvbGFtYmRhL{number:04d}"},
        ]
        for number, one in enumerate(reversed(found))
    ]
    counted = {"recordsMatched": float(len(rows)), "recordsScanned": 1416.0, "bytesScanned": 251904.0}
    case.file("callers/hotel-avail.json", {"results": rows, "statistics": counted, "status": "Complete"})
    case.without("ec2/network-interfaces")
    case.yaml(functions=["hotel-avail"], destinations={"hotels": {"name": "xml.staylink.travel", "port": 443}})

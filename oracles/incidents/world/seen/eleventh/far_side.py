"""Destinations at their own limit, and such as do not answer."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Expert,
    Headline,
    about,
    allow,
    dotnet_error,
    go_log,
    incident,
    java_error,
    node_error,
    node_log,
    python_log,
    ramp,
)
from oracles.incidents.world.seen.eleventh._sites_a import (
    LIMIT,
    SILENT,
    Fleet,
    fetch_timeout,
    localize,
    neighbours,
    place,
    requests_timeout,
    summed,
)


def _limit(because: str) -> Expert:
    return Expert((LIMIT,), (LIMIT,), Headline.NAMED, because)


def _silent(because: str, *says: str) -> Expert:
    return Expert((SILENT,), (SILENT,), Headline.NAMED, because, says)


@incident(
    source="Stack Overflow, a usual question (ER_CON_COUNT_ERROR: Too many connections from Lambda)",
    expert=_limit("MySQL says Too many connections, and its connections stand at 151 in just that minute"),
)
def cron_fan_out(case: CaseFolder) -> None:
    site = place(case, "cms", "10.41", publics=(("52.70.14.231",),))
    own = case.group("cms-mysql", [allow(3306, site.app, "10.41.0.0/16")])
    db = case.database("cms", site.data[0], [own])
    case.function("render-page", site.private, [site.app], runtime="nodejs20.x", timeout=30)
    failed = node_error(
        "Too many connections",
        stack=("Packet.asError (/var/task/node_modules/mysql2/lib/packets/packet.js:740:17)",
               "ClientHandshake.execute (/var/task/node_modules/mysql2/lib/commands/command.js:29:26)"),
        code="ER_CON_COUNT_ERROR", errno=1040, sqlState="08004", sqlMessage="Too many connections",
    )  # fmt: skip
    calls = Fleet(case, "render-page")
    calls.good(58, 0, 29.9, node_log("INFO", "rendered"), seconds=0.4)
    calls.good(46, 30.02, 30.2, node_log("INFO", "rendered"), seconds=27.5)
    calls.bad(38, 30.22, 30.45, failed, seconds=0.06)
    calls.good(49, 31.5, 60, node_log("INFO", "rendered"), seconds=0.4)
    calls.write()
    values = [*about(104, 30, 0.03), 151.0, 121.0, *about(106, 28, 0.03)]
    case.metric("AWS/RDS", "DatabaseConnections", {"DBInstanceIdentifier": "cms"}, values, stat="Maximum")
    case.yaml(functions=["render-page"], destinations={
        "cms": {"name": "cms.cfx02m1l7swu.us-east-1.rds.amazonaws.com", "port": 3306,
                "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="GitHub, issues of go-redis (ERR max number of clients reached)",
    expert=_limit("ElastiCache stands at its 65,000 clients and says so; the function's own share of them is small"),
)
def everyones_cache(case: CaseFolder) -> None:
    case.region = "us-west-2"
    site = place(case, "core", "10.42", "abc", publics=(("35.164.9.18",),))
    neighbours(case, "batch", "web")
    own = case.group("core-redis", [allow(6379, "10.42.0.0/16")])
    cache = case.cache("core-sessions-001", site.data[2], [own])
    case.function("session-check", site.private, [site.app], runtime="provided.al2023", timeout=5, memory=256)
    calls = Fleet(case, "session-check")
    calls.good(90, 0, 38, go_log("session ok"), seconds=0.02)
    calls.bad(57, 38.2, 60, go_log("redis: get session: ERR max number of clients reached"), seconds=0.03)
    calls.good(21, 38.2, 60, go_log("session ok"), seconds=0.02)
    calls.write(tail=True, memory=256)
    of = {"CacheClusterId": "core-sessions-001"}
    clients = [*ramp(41_000, 64_700, 38, 0.005), *[65_000.0] * 9, None, None, *[65_000.0] * 11]
    case.metric("AWS/ElastiCache", "CurrConnections", of, clients, stat="Maximum")
    case.metric("AWS/ElastiCache", "NewConnections", of, about(610, 60, 0.2))
    case.metric("AWS/ElastiCache", "EngineCPUUtilization", of, about(31, 60), stat="Average")
    localize(case, "usw2")
    case.yaml(functions=["session-check"], destinations={
        "sessions": {"name": "core-sessions.kq1m0z.ng.0001.usw2.cache.amazonaws.com", "port": 6379,
                     "addresses": [cache["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="Stack Overflow, a usual question (ORA-12516, TNS:listener could not find available handler)",
    expert=_limit("the listener answers and has no handler left: the processes of the Oracle database are used up"),
)
def month_end_closing(case: CaseFolder) -> None:
    site = place(case, "erp", "10.43", publics=(("3.212.5.61",),))
    own = case.group("erp-oracle", [allow(1521, site.app)])
    db = case.database("erp", site.data[1], [own])
    case.function("post-journal", site.private, [site.app], runtime="java17", timeout=60, memory=2048)
    said = (
        "Listener refused the connection with the following error:\n"
        "ORA-12516, TNS:listener could not find available handler with matching protocol stack"
    )
    failed = java_error(
        f"java.sql.SQLRecoverableException: {said}\n ",
        "oracle.jdbc.driver.T4CConnection.handleLogonNetException(T4CConnection.java:892)",
        "oracle.jdbc.driver.PhysicalConnection.connect(PhysicalConnection.java:1210)",
        "com.example.erp.JournalHandler.handleRequest(JournalHandler.java:77)",
        causes=(f"oracle.net.ns.NetException: {said}",),
    )
    calls = Fleet(case, "post-journal")
    calls.good(40, 0, 25, seconds=4.1)
    calls.bad(69, 25, 41, failed, seconds=0.4)
    calls.good(22, 25, 41, seconds=5.2)
    calls.good(35, 41.5, 60, seconds=4.0)
    calls.write(memory=2048, period=300)
    case.without("ec2/network-acls", "ec2/dhcp", "ec2/internet")
    case.yaml(functions=["post-journal"], destinations={
        "erp": {"name": "erp.cpo5x7w2gl4z.us-east-1.rds.amazonaws.com", "port": 1521,
                "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="GitHub, issues of Npgsql (53300: remaining connection slots are reserved)",
    expert=Expert(
        (LIMIT,),
        (LIMIT,),
        Headline.OPEN,
        "PostgreSQL is out of connection slots for moments; each retry succeeded and no invocation failed",
    ),
)
def second_try_gets_a_slot(case: CaseFolder) -> None:
    site = place(case, "hr", "10.44", publics=(("52.54.90.6",),))
    own = case.group("hr-pg", [allow(5432, site.app)])
    db = case.database("hr", site.data[0], [own])
    case.function("leave-request", site.private, [site.app], runtime="dotnet8", timeout=30)
    waits = dotnet_error(
        "Npgsql.PostgresException (0x80004005): 53300: remaining connection slots are reserved for roles with the "
        "SUPERUSER attribute",
        "Npgsql.Internal.NpgsqlConnector.ReadMessageLong(Boolean async, DataRowLoadingMode dataRowLoadingMode, "
        "Boolean readingNotifications, Boolean isReadingPrependedMessage)",
        "Npgsql.Internal.NpgsqlConnector.Open(NpgsqlTimeout timeout, Boolean async, CancellationToken "
        "cancellationToken)",
        "Polly.Retry.AsyncRetryEngine.ImplementationAsync[TResult](Func`3 action, Context context, CancellationToken "
        "cancellationToken)",
    )
    calls = Fleet(case, "leave-request")
    calls.good(118, 0, 60, seconds=0.15)
    calls.good(23, 14, 37, waits, seconds=1.3)
    calls.write(zeros=True)
    case.yaml(functions=["leave-request"], destinations={
        "hr": {"name": "hr.cb31vv0e9xay.us-east-1.rds.amazonaws.com", "port": 5432,
               "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="re:Post, a usual question (an API stops answering)",
    expert=_silent(
        "from 12:26 on no SYN to the carrier is answered, while all others behind the same gateway get through",
        "carrier",
    ),
)
def carrier_is_down(case: CaseFolder) -> None:
    site = place(case, "ship", "10.45", publics=(("34.195.121.48",), ("54.152.3.190",)))
    neighbours(case, "returns")
    case.function("book-parcel", site.private, [site.app], timeout=30)
    calls = Fleet(case, "book-parcel")
    checked = python_log("INFO", "GET https://api.addresscheck.example/v1 200")
    calls.good(83, 0, 26, checked, python_log("INFO", "label created"), seconds=0.9)
    calls.good(3, 4, 20, python_log("WARNING", "addresscheck answered 503, trying again"), checked, seconds=1.9)
    calls.bad(104, 26.05, 60, checked, requests_timeout("api.carrier.example", "/labels", 8), seconds=8.5)
    calls.write()
    for index, one in enumerate(site.nats):
        half = [(count + index) // 2 for count in calls.started(True)]
        fine = summed(about(230, 60, seed=index + 3), [count // 2 for count in calls.started()])
        case.nat_metrics(one, attempts=summed(fine, half), established=fine, errors=[0.0] * 60, drops=[0.0] * 60,
                         active=about(340, 60, seed=index + 5))  # fmt: skip
    case.yaml(functions=["book-parcel"], destinations={
        "carrier": {"name": "api.carrier.example", "port": 443, "addresses": ["20.50.88.14"]},
        "addresses": {"name": "api.addresscheck.example", "port": 443, "addresses": ["35.186.241.7"]}})  # fmt: skip


@incident(
    source="composed: one of three addresses is silent; the name is answered with one of them at a time",
    expert=_silent("only connects to 13.226.40.87 time out, its two siblings answer at all times", "maps"),
)
def one_address_of_three(case: CaseFolder) -> None:
    site = place(case, "geo", "10.46", publics=(("3.229.70.55",),))
    case.function("geocode", site.private, [site.app], runtime="nodejs22.x", timeout=20)
    addresses = ["13.226.40.12", "13.226.40.87", "13.226.41.3"]
    calls = Fleet(case, "geocode")
    for index in (0, 2):
        calls.good(48, 0, 60, node_log("INFO", "connected", {"remote": f"{addresses[index]}:443"}), seconds=0.22)
    calls.bad(45, 0, 59.7, fetch_timeout(f"{addresses[1]}:443"), seconds=10.3)
    calls.write()
    fine = summed(about(20, 60), calls.started(False))
    case.nat_metrics(site.nats[0], attempts=summed(fine, calls.started(True)), established=fine, errors=[0.0] * 60)
    case.yaml(functions=["geocode"], destinations={
        "maps": {"name": "tiles.maps.example", "port": 443, "addresses": addresses}})  # fmt: skip


@incident(
    source="composed: a new version of an inner service with a host firewall in its image",
    expert=_silent(
        "the pricing host is there, its group, the ACLs and the local route are open, and since its deployment "
        "at 12:18 no SYN is answered",
        "pricing",
    ),
)
def pricing_after_its_deployment(case: CaseFolder) -> None:
    case.region = "eu-west-1"
    site = place(case, "shop", "10.12", publics=(("52.51.204.8",),))
    own = case.group("pricing", [allow(9443, "10.12.0.0/16"), allow(22, "10.12.0.0/24")])
    host = case.interface("pricing-1", site.private[1], [own], Operator={"Managed": False},
                          TagSet=[{"Key": "Name", "Value": "pricing"}, {"Key": "release", "Value": "v47"}])  # fmt: skip
    address = host["PrivateIpAddress"]
    case.function("price-basket", site.private, [site.app], runtime="provided.al2023", timeout=10)
    calls = Fleet(case, "price-basket")
    calls.good(60, 0, 18, go_log("basket priced"), seconds=0.05)
    said = f'pricing: Post "https://pricing.shop.internal:9443/v2/quote": dial tcp {address}:9443: i/o timeout'
    calls.bad(111, 18.1, 60, go_log(said), seconds=5.01)
    calls.write(tail=True)
    # A crawler of another team behind the same gateway; nothing of ours passes it.
    case.nat_metrics(site.nats[0], active=[55_010.0, 55_031.0, 55_022.0, 55_019.0, 23_400.0] + [212.0] * 55,
                     errors=[310.0, 702.0, 655.0, 118.0] + [0.0] * 56)  # fmt: skip
    localize(case, "euw1")
    case.yaml(
        functions=["price-basket"],
        destinations={"pricing": {"name": "pricing.shop.internal", "port": 9443, "addresses": [address]}},
        reported="pricing was deployed at 12:17 (new image, same instance). Its team says it runs fine.",
    )

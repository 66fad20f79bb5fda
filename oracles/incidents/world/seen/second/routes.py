"""Route tables that lead nowhere, or somewhere else than people think."""

from __future__ import annotations

from oracles.incidents.world import CaseFolder, incident
from oracles.incidents.world.seen.second.logs import Log, fetch_failed
from oracles.incidents.world.seen.second.metrics import Metrics, calls, steps
from oracles.incidents.world.seen.second.shapes import ANYWHERE, Net, about, made_id, route, usual
from oracles.incidents.world.seen.second.verdicts import BLOCKED, named


@incident(
    source="AWS re:Post: Lambda in new subnet times out, subnet uses the main route table",
    expert=named(
        BLOCKED,
        "private-c has no table of its own: the VPC's main table has only the local route, so a third of the "
        "environments cannot leave",
        says=("private-c",),
    ),
)
def a_new_subnet_fell_back_to_the_main_table(case: CaseFolder) -> None:
    net = usual("catalog", "us-west-2", "abc")
    table = net.record("route-tables", "private")
    table["Associations"] = [one for one in table["Associations"] if one.get("SubnetId") != net["private-c"]]
    net.function("search-sync", ["private-a", "private-b", "private-c"], runtime="nodejs20.x", timeout=20)
    net.write(case)
    about(
        case,
        "us-west-2",
        ("2026-11-17T15:00", "2026-11-17T16:00"),
        ["search-sync"],
        "about one in three fails since we added the third AZ",
        search="name: cluster7.searchhost.example, port: 443, addresses: [203.0.113.61, 203.0.113.62]",
    )
    calls(case, "2026-11-17T15:00", "search-sync", 60, 40, (60, 0.33), failing_ms=10_240)
    log = Log("search-sync", "2026-11-17T15:00")
    bad = fetch_failed("cluster7.searchhost.example")
    for number in range(60):
        if number % 3 == 2:
            log.invoke(number * 59.0, bad, env=2, ms=10_060)
        else:
            log.invoke(number * 59.0, "<t>\t<r>\tINFO\tindexed 25 documents\n", env=number % 2, ms=310)
    log.tail(case)


@incident(
    source="AWS re:Post: requests to one partner range fail, a leftover transit gateway route is more specific",
    expert=named(
        BLOCKED,
        "the partner's range has a route of its own to a transit gateway attachment that is gone (blackhole), which "
        "wins over the default route to the healthy NAT gateway; everything else works",
    ),
)
def a_leftover_specific_route_swallows_one_partner(case: CaseFolder) -> None:
    net = usual("freight", "eu-central-1")
    net.record("route-tables", "private")["Routes"].append(
        route("203.0.113.128/25", made_id("tgw", "freight"), "blackhole")
    )
    net.function("book-slot", ["private-a", "private-b"], runtime="java21", timeout=20, memory=1024)
    net.write(case)
    about(
        case,
        "eu-central-1",
        ("2026-11-19T07:00", "2026-11-19T08:00"),
        ["book-slot"],
        "carrier bookings time out",
        carrier="name: edi.carrierline.example, port: 8443, addresses: [203.0.113.201]",
        customs="name: api.customs.example, port: 443, addresses: [198.18.7.40]",
    )
    nat = Metrics("2026-11-19T07:00")
    nat.nat(
        net["nat"],
        ConnectionAttemptCount=steps("x", (60, 22)),
        ConnectionEstablishedCount=steps("x", (60, 22)),
        ActiveConnectionCount=steps("y", (60, 18)),
        ErrorPortAllocation=[0] * 60,
    )
    nat.write(case, "nat")
    calls(case, "2026-11-19T07:00", "book-slot", 60, 30, (60, 0.35), failing_ms=10_900)
    log = Log("book-slot", "2026-11-19T07:00", memory=1024)
    log.every(
        20,
        3500,
        97,
        (
            "java.net.http.HttpConnectTimeoutException: HTTP connect timed out\n"
            "\tat java.net.http/jdk.internal.net.http.HttpClientImpl.send(HttpClientImpl.java:945)\n"
            "\tat com.freight.CarrierClient.book(CarrierClient.java:58)\n"
            "\tat com.freight.Handler.handleRequest(Handler.java:31)\n"
            "Caused by: java.net.ConnectException: HTTP connect timed out\n"
            "\tat java.net.http/jdk.internal.net.http.ResponseTimerEvent.handle(ResponseTimerEvent.java:69)\n"
            "request to https://edi.carrierline.example:8443/slots given up\n"
        ),
        ms=10_300,
    )
    log.every(50, 3500, 61, "<t> <r> INFO  customs answered 200 in 212 ms\n", ms=290)
    log.events(case)


@incident(
    source="QT-DevOps/DevOpsIssues 105: aws vpc routing, the route to the peering connection shows blackhole",
    expert=named(
        BLOCKED,
        "10.80.0.0/16 leads to a peering connection that is gone: its route is a blackhole in the function's table",
    ),
)
def the_peering_connection_was_deleted(case: CaseFolder) -> None:
    net = usual("crm", "ca-central-1")
    net.record("route-tables", "private")["Routes"].append(
        route("10.80.0.0/16", made_id("pcx", "crm", "legacy"), "blackhole")
    )
    net.function("sync-contacts", ["private-a", "private-b"], runtime="dotnet8", timeout=60)
    net.write(case, "network-acls", "addresses")
    about(
        case,
        "ca-central-1",
        ("2026-11-14T12:00", "2026-11-14T13:00"),
        ["sync-contacts"],
        crm_db="name: crm.legacy.internal, port: 1433, addresses: [10.80.12.5]",
    )
    calls(case, "2026-11-14T12:00", "sync-contacts", 60, 6, (60, 1.0), failing_ms=15_600)
    log = Log("sync-contacts", "2026-11-14T12:00")
    log.every(
        15,
        3500,
        120,
        (
            "<t>\t<r>\tfail\tMicrosoft.Data.SqlClient.SqlException (0x80131904): A network-related or "
            "instance-specific "
            "error occurred while establishing a connection to SQL Server. The server was not found or was not "
            "accessible. "
            "Verify that the instance name is correct and that SQL Server is configured to allow remote connections. "
            "(provider: TCP Provider, error: 40 - Could not open a connection to SQL Server)\n"
            " ---> System.ComponentModel.Win32Exception (110): Unknown error 110\n"
            "   at Microsoft.Data.ProviderBase.DbConnectionPool.TryGetConnection(DbConnection owningObject)\n"
            "   at Sync.Function.FunctionHandler(SQSEvent evnt, ILambdaContext context) in /src/Function.cs:line 44\n"
        ),
        ms=15_200,
    )
    log.events(case)


@incident(
    source="AWS re:Post: peering works from one AZ only, route to the peer missing in one of the route tables",
    expert=named(
        BLOCKED,
        "the table of private-b has no route to the peer's 10.44.0.0/16: its packets go to the NAT gateway and are "
        "lost, those of private-a get through",
        says=("private-b",),
    ),
)
def the_peer_is_routed_from_one_of_two_tables(case: CaseFolder) -> None:
    net = Net("ledger", "eu-west-2", "10.20.0.0/16")
    for at, zone in enumerate("ab"):
        net.subnet(f"private-{zone}", f"10.20.{at + 1}.0/24", zone)
    net.subnet("public-a", "10.20.101.0/24")
    nat = net.nat("nat", "public-a")
    peer = made_id("pcx", "ledger")
    net.table("rt-a", [route(ANYWHERE, nat), route("10.44.0.0/16", peer)], ["private-a"])
    net.table("rt-b", [route(ANYWHERE, nat)], ["private-b"])
    net.table("public", [route(ANYWHERE, net.igw)], ["public-a"], main=True)
    net.group("app")
    net.function("post-entry", ["private-a", "private-b"], runtime="java17", timeout=30)
    net.write(case)
    about(
        case,
        "eu-west-2",
        ("2026-11-24T09:00", "2026-11-24T10:00"),
        ["post-entry"],
        "half of the postings time out",
        ledger="name: ledger.core.internal, port: 5432, addresses: [10.44.3.17]",
    )
    calls(case, "2026-11-24T09:00", "post-entry", 60, 50, (60, 0.48), failing_ms=10_500)
    log = Log("post-entry", "2026-11-24T09:00")
    bad = (
        "org.postgresql.util.PSQLException: The connection attempt failed.\n"
        "\tat org.postgresql.core.v3.ConnectionFactoryImpl.openConnectionImpl(ConnectionFactoryImpl.java:364)\n"
        "\tat com.ledger.Post.handleRequest(Post.java:27)\n"
        "Caused by: java.net.SocketTimeoutException: Connect timed out\n"
        "\tat java.base/sun.nio.ch.NioSocketImpl.timedFinishConnect(NioSocketImpl.java:546)\n"
    )
    for number in range(50):
        if number % 2:
            log.invoke(number * 71.0, bad, env=1, ms=10_240)
        else:
            log.invoke(number * 71.0, "posted 1 entry to ledger.core.internal\n", ms=96)
    log.events(case)

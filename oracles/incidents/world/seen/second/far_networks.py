"""Other networks: peers, transit gateways, on-premises, IPv6, and functions that are not in the VPC at all."""

from __future__ import annotations

from oracles.incidents.world import CaseFolder, incident
from oracles.incidents.world.seen.second.logs import Log, node, python
from oracles.incidents.world.seen.second.metrics import Metrics, calls, steps
from oracles.incidents.world.seen.second.shapes import ANYWHERE, about, made_id, route, rule, usual
from oracles.incidents.world.seen.second.verdicts import BLOCKED, NAT, SILENT, left_open, named


@incident(
    source="PRX/Infrastructure 78: Database VPC peering needs routes in both VPCs",
    expert=left_open(
        "the function's side is right up to the peering connection; routes, groups and the database of the other "
        "account are not in the evidence, and nothing has ever worked",
        BLOCKED,
        SILENT,
    ),
)
def the_far_side_of_the_peering_is_unknown(case: CaseFolder) -> None:
    net = usual("group-bi", "eu-west-1")
    net.record("route-tables", "private")["Routes"].append(route("172.29.0.0/16", made_id("pcx", "bi")))
    net.function("nightly-copy", ["private-a", "private-b"], timeout=300)
    net.write(case)
    about(
        case,
        "eu-west-1",
        ("2026-11-15T01:00", "2026-11-15T02:00"),
        ["nightly-copy"],
        "new peering to the subsidiary, no query has come through yet",
        dwh="name: dwh.subsidiary.internal, port: 5432, addresses: [172.29.40.8]",
    )
    calls(case, "2026-11-15T01:00", "nightly-copy", 60, 1, (60, 1.0), failing_ms=131_000)
    log = Log("nightly-copy", "2026-11-15T01:00")
    log.every(
        10,
        3400,
        240,
        python(
            "OperationalError",
            'connection to server at "dwh.subsidiary.internal" (172.29.40.8), port 5432 failed: '
            "Connection timed out\n\tIs the server running on that host and accepting TCP/IP connections?\n",
            'File "/var/task/copy.py", line 12, in handler',
        ),
        ms=130_900,
        envs=1,
    )
    log.events(case)


@incident(
    source="AWS re:Post: Lambda cannot connect to on-premises database any more, transit gateway and VPN look fine",
    expert=named(
        SILENT,
        "it worked until 13:22 and the VPC's own rules lead there: nobody answers any more; whether VPN, firewall or "
        "host, the evidence behind the transit gateway cannot say",
        also=(BLOCKED,),
    ),
)
def the_data_centre_went_silent_behind_the_transit_gateway(case: CaseFolder) -> None:
    net = usual("erp", "eu-central-1")
    net.record("route-tables", "private")["Routes"].append(route("192.168.0.0/16", made_id("tgw", "erp")))
    net.function("book-goods", ["private-a", "private-b"], runtime="java21", timeout=60, memory=1024)
    net.write(case)
    about(
        case,
        "eu-central-1",
        ("2026-11-18T13:00", "2026-11-18T14:00"),
        ["book-goods"],
        "since 13:22, all of them",
        oracle="name: erp.dc.internal, port: 1521, addresses: [192.168.17.20]",
    )
    calls(case, "2026-11-18T13:00", "book-goods", 60, 26, (22, 0.0), (38, 1.0), failing_ms=31_000)
    log = Log("book-goods", "2026-11-18T13:00", memory=1024)
    log.every(10, 1320, 66, "booked goods receipt 4711, 1 row\n", ms=140)
    log.every(
        1330,
        3590,
        49,
        (
            "java.sql.SQLRecoverableException: IO Error: The Network Adapter could not establish the connection "
            "(CONNECTION_ID=4o1LJq8iRnGxWgJf0k2m3w==)\n\tat "
            "oracle.jdbc.driver.T4CConnection.logon(T4CConnection.java:887)\n"
            "\tat erp.Book.handleRequest(Book.java:50)\n"
            "Caused by: java.io.IOException: Connection timed out, socket connect lapse 30014 ms. erp.dc.internal "
            "1521 30000 "
            "1 true\n\tat oracle.net.nt.TcpNTAdapter.connect(TcpNTAdapter.java:242)\n"
        ),
        ms=30_400,
    )
    log.events(case)


@incident(
    source="Stack Overflow: Lambda in one VPC, RDS in another VPC without peering, private address",
    expert=named(
        BLOCKED,
        "10.72.4.19 is in no VPC that the table knows: it falls to 0.0.0.0/0 and the NAT gateway, "
        "which cannot carry private addresses to another VPC",
    ),
)
def the_database_is_in_a_vpc_without_any_peering(case: CaseFolder) -> None:
    net = usual("newapp", "us-east-1")
    net.function("list-users", ["private-a", "private-b"], runtime="nodejs22.x", timeout=30)
    net.write(case, "network-acls")
    about(
        case,
        "us-east-1",
        ("2026-11-06T15:00", "2026-11-06T16:00"),
        ["list-users"],
        users="name: users.cexample.us-east-1.rds.amazonaws.com, port: 3306, addresses: [10.72.4.19]",
    )
    nat = Metrics("2026-11-06T15:00", zeros=True)
    nat.nat(
        net["nat"],
        ConnectionAttemptCount=steps("u", (60, 9)),
        ConnectionEstablishedCount=[0] * 60,
        ErrorPortAllocation=[0] * 60,
        PacketsInFromDestination=[0] * 60,
    )
    nat.write(case, "nat")
    calls(case, "2026-11-06T15:00", "list-users", 60, 9, (60, 1.0), failing_ms=10_300)
    log = Log("list-users", "2026-11-06T15:00")
    log.every(
        5,
        3580,
        90,
        node(
            "Error",
            "connect ETIMEDOUT",
            "    at Connection._handleTimeoutError (/var/task/node_modules/mysql2/lib/connection.js:205:17)",
            code="ETIMEDOUT",
            errorno="ETIMEDOUT",
            syscall="connect",
            fatal=True,
        ),
        ms=10_060,
    )
    log.events(case)


@incident(
    source="jkehler/awslambda-psycopg2 41: Lambda's VPC setting is NO VPC, database in a VPC",
    expert=named(BLOCKED, "the function is attached to no VPC at all, and the database has only a private address"),
)
def the_function_is_in_no_vpc(case: CaseFolder) -> None:
    net = usual("starter", "us-east-1", nat=False)
    net.group("db", into=[rule(5432, net["app"])])
    net.interface("data-a", "10.20.51.8", "RDSNetworkInterface", ["db"])
    net.function("hello-db", [], [], runtime="nodejs20.x", timeout=6)
    net.write(case)
    about(
        case,
        "us-east-1",
        ("2026-11-28T17:00", "2026-11-28T18:00"),
        ["hello-db"],
        db="name: starter.cexample.us-east-1.rds.amazonaws.com, port: 5432, addresses: [10.20.51.8]",
    )
    log = Log("hello-db", "2026-11-28T17:00", memory=128)
    log.every(
        5,
        3500,
        400,
        node(
            "Error",
            "Connection terminated due to connection timeout",
            "    at Timeout.<anonymous> (/var/task/node_modules/pg/lib/client.js:103:26)",
            "    at listOnTimeout (node:internal/timers:581:17)",
        ),
        ms=5_030,
        envs=1,
    )
    log.tail(case)


@incident(
    source="n8n-io/n8n 15239 and stripe/sync-engine 106: connect ENETUNREACH to an IPv6-only database",
    expert=named(
        BLOCKED,
        "the host has an IPv6 address only, the function does not allow IPv6 for dual-stack and its "
        "subnets have no IPv6: the network is unreachable",
    ),
)
def the_new_host_has_only_ipv6(case: CaseFolder) -> None:
    net = usual("saas", "eu-west-1")
    net.function("push-lead", ["private-a", "private-b"], runtime="nodejs20.x", timeout=15)
    net.write(case)
    about(
        case,
        "eu-west-1",
        ("2026-11-17T09:00", "2026-11-17T10:00"),
        ["push-lead"],
        leads="name: db.abcdefgh.supahost.example, port: 5432, addresses: ['2001:db8:2f0::17']",
    )
    calls(case, "2026-11-17T09:00", "push-lead", 60, 5, (60, 1.0), failing_ms=320)
    log = Log("push-lead", "2026-11-17T09:00")
    log.every(
        5,
        3580,
        120,
        node(
            "Error",
            "connect ENETUNREACH 2001:db8:2f0::17:5432 - Local (:::0)",
            "    at internalConnect (node:net:1101:16)",
            "    at defaultTriggerAsyncIdScope (node:internal/async_hooks:464:18)",
            errno=-101,
            code="ENETUNREACH",
            syscall="connect",
            address="2001:db8:2f0::17",
            port=5432,
        ),
        ms=210,
    )
    log.events(case)


@incident(
    source="AWS re:Post: dual-stack Lambda has no IPv6 egress, egress-only internet gateway route missing",
    expert=named(
        BLOCKED,
        "the function is dual-stack, but the table of its subnets has no ::/0 route to an egress-only "
        "internet gateway, and the host has only IPv6",
    ),
)
def dual_stack_without_an_ipv6_way_out(case: CaseFolder) -> None:
    net = usual("dual", "us-west-2")
    for at, zone in enumerate("ab"):
        net.record("subnets", f"private-{zone}")["Ipv6CidrBlockAssociationSet"] = [
            {"Ipv6CidrBlock": f"2600:1f14:abc:d0{at}::/64", "Ipv6CidrBlockState": {"State": "associated"}}
        ]
    net.record("route-tables", "private")["Routes"].append(route("2600:1f14:abc:d000::/56", "local"))
    net.group("dual", out=[rule(None, ANYWHERE, "::/0")])
    net.function("poll-feed", ["private-a", "private-b"], ["dual"], timeout=30)
    net.functions[0]["VpcConfig"]["Ipv6AllowedForDualStack"] = True
    net.write(case)
    about(
        case,
        "us-west-2",
        ("2026-11-19T19:00", "2026-11-19T20:00"),
        ["poll-feed"],
        feed="name: v6.feedhost.example, port: 443, addresses: ['2001:db8:9::80']",
    )
    calls(case, "2026-11-19T19:00", "poll-feed", 60, 4, (60, 1.0), failing_ms=20_400)
    log = Log("poll-feed", "2026-11-19T19:00")
    log.every(
        9,
        3580,
        200,
        python(
            "ConnectTimeout",
            "HTTPSConnectionPool(host='v6.feedhost.example', port=443): Max retries exceeded with url: "
            "/feed (Caused by ConnectTimeoutError(<urllib3.connection.HTTPSConnection object at 0x7f2f3c19a8d0>, "
            "'Connection to v6.feedhost.example timed out. (connect timeout=20)'))",
        ),
        ms=20_200,
        envs=1,
    )
    log.events(case)


@incident(
    source="AWS re:Post: private NAT gateway to on-premises over transit gateway, ErrorPortAllocation",
    expert=named(
        NAT,
        "the private NAT gateway reports ErrorPortAllocation while every connection goes to one on-premises address: "
        "its one private address is out of ports",
    ),
)
def the_private_nat_gateway_to_the_mainframe_is_out_of_ports(case: CaseFolder) -> None:
    net = usual("core", "eu-central-1", nat=False)
    inner = net.nat("nat-inner", "data-a", kind="private")
    net.record("route-tables", "private")["Routes"].append(route("10.200.0.0/16", inner))
    net.record("route-tables", "data")["Routes"].append(route("10.200.0.0/16", made_id("tgw", "core")))
    net.function("account-balance", ["private-a", "private-b"], runtime="java21", timeout=30, memory=1024)
    net.write(case, "network-acls")
    about(
        case,
        "eu-central-1",
        ("2026-11-24T11:00", "2026-11-24T11:40"),
        ["account-balance"],
        mainframe="name: cics.core.internal, port: 3443, addresses: [10.200.3.3]",
    )
    nat = Metrics("2026-11-24T11:00", zeros=True)
    nat.nat(
        inner,
        ActiveConnectionCount=steps("a", (6, 31_000), (4, 48_000)) + steps("b", (30, 55_100), noise=0.004),
        ConnectionAttemptCount=steps("c", (40, 41_000)),
        ConnectionEstablishedCount=steps("c", (40, 41_000)),
        ErrorPortAllocation=[0] * 10 + steps("d", (30, 5_200)),
    )
    nat.write(case, "nat-inner")
    calls(case, "2026-11-24T11:00", "account-balance", 40, 45_000, (10, 0.0), (30, 0.08), failing_ms=5_400, busy=2_300)
    log = Log("account-balance", "2026-11-24T11:00", memory=1024)
    log.every(
        620,
        2390,
        23,
        (
            "java.net.http.HttpConnectTimeoutException: HTTP connect timed out\n\tat "
            "java.net.http/jdk.internal.net.http."
            "HttpClientImpl.send(HttpClientImpl.java:945)\n\tat core.Balance.handleRequest(Balance.java:61)\n"
        ),
        ms=5_190,
        envs=40,
    )
    log.events(case)

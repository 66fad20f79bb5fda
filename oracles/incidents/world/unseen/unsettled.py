"""Several causes at once, logs with nothing but timeouts, and errors that no tool knows."""

from __future__ import annotations

from oracles.incidents.world import CaseFolder, incident
from oracles.incidents.world.unseen.logs import Log, node, python
from oracles.incidents.world.unseen.shapes import Metrics, Net, about, calls, route, rule, steps, usual
from oracles.incidents.world.unseen.verdicts import (
    BLOCKED,
    DESCRIPTORS,
    FULL,
    NAT,
    REFUSING,
    SILENT,
    either_of,
    left_open,
    named,
    no_name,
)


@incident(
    source="Post-mortem: launch night, NAT ports and max_connections at the same time",
    expert=either_of(
        "two faults on two ways: the gateway is out of ports to the payment API, and PostgreSQL, inside the "
        "VPC, takes no more clients",
        NAT,
        FULL,
    ),
)
def ports_and_database_slots_run_out_together(case: CaseFolder) -> None:
    net = usual("drop", "us-east-1")
    net.group("db", into=[rule(5432, net["app"])])
    net.interface("data-a", "10.20.51.23", "RDSNetworkInterface", ["db"])
    net.function("buy", ["private-a", "private-b"], timeout=30)
    net.write(case, "network-acls")
    about(
        case,
        "us-east-1",
        ("2026-11-27T20:00", "2026-11-27T20:30"),
        ["buy"],
        pay="name: api.payfast.example, port: 443, addresses: [198.18.44.10]",
        db="name: drop.cexample.us-east-1.rds.amazonaws.com, port: 5432, addresses: [10.20.51.23]",
    )
    nat = Metrics("2026-11-27T20:00")
    nat.nat(
        net["nat"],
        ErrorPortAllocation=[*[0] * 4, *steps("a", (26, 9_000), noise=0.3)],
        ActiveConnectionCount=[4_000, 17_000, 33_000, 50_000, *steps("b", (26, 55_090), noise=0.002)],
        ConnectionAttemptCount=steps("c", (30, 30_000)),
    )
    nat.write(case, "nat")
    calls(case, "2026-11-27T20:00", "buy", 30, 30_000, (4, 0.0), (26, 0.4), failing_ms=8_300, busy=3_000)
    log = Log("buy", "2026-11-27T20:00")
    log.every(
        245,
        1790,
        14,
        python(
            "ConnectTimeout",
            "HTTPSConnectionPool(host='api.payfast.example', port=443): Max retries exceeded with url: "
            "/v1/charges (Caused by ConnectTimeoutError(<urllib3.connection.HTTPSConnection object at 0x7f>, "
            "'Connection to "
            "api.payfast.example timed out. (connect timeout=8)'))",
        ),
        ms=8_060,
        envs=90,
    )
    log.every(
        250,
        1790,
        15,
        python(
            "OperationalError",
            'connection to server at "drop.cexample.us-east-1.rds.amazonaws.com" (10.20.51.23), port 5432 '
            "failed: FATAL:  sorry, too many clients already\n",
        ),
        ms=60,
        envs=90,
    )
    log.events(case)


@incident(
    source="AWS re:Post: one AZ without a route and a service that is down, both after the same deployment",
    expert=either_of(
        "private-b has no way out, so its half of the environments times out at the public API; and the "
        "internal service refuses everybody",
        BLOCKED,
        REFUSING,
    ),
)
def one_subnet_is_cut_off_and_the_service_is_down(case: CaseFolder) -> None:
    net = Net("tours", "eu-west-1", "10.33.0.0/16")
    for at, zone in enumerate("ab"):
        net.subnet(f"private-{zone}", f"10.33.{at + 1}.0/24", zone)
    net.subnet("public-a", "10.33.101.0/24")
    net.table("rt-a", [route("0.0.0.0/0", net.nat("nat", "public-a"))], ["private-a"])
    net.table("rt-b", [], ["private-b"])
    net.table("rt-public", [route("0.0.0.0/0", net.igw)], ["public-a"], main=True)
    net.group("app")
    net.group("svc", into=[rule(8080, net["app"])])
    net.interface("private-a", "10.33.1.80", "", ["svc"])
    net.function("offer", ["private-a", "private-b"], runtime="nodejs20.x", timeout=30)
    net.write(case)
    about(
        case,
        "eu-west-1",
        ("2026-11-12T11:00", "2026-11-12T11:40"),
        ["offer"],
        maps="name: api.mapsource.example, port: 443, addresses: [203.0.113.111]",
        stock="name: stock.tours.internal, port: 8080, addresses: [10.33.1.80]",
    )
    calls(case, "2026-11-12T11:00", "offer", 40, 30, (40, 1.0), failing_ms=10_400)
    log = Log("offer", "2026-11-12T11:00")
    for number in range(50):
        if number % 2:
            log.invoke(
                number * 47.0,
                node(
                    "Error",
                    "connect ETIMEDOUT 203.0.113.111:443",
                    errno=-110,
                    code="ETIMEDOUT",
                    syscall="connect",
                    address="203.0.113.111",
                    port=443,
                ),
                ms=10_100,
                env=1,
            )
        else:
            log.invoke(
                number * 47.0,
                "<t>\t<r>\tINFO\tmap ok\n",
                node(
                    "Error",
                    "connect ECONNREFUSED 10.33.1.80:8080",
                    errno=-111,
                    code="ECONNREFUSED",
                    syscall="connect",
                    address="10.33.1.80",
                    port=8080,
                ),
                ms=140,
            )
    log.events(case)


@incident(
    source="GitHub issue: two functions, one leaks sockets (EMFILE), the other meets max number of clients at the "
    "cache",
    expert=either_of(
        "the exporter leaks descriptors, and the leaked clients fill the cache, which turns the second "
        "function away in its own words",
        DESCRIPTORS,
        FULL,
    ),
)
def a_leak_in_one_function_fills_the_cache_of_both(case: CaseFolder) -> None:
    net = usual("social", "us-east-2")
    net.group("cache", into=[rule(6379, net["app"])])
    net.interface("data-a", "10.20.51.61", "ElastiCache social-001", ["cache"])
    net.function("export-graph", ["private-a", "private-b"], timeout=300)
    net.function("timeline", ["private-a", "private-b"], timeout=10)
    net.write(case)
    about(
        case,
        "us-east-2",
        ("2026-11-07T18:00", "2026-11-07T18:40"),
        ["export-graph", "timeline"],
        cache="name: social.abc.0001.use2.cache.amazonaws.com, port: 6379, addresses: [10.20.51.61]",
    )
    log = Log("export-graph", "2026-11-07T18:00")
    log.every(
        5,
        2300,
        60,
        python(
            "ConnectionError",
            "Error 24 connecting to social.abc.0001.use2.cache.amazonaws.com:6379. Too many open files.",
        ),
        ms=80_000,
        envs=9,
    )
    log.events(case)
    other = Log("timeline", "2026-11-07T18:00")
    other.every(
        9,
        2390,
        25,
        python(
            "ConnectionError",
            "max number of clients reached",
            'File "/opt/python/redis/connection.py", line 524, in read_response',
        ),
        ms=15,
        envs=30,
    )
    other.events(case)


@incident(
    source="AWS re:Post: Task timed out after 30.03 seconds, nothing else in the log, isolated subnet",
    expert=named(
        BLOCKED,
        "the log says only that time ran out, but the function's subnets have no route to the public "
        "address that it calls",
    ),
)
def only_timeouts_and_no_route(case: CaseFolder) -> None:
    net = usual("bot", "us-east-1", nat=False)
    net.function("post-message", ["private-a", "private-b"], timeout=30)
    net.write(case)
    about(
        case,
        "us-east-1",
        ("2026-11-16T20:00", "2026-11-16T20:40"),
        ["post-message"],
        chat="name: chat.talkhouse.example, port: 443, addresses: [203.0.113.131]",
    )
    calls(case, "2026-11-16T20:00", "post-message", 40, 6, (40, 1.0), failing_ms=30_000)
    log = Log("post-message", "2026-11-16T20:00", memory=128)
    log.every(3, 2300, 90, ms=30_000, status="timeout")
    log.events(case)


@incident(
    source="Stack Overflow: AWS Lambda Task timed out, no other error, VPC fine",
    expert=left_open(
        "a third of the invocations runs into the timeout and says nothing of why; routes and groups are "
        "right, so it may be the callee, the code or the size of the work",
        SILENT,
    ),
)
def only_timeouts_in_a_sound_vpc(case: CaseFolder) -> None:
    net = usual("mailsort", "eu-central-1")
    net.acl("default", [f"{kind}-{zone}" for kind in ("private", "public", "data") for zone in "ab"], default=True)
    net.function("sort-mail", ["private-a", "private-b"], timeout=60)
    net.write(case)
    about(
        case,
        "eu-central-1",
        ("2026-11-10T08:00", "2026-11-10T09:00"),
        ["sort-mail"],
        imap="name: imap.mailhost.example, port: 993, addresses: [203.0.113.143]",
    )
    calls(case, "2026-11-10T08:00", "sort-mail", 60, 9, (60, 0.33), failing_ms=60_000, ms=9_000)
    log = Log("sort-mail", "2026-11-10T08:00")
    for number in range(40):
        log.invoke(
            number * 87.0,
            ms=60_000 if number % 3 == 0 else 8_100 + number * 30,
            env=number % 4,
            status="timeout" if number % 3 == 0 else "",
        )
    log.events(case)


@incident(
    source="AWS re:Post: Task timed out after 3.00 seconds (that is all I have)",
    expert=left_open(
        "nothing but eleven timeouts of three seconds: no configuration, no metric, no word of a connection"
    ),
)
def eleven_timeouts_and_nothing_else(case: CaseFolder) -> None:
    about(case, "us-east-1", None, [], "please help")
    log = Log("my-function", "2026-11-01T11:00", memory=128)
    log.every(2, 1000, 95, ms=3_000, envs=1, status="timeout")
    log.tail(case)


@incident(
    source="MongoDB community: tlsv1 alert internal error, SSL alert number 80 from Atlas (IP access list)",
    expert=left_open(
        "Atlas ends the handshake with alert 80: often an address that is not on its access list, sometimes "
        "its load; the connection itself comes about"
    ),
)
def atlas_sends_alert_80(case: CaseFolder) -> None:
    net = usual("pets", "eu-west-1")
    net.function("adopt", ["private-a", "private-b"], runtime="nodejs20.x", timeout=40)
    net.write(case)
    about(
        case,
        "eu-west-1",
        ("2026-11-04T18:00", "2026-11-04T18:40"),
        ["adopt"],
        atlas="name: cluster0-shard-00-01.abcde.mongodb.net, port: 27017, addresses: [203.0.113.51]",
    )
    calls(case, "2026-11-04T18:00", "adopt", 40, 5, (40, 1.0), failing_ms=30_400)
    log = Log("adopt", "2026-11-04T18:00")
    log.every(
        3,
        2300,
        100,
        node(
            "MongoServerSelectionError",
            "C0C7A3B9A87F0000:error:0A000438:SSL routines:ssl3_read_bytes:tlsv1 alert internal "
            "error:../deps/openssl/openssl/ssl/record/rec_layer_s3.c:1590:SSL alert number 80\n",
            "    at Topology.selectServer (/var/task/node_modules/mongodb/lib/sdam/topology.js:321:38)",
            reason={"type": "ReplicaSetNoPrimary", "setName": "atlas-x"},
        ),
        ms=30_060,
    )
    log.events(case)


@incident(
    source="paramiko issue: Error reading SSH protocol banner, SFTP from Lambda",
    expert=left_open(
        "the partner's SFTP server accepts and says nothing, or is not an SSH server: the words do not tell"
    ),
)
def the_sftp_server_shows_no_banner(case: CaseFolder) -> None:
    net = usual("bankfiles", "eu-west-2")
    net.function("fetch-statement", ["private-a", "private-b"], timeout=120)
    net.write(case, "network-acls")
    about(
        case,
        "eu-west-2",
        ("2026-11-14T05:00", "2026-11-14T06:00"),
        ["fetch-statement"],
        sftp="name: sftp.oldbank.example, port: 22, addresses: [203.0.113.222]",
    )
    log = Log("fetch-statement", "2026-11-14T05:00")
    log.every(
        10,
        3500,
        300,
        python(
            "SSHException",
            "Error reading SSH protocol banner",
            'File "/opt/python/paramiko/transport.py", line 2345, in _check_banner',
        ),
        ms=15_400,
        envs=1,
    )
    log.events(case)


@incident(
    source="Stack Overflow: snowflake.connector 250001 (08001): Failed to connect to DB from Lambda in VPC",
    expert=left_open(
        "the driver's own number says only that it failed to connect; routes and groups look right, and "
        "whether name, network or account is wrong stays open",
        SILENT,
    ),
)
def the_warehouse_driver_gives_its_own_number(case: CaseFolder) -> None:
    net = usual("dwh", "us-east-1")
    net.function("load-facts", ["private-a", "private-b"], timeout=300)
    net.write(case, "network-acls")
    about(
        case,
        "us-east-1",
        ("2026-11-21T06:00", "2026-11-21T07:00"),
        ["load-facts"],
        warehouse="name: acme-prod.warehouse.example, port: 443",
    )
    log = Log("load-facts", "2026-11-21T06:00")
    log.every(
        10,
        3300,
        260,
        python(
            "OperationalError",
            "250001 (08001): None: Failed to connect to DB: acme-prod.warehouse.example:443. Failed to "
            "connect to DB. Verify the account name is correct: acme-prod.warehouse.example:443. ",
        ),
        ms=118_000,
        envs=1,
    )
    log.events(case)


@incident(
    source="Stack Overflow: pyodbc HYT00 Login timeout expired (ODBC Driver 18 for SQL Server) from Lambda",
    expert=left_open(
        "a login timeout may be a SYN without an answer or a server too busy to log anybody in; with the log "
        "alone neither can be said",
        BLOCKED,
        SILENT,
    ),
)
def the_odbc_login_times_out(case: CaseFolder) -> None:
    about(
        case,
        "ca-central-1",
        ("2026-11-05T15:00", "2026-11-05T15:40"),
        ["ledger-sync"],
        sql="name: sql1.corp.internal, port: 1433, addresses: [10.140.2.2]",
    )
    log = Log("ledger-sync", "2026-11-05T15:00")
    log.every(
        4,
        2300,
        75,
        python(
            "OperationalError",
            "('HYT00', '[HYT00] [Microsoft][ODBC Driver 18 for SQL Server]Login timeout expired (0) "
            "(SQLDriverConnect)')",
        ),
        ms=15_200,
        envs=2,
    )
    log.events(case)


@incident(
    source="urllib3 issue: ProxyError Tunnel connection failed: 403 Forbidden, egress proxy with an allow list",
    expert=no_name(
        "the company's proxy is reached and says 403: its allow list lacks the host; nothing on the path is full "
        "or closed, and the proxy's rules are not in the VPC"
    ),
)
def the_egress_proxy_forbids_the_host(case: CaseFolder) -> None:
    net = usual("gov", "us-gov-west-1", nat=False)
    net.group("squid", into=[rule(3128, net["app"])])
    net.interface("data-a", "10.20.51.128", "", ["squid"])
    net.function("verify", ["private-a", "private-b"], timeout=30)
    net.write(case)
    about(
        case,
        "us-gov-west-1",
        ("2026-11-11T15:00", "2026-11-11T15:40"),
        ["verify"],
        registry="name: registry.notary.example, port: 443, via: egress-proxy",
    )
    calls(case, "2026-11-11T15:00", "verify", 40, 8, (40, 1.0), failing_ms=300)
    log = Log("verify", "2026-11-11T15:00")
    log.every(
        3,
        2390,
        60,
        python(
            "ProxyError",
            "HTTPSConnectionPool(host='registry.notary.example', port=443): Max retries exceeded with url: /v1 "
            "(Caused by ProxyError('Unable to connect to proxy', OSError('Tunnel connection failed: 403 Forbidden')))",
        ),
        ms=90,
    )
    log.events(case)

"""Errors that no tool knows, and whose words settle nothing."""

from __future__ import annotations

from oracles.incidents.world import CaseFolder, incident
from oracles.incidents.world.seen.second.logs import Log, node, python
from oracles.incidents.world.seen.second.metrics import Metrics, calls, steps
from oracles.incidents.world.seen.second.shapes import about, rule, usual
from oracles.incidents.world.seen.second.verdicts import (
    BLOCKED,
    FULL,
    SILENT,
    TLS,
    left_open,
    may_be,
    no_name,
)


@incident(
    source="unilei/kerkerker 22: MongoServerSelectionError, tlsv1 alert internal error, SSL alert number 80 (Atlas)",
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
    source="paramiko/paramiko 1752: Error reading SSH protocol banner",
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


@incident(
    source="tulios/kafkajs 1435: Client network socket disconnected before secure TLS connection was established",
    expert=may_be(
        TLS,
        "the peer closes right after the connect and before TLS is there: its limit, its policy or a wrong "
        "port, nothing in the evidence tells which",
        FULL,
    ),
)
def the_peer_hangs_up_before_tls(case: CaseFolder) -> None:
    about(
        case,
        "eu-west-1",
        ("2026-11-02T16:00", "2026-11-02T16:30"),
        ["agent-sync"],
        kafka="name: pkc-abc12.eu-west-1.aws.confluent.example, port: 9092",
    )
    log = Log("agent-sync", "2026-11-02T16:00")
    log.every(
        4,
        1790,
        60,
        node(
            "KafkaJSNumberOfRetriesExceeded",
            "Client network socket disconnected before secure TLS connection was established",
            "    at connResetException (node:internal/errors:787:14)",
        ),
        ms=9_200,
    )
    log.tail(case)


@incident(
    source="MongoDB Atlas alert: connections have exceeded 500, Automattic/mongoose 12219",
    expert=left_open(
        "Atlas closes each new connection at once, as it does at a tier's limit (500 on the small ones, and about 500 "
        "are open through the gateway), but also for other reasons, and it does not say which",
        FULL,
    ),
)
def the_atlas_tier_is_full(case: CaseFolder) -> None:
    net = usual("recipes", "eu-west-1")
    net.function("feed", ["private-a", "private-b"], runtime="nodejs20.x", timeout=12)
    net.write(case)
    about(
        case,
        "eu-west-1",
        ("2026-11-10T18:00", "2026-11-10T19:00"),
        ["feed"],
        atlas="name: cluster0-shard-00-00.abcde.mongodb.net, port: 27017, addresses: [203.0.113.50]",
    )
    nat = Metrics("2026-11-10T18:00", zeros=True)
    nat.nat(
        net["nat"],
        ActiveConnectionCount=steps("m", (60, 505), noise=0.01),
        ErrorPortAllocation=[0] * 60,
        ConnectionAttemptCount=steps("k", (60, 900)),
        ConnectionEstablishedCount=steps("k", (60, 900)),
    )
    nat.write(case, "nat")
    log = Log("feed", "2026-11-10T18:00")
    log.every(
        7,
        3590,
        41,
        node(
            "MongoServerSelectionError",
            "connection <monitor> to 203.0.113.50:27017 closed",
            "    at Topology.selectServer (/var/task/node_modules/mongodb/lib/sdam/topology.js:321:38)",
            reason={"type": "ReplicaSetNoPrimary", "setName": "atlas-abcde-shard-0"},
        ),
        ms=5_200,
        envs=30,
    )
    log.events(case)

"""Failures that are no fault of a connection."""

from __future__ import annotations

from oracles.incidents.world import CaseFolder, incident
from oracles.incidents.world.seen.second.logs import Log, node, python
from oracles.incidents.world.seen.second.metrics import Metrics, calls, steps
from oracles.incidents.world.seen.second.shapes import about, rule, usual
from oracles.incidents.world.seen.second.verdicts import no_name


@incident(
    source="npgsql/npgsql 5167: Exception while reading from stream, a statement over 50 million rows times out",
    expert=no_name(
        "the database answers: it cancels statements that run longer than its statement_timeout; the connection "
        "is sound"
    ),
)
def the_statement_is_too_slow(case: CaseFolder) -> None:
    net = usual("bi2", "eu-west-1")
    net.group("db", into=[rule(5432, net["app"])])
    net.interface("data-a", "10.20.51.23", "RDSNetworkInterface", ["db"])
    net.function("month-end", ["private-a", "private-b"], timeout=120)
    net.write(case)
    about(
        case,
        "eu-west-1",
        ("2026-11-28T22:00", "2026-11-28T23:00"),
        ["month-end"],
        "timeouts to the database",
        db="name: bi.cexample.eu-west-1.rds.amazonaws.com, port: 5432, addresses: [10.20.51.23]",
    )
    calls(case, "2026-11-28T22:00", "month-end", 60, 3, (60, 0.4), failing_ms=61_000)
    log = Log("month-end", "2026-11-28T22:00")
    log.every(
        5,
        3500,
        130,
        python(
            "QueryCanceled",
            "canceling statement due to statement timeout\n",
            'File "/var/task/close.py", line 88, in close_month',
        ),
        ms=60_100,
    )
    log.every(60, 3500, 140, "[INFO]\t<t>\t<r>\tclosed account 1200\n", ms=30_000)
    log.events(case)


@incident(
    source="Stack Overflow: 429 Too Many Requests from a model API, retries until Lambda times out",
    expert=no_name(
        "the API answers every request with 429: it is reached, and limits the rate of requests; no table of "
        "connections is involved"
    ),
)
def the_api_answers_429(case: CaseFolder) -> None:
    net = usual("summaries", "us-east-1")
    net.function("summarise", ["private-a", "private-b"], timeout=60)
    net.write(case)
    about(
        case,
        "us-east-1",
        ("2026-11-17T14:00", "2026-11-17T14:40"),
        ["summarise"],
        model="name: api.modelhouse.example, port: 443, addresses: [203.0.113.33]",
    )
    nat = Metrics("2026-11-17T14:00", zeros=True)
    nat.nat(
        net["nat"],
        ErrorPortAllocation=[0] * 40,
        ConnectionAttemptCount=steps("a", (40, 80)),
        ConnectionEstablishedCount=steps("a", (40, 80)),
        ActiveConnectionCount=steps("b", (40, 30)),
    )
    nat.write(case, "nat")
    calls(case, "2026-11-17T14:00", "summarise", 40, 50, (40, 0.6), failing_ms=24_000)
    log = Log("summarise", "2026-11-17T14:00")
    log.every(
        3,
        2390,
        40,
        '[INFO]\t<t>\t<r>\tHTTP Request: POST https://api.modelhouse.example/v1/chat "HTTP/1.1 429 Too Many '
        'Requests"\n',
        python(
            "RateLimitError",
            "Error code: 429 - {'error': {'message': 'Rate limit reached for "
            "requests per min. Limit: 500', 'type': 'requests', 'code': 'rate_limit_exceeded'}}",
        ),
        ms=22_000,
    )
    log.events(case)


@incident(
    source="AWS re:Post: Runtime exited with error: signal: killed, Runtime.ExitError",
    expert=no_name("the environments are killed at 512 of 512 MB: out of memory, which no network can cause"),
)
def the_environments_run_out_of_memory(case: CaseFolder) -> None:
    net = usual("resize", "eu-central-1")
    net.function("resize", ["private-a", "private-b"], runtime="nodejs20.x", timeout=60)
    net.write(case, "network-acls")
    about(
        case, "eu-central-1", ("2026-11-08T12:00", "2026-11-08T12:30"), ["resize"], "functions die, connection resets?"
    )
    calls(case, "2026-11-08T12:00", "resize", 30, 10, (30, 0.3), failing_ms=9_000)
    log = Log("resize", "2026-11-08T12:00")
    killed = "RequestId: <r> Error: Runtime exited with error: signal: killed\nRuntime.ExitError\n"
    log.every(
        3,
        1790,
        70,
        "<t>\t<r>\tINFO\tdownloading s3://in/huge.tif\n",
        killed,
        ms=8_400,
        status="error\tError Type: Runtime.ExitError",
    )
    log.every(20, 1790, 40, "<t>\t<r>\tINFO\tresized 3 images\n", ms=1_900)
    log.events(case)


@incident(
    source="Stack Overflow: Lambda times out although the response was logged, callbackWaitsForEmptyEventLoop",
    expert=no_name(
        "the work is done and logged within 200 ms, then the handler waits for the open pool's event loop until "
        "the timeout: no connection fails"
    ),
)
def the_handler_waits_for_an_empty_event_loop(case: CaseFolder) -> None:
    net = usual("hello", "us-east-1")
    net.group("db", into=[rule(5432, net["app"])])
    net.interface("data-a", "10.20.51.23", "RDSNetworkInterface", ["db"])
    net.function("list-pets", ["private-a", "private-b"], runtime="nodejs18.x", timeout=30)
    net.write(case)
    about(
        case,
        "us-east-1",
        ("2026-11-06T09:00", "2026-11-06T09:40"),
        ["list-pets"],
        db="name: pets.cexample.us-east-1.rds.amazonaws.com, port: 5432, addresses: [10.20.51.23]",
    )
    calls(case, "2026-11-06T09:00", "list-pets", 40, 4, (40, 1.0), failing_ms=30_000)
    log = Log("list-pets", "2026-11-06T09:00")
    for number in range(18):
        log.invoke(
            number * 130.0,
            "<t>\t<r>\tINFO\tconnected to 10.20.51.23:5432 in 9 ms\n",
            "<t>\t<r>\tINFO\tquery returned 12 rows, calling back\n",
            ms=30_003,
            status="timeout",
            until=0.006,
        )
    log.events(case)


@incident(
    source="Stack Overflow: password authentication failed for user, Lambda after secret rotation",
    expert=no_name(
        "the server answers and refuses the password, since the rotation: it is reached, the connection is fine"
    ),
)
def the_password_is_wrong_since_the_rotation(case: CaseFolder) -> None:
    net = usual("bookings", "eu-west-2")
    net.group("db", into=[rule(5432, net["app"])])
    net.interface("data-a", "10.20.51.23", "RDSNetworkInterface", ["db"])
    net.function("book", ["private-a", "private-b"], timeout=15)
    net.write(case)
    about(
        case,
        "eu-west-2",
        ("2026-11-13T03:00", "2026-11-13T03:40"),
        ["book"],
        "cannot connect to the database",
        db="name: book.cexample.eu-west-2.rds.amazonaws.com, port: 5432, addresses: [10.20.51.23]",
    )
    calls(case, "2026-11-13T03:00", "book", 40, 25, (10, 0.0), (30, 1.0), failing_ms=160, ms=80)
    log = Log("book", "2026-11-13T03:00")
    log.every(
        605,
        2390,
        40,
        python(
            "OperationalError",
            'connection to server at "book.cexample.eu-west-2.rds.amazonaws.com" (10.20.51.23), port 5432 '
            'failed: FATAL:  password authentication failed for user "book"\n',
        ),
        ms=60,
    )
    log.events(case)


@incident(
    source="AWS re:Post: AccessDenied, no identity-based policy allows s3:PutObject",
    expert=no_name(
        "S3 answers with 403: the role's own policy lacks the action; neither an endpoint nor its policy has "
        "anything to do with it"
    ),
)
def the_role_may_not_write_to_the_bucket(case: CaseFolder) -> None:
    net = usual("export2", "us-east-1")
    net.function("export", ["private-a", "private-b"], timeout=30)
    net.write(case)
    about(
        case,
        "us-east-1",
        ("2026-11-09T16:00", "2026-11-09T16:30"),
        ["export"],
        bucket="name: acme-exports.s3.us-east-1.amazonaws.com, port: 443",
    )
    calls(case, "2026-11-09T16:00", "export", 30, 3, (30, 1.0), failing_ms=300)
    log = Log("export", "2026-11-09T16:00")
    log.every(
        3,
        1790,
        60,
        python(
            "ClientError",
            "An error occurred (AccessDenied) when calling the PutObject operation: User: arn:aws:sts::"
            "111122223333:assumed-role/export/export is not authorized to perform: s3:PutObject on resource: "
            '"arn:aws:s3:::acme-exports/2026/11.csv" because no identity-based policy allows the s3:PutObject action',
        ),
        ms=190,
    )
    log.events(case)


@incident(
    source="Node.js: CERT_HAS_EXPIRED from an internal API",
    expert=no_name(
        "the handshake is quick and ends because the peer's certificate has expired: nothing hangs, the path is open"
    ),
)
def the_peers_certificate_has_expired(case: CaseFolder) -> None:
    net = usual("intranet", "eu-west-1")
    net.function("people", ["private-a", "private-b"], runtime="nodejs20.x", timeout=10)
    net.write(case, "network-acls")
    about(
        case,
        "eu-west-1",
        ("2026-11-15T00:00", "2026-11-15T00:40"),
        ["people"],
        ldap="name: people.acme.example, port: 443, addresses: [203.0.113.77]",
    )
    calls(case, "2026-11-15T00:00", "people", 40, 8, (40, 1.0), failing_ms=240, ms=100)
    log = Log("people", "2026-11-15T00:00")
    log.every(
        3,
        2390,
        60,
        node(
            "Error",
            "certificate has expired",
            "    at TLSSocket.onConnectSecure (node:_tls_wrap:1679:34)",
            code="CERT_HAS_EXPIRED",
        ),
        ms=80,
    )
    log.events(case)


@incident(
    source="redis/ioredis: READONLY You can't write against a read only replica, after failover",
    expert=no_name("the cache answers: the client talks to what is now a replica; neither the path nor a limit"),
)
def the_cache_answers_readonly_after_a_failover(case: CaseFolder) -> None:
    about(
        case,
        "us-east-1",
        ("2026-11-24T20:00", "2026-11-24T20:30"),
        ["like"],
        "Redis errors after failover",
        cache="name: likes.abc.ng.0001.use1.cache.amazonaws.com, port: 6379, addresses: [10.20.51.60]",
    )
    calls(case, "2026-11-24T20:00", "like", 30, 200, (5, 0.0), (25, 0.7), failing_ms=60, ms=25)
    log = Log("like", "2026-11-24T20:00")
    log.every(
        305,
        1790,
        21,
        node(
            "ReplyError",
            "READONLY You can't write against a read only replica.",
            "    at parseError (/var/task/node_modules/redis-parser/lib/parser.js:179:12)",
            command={"name": "incr", "args": ["likes:1"]},
        ),
        ms=9,
        envs=6,
    )
    log.events(case)

"""Failures that look like a connection's and are none, noise of functions that work, and evidence that is "
"too little."""

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
    node_log,
    python_error,
    python_log,
    share,
    unsaid_zeros,
)
from oracles.incidents.world.seen.seventh._sites import (
    AXIOS_STATUS,
    IDLE,
    axios_error,
    no_connection_fault,
    spoke,
    stack,
    unsettled,
)


@incident(
    source="composed: InnoDB's lock waits under a nightly batch (MySQL's 1205 as pymysql prints it)",
    expert=no_connection_fault("the statements wait for row locks; each of them got its connection and its answer"),
)
def lock_wait_timeouts(case: CaseFolder) -> None:
    place = stack(case, "Lager", "10.84", nats=1)
    own = case.group("lager-mysql", [allow(3306, place.group)])
    db = case.database("lager-mysql", place.isolated[0], [own])
    case.function("kommissionierung", place.private, [place.group], timeout=60)
    failed = python_error(
        "OperationalError",
        "(1205, 'Lock wait timeout exceeded; try restarting transaction')",
        ("/opt/python/pymysql/err.py", 143, "raise_mysql_exception", "raise errorclass(errno, errval)"),
    )
    calls = Traffic(case, "kommissionierung")
    calls.good(210, 0, 60, seconds=0.08)
    calls.bad(31, 22, 37, failed, seconds=52.0)
    calls.bad(9, 24, 36, timeout=60)
    calls.write()
    case.metric(
        "AWS/RDS", "DatabaseConnections", {"DBInstanceIdentifier": "lager-mysql"}, about(24, 60, 0.2), stat="Maximum"
    )
    case.yaml(
        functions=["kommissionierung"],
        reported="Timeouts zur Datenbank",
        destinations={
            "db": {
                "name": "lager-mysql.c5k1kk0d9wqe.eu-central-1.rds.amazonaws.com",
                "port": 3306,
                "addresses": [db["PrivateIpAddress"]],
            }
        },
    )


@incident(
    source="composed: a marketplace's request limit (axios: Request failed with status code 429)",
    expert=no_connection_fault("the marketplace answers, with 429: its request limit, no connection failed"),
)
def marketplace_says_429(case: CaseFolder) -> None:
    place = stack(case, "Markt", "10.88", "us-west-2", nats=1)
    case.function("offer-update", place.private, [place.group], runtime="nodejs22.x", timeout=20)
    failed = axios_error("Request failed with status code 429", "ERR_BAD_REQUEST", stack=AXIOS_STATUS, status=429)
    warned = node_log("WARN", "rate limit exceeded, connection pool paused for", 2000, "ms")
    calls = Traffic(case, "offer-update")
    calls.good(180, 0, 60, seconds=0.4)
    calls.bad(64, 13, 55, warned, failed, seconds=4.4)
    calls.write()
    case.nat_metrics(
        place.nats[0], errors=unsaid_zeros([0.0] * 60), active=about(22, 60, 0.3), attempts=about(8, 60, 0.3)
    )
    case.yaml(functions=["offer-update"], destinations={"markt": {"name": "api.marktplatz.example", "port": 443}})


@incident(
    source="composed: Lambda's own words for a killed runtime, and connect timeouts of the day before in the same log",
    expert=no_connection_fault(
        "in the window the runtime is killed for its memory; the timeouts are of the day before"
    ),
)
def out_of_memory_today_timeouts_yesterday(case: CaseFolder) -> None:
    case.region = "eu-central-1"
    case.function("pdf-rechnung", runtime="nodejs20.x", timeout=60, memory=512)
    log = case.log("pdf-rechnung")
    for at in (-86_100, -85_950, -85_800, -85_710):
        log.invocation(
            at, axios_error("connect ETIMEDOUT 185.60.118.20:443", "ETIMEDOUT"), seconds=20.2, stream=2, memory=512
        )
    # The environment of the day before has that day's stream.
    log._events = [(at, stream.replace("2026/11/20", "2026/11/19"), text) for at, stream, text in log._events]
    killed = "RequestId: {} Error: Runtime exited with error: signal: killed\n{}"
    for number in range(14):
        log.invocation(
            90.0 + 247 * number,
            lambda moment: killed.format(moment.request, "Runtime.ExitError\n"),
            seconds=9.8,
            memory=512,
            used=512,
            status="Status: error\tError Type: Runtime.ExitError",
        )
    for number in range(30):
        log.invocation(
            40.0 + 117 * number, node_log("INFO", "PDF erzeugt"), seconds=4.1, stream=1, memory=512, used=431
        )
    case.yaml(functions=["pdf-rechnung"], destinations={"archiv": {"name": "archiv.beleg.example", "port": 443}})


@incident(
    source="composed: a password after its rotation (Npgsql: 28P01 password authentication failed)",
    expert=no_connection_fault("the database answers and refuses the password: nothing is wrong with the way"),
)
def password_after_the_rotation(case: CaseFolder) -> None:
    place = stack(case, "Bonus", "10.92", "us-west-2")
    own = case.group("bonus-db", [allow(5432, place.group)])
    db = case.database("bonus", place.isolated[0], [own])
    case.function("bonus-points", place.private, [place.group], runtime="dotnet8", timeout=15)
    failed = dotnet_error(
        'Npgsql.PostgresException (0x80004005): 28P01: password authentication failed for user "bonus_app"',
        "Npgsql.Internal.NpgsqlConnector.AuthenticateSASL(List`1 mechanisms, String username, Boolean async)",
        "Npgsql.Internal.NpgsqlConnector.Open(NpgsqlTimeout timeout, Boolean async, CancellationToken "
        "cancellationToken)",
    )
    calls = Traffic(case, "bonus-points")
    calls.good(95, 0, 29.5, seconds=0.05)
    calls.bad(90, 30, 60, failed, seconds=0.08)
    calls.write()
    case.yaml(
        functions=["bonus-points"],
        reported="cannot connect to database since 12:30",
        destinations={
            "db": {
                "name": "bonus.cz0x1y2w3v4u.us-west-2.rds.amazonaws.com",
                "port": 5432,
                "addresses": [db["PrivateIpAddress"]],
            }
        },
    )


@incident(
    source="composed: a partner's certificate that ran out at noon (Java's CertificateExpiredException)",
    expert=no_connection_fault("the partner's certificate has expired; the connection and its handshake get that far"),
)
def certificate_ran_out(case: CaseFolder) -> None:
    failed = (
        java_error(
            "javax.net.ssl.SSLHandshakeException: PKIX path validation failed: "
            "java.security.cert.CertPathValidatorException: "
            "validity check failed",
            "java.base/sun.security.ssl.Alert.createSSLException(Alert.java:130)",
            "java.base/sun.security.ssl.CertificateMessage$T13CertificateConsumer.checkServerCerts(CertificateMessage.java:1315)",
        )
        + "Caused by: java.security.cert.CertificateExpiredException: NotAfter: Fri Nov 20 12:00:00 UTC 2026\n"
    )
    case.region = "eu-central-1"
    case.function("zollpartner", runtime="java21", timeout=30)
    calls = Traffic(case, "zollpartner")
    calls.bad(74, 0.1, 60, failed, seconds=0.2)
    calls.write(tail=True)
    case.yaml(functions=["zollpartner"], destinations={"partner": {"name": "b2b.zollpartner.example", "port": 443}})


@incident(
    source="composed: a ticket classifier whose customers write of timeouts and refused connections",
    expert=no_connection_fault(
        "no invocation fails: the words are customers' own, in what the function reads", Headline.CLEAR
    ),
)
def tickets_full_of_timeouts(case: CaseFolder) -> None:
    place = stack(case, "Service", "10.96")
    case.function("ticket-klassifizieren", place.private, [place.group], timeout=30)
    said = (
        'ticket 88213: "Beim Bezahlen kommt immer connection timed out und dann ECONNREFUSED, bitte um Hilfe"',
        'ticket 88219: "App says: could not connect to server, too many connections!!"',
        'ticket 88224: "Fehler beim Login: Task timed out? Was heißt das"',
    )
    calls = Traffic(case, "ticket-klassifizieren")
    for number, one in enumerate(said):
        calls.good(40 + number, 0, 60, python_log("INFO", one), python_log("INFO", "label=technik p=0.94"), seconds=0.7)
    calls.write()
    for seed, nat in enumerate(place.nats):
        tried = about(4, 60, 0.3, seed)
        case.nat_metrics(nat, errors=[0.0] * 60, active=about(12, 60, 0.3, seed), attempts=tried, established=tried)
    case.yaml(
        functions=["ticket-klassifizieren"],
        destinations={"bedrock": {"name": "bedrock-runtime.eu-central-1.amazonaws.com", "port": 443}},
    )


@incident(
    source="composed: urllib3's own retry (Retrying ... after connection broken by RemoteDisconnected)",
    expert=Expert(
        (IDLE,),
        (IDLE,),
        Headline.EITHER,
        "a few stale connections are replaced by urllib3's own retry: warnings, and no invocation fails",
    ),
)
def warnings_of_a_pool_that_heals_itself(case: CaseFolder) -> None:
    place = spoke(case, "geo-prod", "10.244")
    case.function("adresse-pruefen", place.app, [place.group], timeout=15)
    warned = python_log(
        "WARNING",
        "Retrying (Retry(total=2, connect=None, read=None, redirect=None, status=None)) after connection broken by "
        "'RemoteDisconnected('Remote end closed connection without response')': /v1/check",
    )
    calls = Traffic(case, "adresse-pruefen")
    calls.good(300, 0, 60, seconds=0.1)
    calls.good(13, 0, 60, warned, python_log("INFO", "200 OK"), seconds=0.16)
    calls.write(zeros=False)
    case.yaml(functions=["adresse-pruefen"], destinations={"geo": {"name": "geo.intern.example", "port": 443}})


@incident(
    source="https://fixdevs.com/blog/aws-lambda-timeout (Task timed out, ten possible causes)",
    expert=unsettled("timeouts and nothing else: no network, no metrics, no word of what it waited for"),
)
def nothing_but_timeouts(case: CaseFolder) -> None:
    case.region = "eu-central-1"
    calls = Traffic(case, "artikel-import")
    calls.good(22, 0, 60, seconds=3.9)
    calls.bad(17, 0, 59.4, timeout=30)
    calls.write(metrics=False, tail=True)
    case.yaml(functions=["artikel-import"], reported="manchmal 30 s Timeout, VPC haben wir letzte Woche umgestellt")


@incident(
    source="composed: a dashboard's figures only, in which a third of the invocations fails at the function's timeout",
    expert=unsettled("the metrics say that a third fails after 30 s, and nothing says at what"),
)
def errors_on_a_dashboard(case: CaseFolder) -> None:
    case.region = "us-west-2"
    load = about(640, 60)
    case.function_metrics(
        "ship-notify",
        invocations=load,
        errors=[0.0] * 12 + [x or 0.0 for x in share(load[12:], 0.33)],
        duration=about(1_900, 12) + [30_000.0] * 48,
        throttles=[0.0] * 60,
        concurrent=about(18, 12) + about(124, 48),
    )
    case.yaml(functions=["ship-notify"])


@incident(
    source="composed: a function that waits for another one (botocore: Read timeout on endpoint URL)",
    expert=no_connection_fault("it waits for another function, which needs longer than botocore's 60 s, and answers"),
)
def waits_for_a_slower_function(case: CaseFolder) -> None:
    case.region = "eu-central-1"
    case.function("angebot-anfordern", timeout=120)
    case.function("angebot-rechnen", timeout=300, memory=1769)
    url = "https://lambda.eu-central-1.amazonaws.com/2015-03-31/functions/angebot-rechnen/invocations"
    failed = python_error(
        "ReadTimeoutError",
        f'Read timeout on endpoint URL: "{url}"',
        (
            "/var/runtime/botocore/httpsession.py",
            504,
            "send",
            "raise ReadTimeoutError(endpoint_url=request.url, error=e)",
        ),
    )
    calls = Traffic(case, "angebot-anfordern")
    called = Traffic(case, "angebot-rechnen")
    # The same moments: each invocation of the one is an invocation of the other.
    for count, first, last, seconds in ((12, 0, 15, 31), (27, 15, 58, 31)):
        calls.good(count, first, last, seconds=seconds)
        called.good(count, first, last, seconds=seconds - 0.3)
    calls.bad(12, 15, 58, failed, seconds=62.1)
    called.good(12, 15, 58, seconds=84.0)
    calls.write()
    called.write(log=False)
    case.yaml(functions=["angebot-anfordern", "angebot-rechnen"])

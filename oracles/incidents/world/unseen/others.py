"""What looks like a fault of connections and is none, noise, what was over before, and two at once."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Expert,
    Headline,
    Traffic,
    about,
    allow,
    go_log,
    incident,
    json_log,
    node_log,
    python_error,
)
from oracles.incidents.world.log_lines import java_error
from oracles.incidents.world.unseen._land import BLOCKED, FULL, begin, neither, node_text, small, to


@incident(
    source="composed: a password that was rotated", expert=neither("PostgreSQL answers, and refuses the password")
)
def rotated_password(case: CaseFolder) -> None:
    begin(case, "eu-central-1", 1, 7)
    place = small(case, "mensa", "10.17")
    own = case.group("mensa-db", [allow(5432, place.fn)])
    db = case.database("mensa", place.one, [own])
    case.function("mensa-plan", [place.one, place.two], [place.fn])
    host = "mensa.ckd81.eu-central-1.rds.amazonaws.com"
    bad = python_error(
        "OperationalError",
        f'connection to server at "{host}" ({db["PrivateIpAddress"]}), port 5432 failed: FATAL:  '
        f"password authentication "
        f'failed for user "mensa_app"\nconnection to server at "{host}" ({db["PrivateIpAddress"]}), '
        f"port 5432 failed: FATAL:  "
        'no pg_hba.conf entry for host "10.17.16.24", user "mensa_app", database "mensa", no encryption\n',
    )
    calls = Traffic(case, "mensa-plan")
    calls.good(40, 0, 22, seconds=0.1)
    calls.bad(80, 22.2, 60, bad, seconds=0.09)
    calls.write()
    case.yaml(functions=["mensa-plan"], destinations={"pg": to(host, 5432, db["PrivateIpAddress"])})


@incident(
    source="composed: a vendor's rate limit", expert=neither("the API answers each call, with 429 for too many of them")
)
def rate_limited(case: CaseFolder) -> None:
    begin(case, "sa-east-1", 2, 16)
    place = small(case, "ads-sync", "10.84")
    case.function("ads-sync-daily", [place.one], [place.fn], runtime="nodejs22.x", timeout=60)
    bad = node_log(
        "ERROR", "request failed with status code 429 Too Many Requests", {"retry-after": 30, "quota": "connections"}
    )
    calls = Traffic(case, "ads-sync-daily")
    calls.good(90, 0, 60, seconds=1.2)
    calls.bad(
        70, 8, 60, node_log("WARN", "retry 1/3 in 1000ms"), node_log("WARN", "retry 2/3 in 2000ms"), bad, seconds=7.5
    )
    calls.write(period=300)
    case.nat_metrics(place.nat, period=300, errors=[0.0] * 12, active=about(15, 12))
    case.yaml(functions=["ads-sync-daily"], destinations={"ads": to("googleads.googleapis.com", 443)})


@incident(
    source="composed: Lambda's lines when memory is used up", expert=neither("the runtime is killed: memory is full")
)
def out_of_memory(case: CaseFolder) -> None:
    begin(case, "eu-central-1", 3, 12)
    log = case.log("zaehlerstand-parquet")
    for number in range(30):
        at = 60.0 + 110 * number
        heavy = number % 3 == 0
        id = log.invocation(
            at, "loaded 4.1M rows\n", seconds=14.0 if heavy else 6.0, stream=number, memory=1024,
            used=1024 if heavy else 611,
            status="Status: error\tError Type: Runtime.OutOfMemory" if heavy else "",
        )  # fmt: skip
        if heavy:
            log.say(
                at + 14.002,
                f"RequestId: {id} Error: Runtime exited with error: signal: killed\nRuntime.ExitError\n",
                number,
            )
    case.yaml(functions=["zaehlerstand-parquet"], destinations={"s3": to("s3.eu-central-1.amazonaws.com", 443)},
              reported="connection to function drops?")  # fmt: skip


@incident(
    source="composed: a support inbox whose customers write of refused connections",
    expert=neither("all invocations end well; the frightening words are the customers' own", Headline.CLEAR),
)
def helpdesk_texts(case: CaseFolder) -> None:
    begin(case, "eu-central-1", 6, 9)
    place = small(case, "hilfe", "10.19")
    case.function("ticket-classify", [place.one, place.two], [place.fn], timeout=30, LoggingConfig={
        "LogFormat": "JSON", "ApplicationLogLevel": "INFO", "LogGroup": "/aws/lambda/ticket-classify"})  # fmt: skip
    calls = Traffic(case, "ticket-classify")
    for number, said in enumerate((
        "Hilfe, App sagt immer connection refused beim Login!!", "timeout when I pay my bill, too many connections??",
        "Wallbox geht nicht: ECONNRESET", "wann kommt die Abrechnung",
    )):  # fmt: skip
        calls.good(60, 0, 60, json_log("INFO", "ticket classified", customer_text=said, label=number), seconds=0.3)
    calls.write(json=True)
    case.nat_metrics(place.nat, errors=[None] * 60, active=about(31, 60), idle=about(2, 60))
    case.yaml(
        functions=["ticket-classify"], destinations={"llm": to("api.mistral.ai", 443)}, reported="mal draufschauen?"
    )


@incident(
    source="composed: an expired certificate today, a port exhaustion two hours before",
    expert=neither("the partner's certificate has expired; the NAT gateway's errors were over two hours before"),
)
def expired_certificate(case: CaseFolder) -> None:
    begin(case, "eu-central-1", 8, 22)
    place = small(case, "biogas", "10.23")
    case.function("boerse-gebote", [place.one], [place.fn], runtime="java17", timeout=20)
    case.function("boerse-preise", [place.two], [place.fn], timeout=20)
    prices = Traffic(case, "boerse-preise")
    prices.good(240, 0, 60, "fetched 24 prices, 0 errors\n", seconds=0.3)
    prices.write(tail=True)
    bad = java_error(
        "javax.net.ssl.SSLHandshakeException: PKIX path validation failed: "
        "java.security.cert.CertPathValidatorException: "
        "validity check failed",
        causes=("java.security.cert.CertificateExpiredException: NotAfter: Thu Oct 08 22:30:00 UTC 2026",),
    ).replace(
        "java.base/sun.nio.ch.NioSocketImpl.connect(NioSocketImpl.java:592)",
        "java.base/sun.security.x509.CertificateValidity.valid(CertificateValidity.java:277)",
    )
    calls = Traffic(case, "boerse-gebote")
    calls.good(45, 0, 15, seconds=0.4)
    calls.bad(130, 15.05, 60, bad, seconds=0.2)
    calls.write()
    case.nat_metrics(place.nat, first=-150, errors=[*about(2_700, 20), *[0.0] * 190], active=[*about(55_100, 20, 0.002),
                     *about(400, 190)])  # fmt: skip
    case.yaml(functions=["boerse-gebote", "boerse-preise"], destinations={"markt": to("gebote.strommarkt.eu", 443)})


@incident(
    source="composed: two at once: a full database, and a webhook that the function's group does not let out",
    expert=Expert((FULL, BLOCKED), (FULL, BLOCKED), Headline.NAMED,
                  "PostgreSQL is full, and apart from that the group lets nothing out to 8443"),
)  # fmt: skip
def two_at_once(case: CaseFolder) -> None:
    begin(case, "sa-east-1", 9, 14)
    place = small(case, "inscricao", "10.25")
    tight = case.group("inscricao-tight", [], [allow(5432, "10.25.0.0/16"), allow(443, "0.0.0.0/0")])
    own = case.group("inscricao-db", [allow(5432, tight)])
    db = case.database("inscricao", place.two, [own])
    address = db["PrivateIpAddress"]
    case.function("inscrever", [place.one, place.two], [tight], runtime="provided.al2023", timeout=20)
    full = go_log(
        f"ERROR save: failed to connect to `host=pg.inscricao.local user=app database=app`: "
        f"{address}:5432: server error "
        "(FATAL: sorry, too many clients already (SQLSTATE 53300))"
    )
    hook = go_log('ERROR webhook: Post "https://hook.crm-edu.com.br:8443/lead": dial tcp 177.11.8.30:8443: i/o timeout')
    calls = Traffic(case, "inscrever")
    calls.bad(150, 0, 60, hook, seconds=5.1, error=False)
    calls.bad(90, 25, 50, full, seconds=0.05)
    calls.write()
    case.yaml(functions=["inscrever"], destinations={
        "pg": to("pg.inscricao.local", 5432, address),
        "crm": to("hook.crm-edu.com.br", 8443, "177.11.8.30")})  # fmt: skip


@incident(
    source="composed: a slow report, cancelled by statement_timeout; knex waits for its own pool",
    expert=neither(
        "queries are slow and the client's own pool of one is waited for; the database answers all the while"
    ),
)
def slow_report_and_own_pool(case: CaseFolder) -> None:
    begin(case, "eu-central-1", 10, 10)
    bad = node_text("error: select * from verbrauch_15min - canceling statement due to statement timeout")
    pool = node_text(
        "KnexTimeoutError: Knex: Timeout acquiring a connection. The pool is probably full. Are you "
        "missing a .transacting(trx) "
        "call?\n    at Client_PG.acquireConnection (/var/task/node_modules/knex/lib/client.js:332:26)"
    )
    calls = Traffic(case, "verbrauch-report")
    calls.good(100, 0, 60, node_log("INFO", "report ready"), seconds=4.0)
    calls.bad(26, 5, 60, bad, pool, seconds=60.1)
    calls.write()
    case.metric("AWS/RDS", "DatabaseConnections", {"DBInstanceIdentifier": "verbrauch"}, about(14, 60), stat="Average")
    case.metric("AWS/RDS", "CPUUtilization", {"DBInstanceIdentifier": "verbrauch"}, about(93, 60, 0.05), stat="Average")
    case.yaml(functions=["verbrauch-report"], destinations={"pg": to("verbrauch.energie.local", 5432)})

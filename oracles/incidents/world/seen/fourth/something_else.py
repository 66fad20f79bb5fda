"""Look-alikes: what fails here is no connection, or nothing fails, or the evidence does not tell."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Headline,
    Line,
    Traffic,
    about,
    go_log,
    incident,
    node_log,
    python_error,
    python_log,
)
from oracles.incidents.world.seen.fourth._sites import (
    IDLE,
    axios_error,
    database,
    default_vpc,
    early,
    european,
    to,
    unnamed,
    wizard,
)


@incident(
    source="composed: a report without an index (57014, canceling statement due to statement timeout)",
    expert=unnamed(
        Headline.EITHER,
        "the queries take too long on a database at 98 % of its CPU; each connection is made and answers",
    ),
)
def query_without_an_index(case: CaseFolder) -> None:
    home = default_vpc(case)
    db = database(case, "stats", home.subnets[0], 5432, home.default)
    case.function("monthly-stats", home.subnets, [home.default], timeout=60)
    failed = python_error("QueryCanceled", "canceling statement due to statement timeout\n",
                          ("/var/task/app.py", 44, "totals", "cur.execute(MONTHLY, (year, month))"))  # fmt: skip
    calls = Traffic(case, "monthly-stats")
    calls.good(30, 0, 60, seconds=11)
    calls.bad(21, 8, 52, failed, seconds=31)
    calls.write()
    early(case, "monthly-stats", python_log("INFO", "connected in 0.01 s"))
    case.metric(
        "AWS/RDS", "CPUUtilization", {"DBInstanceIdentifier": "stats"}, about(98, 60, 0.01), stat="Average", file="db"
    )
    case.metric(
        "AWS/RDS", "DatabaseConnections", {"DBInstanceIdentifier": "stats"}, about(9, 60), stat="Maximum", file="db"
    )
    case.yaml(functions=["monthly-stats"], destinations={
        "stats": to("stats.c9q8w7e6r5t4.us-east-1.rds.amazonaws.com", 5432, db["PrivateIpAddress"])},
        reported="database timeouts")  # fmt: skip


@incident(
    source="composed: an API's rate limit (axios: Request failed with status code 429), reported as a network problem",
    expert=unnamed(Headline.EITHER, "the API answers each time, with 429: its rate limit, not a connection"),
)
def rate_limit_of_an_api(case: CaseFolder) -> None:
    place = wizard(case, "maps")
    assert place.nat
    case.function("route-planner", place.private, [place.group], runtime="nodejs20.x", timeout=30)
    calls = Traffic(case, "route-planner")
    calls.good(160, 0, 60, seconds=0.3)
    calls.bad(88, 15, 50, axios_error("Request failed with status code 429", "ERR_BAD_REQUEST",
              ("settle (/var/task/node_modules/axios/dist/node/axios.cjs:2031:12)",)), seconds=0.12)  # fmt: skip
    calls.write()
    case.nat_metrics(place.nat, active=about(14, 60), errors=[0.0] * 60)
    case.yaml(functions=["route-planner"], destinations={"maps": to("api.openroute.example", 443)},
              reported="connection to the maps API keeps failing through our NAT gateway")  # fmt: skip


@incident(
    source="composed: a spreadsheet too large for 128 MB (Runtime exited with error: signal: killed)",
    expert=unnamed(Headline.EITHER, "the process is killed at the memory that it has: 128 of 128 MB"),
)
def too_little_memory(case: CaseFolder) -> None:
    case.function("import-xlsx", timeout=60, memory=128)
    calls = Traffic(case, "import-xlsx")
    calls.good(40, 0, 60, python_log("INFO", "imported 800 rows"), seconds=2)
    log = case.log("import-xlsx")
    calls.write(memory=128, metrics=False)
    killed = (310.0, 911.0, 1522.0, 2110.5, 2900.0, 3304.0)
    for at in killed:
        log.invocation(at, lambda moment: f"RequestId: {moment.request} Error: Runtime exited with "
                       "error: signal: killed\nRuntime.ExitError\n", seconds=8.8, stream=5, memory=128, used=128,
                       status="Status: error\tError Type: Runtime.ExitError")  # fmt: skip
    ran = [int(at // 300) for at in (*(one.at for one in calls._invocations), *killed)]
    case.function_metrics("import-xlsx", period=300, invocations=[float(ran.count(at)) or None for at in range(12)],
                          errors=[None, 1.0, None, 1.0, None, 1.0, None, 1.0, None, 1.0, None, 1.0])  # fmt: skip
    case.yaml(functions=["import-xlsx"], reported="connection to the function is lost on large files")


@incident(
    source="composed: a rotated secret (pgx: failed SASL auth, 28P01 password authentication failed)",
    expert=unnamed(Headline.EITHER, "the database answers each call, and refuses the password since it was rotated"),
)
def password_was_rotated(case: CaseFolder) -> None:
    case.region = "eu-west-1"
    home = default_vpc(case)
    db = database(case, "wiki", home.subnets[1], 5432, home.default)
    host, address = "wiki.c7p6o5i4u3y2.eu-west-1.rds.amazonaws.com", db["PrivateIpAddress"]
    case.function("wiki-search", home.subnets, [home.default], runtime="provided.al2023", timeout=10)
    text = (f"failed to connect to `user=wiki database=wiki`: {address}:5432 ({host}): failed SASL auth: FATAL: "
            "password "
            'authentication failed for user "wiki" (SQLSTATE 28P01)')  # fmt: skip
    calls = Traffic(case, "wiki-search")
    calls.good(55, 0, 29.8, seconds=0.04)
    calls.bad(61, 30, 60, go_log(text), seconds=0.05)
    calls.write()
    european(case)
    case.without("ec2/network-acls")
    case.yaml(functions=["wiki-search"], destinations={"wiki": to(host, 5432, address)})


@incident(
    source="composed: a partner's certificate ran out (CERTIFICATE_VERIFY_FAILED: certificate has expired)",
    expert=unnamed(
        Headline.EITHER, "the partner's certificate has expired: the handshake is answered, and the client refuses it"
    ),
)
def certificate_has_expired(case: CaseFolder) -> None:
    place = wizard(case, "freight")
    case.function("book-freight", place.private, [place.group], timeout=30)
    text = (
        "HTTPSConnectionPool(host='ws.spedition.example', port=443): Max retries exceeded with url: /book (Caused by "
        "SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: "
        "certificate has "
        "expired (_ssl.c:1010)')))"
    )
    calls = Traffic(case, "book-freight")
    calls.good(22, 0, 14.7, seconds=0.8)
    calls.bad(63, 15, 60, python_error("SSLError", text), seconds=0.21)
    calls.write(tail=True)
    case.without("ec2/network-acls", "ec2/network-interfaces")
    case.yaml(functions=["book-freight"], destinations={"spedition": to("ws.spedition.example", 443)})


@incident(
    source="composed: a help desk's tickets in a healthy function's log",
    expert=unnamed(
        Headline.CLEAR, "nothing fails; the words 'timed out' and 'connection refused' stand in the customers' tickets"
    ),
)
def tickets_full_of_scary_words(case: CaseFolder) -> None:
    place = wizard(case, "desk")
    assert place.nat
    case.function("ticket-intake", place.private, [place.group], runtime="nodejs22.x", timeout=30)
    calls = Traffic(case, "ticket-intake")
    for count, subject in (
        (40, "VPN: connection refused since Monday"),
        (31, "printer says ECONNRESET?? pls help"),
        (22, "Your app: Task timed out after 3.00 seconds"),
        (17, "ETIMEDOUT while gaming"),
    ):
        calls.good(
            count, 0, 60, node_log("INFO", "ticket stored", {"subject": subject, "channel": "mail"}), seconds=0.2
        )
    calls.good(5, 0, 60, node_log("WARN", "subject longer than 80 characters, cut"), seconds=0.2)
    calls.write()
    case.nat_metrics(place.nat, active=about(6, 60), attempts=about(9, 60), established=about(9, 60), errors=[0.0] * 60)
    case.yaml(functions=["ticket-intake"], destinations={"desk": to("api.helpdesk.example", 443)},
              reported="is something wrong? many errors in the log")  # fmt: skip


@incident(
    source="https://github.com/durch/rust-s3/issues/405 and urllib3's text (Remote end closed connection without "
    "response), retried",
    expert=unnamed(
        Headline.EITHER,
        "now and then a pooled connection is found closed and the request is sent again: every call ends well",
        IDLE,
    ),
)
def retried_and_well(case: CaseFolder) -> None:
    place = wizard(case, "erfassung")
    case.function("collect-readings", place.private, [place.group], timeout=60)
    warned = python_log(
        "WARNING",
        "Retrying (Retry(total=2, connect=None, read=None, redirect=None, status=None)) after connection broken by "
        "'RemoteDisconnected('Remote end closed connection without response')': /v1/readings",
    )
    calls = Traffic(case, "collect-readings")
    calls.good(250, 0, 60, python_log("INFO", "42 readings"), seconds=0.3)
    calls.good(7, 0, 60, warned, python_log("INFO", "42 readings"), seconds=0.6)
    calls.write()
    case.without("ec2/network-acls")
    case.yaml(functions=["collect-readings"], destinations={"meter": to("api.zaehler.example", 443)})


@incident(
    source="composed: a loop over 90,000 rows in a function of fifteen minutes (Task timed out, with progress before "
    "it)",
    expert=unnamed(
        Headline.EITHER, "the function works until its time is up: rows are processed to the last second, nothing waits"
    ),
)
def too_many_rows(case: CaseFolder) -> None:
    case.minutes = 120
    place = wizard(case, "etl")
    case.function("recalculate", place.private, [place.group], runtime="ruby3.3", timeout=900, memory=1024)
    log = case.log("recalculate")

    def row(number: int) -> Line:
        return lambda moment: f"I, [{moment.time[:-1]}114 #8]  INFO -- : row {number} of 90000, 79.3 rows/s\n"

    for at in (60.0, 1900.0, 3800.0, 5700.0):
        log.invocation(at, row(71_400), timeout=900, memory=1024,
                       cold=0.9)  # fmt: skip
        for minute in range(1, 15):
            log.say(at + 60 * minute, row(minute * 4_760))
    ran: list[float | None] = [None] * 24
    failed = list(ran)
    for at in (60, 1900, 3800, 5700):
        ran[at // 300] = failed[at // 300] = 1.0
    case.function_metrics("recalculate", period=300, invocations=ran, errors=failed)
    case.without("ec2/network-interfaces")
    case.yaml(
        functions=["recalculate"],
        destinations={"db": to("etl.c9q8w7e6r5t4.us-east-1.rds.amazonaws.com", 3306)},
        reported="Task timed out after 900.00 seconds",
    )

"""Cases where nothing on the path is wrong, and cases with two causes."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Expert,
    Headline,
    about,
    allow,
    go_log,
    incident,
    node_log,
    node_socket_error,
    python_error,
    python_log,
    ramp,
    times,
)
from oracles.incidents.world.seen.eleventh._sites_a import (
    BLOCKED,
    LIMIT,
    PORTS,
    PSYCOPG2,
    Fleet,
    localize,
    neighbours,
    place,
    summed,
)


@incident(
    source="composed: a health check of a busy account in which nothing is wrong",
    expert=Expert((), (), Headline.CLEAR, "every invocation ends well, each connection is established, rules are open"),
)
def much_talk_about_nothing(case: CaseFolder) -> None:
    case.region = "eu-central-1"
    site = place(case, "travel", "10.70", publics=(("18.159.44.12",), ("3.66.190.71",)))
    neighbours(case, "hotels", "flights", "backoffice")
    own = case.group("travel-pg", [allow(5432, site.app)])
    db = case.database("travel", site.data[0], [own])
    case.function("search-offers", site.private, [site.app], timeout=30)
    case.function_configuration("search-offers")
    calls = Fleet(case, "search-offers")
    calls.good(120, 0, 59.8, python_log("INFO", "settings: connect_timeout=3.05 read_timeout=20 max_retries=2"),
               python_log("DEBUG", "Starting new HTTPS connection (1): api.offers.example:443"),
               python_log("DEBUG", 'https://api.offers.example:443 "GET /v4/search HTTP/1.1" 200 18211'),
               seconds=0.7)  # fmt: skip
    calls.good(74, 0, 59.8, python_log("INFO", "cache miss, asking travel-pg"), seconds=0.3)
    calls.good(17, 0, 59.8, python_log("WARNING", "offer list truncated to 200 items"), seconds=1.1)
    calls.write()
    for one, seed in zip(site.nats, (1, 2), strict=True):
        busy = summed(about(410, 60, seed=seed), [count // 2 for count in calls.started()])
        case.nat_metrics(one, active=about(1_930, 60, seed=seed), attempts=busy, established=busy, errors=[0.0] * 60,
                         drops=[0.0] * 60, idle=about(31, 60, 0.4, seed=seed))  # fmt: skip
    of = {"DBInstanceIdentifier": "travel"}
    case.metric("AWS/RDS", "DatabaseConnections", of, about(18, 60, 0.2), stat="Average")
    localize(case, "euc1")
    case.yaml(functions=["search-offers"], destinations={
        "offers": {"name": "api.offers.example", "port": 443, "addresses": ["35.158.120.4"]},
        "travel": {"name": "travel.c1xk9d6v0pqe.eu-central-1.rds.amazonaws.com", "port": 5432,
                   "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="composed: the log was fetched from an hour earlier on, when the partner was down",
    expert=Expert(
        (), (), Headline.CLEAR, "the time-outs ended more than 25 minutes before the window; in it nothing failed"
    ),
)
def asked_an_hour_too_early(case: CaseFolder) -> None:
    site = place(case, "fax", "10.71", publics=(("34.229.13.66",),))
    case.function("letter-print", site.private, [site.app], runtime="nodejs20.x", timeout=150)
    case.function_configuration("letter-print")
    log = case.log("letter-print")
    before = [0.0] * 60
    for number, at in enumerate(times(19, -58, -29)):
        failed = node_socket_error("ETIMEDOUT", address="18.184.33.90", port=443)
        log.invocation(at, failed, seconds=131.2, stream=500 + number)
        before[int(at // 60) + 60] += 1
    calls = Fleet(case, "letter-print")
    calls.good(97, 0, 59.8, node_log("INFO", "letter handed over"), seconds=0.6)
    calls.write()
    case.metric("AWS/Lambda", "Errors", {"FunctionName": "letter-print"}, before, first=-60, file="the-hour-before")
    fine = summed(about(22, 60), calls.started())
    case.nat_metrics(site.nats[0], active=about(61, 60), attempts=fine, established=fine, errors=[0.0] * 60,
                     drops=[0.0] * 60)  # fmt: skip
    case.yaml(functions=["letter-print"], destinations={
        "printer": {"name": "api.printer.example", "port": 443, "addresses": ["18.184.33.90"]}})  # fmt: skip


@incident(
    source="Stack Overflow, a usual question about psycopg2 (statement timeout)",
    expert=Expert((), (), Headline.EITHER, "the database cancels slow statements of the report: connections are fine"),
)
def report_without_an_index(case: CaseFolder) -> None:
    site = place(case, "bi", "10.72", publics=(("52.5.201.9",),))
    own = case.group("bi-pg", [allow(5432, site.app)])
    db = case.database("bi", site.data[0], [own])
    case.function("monthly-report", site.private, [site.app], timeout=120)
    failed = python_error(
        "QueryCanceled",
        "canceling statement due to statement timeout\n",
        ("/var/task/report.py", 88, "totals", "cursor.execute(TOTALS, (month,))"),
    )
    calls = Fleet(case, "monthly-report")
    calls.good(57, 0, 59.8, python_log("INFO", "report stored"), seconds=3.4)
    calls.bad(21, 0, 59, python_log("INFO", "connected to bi in 11 ms"), failed, seconds=30.2)
    calls.write()
    case.metric("AWS/RDS", "DatabaseConnections", {"DBInstanceIdentifier": "bi"}, about(6, 60, 0.3), stat="Average")
    case.metric("AWS/RDS", "CPUUtilization", {"DBInstanceIdentifier": "bi"}, about(81, 60, 0.1), stat="Average")
    case.yaml(functions=["monthly-report"], destinations={
        "bi": {"name": "bi.cl7w2r0mmz1k.us-east-1.rds.amazonaws.com", "port": 5432,
               "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="composed: a third subnet without a route, and ports that run out behind the other two",
    expert=Expert(
        (PORTS, BLOCKED),
        (PORTS, BLOCKED),
        Headline.NAMED,
        "private-c has only the main table, without a way out, from the start; at 12:35 the one address of the gateway "
        "is at 55,000 for the two others as well",
    ),
)
def third_zone_for_more_room(case: CaseFolder) -> None:
    site = place(case, "scan", "10.73", "abc", publics=(("54.173.20.8",),))
    main = case.main_table()
    case.associate(main, site.private[2])
    main["Associations"] = [one for one in main["Associations"] if one["Main"]]
    case.route_tables.remove(site.tables[2])
    case.function("port-scan", site.private, [site.app], runtime="provided.al2023", timeout=15, memory=1024)
    said = go_log('submit: Post "https://intake.siem.example/events": dial tcp 52.20.177.31:443: i/o timeout')
    log = case.log("port-scan", tail=True)
    done = go_log("submitted 40 events")
    for number, at in enumerate(times(88, 0, 60)):
        log.invocation(at, said, seconds=6.0, stream=2000 + number, report=False)
    for number, at in enumerate(times(115, 0, 35)):
        log.invocation(at, done, seconds=5.2, stream=number % 2 * 1000 + number, report=False)
    for number, at in enumerate(times(80, 35.2, 60)):
        failed = number % 6 == 0
        text, took = (said, 6.0) if failed else (done, 5.2)
        log.invocation(at, text, seconds=took, stream=number // 2 % 2 * 1000 + 200 + number, report=False)
    concurrent = ramp(520, 868, 35, 0.01) + about(885, 25, 0.01)
    case.function_metrics(
        "port-scan",
        invocations=[round(one * 11) for one in concurrent],
        errors=[round(one * 3.4) for one in concurrent[:35]] + [round(one * 4.6) for one in concurrent[35:]],
        throttles=[0.0] * 60,
        concurrent=concurrent,
    )
    refused = [0.0] * 35 + [float(one) for one in about(1_900, 25, 0.2)]
    established = about(4_800, 35, 0.06) + about(4_300, 25, 0.06)
    case.nat_metrics(
        site.nats[0],
        active=ramp(33_000, 54_500, 35, 0.006) + [55_000.0 + one for one in about(120, 25, 0.3)],
        errors=refused,
        attempts=summed(established, refused),
        established=established,
        drops=[0.0] * 60,
    )
    case.yaml(functions=["port-scan"], destinations={
        "siem": {"name": "intake.siem.example", "port": 443, "addresses": ["52.20.177.31"]}},
        reported="Worse since the third zone of this morning. The log is a sample: one line in 2,000.")  # fmt: skip


@incident(
    source="composed: a function gets groups of its own that the cache does not know, and the database is full at noon",
    expert=Expert(
        (BLOCKED, LIMIT),
        (BLOCKED, LIMIT),
        Headline.NAMED,
        "the cache's group lets in only the old function's group, so each connect to it times out; from 12:40 "
        "PostgreSQL has too many clients as well",
    ),
)
def cache_and_database_of_a_new_function(case: CaseFolder) -> None:
    site = place(case, "rating", "10.74", publics=(("3.225.99.140",),))
    neighbours(case, "reviews")
    fresh = case.group("rating-v2")
    redis = case.group("rating-redis", [allow(6379, site.app)])
    postgres = case.group("rating-pg", [allow(5432, site.app, fresh)])
    cache = case.cache("rating-001", site.data[0], [redis])
    db = case.database("rating", site.data[1], [postgres])
    case.function("rating-api", site.private, [site.app], timeout=30)
    case.function("rating-api-v2", site.private, [fresh], timeout=30)
    timed_out = python_error(
        "TimeoutError",
        "Timeout connecting to server",
        ("/var/task/redis/connection.py", 385, "connect", 'raise TimeoutError("Timeout connecting to server")'),
    )
    host = "rating.ch4d0p8x2muv.us-east-1.rds.amazonaws.com"
    full = python_error(
        "OperationalError",
        f'connection to server at "{host}" ({db["PrivateIpAddress"]}), port 5432 failed: FATAL:  sorry, too many '
        "clients already\n",
        PSYCOPG2,
    )
    calls = Fleet(case, "rating-api-v2")
    calls.good(58, 0, 40, python_log("INFO", "op=write stored"), seconds=0.08)
    calls.bad(61, 0, 59.7, python_log("INFO", "op=read cache=rating"), timed_out, seconds=5.1)
    calls.bad(46, 40.1, 59.9, full, seconds=0.03)
    calls.good(9, 40.1, 59.9, python_log("INFO", "op=write stored"), seconds=0.08)
    calls.write()
    values = [float(one) for one in ramp(61, 98, 40, 0.02)] + [100.0] * 20
    case.metric("AWS/RDS", "DatabaseConnections", {"DBInstanceIdentifier": "rating"}, values, stat="Maximum")
    case.metric("AWS/ElastiCache", "CurrConnections", {"CacheClusterId": "rating-001"}, about(38, 60), stat="Average")
    case.yaml(functions=["rating-api-v2"], destinations={
        "cache": {"name": "rating.m3k8aa.ng.0001.use1.cache.amazonaws.com", "port": 6379,
                  "addresses": [cache["PrivateIpAddress"]]},
        "db": {"name": host, "port": 5432, "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip

"""Failures that look like the network's and are not."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Moment,
    Traffic,
    about,
    allow,
    incident,
    node_error,
    node_log,
    python_error,
    python_log,
    times,
)
from oracles.incidents.world.seen.eleventh._sites_b import Diary, calm_gateway, elsewhere, town


@incident(
    source="composed: after questions on StackOverflow (canceling statement due to statement timeout)",
    expert=elsewhere("the statements run too long for the database's own limit, and some for the function's"),
)
def report_query_without_its_index(case: CaseFolder) -> None:
    place = town(case, "fleet", "10.38", "34.200.66.250")
    own = case.group("fleet-pg", [allow(5432, place.lambdas)])
    db = case.database("fleet", place.db_a, [own])
    case.function("trip-report", place.apps, [place.lambdas], timeout=29)
    begun = python_log("INFO", "connected in 11 ms, running trips_by_driver")
    ended = python_log("INFO", "trips_by_driver: 412 rows")
    cancelled = python_error("QueryCanceled", "canceling statement due to statement timeout\n",
                             ("/var/task/trips.py", 40, "by_driver", "cur.execute(SQL, (driver, day))"))  # fmt: skip
    diary = Diary(case, "trip-report")
    for at in times(210, 0, 25.9):
        diary.run(at, ended, seconds=0.7, stream=None, during=[(0.02, begun)])
    for number, at in enumerate(times(132, 26, 59.4)):
        if number % 14 == 9:
            diary.run(at, timeout=29, stream=None, during=[(0.02, begun)])
        elif number % 4 == 1:
            diary.run(at, ended, seconds=19.0 + number % 5, stream=None, during=[(0.02, begun)])
        else:
            diary.run(at, cancelled, seconds=25.06, stream=None, error=True, during=[(0.02, begun)])
    diary.write()
    case.metric(
        "AWS/RDS",
        "DatabaseConnections",
        {"DBInstanceIdentifier": "fleet"},
        about(6, 26, 0.2) + about(9, 34, 0.2),
        stat="Maximum",
    )
    case.metric(
        "AWS/RDS",
        "CPUUtilization",
        {"DBInstanceIdentifier": "fleet"},
        about(18, 26) + about(97, 34, 0.02),
        stat="Average",
    )
    case.metric("AWS/RDS", "ReadIOPS", {"DBInstanceIdentifier": "fleet"}, about(40, 26) + about(2950, 34, 0.03),
                stat="Average")  # fmt: skip
    case.yaml(functions=["trip-report"], destinations={"fleet": {
        "name": "fleet.c9tb6hsx5pwd.us-east-1.rds.amazonaws.com", "port": 5432,
        "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="composed: after reports to axios/axios (AxiosError: Request failed with status code 429)",
    expert=elsewhere("the partner answers each call, and with 429: its rate limit for this customer"),
)
def partner_counts_its_customers_calls(case: CaseFolder) -> None:
    place = town(case, "mailing", "10.58", "3.94.203.117")
    case.function("contact-sync", place.apps, [place.lambdas], runtime="nodejs22.x", timeout=30)
    slow_down = node_error(
        "Request failed with status code 429",
        "AxiosError",
        stack=("settle (/var/task/node_modules/axios/dist/node/axios.cjs:2049:12)",
               "IncomingMessage.handleStreamEnd (/var/task/node_modules/axios/dist/node/axios.cjs:3166:11)"),
        code="ERR_BAD_REQUEST",
        status=429,
    )  # fmt: skip
    calls = Traffic(case, "contact-sync")
    calls.good(330, 0, 60, node_log("INFO", "synced", {"batch": 50}), seconds=0.35)
    calls.bad(140, 21, 44, node_log("WARN", "retry-after 30, x-ratelimit-remaining 0"), slow_down, seconds=0.07)
    calls.write()
    calm_gateway(case, place.nat, 120)
    case.yaml(functions=["contact-sync"], destinations={"crm": {"name": "api.contactwell.com", "port": 443}})


def _killed(moment: Moment) -> str:
    return f"RequestId: {moment.request} Error: Runtime exited with error: signal: killed\nRuntime.ExitError\n"


@incident(
    source="https://repost.aws/knowledge-center/lambda-troubleshoot-invoke-error-502-500 (signal: killed)",
    expert=elsewhere("the process is killed at its limit of memory"),
)
def big_sheet_in_a_small_function(case: CaseFolder) -> None:
    place = town(case, "import", "10.19", "44.205.31.186")
    case.gateway_endpoint(
        "s3", [one for one in case.route_tables if one["Tags"] and one["Tags"][0]["Value"] == "import-app"]
    )
    case.function("sheet-import", place.apps, [place.lambdas], timeout=120, memory=512)
    diary = Diary(case, "sheet-import")
    environment = 0
    for number in range(64):
        at = 27.0 + 55.0 * number + number * 5 % 3
        if number % 5 == 3:
            fetched = python_log("INFO", "s3://uploads fetched, 61 MB, parsing")
            diary.run(
                at, _killed, seconds=21.4, stream=environment, error=True, used=512, during=[(1.9, fetched)],
                status="Status: error\tError Type: Runtime.OutOfMemory",
            )  # fmt: skip
            environment += 1
        else:
            first = number == 0 or number % 5 == 4
            diary.run(at, python_log("INFO", "rows 20114"), seconds=6.2, stream=environment, used=288,
                      cold=1.12 if first else None)  # fmt: skip
    diary.write()
    calm_gateway(case, place.nat, 15)
    case.yaml(functions=["sheet-import"], destinations={"uploads": {"name": "s3.us-east-1.amazonaws.com", "port": 443}})


@incident(
    source="composed: after reports to knex/knex (Timeout acquiring a connection. The pool is probably full.)",
    expert=elsewhere("the function's own pool of two is held by its own transaction; the database has plenty left"),
)
def pool_of_two_waits_for_itself(case: CaseFolder) -> None:
    place = town(case, "school", "10.92", "54.211.8.134")
    own = case.group("school-pg", [allow(5432, place.lambdas)])
    db = case.database("school", place.db_b, [own])
    case.function("enrol", place.apps, [place.lambdas], runtime="nodejs20.x", timeout=70)
    waited = node_error(
        "Knex: Timeout acquiring a connection. The pool is probably full. Are you missing a .transacting(trx) call?",
        "KnexTimeoutError",
        stack=("Client_PG.acquireConnection (/var/task/node_modules/knex/lib/client.js:332:26)",
               "async Runner.ensureConnection (/var/task/node_modules/knex/lib/execution/runner.js:305:28)",
               "async /var/task/src/enrol.js:51:5"),
        sql="insert into seats (course_id, student_id) values ($1, $2)",
    )  # fmt: skip
    family = node_log("INFO", "family enrolment, 3 students, in one transaction")
    diary = Diary(case, "enrol")
    for number, at in enumerate(times(238, 0, 58.8)):
        if number % 6 == 4:
            diary.run(at, waited, seconds=60.05, stream=None, error=True, during=[(0.03, family)])
        else:
            diary.run(at, node_log("INFO", "enrolled", {"students": 1}), seconds=0.09, stream=None)
    diary.write(zeros=False)
    case.metric(
        "AWS/RDS", "DatabaseConnections", {"DBInstanceIdentifier": "school"}, about(11, 60, 0.2), stat="Maximum"
    )
    case.yaml(functions=["enrol"], destinations={"school": {
        "name": "school.cmx4rj1uo8yb.us-east-1.rds.amazonaws.com", "port": 5432,
        "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="composed: after questions on re:Post (password authentication failed after a rotation)",
    expert=elsewhere("the database answers and refuses the password: it was rotated and the function kept the old one"),
)
def secret_rotated_under_warm_environments(case: CaseFolder) -> None:
    place = town(case, "audit", "10.17", "52.45.180.33")
    door = case.group("endpoints", [allow(443, place.lambdas)])
    case.interface_endpoint("secretsmanager", place.apps, [door])
    own = case.group("audit-pg", [allow(5432, place.lambdas)])
    db = case.database("audit", place.db_a, [own])
    name = "audit.cz1yw5k3leqv.us-east-1.rds.amazonaws.com"
    case.function("audit-append", [place.app_a], [place.lambdas], timeout=15)
    own_address = case.network_interfaces[-1]["PrivateIpAddress"]
    where = f'connection to server at "{name}" ({db["PrivateIpAddress"]}), port 5432 failed: '
    denied = python_error(
        "OperationalError",
        f'{where}FATAL:  password authentication failed for user "audit_app"\n'
        f'{where}FATAL:  no pg_hba.conf entry for host "{own_address}", user "audit_app", database "audit", '
        "no encryption\n",
        (
            "/opt/python/psycopg2/__init__.py",
            122,
            "connect",
            "conn = _connect(dsn, connection_factory=connection_factory, **kwasync)",
        ),
    )
    calls = Traffic(case, "audit-append")
    calls.good(130, 0, 29.9, python_log("INFO", "appended"), seconds=0.08)
    calls.bad(77, 30.1, 47, denied, seconds=0.05)
    calls.good(56, 47.4, 60, python_log("INFO", "appended"), seconds=0.08)
    calls.write(tail=True)
    case.yaml(functions=["audit-append"], destinations={
        "audit": {"name": name, "port": 5432, "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip

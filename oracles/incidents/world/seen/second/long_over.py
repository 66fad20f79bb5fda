"""Events of other hours, which prove nothing of this incident."""

from __future__ import annotations

from oracles.incidents.world import CaseFolder, incident
from oracles.incidents.world.seen.second.logs import Log, node, python
from oracles.incidents.world.seen.second.metrics import Metrics, calls, steps
from oracles.incidents.world.seen.second.shapes import about, put, usual
from oracles.incidents.world.seen.second.verdicts import IDLE, REFUSING, named, no_name


@incident(
    source="Post-mortem: nightly batch exhausted NAT ports at 03:00; morning incident was a crashed service",
    expert=named(
        REFUSING,
        "the gateway's port errors ended at 03:10, six hours before; now the one service refuses every "
        "connection, and ports are free",
    ),
)
def the_port_errors_of_the_night_are_over(case: CaseFolder) -> None:
    net = usual("desk", "eu-west-1")
    net.function("print-label", ["private-a", "private-b"], runtime="nodejs20.x", timeout=20)
    net.write(case, "network-acls")
    about(
        case,
        "eu-west-1",
        ("2026-11-18T00:00", "2026-11-18T10:00"),
        ["print-label"],
        "labels fail since 09:20",
        labels="name: labels.couriers.example, port: 8443, addresses: [203.0.113.77]",
    )
    nat = Metrics("2026-11-18T00:00", 300)
    nat.nat(
        net["nat"],
        ErrorPortAllocation=[*[0] * 36, 2_911, 3_370, *[0] * 82],
        ActiveConnectionCount=[*steps("a", (34, 40)), 31_000, 54_000, 55_100, 55_040, *steps("b", (82, 45))],
        ConnectionAttemptCount=[*steps("c", (34, 200)), 40_000, 80_000, 60_000, 20_000, *steps("d", (82, 210))],
    )
    nat.write(case, "nat")
    calls(case, "2026-11-18T00:00", "print-label", 600, 12, (560, 0.0), (40, 1.0), failing_ms=160, ms=110, period=300)
    log = Log("print-label", "2026-11-18T09:20")
    log.every(
        5,
        2390,
        50,
        node(
            "AggregateError",
            "",
            "    at internalConnectMultiple (node:net:1118:18)",
            code="ECONNREFUSED",
            errors=[{"code": "ECONNREFUSED", "message": "connect ECONNREFUSED 203.0.113.77:8443"}],
        ),
        "<t>\t<r>\tERROR\tconnect ECONNREFUSED 203.0.113.77:8443\n",
        ms=90,
    )
    log.events(case)


@incident(
    source="sqlalchemy, fecgov/openFEC 6453: SSL SYSCALL error: EOF detected, add pre-ping",
    expert=named(
        IDLE,
        "the throttles were at 01:00 and are over; in the morning the first statement after each long pause "
        "fails on a dead pooled connection",
    ),
)
def the_throttles_of_the_night_are_over(case: CaseFolder) -> None:
    net = usual("clinic", "eu-west-3")
    net.function("book-visit", ["private-a", "private-b"], timeout=15)
    net.write(case, "network-acls")
    about(
        case,
        "eu-west-3",
        ("2026-11-27T05:00", "2026-11-27T09:00"),
        ["book-visit"],
        "errors from 06:00 to 09:00",
        db="name: clinic.cexample.eu-west-3.rds.amazonaws.com, port: 5432, addresses: [10.20.51.23]",
    )
    told = Metrics("2026-11-27T00:00", 300)
    told.function(
        "book-visit",
        Throttles=[*[0] * 12, 890, 410, *[0] * 94],
        Invocations=[*[0] * 12, 3_000, 2_900, *[0] * 58, *[2, 0, 0, 0] * 9],
        Errors=[*[0] * 72, *[1, 0, 0, 0] * 9],
    )
    told.write(case, "lambda")
    log = Log("book-visit", "2026-11-27T06:00")
    bad = python(
        "OperationalError",
        "(psycopg2.OperationalError) SSL SYSCALL error: EOF detected\n\n[SQL: SELECT slot.id "
        "FROM slot WHERE slot.day = %(day)s]\n(Background on this error at: https://sqlalche.me/e/20/e3q8)",
    )
    for number in range(9):
        log.invoke(number * 1200.0 + 5, bad, ms=15)
        log.invoke(number * 1200.0 + 9, "[INFO]\t<t>\t<r>\tbooked\n", ms=88)
    log.events(case)


@incident(
    source="GitHub issue: log export holds yesterday's ECONNREFUSED, nothing today",
    expert=no_name("every failure in the log is of the day before the window; in the window all invocations succeed"),
)
def the_failures_in_the_log_are_of_yesterday(case: CaseFolder) -> None:
    net = usual("votes", "us-east-1", "a")
    net.function("count", ["private-a"], runtime="nodejs22.x", timeout=10)
    net.write(case)
    about(case, "us-east-1", ("2026-11-22T08:00", "2026-11-22T09:00"), ["count"])
    calls(case, "2026-11-22T08:00", "count", 60, 30, (60, 0.0))
    log = Log("count", "2026-11-21T08:00")
    log.every(
        5,
        1700,
        40,
        node(
            "Error",
            "connect ECONNREFUSED 10.20.51.23:6379",
            "    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1607:16)",
            errno=-111,
            code="ECONNREFUSED",
            syscall="connect",
            address="10.20.51.23",
            port=6379,
        ),
        ms=20,
    )
    log.every(86_405, 89_900, 60, "<t>\t<r>\tINFO\tcounted 12\n", ms=40)
    log.events(case)


@incident(
    source="AWS docs, Lambda function states: Inactive after weeks without invocations",
    expert=no_name(
        "the function was idle for weeks, so Lambda had reclaimed its interface and the first call failed; it is "
        "active again and works"
    ),
)
def the_function_had_gone_to_sleep(case: CaseFolder) -> None:
    net = usual("archive", "eu-west-1")
    net.function("restore-file", ["private-a", "private-b"], timeout=30)
    net.write(case)
    put(case, "lambda/restore-file.json", {**net.functions[0], "State": "Active", "LastUpdateStatus": "Successful"})
    about(
        case,
        "eu-west-1",
        ("2026-11-25T09:00", "2026-11-25T10:00"),
        ["restore-file"],
        "first call of the month failed: "
        "The operation cannot be performed at this time. The function is currently in the following state: Pending",
    )
    calls(case, "2026-11-25T09:00", "restore-file", 60, 2, (60, 0.0))
    log = Log("restore-file", "2026-11-25T09:08")
    log.every(5, 3000, 240, "[INFO]\t<t>\t<r>\trestored 1 file\n", envs=1)
    log.events(case)

"""More than one thing at once, or one after the other."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Expert,
    Headline,
    Traffic,
    about,
    allow,
    incident,
    python_error,
    ramp,
    share,
)
from oracles.incidents.world.seen.seventh._sites import (
    FULL,
    PORTS,
    REFUSING,
    boto_connect_timeout,
    named,
    requests_connect_timeout,
    stack,
)


@incident(
    source="composed: a campaign that fills the NAT gateway's ports and the database's connections at the same time",
    expert=Expert(
        (PORTS, FULL),
        (PORTS, FULL),
        Headline.NAMED,
        "the gateway has no ports for the mail API, and the database says at the same time that it has no slots",
    ),
)
def campaign_fills_two_things(case: CaseFolder) -> None:
    place = stack(case, "Kampagne", "10.100", nats=1)
    own = case.group("kunden-db", [allow(5432, place.group)])
    db = case.database("kunden", place.isolated[0], [own])
    host = "kunden.c5k1kk0d9wqe.eu-central-1.rds.amazonaws.com"
    case.function("kampagne-senden", place.private, [place.group], timeout=30)
    mail = requests_connect_timeout("api.mailversand.example", "/v3/send", 10)
    slots = python_error(
        "OperationalError",
        f'connection to server at "{host}" ({db["PrivateIpAddress"]}), port 5432 failed: FATAL:  sorry, too '
        f"many clients "
        "already\n",
    )
    calls = Traffic(case, "kampagne-senden")
    calls.bad(96, 14, 40, mail, seconds=10.4)
    calls.bad(71, 16, 40, slots, seconds=0.05)
    calls.write(report=False, metrics=False)
    load = about(9_000, 14) + about(64_000, 26) + about(8_000, 20)
    lost = [0.0] * 14 + [one or 0.0 for one in share(load[14:40], 0.2)] + [0.0] * 20
    case.function_metrics("kampagne-senden", invocations=load, errors=lost)
    case.nat_metrics(
        place.nats[0],
        errors=[0.0] * 14 + about(5_500, 26, 0.3) + [0.0] * 20,
        active=ramp(7_000, 11_000, 14) + about(55_000, 26, 0.001) + about(9_000, 20),
    )
    case.metric(
        "AWS/RDS",
        "DatabaseConnections",
        {"DBInstanceIdentifier": "kunden"},
        about(60, 14) + [411.0, 412.0] * 13 + about(55, 20),
        stat="Maximum",
    )
    case.yaml(
        functions=["kampagne-senden"],
        destinations={
            "mail": {"name": "api.mailversand.example", "port": 443},
            "db": {"name": host, "port": 5432, "addresses": [db["PrivateIpAddress"]]},
        },
    )


@incident(
    source="composed: a database that refuses while it restarts; an hour before the window S3 was slow to connect",
    expert=named(
        REFUSING,
        "in the window the database refuses for five minutes; the timeouts to S3 are older and are over",
        "artikel",
    ),
)
def restart_after_an_older_trouble(case: CaseFolder) -> None:
    place = stack(case, "Artikel", "10.104", "us-west-2", nats=1)
    own = case.group("artikel-db", [allow(3306, place.group)])
    db = case.database("artikel", place.isolated[1], [own])
    host = "artikel.cz0x1y2w3v4u.us-west-2.rds.amazonaws.com"
    case.function("artikel-laden", place.private, [place.group], timeout=70)
    log = case.log("artikel-laden")
    for at in (-4_900, -4_700, -4_640):
        log.invocation(at, boto_connect_timeout("https://artikelbilder.s3.us-west-2.amazonaws.com/"), seconds=60.2)
    failed = python_error(
        "OperationalError",
        f"(2003, \"Can't connect to MySQL server on '{host}' ([Errno 111] Connection refused)\")",
        ("/opt/python/pymysql/connections.py", 716, "connect", "raise exc"),
    )
    calls = Traffic(case, "artikel-laden")
    calls.good(100, 0, 34, seconds=0.1)
    calls.bad(24, 34.2, 39.1, failed, seconds=0.02)
    calls.good(61, 39.3, 60, seconds=0.1)
    calls.write()
    case.yaml(
        functions=["artikel-laden"],
        destinations={
            "artikel": {"name": host, "port": 3306, "addresses": [db["PrivateIpAddress"]]},
            "bilder": {"name": "artikelbilder.s3.us-west-2.amazonaws.com", "port": 443},
        },
    )

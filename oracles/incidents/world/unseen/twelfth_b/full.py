"""Destinations that take no more connections."""

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
    ramp,
)
from oracles.incidents.world.unseen.twelfth_b._sites import busy_nat, close, named, place, ruby_error

FULL = "destination-connection-limit"


@incident(
    source="Stack Overflow: FATAL: remaining connection slots are reserved for roles with the SUPERUSER attribute",
    expert=named(
        FULL,
        "the server says that its connection slots are used up, since an import holds some hundred of them; an old "
        "timeout at the start of the hour is another matter",
    ),
)
def an_import_takes_the_slots_of_the_quotes(case: CaseFolder) -> None:
    there = place(case, "vale", "sa-east-1", "10.36", "18.229.70.12")
    own = case.group("vale-postgres", [allow(5432, there.app)])
    db = case.database("vale-policies", there.data[0], [own])
    address, host = db["PrivateIpAddress"], "vale-policies.cu6p3d0zr8bw.sa-east-1.rds.amazonaws.com"
    case.function("quote-save", there.private, [there.app], runtime="provided.al2023", timeout=15)
    case.function("tariff-import", there.private, [there.app], runtime="python3.12", timeout=600, memory=1024)
    full = (
        f"save: failed to connect to `user=quotes database=policies`: {address}:5432 ({host}): server error: FATAL: "
        "remaining connection slots are reserved for roles with the SUPERUSER attribute (SQLSTATE 53300)"
    )
    calls = Traffic(case, "quote-save")
    calls.good(172, 0, 28, seconds=0.08)
    calls.bad(1, 2, 3, go_log("save: timeout: context deadline exceeded"), seconds=5.0)
    calls.good(64, 28, 47, seconds=0.08)
    calls.bad(133, 28.2, 47, go_log(full), seconds=0.03)
    calls.good(95, 47.2, 60, seconds=0.08)
    calls.write()
    importing = [None] * 24 + [float(one) for one in ramp(40, 172, 4)] + [174.0] * 19 + [96.0, 31.0] + [None] * 11
    case.function_metrics("tariff-import", concurrent=importing)
    held = (
        [9.0] * 24 + [float(one) for one in ramp(50, 188, 4)] + [197.0, 196.0] * 9 + [197.0, 105.0, 40.0] + [9.0] * 11
    )
    case.metric("AWS/RDS", "DatabaseConnections", {"DBInstanceIdentifier": "vale-policies"}, held, stat="Maximum")
    close(case, functions=["quote-save"], destinations={
        "policies": {"name": host, "port": 5432, "addresses": [address]}})  # fmt: skip


@incident(
    source="composed: the application swallows the driver's words; only DatabaseConnections is left, and it is flat",
    expert=Expert(
        (FULL,),
        (FULL,),
        Headline.OPEN,
        "the connections rise to 135 and stay at just that while new ones fail at once: it looks like the limit, but "
        "neither the driver's error nor max_connections is in the evidence",
    ),
)
def only_a_flat_line_of_connections(case: CaseFolder) -> None:
    there = place(case, "gazette", "ap-south-1", "10.22", "13.234.61.140")
    own = case.group("gazette-mysql", [allow(3306, there.app)])
    db = case.database("gazette-articles", there.data[1], [own])
    case.function("article-api", there.private, [there.app], runtime="java17", timeout=20, memory=1024,
                  LoggingConfig={"LogFormat": "JSON", "LogGroup": "/aws/lambda/article-api",
                                 "ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO"})  # fmt: skip
    case.function("comment-feed", there.private, [there.app], runtime="java17")
    calls = Traffic(case, "article-api")
    calls.good(400, 0, 30, seconds=0.11)
    calls.good(430, 30, 60, seconds=0.12)
    calls.bad(118, 30.3, 60, json_log("ERROR", "article store unavailable", logger="in.gazette.ArticleStore",
                                      errorCode="STORE_UNAVAILABLE"), seconds=0.05)  # fmt: skip
    calls.write(json=True)
    case.function_metrics("comment-feed", concurrent=about(34, 28) + [float(one) for one in ramp(40, 108, 32)])
    case.metric("AWS/RDS", "DatabaseConnections", {"DBInstanceIdentifier": "gazette-articles"},
                [float(one) for one in about(52, 24)] + [float(one) for one in ramp(56, 132, 6)] + [135.0] * 30,
                stat="Maximum")  # fmt: skip
    busy_nat(case, there.nat, 25, 40)
    close(case, functions=["article-api"], destinations={
        "articles": {"name": "gazette-articles.cfu1w8m4hx7s.ap-south-1.rds.amazonaws.com", "port": 3306,
                     "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="pgbouncer/pgbouncer issues: no more connections allowed (max_client_conn)",
    expert=named(
        FULL,
        "the pooler in front of the database says that it takes no more clients; the database behind it has room",
        "bouncer",
    ),
)
def pooler_takes_no_more_clients(case: CaseFolder) -> None:
    there = place(case, "kite", "eu-central-1", "10.50", "3.121.77.203")
    pool = case.group("kite-pgbouncer", [allow(6432, there.app)])
    own = case.group("kite-postgres", [allow(5432, pool)])
    bouncer = case.interface("pgbouncer-1", there.private[0], [pool], description="arn:aws:ecs:eu-central-1:"
                             "482917306154:attachment/5a1f0c77-1b3e-44a1-9f62-0e4d62b8c9f1")  # fmt: skip
    db = case.database("kite-parcels", there.data[0], [own])
    address = bouncer["PrivateIpAddress"]
    case.function("parcel-status", there.private, [there.app], runtime="ruby3.3", timeout=10)
    full = ruby_error(
        "PG::ConnectionBad",
        f'connection to server at "pgbouncer.kite.internal" ({address}), port 6432 failed: FATAL:  no more connections '
        "allowed (max_client_conn)\n",
        "/var/task/vendor/bundle/ruby/3.3.0/gems/pg-1.5.9/lib/pg/connection.rb:709:in `async_connect_or_reset'",
        "/var/task/app.rb:12:in `connection'",
    )
    calls = Traffic(case, "parcel-status")
    calls.good(310, 0, 33, seconds=0.04)
    calls.bad(204, 33, 52, full, seconds=0.02)
    calls.good(220, 33, 52, seconds=0.04)
    calls.good(90, 52.2, 60, seconds=0.04)
    calls.write(tail=True)
    case.metric("AWS/RDS", "DatabaseConnections", {"DBInstanceIdentifier": "kite-parcels"},
                [20.0, 20.0, 19.0, 20.0] * 15, stat="Average")  # fmt: skip
    close(case, functions=["parcel-status"], destinations={
        "bouncer": {"name": "pgbouncer.kite.internal", "port": 6432, "addresses": [address]},
        "parcels": {"name": "kite-parcels.c3k8nd21mvqo.eu-central-1.rds.amazonaws.com", "port": 5432,
                    "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip

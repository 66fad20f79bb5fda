"""Destinations that are full."""

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
    node_log,
    ramp,
)
from oracles.incidents.world.log_lines import json_log, node_error, python_error
from oracles.incidents.world.unseen._land import FULL, begin, console, named, small, spoke, to


@incident(
    source="composed: ActiveRecord's text of PostgreSQL's 53300",
    expert=named(FULL, "PostgreSQL says that its connection slots are used up"),
)
def rails_jobs(case: CaseFolder) -> None:
    begin(case, "eu-central-1", 5, 16)
    failed = (
        '{"errorMessage":"connection to server at \\"10.12.4.9\\", port 5432 failed: FATAL:  '
        "remaining connection slots are "
        "reserved for roles with the SUPERUSER "
        'attribute\\n","errorType":"Function<ActiveRecord::ConnectionNotEstablished>",'
        '"stackTrace":["/var/task/vendor/bundle/ruby/3.3.0/gems/activerecord-7.1.3/lib/active_record/c'
        "onnection_adapters/"
        "postgresql_adapter.rb:85:in `rescue in new_client'\"]}\n"
    )
    calls = Traffic(case, "exam-grader")
    calls.good(440, -6, 60, seconds=0.4)
    calls.bad(85, 24, 41, failed, seconds=0.06)
    calls.write()
    case.yaml(functions=["exam-grader"], destinations={"pg": to("pg.exam.intern", 5432, "10.12.4.9")})


@incident(
    source="composed: redis-py's text of a MemoryDB node that is full; a client for each invocation",
    expert=named(FULL, "the node answers that it has its maximum of clients, and its metric stands flat at 65,000"),
)
def memorydb_full(case: CaseFolder) -> None:
    begin(case, "eu-central-1", 6, 19)
    place = spoke(case, "bidder", "10.160")
    own = case.group("bidder-memdb", [allow(6379, place.fn)])
    node = case.interface("memdb", place.data[0], [own], description="Amazon MemoryDB bidder-0001-001",
                          requester="amazon-memorydb")  # fmt: skip
    case.function("freq-cap", place.compute, [place.fn], timeout=3, memory=1024)
    failed = python_error(
        "ConnectionError",
        "max number of clients reached",
        ("/var/task/redis/connection.py", 590, "read_response", "raise response"),
    )
    calls = Traffic(case, "freq-cap")
    calls.good(700, 0, 33, seconds=0.02)
    calls.bad(410, 33.2, 60, failed, seconds=0.03)
    calls.good(140, 33.2, 60, seconds=0.02)
    calls.write(memory=1024)
    case.metric("AWS/MemoryDB", "CurrConnections", {"ClusterName": "bidder", "NodeName": "bidder-0001-001"},
                [*ramp(41_000, 64_400, 33), *[65_000.0] * 27], stat="Maximum")  # fmt: skip
    host = "clustercfg.bidder.q1x8.memorydb.eu-central-1.amazonaws.com"
    case.yaml(
        functions=["freq-cap"],
        destinations={"memdb": to(host, 6379, node["PrivateIpAddress"])},
        reported="the whole bidder fleet shares this node",
    )


@incident(
    source="https://www.drycodeworks.com/articles/dev-guides/rds-proxy-connection-best-practices-for-aws-lambda",
    expert=named(FULL, "RDS Proxy gives up borrowing: its database connections stand at their maximum"),
)
def proxy_borrow(case: CaseFolder) -> None:
    begin(case, "sa-east-1", 7, 22)
    place = small(case, "provas", "10.27")
    own = case.group("provas-proxy", [allow(3306, place.fn)])
    proxy = case.interface(
        "proxy", place.one, [own], description="Network interface for DBProxy", requester="amazon-rds"
    )
    case.function("salvar-resposta", [place.one, place.two], [place.fn], runtime="nodejs20.x", timeout=150)
    text = "Timed-out waiting to acquire database connection"
    failed = node_error(text, code="ER_UNKNOWN_ERROR", errno=9501, sqlState="HY000", sqlMessage=text)
    calls = Traffic(case, "salvar-resposta")
    calls.good(350, 0, 60, seconds=0.05)
    calls.bad(66, 12, 55, failed, seconds=120.1)
    calls.write()
    case.metric("AWS/RDS", "DatabaseConnections", {"ProxyName": "provas-proxy"},
                [*about(38, 10), *[90.0] * 47, 61, 40, 36],
                stat="Maximum")  # fmt: skip
    case.metric("AWS/RDS", "ClientConnections", {"ProxyName": "provas-proxy"},
                [*about(45, 10), *about(240, 47), 70, 60, 52],
                stat="Maximum")  # fmt: skip
    case.yaml(functions=["salvar-resposta"], destinations={
        "proxy": to("provas-proxy.proxy-c2m8fo1x.sa-east-1.rds.amazonaws.com", 3306,
                    proxy["PrivateIpAddress"])})  # fmt: skip


@incident(
    source="composed: pgx's text of a PgBouncer with max_client_conn",
    expert=named(FULL, "PgBouncer takes no more clients: max_client_conn"),
)
def bouncer(case: CaseFolder) -> None:
    begin(case, "eu-central-1", 8, 9, 30)
    failed = go_log(
        'level=ERROR msg=acquire err="failed to connect to `user=meter database=meter`: '
        "10.5.9.31:6432 (pgb.energie.local): "
        'server error: FATAL: no more connections allowed (max_client_conn) (SQLSTATE 08P01)"'
    )
    calls = Traffic(case, "meter-read")
    calls.bad(57, 3, 29, failed, seconds=0.04, error=False)
    calls.write(tail=True, metrics=False, report=False)
    case.yaml(functions=["meter-read"], reported="tail only with --filter-pattern ERROR")


@incident(
    source="https://iamanuragh.in/blog/2026-02-26-aws-rds-proxy-lambda-killing-your-database (db.t3.micro: 66)",
    expert=Expert((FULL,), (FULL,), Headline.NAMED,
                  "MySQL refuses with 1040 while its connections stand at their flat top"),
)  # fmt: skip
def tiny_mysql(case: CaseFolder) -> None:
    begin(case, "sa-east-1", 9, 23)
    place = console(case)
    own = case.group("mysql-publico", [allow(3306, "0.0.0.0/0")])
    db = case.database("anuncios", place.subnets[0], [own])
    case.function("anuncios-api", place.subnets, [place.default], runtime="nodejs18.x", timeout=10)
    failed = json_log("ERROR", "query failed", err={"name": "SequelizeConnectionError", "code": "ER_CON_COUNT_ERROR",
                      "errno": 1040, "sqlState": "08004", "message": "Too many connections"})  # fmt: skip
    calls = Traffic(case, "anuncios-api")
    calls.good(240, 0, 60, node_log("INFO", "GET /anuncios 200"), seconds=0.1)
    calls.bad(130, 20, 60, failed, seconds=0.07, error=False)
    calls.write(period=300)
    case.metric("AWS/RDS", "DatabaseConnections", {"DBInstanceIdentifier": "anuncios"},
                [22, 31, 40, 58, *[66] * 8], stat="Maximum", period=300)  # fmt: skip
    case.yaml(functions=["anuncios-api"], destinations={
        "mysql": to("anuncios.c2m8fo1x.sa-east-1.rds.amazonaws.com", 3306, db["PrivateIpAddress"])})  # fmt: skip

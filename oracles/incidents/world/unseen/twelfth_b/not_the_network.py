"""Failures that are none of a connection, and noise that is none of a failure."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Expert,
    Headline,
    Moment,
    Traffic,
    about,
    allow,
    go_log,
    incident,
    java_error,
    node_error,
    node_log,
    python_error,
    python_log,
)
from oracles.incidents.world.unseen.twelfth_b._sites import Story, busy_nat, close, marks, nothing, place, ruby_error


@incident(
    source="Stack Overflow: ERROR: canceling statement due to statement timeout (SQLSTATE 57014)",
    expert=nothing("the database answers and cancels a report that takes longer than its statement timeout"),
)
def monthly_report_is_cancelled_by_the_server(case: CaseFolder) -> None:
    there = place(case, "lloyd", "eu-west-2", "10.15", "35.176.99.3")
    own = case.group("lloyd-postgres", [allow(5432, there.app)])
    db = case.database("lloyd-ledger", there.data[0], [own])
    case.function("loss-report", there.private, [there.app], runtime="provided.al2023", timeout=60)
    failed = "loss ratio: ERROR: canceling statement due to statement timeout (SQLSTATE 57014)"
    calls = Traffic(case, "loss-report")
    calls.good(64, 0, 60, seconds=4.2)
    calls.bad(19, 10, 55, go_log(failed), seconds=30.05)
    calls.write()
    case.metric("AWS/RDS", "DatabaseConnections", {"DBInstanceIdentifier": "lloyd-ledger"},
                [7.0, 8.0, 9.0, 8.0] * 15, stat="Average")  # fmt: skip
    case.metric("AWS/RDS", "CPUUtilization", {"DBInstanceIdentifier": "lloyd-ledger"},
                about(22, 10) + about(94, 45, 0.03) + about(25, 5), stat="Average")  # fmt: skip
    busy_nat(case, there.nat, 12, 18)
    close(case, functions=["loss-report"], destinations={
        "ledger": {"name": "lloyd-ledger.cv1m6e9ua3ts.eu-west-2.rds.amazonaws.com", "port": 5432,
                   "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="composed: a carrier's API answers 429 Too Many Requests to a batch of labels",
    expert=nothing("the carrier's API answers each request, some with 429: its rate limit, no fault on the way"),
)
def carrier_answers_too_many_requests(case: CaseFolder) -> None:
    there = place(case, "pack", "eu-central-1", "10.87", "18.184.201.50")
    case.function("label-batch", there.private, [there.app], runtime="nodejs22.x", timeout=30)
    failed = node_error(
        "Request failed with status code 429",
        type="AxiosError",
        stack=("settle (/var/task/node_modules/axios/dist/node/axios.cjs:2049:12)",),
        code="ERR_BAD_REQUEST",
        status=429,
        data={"title": "Too Many Requests", "detail": "Quota of 10 requests per minute exceeded", "retryAfter": 22},
    )
    calls = Traffic(case, "label-batch")
    calls.good(310, 0, 60, node_log("INFO", "label 201"), seconds=0.3)
    calls.bad(142, 31, 44, failed, seconds=0.07)
    calls.write()
    case.function_metrics("label-batch", throttles=[0.0] * 60)
    busy_nat(case, there.nat, 19, 27)
    close(case, functions=["label-batch"], destinations={
        "carrier": {"name": "api-eu.parcelline.com", "port": 443}})  # fmt: skip


@incident(
    source="AWS docs, Troubleshoot invocation issues: Runtime exited with error: signal: killed",
    expert=nothing("the process is killed when it has used all its memory; connections have no part in it"),
)
def large_claim_photos_use_all_memory(case: CaseFolder) -> None:
    there = place(case, "adjust", "us-east-2", "10.69", "52.15.117.20")
    case.function("photo-assess", there.private[:1], [there.app], runtime="python3.12", timeout=60, memory=1024)

    def killed(moment: Moment) -> str:
        return f"RequestId: {moment.request} Error: Runtime exited with error: signal: killed\nRuntime.ExitError\n"

    story = Story(case, "photo-assess", memory=1024)
    for index in range(96):
        at = 11 + 37 * index
        if index % 6 == 4:
            story.call(at, killed, seconds=6.4, error=True, used=1024,
                       status="Status: error\tError Type: Runtime.OutOfMemory")  # fmt: skip
        else:
            story.call(at, python_log("INFO", "photo fetched, scored"), seconds=2.1, used=611 + 7 * (index % 30))
    story.write()
    busy_nat(case, there.nat, 7, 10)
    close(case, functions=["photo-assess"])


@incident(
    source="brettwooldridge/HikariCP issues: Connection is not available, request timed out after 30000ms",
    expert=nothing(
        "the function's own pool of ten is held by its own threads, as Hikari's leak detection says; the database has "
        "as many connections as ever, far from any limit that is known"
    ),
)
def parallel_threads_leak_their_own_pool(case: CaseFolder) -> None:
    there = place(case, "premium", "eu-west-1", "10.48", "3.248.66.71")
    own = case.group("premium-postgres", [allow(5432, there.app)])
    db = case.database("premium-rates", there.data[1], [own])
    case.function("rate-recalc", there.private, [there.app], runtime="java21", timeout=120, memory=2048)
    leak = java_error(
        "WARN  com.zaxxer.hikari.pool.ProxyLeakTask - Connection leak detection triggered for "
        "org.postgresql.jdbc.PgConnection@6f1c29b7 on thread ForkJoinPool.commonPool-worker-3, stack trace follows\n"
        "java.lang.Exception: Apparent connection leak detected",
        "com.zaxxer.hikari.HikariDataSource.getConnection(HikariDataSource.java:127)",
        "ie.premium.rates.Recalc.lambda$price$2(Recalc.java:91)",
    )
    failed = java_error(
        "java.sql.SQLTransientConnectionException: HikariPool-1 - Connection is not available, request timed out after "
        "30000ms (total=10, active=10, idle=0, waiting=5)",
        "com.zaxxer.hikari.pool.HikariPool.createTimeoutException(HikariPool.java:686)",
        "com.zaxxer.hikari.pool.HikariPool.getConnection(HikariPool.java:179)",
        "ie.premium.rates.Recalc.handleRequest(Recalc.java:54)",
    )
    calls = Traffic(case, "rate-recalc")
    calls.good(70, 0, 60, seconds=8.0)
    calls.bad(14, 12, 55, leak, failed, seconds=41.0)
    calls.write(memory=2048)
    case.metric("AWS/RDS", "DatabaseConnections", {"DBInstanceIdentifier": "premium-rates"},
                [41.0, 38.0, 44.0, 40.0, 39.0, 43.0] * 10, stat="Average")  # fmt: skip
    close(case, functions=["rate-recalc"], destinations={
        "rates": {"name": "premium-rates.cbq07x3l5wdf.eu-west-1.rds.amazonaws.com", "port": 5432,
                  "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="composed: a function polls a Step Functions execution until its own timeout",
    expert=nothing("it waits for an execution that is still running, as each poll is told: no connection fails"),
)
def polling_a_running_execution_until_the_end(case: CaseFolder) -> None:
    there = place(case, "cutroom", "ap-southeast-2", "10.23", "13.237.4.98")
    case.function("publish-episode", there.private, [there.app], runtime="nodejs22.x", timeout=60)
    poll = "DescribeExecution episode-package status=RUNNING"
    calls = Traffic(case, "publish-episode")
    calls.good(21, 0, 58, node_log("INFO", "DescribeExecution episode-package status=SUCCEEDED"), seconds=24.0)
    calls.bad(9, 3, 58, node_log("INFO", f"{poll} poll=11"), timeout=60)
    calls.write()
    busy_nat(case, there.nat, 11, 19)
    close(case, functions=["publish-episode"])


@incident(
    source="composed: a busy gateway next to a quiet function, and nothing wrong with either",
    expert=Expert(
        (),
        (),
        Headline.CLEAR,
        "no invocation failed, every attempt was established, and the gateway holds its 21,000 connections without an "
        "error or a dropped packet",
    ),
)
def busy_evening_without_a_fault(case: CaseFolder) -> None:
    there = place(case, "lotse", "eu-central-1", "10.35", "3.68.190.17")
    own = case.group("lotse-cache", [allow(6379, there.app)])
    node = case.cache("lotse-berths-001", there.data[0], [own])
    case.function("berth-status", there.private, [there.app], runtime="nodejs22.x", timeout=10)
    case.function("ais-ingest", there.private, [there.app], runtime="provided.al2023", timeout=30)
    case.function_configuration("berth-status")
    calls = Traffic(case, "berth-status")
    calls.good(420, 0, 60, node_log("INFO", "berths", 41), seconds=0.05)
    calls.write()
    case.function_metrics("berth-status", throttles=[0.0] * 60)
    case.function_metrics("ais-ingest", invocations=about(2400, 60), errors=[0.0] * 60, throttles=[0.0] * 60,
                          duration=about(1900, 60), concurrent=about(61, 60))  # fmt: skip
    busy_nat(case, there.nat, 5200, 21_000, idle=about(310, 60))
    case.metric("AWS/ElastiCache", "CurrConnections", {"CacheClusterId": "lotse-berths-001"},
                [float(one) for one in about(34, 60)], stat="Maximum")  # fmt: skip
    close(case, functions=["berth-status"], destinations={
        "berths": {"name": "lotse-berths.k3q8vd.ng.0001.euc1.cache.amazonaws.com", "port": 6379,
                   "addresses": [node["PrivateIpAddress"]]},
        "weather": {"name": "api.seawx.net", "port": 443}})  # fmt: skip


@incident(
    source="composed: whoever collected the log began a quarter of an hour early, with the end of a restart in it",
    expert=nothing("the refusals all lie before the window; in it nothing fails"),
)
def refusals_that_ended_before_the_window(case: CaseFolder) -> None:
    there = place(case, "spool", "us-east-1", "10.57", "44.206.83.12")
    own = case.group("spool-redis", [allow(6379, there.app)])
    node = case.cache("spool-queue-001", there.data[0], [own])
    address = node["PrivateIpAddress"]
    case.function("ticket-scan", there.private, [there.app], runtime="ruby3.3", timeout=10)
    calls = Traffic(case, "ticket-scan")
    calls.bad(22, -13, -9, ruby_error("RedisClient::CannotConnectError",
              f"Connection refused - connect(2) for {address}:6379 (redis://spool-queue.v0n2xr.ng.0001.use1.cache."
              "amazonaws.com:6379)"), seconds=0.7)  # fmt: skip
    calls.good(44, -8.8, 0, seconds=0.05)
    calls.good(300, 0, 60, seconds=0.05)
    calls.write()
    close(case, functions=["ticket-scan"], destinations={
        "queue": {"name": "spool-queue.v0n2xr.ng.0001.use1.cache.amazonaws.com", "port": 6379,
                  "addresses": [address]}})  # fmt: skip


@incident(
    source="composed: an application turns down invalid claims, while a gateway drops idle connections of others",
    expert=nothing(
        "the failing invocations are claims that the application itself finds invalid; idle timeouts of other users of "
        "the gateway and a retry that succeeded are harmless"
    ),
)
def invalid_claims_beside_harmless_timeouts(case: CaseFolder) -> None:
    there = place(case, "helvet", "eu-central-1", "10.62", "35.158.3.244")
    case.function("claim-intake", there.private, [there.app], runtime="python3.13", timeout=30)
    invalid = python_error(
        "ValidationError",
        "1 validation error for Claim\npolicy_number\n  String should match pattern '^[A-Z]{2}[0-9]{8}$' "
        "[type=string_pattern_mismatch, input_value='n/a', input_type=str]\n"
        "    For further information visit https://errors.pydantic.dev/2.9/v/string_pattern_mismatch",
        ("/var/task/claims/model.py", 22, "parse", "return Claim.model_validate(body)"),
    )
    calls = Traffic(case, "claim-intake")
    calls.good(240, 0, 60, python_log("INFO", "claim stored"), seconds=0.21)
    calls.good(1, 18, 19, python_log("WARNING", "Retrying (Retry(total=2, connect=None, read=None, redirect=None, "
               "status=None)) after connection broken by 'RemoteDisconnected('Remote end closed connection without "
               "response')': /v1/policies"), python_log("INFO", "claim stored"), seconds=0.4)  # fmt: skip
    calls.bad(17, 0, 60, invalid, seconds=0.03)
    calls.write()
    busy_nat(case, there.nat, 140, 610, idle=marks(case, other={at: 4 + at % 7 for at in range(60)}))
    close(case, functions=["claim-intake"], destinations={
        "policies": {"name": "api.policystore.ch", "port": 443}})  # fmt: skip

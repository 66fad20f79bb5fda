"""Connections that were cut while nobody used them."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    allow,
    dotnet_error,
    go_log,
    incident,
    python_error,
    python_log,
    unsaid_zeros,
)
from oracles.incidents.world.seen.fifth._platform import (
    STALE,
    Moments,
    bref_error,
    egress,
    named,
    rust_log,
    spoke,
    zones_with_nat,
)


@incident(
    source="https://github.com/momentohq/client-sdk-javascript/issues/113 (client in global scope, frozen for more "
    "than five minutes, the NLB's 350 s), as told in reference/aws-facts.md; the text is grpc-go's",
    expert=named(
        STALE,
        because="a call fails only where the environment's last one lies more than 350 s back, at once and with a "
        "reset of the connection that was kept; the next call works",
    ),
)
def grpc_channel_after_a_pause_of_six_minutes(case: CaseFolder) -> None:
    place = spoke(case, "fraud", "10.64", zones="ab")
    shared = case.group("fraud-vpce", [allow(443, "10.64.0.0/16")], vpc=place.vpc)
    link = case.interface_endpoint("com.amazonaws.vpce.us-east-1.vpce-svc-07a90d1c3be852f64", place.endpoints, [shared],
                                   private_dns=False)  # fmt: skip
    link["DnsEntries"].append({"DnsName": "grpc.device-print.example", "HostedZoneId": "Z0817264KQ2W7"})
    addresses = [one["PrivateIpAddress"] for one in case.network_interfaces
                 if one["NetworkInterfaceId"] in link["NetworkInterfaceIds"]]  # fmt: skip
    case.function("device-risk", place.workload, [place.app], runtime="provided.al2023", timeout=10)
    calls = Moments(case, "device-risk")
    at, gaps = 20.0, [45, 130, 410, 20, 300, 388, 95, 60, 520, 240, 15, 431, 33, 310]
    calls.at(at, go_log("assessed"))
    for number, gap in enumerate(gaps):
        at += gap
        port = 40_012 + 331 * number
        if gap > 350:
            calls.at(
                at,
                go_log(
                    "assess: rpc error: code = Unavailable desc = error reading from server: read tcp "
                    f"169.254.100.6:{port}->{addresses[0]}:443: read: connection reset by peer"
                ),
                took=0.02,
                error=True,
            )
        else:
            calls.at(at, go_log("assessed"))
    calls.write()
    case.yaml(functions=["device-risk"], destinations={
        "device-print": {"name": "grpc.device-print.example", "port": 443, "addresses": addresses}})  # fmt: skip


@incident(
    source="https://github.com/npgsql/npgsql/issues/3955 and /1164 (Exception while reading from stream; RDS Proxy; "
    "idle in the pool)",
    expert=named(
        STALE,
        because="the first query after each pause of more than half an hour reads past the end of the stream: the "
        "proxy closed the idle connection, and the pool gave it out",
    ),
)
def pooled_connection_after_half_an_hour(case: CaseFolder) -> None:
    case.minutes = 480
    place = spoke(case, "payroll", "10.64", zones="ab")
    own = case.group("payroll-proxy", [allow(5432, place.app)], vpc=place.vpc)
    door = case.interface("proxy-0", place.data[0], [own], description="Network interface for DBProxy payroll",
                          requester="amazon-rds")  # fmt: skip
    case.function("payslip", place.workload, [place.app], runtime="dotnet8", timeout=30)
    failed = dotnet_error(
        "Npgsql.NpgsqlException (0x80004005): Exception while reading from stream",
        "Npgsql.Internal.NpgsqlReadBuffer.<Ensure>g__EnsureLong|55_0(NpgsqlReadBuffer buffer, Int32 count, Boolean "
        "async, Boolean readingNotifications)",
        "Npgsql.NpgsqlCommand.ExecuteReader(CommandBehavior behavior, Boolean async, CancellationToken ct)",
        "Payroll.Payslip.Function.Get(APIGatewayProxyRequest r) in /src/Function.cs:line 38",
        inner="System.IO.EndOfStreamException: Attempted to read past the end of the stream.",
    )
    calls = Moments(case, "payslip")
    at = 0.0
    for gap in (3, 9, 4, 47, 1, 12, 25, 61, 2, 6, 38, 3, 18, 74, 5, 1, 29, 52, 2, 8, 33):
        at += 60 * gap + 11
        if gap > 30:
            calls.at(at, failed, took=0.03, error=True)
        else:
            calls.at(at, took=0.09)
    calls.write(period=300)
    case.without("ec2/network-acls", "ec2/dhcp", "cloudwatch")
    case.yaml(functions=["payslip"], destinations={
        "payroll": {"name": "payroll.proxy-cz9h2wqk4tme.us-east-1.rds.amazonaws.com", "port": 5432,
                    "addresses": [door["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="https://github.com/boto/botocore/issues/2916 (keep-alive is no use against the NAT gateway's 350 s), as "
    "told in reference/aws-facts.md; the text is that of requests",
    expert=named(
        STALE,
        because="a batch each ten minutes, and in each the first call dies of a reset at once: the gateway forgot the "
        "connections (IdleTimeoutCount) before they were used again",
    ),
)
def batch_each_ten_minutes_through_central_egress(case: CaseFolder) -> None:
    place = spoke(case, "partners", "10.64", zones="ab")
    nats = egress(case)
    case.function("partner-push", place.workload, [place.app], timeout=60)
    failed = python_error(
        "ConnectionError", "('Connection aborted.', ConnectionResetError(104, 'Connection reset by peer'))",
        ("/var/task/requests/adapters.py", 659, "send", "raise ConnectionError(err, request=request)"),
    )  # fmt: skip
    calls = Moments(case, "partner-push")
    for batch in range(6):
        for number in range(9):
            first = number == 0 and batch > 0
            calls.at(62 + 600 * batch + 2.1 * number, failed if first else python_log("INFO", "pushed 50 items"),
                     took=0.04 if first else 0.8, error=first)  # fmt: skip
    calls.write(tail=True)
    idle = [1.0 if minute % 10 == 7 else 0.0 for minute in range(60)]
    case.nat_metrics(nats[0], idle=unsaid_zeros(idle), errors=[0.0] * 60, active=[4.0] * 60)
    case.nat_metrics(nats[1], idle=unsaid_zeros([0.0] * 60), errors=[0.0] * 60)
    case.yaml(functions=["partner-push"], destinations={"hub": {"name": "ingest.partner-hub.example", "port": 443}})


@incident(
    source="https://github.com/hyperium/hyper/issues/2136 (IncompleteMessage: connection closed before message "
    "completed) and https://github.com/rusoto/rusoto/issues/1686 (on Lambda, any client idle for over 60 seconds)",
    expert=named(
        STALE,
        because="it fails only after a minute and more without a call: the kept connection was closed by the other "
        "side, and hyper notices while it sends",
    ),
)
def hyper_reuses_what_the_server_closed(case: CaseFolder) -> None:
    place = zones_with_nat(case, "maps", "10.48", zones="ab")
    case.function("tile-proxy", place.private, [place.app], runtime="provided.al2023", timeout=10)
    failed = rust_log("ERROR", "error sending request for url (https://tiles.cartoserve.example/v4/12/2048/1360.pbf): "
                      "connection closed before message completed")  # fmt: skip
    calls = Moments(case, "tile-proxy")
    at = 5.0
    for number in range(96):
        gap = (4, 11, 7, 25, 18, 76, 9, 3, 41, 14, 93, 30)[number % 12]
        at += gap
        if gap > 60 and number % 24 != 5:
            calls.at(at, failed, took=0.01, error=True)
        else:
            calls.at(at, rust_log("INFO", "200 OK"), took=0.06)
    calls.write()
    case.without("ec2", "cloudwatch", "lambda")
    case.yaml(functions=["tile-proxy"], destinations={"tiles": {"name": "tiles.cartoserve.example", "port": 443}})


@incident(
    source="composed: MySQL's wait_timeout and PDO's 'MySQL server has gone away' in a Bref function that keeps it",
    expert=named(
        STALE,
        because="the statement fails where the connection lay still for more than five minutes, which is this "
        "server's wait_timeout; the next invocation connects anew",
    ),
)
def server_has_gone_away_after_wait_timeout(case: CaseFolder) -> None:
    case.minutes = 120
    place = spoke(case, "reviews", "10.64", zones="ab")
    own = case.group("reviews-db", [allow(3306, place.app)], vpc=place.vpc)
    db = case.database("reviews", place.data[1], [own])
    case.function("review-page", place.workload, [place.app], runtime="provided.al2", timeout=28, memory=1024)
    failed = bref_error("PDOException", "SQLSTATE[HY000]: General error: 2006 MySQL server has gone away",
                        "/var/task/src/Repository/Reviews.php(71)")  # fmt: skip
    calls = Moments(case, "review-page")
    at = 30.0
    for gap in (40, 95, 12, 610, 70, 280, 33, 905, 55, 21, 440, 8, 150, 372, 260, 66, 715, 30, 18, 340, 90):
        at += gap
        calls.at(at, *([failed] if gap > 300 else []), took=0.05, error=gap > 300)
    calls.write(memory=1024)
    case.yaml(functions=["review-page"], destinations={
        "reviews": {"name": "reviews.cq0mb5zkw2ht.us-east-1.rds.amazonaws.com", "port": 3306,
                    "addresses": [db["PrivateIpAddress"]]}},
        reported="DBA set wait_timeout=300 last week to get rid of sleepers")  # fmt: skip

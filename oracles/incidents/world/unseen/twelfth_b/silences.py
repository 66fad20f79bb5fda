"""Connections that were silent for too long, and one burst that only looks like it."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from oracles.incidents.world import (
    CaseFolder,
    Traffic,
    allow,
    dotnet_error,
    go_log,
    incident,
    java_error,
    json_log,
)
from oracles.incidents.world.unseen.twelfth_b._sites import (
    Story,
    bref_error,
    busy_nat,
    close,
    marks,
    named,
    place,
    ruby_error,
    ruby_log,
)

IDLE = "idle-timeout-reset"


@incident(
    source="dotnet/SqlClient issues: a transport-level error has occurred, on the first query after idling",
    expert=named(
        IDLE,
        "the pooled connection is dead whenever it was silent for longer than 350 s on its way through the NAT "
        "gateway, whose idle timeouts fall into just these minutes; after shorter pauses it works",
    ),
)
def pooled_sql_connection_found_dead_after_ten_quiet_minutes(case: CaseFolder) -> None:
    there = place(case, "nordlys", "eu-north-1", "10.41", "13.51.88.204")
    case.function("claims-sync", there.private[:1], [there.app], runtime="dotnet8", timeout=60, memory=1024)
    case.function("claims-mail", there.private, [there.app], runtime="dotnet8")
    dead = dotnet_error(
        "Microsoft.Data.SqlClient.SqlException (0x80131904): A transport-level error has occurred when receiving "
        "results from the server. (provider: TCP Provider, error: 35 - An internal exception was caught)",
        "Microsoft.Data.SqlClient.SqlConnection.OnError(SqlException exception, Boolean breakConnection, Action`1 "
        "wrapCloseInAction)",
        "Microsoft.Data.SqlClient.TdsParserStateObject.ReadSniError(TdsParserStateObject stateObj, UInt32 error)",
        "Claims.Sync.Function.Handler(SQSEvent batch) in /src/Claims.Sync/Function.cs:line 58",
        inner="System.IO.IOException: Unable to read data from the transport connection: Connection reset by peer.\n"
        " ---> System.Net.Sockets.SocketException (104): Connection reset by peer",
    )
    fine = json_log("Information", "claims pushed to core system", batch=10)
    story = Story(case, "claims-sync", memory=1024)
    story.call(36, fine, seconds=1.34, stream=0, cold=0.93)
    for at in (126, 264, 954, 1032, 1140, 1824, 1980, 2634, 2712, 2916, 3552):
        story.call(at, fine, seconds=0.21, stream=0)
    for at in (894, 1758, 2568, 3486):
        story.call(at, dead, seconds=0.05, stream=0, error=True)
    story.write()
    idle = marks(case, 264 + 350, 1140 + 350, 1980 + 350, 2916 + 350, other={31: 2, 52: 1})
    busy_nat(case, there.nat, 14, 22, idle=idle)
    close(case, functions=["claims-sync"], destinations={
        "core-sql": {"name": "nordlys-core.database.windows.net", "port": 1433, "addresses": ["20.91.166.32"]}},
    )  # fmt: skip


@incident(
    source="doctrine/dbal issues: General error: 4031 The client was disconnected by the server because of inactivity",
    expert=named(
        IDLE, "the server itself says that it dropped the connection for inactivity: its wait_timeout is three minutes"
    ),
)
def database_drops_workers_that_pause(case: CaseFolder) -> None:
    case.start = datetime(2026, 10, 7, 1, 0, tzinfo=UTC)
    there = place(case, "assur", "eu-west-3", "10.72", "35.180.44.19")
    own = case.group("assur-mysql", [allow(3306, there.app)])
    writer = case.database("assur-policies", there.data[0], [own])
    case.function("policy-letter", there.private, [there.app], runtime="provided.al2023", timeout=60, memory=1024,
                  Layers=[{"Arn": "arn:aws:lambda:eu-west-3:534081306603:layer:php-83:58", "CodeSize": 31804112}],
    )  # fmt: skip
    gone = bref_error(
        "Doctrine\\DBAL\\Exception\\DriverException",
        "An exception occurred while executing a query: SQLSTATE[HY000]: General error: 4031 The client was "
        "disconnected by the server because of inactivity. See wait_timeout and interactive_timeout for configuring "
        "this behavior.",
        "#0 /var/task/vendor/doctrine/dbal/src/Connection.php(1456): Doctrine\\DBAL\\Connection->convertException",
        "#1 /var/task/src/Letter/Repository.php(88): Doctrine\\DBAL\\Connection->fetchAssociative()",
    )
    story = Story(case, "policy-letter", memory=1024)
    # By environment: each pause of more than three minutes ends badly, and the process connects anew.
    spoken = {
        0: ((40, 0), (95, 0), (210, 0), (402, 1), (431, 0), (560, 0), (1190, 1), (1244, 0), (1399, 0), (2210, 1),
            (2260, 0), (3019, 1), (3061, 0)),
        1: ((96, 0), (143, 0), (702, 1), (720, 0), (2212, 1), (2280, 0), (2431, 0), (3102, 1), (3160, 0)),
        2: ((2214, 0), (2290, 0), (2440, 0), (2602, 0), (3320, 1), (3388, 0)),
    }  # fmt: skip
    for stream, calls in spoken.items():
        for index, (at, bad) in enumerate(calls):
            cold = 0.388 if index == 0 else None
            if bad:
                story.call(at, gone, seconds=4.6, stream=stream, error=True)
            else:
                story.call(at, seconds=5.2, stream=stream, cold=cold)
    story.write()
    case.metric("AWS/RDS", "DatabaseConnections", {"DBInstanceIdentifier": "assur-policies"},
                [9.0, 10.0, 9.0, 8.0, 8.0, 9.0] * 10, stat="Average")  # fmt: skip
    busy_nat(case, there.nat, 6, 11)
    close(case, functions=["policy-letter"], destinations={
        "policies": {"name": "assur-policies.cluster-cmb0aa71kq3z.eu-west-3.rds.amazonaws.com", "port": 3306,
                     "addresses": [writer["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="AWS docs, Troubleshoot NAT gateways: internet connection drops after 350 seconds",
    expert=named(
        IDLE,
        "each render that takes longer than 350 s is answered, as its status says, but the answer never arrives; all "
        "shorter ones do, and the NAT gateway counts an idle timeout for each",
    ),
)
def synchronous_render_takes_longer_than_the_gateway_remembers(case: CaseFolder) -> None:
    there = place(case, "reel", "us-west-2", "10.18", "44.238.7.161")
    case.function("render-trailer", there.private, [there.app], runtime="ruby3.3", timeout=900, memory=1024)
    story = Story(case, "render-trailer", memory=1024)
    for index, took in enumerate((141, 88, 322, 203, 97, 164, 311, 118, 279, 76, 190, 335, 102, 146, 251, 83, 174)):
        at = 30 + 178 * index
        story.call(at, ruby_log("INFO", f"render {4410 + index} took {took}.2 s"), seconds=took + 0.6)
    long = ((131, 402), (498, 371), (1010, 466), (1377, 388), (1849, 519), (2201, 362), (2640, 431))
    for index, (at, took) in enumerate(long):
        story.call(
            at,
            ruby_log("WARN", f"render {4502 + index}: no response; GET /v1/renders/{4502 + index} says state=done "
                             f"sync_response=200 after {took}.1 s"),
            ruby_error("Net::ReadTimeout", "Net::ReadTimeout with #<TCPSocket:(closed)>",
                       "/var/lang/lib/ruby/3.3.0/net/protocol.rb:229:in `rbuf_fill'",
                       "/var/task/lib/render_client.rb:44:in `submit_and_wait'"),
            seconds=720.31, error=True,
        )  # fmt: skip
    story.write()
    idle = marks(case, *(at + 351 for at, _ in long), other={5: 3, 22: 1, 47: 2})
    busy_nat(case, there.nat, 9, 24, idle=idle)
    close(case, functions=["render-trailer"], destinations={
        "renderfarm": {"name": "api.lumenrender.com", "port": 443}})  # fmt: skip


@incident(
    source="https://docs.aws.amazon.com/lambda/latest/dg/snapstart-best-practices.html (connections in a snapshot)",
    expert=named(
        IDLE,
        "the connection was opened before the snapshot and is long dead when an environment is restored from it: the "
        "first query of each environment fails, and none after it",
    ),
)
def connection_kept_in_the_snapshot(case: CaseFolder) -> None:
    there = place(case, "coral", "ap-southeast-2", "10.93", "3.104.52.118")
    own = case.group("coral-postgres", [allow(5432, there.app)])
    db = case.database("coral-fleet", there.data[1], [own])
    case.function("fleet-position", there.private, [there.app], runtime="java21", timeout=20, memory=2048,
                  SnapStart={"ApplyOn": "PublishedVersions", "OptimizationStatus": "Off"})  # fmt: skip
    case.function_configuration("fleet-position", Version="12", LastModified="2026-11-17T02:11:09.000+0000",
                                SnapStart={"ApplyOn": "PublishedVersions", "OptimizationStatus": "On"})  # fmt: skip
    dead = java_error(
        "org.postgresql.util.PSQLException: An I/O error occurred while sending to the backend.",
        "org.postgresql.core.v3.QueryExecutorImpl.execute(QueryExecutorImpl.java:399)",
        "au.coral.fleet.PositionHandler.handleRequest(PositionHandler.java:63)",
    ) + (
        "Caused by: java.net.SocketException: Connection reset\n"
        "\tat java.base/sun.nio.ch.NioSocketImpl.implRead(NioSocketImpl.java:318)\n"
        "\tat java.base/java.net.Socket$SocketInputStream.read(Socket.java:1099)\n"
        "\tat org.postgresql.core.v3.QueryExecutorImpl.processResults(QueryExecutorImpl.java:2190)\n"
        "\t... 8 more\n"
    )
    story = Story(case, "fleet-position", memory=2048)
    log = case.log("fleet-position")
    for stream, began in enumerate((14.0, 14.09, 14.2, 911.0, 911.12, 1802.0, 1802.07, 1802.19, 2901.0)):
        log.say(began - 0.74, "RESTORE_START Runtime Version: java:21.v31\tRuntime Version ARN: arn:aws:lambda:"
                "ap-southeast-2::runtime:5f1dd2c4a2fbfa2c\n", stream)  # fmt: skip
        log.say(began - 0.03, "RESTORE_REPORT Restore Duration: 698.41 ms\n", stream)
        story.call(began, dead, seconds=0.31, stream=stream, error=True, used=188,
                   status="Restore Duration: 698.41 ms\tBilled Restore Duration: 214 ms")  # fmt: skip
        for index in range(14):
            story.call(began + 9 + 17.3 * index, seconds=0.4, stream=stream, used=191)
    story.write()
    published = json.dumps(log.content()).replace("$LATEST", "12")
    case.file("callers/fleet-position.json", json.loads(published))
    case.metric("AWS/RDS", "DatabaseConnections", {"DBInstanceIdentifier": "coral-fleet"},
                [12.0, 14.0, 13.0, 13.0, 12.0] * 12, stat="Average")  # fmt: skip
    close(case, functions=["fleet-position"], destinations={
        "fleet": {"name": "coral-fleet.cq8z2k1vbn5d.ap-southeast-2.rds.amazonaws.com", "port": 5432,
                  "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="jackc/pgx issues: FATAL: terminating connection due to administrator command (SQLSTATE 57P01)",
    expert=named(
        "destination-refusing",
        "connections in full use are cut in the same second by a shutdown that says so, and for half a minute the "
        "port refuses: the database was restarted, nothing was silent",
    ),
)
def connections_cut_in_the_second_of_a_restart(case: CaseFolder) -> None:
    there = place(case, "rhein", "eu-central-1", "10.27", "18.197.40.77")
    own = case.group("rhein-postgres", [allow(5432, there.app)])
    db = case.database("rhein-freight", there.data[0], [own])
    address = db["PrivateIpAddress"]
    host = "rhein-freight.cj2m81qpw0xs.eu-central-1.rds.amazonaws.com"
    case.function("freight-quote", there.private, [there.app], runtime="provided.al2023", timeout=30)
    calls = Traffic(case, "freight-quote")
    # Each quote is one long query: whatever began in the last seconds is cut while it runs.
    calls.good(430, 0, 23.8, seconds=11.0)
    cut = "quote failed: FATAL: terminating connection due to administrator command (SQLSTATE 57P01)"
    for before in (10.4, 8.1, 6.6, 5.0, 2.3, 0.9):
        calls.bad(1, 24 - before / 60, 24 - before / 60, go_log(cut), seconds=before)
    refused = (
        f"quote failed: failed to connect to `user=quote database=freight`: {address}:5432 ({host}): dial error: "
        f"dial tcp {address}:5432: connect: connection refused"
    )
    calls.bad(31, 24.02, 24.6, go_log(refused), seconds=0.01)
    starting = (
        f"quote failed: failed to connect to `user=quote database=freight`: {address}:5432 ({host}): server error: "
        "FATAL: the database system is starting up (SQLSTATE 57P03)"
    )
    calls.bad(4, 24.61, 24.68, go_log(starting), seconds=0.02)
    calls.good(610, 24.75, 59.8, seconds=11.0)
    calls.write(tail=True)
    case.metric("AWS/RDS", "DatabaseConnections", {"DBInstanceIdentifier": "rhein-freight"},
                [11.0, 12.0, 11.0, 13.0] * 6 + [0.0] + [9.0, 12.0, 11.0, 12.0, 12.0] * 7, stat="Average")  # fmt: skip
    busy_nat(case, there.nat, 31, 60, idle=marks(case, other={4: 1, 24: 1, 39: 2}))
    close(case, functions=["freight-quote"], destinations={
        "freight": {"name": host, "port": 5432, "addresses": [address]}})  # fmt: skip

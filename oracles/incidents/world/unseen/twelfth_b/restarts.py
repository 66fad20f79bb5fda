"""Destinations that are down: some refuse, some do not answer at all, some do both in turn."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Expert,
    Headline,
    Traffic,
    allow,
    dotnet_error,
    go_log,
    incident,
    node_error,
    node_log,
)
from oracles.incidents.world.unseen.twelfth_b._sites import busy_nat, close, named, place, rust_log

DARK = "destination-not-answering"
REFUSING = "destination-refusing"


@incident(
    source="AWS re:Post: Lambda connection errors while RDS Multi-AZ fails over",
    expert=Expert(
        (DARK, REFUSING),
        (DARK, REFUSING),
        Headline.NAMED,
        "a failover: the old primary's address does not answer for a minute and a half, then the new one refuses for "
        "some seconds while it starts; before and after all is well",
    ),
)
def old_primary_is_gone_before_the_new_one_listens(case: CaseFolder) -> None:
    there = place(case, "haul", "us-east-2", "10.64", "3.141.20.93")
    own = case.group("haul-postgres", [allow(5432, there.app)])
    first, second = (case.database(f"haul-shipments-{one}", there.data[one], [own]) for one in (0, 1))
    host = "haul-shipments.c9d1ee0tq5ka.us-east-2.rds.amazonaws.com"
    old, new = first["PrivateIpAddress"], second["PrivateIpAddress"]
    case.function("shipment-events", there.private, [there.app], runtime="provided.al2023", timeout=20)
    target = "failed to connect to `user=events database=shipments`: "
    silent = f"store event: {target}{old}:5432 ({host}): dial error: timeout: dial tcp {old}:5432: i/o timeout"
    refused = f"store event: {target}{new}:5432 ({host}): dial error: dial tcp {new}:5432: connect: connection refused"
    calls = Traffic(case, "shipment-events")
    calls.good(420, 0, 21.9, seconds=0.05)
    calls.bad(5, 21.92, 22.0, go_log("store event: timeout: context deadline exceeded"), seconds=8.0)
    calls.bad(39, 22.0, 23.5, go_log(silent), seconds=5.0)
    calls.bad(12, 23.6, 23.95, go_log(refused), seconds=0.02)
    calls.good(700, 24.0, 60, seconds=0.05)
    calls.write()
    for name, values in (("haul-shipments", [14.0] * 22 + [None, 0.0] + [13.0] * 36),):
        case.metric("AWS/RDS", "DatabaseConnections", {"DBInstanceIdentifier": name}, values, stat="Average")
    close(case, functions=["shipment-events"], destinations={
        "shipments": {"name": host, "port": 5432, "addresses": [old, new]}})  # fmt: skip


@incident(
    source="seanmonstar/reqwest issues: error trying to connect: tcp connect error: Connection refused (os error 111)",
    expert=named(
        REFUSING,
        "since the deployment it calls the rating service on 8443, where nobody listens: each connect is refused at "
        "once; its other destination works, and a lost packet there was made good by a retry",
        "rating",
    ),
)
def deployed_with_the_port_of_the_test_stage(case: CaseFolder) -> None:
    there = place(case, "harbor", "ca-central-1", "10.55", "15.222.90.31")
    own = case.group("harbor-rating", [allow((8000, 9000), there.app)])
    host = case.interface("rating-1", there.private[1], [own], description="Primary network interface",
                          TagSet=[{"Key": "Name", "Value": "rating-service"}])  # fmt: skip
    case.function("bind-quote", there.private, [there.app], runtime="provided.al2023", timeout=10,
                  LastModified="2026-11-20T12:17:42.000+0000")  # fmt: skip
    refused = (
        "rating failed: error sending request for url (https://rating.harbor.internal:8443/v2/quotes): error trying to "
        "connect: tcp connect error: Connection refused (os error 111)"
    )
    retried = "documents: attempt 1 failed: operation timed out; attempt 2 ok"
    calls = Traffic(case, "bind-quote")
    calls.good(118, 0, 17.7, rust_log("INFO", "quote bound port=8080"), seconds=0.12)
    calls.good(1, 9, 10, rust_log("WARN", retried), seconds=3.3)
    calls.bad(264, 18, 60, rust_log("ERROR", refused), seconds=0.01)
    calls.write()
    busy_nat(case, there.nat, 20, 34)
    close(case, functions=["bind-quote"], destinations={
        "rating": {"name": "rating.harbor.internal", "port": 8443, "addresses": [host["PrivateIpAddress"]]},
        "documents": {"name": "api.signdesk.ca", "port": 443}})  # fmt: skip


@incident(
    source="sidorares/node-mysql2 issues: PoolCluster keeps asking a replica that is gone",
    expert=named(
        DARK,
        "of the three readers behind the same group, two of them in the same subnet, one does not answer any SYN from "
        "12:19 on, whichever function asks",
        "reader-2",
    ),
)
def one_reader_of_three_has_died(case: CaseFolder) -> None:
    there = place(case, "stage", "eu-west-1", "10.60", "54.220.101.8")
    own = case.group("stage-mysql", [allow(3306, there.app)])
    readers = [case.database(f"stage-reader-{one}", there.data[one // 2], [own]) for one in (1, 2, 3)]
    hosts = [f"stage-reader-{one}.ctx0b7n2l9ae.eu-west-1.rds.amazonaws.com" for one in (1, 2, 3)]
    asked = node_log("WARN", f"PoolCluster: no connection from node READER2 ({hosts[1]}:3306)")
    failed = node_error(
        "connect ETIMEDOUT",
        stack=(
            "PoolConnection._handleTimeoutError (/var/task/node_modules/mysql2/lib/base/connection.js:211:17)",
            "listOnTimeout (node:internal/timers:588:17)",
        ),
        errorno="ETIMEDOUT",
        code="ETIMEDOUT",
        syscall="connect",
        fatal=True,
    )
    for name, level in (("catalog-search", 300), ("watch-history", 180)):
        case.function(name, there.private, [there.app], runtime="nodejs20.x", timeout=15)
        calls = Traffic(case, name)
        calls.good(level // 3, 0, 19, node_log("INFO", "rows", 20), seconds=0.06)
        calls.good(level // 2, 19, 60, node_log("INFO", "rows", 20), seconds=0.06)
        calls.bad(level // 4, 19.1, 60, asked, failed, seconds=10.02)
        calls.write()
    for one in (1, 2, 3):
        values: list[float | None] = [6.0, 7.0, 6.0, 6.0, 7.0, 6.0] * 10
        case.metric("AWS/RDS", "CPUUtilization", {"DBInstanceIdentifier": f"stage-reader-{one}"},
                    values[:19] + [None] * 41 if one == 2 else values, stat="Average")  # fmt: skip
    close(case, functions=["catalog-search", "watch-history"], destinations={
        f"reader-{at + 1}": {"name": hosts[at], "port": 3306, "addresses": [readers[at]["PrivateIpAddress"]]}
        for at in range(3)})  # fmt: skip


@incident(
    source="composed: the host of a broker reboots, and the broker itself comes up only minutes after its host",
    expert=Expert(
        (REFUSING, DARK),
        (REFUSING, DARK),
        Headline.NAMED,
        "for three minutes the broker's host answers nothing, for eight more it refuses: it reboots, and the broker "
        "starts late; the way is open before and after",
        ("broker",),
    ),
)
def broker_host_reboots_and_its_service_lags(case: CaseFolder) -> None:
    there = place(case, "depot", "eu-west-1", "10.77", "34.247.15.66")
    own = case.group("depot-rabbit", [allow((5671, 5672), there.app), allow(22, "10.77.0.0/16")])
    host = case.interface("rabbit-1", there.data[0], [own], description="Primary network interface")
    address = host["PrivateIpAddress"]
    case.function("scan-publish", there.private, [there.app], runtime="dotnet8", timeout=30)
    unreachable = (
        "RabbitMQ.Client.Exceptions.BrokerUnreachableException: None of the specified endpoints were reachable"
    )
    nested = (
        "System.AggregateException: One or more errors occurred. (Connection failed, host {0}:5672)\n ---> "
        "RabbitMQ.Client.Exceptions.ConnectFailureException: Connection failed, host {0}:5672\n ---> {1}"
    )
    frame = "Depot.Scan.Publisher.Open() in /src/Depot.Scan/Publisher.cs:line 29"
    silent = dotnet_error(unreachable, frame, inner=nested.format(
        address, "System.TimeoutException: The operation has timed out."))  # fmt: skip
    refused = dotnet_error(unreachable, frame, inner=nested.format(
        address, "System.Net.Sockets.SocketException (111): Connection refused"))  # fmt: skip
    calls = Traffic(case, "scan-publish")
    calls.good(190, 0, 20, seconds=0.07)
    calls.bad(26, 20.1, 23, silent, seconds=15.05)
    calls.bad(81, 23.2, 31, refused, seconds=0.04)
    calls.good(280, 31.1, 60, seconds=0.07)
    calls.write(period=300)
    close(case, functions=["scan-publish"], destinations={
        "broker": {"name": "rabbit-1.depot.internal", "port": 5672, "addresses": [address]}})  # fmt: skip

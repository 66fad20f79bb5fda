"""Destinations that do not answer, while everything on the way to them is open."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Traffic,
    about,
    allow,
    go_log,
    incident,
    java_error,
    node_error,
    python_log,
    unsaid_zeros,
)
from oracles.incidents.world.seen.seventh._sites import DARK, named, requests_connect_timeout, spoke, stack


@incident(
    source="composed: a carrier's API that is down (requests' text), another carrier by the same NAT gateway answers",
    expert=named(
        DARK, "one carrier's API does not answer for 23 minutes; the other one does, by the same way", "eilbote"
    ),
)
def one_carrier_of_two(case: CaseFolder) -> None:
    place = stack(case, "Versand", "10.28", nats=1)
    case.function("label-holen", place.private, [place.group], timeout=30)
    failed = requests_connect_timeout("api.eilbote.example", "/v2/shipments", 8)
    calls = Traffic(case, "label-holen")
    calls.good(150, 0, 60, python_log("INFO", "POST https://api.postweg.example/labels 201"), seconds=0.5)
    calls.good(60, 0, 18, python_log("INFO", "POST https://api.eilbote.example/v2/shipments 201"), seconds=0.6)
    calls.bad(71, 18.1, 41, failed, seconds=8.3)
    calls.good(66, 41.2, 60, python_log("INFO", "POST https://api.eilbote.example/v2/shipments 201"), seconds=0.7)
    calls.write()
    case.nat_metrics(place.nats[0], errors=[0.0] * 60, active=about(14, 60, 0.3), attempts=about(7, 60, 0.2))
    case.yaml(
        functions=["label-holen"],
        ticket="INC-48213",
        destinations={
            "eilbote": {"name": "api.eilbote.example", "port": 443},
            "postweg": {"name": "api.postweg.example", "port": 443},
        },
    )


@incident(
    source="https://github.com/brianc/node-postgres/issues/2243 (terminated due to connection timeout), "
    "with a failover",
    expert=named(DARK, "for three minutes the writer answers nobody, and then again: a failover", "lager"),
)
def writer_gone_for_three_minutes(case: CaseFolder) -> None:
    place = stack(case, "Lager", "10.32", "us-west-2")
    own = case.group("lager-aurora", [allow(5432, place.group)])
    db = case.database("lager-1", place.isolated[0], [own])
    host = "lager.cluster-cz0x1y2w3v4u.us-west-2.rds.amazonaws.com"
    case.function("umlagerung", place.private, [place.group], runtime="nodejs22.x", timeout=20)
    failed = node_error(
        "Connection terminated due to connection timeout",
        stack=(
            "/var/task/node_modules/pg-pool/index.js:45:11",
            "process.processTicksAndRejections (node:internal/process/task_queues:105:5)",
        ),
    )
    calls = Traffic(case, "umlagerung")
    calls.good(166, 0, 33, seconds=0.04)
    calls.bad(19, 33.1, 36.2, failed, seconds=5.2)
    calls.good(121, 36.4, 60, seconds=0.05)
    calls.write()
    case.metric(
        "AWS/RDS",
        "DatabaseConnections",
        {"DBInstanceIdentifier": "lager-1"},
        [*about(12, 33, 0.2), None, None, None, *about(9, 24, 0.2)],
        stat="Average",
    )
    case.yaml(
        functions=["umlagerung"],
        destinations={"lager": {"name": host, "port": 5432, "addresses": [db["PrivateIpAddress"]]}},
    )


@incident(
    source="composed: a vendor behind PrivateLink, whose service stops to answer (grpc-go's text)",
    expert=named(DARK, "the vendor's endpoint stops answering at 12:33; the endpoint and all rules before it are open"),
)
def vendor_behind_privatelink(case: CaseFolder) -> None:
    place = spoke(case, "price-prod", "10.204")
    guard = case.group("vendor-vpce", [allow(443, place.group)])
    end = case.interface_endpoint(
        "com.amazonaws.vpce.eu-central-1.vpce-svc-07b1e9d2a4c3f5608",
        place.endpoints,
        [guard],
        private_dns=False,
        Tags=[{"Key": "Name", "Value": "steuer-vendor"}],
    )
    own = [
        one["PrivateIpAddress"]
        for one in case.network_interfaces
        if one["NetworkInterfaceId"] in end["NetworkInterfaceIds"]
    ]
    case.function("steuer-berechnen", place.app, [place.group], runtime="provided.al2023", timeout=15)
    failed = go_log(
        'tax: rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial tcp '
        f'{own[1]}:443: i/o timeout"'
    )
    calls = Traffic(case, "steuer-berechnen")
    calls.good(210, 0, 33, go_log("tax: ok"), seconds=0.03)
    calls.bad(88, 33.2, 59.8, failed, seconds=10.4, error=False)
    calls.write()
    case.yaml(
        functions=["steuer-berechnen"],
        destinations={"vendor": {"name": "grpc.steuer-vendor.example", "port": 443, "addresses": own}},
    )


@incident(
    source="composed: a warehouse system that accepts and does not answer (java.net.http's HttpTimeoutException)",
    expert=named(
        DARK, "connections are made, and since 12:25 no request gets an answer any more, whatever it asks", "wms"
    ),
)
def warehouse_accepts_and_says_nothing(case: CaseFolder) -> None:
    place = spoke(case, "wms-adapter", "10.208")
    case.function("wms-adapter", place.app, [place.group], runtime="java21", timeout=60, memory=1024)
    failed = java_error(
        "org.springframework.web.client.ResourceAccessException: I/O error on POST request for "
        '"http://wms.intern.example:8080/auftraege": Read timed out',
        "org.springframework.web.client.RestTemplate.createResourceAccessException(RestTemplate.java:926)",
        "de.logistik.wms.Adapter.handleRequest(Adapter.java:77)",
    ) + (
        "Caused by: java.net.SocketTimeoutException: Read timed out\n"
        "\tat java.base/sun.nio.ch.NioSocketImpl.timedRead(NioSocketImpl.java:278)\n\t... 14 more\n"
    )
    connected = "2026-11-20 DEBUG o.a.h.i.c.PoolingHttpClientConnectionManager - Connection leased: [id: 0][route: "
    connected += (
        "{}->http://wms.intern.example:8080][total available: 0; route allocated: 1 of 5; total allocated: 1 of 20]\n"
    )
    calls = Traffic(case, "wms-adapter")
    calls.good(130, 0, 25, connected, seconds=0.3)
    calls.bad(120, 25, 58.5, connected, failed, seconds=31.0)
    calls.write(memory=1024)
    case.metric("AWS/TransitGateway", "PacketDropCountNoRoute", {"TransitGateway": place.tgw}, unsaid_zeros([0.0] * 60))
    case.yaml(functions=["wms-adapter"], destinations={"wms": {"name": "wms.intern.example", "port": 8080}})

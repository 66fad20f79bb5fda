"""TLS handshakes that hang after TCP has connected."""

from __future__ import annotations

from oracles.incidents.world import CaseFolder, incident
from oracles.incidents.world.seen.second.logs import Log, python
from oracles.incidents.world.seen.second.metrics import Metrics, calls, steps
from oracles.incidents.world.seen.second.shapes import ANYWHERE, about, made_id, route, usual
from oracles.incidents.world.seen.second.verdicts import (
    BLOCKED,
    TLS,
    named,
)


@incident(
    source="Server Fault: TLS handshake hangs over site-to-site VPN, MTU / MSS black hole, Java Read timed out in "
    "handshake",
    expert=named(
        TLS,
        "every failure is a read that times out inside startHandshake, after TCP has connected: large "
        "packets are lost beyond the virtual private gateway (MTU), or the server hangs",
    ),
)
def the_handshake_hangs_beyond_the_vpn(case: CaseFolder) -> None:
    net = usual("factory", "eu-central-1")
    net.record("route-tables", "private")["Routes"].append(route("172.16.0.0/12", "vgw-0f1e2d3c4b5a69788"))
    net.function("read-plc", ["private-a", "private-b"], runtime="java17", timeout=45, memory=1024)
    net.write(case)
    about(
        case,
        "eu-central-1",
        ("2026-11-04T11:00", "2026-11-04T12:00"),
        ["read-plc"],
        "telnet to the port works",
        scada="name: scada.plant.internal, port: 8443, addresses: [172.20.1.15]",
    )
    calls(case, "2026-11-04T11:00", "read-plc", 60, 4, (60, 1.0), failing_ms=31_000)
    log = Log("read-plc", "2026-11-04T11:00", memory=1024)
    log.every(
        5,
        3590,
        150,
        (
            "javax.net.ssl.SSLException: Read timed out\n\tat java.base/sun.security.ssl.Alert.createSSLException"
            "(Alert.java:132)\n\tat java.base/sun.security.ssl.SSLSocketImpl.startHandshake(SSLSocketImpl.java:440)\n"
            "\tat plant.Read.handleRequest(Read.java:29)\nCaused by: java.net.SocketTimeoutException: Read timed out\n"
        ),
        ms=30_600,
    )
    log.events(case)


@incident(
    source="Stack Overflow: net/http: TLS handshake timeout under load from Lambda with little memory",
    expert=named(
        TLS,
        "all connects succeed and the handshakes time out; the ports are free (no ErrorPortAllocation); with "
        "128 MB and 200 handshakes at once it may be the function's own CPU",
    ),
)
def two_hundred_handshakes_on_a_sliver_of_cpu(case: CaseFolder) -> None:
    net = usual("links", "us-east-1")
    net.function("check-links", ["private-a", "private-b"], runtime="provided.al2023", timeout=60, memory=128)
    net.write(case)
    about(case, "us-east-1", ("2026-11-23T04:00", "2026-11-23T04:30"), ["check-links"])
    nat = Metrics("2026-11-23T04:00", zeros=True)
    nat.nat(
        net["nat"],
        ConnectionAttemptCount=steps("a", (30, 2_400)),
        ConnectionEstablishedCount=steps("a", (30, 2_405)),
        ErrorPortAllocation=[0] * 30,
        ActiveConnectionCount=steps("b", (30, 1_200)),
        PacketsDropCount=[0] * 30,
    )
    nat.write(case, "nat")
    log = Log("check-links", "2026-11-23T04:00", memory=128)
    log.every(
        4,
        1790,
        19,
        '<g> HEAD https://w3.example/: Head "https://w3.example/": net/http: TLS handshake timeout\n',
        "<g> 180 of 200 links checked\n",
        ms=21_000,
        envs=6,
    )
    log.query(case)


@incident(
    source="GitHub issue: OpenAI-like API, connect works, TLS handshake hangs during their incident",
    expert=named(
        TLS,
        "connections are established (the NAT gateway counts as many answers as attempts) and the "
        "handshake of this one host hangs since 15:10: their front end is sick",
    ),
)
def the_model_providers_front_end_hangs_in_the_handshake(case: CaseFolder) -> None:
    net = usual("assistant", "us-east-1")
    net.function("answer", ["private-a", "private-b"], timeout=60)
    net.write(case)
    about(
        case,
        "us-east-1",
        ("2026-11-20T15:00", "2026-11-20T15:40"),
        ["answer"],
        model="name: api.modelhouse.example, port: 443, addresses: [203.0.113.33]",
    )
    nat = Metrics("2026-11-20T15:00")
    nat.nat(
        net["nat"],
        ConnectionAttemptCount=steps("g", (40, 130)),
        ConnectionEstablishedCount=steps("g", (40, 131)),
        ActiveConnectionCount=steps("h", (10, 40), (30, 90)),
        ErrorPortAllocation=[0] * 40,
    )
    nat.write(case, "nat")
    calls(case, "2026-11-20T15:00", "answer", 40, 120, (10, 0.0), (30, 0.9), failing_ms=31_000)
    log = Log("answer", "2026-11-20T15:00")
    log.every(
        605,
        2390,
        24,
        python(
            "ConnectTimeout",
            "_ssl.c:993: The handshake operation timed out",
            'File "/var/task/httpx/_transports/default.py", line 83, in map_httpcore_exceptions',
        ),
        ms=30_100,
    )
    log.every(3, 600, 40, "[INFO]\t<t>\t<r>\tanswered with 210 tokens\n", ms=4_000)
    log.events(case)


@incident(
    source="AWS Network Firewall: domain allow list drops by SNI, TLS handshake hangs from Lambda",
    expert=named(
        TLS,
        "TCP connects and the handshake hangs, for one name only; the default route passes a firewall endpoint, whose "
        "rules (not in the evidence) may drop that name",
        also=(BLOCKED,),
    ),
)
def a_firewall_drops_the_hello_of_one_name(case: CaseFolder) -> None:
    net = usual("bankapp", "eu-west-1", nat=False)
    net.record("route-tables", "private")["Routes"].append(route(ANYWHERE, made_id("vpce", "bankapp", "firewall")))
    net.function("score", ["private-a", "private-b"], runtime="provided.al2023", timeout=30)
    net.write(case, "addresses")
    about(
        case,
        "eu-west-1",
        ("2026-11-12T13:00", "2026-11-12T14:00"),
        ["score"],
        bureau="name: api.newbureau.example, port: 443, addresses: [203.0.113.230]",
        fraud="name: api.fraudcheck.example, port: 443, addresses: [203.0.113.231]",
    )
    calls(case, "2026-11-12T13:00", "score", 60, 20, (60, 1.0), failing_ms=10_600)
    log = Log("score", "2026-11-12T13:00", memory=256)
    log.every(
        4,
        3590,
        61,
        "<g> fraud check ok in 121ms (api.fraudcheck.example)\n",
        '<g> Get "https://api.newbureau.example/v2/score": net/http: TLS handshake timeout\n',
        ms=10_190,
    )
    log.events(case)

"""SYNs that leave and that nobody answers: outages, hosts that are down, partners whose firewall drops."""

from __future__ import annotations

from oracles.incidents.world import CaseFolder, incident
from oracles.incidents.world.seen.second.logs import Log, node, python
from oracles.incidents.world.seen.second.metrics import Metrics, calls, steps
from oracles.incidents.world.seen.second.shapes import about, rule, usual
from oracles.incidents.world.seen.second.verdicts import SILENT, named


@incident(
    source="Post-mortem of a payment provider: API unreachable 09:14-09:41 UTC",
    expert=named(
        SILENT,
        "from 09:14 to 09:41 every SYN to the one destination left the NAT gateway and none was answered; before and "
        "after all is well, ports are free",
    ),
)
def the_payment_provider_was_dark_for_half_an_hour(case: CaseFolder) -> None:
    net = usual("checkout2", "eu-west-1", addresses=2)
    net.function("pay", ["private-a", "private-b"], timeout=25)
    net.write(case)
    about(
        case,
        "eu-west-1",
        ("2026-11-19T09:00", "2026-11-19T10:00"),
        ["pay"],
        provider="name: api.payfast.example, port: 443, addresses: [198.18.44.10, 198.18.44.11]",
    )
    nat = Metrics("2026-11-19T09:00")
    nat.nat(
        net["nat"],
        ConnectionAttemptCount=steps("a", (14, 210), (27, 640), (19, 230)),
        ConnectionEstablishedCount=[*steps("b", (14, 210)), *[0] * 27, *steps("b", (19, 232))],
        ActiveConnectionCount=steps("c", (14, 90), (27, 6), (19, 95)),
        ErrorPortAllocation=[0] * 60,
    )
    nat.write(case, "nat")
    calls(case, "2026-11-19T09:00", "pay", 60, 210, (14, 0.0), (27, 1.0), (19, 0.0), failing_ms=15_300)
    log = Log("pay", "2026-11-19T09:00")
    log.every(3, 840, 60, "[INFO]\t<t>\t<r>\tcharged\n")
    log.every(
        845,
        2450,
        20,
        "[WARNING]\t<t>\t<r>\tRetrying (Retry(total=1, connect=None, read=None, redirect=None, "
        "status=None)) after connection broken by 'ConnectTimeoutError(<urllib3.connection.HTTPSConnection object "
        "at 0x7f00aa>, 'Connection to api.payfast.example timed out. (connect timeout=5)')': /v1/charges\n",
        python(
            "ConnectTimeout",
            "HTTPSConnectionPool(host='api.payfast.example', port=443): Max retries exceeded "
            "with url: /v1/charges (Caused by ConnectTimeoutError(<urllib3.connection.HTTPSConnection object at "
            "0x7f00aa>, 'Connection to api.payfast.example timed out. (connect timeout=5)'))",
        ),
        ms=15_100,
    )
    log.every(2465, 3590, 60, "[INFO]\t<t>\t<r>\tcharged\n")
    log.events(case)


@incident(
    source="tulios/kafkajs 1409 and 1435: Connection timeout to a broker of MSK from Lambda",
    expert=named(
        SILENT,
        "of three brokers with one group and one port, only b-2 answers no SYN: that host is dark",
        says=("b-2",),
    ),
)
def one_broker_of_three_is_dark(case: CaseFolder) -> None:
    net = usual("tracking", "us-east-1", "abc")
    net.group("msk", into=[rule(9098, net["app"])])
    for at, zone in enumerate("abc"):
        net.interface(f"data-{zone}", f"10.20.{51 + at}.9", "MSK broker", ["msk"])
    net.function("produce", ["private-a", "private-b", "private-c"], runtime="nodejs20.x", timeout=30)
    net.write(case, "network-acls")
    brokers = {
        f"b_{at + 1}": f"name: b-{at + 1}.tracking.abc.c2.kafka.us-east-1.amazonaws.com, port: 9098, "
        f"addresses: [10.20.{51 + at}.9]"
        for at in range(3)
    }
    about(case, "us-east-1", ("2026-11-22T10:00", "2026-11-22T11:00"), ["produce"], **brokers)
    calls(case, "2026-11-22T10:00", "produce", 60, 240, (17, 0.0), (43, 0.3), failing_ms=12_000)
    log = Log("produce", "2026-11-22T10:00")
    log.every(
        4,
        3590,
        40,
        '<t>\t<r>\tINFO\t{"level":"INFO","timestamp":"<t>","logger":"kafkajs","message":"sent 20 '
        'records to b-1.tracking.abc.c2.kafka.us-east-1.amazonaws.com:9098"}\n',
        envs=20,
    )
    log.every(
        9,
        3590,
        55,
        '<t>\t<r>\tINFO\t{"level":"INFO","timestamp":"<t>","logger":"kafkajs","message":"sent 20 '
        'records to b-3.tracking.abc.c2.kafka.us-east-1.amazonaws.com:9098"}\n',
        envs=20,
    )
    log.every(
        1030,
        3590,
        35,
        '<t>\t<r>\tERROR\t{"level":"ERROR","timestamp":"<t>","logger":"kafkajs","message":'
        '"[Connection] Connection timeout","broker":"b-2.tracking.abc.c2.kafka.us-east-1.amazonaws.com:9098",'
        '"clientId":"produce"}\n',
        ms=11_000,
        envs=20,
    )
    log.events(case)


@incident(
    source="Stack Overflow: RDS stopped at night, Lambda connection timed out (Is the server running on that host)",
    expert=named(
        SILENT,
        "the path and all rules are in the evidence and right, it worked until 18:00 sharp, and since then no SYN is "
        "answered: the instance is stopped or gone",
    ),
)
def the_instance_is_stopped_after_hours(case: CaseFolder) -> None:
    net = usual("staging", "eu-west-1", "a")
    net.acl("default", ["private-a", "public-a", "data-a"], default=True)
    net.group("db", into=[rule(5432, net["app"])])
    net.interface("data-a", "10.20.51.23", "RDSNetworkInterface", ["db"])
    net.function("sync-jira", ["private-a"], timeout=180)
    net.write(case)
    about(
        case,
        "eu-west-1",
        ("2026-11-26T17:30", "2026-11-26T18:30"),
        ["sync-jira"],
        db="name: staging.cexample.eu-west-1.rds.amazonaws.com, port: 5432, addresses: [10.20.51.23]",
    )
    calls(case, "2026-11-26T17:30", "sync-jira", 60, 2, (30, 0.0), (30, 1.0), failing_ms=134_000)
    log = Log("sync-jira", "2026-11-26T17:30")
    log.every(10, 1790, 120, "[INFO]\t<t>\t<r>\tsynced 12 issues\n", ms=2_300, envs=1)
    log.every(
        1830,
        3400,
        150,
        python(
            "OperationalError",
            'connection to server at "staging.cexample.eu-west-1.rds.amazonaws.com" (10.20.51.23), port '
            "5432 failed: Connection timed out\n\tIs the server running on that host and accepting TCP/IP "
            "connections?\n",
        ),
        ms=133_800,
        envs=1,
    )
    log.events(case)


@incident(
    source="AWS re:Post: partner allow list, timeouts after the NAT gateway got another Elastic IP",
    expert=named(
        SILENT,
        "one partner answers no SYN since 06:00 while the same NAT gateway gets answers from everybody else: on their "
        "side (an allow list, for the gateway is new) and not in the VPC",
        says=("partner",),
    ),
)
def the_partner_drops_our_new_address(case: CaseFolder) -> None:
    net = usual("insurer", "eu-central-1")
    net.record("nat-gateways", "nat")["CreateTime"] = "2026-11-17T05:52:10+00:00"
    net.function("check-cover", ["private-a", "private-b"], runtime="java21", timeout=30, memory=1024)
    net.write(case)
    about(
        case,
        "eu-central-1",
        ("2026-11-17T06:00", "2026-11-17T07:00"),
        ["check-cover"],
        partner="name: b2b.reinsurer.example, port: 443, addresses: [203.0.113.90]",
        addresses_api="name: api.postcodes.example, port: 443, addresses: [198.18.3.3]",
    )
    nat = Metrics("2026-11-17T06:00", zeros=True)
    nat.nat(
        net["nat"],
        ConnectionAttemptCount=steps("q", (60, 80)),
        ConnectionEstablishedCount=steps("r", (60, 41)),
        ErrorPortAllocation=[0] * 60,
        ActiveConnectionCount=steps("s", (60, 20)),
    )
    nat.write(case, "nat")
    calls(case, "2026-11-17T06:00", "check-cover", 60, 40, (60, 1.0), failing_ms=10_900)
    log = Log("check-cover", "2026-11-17T06:00", memory=1024)
    log.every(
        3,
        3590,
        55,
        "<t> <r> INFO  postcode ok (api.postcodes.example, 88 ms)\n",
        (
            "java.net.http.HttpConnectTimeoutException: HTTP connect timed out\n\tat "
            "java.net.http/jdk.internal.net.http."
            "HttpClientImpl.send(HttpClientImpl.java:945)\n\tat insurer.Cover.ask(Cover.java:44)\n"
            "request: POST https://b2b.reinsurer.example/cover\n"
        ),
        ms=10_400,
    )
    log.events(case)


@incident(
    source="Server Fault: third-party webhook endpoint stops answering, Lambda connect timeouts, logs only",
    expert=named(
        SILENT,
        "a handful of connections a minute, and from 11:32 on none to this one host is answered, while another host "
        "on the internet answers the same environments: no table can be full at that load",
    ),
)
def only_logs_tell_that_one_host_went_dark(case: CaseFolder) -> None:
    about(
        case,
        "us-east-1",
        ("2026-11-05T11:00", "2026-11-05T12:00"),
        ["webhooks"],
        customer="name: hooks.bigcustomer.example, port: 443, addresses: [192.0.2.44]",
        stripe_like="name: api.cardhub.example, port: 443, addresses: [192.0.2.45]",
    )
    log = Log("webhooks", "2026-11-05T11:00")
    log.every(
        4, 1920, 60, "<t>\t<r>\tINFO\tapi.cardhub.example 200\n", "<t>\t<r>\tINFO\thooks.bigcustomer.example 204\n"
    )
    log.every(
        1924,
        3590,
        60,
        "<t>\t<r>\tINFO\tapi.cardhub.example 200\n",
        node(
            "Error",
            "connect ETIMEDOUT 192.0.2.44:443",
            "    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1607:16)",
            errno=-110,
            code="ETIMEDOUT",
            syscall="connect",
            address="192.0.2.44",
            port=443,
            level="hooks.bigcustomer.example failed",
        ),
        ms=131_400,
        envs=6,
    )
    log.events(case)

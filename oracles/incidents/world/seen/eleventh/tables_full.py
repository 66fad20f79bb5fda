"""NAT gateways and network interfaces that are full, or that drop packets."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Expert,
    Headline,
    Line,
    Log,
    about,
    go_log,
    incident,
    node_error,
    node_log,
    python_error,
    python_log,
    ramp,
    times,
)
from oracles.incidents.world.seen.eleventh._sites_a import (
    ENI,
    PORTS,
    URLLIB3,
    Fleet,
    cut_off,
    neighbours,
    place,
    requests_timeout,
    summed,
)


def _failures(
    log: Log, count: int, first: float, last: float, *lines: Line, seconds: float, streams: int, zone: int = 0
) -> None:
    """What a filter for errors leaves of the log of some environments: no platform lines."""
    step = (last - first) / count
    for number, jitter in enumerate(times(count, 0, 1, seed=zone + 11)):
        at = 60 * (first + step * (number + (jitter * 7.3) % 0.8))
        log.invocation(at, *lines, seconds=seconds, stream=zone * 1000 + number % streams, report=False)


@incident(
    source="https://repost.aws/knowledge-center/vpc-resolve-port-allocation-errors (ErrorPortAllocation)",
    expert=Expert(
        (PORTS,),
        (PORTS,),
        Headline.NAMED,
        "one address, 55,000 connections to one destination: the gateway's count stands there from 12:31 on, and its "
        "port allocation errors begin",
    ),
)
def quotes_at_noon(case: CaseFolder) -> None:
    site = place(case, "trade", "10.14", publics=(("34.233.7.91",),))
    case.function("quote-fanout", site.private, [site.app], runtime="nodejs20.x", timeout=20, memory=1024)
    stack = ("ClientRequest.<anonymous> (/var/task/node_modules/got/dist/source/core/index.js:970:111)",
             "TLSSocket.<anonymous> (/var/task/node_modules/got/dist/source/core/timed-out.js:64:20)")  # fmt: skip
    failed = node_error("Timeout awaiting 'connect' for 5000ms", "TimeoutError", stack=stack, name="TimeoutError",
                        code="ETIMEDOUT", event="connect")  # fmt: skip
    _failures(case.log("quote-fanout"), 74, 31.2, 57, failed, seconds=5.1, streams=2)
    cut_off(case, "quote-fanout")
    calls = summed(ramp(9_000, 17_600, 31), [0.0] * 31) + about(18_100, 29, 0.03)
    errors = [0.0] * 31 + [round(one * 0.055) for one in about(18_000, 29, 0.15)]
    case.function_metrics(
        "quote-fanout",
        invocations=calls,
        errors=errors,
        throttles=[0.0] * 60,
        duration=[float(one) for one in about(3_900, 31, 0.2) + about(5_240, 29, 0.02)],
        concurrent=ramp(310, 602, 31, 0.02) + about(640, 29, 0.02),
    )
    active = [float(one) for one in ramp(29_500, 54_700, 31, 0.01)] + [55_000.0 + one for one in about(170, 29, 0.2)]
    established = ramp(3_100, 4_600, 31) + about(3_400, 29, 0.05)
    refused = [0.0] * 31 + [float(one) for one in about(2_300, 29, 0.2)]
    case.nat_metrics(
        site.nats[0],
        active=active,
        errors=refused,
        attempts=summed(established, refused),
        established=established,
        drops=[0.0] * 60,
        idle=about(380, 60, 0.2),
    )
    case.yaml(functions=["quote-fanout"], destinations={
        "venue": {"name": "md.venue.example", "port": 443, "addresses": ["52.45.188.9"]}},
        reported="Quotes fail since the market opened. The log is of two environments.")  # fmt: skip


@incident(
    source="AWS networking blog (up to 440,000: addresses of NAT gateways)",
    expert=Expert(
        (PORTS,),
        (PORTS,),
        Headline.NAMED,
        "nat-b has one address and stands at 55,000 with port allocation errors; nat-a has three and carries more; "
        "only environments in private-b fail",
        says=("nat-b",),
    ),
)
def only_one_got_more_addresses(case: CaseFolder) -> None:
    site = place(
        case, "feeds", "10.15", publics=(("52.6.140.12", "52.86.31.7", "54.84.220.65"), ("34.192.77.180",))
    )  # fmt: skip
    neighbours(case, "cms", "ads")
    case.function("feed-poller", site.private, [site.app], runtime="python3.13", timeout=30, memory=1024)
    failed = python_error(
        "ConnectionTimeoutError",
        "Connection timeout to host https://stream.newswire.example/v1/items",
        ("/var/task/aiohttp/client.py", 725, "_connect_and_send_request", "raise ConnectionTimeoutError("),
    )
    _failures(case.log("feed-poller"), 58, 22.3, 59.8, failed, seconds=10.02, streams=5, zone=1)
    cut_off(case, "feed-poller")
    concurrent = ramp(540, 746, 22, 0.01) + about(776, 38, 0.01)
    calls = [round(one * 7) for one in concurrent]
    case.function_metrics(
        "feed-poller",
        invocations=calls,
        errors=[0.0] * 22 + [float(one) for one in about(118, 38, 0.2)],
        throttles=[0.0] * 60,
        duration=[float(one) for one in about(9_300, 22, 0.03)] + [float(one) for one in about(10_110, 38, 0.01)],
        concurrent=concurrent,
    )
    opened = about(5_200, 60, 0.05)
    case.nat_metrics(
        site.nats[0],
        active=ramp(40_300, 56_100, 22, 0.01) + about(58_300, 38, 0.008),
        errors=[0.0] * 60,
        attempts=opened,
        established=opened,
    )
    refused = [0.0] * 22 + [float(one) for one in about(900, 38, 0.3)]
    fewer = about(5_100, 22, 0.05) + about(4_500, 38, 0.05)
    case.nat_metrics(
        site.nats[1],
        active=ramp(39_900, 54_650, 22, 0.005) + [55_000.0 + one for one in about(64, 38, 0.4)],
        errors=refused,
        attempts=summed(fewer, refused),
        established=fewer,
    )
    case.quotas("lambda", **{"L-B99A9384": 3000})
    case.yaml(functions=["feed-poller"], destinations={
        "newswire": {"name": "stream.newswire.example", "port": 443, "addresses": ["18.233.90.4"]}},
        reported="Time-outs, although we bought addresses. Log: ten environments, five in each zone.")  # fmt: skip


@incident(
    source="https://docs.aws.amazon.com/lambda/latest/dg/foundation-networking.html (65,000 for each ENI)",
    expert=Expert(
        (ENI,),
        (ENI,),
        Headline.NAMED,
        "one subnet, one set of groups, one interface: the connections behind it stand at 65,000 exactly, while the "
        "NAT gateway with four addresses has no port allocation errors and fewer attempts reach it",
    ),
)
def sixty_five_thousand_brokers(case: CaseFolder) -> None:
    case.minutes = 45
    site = place(case, "relay", "10.21", "a", publics=(("3.80.14.5", "3.82.200.41", "3.89.61.130", "18.207.9.77"),))
    case.function("ws-relay", site.private, [site.app], runtime="provided.al2023", timeout=60, memory=1024)
    failures = case.log("ws-relay", tail=True)
    brokers = ("52.200.11.8", "52.200.14.90", "34.199.60.3")
    for index, broker in enumerate(brokers):
        said = go_log(f"publish: dial broker: dial tcp {broker}:8883: i/o timeout")
        _failures(failures, 24, 26.2, 44.8, said, seconds=10.0, streams=13, zone=index)
    concurrent = ramp(420, 668, 26, 0.01) + ramp(676, 742, 19, 0.01)
    case.function_metrics(
        "ws-relay",
        invocations=[round(one * 1.6) for one in concurrent],
        errors=[0.0] * 26 + ramp(40, 96, 19, 0.1),
        throttles=[0.0] * 45,
        duration=[float(one) for one in about(42_100, 45, 0.03)],
        concurrent=concurrent,
    )
    attempts = about(4_150, 26, 0.06) + about(2_640, 19, 0.06)
    case.nat_metrics(
        site.nats[0],
        active=ramp(40_700, 64_600, 26, 0.004) + [65_000.0] * 12 + [64_998.0, 65_000.0, 64_999.0] + [65_000.0] * 4,
        errors=[0.0] * 45,
        attempts=attempts,
        established=[one - index % 3 for index, one in enumerate(attempts)],
        drops=[0.0] * 45,
    )
    case.quotas("lambda", **{"L-B99A9384": 2000})
    case.yaml(
        functions=["ws-relay"],
        destinations={"brokers": {"name": "mqtt.relay.example", "port": 8883, "addresses": list(brokers)}},
        reported="97 connections per environment, as designed. Time-outs since 12:26. The log is of 39 environments.",
    )


@incident(
    source="AWS, NAT gateway CloudWatch metrics (PacketsDropCount above zero)",
    expert=Expert(
        ("nat-bandwidth",),
        ("nat-bandwidth",),
        Headline.NAMED,
        "from 12:20 to 12:45 the gateway stands at ten million packets a second and drops; failures are only then",
    ),
)
def nightly_copy_moved_to_noon(case: CaseFolder) -> None:
    site = place(case, "media", "10.22", publics=(("54.221.8.114", "54.221.37.2"),))
    neighbours(case, "render")
    case.function("media-ingest", site.private, [site.app], timeout=60, memory=2048)
    read = python_error(
        "ReadTimeout",
        "HTTPSConnectionPool(host='origin.studio.example', port=443): Read timed out. (read timeout=20)",
        URLLIB3,
        ("/var/task/requests/adapters.py", 713, "send", "raise ReadTimeout(e, request=request)"),
    )
    slow = requests_timeout("origin.studio.example", "/assets", 10)
    done = python_log("INFO", "ingested")
    calls = Fleet(case, "media-ingest")
    calls.good(24, 0, 19.9, done, seconds=2.4)
    calls.good(15, 20, 44.8, done, seconds=11.8)
    calls.bad(11, 20.1, 44.3, read, seconds=23.6)
    calls.bad(4, 20.1, 44.3, slow, seconds=10.2)
    calls.good(18, 45.2, 59.9, done, seconds=2.4)
    calls.write(memory=2048)
    calm, full = about(2_100_000, 20, 0.1), about(9_960_000, 25, 0.006)
    peak = [*calm, *full, *about(2_300_000, 15, 0.1)]
    out = [round(one * 60 * 0.93 * 0.34) for one in peak]
    back = [round(one * 60 * 0.93 * 0.66) for one in peak]
    busy = about(3_900, 20, 0.05) + about(7_700, 25, 0.05) + about(3_900, 15, 0.05)
    case.nat_metrics(
        site.nats[0],
        drops=[0.0] * 20 + [float(one) for one in about(24_200_000, 25, 0.3)] + [0.0] * 15,
        peak_packets=peak,
        peak_bytes=[round(one * 720) for one in peak],
        packets_out=out,
        packets_in=back,
        bytes_out=[one * 96 for one in out],
        bytes_in=[one * 1_041 for one in back],
        active=about(6_800, 20, 0.05) + about(13_900, 25, 0.05) + about(7_000, 15, 0.05),
        errors=[0.0] * 60,
        attempts=busy,
        established=[round(one * (0.97 if 20 <= index < 45 else 1)) for index, one in enumerate(busy)],
    )
    case.yaml(functions=["media-ingest"], destinations={"origin": {"name": "origin.studio.example", "port": 443}})


@incident(
    source="composed: as told on r/aws (Lambda at scale: connect timeouts to one API, a single NAT gateway)",
    expert=Expert(
        (PORTS,),
        (PORTS,),
        Headline.OPEN,
        "some 780 environments with 72 sockets each make 56,000 connections to one address through a gateway with one "
        "address: most likely its ports, but the gateway's metrics are not collected",
    ),
)
def seventy_two_sockets_each(case: CaseFolder) -> None:
    site = place(case, "loyalty", "10.23", "abc", publics=(("18.208.66.201",),))
    case.function("points-award", site.private, [site.app], runtime="nodejs20.x", timeout=15)
    stack = ("RedirectableRequest.handleRequestTimeout (/var/task/node_modules/axios/lib/adapters/http.js:689:16)",)
    failed = node_error(
        "timeout of 12000ms exceeded", "AxiosError", stack=stack, code="ECONNABORTED", name="AxiosError"
    )
    pool = node_log("INFO", "agent", {"sockets": 72, "free": 0, "queued": 3})
    log = case.log("points-award")
    for number, at in enumerate(times(40, 0, 33)):
        log.invocation(at, node_log("INFO", "agent", {"sockets": 70, "free": 9, "queued": 0}), seconds=3.2,
                       stream=number % 4, report=False)  # fmt: skip
    _failures(log, 52, 36.4, 59.7, pool, failed, seconds=12.1, streams=4)
    cut_off(case, "points-award")
    case.function_metrics(
        "points-award",
        period=300,
        invocations=[one * 5 for one in (*ramp(5_100, 11_800, 7, 0.01), *about(12_300, 5, 0.02))],
        errors=[None] * 7 + [one * 5 for one in about(510, 5, 0.2)],
        concurrent=ramp(402, 752, 7, 0.01) + about(785, 5, 0.01),
    )
    case.without("cloudwatch/nat", "ec2/addresses")
    case.yaml(functions=["points-award"], destinations={
        "scheme": {"name": "api.scheme.example", "port": 443, "addresses": ["52.72.190.44"]}})  # fmt: skip

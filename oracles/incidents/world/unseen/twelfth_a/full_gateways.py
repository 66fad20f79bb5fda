"""Fan-outs of a game company that fill a gateway, an interface, or a line."""

from __future__ import annotations

import random

from oracles.incidents.world import (
    CaseFolder,
    Expert,
    Headline,
    Traffic,
    about,
    go_log,
    incident,
    node_error,
    node_log,
    node_socket_error,
    python_error,
    python_log,
    ramp,
    route,
    times,
    unsaid_zeros,
)
from oracles.incidents.world.unseen.twelfth_a._sites import (
    BANDWIDTH,
    ENI,
    PORTS,
    Fleet,
    gateway,
    insights,
    named,
    place,
    settle,
)

_DIAL = 'shard: Post "https://eu.push.gamehub.io/v3/batch": dial tcp 52.48.71.19:443: i/o timeout'


@incident(
    source="https://repost.aws/knowledge-center/vpc-resolve-port-allocation-errors (ErrorPortAllocation, one endpoint)",
    expert=named(
        PORTS, "66 shards with 900 sockets each to one address: the gateway stands at 55,000 and counts errors"
    ),
)
def push_shards_all_go_to_one_address(case: CaseFolder) -> None:
    case.region = "eu-west-1"
    case.minutes = 30
    site = place(case, "liveops", "10.36", "52.213.160.98")
    subnets = [site.private_a, site.private_b]
    case.function("push-fanout", subnets, [site.app], runtime="provided.al2023", timeout=120, memory=2048)
    for name in ("push-plan", "push-receipts", "push-audit"):
        case.function(name, subnets, [site.app], runtime="provided.al2023")
    opened = go_log("shard: 900 sockets to eu.push.gamehub.io")
    calls = Traffic(case, "push-fanout")
    active, tried, made, errors = ([0.0] * 30 for _ in range(4))
    for minute in range(30):
        active[minute], tried[minute], made[minute] = 41, 18, 18
    for burst in (0, 5, 10, 15, 20, 25):
        full = burst >= 15
        calls.good(57 if full else 48, burst + 0.05, burst + 0.12, opened, seconds=61)
        if full:
            calls.bad(9, burst + 0.2, burst + 0.28, opened, go_log(_DIAL), seconds=36)
        active[burst] = active[burst + 1] = 55_038 if full else 43_240
        made[burst] = 55_020 if full else 43_218
        tried[burst] = made[burst] + 6
        errors[burst] = 9_912.0 + burst * 31 if full else 0.0
    calls.write(memory=2048)
    case.nat_metrics(site.nat, active=active, attempts=tried, established=made, errors=errors)
    case.yaml(functions=["push-fanout"], destinations={
        "push": {"name": "eu.push.gamehub.io", "port": 443, "addresses": ["52.48.71.19"]}})  # fmt: skip
    settle(case)


@incident(
    source="composed: a crawler on EC2 behind the same gateway holds the ports to the same telemetry service",
    expert=named(PORTS, "the gateway of zone a has no port left for the telemetry service, which others fill; "
                 "the one of zone b is fine"),
)  # fmt: skip
def a_neighbour_holds_the_ports_of_one_zone(case: CaseFolder) -> None:
    case.region = "eu-central-1"
    site = place(case, "stats", "10.38", "3.127.90.14")
    second = gateway(case, "stats-nat-b", site.public_b, "18.184.121.77")
    table = next(
        one
        for one in case.route_tables
        if any(a.get("SubnetId") == site.private_b["SubnetId"] for a in one["Associations"])
    )
    table["Routes"][-1] = route("0.0.0.0/0", second)
    for index in range(4):
        case.interface(f"crawler-{index}", site.private_a, [site.app], description="Primary network interface",
                       TagSet=[{"Key": "Name", "Value": f"crawler-{index}"}])  # fmt: skip
    case.function("telemetry-relay", [site.private_a, site.private_b], [site.app], runtime="nodejs18.x", timeout=20)
    failed = node_error("Connect Timeout Error (attempted address: in.telemetrix.cloud:443, timeout: 5000ms)",
                        "ConnectTimeoutError", code="UND_ERR_CONNECT_TIMEOUT",
                        stack=("onConnectTimeout (/var/task/node_modules/undici/lib/core/connect.js:190:24)",)
                        )  # fmt: skip
    sent = node_log("INFO", "relayed 40 events")
    fleet = Fleet(case, "telemetry-relay")
    for number in range(8):
        if number % 2:
            fleet.environment((0, 60, 20, 0.2, "good", (sent,)))
            continue
        # In zone a some connects still find a port that was just given back.
        parts = [(0.0, 24.0, 20.0, 0.2, "good", (sent,))]
        parts += [
            (at, at + 1.0, 14.0, 5.2, "error", (failed,)) if step % 3 else (at, at + 1.0, 14.0, 0.2, "good", (sent,))
            for step, at in enumerate(float(one) for one in range(25, 49))
        ]
        fleet.environment(*parts, (49.3, 60, 20, 0.2, "good", (sent,)))
    fleet.write()
    dice = random.Random("ports")
    active = [*ramp(18_000, 51_500, 24), *[55_012.0 + dice.randint(0, 30) for _ in range(24)], *ramp(40_000, 9_000, 12)]
    errors = [*[0.0] * 24, *[float(dice.randint(900, 4_100)) for _ in range(24)], *[0.0] * 12]
    made = [*about(9_000, 24), *about(9_400, 24), *about(2_800, 12)]
    case.nat_metrics(site.nat, active=active, errors=errors, attempts=[one + 40 for one in made], established=made)
    case.nat_metrics(second, active=about(44, 60), errors=[0.0] * 60, attempts=about(14, 60), established=about(14, 60))
    case.yaml(functions=["telemetry-relay"], destinations={
        "telemetry": {"name": "in.telemetrix.cloud", "port": 443, "addresses": ["18.156.70.210"]}})  # fmt: skip
    settle(case)


@incident(
    source="https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html (65,000 connections per ENI)",
    expert=named(ENI, "the only subnet's interface stands at 65,000 connections, while the gateway with its four "
                 "addresses and forty destinations turns nothing away"),
)  # fmt: skip
def arenas_hold_more_than_one_interface_can(case: CaseFolder) -> None:
    case.region = "us-west-2"
    site = place(case, "arena", "10.44", "44.228.3.17", "44.228.3.90", "52.33.214.8", "54.70.151.66")
    case.function("arena-sync", [site.private_a], [site.app], runtime="nodejs18.x", timeout=300, memory=1024)
    case.function("arena-list", [site.private_b], [site.app], runtime="nodejs18.x")
    concurrent = [*ramp(410, 640, 34), *ramp(655, 712, 26, 0.002)]
    errors = [*[0.0] * 35, *about(9, 25, 0.4)]
    calls = [round(one / 4) for one in concurrent]
    log = case.log("arena-sync")
    dice = random.Random("arena")
    stream = 0
    for minute, count in enumerate(errors):
        for at in times(int(count), minute, minute + 1):
            stream += 1
            host = f"44.241.{dice.randint(16, 20)}.{dice.randint(10, 17)}"
            log.say(
                at - 131.2,
                node_log("INFO", "100 sockets wanted, 40 arena hosts"),
                stream,
                f"{stream:08x}-77aa-4c1e-a2b0-5d1f0c9e8a11",
            )
            log.say(
                at,
                node_socket_error("ETIMEDOUT", address=host, port=7443),
                stream,
                f"{stream:08x}-77aa-4c1e-a2b0-5d1f0c9e8a11",
            )
    case.function_metrics("arena-sync", invocations=calls, errors=errors, concurrent=concurrent,
                          throttles=[0.0] * 60, average=about(238_000, 60, 0.02))  # fmt: skip
    held = [min(one * 100.0, 64_990.0 + dice.randint(0, 10)) for one in concurrent]
    made = [*about(15_000, 34), *about(15_600, 26)]
    case.nat_metrics(site.nat, active=held, errors=[0.0] * 60, attempts=made, established=made, drops=[0.0] * 60)
    listed = Traffic(case, "arena-list")
    listed.good(300, 0, 60, seconds=0.11)
    listed.write()
    case.yaml(functions=["arena-sync", "arena-list"])
    settle(case)


@incident(
    source="https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway-cloudwatch.html (PacketsDropCount)",
    expert=named(
        BANDWIDTH, "the gateway drops packets at its bandwidth while a new game build is downloaded through it"
    ),
)
def release_day_fills_the_line(case: CaseFolder) -> None:
    site = place(case, "cdn-origin", "10.46", "3.224.18.77")
    case.function("manifest-check", [site.private_a, site.private_b], [site.app], timeout=60)
    read = python_error(
        "ReadTimeout",
        "HTTPSConnectionPool(host='builds.studiohub.io', port=443): Read timed out. (read timeout=20)",
        ("/var/task/requests/adapters.py", 713, "send", "raise ReadTimeout(e, request=request)"),
    )
    reset = python_error(
        "ChunkedEncodingError",
        "('Connection broken: IncompleteRead(7340032 bytes read, 9437184 more expected)', IncompleteRead(7340032 bytes "
        "read, 9437184 more expected))",
        ("/var/task/requests/models.py", 822, "generate", "raise ChunkedEncodingError(e)"),
    )
    calls = Traffic(case, "manifest-check")
    calls.good(420, 0, 60, python_log("INFO", "manifest is current"), seconds=1.9)
    calls.bad(57, 21, 42, read, seconds=21.4)
    calls.bad(18, 21, 42, reset, seconds=14.2)
    calls.write()
    full, calm = 21, (21, 18)
    tried = about(1_500, 60)
    peak = [*about(2.1e9, calm[0]), *about(12.43e9, full, 0.005), *about(1.9e9, calm[1])]
    case.nat_metrics(
        site.nat, peak_bytes=peak, peak_packets=[round(one / 1_310) for one in peak],
        bytes_in=[round(one * 54) for one in peak], bytes_out=[round(one * 0.7) for one in peak],
        drops=[*unsaid_zeros([0.0] * calm[0]), *about(412_000, full, 0.3), *unsaid_zeros([0.0] * calm[1])],
        errors=[0.0] * 60, active=about(6_200, 60), attempts=tried,
        established=[*tried[:21], *[round(one * 0.97) for one in tried[21:42]], *tried[42:]],
    )  # fmt: skip
    case.yaml(functions=["manifest-check"], destinations={"builds": {"name": "builds.studiohub.io", "port": 443}})


@incident(
    source="composed: a fan-out that fails at its peaks, and nobody asked for the gateway's metrics",
    expert=Expert(
        (PORTS,),
        (PORTS,),
        Headline.OPEN,
        "connects fail only at the peaks, behind one address to one destination; the gateway's metrics are missing",
    ),
)
def peaks_fail_and_the_gateway_was_not_asked(case: CaseFolder) -> None:
    case.region = "ap-southeast-1"
    case.minutes = 30
    site = place(case, "season", "10.48", "13.228.99.40")
    case.function("season-rewards", [site.private_a, site.private_b], [site.app], runtime="provided.al2023",
                  timeout=120, memory=1769)  # fmt: skip
    opened = go_log("rewards: 880 sockets to grants.gamehub.io")
    failed = go_log('rewards: Post "https://grants.gamehub.io/v1/grant": dial tcp 13.250.44.9:443: i/o timeout')
    calls = Traffic(case, "season-rewards")
    for burst, good, bad in ((1, 40, 0), (6, 61, 8), (11, 44, 0), (16, 62, 11), (21, 38, 0), (26, 61, 7)):
        calls.good(good, burst + 0.02, burst + 0.1, opened, seconds=55)
        if bad:
            calls.bad(bad, burst + 0.2, burst + 0.3, opened, failed, seconds=32)
    calls.write(memory=1769)
    insights(case, "season-rewards")
    case.without("cloudwatch/nat")
    case.yaml(functions=["season-rewards"], destinations={
        "grants": {"name": "grants.gamehub.io", "port": 443, "addresses": ["13.250.44.9"]}})  # fmt: skip
    settle(case)


@incident(
    source="composed: a function that opens a socket per player, on a gateway with one address",
    expert=Expert(
        (PORTS, "descriptor-exhaustion"),
        (PORTS, "descriptor-exhaustion"),
        Headline.NAMED,
        "some environments are out of file descriptors, and the gateway has no port left for the same destination",
    ),
)
def a_socket_for_each_player(case: CaseFolder) -> None:
    case.region = "ap-northeast-1"
    site = place(case, "guild", "10.49", "54.250.31.206")
    case.function("guild-broadcast", [site.private_a, site.private_b], [site.app], timeout=90, memory=3008)
    many = python_error(
        "ClientConnectorError", "Cannot connect to host relay.guildnet.jp:443 ssl:default [Too many open files]",
        ("/opt/python/aiohttp/connector.py", 1268, "_wrap_create_connection",
         "raise client_error(req.connection_key, exc) from exc"),
    )  # fmt: skip
    late = python_error(
        "ConnectionTimeoutError", "Connection timeout to host https://relay.guildnet.jp/push",
        ("/opt/python/aiohttp/client.py", 703, "_connect_and_send_request", "raise ConnectionTimeoutError("),
    )  # fmt: skip
    calls = Traffic(case, "guild-broadcast")
    active, errors, made = about(38, 60), [0.0] * 60, about(30, 60)
    for burst in (4, 19, 34, 49):
        calls.good(54, burst + 0.02, burst + 0.1, python_log("INFO", "broadcast to 980 players"), seconds=58)
        calls.bad(7, burst + 0.15, burst + 0.2, python_log("INFO", "broadcast to 1040 players"), many, seconds=2.6)
        calls.bad(11, burst + 0.3, burst + 0.4, python_log("INFO", "broadcast to 960 players"), late, seconds=31.2)
        active[burst] = active[burst + 1] = 55_020 + burst
        errors[burst] = 16_400.0 + 97 * burst
        made[burst] = 55_160
    calls.write(memory=3008)
    case.nat_metrics(site.nat, active=active, errors=errors, attempts=[one + 9 for one in made], established=made)
    case.yaml(functions=["guild-broadcast"], destinations={
        "relay": {"name": "relay.guildnet.jp", "port": 443, "addresses": ["54.168.207.91"]}})  # fmt: skip
    settle(case)

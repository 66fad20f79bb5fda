"""What runs out at the function itself: descriptors, addresses for its interface, and concurrency."""

from __future__ import annotations

from datetime import UTC, datetime

from oracles.incidents.world import (
    CaseFolder,
    Expert,
    Headline,
    Traffic,
    about,
    allow,
    aws_id,
    go_log,
    incident,
    node_error,
    node_log,
    ramp,
    route,
)
from oracles.incidents.world.unseen.twelfth_b._sites import Story, busy_nat, close, named, place

FILES = "descriptor-exhaustion"
ADDRESSES = "eni-quota-or-address-shortage"
THROTTLED = "lambda-throttling"


@incident(
    source="golang/go issues: socket: too many open files, when response bodies are not closed",
    expert=named(
        FILES,
        "old environments have no descriptor left for any socket, not even to ask the resolver; the younger one works",
        "feed-fetch",
    ),
)
def old_environments_cannot_open_a_socket(case: CaseFolder) -> None:
    there = place(case, "wire", "eu-west-2", "10.84", "18.135.9.214")
    case.function("feed-fetch", there.private, [there.app], runtime="provided.al2023", timeout=30)
    case.function("feed-index", there.private, [there.app], runtime="python3.12")
    lookup = (
        'fetch: Get "https://feeds.wirepress.com/v2/latest": dial tcp: lookup feeds.wirepress.com on 169.254.78.1:53: '
        "dial udp 169.254.78.1:53: socket: too many open files"
    )
    socket = (
        'fetch: Get "https://feeds.wirepress.com/v2/latest": dial tcp 151.101.66.114:443: socket: too many open files'
    )
    story = Story(case, "feed-fetch")
    for stream, full_at in ((0, 1872), (1, 2291)):
        for index in range(178):
            at = 4 + 0.31 * stream + 20 * index
            if at < full_at:
                story.call(at, seconds=0.62, stream=stream, used=101)
            else:
                story.call(at, go_log(socket if index % 5 == 0 else lookup), seconds=0.01, stream=stream, error=True,
                           used=118)  # fmt: skip
    for index in range(118):
        story.call(1204.2 + 20 * index, seconds=0.61, stream=2, cold=0.21 if index == 0 else None, used=96)
    story.write()
    busy_nat(case, there.nat, 44, 2150)
    close(case, functions=["feed-fetch"], destinations={
        "wirepress": {"name": "feeds.wirepress.com", "port": 443}})  # fmt: skip


@incident(
    source="redis/lettuce issues: Too many open files, when a client is made for each request",
    expert=Expert(
        (FILES,),
        (FILES,),
        Headline.OPEN,
        "sockets to the cache cannot be opened for want of descriptors, but the handler goes on without the cache and "
        "no invocation fails",
    ),
)
def cache_is_skipped_for_want_of_descriptors(case: CaseFolder) -> None:
    there = place(case, "mosaic", "eu-west-3", "10.44", "15.188.23.90")
    own = case.group("mosaic-cache", [allow(6379, there.app)])
    node = case.cache("mosaic-sessions-001", there.data[0], [own])
    case.function("playback-token", there.private, [there.app], runtime="java21", timeout=15, memory=1024)

    def skipped(moment: object) -> str:
        when, request = moment  # type: ignore[misc]
        return (
            f"{when[:10]} {when[11:23].replace('.', ',')} <{request}> WARN  SessionCache:71 - cache skipped\n"  # type: ignore[has-type]
            "io.lettuce.core.RedisConnectionException: Unable to connect to mosaic-sessions.x1p9dz.ng.0001.euw3.cache."
            "amazonaws.com/<unresolved>:6379\n"
            "\tat io.lettuce.core.RedisConnectionException.create(RedisConnectionException.java:78)\n"
            "\tat fr.mosaic.token.SessionCache.open(SessionCache.java:66)\n"
            "Caused by: io.netty.channel.ChannelException: Unable to create Channel from class class "
            "io.netty.channel.socket.nio.NioSocketChannel\n"
            "Caused by: io.netty.channel.ChannelException: Failed to open a socket.\n"
            "Caused by: java.net.SocketException: Too many open files\n"
        )

    calls = Traffic(case, "playback-token")
    calls.good(330, 0, 37, seconds=0.05)
    calls.bad(198, 37, 60, skipped, seconds=0.41, error=False)
    calls.write(memory=1024)
    case.metric("AWS/ElastiCache", "CurrConnections", {"CacheClusterId": "mosaic-sessions-001"},
                [float(one) for one in ramp(120, 990, 37)] + [1003.0] * 23, stat="Maximum")  # fmt: skip
    close(case, functions=["playback-token"], destinations={
        "sessions": {"name": "mosaic-sessions.x1p9dz.ng.0001.euw3.cache.amazonaws.com", "port": 6379,
                     "addresses": [node["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="AWS docs, Troubleshoot invocation issues: SubnetIPAddressLimitReachedException",
    expert=named(
        ADDRESSES,
        "the function was idle; its network interfaces cannot be made again, as neither subnet has a free address",
    ),
)
def woken_function_finds_its_small_subnets_full(case: CaseFolder) -> None:
    there = place(case, "label", "eu-central-1", "10.29", "52.58.140.61")
    narrow = [
        case.subnet(f"label-print-{az}", f"10.29.240.{16 * at}/28", [route("0.0.0.0/0", there.nat)], az=az,
                    AvailableIpAddressCount=0)
        for at, az in enumerate("ab")
    ]  # fmt: skip
    task = case.group("label-tasks")
    for at, subnet in enumerate(narrow):
        for last in range(4, 15):
            case.interface(
                f"task-{last}",
                subnet,
                [task],
                address=f"10.29.240.{16 * at + last}",
                description=f"arn:aws:ecs:eu-central-1:482917306154:attachment/{aws_id('t', at, last)}",
            )
    case.function("label-print", narrow, [there.app], runtime="java17", timeout=60, enis=False)
    case.function_configuration(
        "label-print",
        State="Inactive",
        StateReason="The function could not be restored because its subnets do not have enough free IP addresses.",
        StateReasonCode="SubnetOutOfIPAddresses",
    )
    case.function("order-router", runtime="nodejs22.x", timeout=30)
    failed = node_error(
        "Lambda was not able to set up VPC access for the Lambda function because one or more configured subnets has "
        "no available IP addresses.",
        type="SubnetIPAddressLimitReachedException",
        stack=("de_CommandError (/var/runtime/node_modules/@aws-sdk/client-lambda/dist-cjs/index.js:2651:21)",
               "async Runtime.handler (/var/task/index.js:52:20)"),
        name="SubnetIPAddressLimitReachedException",
        **{"$fault": "server", "$metadata": {"httpStatusCode": 502, "attempts": 3, "totalRetryDelay": 188}},  # type: ignore[arg-type]
    )  # fmt: skip
    calls = Traffic(case, "order-router")
    calls.good(180, 0, 60, node_log("INFO", "routed", {"printer": "none"}), seconds=0.08)
    calls.bad(47, 8, 60, failed, seconds=1.9)
    calls.write()
    close(case, functions=["order-router", "label-print"])


@incident(
    source="AWS re:Post: TooManyRequestsException: Rate Exceeded, with reserved concurrency",
    expert=named(
        THROTTLED,
        "the function that is called runs at its reserved 20 from 12:15 to 12:41 and turns the others away; its caller "
        "sees 429 of Lambda, and the network has no part in it",
        "address-match",
    ),
)
def called_function_at_its_reserved_twenty(case: CaseFolder) -> None:
    there = place(case, "parcel", "us-east-2", "10.31", "18.220.41.7")
    case.function("parcel-intake", there.private, [there.app], runtime="provided.al2023", timeout=20)
    case.function("address-match", runtime="python3.13", timeout=10, memory=1024)
    failed = (
        "match: operation error Lambda: Invoke, exceeded maximum number of attempts, 3, https response error "
        "StatusCode: 429, RequestID: 7e0a9c53-1d4f-4f7e-8a36-52b0de3d9a11, TooManyRequestsException: Rate Exceeded."
    )
    calls = Traffic(case, "parcel-intake")
    calls.good(150, 0, 15, seconds=2.2)
    calls.good(190, 15, 41, seconds=2.4)
    calls.bad(131, 15, 41, go_log(failed), seconds=0.71)
    calls.good(205, 41.1, 60, seconds=2.2)
    calls.write()
    busy, calm = 26, (15, 19)
    case.function_metrics(
        "address-match",
        invocations=about(290, calm[0]) + about(596, busy, spread=0.01) + about(305, calm[1]),
        errors=[0.0] * 60,
        throttles=[0.0] * calm[0] + about(210, busy) + [0.0] * calm[1],
        duration=about(2600, 60),
        concurrent=about(12, calm[0]) + [20.0] * busy + about(12, calm[1]),
    )
    busy_nat(case, there.nat, 60, 75)
    close(case, functions=["parcel-intake", "address-match"])


@incident(
    source="AWS docs, Understanding Lambda function scaling: account concurrency shared by all functions of a region",
    expert=named(
        THROTTLED,
        "the account stands at its 1,000 while an archive job runs with more than nine hundred: Lambda turns "
        "invocations away before they start, and those that start end well",
        "ad-decision",
    ),
)
def archive_job_takes_the_whole_account(case: CaseFolder) -> None:
    case.start = datetime(2026, 9, 14, 18, 0, tzinfo=UTC)
    there = place(case, "vision", "us-west-2", "10.98", "54.190.3.171")
    case.function("ad-decision", there.private, [there.app], runtime="nodejs22.x", timeout=3)
    case.function("subtitle-burnin", runtime="python3.12", timeout=900, memory=3008)
    case.quotas("lambda", **{"L-B99A9384": 1000})
    calls = Traffic(case, "ad-decision")
    calls.good(860, 0, 22, node_log("INFO", "decided"), seconds=0.09)
    calls.good(430, 22, 49, node_log("INFO", "decided"), seconds=0.09)
    calls.good(440, 49, 60, node_log("INFO", "decided"), seconds=0.09)
    calls.write()
    case.function_metrics("ad-decision", throttles=[0.0] * 22 + about(61, 27) + [0.0] * 11)
    eats = [3.0] * 18 + [float(one) for one in ramp(120, 930, 4)] + [float(one) for one in about(962, 27, 0.01)]
    case.function_metrics("subtitle-burnin", concurrent=[*eats, 410.0, 60.0] + [3.0] * 9, throttles=[0.0] * 22 +
                          about(55, 27) + [0.0] * 11)  # fmt: skip
    case.metric("AWS/Lambda", "ConcurrentExecutions", {},
                [44.0] * 18 + [float(one) for one in ramp(170, 970, 4)] + [1000.0] * 27 + [455.0, 102.0] + [45.0] * 9,
                stat="Maximum")  # fmt: skip
    busy_nat(case, there.nat, 22, 35)
    close(case, functions=["ad-decision"])

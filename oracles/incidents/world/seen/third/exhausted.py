"""NAT gateways without ports, or that drop packets, and an interface that is full."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Expert,
    Headline,
    Traffic,
    about,
    allow,
    dotnet_error,
    incident,
    node_log,
    python_error,
    python_log,
    ramp,
    share,
    times,
    unsaid_zeros,
)
from oracles.incidents.world.log_lines import node_error
from oracles.incidents.world.seen.third._estate import Call, destination, estate, function, java_trace, play, slog

PORTS, ENI, DESCRIPTORS = "nat-port-exhaustion", "hyperplane-eni-exhaustion", "descriptor-exhaustion"
FULL, BANDWIDTH = "destination-connection-limit", "nat-bandwidth"


def _named(cause: str, because: str, *says: str, lacks: tuple[str, ...] = ()) -> Expert:
    return Expert((cause,), (cause,), Headline.NAMED, because, says, lacks)


@incident(
    source="composed: axios ('timeout of 10000ms exceeded'): webhooks without keep-alive",
    expert=_named(
        PORTS,
        "the NAT gateway counts port allocation errors in the very minutes in which the deliveries fail, "
        "and its connections stand at 55,000",
    ),
)
def webhooks_without_keep_alive(case: CaseFolder) -> None:
    place = estate(case, "hookline", "10.31", zones="ab")
    function(case, "deliver-batch", place.private, [place.app], runtime="nodejs22.x", timeout=60, memory=1024)
    failed = node_error(
        "timeout of 10000ms exceeded",
        "AxiosError",
        code="ECONNABORTED",
        stack=(
            "RedirectableRequest.handleRequestTimeout (/var/task/node_modules/axios/dist/node/axios.cjs:3232:16)",
            "Timeout.<anonymous> (/var/task/node_modules/follow-redirects/index.js:221:12)",
        ),
    )
    calls = Traffic(case, "deliver-batch")
    calls.good(700, 0, 17.8, node_log("INFO", "batch of 900 delivered"), seconds=4.5, logged=False)
    calls.good(440, 18, 42, seconds=6.0, logged=False)
    calls.bad(620, 18.1, 42, failed, seconds=14.4)
    calls.good(640, 42.5, 59.8, seconds=4.4, logged=False)
    calls.write(report=False)
    peak = [*ramp(33_000, 41_000, 18), *([55_000.0, 54_990.0, 55_000.0] * 8), *ramp(42_000, 34_000, 18)]
    case.nat_metrics(
        place.nats[0],
        active=peak,
        errors=[0.0] * 18 + about(3_400, 24, 0.3) + [0.0] * 18,
        attempts=[*about(36_000, 18), *about(61_000, 24), *about(35_000, 18)],
    )
    case.without("ec2/network-acls")
    case.yaml(
        functions=["deliver-batch"],
        destinations={"relay": destination("relay.hookbin.example", 443, "34.160.113.8", via="nat")},
    )


@incident(
    source="composed: two causes at once, a crawler out of NAT ports and a writer that MySQL refuses (1040)",
    expert=Expert(
        (PORTS, FULL),
        (PORTS, FULL),
        Headline.NAMED,
        "the crawler fails for want of ports at the NAT gateway, the writer because MySQL has too many connections",
    ),
)
def a_crawler_and_a_writer(case: CaseFolder) -> None:
    place = estate(case, "pricewise", "10.99", zones="ab")
    own = case.group("pricewise-mysql", [allow(3306, place.app)])
    db = case.database("offers", place.data[0], [own])
    function(case, "crawl", place.private, [place.app], runtime="provided.al2023", timeout=60, memory=1024)
    function(case, "store-offer", place.private, [place.app], runtime="python3.12", timeout=15)
    text = 'Get "https://shop.bigmart.example/p/88121": dial tcp 34.160.113.61:443: i/o timeout'
    crawl = Traffic(case, "crawl")
    crawl.good(330, 0, 60, slog("INFO", "crawled", pages=6500), seconds=9.0)
    crawl.bad(240, 12, 55, slog("ERROR", "page failed", err=text), seconds=31.0)
    crawl.write()
    failed = python_error(
        "OperationalError",
        "(1040, 'Too many connections')",
        ("/opt/python/pymysql/err.py", 143, "raise_mysql_exception", "raise errorclass(errno, errval)"),
    )
    store = Traffic(case, "store-offer")
    store.good(500, 0, 60, seconds=0.05)
    store.bad(130, 25, 50, failed, seconds=0.02)
    store.write()
    case.nat_metrics(
        place.nats[0],
        errors=unsaid_zeros([0.0] * 12 + about(820, 43, 0.4) + [0.0] * 5),
        active=[*ramp(40_000, 54_000, 12), *about(54_900, 43, 0.003), *ramp(50_000, 43_000, 5)],
    )
    case.metric(
        "AWS/RDS",
        "DatabaseConnections",
        {"DBInstanceIdentifier": "offers"},
        [*ramp(90, 148, 25), *[151.0] * 25, *ramp(140, 100, 10)],
        stat="Maximum",
    )
    case.yaml(
        functions=["crawl", "store-offer"],
        destinations={
            "bigmart": destination("shop.bigmart.example", 443, "34.160.113.61"),
            "offers": destination("offers.cpw1.us-east-1.rds.amazonaws.com", 3306, db["PrivateIpAddress"]),
        },
    )


@incident(
    source="composed: HttpClient's 'configured HttpClient.Timeout of 10 seconds elapsing', one of two gateways "
    "exhausted",
    expert=_named(
        PORTS,
        "only the gateway of zone b counts errors, and only environments with its subnet fail",
        "us-east-1b",
        lacks=("nat-us-east-1a",),
    ),
)
def one_gateway_of_two_has_no_ports(case: CaseFolder) -> None:
    place = estate(case, "acme-live", "10.113", zones="ab", nats="ab")
    for name in ("score-feed", "score-backfill", "score-web"):
        function(case, name, place.private, [place.app], runtime="dotnet8", timeout=30)
    # A job of the same estate that runs in zone b only, and opens a connection for each page.
    function(case, "replay", place.private[1:], [case.group("acme-live-replay")], runtime="java21", timeout=900)
    failed = dotnet_error(
        "System.Threading.Tasks.TaskCanceledException: The request was canceled due to the configured "
        "HttpClient.Timeout of "
        "10 seconds elapsing.",
        "System.Net.Http.HttpClient.HandleFailure(Exception e, Boolean telemetryStarted, HttpResponseMessage response)",
        "Scores.Feed.Poll() in /src/Scores/Feed.cs:line 33",
        inner="System.TimeoutException: A task was canceled.",
    )
    calls = []
    for index, at in enumerate(float(second) for second in range(8, 3590, 14)):
        broken = index % 2 == 1 and 900 <= at < 2700 and index % 3 != 0
        calls.append(Call(at, (failed,) if broken else (), 10.02 if broken else 0.3, index % 2, broken))
    play(case, "score-feed", calls, period=300, zeros=False)
    case.nat_metrics(place.nats[0], active=[2_100.0, 2_250.0, 2_190.0] * 4, errors=[None] * 12, period=300)
    case.nat_metrics(
        place.nats[1],
        active=[18_000.0, 31_500.0, 49_000.0, *[55_001.0] * 6, 30_000.0, 9_000.0, 2_300.0],
        errors=[None] * 3 + [4_120.0, 9_870.0, 11_020.0, 10_344.0, 8_001.0, 2_217.0] + [None] * 3,
        period=300,
    )
    case.yaml(
        functions=["score-feed"], destinations={"feed": destination("feed.livescores.example", 443, "34.160.113.140")}
    )


@incident(
    source="https://www.gomomento.com/blog/how-to-fix-connection-timeout-issues-with-aws-lambda-in-vpcs/ "
    "(aiohttp instead)",
    expert=_named(
        ENI,
        "new connections time out while the gateway, with eight addresses, counts no error, and the open "
        "connections stand flat at 65,000, which is what the only interface of the only subnet takes",
    ),
)
def flat_at_sixty_five_thousand(case: CaseFolder) -> None:
    place = estate(case, "burst-lab", "10.210", zones="a", addresses=8, stage="loadtest")
    function(case, "cache-load", place.private, [place.app], runtime="python3.12", timeout=60, memory=1769)
    host = "cell-3-us-east-1.prod.a.cachefarm.example"
    failed = python_error(
        "ConnectionTimeoutError",
        f"Connection timeout to host https://{host}/cache/lab",
        ("/var/task/aiohttp/client.py", 703, "_connect_and_send_request", "raise ConnectionTimeoutError("),
    )
    log = case.log("cache-load")
    for index, at in enumerate(times(300, 21, 39.4)):
        log.invocation(
            at, python_log("INFO", f"resolved {host} in 2 ms"), failed, seconds=30.1, stream=index, report=False
        )
    concurrent = [*ramp(200, 1_290, 20, 0.01), *about(1_320, 20, 0.01), *ramp(900, 40, 20, 0.02)]
    calls = [*ramp(1_500, 9_600, 20), *about(7_800, 20), *ramp(6_000, 200, 20)]
    case.function_metrics(
        "cache-load",
        invocations=calls,
        concurrent=concurrent,
        duration=[*about(4_200, 20), *[30_160.0] * 20, *about(4_100, 20)],
        errors=[*[0.0] * 20, *share(about(7_800, 20), 0.22), *[0.0] * 20],
    )
    case.nat_metrics(
        place.nats[0],
        errors=[0.0] * 60,
        drops=[0.0] * 60,
        active=[
            *ramp(10_000, 64_200, 20, 0.005),
            *([64_980.0, 65_000.0, 64_996.0, 64_990.0] * 5),
            *ramp(45_000, 2_000, 20, 0.01),
        ],
    )
    case.yaml(
        functions=["cache-load"],
        destinations={"cache": destination(host, 443, "54.81.9.11", "54.81.9.12", "54.81.9.13")},
        reported="load test with 1,300 workers; the log is a sample of about one failure in a hundred",
    )


@incident(
    source="composed: a video export over a NAT gateway that stands at ten million packets a second and drops some",
    expert=_named(
        BANDWIDTH,
        "in the minutes of the failures the gateway drops packets, at its most packets and bytes a "
        "second, without port errors",
    ),
)
def frames_over_the_nat_gateway(case: CaseFolder) -> None:
    place = estate(case, "cinegrid", "10.36", zones="a")
    function(case, "frame-export", place.private, [place.app], runtime="java21", timeout=300, memory=3008)
    failed = java_trace(
        "software.amazon.awssdk.core.exception.SdkClientException: Unable to execute HTTP request: Read timed out (SDK "
        "Attempt Count: 4)",
        "software.amazon.awssdk.core.exception.SdkClientException$BuilderImpl.build(SdkClientException.java:130)",
        causes=(
            (
                "java.net.SocketTimeoutException: Read timed out",
                "java.base/sun.nio.ch.NioSocketImpl.timedRead(NioSocketImpl.java:278)",
            ),
        ),
    )
    calls = Traffic(case, "frame-export")
    # An environment has 625 Mbit/s: it takes more than 160 at once to fill the gateway.
    calls.good(7_000, 0, 24, seconds=22.0, logged=False)
    calls.good(3_200, 24, 47, seconds=41.0, logged=False)
    calls.bad(900, 24, 45.8, failed, seconds=124.2)
    calls.good(3_400, 47, 59, seconds=21.0, logged=False)
    calls.write(memory=3008, report=False)
    case.nat_metrics(
        place.nats[0],
        errors=[0.0] * 60,
        active=about(7_400, 60),
        drops=[0.0] * 24 + about(240_000, 24, 0.5) + [0.0] * 12,
        peak_packets=[*about(6_100_000, 24), *about(9_960_000, 24, 0.004), *about(5_900_000, 12)],
        peak_bytes=[*about(7.7e9, 24), *about(12.42e9, 24, 0.006), *about(7.5e9, 12)],
    )
    case.yaml(
        functions=["frame-export"],
        destinations={"bucket": destination("cinegrid-frames.s3.us-east-1.amazonaws.com", 443)},
    )

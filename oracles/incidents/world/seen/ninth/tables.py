"""Tables that are full between a function and the world: of a NAT gateway, of an ENI, of a process."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Expert,
    Headline,
    Record,
    Traffic,
    about,
    allow,
    every,
    go_log,
    incident,
    java_error,
    node_error,
    node_log,
    python_error,
    ramp,
    share,
    times,
)  # fmt: skip
from oracles.incidents.world.seen.ninth.places import (
    BANDWIDTH,
    DESCRIPTORS,
    FULL,
    HYPERPLANE,
    PORTS,
    Apart,
    fleet,
    named,
    requests_error,
    startup,
    undici_timeout,
)  # fmt: skip


def _whole(values: list[float]) -> list[float]:
    return [float(one) for one in values]


@incident(
    source="composed: a price scraper behind one Elastic IP (AWS: ErrorPortAllocation, 55,000 to a destination)",
    expert=named(
        PORTS, "the NAT gateway counts ErrorPortAllocation from 12:14 to 12:40, exactly while connects time out"
    ),
)
def scraper_on_one_address(case: CaseFolder) -> None:
    place = startup(case, "pricey", "10.39")
    for name in ("pricey-crawl", "pricey-recrawl"):
        case.function(name, place.private, [place.app], runtime="nodejs22.x", timeout=40, memory=1024)
    calls = [*about(2_100, 14), *about(9_400, 26), *about(2_000, 20)]
    failing = [0.0] * 14 + [0.14] * 26 + [0.0] * 20
    case.function_metrics(
        "pricey-crawl", invocations=calls,
        errors=[round(one * part) for one, part in zip(calls, failing, strict=True)],
        concurrent=[*about(210, 14), *about(930, 26), *about(205, 20)])  # fmt: skip
    case.function_metrics("pricey-recrawl", invocations=about(40, 60), errors=[None] * 15 + [6.0] * 25 + [None] * 20)
    log = case.log("pricey-crawl")
    for number, at in enumerate(times(60, 14.2, 39.8)):
        log.invocation(at, undici_timeout("www.megamart.example", "23.192.228.80"), seconds=10.3, stream=number,
                       report=False)  # fmt: skip
    case.nat_metrics(
        place.nat,
        active=[*about(12_400, 13), 41_000.0, *[55_010.0 + 7 * (n % 5) for n in range(26)], *about(15_000, 20)],
        attempts=[*about(12_900, 14), *about(58_000, 26), *about(12_500, 20)],
        errors=[None] * 14 + _whole(about(3_900, 26)) + [None] * 20)  # fmt: skip
    case.yaml(functions=["pricey-crawl", "pricey-recrawl"], destinations={
        "megamart": {"name": "www.megamart.example", "port": 443, "addresses": ["23.192.228.80"]}})  # fmt: skip


@incident(
    source="composed: five-minute metrics of three NAT gateways, of which one has errors",
    expert=named(PORTS, "the function stands in zone b alone, whose NAT gateway has port allocation errors in "
                        "the periods "
                        "in which it fails; the other two gateways are not on its way",
                 lacks=("iothub-nat-a", "iothub-nat-c")),
)  # fmt: skip
def one_gateway_of_three(case: CaseFolder) -> None:
    case.region = "ap-northeast-1"
    place = fleet(case, "iothub", "10.81")
    case.function("iothub-webhook-fanout", [place.apps[1]], [place.app], runtime="python3.12", timeout=15)
    calls = every(about(6_100, 60), 5)
    errors = [0.0, 0.0, 0.0, 410.0, 2_230.0, 2_912.0, 2_844.0, 1_975.0, 122.0, 0.0, 0.0, 0.0]
    case.function_metrics("iothub-webhook-fanout", period=300, invocations=calls, errors=errors,
                          duration=[3_900.0] * 3 + [15_000.0] * 6 + [4_020.0] * 3)  # fmt: skip
    case.nat_metrics(place.nats[0], period=300, errors=[0.0] * 12, active=about(2_300, 12))
    case.nat_metrics(place.nats[1], period=300, active=[40_100, 44_800, 51_900, 55_006, 55_020, 55_031, 55_018, 55_012,
                     55_002, 47_000, 43_800, 41_000], errors=[None, None, None, 1_208.0, 7_455.0, 9_920.0, 9_130.0,
                     6_502.0, 377.0, None, None, None])  # fmt: skip
    case.nat_metrics(place.nats[2], period=300, errors=[0.0] * 12, active=about(1_900, 12))
    case.yaml(functions=["iothub-webhook-fanout"], reported="webhooks late between 12:15 and 12:45")


@incident(
    source="composed: a campaign that exhausts the NAT gateway's ports and PostgreSQL's slots in the same half hour",
    expert=Expert(
        (PORTS, FULL), (PORTS, FULL), Headline.NAMED,
        "two at once: the gateway's port errors beside connect timeouts to the mail API, and 53300 of the database",
    ),
)  # fmt: skip
def campaign_exhausts_two_things(case: CaseFolder) -> None:
    place = startup(case, "mailo", "10.40")
    own = case.group("mailo-db", [allow(5432, place.app)])
    db = case.database("mailo", place.private[0], [own])
    case.function("mailo-send", place.private, [place.app], timeout=30)
    host, base = "api.postmaster.example", "mailo.cc01.us-east-1.rds.amazonaws.com"
    connect = requests_error(
        host, "/email/batch", f"ConnectTimeoutError(<urllib3.connection.HTTPSConnection object at 0x7f55e0>, "
                              f"'Connection "
        f"to {host} timed out. (connect timeout=8)')")  # fmt: skip
    full = python_error(
        "OperationalError",
        f'connection to server at "{base}" ({db["PrivateIpAddress"]}), port 5432 failed: FATAL:  '
        "sorry, too many clients already\n",
        (
            "/opt/python/psycopg2/__init__.py",
            135,
            "connect",
            "conn = _connect(dsn, connection_factory=connection_factory,",
        ),
    )
    calls = [*about(800, 20), *about(7_700, 30), *about(900, 10)]
    errors = [0.0] * 20 + _whole([one or 0 for one in share(calls[20:50], 0.22)]) + [0.0] * 10
    case.function_metrics("mailo-send", invocations=calls, errors=errors)
    log = case.log("mailo-send")
    for number, at in enumerate(times(48, 20.5, 49.5)):
        log.invocation(
            at, connect if number % 2 else full, seconds=8.2 if number % 2 else 0.1, stream=number, report=False
        )
    case.nat_metrics(place.nat, active=[*about(9_000, 20), *[55_004.0 + n % 9 for n in range(30)], *about(14_000, 10)],
                     errors=[0.0] * 20 + _whole(about(2_750, 30)) + [0.0] * 10)  # fmt: skip
    case.metric("AWS/RDS", "DatabaseConnections", {"DBInstanceIdentifier": "mailo"},
                [*about(120, 20), *[405.0] * 30, *about(140, 10)], stat="Maximum")  # fmt: skip
    case.yaml(functions=["mailo-send"], destinations={
        "postmaster": {"name": host, "port": 443, "addresses": ["52.20.118.5"]},
        "db": {"name": base, "port": 5432, "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="composed: after Momento's post of 2024-04-23 as aws-facts.md tells it (flat near 65,000, no port errors)",
    expert=named(HYPERPLANE, "open connections stand flat at 65,000 in the only subnet with one ENI, the "
                             "gateway's four "
                             "addresses allow 220,000 and it counts no port error, and only new connects time out"),
)  # fmt: skip
def flat_at_sixty_five_thousand(case: CaseFolder) -> None:
    place = fleet(case, "vote", "10.82", nat_addresses=4)
    case.function("vote-live", [place.apps[0]], [place.app], runtime="provided.al2023", timeout=30, memory=1769)
    calls = [*ramp(9_000, 41_000, 24), *about(44_000, 36)]
    case.function_metrics(
        "vote-live", invocations=calls,
        errors=[0.0] * 24 + _whole([one or 0 for one in share(calls[24:], 0.09)]),
        concurrent=[*ramp(320, 1_430, 24), *about(2_750, 36)])  # fmt: skip
    case.nat_metrics(
        place.nats[0], active=[*ramp(14_500, 62_300, 24), *[64_960.0 + 8 * (n % 6) for n in range(36)]],
        errors=[0.0] * 60, drops=[0.0] * 60, attempts=[*ramp(4_000, 9_000, 24), *about(7_000, 36)])  # fmt: skip
    log = case.log("vote-live")
    text = ('level=warn msg="cache get" err="rpc error: code = Unavailable desc = connection error: desc = '
            '\\"transport: '
            'Error while dialing: dial tcp 44.219.30.12:443: i/o timeout\\"" resolved=1ms')  # fmt: skip
    for number, at in enumerate(times(55, 24.5, 59.5)):
        log.invocation(at, go_log(text), seconds=20.1, stream=number, report=False)
    case.yaml(functions=["vote-live"], destinations={
        "cache": {"name": "cache.cell-4.momentohq.example", "port": 443, "addresses": ["44.219.30.12"]}})  # fmt: skip


@incident(
    source="https://github.com/aws/aws-sdk-js-v3/issues/5273 (getaddrinfo EMFILE dynamodb...)",
    expert=named(DESCRIPTORS, "the process has no descriptor left: EMFILE, in whichever call needs the next one",
                 lacks=("dns", "nat gateway")),
)  # fmt: skip
def emfile_in_getaddrinfo(case: CaseFolder) -> None:
    host = "dynamodb.ap-northeast-1.amazonaws.com"
    case.region = "ap-northeast-1"
    more: Record = {"$metadata": {"attempts": 1, "totalRetryDelay": 0}}
    failed = node_error(
        f"getaddrinfo EMFILE {host}", errno=-24, code="EMFILE", syscall="getaddrinfo", hostname=host,
        stack=("GetAddrInfoReqWrap.onlookupall [as oncomplete] (node:dns:122:26)",),
        **more)  # fmt: skip
    other = node_error("connect EMFILE 52.119.218.90:443 - Local (undefined:undefined)", errno=-24, code="EMFILE",
                       syscall="connect", address="52.119.218.90", port=443,
                       stack=("internalConnect (node:net:1098:16)",))  # fmt: skip
    case.function("wishlist-fanout", runtime="nodejs20.x", timeout=60)
    calls = Traffic(case, "wishlist-fanout")
    calls.good(120, 0, 60, node_log("INFO", "wrote 25 items"), seconds=0.4)
    calls.bad(21, 22, 60, failed, seconds=0.2)
    calls.bad(9, 22, 60, other, seconds=0.2)
    calls.write()
    case.yaml(functions=["wishlist-fanout"])


@incident(
    source="composed: a Java client per invocation (java.net.SocketException: Too many open files)",
    expert=named(DESCRIPTORS, "warm environments fail with Too many open files while fresh ones work: each call "
                              "builds a "
                              "client and leaks its sockets"),
)  # fmt: skip
def java_leaks_clients(case: CaseFolder) -> None:
    place = fleet(case, "invoice", "10.83")
    case.function("invoice-pdf", place.apps, [place.app], runtime="java17", timeout=30, memory=2048)
    failed = java_error(
        "software.amazon.awssdk.core.exception.SdkClientException: Unable to execute HTTP request: Too many open files",
        "software.amazon.awssdk.core.exception.SdkClientException$BuilderImpl.build(SdkClientException.java:111)",
        "com.example.invoice.Pdf.handleRequest(Pdf.java:61)",
        causes=("java.net.SocketException: Too many open files",))  # fmt: skip
    calls = Apart(case, "invoice-pdf", spent=31)
    calls.good(230, 0, 60, seconds=0.5)
    calls.bad(26, 31, 60, failed, seconds=0.1)
    calls.write(memory=2048, period=300)
    for nat in place.nats:
        case.nat_metrics(nat, errors=[0.0] * 60, active=about(800, 60))
    case.yaml(functions=["invoice-pdf"])


@incident(
    source="composed: thumbnails through a NAT gateway instead of the S3 endpoint (AWS: 100 Gbps and 10 million "
           "packets/s)",
    expert=named(BANDWIDTH, "the gateway carries 100 Gbps and 9.9 million packets a second, and drops packets by the "
                            "hundred thousand, in the minutes of the failures; no port error"),
)  # fmt: skip
def gateway_at_its_packets(case: CaseFolder) -> None:
    place = fleet(case, "satimg", "10.84", nat_addresses=2)
    case.function("satimg-tile", place.apps[:1], [place.app], timeout=60, memory=3008)
    failed = python_error(
        "ReadTimeoutError",
        'Read timeout on endpoint URL: "https://satimg-raw.s3.us-east-1.amazonaws.com/s2/T31/B04.jp2"',
        (
            "/var/runtime/botocore/httpsession.py",
            506,
            "send",
            "raise ReadTimeoutError(endpoint_url=request.url, error=e)",
        ),
    )
    calls = about(21_000, 60)
    bad = [0.0] * 25 + _whole([one or 0 for one in share(calls[25:45], 0.17)]) + [0.0] * 15
    case.function_metrics("satimg-tile", invocations=calls, errors=bad)
    log = case.log("satimg-tile")
    for number, at in enumerate(times(30, 25.2, 44.2)):
        log.invocation(at, failed, seconds=30.4, stream=number, report=False)
    case.nat_metrics(
        place.nats[0], errors=[0.0] * 60, active=about(9_800, 60),
        drops=[0.0] * 25 + _whole(about(480_000, 20)) + [0.0] * 15,
        peak_packets=[
            *about(4_100_000, 25), *[9_960_000.0 + 2_000 * (n % 7) for n in range(20)], *about(4_400_000, 15)],
        peak_bytes=[*about(5.2e9, 25), *[12.46e9 + 4e6 * (n % 5) for n in range(20)], *about(5.5e9, 15)],
        packets_out=[*about(9e7, 25), *about(2.1e8, 20), *about(9.6e7, 15)],
        packets_in=[*about(1.4e8, 25), *about(3.7e8, 20), *about(1.5e8, 15)])  # fmt: skip
    case.yaml(functions=["satimg-tile"])

"""Tables that fill up on the way: ports, descriptors, packets, addresses, environments."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Expert,
    Headline,
    Traffic,
    about,
    every,
    incident,
    node_log,
    python_error,
    python_log,
    ramp,
    route,
    share,
    times,
)
from oracles.incidents.world.unseen._land import (
    BANDWIDTH,
    ENI,
    FILES,
    NAT_PORTS,
    SHORTAGE,
    THROTTLED,
    begin,
    gateway,
    named,
    node_text,
    small,
    stamped,
    to,
    zoned,
)


@incident(
    source="https://repost.aws/knowledge-center/vpc-resolve-port-allocation-errors",
    expert=named(
        NAT_PORTS,
        "gateway a counts port allocation errors at 55,000 connections, gateway b none",
        lacks=("track-nat-b",),
    ),
)
def one_of_two_gateways_full(case: CaseFolder) -> None:
    begin(case, "eu-central-1", 5, 17)
    case.vpc("track", "10.61.0.0/16")
    public = case.table("track-pub", [route("0.0.0.0/0", case.internet_gateway("track"))])
    subnets, nats = [], []
    for index, az in enumerate("ab"):
        outer = zoned(case, f"track-pub-{az}", f"10.61.{index}.0/24", az=az, table=public)
        nats.append(gateway(case, f"track-nat-{az}", outer, first=50 + index))
        subnets.append(
            zoned(case, f"track-fn-{az}", f"10.61.{16 + 16 * index}.0/20", [route("0.0.0.0/0", nats[-1])], az=az)
        )
    group = case.group("track-fn")
    case.function("pixel-forward", subnets, [group], runtime="nodejs22.x", timeout=15, memory=256)
    case.function("pixel-batch", subnets[:1], [group], timeout=900)
    bad = node_log(
        "ERROR",
        "ConnectTimeoutError: Connect Timeout Error (attempted address: collect.dsp-partner.com:443, "
        "timeout: 10000ms) code: UND_ERR_CONNECT_TIMEOUT",
    )
    log = case.log("pixel-forward")
    for number, at in enumerate(times(100, 21, 21.07)):
        log.invocation(at, bad, seconds=10.1, stream=number, report=False)
    case.file(
        "callers/pixel-forward.json", {**log.content(), "nextToken": "Bxkq6kVGFtq2y_MoigeqscPOdhXVbhiVtLoAmXb5jCo="}
    )
    calls = about(9_100, 60)
    failed = [0.0] * 21 + [value or 0 for value in share(calls[21:48], 0.16)] + [0.0] * 12
    case.function_metrics("pixel-forward", invocations=calls, errors=failed, concurrent=about(610, 60))
    case.nat_metrics(nats[0], errors=[0.0] * 21 + about(5_300, 27) + [0.0] * 12, attempts=about(21_000, 60),
                     active=[*ramp(33_000, 54_700, 21), *about(55_300, 27, 0.004),
                             *ramp(51_000, 31_000, 12)])  # fmt: skip
    case.nat_metrics(nats[1], errors=[None] * 60, attempts=about(7_900, 60), active=about(21_400, 60))
    case.yaml(
        functions=["pixel-forward"], destinations={"collector": to("collect.dsp-partner.com", 443, "34.110.152.9")}
    )


@incident(
    source="composed: a platform's dashboard exported in a hurry: metrics, and nothing of the network",
    expert=named(
        NAT_PORTS, "ErrorPortAllocation rises and falls with the function's errors; it is all that was collected"
    ),
)
def dashboard_export(case: CaseFolder) -> None:
    begin(case, "sa-east-1", 6, 21, 90)
    calls = about(3_700, 90)
    errors = [0.0] * 30 + about(410, 35) + [0.0] * 25
    case.function_metrics("webhook-out", period=300, invocations=every(calls, 5), errors=every(errors, 5),
                          duration=[1_900.0] * 6 + [30_000.0] * 7 + [2_050.0] * 5)  # fmt: skip
    case.nat_metrics("nat-0b7e51c2aa90d4f13", period=300, errors=[None] * 6 + [*about(8_120, 7)] + [None] * 5,
                     active=[41_220.0, 43_871.0, 46_007.0, 48_118.0, 51_300.0, 54_120.0, *about(55_020, 7, 0.002),
                             49_870.0, 38_008.0, 30_115.0, 28_940.0, 27_411.0])  # fmt: skip
    case.yaml(functions=["webhook-out"])


@incident(
    source="https://www.gomomento.com/blog/how-to-fix-connection-timeout-issues-with-aws-lambda-in-vpcs/",
    expert=named(
        ENI, "connections stand flat near 65,000 behind one ENI, and the gateway with three addresses has no errors"
    ),
)
def flat_top_of_one_eni(case: CaseFolder) -> None:
    begin(case, "eu-central-1", 7, 11, 30)
    place = small(case, "auktion", "10.101", addresses=3)
    case.function("bid-enrich", [place.one], [place.fn], runtime="nodejs20.x", timeout=20, memory=1769)
    bad = node_log(
        "WARN", "enrich skipped: Connect Timeout Error (attempted address: fs.adcache.io:9443, timeout: 5000ms)"
    )
    log = case.log("bid-enrich")
    for number, at in enumerate(times(100, 12, 12.2)):
        log.invocation(at, bad, seconds=5.1, stream=number, report=False)
    case.file("callers/bid-enrich.json", {**log.content(), "nextToken": "AKmq1pLJ7bdw3eCzr0ffYh8tV2uXo9sNf5Qe4aTgWkM="})
    calls = [*about(24_000, 8), *about(61_000, 22)]
    case.function_metrics("bid-enrich", invocations=calls, errors=[0.0] * 30,
                          concurrent=[*about(500, 8), *about(2_600, 22)],
                          duration=[*about(240, 12), *about(5_300, 18)])  # fmt: skip
    case.nat_metrics(place.nat, errors=[0.0] * 30, drops=[0.0] * 30, attempts=[*about(9_000, 8), *about(30_000, 22)],
                     active=[*ramp(18_000, 62_000, 12), *about(64_920, 18, 0.001)])  # fmt: skip
    case.yaml(functions=["bid-enrich"], destinations={"feature-store": to("fs.adcache.io", 9443, "18.157.99.3")})


@incident(
    source="https://github.com/nodemailer/nodemailer/issues/1469 (getaddrinfo EMFILE, on Lambda)",
    expert=named(FILES, "EMFILE: the environment has no descriptors left; getaddrinfo is only the first to need one"),
)
def nodemailer_leak(case: CaseFolder) -> None:
    begin(case, "eu-central-1", 8, 5)
    bad = node_text(
        "Error: getaddrinfo EMFILE mail.schulportal.de\n    at GetAddrInfoReqWrap.onlookup [as "
        "oncomplete] (dns.js:66:26) {\n"
        "  errno: 'EMFILE',\n  code: 'CONNECTION',\n  syscall: 'getaddrinfo',\n  hostname: 'mail.schulportal.de',\n"
        "  command: 'CONN'\n}"
    )
    log = case.log("eltern-mail")
    for at in (29.7 * step + 1.3 * (step % 5) for step in range(121)):
        lines = (bad,) if at > 2_300 else (node_log("INFO", "sent 22"),)
        log.invocation(at, *lines, seconds=0.6 if at <= 2_300 else 0.1, stream=0)
    case.yaml(functions=["eltern-mail"], destinations={"smtp": to("mail.schulportal.de", 465)})


@incident(
    source="composed: hyper's text (aws-sdk-rust holds sockets, awslabs/aws-sdk-rust#632 in the facts file)",
    expert=named(FILES, "os error 24: too many open files in the environment"),
)
def rust_client_per_call(case: CaseFolder) -> None:
    begin(case, "sa-east-1", 13, 14)
    place = small(case, "tarifa", "10.112")
    case.function("tarifa-branca", [place.one, place.two], [place.fn], runtime="provided.al2023", timeout=10)
    bad = stamped(
        "ERROR tarifa_branca: dispatch failure: io error: error trying to connect: tcp open error: Too many open files "
        "(os error 24)"
    )
    calls = Traffic(case, "tarifa-branca")
    calls.good(300, 0, 25.9, seconds=0.05)
    calls.bad(190, 26, 60, bad, seconds=0.02, error=False)
    calls.write(report=False)
    case.without("ec2/network-acls", "ec2/vpc-endpoints")
    case.nat_metrics(place.nat, errors=[0.0] * 60, active=about(1_100, 60))
    case.yaml(functions=["tarifa-branca"], destinations={"s3": to("s3.sa-east-1.amazonaws.com", 443)})


@incident(
    source="https://repost.aws/knowledge-center/vpc-troubleshoot-nat-gateway-connection (bandwidth limitation)",
    expert=named(BANDWIDTH, "the gateway stands at its 100 Gbit/s and drops packets exactly while the downloads stall"),
)
def video_reencode(case: CaseFolder) -> None:
    begin(case, "eu-central-1", 14, 19)
    place = small(case, "vorlesung", "10.120")
    case.function("transcode-chunk", [place.one, place.two], [place.fn], timeout=600, memory=4096)
    bad = python_error(
        "ReadTimeoutError",
        'Read timeout on endpoint URL: "None"',
        ("/var/runtime/botocore/response.py", 99, "read", "raise ReadTimeoutError(endpoint_url=e.url, error=e)"),
    )
    calls = Traffic(case, "transcode-chunk")
    calls.good(300, 0, 60, seconds=48)
    calls.bad(60, 20, 40, python_log("INFO", "GET chunk 188 MiB"), bad, seconds=71)
    calls.write(memory=4096)
    peak = [*about(3_900_000_000, 20), *about(12_480_000_000, 20, 0.003), *about(4_100_000_000, 20)]
    packets = [*about(165_000_000, 20), *about(535_000_000, 20, 0.01), *about(171_000_000, 20)]
    case.nat_metrics(place.nat, peak_bytes=peak, packets_in=packets, packets_out=[value // 2 for value in packets],
                     drops=[0.0] * 20 + about(910_000, 20) + [0.0] * 20, errors=[0.0] * 60,
                     active=about(2_200, 60))  # fmt: skip
    case.yaml(
        functions=["transcode-chunk"],
        destinations={"store": to("objects.uni-cloud.de", 443)},
        reported="all faculties encode behind this NAT",
    )


@incident(
    source="composed: a reserved concurrency that was set for a test and stayed",
    expert=named(THROTTLED, "throttles rise while concurrency stands at 25; what does run has no errors"),
)
def reserved_for_a_test(case: CaseFolder) -> None:
    begin(case, "sa-east-1", 15, 12)
    place = small(case, "leilao", "10.131")
    case.function("lead-score", [place.one], [place.fn], runtime="java21", ReservedConcurrentExecutions=25)
    case.function_metrics("lead-score", invocations=[*about(420, 20), *about(980, 40)], errors=[None] * 60,
                          throttles=[None] * 20 + [*about(640, 40)], duration=about(1_500, 60),
                          concurrent=[*about(14, 20), *[25.0] * 40])  # fmt: skip
    case.yaml(functions=["lead-score"], reported="API gives 500 since 12h35, timeouts no app")


@incident(
    source="composed: Lambda's own words of a subnet without addresses",
    expert=Expert(
        (SHORTAGE,), (SHORTAGE,), Headline.NAMED, "Lambda says that the subnet has no free address, and it has none"
    ),
)
def no_address_left(case: CaseFolder) -> None:
    begin(case, "eu-central-1", 16, 8, 30)
    case.vpc("trafo", "10.7.0.0/24")
    own = zoned(case, "trafo-fn", "10.7.0.32/27", [], AvailableIpAddressCount=0)
    group = case.group("trafo")
    for last in range(36, 63):
        case.interface(f"pod{last}", own, [group], address=f"10.7.0.{last}", description="aws-K8S-i-0c41d2")
    case.function("trafo-alarm", [own], [group], enis=False, runtime="python3.13")
    case.function_configuration("trafo-alarm", State="Failed", StateReasonCode="SubnetOutOfIPAddresses", StateReason=(
        "Lambda was not able to set up VPC access for the Lambda function because one or more "
        "configured subnets has no "
        "available IP addresses."))  # fmt: skip
    case.yaml(functions=["trafo-alarm"], destinations={"scada": to("10.7.0.140", 502, "10.7.0.140")})

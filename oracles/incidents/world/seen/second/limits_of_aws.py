"""Gateways at their bandwidth, throttled functions, and interfaces that cannot be made."""

from __future__ import annotations

from oracles.incidents.world import CaseFolder, incident
from oracles.incidents.world.seen.second.logs import Log, python
from oracles.incidents.world.seen.second.metrics import Metrics, calls, steps
from oracles.incidents.world.seen.second.shapes import about, put, usual
from oracles.incidents.world.seen.second.verdicts import BANDWIDTH, QUOTA, THROTTLED, named


@incident(
    source="AWS re:Post: NAT gateway PacketsDropCount, downloads from the internet at the gateway's bandwidth",
    expert=named(
        BANDWIDTH,
        "from 02:08 on the gateway stands at 12.5 GB/s (100 Gbit/s) and drops two packets in a hundred; ports are free",
    ),
)
def the_gateway_is_at_100_gigabits(case: CaseFolder) -> None:
    net = usual("genome", "us-east-1")
    net.function("fetch-reads", ["private-a", "private-b"], timeout=900, memory=3008)
    net.write(case)
    about(
        case,
        "us-east-1",
        ("2026-11-15T02:00", "2026-11-15T02:40"),
        ["fetch-reads"],
        archive="name: ftp.seqarchive.example, port: 443, addresses: [192.0.2.200]",
    )
    nat = Metrics("2026-11-15T02:00", zeros=True)
    nat.nat(
        net["nat"],
        PeakBytesPerSecond=[*steps("c", (8, 7.1e9)), *steps("d", (32, 12.5e9), noise=0.004)],
        PacketsInFromDestination=steps("e", (8, 280_000_000), (32, 505_000_000), noise=0.01),
        PacketsInFromSource=steps("f", (8, 60_000_000), (32, 110_000_000), noise=0.01),
        PacketsDropCount=[*[0] * 8, *steps("g", (32, 12_300_000))],
        ErrorPortAllocation=[0] * 40,
        ActiveConnectionCount=steps("h", (40, 2_300)),
    )
    nat.write(case, "nat")
    calls(case, "2026-11-15T02:00", "fetch-reads", 40, 130, (8, 0.0), (32, 0.25), failing_ms=900_000, busy=1_150)
    log = Log("fetch-reads", "2026-11-15T02:00", memory=3008)
    log.every(
        485,
        1500,
        22,
        python(
            "ReadTimeout",
            "HTTPSConnectionPool(host='ftp.seqarchive.example', port=443): Read timed out. (read timeout=60)",
        ),
        ms=300_000,
        envs=60,
    )
    log.every(
        490,
        1500,
        31,
        python(
            "ConnectTimeout",
            "HTTPSConnectionPool(host='ftp.seqarchive.example', port=443): Max retries exceeded with url: "
            "/r1.gz (Caused by ConnectTimeoutError(<urllib3.connection.HTTPSConnection object at 0x7f>, 'Connection to "
            "ftp.seqarchive.example timed out. (connect timeout=20)'))",
        ),
        ms=280_000,
        envs=60,
    )
    log.events(case)


@incident(
    source="AWS docs: NAT gateway scales to 10 million packets per second and drops packets beyond",
    expert=named(
        BANDWIDTH,
        "small packets: the gateway stands at ten million packets a second, drops 0.6 % of them, and "
        "connects time out as SYNs are lost; bytes are far from the limit",
    ),
)
def the_gateway_is_at_ten_million_packets(case: CaseFolder) -> None:
    net = usual("telemetry", "eu-west-1", addresses=2)
    net.function("relay", ["private-a", "private-b"], runtime="provided.al2023", timeout=30)
    net.write(case, "network-acls")
    about(case, "eu-west-1", ("2026-11-27T18:00", "2026-11-27T18:30"), ["relay"])
    nat = Metrics("2026-11-27T18:00", zeros=True)
    nat.nat(
        net["nat"],
        PeakPacketsPerSecond=[*steps("i", (6, 7_400_000)), *steps("j", (24, 10_000_000), noise=0.003)],
        PeakBytesPerSecond=steps("k", (30, 1.3e9)),
        ErrorPortAllocation=[0] * 30,
        PacketsInFromSource=steps("l", (6, 230_000_000), (24, 310_000_000), noise=0.01),
        PacketsInFromDestination=steps("m", (6, 205_000_000), (24, 285_000_000), noise=0.01),
        PacketsDropCount=[*[0] * 6, *steps("n", (24, 3_600_000))],
    )
    nat.write(case, "nat")
    log = Log("relay", "2026-11-27T18:00", memory=256)
    log.every(370, 1790, 15, "<g> relay: dial tcp 203.0.113.42:9443: i/o timeout\n", ms=5_040, envs=50)
    log.events(case)


@incident(
    source="AWS re:Post: Lambda reserved concurrency 50, callers see 429 and timeouts",
    expert=named(
        THROTTLED,
        "the function runs at its reserved concurrency of 50 and hundreds of invocations a minute are "
        "throttled; those that run succeed",
    ),
)
def fifty_reserved_environments_are_all_busy(case: CaseFolder) -> None:
    net = usual("pdf", "us-east-1")
    net.function("render-pdf", ["private-a", "private-b"], runtime="nodejs20.x", timeout=60, memory=2048)
    net.write(case)
    put(
        case,
        "lambda/get-function-render-pdf.json",
        {"Configuration": net.functions[0], "Concurrency": {"ReservedConcurrentExecutions": 50}},
    )
    about(
        case, "us-east-1", ("2026-11-10T09:00", "2026-11-10T09:40"), ["render-pdf"], "API returns 500/timeouts at peak"
    )
    told = Metrics("2026-11-10T09:00")
    told.function(
        "render-pdf",
        Invocations=steps("o", (10, 300), (30, 610)),
        Errors=[0] * 40,
        Throttles=[*[0] * 10, *steps("p", (30, 340), noise=0.3)],
        Duration=steps("q", (40, 5_900)),
        ConcurrentExecutions=[*steps("r", (10, 25)), *[50] * 30],
    )
    told.write(case, "lambda")
    log = Log("render-pdf", "2026-11-10T09:00", memory=2048)
    log.every(2, 2390, 20, "<t>\t<r>\tINFO\trendered 3 pages\n", ms=4_900, envs=50)
    log.events(case)


@incident(
    source="AWS re:Post: TooManyRequestsException Rate Exceeded, account concurrency of 1,000 used by another function",
    expert=named(
        THROTTLED,
        "the worker is throttled although it has no limit of its own: with the importer's 950 busy "
        "environments the account's 1,000 are used up",
    ),
)
def another_function_uses_the_accounts_concurrency(case: CaseFolder) -> None:
    net = usual("shop3", "eu-west-1")
    net.function("worker", ["private-a", "private-b"], timeout=30)
    net.function("importer", ["private-a", "private-b"], timeout=600)
    net.write(case)
    put(
        case,
        "service-quotas-lambda.json",
        {
            "Quotas": [
                {
                    "ServiceCode": "lambda",
                    "QuotaCode": "L-B99A9384",
                    "QuotaName": "Concurrent executions",
                    "Value": 1000.0,
                }
            ]
        },
    )
    about(case, "eu-west-1", ("2026-11-06T20:00", "2026-11-06T20:40"), ["worker"])
    told = Metrics("2026-11-06T20:00")
    told.function(
        "worker",
        Invocations=steps("s", (40, 960)),
        Errors=[0] * 40,
        Throttles=[*[0] * 10, *steps("t", (30, 410), noise=0.3)],
        ConcurrentExecutions=steps("u", (40, 47)),
        Duration=steps("v", (40, 3_100)),
    )
    told.function(
        "importer",
        Invocations=steps("w", (10, 20), (30, 110)),
        Errors=[0] * 40,
        Throttles=[*[0] * 10, *steps("x", (30, 60), noise=0.3)],
        ConcurrentExecutions=[*steps("y", (10, 180)), *steps("z", (30, 950), noise=0.005)],
    )
    told.write(case, "lambda")
    log = Log("worker", "2026-11-06T20:00")
    log.every(3, 2390, 30, "[INFO]\t<t>\t<r>\tdone\n", ms=2_800, envs=40)
    log.events(case)


@incident(
    source="CloudSnorkel/cdk-github-runners 332: Default configuration quickly runs out of Lambda Hyperplane ENIs",
    expert=named(
        QUOTA,
        "the function's update failed with EniLimitExceeded and the VPC has as many Lambda interfaces as "
        "its quota allows (250)",
    ),
)
def every_construct_made_its_own_group(case: CaseFolder) -> None:
    net = usual("runners", "us-east-1", "abc")
    for number in range(250):
        zone = "abc"[number % 3]
        group = f"sg-runner-{number // 3}"
        if group not in net.ids:
            net.group(group)
        net.interface(
            f"private-{zone}",
            f"10.20.{1 + number % 3}.{11 + number // 3}",
            f"AWS Lambda VPC ENI-runner-{number // 3}",
            [group],
            kind="lambda",
        )
    net.function("provider-setup", ["private-a", "private-b", "private-c"], runtime="nodejs20.x", timeout=300)
    net.write(case)
    put(
        case,
        "lambda/provider-setup.json",
        {
            **net.functions[0],
            "State": "Active",
            "LastUpdateStatus": "Failed",
            "LastUpdateStatusReasonCode": "EniLimitExceeded",
            "LastUpdateStatusReason": "Lambda was not able to create an ENI "
            "in the VPC of the function because the limit of network interfaces has been reached.",
        },
    )
    put(
        case,
        "service-quotas-lambda.json",
        {
            "Quotas": [
                {
                    "ServiceCode": "lambda",
                    "QuotaCode": "L-9FEE3D26",
                    "QuotaName": "Elastic network interfaces per VPC",
                    "Value": 250.0,
                }
            ]
        },
    )
    about(
        case,
        "us-east-1",
        ("2026-11-11T10:00", "2026-11-11T11:00"),
        ["provider-setup"],
        "You have exceeded the maximum limit for HyperPlane ENIs for your account",
    )


@incident(
    source="AWS re:Post: Lambda state Failed, SubnetOutOfIPAddresses, subnet /28 shared with load balancers",
    expert=named(
        QUOTA,
        "the function's state is Failed with SubnetOutOfIPAddresses, and private-a has no free address",
        says=("private-a",),
    ),
)
def the_tiny_subnet_has_no_address_left(case: CaseFolder) -> None:
    net = usual("kiosk", "eu-west-1", "a")
    small = net.record("subnets", "private-a")
    small["CidrBlock"], small["AvailableIpAddressCount"] = "10.20.1.0/28", 0
    net.function("kiosk-sync", ["private-a"], timeout=60)
    net.write(case)
    put(
        case,
        "lambda/kiosk-sync.json",
        {
            **net.functions[0],
            "State": "Failed",
            "StateReasonCode": "SubnetOutOfIPAddresses",
            "StateReason": "Lambda was not able to set up VPC access of your Lambda function because one or more "
            "configured subnets has no "
            "available IP addresses.",
            "LastUpdateStatus": "Successful",
        },
    )
    about(case, "eu-west-1", ("2026-11-24T06:00", "2026-11-24T07:00"), ["kiosk-sync"])

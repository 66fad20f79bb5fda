"""Limits of Lambda and of a NAT gateway's throughput."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Traffic,
    about,
    incident,
    python_error,
    python_log,
)
from oracles.incidents.world.seen.fourth._sites import (
    ADDRESSES,
    BANDWIDTH,
    THROTTLED,
    default_vpc,
    european,
    named,
    to,
    wizard,
)


@incident(
    source="composed: a fan-out of downloads through one NAT gateway (PacketsDropCount, PeakPacketsPerSecond)",
    expert=named(
        BANDWIDTH,
        "the gateway drops packets while its peak stands at ten million packets a second, and downloads stall in "
        "those minutes",
    ),
)
def downloads_stall_at_the_gateway(case: CaseFolder) -> None:
    place = wizard(case, "video")
    assert place.nat
    case.function("fetch-clip", place.private, [place.group], timeout=120, memory=2048)
    text = "HTTPSConnectionPool(host='media.cdnhaus.example', port=443): Read timed out. (read timeout=30)"
    calls = Traffic(case, "fetch-clip")
    calls.good(210, 0, 60, python_log("INFO", "clip stored, 212 MB"), seconds=24)
    calls.bad(77, 31, 44, python_error("ReadTimeout", text), seconds=61)
    calls.write(memory=2048, metrics=False)
    asked = [*about(700, 30), *about(2_900, 14), *about(800, 16)]
    case.function_metrics("fetch-clip", invocations=asked, errors=[*[0.0] * 31, *about(840, 13), *[0.0] * 16])
    case.nat_metrics(
        place.nat,
        active=[*about(2_100, 30), *about(8_800, 14), *about(2_300, 16)],
        errors=[0.0] * 60,
        drops=[*[0.0] * 31, *about(1_410_000, 13), *[0.0] * 16],
        peak_packets=[
            *about(2_300_000, 30),
            *[9_990_000.0 + 1_000 * (at % 9) for at in range(14)],
            *about(2_500_000, 16),
        ],
        peak_bytes=[*about(2_900_000_000, 30), *about(11_900_000_000, 14, 0.02), *about(3_000_000_000, 16)],
    )
    case.without("ec2/network-interfaces", "ec2/addresses")
    case.yaml(functions=["fetch-clip"], destinations={"media": to("media.cdnhaus.example", 443)},
              reported="downloads fail between 12:31 and 12:44 (log: a sample)")  # fmt: skip


@incident(
    source="composed: reserved concurrency of 10 from a tutorial, and callers who report 'connection problems'",
    expert=named(
        THROTTLED,
        "the function runs ten at a time and hundreds a minute are throttled; what runs ends well",
        lacks=("nat gateway",),
    ),
)
def ten_at_a_time(case: CaseFolder) -> None:
    case.region = "eu-west-1"
    home = default_vpc(case)
    case.function("quote-api", home.subnets, [home.default], runtime="nodejs22.x", timeout=15, memory=512)
    calls = Traffic(case, "quote-api")
    calls.good(230, 0, 60, seconds=1.4)
    calls.write(metrics=False)
    ran = [*about(60, 20), *about(415, 25, 0.03), *about(60, 15)]
    case.function_metrics(
        "quote-api",
        invocations=ran,
        errors=[0.0] * 60,
        throttles=[*[0.0] * 20, *about(880, 25), *[0.0] * 15],
        concurrent=[*about(4, 20), *[10.0] * 25, *about(4, 15)],
        average=about(1_420, 60, 0.03),
    )
    european(case)
    case.without("ec2/network-acls", "ec2/addresses", "ec2/nat")
    case.yaml(
        functions=["quote-api"],
        destinations=None,
        reported="users see 'could not connect' between 12:20 and 12:45 (log: a sample)",
    )


@incident(
    source="reference/aws-facts.md 1.2 (StateReasonCode SubnetOutOfIPAddresses); a /28 for Lambda: composed",
    expert=named(
        ADDRESSES,
        "Lambda finds no free address in the /28 of the function, and says so",
        lacks=("security group",),
    ),
)
def subnet_of_eleven_addresses(case: CaseFolder) -> None:
    case.vpc("small", "10.9.0.0/24")
    igw = case.internet_gateway("small")
    main = case.main_table()
    main["Routes"].append({"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": igw["InternetGatewayId"],
                           "Origin": "CreateRoute", "State": "active"})  # fmt: skip
    tiny = case.subnet("small-lambda", "10.9.0.16/28", [], AvailableIpAddressCount=0)
    data = case.subnet("small-db", "10.9.0.64/27", [], az="b")
    case.database("small", data, [case.security_groups[0]])
    own = case.group("worker-sg")
    for last in range(20, 31):  # all that AWS leaves of a /28
        case.interface(f"task-{last}", tiny, [own], address=f"10.9.0.{last}",
                       description="arn:aws:ecs:us-east-1:482917306154:attachment/"
                       f"7c1e0{last}d-4b5f-4a0e-9d3c-2b7a1d1f6c{last}")  # fmt: skip
    case.function("worker", [tiny], [own], timeout=30, enis=False)
    case.function_configuration(
        "worker",
        State="Failed",
        StateReason="The function cannot be invoked because the subnet configured for the function is out of IP "
        "addresses.",
        StateReasonCode="SubnetOutOfIPAddresses",
        LastUpdateStatus="Failed",
        LastUpdateStatusReason="Lambda could not create a network interface: subnet is out of IP addresses.",
        LastUpdateStatusReasonCode="SubnetOutOfIPAddresses",
    )
    case.without("ec2/network-acls", "ec2/nat", "ec2/addresses")
    case.yaml(functions=["worker"], destinations=None, reported="Lambda invoke fails since the deployment")

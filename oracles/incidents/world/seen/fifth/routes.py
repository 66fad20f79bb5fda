"""Packets that have no way: transit gateways, peerings, gateways in the wrong subnet."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Traffic,
    about,
    allow,
    aws_id,
    dotnet_error,
    go_log,
    incident,
    java_error,
    node_error,
    python_error,
    route,
)
from oracles.incidents.world.seen.fifth._platform import (
    BLOCKED,
    CORE,
    Sides,
    dotnet_http_timeout,
    named,
    ruby_error,
    spoke,
    zones_with_nat,
)


@incident(
    source="composed: a move to a new transit gateway that forgets the route to the data centre",
    expert=named(
        BLOCKED,
        because="the route 172.20.0.0/14 still leads to the old transit gateway and is a blackhole: the listener's "
        "172.21.8.40 lies in it, and every connect times out",
    ),
)
def data_centre_behind_a_blackhole(case: CaseFolder) -> None:
    place = spoke(case)
    place.workload_table["Routes"] += [
        route("172.20.0.0/14", aws_id("tgw", "legacy-core"), "blackhole"),
        route("10.0.0.0/8", CORE),
    ]
    case.function("post-ledger", place.workload, [place.app], runtime="java21", timeout=60, memory=1024)
    case.function("rates-import", place.workload, [place.app], runtime="java21", timeout=60, memory=1024)
    failed = java_error(
        "java.sql.SQLRecoverableException: IO Error: The Network Adapter could not establish the connection "
        "(CONNECTION_ID=p7Xq2mRtQ0yfZK1lwA9C5w==)",
        "oracle.jdbc.driver.T4CConnection.handleLogonNetException(T4CConnection.java:892)",
        "oracle.jdbc.driver.T4CConnection.logon(T4CConnection.java:697)",
        "com.northbank.ledger.PostHandler.handleRequest(PostHandler.java:71)",
        causes=(
            "oracle.net.ns.NetException: The Network Adapter could not establish the connection",
            "java.net.SocketTimeoutException: Connect timed out",
        ),
    )
    calls = Traffic(case, "post-ledger")
    calls.bad(96, 0, 59.6, failed, seconds=20.4)
    calls.write(memory=1024)
    other = Traffic(case, "rates-import")
    other.good(60, 0, 60, "rates stored: 48\n", seconds=1.4)
    other.write(log=False)
    case.yaml(
        functions=["post-ledger"],
        destinations={"gl-oracle": {"name": "glprd-scan.corp.northbank.example", "port": 1521,
                                    "addresses": ["172.21.8.40"]}},
        reported="Ledger postings fail since the TGW cutover in the night. DX is up, other accounts reach the scan.",
    )  # fmt: skip


@incident(
    source="composed: a one-way route over a transit gateway, between two teams",
    expert=named(
        BLOCKED,
        because="the table of the cluster's subnets leads 10.66 and 10.68 back to the transit gateway, but not the "
        "functions' 10.64.0.0/16: answers find no way",
    ),
)
def no_way_back_from_the_data_vpc(case: CaseFolder) -> None:
    place = spoke(case, "onboarding", "10.64")
    vpc = case.vpc("data-platform", "10.72.0.0/16")
    back = case.table("data-platform-db", [route("10.66.0.0/16", CORE), route("10.68.0.0/16", CORE)], vpc=vpc)
    subnets = [case.subnet(f"data-platform-db-{az}", f"10.72.{96 + number}.0/24", table=back, az=az, vpc=vpc)
               for number, az in enumerate("abc")]  # fmt: skip
    case.transit_attachment("data-platform-to-core", subnets, TransitGatewayId=CORE)
    own = case.group("profiles-aurora", [allow(5432, "10.64.0.0/14")], vpc=vpc)
    db = case.database("profiles-1", subnets[0], [own])
    address = db["PrivateIpAddress"]
    host = "profiles.cluster-c8qk2wpd1yzu.us-east-1.rds.amazonaws.com"
    case.function("kyc-profile", place.workload, [place.app], runtime="provided.al2023", timeout=15)
    text = (
        f'level=error msg="load profile" err="failed to connect to `user=kyc database=profiles`: {address}:5432 '
        f'({host}): dial error: dial tcp {address}:5432: i/o timeout"'
    )
    calls = Traffic(case, "kyc-profile")
    calls.bad(71, 0, 60, go_log(text), seconds=5.0)
    calls.write(tail=True)
    # The spokes 10.66 and 10.68 use the cluster as always.
    case.metric("AWS/RDS", "DatabaseConnections", {"DBClusterIdentifier": "profiles", "Role": "WRITER"},
                about(64, 60), stat="Maximum", file="profiles-cluster")  # fmt: skip
    case.yaml(functions=["kyc-profile"], destinations={
        "profiles": {"name": host, "port": 5432, "addresses": [address]}})  # fmt: skip


@incident(
    source="https://www.gilles.cloud/2020/10/egress-vpc-and-aws-transit-gateway.html (spokes whose only way out is the "
    "transit gateway); the forgotten association is composed",
    expert=named(
        BLOCKED,
        says=("workload-d",),
        because="the subnet of the fourth zone has only the main table, without a way to the transit gateway, and "
        "about a quarter of the calls time out",
    ),
)
def the_fourth_zone_has_no_route(case: CaseFolder) -> None:
    place = spoke(case, "pricing", "10.80")
    fourth = case.subnet("pricing-workload-d", "10.80.64.0/20", None, az="d", vpc=place.vpc)
    case.function("spot-quote", [*place.workload, fourth], [place.app], timeout=20)
    host = "api.exchange-hub.example"
    failed = python_error(
        "ConnectTimeout",
        "HTTPSConnectionPool(host='api.exchange-hub.example', port=443): Max retries exceeded with url: /v2/spot "
        "(Caused by ConnectTimeoutError(<urllib3.connection.HTTPSConnection object at 0x7fa1c84b1d30>, 'Connection to "
        "api.exchange-hub.example timed out. (connect timeout=6.1)'))",
        ("/opt/python/requests/adapters.py", 665, "send", "raise ConnectTimeout(e, request=request)"),
    )
    calls = Sides(case, "spot-quote")
    calls.good(240, 0, 60, seconds=0.21, logged=False)
    calls.bad(82, 0, 60, failed, seconds=6.3)
    calls.write(report=False)
    case.yaml(functions=["spot-quote"], destinations={"exchange": {"name": host, "port": 443}},
              reported="~25 % of quotes time out since we added use1d for capacity")  # fmt: skip


@incident(
    source="https://www.tech-reader.blog/2025/12/nat-gateway-timeouts-lambda-in-private.html (NAT gateway deployed in "
    "a private subnet)",
    expert=named(
        BLOCKED,
        says=("use1-az3",),
        because="the gateway of the third zone stands in a private subnet whose default route leads back to itself",
    ),
)
def third_gateway_in_a_private_subnet(case: CaseFolder) -> None:
    place = zones_with_nat(case, "media", zones="ab")
    table = case.table("private-use1-az3", vpc=place.vpc)
    private = case.subnet("private-use1-az3", "10.32.48.0/21", table=table, az="c", vpc=place.vpc)
    nat = case.nat("nat-use1-az3", private)
    table["Routes"].append(route("0.0.0.0/0", nat))
    case.function("thumbnail-notify", [*place.private, private], [place.app], runtime="ruby3.3", timeout=90)
    failed = ruby_error(
        "Net::OpenTimeout",
        "Failed to open TCP connection to hooks.partner-cms.example:443 (execution expired)",
        "/var/lang/lib/ruby/3.3.0/net/http.rb:1603:in `initialize'",
        "/var/lang/lib/ruby/3.3.0/net/http.rb:1603:in `open'",
        "/var/task/lib/notify.rb:19:in `post'",
    )
    calls = Sides(case, "thumbnail-notify")
    calls.good(150, 0, 60, seconds=0.4)
    calls.bad(74, 0, 58.9, failed, seconds=60.2)
    calls.write()
    for seed, one in enumerate(place.nats):
        attempts = about(3, 60, 0.4, seed)
        case.nat_metrics(one, attempts=attempts, established=attempts, active=about(9, 60, 0.3, seed),
                         errors=[0.0] * 60)  # fmt: skip
    case.nat_metrics(nat, attempts=about(4, 60, 0.4), established=[0.0] * 60, active=[0.0] * 60, errors=[0.0] * 60)
    case.yaml(functions=["thumbnail-notify"], destinations={
        "cms": {"name": "hooks.partner-cms.example", "port": 443}})  # fmt: skip


@incident(
    source="composed: a peering whose routes somebody added to one of two tables",
    expert=named(
        BLOCKED,
        says=("use1-az2",),
        because="the peer's 10.120.0.0/16 has a route in the table of the first zone only: from private-use1-az2 the "
        "packets for it go to the NAT gateway",
    ),
)
def peering_route_in_one_table_only(case: CaseFolder) -> None:
    place = zones_with_nat(case, "loyalty", "10.40", zones="ab")
    peer = case.peering("loyalty-to-crm", "10.120.0.0/16")
    place.tables[0]["Routes"].append(route("10.120.0.0/16", peer["VpcPeeringConnectionId"]))
    case.function("points-balance", place.private, [place.app], runtime="nodejs22.x", timeout=30)
    failed = node_error(
        "connect ETIMEDOUT",
        stack=("Connection._handleTimeoutError (/var/task/node_modules/mysql2/lib/base/connection.js:213:13)",
               "listOnTimeout (node:internal/timers:581:17)"),
        errorno="ETIMEDOUT", code="ETIMEDOUT", syscall="connect", fatal=True,
    )  # fmt: skip
    calls = Sides(case, "points-balance")
    calls.good(131, 0, 60, seconds=0.05)
    calls.bad(118, 0, 60, failed, seconds=10.02)
    calls.write(period=300)
    case.without("ec2/network-acls", "ec2/dhcp")
    case.yaml(functions=["points-balance"], destinations={
        "crm-db": {"name": "crm.cluster-ro-cq2u8ysk3d0e.us-east-1.rds.amazonaws.com", "port": 3306,
                   "addresses": ["10.120.7.88"]}}, reported="every second call or so")  # fmt: skip


@incident(
    source="https://www.webuildup.live/2026/05/why-your-lambda-times-out-inside-vpc.html (in a public subnet Lambda "
    "has no public address)",
    expert=named(
        BLOCKED,
        because="the function stands in two public subnets: an internet gateway does nothing for an interface without "
        "a public address, and every invocation runs into its timeout",
    ),
)
def functions_in_public_subnets_only_time_out(case: CaseFolder) -> None:
    vpc = case.vpc("edge", "10.200.0.0/20")
    igw = case.internet_gateway("edge")
    outer = case.table("edge-public", [route("0.0.0.0/0", igw)])
    subnets = [case.subnet(f"edge-public-{az}", f"10.200.{number}.0/24", table=outer, az=az, MapPublicIpOnLaunch=True)
               for number, az in enumerate("ab")]  # fmt: skip
    app = case.group("edge-webhook", [allow(443, "0.0.0.0/0")], vpc=vpc)
    case.function("geo-lookup", subnets, [app], runtime="provided.al2023", timeout=15)
    calls = Traffic(case, "geo-lookup")
    calls.bad(88, 0, 60, timeout=15)
    calls.write(tail=True)
    case.without("ec2/network-acls", "ec2/network-interfaces", "ec2/dhcp", "ec2/vpc-endpoints", "ec2/addresses")
    case.yaml(functions=["geo-lookup"], destinations={"geo": {"name": "geo.ip-places.example", "port": 443}})


@incident(
    source="composed: https://github.com/AndrewGuenther/fck-nat (NAT instances behind a route to their interface)",
    expert=named(
        BLOCKED,
        because="from 12:24 every connect times out: the default route leads to the interface of a NAT instance that "
        "is gone, and is a blackhole",
    ),
)
def nat_instance_replaced_and_the_route_is_a_blackhole(case: CaseFolder) -> None:
    vpc = case.vpc("backoffice", "10.140.0.0/16")
    igw = case.internet_gateway("backoffice")
    outer = case.subnet("bo-public-a", "10.140.0.0/24", [route("0.0.0.0/0", igw)])
    inner = case.table("bo-private", [route("0.0.0.0/0", aws_id("eni", "nat-instance"), "blackhole")])
    subnets = [case.subnet(f"bo-private-{az}", f"10.140.{8 + number}.0/24", table=inner, az=az)
               for number, az in enumerate("ab")]  # fmt: skip
    app = case.group("bo-functions", vpc=vpc)
    case.interface("bastion", outer, [app], description="Primary network interface")
    case.function("invoice-sync", subnets, [app], runtime="dotnet8", timeout=60)
    error, *frames = dotnet_http_timeout(20)
    failed = dotnet_error(error, *frames, inner="System.TimeoutException: A task was canceled.")
    calls = Traffic(case, "invoice-sync")
    calls.good(62, 0, 23.6, seconds=0.62)
    calls.bad(103, 24.1, 60, failed, seconds=20.1)
    calls.write(zeros=False)
    case.yaml(functions=["invoice-sync"], destinations={
        "erp": {"name": "eu.erp-cloud.example", "port": 443}})  # fmt: skip

"""A bank with dozens of VPCs behind a transit gateway: central egress, shared endpoints, data centres."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Expert,
    Headline,
    Record,
    Traffic,
    about,
    allow,
    aws_id,
    dotnet_error,
    incident,
    java_error,
    python_log,
    route,
    tags,
    unsaid_zeros,
)
from oracles.incidents.world.unseen.twelfth_a._sites import (
    BLOCKED,
    LIMIT,
    SILENT,
    Fleet,
    boto_timeout,
    gateway,
    named,
    place,
    psycopg2_fatal,
    requests_timeout,
    settle,
    table_of,
)


def _others(case: CaseFolder, tgw: str, count: int = 14) -> None:
    """Further VPCs of the account, each with two subnets and a way to the transit gateway."""
    for index in range(count):
        block = f"10.{100 + index}"
        vpc = case.vpc(f"spoke-{index:02d}", f"{block}.0.0/16")
        table = case.table(f"spoke-{index:02d}-app", [route("0.0.0.0/0", tgw)], vpc=vpc)
        left = case.subnet(f"spoke-{index:02d}-a", f"{block}.1.0/24", table=table, vpc=vpc)
        right = case.subnet(f"spoke-{index:02d}-b", f"{block}.2.0/24", table=table, vpc=vpc, az="b")
        group = case.group(f"spoke-{index:02d}-app", [allow(443, "10.0.0.0/8")], vpc=vpc)
        case.function(f"svc-{index:02d}-handler", [left, right], [group], runtime="java17")
        _attached(case, f"spoke-{index:02d}", tgw, left, right)


def _attached(case: CaseFolder, name: str, tgw: str, *subnets: Record) -> None:
    case.transit_attachment(name, subnets, TransitGatewayId=tgw)


@incident(
    source="composed: two subnets of a shared endpoint's clients came later than the endpoint's security group",
    expert=named(BLOCKED, "the endpoint's group lets in 10.84.0.0/20, and the function's subnets are not in it"),
)
def shared_endpoint_knows_the_old_subnets(case: CaseFolder) -> None:
    case.region = "eu-west-2"
    tgw = aws_id("tgw", "bank-core")
    case.vpc("payments-prod", "10.84.0.0/16")
    table = case.table("payments-app", [route("0.0.0.0/0", tgw)])
    old_a = case.subnet("payments-app-a", "10.84.4.0/24", table=table)
    old_b = case.subnet("payments-app-b", "10.84.5.0/24", table=table, az="b")
    new_a = case.subnet("payments-batch-a", "10.84.32.0/24", table=table)
    new_b = case.subnet("payments-batch-b", "10.84.33.0/24", table=table, az="b")
    _attached(case, "payments-prod", tgw, old_a, old_b)
    door = case.group("payments-vpce", [allow(443, "10.84.0.0/20")])
    app = case.group("payments-lambda")
    for service in ("secretsmanager", "ssm", "kms", "logs", "sts"):
        case.interface_endpoint(service, [old_a, old_b], [door])
    for name in ("card-auth", "card-capture", "card-refund"):
        case.function(name, [old_a, old_b], [app])
    case.function("nightly-settlement", [new_a, new_b], [app], timeout=60)
    _others(case, tgw, 6)
    calls = Traffic(case, "nightly-settlement")
    calls.bad(33, 0, 60, python_log("INFO", "reading database password"),
              boto_timeout("https://secretsmanager.eu-west-2.amazonaws.com/"), seconds=10.4)  # fmt: skip
    calls.write()
    calls = Traffic(case, "card-auth")
    calls.good(240, 0, 60, seconds=0.09)
    calls.write()
    case.yaml(functions=["nightly-settlement", "card-auth"], destinations={
        "secrets": {"name": "secretsmanager.eu-west-2.amazonaws.com", "port": 443}})  # fmt: skip
    settle(case)


@incident(
    source="https://docs.aws.amazon.com/vpc/latest/tgw/transit-gateway-nat-igw.html (centralized outbound routing)",
    expert=named(BLOCKED, "the NAT gateway's subnet in the egress VPC has no route back to 10.96.0.0/16"),
)
def egress_does_not_know_the_new_spoke(case: CaseFolder) -> None:
    case.region = "eu-central-1"
    tgw = aws_id("tgw", "bank-core-fra")
    case.vpc("kyc-prod", "10.96.0.0/16")
    app_table = case.table("kyc-app", [route("0.0.0.0/0", tgw)])
    left = case.subnet("kyc-app-a", "10.96.1.0/24", table=app_table)
    right = case.subnet("kyc-app-b", "10.96.2.0/24", table=app_table, az="b")
    _attached(case, "kyc-prod", tgw, left, right)
    egress = case.vpc("egress", "10.255.0.0/20")
    igw = case.internet_gateway("egress", egress)
    back = [route(f"10.{100 + index}.0.0/16", tgw) for index in range(14)]
    public = case.table("egress-public", [route("0.0.0.0/0", igw), *back], vpc=egress)
    outside = case.subnet("egress-public-a", "10.255.0.0/24", table=public, vpc=egress)
    nat = gateway(case, "egress-nat-a", outside, "3.121.18.204", "18.157.90.66")
    inside = case.subnet("egress-tgw-a", "10.255.8.0/28", [route("0.0.0.0/0", nat)], vpc=egress,
                         AvailableIpAddressCount=10)  # fmt: skip
    _attached(case, "egress", tgw, inside)
    app = case.group("kyc-lambda")
    case.function("sanctions-check", [left, right], [app], runtime="java21", timeout=30)
    _others(case, tgw)
    failed = java_error(
        "java.net.http.HttpConnectTimeoutException: HTTP connect timed out",
        "java.net.http/jdk.internal.net.http.HttpClientImpl.send(HttpClientImpl.java:951)",
        "java.net.http/jdk.internal.net.http.HttpClientFacade.send(HttpClientFacade.java:133)",
        "eu.bank.kyc.SanctionsClient.screen(SanctionsClient.java:77)",
        causes=(
            "java.net.http.HttpConnectTimeoutException: HTTP connect timed out",
            "java.net.ConnectException: HTTP connect timed out",
        ),
    )
    calls = Traffic(case, "sanctions-check")
    calls.bad(61, 0, 60, failed, seconds=10.4)
    calls.write()
    total = about(2_600, 60)
    case.nat_metrics(nat, attempts=[one + 1 for one in total], established=total, errors=[0.0] * 60,
                     active=about(3_900, 60), drops=unsaid_zeros([0.0] * 60))  # fmt: skip
    case.yaml(functions=["sanctions-check"], destinations={
        "sanctions": {"name": "screening.worldlist.io", "port": 443, "addresses": ["18.198.33.120"]}})  # fmt: skip
    settle(case)


@incident(
    source="https://repost.aws/knowledge-center/transit-gateway-fix-vpc-connection (routes beyond are not shown)",
    expert=Expert(
        (BLOCKED, SILENT),
        (BLOCKED, SILENT),
        Headline.OPEN,
        "all is open up to the transit gateway; its tables and the far VPC were not collected, so either may be",
    ),
)
def beyond_the_transit_gateway_nobody_looked(case: CaseFolder) -> None:
    case.region = "eu-west-2"
    tgw = aws_id("tgw", "bank-core")
    case.vpc("treasury-prod", "10.52.0.0/16")
    table = case.table("treasury-app", [route("10.0.0.0/8", tgw), route("172.16.0.0/12", tgw)])
    left = case.subnet("treasury-app-a", "10.52.1.0/24", table=table)
    right = case.subnet("treasury-app-b", "10.52.2.0/24", table=table, az="b")
    _attached(case, "treasury-prod", tgw, left, right)
    app = case.group("treasury-lambda")
    case.function("fx-positions", [left, right], [app], runtime="dotnet8", timeout=30)
    failed = dotnet_error(
        "Microsoft.Data.SqlClient.SqlException (0x80131904): A network-related or instance-specific error occurred "
        "while establishing a connection to SQL Server. The server was not found or was not accessible. Verify that "
        "the instance name is correct and that SQL Server is configured to allow remote connections. (provider: TCP "
        "Provider, error: 40 - Could not open a connection to SQL Server)",
        "Microsoft.Data.SqlClient.SqlInternalConnectionTds..ctor(DbConnectionPoolIdentity identity, "
        "SqlConnectionString connectionOptions)",
        "Microsoft.Data.SqlClient.SqlConnection.OpenAsync(CancellationToken cancellationToken)",
        inner="System.ComponentModel.Win32Exception (110): Connection timed out",
    )
    calls = Traffic(case, "fx-positions")
    calls.good(64, 0, 30.9, seconds=0.12)
    calls.bad(58, 31, 60, failed, seconds=15.5)
    calls.write()
    case.yaml(functions=["fx-positions"], destinations={
        "positions": {"name": "sqlpos01.corp.bank.local", "port": 1433, "addresses": ["10.140.8.21"]}})  # fmt: skip
    settle(case)


@incident(
    source="composed: a security group by CIDR block, and a function that Terraform moves to a further block",
    expert=named(BLOCKED, "since it was moved at 12:25 it connects from 10.41.0.0/24, which the ledger's group does "
                 "not let in", "ledger"),
)  # fmt: skip
def moved_out_of_the_block_that_is_let_in(case: CaseFolder) -> None:
    case.region = "eu-west-1"
    tgw = aws_id("tgw", "bank-core-dub")
    vpc = case.vpc("ledger-prod", "10.40.0.0/16")
    vpc["CidrBlockAssociationSet"].append({"AssociationId": aws_id("vpc-cidr-assoc", "second"),
                                           "CidrBlock": "10.41.0.0/16",
                                           "CidrBlockState": {"State": "associated"}})  # fmt: skip
    for one in case.route_tables:
        one["Routes"].append(route("10.41.0.0/16", "local"))
    ways = [route("10.41.0.0/16", "local"), route("0.0.0.0/0", tgw)]
    table = case.table("ledger-app", ways)
    old = case.subnet("ledger-app-a", "10.40.8.0/24", table=table)
    new = case.subnet("ledger-fn-a", "10.41.0.0/24", table=table)
    store = case.subnet("ledger-db-a", "10.40.20.0/24", [route("10.41.0.0/16", "local")])
    case.subnet("ledger-db-b", "10.40.21.0/24", [route("10.41.0.0/16", "local")], az="b")
    _attached(case, "ledger-prod", tgw, old)
    own = case.group("ledger-aurora", [allow(5432, "10.40.8.0/23", note="app subnets")])
    app = case.group("ledger-lambda")
    db = case.database("ledger", store, [own])
    case.function("report-export", [new], [app], timeout=15, LastModified="2026-11-20T12:25:11.000+0000")
    case.function("post-booking", [old], [app], timeout=15)
    case.function_configuration("report-export")
    fleet = Fleet(case, "report-export")
    opening = python_log("INFO", "opening ledger")
    for _ in range(3):
        fleet.environment((0, 25.1, 50, 1.2, "good", (opening, python_log("INFO", "exported 412 rows"))))
    for _ in range(4):
        fleet.environment((25.4, 59.7, 40, 15.0, "timeout", (opening,)))
    fleet.write()
    calls = Traffic(case, "post-booking")
    calls.good(180, 0, 60, python_log("INFO", "booked"), seconds=0.06)
    calls.write()
    case.yaml(functions=["report-export", "post-booking"], destinations={
        "ledger": {"name": "ledger.cluster-c8d2kqz1.eu-west-1.rds.amazonaws.com", "port": 5432,
                   "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip
    settle(case)


@incident(
    source="composed: an application platform's VPC whose network files another team holds",
    expert=Expert(
        (BLOCKED,),
        (BLOCKED,),
        Headline.OPEN,
        "since it was put into the VPC it reaches nothing at all; tables, groups and ACLs were not collected",
    ),
)
def since_it_is_in_the_vpc_nothing_answers(case: CaseFolder) -> None:
    case.region = "ap-southeast-1"
    vpc = case.vpc("shared-platform", "10.66.0.0/16")
    left = case.subnet("platform-fn-a", "10.66.12.0/24", [], vpc=vpc)
    right = case.subnet("platform-fn-b", "10.66.13.0/24", [], vpc=vpc, az="b")
    group = case.group("platform-fn")
    case.function("customer-events", [left, right], [group], timeout=30, LastModified="2026-11-20T12:19:40.000+0000")
    case.function_configuration("customer-events")
    fleet = Fleet(case, "customer-events")
    for _ in range(4):
        fleet.environment((0, 19.5, 25, 0.3, "good", (python_log("INFO", "event stored"),)))
    for number in range(5):
        line = (
            boto_timeout("https://dynamodb.ap-southeast-1.amazonaws.com/"),
            boto_timeout("https://kinesis.ap-southeast-1.amazonaws.com/"),
            requests_timeout("hooks.partnerbank.sg", "/events", 5),
        )[number % 3]
        fleet.environment((20, 60, 30, 5.2, "error", (line,)))
    fleet.write()
    case.without("ec2/route-tables", "ec2/security-groups", "ec2/network-acls", "ec2/vpc-endpoints", "ec2/nat",
                 "ec2/addresses", "ec2/internet", "ec2/dhcp")  # fmt: skip
    case.yaml(functions=["customer-events"])
    settle(case)


@incident(
    source="composed: an on-premises range that is not routed, and a reporting database at its limit",
    expert=Expert(
        (BLOCKED, LIMIT),
        (BLOCKED, LIMIT),
        Headline.NAMED,
        "the core's private address goes into the NAT gateway, and the reporting database has no slot left",
    ),
)
def core_host_and_reports_each_fail_their_own_way(case: CaseFolder) -> None:
    case.region = "eu-west-2"
    site = place(case, "retail", "10.60", "18.135.24.9")
    tgw = aws_id("tgw", "bank-core")
    for one in (site.private_a, site.private_b):
        table_of(case, one)["Routes"] += [route("10.0.0.0/8", tgw), route("172.16.0.0/14", tgw)]
    _attached(case, "retail", tgw, site.private_a, site.private_b)
    own = case.group("retail-reports-db", [allow(5432, site.app)])
    db = case.database("retail-reports", site.data_a, [own])
    host = "retail-reports.cq0v2n7e.eu-west-2.rds.amazonaws.com"
    subnets = [site.private_a, site.private_b]
    case.function("core-balance", subnets, [site.app], runtime="java17", timeout=40)
    case.function("daily-report", subnets, [site.app], timeout=60)
    failed = java_error(
        "java.sql.SQLRecoverableException: IO Error: The Network Adapter could not establish the connection",
        "oracle.jdbc.driver.T4CConnection.logon(T4CConnection.java:854)",
        "oracle.jdbc.driver.PhysicalConnection.connect(PhysicalConnection.java:793)",
        causes=("oracle.net.ns.NetException: The Network Adapter could not establish the connection",
                "java.net.SocketTimeoutException: connect timed out"),
    )  # fmt: skip
    calls = Traffic(case, "core-balance")
    calls.bad(47, 0, 60, failed, seconds=20.8)
    calls.write()
    calls = Traffic(case, "daily-report")
    calls.good(110, 0, 60, seconds=2.2)
    calls.bad(46, 8, 60, psycopg2_fatal(host, db["PrivateIpAddress"], "remaining connection slots are reserved for "
              "non-replication superuser connections"), seconds=0.06)  # fmt: skip
    calls.write()
    case.metric("AWS/RDS", "DatabaseConnections", {"DBInstanceIdentifier": "retail-reports"},
                [71.0, 73.0, 78.0, 80.0, 81.0, 83.0, 84.0] + [84.0, 84.0, 84.0, 83.0] * 13 + [84.0],
                stat="Maximum")  # fmt: skip
    made = about(7, 60)
    case.nat_metrics(
        site.nat, attempts=[one + 1 for one in made], established=made, errors=[0.0] * 60, active=about(11, 60)
    )
    case.file(
        "ec2/tags.json", {"Tags": [{"ResourceId": site.vpc["VpcId"], "ResourceType": "vpc", **tags("retail")[0]}]}
    )
    case.yaml(functions=["core-balance", "daily-report"], destinations={
        "core": {"name": "orap7.dc2.bank.local", "port": 1521, "addresses": ["172.22.40.15"]},
        "reports": {"name": host, "port": 5432, "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip
    settle(case)

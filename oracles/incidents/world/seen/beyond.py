"""Ways that lead beyond the VPC: peering, transit gateways, VPN, other VPCs, IPv6."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Expert,
    Headline,
    Traffic,
    allow,
    aws_id,
    dotnet_error,
    incident,
    node_error,
    python_log,
    route,
)
from oracles.incidents.world.seen._sites import (
    mysql2_timeout,
    psycopg2_error,
    site,
    table_of,
)

BLOCKED = "route-or-rule-blocked"
DARK = "destination-not-answering"


def _blocked(because: str, *says: str) -> Expert:
    return Expert((BLOCKED,), (BLOCKED,), Headline.NAMED, because, says)


@incident(
    source="https://www.webuildup.live/2026/04/lambda-connecting-to-private-rds-vpc.html",
    expert=_blocked("the peering connection is there, but no route of the function's subnets leads to it"),
)
def no_route_to_the_peering_connection(case: CaseFolder) -> None:
    place = site(case, "shop")
    peer = case.peering("shop-to-data", "10.40.0.0/16")
    case.associate(case.table("ops", [route("10.40.0.0/16", peer)]), place.public_b)
    case.function("report", [place.private_a, place.private_b], [place.app], timeout=30)
    calls = Traffic(case, "report")
    host = "warehouse.c8xk2l9pq0aa.us-east-1.rds.amazonaws.com"
    calls.bad(58, 0, 60, psycopg2_error(host, "10.40.3.21", "timeout expired"), seconds=5.1)
    calls.write()
    case.without("ec2/addresses")
    case.yaml(functions=["report"],
              destinations={"warehouse": {"name": host, "port": 5432, "addresses": ["10.40.3.21"]}})  # fmt: skip


@incident(
    source="https://github.com/PRX/Infrastructure/issues/78 (routes to the peering connection, in both VPCs)",
    expert=Expert((), (BLOCKED, DARK), Headline.OPEN,
                  "this side leads to the peering connection; the other side's routes and groups are in no file"),
)  # fmt: skip
def far_side_of_the_peering_is_unknown(case: CaseFolder) -> None:
    place = site(case, "shop")
    peer = case.peering("shop-to-partner", "10.90.0.0/16", AccepterVpcInfo={
        "OwnerId": "730281945516", "VpcId": aws_id("vpc", "partner"), "Region": "us-east-1",
        "CidrBlock": "10.90.0.0/16"})  # fmt: skip
    for name in ("private-a", "private-b"):
        table = table_of(case, name)
        table["Routes"].append(route("10.90.0.0/16", peer))
    case.function("ledger", [place.private_a, place.private_b], [place.app], runtime="nodejs20.x", timeout=30)
    calls = Traffic(case, "ledger")
    calls.bad(44, 0, 60, mysql2_timeout(), seconds=10.0)
    calls.write()
    case.yaml(functions=["ledger"], reported="never worked since the partner's account was peered",
              destinations={"ledger-db": {"name": "ledger.partner.internal", "port": 3306,
                                          "addresses": ["10.90.4.77"]}})  # fmt: skip


@incident(
    source="composed: SQL Server on premises, behind a transit gateway that no file tells of",
    expert=Expert((), (BLOCKED, DARK), Headline.OPEN,
                  "the VPC leads to the transit gateway; its tables, the VPN and the firewall behind are in no file"),
)  # fmt: skip
def on_premises_behind_a_transit_gateway(case: CaseFolder) -> None:
    place = site(case, "erp", "10.60")
    hub = case.transit_attachment("hub", [place.private_a, place.private_b])
    for name in ("private-a", "private-b"):
        table = table_of(case, name)
        table["Routes"].append(route("10.200.0.0/16", hub))
    case.function("stock", [place.private_a, place.private_b], [place.app], runtime="dotnet8", timeout=60)
    failed = dotnet_error(
        "Microsoft.Data.SqlClient.SqlException (0x80131904): A network-related or instance-specific error occurred "
        "while establishing a connection to SQL Server. The server was not found or was not accessible. Verify that "
        "the instance name is correct and that SQL Server is configured to allow remote connections. (provider: TCP "
        "Provider, error: 40 - Could not open a connection to SQL Server: Could not open a connection to SQL Server)",
        inner="System.ComponentModel.Win32Exception (110): Connection timed out",
    )
    calls = Traffic(case, "stock")
    calls.bad(36, 0, 60, failed, seconds=15.2)
    calls.write(zeros=False)
    case.yaml(functions=["stock"], destinations={"erp-sql": {"name": "sql01.corp.example", "port": 1433,
                                                             "addresses": ["10.200.4.10"]}})  # fmt: skip


@incident(
    source="composed: a VPN tunnel that goes down, with a directory server behind it",
    expert=Expert((DARK,), (DARK,), Headline.NAMED,
                  "it worked until 12:31 and nothing in the VPC's way there is missing: the far side went dark"),
)  # fmt: skip
def vpn_goes_dark_at_once(case: CaseFolder) -> None:
    place = site(case, "hr", "10.61")
    vgw = aws_id("vgw", "hr")
    for name in ("private-a", "private-b"):
        table = table_of(case, name)
        table["Routes"].append(route("192.168.0.0/16", vgw, Origin="EnableVgwRoutePropagation"))
        table["PropagatingVgws"] = [{"GatewayId": vgw}]
    case.function("login", [place.private_a, place.private_b], [place.app], timeout=20)
    calls = Traffic(case, "login")
    calls.good(62, 0, 30.8, python_log("INFO", "bind ok"), seconds=0.11)
    failed = python_log("ERROR", "LDAPSocketOpenError: ('unable to open socket', [(datetime.datetime(2026, 11, 20, "
                        "12, 33, 2), <class 'ldap3.core.exceptions.LDAPSocketOpenError'>, LDAPSocketOpenError('socket "
                        "connection error while opening: timed out'), ('192.168.12.5', 636))])")  # fmt: skip
    calls.bad(70, 31, 60, failed, seconds=5.1)
    calls.write()
    case.yaml(functions=["login"], destinations={"ldap": {"name": "ldap.corp.example", "port": 636,
                                                          "addresses": ["192.168.12.5"]}})  # fmt: skip


@incident(
    source="https://github.com/aws/aws-lambda-python-runtime-interface-client/issues/49 (external request via IPv6)",
    expert=_blocked("the target has IPv6 addresses only, and the function is not dual-stack"),
)
def target_has_ipv6_only(case: CaseFolder) -> None:
    place = site(case, "iot")
    case.function("fetch-firmware", [place.private_a], [place.app], runtime="nodejs22.x", timeout=10)
    address = "2a05:d018:76c:b683:a2cd:4240:8669:6d4"
    failed = node_error(f"connect ENETUNREACH {address}:443 - Local (:::0)", errno=-101, code="ENETUNREACH",
                        syscall="connect", address=address, port=443)  # fmt: skip
    calls = Traffic(case, "fetch-firmware")
    calls.bad(41, 0, 60, failed, seconds=0.06)
    calls.write()
    case.yaml(functions=["fetch-firmware"], destinations={"firmware": {"name": "v6.firmware.example", "port": 443,
                                                                       "addresses": [address]}})  # fmt: skip


@incident(
    source="https://newbetuts.com/69415388-accessing-rds-from-lambda",
    expert=_blocked("the database stands in another VPC, and nothing connects the two"),
)
def database_in_another_vpc(case: CaseFolder) -> None:
    place = site(case, "apps")
    other = site(case, "legacy", "10.7")
    case.nat_gateways.pop()
    group = case.group("legacy-db", [allow(5432, "10.7.0.0/16", "10.0.0.0/16")], vpc=other.vpc)
    db = case.database("legacy", other.data_a, [group])
    case.function("export", [place.private_a, place.private_b], [place.app], timeout=30)
    host = "legacy.cx3m7d0.us-east-1.rds.amazonaws.com"
    calls = Traffic(case, "export")
    calls.bad(33, 0, 60, psycopg2_error(host, db["PrivateIpAddress"], "timeout expired"), seconds=10.0)
    calls.write()
    case.yaml(functions=["export"], destinations={"legacy": {"name": host, "port": 5432,
                                                             "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip

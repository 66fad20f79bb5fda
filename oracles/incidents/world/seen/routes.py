"""Routes that lead nowhere: by far the commonest reason."""

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
    boto_timeout,
    inner,
    mysql2_timeout,
    psycopg2_error,
    requests_timeout,
    site,
    table_of,
)

BLOCKED = "route-or-rule-blocked"
DARK = "destination-not-answering"


def _blocked(because: str, *says: str) -> Expert:
    return Expert((BLOCKED,), (BLOCKED,), Headline.NAMED, because, says)


@incident(
    source="https://www.webuildup.live/2026/05/why-your-lambda-times-out-inside-vpc.html",
    expert=_blocked("the only subnet leads straight to the internet gateway, which drops what has no public address",
                    "public-a"),
)  # fmt: skip
def function_in_a_public_subnet_without_nat(case: CaseFolder) -> None:
    case.vpc("default-vpc", "172.31.0.0/16", IsDefault=True)
    igw = case.internet_gateway()
    case.main_table()["Routes"].append(route("0.0.0.0/0", igw))
    public = case.subnet("public-a", "172.31.0.0/20", MapPublicIpOnLaunch=True, DefaultForAz=True)
    group = case.group("lambda-app")
    case.function("charge-card", [public], [group], timeout=30)
    calls = Traffic(case, "charge-card")
    calls.bad(64, 0, 60, requests_timeout("api.payments.example"), seconds=10.2)
    calls.write(zeros=False)
    case.yaml(functions=["charge-card"], destinations={"payments": {"name": "api.payments.example", "port": 443}})


@incident(
    source="https://www.tech-reader.blog/2025/12/nat-gateway-timeouts-lambda-in-private.html",
    expert=_blocked("the NAT gateway stands in a subnet without a route to an internet gateway", "nat-main"),
)
def nat_gateway_stands_in_a_private_subnet(case: CaseFolder) -> None:
    case.vpc("crm")
    case.internet_gateway()
    middle = case.subnet("private-nat", "10.0.5.0/24", [])
    nat = case.nat("nat-main", middle)
    private = case.subnet("private-a", "10.0.10.0/24", [route("0.0.0.0/0", nat)])
    group = case.group("lambda-app")
    case.function("sync-contacts", [private], [group], runtime="nodejs20.x", timeout=15)
    calls = Traffic(case, "sync-contacts")
    failed = node_error(
        "fetch failed", "TypeError", stack=("node:internal/deps/undici/undici:13502:13",),
        cause={"errorType": "ConnectTimeoutError", "errorMessage": "Connect Timeout Error (attempted address: "
               "api.crm.example:443, timeout: 10000ms)", "code": "UND_ERR_CONNECT_TIMEOUT",
               "stack": [("ConnectTimeoutError: Connect Timeout Error (attempted address: api.crm.example:443, "
                         "timeout: 10000ms)"), "    at onConnectTimeout (node:internal/deps/undici/undici:2602:28)"]},
    )  # fmt: skip
    calls.bad(48, 0, 60, failed, seconds=10.1)
    calls.write()
    # Each connect sends its SYN four times in ten seconds; the NAT gateway counts the first.
    case.nat_metrics(nat, attempts=[1.0, 0.0, 1.0, 1.0] * 15, established=[0.0] * 60, errors=[0.0] * 60,
                     active=[1.0, 0.0, 1.0, 1.0] * 15)  # fmt: skip
    case.yaml(functions=["sync-contacts"], destinations={"crm": {"name": "api.crm.example", "port": 443}})


@incident(
    source="https://linden.consulting/en/blog/lambda-vpc-timeout (root cause 1: in a VPC without NAT gateway)",
    expert=_blocked("its subnets' route table has the local route only", "private-a"),
)
def no_default_route(case: CaseFolder) -> None:
    place = inner(case, "billing")
    case.function("send-invoice", [place.private_a], [place.app], timeout=60)
    calls = Traffic(case, "send-invoice")
    calls.bad(55, 0, 60, boto_timeout("https://email.us-east-1.amazonaws.com/v2/email/outbound-emails"), seconds=15.4)
    calls.write()
    case.yaml(functions=["send-invoice"], reported="SES never answers since we moved the function into the VPC",
              destinations={"ses": {"name": "email.us-east-1.amazonaws.com", "port": 443}})  # fmt: skip


@incident(
    source="https://erropedia.com/solution.php?slug=aws-lambda-vpc-timeout-fix-network-latency (the NAT gateway "
    "was deleted)",
    expert=_blocked("the default route is a blackhole: the NAT gateway that it leads to was deleted", "private-a"),
)
def blackhole_to_a_deleted_nat_gateway(case: CaseFolder) -> None:
    place = site(case, "media")
    place.nat.update({"State": "deleted", "DeleteTime": "2026-11-20T12:19:41+00:00"})
    for table in case.route_tables:
        for one in table["Routes"]:
            if one.get("NatGatewayId"):
                one["State"] = "blackhole"
    case.addresses.clear()
    case.network_interfaces.clear()
    case.function("transcode-hook", [place.private_a], [place.app], runtime="dotnet8", timeout=30)
    calls = Traffic(case, "transcode-hook")
    calls.good(40, 0, 19.6)
    failed = dotnet_error(
        "System.Threading.Tasks.TaskCanceledException: The request was canceled due to the configured "
        "HttpClient.Timeout of 10 seconds elapsing.",
        "System.Net.Sockets.Socket.AwaitableSocketAsyncEventArgs.ThrowException(SocketError error, CancellationToken "
        "cancellationToken)",
        "System.Net.Sockets.Socket.<ConnectAsync>g__WaitForConnectWithCancellation|285_0(AwaitableSocketAsyncEventArgs "
        "saea, ValueTask connectTask, CancellationToken cancellationToken)",
        "System.Net.Http.HttpConnectionPool.ConnectToTcpHostAsync(String host, Int32 port, HttpRequestMessage "
        "initialRequest, Boolean async, CancellationToken cancellationToken)",
        inner="System.TimeoutException: A task was canceled.",
    )
    calls.bad(78, 19.8, 60, failed, seconds=10.1)
    calls.write()
    busy = [2.0] * 19 + [1.0]
    case.nat_metrics(place.nat, attempts=busy, established=busy, errors=[0.0] * 20, active=[3.0] * 20)
    case.yaml(functions=["transcode-hook"], destinations={"hooks": {"name": "hooks.video.example", "port": 443}})


@incident(
    source="https://repost.aws/knowledge-center/internet-access-lambda-function (one of the subnets is not like "
           "the other)",
    expert=_blocked("half of the environments start in private-b, which has the main table, without a way out",
                    "private-b"),
)  # fmt: skip
def one_of_two_subnets_uses_the_main_table(case: CaseFolder) -> None:
    place = site(case, "orders")
    own = table_of(case, "private-b")
    case.route_tables.remove(own)
    case.function("push-order", [place.private_a, place.private_b], [place.app], timeout=20)
    calls = Traffic(case, "push-order")
    calls.good(71, 0, 60)
    calls.bad(66, 0, 60, requests_timeout("erp.supplier.example", "/api/orders"), seconds=10.1)
    calls.write(zeros=False)
    attempts = [1.0, 2.0, 1.0, 1.0, 1.0, 1.0] * 10
    case.nat_metrics(place.nat, attempts=attempts, established=attempts, errors=[0.0] * 60)
    case.without("ec2/network-acls")
    case.yaml(
        functions=["push-order"],
        reported="every second order fails, no pattern",
        destinations={"erp": {"name": "erp.supplier.example", "port": 443, "addresses": ["34.226.17.88"]}},
    )


@incident(
    source="https://w3toppers.com/why-cant-an-aws-lambda-function-inside-a-public-subnet-in-a-vpc-connect-to-the-internet/",
    expert=_blocked("one of its two subnets is a public one, from which a function reaches nothing outside",
                    "public-b"),
)  # fmt: skip
def one_of_two_subnets_is_public(case: CaseFolder) -> None:
    place = site(case, "quotes")
    case.function("rates", [place.private_a, place.public_b], [place.app], runtime="nodejs22.x", timeout=10)
    calls = Traffic(case, "rates")
    calls.good(90, 0, 60)
    calls.bad(84, 0, 60, timeout=10)
    calls.write(tail=True)
    case.without("cloudwatch/nat", "ec2/network-acls", "ec2/addresses")
    case.yaml(functions=["rates"], destinations={"fx": {"name": "rates.fx.example", "port": 443}},
              reported="half of the calls to the FX provider hang until the timeout")  # fmt: skip


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
    source="AWS re:Post: cannot reach RDS in a peered VPC of another account from Lambda",
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
    source="AWS re:Post: Lambda to on-premises SQL Server through a transit gateway times out",
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
    source="AWS re:Post: VPN tunnel down, Lambda loses the on-premises LDAP server",
    expert=Expert((DARK,), (DARK, BLOCKED), Headline.NAMED,
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
    source="https://erropedia.com/solution.php?slug=aws-lambda-vpc-timeout-fix-network-latency (NAT instances)",
    expert=_blocked(
        "the default route leads to the interface of a NAT instance that is gone: a blackhole", "private-a"
    ),
)
def nat_instance_was_terminated(case: CaseFolder) -> None:
    place = inner(case, "blog")
    for name in ("private-a", "private-b"):
        table = table_of(case, name)
        table["Routes"].append(route("0.0.0.0/0", aws_id("eni", "nat-instance"), "blackhole"))
    case.function("publish", [place.private_a], [place.app], timeout=12)
    calls = Traffic(case, "publish")
    calls.bad(50, 0, 60, requests_timeout("api.social.example", "/2/posts"), seconds=10.1)
    calls.write()
    case.without("ec2/internet-gateways", "ec2/vpcs")
    case.yaml(functions=["publish"], destinations={"social": {"name": "api.social.example", "port": 443}})


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


@incident(
    source="https://github.com/jeremydaly/lambda-warmer/issues/4 (invocation times out in a VPC)",
    expert=_blocked("only Task timed out in the log, but the subnet has no way to the API that it calls",
                    "private-a"),
)  # fmt: skip
def only_task_timed_out_and_no_way_out(case: CaseFolder) -> None:
    place = inner(case, "alerts")
    case.function("notify", [place.private_a], [place.app], timeout=3)
    calls = Traffic(case, "notify")
    calls.bad(88, 0, 60, timeout=3)
    calls.write()
    case.without("ec2/network-acls", "ec2/vpc-endpoints")
    case.yaml(functions=["notify"], destinations={"chat": {"name": "hooks.chat.example", "port": 443,
                                                           "addresses": ["44.237.61.9"]}})  # fmt: skip

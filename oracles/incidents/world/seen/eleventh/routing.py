"""Routes that lead nowhere, or elsewhere than they should."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Expert,
    Headline,
    about,
    allow,
    entry,
    incident,
    java_error,
    node_error,
    node_log,
    python_log,
    route,
)
from oracles.incidents.world.seen.eleventh._sites_a import (
    BLOCKED,
    Fleet,
    fetch_timeout,
    localize,
    nat,
    neighbours,
    place,
    psycopg2_error,
    requests_timeout,
    summed,
)


def _blocked(because: str, *says: str) -> Expert:
    return Expert((BLOCKED,), (BLOCKED,), Headline.NAMED, because, says)


@incident(
    source="Stack Overflow, Lambda in a VPC has no internet (NAT gateway in the private subnet by mistake)",
    expert=_blocked("the NAT gateway stands in a subnet whose default route leads to itself: nothing gets out by it"),
)
def gateway_behind_itself(case: CaseFolder) -> None:
    case.vpc("billing", "10.40.0.0/16")
    igw = case.internet_gateway("billing-igw")
    case.subnet("billing-public", "10.40.0.0/24", [route("0.0.0.0/0", igw)], MapPublicIpOnLaunch=True)
    table = case.table("billing-private")
    first = case.subnet("billing-private-1", "10.40.1.0/24", table=table)
    second = case.subnet("billing-private-2", "10.40.2.0/24", table=table, az="b")
    gateway = nat(case, "billing-nat", second, "52.7.201.33")
    table["Routes"].append(route("0.0.0.0/0", gateway))
    group = case.group("invoice-sync")
    case.function("invoice-sync", [first], [group], timeout=30)
    calls = Fleet(case, "invoice-sync")
    calls.bad(71, 0, 60, requests_timeout("api.stripe.com", "/v1/invoices"), seconds=10.07)
    calls.write()
    case.nat_metrics(gateway, attempts=calls.started(), established=[0.0] * 60, errors=[0.0] * 60)
    case.yaml(functions=["invoice-sync"], destinations={"stripe": {"name": "api.stripe.com", "port": 443}})


@incident(
    source="composed: a usual one (a NAT gateway was deleted, its route stays)",
    expert=_blocked(
        "the NAT gateway was deleted at 12:21 and the default route of both private subnets is a blackhole"
    ),
)
def somebody_tidied_up(case: CaseFolder) -> None:
    site = place(case, "web", "10.2", publics=(("3.210.88.19",),))
    neighbours(case, "search", "ml")
    gone = site.nats[0]
    gone |= {"State": "deleted", "DeleteTime": "2026-11-20T12:21:02+00:00"}
    eni = gone["NatGatewayAddresses"][0]["NetworkInterfaceId"]
    case.network_interfaces[:] = [one for one in case.network_interfaces if one["NetworkInterfaceId"] != eni]
    for key in ("AssociationId", "NetworkInterfaceId", "NetworkInterfaceOwnerId", "PrivateIpAddress"):
        del case.addresses[0][key]
    for one in site.tables:
        one["Routes"][1]["State"] = "blackhole"
    case.function("send-sms", site.private, [site.app], runtime="nodejs20.x", timeout=15)
    stack = ("RedirectableRequest.handleRequestTimeout (/var/task/node_modules/axios/lib/adapters/http.js:692:16)",
             "Timeout.<anonymous> (/var/task/node_modules/follow-redirects/index.js:210:12)")  # fmt: skip
    failed = node_error("timeout of 8000ms exceeded", "AxiosError", stack=stack, code="ECONNABORTED", name="AxiosError")
    calls = Fleet(case, "send-sms")
    calls.good(52, 0, 21, node_log("INFO", "message accepted", {"provider": "smsgate"}), seconds=0.31)
    calls.bad(88, 21.1, 60, failed, seconds=8.04)
    calls.write(zeros=False)
    passed = calls.started(False)[:21]
    case.nat_metrics(gone, attempts=passed, established=passed, errors=[0.0] * 21)
    case.yaml(
        functions=["send-sms"],
        destinations={"smsgate": {"name": "rest.smsgate.example", "port": 443}},
        reported="SMS are stuck since about 12:20. Nobody deployed anything.",
    )


@incident(
    source="re:Post, a usual question (Lambda times out after its subnets were changed)",
    expert=_blocked(
        "at 12:31 the function moved from the private subnets to isolated ones, which have no route out; every "
        "invocation since runs into its timeout"
    ),
)
def new_subnets_since_half_past(case: CaseFolder) -> None:
    site = place(case, "finance", "10.11", publics=(("34.198.5.140",), ("34.203.77.12",)))
    table = case.table("isolated")
    isolated = [case.subnet("isolated-a", "10.11.30.0/24", table=table),
                case.subnet("isolated-b", "10.11.31.0/24", table=table, az="b")]  # fmt: skip
    case.function("export-invoices", isolated, [site.app], timeout=20,
                  LastModified="2026-11-20T12:31:04.000+0000")  # fmt: skip
    case.function_configuration("export-invoices")
    for one in site.private:
        case.lambda_eni("export-invoices", one, [site.app])
    calls = Fleet(case, "export-invoices")
    posting = python_log("INFO", "posting batch to erp")
    calls.good(63, 0, 31, posting, python_log("INFO", "batch accepted, 25 invoices"), seconds=0.84)
    calls.bad(59, 31.3, 59.6, posting, timeout=20, zone=1)
    calls.write()
    passed = calls.started(False)
    other = about(12, 60)
    # Half of the environments in each zone, and a few other functions of the VPC.
    for one, seed in zip(site.nats, (3, 4), strict=True):
        some = summed(other, [count // 2 for count in passed], about(4, 60, seed=seed))
        case.nat_metrics(one, attempts=some, established=some, errors=[0.0] * 60)
    case.yaml(functions=["export-invoices"], destinations={"erp": {"name": "import.erp-cloud.example", "port": 443}})


@incident(
    source="GitHub, issues of Node.js libraries (connect ENETUNREACH on an IPv6 address from Lambda)",
    expert=_blocked(
        "the host has only an IPv6 address and the function is not allowed IPv6 (Ipv6AllowedForDualStack is false): "
        "each connect ends at once with ENETUNREACH",
    ),
)
def host_without_a_record(case: CaseFolder) -> None:
    case.region = "eu-west-1"
    site = place(case, "iot", "10.60", publics=(("34.248.90.17",),))
    site.vpc["Ipv6CidrBlockAssociationSet"] = [
        {"AssociationId": "vpc-cidr-assoc-0b1de21a99f07c311", "Ipv6CidrBlock": "2a05:d018:71c:4e00::/56",
         "Ipv6CidrBlockState": {"State": "associated"}, "NetworkBorderGroup": "eu-west-1"}]  # fmt: skip
    for index, (one, table) in enumerate(zip(site.private, site.tables, strict=True)):
        one["Ipv6CidrBlockAssociationSet"] = [
            {"AssociationId": f"subnet-cidr-assoc-0c77e51d2ab90f14{index}",
             "Ipv6CidrBlock": f"2a05:d018:71c:4e1{index}::/64",
             "Ipv6CidrBlockState": {"State": "associated"}}]  # fmt: skip
        table["Routes"].append(route("::/0", "eigw-0f2ac11d9cbe78a45"))
    for known in case.route_tables:
        known["Routes"].insert(1, route("2a05:d018:71c:4e00::/56", "local"))
    for guard in case.network_acls:
        guard["Entries"] += [entry(101, way, "allow", None, "::/0", "all") for way in ("out", "in")]
    site.app["IpPermissionsEgress"] = [allow(None, "0.0.0.0/0", "::/0", protocol="-1")]
    case.function("meter-pull", site.private, [site.app], runtime="nodejs22.x", timeout=10)
    address = "2a01:4f9:c012:7d3a::1"
    failed = node_error(
        f"connect ENETUNREACH {address}:443 - Local (:::0)",
        stack=("internalConnect (node:net:1100:16)", "defaultTriggerAsyncIdScope (node:internal/async_hooks:464:18)"),
        errno=-101, code="ENETUNREACH", syscall="connect", address=address, port=443,
    )  # fmt: skip
    calls = Fleet(case, "meter-pull")
    calls.bad(84, 0, 60, failed, seconds=0.03)
    calls.write(period=300)
    busy = about(46, 60)
    case.nat_metrics(site.nats[0], attempts=busy, established=busy, errors=[0.0] * 60)
    localize(case, "euw1")
    case.yaml(functions=["meter-pull"], destinations={
        "meters": {"name": "gw.meters.example", "port": 443, "addresses": [address]}})  # fmt: skip


@incident(
    source="composed: Lambda to an on-premises Oracle over a transit gateway, and a new route table without its route",
    expert=_blocked(
        "10.80.4.12 is only covered by the default route of the function's subnets: the private address goes into the "
        "NAT gateway; the route to the transit gateway stands in another table"
    ),
)
def legacy_database_from_new_subnets(case: CaseFolder) -> None:
    site = place(case, "core", "10.20", publics=(("44.194.60.5",),))
    inner = case.table("tgw-attach")
    edge = [case.subnet(f"tgw-{zone}", f"10.20.25{index}.0/28", table=inner, az=zone, AvailableIpAddressCount=9)
            for index, zone in enumerate("ab")]  # fmt: skip
    tgw = case.transit_attachment("corp", edge)
    site_app = case.table("app", [route("0.0.0.0/0", site.nats[0]), route("10.80.0.0/14", tgw)])
    case.subnet("app-a", "10.20.40.0/23", table=site_app)
    case.subnet("app-b", "10.20.42.0/23", table=site_app, az="b")
    neighbours(case, "crm")
    case.function("stock-report", site.private, [site.app], runtime="java21", timeout=60, memory=1024)
    failed = java_error(
        "java.sql.SQLRecoverableException: IO Error: The Network Adapter could not establish the connection "
        "(CONNECTION_ID=qk7Xb2mTQ1y0Zr9pH3dXlw==)",
        "oracle.jdbc.driver.T4CConnection.handleLogonNetException(T4CConnection.java:902)",
        "oracle.jdbc.driver.T4CConnection.logon(T4CConnection.java:707)",
        "com.example.stock.Handler.handleRequest(Handler.java:61)",
        causes=("oracle.net.ns.NetException: The Network Adapter could not establish the connection",
                "java.net.SocketTimeoutException: Connect timed out"),
    )  # fmt: skip
    calls = Fleet(case, "stock-report")
    calls.bad(48, 0, 59, failed, seconds=20.2)
    calls.write(memory=1024)
    busy = about(210, 60)
    case.nat_metrics(site.nats[0], attempts=summed(busy, calls.started()), established=busy, errors=[0.0] * 60)
    case.yaml(functions=["stock-report"], destinations={
        "wms": {"name": "wms-scan.corp.example", "port": 1521, "addresses": ["10.80.4.12"]}})  # fmt: skip


@incident(
    source="https://docs.aws.amazon.com/vpc/latest/tgw/transit-gateway-nat-igw.html (central NAT, ways back)",
    expert=_blocked(
        "both VPCs leave through the central NAT gateway; its subnet has a route back to 10.30.0.0/16 and none to "
        "10.32.0.0/16, so no answer finds back to order-export"
    ),
)
def third_spoke(case: CaseFolder) -> None:
    orders = case.vpc("orders", "10.32.0.0/16")
    crm = case.vpc("crm", "10.30.0.0/16")
    egress = case.vpc("egress", "10.100.0.0/16")
    igw = case.internet_gateway("egress-igw", egress)
    public = case.subnet("egress-public-a", "10.100.0.0/24", [route("0.0.0.0/0", igw)], vpc=egress)
    gateway = nat(case, "central-nat-a", public, "18.205.144.61")
    attach = case.subnet("egress-tgw-a", "10.100.255.0/28", [route("0.0.0.0/0", gateway)], vpc=egress)
    tgw = case.transit_attachment("hub", [attach])
    public_table = next(
        one for one in case.route_tables if one["Tags"] and one["Tags"][0]["Value"] == "egress-public-a"
    )
    public_table["Routes"].append(route("10.30.0.0/16", tgw))
    subnets, groups = {}, {}
    for name, vpc, block in (("orders", orders, "10.32"), ("crm", crm, "10.30")):
        way = case.table(f"{name}-private", [route("0.0.0.0/0", tgw)], vpc=vpc)
        subnets[name] = case.subnet(f"{name}-private-a", f"{block}.1.0/24", table=way, vpc=vpc)
        groups[name] = case.group(f"{name}-lambda", vpc=vpc)
        case.transit_attachment(f"{name}-spoke", [subnets[name]], TransitGatewayId=tgw)
    case.function("order-export", [subnets["orders"]], [groups["orders"]], timeout=30)
    case.function("crm-sync", [subnets["crm"]], [groups["crm"]], timeout=30)
    calls = Fleet(case, "order-export")
    calls.bad(66, 0, 60, requests_timeout("sftp-api.partner.example", "/v2/upload"), seconds=10.06)
    calls.write()
    fine = Fleet(case, "crm-sync")
    fine.good(58, 0, 60, python_log("INFO", "PUT https://sftp-api.partner.example/v2/upload 201"), seconds=0.42)
    fine.write(tail=True)
    case.yaml(
        functions=["order-export", "crm-sync"],
        destinations={"partner": {"name": "sftp-api.partner.example", "port": 443, "addresses": ["20.84.17.203"]}},
        reported="order-export is new, in a VPC of its own. crm-sync uses the same partner and works.",
    )


@incident(
    source="AWS Knowledge Center, troubleshooting VPC peering (routes on both sides)",
    expert=Expert(
        (BLOCKED,),
        (BLOCKED,),
        Headline.OPEN,
        "our own route, groups and ACLs lead over the peering; routes and rules of the other account, where it most "
        "likely ends, are not collected",
    ),
)
def database_of_another_account(case: CaseFolder) -> None:
    site = place(case, "web", "10.0", publics=(("52.44.9.117",),))
    peer = case.peering("web-to-warehouse", "172.20.0.0/16")
    peer["AccepterVpcInfo"]["OwnerId"] = "905417338206"
    for one in site.tables:
        one["Routes"].append(route("172.20.0.0/16", peer))
    case.function("sales-rollup", site.private, [site.app], timeout=30)
    host = "warehouse.cq2k7w1x9zpd.us-east-1.rds.amazonaws.com"
    calls = Fleet(case, "sales-rollup")
    calls.bad(54, 0, 60, psycopg2_error(host, "172.20.14.33", "timeout expired"), seconds=10.09)
    calls.write()
    quiet = about(9, 60)
    case.nat_metrics(site.nats[0], attempts=quiet, established=quiet, errors=[0.0] * 60)
    case.yaml(functions=["sales-rollup"], destinations={
        "warehouse": {"name": host, "port": 5432, "addresses": ["172.20.14.33"]}})  # fmt: skip


@incident(
    source="https://docs.aws.amazon.com/vpc/latest/userguide/security-vpc-bpa.html (bidirectional block)",
    expert=_blocked("since 12:20 Block Public Access is on in both directions: no packet passes the internet gateway"),
)
def switch_of_the_security_team(case: CaseFolder) -> None:
    case.region = "eu-central-1"
    site = place(case, "portal", "10.90", publics=(("3.121.40.8",), ("18.197.231.4",)))
    own = case.group("portal-db", [allow(5432, site.app)])
    case.database("portal", site.data[0], [own])
    for one in [*case.vpcs, *case.subnets]:
        one["BlockPublicAccessStates"] = {"InternetGatewayBlockMode": "block-bidirectional"}
    case.function("push-notify", site.private, [site.app], runtime="nodejs22.x", timeout=30)
    failed = fetch_timeout("18.66.122.41:443")
    calls = Fleet(case, "push-notify")
    calls.good(61, 0, 20, node_log("INFO", "stored, pushed"), seconds=0.24)
    calls.bad(103, 20.1, 59.8, node_log("INFO", "stored"), failed, seconds=10.4)
    calls.write()
    for one, seed in zip(site.nats, (1, 2), strict=True):
        started = summed(about(30, 60, seed=seed), [count // 2 for count in calls.started()])
        case.nat_metrics(one, attempts=started, established=started[:20] + [0.0] * 40, errors=[0.0] * 60)
    localize(case, "euc1")
    case.yaml(functions=["push-notify"], destinations={
        "push": {"name": "push.gateway.example", "port": 443, "addresses": ["18.66.122.41"]}})  # fmt: skip

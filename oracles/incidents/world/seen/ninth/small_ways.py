"""Small set-ups, made in the console or by a framework, out of which no packet finds its way."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Traffic,
    allow,
    entry,
    incident,
    node_error,
    node_log,
    python_error,
    python_log,
    route,
    times,
)  # fmt: skip
from oracles.incidents.world.seen.ninth.places import BLOCKED, SILENT, Apart, named, startup, undici_timeout, unsettled


@incident(
    source="https://w3toppers.com/why-cant-an-aws-lambda-function-inside-a-public-subnet-in-a-vpc-connect-to-the-internet/",
    expert=named(BLOCKED, "the function stands in the default VPC's public subnets, whose default route is an internet "
                          "gateway: a function has no public address, so nothing comes back"),
)  # fmt: skip
def default_vpc_and_stripe(case: CaseFolder) -> None:
    vpc = case.vpc("default", "172.31.0.0/16", IsDefault=True, Tags=[])
    igw = case.internet_gateway("default", vpc)
    case.main_table(vpc)["Routes"].append(route("0.0.0.0/0", igw))
    subnets = [
        case.subnet(f"default-{az}", f"172.31.{number}.0/20", az=az, Tags=[], DefaultForAz=True,
                    MapPublicIpOnLaunch=True)
        for az, number in (("a", 0), ("b", 16), ("c", 32))
    ]  # fmt: skip
    group = case.security_groups[0]
    case.function("createCheckoutSession", subnets, [group], runtime="nodejs22.x", timeout=15, memory=128)
    calls = Traffic(case, "createCheckoutSession")
    calls.bad(31, 0, 60, node_log("INFO", "creating session for cart", {"items": 2}),
              undici_timeout("api.stripe.com", "3.18.12.63"), seconds=10.1)  # fmt: skip
    calls.write(memory=128)
    case.without("ec2/nat-gateways", "ec2/addresses", "ec2/vpc-endpoints", "ec2/dhcp")
    case.yaml(functions=["createCheckoutSession"], reported="works on my laptop, times out once in the VPC")


@incident(
    source="https://www.webuildup.live/2026/05/why-your-lambda-times-out-inside-vpc.html (no NAT, nothing but a "
           "timeout)",
    expert=named(BLOCKED, "each invocation hangs at S3 until the function's 3 s, and its only subnets have the local "
                          "route alone: no NAT gateway, no gateway endpoint"),
)  # fmt: skip
def three_seconds_before_s3(case: CaseFolder) -> None:
    case.vpc("project-vpc", "10.0.0.0/16")
    igw = case.internet_gateway("project-igw")
    case.subnet("project-subnet-public1-us-east-1a", "10.0.0.0/20", [route("0.0.0.0/0", igw)])
    one = case.subnet("project-subnet-private1-us-east-1a", "10.0.128.0/20", [])
    two = case.subnet("project-subnet-private2-us-east-1b", "10.0.144.0/20", [], az="b")
    group = case.group("lambda-sg-console", Description="created from the console")
    case.function("thumbnailer", [one, two], [group], timeout=3, memory=128)
    log = case.log("thumbnailer", tail=True)
    for number in range(22):
        at = 65.0 + 152 * number
        request = log.invocation(at, timeout=3, memory=128, cold=0.31 if number == 0 else None)
        log.say(at + 0.02, python_log("INFO", "downloading s3://pixlr-uploads/in/IMG_2291.jpg"), request=request)
    case.without("ec2/network-acls", "ec2/network-interfaces")
    case.yaml(functions=["thumbnailer"])


@incident(
    source="composed: the endpoint's private DNS was switched off (re:Post has many of \"Connect timeout on "
           "endpoint URL\")",
    expert=named(BLOCKED, "Secrets Manager's name leads to its public addresses, as the endpoint's private DNS is "
                          "off, and the subnets have no way to them"),
)  # fmt: skip
def secrets_without_private_dns(case: CaseFolder) -> None:
    case.vpc("sam-app", "10.12.0.0/16")
    private = case.table("sam-app-private", [])
    one = case.subnet("sam-app-a", "10.12.1.0/24", table=private)
    two = case.subnet("sam-app-b", "10.12.2.0/24", table=private, az="b")
    app = case.group("sam-app-LambdaSecurityGroup-1X0DQ7P2")
    door = case.group("sam-app-EndpointSecurityGroup-K3J", [allow(443, app)])
    case.interface_endpoint("secretsmanager", [one, two], [door], private_dns=False)
    case.interface_endpoint("sqs", [one, two], [door])
    case.function("sam-app-OrdersFunction-9aFzq", [one, two], [app], timeout=90, runtime="python3.13")
    calls = Traffic(case, "sam-app-OrdersFunction-9aFzq")
    failed = python_error(
        "ConnectTimeoutError", 'Connect timeout on endpoint URL: "https://secretsmanager.us-east-1.amazonaws.com/"',
        ("/var/lang/lib/python3.13/site-packages/botocore/httpsession.py", 500, "send",
         "raise ConnectTimeoutError(endpoint_url=request.url, error=e)"))  # fmt: skip
    calls.bad(18, 0, 60, failed, seconds=20.4)
    calls.write(zeros=False)
    case.without("ec2/nat-gateways")
    case.yaml(functions=["sam-app-OrdersFunction-9aFzq"], destinations={
        "secrets": {"name": "secretsmanager.us-east-1.amazonaws.com", "port": 443}})  # fmt: skip


@incident(
    source="https://github.com/brianc/node-postgres/issues/2243 (Connection terminated due to connection timeout)",
    expert=named(BLOCKED, "the database's group admits another group than the function's on 5432"),
)
def rds_admits_the_old_group(case: CaseFolder) -> None:
    place = startup(case, "kitto", "10.30")
    old = case.group("kitto-api-lambda-sg-0be77d1", Description="Managed by Pulumi")
    own = case.group("rds-launch-wizard-2", [allow(5432, old, "81.2.69.142/32", note="office")])
    db = case.database("kitto-db", place.private[1], [own])
    host = "kitto-db.c4q8rt21aaaa.us-east-1.rds.amazonaws.com"
    case.function("kitto-api-prod-users", place.private, [place.app], runtime="nodejs20.x", timeout=6)
    failed = node_error(
        "Connection terminated due to connection timeout",
        stack=("/var/task/node_modules/pg-pool/index.js:45:11",
               "async Runtime.handler (/var/task/src/users.js:12:18)"),
        cause={"message": "Connection terminated unexpectedly"})  # fmt: skip
    calls = Traffic(case, "kitto-api-prod-users")
    calls.bad(64, 0, 60, failed, seconds=5.02)
    calls.write()
    case.without("cloudwatch/nat", "ec2/network-acls")
    case.yaml(functions=["kitto-api-prod-users"], destinations={
        "db": {"name": host, "port": 5432, "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="https://www.tech-reader.blog/2025/12/nat-gateway-timeouts-lambda-in-private.html (NAT in a private subnet)",
    expert=named(BLOCKED, "the NAT gateway stands in a subnet whose own default route leads to that NAT gateway, "
                          "not to an internet gateway"),
)  # fmt: skip
def nat_in_a_private_subnet(case: CaseFolder) -> None:
    case.vpc("ruby-shop", "10.3.0.0/16")
    igw = case.internet_gateway("ruby-shop")
    case.subnet("ruby-shop-public", "10.3.0.0/24", [route("0.0.0.0/0", igw)])
    inner = case.table("ruby-shop-private")
    one = case.subnet("ruby-shop-private-a", "10.3.10.0/24", table=inner)
    two = case.subnet("ruby-shop-private-b", "10.3.11.0/24", table=inner, az="b")
    nat = case.nat("ruby-shop-nat", one)
    inner["Routes"].append(route("0.0.0.0/0", nat))
    group = case.group("ruby-shop-fn")
    case.function("notify-shopify", [one, two], [group], runtime="ruby3.3", timeout=90)
    failed = (
        '{"errorMessage":"Failed to open TCP connection to ruby-shop.myshopify.com:443 (execution expired)",'
        '"errorType":"Function<Net::OpenTimeout>","stackTrace":["/var/lang/lib/ruby/3.3.0/net/http.rb:1603:in '
        '`initialize\'","/var/lang/lib/ruby/3.3.0/net/http.rb:1603:in `open\'","/var/task/lib/shopify.rb:22:in '
        '`post\'","/var/task/app.rb:9:in `handler\'"]}\n'
    )
    calls = Traffic(case, "notify-shopify")
    calls.bad(17, 0, 60, failed, seconds=60.1)
    calls.write(period=300)
    tried = [int(at // 60) for at in times(17, 0, 60, seed=0)]  # As the traffic above has them.
    case.nat_metrics(nat, attempts=[tried.count(minute) or None for minute in range(60)],
                     established=[None] * 60, errors=[0.0] * 60)  # fmt: skip
    case.yaml(functions=["notify-shopify"], destinations={
        "shopify": {"name": "ruby-shop.myshopify.com", "port": 443, "addresses": ["23.227.38.74"]}})  # fmt: skip


@incident(
    source="composed: an ACL of one subnet that a consultant hardened: nothing comes back on high ports",
    expert=named(BLOCKED, "what starts in the subnet of zone c gets no answer: its ACL admits 443 inwards, but not the "
                          "ports that answers come back to; zone a works", "private-2"),
)  # fmt: skip
def acl_without_ephemeral_ports(case: CaseFolder) -> None:
    case.region = "ap-northeast-1"
    place = startup(case, "mise", "10.77")
    ports = [entry(100, "out", "allow", (80, 80), "0.0.0.0/0", "tcp"),
             entry(110, "out", "allow", (443, 443), "0.0.0.0/0", "tcp"),
             entry(120, "out", "allow", None, "10.77.0.0/16", "all"),
             entry(100, "in", "allow", (443, 443), "0.0.0.0/0", "tcp"),
             entry(110, "in", "allow", None, "10.77.0.0/16", "all")]  # fmt: skip
    case.acl("mise-hardened-c", ports, [place.private[1]])
    case.function("mise-push", place.private, [place.app], runtime="nodejs20.x", timeout=12)
    failed = node_error(
        "", "AggregateError", code="ETIMEDOUT",
        stack=("internalConnectMultiple (node:net:1122:18)", "afterConnectMultiple (node:net:1689:7)",
               "async FcmClient.send (/var/task/dist/fcm.js:31:17)"),
        errors=[{"errno": -110, "code": "ETIMEDOUT", "syscall": "connect", "address": "142.250.206.234", "port": 443,
                 "message": "connect ETIMEDOUT 142.250.206.234:443"},
                {"errno": -101, "code": "ENETUNREACH", "syscall": "connect", "address": "2404:6800:4004:825::200a",
                 "port": 443, "message": "connect ENETUNREACH 2404:6800:4004:825::200a:443 - Local (:::0)"}],
    )  # fmt: skip
    calls = Apart(case, "mise-push")
    calls.good(61, 0, 60, node_log("INFO", "sent"), seconds=0.3)
    calls.bad(58, 0, 60, failed, seconds=0.56)
    calls.write()
    case.yaml(functions=["mise-push"], destinations={
        "fcm": {"name": "fcm.googleapis.com", "port": 443, "addresses": ["142.250.206.234"]}})  # fmt: skip


@incident(
    source="https://github.com/jeremydaly/lambda-warmer/issues/5 (in a VPC it always times out, nothing more is known)",
    expert=unsettled("each invocation runs into its timeout and says nothing: without the network nobody can tell "
                     "whether the way or what it calls is at fault", BLOCKED, SILENT),
)  # fmt: skip
def only_task_timed_out(case: CaseFolder) -> None:
    log = case.log("warm-catalog", tail=True)
    for number in range(24):
        log.invocation(90 + 140 * number, timeout=20, cold=0.35 if number % 4 == 0 else None, memory=256)
    case.yaml(functions=["warm-catalog"], reported="started after we attached it to the VPC?")

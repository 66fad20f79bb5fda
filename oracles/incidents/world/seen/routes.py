"""Routes that lead nowhere: by far the commonest reason."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Expert,
    Headline,
    Traffic,
    aws_id,
    dotnet_error,
    incident,
    node_error,
    route,
)
from oracles.incidents.world.seen._sites import (
    boto_timeout,
    inner,
    requests_timeout,
    site,
    table_of,
)

BLOCKED = "route-or-rule-blocked"


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
    source="https://linden.consulting/en/blog/lambda-vpc-timeout (get the subnets' route table)",
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

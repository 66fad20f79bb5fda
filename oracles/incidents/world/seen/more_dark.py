"""Further destinations that do not answer: behind the NAT gateway, inside the VPC, and for a function in no VPC."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Expert,
    Headline,
    Moment,
    Traffic,
    about,
    go_log,
    incident,
    java_error,
    json_log,
    node_error,
    node_log,
    python_error,
    python_log,
)
from oracles.incidents.world.seen._sites import BOTOCORE, DARK, dark, requests_timeout, site

BLOCKED = "route-or-rule-blocked"


@incident(
    source="https://www.pulsapi.com/blog/incident-postmortem-third-party-outage (what our own logs said)",
    expert=Expert((), (DARK, BLOCKED), Headline.OPEN,
                  "it worked and then no connect is answered: the provider's outage, or a rule or route that was "
                  "changed at 12:18; no file of the VPC is there to tell them apart"),
)  # fmt: skip
def provider_or_rule_seen_by_one_log(case: CaseFolder) -> None:
    place = site(case)
    case.function("quote", [place.private_a], [place.app], runtime="nodejs20.x", timeout=15)
    failed = node_error("Timeout awaiting 'connect' for 8000ms", "TimeoutError", code="ETIMEDOUT", event="connect",
                        stack=(("ClientRequest.<anonymous> (file:///var/task/node_modules/got/dist/source/core/"
                               "index.js:970:61)"),))  # fmt: skip
    calls = Traffic(case, "quote")
    calls.good(101, 0, 17.8, node_log("INFO", "quoted"), seconds=0.3)
    calls.bad(208, 18, 60, failed, seconds=8.1)
    calls.write()
    case.without("ec2")
    case.yaml(functions=["quote"], destinations={"insurer": {"name": "api.insurer.example", "port": 443}})


@incident(
    source="https://status.gridly.com/incidents/z1ltyd2vfjlr (connection timeout of one API among several)",
    expert=dark("the same environments reach the mail API in every minute, so that the way out works; only the "
                "address service is silent from 12:23 on", "address"),
)  # fmt: skip
def one_host_is_silent_and_the_other_answers_in_the_same_log(case: CaseFolder) -> None:
    place = site(case)
    case.function("checkout", [place.private_a], [place.app], timeout=30)
    host = "api.addresses.example"
    mailed = python_log("INFO", "POST https://api.mail.example/v3/send 202 in 0.21 s")
    failed = python_log("WARNING", f"address check skipped: HTTPSConnectionPool(host='{host}', port=443): Max retries "
                        "exceeded with url: /v2/verify (Caused by ConnectTimeoutError(<urllib3.connection."
                        f"HTTPSConnection object at 0x7fd3a81c0d90>, 'Connection to {host} timed out. (connect "
                        "timeout=5)'))")  # fmt: skip
    checked = python_log("INFO", f"POST https://{host}/v2/verify 200 in 0.11 s")
    calls = Traffic(case, "checkout")
    calls.good(120, 0, 22.9, checked, mailed, seconds=0.5)
    calls.bad(190, 23, 60, failed, mailed, seconds=5.4, error=False)
    calls.write(tail=True)
    case.without("ec2")
    case.yaml(functions=["checkout"], destinations={
        "address": {"name": host, "port": 443, "addresses": ["34.250.91.7"]},
        "mail": {"name": "api.mail.example", "port": 443, "addresses": ["52.44.201.9"]}})  # fmt: skip


@incident(
    source="https://statusfield.com/blog/2026-06-24-how-to-write-postmortem-third-party-outage (one vendor of three)",
    expert=dark("behind one gateway two destinations are as before, and the third answers nobody any more", "tax"),
)
def one_of_three_destinations_behind_a_gateway(case: CaseFolder) -> None:
    place = site(case)
    for name in ("charge", "taxes", "notify"):
        case.function(name, [place.private_a, place.private_b], [place.app], runtime="java21", timeout=60)
    failed = java_error("org.apache.hc.client5.http.ConnectTimeoutException: Connect to https://api.tax.example:443 "
                        "[api.tax.example/18.157.61.3] failed: Connect timed out",
                        "java.base/sun.nio.ch.NioSocketImpl.timedFinishConnect(NioSocketImpl.java:546)")  # fmt: skip
    taxes = Traffic(case, "taxes")
    taxes.good(200, 0, 25, seconds=0.2)
    taxes.bad(272, 25.1, 60, failed, seconds=10.1)
    taxes.write(period=300, zeros=False)
    for name, count in (("charge", 1_200), ("notify", 620)):
        other = Traffic(case, name)
        other.good(count, 0, 60, seconds=0.2, logged=False)
        other.write(period=300, zeros=False)
    tried = about(191, 12)
    case.nat_metrics(place.nat, period=300, attempts=tried, errors=[None] * 12,
                     established=[*tried[:5], *(round(one * 0.79) for one in tried[5:])],
                     active=[*about(64, 5), *about(61, 7)])  # fmt: skip
    case.yaml(functions=["taxes"], destinations={
        "tax": {"name": "api.tax.example", "port": 443, "addresses": ["18.157.61.3"]},
        "payments": {"name": "api.payments.example", "port": 443, "addresses": ["34.203.18.77"]},
        "push": {"name": "push.mobile.example", "port": 443, "addresses": ["64.233.180.95"]}})  # fmt: skip


@incident(
    source="https://www.tech-reader.blog/2025/12/nat-gateway-timeouts-lambda-in-private.html (hangs until its timeout)",
    expert=dark("the log says only that time ran out, but the gateway counts SYNs that leave, and hardly any answer, "
                "from 12:20 on; everything on the way is open"),
)  # fmt: skip
def task_timed_out_and_the_gateway_sees_no_answers(case: CaseFolder) -> None:
    place = site(case)
    case.function("labels", [place.private_a, place.private_b], [place.app], runtime="python3.11", timeout=29)
    calls = Traffic(case, "labels")
    calls.good(240, 0, 20, seconds=0.6)
    calls.bad(460, 20, 60, timeout=29)
    calls.write()
    case.nat_metrics(place.nat, attempts=[*about(12, 20), *about(34, 40)],
                     established=[*about(12, 20), *([0.0, 0.0, 1.0, 0.0] * 10)], errors=[0.0] * 60,
                     drops=[0.0] * 60, active=[*about(14, 20), *about(22, 40)])  # fmt: skip
    case.yaml(functions=["labels"], destinations={
        "carrier": {"name": "api.carrier.example", "port": 443, "addresses": ["185.60.112.40"]}})  # fmt: skip


@incident(
    source="https://github.com/nodejs/undici/issues/3307 (some of a name's addresses answer), as Netty says it",
    expert=dark("every failure is at one of four addresses, and none at the others", "bank"),
)
def one_of_four_addresses_is_dark_in_java(case: CaseFolder) -> None:
    place = site(case)
    case.function("rates", [place.private_a], [place.app], runtime="java21", timeout=30)
    problem = "connection timed out after 15000 ms: rates.bank.example/52.18.7.90:443"
    failed = java_error(
        f"org.springframework.web.reactive.function.client.WebClientRequestException: {problem}",
        "org.springframework.web.reactive.function.client.ExchangeFunctions$DefaultExchangeFunction."
        "lambda$wrapException$9(ExchangeFunctions.java:136)",
        causes=(f"io.netty.channel.ConnectTimeoutException: {problem}",),
    )
    calls = Traffic(case, "rates")
    calls.good(302, 0, 60, seconds=0.4)
    calls.bad(99, 0, 60, failed, seconds=15.0)
    calls.write(period=300)
    case.nat_metrics(place.nat, period=300, attempts=about(33, 12), established=about(25, 12), errors=[0.0] * 12)
    case.yaml(functions=["rates"], destinations={
        "bank": {"name": "rates.bank.example", "port": 443,
                 "addresses": ["52.18.7.88", "52.18.7.89", "52.18.7.90", "52.18.7.91"]}})  # fmt: skip


@incident(
    source="https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-health-checks.html",
    expert=dark("the load balancer has no healthy target from 12:25 on, and connects through it are not answered"),
)
def load_balancer_without_healthy_targets(case: CaseFolder) -> None:
    place = site(case)
    lb = case.interface("nlb", place.private_a, [], description="ELB net/ledger/5d0f3b1c2e4a6978",
                        type="network_load_balancer", requester="amazon-elb")  # fmt: skip
    host = "ledger-5d0f3b1c2e4a6978.elb.us-east-1.amazonaws.com"
    case.function("gateway", [place.private_a], [place.app], runtime="nodejs22.x", timeout=20)
    failed = node_error(
        "14 UNAVAILABLE: No connection established. Last error: connect ETIMEDOUT "
        f"{lb['PrivateIpAddress']}:50051. Resolution note: ",
        code=14,
        details="No connection established.",
        stack=("callErrorFromStatus (/var/task/node_modules/@grpc/grpc-js/build/src/call.js:32:19)",),
    )
    calls = Traffic(case, "gateway")
    calls.good(520, 0, 24.9, seconds=0.03, logged=False)
    calls.bad(240, 25.1, 60, failed, seconds=15.0)
    calls.write()
    name = {"TargetGroup": "targetgroup/ledger/1f7b3e5a6c8d9e0f", "LoadBalancer": "net/ledger/5d0f3b1c2e4a6978"}
    case.metric("AWS/NetworkELB", "HealthyHostCount", name, [3.0] * 24 + [1.0] + [0.0] * 35, stat="Minimum",
                file="nlb")  # fmt: skip
    case.metric("AWS/NetworkELB", "UnHealthyHostCount", name, [0.0] * 24 + [2.0] + [3.0] * 35, stat="Maximum",
                file="nlb")  # fmt: skip
    case.yaml(functions=["gateway"], destinations={
        "ledger": {"name": host, "port": 50051, "addresses": [lb["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="https://engineered.at/articles/whitelisting-aws-nat-gateway-ip-addresses (not on the partner's list)",
    expert=dark("the bank's SFTP host never answers, while all else through the same gateway is fine: its firewall "
                "drops what comes from an address that it does not know", "sftp"),
)  # fmt: skip
def partner_drops_an_address_that_it_does_not_know(case: CaseFolder) -> None:
    place = site(case)
    case.nat_gateways[0]["CreateTime"] = "2026-11-20T07:12:44+00:00"
    case.function("fetch-statements", [place.private_a], [place.app], timeout=180)
    case.function("rates", [place.private_a], [place.app], timeout=10)
    failed = python_error("TimeoutError", "[Errno 110] Connection timed out",
                          ("/opt/python/paramiko/client.py", 386, "connect",
                           "retry_on_signal(lambda: sock.connect(addr))"))  # fmt: skip
    calls = Traffic(case, "fetch-statements")
    calls.bad(24, 0, 58, python_log("INFO", "connecting to sftp.bank.example:2222"), failed, seconds=127.4)
    calls.write()
    others = Traffic(case, "rates")
    others.good(360, 0, 60, python_log("INFO", "GET https://rates.market.example/eur 200"), seconds=0.3)
    others.write()
    case.nat_metrics(place.nat, attempts=about(6.4, 60), established=about(6, 60), errors=[0.0] * 60)
    case.yaml(functions=["fetch-statements"], destinations={
        "sftp": {"name": "sftp.bank.example", "port": 2222, "addresses": ["193.41.77.12"]},
        "market": {"name": "rates.market.example", "port": 443, "addresses": ["34.117.59.81"]}})  # fmt: skip


@incident(
    source="https://www.michal-drozd.com/en/blog/tcpdump-syn-no-accept-backlog-trap/",
    expert=Expert((DARK, "destination-connection-limit"), (DARK, "destination-connection-limit"), Headline.NAMED,
                  "connects take just 1, 3 and 7 s: SYNs that are sent again to one overloaded host, whose accept "
                  "queue is full, while another host is reached at once", ("pricing",)),
)  # fmt: skip
def accept_queue_is_full(case: CaseFolder) -> None:
    place = site(case)
    rule = {"IpProtocol": "tcp", "FromPort": 8080, "ToPort": 8080, "UserIdGroupPairs": [], "Ipv6Ranges": [],
            "PrefixListIds": [], "IpRanges": [{"CidrIp": "10.0.0.0/16"}]}  # fmt: skip
    own = case.group("pricing", [rule])
    hosts = [case.interface(name, place.data_a, [own], description="Primary network interface")["PrivateIpAddress"]
             for name in ("pricing-1", "stock-1")]  # fmt: skip
    case.function("offer", [place.private_a, place.private_b], [place.app], runtime="provided.al2023", timeout=30)
    stock = go_log(f"stock: connected to {hosts[1]}:8080 in 1 ms")
    calls = Traffic(case, "offer")
    calls.good(900, 0, 20, go_log(f"pricing: connected to {hosts[0]}:8080 in 1 ms"), stock, seconds=0.04, logged=False)
    for count, waited in ((500, "1"), (260, "1027"), (120, "3063"), (50, "7127")):
        calls.good(count, 20, 55, go_log(f"pricing: connected to {hosts[0]}:8080 in {waited} ms"), stock,
                   seconds=0.05 + int(waited) / 1000)  # fmt: skip
    failed = go_log(f'Get "http://pricing.internal.example:8080/v2/offer": dial tcp {hosts[0]}:8080: i/o timeout')
    calls.bad(90, 20, 55, stock, failed, seconds=10.0)
    calls.good(150, 55, 60, go_log(f"pricing: connected to {hosts[0]}:8080 in 1 ms"), stock, seconds=0.04)
    calls.write(tail=True)
    case.yaml(functions=["offer"], destinations={
        "pricing": {"name": "pricing.internal.example", "port": 8080, "addresses": [hosts[0]]},
        "stock": {"name": "stock.internal.example", "port": 8080, "addresses": [hosts[1]]}})  # fmt: skip


@incident(
    source="https://explainers.fyi/examples/api-timeout-postmortem-for-product-teams (five minutes, over by itself)",
    expert=dark("for five minutes nobody answers, and then all do again, without any change on the way: an outage"),
)
def five_minutes_of_silence(case: CaseFolder) -> None:
    place = site(case)
    case.function("sms", [place.private_a, place.private_b], [place.app], runtime="provided.al2", timeout=28)
    said = (
        "production.ERROR: cURL error 28: Connection timed out after 5001 milliseconds (see https://curl.haxx.se/"
        "libcurl/c/libcurl-errors.html) for https://sms.gateway.example/v1/messages "
        '{"exception":"[object] (GuzzleHttp\\\\Exception\\\\ConnectException(code: 0)"}'
    )

    def failed(moment: Moment) -> str:
        return f"[{moment.time[:-1]}000+00:00] {said}\n"

    calls = Traffic(case, "sms")
    calls.good(330, 0, 31, seconds=0.3, logged=False)
    calls.bad(57, 31.1, 36, failed, seconds=5.1)
    calls.good(250, 36.2, 60, seconds=0.3, logged=False)
    calls.write()
    case.nat_metrics(place.nat, attempts=about(10.6, 60), errors=[0.0] * 60,
                     established=[*about(10.6, 31), 0.0, 1.0, 0.0, 0.0, 0.0, *about(10.6, 24)])  # fmt: skip
    case.yaml(
        functions=["sms"],
        reported="customers got no codes between 12:31 and 12:36",
        destinations={"sms": {"name": "sms.gateway.example", "port": 443, "addresses": ["79.125.8.33", "79.125.8.34"]}},
    )


@incident(
    source="https://statusfield.com/blog/2026-06-24-how-to-write-postmortem-third-party-outage (in a JSON log)",
    expert=dark("the function is in no VPC, so that no rule of anybody's is on the way; nobody answers from 12:14 on"),
)
def provider_is_silent_for_a_function_in_no_vpc_with_a_json_log(case: CaseFolder) -> None:
    case.function("sync-crm", runtime="ruby3.3", timeout=25,
                  LoggingConfig={"LogFormat": "JSON", "LogGroup": "/aws/lambda/sync-crm"})  # fmt: skip
    failed = json_log("ERROR", "Failed to open TCP connection to crm.saas.example:443 (execution expired)",
                      errorType="Net::OpenTimeout",
                      stackTrace=["/var/lang/lib/ruby/3.3.0/net/http.rb:1603:in `initialize'"])  # fmt: skip
    calls = Traffic(case, "sync-crm")
    calls.good(66, 0, 13.7, json_log("INFO", "synced 40 contacts"), seconds=1.1)
    calls.bad(180, 14, 60, failed, seconds=20.1)
    calls.write(json=True, period=300, zeros=False)
    case.yaml(functions=["sync-crm"], destinations={"crm": {"name": "crm.saas.example", "port": 443}})


@incident(
    source="https://aws.amazon.com/message/11201/ (Summary of the Amazon Kinesis Event in us-east-1)",
    expert=dark("an AWS service's regional endpoint is silent from 12:10 to 12:52, and the bank behind the same "
                "gateway is reached all the time", "kinesis"),
)  # fmt: skip
def regional_endpoint_of_aws_is_silent(case: CaseFolder) -> None:
    place = site(case)
    case.function("events", [place.private_a, place.private_b], [place.app], timeout=60)
    url = "https://kinesis.us-east-1.amazonaws.com/"
    failed = python_log("ERROR", "audit record dropped: botocore.exceptions.ConnectTimeoutError: Connect timeout on "
                        f'endpoint URL: "{url}"')  # fmt: skip
    charged = python_log("INFO", "POST https://api.bank.example/payments 201")
    calls = Traffic(case, "events")
    calls.good(90, 0, 9.9, charged, python_log("INFO", "audit record written"), seconds=0.5)
    calls.bad(378, 10, 52, charged, failed, seconds=10.6, error=False)
    calls.good(70, 52.2, 60, charged, python_log("INFO", "audit record written"), seconds=0.5)
    calls.bad(2, 20, 50, charged, python_error("ConnectTimeoutError", f'Connect timeout on endpoint URL: "{url}"',
                                               BOTOCORE), seconds=10.6)  # fmt: skip
    calls.write()
    case.without("cloudwatch/nat", "ec2/addresses", "ec2/dhcp-options")
    case.yaml(functions=["events"], destinations={
        "kinesis": {"name": "kinesis.us-east-1.amazonaws.com", "port": 443},
        "bank": {"name": "api.bank.example", "port": 443, "addresses": ["194.12.80.5"]}})  # fmt: skip


@incident(
    source="composed: two functions, one provider, one of them fails for another reason than its silence",
    expert=dark("both functions, in different subnets behind different gateways, lose the provider in one minute: "
                "it is silent for all", "payments"),
)  # fmt: skip
def two_gateways_lose_one_provider_at_once(case: CaseFolder) -> None:
    place = site(case)
    other = case.nat("nat-b", place.public_b)
    table = next(
        one
        for one in case.route_tables
        if any(item.get("SubnetId") == place.private_b["SubnetId"] for item in one["Associations"])
    )
    table["Routes"][-1]["NatGatewayId"] = other["NatGatewayId"]
    failed = requests_timeout("api.payments.example")
    for name, subnet, nat in (("charge", place.private_a, place.nat), ("refund", place.private_b, other)):
        case.function(name, [subnet], [place.app], timeout=30)
        calls = Traffic(case, name)
        calls.good(150, 0, 26.9, seconds=0.4, logged=False)
        calls.bad(170, 27, 60, failed, seconds=10.1)
        calls.write()
        case.nat_metrics(nat, attempts=about(5.5, 60), established=[*about(5.5, 27), *([0.0] * 33)],
                         errors=[None] * 60)  # fmt: skip
    case.yaml(functions=["charge", "refund"], destinations={
        "payments": {"name": "api.payments.example", "port": 443, "addresses": ["34.203.18.77"]}})  # fmt: skip

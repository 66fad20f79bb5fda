"""Further tables that fill on the way: Hyperplane ENIs behind gateways of every kind, and a gateway's ports."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Expert,
    Headline,
    Record,
    about,
    every,
    go_log,
    incident,
    java_error,
    node_error,
    node_log,
    node_socket_error,
    python_log,
    ramp,
    route,
    share,
    unsaid_zeros,
)
from oracles.incidents.world.seen._sites import Site, requests_timeout, site

PORTS = "nat-port-exhaustion"
ENI = "hyperplane-eni-exhaustion"
FULL = "destination-connection-limit"
HELD = "https://www.gomomento.com/blog/how-to-fix-connection-timeout-issues-with-aws-lambda-in-vpcs/"
CACHE = {"cache": {"name": "cell-1.cache.example", "port": 443, "addresses": ["3.218.44.90"]}}


def _named(cause: str, because: str, *says: str) -> Expert:
    return Expert((cause,), (cause,), Headline.NAMED, because, says)


def _new(open_ones: list[float]) -> list[float]:
    """Of the open connections, those that came in each minute."""
    return [max(after - before, 0) for before, after in zip([0.0, *open_ones], open_ones, strict=False)]


def _route_b(case: CaseFolder, place: Site, nat: Record) -> None:
    """Let the second private subnet go out by another gateway."""
    for table in case.route_tables:
        if any(one.get("SubnetId") == place.private_b["SubnetId"] for one in table["Associations"]):
            table["Routes"][-1] = route("0.0.0.0/0", nat)


@incident(
    source=f"{HELD} (a gateway in each zone)",
    expert=_named(ENI, "each gateway stands flat at the 65,000 of the one ENI behind it, with ports for 110,000 and no "
                       "errors of allocation"),
)  # fmt: skip
def two_enis_are_full_behind_two_gateways(case: CaseFolder) -> None:
    place = site(case, nat_addresses=2)
    other = case.nat("nat-b", place.public_b, 2)
    _route_b(case, place, other)
    case.minutes = 30
    case.function("fan-out", [place.private_a, place.private_b], [place.app], runtime="nodejs22.x", timeout=90)
    concurrent = [20.0, *ramp(1_400, 15_400, 11, 0.0), *([15_400.0] * 18)]
    for nat in (place.nat, other):
        open_ones = [min(float(round(one * 5)), 65_000.0) for one in concurrent]
        arriving = _new(open_ones)
        case.nat_metrics(nat, errors=[0.0] * 30, active=open_ones, attempts=arriving, established=arriving)
    lost = [0.0] * 10 + [1_100.0, 2_400.0] + about(2_500, 18)
    case.function_metrics("fan-out", invocations=about(15_000, 30), errors=lost, concurrent=concurrent,
                          duration=[*about(31_000, 10), *([90_000.0] * 20)])  # fmt: skip
    failed = node_error("fetch failed", "TypeError", stack=("node:internal/deps/undici/undici:13502:13",),
                        cause={"errorType": "ConnectTimeoutError", "code": "UND_ERR_CONNECT_TIMEOUT", "stack": [],
                               "errorMessage": "Connect Timeout Error (attempted address: cell-1.cache.example:443, "
                                               "timeout: 10000ms)"})  # fmt: skip
    log = case.log("fan-out")
    for index in range(120):
        log.invocation(60 * 10.2 + index * 9.2, failed, seconds=10.4, stream=index)
    case.yaml(functions=["fan-out"], destinations=CACHE)


@incident(
    source=f"{HELD} (and a regional NAT gateway)",
    expert=_named(ENI, "a regional gateway with many addresses counts no errors and stands flat at 65,000, the size of "
                       "the one ENI that the function uses", "private-a"),
)  # fmt: skip
def one_eni_is_full_behind_a_regional_gateway(case: CaseFolder) -> None:
    place = site(case, nat_addresses=6)
    case.nat_gateways[0]["AvailabilityMode"] = "regional"
    case.minutes = 40
    case.function("warm-up", [place.private_a], [place.app], runtime="java21", timeout=120, memory=1024)
    concurrent = [*ramp(200, 3_300, 20, 0.0), *([3_400.0] * 20)]
    open_ones = [min(float(round(one * 20)), 65_000.0) for one in concurrent]
    case.nat_metrics(place.nat, errors=[None] * 40, active=open_ones, attempts=unsaid_zeros(_new(open_ones)))
    case.function_metrics("warm-up", invocations=about(3_000, 40), concurrent=concurrent,
                          errors=unsaid_zeros([0.0] * 20 + about(150, 20)))  # fmt: skip
    failed = java_error("java.net.http.HttpConnectTimeoutException: HTTP connect timed out",
                        "java.net.http/jdk.internal.net.http.HttpClientImpl.send(HttpClientImpl.java:950)",
                        causes=("java.net.ConnectException: HTTP connect timed out",))  # fmt: skip
    log = case.log("warm-up")
    for index in range(100):
        log.invocation(60 * 20 + index * 11.2, failed, seconds=15.2, stream=index, memory=1024)
    case.yaml(functions=["warm-up"], destinations=CACHE)


@incident(
    source=f"{HELD} (functions that share a subnet and a security group share its ENI)",
    expert=_named(ENI, "the crawler holds nearly all of the ENI that both functions share; the gateway has ports left "
                       "and counts no errors"),
)  # fmt: skip
def a_neighbour_fills_the_shared_eni(case: CaseFolder) -> None:
    place = site(case, nat_addresses=4)
    case.function("charge", [place.private_a], [place.app], timeout=30)
    case.function("crawler", [place.private_a], [place.app], runtime="provided.al2023", timeout=300, enis=False)
    crawling = [*ramp(400, 6_300, 22, 0.0), *about(6_450, 30, 0.005), *ramp(4_000, 500, 8, 0.0)]
    open_ones = [min(float(round(one * 10 + 420)), 65_000.0) for one in crawling]
    open_ones[22:52] = [65_000.0] * 30
    case.function_metrics("crawler", invocations=[round(one / 3) for one in crawling], concurrent=crawling)
    case.function_metrics("charge", invocations=about(190, 60), concurrent=about(21, 60),
                          errors=[0.0] * 22 + about(64, 30) + [0.0] * 8)  # fmt: skip
    arriving = [one + 190 for one in _new(open_ones)]
    case.nat_metrics(place.nat, active=open_ones, errors=[0.0] * 60, attempts=arriving, established=arriving)
    log = case.log("charge")
    for index in range(140):
        log.invocation(60 * 22.1 + index * 12.7, requests_timeout("api.payments.example"), seconds=10.2, stream=index)
    case.yaml(functions=["charge", "crawler"], destinations={
        "payments": {"name": "api.payments.example", "port": 443, "addresses": ["34.203.18.77"]}})  # fmt: skip


@incident(
    source=f"{HELD} (a destination inside the VPC: no gateway counts)",
    expert=_named(ENI, "the load balancer's flows stand flat at 65,000 with no errors of its own, 6,500 environments "
                       "times ten, and the function has one ENI"),
)  # fmt: skip
def one_eni_is_full_before_a_load_balancer(case: CaseFolder) -> None:
    place = site(case)
    lb = case.interface("nlb", place.data_a, [], description="ELB net/feed/5d0f3b1c2e4a6978",
                        type="network_load_balancer", requester="amazon-elb")  # fmt: skip
    case.function("subscribe", [place.private_a], [place.app], runtime="provided.al2023", timeout=300)
    concurrent = [*ramp(500, 6_500, 25, 0.0), *ramp(6_600, 8_200, 15, 0.0), *([8_200.0] * 20)]
    flows = [min(float(round(one * 10)), 65_000.0) for one in concurrent]
    name = {"LoadBalancer": "net/feed/5d0f3b1c2e4a6978"}
    case.metric("AWS/NetworkELB", "ActiveFlowCount_TCP", name, flows, stat="Maximum", file="nlb")
    case.metric("AWS/NetworkELB", "PortAllocationErrorCount", name, [0.0] * 60, file="nlb")
    case.metric("AWS/NetworkELB", "HealthyHostCount", name, [12.0] * 60, stat="Minimum", file="nlb")
    case.function_metrics("subscribe", invocations=[round(one / 4) for one in concurrent], concurrent=concurrent,
                          errors=[0.0] * 25 + about(310, 35))  # fmt: skip
    log = case.log("subscribe")
    text = f"connection 10 of 10: dial tcp {lb['PrivateIpAddress']}:9443: i/o timeout"
    for index in range(120):
        log.invocation(60 * 25.2 + index * 17.1, go_log(text), seconds=10.1, stream=index)
    case.yaml(functions=["subscribe"], destinations={
        "feed": {"name": "feed-5d0f3b1c2e4a6978.elb.us-east-1.amazonaws.com", "port": 9443,
                 "addresses": [lb["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="composed: 65,000 connections of one ENI to one cache node, both of which end there",
    expert=Expert((FULL, ENI), (FULL, ENI), Headline.NAMED,
                  "the node's connections stand flat at 65,000, which is its own limit, and just as well that of the "
                  "only ENI that leads to it"),
)  # fmt: skip
def cache_node_and_eni_end_at_the_same_number(case: CaseFolder) -> None:
    place = site(case)
    rule = {"IpProtocol": "tcp", "FromPort": 6379, "ToPort": 6379, "UserIdGroupPairs": [], "Ipv6Ranges": [],
            "PrefixListIds": [], "IpRanges": [{"CidrIp": "10.0.0.0/16"}]}  # fmt: skip
    own = case.group("cache", [rule])
    cache = case.cache("rank-001", place.data_a, [own])
    case.function("rank", [place.private_a], [place.app], runtime="nodejs20.x", timeout=30)
    concurrent = [*ramp(900, 6_500, 30, 0.0), *([7_400.0] * 30)]
    case.metric("AWS/ElastiCache", "CurrConnections", {"CacheClusterId": "rank-001"},
                [min(float(round(one * 10)), 65_000.0) for one in concurrent], stat="Maximum")  # fmt: skip
    case.function_metrics("rank", invocations=[one * 20 for one in concurrent], concurrent=concurrent,
                          errors=[0.0] * 30 + about(900, 30))  # fmt: skip
    log = case.log("rank")
    for index in range(110):
        log.invocation(60 * 30.3 + index * 15.0, node_log("ERROR", "[ioredis] Unhandled error event: Error: connect "
                       "ETIMEDOUT\n    at Socket.<anonymous> (/var/task/node_modules/ioredis/built/Redis.js:170:41)"),
                       seconds=10.2, stream=index)  # fmt: skip
    case.yaml(functions=["rank"], destinations={
        "rank": {"name": "rank-001.x7k2lq.0001.use1.cache.amazonaws.com", "port": 6379,
                 "addresses": [cache["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source=f"{HELD} (with nothing that counts connections)",
    expert=Expert((), (ENI, FULL), Headline.OPEN,
                  "timeouts begin at 6,500 environments of ten connections each, at a service inside the VPC that "
                  "nothing here measures: the ENI is likely full, and so may the service be"),
)  # fmt: skip
def sixty_five_thousand_by_the_log_alone(case: CaseFolder) -> None:
    place = site(case)
    rule = {"IpProtocol": "tcp", "FromPort": 7000, "ToPort": 7000, "UserIdGroupPairs": [], "Ipv6Ranges": [],
            "PrefixListIds": [], "IpRanges": [{"CidrIp": "10.0.0.0/16"}]}  # fmt: skip
    own = case.group("broker", [rule])
    host = case.interface("broker", place.data_b, [own], description="Primary network interface")
    case.function("replay", [place.private_a], [place.app], timeout=60)
    concurrent = [*ramp(500, 6_500, 24, 0.0), *ramp(6_600, 7_600, 10, 0.0), *([7_600.0] * 26)]
    case.function_metrics("replay", invocations=[one * 2 for one in concurrent], concurrent=concurrent,
                          errors=[0.0] * 24 + about(420, 36))  # fmt: skip
    log = case.log("replay")
    for index in range(120):
        log.invocation(60 * 24.2 + index * 17.5, python_log("INFO", "opening 10 connections"),
                       python_log("ERROR", f"connect to {host['PrivateIpAddress']}:7000 timed out after 10 s"),
                       seconds=10.3, stream=index)  # fmt: skip
    case.yaml(
        functions=["replay"],
        destinations={
            "broker": {"name": "broker.internal.example", "port": 7000, "addresses": [host["PrivateIpAddress"]]}
        },
    )


@incident(
    source="https://repost.aws/knowledge-center/vpc-resolve-port-allocation-errors (by five minutes)",
    expert=_named(PORTS, "ErrorPortAllocation in every period of five minutes in which connects time out", "nat-a"),
)
def ports_run_out_by_five_minutes(case: CaseFolder) -> None:
    place = site(case)
    case.function("prices", [place.private_a, place.private_b], [place.app], runtime="provided.al2023", timeout=60)
    concurrent = [*ramp(900, 5_200, 25), *about(5_800, 25, 0.02), *ramp(3_000, 900, 10)]
    case.function_metrics("prices", period=300, invocations=every([one * 2 for one in concurrent], 5),
                          errors=[None] * 5 + about(5_100, 5) + [None] * 2,
                          concurrent=[max(concurrent[at : at + 5]) for at in range(0, 60, 5)])  # fmt: skip
    case.nat_metrics(place.nat, period=300, errors=[None] * 5 + about(21_000, 5) + [None] * 2,
                     active=[15_000.0, 24_000.0, 33_000.0, 42_500.0, 53_100.0, 55_004.0, 55_011.0, 55_000.0, 55_017.0,
                             55_002.0, 31_000.0, 12_000.0])  # fmt: skip
    log = case.log("prices", tail=True)
    for index in range(110):
        log.invocation(60 * 25.4 + index * 13.0, go_log('Get "https://stream.market.example/sub": dial tcp '
                       "52.21.40.118:443: i/o timeout"), seconds=30.1, stream=index)  # fmt: skip
    case.yaml(functions=["prices"], destinations={
        "market": {"name": "stream.market.example", "port": 443, "addresses": ["52.21.40.118"]}})  # fmt: skip


@incident(
    source="https://hivebook.wiki/wiki/aws-nat-gateway-snat-port-exhaustion-errorportallocation-and-fixes (a retry "
           "storm)",
    expert=_named(PORTS, "the gateway counts errors of allocation; the scraper beside it holds the ports, the function "
                         "in question has ten environments", "nat-a"),
)  # fmt: skip
def another_function_holds_the_ports(case: CaseFolder) -> None:
    place = site(case)
    case.function("charge", [place.private_a], [place.app], runtime="nodejs20.x", timeout=20)
    case.function("scraper", [place.private_b], [place.app], timeout=900)
    scraping = [*ramp(100, 2_700, 20, 0.0), *about(2_760, 40, 0.004)]
    case.function_metrics("scraper", invocations=[round(one / 10) for one in scraping], concurrent=scraping)
    case.function_metrics("charge", invocations=about(80, 60), errors=unsaid_zeros([0.0] * 20 + about(31, 40)),
                          concurrent=about(10, 60))  # fmt: skip
    case.nat_metrics(place.nat, errors=[0.0] * 20 + about(2_900, 40),
                     active=[*ramp(2_200, 54_000, 20, 0.0), *about(55_200, 40, 0.003)])  # fmt: skip
    log = case.log("charge")
    failed = node_socket_error("ETIMEDOUT", address="34.203.18.77", port=443)
    for index in range(120):
        log.invocation(60 * 20.1 + index * 19.0, failed, seconds=12.0, stream=index % 12)
    case.yaml(functions=["charge"], destinations={
        "payments": {"name": "api.payments.example", "port": 443, "addresses": ["34.203.18.77"]}})  # fmt: skip


@incident(
    source="https://github.com/runs-on/runs-on/issues/169 (several addresses do not suffice), with churn",
    expert=_named(PORTS, "2,000 new connections a second to one host through two addresses: closed ones keep their "
                         "ports a minute, and the errors say that there are none left"),
)  # fmt: skip
def two_addresses_churned_through(case: CaseFolder) -> None:
    place = site(case, nat_addresses=2)
    case.function("beacon", [place.private_a, place.private_b], [place.app], runtime="nodejs22.x", timeout=10)
    calls = [*about(70_000, 30), *about(121_000, 20, 0.02), *about(66_000, 10)]
    errors = [0.0] * 30 + about(6_100, 20) + [0.0] * 10
    case.function_metrics("beacon", invocations=calls, errors=[round(one / 3) for one in errors],
                          concurrent=[*about(240, 30), *about(1_050, 20), *about(230, 10)])  # fmt: skip
    case.nat_metrics(place.nat, errors=errors, attempts=calls,
                     established=[one - round(gone / 2) for one, gone in zip(calls, errors, strict=True)],
                     active=[*about(71_000, 30), *about(110_000, 20, 0.002), *about(67_000, 10)])  # fmt: skip
    log = case.log("beacon")
    for index in range(100):
        log.invocation(60 * 30.1 + index * 11.5, node_log("ERROR", "AxiosError: connect ETIMEDOUT 151.101.1.10:443\n   "
                       " at AxiosError.from (/var/task/node_modules/axios/dist/node/axios.cjs:877:14) {\n  errno: "
                       "-110,\n  code: 'ETIMEDOUT',\n  syscall: 'connect'\n}"), timeout=10, stream=index)  # fmt: skip
    case.yaml(functions=["beacon"], destinations={
        "beacon": {"name": "collect.stats.example", "port": 443, "addresses": ["151.101.1.10"]}})  # fmt: skip


@incident(
    source="https://repost.aws/knowledge-center/vpc-resolve-port-allocation-errors (an alarm, and nothing else)",
    expert=_named(PORTS, "the gateway's metrics say it without any log: no port could be allocated from 12:18 to 12:44",
                  "nat-a"),
)  # fmt: skip
def ports_run_out_by_the_alarm_alone(case: CaseFolder) -> None:
    place = site(case)
    case.function("pixel", [place.private_a, place.private_b], [place.app])
    case.nat_metrics(
        place.nat,
        errors=unsaid_zeros([0.0] * 18 + about(830, 26) + [0.0] * 16),
        active=[*ramp(30_000, 54_500, 18), *about(55_300, 26, 0.004), *ramp(50_000, 28_000, 16)],
    )
    case.without("lambda", "ec2/network-interfaces", "ec2/security-groups", "ec2/network-acls")
    case.yaml(functions=["pixel"], reported="alarm nat-a-port-allocation since 12:18")


@incident(
    source="composed: the few SYNs for which no port was free, and which got one a second later",
    expert=_named(PORTS, "a few errors of allocation at the peak; the SYNs that were sent again got a port, so that "
                         "connects take one and three seconds and hardly any fails", "nat-a"),
)  # fmt: skip
def few_ports_are_missing_and_retries_find_one(case: CaseFolder) -> None:
    place = site(case)
    case.function("quote", [place.private_a, place.private_b], [place.app], timeout=30)
    calls = [*about(48_000, 25), *about(55_100, 15, 0.004), *about(47_000, 20)]
    errors: list[float | None] = [None] * 25 + about(46, 15, 0.4) + [None] * 20
    case.function_metrics("quote", invocations=calls, errors=[0.0] * 28 + [1.0, 0.0, 2.0] + [0.0] * 29,
                          duration=[*about(420, 25), *about(3_480, 15), *about(430, 20)],
                          average=[*about(140, 25), *about(151, 15, 0.03), *about(141, 20)],
                          concurrent=about(130, 60))  # fmt: skip
    case.nat_metrics(
        place.nat,
        errors=errors,
        attempts=calls,
        established=calls,
        active=[*about(48_100, 25, 0.02), *about(54_990, 15, 0.001), *about(47_200, 20, 0.02)],
    )
    log = case.log("quote")
    for index in range(60):
        waited = (1.04, 3.07)[index % 4 == 0]
        log.invocation(60 * 25.1 + index * 14.6, python_log("WARNING", f"slow connect to api.insurer.example: "
                       f"{waited} s"), seconds=waited + 0.14, stream=index)  # fmt: skip
    case.yaml(functions=["quote"], destinations={
        "insurer": {"name": "api.insurer.example", "port": 443, "addresses": ["52.59.14.201"]}})  # fmt: skip


@incident(
    source="https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-scenarios.html (private NAT gateways)",
    expert=_named(PORTS, "a private gateway, between overlapping networks, counts errors of allocation just as a "
                         "public one does", "nat-inner"),
)  # fmt: skip
def private_gateway_runs_out_of_ports(case: CaseFolder) -> None:
    place = site(case)
    tgw = case.transit_attachment("corp", [place.data_a, place.data_b])
    routed = case.subnet("routable-a", "10.0.40.0/26", [route("172.16.0.0/12", tgw)])
    inner = case.nat("nat-inner", routed, 1, ConnectivityType="private")
    for one in inner["NatGatewayAddresses"]:
        for key in ("PublicIp", "AllocationId", "AssociationId"):
            one.pop(key)
    case.addresses.pop()
    own = case.subnet("overlapping-a", "10.0.64.0/18", [route("172.16.0.0/12", inner)])
    case.function("mainframe", [own], [place.app], runtime="java17", timeout=60)
    concurrent = [*ramp(500, 1_800, 30), *about(1_900, 30, 0.02)]
    case.function_metrics("mainframe", invocations=[one * 3 for one in concurrent], concurrent=concurrent,
                          errors=[0.0] * 30 + share(about(5_700, 30), 0.2))  # fmt: skip
    case.nat_metrics(inner, errors=[0.0] * 30 + about(3_300, 30),
                     active=[*ramp(15_000, 54_000, 30), *about(55_050, 30, 0.001)])  # fmt: skip
    failed = java_error("com.ibm.mq.MQException: MQJE001: Completion Code '2', Reason '2538'.",
                        "com.ibm.mq.MQManagedConnectionJ11.constructMQCONNX(MQManagedConnectionJ11.java:247)",
                        causes=("java.net.SocketTimeoutException: Connect timed out",))  # fmt: skip
    log = case.log("mainframe")
    for index in range(100):
        log.invocation(60 * 30.2 + index * 17.0, failed, seconds=20.2, stream=index)
    case.yaml(functions=["mainframe"])

"""Names that are not resolved, handshakes that hang, descriptors that are used up."""

from __future__ import annotations

from typing import Any

from oracles.incidents.world import (
    CaseFolder,
    Traffic,
    about,
    go_log,
    incident,
    json_log,
    node_error,
    python_error,
    python_log,
    share,
)
from oracles.incidents.world.seen.fifth._platform import (
    BLOCKED,
    DARK,
    DESCRIPTORS,
    DNS,
    REFUSING,
    TLS,
    Sides,
    bref_error,
    named,
    spoke,
    zones_with_nat,
)


@incident(
    source="composed: a resolver rule for corp names whose outbound endpoint lost its targets; the text is Python's",
    expert=named(
        DNS,
        because="only names of corp.northbank.example are not resolved from 12:18 on, while public ones are; the "
        "outbound resolver endpoint forwards three times the queries and the function gets no answer",
    ),
)
def forwarded_names_are_not_resolved(case: CaseFolder) -> None:
    place = spoke(case, "treasury", "10.64", zones="ab")
    case.function("fx-settle", place.workload, [place.app], timeout=60)
    failed = python_error(
        "ConnectionError",
        "HTTPSConnectionPool(host='swift-gw.corp.northbank.example', port=8443): Max retries exceeded with url: "
        '/mt300 (Caused by NameResolutionError("<urllib3.connection.HTTPSConnection object at 0x7f2b9c0a8e50>: Failed '
        "to resolve 'swift-gw.corp.northbank.example' ([Errno -3] Temporary failure in name resolution)\"))",
        ("/opt/python/requests/adapters.py", 677, "send", "raise ConnectionError(e, request=request)"),
    )
    calls = Traffic(case, "fx-settle")
    calls.good(80, 0, 17.8, python_log("INFO", "rates from api.fx-feed.example: 200"), seconds=1.2)
    calls.bad(190, 18.1, 59.6, python_log("INFO", "rates from api.fx-feed.example: 200"), failed, seconds=20.3)
    calls.write()
    endpoint = {"EndpointId": "rslvr-out-5d4a1c9e7b3f42d8a"}
    case.metric("AWS/Route53Resolver", "OutboundQueryVolume", endpoint, [*about(260, 18), *about(790, 42)],
                file="rslvr-out")  # fmt: skip
    case.yaml(functions=["fx-settle"], destinations={
        "swift": {"name": "swift-gw.corp.northbank.example", "port": 8443}})  # fmt: skip


@incident(
    source="https://github.com/cisagov/cyhy-system/issues/22 (Lambda's DNS failures and the 1,024 packets a second), "
    "as told in reference/aws-facts.md",
    expert=named(
        DNS,
        because="the failures are getaddrinfo's EAI_AGAIN, only while the function runs four times as wide; no connect "
        "fails, and the gateway counts no port error",
    ),
)
def lookups_fail_while_the_function_is_wide(case: CaseFolder) -> None:
    place = zones_with_nat(case, "crawl", "10.60", zones="a", addresses=4)
    case.function("page-fetch", place.private, [place.app], runtime="nodejs22.x", timeout=30)
    calls = [*about(6_000, 20), *about(31_000, 15), *about(6_100, 25)]
    case.function_metrics("page-fetch", invocations=calls, concurrent=[*about(420, 20), *about(1_900, 15),
                          *about(430, 25)], errors=[*[0.0] * 20, *share(calls[20:35], 0.07), *[0.0] * 25])  # fmt: skip
    hosts = ("shop.alpen-sport.example", "www.nordlicht-moebel.example", "api.kartenwelt.example")
    for number, host in enumerate(hosts):
        failed = node_error(
            f"getaddrinfo EAI_AGAIN {host}", errno=-3001, code="EAI_AGAIN", syscall="getaddrinfo", hostname=host,
            stack=("GetAddrInfoReqWrap.onlookupall [as oncomplete] (node:dns:122:26)",
                   "GetAddrInfoReqWrap.callbackTrampoline (node:internal/async_hooks:130:17)"),
        )  # fmt: skip
        log = case.log("page-fetch")
        for count in range(30):
            at = 1204 + 0.7 * number + 29 * count
            log.invocation(at, failed, seconds=5.1, stream=30 * number + count, report=False)
    case.nat_metrics(place.nats[0], errors=[0.0] * 60, active=[*about(900, 20), *about(4_100, 15), *about(880, 25)])
    case.yaml(functions=["page-fetch"], reported="fan-out crawl, a new connection and lookup for each page")


@incident(
    source="https://github.com/guzzle/guzzle/issues/1293 (cURL error 6: Could not resolve host), the zone is composed",
    expert=named(
        DNS,
        says=("ledger-api.acct.internal",),
        because="curl cannot resolve the private name at all, from the first call on, in a VPC whose DHCP options name "
        "two servers of its own",
    ),
)
def private_zone_is_not_for_this_vpc(case: CaseFolder) -> None:
    place = spoke(case, "portal", "10.116", zones="ab")
    case.dhcp_options[0]["DhcpConfigurations"] = [
        {"Key": "domain-name", "Values": [{"Value": "ad.acct.example"}]},
        {"Key": "domain-name-servers", "Values": [{"Value": "10.4.0.10"}, {"Value": "10.4.1.10"}]},
    ]
    case.function("portal-web", place.workload, [place.app], runtime="provided.al2", timeout=28, memory=1024)
    failed = bref_error(
        "GuzzleHttp\\Exception\\ConnectException",
        "cURL error 6: Could not resolve host: ledger-api.acct.internal (see "
        "https://curl.haxx.se/libcurl/c/libcurl-errors.html) for https://ledger-api.acct.internal/v1/accounts",
        "/var/task/vendor/guzzlehttp/guzzle/src/Handler/CurlFactory.php(275)",
    )
    calls = Traffic(case, "portal-web")
    calls.bad(66, 0, 60, failed, seconds=0.05)
    calls.write(memory=1024, period=300)
    case.yaml(functions=["portal-web"], reported="works from the old account's VPC")


@incident(
    source="composed: a central firewall that drops by SNI; net/http's own text (TLS handshake timeout)",
    expert=named(
        TLS,
        also=(BLOCKED, DARK),
        because="connected, and then the handshake gets no answer: each call ends with net/http's TLS handshake "
        "timeout after ten seconds, for the new host only; whether a rule of the firewall swallows it or the "
        "host is silent stays open",
    ),
)
def firewall_swallows_the_client_hello(case: CaseFolder) -> None:
    place = spoke(case, "travel", "10.64", zones="ab")
    case.function("hotel-search", place.workload, [place.app], runtime="provided.al2023", timeout=60)
    calls = Traffic(case, "hotel-search")
    fine = go_log("GET https://api.bedbank-one.example/avail 200 212ms")
    failed = go_log('ERR supplier=bedbank-two err="Get \\"https://xml.bedbank-two.example/avail\\": net/http: TLS '
                    'handshake timeout"')  # fmt: skip
    calls.bad(140, 0, 60, fine, failed, seconds=10.3, error=False)
    calls.write(tail=True)
    firewall = {"FirewallName": "inspection", "AvailabilityZone": "us-east-1a", "Engine": "Stateful"}
    case.metric("AWS/NetworkFirewall", "DroppedPackets", firewall, about(46, 60), file="inspection")
    case.metric("AWS/NetworkFirewall", "Packets", firewall, about(91_000, 60), file="inspection")
    case.yaml(functions=["hotel-search"], destinations={
        "one": {"name": "api.bedbank-one.example", "port": 443},
        "two": {"name": "xml.bedbank-two.example", "port": 443}},
        reported="bedbank-two went live today; network team says 443 to any is allowed")  # fmt: skip


@incident(
    source="https://github.com/tulios/kafkajs/issues/1435 (Client network socket disconnected before secure TLS "
    "connection was established)",
    expert=named(
        TLS, REFUSING,
        because="the broker's port takes the connection and it is cut before TLS is established, again and again for a "
        "quarter of an hour: a handshake that fails, or a front that turns clients away",
    ),
)  # fmt: skip
def cut_before_tls_is_established(case: CaseFolder) -> None:
    place = zones_with_nat(case, "iot", "10.28", zones="ab")
    host = "pkc-7x2ql.us-east-1.aws.streams-cloud.example"
    case.function("device-events", place.private, [place.app], runtime="nodejs20.x", timeout=30,
                  LoggingConfig={"LogFormat": "JSON", "LogGroup": "/aws/lambda/device-events"})  # fmt: skip
    said = "Connection error: Client network socket disconnected before secure TLS connection was established"
    lines = (
        json_log("ERROR", f"[Connection] {said}", logger="kafkajs", broker=f"{host}:9092", clientId="device-events"),
        json_log("ERROR", f"[BrokerPool] Failed to connect to seed broker, trying another broker from the list: {said}",
                 logger="kafkajs", retryCount=4, retryTime=4120),
        json_log("ERROR", said, errorType="KafkaJSConnectionError", broker=f"{host}:9092"),
    )  # fmt: skip
    calls = Traffic(case, "device-events")
    calls.good(120, 0, 22, json_log("INFO", "sent", batch=40), seconds=0.2)
    calls.bad(58, 22.2, 37, *lines, seconds=8.2)
    calls.good(126, 37.4, 60, json_log("INFO", "sent", batch=40), seconds=0.2)
    calls.write(json=True)
    case.yaml(functions=["device-events"], destinations={"kafka": {"name": host, "port": 9092}})


@incident(
    source="https://github.com/aws/aws-sdk-js-v3/issues/5273 and /3279 (getaddrinfo EMFILE dynamodb...; connect EMFILE "
    "52.94.5.100:443 - Local (undefined:undefined))",
    expert=named(
        DESCRIPTORS,
        because="EMFILE: from 12:26 on environments have no descriptor left for a socket, nor for a lookup",
    ),
)
def clients_made_anew_until_no_descriptor_is_left(case: CaseFolder) -> None:
    place = spoke(case, "catalog", "10.64")
    case.gateway_endpoint("dynamodb", [place.workload_table])
    case.function("price-rules", place.workload, [place.app], runtime="nodejs20.x", timeout=30)
    about_it: dict[str, Any] = {"$metadata": {"attempts": 1, "totalRetryDelay": 0}}
    lookup = node_error(
        "getaddrinfo EMFILE dynamodb.us-east-1.amazonaws.com", errno=-24, code="EMFILE", syscall="getaddrinfo",
        hostname="dynamodb.us-east-1.amazonaws.com", **about_it,
        stack=("GetAddrInfoReqWrap.onlookup [as oncomplete] (node:dns:108:26)",),
    )  # fmt: skip
    connect = node_error("connect EMFILE 52.94.5.100:443 - Local (undefined:undefined)", errno=-24, code="EMFILE",
                         syscall="connect", address="52.94.5.100", port=443)  # fmt: skip
    calls = Sides(case, "price-rules")
    calls.good(420, 0, 60, seconds=0.9, logged=False)
    calls.bad(60, 26, 60, lookup, seconds=0.05)
    calls.bad(25, 26, 60, connect, seconds=0.06)
    calls.write(report=False)
    case.yaml(functions=["price-rules"], destinations={
        "table": {"name": "dynamodb.us-east-1.amazonaws.com", "port": 443}})  # fmt: skip


@incident(
    source="https://github.com/awslabs/aws-sdk-rust/issues/632 (1,024 descriptors on Lambda), as told in "
    "reference/aws-facts.md; the text is Go's (socket: too many open files)",
    expert=named(
        DESCRIPTORS,
        because="the lookup and the dial fail in socket(): too many open files; neither the resolver nor the network "
        "is asked",
    ),
)
def go_bodies_never_closed(case: CaseFolder) -> None:
    place = zones_with_nat(case, "feeds", "10.24", zones="ab")
    case.function("feed-poll", place.private, [place.app], runtime="provided.al2023", timeout=120)
    host = "rss.publisher-net.example"
    calls = Traffic(case, "feed-poll")
    calls.good(40, 0, 33, go_log("polled 120 feeds"), seconds=14)
    calls.bad(18, 34, 58, go_log("polled 71 feeds"),
              go_log(f'poll: Get "https://{host}/f/8812": dial tcp: lookup {host} on 169.254.78.1:53: '
                     'dial udp 169.254.78.1:53: socket: too many open files'),
              go_log(f'poll: Get "https://{host}/f/8813": dial tcp 44.199.3.70:443: socket: too many open files'),
              seconds=16)  # fmt: skip
    calls.write()
    case.without("ec2", "cloudwatch/nat")
    case.yaml(functions=["feed-poll"], destinations={"publisher": {"name": host, "port": 443}})

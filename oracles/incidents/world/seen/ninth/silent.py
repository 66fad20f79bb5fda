"""Destinations that say nothing, and such as refuse."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Traffic,
    about,
    allow,
    go_log,
    incident,
    json_log,
    node_error,
    node_log,
    python_error,
    python_log,
    times,
)  # fmt: skip
from oracles.incidents.world.seen.ninth.places import REFUSING, SILENT, fleet, named, requests_error, startup


@incident(
    source="composed: a carrier's API goes down while all else through the same NAT gateway works",
    expert=named(SILENT, "only the carrier's address stops to answer at 12:21, and answers again at 12:48; payments go "
                         "through the same gateway throughout", "shipwave"),
)  # fmt: skip
def carrier_is_down(case: CaseFolder) -> None:
    place = startup(case, "parcelo", "10.34")
    case.function("parcelo-label", place.private, [place.app], timeout=30, runtime="python3.13",
                  Tags={"team": "labels", "pulumi:stack": "prod"}, DurableConfig=None)  # fmt: skip
    host = "api.shipwave.example"
    failed = requests_error(
        host, "/v3/labels", f"ConnectTimeoutError(<urllib3.connection.HTTPSConnection object at 0x7fb8e4>, 'Connection "
        f"to {host} timed out. (connect timeout=6)')")  # fmt: skip
    paid = python_log("INFO", "charge ok api.braintree.example 201")
    calls = Traffic(case, "parcelo-label")
    calls.good(60, 0, 20.9, paid, python_log("INFO", f"label ok {host}"), seconds=0.8)
    calls.bad(72, 21, 47.8, paid, failed, seconds=6.5)
    calls.good(34, 48.2, 60, paid, python_log("INFO", f"label ok {host}"), seconds=0.8)
    calls.write()
    tried = about(61, 60)
    case.nat_metrics(place.nat, attempts=tried, active=about(40, 60),
                     established=[one - 3 if 21 <= minute < 48 else one for minute, one in enumerate(tried)],
                     errors=[0.0] * 60)  # fmt: skip
    case.yaml(functions=["parcelo-label"], ticket="OPS-2231", severity=2, destinations={
        "shipwave": {"name": host, "port": 443, "addresses": ["44.207.61.18"]},
        "braintree": {"name": "api.braintree.example", "port": 443, "addresses": ["18.214.9.201"]}})  # fmt: skip


@incident(
    source="composed: opensearch-py's ConnectionTimeout while the domain's nodes collect garbage",
    expert=named(SILENT, "the domain accepts connections and gives no answer within 10 s for a quarter of an "
                         "hour, while "
                         "its processors are at 100 % and it says nothing of itself"),
)  # fmt: skip
def opensearch_hangs(case: CaseFolder) -> None:
    place = fleet(case, "catalog", "10.75")
    own = case.group("catalog-os", [allow(443, place.app)])
    node = case.interface("os-1", place.data[0], [own], description="ES catalog", requester="amazon-elasticsearch")
    host = "vpc-catalog-6mzq2k.us-east-1.es.amazonaws.com"
    case.function("catalog-search", place.apps, [place.app], timeout=15)
    failed = python_error(
        "ConnectionTimeout", f"ConnectionTimeout caused by - ReadTimeoutError(HTTPSConnectionPool(host='{host}', "
        "port=443): Read timed out. (read timeout=10))",
        ("/opt/python/opensearchpy/connection/http_urllib3.py", 264, "perform_request",
         'raise ConnectionTimeout("TIMEOUT", str(e), e)'))  # fmt: skip
    case.log("catalog-search").say(
        -5400.0,
        python_error(
            "gaierror",
            "[Errno -3] Temporary failure in name resolution",
            ("/var/lang/lib/python3.12/socket.py", 963, "getaddrinfo", "for res in _socket.getaddrinfo(host, port)"),
        ),
    )
    calls = Traffic(case, "catalog-search")
    calls.good(200, 0, 29, seconds=0.07)
    calls.bad(110, 29.2, 44, python_log("WARNING", f"GET https://{host}:443/products/_search [status:N/A "
                                                   f"request:10.0s]"),
              failed, seconds=10.2)  # fmt: skip
    calls.good(90, 44.5, 60, seconds=0.09)
    calls.write(zeros=False)
    of = {"DomainName": "catalog", "ClientId": "482917306154"}
    case.metric("AWS/ES", "CPUUtilization", of, [*about(41, 28), *[100.0] * 16, *about(46, 16)], stat="Maximum")
    case.metric("AWS/ES", "JVMMemoryPressure", of, [*about(70, 28), *[97.0, 98.0, 97.0, 98.0] * 4, *about(61, 16)],
                stat="Maximum")  # fmt: skip
    case.metric("AWS/ES", "ClusterStatus.green", of, [1.0] * 29 + [None] * 15 + [1.0] * 16, stat="Minimum")
    case.without("ec2/network-acls")
    case.yaml(functions=["catalog-search"], destinations={
        "opensearch": {"name": host, "port": 443, "addresses": [node["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="composed: go-redis's \"dial tcp ...: i/o timeout\" of two functions when the one host fails its "
           "status check",
    expert=named(SILENT, "the host of Dragonfly fails its status check from 12:37 on, and both functions' SYNs get no "
                         "answer from then"),
)  # fmt: skip
def host_fails_its_status_check(case: CaseFolder) -> None:
    place = startup(case, "pondo", "10.35")
    own = case.group("pondo-dragonfly", [allow(6380, place.app)])
    host = case.interface("dragonfly", place.private[1], [own], description="Primary network interface")
    host["Attachment"] |= {"InstanceId": "i-0b7c1e90f3a45d2c8", "DeviceIndex": 0}
    address = host["PrivateIpAddress"]
    for name, count in (("pondo-bids", 160), ("pondo-auction-close", 30)):
        case.function(name, place.private, [place.app], runtime="provided.al2023", timeout=20)
        calls = Traffic(case, name)
        calls.good(count, 0, 36.7, seconds=0.02)
        calls.bad(
            count // 2, 37, 60, go_log(f"redis: GET lot:8812: dial tcp {address}:6380: i/o timeout"), seconds=15.1
        )
        calls.write(period=300)
    case.metric("AWS/EC2", "StatusCheckFailed", {"InstanceId": "i-0b7c1e90f3a45d2c8"}, [0.0] * 37 + [1.0] * 23,
                stat="Maximum")  # fmt: skip
    case.yaml(functions=["pondo-bids", "pondo-auction-close"], destinations={
        "dragonfly": {"name": "dragonfly.pondo.internal", "port": 6380, "addresses": [address]}})  # fmt: skip


@incident(
    source='composed: hyper\'s "tcp connect error: Connection refused (os error 111)" behind an NLB without a '
    "healthy target",
    expert=named(
        REFUSING, "the load balancer answers with resets from the minute in which its last target is unhealthy"
    ),
)
def nlb_without_targets(case: CaseFolder) -> None:
    place = fleet(case, "geo", "10.76")
    own = case.group("geo-nlb", [allow(50051, "10.76.0.0/16")])
    nlb = case.interface("geo-nlb-a", place.data[0], [own], description="ELB net/geo-grpc/1f0d2b3c4e5a6978",
                         type="network_load_balancer", requester="amazon-elb")  # fmt: skip
    address = nlb["PrivateIpAddress"]
    case.function("geo-route", place.apps, [place.app], runtime="provided.al2023", timeout=10)
    failed = json_log("ERROR", "route failed", target="geo_route", fields={
        "error": 'Status { code: Unavailable, message: "tcp connect error", source: Some(tonic::transport::Error('
                 f'Transport, ConnectError(ConnectError("tcp connect error", {address}:50051, Os {{ code: 111, kind: '
                 'ConnectionRefused, message: "Connection refused" }))) }'})  # fmt: skip
    for at in (-6100.0, -6040.0):
        case.log("geo-route").say(at, json_log("ERROR", "route failed", fields={"error": "dns error: failed to lookup "
                                  "address information: Temporary failure in name resolution"}))  # fmt: skip
    calls = Traffic(case, "geo-route")
    calls.good(240, 0, 42.6, seconds=0.02)
    calls.bad(101, 43, 60, failed, seconds=0.01)
    calls.write()
    of = {"TargetGroup": "targetgroup/geo/0c81", "LoadBalancer": "net/geo-grpc/1f0d2b3c4e5a6978"}
    case.metric("AWS/NetworkELB", "HealthyHostCount", of, [2.0] * 41 + [1.0] * 2 + [0.0] * 17, stat="Minimum")
    case.metric("AWS/NetworkELB", "TCP_ELB_Reset_Count", {"LoadBalancer": of["LoadBalancer"]},
                [None] * 43 + [float(one) for one in about(12, 17)])  # fmt: skip
    case.yaml(functions=["geo-route"], destinations={
        "geo": {"name": "geo.internal.example", "port": 50051, "addresses": [address]}})  # fmt: skip


@incident(
    source="https://github.com/brefphp/laravel-bridge/issues/86 (SQLSTATE[HY000] [2002] Connection refused)",
    expert=named(REFUSING, "Laravel connects to 127.0.0.1, where no MySQL listens: the environment lacks DB_HOST"),
)
def laravel_on_loopback(case: CaseFolder) -> None:
    text = (
        "production.ERROR: SQLSTATE[HY000] [2002] Connection refused (Connection: mysql, Host: "
        "127.0.0.1, Port: 3306, Database: laravel, SQL: select * from `sessions` where `id` = Hh2c limit 1) "
        '{"exception":"[object] (Illuminate\\\\Database\\\\QueryException(code: 2002): SQLSTATE[HY000] [2002] '
        "Connection "
        'refused at /var/task/vendor/laravel/framework/src/Illuminate/Database/Connection.php:829)"}\n'
    )
    log = case.log("laravel-dev-web", tail=True)
    for at in times(14, 3, 21):
        log.invocation(
            at, lambda moment: f"[{moment.time[:10]} {moment.time[11:19]}] {text}", seconds=0.05, memory=1024, used=131
        )
    case.yaml(functions=["laravel-dev-web"])


@incident(
    source="composed: amqplib's ECONNREFUSED while Amazon MQ reboots a single-instance broker in its maintenance "
    "window",
    expert=named(REFUSING, "for six minutes the broker's host refuses 5671, and its own metrics pause"),
)
def rabbit_in_maintenance(case: CaseFolder) -> None:
    place = startup(case, "grocero", "10.36")
    own = case.group("grocero-mq", [allow(5671, place.app)])
    mq = case.interface("mq", place.private[0], [own], description="Amazon MQ broker b-4f1c", requester="amazon-mq")
    address = mq["PrivateIpAddress"]
    case.function("grocero-picker", place.private, [place.app], runtime="nodejs22.x", timeout=20)
    retried = node_log("WARN", f"amqp: connect ECONNREFUSED {address}:5671, retry in 500ms")
    failed = node_error(f"connect ECONNREFUSED {address}:5671", errno=-111, code="ECONNREFUSED", syscall="connect",
                        address=address, port=5671,
                        stack=("TCPConnectWrap.afterConnect [as oncomplete] (node:net:1637:16)",))  # fmt: skip
    calls = Traffic(case, "grocero-picker")
    calls.good(88, 0, 30, seconds=0.1)
    calls.bad(27, 30.1, 36.2, retried, retried, failed, seconds=1.6)
    calls.good(77, 36.6, 60, seconds=0.1)
    calls.write()
    case.metric("AWS/AmazonMQ", "ConnectionCount", {"Broker": "grocero"}, [*about(22, 30), *[None] * 6, *about(21, 24)],
                stat="Average")  # fmt: skip
    case.yaml(functions=["grocero-picker"], destinations={
        "rabbit": {"name": "b-4f1c.mq.us-east-1.on.aws", "port": 5671, "addresses": [address]}})  # fmt: skip

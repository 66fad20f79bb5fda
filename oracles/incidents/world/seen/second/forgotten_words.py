"""What the list of causes and look-alikes forgets: load balancers that reject, local ports, answers from gateways."""

from __future__ import annotations

from oracles.incidents.world import CaseFolder, incident
from oracles.incidents.world.seen.second.logs import Log, node, python
from oracles.incidents.world.seen.second.metrics import Metrics, calls, steps
from oracles.incidents.world.seen.second.shapes import about, rule, usual
from oracles.incidents.world.seen.second.verdicts import DNS, FULL, SILENT, left_open, named, no_name


@incident(
    source="AWS docs: ALB RejectedConnectionCount, the load balancer has reached its maximum number of connections",
    expert=named(
        FULL,
        "the internal load balancer counts rejected connections in exactly the minutes in which connects are reset: it "
        "takes no more",
    ),
)
def the_load_balancer_rejects_connections(case: CaseFolder) -> None:
    net = usual("tickets2", "us-east-1")
    net.group("alb", into=[rule(443, net["app"])])
    net.interface("data-a", "10.20.51.200", "ELB app/queue/50dc6c495c0c9188", ["alb"])
    net.function("join-queue", ["private-a", "private-b"], runtime="nodejs20.x", timeout=10)
    net.write(case)
    about(
        case,
        "us-east-1",
        ("2026-11-28T10:00", "2026-11-28T10:30"),
        ["join-queue"],
        queue="name: queue.tickets.internal, port: 443, addresses: [10.20.51.200]",
    )
    told = Metrics("2026-11-28T10:00")
    where = {"LoadBalancer": "app/queue/50dc6c495c0c9188"}
    told.add("AWS/ApplicationELB", "RejectedConnectionCount", where, "Sum", [*[0] * 5, *steps("a", (25, 2_100))])
    told.add("AWS/ApplicationELB", "ActiveConnectionCount", where, "Sum", [*steps("b", (5, 30_000), (25, 98_000))])
    told.write(case, "alb")
    calls(case, "2026-11-28T10:00", "join-queue", 30, 60_000, (5, 0.0), (25, 0.03), failing_ms=60, busy=2_100)
    log = Log("join-queue", "2026-11-28T10:00")
    failed = node(
        "Error",
        "Client network socket disconnected before secure TLS connection was established",
        "    at connResetException (node:internal/errors:787:14)",
        code="ECONNRESET",
        host="queue.tickets.internal",
        port=443,
    )
    log.every(304, 1790, 13, failed, ms=22, envs=90)
    log.every(3, 1790, 15, "<t>\t<r>\tINFO\tposition 812\n", ms=2_000, envs=90)
    log.events(case)


@incident(
    source="Stack Overflow: connect EADDRNOTAVAIL / Cannot assign requested address in Lambda, thousands of connects",
    expert=left_open(
        "the kernel of the environment itself has no local port left for that one address (28,000, held for a minute "
        "after the close): none of the tables on the path, and no cause of the list"
    ),
)
def the_environment_has_no_local_port_left(case: CaseFolder) -> None:
    net = usual("flood", "us-west-2")
    net.group("statsd", into=[rule(8125, net["app"])])
    net.interface("data-a", "10.20.51.25", "", ["statsd"])
    net.function("replay-events", ["private-a", "private-b"], timeout=600)
    net.write(case, "network-acls")
    about(
        case,
        "us-west-2",
        ("2026-11-15T16:00", "2026-11-15T16:40"),
        ["replay-events"],
        statsd="name: graphite.flood.internal, port: 8125, addresses: [10.20.51.25]",
    )
    log = Log("replay-events", "2026-11-15T16:00")
    frame = 'File "/var/task/replay.py", line 30, in send'
    log.every(5, 2000, 200, python("OSError", "[Errno 99] Cannot assign requested address", frame), ms=95_000, envs=2)
    log.query(case)


@incident(
    source="Stack Overflow: 504 Gateway Time-out from a partner API, Lambda",
    expert=no_name("the partner's gateway answers, with 504: it is reached, and what stands behind it is slow or down"),
)
def the_partners_gateway_answers_504(case: CaseFolder) -> None:
    net = usual("visas", "eu-west-1")
    net.function("check-visa", ["private-a", "private-b"], timeout=90)
    net.write(case)
    about(
        case,
        "eu-west-1",
        ("2026-11-19T06:00", "2026-11-19T06:40"),
        ["check-visa"],
        "timeouts at the ministry",
        ministry="name: api.ministry.example, port: 443, addresses: [203.0.113.250]",
    )
    nat = Metrics("2026-11-19T06:00", zeros=True)
    nat.nat(
        net["nat"],
        ErrorPortAllocation=[0] * 40,
        ConnectionAttemptCount=steps("c", (40, 12)),
        ConnectionEstablishedCount=steps("c", (40, 12)),
    )
    nat.write(case, "nat")
    calls(case, "2026-11-19T06:00", "check-visa", 40, 11, (40, 0.7), failing_ms=60_400)
    log = Log("check-visa", "2026-11-19T06:00")
    failed = python("HTTPError", "504 Server Error: Gateway Time-out for url: https://api.ministry.example/visa/1")
    log.every(4, 2330, 60, failed, ms=60_200)
    log.events(case)


@incident(
    source="AWS SDK: ProvisionedThroughputExceededException, retries until the function times out",
    expert=no_name("DynamoDB answers: the table's throughput is used up; requests are limited, not connections"),
)
def the_table_is_throttled(case: CaseFolder) -> None:
    net = usual("votes2", "us-east-1", nat=False)
    gateway = net.endpoint("dynamodb", "Gateway")
    prefix = {"DestinationPrefixListId": "pl-02cd2c6b", "GatewayId": gateway, "State": "active"}
    net.record("route-tables", "private")["Routes"].append(prefix)
    net.record("vpc-endpoints", "dynamodb")["RouteTableIds"] = [net["private"]]
    net.function("cast-vote", ["private-a", "private-b"], timeout=15)
    net.write(case)
    about(
        case,
        "us-east-1",
        ("2026-11-22T20:00", "2026-11-22T20:30"),
        ["cast-vote"],
        votes="name: dynamodb.us-east-1.amazonaws.com, port: 443",
    )
    calls(case, "2026-11-22T20:00", "cast-vote", 30, 9_000, (4, 0.0), (26, 0.3), failing_ms=9_000, busy=700)
    log = Log("cast-vote", "2026-11-22T20:00")
    failed = python(
        "ProvisionedThroughputExceededException",
        "An error occurred (ProvisionedThroughputExceededException) when calling the UpdateItem operation (reached max "
        "retries: 9): The level of configured provisioned throughput for the table was exceeded. Consider increasing "
        "your provisioning level with the UpdateTable API.",
    )
    log.every(245, 1790, 12, failed, ms=8_700, envs=60)
    log.events(case)


@incident(
    source="grpc/grpc 34709 and 19954: C-ares status is not ARES_SUCCESS",
    expert=named(DNS, "gRPC's own resolver (c-ares) gets no answer for the name: DNS, before any connect"),
)
def c_ares_gets_no_answer(case: CaseFolder) -> None:
    net = usual("ml", "us-east-1")
    net.function("embed", ["private-a", "private-b"], timeout=20)
    net.write(case, "network-acls")
    about(
        case,
        "us-east-1",
        ("2026-11-12T07:00", "2026-11-12T07:40"),
        ["embed"],
        vectors="name: vectors.indexhouse.example, port: 443",
    )
    calls(case, "2026-11-12T07:00", "embed", 40, 200, (12, 0.0), (9, 0.5), (19, 0.0), failing_ms=20_000)
    log = Log("embed", "2026-11-12T07:00", json_format=True)
    failed = (
        '{"timestamp":"<t>","level":"ERROR","requestId":"<r>","errorType":"_InactiveRpcError","errorMessage":"<_Inactive'
        'RpcError of RPC that terminated with:\\n\\tstatus = StatusCode.UNAVAILABLE\\n\\tdetails = \\"DNS resolution '
        "failed for vectors.indexhouse.example:443: C-ares status is not ARES_SUCCESS qtype=A "
        'name=vectors.indexhouse.example is_balancer=0: Timeout while contacting DNS servers\\"\\n>"}'
    )
    log.every(725, 1250, 14, failed, ms=12_000, envs=9)
    log.events(case)


@incident(
    source="AWS re:Post: NLB targets unhealthy behind PrivateLink, clients' connects time out or are reset",
    expert=named(
        SILENT,
        "the endpoint and its group are right, it worked until 11:08, and since then the load balancer behind it has "
        "no healthy target: nobody answers any more",
    ),
)
def the_load_balancer_has_no_healthy_target(case: CaseFolder) -> None:
    net = usual("ledger2", "eu-west-1")
    net.group("endpoint", into=[rule(443, net["app"])])
    interface = net.interface("private-a", "10.20.1.150", "VPC Endpoint Interface", ["endpoint"], "vpc_endpoint")
    net.endpoint(
        "vpce-svc-0a1b2c3d4e5f60718",
        ServiceName="com.amazonaws.vpce.eu-west-1.vpce-svc-0a1b2c3d4e5f60718",
        SubnetIds=[net["private-a"]],
        NetworkInterfaceIds=[interface],
        Groups=[{"GroupId": net["endpoint"], "GroupName": "endpoint"}],
    )
    net.function("settle", ["private-a", "private-b"], timeout=30)
    net.write(case, "network-acls")
    about(
        case,
        "eu-west-1",
        ("2026-11-09T11:00", "2026-11-09T11:40"),
        ["settle"],
        ledger="name: ledger.core.internal, port: 443, addresses: [10.20.1.150]",
    )
    told = Metrics("2026-11-09T11:00", zeros=True)
    where = {"LoadBalancer": "net/ledger/0c1d2e3f4a5b6c7d", "TargetGroup": "targetgroup/ledger/1a2b"}
    told.add("AWS/NetworkELB", "HealthyHostCount", where, "Maximum", [*[2] * 8, *[0] * 32])
    told.add("AWS/NetworkELB", "UnHealthyHostCount", where, "Maximum", [*[0] * 8, *[2] * 32])
    told.write(case, "nlb")
    calls(case, "2026-11-09T11:00", "settle", 40, 14, (8, 0.0), (32, 1.0), failing_ms=10_400)
    log = Log("settle", "2026-11-09T11:00")
    failed = python(
        "ConnectTimeout",
        "HTTPSConnectionPool(host='ledger.core.internal', port=443): Max retries exceeded with url: /settle (Caused by "
        "ConnectTimeoutError(<urllib3.connection.HTTPSConnection object at 0x7f>, 'Connection to ledger.core.internal "
        "timed out. (connect timeout=10)'))",
    )
    log.every(485, 2380, 45, failed, ms=10_150)
    log.events(case)

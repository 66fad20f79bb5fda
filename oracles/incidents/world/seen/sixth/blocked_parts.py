"""Ways that are closed for a part: one subnet, one time, one port, and nothing but a firewall's silence."""

from __future__ import annotations

from oracles.incidents.world import CaseFolder, Traffic, allow, incident, node_log, python_error, python_log
from oracles.incidents.world.seen.sixth._places import (
    BLOCKED,
    cdk,
    fails_apart,
    hangs,
    kafkajs,
    named,
    spoke,
    table_of,
    tracing,
)


@incident(
    source="https://github.com/seanmonstar/reqwest (error sending request ... operation timed out); composed: one of "
    "three subnets kept the main route table",
    expert=named(BLOCKED, "of the three subnets one is left with the main table, which has no default route",
                 "PrivateSubnet3"),
)  # fmt: skip
def third_zone_with_the_main_table(case: CaseFolder) -> None:
    place = cdk(case, "StreamStack", "10.66", region="ap-southeast-2", zones="abc", nats=1)
    case.associate(case.main_table(), place.private[2])
    case.main_table()["Associations"] = [one for one in case.main_table()["Associations"] if one["Main"]]
    name = "StreamStack-IngestFn5E2B9C11-Tt8mWq4y"
    case.function(name, place.private, [place.group], runtime="provided.al2023", timeout=20, memory=256)
    url = "https://ingest.vidpipe.example/v1/assets"
    calls = Traffic(case, name)
    calls.good(104, 0, 60, tracing("INFO", "asset registered", "stream_ingest"), seconds=0.22)
    fails_apart(case, calls, name, 49, 0, 59.8, tracing("ERROR", "asset not registered", "stream_ingest",
                error=f"error sending request for url ({url}): client error (Connect): tcp connect error: deadline has "
                "elapsed"), seconds=10.4, memory=256)  # fmt: skip
    calls.write(memory=256)
    case.without("ec2/network-acls")
    case.yaml(functions=[name], destinations={
        "vidpipe": {"name": "ingest.vidpipe.example", "port": 443, "addresses": ["151.101.130.12"]}})  # fmt: skip


@incident(
    source="https://infrarunbook.com/article/aws-nat-gateway-failures (a deleted gateway, and a route that stayed)",
    expert=named(BLOCKED, "at 12:20 the NAT gateway was deleted, and the default routes are blackholes since"),
)
def gateway_deleted_to_save_money(case: CaseFolder) -> None:
    place = cdk(case, "VoiceStack", "10.67", nats=1)
    nat = place.nats[0]
    nat |= {"State": "deleted", "DeleteTime": "2026-11-20T12:20:11+00:00"}
    for one in place.private:
        table_of(case, one)["Routes"][-1]["State"] = "blackhole"
    case.network_interfaces[:] = [one for one in case.network_interfaces if one["InterfaceType"] != "nat_gateway"]
    case.addresses.clear()
    name = "VoiceStack-TokenFn1F0A9933-Zr6hJk2c"
    case.function(name, place.private, [place.group], runtime="python3.11", timeout=60)
    failed = python_error(
        "_InactiveRpcError", "<_InactiveRpcError of RPC that terminated with:\n\tstatus = StatusCode.UNAVAILABLE\n"
        '\tdetails = "failed to connect to all addresses; last error: UNKNOWN: ipv4:35.186.40.11:443: Failed to '
        'connect '
        'to remote host: Timeout occurred: FD Shutdown"\n>',
        ("/var/task/grpc/_channel.py", 1006, "_end_unary_response_blocking", "raise _InactiveRpcError(state)"),
    )  # fmt: skip
    calls = Traffic(case, name)
    calls.good(63, 0, 20, python_log("INFO", "token issued"), seconds=0.09)
    calls.bad(118, 20.3, 59.6, failed, seconds=20.8)
    calls.write()
    case.nat_metrics(nat, active=[4.0, 5.0, 4.0, 4.0, 6.0] * 4 + [None] * 40,
                     attempts=[9.0, 11.0, 8.0, 10.0, 9.0] * 4 + [None] * 40,
                     errors=[0.0] * 20 + [None] * 40)  # fmt: skip
    case.yaml(functions=[name], destinations={
        "voice": {"name": "rtc.voicelink.example", "port": 443, "addresses": ["35.186.40.11"]}})  # fmt: skip


_BROKERS = [f"b-{n}.playevents.q8m1xz.c2.kafka.us-east-2.amazonaws.com" for n in (1, 2)]


@incident(
    source="https://github.com/tulios/kafkajs/issues/1409 (Failed to connect to seed broker ... Connection timeout)",
    expert=named(BLOCKED, "the brokers' group lets 9092 and 9094 in, and the client connects to 9098"),
)
def brokers_open_other_ports(case: CaseFolder) -> None:
    place = cdk(case, "TelemetryStack", "10.68", nats=1)
    own = case.group("TelemetryStack-MskSg", [allow(9092, place.group), allow(9094, place.group)])
    nodes = [case.interface(f"msk-{n}", place.isolated[n], [own], description="DO NOT DELETE - Amazon MSK network "
             "interface for cluster playevents", requester="amazon-msk") for n in (0, 1)]  # fmt: skip
    name = "TelemetryStack-CollectFn6C77B0E9-qN3vXb1r"
    case.function(name, place.private, [place.group], runtime="nodejs20.x", timeout=30)
    calls = Traffic(case, name)
    lines = []
    for retry, broker in enumerate((*_BROKERS, *_BROKERS)):
        lines += [kafkajs("[Connection] Connection timeout", f"{broker}:9098"),
                  kafkajs("[BrokerPool] Failed to connect to seed broker, trying another broker from the list: "
                          "Connection timeout", retryCount=retry, retryTime=300 * 2**retry)]  # fmt: skip
    hangs(case, calls, name, 41, 0, 59.4, node_log("INFO", "connecting producer, 42 events buffered"), *lines,
          timeout=30, apart=1.4)  # fmt: skip
    calls.write(period=300)
    case.without("ec2/network-acls", "ec2/nat-gateways", "ec2/addresses")
    case.yaml(functions=[name], destinations={
        f"broker{n + 1}": {"name": _BROKERS[n], "port": 9098, "addresses": [nodes[n]["PrivateIpAddress"]]}
        for n in (0, 1)})  # fmt: skip


@incident(
    source="composed: a spoke that was given the routes for the inner networks, and no default route, by the platform "
    "team",
    expert=named(BLOCKED, "the functions' table leads to 10.0.0.0/8 only: nothing leads to the internet, and the inner "
                 "service answers"),
)  # fmt: skip
def spoke_without_a_default_route(case: CaseFolder) -> None:
    place = spoke(case, "catchup", "10.46", default=False)
    case.function("subtitle-sync", place.apps, [place.group], runtime="python3.12", timeout=40)
    failed = python_error(
        "ConnectTimeout", "HTTPSConnectionPool(host='api.captions-au.example', port=443): Max retries exceeded "
                          "with url: "
        "/v2/jobs (Caused by ConnectTimeoutError(<urllib3.connection.HTTPSConnection object at 0x7f3a1c2b9d30>, "
        "'Connection to api.captions-au.example timed out. (connect timeout=12)'))",
        ("/var/task/requests/adapters.py", 665, "send", "raise ConnectTimeout(e, request=request)"),
    )  # fmt: skip
    calls = Traffic(case, "subtitle-sync")
    calls.bad(
        33, 0, 60, python_log("INFO", "asset 5512 from http://assets.core.internal:8080 ok"), failed, seconds=12.5
    )
    calls.write(zeros=False)
    case.without("ec2/network-acls", "ec2/nat", "ec2/addresses", "ec2/internet-gateways", "ec2/vpc-endpoints")
    case.yaml(functions=["subtitle-sync"], destinations={
        "captions": {"name": "api.captions-au.example", "port": 443},
        "assets": {"name": "assets.core.internal", "port": 8080, "addresses": ["10.12.8.20"]}})  # fmt: skip

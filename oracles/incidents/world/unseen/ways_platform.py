"""Blocked ways in accounts of platform teams."""

from __future__ import annotations

from collections.abc import Callable

from oracles.incidents.world import (
    CaseFolder,
    Expert,
    Headline,
    Moment,
    Traffic,
    allow,
    entry,
    incident,
    java_error,
    json_log,
    node_log,
    python_error,
    python_log,
    route,
)
from oracles.incidents.world.unseen._land import BLOCKED, DARK, begin, named, node_text, small, spoke, to, zoned


@incident(
    source="composed: one of three tables of a spoke was forgotten when the transit gateway's routes were made",
    expert=named(BLOCKED, "the table of compute-c has no route to the on-premises network, those of a and b have",
                 "compute-c",
                 lacks=("compute-a", "compute-b")),
)  # fmt: skip
def forgotten_zone(case: CaseFolder) -> None:
    begin(case, "eu-central-1", 20, 5)
    place = spoke(case, "netz")
    case.route_tables[-1]["Routes"] = case.route_tables[-1]["Routes"][:1]
    case.function("lastgang-import", place.compute, [place.fn], runtime="java21", timeout=180)
    host = "ora-prod.netz.intern"
    failed = java_error(
        "java.sql.SQLRecoverableException: IO Error: The Network Adapter could not establish the connection",
        "oracle.jdbc.driver.T4CConnection.logon(T4CConnection.java:874)",
        causes=("oracle.net.ns.NetException: The Network Adapter could not establish the connection",
                "java.net.ConnectException: Connection timed out"),
    )  # fmt: skip
    log = case.log("lastgang-import")
    for number in range(6):
        for at in (470.0 * step + 61.3 * number for step in range(7)):
            if number in (2, 5):
                log.invocation(at, failed, seconds=131.4, stream=number)
            else:
                log.invocation(at, "imported 96 values\n", seconds=1.9, stream=number)
    case.without("ec2/network-acls")
    case.yaml(functions=["lastgang-import"], destinations={"oracle": to(host, 1521, "10.200.14.8", via="tgw")})


@incident(
    source="composed: S3's own words of an endpoint policy that does not allow an action",
    expert=named(BLOCKED, "S3 says it itself: no policy of the VPC endpoint allows the action on the new bucket"),
)
def endpoint_policy_lists_old_bucket(case: CaseFolder) -> None:
    begin(case, "eu-central-1", 21, 11)
    place = small(case, "kreativ", "10.88")
    policy = (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":'
        '["arn:aws:s3:::kreativ-assets-2024","arn:aws:s3:::kreativ-assets-2024/*"]}]}'
    )
    case.gateway_endpoint("s3", [place.table], policy=policy)
    case.function("render-banner", [place.one, place.two], [place.fn], timeout=60, memory=2048)
    failed = python_error(
        "ClientError",
        "An error occurred (AccessDenied) when calling the PutObject operation: User: "
        "arn:aws:sts::482917306154:assumed-role/"
        "render-banner-role/render-banner is not authorized to perform: s3:PutObject on resource: "
        '"arn:aws:s3:::kreativ-'
        'assets-2026/b/81.png" because no VPC endpoint policy allows the s3:PutObject action',
    )
    calls = Traffic(case, "render-banner")
    calls.bad(70, 0, 60, python_log("INFO", "rendered 81.png 728x90"), failed, seconds=2.4)
    calls.write(memory=2048)
    case.yaml(functions=["render-banner"], destinations={
        "s3": to("kreativ-assets-2026.s3.eu-central-1.amazonaws.com", 443)})  # fmt: skip


@incident(
    source="https://github.com/tulios/kafkajs/issues/1409 (Failed to connect to seed broker: Connection timeout)",
    expert=named(BLOCKED, "the brokers' group admits 9092 and 9094, and the function uses 9098"),
)
def msk_iam_port(case: CaseFolder) -> None:
    begin(case, "sa-east-1", 22, 17)
    place = small(case, "midia", "10.66")
    brokers = case.group("midia-msk", [allow((9092, 9094), place.fn), allow(2181, place.fn)])
    first = case.interface("b1", place.one, [brokers], description="DO NOT DELETE - Amazon MSK network interface for "
                           "cluster midia", requester="amazon-kafka")  # fmt: skip
    second = case.interface("b2", place.two, [brokers], description="DO NOT DELETE - Amazon MSK network interface for "
                            "cluster midia", requester="amazon-kafka")  # fmt: skip
    names = [f"b-{n}.midia.x9q0ab.c3.kafka.sa-east-1.amazonaws.com" for n in (1, 2)]
    case.function("impressions-producer", [place.one, place.two], [place.fn], runtime="nodejs22.x", timeout=60)

    def kafkajs(host: str) -> Callable[[Moment], str]:
        return lambda moment: (
            f"{moment.time}\t{moment.request}\tERROR\t"
            f'{{"level":"ERROR","timestamp":"{moment.time}","logger":"kafkajs","message":"[Connection] Connection '
            f'timeout","broker":"{host}:9098","clientId":"impressions"}}\n'
        )

    last = node_text(
        'Invoke Error \t{"errorType":"KafkaJSNumberOfRetriesExceeded","errorMessage":"Connection timeout","name":'
        '"KafkaJSNumberOfRetriesExceeded","retriable":false,"retryCount":5,"cause":{"name":"KafkaJSCon'
        'nectionError","retriable":'
        f'true,"broker":"{names[0]}:9098"}}}}'
    )
    calls = Traffic(case, "impressions-producer")
    calls.bad(24, 0, 60, kafkajs(names[0]), kafkajs(names[1]), last, seconds=11.2)
    calls.write(tail=True)
    case.yaml(functions=["impressions-producer"], destinations={
        "msk1": to(names[0], 9098, first["PrivateIpAddress"]),
        "msk2": to(names[1], 9098, second["PrivateIpAddress"]),
    })  # fmt: skip


@incident(
    source="composed: new subnets from a secondary block, and a data ACL that knows the old block only",
    expert=named(BLOCKED, "the data subnets' ACL denies 100.64.0.0/16, where the function has moved to"),
)
def moved_to_secondary_cidr(case: CaseFolder) -> None:
    begin(case, "eu-central-1", 23, 12)
    place = spoke(case, "werbe", "10.140")
    place.vpc["CidrBlockAssociationSet"].append({"AssociationId": "vpc-cidr-assoc-0c41aa72b9d05e1f8",
        "CidrBlock": "100.64.0.0/16", "CidrBlockState": {"State": "associated"}})  # fmt: skip
    for table in case.route_tables:
        table["Routes"].append(route("100.64.0.0/16", "local"))
    moved = [zoned(case, f"werbe-pods-{az}", f"100.64.{16 * i}.0/20", az=az,
                   routes=[route("100.64.0.0/16", "local"), route("0.0.0.0/0", place.tgw)])
             for i, az in enumerate("ab")]  # fmt: skip
    case.acl("werbe-data-acl", [
        entry(100, "in", "allow", None, "10.140.0.0/16", "all"),
        entry(100, "out", "allow", None, "10.140.0.0/16", "all"),
    ], place.data)  # fmt: skip
    search = case.group("werbe-os", [allow(443, "10.140.0.0/16", "100.64.0.0/16")])
    node = case.interface(
        "os", place.data[0], [search], description="ES audience-search", requester="amazon-elasticsearch"
    )
    case.function("audience-lookup", moved, [place.fn], timeout=30)
    host = "vpc-audience-search-5f2k.eu-central-1.es.amazonaws.com"
    failed = python_error(
        "ConnectionTimeout",
        "ConnectionTimeout caused by - ConnectTimeoutError(<urllib3.connection.HTTPSConnection object at 0x7fe2c10b>, "
        f"'Connection to {host} timed out. (connect timeout=10)')",
    )
    calls = Traffic(case, "audience-lookup")
    calls.good(220, -30, 17.5, seconds=0.09)
    calls.bad(190, 17.6, 60, failed, seconds=10.04)
    calls.write()
    case.yaml(functions=["audience-lookup"], destinations={"search": to(host, 443, node["PrivateIpAddress"])},
              reported="VpcConfig change 12:32 UTC")  # fmt: skip


@incident(
    source="composed: a shared VPC of which the account sees little, and a log that only times out",
    expert=Expert((BLOCKED, DARK), (BLOCKED, DARK), Headline.OPEN,
                  "all invocations end at the timeout from the first on: a blocked way or a silent host"),
)  # fmt: skip
def shared_vpc_nothing_to_see(case: CaseFolder) -> None:
    begin(case, "eu-central-1", 26, 14, 30)
    calls = Traffic(case, "sap-bridge")
    line = json_log("INFO", "POST https://sap-gw.konzern.intern/odata/v4/orders", cold=False)
    calls.bad(18, 0, 29, line, timeout=25)
    calls.write(metrics=False)
    case.yaml(functions=["sap-bridge"])


@incident(
    source="composed: interface endpoints whose shared group admits the old functions' group only",
    expert=named(BLOCKED, "the endpoint's group admits only the old group, and the function has another"),
)
def shared_endpoint_group(case: CaseFolder) -> None:
    begin(case, "eu-central-1", 27, 4)
    place = spoke(case, "solar", "10.150")
    place.tables[0]["Routes"] = place.tables[0]["Routes"][:1]
    old = case.group("solar-legacy-lambda")
    doors = case.group("solar-vpce", [allow(443, old, note="legacy")])
    case.interface_endpoint("sqs", [place.compute[0]], [doors])
    case.function("meter-fanout", [place.compute[0]], [place.fn], runtime="nodejs20.x", timeout=20)
    failed = node_log(
        "ERROR",
        "TimeoutError: Socket timed out without establishing a connection within 5000 ms\n    at "
        "ClientRequest.<anonymous> (/var/task/node_modules/@smithy/node-http-handler/"
        "dist-cjs/index.js:184:14) {\n  '$metadata': { attempts: 3, totalRetryDelay: 141 }\n}",
    )
    calls = Traffic(case, "meter-fanout")
    calls.bad(77, 0, 60, failed, seconds=15.4)
    calls.write(period=300, zeros=False)
    case.yaml(functions=["meter-fanout"], destinations={"queue": to("sqs.eu-central-1.amazonaws.com", 443)})

"""Groups, network ACLs and endpoints that let nothing through."""

from __future__ import annotations

from typing import Any

from oracles.incidents.world import (
    CaseFolder,
    Traffic,
    about,
    allow,
    entry,
    incident,
    java_error,
    node_error,
    node_log,
    open_entries,
    python_error,
    route,
)
from oracles.incidents.world.seen.fifth._platform import BLOCKED, Sides, named, spoke, zones_with_nat

BOTOCORE = ("/var/runtime/botocore/httpsession.py", 497, "send", "raise ConnectTimeoutError(endpoint_url=request.url)")


@incident(
    source="https://github.com/aws-samples/siem-on-amazon-opensearch-service/issues/387 (connect timeout to an AWS "
    "service's endpoint when using VPC)",
    expert=named(
        BLOCKED,
        because="the group of the interface endpoint for Secrets Manager lets in the old functions' group only; the "
        "new function has another",
    ),
)
def secrets_endpoint_knows_the_old_group_only(case: CaseFolder) -> None:
    place = spoke(case, "claims", "10.96")
    shared = case.group("claims-vpce", [allow(443, place.app)], vpc=place.vpc)
    case.interface_endpoint("secretsmanager", place.endpoints, [shared])
    case.interface_endpoint("sts", place.endpoints, [shared])
    fresh = case.group("claims-export-job", vpc=place.vpc)
    case.function("claims-export", place.workload, [fresh], runtime="python3.13", timeout=300)
    case.function("claims-intake", place.workload, [place.app], timeout=30)
    failed = python_error(
        "ConnectTimeoutError",
        'Connect timeout on endpoint URL: "https://secretsmanager.us-east-1.amazonaws.com/"',
        ("/var/task/settings.py", 14, "load", 'return client.get_secret_value(SecretId=name)["SecretString"]'),
        BOTOCORE,
    )
    calls = Traffic(case, "claims-export")
    calls.bad(12, 0, 59, failed, seconds=247.0)
    calls.write(zeros=False)
    case.yaml(functions=["claims-export"], destinations={
        "secrets": {"name": "secretsmanager.us-east-1.amazonaws.com", "port": 443}},
        reported="new job, never worked; claims-intake reads the same secret all day")  # fmt: skip


@incident(
    source="https://github.com/run-llama/llama-hub/issues/685 (the error's text: ConnectionTimeout caused by - "
    "ConnectTimeout); the ACL is composed",
    expert=named(
        BLOCKED,
        because="the ACL of the data subnets lets 10.64.16 and 10.64.32 in on 443, but not the third workload subnet's "
        "10.64.48.0/20: a third of the calls time out",
    ),
)
def data_acl_without_the_third_subnet(case: CaseFolder) -> None:
    place = spoke(case, "search", "10.64")
    case.acl("search-data-acl", [
        entry(100, "in", "allow", 443, "10.64.16.0/20"), entry(110, "in", "allow", 443, "10.64.32.0/20"),
        entry(200, "in", "allow", (1024, 65535), "10.64.96.0/22"),
        entry(100, "out", "allow", (1024, 65535), "10.64.0.0/16"),
    ], place.data)  # fmt: skip
    own = case.group("opensearch-catalog", [allow(443, "10.64.0.0/16")], vpc=place.vpc)
    nodes = [case.interface(f"os-{number}", one, [own], description="ES catalog", requester="amazon-elasticsearch")
             for number, one in enumerate(place.data)]  # fmt: skip
    host = "vpc-catalog-q3zl7dkx2mbvneh5r6tyuw4i2a.us-east-1.es.amazonaws.com"
    case.function("catalog-suggest", place.workload, [place.app], timeout=45)
    failed = python_error(
        "ConnectionTimeout",
        f"ConnectionTimeout caused by - ConnectTimeout(HTTPSConnectionPool(host='{host}', port=443): Max retries "
        "exceeded with url: /catalog-v7/_search (Caused by ConnectTimeoutError(<urllib3.connection.HTTPSConnection "
        f"object at 0x7f0be44d6a50>, 'Connection to {host} timed out. (connect timeout=10)')))",
        ("/opt/python/opensearchpy/connection/http_requests.py", 199, "perform_request", "raise ConnectionTimeout("),
    )
    calls = Sides(case, "catalog-suggest")
    calls.good(210, 0, 60, seconds=0.09)
    calls.bad(104, 0, 60, failed, seconds=40.3)
    calls.write()
    case.yaml(functions=["catalog-suggest"], destinations={
        "catalog": {"name": host, "port": 443, "addresses": [one["PrivateIpAddress"] for one in nodes]}})  # fmt: skip


@incident(
    source="composed from AWS's own text of a denial by an endpoint policy ('because no VPC endpoint policy allows')",
    expert=named(
        BLOCKED,
        says=("s3",),
        lacks=("security group",),
        because="the policy of the S3 gateway endpoint allows two buckets and not the new one; the denial says so",
    ),
)
def endpoint_policy_without_the_new_bucket(case: CaseFolder) -> None:
    place = spoke(case, "telemetry", "10.104")
    policy = (
        '{"Version":"2012-10-17","Statement":[{"Sid":"OurBuckets","Effect":"Allow","Principal":"*","Action":"s3:*",'
        '"Resource":["arn:aws:s3:::acme-telemetry-raw","arn:aws:s3:::acme-telemetry-raw/*",'
        '"arn:aws:s3:::acme-telemetry-curated","arn:aws:s3:::acme-telemetry-curated/*"]}]}'
    )
    case.gateway_endpoint("s3", [place.workload_table], policy=policy)
    case.function("compact-hourly", place.workload, [place.app], timeout=120, memory=2048)
    role = "arn:aws:sts::482917306154:assumed-role/compact-hourly-role/compact-hourly"
    failed = python_error(
        "ClientError",
        f"An error occurred (AccessDenied) when calling the PutObject operation: User: {role} is not authorized to "
        'perform: s3:PutObject on resource: "arn:aws:s3:::acme-telemetry-archive/2026/11/20/11.parquet" because no '
        "VPC endpoint policy allows the s3:PutObject action",
        ("/var/runtime/botocore/client.py", 1078, "_make_api_call", "raise error_class(parsed_response, operation)"),
    )
    calls = Traffic(case, "compact-hourly")
    calls.good(30, 0, 60, seconds=6.1)
    calls.bad(10, 0, 60, failed, seconds=4.4)
    calls.write(memory=2048)
    case.yaml(functions=["compact-hourly"], destinations={
        "archive": {"name": "acme-telemetry-archive.s3.us-east-1.amazonaws.com", "port": 443}})  # fmt: skip


@incident(
    source="composed: SQS from a VPC without internet, private DNS not enabled; the text is the JavaScript SDK's",
    expert=named(
        BLOCKED,
        says=("sqs",),
        because="the endpoint for SQS has no private DNS: sqs.us-east-1.amazonaws.com is a public address, and the "
        "subnets have no way out",
    ),
)
def queue_endpoint_without_private_dns(case: CaseFolder) -> None:
    place = spoke(case, "vault", "10.112", zones="ab", default=False)
    shared = case.group("vault-vpce", [allow(443, "10.112.0.0/16")], vpc=place.vpc)
    case.interface_endpoint("kms", place.endpoints, [shared])
    case.interface_endpoint("sqs", place.endpoints, [shared], private_dns=False)
    case.function("tokenize", place.workload, [place.app], runtime="nodejs20.x", timeout=20)
    about_it: dict[str, Any] = {"$metadata": {"attempts": 3, "totalRetryDelay": 142}}
    failed = node_error(
        "Socket timed out without establishing a connection within 3000 ms", "TimeoutError",
        stack=("Timeout.<anonymous> (/var/task/node_modules/@smithy/node-http-handler/dist-cjs/index.js:67:11)",
               "listOnTimeout (node:internal/timers:581:17)"),
        **about_it,
    )  # fmt: skip
    calls = Traffic(case, "tokenize")
    calls.bad(55, 0, 60, node_log("INFO", "kms ok, sending to https://sqs.us-east-1.amazonaws.com/482917306154/tokens"),
              failed, seconds=9.3)  # fmt: skip
    calls.write()
    case.yaml(functions=["tokenize"], destinations={"queue": {"name": "sqs.us-east-1.amazonaws.com", "port": 443}})


@incident(
    source="https://github.com/tulios/kafkajs/issues/1409 (Lambda and MSK: [BrokerPool] Failed to connect to seed "
    "broker, trying another broker from the list: Connection timeout)",
    expert=named(
        BLOCKED,
        says=("9098",),
        because="the functions' group lets out 443 and 9094; the new IAM listener 9098 is in no rule for what leaves",
    ),
)
def egress_rules_without_the_iam_listener(case: CaseFolder) -> None:
    place = spoke(case, "events", "10.68")
    strict = case.group("events-producers", egress=[allow(443, "0.0.0.0/0"), allow(9094, "10.68.96.0/22")],
                        vpc=place.vpc)  # fmt: skip
    own = case.group("msk-events", [allow((9092, 9098), strict)], vpc=place.vpc)
    brokers = [case.interface(f"msk-{number}", one, [own], description="DO NOT DELETE - Amazon MSK network interface "
               "for cluster events", requester="amazon-msk") for number, one in enumerate(place.data)]  # fmt: skip
    host = "b-1.events.k3v9xq.c11.kafka.us-east-1.amazonaws.com"
    case.function("publish-order", place.workload, [strict], runtime="nodejs20.x", timeout=30)
    seed = node_log("ERROR", {
        "level": "ERROR", "logger": "kafkajs", "retryCount": 0, "retryTime": 327,
        "message": "[BrokerPool] Failed to connect to seed broker, trying another broker from the list: Connection "
        "timeout"})  # fmt: skip
    failed = node_error("Connection timeout", "KafkaJSNumberOfRetriesExceeded", retriable=False, helpUrl=None,
                        retryCount=2, retryTime=1288, broker=f"{host}:9098")  # fmt: skip
    calls = Traffic(case, "publish-order")
    each = node_log("ERROR", {"level": "ERROR", "logger": "kafkajs", "message": "[Connection] Connection timeout",
                              "broker": f"{host}:9098", "clientId": "publish-order"})  # fmt: skip
    calls.bad(44, 0, 60, each, seed, failed, seconds=12.4)
    calls.write(report=False)
    case.yaml(functions=["publish-order"], destinations={
        "events": {"name": host, "port": 9098, "addresses": [one["PrivateIpAddress"] for one in brokers]}},
        reported="switched to SASL/IAM this morning")  # fmt: skip


@incident(
    source="composed: functions moved to a secondary CIDR 100.64.0.0/16 when 10/8 ran out, and a load balancer's group "
    "that knows 10/8",
    expert=named(
        BLOCKED,
        because="the functions stand in 100.64.0.0/16, and the group of the load balancer on 8443 lets in 10.0.0.0/8",
    ),
)
def load_balancer_group_knows_ten_slash_eight(case: CaseFolder) -> None:
    place = spoke(case, "quotes", "10.88", zones="ab")
    place.vpc["CidrBlockAssociationSet"].append({
        "AssociationId": "vpc-cidr-assoc-0c1d7e52b94f6a380", "CidrBlock": "100.64.0.0/16",
        "CidrBlockState": {"State": "associated"}})  # fmt: skip
    for table in case.route_tables:
        table["Routes"].append(route("100.64.0.0/16", "local"))
    wide = [case.subnet(f"quotes-wide-{az}", f"100.64.{64 * number}.0/18", table=place.workload_table, az=az,
                        vpc=place.vpc) for number, az in enumerate("ab")]  # fmt: skip
    own = case.group("nlb-rating", [allow(8443, "10.0.0.0/8")], vpc=place.vpc)
    doors = [case.interface(f"nlb-{number}", one, [own], type="network_load_balancer", requester="amazon-elb",
                            description="ELB net/rating-internal/7a1c0f3be9d25846")
             for number, one in enumerate(place.data)]  # fmt: skip
    case.function("rate-quote", wide, [place.app], runtime="java21", timeout=30, memory=1024)
    failed = java_error(
        "java.net.http.HttpConnectTimeoutException: HTTP connect timed out",
        "java.net.http/jdk.internal.net.http.HttpClientImpl.send(HttpClientImpl.java:949)",
        "com.acme.quotes.RatingClient.rate(RatingClient.java:63)",
        causes=("java.net.http.HttpConnectTimeoutException: HTTP connect timed out",
                "java.net.ConnectException: HTTP connect timed out"),
    )  # fmt: skip
    calls = Traffic(case, "rate-quote")
    calls.bad(120, 0, 60, failed, seconds=4.1)
    calls.write(memory=1024)
    case.metric(
        "AWS/NetworkELB",
        "HealthyHostCount",
        {"TargetGroup": "targetgroup/rating/51fd3c7a9b8e2460", "LoadBalancer": "net/rating-internal/7a1c0f3be9d25846"},
        [4.0] * 60,
        stat="Minimum",
        file="nlb",
    )
    case.metric("AWS/NetworkELB", "NewFlowCount", {"LoadBalancer": "net/rating-internal/7a1c0f3be9d25846"},
                about(310, 60), file="nlb")  # fmt: skip
    case.yaml(functions=["rate-quote"], destinations={
        "rating": {"name": "rating.quotes.internal", "port": 8443,
                   "addresses": [one["PrivateIpAddress"] for one in doors]}})  # fmt: skip


@incident(
    source="composed: AWS's guide on ephemeral ports in network ACLs (NAT gateways use 1024-65535)",
    expert=named(
        BLOCKED,
        because="the ACL of the NAT gateways' subnets lets answers in on 32768-61000 only, the ports of Linux; the "
        "gateways use 1024-65535, so that about half of the connects go unanswered",
    ),
)
def public_acl_knows_the_ports_of_linux_only(case: CaseFolder) -> None:
    place = zones_with_nat(case, "ads", "10.56", zones="ab")
    case.acl("ads-public-acl", [
        entry(90, "in", "allow", None, "10.56.0.0/16", "all"), entry(100, "in", "allow", (32768, 61000), "0.0.0.0/0"),
        open_entries()[0],
    ], place.public)  # fmt: skip
    case.function("bid-feedback", place.private, [place.app], runtime="nodejs22.x", timeout=15)
    failed = node_error(
        "timeout of 5000ms exceeded", "AxiosError",
        stack=("RedirectableRequest.handleRequestTimeout (/var/task/node_modules/axios/dist/node/axios.cjs:3190:16)",
               "Timeout.<anonymous> (/var/task/node_modules/follow-redirects/index.js:210:12)"),
        code="ECONNABORTED",
    )  # fmt: skip
    calls = Traffic(case, "bid-feedback")
    calls.good(164, 0, 60, seconds=0.11)
    calls.bad(195, 0, 60, failed, seconds=5.02)
    calls.write()
    for seed, nat in enumerate(place.nats):
        attempts = about(3, 60, 0.4, seed)
        case.nat_metrics(nat, attempts=attempts, established=[round(one * 0.45) for one in attempts],
                         errors=[0.0] * 60, active=about(4, 60, 0.4, seed))  # fmt: skip
    case.yaml(functions=["bid-feedback"], destinations={"dsp": {"name": "feedback.dsp-north.example", "port": 443}})

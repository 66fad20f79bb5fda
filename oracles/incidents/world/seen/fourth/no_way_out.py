"""Functions whose packets have no way out: the setups of the first week with a VPC."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Traffic,
    allow,
    entry,
    go_log,
    incident,
    node_error,
    node_log,
    python_error,
    python_log,
    route,
)
from oracles.incidents.world.seen.fourth._sites import (
    BLOCKED,
    apart,
    connect_timeout,
    database,
    default_vpc,
    early,
    european,
    named,
    pymysql,
    ruby_error,
    table_of,
    to,
    wizard,
)


@incident(
    source="https://w3toppers.com/why-cant-an-aws-lambda-function-inside-a-public-subnet-in-a-vpc-connect-to-the-"
    "internet/ "
    "(StackOverflow's question of the public subnet)",
    expert=named(
        BLOCKED,
        "it runs in the default VPC, whose subnets lead to an internet gateway, and a function has no public address",
    ),
)
def stripe_from_the_default_vpc(case: CaseFolder) -> None:
    home = default_vpc(case)
    case.function("create-charge", home.subnets[:2], [home.default], timeout=3, memory=128)
    database(case, "shop", home.subnets[2], 3306, home.default)
    calls = Traffic(case, "create-charge")
    calls.bad(23, 2, 55, timeout=3)
    calls.write(memory=128)
    early(case, "create-charge", python_log("INFO", "order 4481 saved, charging card"))
    case.without("ec2/network-acls", "ec2/addresses")
    case.yaml(functions=["create-charge"], destinations={"stripe": to("api.stripe.com", 443)},
              reported="worked until I put it into the VPC to reach the database")  # fmt: skip


@incident(
    source="https://linden.consulting/en/blog/lambda-vpc-timeout (Secrets Manager from a VPC); the endpoint's group: "
    "composed",
    expert=named(
        BLOCKED,
        "the Secrets Manager endpoint has the default group, which lets in nobody but itself, and the function has "
        "another",
        "secretsmanager",
        lacks=("nat gateway",),
    ),
)
def secrets_endpoint_with_the_default_group(case: CaseFolder) -> None:
    place = wizard(case, "todo", nat=False, group="todo-api-LambdaSecurityGroup-1X2Y3Z")
    case.interface_endpoint("secretsmanager", place.private, [case.security_groups[0]])
    database(case, "todo", place.private[0], 5432, place.group, group="todo-db")
    case.function(
        "todo-api-GetTodos-8Hs7",
        place.private,
        [place.group],
        runtime="nodejs20.x",
        timeout=10,
        Tags={"aws:cloudformation:stack-name": "todo-api"},
        RuntimeVersionConfig={"RuntimeVersionArn": "x"},
    )
    calls = Traffic(case, "todo-api-GetTodos-8Hs7")
    calls.bad(41, 0, 60, timeout=10)
    calls.write(tail=True)
    early(case, "todo-api-GetTodos-8Hs7", node_log("INFO", "getting secret todo/db"), tail=True)
    case.yaml(functions=["todo-api-GetTodos-8Hs7"], destinations={
        "secretsmanager": to("secretsmanager.us-east-1.amazonaws.com", 443)})  # fmt: skip


@incident(
    source="https://github.com/mysqljs/mysql/issues/1474 ([Error: connect ETIMEDOUT], Lambda to RDS); 'My IP': "
    "composed",
    expert=named(
        BLOCKED,
        "the database's group lets in one public address alone, as the console's 'My IP' makes it",
        "rds-launch-wizard-2",
    ),
)
def database_open_to_my_ip(case: CaseFolder) -> None:
    case.region = "eu-west-1"
    home = default_vpc(case)
    db = database(case, "blog", home.subnets[0], 3306, "203.0.113.77/32", group="rds-launch-wizard-2")
    case.function("list-posts", home.subnets, [home.default], timeout=15)
    host = "blog.c1k2xwq9z8aa.eu-west-1.rds.amazonaws.com"
    calls = Traffic(case, "list-posts")
    calls.bad(19, 4, 58, pymysql(host), seconds=10.4)
    calls.write()
    european(case)
    case.yaml(
        functions=["list-posts"],
        destinations={"blog": to(host, 3306, db["PrivateIpAddress"])},
        reported="works from my laptop",
    )


@incident(
    source="composed: Ruby's Net::OpenTimeout behind an ACL that was written like a security group",
    expert=named(
        BLOCKED,
        "the network ACL of the private subnets lets in 443 and 22 and no ephemeral port, so that no answer comes back",
        lacks=("security group",),
    ),
)
def acl_without_ephemeral_ports(case: CaseFolder) -> None:
    place = wizard(case, "rails")
    case.acl("rails-private", [
        entry(100, "in", "allow", 443, "0.0.0.0/0"), entry(110, "in", "allow", 22, "10.0.0.0/16"),
        entry(100, "out", "allow", None, "0.0.0.0/0", "all"),
    ], place.private)  # fmt: skip
    case.function("sync-hubspot", place.private, [place.group], runtime="ruby3.3", timeout=90)
    text = "Failed to open TCP connection to api.hubapi.com:443 (execution expired)"
    calls = Traffic(case, "sync-hubspot")
    calls.bad(12, 0, 58, ruby_error("Net::OpenTimeout", text, "/var/lang/lib/ruby/3.3.0/net/http.rb:1603:in "
                                                              "`initialize'",
                                    "/var/task/function.rb:31:in `handler'"), seconds=62)  # fmt: skip
    calls.write()
    assert place.nat
    case.nat_metrics(place.nat, period=300, errors=[0.0] * 12)
    case.yaml(functions=["sync-hubspot"], destinations={"hubspot": to("api.hubapi.com", 443)})


@incident(
    source="https://www.tech-reader.blog/2025/12/nat-gateway-timeouts-lambda-in-private.html (NAT gateway in a "
    "private subnet)",
    expert=named(
        BLOCKED,
        "the NAT gateway itself stands in a subnet whose default route leads to the NAT gateway: no way to the "
        "internet",
    ),
)
def nat_gateway_in_a_private_subnet(case: CaseFolder) -> None:
    vpc = case.vpc("crawler", "10.20.0.0/16")
    igw = case.internet_gateway("crawler")
    case.subnet("crawler-public", "10.20.0.0/24", [route("0.0.0.0/0", igw)], vpc=vpc)
    table = case.table("crawler-private")
    first = case.subnet("crawler-private-1", "10.20.10.0/24", table=table)
    second = case.subnet("crawler-private-2", "10.20.11.0/24", table=table, az="b")
    nat = case.nat("crawler-nat", first)
    table["Routes"].append(route("0.0.0.0/0", nat))
    own = case.group("crawler")
    case.function("fetch-prices", [first, second], [own], runtime="provided.al2023", timeout=60)
    text = 'Get "https://dummyjson.com/products?limit=100": dial tcp 104.21.62.12:443: i/o timeout'
    calls = Traffic(case, "fetch-prices")
    calls.bad(37, 0, 60, go_log(text), seconds=31)
    calls.write()
    asked = [0.0] * 60
    for one in calls._invocations:
        asked[min(int(one.at // 60), 59)] += 1  # the first SYN alone
    case.nat_metrics(nat, attempts=asked, established=[0.0] * 60, errors=[0.0] * 60)
    case.yaml(functions=["fetch-prices"], destinations={"dummyjson": to("dummyjson.com", 443, "104.21.62.12")})


@incident(
    source="composed: an SQS interface endpoint without private DNS, in a VPC without NAT (text of botocore)",
    expert=named(
        BLOCKED,
        "the SQS endpoint has private DNS switched off, so its name leads to public addresses, and there is no way out",
        "sqs",
    ),
)
def sqs_endpoint_without_private_dns(case: CaseFolder) -> None:
    case.region = "eu-west-1"
    place = wizard(case, "mailer", nat=False, group="mailer-fn")
    ends = case.group("mailer-endpoints", [allow(443, "10.0.0.0/16")])
    case.interface_endpoint("sqs", place.private, [ends], private_dns=False)
    case.function("enqueue-mail", place.private[:1], [place.group], timeout=20, memory=256)
    frame = (
        "/var/task/botocore/httpsession.py",
        497,
        "send",
        "raise ConnectTimeoutError(endpoint_url=request.url, error=e)",
    )
    calls = Traffic(case, "enqueue-mail")
    calls.bad(55, 0, 60, python_error("ConnectTimeoutError",
              'Connect timeout on endpoint URL: '
              '"https://sqs.eu-west-1.amazonaws.com/"', frame), seconds=5.3)  # fmt: skip
    calls.write(memory=256, period=300)
    european(case)
    case.without("ec2/network-acls", "ec2/addresses", "ec2/nat-gateways")
    case.yaml(functions=["enqueue-mail"], destinations={"sqs": to("sqs.eu-west-1.amazonaws.com", 443)})


@incident(
    source="https://oneuptime.com/blog/post/2026-02-12-vpc-endpoint-policies-s3-dynamodb/view (endpoint policies for "
    "S3)",
    expert=named(
        BLOCKED,
        "the S3 gateway endpoint's policy allows another bucket alone, and S3 says so in as many words",
    ),
)
def s3_endpoint_policy_of_another_bucket(case: CaseFolder) -> None:
    place = wizard(case, "thumbs", nat=False)
    policy = ('{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":["s3:GetObject",'
              '"s3:PutObject"],"Resource":"arn:aws:s3:::thumbs-prod-originals/*"}]}')  # fmt: skip
    case.gateway_endpoint("s3", [table_of(case, one) for one in place.private], policy=policy)
    case.function("make-thumb", place.private, [place.group], timeout=30, memory=1024)
    said = (
        "An error occurred (AccessDenied) when calling the PutObject operation: User: arn:aws:sts::482917306154:"
        "assumed-role/make-thumb-role/make-thumb is not authorized to perform: s3:PutObject on resource: "
        '"arn:aws:s3:::thumbs-prod-resized/2026/11/a81.jpg" because no VPC endpoint policy allows the s3:PutObject '
        "action"
    )
    frame = ("/var/lang/lib/python3.12/site-packages/botocore/client.py", 1078, "_make_api_call", "raise error_class(")
    calls = Traffic(case, "make-thumb")
    calls.bad(64, 0, 60, python_error("ClientError", said, frame), seconds=0.61)
    calls.write(memory=1024)
    case.without("ec2/network-interfaces")
    case.yaml(
        functions=["make-thumb"], destinations={"bucket": to("thumbs-prod-resized.s3.us-east-1.amazonaws.com", 443)}
    )


@incident(
    source="https://github.com/mongodb-js/vscode/pull/120 (MongoServerSelectionError from Lambda); the blackhole: "
    "composed",
    expert=named(
        BLOCKED,
        "the route to Atlas's VPC is a blackhole: the peering connection is gone",
    ),
)
def atlas_peering_is_deleted(case: CaseFolder) -> None:
    place = wizard(case, "chat", group="chat-dev-lambda")
    case.peering("atlas", "192.168.248.0/21", "vpc-0d4a7b12f0c9e6a31",
                 Status={"Code": "deleted", "Message": "Deleted by 482917306154"})  # fmt: skip
    for one in place.private:
        table_of(case, one)["Routes"].append(
            route("192.168.248.0/21", case.peerings[0]["VpcPeeringConnectionId"], state="blackhole")
        )
    case.function("chat-dev-messages", place.private, [place.group], runtime="nodejs22.x", timeout=29)
    reason = {"type": "ReplicaSetNoPrimary", "servers": {}, "stale": False, "compatible": True,
              "heartbeatFrequencyMS": 10000, "localThresholdMS": 15, "setName": "atlas-k1x2-shard-0"}  # fmt: skip
    text = "connection timed out"
    stack = ("Topology.selectServer (/var/task/node_modules/mongodb/lib/sdam/topology.js:321:38)",)
    calls = Traffic(case, "chat-dev-messages")
    calls.good(71, 0, 21.2, seconds=0.05)
    calls.bad(98, 21.5, 60, node_error(text, "MongoServerSelectionError", stack=stack, reason=reason), seconds=10.4)
    calls.write(report=False)
    case.without("ec2/network-acls")
    case.yaml(functions=["chat-dev-messages"], destinations={
        "atlas": to("chat-shard-00-00-pri.k1x2a.mongodb.net", 27017, "192.168.252.10")})  # fmt: skip


@incident(
    source="https://github.com/redis/ioredis/issues/1183 (connect ETIMEDOUT, Lambda to ElastiCache); the database's "
    "ACL: composed",
    expert=named(
        BLOCKED,
        "the ACL of the cache's subnet lets in the first private subnet alone: what runs in the second gets nowhere",
        lacks=("security group",),
    ),
)
def acl_of_the_cache_knows_one_subnet(case: CaseFolder) -> None:
    place = wizard(case, "game")
    data = case.subnet("game-subnet-cache", "10.0.200.0/24", [])
    case.acl("game-cache", [
        entry(10, "in", "allow", 6379, "10.0.128.0/20"), entry(10, "out", "allow", (1024, 65535), "10.0.128.0/20"),
    ], [data])  # fmt: skip
    own = case.group("game-redis", [allow(6379, place.group)])
    cache = case.cache("game-0001-001", data, [own])
    case.function("leaderboard", place.private, [place.group], runtime="nodejs20.x", timeout=20)
    calls = Traffic(case, "leaderboard")
    calls.good(88, 0, 60, seconds=0.02)
    calls.bad(81, 0, 60, connect_timeout("ioredis"), seconds=10.4)
    calls.write()
    apart(case, "leaderboard", "ETIMEDOUT")
    case.yaml(functions=["leaderboard"], destinations={
        "redis": to("game.8xk2lq.ng.0001.use1.cache.amazonaws.com", 6379, cache["PrivateIpAddress"])})  # fmt: skip

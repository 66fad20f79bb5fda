"""Security groups that keep connections from getting out, or from getting in."""

from __future__ import annotations

from oracles.incidents.world import CaseFolder, incident
from oracles.incidents.world.seen.second.logs import Log, node, python, structured
from oracles.incidents.world.seen.second.metrics import calls
from oracles.incidents.world.seen.second.shapes import ANYWHERE, Net, about, made_id, route, rule, usual
from oracles.incidents.world.seen.second.verdicts import BLOCKED, named


def _psycopg(host: str, address: str, port: int = 5432, how: str = "timeout expired") -> str:
    return python(
        "OperationalError",
        f'connection to server at "{host}" ({address}), port {port} failed: {how}\n',
        'File "/var/task/db.py", line 19, in connect',
        'File "/var/lang/lib/python3.12/site-packages/psycopg2/__init__.py", line 122, in connect',
    )


@incident(
    source="Stack Overflow: nodemailer ETIMEDOUT CONN from Lambda in VPC, security group allows only 443",
    expert=named(
        BLOCKED, "the function's group lets out 443 and 5432 only, and the mail server listens on 587", says=("mail",)
    ),
)
def the_group_lets_out_https_but_not_mail(case: CaseFolder) -> None:
    net = usual("invoices", "eu-west-3")
    net.group("mailer", out=[rule(443, ANYWHERE), rule(5432, "10.20.0.0/16")])
    net.function("send-invoice", ["private-a", "private-b"], ["mailer"], runtime="nodejs20.x", timeout=120)
    net.write(case)
    about(
        case,
        "eu-west-3",
        ("2026-11-05T10:00", "2026-11-05T11:00"),
        ["send-invoice"],
        mail="name: smtp.mailrelay.example, port: 587, addresses: [203.0.113.25]",
    )
    calls(case, "2026-11-05T10:00", "send-invoice", 60, 3, (60, 1.0), failing_ms=120_000)
    log = Log("send-invoice", "2026-11-05T10:00")
    bad = node(
        "Error",
        "Connection timeout",
        "    at SMTPConnection._formatError (/var/task/node_modules/nodemailer/lib/smtp-connection/index.js:809:19)",
        code="ETIMEDOUT",
        command="CONN",
    )
    log.every(9, 3400, 180, "<t>\t<r>\tINFO\trendered invoice in 140 ms\n", bad, ms=120_000 * 0.999, envs=2)
    log.events(case)


@incident(
    source="AWS re:Post: Lambda in VPC, DynamoDB gateway endpoint, security group egress limited to S3 prefix list",
    expert=named(
        BLOCKED,
        "the group lets out only the prefix list of S3 (its route leads to the S3 endpoint); DynamoDB's list, which "
        "has a route and an endpoint, is not let out",
    ),
)
def the_group_lets_out_the_prefix_list_of_another_service(case: CaseFolder) -> None:
    net = Net("thumbs", "us-east-1", "10.9.0.0/16")
    net.subnet("isolated-a", "10.9.1.0/24", "a")
    net.subnet("isolated-b", "10.9.2.0/24", "b")
    s3 = net.endpoint("s3", "Gateway")
    dynamo = net.endpoint("dynamodb", "Gateway")
    table = net.table(
        "isolated", [route("pl-63a5400a", s3), route("pl-02cd2c6b", dynamo)], ["isolated-a", "isolated-b"]
    )
    for one in net.of["vpc-endpoints"]:
        one["RouteTableIds"] = [table["RouteTableId"]]
    net.group("thumbs-fn", out=[rule(443, "pl-63a5400a")])
    net.function("make-thumb", ["isolated-a", "isolated-b"], ["thumbs-fn"], timeout=60)
    net.write(case)
    about(
        case,
        "us-east-1",
        ("2026-11-10T13:00", "2026-11-10T13:40"),
        ["make-thumb"],
        "S3 works, the DynamoDB put never comes back",
        index="name: dynamodb.us-east-1.amazonaws.com, port: 443",
        images="name: s3.us-east-1.amazonaws.com, port: 443",
    )
    log = Log("make-thumb", "2026-11-10T13:00")
    log.every(
        3,
        2390,
        83,
        "[INFO]\t<t>\t<r>\tgot s3://thumbs-in/a.jpg, 412 kB\n",
        python(
            "ConnectTimeoutError",
            'Connect timeout on endpoint URL: "https://dynamodb.us-east-1.amazonaws.com/"',
            'File "/var/runtime/botocore/httpsession.py", line 493, in send',
            "\u00a0\u00a0raise ConnectTimeoutError(endpoint_url=request.url, error=e)",
        ),
        ms=52_000,
    )
    log.tail(case)


@incident(
    source="Stack Overflow: RDS security group inbound references the old Lambda security group",
    expert=named(
        BLOCKED,
        "the database's group lets in the group that the function had before; the function is in app now",
        says=("orders-db",),
    ),
)
def the_database_still_lets_in_the_old_group(case: CaseFolder) -> None:
    net = usual("orders", "us-east-1")
    net.group("legacy-fn")
    net.group("orders-db", into=[rule(5432, net["legacy-fn"])])
    net.interface("data-a", "10.20.51.23", "RDSNetworkInterface", ["orders-db"], RequesterId="amazon-rds")
    net.function("place-order", ["private-a", "private-b"], timeout=15)
    net.write(case)
    about(
        case,
        "us-east-1",
        ("2026-11-18T16:00", "2026-11-18T17:00"),
        ["place-order"],
        orders_db="name: orders.c9example.us-east-1.rds.amazonaws.com, port: 5432, addresses: [10.20.51.23]",
    )
    calls(case, "2026-11-18T16:00", "place-order", 60, 22, (13, 0.0), (47, 1.0), failing_ms=5_150)
    log = Log("place-order", "2026-11-18T16:00")
    log.every(5, 13 * 60, 60, "[INFO]\t<t>\t<r>\torder stored\n")
    log.every(13 * 60 + 5, 3580, 44, _psycopg("orders.c9example.us-east-1.rds.amazonaws.com", "10.20.51.23"), ms=5_090)
    log.events(case)


@incident(
    source="binxio/cfn-postgresql-user-provider 11: Demo timeouts in my VPC (when there are timeouts, there are "
    "security group issues)",
    expert=named(
        BLOCKED,
        "the function's subnets lie in the secondary block 100.64.0.0/16, and the database's group lets in "
        "10.31.0.0/16 only",
    ),
)
def the_database_lets_in_only_the_primary_block(case: CaseFolder) -> None:
    net = Net("claims", "eu-central-1", "10.31.0.0/16")
    net.of["vpcs"][0]["CidrBlockAssociationSet"].append(
        {"CidrBlock": "100.64.0.0/16", "CidrBlockState": {"State": "associated"}, "AssociationId": "vpc-cidr-assoc-0a1"}
    )
    for at, zone in enumerate("abc"):
        net.subnet(f"pods-{zone}", f"100.64.{at * 16}.0/20", zone, free=4020)
        net.subnet(f"db-{zone}", f"10.31.{at + 8}.0/26", zone, free=40)
    net.table("inner", [route("100.64.0.0/16", "local")], ["pods-a", "pods-b", "pods-c", "db-a", "db-b", "db-c"], True)
    net.group("claims-fn")
    net.group("claims-db", into=[rule(3306, "10.31.0.0/16")])
    net.interface("db-b", "10.31.9.12", "RDSNetworkInterface", ["claims-db"])
    net.function("assess", ["pods-a", "pods-b", "pods-c"], ["claims-fn"], runtime="nodejs22.x", timeout=30)
    net.write(case)
    about(
        case,
        "eu-central-1",
        ("2026-11-25T08:00", "2026-11-25T08:50"),
        ["assess"],
        claims="name: claims.cluster-cexample.eu-central-1.rds.amazonaws.com, port: 3306, addresses: [10.31.9.12]",
    )
    calls(case, "2026-11-25T08:00", "assess", 50, 12, (50, 1.0), failing_ms=10_400)
    log = Log("assess", "2026-11-25T08:00", json_format=True)
    log.every(
        8,
        2980,
        60,
        structured(
            "ERROR",
            "connect ETIMEDOUT",
            errorType="Error",
            code="ETIMEDOUT",
            errno="ETIMEDOUT",
            syscall="connect",
            fatal=True,
            stack=[
                "Error: connect ETIMEDOUT",
                "    at PoolConnection._handleTimeoutError (/var/task/node_modules/mysql2/lib/connection.js:205:17)",
            ],
        ),
        ms=10_080,
    )
    log.events(case)


@incident(
    source="redis/ioredis 1042: ETIMEDOUT connecting to AWS Elasticache",
    expert=named(
        BLOCKED,
        "the function connects to port 6380 and the cache's group lets in 6379 only: wrong port or "
        "rule, the SYN is dropped there",
        says=("cache",),
    ),
)
def the_cache_is_called_on_a_port_nobody_opened(case: CaseFolder) -> None:
    net = usual("session", "ap-northeast-1")
    net.group("cache", into=[rule(6379, net["app"])])
    net.interface("data-a", "10.20.51.77", "ElastiCache session-cache-001", ["cache"])
    net.function("login", ["private-a", "private-b"], runtime="nodejs20.x", timeout=12)
    net.write(case, "nat-gateways", "addresses")
    about(
        case,
        "ap-northeast-1",
        ("2026-11-09T02:00", "2026-11-09T03:00"),
        ["login"],
        cache="name: session-cache.abc123.0001.apne1.cache.amazonaws.com, port: 6380, addresses: [10.20.51.77]",
    )
    log = Log("login", "2026-11-09T02:00")
    log.every(
        6,
        3500,
        75,
        "<t>\t<r>\tERROR\t[ioredis] Unhandled error event: Error: connect ETIMEDOUT\n"
        "    at Socket.<anonymous> (/var/task/node_modules/ioredis/built/Redis.js:170:41)\n"
        "    at Object.onceWrapper (node:events:633:28)\n    at Socket.emit (node:events:519:28)\n"
        "    at Socket._onTimeout (node:net:595:8)\n",
        ms=12_000,
        status="timeout",
    )
    log.tail(case)


@incident(
    source="Stack Overflow: Lambda cannot reach EC2 in the same VPC, instance security group allows only my IP",
    expert=named(
        BLOCKED,
        "the instance's group lets in 8086 from one office address only, nothing from inside the VPC",
    ),
)
def the_instance_lets_in_only_the_office(case: CaseFolder) -> None:
    net = usual("metrics", "us-east-2", "a", nat=False)
    net.group("influx", into=[rule(8086, "192.0.2.14/32"), rule(22, "192.0.2.14/32")])
    net.interface(
        "public-a",
        "10.20.101.40",
        "",
        ["influx"],
        Attachment={"InstanceId": made_id("i", "metrics"), "Status": "attached"},
    )
    net.function("push-points", ["private-a"], runtime="provided.al2023", timeout=20)
    net.write(case)
    about(
        case,
        "us-east-2",
        ("2026-11-01T09:00", "2026-11-01T10:00"),
        ["push-points"],
        influx="port: 8086, addresses: [10.20.101.40]",
    )
    log = Log("push-points", "2026-11-01T09:00", memory=128)
    log.every(
        1,
        3590,
        60,
        '<g> write failed: Post "http://10.20.101.40:8086/api/v2/write": context '
        "deadline exceeded (Client.Timeout exceeded while awaiting headers)\n",
        '<g> retry: Post "http://10.20.101.40:8086/api/v2/write": dial tcp 10.20.101.40:8086: i/o timeout\n',
        ms=16_000,
        envs=1,
    )
    log.tail(case)

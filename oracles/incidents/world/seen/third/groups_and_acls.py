"""Security groups and network ACLs that let no connection through."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Expert,
    Headline,
    Traffic,
    allow,
    dotnet_error,
    entry,
    incident,
    java_error,
    node_log,
    python_log,
    python_traceback,
)
from oracles.incidents.world.log_lines import node_error
from oracles.incidents.world.seen.third._estate import destination, estate, function, kafkajs, steady

BLOCKED = "route-or-rule-blocked"


def _blocked(because: str, *says: str, lacks: tuple[str, ...] = ()) -> Expert:
    return Expert((BLOCKED,), (BLOCKED,), Headline.NAMED, because, says, lacks)


@incident(
    source="https://github.com/tulios/kafkajs/issues/1409 (Failed to connect to seed broker: Connection timeout)",
    expert=_blocked(
        "the brokers' group admits 9094 from the EKS workers only, and every connect times out", "acme-prod-msk"
    ),
)
def brokers_admit_only_the_cluster(case: CaseFolder) -> None:
    place = estate(case, zones="abc")
    workers = case.group("acme-prod-eks-workers")
    msk = case.group("acme-prod-msk", [allow(9094, workers, note="kafka tls"), allow(9098, workers, note="kafka iam")])
    about = "DO NOT DELETE - Amazon MSK network interface for cluster arn:aws:kafka:us-east-1:482917306154:cluster/ev"
    brokers = [
        case.interface(f"msk-{one['SubnetId']}", one, [msk], description=about, requester="amazon-msk")
        for one in place.data
    ]
    function(case, "order-events-producer", place.private, [place.app], runtime="nodejs20.x", timeout=15)
    hosts = [f"b-{number}.acmeevents.k3q9tz.c7.kafka.us-east-1.amazonaws.com" for number in (1, 2, 3)]
    lines = []
    for attempt, host in enumerate(hosts):
        stack = "Error: Connection timeout\n    at Timeout.onTimeout (/var/task/node_modules/kafkajs/src/network)"
        lines.append(
            kafkajs(
                "ERROR", "[Connection] Connection timeout", broker=f"{host}:9094", clientId="order-events", stack=stack
            )
        )
        said = "[BrokerPool] Failed to connect to seed broker, trying another broker from the list: Connection timeout"
        lines.append(kafkajs("ERROR", said, retryCount=attempt, retryTime=300 * 2**attempt))
    lines.append(
        node_error(
            "Connection timeout",
            "KafkaJSNumberOfRetriesExceeded",
            retriable=False,
            helpUrl=None,
            broker=f"{hosts[2]}:9094",
            retryCount=2,
            retryTime=1200,
        )
    )
    calls = Traffic(case, "order-events-producer")
    calls.bad(48, 0, 59.5, *lines, seconds=4.2)
    calls.write()
    case.yaml(
        functions=["order-events-producer"],
        reported="cannot publish to MSK since we moved to Lambda",
        destinations={
            f"broker-{number + 1}": destination(hosts[number], 9094, one["PrivateIpAddress"])
            for number, one in enumerate(brokers)
        },
    )


@incident(
    source="https://github.com/dpkp/kafka-python/issues/2116 (only 'Task timed out', 'smells like security group'), "
    "with a database in place of Kafka",
    expert=_blocked(
        "the function's group lets nothing out but 443, so that no connection to 5432 can be opened",
        "acme-prod-lambda-https",
    ),
)
def egress_for_https_only_and_nothing_but_timeouts(case: CaseFolder) -> None:
    place = estate(case)
    tight = case.group("acme-prod-lambda-https", egress=[allow(443, "0.0.0.0/0", note="https only")])
    own = case.group("acme-prod-aurora", [allow(5432, "10.42.0.0/16")])
    db = case.database("aurora", place.data[0], [own])
    function(case, "nightly-rollup", place.private, [tight], timeout=15)
    calls = Traffic(case, "nightly-rollup")
    calls.bad(22, 0, 60, timeout=15)
    calls.write()
    case.without("ec2/network-acls", "ec2/vpc-endpoints", "ec2/dhcp")
    case.yaml(
        functions=["nightly-rollup"],
        destinations={
            "aurora": destination("acme.cluster-c1x8fm2w0aab.us-east-1.rds.amazonaws.com", 5432, db["PrivateIpAddress"])
        },
    )


@incident(
    source="composed: an ACL for the database subnets whose outbound entry has Linux's ephemeral ports, not 1024-65535",
    expert=_blocked(
        "answers to source ports under 32768 are dropped by the ACL of the database subnets, so that a part "
        "of the connects times out",
        "acme-prod-db-acl",
    ),
)
def answers_to_half_the_ports(case: CaseFolder) -> None:
    place = estate(case)
    own = case.group("acme-prod-mysql", [allow(3306, place.app)])
    db = case.database("billing", place.data[1], [own])
    case.acl(
        "acme-prod-db-acl",
        [
            entry(100, "in", "allow", 3306, "10.42.0.0/16"),
            entry(110, "in", "allow", (1024, 65535), "10.42.0.0/16"),
            entry(100, "out", "allow", (32768, 60999), "10.42.0.0/16"),
        ],
        place.data,
    )
    function(case, "invoice-writer", place.private, [place.app], runtime="java21", timeout=30, memory=1024)
    failed = java_error(
        "com.mysql.cj.jdbc.exceptions.CommunicationsException: Communications link failure\n\nThe last packet sent "
        "successfully to the server was 0 milliseconds ago. The driver has not received any packets from the server.",
        "com.mysql.cj.jdbc.exceptions.SQLError.createCommunicationsException(SQLError.java:165)",
        "com.mysql.cj.jdbc.exceptions.SQLExceptionsMapping.translateException(SQLExceptionsMapping.java:55)",
        causes=(
            "com.mysql.cj.exceptions.CJCommunicationsException: Communications link failure",
            "java.net.SocketTimeoutException: Connect timed out",
        ),
    )
    calls = Traffic(case, "invoice-writer")
    calls.good(61, 0, 59.8, seconds=0.31)
    calls.bad(77, 0, 59.8, failed, seconds=5.25)
    calls.write(memory=1024)
    host = "billing.c1x8fm2w0aab.us-east-1.rds.amazonaws.com"
    case.yaml(
        functions=["invoice-writer"],
        destinations={"billing": destination(host, 3306, db["PrivateIpAddress"])},
        reported="more than half of the invoices fail since the CIS hardening",
    )


@incident(
    source="composed: nodemailer's 'Connection timeout' (ETIMEDOUT, command CONN), with an ACL around the NAT gateway",
    expert=_blocked(
        "the ACL of the public subnets lets 80 and 443 through and not 587, where the mail server listens",
        "acme-prod-public-acl",
        lacks=("security group",),
    ),
)
def mail_is_not_let_out_of_the_public_subnet(case: CaseFolder) -> None:
    place = estate(case)
    case.acl(
        "acme-prod-public-acl",
        [
            entry(100, "in", "allow", 443, "0.0.0.0/0"),
            entry(110, "in", "allow", 80, "0.0.0.0/0"),
            entry(120, "in", "allow", (1024, 65535), "0.0.0.0/0"),
            entry(130, "in", "allow", None, "10.42.0.0/16", "all"),
            entry(100, "out", "allow", 443, "0.0.0.0/0"),
            entry(110, "out", "allow", 80, "0.0.0.0/0"),
            entry(120, "out", "allow", (1024, 65535), "0.0.0.0/0"),
        ],
        place.public,
    )
    function(case, "mailer", place.private, [place.app], runtime="nodejs22.x", timeout=60)
    function(case, "webhooks", place.private, [place.app], runtime="nodejs22.x", timeout=10)
    failed = node_error(
        "Connection timeout",
        stack=(
            "SMTPConnection._formatError (/var/task/node_modules/nodemailer/lib/smtp-connection/index.js:809:19)",
            "SMTPConnection._onError (/var/task/node_modules/nodemailer/lib/smtp-connection/index.js:795:20)",
            "Timeout.<anonymous> (/var/task/node_modules/nodemailer/lib/smtp-connection/index.js:237:22)",
        ),
        code="ETIMEDOUT",
        command="CONN",
    )
    calls = Traffic(case, "mailer")
    calls.bad(31, 0, 59, failed, seconds=31.2)
    calls.write(report=False)
    steady(case, "webhooks", 210, node_log("INFO", "delivered", {"status": 202}), seconds=0.34, tail=True)
    case.nat_metrics(place.nats[0], errors=[0.0] * 60, active=[float(3 + at % 4) for at in range(60)])
    case.yaml(
        functions=["mailer", "webhooks"],
        destinations={
            "smtp": destination("smtp.postbox-relay.example", 587, "34.160.113.25"),
            "hooks": destination("hooks.partner-one.example", 443, "34.160.113.77"),
        },
    )


@incident(
    source="composed: opensearch-py's ConnectionTimeout after a group was made anew by Terraform",
    expert=_blocked(
        "the domain's group still admits a group that is gone, and not the one that the function has now",
        "search-domain",
    ),
)
def domain_admits_a_deleted_group(case: CaseFolder) -> None:
    place = estate(case, "globex-live", "10.7", zones="abc", nats="", app="functions-v2")
    own = case.group("search-domain", [allow(443, "sg-0d41f0b7c26a9e385", note="functions")])
    es = case.interface("es", place.data[0], [own], description="ES globex-search", requester="amazon-elasticsearch")
    function(
        case, "suggest", place.private, [place.app], timeout=29, memory=256, DurableConfig={"RetentionPeriodInDays": 7}
    )
    host = "vpc-globex-search-5jz2vq7a3m6k.us-east-1.es.amazonaws.com"
    last = (
        "opensearchpy.exceptions.ConnectionTimeout: ConnectionTimeout caused by - ConnectTimeoutError((<urllib3."
        f"connection.HTTPSConnection object at 0x7f52c81f7d60>, 'Connection to {host} timed out. (connect "
        f"timeout=10)'))"
    )
    calls = Traffic(case, "suggest")
    calls.bad(
        96,
        0,
        59.8,
        python_log("WARNING", f"POST https://{host}:443/products/_search [status:N/A request:10.011s]"),
        python_log("ERROR", "suggest failed, answering with an empty list\n" + python_traceback(last)),
        seconds=10.4,
        error=False,
    )
    calls.write(memory=256, zeros=False)
    case.yaml(
        functions=["suggest"],
        destinations={"search": destination(host, 443, es["PrivateIpAddress"])},
        reported="suggestions are empty since yesterday's apply",
    )


@incident(
    source="https://github.com/StackExchange/StackExchange.Redis/issues/1825 (UnableToConnect from Lambda, same group)",
    expert=_blocked(
        "cache and function share a group that admits a CIDR block of other subnets only, so that 6379 is shut "
        "from the private subnets",
        "acme-uat-shared",
    ),
)
def the_same_group_is_not_a_rule(case: CaseFolder) -> None:
    place = estate(case, "acme-uat", "10.90", stage="uat")
    shared = case.group("acme-uat-shared", [allow(6379, "10.90.100.0/23", note="bastion"), allow(22, "10.90.100.0/23")])
    cache = case.cache("acme-uat-sessions-001", place.data[0], [shared])
    function(case, "session-api", place.private, [shared], runtime="dotnet8", timeout=15)
    host = "acme-uat-sessions.8uxk0r.ng.0001.use1.cache.amazonaws.com"
    failed = dotnet_error(
        "StackExchange.Redis.RedisConnectionException: No connection is active/available to service this "
        "operation: GET "
        f"s:7f1; UnableToConnect on {host}:6379/Interactive, Initializing/NotStarted, last: NONE, origin: "
        "BeginConnectAsync, outstanding: 0, last-read: 5s ago, last-write: 5s ago, keep-alive: 60s, state: Connecting, "
        "mgr: 10 of 10 available, last-heartbeat: never, global: 5s ago, v: 2.8.16.12844, mc: 1/1/0, clientName: 169, "
        "IOCP: (Busy=0,Free=1000,Min=2,Max=1000), WORKER: (Busy=0,Free=32767,Min=2,Max=32767)",
        "StackExchange.Redis.ConnectionMultiplexer.ThrowFailed[T](TaskCompletionSource`1 source, Exception unthrown)",
        "Sessions.Function.Handler(APIGatewayProxyRequest request) in /src/Sessions/Function.cs:line 58",
    )
    calls = Traffic(case, "session-api")
    calls.bad(40, 0, 60, failed, seconds=5.3)
    calls.write(period=300)
    case.yaml(functions=["session-api"], destinations={"sessions": destination(host, 6379, cache["PrivateIpAddress"])})

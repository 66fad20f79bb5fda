"""Blocked ways in small accounts."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Expert,
    Headline,
    Traffic,
    allow,
    dotnet_error,
    entry,
    go_log,
    incident,
    node_log,
    python_error,
    route,
)
from oracles.incidents.world.unseen._land import BLOCKED, begin, console, gateway, named, node_text, small, to, zoned


@incident(
    source="composed: the many StackOverflow questions on a function in the default VPC that calls an API",
    expert=named(
        BLOCKED, "the subnets' default route leads to an internet gateway, and a function has no public address"
    ),
)
def quiz_api_from_default_vpc(case: CaseFolder) -> None:
    begin(case, "sa-east-1", 6, 13)
    place = console(case)
    case.function("quizz-corretor", place.subnets, [place.default], runtime="nodejs20.x", timeout=180)
    failed = node_text(
        "AxiosError: connect ETIMEDOUT 104.18.7.192:443\n    at AxiosError.from "
        "(/var/task/node_modules/axios/dist/node/"
        "axios.cjs:837:14)\n    at RedirectableRequest.handleRequestError {\n  port: 443,\n  address: '104.18.7.192',\n"
        "  syscall: 'connect',\n  code: 'ETIMEDOUT',\n  errno: -110\n}"
    )
    calls = Traffic(case, "quizz-corretor")
    calls.bad(14, 3, 58, node_log("INFO", "corrigindo prova"), failed, seconds=134)
    case.without("ec2/network-acls", "ec2/dhcp")
    calls.write(zeros=False, period=300)
    case.yaml(functions=["quizz-corretor"], destinations={"ai": to("api.openai.com", 443, "104.18.7.192")})


@incident(
    source=(
        "https://repost.aws/knowledge-center/vpc-troubleshoot-nat-gateway-connection (NAT gateway without a way out)"
    ),
    expert=named(BLOCKED, "the NAT gateway stands in a subnet whose table has no route to an internet gateway"),
)
def nat_beside_the_function(case: CaseFolder) -> None:
    begin(case, "eu-central-1", 9, 8)
    case.vpc("lernapp", "10.9.0.0/16")
    igw = case.internet_gateway("lernapp")
    zoned(case, "lernapp-public", "10.9.0.0/24", [route("0.0.0.0/0", igw)])
    wrong = zoned(case, "lernapp-private-1", "10.9.1.0/24", [])
    nat = gateway(case, "lernapp-natgw", wrong)
    own = zoned(case, "lernapp-lambda", "10.9.2.0/24", [route("0.0.0.0/0", nat)])
    case.function("send-zeugnis-mail", [own], [case.group("lambda-sg")], timeout=300)
    failed = python_error(
        "ConnectionError",
        "HTTPSConnectionPool(host='api.mailjet.com', port=443): Max retries exceeded with url: /v3.1/send (Caused by "
        "NewConnectionError('<urllib3.connection.HTTPSConnection object at 0x7f3d1a0c5e50>: Failed to establish a new "
        "connection: [Errno 110] Connection timed out'))",
    )
    calls = Traffic(case, "send-zeugnis-mail")
    calls.bad(9, 5, 50, failed, seconds=134)
    calls.write()
    case.nat_metrics(nat, established=[0.0] * 60, errors=[0.0] * 60)
    case.yaml(
        functions=["send-zeugnis-mail"], destinations={"mailjet": to("api.mailjet.com", 443)}, reported="seit immer"
    )


@incident(
    source="https://docs.amazonaws.cn/en_us/secretsmanager/latest/userguide/rotation-function-network-access.html",
    expert=named(BLOCKED, "the endpoint has no private DNS and no route leads to the public name"),
)
def secret_without_private_dns(case: CaseFolder) -> None:
    begin(case, "eu-central-1", 12, 6)
    case.vpc("zaehler", "10.31.0.0/16")
    one = zoned(case, "zaehler-a", "10.31.4.0/24", [])
    two = zoned(case, "zaehler-b", "10.31.5.0/24", [], az="b")
    group = case.group("zaehler-all", [allow(None, "10.31.0.0/16", protocol="-1")])
    case.interface_endpoint("secretsmanager", [one, two], [group], private_dns=False)
    case.function("rotate-zaehler-db", [one, two], [group], runtime="python3.9", timeout=300)
    url = "https://secretsmanager.eu-central-1.amazonaws.com/"
    failed = python_error("ConnectTimeoutError", f'Connect timeout on endpoint URL: "{url}"')
    calls = Traffic(case, "rotate-zaehler-db")
    calls.bad(4, 2, 50, failed, seconds=182)
    calls.write(metrics=False)
    case.without("ec2/network-acls", "ec2/network-interfaces")
    case.yaml(functions=["rotate-zaehler-db"],
              destinations={"secretsmanager": to("secretsmanager.eu-central-1.amazonaws.com", 443)})  # fmt: skip


@incident(
    source="composed: a network ACL that an audit had tightened, without the ephemeral ports",
    expert=named(BLOCKED, "the network ACL lets answers in only on 443, not on the ports that functions connect from"),
)
def audit_acl(case: CaseFolder) -> None:
    begin(case, "eu-central-1", 13, 10)
    place = small(case, "adserve")
    case.acl("adserve-audit-2026", [
        entry(100, "out", "allow", (80, 443), "0.0.0.0/0"), entry(110, "in", "allow", (443, 443), "0.0.0.0/0"),
    ], [place.one, place.two])  # fmt: skip
    case.function("bid-logger", [place.one, place.two], [place.fn], runtime="provided.al2023", timeout=10)
    failed = go_log('flush: Post "https://events.tracker.de/v2/batch": dial tcp 18.193.44.10:443: i/o timeout')
    calls = Traffic(case, "bid-logger")
    calls.good(300, 0, 22, go_log("flush ok n=200"), seconds=0.2)
    calls.bad(250, 22.1, 60, failed, seconds=5.01, error=False)
    calls.write(period=300)
    case.yaml(functions=["bid-logger"], destinations={"events": to("events.tracker.de", 443, "18.193.44.10")},
              reported="seit ca 10:37 keine Events")  # fmt: skip


@incident(
    source="composed: MongoDB Atlas by peering, and a private table without the route",
    expert=named(BLOCKED, "the table has no route for 192.168.248.0/21, so the peer's addresses go to the NAT gateway"),
)
def atlas_peering_route(case: CaseFolder) -> None:
    begin(case, "eu-central-1", 14, 15)
    place = small(case, "campus", "10.50")
    case.peering("atlas", "192.168.248.0/21")
    case.function("grades", [place.one, place.two], [place.fn], runtime="nodejs18.x", timeout=40)
    host = "campus-shard-00-00.k2f9a.mongodb.net"
    failed = node_text(
        'Invoke Error \t{"errorType":"MongoServerSelectionError","errorMessage":"connection timed '
        'out","reason":{"type":'
        '"ReplicaSetNoPrimary","servers":{},"stale":false,"compatible":true},"stack":["MongoServerSele'
        "ctionError: connection "
        'timed out","    at Topology.selectServer (/var/task/node_modules/mongodb/lib/sdam/topology.js:326:38)"]}'
    )
    calls = Traffic(case, "grades")
    calls.bad(33, 0, 60, failed, seconds=30.05)
    calls.write()
    case.without("ec2/network-acls")
    case.yaml(functions=["grades"], destinations={"atlas": to(host, 27017, "192.168.248.21")})


@incident(
    source="https://repost.aws/knowledge-center/vpc-troubleshoot-nat-gateway-connection",
    expert=named(BLOCKED, "since minute 20 the route points to a NAT gateway that was deleted"),
)
def somebody_cleaned_up(case: CaseFolder) -> None:
    begin(case, "eu-central-1", 15, 9)
    place = small(case, "kursbuch", "10.71")
    place.nat.update({"State": "deleted", "DeleteTime": "2026-10-15T09:35:02+00:00"})
    place.table["Routes"][1]["State"] = "blackhole"
    case.network_interfaces[:] = [one for one in case.network_interfaces if one["InterfaceType"] != "nat_gateway"]
    for key in ("AssociationId", "NetworkInterfaceId", "NetworkInterfaceOwnerId", "PrivateIpAddress"):
        del case.addresses[0][key]
    case.function("sync-kalender", [place.one, place.two], [place.fn], runtime="dotnet8", timeout=30)
    failed = dotnet_error(
        "System.Threading.Tasks.TaskCanceledException: The request was canceled due to the "
        "configured HttpClient.Timeout "
        "of 20 seconds elapsing.",
        "System.Net.Http.HttpClient.HandleFailure(Exception e, Boolean telemetryStarted)",
        inner="System.TimeoutException: The operation was canceled.",
    )
    calls = Traffic(case, "sync-kalender")
    calls.good(60, 0, 20, seconds=0.7)
    calls.bad(110, 20.1, 60, failed, seconds=20.1)
    calls.write()
    case.yaml(functions=["sync-kalender"], destinations={"graph": to("graph.microsoft.com", 443)})


@incident(
    source="https://github.com/brefphp/bref/issues/475 (Laravel 6 - Internal server error with timeout)",
    expert=Expert((BLOCKED,), (BLOCKED,), Headline.NAMED,
                  "the subnet has no way to DynamoDB: neither a gateway endpoint nor a default route"),
)  # fmt: skip
def only_task_timed_out(case: CaseFolder) -> None:
    begin(case, "sa-east-1", 16, 20)
    case.vpc("ead", "10.3.0.0/16")
    own = zoned(case, "ead-privada", "10.3.10.0/24", [])
    case.function("ead-prod-web", [own], [case.group("ead-lambda")], runtime="provided.al2", timeout=28, memory=1024)
    calls = Traffic(case, "ead-prod-web")
    calls.bad(41, 0, 60, timeout=28)
    calls.write(memory=1024)
    case.yaml(functions=["ead-prod-web"], destinations={"sessions": to("dynamodb.sa-east-1.amazonaws.com", 443)})
    case.without("ec2/network-acls", "ec2/internet-gateways")


@incident(
    source="composed: Symfony Mailer's text, a group that lets out 443 and 3306 only",
    expert=named(BLOCKED, "the function's group lets out 443 and 3306, and mail goes to 587"),
)
def mail_port_not_let_out(case: CaseFolder) -> None:
    begin(case, "eu-central-1", 19, 7)
    place = small(case, "vhs", "10.14")
    tight = case.group("vhs-bref", [], [allow(443, "0.0.0.0/0"), allow(3306, "10.14.0.0/16")])
    case.function("vhs-newsletter", [place.one, place.two], [tight], runtime="provided.al2", timeout=120)
    host = "smtp.strato.de"
    text = (
        "[ERROR] "
        f'Connection could not be established with host "{host}:587": stream_socket_client(): Unable to connect '
        f"to {host}:587 (Connection timed out)"
    )
    calls = Traffic(case, "vhs-newsletter")
    calls.good(50, 0, 60, "[INFO] nothing to send\n", seconds=0.3)
    calls.bad(16, 0, 60, text + "\n", seconds=60.1)
    calls.write(metrics=False)
    case.yaml(functions=["vhs-newsletter"], destinations={"mail": to(host, 587)})

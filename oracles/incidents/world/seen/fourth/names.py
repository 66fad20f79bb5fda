"""Names that do not resolve, and handshakes that do not end."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Expert,
    Headline,
    Line,
    Traffic,
    about,
    go_log,
    incident,
    java_error,
    node_log,
)
from oracles.incidents.world.seen.fourth._sites import (
    DNS,
    REFUSING,
    TLS,
    axios_error,
    default_vpc,
    european,
    laravel,
    named,
    to,
    wizard,
)


@incident(
    source="composed: an RDS instance that was restored under another name (PHP: getaddrinfo failed), default VPC",
    expert=named(
        DNS, "the database's name does not exist: each look-up fails at once with 'Name or service not known'"
    ),
)
def name_of_the_old_database(case: CaseFolder) -> None:
    case.region = "eu-west-1"
    home = default_vpc(case)
    case.database("shop-restored", home.subnets[1], [home.default])
    case.function("shop-artisan", home.subnets, [home.default], runtime="provided.al2023", timeout=120, memory=1024)
    host = "shop.c7p6o5i4u3y2.eu-west-1.rds.amazonaws.com"
    said = (
        f"SQLSTATE[HY000] [2002] php_network_getaddresses: getaddrinfo for {host} failed: Name or service not known "
        "(Connection: mysql, SQL: select * from `jobs` limit 1)"
    )
    calls = Traffic(case, "shop-artisan")
    calls.bad(60, 0, 60, laravel(said, "Illuminate\\Database\\QueryException", 2002), seconds=0.4)
    calls.write(memory=1024, period=300)
    european(case)
    case.without("ec2/network-acls", "ec2/nat", "ec2/addresses")
    case.yaml(functions=["shop-artisan"], destinations={"db": to(host, 3306)})


@incident(
    source="composed: bursts of look-ups from one function (getaddrinfo EAI_AGAIN; nodejs/node#3380 has the text)",
    expert=named(DNS, "at each burst the resolver fails to answer for a while (EAI_AGAIN), for several names alike"),
)
def resolver_gives_up_in_bursts(case: CaseFolder) -> None:
    place = wizard(case, "link", group="link-checker")
    assert place.nat
    case.function("check-links", place.private[:1], [place.group], runtime="nodejs20.x", timeout=60, memory=1024)

    def failed(host: str) -> Line:
        return node_log("ERROR", f"check failed: Error: getaddrinfo EAI_AGAIN {host}\n    at GetAddrInfoReqWrap."
                        "onlookupall [as oncomplete] (node:dns:120:26) {\n  errno: -3001,\n  code: 'EAI_AGAIN',\n"
                        f"  syscall: 'getaddrinfo',\n  hostname: '{host}'\n}}")  # fmt: skip

    calls = Traffic(case, "check-links")
    calls.good(50, 0, 60, node_log("INFO", "checked 480 links, 0 errors"), seconds=12)
    for first in (10, 25, 40):
        calls.bad(14, first, first + 3, failed("www.kulturamt.example"), failed("api.verein.example"),
                  node_log("WARN", "checked 480 links, 131 errors"), seconds=31, error=False)  # fmt: skip
    calls.write(memory=1024)
    case.nat_metrics(place.nat, active=about(900, 60), errors=[0.0] * 60)
    case.without("ec2/network-interfaces")
    case.yaml(functions=["check-links"], destinations=None)


@incident(
    source="composed: DHCP options with a domain controller that was switched off (Java: Temporary failure in name "
    "resolution)",
    expert=named(
        DNS,
        "nothing resolves any more; the VPC's DHCP options name one DNS server of their own, 10.0.3.5",
        lacks=("security group",),
    ),
)
def own_name_server_is_off(case: CaseFolder) -> None:
    place = wizard(case, "school", group="lambda")
    case.dhcp_options[0]["DhcpConfigurations"] = [
        {"Key": "domain-name", "Values": [{"Value": "schule.local"}]},
        {"Key": "domain-name-servers", "Values": [{"Value": "10.0.3.5"}]},
    ]
    case.function("grades", place.private, [place.group], runtime="java17", timeout=60, memory=1024)
    calls = Traffic(case, "grades")
    calls.good(66, 0, 28, seconds=0.3)
    names = ("dynamodb.us-east-1.amazonaws.com", "api.untis.example")
    for index, host in enumerate(names):
        calls.bad(30 + 9 * index, 28.5, 60, java_error(
            f"java.net.UnknownHostException: {host}: Temporary failure in name resolution",
            "java.base/java.net.Inet6AddressImpl.lookupAllHostAddr(Native Method)",
            "java.base/java.net.InetAddress$PlatformNameService.lookupAllHostAddr(InetAddress.java:934)"),
            seconds=20.03)  # fmt: skip
    calls.write(memory=1024)
    case.yaml(functions=["grades"], destinations={"dynamodb": to(names[0], 443), "untis": to(names[1], 443)})


@incident(
    source="https://github.com/axios/axios/issues/5811 (Client network socket disconnected before secure TLS "
    "connection was established)",
    expert=Expert(
        (TLS, REFUSING),
        (TLS, REFUSING),
        Headline.NAMED,
        "one call in six is cut after the connection stands and before TLS does, at once and not by a timeout; the "
        "gateway has no error and the rest works",
    ),
)
def cut_before_tls(case: CaseFolder) -> None:
    place = wizard(case, "login")
    assert place.nat
    case.function("get-token", place.private, [place.group], runtime="nodejs18.x", timeout=10, memory=256)
    text = "Client network socket disconnected before secure TLS connection was established"
    calls = Traffic(case, "get-token")
    calls.good(330, 0, 60, seconds=0.2)
    calls.bad(66, 0, 60, axios_error(text, "ECONNRESET"), seconds=0.07)
    calls.write(memory=256, zeros=False)
    case.nat_metrics(place.nat, active=about(8, 60), errors=[0.0] * 60, drops=[0.0] * 60)
    case.yaml(functions=["get-token"], destinations={"keycloak": to("sso.verband.example", 443)})


@incident(
    source="composed: net/http: TLS handshake timeout from an overloaded registry's API",
    expert=named(TLS, "the connection stands each time, and then the TLS handshake is not answered for ten seconds"),
)
def handshake_hangs(case: CaseFolder) -> None:
    case.function("register", runtime="provided.al2023", timeout=30, memory=128)
    text = 'Post "https://register.behoerde.example/ws": net/http: TLS handshake timeout'
    calls = Traffic(case, "register")
    calls.good(24, 0, 60, go_log("accepted"), seconds=2.4)
    calls.bad(70, 14, 47, go_log(text), seconds=10.5)
    calls.write(memory=128, tail=True)
    case.yaml(functions=["register"], destinations={"register": to("register.behoerde.example", 443, "194.25.8.80")})

"""Descriptors that run out, and names that are not resolved."""

from __future__ import annotations

from typing import Any

from oracles.incidents.world import (
    CaseFolder,
    Expert,
    Headline,
    Traffic,
    about,
    allow,
    go_log,
    incident,
    json_log,
    node_error,
    node_log,
    python_error,
)
from oracles.incidents.world.seen._sites import URLLIB3, site

SDK: dict[str, Any] = {"$metadata": {"attempts": 1, "totalRetryDelay": 0}}
"""What the AWS SDK for JavaScript adds to an error."""


def _named(cause: str, because: str, *says: str) -> Expert:
    return Expert((cause,), (cause,), Headline.NAMED, because, says)


@incident(
    source="https://github.com/aws/aws-sdk-js-v3/issues/5010 (connect EMFILE)",
    expert=_named("descriptor-exhaustion", "the environment has no descriptor left: a client is made for each object"),
)
def connect_emfile(case: CaseFolder) -> None:
    place = site(case)
    case.function("copy", [place.private_a, place.private_b], [place.app], runtime="nodejs20.x", timeout=60)
    failed = node_error(
        "connect EMFILE 52.217.98.12:443 - Local (undefined:undefined)", stack=("internalConnect (node:net:1100:16)",),
        errno=-24, code="EMFILE", syscall="connect", address="52.217.98.12", port=443,
        **SDK,
    )  # fmt: skip
    calls = Traffic(case, "copy")
    calls.good(140, 0, 60, seconds=3.0)
    calls.bad(52, 0, 60, failed, seconds=4.1)
    calls.write()
    case.nat_metrics(place.nat, active=about(900, 60), errors=[0.0] * 60, attempts=about(1_900, 60))
    case.yaml(functions=["copy"], destinations={"s3": {"name": "s3.us-east-1.amazonaws.com", "port": 443}})


@incident(
    source="https://github.com/aws/aws-sdk-js-v3/issues/5273 (getaddrinfo EMFILE dynamodb)",
    expert=_named("descriptor-exhaustion", "getaddrinfo fails for want of a descriptor, not of a resolver"),
)
def getaddrinfo_emfile(case: CaseFolder) -> None:
    host = "dynamodb.us-east-1.amazonaws.com"
    failed = node_error(
        f"getaddrinfo EMFILE {host}", stack=("GetAddrInfoReqWrap.onlookupall [as oncomplete] (node:dns:120:26)",),
        errno=-24, code="EMFILE", syscall="getaddrinfo", hostname=host, **SDK,
    )  # fmt: skip
    calls = Traffic(case, "score")
    calls.good(410, 0, 60, logged=False)
    calls.bad(93, 12, 13.5, failed, seconds=1.2)
    calls.write(metrics=False, report=False)
    case.yaml(functions=["score"], destinations={"table": {"name": host, "port": 443}})


@incident(
    source="https://github.com/aws/aws-sdk-java/issues/2458 (Too many open files)",
    expert=_named("descriptor-exhaustion", "Errno 24: sockets are opened and never closed, environment by environment"),
)
def errno_24_in_a_json_log(case: CaseFolder) -> None:
    place = site(case)
    case.function("poller", [place.private_a], [place.app],
                  LoggingConfig={"LogFormat": "JSON", "LogGroup": "/aws/lambda/poller"})  # fmt: skip
    failed = json_log("ERROR", "[Errno 24] Too many open files", errorType="OSError", stackTrace=[
        '  File "/var/task/app.py", line 44, in lambda_handler\n    s = socket.create_connection((HOST, 8883), 5)\n',
        ('  File "/var/lang/lib/python3.12/socket.py", line 836, in create_connection\n    sock = socket(af, socktype, '
        'proto)\n')])  # fmt: skip
    calls = Traffic(case, "poller")
    calls.good(600, 0, 48, logged=False)
    calls.bad(64, 48, 60, failed, seconds=0.1)
    calls.write(json=True, zeros=False)
    case.yaml(functions=["poller"], destinations={"broker": {"name": "mqtt.plant.example", "port": 8883}})


@incident(
    source="https://github.com/rgraciano/echo-sonos/issues/98 (getaddrinfo ENOTFOUND)",
    expert=_named("dns-failure", "the name that is configured does not exist"),
)
def name_does_not_exist(case: CaseFolder) -> None:
    place = site(case)
    case.function("notify", [place.private_a, place.private_b], [place.app], runtime="nodejs22.x", timeout=10)
    host = "hooks.chatt.example"
    failed = node_error(
        f"getaddrinfo ENOTFOUND {host}",
        errno=-3008,
        code="ENOTFOUND",
        syscall="getaddrinfo",
        hostname=host,
        stack=("GetAddrInfoReqWrap.onlookupall [as oncomplete] (node:dns:120:26)",),
    )
    calls = Traffic(case, "notify")
    calls.bad(66, 0, 60, failed, seconds=0.06)
    calls.write()
    case.nat_metrics(place.nat, attempts=[0.0] * 60, established=[0.0] * 60, errors=[0.0] * 60)
    case.yaml(functions=["notify"], destinations={"chat": {"name": host, "port": 443}})


@incident(
    source="https://github.com/localstack/localstack/issues/7155 (getaddrinfo EAI_AGAIN)",
    expert=_named("dns-failure", "under load the resolver does not answer all: EAI_AGAIN in the minutes of the peak"),
)
def resolver_at_its_packets(case: CaseFolder) -> None:
    host = "api.ads.example"
    failed = node_log(
        "ERROR",
        f"Error: getaddrinfo EAI_AGAIN {host}\n    at GetAddrInfoReqWrap.onlookupall [as "
        f"oncomplete] "
        f"(node:dns:120:26) {{\n  errno: -3001,\n  code: 'EAI_AGAIN',\n  syscall: 'getaddrinfo',\n  hostname: "
        f"'{host}'\n}}",
    )
    place = site(case)
    case.function("bid", [place.private_a, place.private_b], [place.app], runtime="nodejs20.x", timeout=15)
    calls = Traffic(case, "bid")
    calls.good(800, 0, 60, seconds=0.3, logged=False)
    calls.bad(110, 27, 33, failed, seconds=5.2, error=False)
    calls.write()
    case.yaml(functions=["bid"], destinations={"ads": {"name": host, "port": 443}})


@incident(
    source="https://github.com/golang/go/issues/16865 (lookup on 53: i/o timeout)",
    expert=_named("dns-failure", "the query to the resolver times out, not the connect"),
)
def lookup_times_out(case: CaseFolder) -> None:
    host = "sts.us-east-1.amazonaws.com"
    text = (f'operation error STS: AssumeRole, exceeded maximum number of attempts, 3, https response error '
            f'StatusCode: 0, '
            f'RequestID: , request send failed, Post "https://{host}/": dial tcp: lookup {host} on '
            f'169.254.78.1:53: read udp '
            f'169.254.78.2:41553->169.254.78.1:53: i/o timeout')  # fmt: skip
    calls = Traffic(case, "assume")
    calls.good(210, 0, 60, go_log("assumed"), seconds=0.2)
    calls.bad(33, 18, 40, go_log(text), seconds=20.0)
    calls.write(tail=True)
    case.yaml(functions=["assume"], destinations={"sts": {"name": host, "port": 443}})


@incident(
    source="https://github.com/heptio/aws-quickstart/issues/118 (DHCP options that point at servers of one's own)",
    expert=_named("dns-failure", "the VPC's own resolver does not answer since 12:10: every name fails"),
)
def own_resolver_is_down(case: CaseFolder) -> None:
    place = site(case)
    case.dhcp_options[0]["DhcpConfigurations"][1]["Values"] = [{"Value": "10.0.20.53"}, {"Value": "10.0.21.53"}]
    case.function("quote", [place.private_a, place.private_b], [place.app], timeout=30)
    failed = python_error("ConnectionError", "HTTPSConnectionPool(host='api.rates.example', port=443): Max "
                                             "retries exceeded "
                          "with url: /v1/latest (Caused by "
                          "NameResolutionError(\"<urllib3.connection.HTTPSConnection object "
                          "at 0x7f8d2a1e0b90>: Failed to resolve 'api.rates.example' ([Errno -3] Temporary "
                          "failure in name "
                          "resolution)\"))", URLLIB3)  # fmt: skip
    calls = Traffic(case, "quote")
    calls.good(40, 0, 9.8)
    calls.bad(88, 10, 60, failed, seconds=10.1)
    calls.write()
    case.yaml(functions=["quote"], destinations={"rates": {"name": "api.rates.example", "port": 443}})


@incident(
    source="https://github.com/aws-solutions/workload-discovery-on-aws/issues/554 (open outbound UDP port 53)",
    expert=Expert(
        ("dns-failure", "route-or-rule-blocked"),
        ("dns-failure", "route-or-rule-blocked"),
        Headline.NAMED,
        "names fail from the start: the VPC has a resolver of its own, and the function's group lets out 443 only",
    ),
)
def egress_lacks_the_port_of_its_own_resolver(case: CaseFolder) -> None:
    place = site(case)
    case.dhcp_options[0]["DhcpConfigurations"][1]["Values"] = [{"Value": "10.0.20.53"}]
    group = case.group("lambda-egress", egress=[allow(443, "0.0.0.0/0")])
    case.interface("resolver", place.data_a, [place.app], address="10.0.20.53", description="Primary network interface")
    host = "graph.cluster-c8x2mz71.us-east-1.neptune.amazonaws.com"
    case.function("gremlin", [place.private_a, place.private_b], [group], runtime="nodejs20.x", timeout=60)
    failed = node_error(
        f"getaddrinfo EAI_AGAIN {host}", errno=-3001, code="EAI_AGAIN", syscall="getaddrinfo", hostname=host
    )
    calls = Traffic(case, "gremlin")
    calls.bad(32, 0, 60, failed, seconds=20.1)
    calls.write()
    case.yaml(functions=["gremlin"], destinations={"graph": {"name": host, "port": 443}})


@incident(
    source="https://github.com/MongoEngine/mongoengine/issues/2191 (The DNS operation timed out)",
    expert=_named("dns-failure", "the SRV record of the cluster cannot be resolved: dnspython gives up after 21 s"),
)
def dnspython_gives_up(case: CaseFolder) -> None:
    failed = python_error(
        "ConfigurationError",
        "The resolution lifetime expired after 21.619 seconds: Server "
        "Do53:169.254.78.1@53 "
        "answered The DNS operation timed out.; Server Do53:169.254.78.1@53 answered The DNS "
        "operation timed "
        "out.; Server Do53:169.254.78.1@53 answered The DNS operation timed out.",
        ("/var/task/pymongo/srv_resolver.py", 88, "get_options", "raise ConfigurationError(str(exc))"),
    )
    calls = Traffic(case, "catalogue")
    calls.good(50, 0, 31)
    calls.bad(25, 31, 60, failed, seconds=21.8)
    calls.write()
    case.function("catalogue")
    case.yaml(functions=["catalogue"], destinations={"atlas": {"name": "shop.k2x9a.mongodb.net", "port": 27017}})

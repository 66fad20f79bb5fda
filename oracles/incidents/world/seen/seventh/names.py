"""Names that do not resolve, and handshakes that hang or are cut."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Expert,
    Headline,
    Traffic,
    about,
    allow,
    go_log,
    incident,
    node_error,
    python_error,
)
from oracles.incidents.world.seen.seventh._sites import BLOCKED, DNS, TLS, axios_error, named, spoke, stack


@incident(
    source="composed: a private hosted zone that is not associated with the function's VPC (Node's "
    "getaddrinfo ENOTFOUND)",
    expert=named(DNS, "the name is unknown to the function's resolver, at every call", "lvs"),
)
def zone_of_another_vpc(case: CaseFolder) -> None:
    place = spoke(case, "lvs-client", "10.232")
    case.function("palette-melden", place.app, [place.group], runtime="nodejs20.x", timeout=10)
    host = "lvs.lager.intern"
    failed = node_error(
        f"getaddrinfo ENOTFOUND {host}",
        errno=-3008,
        code="ENOTFOUND",
        syscall="getaddrinfo",
        hostname=host,
        stack=("GetAddrInfoReqWrap.onlookupall [as oncomplete] (node:dns:122:26)",),
    )
    calls = Traffic(case, "palette-melden")
    calls.bad(62, 0, 60, failed, seconds=0.04)
    calls.write()
    case.log("palette-melden").say(
        2.0,
        "INIT_START Runtime Version: nodejs:20.v71\tRuntime Version ARN: "
        "arn:aws:lambda:"
        "eu-central-1::runtime:4a87b8fceb008240eb9bfe7dc3126c2dec6fe75f06c6a4d8977d0267eb5da2bd\n",
    )
    case.yaml(functions=["palette-melden"], destinations={"lvs": {"name": host, "port": 443}})


@incident(
    source="https://github.com/seanmonstar/reqwest/issues/1179 (DNS lookup failed above 3400 requests a second)",
    expert=named(DNS, "name resolution fails for a moment in the minutes of the bursts, whatever the name"),
)
def lookups_fail_in_the_bursts(case: CaseFolder) -> None:
    place = stack(case, "Klick", "10.76", "us-west-2", nats=1)
    case.function("click-fanout", place.private, [place.group], runtime="provided.al2023", timeout=10)

    def failed(host: str) -> str:
        return (
            f'{{"timestamp":"2026-11-20","level":"ERROR","message":"deliver failed: error sending request for url '
            f"(https://{host}/in): client error (Connect): dns error: failed to lookup address "
            f"information: Temporary "
            f'failure in name resolution"}}\n'
        )

    calls = Traffic(case, "click-fanout")
    calls.good(240, 0, 60, seconds=0.1)
    for first in (11, 29, 47):
        calls.bad(26, first, first + 1.6, failed("collect.tracking.example"), seconds=5.2, error=False)
        calls.bad(14, first, first + 1.6, failed("sqs.us-west-2.amazonaws.com"), seconds=5.2, error=False)
    calls.write(report=False, metrics=False)
    load = [one * (14.0 if minute in (11, 12, 29, 30, 47, 48) else 1.0) for minute, one in enumerate(about(5_000, 60))]
    case.function_metrics("click-fanout", invocations=load, errors=[0.0] * 60)
    bursts = (11, 12, 29, 30, 47, 48)
    busy = [one * (7.0 if minute in bursts else 1.0) for minute, one in enumerate(about(1_500, 60, 0.3))]
    case.nat_metrics(place.nats[0], errors=[0.0] * 60, active=busy)
    case.yaml(
        functions=["click-fanout"],
        destinations={
            "collect": {"name": "collect.tracking.example", "port": 443},
            "sqs": {"name": "sqs.us-west-2.amazonaws.com", "port": 443},
        },
    )


@incident(
    source="https://github.com/aws-solutions/workload-discovery-on-aws/issues/554 (own DNS servers, no "
    "egress on port 53)",
    expert=Expert(
        (DNS, BLOCKED),
        (DNS, BLOCKED),
        Headline.NAMED,
        "the VPC's DHCP options name its own DNS servers, and the function's group lets nothing out to port "
        "53: no name "
        "resolves",
    ),
)
def own_dns_servers_and_no_port_53(case: CaseFolder) -> None:
    place = spoke(case, "graph-prod", "10.236")
    servers = [{"Value": "10.236.100.53"}, {"Value": "10.236.101.53"}]
    case.dhcp_options[0]["DhcpConfigurations"][1]["Values"] = servers
    tight = case.group("graph-lambda", [], [allow(8182, "10.236.0.0/16"), allow(443, "0.0.0.0/0")])
    own = case.group("neptune", [allow(8182, tight)])
    db = case.interface("neptune-1", place.data[0], [own], description="RDSNetworkInterface", requester="amazon-rds")
    host = "lieferkette.cluster-c0aa7ty1m2kk.eu-central-1.neptune.amazonaws.com"
    case.function("lieferkette-graph", place.app, [tight], timeout=30)
    failed = python_error(
        "ClientConnectorDNSError",
        f"Cannot connect to host {host}:8182 ssl:default [Temporary failure in name resolution]",
        (
            "/var/task/aiohttp/connector.py",
            1348,
            "_create_direct_connection",
            "raise ClientConnectorDNSError(req.connection_key, exc) from exc",
        ),
    )
    calls = Traffic(case, "lieferkette-graph")
    calls.bad(33, 0, 60, failed, seconds=10.4)
    calls.write()
    case.yaml(
        functions=["lieferkette-graph"],
        destinations={"neptune": {"name": host, "port": 8182, "addresses": [db["PrivateIpAddress"]]}},
    )


@incident(
    source="composed: handshakes that hang behind a VPN (net/http: TLS handshake timeout), as for path MTU problems",
    expert=named(TLS, "each connection is made and then hangs in the TLS handshake", "edi"),
)
def handshake_hangs_behind_the_vpn(case: CaseFolder) -> None:
    place = spoke(case, "edi-prod", "10.240")
    case.function("edi-abruf", place.app, [place.group], runtime="provided.al2023", timeout=30)
    failed = go_log('edi: Get "https://edi.lieferant.example/desadv": net/http: TLS handshake timeout')
    calls = Traffic(case, "edi-abruf")
    calls.bad(57, 0, 60, go_log("edi: connected to 10.9.14.20:443 in 18ms"), failed, seconds=10.4)
    calls.write(tail=True)
    case.without("ec2/network-acls", "ec2/nat-gateways", "ec2/internet-gateways", "ec2/addresses")
    case.yaml(
        functions=["edi-abruf"],
        destinations={"edi": {"name": "edi.lieferant.example", "port": 443, "addresses": ["10.9.14.20"]}},
    )


@incident(
    source="https://github.com/axios/axios/issues/5811 (Client network socket disconnected before secure "
    "TLS connection ...)",
    expert=named(TLS, "now and then the connection is cut within the TLS handshake; all else goes through"),
)
def cut_before_the_secure_connection(case: CaseFolder) -> None:
    place = stack(case, "Login", "10.80", nats=1)
    case.function("token-holen", place.private, [place.group], runtime="nodejs22.x", timeout=10)
    failed = axios_error(
        "Client network socket disconnected before secure TLS connection was established",
        "ECONNRESET",
        host="sso.handel.example",
        port=443,
    )
    calls = Traffic(case, "token-holen")
    calls.good(390, 0, 60, seconds=0.16)
    calls.bad(23, 0, 60, failed, seconds=0.09)
    calls.write()
    case.nat_metrics(place.nats[0], errors=[0.0] * 60, active=about(40, 60, 0.3), drops=[0.0] * 60)
    case.yaml(functions=["token-holen"], destinations={"sso": {"name": "sso.handel.example", "port": 443}})

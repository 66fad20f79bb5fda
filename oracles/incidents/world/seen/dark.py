"""Destinations that stop answering, and one that is only slow."""

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
from oracles.incidents.world.seen._sites import URLLIB3, dark, psycopg2_error, requests_timeout, site

ORDERS = "orders.cx91mmz2aa4k.us-east-1.rds.amazonaws.com"


@incident(
    source="https://statusfield.com/blog/2026-06-24-how-to-write-postmortem-third-party-outage",
    expert=dark("from 12:22 on nobody answers at the provider, while the mail API behind the same gateway does",
                "payments"),
)  # fmt: skip
def provider_goes_down(case: CaseFolder) -> None:
    place = site(case)
    case.function("charge", [place.private_a, place.private_b], [place.app], timeout=30)
    case.function("mail", [place.private_a, place.private_b], [place.app], timeout=30)
    charge = Traffic(case, "charge")
    charge.good(88, 0, 21.9, seconds=0.4)
    charge.bad(152, 22, 60, requests_timeout("api.payments.example"), seconds=10.1)
    charge.write()
    mail = Traffic(case, "mail")
    mail.good(180, 0, 60, seconds=0.3)
    mail.write()
    case.nat_metrics(
        place.nat,
        attempts=[*about(7, 22), *about(7, 38)],
        established=[*about(7, 22), *about(3, 38)],
        errors=[0.0] * 60,
        active=[*about(9, 22), *about(6, 38)],
    )
    case.yaml(functions=["charge", "mail"], destinations={
        "payments": {"name": "api.payments.example", "port": 443, "addresses": ["34.203.18.77", "54.165.40.2"]},
        "mail": {"name": "api.mail.example", "port": 443, "addresses": ["52.44.201.9"]}})  # fmt: skip


@incident(
    source="https://status.gridly.com/incidents/z1ltyd2vfjlr (degraded API performance and connection timeout)",
    expert=dark("it worked, then every connect to the one destination times out, with all routes and rules open"),
)
def provider_goes_down_seen_by_five_minutes(case: CaseFolder) -> None:
    place = site(case)
    case.function("track", [place.private_a, place.private_b], [place.app], runtime="nodejs22.x", timeout=15)
    failed = node_error(
        "fetch failed", "TypeError", stack=("node:internal/deps/undici/undici:13502:13",),
        cause={"errorType": "ConnectTimeoutError", "errorMessage": "Connect Timeout Error (attempted address: "
               "api.parcel.example:443, timeout: 10000ms)", "code": "UND_ERR_CONNECT_TIMEOUT", "stack": []},
    )  # fmt: skip
    calls = Traffic(case, "track")
    calls.good(130, 0, 33)
    calls.bad(112, 33.1, 60, failed, seconds=10.1)
    calls.write(period=300, zeros=False)
    case.yaml(functions=["track"], destinations={
        "parcel": {"name": "api.parcel.example", "port": 443, "addresses": ["35.168.110.41"]}})  # fmt: skip


@incident(
    source="https://github.com/AmericanRedCross/osm-stats/issues/25 (lambda -> RDS errors)",
    expert=dark("the database's address stops answering at 12:15, and every rule on the way still lets it through"),
)
def database_host_dies(case: CaseFolder) -> None:
    place = site(case)
    own = case.group("orders-db", [allow(5432, place.app)])
    db = case.database("orders", place.data_a, [own])
    case.function("place-order", [place.private_a, place.private_b], [place.app], timeout=30)
    calls = Traffic(case, "place-order")
    calls.good(48, 0, 14.9, seconds=0.07)
    calls.bad(140, 15, 60, psycopg2_error(ORDERS, db["PrivateIpAddress"], "timeout expired"), seconds=5.1)
    calls.write()
    case.metric("AWS/RDS", "DatabaseConnections", {"DBInstanceIdentifier": "orders"},
                [8.0, 9.0, 8.0] * 5 + [None] * 45, stat="Average")  # fmt: skip
    case.yaml(functions=["place-order"], destinations={
        "orders": {"name": ORDERS, "port": 5432, "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="https://github.com/nodejs/undici/issues/3307 (70 % work, 30 % UND_ERR_CONNECT_TIMEOUT)",
    expert=dark("one of the name's three addresses never answers; the other two do"),
)
def one_of_three_addresses_is_dark(case: CaseFolder) -> None:
    place = site(case)
    case.function("geo", [place.private_a, place.private_b], [place.app], runtime="provided.al2023", timeout=15)
    text = 'Get "https://maps.example/v1/geocode?q=x": dial tcp 18.213.9.63:443: i/o timeout'
    calls = Traffic(case, "geo")
    calls.good(204, 0, 60, go_log("geocoded"), seconds=0.2)
    calls.bad(98, 0, 60, go_log(text), seconds=5.0)
    calls.write()
    case.nat_metrics(place.nat, attempts=about(5, 60), established=about(3.4, 60), errors=[0.0] * 60)
    case.yaml(functions=["geo"], destinations={
        "maps": {"name": "maps.example", "port": 443,
                 "addresses": ["18.213.9.61", "18.213.9.62", "18.213.9.63"]}})  # fmt: skip


@incident(
    source="https://explainers.fyi/examples/api-timeout-postmortem-for-product-teams (a slow upstream dependency)",
    expert=Expert((), (), Headline.EITHER,
                  "the connects are quick; the provider takes longer than the client waits for the answer"),
)  # fmt: skip
def provider_answers_slowly(case: CaseFolder) -> None:
    place = site(case)
    case.function("credit-check", [place.private_a, place.private_b], [place.app], timeout=30)
    failed = python_error("ReadTimeout", "HTTPSConnectionPool(host='api.credit.example', port=443): Read timed out. "
                          "(read timeout=8)", URLLIB3)  # fmt: skip
    calls = Traffic(case, "credit-check")
    calls.good(90, 0, 60, seconds=5.4)
    calls.bad(71, 10, 60, failed, seconds=8.3)
    calls.write()
    reached = [1.0, 2.0, 3.0, 4.0] * 15
    case.nat_metrics(place.nat, attempts=reached, established=reached, errors=[0.0] * 60, drops=[0.0] * 60,
                     active=about(9, 60))  # fmt: skip
    case.yaml(functions=["credit-check"], destinations={
        "credit": {"name": "api.credit.example", "port": 443, "addresses": ["3.92.107.45"]}})  # fmt: skip


@incident(
    source="composed: a provider's outage, and the port exhaustion of a gateway that is not on the way",
    expert=dark("the ports that ran out are another gateway's; here all SYNs leave and nobody answers them"),
)
def provider_is_down_and_another_gateway_is_full(case: CaseFolder) -> None:
    place = site(case)
    other = case.nat("nat-batch", place.public_b)
    case.function("charge", [place.private_a, place.private_b], [place.app], timeout=30)
    calls = Traffic(case, "charge")
    calls.good(100, 0, 19.9, seconds=0.4)
    calls.bad(230, 20, 60, requests_timeout("api.payments.example"), seconds=10.1)
    calls.write()
    case.nat_metrics(place.nat, attempts=[*about(5, 20), *about(5.8, 40)], established=[*about(5, 20), *([0.0] * 40)],
                     errors=[0.0] * 60, active=[*about(4, 20), *about(2, 40)])  # fmt: skip
    case.nat_metrics(other, active=[55_000.0, 55_031.0, 55_012.0] * 20, errors=about(8_400, 60))
    case.yaml(functions=["charge"], destinations={
        "payments": {"name": "api.payments.example", "port": 443, "addresses": ["34.203.18.77"]}})  # fmt: skip

"""Names that are not resolved, and TLS handshakes that do not end."""

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
    java_error,
    node_error,
    python_error,
    python_log,
    route,
    unsaid_zeros,
)  # fmt: skip
from oracles.incidents.world.seen.eighth._sites import DNS, TLS, named, tiers


@incident(
    source="composed: a private hosted zone that is not associated with the new VPC; Node's text",
    expert=named(DNS, "the database's private name does not exist for this VPC's resolver", "iban-pg"),
)
def zone_not_associated(case: CaseFolder) -> None:
    place = tiers(case, "bk7-prd", 70)
    own = case.group("bk7-prd-sg-pg", [allow(5432, place.fn)])
    case.database("bk7-pg", place.data[0], [own])
    case.function("bk7-prd-fn-iban", place.app, [place.fn], runtime="nodejs22.x", timeout=10)
    calls = Traffic(case, "bk7-prd-fn-iban")
    calls.bad(70, 0, 60, node_error(
        "getaddrinfo ENOTFOUND pg.bk7.internal", errno=-3008, code="ENOTFOUND", syscall="getaddrinfo",
        hostname="pg.bk7.internal", stack=("GetAddrInfoReqWrap.onlookupall [as oncomplete] (node:dns:122:26)",)),
        seconds=0.04)  # fmt: skip
    calls.write()
    case.yaml(functions=["bk7-prd-fn-iban"], destinations={
        "iban-pg": {"name": "pg.bk7.internal", "port": 5432}})  # fmt: skip


@incident(
    source="composed: resolvers on premises named by the DHCP options, overloaded at noon; urllib3's text",
    expert=named(DNS, "a part of the look-ups fails, with the resolvers that the DHCP options name"),
)
def resolvers_on_premises(case: CaseFolder) -> None:
    place = tiers(case, "min5-prd", 71, "eu-west-2", gateways=0)
    case.dhcp_options[0]["DhcpConfigurations"][1]["Values"] = [{"Value": "10.1.0.53"}, {"Value": "10.1.1.53"}]
    tgw = case.transit_attachment("min5-core", place.app)
    for one in place.tables:
        one["Routes"].append(route("0.0.0.0/0", tgw))
    case.function("min5-prd-fn-passport", place.app, [place.fn], timeout=45)
    calls = Traffic(case, "min5-prd-fn-passport")
    calls.good(260, 0, 60, python_log("INFO", "checked"), seconds=0.4)
    calls.bad(
        44,
        12,
        39,
        python_log(
            "WARNING",
            "Retrying (Retry(total=0, connect=None, read=None, redirect=None, status=None)) after connection "
            "broken by 'NameResolutionError(\"<urllib3.connection.HTTPSConnection object at "
            "0x7f2c90>: Failed to resolve "
            "'checks.min5.local' ([Errno -3] Temporary failure in name resolution)\")': /v2/check",
        ),
        python_error(
            "ConnectionError",
            "HTTPSConnectionPool(host='checks.min5.local', port=443): Max retries exceeded with url: "
            '/v2/check (Caused by NameResolutionError("<urllib3.connection.HTTPSConnection object at '
            "0x7f2c91>: Failed to "
            "resolve 'checks.min5.local' ([Errno -3] Temporary failure in name resolution)\"))",
        ),
        seconds=20.4,
    )
    calls.write(zeros=False)
    case.yaml(functions=["min5-prd-fn-passport"])


@incident(
    source="composed: a mistyped host after a blue/green switch; Java's text, from the failing lines only",
    expert=named(DNS, "the broker's host name is unknown to the resolver"),
)
def unknown_host_in_java(case: CaseFolder) -> None:
    case.region = "ca-central-1"
    calls = Traffic(case, "air7-stg-baggage")
    host = "b-2.air7green.9xk1vq.c4.kafka.ca-central-1.amazonaws.com"
    calls.bad(24, 8, 60, f"WARN org.apache.kafka.clients.ClientUtils - Couldn't resolve server {host}:9094 from "
              "bootstrap.servers as DNS resolution failed for "
              "b-2.air7green.9xk1vq.c4.kafka.ca-central-1.amazonaws.com\n",
              java_error("org.apache.kafka.common.KafkaException: Failed to construct kafka producer",
                         "org.apache.kafka.clients.producer.KafkaProducer.<init>(KafkaProducer.java:484)")
              + "Caused by: org.apache.kafka.common.config.ConfigException: No resolvable bootstrap urls given in "
              "bootstrap.servers\n\tat org.apache.kafka.clients.ClientUtils.parseAndValidateAddresses"
              "(ClientUtils.java:101)\n", seconds=1.2)  # fmt: skip
    calls.good(30, 0, 8, logged=False)
    calls.write(metrics=False, report=False)
    case.yaml(functions=["air7-stg-baggage"], destinations={"msk": {"name": host, "port": 9094}})


@incident(
    source="https://github.com/tulios/kafkajs/issues/1435 (Client network socket disconnected before secure TLS ...)",
    expert=Expert((TLS,), (TLS,), Headline.OPEN, "connected, and cut before the TLS handshake is through: it did not "
                  "time out, and a broker that is full or restarts cuts so too"),
)  # fmt: skip
def kafkajs_cut_in_the_handshake(case: CaseFolder) -> None:
    case.region = "eu-west-2"
    host = "pkc-4x1m.eu-west-2.aws.confluent.example:9092"
    error = "Client network socket disconnected before secure TLS connection was established"
    stack = (f"Error: {error}\\n    at connResetException (node:internal/errors:720:14)\\n    at "
        f"TLSSocket.onConnectEnd "
             "(node:_tls_wrap:1727:19)\\n    at TLSSocket.emit (node:events:529:35)")  # fmt: skip
    line = ('{"level":"ERROR","timestamp":"%s","logger":"kafkajs","message":"[Connection] Connection error: ' + error
            + f'","broker":"{host}","clientId":"payments-feed","stack":"{stack}"' + "}\n")  # fmt: skip
    calls = Traffic(case, "payments-feed")
    calls.good(150, 0, 60, seconds=0.3)
    calls.bad(
        29,
        10,
        33,
        lambda moment: f"{moment.time}\t{moment.request}\tERROR\t{line % moment.time}",
        node_error(error, "KafkaJSConnectionError", broker=host, retriable=True, helpUrl=None),
        seconds=6.2,
    )
    calls.write()
    case.yaml(functions=["payments-feed"])


@incident(
    source="composed: a vendor's TLS front end that hangs at peak; Go's text of net/http",
    expert=named(TLS, "the TCP connection stands, and the TLS handshake is not answered within ten seconds"),
)
def go_handshake_timeout(case: CaseFolder) -> None:
    place = tiers(case, "bk8-prd", 72, gateways=1)
    case.function("bk8-prd-fn-openbanking", place.app, [place.fn], runtime="provided.al2023", timeout=25)
    calls = Traffic(case, "bk8-prd-fn-openbanking")
    calls.good(200, 0, 60, seconds=0.4)
    calls.bad(71, 17, 34, go_log('consent: Post "https://api.other-bank.example/open-banking/v3.1/consents": net/http: '
              "TLS handshake timeout"), seconds=10.2)  # fmt: skip
    calls.write()
    case.nat_metrics(place.nats[0], active=about(190, 60), errors=unsaid_zeros([0.0] * 60), attempts=about(80, 60),
                     established=about(80, 60), drops=[0.0] * 60)  # fmt: skip
    case.without("ec2/network-acls")
    case.yaml(functions=["bk8-prd-fn-openbanking"], destinations={
        "bank": {"name": "api.other-bank.example", "port": 443}})  # fmt: skip

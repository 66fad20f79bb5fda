"""Names that are not found, and handshakes that do not end."""

from __future__ import annotations

from oracles.incidents.world import CaseFolder, Expert, Headline, Traffic, go_log, incident, node_log, python_error
from oracles.incidents.world.unseen._land import DNS, FULL, TLS, begin, named, node_text, small, spoke, to


@incident(
    source="composed: Node's EAI_AGAIN, a fan-out with a look-up for each request",
    expert=named(DNS, "the names cannot be resolved during the burst: EAI_AGAIN"),
)
def eai_again_burst(case: CaseFolder) -> None:
    begin(case, "eu-central-1", 20, 9)
    place = small(case, "preisradar", "10.21")
    case.function("crawl-tarife", [place.one, place.two], [place.fn], runtime="nodejs20.x", timeout=30)
    bad = node_text(
        "FetchError: request to https://tarife.stadtwerke-nord.de/api failed, reason: getaddrinfo EAI_AGAIN "
        "tarife.stadtwerke-nord.de\n    at ClientRequest.<anonymous> "
        "(/var/task/node_modules/node-fetch/lib/index.js:1501:11) "
        "{\n  type: 'system',\n  errno: 'EAI_AGAIN',\n  code: 'EAI_AGAIN'\n}"
    )
    calls = Traffic(case, "crawl-tarife")
    calls.good(500, 0, 60, node_log("INFO", "200"), seconds=0.7)
    calls.bad(180, 30, 36, bad, seconds=5.1)
    calls.write()
    case.without("ec2/network-acls")
    case.yaml(functions=["crawl-tarife"], destinations={"stadtwerke": to("tarife.stadtwerke-nord.de", 443)})


@incident(
    source="composed: urllib3's NameResolutionError; a private zone that a new spoke is not associated with",
    expert=named(DNS, "the name of the inner service is not known to the resolver, from the first call on"),
)
def private_zone_not_associated(case: CaseFolder) -> None:
    begin(case, "eu-central-1", 21, 16)
    place = spoke(case, "lade", "10.190")
    case.function("ladepunkt-status", place.compute, [place.fn], runtime="python3.13", timeout=20)
    bad = python_error(
        "ConnectionError",
        "HTTPConnectionPool(host='ocpp.lade.internal', port=8180): Max retries exceeded with url: /cp/DE-77 (Caused by "
        'NameResolutionError("<urllib3.connection.HTTPConnection object at 0x7fd8a2e1b6d0>: Failed to resolve '
        "'ocpp.lade.internal' ([Errno -2] Name or service not known)\"))",
    )
    calls = Traffic(case, "ladepunkt-status")
    calls.bad(140, 0, 60, bad, seconds=0.05)
    calls.write(tail=True, period=300)
    case.yaml(functions=["ladepunkt-status"], destinations={"ocpp": to("ocpp.lade.internal", 8180)})


@incident(
    source="composed: net/http's text",
    expert=named(TLS, "the connection is made and the TLS handshake with the bank's host does not end in ten seconds"),
)
def go_handshake_timeout(case: CaseFolder) -> None:
    begin(case, "sa-east-1", 22, 13)
    place = small(case, "mensalidade", "10.62")
    case.function("pix-cobranca", [place.one, place.two], [place.fn], runtime="provided.al2023", timeout=29)
    bad = go_log('ERROR cob: Post "https://pix.bancoprimeiro.com.br/v2/cob": net/http: TLS handshake timeout')
    calls = Traffic(case, "pix-cobranca")
    calls.good(210, 0, 60, go_log("cob ok"), seconds=0.5)
    calls.bad(95, 33, 51, bad, seconds=10.2)
    calls.write()
    case.yaml(functions=["pix-cobranca"], destinations={"pix": to("pix.bancoprimeiro.com.br", 443, "177.74.3.20")})


@incident(
    source=(
        "https://github.com/tulios/kafkajs/issues/1435 (Intermittent Connection Timeouts with Lambda "
        "Producer, IAM Auth)"
    ),
    expert=Expert((TLS,), (TLS, FULL), Headline.OPEN,
                  "the broker closes the socket before TLS stands; why is not shown, it may be a limit of the broker"),
)  # fmt: skip
def kafka_closes_in_handshake(case: CaseFolder) -> None:
    begin(case, "eu-central-1", 23, 21)
    text = "Client network socket disconnected before secure TLS connection was established"
    bad = lambda moment: (  # noqa: E731
        f"{moment.time}\t{moment.request}\tERROR\t"
        f'{{"level":"ERROR","timestamp":"{moment.time}","logger":"kafkajs","message":"[Connection] Connection error: '
        f'{text}","broker":"b-3.telemetrie.k1.c6.kafka.eu-central-1.amazonaws.com:9098","clientId":"tel'
        f'emetrie","stack":"Error: '
        f'{text}\\n    at connResetException (node:internal/errors:720:14)"}}\n'
    )
    calls = Traffic(case, "telemetrie-put")
    calls.good(420, 0, 60, seconds=0.2)
    calls.bad(75, 10, 60, bad, seconds=0.8)
    calls.write(zeros=False)
    case.yaml(functions=["telemetrie-put"])

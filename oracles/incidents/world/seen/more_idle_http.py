"""Kept-alive HTTP connections that were closed while nobody used them, and resets that are none of it."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Expert,
    Headline,
    Line,
    Traffic,
    about,
    allow,
    every,
    go_log,
    incident,
    java_error,
    json_log,
    node_error,
    node_log,
    python_error,
    python_log,
    unsaid_zeros,
)
from oracles.incidents.world.seen._sites import site

IDLE = "idle-timeout-reset"


def _idle(because: str, *says: str) -> Expert:
    return Expert((IDLE,), (IDLE,), Headline.NAMED, because, says)


def _after_pauses(calls: Traffic, failed: Line, pause: int, good: int = 4, minutes: int = 60, *lines: Line) -> None:
    """A few calls every so many minutes, of which the first fails, but for the very first of all."""
    for start in range(0, minutes, pause):
        calls.bad(1 if start else 0, start + 0.1, start + 0.15, failed, seconds=0.03)
        calls.good(good, start + 0.3, start + 1.2, *lines, seconds=0.12)


@incident(
    source="https://github.com/nodejs/undici/issues/3492 (fetch may try to use a closed connection)",
    expert=_idle("the first fetch after a pause of four minutes finds that the other side closed; the next one works"),
)
def undici_says_other_side_closed(case: CaseFolder) -> None:
    place = site(case)
    case.function("stock-level", [place.private_a], [place.app], runtime="nodejs22.x", timeout=15)
    failed = node_error(
        "fetch failed", "TypeError", stack=("node:internal/deps/undici/undici:13502:13",),
        cause={"name": "SocketError", "code": "UND_ERR_SOCKET", "errorType": "SocketError",
               "errorMessage": "other side closed",
               "socket": {"localAddress": "169.254.100.6", "localPort": 41730, "remoteAddress": "44.205.19.6",
                          "remotePort": 443, "remoteFamily": "IPv4", "bytesWritten": 2214, "bytesRead": 18040},
               "stack": ["SocketError: other side closed"]},
    )  # fmt: skip
    calls = Traffic(case, "stock-level")
    _after_pauses(calls, failed, 4)
    calls.write()
    case.yaml(functions=["stock-level"], destinations={
        "erp": {"name": "erp.saas.example", "port": 443, "addresses": ["44.205.19.6"]}})  # fmt: skip


@incident(
    source="https://github.com/ably/ably-js/issues/632 (HTTP socket keepalive with lambda container reuse)",
    expert=_idle("the load balancer closes after 60 s without a request; a call after a longer pause hangs up, and "
                 "connects work at once"),
)  # fmt: skip
def load_balancer_closes_after_a_minute(case: CaseFolder) -> None:
    place = site(case)
    own = case.group("alb", [allow(443, place.app)])
    lb = case.interface("alb", place.data_a, [own], description="ELB app/orders-api/0c4f7a1be2d35568",
                        requester="amazon-elb")  # fmt: skip
    case.function("status-page", [place.private_a, place.private_b], [place.app], runtime="nodejs20.x", timeout=10)
    failed = node_log("ERROR", "AxiosError: socket hang up\n    at AxiosError.from (/var/task/node_modules/axios/dist/"
                      "node/axios.cjs:877:14)\n    at RedirectableRequest.handleRequestError (/var/task/node_modules/"
                      "axios/dist/node/axios.cjs:3163:25) {\n  code: 'ECONNRESET',\n  config: { timeout: 5000, "
                      "httpsAgent: Agent { keepAlive: true, keepAliveMsecs: 1000 } }\n}")  # fmt: skip
    calls = Traffic(case, "status-page")
    _after_pauses(calls, failed, 3)
    calls.write()
    case.metric("AWS/ApplicationELB", "RejectedConnectionCount", {"LoadBalancer": "app/orders-api/0c4f7a1be2d35568"},
                [0.0] * 60, file="alb")  # fmt: skip
    case.yaml(functions=["status-page"], destinations={
        "orders": {"name": "internal-orders-api-88120417.us-east-1.elb.amazonaws.com", "port": 443,
                   "addresses": [lb["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="https://github.com/encode/httpx/pull/3515 (keep-alive mismatch), as requests prints it",
    expert=_idle("the remote end closed the kept-alive connection: one failure at the first call after each pause"),
)
def requests_says_remote_end_closed(case: CaseFolder) -> None:
    failed = python_error("ConnectionError", "('Connection aborted.', RemoteDisconnected('Remote end closed "
                          "connection without response'))",
                          ("/var/task/requests/adapters.py", 682, "send", ("raise ConnectionError(err, "
                           "request=request)")))  # fmt: skip
    calls = Traffic(case, "webhook-relay")
    _after_pauses(calls, failed, 5, 3)
    calls.write(period=300, zeros=False)
    case.function("webhook-relay", runtime="python3.11")
    case.yaml(functions=["webhook-relay"], destinations={"crm": {"name": "hooks.crm.example", "port": 443}})


@incident(
    source="https://www.openraven.com/blog/using-lambda-aws-theres-something-you-should-know-about-vpc-nat-timeouts",
    expert=_idle("pauses of 15 minutes, one idle timeout counted by the gateway in each, and a reset at the first call "
                 "after it"),
)  # fmt: skip
def gateway_counts_idle_timeouts_by_five_minutes(case: CaseFolder) -> None:
    place = site(case)
    case.minutes = 180
    case.function("meter", [place.private_a], [place.app], timeout=20)
    failed = python_error("ConnectionError", "('Connection aborted.', ConnectionResetError(104, 'Connection reset by "
                          "peer'))", ("/var/task/urllib3/connection.py", 507, "getresponse", ("httplib_response = "
                                      "super().getresponse()")))  # fmt: skip
    calls = Traffic(case, "meter")
    _after_pauses(calls, failed, 15, 5, 180)
    calls.write(period=300, zeros=False)
    opened = every([1.0 if minute % 15 == 0 else 0.0 for minute in range(180)], 5)
    case.nat_metrics(place.nat, period=300, attempts=unsaid_zeros(opened), established=unsaid_zeros(opened),
                     idle=unsaid_zeros([0.0, 1.0, 0.0] * 12), errors=[None] * 36,
                     active=unsaid_zeros([1.0, 1.0, 0.0] * 12))  # fmt: skip
    case.yaml(functions=["meter"], destinations={
        "grid": {"name": "api.grid.example", "port": 443, "addresses": ["52.47.88.2"]}})  # fmt: skip


@incident(
    source="https://github.com/aio-libs/aiohttp/issues/9138 (server keep-alive timeout: client disconnect errors)",
    expert=_idle("aiohttp's pooled connection was closed by the server in the pauses; the handler tries again and ends "
                 "well"),
)  # fmt: skip
def aiohttp_says_server_disconnected(case: CaseFolder) -> None:
    place = site(case)
    case.function("enrich", [place.private_a, place.private_b], [place.app], timeout=20)
    failed = python_log("WARNING", "attempt 1 of 3: aiohttp.client_exceptions.ServerDisconnectedError: Server "
                                   "disconnected")  # fmt: skip
    calls = Traffic(case, "enrich")
    for start in range(0, 60, 6):
        calls.bad(1 if start else 0, start + 0.1, start + 0.15, failed, python_log("INFO", "attempt 2 of 3: 200"),
                  seconds=0.4, error=False)  # fmt: skip
        calls.good(5, start + 0.3, start + 1.4, python_log("INFO", "attempt 1 of 3: 200"), seconds=0.2)
    calls.write(tail=True)
    case.without("ec2/network-acls", "ec2/security-groups")
    case.yaml(functions=["enrich"], destinations={
        "geo": {"name": "geo.data.example", "port": 443, "addresses": ["143.204.11.8"]}})  # fmt: skip


@incident(
    source="https://github.com/run-house/kubetorch/pull/2204 (RemoteProtocolError: a keep-alive connection was closed)",
    expert=_idle("httpx writes to a connection that nginx closed after 75 s of silence; each failure follows a pause"),
)
def httpx_says_remote_protocol_error(case: CaseFolder) -> None:
    place = site(case)
    case.function("summarise", [place.private_a], [place.app], timeout=60,
                  LoggingConfig={"LogFormat": "JSON", "LogGroup": "/aws/lambda/summarise"})  # fmt: skip
    failed = json_log("ERROR", "Server disconnected without sending a response.", errorType="RemoteProtocolError",
                      stackTrace=[('  File "/var/task/httpx/_transports/default.py", line 118, in '
                                  "map_httpcore_exceptions\n    raise mapped_exc(message) from exc\n")])  # fmt: skip
    calls = Traffic(case, "summarise")
    _after_pauses(calls, failed, 8, 4, 60, json_log("INFO", "POST /v1/complete 200"))
    calls.write(json=True)
    reached = ([1.0] + [0.0] * 7) * 7 + [1.0, 0.0, 0.0, 0.0]
    case.nat_metrics(place.nat, attempts=unsaid_zeros(reached), established=unsaid_zeros(reached), errors=[0.0] * 60,
                     idle=[None] * 60)  # fmt: skip
    case.yaml(functions=["summarise"], destinations={
        "model": {"name": "llm.vendor.example", "port": 443, "addresses": ["35.186.24.90"]}})  # fmt: skip


@incident(
    source="https://github.com/gradle/gradle/issues/14943 (NoHttpResponseException: a stale connection is reused)",
    expert=_idle("Apache's client takes a stale connection from its pool, after pauses of nine minutes"),
)
def java_says_failed_to_respond(case: CaseFolder) -> None:
    place = site(case)
    case.function("archive", [place.private_a], [place.app], runtime="java17", timeout=60)
    failed = java_error(
        "org.apache.http.NoHttpResponseException: archive.vendor.example:443 failed to respond",
        "org.apache.http.impl.conn.DefaultHttpResponseParser.parseHead(DefaultHttpResponseParser.java:141)",
        "org.apache.http.impl.conn.DefaultHttpResponseParser.parseHead(DefaultHttpResponseParser.java:56)",
        "org.apache.http.impl.execchain.MainClientExec.execute(MainClientExec.java:272)",
    )
    calls = Traffic(case, "archive")
    _after_pauses(calls, failed, 9, 6)
    calls.write(metrics=False)
    case.without("cloudwatch")
    case.yaml(functions=["archive"], destinations={
        "vendor": {"name": "archive.vendor.example", "port": 443, "addresses": ["20.61.4.19"]}})  # fmt: skip


@incident(
    source="https://github.com/sourcegraph/sourcegraph-public-snapshot/pull/4345 (IdleConnTimeout to avoid EOF errors)",
    expert=_idle("Go reads EOF where it writes its first request after two minutes of silence: the server closed the "
                 "idle connection"),
)  # fmt: skip
def go_says_eof_and_server_closed_idle_connection(case: CaseFolder) -> None:
    place = site(case)
    case.function("repo-sync", [place.private_a], [place.app], runtime="provided.al2023", timeout=30)
    url = "https://graph.forge.example/graphql"
    calls = Traffic(case, "repo-sync")
    for start in range(0, 60, 2):
        said = "EOF" if start % 4 else "http: server closed idle connection"
        if start % 6 == 4:
            calls.bad(1, start + 0.1, start + 0.15, go_log(f'Post "{url}": {said}'), seconds=0.02)
        calls.good(2, start + 0.3, start + 0.6, go_log("synced"), seconds=0.2)
    calls.write()
    case.yaml(functions=["repo-sync"], destinations={
        "forge": {"name": "graph.forge.example", "port": 443, "addresses": ["140.82.112.6"]}})  # fmt: skip


@incident(
    source="composed: a provider's deployment, seen by the connections that it resets",
    expert=Expert((), (), Headline.OPEN,
                  "all resets fall into one minute of steady traffic, in environments that were busy a second before: "
                  "the peer dropped its connections, by a restart or a deployment; no idle timeout does that"),
)  # fmt: skip
def all_connections_are_reset_in_one_minute(case: CaseFolder) -> None:
    place = site(case)
    case.function("charge", [place.private_a, place.private_b], [place.app], runtime="nodejs20.x", timeout=15)
    failed = node_error("read ECONNRESET", errno=-104, code="ECONNRESET", syscall="read",
                        stack=("TLSWrap.onStreamRead (node:internal/stream_base_commons:218:20)",))  # fmt: skip
    calls = Traffic(case, "charge")
    calls.good(2_400, 0, 60, seconds=1.5, logged=False)
    calls.good(60, 35, 36.9, node_log("INFO", "charged"), seconds=1.5)
    calls.bad(44, 36.1, 36.8, failed, seconds=0.9)
    calls.good(60, 36.9, 38, node_log("INFO", "charged"), seconds=1.5)
    calls.write()
    case.nat_metrics(place.nat, attempts=[*about(3, 36), 41.0, 12.0, *about(3, 22)], errors=[0.0] * 60,
                     established=[*about(3, 36), 41.0, 12.0, *about(3, 22)], idle=[0.0] * 60,
                     active=about(62, 60))  # fmt: skip
    case.yaml(functions=["charge"], destinations={
        "payments": {"name": "api.payments.example", "port": 443, "addresses": ["34.203.18.77"]}})  # fmt: skip


@incident(
    source="https://github.com/aio-libs/aiohttp/issues/631 (a ton of disconnects under load)",
    expert=Expert((), (), Headline.OPEN,
                  "one in thirty requests is reset, all the time and in environments that never pause: the provider "
                  "sheds load, or something on the way resets; no connection was ever idle"),
)  # fmt: skip
def resets_under_load_without_pauses(case: CaseFolder) -> None:
    place = site(case)
    case.function("ingest", [place.private_a, place.private_b], [place.app], timeout=30)
    failed = python_error("ConnectionError", "('Connection aborted.', ConnectionResetError(104, 'Connection reset by "
                          "peer'))")  # fmt: skip
    calls = Traffic(case, "ingest")
    calls.good(1_800, 0, 60, python_log("INFO", "stored"), seconds=1.9)
    calls.bad(58, 0, 60, failed, seconds=0.4)
    calls.write()
    case.nat_metrics(place.nat, attempts=about(30, 60), established=about(30, 60), errors=[0.0] * 60, idle=[0.0] * 60,
                     drops=[0.0] * 60)  # fmt: skip
    case.yaml(functions=["ingest"], destinations={
        "lake": {"name": "ingest.lake.example", "port": 443, "addresses": ["13.107.42.16"]}})  # fmt: skip

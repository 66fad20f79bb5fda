"""Connections that were cut while nobody used them."""

from __future__ import annotations

from oracles.incidents.world import CaseFolder, Traffic, dotnet_error, incident, java_error, python_error, python_log
from oracles.incidents.world.unseen._land import IDLE, begin, named, node_text, small, stamped, to


def _paused(calls: Traffic, pauses: list[tuple[float, bool]], bad: tuple[object, ...], seconds: float) -> None:
    """A few that work, and after each pause one at that minute: which fails where it says so."""
    for minute, fails in pauses:
        if fails:
            calls.bad(1, minute, minute + 0.02, *bad, seconds=seconds)  # type: ignore[arg-type]
        calls.good(4, minute + 0.2, minute + 1.8, seconds=0.08)


@incident(
    source="https://github.com/npgsql/npgsql/issues/3559 (Connection reset by peer; Lambda, wait ten minutes)",
    expert=named(IDLE, "the first call after each pause of eight minutes or more finds its pooled connection dead"),
)
def npgsql_after_pauses(case: CaseFolder) -> None:
    begin(case, "eu-central-1", 13, 6)
    bad = dotnet_error(
        "Npgsql.NpgsqlException (0x80004005): Exception while reading from stream",
        "Npgsql.Internal.NpgsqlReadBuffer.<Ensure>g__EnsureLong|54_0(NpgsqlReadBuffer buffer, Int32 "
        "count, Boolean async)",
        inner="System.IO.IOException: Unable to read data from the transport connection: Connection reset by peer.",
    )
    calls = Traffic(case, "drive-logs-api")
    _paused(calls, [(0, False), (10, True), (14, False), (24, True), (37, True), (41, False), (52, True)], (bad,), 0.05)
    calls.write()
    case.yaml(
        functions=["drive-logs-api"], destinations={"aurora": to("drv.cluster-b1.eu-central-1.rds.amazonaws.com", 5432)}
    )


@incident(
    source="https://github.com/aws/aws-sdk-js-v3/issues/1196 (ECONNRESET, socket hang up when a container is reused)",
    expert=named(
        IDLE, "calls after more than six minutes of rest hang up at once, and the NAT gateway counts idle timeouts"
    ),
)
def socket_hang_up_through_nat(case: CaseFolder) -> None:
    begin(case, "sa-east-1", 14, 4)
    place = small(case, "boletim", "10.91")
    case.function("boletim-pdf", [place.one], [place.fn], runtime="nodejs20.x", timeout=30)
    bad = node_text(
        'Invoke Error \t{"errorType":"Error","errorMessage":"socket hang up","code":"ECONNRESET","config":{"url":'
        '"https://api.pdfmonkey.io/api/v1/documents","method":"post"},"stack":["Error: socket hang '
        'up","    at TLSSocket.'
        'socketOnEnd (node:_http_client:524:23)"]}'
    )
    calls = Traffic(case, "boletim-pdf")
    _paused(calls, [(0, False), (9, True), (18, True), (22, False), (31, True), (45, True)], (bad,), 0.02)
    calls.write(zeros=False)
    idle = [None] * 60
    for minute in (7, 16, 29, 38, 52):
        idle[minute] = 1.0  # type: ignore[call-overload]
    case.nat_metrics(place.nat, idle=idle, errors=[None] * 60)
    case.yaml(functions=["boletim-pdf"], destinations={"pdf": to("api.pdfmonkey.io", 443)})


@incident(
    source=(
        "https://github.com/hyperium/hyper/issues/2136 (IncompleteMessage: connection closed before message completed)"
    ),
    expert=named(IDLE, "only calls after a rest fail, at once, on a connection that the pool still held"),
)
def hyper_pool(case: CaseFolder) -> None:
    begin(case, "eu-central-1", 16, 18)
    bad = stamped(
        'ERROR deliver: error=reqwest::Error { kind: Request, url: "https://ads-exchange.eu/win", '
        "source: hyper_util::client::"
        'legacy::Error(SendRequest, hyper::Error(IncompleteMessage)) } "connection closed before message completed"'
    )
    calls = Traffic(case, "win-notify")
    _paused(calls, [(1, False), (8, True), (15, True), (24, True), (28, False), (40, True), (54, True)], (bad,), 0.004)
    calls.write(tail=True, metrics=False)
    case.yaml(functions=["win-notify"])


@incident(
    source="composed: Connector/J's text with the age of the last packet",
    expert=named(
        IDLE, "Connector/J says that the last packet came seven and a half minutes ago: the connection was cut since"
    ),
)
def hikari_last_packet(case: CaseFolder) -> None:
    begin(case, "eu-central-1", 17, 2)
    bad = [
        java_error(
            "com.mysql.cj.jdbc.exceptions.CommunicationsException: Communications link "
            "failure\n\nThe last packet successfully "
            f"received from the server was {age} milliseconds ago. The last packet sent successfully to the server was "
            f"{age + 1} milliseconds ago.",
            causes=(("java.io.EOFException: Can not read response from server. Expected to read 4 bytes, read 0 "
                    "bytes before connection was unexpectedly lost."),),
        ).replace("java.base/sun.nio.ch.NioSocketImpl.connect(NioSocketImpl.java:592)",
                  "com.mysql.cj.protocol.FullReadInputStream.readFully(FullReadInputStream.java:67)")
        for age in (450_118, 450_904, 450_377)
    ]  # fmt: skip
    calls = Traffic(case, "abschlag-plan")
    for minute, text in ((9.2, bad[0]), (20.4, bad[1]), (32.5, bad[2])):
        calls.good(4, minute - 9, minute - 7.6, seconds=0.3)
        calls.good(1, minute - 7.51, minute - 7.5, seconds=0.3)
        calls.bad(1, minute, minute + 0.02, text, seconds=0.01)
        calls.good(2, minute + 0.1, minute + 0.4, seconds=0.3)
    calls.write(metrics=False)
    case.yaml(functions=["abschlag-plan"], destinations={"mysql": to("abschlag.energie.local", 3306)})


@incident(
    source="composed: psycopg2's text; a provisioned function that is called each quarter of an hour",
    expert=named(IDLE, "each quarter of an hour the first use of the kept connection finds it closed, the retry works"),
)
def quarter_hour_psycopg(case: CaseFolder) -> None:
    begin(case, "eu-central-1", 18, 0, 120)
    bad = python_error(
        "OperationalError",
        "SSL connection has been closed unexpectedly\n",
        ("/var/task/db.py", 44, "fetch_slots", "cur.execute(SQL, (day,))"),
    )
    calls = Traffic(case, "viertelstunde")
    calls.good(1, 0.1, 0.12, seconds=0.4)
    for number in range(1, 8):
        calls.bad(1, 15 * number + 0.1, 15 * number + 0.12, python_log("INFO", "slot start"), bad, seconds=0.03)
        calls.good(1, 15 * number + 1.1, 15 * number + 1.12, python_log("INFO", "async retry 1"), seconds=0.4)
    calls.write(period=300)
    case.yaml(functions=["viertelstunde"], destinations={"pg": to("slots.energie.local", 5432)})

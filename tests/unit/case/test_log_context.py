"""What proves a failure and what only mentions one: level, list, quoted text, retry, and how the invocation ended."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from narrows.case import CallerOutcome, Callers, InvocationCount, Told, read_case
from tests.unit.case.cases import CASE_YAML, case_at

ID = "8f1b2c3d-0000-4000-8000-00000000000"
ERROR, WARNED, MENTIONED = Told.ERROR, Told.WARNED, Told.MENTIONED
PYTHON_WARNING = (
    f"[WARNING]\t2026-11-20T12:03:05.123Z\t{ID}1\tRetrying (Retry(total=2)) after connection broken by "
    "'ConnectTimeoutError(<object>, 'Connection to cache.example.com timed out.')': /"
)
NODE = f"2026-11-20T12:03:05.123Z\t{ID}1\t"


def callers(folder: Path, text: str, about: str = CASE_YAML) -> Callers:
    return read_case(case_at(folder, {"callers/storefront.log": text + "\n"}, about)).callers


def told(found: Callers) -> list[tuple[str, Told, int]]:
    return [(one.outcome.value, one.told, one.count) for one in found.counts]


SAID_AS_ERRORS = {
    "the Python runtime": "[ERROR] ConnectTimeout: HTTPSConnectionPool(host='cache.example.com', port=443)",
    "Python's logger": f"[ERROR]\t2026-11-20T12:03:05.123Z\t{ID}1\tcache: connect timed out",
    "Python's basicConfig": "ERROR:app.store:cache: connect timed out",
    "Python's format": "2026-11-20 12:03:05,123 - app.store - ERROR - cache: connect timed out",
    "the Node.js runtime": NODE + 'ERROR\tInvoke Error \t{"errorType":"Error","errorMessage":"connect ETIMEDOUT"}',
    "console.error": NODE + "ERROR\tError: connect ETIMEDOUT 203.0.113.10:443",
    "log4j": f"2026-11-20 12:03:05 {ID}1 ERROR Handler - connect timed out",
    "Spring Boot": "2026-11-20T12:03:05.123Z ERROR 8 --- [main] c.e.Handler : connect timed out",
    "java.util.logging": "SEVERE: connect timed out",
    ".NET": "fail: Store.Cache[0] connect timed out",
    ".NET on Lambda": NODE + "fail\tconnect timed out",
    "Ruby": "E, [2026-11-20T12:03:05.123456 #8] ERROR -- : connect timed out",
    "Rust's tracing": "2026-11-20T12:03:05.123456Z ERROR store::cache: connect timed out",
    "Go's slog": 'time=2026-11-20T12:03:05.123Z level=ERROR msg="get order" err="dial tcp 1.2.3.4:443: i/o timeout"',
    "logrus": 'time="2026-11-20T12:03:05Z" level=error msg="dial tcp 203.0.113.10:443: i/o timeout"',
    "Serilog": "[12:03:05 ERR] connect timed out",
    "Go's log": "2026/11/20 12:03:05 get: Get \"https://x/\": dial tcp 203.0.113.10:443: i/o timeout",
    "Monolog": (
        "[2026-11-20T12:03:05.123+00:00] app.ERROR: cURL error 28: Connection timed out after 5001 milliseconds "
        '{"exception":"[object] (GuzzleHttp\\\\Exception\\\\ConnectException(code: 0)"}'
    ),
    "Monolog, as Laravel cuts it": (
        "[2026-11-20 12:03:05] production.ERROR: cURL error 28: Failed to connect to x port 443: Timeout was reached "
        '{"exception":"[object] (GuzzleHttp\\\\Exception\\\\ConnectException(code: 0): cURL error 28: Failed to connect'
    ),
    "a message before an object": f'{NODE}ERROR\tconnect ETIMEDOUT 203.0.113.10:443 {{"order":17}}',
    "a message before an object, without a level": 'connect ETIMEDOUT 203.0.113.10:443 {"order":17}',
    "an exception": "java.net.SocketTimeoutException: connect timed out",
    "a message by itself": "dial tcp 203.0.113.10:443: i/o timeout",
    "Lambda's JSON": '{"timestamp":"2026-11-20T12:03:05Z","level":"ERROR","message":"connect timed out"}',
    "Python's runtime in JSON": (
        '{"timestamp":"2026-11-20T12:03:05Z","log_level":"ERROR","errorMessage":"connect timed out",'
        f'"errorType":"ConnectTimeout","requestId":"{ID}1","stackTrace":["  File x"]}}'
    ),
    "Node.js's runtime in JSON": (
        f'{{"timestamp":"2026-11-20T12:03:05Z","level":"ERROR","requestId":"{ID}1","message":{{"errorType":"Error",'
        '"errorMessage":"connect ETIMEDOUT 1.2.3.4:443","code":"ETIMEDOUT","stackTrace":["Error: connect ETIMEDOUT"]}}'
    ),
    "Powertools": (
        '{"level":"ERROR","location":"handler:17","message":"no order","service":"store",'
        '"exception":"Traceback (most recent call last):\\nConnectTimeout: x","exception_name":"ConnectTimeout"}'
    ),
    "pino": '{"level":50,"time":1795176185123,"err":{"type":"Error","message":"connect ETIMEDOUT"},"msg":"x"}',
    "winston": '{"level":"error","message":"connect ETIMEDOUT 203.0.113.10:443"}',
    "ECS": '{"log.level":"error","message":"x","error.type":"Error","error.message":"connect timed out"}',
    "Rust's tracing in JSON": '{"timestamp":"x","level":"ERROR","fields":{"message":"x","error":"connect timed out"}}',
    "an error's keys without a level": '{"errorMessage":"connect timed out","errorType":"ConnectTimeout"}',
    "a code without a level": '{"msg":"no order","code":"ETIMEDOUT"}',
}  # fmt: skip
MENTIONED_ONLY = {
    "a dump of settings": f'{NODE}INFO\tconfig {{"timeout":3000,"retryOn":["EMFILE","ECONNRESET"]}}',
    "a dump without a level": 'config {"timeout":3000,"retryOn":["EMFILE","ECONNRESET"]}',
    "a list in JSON": '{"message":"started","retryOn":["EMFILE","ECONNRESET"]}',
    "a list as Node.js prints it": "  retryOn: [ 'ECONNRESET', 'ETIMEDOUT' ],",
    "a list in an error's line": f"{NODE}ERROR\tbad order, options: retryOn=['ECONNRESET', 'EMFILE'], tries=3",
    "a customer's text": f"[INFO]\t2026-11-20T12:03:05.123Z\t{ID}1\treview: 'connection refused all day'",
    "a customer's text in JSON": '{"level":"INFO","message":"comment saved","body":"it said connection refused"}',
    "a customer's text without a level": "customer wrote: I get connection refused every morning",
    "at debug": "DEBUG:urllib3.connectionpool:Connection reset by peer, dropping it",
    "a customer's text before an object": 'customer wrote: I get connection refused {"order":17}',
    "a list at WARN": f"2026-11-20 12:03:05 {ID}1 WARN Handler - retryOn=['ECONNRESET', 'EMFILE'], tries=3",
    "a customer's text at WARN": f"[WARNING]\t2026-11-20T12:03:05.123Z\t{ID}1\treview: 'connection refused all day'",
    "a customer's text of a retry": "customer wrote: connection refused, retrying in 5 minutes did not help",
}  # fmt: skip
WARNED_OF = {
    "a warning of urllib3": PYTHON_WARNING,
    "a warning in JSON": '{"level":"WARN","message":"try 1 of 3","error":{"code":"ECONNRESET"}}',
    "a warning of pino": '{"level":40,"msg":"connect ETIMEDOUT 203.0.113.10:443"}',
    "a retry without a level": "connect ETIMEDOUT 203.0.113.10:443, retrying in 200 ms",
    "a retry at INFO": "INFO: connect ETIMEDOUT 203.0.113.10:443, will reconnect",
    "an attempt of several": "attempt 1 of 3: ConnectTimeout: cache",
    ".NET at warn": "warn: Store.Cache[0] connection refused",
    "log4j at WARN": f"2026-11-20 12:03:05 {ID}1 WARN Handler - connection refused",
}  # fmt: skip


@pytest.mark.parametrize("name", SAID_AS_ERRORS)
def test_what_is_said_as_an_error_proves_one_failure(tmp_path: Path, name: str) -> None:
    found = callers(tmp_path, SAID_AS_ERRORS[name])
    assert told(found) == [("timed_out", ERROR, 1)]
    assert not found.unknown_errors


@pytest.mark.parametrize("name", MENTIONED_ONLY)
def test_what_is_only_mentioned_proves_nothing(tmp_path: Path, name: str) -> None:
    found = callers(tmp_path, MENTIONED_ONLY[name])
    assert [one[1] for one in told(found)] == [MENTIONED]
    assert not found.unknown_errors


@pytest.mark.parametrize("name", WARNED_OF)
def test_what_is_a_warning_or_tried_again_is_warned_of(tmp_path: Path, name: str) -> None:
    found = callers(tmp_path, WARNED_OF[name])
    assert [one[1] for one in told(found)] == [WARNED]
    assert not found.unknown_errors


def test_the_last_attempt_is_an_error(tmp_path: Path) -> None:
    assert told(callers(tmp_path, "attempt 3 of 3: ConnectTimeout: cache")) == [("timed_out", ERROR, 1)]


def test_the_lines_below_a_warning_are_of_its_level(tmp_path: Path) -> None:
    trace = 'Traceback (most recent call last):\n  File "/var/task/app.py", line 1, in get\nConnectTimeout: cache\n'
    assert told(callers(tmp_path, f"[WARNING]\t2026-11-20T12:03:05Z\t{ID}1\tonce more\n{trace}")) == [
        ("timed_out", WARNED, 1)
    ]
    java = f"2026-11-20 12:03:05 {ID}1 WARN Handler - once more\njava.net.ConnectException: Connection refused\n\tat x"
    assert told(callers(tmp_path / "java", java)) == [("refused", WARNED, 1)]
    assert told(callers(tmp_path / "alone", trace)) == [("timed_out", ERROR, 1)]


ENDS = {
    "went well": ("REPORT RequestId: {id}\tDuration: 12.00 ms\tBilled Duration: 12 ms", WARNED, 0),
    "timed out": ("REPORT RequestId: {id}\tDuration: 3000.00 ms\tStatus: timeout", ERROR, 1),
    "failed": ("REPORT RequestId: {id}\tDuration: 12.00 ms\tStatus: error\tError Type: Runtime.ExitError", ERROR, 1),
    "raised": ("[ERROR] KeyError: 'order'\nREPORT RequestId: {id}\tDuration: 12.00 ms", ERROR, 1),
    "went well, in JSON": (
        '{{"time":"2026-11-20T12:03:06Z","type":"platform.report","record":{{"requestId":"{id}","status":"success"}}}}',
        WARNED,
        0,
    ),
    "failed, in JSON": (
        '{{"time":"2026-11-20T12:03:06Z","type":"platform.report","record":{{"requestId":"{id}","status":"error"}}}}',
        ERROR,
        1,
    ),
}


@pytest.mark.parametrize("name", ENDS)
def test_a_warning_proves_what_its_invocation_failed_of(tmp_path: Path, name: str) -> None:
    end, expected, failed = ENDS[name]
    text = f"START RequestId: {ID}1 Version: $LATEST\n{PYTHON_WARNING}\nall is well\n{end.format(id=f'{ID}1')}"
    found = callers(tmp_path, text)
    assert [one for one in told(found) if one[0] == "timed_out"] == [("timed_out", expected, 1)]
    assert [(one.ended, one.failed) for one in found.invocations] == [(1, failed)]


ASIDE = (
    "a dump of settings", "a list in JSON", "a list as Node.js prints it", "a customer's text",
    "a customer's text in JSON", "a customer's text without a level",
)  # fmt: skip


@pytest.mark.parametrize("name", ASIDE)
def test_what_is_said_aside_proves_nothing_of_an_invocation_that_failed(tmp_path: Path, name: str) -> None:
    text = f"START RequestId: {ID}1\n{MENTIONED_ONLY[name]}\nREPORT RequestId: {ID}1\tStatus: timeout"
    assert [one[1] for one in told(callers(tmp_path, text)) if one[0] != "invocation_timed_out"] == [MENTIONED]


def test_a_warning_of_an_invocation_that_never_ends_is_counted_all_the_same(tmp_path: Path) -> None:
    assert told(callers(tmp_path, PYTHON_WARNING)) == [("timed_out", WARNED, 1)]


def test_warnings_of_invocations_that_overlap_are_kept_apart(tmp_path: Path) -> None:
    """Two streams in one file: the report of one says nothing of the other."""
    streams = [f"2026/11/20/[$LATEST]{digit * 32}" for digit in "ab"]
    lines = [
        (0, f"START RequestId: {ID}1 Version: $LATEST"),
        (1, f"START RequestId: {ID}2 Version: $LATEST"),
        (0, "[WARN] connect ECONNREFUSED 203.0.113.10:443"),
        (1, "[WARN] connect ECONNREFUSED 203.0.113.10:443"),
        (1, f"REPORT RequestId: {ID}2\tDuration: 9.00 ms"),
        (0, f"REPORT RequestId: {ID}1\tDuration: 9.00 ms\tStatus: timeout"),
    ]
    text = "\n".join(f"2026-11-20T12:03:05.123000+00:00 {streams[stream]} {line}" for stream, line in lines)
    found = callers(tmp_path, text)
    assert sorted(told(found)) == [("invocation_timed_out", ERROR, 1), ("refused", ERROR, 1), ("refused", WARNED, 1)]
    assert found.invocations == (InvocationCount(1_795_176_180, "storefront", 2, 1),)


def test_invocations_are_counted_once_each(tmp_path: Path) -> None:
    report = f"REPORT RequestId: {ID}1\tDuration: 9.00 ms"
    assert callers(tmp_path, f"{report}\n{report}").invocations == (InvocationCount(-1, "storefront", 1, 0),)
    timed_out = f"{ID}2 Task timed out after 3.00 seconds"
    assert callers(tmp_path / "b", timed_out).invocations == (InvocationCount(-1, "storefront", 0, 1),)
    assert callers(tmp_path / "c", "all is well").invocations == ()


PLACES = {
    "Error: connect ETIMEDOUT 203.0.113.10:443": ("cache", None),
    "Error: connect ECONNREFUSED 127.0.0.1:6379": (None, "127.0.0.1:6379"),
    "Error: connect ECONNREFUSED ::1:6379": (None, "[::1]:6379"),
    "ConnectionError: Error 111 connecting to localhost:6379. Connection refused.": (None, "localhost:6379"),
    "Error: connect ETIMEDOUT 198.51.100.7:443": (None, "198.51.100.7:443"),
    "Error: getaddrinfo ENOTFOUND api.example.org": (None, "api.example.org"),
    'ConnectTimeoutError: Connect timeout on endpoint URL: "https://sqs.us-east-1.amazonaws.com/"': (
        None,
        "sqs.us-east-1.amazonaws.com",
    ),
    "ConnectTimeout: HTTPSConnectionPool(host='pay.example.net', port=8443): Max retries": (
        None,
        "pay.example.net:8443",
    ),
    "dial tcp: lookup cache.example.com on 10.0.0.2:53: no such host": ("cache", None),
    "dial tcp: lookup api.example.org on 10.0.0.2:53: no such host": (None, "api.example.org"),
    "read tcp 169.254.76.1:41234->203.0.113.10:443: read: connection reset by peer": ("cache", None),
    "read tcp 169.254.76.1:41234->198.51.100.7:443: read: connection reset by peer": (None, "198.51.100.7:443"),
    "java.net.SocketTimeoutException: failed to connect to pay.example.net/198.51.100.7 (port 443) from /10.0.0.5 "
    "(port 40200) after 10000ms": (None, "pay.example.net"),
    "cache.example.com:9999: connection refused": (None, "cache.example.com:9999"),
    "java.net.SocketTimeoutException: connect timed out": (None, None),
    "Error: socket hang up": (None, None),
}


@pytest.mark.parametrize("line", PLACES)
def test_a_line_is_about_the_host_that_it_names(tmp_path: Path, line: str) -> None:
    (one,) = callers(tmp_path, line).counts
    assert (one.destination, one.elsewhere) == PLACES[line]


def test_an_address_may_be_that_of_a_destination_of_which_only_the_name_is_known(tmp_path: Path) -> None:
    about = CASE_YAML.replace(", addresses: [203.0.113.10]", "")
    lines = {
        "Error: connect ETIMEDOUT 203.0.113.10:443": None,  # it may be
        "Error: connect ETIMEDOUT 203.0.113.10:5432": "203.0.113.10:5432",  # not at this port
        "Error: getaddrinfo ENOTFOUND api.example.org": "api.example.org",
        "Error: connect ECONNREFUSED 127.0.0.1:443": "127.0.0.1:443",  # never
    }
    for number, (line, elsewhere) in enumerate(lines.items()):
        (one,) = callers(tmp_path / str(number), line, about).counts
        assert (one.destination, one.elsewhere) == (None, elsewhere), line


def test_a_name_may_be_that_of_a_destination_of_which_only_addresses_are_known(tmp_path: Path) -> None:
    about = CASE_YAML.replace("name: cache.example.com, ", "")
    (one,) = callers(tmp_path, "Error: getaddrinfo ENOTFOUND cache.example.com", about).counts
    assert (one.destination, one.elsewhere) == (None, None)


def test_without_destinations_only_the_own_environment_is_elsewhere(tmp_path: Path) -> None:
    about = "\n".join(line for line in CASE_YAML.splitlines() if not line.startswith(("destinations", "  "))) + "\n"
    for number, (place, elsewhere) in enumerate((("203.0.113.10:443", None), ("127.0.0.1:443", "127.0.0.1:443"))):
        (one,) = callers(tmp_path / str(number), f"Error: connect ETIMEDOUT {place}", about).counts
        assert one.elsewhere == elsewhere


def test_errors_that_no_outcome_is_known_for_are_counted_by_what_they_say(tmp_path: Path) -> None:
    lines = [
        f"[ERROR]\t2026-11-20T12:03:0{second}.123Z\t{ID}{second}\torder {17 + second} of user 4711 has no price"
        for second in range(3)
    ]
    text = "\n".join(
        [
            *lines,
            f"END RequestId: {ID}2",
            "[ERROR] KeyError: 'order-17'\nTraceback (most recent call last):\n  File x",
            "ok: saved",
        ]
    )
    found = callers(tmp_path, text)
    assert [(one.text, one.count, one.function) for one in found.unknown_errors] == [
        ("KeyError: 'order-#'", 1, "storefront"),
        ("order # of user # has no price", 3, "storefront"),
    ]
    assert found.counts == ()
    first = next(one for one in found.unknown_errors if one.count == 3)
    assert (first.minute, first.source) == (1_795_176_180, "callers/storefront.log:1")


def test_an_unknown_error_of_several_lines_is_counted_once(tmp_path: Path) -> None:
    frames = 'Traceback (most recent call last):\n  File "/var/task/app.py", line 1, in get\n    x\n'
    logged = f"[ERROR]\t2026-11-20T12:03:05.123Z\t{ID}1\tno order\n{frames}KeyError: 'a'\n"
    found = callers(tmp_path, f"{logged}[ERROR] KeyError: 'a'\n{frames}")
    assert [(one.text, one.count) for one in found.unknown_errors] == [("no order", 1)]
    found = callers(tmp_path / "below", f"{frames}KeyError: 'a'\n")
    assert [(one.text, one.count) for one in found.unknown_errors] == [("KeyError: 'a'", 1)]


def test_texts_of_unknown_errors_are_bounded(tmp_path: Path) -> None:
    words = [f"{first}{second}{third}" for first in "abcdefgh" for second in "abcdefgh" for third in "abcdefgh"]
    found = callers(tmp_path, "\n".join(f"ERROR the {word} is {'x' * 400}" for word in words))
    assert sum(one.count for one in found.unknown_errors) == len(words)
    assert len({one.text for one in found.unknown_errors}) == 201
    assert max(found.unknown_errors, key=lambda one: one.count).text == "other error lines"
    assert all(len(one.text) <= 200 and one.text.isprintable() for one in found.unknown_errors)


@pytest.mark.parametrize(
    "line",
    [
        "psycopg2.errors.QueryCanceled: canceling statement due to statement timeout",
        "Error: Request failed with status code 429",
        "MemoryError",
        "sqlalchemy.exc.TimeoutError: QueuePool limit of size 5 overflow 10 reached, connection timed out",
        "java.sql.SQLTransientConnectionException: HikariPool-1 - Connection is not available, request timed out after",
        "Error: timeout exceeded when trying to connect",
    ],
)
def test_look_alikes_are_errors_that_no_outcome_is_known_for(tmp_path: Path, line: str) -> None:
    found = callers(tmp_path, line)
    assert found.counts == ()
    assert [one.count for one in found.unknown_errors] == [1]


def test_the_frames_of_a_traceback_tell_a_connect_from_an_answer(tmp_path: Path) -> None:
    head = "[ERROR] TimeoutError: timed out\nTraceback (most recent call last):\n"
    connect = '  File "/var/lang/lib/python3.12/socket.py", line 850, in create_connection\n    sock.connect(sa)\n'
    answer = '  File "/var/lang/lib/python3.12/socket.py", line 707, in readinto\n    return self._sock.recv_into(b)\n'
    assert told(callers(tmp_path / "a", head + answer + connect)) == [("timed_out", ERROR, 1)]
    assert told(callers(tmp_path / "b", head + connect + answer)) == [("answer_timed_out", ERROR, 1)]
    below = "Traceback (most recent call last):\n" + connect + "TimeoutError: timed out\n"
    assert told(callers(tmp_path / "c", below)) == [("timed_out", ERROR, 1)]


def test_what_the_runtime_for_java_and_lambda_itself_print_above_an_exception_is_one_with_it(tmp_path: Path) -> None:
    java = "Connection refused: java.net.ConnectException\njava.net.ConnectException: Connection refused\n\tat x"
    assert told(callers(tmp_path / "a", java)) == [("refused", ERROR, 1)]
    ended = f"RequestId: {ID}1 Error: Runtime exited with error: exit status 1\nRuntime.ExitError"
    found = callers(tmp_path / "b", ended)
    assert [(one.text, one.count) for one in found.unknown_errors] == [
        ("RequestId: # Error: Runtime exited with error: exit status #", 1)
    ]
    assert [(one.ended, one.failed) for one in found.invocations] == [(0, 1)]


def test_who_gives_up_waiting_and_closes_the_connection_was_not_reset(tmp_path: Path) -> None:
    sending = (
        "org.postgresql.util.PSQLException: An I/O error occurred while sending to the backend.\n\tat x\nCaused by: "
    )
    late, ended = "java.net.SocketTimeoutException: Read timed out", "java.io.EOFException"
    assert told(callers(tmp_path / "a", sending + late)) == [("answer_timed_out", ERROR, 1)]
    assert told(callers(tmp_path / "b", sending + ended)) == [("reset", ERROR, 1)]


def test_an_exception_that_says_several_lines_is_one_failure(tmp_path: Path) -> None:
    oracle = (
        "[ERROR] OperationalError: DPY-6005: cannot connect to database (CONNECTION_ID=US7V0FV7D7zJFvMNohLcPw==).\n"
        "DPY-4011: the database or network closed the connection\n[Errno 104] Connection reset by peer\n"
    )
    idle = "[ERROR] IdleSessionTimeout: due to idle-session timeout\nSSL connection has been closed unexpectedly\n\n"
    trace = 'Traceback (most recent call last):\n  File "/var/task/app.py", line 31, in handler\n'
    events = {"events": [{"message": said + trace, "timestamp": 1_795_176_185_000} for said in (oracle, idle)]}
    found = read_case(case_at(tmp_path, {"callers/app.json": json.dumps(events)})).callers
    assert sorted(told(found)) == [("closed_idle", ERROR, 1), ("reset", ERROR, 1)]
    assert not found.unknown_errors


def test_events_in_json_have_the_level_of_their_first_line(tmp_path: Path) -> None:
    message = f"[WARNING]\t2026-11-20T12:03:05.123Z\t{ID}1\tonce more\nConnectTimeout: cache\n"
    events = {"events": [{"message": message, "timestamp": 1_795_176_185_000}, {"message": "ConnectTimeout: cache"}]}
    found = read_case(case_at(tmp_path, {"callers/app.json": json.dumps(events)})).callers
    assert sorted(one.told for one in found.counts) == [ERROR, WARNED]
    assert all(one.outcome is CallerOutcome.TIMED_OUT for one in found.counts)


def test_the_settings_printed_below_an_error_are_not_what_it_is_of(tmp_path: Path) -> None:
    text = f"{NODE}ERROR\tAxiosError: Request failed with status code 500\n  retryOn: [ 'EMFILE', 'ECONNRESET' ],\n}}"
    found = callers(tmp_path, text)
    assert found.counts == ()
    assert [one.text for one in found.unknown_errors] == ["AxiosError: Request failed with status code #"]

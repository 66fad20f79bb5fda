"""Lambda's logs: one failure is counted once, with its minute, function and destination."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from narrows.case import CallerOutcome, Callers, read_case
from narrows.case.reading.log_words import outcome_of
from narrows.errors import InputError
from tests.unit.case.cases import CASE_YAML, case_at
from tests.unit.case.log_lines import LINES

TIMED_OUT, REFUSED = CallerOutcome.TIMED_OUT, CallerOutcome.REFUSED
INVOCATION, ANSWER = CallerOutcome.INVOCATION_TIMED_OUT, CallerOutcome.ANSWER_TIMED_OUT

REQUEST = "8f1b2c3d-0000-4000-8000-00000000000"
STREAM = "2026/11/20/[$LATEST]0123456789abcdef0123456789abcdef"
MINUTE = 1_795_176_180
"""2026-11-20T12:03:00Z"""


@pytest.mark.parametrize(("line", "outcome"), LINES)
def test_words(line: str, outcome: CallerOutcome | None) -> None:
    assert outcome_of(line) is outcome


def callers(folder: Path, content: Any, name: str = "storefront.log", about: str = CASE_YAML) -> Callers:
    return read_case(case_at(folder, {f"callers/{name}": content}, about)).callers


def counted(callers: Callers) -> dict[CallerOutcome, int]:
    found: Counter[CallerOutcome] = Counter()
    for one in callers.counts:
        found[one.outcome] += one.count
    return dict(found)


def tail(*events: str, second: str = "05.123000", stream: str = STREAM) -> str:
    """As ``aws logs tail`` prints events: time and log stream once, however many lines an event has."""
    return "".join(f"2026-11-20T12:03:{second}+00:00 {stream} {event.rstrip()}\n" for event in events)


PYTHON_UNHANDLED = tail(
    f"START RequestId: {REQUEST}1 Version: $LATEST",
    "[ERROR] ConnectTimeout: HTTPSConnectionPool(host='cache.example.com', port=443): Max retries exceeded with url: / "
    "(Caused by ConnectTimeoutError(<urllib3.connection.HTTPSConnection object at 0x7f>, 'Connection to "
    "cache.example.com timed out. (connect timeout=30)'))\n"
    "Traceback (most recent call last):\n"
    '  File "/var/task/app.py", line 10, in handler\n'
    "    requests.get(URL, timeout=30)  # ConnectTimeout is handled above\n"
    '  File "/opt/python/requests/adapters.py", line 507, in send\n'
    "    raise ConnectTimeout(e, request=request)",
    f"END RequestId: {REQUEST}1",
    f"REPORT RequestId: {REQUEST}1\tDuration: 30012.35 ms\tBilled Duration: 30013 ms\tMemory Size: 512 MB",
)
PYTHON_CHAIN = """\
Traceback (most recent call last):
  File "/opt/python/urllib3/connection.py", line 174, in _new_conn
    conn = connection.create_connection(
TimeoutError: [Errno 110] Connection timed out

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/opt/python/urllib3/connectionpool.py", line 703, in urlopen
urllib3.exceptions.ConnectTimeoutError: (<object>, 'Connection to cache.example.com timed out')

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/var/task/app.py", line 10, in handler
requests.exceptions.ConnectTimeout: HTTPSConnectionPool(host='cache.example.com', port=443): Max retries exceeded
"""
PYTHON_LOGGED = """\
[ERROR]\t2026-11-20T12:03:05.123Z\t8f1b2c3d-0000-4000-8000-000000000001\tcache.example.com: [Errno 110]
Traceback (most recent call last):
  File "/var/task/app.py", line 10, in handler
TimeoutError: [Errno 110] Connection timed out
"""
NODE_UNHANDLED = (
    f"2026-11-20T12:03:05.123Z\t{REQUEST}1\tERROR\tInvoke Error \t"
    '{"errorType":"Error","errorMessage":"connect ETIMEDOUT 203.0.113.10:443","code":"ETIMEDOUT","errno":-110,'
    '"syscall":"connect","address":"203.0.113.10","port":443,"stack":["Error: connect ETIMEDOUT 203.0.113.10:443",'
    '"    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1555:16)"]}\n'
)
NODE_PRINTED = f"""\
2026-11-20T12:03:05.123Z\t{REQUEST}1\tERROR\tError: connect ETIMEDOUT 203.0.113.10:443
    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1555:16) {{
  errno: -110,
  code: 'ETIMEDOUT',
  syscall: 'connect',
  address: '203.0.113.10',
  port: 443
}}
"""
NODE_FETCH = f"""\
2026-11-20T12:03:05.123Z\t{REQUEST}1\tERROR\tTypeError: fetch failed
    at node:internal/deps/undici/undici:12618:11 {{
  [cause]: ConnectTimeoutError: Connect Timeout Error (attempted address: cache.example.com:443, timeout: 10000ms)
      at onConnectTimeout (node:internal/deps/undici/undici:7760:28) {{
    code: 'UND_ERR_CONNECT_TIMEOUT'
  }}
}}
"""
JAVA = """\
2026-11-20 12:03:05 8f1b2c3d-0000-4000-8000-000000000001 ERROR Handler - request failed
java.net.ConnectException: Connection timed out
\tat java.base/sun.nio.ch.Net.connect0(Native Method)
\tat com.example.Handler.handleRequest(Handler.java:17)
Caused by: java.net.ConnectException: Connection timed out: cache.example.com/203.0.113.10:443
\t... 12 more
"""
ONE_FAILURE = {
    "unhandled in Python": PYTHON_UNHANDLED,
    "chained in Python": PYTHON_CHAIN,
    "logged in Python": PYTHON_LOGGED,
    "unhandled in Node.js": NODE_UNHANDLED,
    "printed by Node.js": NODE_PRINTED,
    "fetch of Node.js": NODE_FETCH,
    "Java": JAVA,
    "logged, then unhandled": NODE_PRINTED + NODE_UNHANDLED,
}
IN_BATCH = "2026/11/20/batch[$LATEST]0123456789abcdef0123456789abcdef"
TAILED = {
    "chained in Python": (PYTHON_CHAIN,),
    "logged in Python": (PYTHON_LOGGED,),
    "logged in Python by another word": ("[ERROR]\tthe cache is gone\n" + PYTHON_CHAIN,),
    "printed by Node.js": (NODE_PRINTED,),
    "fetch of Node.js": (NODE_FETCH,),
    "Java": (JAVA,),
    "logged, then unhandled": (NODE_PRINTED, NODE_UNHANDLED),
}


@pytest.mark.parametrize("name", ONE_FAILURE)
def test_one_failure_is_counted_once(tmp_path: Path, name: str) -> None:
    found = callers(tmp_path, ONE_FAILURE[name])
    assert counted(found) == {TIMED_OUT: 1}
    (one,) = found.counts
    assert (one.function, one.destination) == ("storefront", "cache")
    assert one.minute == (-1 if name == "chained in Python" else MINUTE)
    assert one.source.startswith("callers/storefront.log:")


@pytest.mark.parametrize("name", ONE_FAILURE)
def test_each_of_many_failures_is_counted(tmp_path: Path, name: str) -> None:
    assert counted(callers(tmp_path, ONE_FAILURE[name] * 7)) == {TIMED_OUT: 7}


@pytest.mark.parametrize("name", TAILED)
def test_lines_of_an_event_that_is_tailed_are_of_its_stream(tmp_path: Path, name: str) -> None:
    about = CASE_YAML.replace("[storefront]", "[storefront, batch]")
    other = STREAM[:-1] + "0"
    text = (tail(*TAILED[name], stream=IN_BATCH) + tail("a slow answer\nbut an answer", stream=other)) * 5
    found = callers(tmp_path, text, about=about)
    assert [(one.function, one.destination, one.outcome, one.minute, one.count) for one in found.counts] == [
        ("batch", "cache", TIMED_OUT, MINUTE, 5)
    ]
    assert found.environments == {"batch": 1, "storefront": 1}


def test_a_line_of_each_invocation_is_split_by_lambdas_own_lines(tmp_path: Path) -> None:
    around = f"START RequestId: {REQUEST}1 Version: $LATEST\n{{}}END RequestId: {REQUEST}1\n"
    one = around.format(NODE_PRINTED + NODE_UNHANDLED)
    assert counted(callers(tmp_path, one * 3)) == {TIMED_OUT: 3}


def test_a_run_of_plain_lines_counts_each(tmp_path: Path) -> None:
    text = "\n".join(line for line, outcome in LINES if outcome is not None)
    expected = Counter(outcome for _, outcome in LINES if outcome is not None)
    assert counted(callers(tmp_path, text)) == expected


def test_crlf_and_carriage_returns_inside_a_message(tmp_path: Path) -> None:
    assert counted(callers(tmp_path, PYTHON_UNHANDLED.replace("\n", "\r\n") * 2)) == {TIMED_OUT: 2}
    message = PYTHON_CHAIN.replace("\n", "\r")
    events = {"events": [{"message": message, "timestamp": MINUTE * 1000}]}
    assert counted(callers(tmp_path / "two", events, "app.json")) == {TIMED_OUT: 1}


def test_an_invocation_that_times_out_is_counted_once(tmp_path: Path) -> None:
    text = "".join(
        tail(
            f"START RequestId: {REQUEST}{one} Version: $LATEST",
            f"2026-11-20T12:03:35.150Z {REQUEST}{one} Task timed out after 30.03 seconds\n\n",
            f"END RequestId: {REQUEST}{one}",
            f"REPORT RequestId: {REQUEST}{one}\tDuration: 30033.41 ms\tBilled Duration: 30000 ms\tStatus: timeout",
        )
        for one in range(4)
    )
    assert counted(callers(tmp_path, text)) == {INVOCATION: 4}
    report = f"REPORT RequestId: {REQUEST}9\tDuration: 30000.00 ms\tStatus: timeout\n"
    assert counted(callers(tmp_path / "two", report)) == {INVOCATION: 1}
    platform = json.dumps(
        {"time": "2026-11-20T12:03:35.150Z", "type": "platform.report",
         "record": {"requestId": f"{REQUEST}9", "metrics": {"durationMs": 30000.0}, "status": "timeout"}},
    )  # fmt: skip
    found = callers(tmp_path / "three", f"{platform}\n{platform}\n")
    assert counted(found) == {INVOCATION: 1}
    assert found.counts[0].minute == MINUTE


def test_minutes_streams_and_places(tmp_path: Path) -> None:
    other = "2026/11/20/[$LATEST]ffffffffffffffffffffffffffffffff"
    text = (
        f"2026-11-20T12:03:59.999000+00:00 {STREAM} Error: connect ETIMEDOUT 203.0.113.10:443\n"
        f"2026-11-20T12:04:00.000000+00:00 {other} Error: connect ETIMEDOUT 203.0.113.10:443\n"
        f"2026-11-20T12:04:01.000000+00:00 {other} Error: connect ETIMEDOUT 203.0.113.10:443\n"
    )
    found = callers(tmp_path, text)
    assert [(one.minute, one.count, one.source) for one in found.counts] == [
        (MINUTE, 1, "callers/storefront.log:1"),
        (MINUTE + 60, 2, "callers/storefront.log:2"),
    ]
    assert found.environments == {"storefront": 2}
    assert not found.complete


def test_interleaved_streams_do_not_disturb_each_other(tmp_path: Path) -> None:
    lines = PYTHON_CHAIN.splitlines()
    streams = [f"2026/11/20/[$LATEST]{digit * 32}" for digit in "abc"]
    text = "".join(f"2026-11-20T12:03:05.123000+00:00 {stream} {line}\n" for line in lines for stream in streams)
    assert counted(callers(tmp_path, text)) == {TIMED_OUT: 3}


def test_the_short_format_of_tail(tmp_path: Path) -> None:
    found = callers(tmp_path, "2026-11-20T12:03:05 Error: connect ECONNREFUSED 203.0.113.10:443\n")
    assert [(one.minute, one.outcome, one.destination) for one in found.counts] == [(MINUTE, REFUSED, "cache")]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "latin-1"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    text = "2026-11-20T12:03:05 é Error: connect ETIMEDOUT 203.0.113.10:443\n" * 3
    found = callers(tmp_path, text.encode(encoding))
    assert counted(found) == {TIMED_OUT: 3}
    assert found.counts[0].minute == MINUTE


def test_which_function_a_log_is_of(tmp_path: Path) -> None:
    about = CASE_YAML.replace("[storefront]", "[store, storefront, batch]")
    line = "Error: connect ETIMEDOUT 203.0.113.10:443\n"
    files = {
        "callers/storefront-2026.log": line,
        "callers/unknown.log": line,
        "callers/mixed.log": f"2026-11-20T12:03:05+00:00 2026/11/20/batch[$LATEST]{'a' * 32} {line}",
    }
    case = read_case(case_at(tmp_path, files, about))
    assert {one.source: one.function for one in case.callers.counts} == {
        "callers/storefront-2026.log:1": "storefront",
        "callers/unknown.log:1": None,
        "callers/mixed.log:1": "batch",
    }


def test_which_destination_a_line_is_about(tmp_path: Path) -> None:
    about = CASE_YAML.replace(
        "reported", "  bank: {name: cache.example.com, port: 8443}\n  dup: {addresses: [192.0.2.1]}\n"
        "  dup2: {addresses: [192.0.2.1]}\nreported",
    )  # fmt: skip
    text = "".join(
        f"Error: connect ETIMEDOUT {place}\n"
        for place in (
            "cache.example.com:443", "cache.example.com:8443", "cache.example.com", "cache.example.com:9999",
            "my-cache.example.com:443", "cache.example.com.au:443", "203.0.113.10:443", "203.0.113.100:443",
            "192.0.2.1:443", "(host='CACHE.example.com', port=8443)", "nowhere",
        )
    )  # fmt: skip
    found = Counter(
        {destination: sum(one.count for one in callers(tmp_path, text, about=about).counts
                          if one.destination == destination) for destination in ("cache", "bank", "dup", None)}
    )  # fmt: skip
    assert found == {"cache": 2, "bank": 2, "dup": 0, None: 7}


@pytest.mark.parametrize(
    "line",
    [
        "4 DEADLINE_EXCEEDED: Deadline exceeded",
        "TimeoutError: Connection timed out after 3000 ms",
        "TimeoutError: Connection timed out after 120000ms",
        "TimeoutError: @smithy/node-http-handler - the request socket timed out after 3000 ms of inactivity",
        "TimeoutError: @smithy/node-http-handler - [ERROR] a request has exceeded the configured 50 ms requestTimeout.",
    ],
)
def test_deadlines_are_noted_as_ambiguous(tmp_path: Path, line: str) -> None:
    case = read_case(case_at(tmp_path, {"callers/app.log": f"{line}\n" * 3}))
    assert counted(case.callers) == {ANSWER: 3}
    assert [note.text for note in case.notes] == [
        "3 exceeded deadlines do not say whether the connect or the answer was late: counted as late answers"
    ]


def event(message: str, second: int = 5, stream: str = STREAM) -> dict[str, Any]:
    return {
        "logStreamName": stream, "timestamp": (MINUTE + second) * 1000, "message": message,
        "ingestionTime": (MINUTE + second + 9) * 1000, "eventId": "38563",
    }  # fmt: skip


EVENTS = [
    event("Error: connect ETIMEDOUT 203.0.113.10:443\n"),
    event(f"{REQUEST}1 Task timed out after 30.03 seconds\n\n", 70),
    event("all is well\n", 80, STREAM.replace("0", "1")),
]
ANSWERS = {
    "one answer": {"events": EVENTS, "searchedLogStreams": []},
    "the streams first": {"searchedLogStreams": [{"logStreamName": "x"}], "events": EVENTS, "nextToken": "x"},
    "pages": [{"events": EVENTS[:1]}, {"events": EVENTS[1:], "nextToken": "x"}],
    "documents": json.dumps({"events": EVENTS[:2]}, indent=4) + "\n" + json.dumps({"events": EVENTS[2:]}),
    "the bare list": EVENTS,
    "a line each": "\n".join(map(json.dumps, EVENTS)),
    "with a mark": json.dumps({"events": EVENTS}).encode("utf-8-sig"),
    "in UTF-16": json.dumps({"events": EVENTS}).encode("utf-16"),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_filter_log_events(tmp_path: Path, name: str) -> None:
    found = callers(tmp_path, ANSWERS[name], "app.json")
    assert {(one.minute, one.outcome, one.count, one.source) for one in found.counts} == {
        (MINUTE, TIMED_OUT, 1, "callers/app.json:events[0]"),
        (MINUTE + 60, INVOCATION, 1, "callers/app.json:events[1]"),
    }
    assert found.environments == {"storefront": 2}


@pytest.mark.slow
def test_a_long_answer_is_read_through_a_window(tmp_path: Path) -> None:
    padding = "é" * 30_000
    many = {"events": [event(f"{padding} Error: connect ETIMEDOUT {index}") for index in range(200)]}
    text = json.dumps(many, ensure_ascii=False)
    assert len(text) > 5 * 2**20
    found = callers(tmp_path, text, "app.json")
    assert counted(found) == {TIMED_OUT: 200}


def test_results_of_logs_insights(tmp_path: Path) -> None:
    rows = [
        [
            {"field": "@timestamp", "value": "2026-11-20 12:03:05.123"},
            {"field": "@message", "value": "Error: connect ETIMEDOUT 203.0.113.10:443"},
            {"field": "@logStream", "value": STREAM},
            {"field": "@ptr", "value": "CmEK"},
        ]
    ]
    found = callers(tmp_path, {"queryLanguage": "CWLI", "results": rows, "statistics": {}}, "app.json")
    assert [(one.minute, one.outcome, one.destination) for one in found.counts] == [(MINUTE, TIMED_OUT, "cache")]
    with pytest.raises(InputError, match=r"events\[0\]: is not a log event: it has no message"):
        callers(tmp_path, {"results": [[{"field": "count(*)", "value": "7"}]]}, "app.json")


WRONG_EVENTS = {
    "empty": ("", "app.json: is empty"),
    "half": (json.dumps({"events": EVENTS})[:-40], r"app.json: line 1, column \d+: is not valid JSON: it ends in"),
    "half of a list": ('{"events": [{"message": "x"},', "is not valid JSON: it ends inside a list"),
    "no JSON": ("START RequestId", "line 1, column 1: is not valid JSON: expecting value"),
    "another answer": ({"Subnets": []}, r"events\[0\]: holds the answer of DescribeSubnets, not log events"),
    "no message": ([{"timestamp": 1}], r"events\[0\]: is not a log event: it has no message"),
    "no object": ([3], r"events\[0\]: 3 where an object should be"),
    "no time": ([{"message": "x", "timestamp": "noon"}], r"events\[0\]: timestamp is not a valid time"),
    "an endless event": (
        '{"events": [{"message": "' + "x" * (9 * 2**20), "line 1, column 13: a value is longer than 8,388,608 chara",
    ),
    "a comma too few": ('{"events": [{"message": "x"} {"message": "y"}]}', "30: is not valid JSON: expecting ','"),
    "deep": ("[" * 100_000, "is nested too deeply"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG_EVENTS)
def test_answers_that_are_none(tmp_path: Path, name: str) -> None:
    content, message = WRONG_EVENTS[name]
    with pytest.raises(InputError, match=message):
        callers(tmp_path, content, "app.json")


def test_an_endless_line_is_cut_and_noted(tmp_path: Path) -> None:
    line = "2026-11-20T12:03:05 Error: connect ETIMEDOUT 203.0.113.10:443 "
    text = "ok\n" + line + "x" * (3 * 2**20) + "\n" + line + "\n"
    case = read_case(case_at(tmp_path, {"callers/app.log": text}))
    assert counted(case.callers) == {TIMED_OUT: 2}
    assert [(note.source, note.text) for note in case.notes] == [
        ("callers/app.log", "line 2 is longer than 1,048,576 characters: the rest is passed over")
    ]


def test_files_of_other_kinds_are_noted(tmp_path: Path) -> None:
    case = read_case(case_at(tmp_path, {"callers/app.csv": "a,b", "callers/.DS_Store": "x"}))
    assert [(note.source, note.text) for note in case.notes] == [
        ("callers/app.csv", "passed over: callers/ holds .parquet, .log, .txt, .json files")
    ]

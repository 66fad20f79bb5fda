"""Lambda's logs as the second writer's incidents need them: what a runtime prints, in three formats."""

from __future__ import annotations

import hashlib
import json
import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from oracles.incidents.world import CaseFolder
from oracles.incidents.world.seen.second.shapes import moment, put


@dataclass(frozen=True, slots=True)
class _Event:
    time: datetime
    stream: str
    message: str


class Log:
    """The log group of one function.

    Tokens in its lines: ``<t>`` is the line's time, ``<g>`` the same as Go logs it, ``<r>`` the request id.
    """

    def __init__(self, function: str, start: str, json_format: bool = False, memory: int = 512) -> None:
        self.function = function
        self._start, self._json, self._memory = moment(start), json_format, memory
        self._dice = random.Random(function + start)
        self._events: list[_Event] = []
        self._count = 0

    def invoke(
        self,
        second: float,
        *lines: str,
        ms: float = 180.0,
        env: int = 0,
        status: str = "",
        before: str = "",
        until: float = 0.99,
    ) -> None:
        """One invocation that starts ``second`` seconds after the start of the log.

        Its lines come at even steps up to the share ``until`` of its duration ``ms``.
        """
        self._count += 1
        request = self._request()
        at = self._start + timedelta(seconds=second)
        end = at + timedelta(milliseconds=ms)
        if before:
            self._add(at - timedelta(milliseconds=40), env, before)
        self._platform(at, env, "start", request)
        for number, line in enumerate(lines, 1):
            when = at + timedelta(milliseconds=ms * number / len(lines) * until)
            self._add(
                when,
                env,
                line.replace("<t>", _stamp(when)).replace("<g>", f"{when:%Y/%m/%d %H:%M:%S}").replace("<r>", request),
            )
        if status == "timeout" and not self._json:
            self._add(end, env, f"{_stamp(end)} {request} Task timed out after {ms / 1000:.2f} seconds\n")
        self._platform(end, env, "report", request, ms, status)

    def every(
        self, begin: float, end: float, step: float, *lines: str, ms: float = 180.0, envs: int = 3, status: str = ""
    ) -> None:
        """An invocation every ``step`` seconds, a little early or late, in ``envs`` environments by turns."""
        second, number = begin, 0
        while second < end:
            about = ms + self._dice.uniform(1, 90 if status else max(2, min(ms * 0.03, 90)))
            self.invoke(second + self._dice.uniform(0, step / 3), *lines, ms=about, env=number % envs, status=status)
            second, number = second + step, number + 1

    def events(self, case: CaseFolder, name: str = "") -> None:
        """Write it as ``aws logs filter-log-events`` answers."""
        found = [
            {
                "logStreamName": one.stream,
                "timestamp": int(one.time.timestamp() * 1000),
                "message": one.message,
                "ingestionTime": int(one.time.timestamp() * 1000) + 2_310,
                "eventId": f"{38_000_000_000 + at:056d}",
            }
            for at, one in enumerate(self._sorted())
        ]
        put(case, f"callers/{name or self.function}.json", {"events": found, "searchedLogStreams": []})

    def tail(self, case: CaseFolder, name: str = "") -> None:
        """Write it as ``aws logs tail`` prints it."""
        lines = [f"{one.time.isoformat(timespec='microseconds')} {one.stream} {one.message}" for one in self._sorted()]
        put(case, f"callers/{name or self.function}.log", "\n".join(line.rstrip("\n") for line in lines) + "\n")

    def query(self, case: CaseFolder, name: str = "") -> None:
        """Write it as ``aws logs get-query-results`` answers; the latest event stands first."""
        rows = [
            [
                {"field": "@timestamp", "value": f"{one.time:%Y-%m-%d %H:%M:%S}.{one.time.microsecond // 1000:03d}"},
                {"field": "@message", "value": one.message},
                {"field": "@logStream", "value": one.stream},
            ]
            for one in self._sorted()
        ]
        put(case, f"callers/{name or self.function}.json", {"results": rows[::-1], "status": "Complete"})

    def _sorted(self) -> list[_Event]:
        return sorted(self._events, key=lambda one: one.time)

    def _platform(self, at: datetime, env: int, kind: str, request: str, ms: float = 0, status: str = "") -> None:
        used = self._memory if "ExitError" in status else self._memory // 4 + self._count % 7
        if self._json:
            record: dict[str, object] = {"requestId": request}
            if kind == "report":
                record |= {
                    "metrics": {
                        "durationMs": round(ms, 3),
                        "billedDurationMs": int(ms) + 1,
                        "memorySizeMB": self._memory,
                        "maxMemoryUsedMB": used,
                    },
                    "status": status or "success",
                }
            else:
                record["version"] = "$LATEST"
            self._add(at, env, json.dumps({"time": _stamp(at), "type": f"platform.{kind}", "record": record}))
        elif kind == "start":
            self._add(at, env, f"START RequestId: {request} Version: $LATEST\n")
        else:
            self._add(at, env, f"END RequestId: {request}\n")
            more = f"Status: {status}" if status else ""
            self._add(
                at,
                env,
                f"REPORT RequestId: {request}\tDuration: {ms:.2f} ms\tBilled Duration: {int(ms) + 1} ms\t"
                f"Memory Size: {self._memory} MB\tMax Memory Used: {used} MB\t{more}\n",
            )

    def _add(self, at: datetime, env: int, message: str) -> None:
        stream = hashlib.sha256(f"{self.function}/{env}".encode()).hexdigest()[:32]
        self._events.append(_Event(at, f"{at:%Y/%m/%d}/[$LATEST]{stream}", message))

    def _request(self) -> str:
        text = hashlib.sha256(f"{self.function}/{self._start}/{self._count}".encode()).hexdigest()
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:32]}"


def node(kind: str, message: str, *stack: str, level: str = "Invoke Error", **more: Any) -> str:
    """An error as the Node.js runtime prints it; ``more`` are the error's own members, such as ``code``."""
    told = {"errorType": kind, "errorMessage": message, **more, "stack": [f"{kind}: {message}", *stack]}
    return f"<t>\t<r>\tERROR\t{level} \t{json.dumps(told)}\n"


def fetch_failed(host: str, port: int = 443) -> str:
    """Node's own ``fetch`` that gets no connection within its ten seconds."""
    attempted = f"Connect Timeout Error (attempted address: {host}:{port}, timeout: 10000ms)"
    return node(
        "TypeError",
        "fetch failed",
        "    at node:internal/deps/undici/undici:13185:13",
        cause={"name": "ConnectTimeoutError", "code": "UND_ERR_CONNECT_TIMEOUT", "message": attempted},
    )


def python(kind: str, message: str, *frames: str) -> str:
    """An error that left the handler, as the Python runtime prints it with its traceback."""
    return f"[ERROR] {kind}: {message}\nTraceback (most recent call last):\n" + "\n".join(
        f"\u00a0\u00a0{one}" for one in frames or _FRAMES
    )


_FRAMES = ('File "/var/task/app.py", line 41, in handler', "\u00a0\u00a0rows = load(event)")


def structured(level: str, message: str, **more: Any) -> str:
    """A line of the JSON log format."""
    return json.dumps({"timestamp": "<t>", "level": level, "message": message, "requestId": "<r>", **more})


def _stamp(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")

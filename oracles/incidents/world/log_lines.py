"""Lines as the runtimes of Lambda write them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from oracles.incidents.world.log import Moment

Frame = tuple[str, int, str, str]
"""Of a traceback: file, line, function, source."""

APP: Frame = ("/var/task/app.py", 31, "lambda_handler", "return handle(event)")


def _compact(value: Any) -> str:
    """JSON as JavaScript and Go write it."""
    return json.dumps(value, separators=(",", ":"))


def python_error(type: str, message: str, *frames: Frame) -> str:
    """What the Python runtime writes of an exception that left the handler: one event of several lines."""
    lines = [f"[ERROR] {type}: {message}", "Traceback (most recent call last):"]
    for file, line, function, source in (APP, *frames):
        lines += [f'\u00a0\u00a0File "{file}", line {line}, in {function}', f"\u00a0\u00a0\u00a0\u00a0{source}"]
    return "\n".join(lines)


def python_traceback(error: str, *frames: Frame, chained: Sequence[str] = ()) -> str:
    """What ``traceback.print_exc`` and ``logger.exception`` write; ``chained`` are the errors that led to it."""
    parts = []
    for one in (*chained, error):
        lines = ["Traceback (most recent call last):"]
        for file, line, function, source in (APP, *frames):
            lines += [f'  File "{file}", line {line}, in {function}', f"    {source}"]
        parts.append("\n".join([*lines, one]))
    return "\n\nDuring handling of the above exception, another exception occurred:\n\n".join(parts) + "\n"


def python_log(level: str, text: str) -> Callable[[Moment], str]:
    """A line of Python's ``logging`` as the runtime sets it up."""
    return lambda moment: f"[{level}]\t{moment.time}\t{moment.request}\t{text}\n"


def node_log(level: str, *texts: Any) -> Callable[[Moment], str]:
    """A line of ``console.log`` or ``console.error``."""
    said = " ".join(text if isinstance(text, str) else _compact(text) for text in texts)
    return lambda moment: f"{moment.time}\t{moment.request}\t{level}\t{said}\n"


def node_error(
    message: str, type: str = "Error", *, stack: Sequence[str] = (), kind: str = "Invoke Error", **more: Any
) -> Callable[[Moment], str]:
    """What the Node.js runtime writes of an error that left the handler; ``more`` are its own members (code...)."""
    about = {"errorType": type, "errorMessage": message, **more}
    about["stack"] = [
        f"{type}: {message}", *(f"    at {one}" for one in stack or ("Runtime.handler (/var/task/index.js:24:11)",))
    ]  # fmt: skip
    return lambda moment: f"{moment.time}\t{moment.request}\tERROR\t{kind} \t{_compact(about)}\n"


def node_socket_error(
    code: str, call: str = "connect", address: str = "", port: int = 0, *, message: str = ""
) -> Callable[[Moment], str]:
    """An error of a socket, such as ``connect ETIMEDOUT 10.0.3.7:5432``."""
    number = {"ETIMEDOUT": -110, "ECONNREFUSED": -111, "ECONNRESET": -104, "EMFILE": -24, "EHOSTUNREACH": -113}
    where = f" {address}:{port}" if address else ""
    own: dict[str, Any] = {"errno": number.get(code, -1), "code": code, "syscall": call}
    own |= {"address": address, "port": port} if address else {}
    stack = ("TCPConnectWrap.afterConnect [as oncomplete] (node:net:1611:16)",)
    return node_error(message or f"{call} {code}{where}", stack=stack, **own)


def json_log(level: str, message: str, **more: Any) -> Callable[[Moment], str]:
    """A line of a function whose log format is JSON."""
    return lambda moment: (
        json.dumps({"timestamp": moment.time, "level": level, "message": message, "requestId": moment.request, **more})
        + "\n"
    )


def json_report(status: str, seconds: float, **more: Any) -> Callable[[Moment], str]:
    """``platform.report`` of a function whose log format is JSON."""
    record = {
        "requestId": "",
        "metrics": {"durationMs": seconds * 1000, "billedDurationMs": round(seconds * 1000), "memorySizeMB": 512,
                    "maxMemoryUsedMB": 96},
        "status": status,
        **more,
    }  # fmt: skip
    return lambda moment: (
        _compact({"time": moment.time, "type": "platform.report", "record": {**record, "requestId": moment.request}})
        + "\n"
    )


def java_error(exception: str, *frames: str, causes: Sequence[str] = ()) -> str:
    """A stack trace of Java; ``causes`` follow as ``Caused by:``."""
    lines = [exception, *(f"\tat {one}" for one in frames or ("com.example.Handler.handleRequest(Handler.java:48)",))]
    for one in causes:
        lines += [f"Caused by: {one}", "\tat java.base/sun.nio.ch.NioSocketImpl.connect(NioSocketImpl.java:592)",
                  "\t... 14 more"]  # fmt: skip
    return "\n".join(lines) + "\n"


def go_log(text: str) -> Callable[[Moment], str]:
    """A line of Go's ``log`` package."""
    return lambda moment: f"{moment.time[:10].replace('-', '/')} {moment.time[11:19]} {text}\n"


def go_error(message: str, type: str = "errorString") -> str:
    """What the runtime ``go1.x`` wrote of an error that the handler returned; ``provided.*`` writes nothing of it."""
    return _compact({"errorMessage": message, "errorType": type}) + "\n"


def dotnet_error(exception: str, *frames: str, inner: str = "") -> Callable[[Moment], str]:
    """An exception as the .NET runtime logs it."""
    lines = [exception, *([f" ---> {inner}"] if inner else [])]
    lines += [
        f"   at {one}" for one in frames or ("Api.Function.Handler(Request request) in /src/Function.cs:line 41",)
    ]
    return lambda moment: f"{moment.time}\t{moment.request}\tfail\t" + "\n".join(lines) + "\n"

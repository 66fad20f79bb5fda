"""Debian's Chromium, driven over its DevTools pipe: what a page asked for, what its console said, how it looks."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

CHROMIUM = shutil.which("chromium")
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
)
# The browser reads its descriptor 3 and writes its descriptor 4.
_BECOME_CHROMIUM = """
import fcntl, os, sys
commands, answers = (fcntl.fcntl(int(number), fcntl.F_DUPFD, 10) for number in sys.argv[1:3])
os.dup2(commands, 3)
os.dup2(answers, 4)
os.execv(sys.argv[3], sys.argv[3:])
"""
_PATIENCE = 60.0
"""Seconds that an answer may take on a busy machine."""


class Chromium:
    """One browser. A context manager: it and its profile are gone on exit."""

    def __init__(self) -> None:
        if CHROMIUM is None:
            raise FileNotFoundError("chromium is not installed")
        self._profile = tempfile.TemporaryDirectory(prefix="narrows-chromium-", ignore_cleanup_errors=True)
        commands, self._commands = os.pipe()
        self._answers, answers = os.pipe()
        flags = (*_FLAGS, f"--user-data-dir={self._profile.name}", "about:blank")
        self._process = subprocess.Popen(
            [sys.executable, "-c", _BECOME_CHROMIUM, str(commands), str(answers), CHROMIUM, *flags],
            pass_fds=(commands, answers),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        os.close(commands)
        os.close(answers)
        self._buffer = b""
        self._last = 0
        self.events: list[dict[str, Any]] = []

    def __enter__(self) -> Chromium:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            self.call("Browser.close")
            self._process.wait(timeout=10)
        except (OSError, subprocess.TimeoutExpired, TimeoutError):
            self._process.kill()
            self._process.wait()
        finally:
            os.close(self._commands)
            os.close(self._answers)
            self._profile.cleanup()

    def call(self, method: str, parameters: Mapping[str, Any] | None = None, session: str | None = None) -> Any:
        """Ask one thing and wait for its answer; events that come meanwhile are kept in ``events``."""
        self._last += 1
        asked = self._last
        message: dict[str, Any] = {"id": asked, "method": method, "params": dict(parameters or {})}
        if session:
            message["sessionId"] = session
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        until = time.monotonic() + _PATIENCE
        while True:
            answer = self._read(until)
            if answer.get("id") == asked:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer.get("result")

    def wait_for(self, method: str, session: str) -> dict[str, Any]:
        """The first event of this kind that has come or comes."""
        until = time.monotonic() + _PATIENCE
        while True:
            for event in self.events:
                if event["method"] == method and event.get("sessionId") == session:
                    return event
            self._read(until)

    def _read(self, until: float) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._answers], [], [], max(0.0, until - time.monotonic()))
            if not ready:
                raise TimeoutError("chromium does not answer")
            more = os.read(self._answers, 1 << 20)
            if not more:
                raise OSError("chromium has gone")
            self._buffer += more
        line, _, self._buffer = self._buffer.partition(b"\0")
        message: dict[str, Any] = json.loads(line)
        if "method" in message:
            self.events.append(message)
        return message


class Page:
    """One page in a browser."""

    def __init__(self, browser: Chromium, width: int = 1280, height: int = 900) -> None:
        self.browser = browser
        target = browser.call("Target.createTarget", {"url": "about:blank"})
        attached = browser.call("Target.attachToTarget", {"targetId": target["targetId"], "flatten": True})
        self._session: str = attached["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log", "Audits"):
            self.call(f"{domain}.enable")
        self.resize(width, height)

    def call(self, method: str, parameters: Mapping[str, Any] | None = None) -> Any:
        """Ask this page one thing."""
        return self.browser.call(method, parameters, self._session)

    def resize(self, width: int, height: int = 900) -> None:
        """Look at it through a window of this size."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False},
        )

    def prefer(self, *, dark: bool = False, media: str = "") -> None:
        """Prefer dark or light; ``media`` may be ``print``."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", {"media": media, "features": [scheme]})

    def forbid_scripts(self) -> None:
        """Run no script of the page from now on."""
        self.call("Emulation.setScriptExecutionDisabled", {"value": True})

    def open(self, file: Path) -> None:
        """Load a file and wait until it is loaded."""
        self.browser.events.clear()
        self.call("Page.navigate", {"url": file.resolve().as_uri()})
        self.browser.wait_for("Page.loadEventFired", self._session)

    def value(self, expression: str) -> Any:
        """What a JavaScript expression gives; a promise is waited for."""
        answer = self.call("Runtime.evaluate", {"expression": expression, "returnByValue": True, "awaitPromise": True})
        if "exceptionDetails" in answer:
            raise RuntimeError(json.dumps(answer["exceptionDetails"])[:2000])
        return answer["result"].get("value")

    def until(self, expression: str) -> None:
        """Wait until a JavaScript expression holds."""
        end = time.monotonic() + _PATIENCE
        while not self.value(expression):
            if time.monotonic() > end:
                raise TimeoutError(f"never true: {expression}; {self.complaints}")
            time.sleep(0.05)

    def mouse(self, kind: str, x: float, y: float, **more: Any) -> None:
        """Move, press or release the mouse at a place of the window."""
        self.call("Input.dispatchMouseEvent", {"type": kind, "x": x, "y": y, **more})

    @property
    def requests(self) -> list[str]:
        """Every address that was asked for, the page itself included."""
        return [event["params"]["request"]["url"] for event in self._of("Network.requestWillBeSent")]

    @property
    def responses(self) -> list[dict[str, Any]]:
        """Every answer that came from anywhere, as an event of the DevTools protocol."""
        return self._of("Network.responseReceived")

    @property
    def complaints(self) -> list[str]:
        """Errors and warnings: of scripts, of the console, of the browser, of its policy."""
        found = [json.dumps(event["params"]["exceptionDetails"]) for event in self._of("Runtime.exceptionThrown")]
        found += [
            json.dumps(event["params"]["args"])
            for event in self._of("Runtime.consoleAPICalled")
            if event["params"]["type"] in ("error", "warning", "assert")
        ]
        found += [
            json.dumps(event["params"]["entry"])
            for event in self._of("Log.entryAdded")
            if event["params"]["entry"]["level"] in ("error", "warning")
        ]
        found += [json.dumps(event["params"]["issue"]) for event in self._of("Audits.issueAdded")]
        return found

    @property
    def dialogs(self) -> list[str]:
        """What the page tried to alert."""
        return [event["params"]["message"] for event in self._of("Page.javascriptDialogOpening")]

    def _of(self, method: str) -> list[dict[str, Any]]:
        return [one for one in self.browser.events if one["method"] == method and one.get("sessionId") == self._session]

    def screenshot(self, file: Path) -> None:
        """The whole page as PNG."""
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        shot = self.call("Page.captureScreenshot", {"format": "png", "captureBeyondViewport": True, "clip": clip})
        file.write_bytes(base64.b64decode(shot["data"]))

    def pdf(self, file: Path) -> None:
        """The page as it prints."""
        printed = self.call("Page.printToPDF", {"printBackground": True, "preferCSSPageSize": True})
        file.write_bytes(base64.b64decode(printed["data"]))


@contextmanager
def open_page(width: int = 1280, height: int = 900) -> Iterator[Page]:
    """A page in a browser of its own."""
    with Chromium() as browser:
        yield Page(browser, width, height)

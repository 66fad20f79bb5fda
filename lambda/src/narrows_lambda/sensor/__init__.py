"""The sensor: after each invocation one line that says which connections this process holds, and what became of others.

``narrows_lambda.line`` says what stands in the line. ``import narrows_lambda.auto`` switches it on.
"""

from __future__ import annotations

import os

from narrows_lambda.lifecycle import LIFECYCLE
from narrows_lambda.sensor.ledger import Ledger
from narrows_lambda.sensor.report import Report
from narrows_lambda.sensor.writing import Form, Output
from narrows_lambda.sockets import endpoint

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from narrows_lambda.lifecycle import Invocation, Lifecycle

SWITCH = "NARROWS_SENSOR"
"""The environment variable: ``emf`` (the default), ``json`` or ``off``."""


class Sensor:
    """That of this process."""

    def __init__(
        self,
        lifecycle: Lifecycle = LIFECYCLE,
        environ: Mapping[str, str] = os.environ,
        write: Callable[[str], None] | None = None,
    ) -> None:
        """The baseline is taken here.

        Args:
            lifecycle: tells of invocations, and the time.
            environ: the environment variables that Lambda sets.
            write: takes each line; standard output unless it is given.
        """
        self._lifecycle = lifecycle
        self._environ = environ
        self._given = write
        # Now: what the function's own code makes of standard output later is its own.
        self._output: Output | None = Output()
        self.ledger = Ledger(endpoint(environ.get("AWS_LAMBDA_RUNTIME_API", "")))
        self._started: Invocation | None = None
        self._first = True
        self._form: Form | None = None
        self._write: Callable[[str], None] | None = None

    def install(self) -> None:
        """Begin; for as long as the process lives."""
        self.ledger.openings.watch()
        self._lifecycle.on_start(self.start)
        self._lifecycle.on_end(self.end)
        os.register_at_fork(after_in_child=self._after_fork)

    def start(self, invocation: Invocation) -> None:
        """An invocation begins."""
        self._started = invocation
        if not self._first:
            return
        self._first = False
        self.ledger.start(invocation.began_wall, invocation.began_monotonic)
        if self._environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start":
            self.ledger.forget_path()
        self._prepare()

    def end(self, invocation: Invocation) -> None:
        """It is over: the line is written."""
        if invocation is not self._started or self._form is None or self._write is None:
            return
        self._started = None
        clock = self._lifecycle.clock
        monotonic = clock.monotonic()
        report = Report(clock.wall(), invocation.number, invocation.request_id)
        self.ledger.end(report, monotonic, max(0.0, monotonic - invocation.began_monotonic))
        self._write(self._form.line(report))

    def _prepare(self) -> None:
        # Not before the first invocation: what is random in a snapshot is the same in all that are restored from it.
        environ = self._environ
        self._form = Form(
            environ.get("AWS_LAMBDA_FUNCTION_NAME") or "function",
            environ.get("AWS_LAMBDA_LOG_STREAM_NAME") or os.urandom(16).hex(),
            environ.get("AWS_LAMBDA_FUNCTION_VERSION") or "$LATEST",
            os.getpid(),
            emf=environ.get(SWITCH, "").lower() != "json",
        )
        if self._output is None:
            self._output = Output()
        self._write = self._given or self._output.write

    def _after_fork(self) -> None:
        try:
            self._started = None
            self._first = True
            self._form = None
            # Workers of Managed Instances get one of their own.
            self._output = None
            self.ledger.leave_out()
        except Exception:
            pass


_INSTALLED: Sensor | None = None


def install() -> Sensor | None:
    """Switch the sensor on, once in a process; None where ``NARROWS_SENSOR=off`` says not to."""
    global _INSTALLED
    if _INSTALLED is None and os.environ.get(SWITCH, "").lower() != "off":
        _INSTALLED = Sensor()
        _INSTALLED.install()
    return _INSTALLED

"""A report as the line that ``narrows_lambda.line`` describes, and that line on standard output."""

from __future__ import annotations

import os
import stat

from narrows_lambda.line import BODY, DIMENSION, MOST_DESTINATIONS, NAMESPACE, SCHEMA, Field, Metric, Of
from narrows_lambda.sockets import borrowed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from narrows_lambda.sensor.report import Destination, Report

_LONGEST_TEXT = 512
_STDOUT = 1
_MOST_WRITES = 16
"""Of one line, where standard output takes a part at a time."""


class Form:
    """What is the same in every line of this process."""

    def __init__(self, function: str, environment: str, version: str, process: int, *, emf: bool) -> None:
        """All of it is put together once.

        Args:
            function: its name.
            environment: that of its log stream.
            version: of the function.
            process: its number.
            emf: whether CloudWatch is to make metrics of it.
        """
        self._emf = emf
        self._function = f'"{DIMENSION}":{quoted(function)}'
        self._place = (
            f'"{Field.ENVIRONMENT}":{quoted(environment)},"{Field.PROCESS}":{process},'
            f'"{Field.VERSION}":{quoted(version)}'
        )
        self._definitions: dict[tuple[str, ...], str] = {}

    def line(self, report: Report) -> str:
        """One line without its end. What is not known is left out."""
        metrics: tuple[tuple[Metric, float | None], ...] = (
            (Metric.OPENED, report.opened),
            (Metric.HELD, report.held),
            (Metric.REUSED, report.reused),
            (Metric.FAILED, report.failed),
            (Metric.SYN_RETRANSMITS, report.syn_retransmits),
            (Metric.DESCRIPTORS, report.descriptors),
            (Metric.OLDEST_IDLE, report.oldest_idle),
        )
        known = [(metric, value) for metric, value in metrics if value is not None]
        parts = []
        if self._emf and known:
            defined = self._defined([metric for metric, _ in known])
            parts.append(f'"_aws":{{"Timestamp":{max(0, int(report.time * 1_000))},"CloudWatchMetrics":[{defined}]}}')
        parts.append(self._function)
        parts.extend([f'"{metric.spelled}":{number(value)}' for metric, value in known])
        parts.append(f'"{BODY}":{self._body(report)}')
        return "{" + ",".join(parts) + "}"

    def _defined(self, metrics: list[Metric]) -> str:
        names = tuple([metric.spelled for metric in metrics])
        text = self._definitions.get(names)
        if text is None:
            each = ",".join(f'{{"Name":"{metric.spelled}","Unit":"{metric.unit}"}}' for metric in metrics)
            text = f'{{"Namespace":"{NAMESPACE}","Dimensions":[["{DIMENSION}"]],"Metrics":[{each}]}}'
            self._definitions[names] = text
        return text

    def _body(self, report: Report) -> str:
        ordered = report.destinations
        if len(ordered) > 1:
            ordered = sorted(ordered, key=lambda one: (-one.held - one.opened - one.failed, one.spelled))
        text = (
            f'{{"{Field.SCHEMA}":{SCHEMA},"{Field.TIME}":{number(report.time)},{self._place},'
            f'"{Field.INVOCATION}":{report.invocation},"{Field.REQUEST_ID}":{quoted(report.request_id)},'
            f'"{Field.DESTINATIONS}":[{",".join([_destination(one, report) for one in ordered[:MOST_DESTINATIONS]])}],'
            f'"{Field.MORE}":{max(0, len(ordered) - MOST_DESTINATIONS)}'
        )
        if report.unattributed_opened is not None and report.unattributed_failed is not None:
            text += (
                f',"{Field.UNATTRIBUTED}":{{"{Of.OPENED}":{report.unattributed_opened},'
                f'"{Of.FAILED}":{report.unattributed_failed}}}'
            )
        return text + "}"


def _destination(one: Destination, report: Report) -> str:
    text = f'{{"{Of.PEER}":{quoted(one.spelled)}'
    if one.name is not None:
        text += f',"{Of.NAME}":{quoted(one.name)}'
    if one.clients:
        text += f',"{Of.CLIENT}":{quoted("+".join(sorted(one.clients)))}'
    text += f',"{Of.OPENED}":{one.opened}'
    if report.scanned:
        text += f',"{Of.HELD}":{one.held},"{Of.STALE}":{one.stale},"{Of.REUSED}":{one.reused}'
    text += f',"{Of.FAILED}":{one.failed}'
    if one.held:
        text += f',"{Of.OLDEST_IDLE}":{number(one.oldest_idle)}'
    return text + "}"


def number(value: float) -> str:
    """As JSON."""
    return str(value) if isinstance(value, int) else f"{value:.3f}"


def quoted(text: str) -> str:
    """As JSON, and not longer than a line can bear."""
    if len(text) > _LONGEST_TEXT:
        text = text[:_LONGEST_TEXT]
    if text.isascii() and text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    import json

    return json.dumps(text)


class Output:
    """Standard output, as long as it is what it was."""

    def __init__(self) -> None:
        self._is = _identity()

    def write(self, line: str) -> None:
        """One line, at once and past what Python holds back: nothing of another thread gets into it.

        Where the function closed its standard output, whatever has that number now is not written to.
        """
        if self._is is None or _identity() != self._is:
            return
        left = memoryview((line + "\n").encode())
        try:
            for _ in range(_MOST_WRITES):
                left = left[os.write(_STDOUT, left) :]
                if not left:
                    return
        except OSError:
            return


def _identity() -> tuple[int, int] | None:
    """What standard output is; None where it is closed, or is a connection to somewhere."""
    try:
        status = os.fstat(_STDOUT)
        if stat.S_ISSOCK(status.st_mode):
            with borrowed(_STDOUT) as connection:
                if isinstance(connection.getsockname(), tuple):
                    return None
        return status.st_dev, status.st_ino
    except OSError:
        return None

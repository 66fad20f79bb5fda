"""A report as the line that ``narrows_lambda.line`` describes, and that line on standard output."""

from __future__ import annotations

import os
import stat

from narrows_lambda.line import BODY, DIMENSION, METRICS, MOST_DESTINATIONS, NAMESPACE, SCHEMA, Field, Metric, Of
from narrows_lambda.sockets import Borrowed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from narrows_lambda.sensor.report import Destination, Report

_LONGEST_TEXT = 512
_STDOUT = 1
_MOST_WRITES = 16
"""Of one line, where standard output takes a part at a time."""


class Form:
    """What is the same in every line of this process: a line is that with its figures put in."""

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
        self._function = f'"{DIMENSION}":{_literal(quoted(function))}'
        self._place = _literal(
            f'"{Field.ENVIRONMENT}":{quoted(environment)},"{Field.PROCESS}":{process},'
            f'"{Field.VERSION}":{quoted(version)}'
        )
        self._templates: dict[tuple[bool, ...], str] = {}

    def line(self, report: Report) -> str:
        """One line without its end. What is not known is left out."""
        values = (
            report.opened, report.held, report.reused, report.failed, report.syn_retransmits, report.descriptors,
            report.oldest_idle,
        )  # fmt: skip
        known = tuple([value is not None for value in values])
        template = self._templates.get(known)
        if template is None:
            template = self._templates[known] = self._template(known)
        destinations = report.destinations
        if len(destinations) > 1:
            destinations = sorted(destinations, key=_order)
        if len(destinations) > MOST_DESTINATIONS:
            destinations = destinations[:MOST_DESTINATIONS]
        unattributed = ""
        if report.unattributed_opened is not None and report.unattributed_failed is not None:
            unattributed = _UNATTRIBUTED % (report.unattributed_opened, report.unattributed_failed)
        return template % (
            max(0, int(report.time * 1_000)),
            *[value for value in values if value is not None],
            report.time,
            report.invocation,
            quoted(report.request_id),
            ",".join([_destination(one, report.scanned) for one in destinations]),
            len(report.destinations) - len(destinations),
            unattributed,
        )

    def _template(self, known: tuple[bool, ...]) -> str:
        """The line in which these of the metrics stand."""
        metrics = [metric for metric, is_known in zip(METRICS, known, strict=True) if is_known]
        each = ",".join([f'{{"Name":"{metric.spelled}","Unit":"{metric.unit}"}}' for metric in metrics])
        # Where there is no metric to declare, CloudWatch is told of none, and nothing is made of the time.
        stamp = (
            f'"_aws":{{"Timestamp":%d,"CloudWatchMetrics":[{{"Namespace":"{NAMESPACE}",'
            f'"Dimensions":[["{DIMENSION}"]],"Metrics":[{each}]}}]}},'
            if self._emf and metrics
            else "%.0s"
        )
        figures = "".join([f'"{one.spelled}":{"%.3f" if one is Metric.OLDEST_IDLE else "%d"},' for one in metrics])
        return (
            f'{{{stamp}{self._function},{figures}"{BODY}":{{"{Field.SCHEMA}":{SCHEMA},"{Field.TIME}":%.3f,{self._place},'
            f'"{Field.INVOCATION}":%d,"{Field.REQUEST_ID}":%s,"{Field.DESTINATIONS}":[%s],"{Field.MORE}":%d%s}}}}'
        )


_UNATTRIBUTED = f',"{Field.UNATTRIBUTED}":{{"{Of.OPENED}":%d,"{Of.FAILED}":%d}}'
_OPENED = f',"{Of.OPENED}":%d,"{Of.FAILED}":%d}}'
_SCANNED = f',"{Of.OPENED}":%d,"{Of.HELD}":%d,"{Of.STALE}":%d,"{Of.REUSED}":%d,"{Of.FAILED}":%d}}'
_IDLE = _SCANNED[:-1] + f',"{Of.OLDEST_IDLE}":%.3f}}'


def _order(one: Destination) -> tuple[int, str]:
    return -one.held - one.opened - one.failed, one.spelled


def _destination(one: Destination, scanned: bool) -> str:
    text = f'{{"{Of.PEER}":{quoted(one.spelled)}'
    if one.name is not None:
        text += f',"{Of.NAME}":{quoted(one.name)}'
    if one.clients:
        text += f',"{Of.CLIENT}":{quoted("+".join(sorted(one.clients)))}'
    if not scanned:
        return text + _OPENED % (one.opened, one.failed)
    if not one.held:
        return text + _SCANNED % (one.opened, 0, one.stale, one.reused, one.failed)
    return text + _IDLE % (one.opened, one.held, one.stale, one.reused, one.failed, one.oldest_idle)


def _literal(text: str) -> str:
    """Text of a template that is no place for a figure."""
    return text.replace("%", "%%")


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
        try:
            status = os.fstat(_STDOUT)
            if (status.st_dev, status.st_ino) != self._is:
                return
            left = (line + "\n").encode()
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
        if stat.S_ISSOCK(status.st_mode) and isinstance(Borrowed(_STDOUT).getsockname(), tuple):
            return None
        return status.st_dev, status.st_ino
    except OSError:
        return None

"""What a flow log is asked to write, and what is hard to read about the traffic in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from narrows.case.flow_log_fields import FIELDS_OF_VERSION
from narrows.errors import InputError, shown
from narrows.units import parse_duration


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowLogOptions:
    """How flow logs are written.

    Raises:
        ValueError: a value is out of range.
    """

    version: int = 5
    """Every field up to this version."""
    format: str = "parquet"
    """``parquet``, or ``text`` (gzip)."""
    interval: int = 60
    """Seconds of aggregation: 60 or 600."""
    idle_gap: float = 20.0
    """Mean seconds between what an open connection sends; drawn for each connection, at least a second."""
    longest_idle_gap: float = 300.0
    port_choice: str = "longest-free"
    """Which free port the next connection gets: ``longest-free``, ``random``, or ``at-once`` (the one freed last)."""
    closes_without_fin: float = 0.0
    """Share of closed connections whose FIN never came: the tables keep them until their idle timeout."""
    skipdata: float = 0.0
    """Share of an interface's intervals in which half the records are lost, with a SKIPDATA record in their place."""
    seed: int = 0

    def __post_init__(self) -> None:
        if self.version not in FIELDS_OF_VERSION:
            raise ValueError(f"flow logs have no version {self.version}: {', '.join(map(str, FIELDS_OF_VERSION))}")
        if self.format not in ("parquet", "text"):
            raise ValueError(f"'{self.format}' is not a format of flow logs: text or parquet")
        if self.interval not in (60, 600):
            raise ValueError("the aggregation interval is 60 or 600 seconds")
        if self.port_choice not in ("longest-free", "random", "at-once"):
            raise ValueError(f"'{self.port_choice}' is not a choice of ports: longest-free, random or at-once")
        if self.idle_gap <= 0 or self.longest_idle_gap <= 0:
            raise ValueError("an idle gap is longer than nothing")
        if not (0 <= self.closes_without_fin <= 1 and 0 <= self.skipdata <= 1):
            raise ValueError("a share is between 0 and 1")


def parse_options(
    version: str,
    *,
    file_format: str,
    interval: int,
    idle_gap: str,
    port_choice: str,
    closes_without_fin: float,
    skipdata: float,
    seed: int,
    folder: Path | None,
    scale: float,
) -> FlowLogOptions:
    """Options as the command line takes them.

    Raises:
        InputError: one of them cannot be, there is no case to write into, or tables are not of their own size.
    """
    if folder is None:
        raise InputError("--flow-logs needs a case to write them into", advice="add --out FOLDER")
    if scale != 1.0:
        # Whoever reads them compares with 65,000 and 55,000, and would rule out a table that was full at a hundredth.
        raise InputError("--flow-logs needs tables of their own size", advice="leave --scale out")
    number = version.lower().removeprefix("v")
    if not number.isdecimal():
        raise InputError(f"flow logs: {shown(version)} is not a version of flow logs", advice="write v2, v5 or v11")
    try:
        return FlowLogOptions(
            version=int(number),
            format=file_format,
            interval=interval,
            idle_gap=parse_duration(idle_gap),
            port_choice=port_choice,
            closes_without_fin=closes_without_fin,
            skipdata=skipdata,
            seed=seed,
        )
    except ValueError as error:
        raise InputError(f"flow logs: {error}") from None

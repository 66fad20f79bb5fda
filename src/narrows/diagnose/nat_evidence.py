"""What CloudWatch says of one NAT gateway, as several causes need it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from narrows.case.cloudwatch_names import NAT_DIMENSION
from narrows.case.model import Metrics
from narrows.diagnose.readings import PEAK, SUM, Reading, Window, read


@dataclass(frozen=True)
class NatEvidence:
    """The metrics of one NAT gateway in the window."""

    gateway: str
    metrics: Metrics
    window: Window | None

    def reading(self, metric: str, stats: tuple[str, ...]) -> Reading | None:
        """One metric of this gateway."""
        return read(self.metrics, metric, stats, self.window, **{NAT_DIMENSION: self.gateway})

    @cached_property
    def port_errors(self) -> Reading | None:
        """``ErrorPortAllocation``: SYNs for which no source port was free."""
        return self.reading("ErrorPortAllocation", SUM)

    @cached_property
    def active(self) -> Reading | None:
        """``ActiveConnectionCount``: open TCP connections, of every client to every destination."""
        return self.reading("ActiveConnectionCount", PEAK)

    @cached_property
    def attempts(self) -> Reading | None:
        """``ConnectionAttemptCount``: first SYNs."""
        return self.reading("ConnectionAttemptCount", ("Sum",))

    @cached_property
    def established(self) -> Reading | None:
        """``ConnectionEstablishedCount``: counts a connection once for every SYN that it took."""
        return self.reading("ConnectionEstablishedCount", ("Sum",))

    @cached_property
    def idle_timeouts(self) -> Reading | None:
        """``IdleTimeoutCount``: connections that fell silent for the idle timeout."""
        return self.reading("IdleTimeoutCount", SUM)

    @cached_property
    def drops(self) -> Reading | None:
        """``PacketsDropCount``."""
        return self.reading("PacketsDropCount", SUM)

    @cached_property
    def peak_bytes(self) -> Reading | None:
        """``PeakBytesPerSecond``: the busiest ten seconds of each minute."""
        return self.reading("PeakBytesPerSecond", PEAK)

    @cached_property
    def peak_packets(self) -> Reading | None:
        """``PeakPacketsPerSecond``."""
        return self.reading("PeakPacketsPerSecond", PEAK)

    def errors_zero(self, spans: tuple[Window | None, ...]) -> bool:
        """Whether ``ErrorPortAllocation`` was 0 throughout one of the spans, with no gap in it."""
        errors = self.port_errors
        return errors is not None and errors.total == 0 and any(errors.covers(span) for span in spans)

    @property
    def unanswered(self) -> int | None:
        """SYNs that passed the gateway and were not answered: at least so many.

        ``ConnectionAttemptCount`` counts first SYNs only, ``ConnectionEstablishedCount`` also those that were sent
        again, so their difference can hide unanswered ones and never adds any.
        """
        attempts, established = self.attempts, self.established
        if attempts is None or established is None:
            return None
        return max(0, round(attempts.total - established.total))

    def close_rate(self, moment: int) -> float | None:
        """Connections closed a second in the period of a moment: those established, less those that stayed."""
        established, active = self.established, self.active
        if established is None or active is None:
            return None
        rate, now, before = established.rate_at(moment), active.at(moment), active.at(moment - active.period)
        if rate is None or now is None:
            return None
        growth = 0.0 if before is None else (now - before) / active.period
        return max(0.0, rate - growth)

"""Flow-log records from known connections: one for each five-tuple, direction and aggregation interval with packets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from narrows.units import MICROSECONDS
from narrows.writing.flow_logs.flows import Ending, Flows

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FIN, _SYN, _RST, _ACK = 1, 2, 4, 16
_NEVER = np.int64(2**62)
ANSWER = 1000
"""Microseconds until the other side answers data."""
_BYTES = 600
"""Of a packet, on average."""

RECORD = np.dtype(
    [
        ("interface", np.int32), ("source", np.int32), ("target", np.int32), ("pkt_source", np.int32),
        ("pkt_target", np.int32), ("srcport", np.int32), ("dstport", np.int32), ("window", np.int64),
        ("first", np.int64), ("last", np.int64), ("flags", np.int16), ("packets", np.int64), ("bytes", np.int64),
        ("egress", np.bool_), ("rejected", np.bool_),
    ]
)  # fmt: skip


def aggregate(
    flows: Flows, phases: NDArray[np.int64], interval: int, retransmits: Sequence[float], *, outbound: NDArray[np.bool_]
) -> Any:
    """The records of connections, as a structured array of ``RECORD`` (moments in microseconds from the start).

    Args:
        phases: microseconds at which the first aggregation interval of each interface begins (zero or less).
        interval: seconds.
        retransmits: moments after the first SYN, in seconds.
        outbound: for each flow, whether its client's packets leave the interface (egress).
    """
    width = interval * MICROSECONDS
    phase = phases[flows.interface]
    first_window = (flows.opened - phase) // width
    last_window = (np.maximum(flows.last + ANSWER, flows.opened) - phase) // width
    counts = (last_window - first_window + 1).astype(np.int64)
    row = np.repeat(np.arange(len(flows)), counts)
    window = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts) + first_window[row]
    begin = window * width + phase[row]
    parts = [
        _direction(flows, row, window, begin, begin + width, retransmits, outbound, forward)
        for forward in (True, False)
    ]
    return _merged(np.concatenate(parts))


def _direction(
    flows: Flows,
    row: NDArray[np.int64],
    window: NDArray[np.int64],
    begin: NDArray[np.int64],
    end: NDArray[np.int64],
    retransmits: Sequence[float],
    outbound: NDArray[np.bool_],
    forward: bool,
) -> Any:
    first = np.full(len(row), _NEVER)
    last = np.full(len(row), -_NEVER)
    packets = np.zeros(len(row), np.int64)
    flags = np.zeros(len(row), np.int16)
    answered, final, ending = flows.answered[row], flows.last[row], flows.ending[row]
    delay = 0 if forward else ANSWER
    open_ = answered >= 0

    def sends(moment: NDArray[np.int64], when: Any, flag: int = 0) -> None:
        inside = when & (moment >= begin) & (moment < end)
        np.minimum(first, moment, out=first, where=inside)
        np.maximum(last, moment, out=last, where=inside)
        packets[inside] += 1
        flags[inside] |= flag

    if forward:
        for number, after in enumerate((0.0, *retransmits)):
            sent = flows.syns[row] > number
            if not sent.any():
                break
            sends(flows.opened[row] + round(after * MICROSECONDS), sent, _SYN)
    else:
        # Of a refused attempt the RST is all that comes back; its ACK is not in the flags.
        refused = open_ & (ending == Ending.RST) & (final <= answered)
        sends(answered, open_ & ~refused & (flows.syns[row] > 0), _SYN | _ACK)
        sends(np.maximum(answered, 0), refused, _RST)
    # Data at answered + k * period, strictly before the last packet.
    period = flows.period[row]
    base = np.where(open_, answered, 0) + delay
    low = np.maximum(begin, base + period)
    high = np.minimum(end, final + delay)
    k_first = -(-(low - base) // period)
    k_last = (high - 1 - base) // period
    some = open_ & (k_last >= k_first)
    np.minimum(first, base + k_first * period, out=first, where=some)
    np.maximum(last, base + k_last * period, out=last, where=some)
    packets += np.where(some, 2 * (k_last - k_first + 1), 0)
    by_client = open_ & (final > answered)
    ends = np.where(ending == Ending.FIN, _FIN, 0)
    for flag in (0, _FIN):
        sends(final + delay, by_client & (ends == flag) & (ending != Ending.RST), flag)
    if not forward:
        sends(final, by_client & (ending == Ending.RST), _RST)
    there = np.flatnonzero(packets > 0)
    row = row[there]
    out = np.zeros(len(there), RECORD)
    out["interface"] = flows.interface[row]
    sides = ("source", "target") if forward else ("target", "source")
    ports = ("srcport", "dstport") if forward else ("dstport", "srcport")
    out[sides[0]], out[sides[1]] = flows.client[row], flows.server[row]
    out[f"pkt_{sides[0]}"], out[f"pkt_{sides[1]}"] = flows.pkt_client[row], flows.pkt_server[row]
    out[ports[0]], out[ports[1]] = flows.client_port[row], flows.server_port[row]
    out["window"], out["first"], out["last"] = window[there], first[there], last[there]
    out["flags"], out["packets"], out["bytes"] = flags[there], packets[there], packets[there] * _BYTES
    out["egress"] = outbound[row] == forward
    out["rejected"] = flows.rejected[row]
    return out


def _merged(records: Any) -> Any:
    """One record for each five-tuple and interval: connections that share a port within one are one record."""
    names = (
        "interface", "window", "source", "target", "pkt_source", "pkt_target", "srcport", "dstport", "egress",
        "rejected",
    )  # fmt: skip
    order = np.lexsort([records["first"], *(records[name] for name in reversed(names))])
    records = records[order]
    if len(records) < 2:
        return records
    same = np.ones(len(records) - 1, bool)
    for name in names:
        same &= records[name][1:] == records[name][:-1]
    starts = np.concatenate([[0], np.flatnonzero(~same) + 1])
    out = records[starts]
    if len(starts) < len(records):
        out["first"] = np.minimum.reduceat(records["first"], starts)
        out["last"] = np.maximum.reduceat(records["last"], starts)
        out["flags"] = np.bitwise_or.reduceat(records["flags"], starts)
        out["packets"] = np.add.reduceat(records["packets"], starts)
        out["bytes"] = np.add.reduceat(records["bytes"], starts)
    return out

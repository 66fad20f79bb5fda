"""What came of the real runtimes: their log as AWS's command line prints it, and the figures of a run."""

from __future__ import annotations

import io
import json
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from narrows.lab.runtimes.journal import Ended, entries

if TYPE_CHECKING:
    from narrows.lab.runtimes.plan import RuntimePlan
    from narrows.recording import Recording


@dataclass
class Account:
    """What the journal of a run says, once it is over."""

    function: str
    ended: Counter[str] = field(default_factory=Counter)
    """Invocations by ``Ended``."""
    cold: int = 0
    seconds: list[float] = field(default_factory=list)
    """How long each invocation took."""
    each_second: Counter[int] = field(default_factory=Counter)
    """Invocations by the second that they were due in."""
    opened: int = 0
    """Connection attempts, by the kernels of the environments."""
    held: int = 0
    """Connections that were established at the end."""
    environments: int = 0
    starts: int = 0
    """Of runtimes."""

    def summary(self) -> dict[str, Any]:
        """As JSON. Durations in seconds."""
        total = sum(self.ended.values())
        ordered = sorted(self.seconds)
        return {
            "function": self.function,
            "environments": self.environments,
            "runtimes_started": self.starts,
            "invocations": total,
            "cold_starts": self.cold,
            "errors": self.ended[Ended.ERROR.value] + self.ended[Ended.EXIT.value],
            "timeouts": self.ended[Ended.TIMEOUT.value],
            "p50": _quantile(ordered, 0.5),
            "p99": _quantile(ordered, 0.99),
            "connections_opened": self.opened,
            "connections_held": self.held,
        }


def _quantile(ordered: list[float], share: float) -> float | None:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else None


def take_account(plan: RuntimePlan, journal: bytes) -> Account:
    """Read the journal of a run."""
    account = Account(plan.function.name or "")
    for kind, content in entries(io.BytesIO(journal)):
        if kind == "invocation":
            began, _, ended, seconds, cold = content
            account.ended[ended] += 1
            account.cold += cold
            account.seconds.append(seconds)
            account.each_second[int(began)] += 1
        elif kind == "environment":
            account.environments += 1
            account.starts += content["starts"]
            account.opened += content["opened"]
            account.held += content["held"]
    return account


def write_logs(journal: bytes, target: Path) -> None:
    """Write the log lines of a journal as ``aws logs filter-log-events`` prints them."""
    with target.open("w", encoding="utf-8") as out:
        out.write('{\n    "events": [')
        separator = "\n"
        for number, (kind, content) in enumerate(entries(io.BytesIO(journal))):
            if kind != "log":
                continue
            moment, log_stream, message = content
            event = {
                "logStreamName": log_stream,
                "timestamp": moment,
                "message": message,
                "ingestionTime": moment,
                "eventId": f"{moment:014d}{number:042d}",
            }
            out.write(f"{separator}        {json.dumps(event, ensure_ascii=False)}")
            separator = ",\n"
        out.write('\n    ],\n    "searchedLogStreams": []\n}\n')


def with_invocations(recording: Recording, account: Account) -> Recording:
    """The recording with the invocations that there really were."""
    import numpy as np

    series = recording.functions[account.function]
    counted = [account.each_second[second] for second in range(recording.seconds)]
    series.invocations[:] = np.array(counted, np.int64)
    return replace(recording, extra={**recording.extra, "runtime": account.summary()})

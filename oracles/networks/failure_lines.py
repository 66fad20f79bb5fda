"""What is left of callers' outcomes where only failures were logged: events as ``filter-log-events`` answers them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from narrows.network import Destination
from narrows.recording import Outcome, Recording

_WORDS = {
    Outcome.TIMED_OUT: "[Errno 110] Connection timed out",
    Outcome.REFUSED: "[Errno 111] Connection refused",
    Outcome.RESET: "[Errno 104] Connection reset by peer",
    Outcome.NO_DESCRIPTOR: "[Errno 24] Too many open files",
    Outcome.NO_NAME: "[Errno -2] Name or service not known",
}


def write_failure_lines(recording: Recording, folder: Path, *, named: bool) -> None:
    """Write a file of log events for each function: one line for every attempt that failed.

    Args:
        named: whether a line says which destination it was.
    """
    outcomes, network = recording.outcomes, recording.network
    begin = round(recording.start.timestamp() * 1000)
    targets = [network.destinations[name] for name in outcomes.destinations]
    events: dict[str, list[dict[str, Any]]] = {name: [] for name in recording.functions}
    rows = zip(
        outcomes.ended.tolist(), outcomes.client.tolist(), outcomes.environment.tolist(),
        outcomes.destination.tolist(), outcomes.outcome.tolist(), strict=True,
    )  # fmt: skip
    for ended, client, environment, destination, outcome in rows:
        function = outcomes.clients[client]
        if outcome != Outcome.ESTABLISHED and function in events:
            events[function].append(
                {
                    "logStreamName": f"{recording.start:%Y/%m/%d}/{function}[$LATEST]{environment:032x}",
                    "timestamp": begin + ended // 1000,
                    "message": _line(Outcome(outcome), targets[destination] if named else None),
                }
            )
    for function, told in events.items():
        text = json.dumps({"events": told, "searchedLogStreams": []})
        (folder / f"{function}.json").write_text(text, encoding="utf-8")


def _line(outcome: Outcome, target: Destination | None) -> str:
    where = "" if target is None else f" {target.host}:{target.port}"
    return f"[ERROR] cannot connect{where}: {_WORDS[outcome]}"

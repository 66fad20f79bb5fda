"""What was printed, and what it may mean: ``printed.jsonl``, a row for each text of a library."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from narrows.case import CallerOutcome

FILE = Path(__file__).parent / "printed.jsonl"
_LONGEST = 1_500
"""Characters of one that is kept: a client of HTTP prints all its settings behind its error."""
_OUTCOMES = {
    "black-hole": CallerOutcome.TIMED_OUT,
    "refused": CallerOutcome.REFUSED,
    "reset": CallerOutcome.RESET,
    "reset-later": CallerOutcome.RESET,
    "closed": CallerOutcome.RESET,
    "closed-later": CallerOutcome.RESET,
    "silent": CallerOutcome.ANSWER_TIMED_OUT,
    "full": CallerOutcome.DESTINATION_FULL,
    "unreachable": CallerOutcome.UNREACHABLE,
    "nxdomain": CallerOutcome.NO_NAME,
    "servfail": CallerOutcome.NO_NAME,
    "unanswered": CallerOutcome.NO_NAME,
}
_IN_THE_HANDSHAKE = re.compile(r"secure TLS|handshake", re.I)
_ADDRESS = re.compile(r"0x[0-9a-f]+")
_NUMBER = re.compile(r"\d+")
_SOMETIMES = re.compile(r"time to current attempt start: [\d.]+s,")
"""What @grpc/grpc-js puts into a text of one fault as of another, now and then."""


@dataclass(frozen=True, slots=True)
class Printed:
    """A text that a library prints, and every fault that it prints it for."""

    library: str
    version: str
    runtime: str
    how: str
    faults: tuple[str, ...]
    text: str

    @property
    def wanted(self) -> frozenset[CallerOutcome]:
        """What it may mean: of several faults it does not say which."""
        found = {self._outcome(fault) for fault in self.faults}
        if CallerOutcome.RESET in found and _IN_THE_HANDSHAKE.search(self.text):
            # Who speaks TLS meets such a fault before TLS is up, and some say so.
            found.add(CallerOutcome.TLS_CUT)
        return frozenset(found)

    @property
    def family(self) -> str:
        """The library without what was done with it."""
        return self.library.partition(" (")[0]

    def _outcome(self, fault: str) -> CallerOutcome:
        if fault == "silent" and ("(TLS)" in self.library or "dynamodb" in self.library or self.library == "botocore"):
            return CallerOutcome.TLS_TIMED_OUT
        return _OUTCOMES[fault]


def read() -> list[Printed]:
    """Every row."""
    with FILE.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [Printed(**{**row, "faults": tuple(row["faults"])}) for row in rows]


def write(lines: Iterable[str]) -> int:
    """Put what the clients printed, a JSON line for each attempt, into rows; how many there are."""
    found: dict[tuple[str, str, str, str], Printed] = {}
    for line in lines:
        row = json.loads(line)
        text = _ADDRESS.sub("0x7f0000000000", _cut(row["printed"]))
        fault, library, how = row["fault"], row["library"], row.get("how", "")
        masked = _SOMETIMES.sub("", text.replace(f"{fault}.", "NAME."))
        key = (row["runtime"], library, how, _NUMBER.sub("#", masked))
        before = found.get(key)
        faults = (*(before.faults if before is not None else ()), fault)
        kept = before.text if before is not None else text
        found[key] = Printed(library, row["version"], row["runtime"], how, tuple(sorted(set(faults))), kept)
    with FILE.open("w", encoding="utf-8") as out:
        for key in sorted(found):
            one = found[key]
            row = {name: getattr(one, name) for name in ("library", "version", "runtime", "how", "faults", "text")}
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
    return len(found)


def _cut(text: str) -> str:
    """A text of reasonable length, cut between its lines."""
    if len(text) <= _LONGEST or "\n" not in text:
        return text
    lines = text.split("\n")
    while len(lines) > 1 and len("\n".join(lines)) > _LONGEST:
        lines.pop()
    return "\n".join(lines)

"""The tables of ``bench truth`` as Markdown, and how much of each is true."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tests.lab.churn import NEAR, Load, Prediction
from tests.lab.sums import CONNECTIONS, Sum
from tests.reuse import truth as reuse
from tests.sensor.truth import Row as Sensed

_OUTCOMES = {"ok": "ok", reuse.NO_ANSWER: "**no answer**"}


@dataclass(frozen=True)
class Verdict:
    """How many cells are as they should be, of how many."""

    true: int
    cells: int
    what: str

    def __str__(self) -> str:
        return f"{self.true:,} of {self.cells:,} {self.what}"


def markdown(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table."""
    shown = (f"{cell:,}" if isinstance(cell, int) else str(cell) for row in rows for cell in row)
    width = len(head)
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * width]
    return "\n".join([*lines, *("| " + " | ".join(cells) + " |" for cells in zip(*[shown] * width, strict=True))])


def _word(true: bool) -> str:
    return "equal" if true else "**DIFFERENT**"


def _client(name: str, tls: bool) -> str:
    return f"{name}, TLS" if tls else name


def of_reuse(found: Sequence[reuse.Row]) -> tuple[str, Verdict]:
    """What becomes of an invocation that finds its connection dead."""
    cells = {(row.client, row.tls, row.fault, row.how): row for row in found if not row.unable}
    head = ["client", *(f"{text}, {how}" for text in reuse.FAULTS.values() for how in reuse.HOW)]
    pairs = dict.fromkeys((client, tls) for client, tls, _, _ in cells)
    rows: list[list[object]] = [
        [_client(client, tls == "tls"),
         *(_became(cells[client, tls, fault, how]) for fault in reuse.FAULTS for how in reuse.HOW)]
        for client, tls in pairs
    ]  # fmt: skip
    rows += ([row.client, row.unable, *[""] * (len(head) - 2)] for row in found if row.unable)
    held = [row for row in cells.values() if row.how == "with"]
    what = "invocations with reuse as promised: answered where the other end lives, an error in time where it is gone"
    return markdown(head, rows), Verdict(sum(map(reuse.as_promised, held)), len(held), what)


def _became(row: reuse.Row) -> str:
    opened = f"{row.opened} opened" if row.opened else "none opened"
    return f"{_OUTCOMES.get(row.outcome, f'**{row.outcome}**')}, {opened}, {row.seconds:.2f} s"


def notes_of_reuse(found: Sequence[reuse.Row]) -> Iterator[str]:
    """Without and with it, in a line each."""
    for how in reuse.HOW:
        mine = [row for row in found if row.how == how]
        living = [row for row in mine if row.fault not in ("gone", "soon")]
        gone = [row for row in mine if row.fault == "gone"]
        served, in_time = (
            sum(row.outcome == "ok" for row in living),
            sum(row.outcome != reuse.NO_ANSWER for row in gone),
        )
        most = max((row.seconds for row in gone), default=0.0)
        yield (
            f"{how} reuse: {served} of {len(living)} invocations ok where the peer lives; where it is gone, "
            f"{in_time} of {len(gone)} say so in time, after {most:.2f} s at most"
        )


def of_sensor(found: Sequence[Sensed]) -> tuple[str, Verdict]:
    """The sensor beside the kernel and the servers."""
    head = ("client", "built", "opened", "kernel", "server", "held", "kernel", "reused", "kernel", "who", "")
    rows = [
        (row.client, row.unable, *[""] * (len(head) - 2)) if row.unable else
        (_client(row.client, row.tls), row.shape, row.opened, row.opened_kernel, row.opened_server, row.held,
         row.held_kernel, row.reused, row.reused_kernel, ", ".join(name or "-" for name in row.named) or "-",
         _word(row.true))
        for row in found
    ]  # fmt: skip
    played = [row for row in found if not row.unable]
    return markdown(head, rows), Verdict(sum(row.true for row in played), len(played), "cells equal")


def of_sums(found: Sequence[Sum]) -> tuple[str, Verdict]:
    """The sensors of many runtimes beside the lab's tables."""
    head = ("handler", "where", "invocations", "lines", "opened, sensors", "kernels", "NAT ports", "held, sensors",
            "kernels", "ENI or destination", "")  # fmt: skip
    rows: list[Sequence[object]] = []
    for one in found:
        rows.append((one.how, f"the ENI, {one.runtimes} runtimes", one.invocations, one.lines, one.opened,
                     one.opened_kernels, sum(place.ports for place in one.places.values()), one.held, one.held_kernels,
                     one.eni, _word(one.true)))  # fmt: skip
        rows += (
            ("", f"to {name}", "", "", place.opened, "", place.ports, place.held, "", place.established,
             _word(place.true))
            for name, place in ((name, one.places[name]) for name in CONNECTIONS)
        )  # fmt: skip
    places = [place.true for one in found for place in one.places.values()]
    true = sum(one.true for one in found) + sum(places)
    return markdown(head, rows), Verdict(true, len(found) + len(places), "sums equal")


def of_churn(found: Sequence[Load | Prediction]) -> tuple[str, Verdict]:
    """The incident by churn, and what it was predicted to be."""
    loads = [one for one in found if isinstance(one, Load)]
    plans = [one for one in found if isinstance(one, Prediction)]
    counted = markdown(
        ("handler", "runtimes", "invocations", "failed", "connects", "NAT table, peak", "ErrorPortAllocation",
         "narrows diagnose", ""),
        [(one.how, one.environments, one.invocations, one.failed, one.opened, f"{one.ports:,} of {one.capacity:,}",
          one.errors, one.cause or "no cause", "as it should be" if one.true else "**NOT SO**") for one in loads],
    )  # fmt: skip
    predicted = markdown(
        ("plan made from", "connections with reuse, by the plan", "by the lab", ""),
        [(one.made_from, one.said, one.counted, f"within {NEAR:.0%}" if one.true else f"**not within {NEAR:.0%}**")
         for one in plans],
    )  # fmt: skip
    return f"{counted}\n\n{predicted}", Verdict(sum(one.true for one in found), len(found), "rows as they should be")

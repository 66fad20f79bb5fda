"""What a person sees of the lab: the live view, the result, and what the doctor found."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from narrows.errors import one_line
from narrows.gate import argument, console
from narrows.lab.memory import ATTEMPTED, COUNTS, OPEN, OUTCOMES, Control
from narrows.shortening import LEAST, shortened
from narrows.terminal_table import Column, Row, print_table
from narrows.units import format_duration

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console, Group

    from narrows.lab.drawing import Drawing
    from narrows.lab.fitting import Finding
    from narrows.lab.memory import SharedMemory
    from narrows.lab.options import Options
    from narrows.lab.run import Watch
    from narrows.recording import Recording, RunSummary

_BAR = (8, 32)
"""Characters of a bar, at the least and at the most."""
_FIGURE = 19
"""Characters of ``65,000 of 65,000``, with the room before it."""
_REDRAW = 0.25
_MOST_TABLES = 16
_OUTCOMES = ("established", "timed out", "refused", "reset", "no descriptor", "no name")


@contextmanager
def live_view(name: str) -> Iterator[Watch | None]:
    """Show a run on stderr while it lasts; nothing where stderr is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.live import Live

    with Live(console=console(stderr=True), auto_refresh=False, transient=True) as live:
        view = _View(name, live.console.width)

        def watch(drawing: Drawing, memory: SharedMemory) -> None:
            if time.monotonic() >= view.due:
                view.due = time.monotonic() + _REDRAW
                live.update(view.draw(drawing, memory), refresh=True)

        yield watch


class _View:
    def __init__(self, name: str, width: int) -> None:
        self.name = one_line(name, 60)
        self.width = width
        self.due = 0.0
        self.before = (0.0, 0)
        """The moment and the number of connects when the rate was last worked out."""
        self.rate = 0.0

    def draw(self, drawing: Drawing, memory: SharedMemory) -> Group:
        """The picture of this moment."""
        from rich.console import Group
        from rich.table import Table
        from rich.text import Text

        plan, control = drawing.blueprint, memory.control
        start = control[Control.START] / 1e9
        now = max(0.0, time.monotonic() - start) if start else 0.0
        counts = [sum(memory.counts[at] for at in range(field, len(memory.counts), COUNTS)) for field in range(COUNTS)]
        if now - self.before[0] >= 1.0:
            self.rate = (counts[OUTCOMES] - self.before[1]) / (now - self.before[0])
            self.before = now, counts[OUTCOMES]
        left = format_duration(max(0, int(plan.seconds - now)))
        state = f"{left} left" if start else "building the network"
        lines = [Text(f"{self.name}: {state}    Ctrl-C ends it and keeps what was recorded", "bold"), Text("")]
        path = Table.grid(padding=(0, 2))
        for _ in range(3):
            path.add_column(no_wrap=True)
        path.add_row("execution environments", "", f"{counts[OPEN]:,} of {counts[ATTEMPTED]:,} open")
        row = int(control[Control.SAMPLED]) * memory.width
        tables = list(_tables(drawing))
        names = shortened([label for label, _, _ in tables], max(LEAST, self.width - _BAR[0] - _FIGURE - 4))
        bar = self.width - max(map(len, [*names.values(), "execution environments"])) - _FIGURE - 4
        for label, slot, capacity in tables:
            level = memory.samples[row + memory.slots[slot]] if slot in memory.slots else 0
            drawn = _bar(level, capacity, min(max(bar, _BAR[0]), _BAR[1]))
            path.add_row(names[label], drawn, f"{level:,} of {capacity:,}")
        for number, name in enumerate(drawing.model.destinations):
            own = [n for n, one in enumerate(drawing.model.unique_destinations) if one.destination == number]
            accepted = sum(memory.samples[row + memory.slots[f"u{n}_accepted"]] for n in own)
            path.add_row(one_line(name, 40), "", f"{accepted:,} accepted")
        ended = ", ".join(
            f"{count:,} {word}" for word, count in zip(_OUTCOMES, counts[OUTCOMES:], strict=True) if count
        )
        memory_now = max(0, control[Control.MEMORY] - control[Control.MEMORY_BEFORE]) / 1e6
        lines_after = [
            Text(""),
            Text(f"{self.rate:,.0f} established/s   {ended or 'nothing yet'}   {memory_now:.2f} GB"),
        ]
        return Group(*lines, path, *lines_after)


def _tables(drawing: Drawing) -> Iterator[tuple[str, str, int]]:
    """(what it is, its slot, its capacity) of the tables that are shown."""
    model, rules = drawing.model, drawing.blueprint.rules
    found = [(f"ENI {key}", f"e{number}_0", rules.eni_capacity) for number, key in enumerate(model.combos)]
    for (pool, unique), first in model.nat_tables.items():
        for index in range(model.pools[pool].addresses):
            gateway, address = model.gateways[model.pools[pool].gateway], model.unique_destinations[unique].address
            found.append((f"{gateway} address {index + 1} → {address}", f"t{first + index}", model.nat_capacity))
    for label, slot, capacity in found[:_MOST_TABLES]:
        yield one_line(label, 48), slot, capacity


def _bar(level: int, capacity: int, length: int) -> str:
    filled = min(length, round(length * level / capacity))
    return "█" * filled + "░" * (length - filled)


def show_result(
    screen: Console,
    recording: Recording,
    summary: RunSummary,
    options: Options,
    out: Path | None,
    *,
    wide: bool = False,
) -> None:
    """The figures of a run that is over; ``wide`` leaves nothing of its tables out."""
    from narrows.simulate.show import show_run

    show_run(screen, recording, summary, wide=wide)
    if "runtime" in recording.extra:
        _show_runtime(screen, recording.extra["runtime"])
    late = float(str(recording.extra["latest_connect_seconds"]))
    played = f"{recording.seconds} s with real packets; the latest connect came {format_duration(round(late, 3))} late"
    screen.print(f"\n{played}", style="dim")
    if recording.extra.get("server_ended"):
        screen.print("the server at the destination ended before the run did", style="red")
    if "syn_retransmits_played" in recording.extra:
        screen.print(f"SYNs were sent again after {recording.extra['syn_retransmits_played']}", style="yellow")
    if options.scale != 1.0:
        screen.print(f"every table and all demand at {options.scale:g} of its size", style="dim")
    if options.capture is not None:
        screen.print(f"packets in {options.capture}; open it in Wireshark", style="dim", soft_wrap=True)
    if out is not None:
        # A line break inside of quotes would be part of what is pasted.
        screen.print(f"case written to {out}; next: narrows diagnose {argument(out)}", style="dim", soft_wrap=True)


def _show_runtime(screen: Console, figures: Any) -> None:
    """What real runtimes did."""
    ms = {name: "-" if figures[name] is None else f"{figures[name] * 1000:,.1f} ms" for name in ("p50", "p99")}
    rows = (
        (
            f"{figures['invocations']:,}",
            f"invocations of {figures['function']} in {figures['environments']:,} environments",
        ),
        (f"{figures['cold_starts']:,}", f"of them cold; {figures['runtimes_started']:,} runtimes were started"),
        (f"{figures['errors']:,}", "ended in an error"),
        (f"{figures['timeouts']:,}", "ran into the function's timeout"),
        (ms["p50"], f"half of them took less; 99 of 100 less than {ms['p99']}"),
        (f"{figures['connections_opened']:,}", "connects of the function, as the environments' kernels count them"),
        (f"{figures['connections_held']:,}", "connections that it held at the end"),
    )
    screen.print()
    columns = (Column("", right=True), Column(""))
    print_table(screen, columns, [Row(row, styles={0: "bold"}) for row in rows], header=False)


def show_findings(screen: Console, findings: Sequence[Finding]) -> None:
    """What the doctor found, and what to do about it."""
    from rich.text import Text

    for one in findings:
        screen.print(Text("ok      " if one.fits else "missing ", "green" if one.fits else "red").append(one.what))
        for line in one.advice:
            screen.print(Text(f"        {line}", "dim"))
    if all(one.fits for one in findings):
        screen.print("\nThe lab runs here.", style="bold")

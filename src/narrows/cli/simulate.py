"""``narrows simulate``: run a scenario and write its case."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from narrows.cli.wide import Wide
from narrows.gate import argument, console, print_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from narrows.recording import Recording, RunSummary
    from narrows.simulate import Interval
    from narrows.simulate.event_log import EventLog
    from narrows.writing.flow_logs import FlowLogOptions


_LOGS = "Flow logs"


def simulate(
    scenario: Annotated[Path, typer.Argument(help="A scenario (YAML).", show_default=False)],
    out: Annotated[Path | None, typer.Option(help="Folder to write the case to.", show_default=False)] = None,
    runs: Annotated[int, typer.Option(min=1, max=10_000, help="Replications; several give intervals.")] = 1,
    scale: Annotated[float, typer.Option(min=1e-6, max=1.0, help="Factor on every table and all demand.")] = 1.0,
    flow_logs: Annotated[
        str | None, typer.Option(help="Write flow logs too: v2 to v11.", show_default=False, rich_help_panel=_LOGS)
    ] = None,
    flow_log_format: Annotated[str, typer.Option(help="parquet or text.", rich_help_panel=_LOGS)] = "parquet",
    flow_log_interval: Annotated[int, typer.Option(help="Seconds: 60 or 600.", rich_help_panel=_LOGS)] = 60,
    flow_log_idle_gap: Annotated[
        str, typer.Option(help="Mean time between what an open connection sends.", rich_help_panel=_LOGS)
    ] = "20s",
    flow_log_ports: Annotated[
        str, typer.Option(help="Which free port is next: longest-free, random, at-once.", rich_help_panel=_LOGS)
    ] = "longest-free",
    flow_log_lost_fin: Annotated[float, typer.Option(help="Share of closes without FIN.", rich_help_panel=_LOGS)] = 0.0,
    flow_log_skipdata: Annotated[
        float, typer.Option(help="Share of intervals with SKIPDATA.", rich_help_panel=_LOGS)
    ] = 0.0,
    wide: Wide = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Run a scenario, every connection attempt one by one, and write its case."""
    from narrows.case import new_case
    from narrows.cli.no_effect import say_no_effect, with_no_effect
    from narrows.cli.progress import progress_bar, say_if_compiling
    from narrows.recording import summarize
    from narrows.scenario import load_scenario
    from narrows.scenario.effects import deciding_assumptions
    from narrows.scenario.scale import scale_demand
    from narrows.simulate import intervals, replicate, simulate_scenario, simulate_with_log
    from narrows.stated_assumptions import show_assumed

    loaded = scale_demand(load_scenario(scenario), scale)
    options = None
    if flow_logs is not None:
        from narrows.writing.flow_logs import parse_options

        options = parse_options(
            flow_logs, file_format=flow_log_format, interval=flow_log_interval, idle_gap=flow_log_idle_gap,
            port_choice=flow_log_ports, closes_without_fin=flow_log_lost_fin, skipdata=flow_log_skipdata,
            seed=loaded.demand.seed, folder=out, scale=scale,
        )  # fmt: skip
    with nullcontext() if out is None else new_case(out) as write:
        say_if_compiling()
        with progress_bar(f"simulating {loaded.name}") as advance:
            if options is None:
                recording, log = simulate_scenario(loaded, scale=scale, progress=advance), None
            else:
                recording, log = simulate_with_log(loaded, scale=scale, progress=advance)
        summary = summarize(recording)
        spread = None
        if runs > 1:
            with progress_bar(f"{runs} replications of {loaded.name}") as advance:
                spread = intervals(replicate(loaded, runs, scale=scale, progress=advance, first=recording))
        if write is not None:
            write(recording, more=None if options is None or log is None else _flow_logs(recording, log, options))
    if json:
        replications = {} if spread is None else {"replications": {"runs": runs, "intervals": spread}}
        print_json(with_no_effect({**summary, **replications}, loaded))
        return
    say_no_effect(loaded)
    _print(recording, summary, spread, out, wide=wide)
    show_assumed(console(), loaded.assumptions.printed(tuple(deciding_assumptions(loaded))))


def _flow_logs(recording: Recording, log: EventLog, options: FlowLogOptions) -> Callable[[Path], None]:
    from narrows.writing.flow_logs import write_simulated

    return lambda place: write_simulated(place / "flow-logs", recording, log, options)


def _print(
    recording: Recording, summary: RunSummary, spread: dict[str, Interval] | None, out: Path | None, *, wide: bool
) -> None:
    from narrows.simulate.show import show_run

    screen = console()
    show_run(screen, recording, summary, spread, wide=wide)
    screen.print(f"\n{recording.events:,} events in {recording.wall_seconds:.2f} s", style="dim")
    if out is not None:
        screen.print(f"case written to {out}; next: narrows diagnose {argument(out)}", style="dim", soft_wrap=True)

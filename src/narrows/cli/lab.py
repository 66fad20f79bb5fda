"""``narrows lab``: play a scenario with real packets and write its case; ``narrows lab doctor`` looks before."""

from __future__ import annotations

import os
import shlex
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from narrows.cli.wide import Wide
from narrows.errors import InputError
from narrows.gate import complain, console, print_json

if TYPE_CHECKING:
    from narrows.lab import Options
    from narrows.lab.runtimes.plan import Function
    from narrows.scenario import Scenario

_DOCTOR = "doctor"
"""This word; a scenario of that name is ``./doctor``, which a Path would not tell from it."""
_PACKETS = 100_000
_LOGS = "Flow logs"
_RUNTIME = "Real Lambda runtimes"


def lab(
    scenario: Annotated[str, typer.Argument(help="A scenario (YAML), or 'doctor'.", show_default=False)],
    examined: Annotated[
        Path | None, typer.Argument(metavar="[SCENARIO]", help="What the doctor is to look for.", show_default=False)
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder to write the case to.", show_default=False)] = None,
    scale: Annotated[float, typer.Option(min=1e-4, max=1.0, help="Factor on every table and all demand.")] = 1.0,
    speed: Annotated[float, typer.Option(min=1.0, max=1000.0, help="How much quicker the ramp goes.")] = 1.0,
    serve: Annotated[
        str, typer.Option(help="A real server to run at the destination, such as 'redis-server --port 6379'.")
    ] = "",
    run: Annotated[str, typer.Option(help="A command to run among the callers when half of the time is over.")] = "",
    pcap: Annotated[Path | None, typer.Option(help="File for a packet capture (pcapng).", show_default=False)] = None,
    packets: Annotated[int, typer.Option(min=1, max=5_000_000, help="The most packets to capture.")] = _PACKETS,
    flow_logs: Annotated[
        str | None, typer.Option(help="Write flow logs too: v2 to v11.", show_default=False, rich_help_panel=_LOGS)
    ] = None,
    flow_log_format: Annotated[str, typer.Option(help="parquet or text.", rich_help_panel=_LOGS)] = "parquet",
    flow_log_interval: Annotated[int, typer.Option(help="Seconds: 60 or 600.", rich_help_panel=_LOGS)] = 60,
    runtime: Annotated[
        str | None,
        typer.Option(
            help="Run a real function in real runtimes: awslambdaric.", rich_help_panel=_RUNTIME, show_default=False
        ),
    ] = None,
    function: Annotated[
        str | None,
        typer.Option(
            metavar="[NAME=]FOLDER", help="The function's folder.", rich_help_panel=_RUNTIME, show_default=False
        ),
    ] = None,
    handler: Annotated[str, typer.Option(help="As Lambda names it.", rich_help_panel=_RUNTIME)] = "handler.handler",
    every: Annotated[
        str, typer.Option(help="From one invocation of an environment to its next.", rich_help_panel=_RUNTIME)
    ] = "1s",
    timeout: Annotated[str, typer.Option(help="The function's timeout.", rich_help_panel=_RUNTIME)] = "3s",
    memory: Annotated[
        int, typer.Option(min=128, max=10240, help="The function's memory, MB.", rich_help_panel=_RUNTIME)
    ] = 128,
    env: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE",
            help="A variable of the function; repeat it.",
            rich_help_panel=_RUNTIME,
            show_default=False,
        ),
    ] = None,
    layer: Annotated[
        Path | None,
        typer.Option(help="A layer's folder: it stands at /opt.", rich_help_panel=_RUNTIME, show_default=False),
    ] = None,
    wide: Wide = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Play a scenario with real TCP through real kernel tables, and write its case. Needs no root.

    'narrows lab doctor [SCENARIO]' says whether this machine can, and what to do if not.
    """
    from narrows.lab import Options
    from narrows.scenario import load_scenario

    if not scenario:
        raise InputError("is empty", place="scenario", advice="name a file or folder")
    logs = None
    if flow_logs is not None:
        from narrows.writing.flow_logs import parse_options

        logs = parse_options(
            flow_logs, file_format=flow_log_format, interval=flow_log_interval, idle_gap="20s",
            port_choice="longest-free", closes_without_fin=0.0, skipdata=0.0, seed=0, folder=out,
            scale=scale,
        )  # fmt: skip
    if flow_logs is not None and function is not None:
        raise InputError("go not with real runtimes", place="--flow-logs", advice="leave one of them out")
    asked = _function(runtime, function, handler, every, timeout, memory, env or [], layer)
    options = Options(
        scale=scale,
        speed=speed,
        serve=_words(serve, "--serve"),
        function=asked,
        serve_client=_words(run, "--run"),
        capture=None if pcap is None else str(pcap),
        packets=packets,
        flow_logs=logs,
    )
    if scenario == _DOCTOR:
        _doctor(None if examined is None else load_scenario(examined), options, json)
    elif examined is not None:
        raise typer.BadParameter("one scenario at a time", param_hint="SCENARIO")
    else:
        _check_apart(pcap, out)
        _play(load_scenario(scenario), options, out, json, wide=wide)


def _check_apart(pcap: Path | None, out: Path | None) -> None:
    """The folder of a case changes places with the old one: no other file may come to stand in it."""
    if pcap is not None and out is not None and Path(os.path.realpath(pcap)).is_relative_to(os.path.realpath(out)):
        raise InputError("lies in the folder of --out", file=pcap, place="--pcap", advice="name a file elsewhere")


def _function(
    runtime: str | None,
    named: str | None,
    handler: str,
    every: str,
    timeout: str,
    memory: int,
    variables: list[str],
    layer: Path | None,
) -> Function | None:
    """The function of ``--function``; None where none is asked for."""
    from narrows.lab.runtimes.asked import parse_function

    if runtime is None and named is None:
        return None
    if runtime not in (None, "awslambdaric"):
        raise InputError(f"'{runtime}' is not known", place="--runtime", advice="awslambdaric is")
    if named is None:
        raise InputError("needs a function", place="--runtime", advice="--function FOLDER")
    return parse_function(
        named, handler=handler, every=every, timeout=timeout, memory=memory, variables=variables, layer=layer
    )


def _words(command: str, place: str) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(command))
    except ValueError as error:
        raise InputError(f"is not a command line: {error}".lower(), place=place) from None


def _doctor(scenario: Scenario | None, options: Options, json: bool) -> None:
    from narrows.lab.doctor import examine

    findings = examine(scenario, options)
    if json:
        print_json({"fits": all(one.fits for one in findings), "checks": [one.printed() for one in findings]})
    else:
        from narrows.lab.show import show_findings

        show_findings(console(), findings)
    if not all(one.fits for one in findings):
        raise typer.Exit(1)


def _play(scenario: Scenario, options: Options, out: Path | None, json: bool, *, wide: bool) -> None:
    from narrows.case import new_case
    from narrows.cli.no_effect import say_no_effect, with_no_effect
    from narrows.lab.run import play
    from narrows.lab.show import live_view, show_result
    from narrows.recording import summarize
    from narrows.scenario.effects import deciding_assumptions
    from narrows.signals import in_good_order
    from narrows.stated_assumptions import show_assumed

    with nullcontext() if out is None else new_case(out) as write, in_good_order():
        with live_view(scenario.name) as watch:
            run = play(scenario, options, watch=watch)
        recording = run.recording
        summary = summarize(recording)
        if write is not None:
            write(recording, more=lambda place: run.write_more(place, options))
    interrupted = bool(recording.extra.get("interrupted"))
    if json:
        runtimes = {} if run.account is None else {"runtime": run.account.summary()}
        document = {**summary, **runtimes, **({"interrupted": True} if interrupted else {})}
        print_json(with_no_effect(document, scenario))
    else:
        say_no_effect(scenario)
        show_result(console(), recording, summary, options, out, wide=wide)
        show_assumed(console(), scenario.assumptions.printed(tuple(deciding_assumptions(scenario))))
    if interrupted:
        complain(f"this is a part: {recording.seconds} of {run.drawing.blueprint.seconds} s were played")
        raise KeyboardInterrupt

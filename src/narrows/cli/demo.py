"""``narrows demo``: the incident in three acts, and the plan that narrows would have made."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from narrows.gate import console

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from narrows.demo import Act, Played

_LABEL = 12
"""Characters before the text of a paragraph."""
_STATUS_STYLES = {"confirmed": "bold red", "likely": "red", "possible": "yellow", "ruled-out": "dim"}


def demo(
    out: Annotated[Path, typer.Option(help="Folder for the cases and reports.")] = Path("narrows-demo"),
) -> None:
    """Play the incident in three acts, diagnose each, then plan the way out, prove it, and write the reports."""
    from narrows.cli.progress import progress_bar, say_if_compiling
    from narrows.demo import ACTS, play
    from narrows.report import write_report

    screen = console()
    say_if_compiling()
    screen.print("90,000 connections from Lambda functions in a VPC to one cache, through a NAT gateway.\n")
    for number, act in enumerate(ACTS, start=1):
        with progress_bar(f"act {number}") as advance:
            played = play(act, out / f"act-{number}", advance)
        _print_act(screen, number, act, played)
        report = out / f"act-{number}.html"
        write_report(played.case, report, diagnosis=played.diagnosis, prove=number < len(ACTS))
        screen.print(f"  report    {report}\n")
    _plan(screen, out)


def _print_act(screen: Console, number: int, act: Act, played: Played) -> None:
    from rich.text import Text

    from narrows.diagnose.causes import CAUSES
    from narrows.diagnose.verdict import verdict
    from narrows.network import HopKind

    summary = played.summary
    screen.rule(f"Act {number}: {act.title}", align="left")
    seen = (
        f"{summary['established_peak']:,} of {summary['attempted']:,} established, {summary['timed_out']:,} timed out; "
        f"ErrorPortAllocation {summary['error_port_allocation']:,}"
    )
    _paragraph(screen, "seen", Text(seen))
    said = verdict(played.case, played.diagnosis)
    _paragraph(screen, "diagnosis", Text().append(f"{said.certainty}: ", "bold").append(said.sentence))
    for cause in played.diagnosis.causes:
        if CAUSES[cause.id].table in (HopKind.NAT_GATEWAY, HopKind.HYPERPLANE_ENI):
            status = Text(cause.status.words, _STATUS_STYLES.get(cause.status.value, ""))
            _paragraph(screen, "", Text(f"{cause.id:28}").append_text(status))
    if said.then:
        _paragraph(screen, "next", Text(said.then))


def _paragraph(screen: Console, label: str, text: Text) -> None:
    """A text with its label before it; its further lines stand under the first."""
    from rich.text import Text

    for number, line in enumerate(text.wrap(screen, screen.width - _LABEL)):
        line.rstrip()
        screen.print(Text(f"  {label if not number else '':{_LABEL - 2}}").append_text(line))


def _plan(screen: Console, out: Path) -> None:
    from narrows.cli.lab_proof import with_lab_proof
    from narrows.cli.progress import progress_bar
    from narrows.demo import ACTS, scenario_file
    from narrows.errors import NarrowsError
    from narrows.lab.doctor import is_possible
    from narrows.plan import make_plan, prove
    from narrows.plan.show import show
    from narrows.scenario import load_scenario

    file = scenario_file(ACTS[0].scenario)
    screen.rule("The plan that narrows makes before the first act", align="left")
    screen.print(f"  narrows plan {file.name} --prove\n")
    with progress_bar("proving the plan"):
        plan = prove(make_plan(load_scenario(file)))
    why_not = is_possible()
    if why_not is None:
        screen.print("  and once more with real packets through this kernel's own tables (about 40 s)\n")
        try:
            plan = with_lab_proof(plan)
        except NarrowsError as error:
            why_not = str(error)
    show(plan, screen)
    if why_not is not None:
        screen.print(f"\nThe lab, with real packets, does not run here ({why_not}): the proof above is simulated.")
    screen.print(f"\nOpen {out / 'act-2.html'} in a browser: the act that no metric explains.")

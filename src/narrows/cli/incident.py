"""``narrows incident``: from a function's name to a report."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from narrows.cli.collect import (
    Connects,
    EndpointUrl,
    FlowLogs,
    Functions,
    Last,
    Profile,
    ReadEnvironment,
    Region,
    Since,
    Until,
)
from narrows.cli.own_prices import OwnPrices, own_prices
from narrows.gate import argument, say, say_paragraph


def incident(
    function: Functions = None,
    last: Last = None,
    since: Since = None,
    until: Until = None,
    out: Annotated[
        Path | None, typer.Option(help="The folder of the case; the report stands beside it.", show_default=False)
    ] = None,
    connects_to: Connects = None,
    profile: Profile = None,
    region: Region = None,
    endpoint_url: EndpointUrl = None,
    read_environment: ReadEnvironment = False,
    flow_logs: FlowLogs = None,
    prices: OwnPrices = None,
) -> None:
    """Why do connections of a function time out? Collects from the live account, diagnoses, plans, writes a report."""
    from narrows.cli.collecting import collect_into, wanted_of
    from narrows.cli.progress import say_if_compiling
    from narrows.diagnose.verdict import verdict
    from narrows.errors import InputError
    from narrows.plan import make_plan
    from narrows.plan.show import headline
    from narrows.report import write_report

    if not function:
        raise InputError("no function is named", place="--function", advice="write narrows incident --function NAME")
    own = own_prices(prices)
    wanted = wanted_of(
        function, None, None, last, since, until, connects_to, read_environment=read_environment, flow_logs=flow_logs
    )
    # '.' has no name that a report could stand beside.
    named = out if out is None or out.name not in ("", "..") else out.resolve()
    folder = named or Path(f"{wanted.functions[0]}-{datetime.fromtimestamp(wanted.start, UTC):%Y%m%dT%H%MZ}")
    examined = collect_into(wanted, folder, function, profile, region, endpoint_url)
    case, found = examined.case, examined.diagnosis
    said = verdict(case, found)
    say("planning")
    plan, why_not = None, ""
    try:
        plan = make_plan(case, prices=own)
    except InputError as error:
        # A plan needs a way and a peak; what there is of them is in the diagnosis.
        why_not = f"No plan: the case {error.problem}"
        if error.advice and "--peak" in error.advice:
            why_not += f". With a number of your own: narrows plan {argument(folder)} --peak CONNECTIONS"
    report = folder.with_name(f"{folder.name}.html")
    say("writing the report")
    say_if_compiling()
    write_report(case, report, diagnosis=found, plan=plan)
    say("")
    say_paragraph(f"{said.certainty}: {said.sentence}")
    if said.then:
        say_paragraph(said.then)
    say_paragraph(why_not if plan is None else headline(plan))
    for open_question in () if plan is None else plan.unknown:
        say_paragraph(f"  {open_question}")
    if found.asked:
        say("To be surer")
    for missing in found.asked:
        say_paragraph(f"  {missing.evidence}")
        for why in (*([missing.note] if missing.note else []), *missing.reasons):
            say_paragraph(f"    {why}")
    say(f"report: {argument(report)}")
    say(f"case: {argument(folder)}")
    say(f"all of it: narrows diagnose {argument(folder)}")

"""``narrows fullest``: who shares each Hyperplane ENI and NAT gateway, and how full it is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from narrows.cli.collect import EndpointUrl, FlowLogs, Functions, Gateways, Last, Profile, Region, Since, Until, Vpcs
from narrows.cli.wide import Wide
from narrows.gate import console, print_json


def fullest(
    case: Annotated[
        Path,
        typer.Argument(
            metavar="CASE",
            help="The folder of a case; with --function, --vpc or --nat it is collected from the live account first.",
            show_default=False,
        ),
    ],
    function: Functions = None,
    vpc: Vpcs = None,
    nat: Gateways = None,
    last: Last = None,
    since: Since = None,
    until: Until = None,
    profile: Profile = None,
    region: Region = None,
    endpoint_url: EndpointUrl = None,
    flow_logs: FlowLogs = None,
    wide: Wide = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON, with every table and function.")] = False,
    top: Annotated[
        int | None,
        typer.Option(help="So many tables: 10 on a terminal, else all of them.", min=1, show_default=False),
    ] = None,
) -> None:
    """Which functions share each Hyperplane ENI and NAT gateway, and how full each table is, the fullest first.

    How full is an interval: sorted by its lower end, then by its upper one; what nothing tells of comes last.
    """
    from narrows.case import read_case
    from narrows.fullest import fullest_tables

    if function or vpc or nat:
        from narrows.cli.collecting import collect_into, wanted_of

        wanted = wanted_of(function, vpc, nat, last, since, until, None, read_environment=False, flow_logs=flow_logs)
        collect_into(wanted, case, function, profile, region, endpoint_url, quiet=json)
    found = fullest_tables(read_case(case))
    if json:
        print_json(found.to_json(top))
    else:
        from narrows.fullest.show import show

        show(found, console(), top, wide=wide)

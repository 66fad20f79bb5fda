"""``narrows collect``: evidence from a live account, into a case."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from narrows.gate import argument, say

Functions = Annotated[
    list[str] | None, typer.Option("--function", help="A function in question: name or ARN. Repeatable.")
]
Vpcs = Annotated[list[str] | None, typer.Option("--vpc", help="Everything in a VPC instead.")]
Gateways = Annotated[list[str] | None, typer.Option("--nat", help="Everything in the VPC of a NAT gateway.")]
Last = Annotated[str | None, typer.Option("--last", metavar="TIME", help="So long back from now; 1h if left out.")]
Since = Annotated[
    str | None, typer.Option("--from", metavar="TIME", help="Or from then on: 2026-11-20T12:01Z, 12:01, -1h.")
]
Until = Annotated[str | None, typer.Option("--to", metavar="TIME", help="And until then; now if left out.")]
Profile = Annotated[str | None, typer.Option("--profile", help="A profile of the AWS configuration.")]
Region = Annotated[str | None, typer.Option("--region", help="The Region, if not the profile's.")]
EndpointUrl = Annotated[str | None, typer.Option("--endpoint-url", help="Another address for every service.")]
ReadEnvironment = Annotated[
    bool,
    typer.Option("--read-environment", help="Take host names from environment variables."),
]
FlowLogs = Annotated[
    str | None,
    typer.Option("--flow-logs", help="Fetch flow logs up to this size unasked, such as 2GB.", metavar="SIZE"),
]
Connects = Annotated[
    list[str] | None,
    typer.Option("--connects-to", metavar="HOST:PORT", help="What they connect to, where you know it."),
]


def collect(
    out: Annotated[Path, typer.Option(help="The folder of the case: new, or one to add to.")],
    function: Functions = None,
    vpc: Vpcs = None,
    nat: Gateways = None,
    last: Last = None,
    since: Since = None,
    until: Until = None,
    connects_to: Connects = None,
    profile: Profile = None,
    region: Region = None,
    endpoint_url: EndpointUrl = None,
    read_environment: ReadEnvironment = False,
    flow_logs: FlowLogs = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print every call as a command, and make none.")] = False,
) -> None:
    """Collect the evidence of an incident from a live account, read-only. Run again, it adds what is not there yet."""
    from narrows.cli.collecting import collect_into, wanted_of

    wanted = wanted_of(
        function, vpc, nat, last, since, until, connects_to, read_environment=read_environment, flow_logs=flow_logs
    )
    if dry_run:
        from narrows.cli.dry_run import print_calls

        print_calls(wanted, out, function, profile, region)
        return
    collect_into(wanted, out, function, profile, region, endpoint_url)
    say(f"case: {argument(out)}   next: narrows diagnose {argument(out)}")

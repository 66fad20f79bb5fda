"""``narrows flowlogs``: open connections per hop from VPC flow logs."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from narrows.cli.wide import Wide
from narrows.gate import console, print_json, say

if TYPE_CHECKING:
    from collections.abc import Callable

    from narrows.case import Case
    from narrows.flowlogs import KnownInterface
    from narrows.network import Resource


def flowlogs(
    paths: Annotated[
        list[str] | None,
        typer.Argument(help="Files, folders as AWS delivers them, s3:// addresses.", show_default=False),
    ] = None,
    begin: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="2026-11-20T12:01Z, 12:01 or -1h.", show_default=False)
    ] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="TIME", help="Likewise.", show_default=False)] = None,
    by: Annotated[str, typer.Option(help="key, eni, nat, destination or nat-address.")] = "key",
    engine: Annotated[str, typer.Option(help="duckdb, spark or athena.")] = "duckdb",
    case: Annotated[Path | None, typer.Option(help="A case that names the interfaces.", show_default=False)] = None,
    where_lost: Annotated[bool, typer.Option("--where-lost", help="Where SYNs vanish, hop by hop.")] = False,
    record_format: Annotated[
        str | None, typer.Option("--format", help="Fields of text without a header.", show_default=False)
    ] = None,
    assume: Annotated[
        list[str] | None, typer.Option(help="An assumption, as NAME=VALUE: port_rest=0s.", show_default=False)
    ] = None,
    memory_limit: Annotated[str, typer.Option(help="What DuckDB may use before it spills.")] = "1GB",
    sql: Annotated[bool, typer.Option("--sql", help="Print the statements and run nothing.")] = False,
    database: Annotated[str, typer.Option(help="Database.", rich_help_panel="Athena")] = "default",
    workgroup: Annotated[str, typer.Option(help="Workgroup.", rich_help_panel="Athena")] = "primary",
    results: Annotated[
        str | None, typer.Option(help="An s3:// place for results.", rich_help_panel="Athena", show_default=False)
    ] = None,
    scan_limit: Annotated[
        int, typer.Option(help="GB that may be scanned in all.", rich_help_panel="Athena", min=1)
    ] = 100,
    wide: Wide = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="Print every minute as CSV.")] = False,
    parquet: Annotated[
        Path | None, typer.Option(help="Write every minute to a Parquet file.", show_default=False)
    ] = None,
) -> None:
    """Open connections over time at each hop, as an interval that holds the truth, with the distance to the limit.

    AWS publishes no such number. With tcp-flags in the log format the interval is narrow; without, the answer says
    which flow log would narrow it.
    """
    from narrows.assumptions import Assumptions
    from narrows.cli.progress import progress_bar
    from narrows.errors import InputError
    from narrows.flowlogs import athena, choose, count_connections, known_interfaces, new_parquet, print_csv
    from narrows.flowlogs import where_lost as lost_in

    if where_lost:
        by = "key"  # The hops are told by destination.
    read = None
    if case is not None:
        from narrows.case import read_case

        read = read_case(case)
    chosen = choose(
        by=by, engine=engine, begin=_moment(begin, "--from", read), end=_moment(end, "--to", read),
        record_format=record_format, assume=assume or (),
    )  # fmt: skip
    known: tuple[KnownInterface, ...] = ()
    declared, assumed = chosen.fields, chosen.assumed(Assumptions())
    name: Callable[[Resource], str] = str
    window = chosen.window
    read_from: list[str] = list(paths or [])
    if read is not None:
        from functools import partial

        from narrows.evidence.metrics import window_of
        from narrows.words import short_name

        assumed = chosen.assumed(read.assumptions)
        known, name = known_interfaces(read), partial(short_name, read)
        if not read_from:
            read_from = [str(path) for path in read.flow_logs]
            declared = declared or read.flow_log_format
            # As the diagnosis of the case counts, and the report.
            window = window or window_of(read)
    if sql:
        script = athena.script(
            list(paths or ()), by=by, window=window, known=known, assumed=assumed, engine=engine,
            database=database,
        )  # fmt: skip
        say(script)
        return
    if not read_from:
        raise InputError("no flow logs are named", advice="name files, folders or s3:// addresses")
    with nullcontext() if parquet is None else new_parquet(parquet) as write:
        if engine == "athena":
            target = athena.Target(database, workgroup, results, scan_limit)
            with progress_bar("Athena") as advance:
                answer = athena.count_with_athena(
                    read_from, target, by=by, window=window, known=known, assumed=assumed,
                    progress=advance,
                )  # fmt: skip
        else:
            with progress_bar("counting connections") as advance:
                answer = count_connections(
                    read_from, by=by, window=window, known=known, declared=declared, engine=engine,
                    assumed=assumed, memory_limit=memory_limit, progress=advance,
                )  # fmt: skip
        if write is not None:
            write(answer)
    if where_lost:
        lost = lost_in(answer.raw)
        if json:
            print_json(lost.to_json())
        else:
            from narrows.flowlogs.show import show_lost

            show_lost(lost, answer, console(), wide=wide)
    elif json:
        print_json(answer.to_json())
    elif csv:
        print_csv(answer)
    else:
        from narrows.flowlogs.show import show

        show(answer, name, console(), wide=wide)


def _moment(text: str | None, place: str, case: Case | None) -> datetime | None:
    from narrows.written_times import parse_time

    within = None if case is None else case.window
    return None if text is None else parse_time(text, place, datetime.now(UTC), within)

"""``narrows plan``: the cheapest change that fits."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from narrows.cli.own_prices import OwnPrices, own_prices
from narrows.cli.wide import Wide
from narrows.gate import console, print_json, say
from narrows.opening import is_folder
from narrows.packages import need
from narrows.plan.changes import CONDITIONAL

if TYPE_CHECKING:
    from narrows.case.model import Case
    from narrows.cli.patching import PatchWanted
    from narrows.plan import Plan, Proof
    from narrows.scenario import Scenario


_PROOF = "Proof"
_PATCH = "As a patch"


def _conditional() -> str:
    """The conditional actions, as the help lists them: the one thing of a room that a help text needs."""
    kinds = ("destination", "function")
    ids = {kind: [id for id, action in CONDITIONAL.items() if action.names == kind] for kind in kinds}
    return ", ".join(f"{', '.join(ids[kind])} (={kind.upper()})" for kind in kinds if ids[kind])


def plan(
    source: Annotated[
        Path, typer.Argument(metavar="SCENARIO|CASE", help="A scenario file, or a case folder.", show_default=False)
    ],
    peak: Annotated[
        int | None, typer.Option(help="Open connections at the peak, such as 90k.", show_default=False)
    ] = None,
    growth: Annotated[
        float,
        typer.Option(metavar="FACTOR", help="Times today's demand, such as 2x.  [default: 1x]", show_default=False),
    ] = 1.0,
    headroom: Annotated[
        float, typer.Option(metavar="SHARE", help="What stays free of each table.  [default: 30%]", show_default=False)
    ] = 0.3,
    can: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ACTION[=NAME]",
            help=f"An action that is possible here, repeatable: {_conditional()}.",
            show_default=False,
        ),
    ] = None,
    proxy_reuse: Annotated[int, typer.Option(help="Connections that a proxy carries over one.")] = 10,
    prices: OwnPrices = None,
    out: Annotated[
        Path | None, typer.Option(help="Write the widened scenario to this file.", show_default=False)
    ] = None,
    prove: Annotated[
        bool, typer.Option("--prove", help="Replay the peak in each plan's network.", rich_help_panel=_PROOF)
    ] = False,
    lab: Annotated[
        bool, typer.Option("--lab", help="And with real packets, in the plan's network.", rich_help_panel=_PROOF)
    ] = False,
    check: Annotated[
        bool,
        typer.Option(
            "--check", help="Exit with 1 if today's network fails, 3 if that is open.", rich_help_panel=_PROOF
        ),
    ] = False,
    commands: Annotated[
        bool, typer.Option("--commands/--no-commands", help="Print what is run for each change.")
    ] = True,
    patch: Annotated[
        str | None,
        typer.Option(
            metavar="terraform|cloudformation",
            help="Print the plan as a diff of the files in --into.",
            rich_help_panel=_PATCH,
            show_default=False,
        ),
    ] = None,
    into: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="The Terraform folder or CloudFormation template.",
            show_default=False,
            rich_help_panel=_PATCH,
        ),
    ] = None,
    write_patch: Annotated[
        bool, typer.Option("--write", help="Write the patch instead.", rich_help_panel=_PATCH)
    ] = False,
    state: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Finds a case's ids: terraform show -json, or list-stack-resources.",
            rich_help_panel=_PATCH,
            show_default=False,
        ),
    ] = None,
    wide: Wide = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    output: Annotated[str, typer.Option("--format", help="text, or markdown: for a pull request.")] = "text",
) -> None:
    """The cheapest changes under which the peak fits every table on the path, and the alternatives."""
    from narrows.case.model import Case
    from narrows.cli.no_effect import say_no_effect, with_no_effect
    from narrows.cli.progress import progress_bar
    from narrows.plan import make_plan
    from narrows.plan import prove as prove_plan
    from narrows.scenario.writing import new_scenario_file

    patch_options = _patch_wanted(patch, into, write_patch, state)
    _check_format(output)
    if prove:
        need("numba", "a proof")  # Before a plan that may take minutes, not after it.
    prices_of_user = own_prices(prices)
    loaded = _load(source)
    with nullcontext() if out is None else new_scenario_file(out) as write:
        answer = make_plan(
            loaded,
            peak=peak,
            growth=growth,
            headroom=headroom,
            possible=can or (),
            proxy_reuse=proxy_reuse,
            prices=prices_of_user,
        )
        if prove:
            with progress_bar("proving") as advance:
                answer = prove_plan(answer, progress=lambda _what, done, total: advance(done, total))
        if lab:
            from narrows.cli.lab_proof import with_lab_proof

            answer = with_lab_proof(answer)
        if write is not None:
            write(answer.scenario)
    if patch_options is not None:
        from narrows.cli.patching import patch_plan

        patch_plan(answer, patch_options, as_json=json)
    else:
        if commands:
            from narrows.commands import with_commands

            answer = with_commands(answer, loaded if isinstance(loaded, Case) else None)
        if json:
            print_json(with_no_effect(answer.to_json(), loaded))
        else:
            say_no_effect(loaded)
            _show(answer, output, wide=wide)
    proofs = [proof for proof in (answer.proof, answer.lab_proof) if proof is not None]
    if check:
        raise typer.Exit(_exit_code(answer, proofs))


def _patch_wanted(kind: str | None, into: Path | None, write: bool, state: Path | None) -> PatchWanted | None:
    """What the options say of a patch, before anything long is done."""
    if kind is None and into is None and not write and state is None:
        return None
    from narrows.cli.patching import patch_wanted

    return patch_wanted(kind, into, write=write, state=state)


def _check_format(output: str) -> None:
    from narrows.errors import InputError, shown

    if output not in ("text", "markdown"):
        raise InputError(
            f"is {shown(output)}", place="--format", advice="choose from text, markdown; --json prints JSON"
        )


def _show(answer: Plan, output: str, *, wide: bool) -> None:
    if output == "markdown":
        from narrows.plan.markdown import as_markdown

        say(as_markdown(answer))
        return
    from narrows.plan.show import show

    show(answer, console(), wide=wide)


def _exit_code(answer: Plan, proofs: list[Proof]) -> int:
    """0: it holds; 1: it does not; 3: it is not known, since it depends on what the evidence leaves open."""
    from narrows.plan.model import Verdict

    if answer.verdict is Verdict.FAILS or not all(proof["holds"] for proof in proofs):
        return 1
    return 3 if answer.verdict is Verdict.UNKNOWN else 0


def rewrite(arguments: list[str]) -> list[str]:
    """``--prove lab`` is ``--prove --lab``: typer knows no option whose value may be left out."""
    pairs = zip(["", *arguments], arguments, strict=False)
    return ["--lab" if argument == "lab" and before == "--prove" else argument for before, argument in pairs]


def _load(source: Path) -> Scenario | Case:
    if is_folder(source):
        from narrows.case import read_case
        from narrows.cli.exhausted import check_address_space_for_a_case

        check_address_space_for_a_case()
        return read_case(source)
    from narrows.scenario import load_scenario

    return load_scenario(source)

"""``narrows plan --patch``: a plan as a diff of the user's own files, or written into them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from narrows.errors import InputError, one_line, shown
from narrows.gate import argument, complain, console, print_diff, print_json, say
from narrows.opening import is_folder

if TYPE_CHECKING:
    from narrows.patch.model import Patch
    from narrows.plan import Plan

KINDS = ("terraform", "cloudformation")


@dataclass(frozen=True, slots=True)
class PatchWanted:
    """What the command line asks for."""

    kind: str
    into: Path
    """A folder; for CloudFormation a template too."""
    write: bool
    state: Path | None

    @property
    def folder(self) -> Path:
        """Where the paths of the patch begin."""
        return self.into if is_folder(self.into) or not self.into.suffix else self.into.parent


def patch_wanted(kind: str | None, into: Path | None, *, write: bool, state: Path | None) -> PatchWanted:
    """The options together.

    Raises:
        InputError: they do not go together.
    """
    if kind is None:
        option = "--into" if into is not None else "--write" if write else "--state"
        raise InputError("goes with --patch", place=option, advice=f"add --patch {' or --patch '.join(KINDS)}")
    if kind not in KINDS:
        raise InputError(f"is {shown(kind)}", place="--patch", advice=f"choose from {', '.join(KINDS)}")
    if into is None:
        raise InputError("needs --into", place="--patch", advice="name the folder of your files: --into infrastructure")
    if not os.path.lexists(into):
        raise InputError("is not there", file=into, place="--into", advice="name the folder of your files")
    if kind == "terraform" and not is_folder(into):
        raise InputError("is no folder", file=into, place="--into", advice="name the folder of the root module")
    return PatchWanted(kind, into, write, state)


def patch_plan(plan: Plan, wanted: PatchWanted, *, as_json: bool) -> None:
    """Print the diff on stdout, or write it; what is to do and to know goes to stderr."""
    from narrows.patch.model import as_diff, write

    patch = _patch(plan, wanted)
    if wanted.write:
        write(patch, str(wanted.folder))
    diff = as_diff(patch, _above(wanted.folder))
    if as_json:
        print_json({**plan.to_json(), "patch": _json(patch, diff, wanted)})
        return
    if wanted.write:
        from narrows.plan.show import show

        show(plan, console())
        for file in patch.files:
            word = "new" if file.before is None else "changed"
            say(f"{word}: {argument(wanted.folder / file.path)}")
        if not patch.files:
            say("nothing is changed")
    else:
        print_diff(diff)
        if not diff:
            complain("there is nothing to patch")
    for line in _notes(patch):
        complain(line)


def _patch(plan: Plan, wanted: PatchWanted) -> Patch:
    if wanted.kind == "terraform":
        from narrows.patch.terraform import patch_terraform

        return patch_terraform(plan, wanted.into, state=wanted.state)
    from narrows.patch.cloudformation import patch_cloudformation
    from narrows.patch.cloudformation.stack import logical_ids

    ids = None if wanted.state is None else logical_ids(wanted.state)
    return patch_cloudformation(plan, wanted.into, ids=ids)


def _above(folder: Path) -> str:
    """The folder in its repository, from where git reads the paths of a diff; outside of one, from here."""
    real = Path(os.path.realpath(folder))
    top = next((parent for parent in (real, *real.parents) if (parent / ".git").exists()), None)
    base = Path(os.path.realpath(os.curdir)) if top is None else top
    if not real.is_relative_to(base):
        return ""
    path = PurePath(real.relative_to(base)).as_posix()
    return "" if path == "." else path


def _notes(patch: Patch) -> Iterator[str]:
    for todo in patch.todo:
        yield f"to do: {f'{todo.place}: ' if todo.place else ''}{one_line(todo.text)}"
    for risk in patch.risks:
        yield f"mind: {one_line(risk)}"
    if patch.outputs:
        yield f"new egress addresses, for allow-lists: outputs {', '.join(patch.outputs)}"


def _json(patch: Patch, diff: str, wanted: PatchWanted) -> dict[str, object]:
    return {
        "kind": wanted.kind,
        "into": str(wanted.into),
        "written": wanted.write,
        "files": [
            {"path": file.path, "new": file.before is None, "after": file.after.decode("utf-8", "replace")}
            for file in patch.files
        ],
        "diff": diff.encode("utf-8", "surrogateescape").decode("utf-8", "replace"),
        "todo": [{"text": todo.text, "place": todo.place or None} for todo in patch.todo],
        "risks": list(patch.risks),
        "outputs": list(patch.outputs),
    }

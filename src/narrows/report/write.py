"""``write_report``: from a case to one HTML file; ``write_markdown``: to the same answer as a text to paste."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from narrows.bounds import MIB
from narrows.case.model import Case
from narrows.errors import InputError
from narrows.evidence.facts import Facts
from narrows.given import given_case
from narrows.target_file import begins_with, new_file

if TYPE_CHECKING:
    from hashlib import _Hash as Hash

    from narrows.diagnose.model import Diagnosis
    from narrows.plan.model import Plan
    from narrows.prices import Price
    from narrows.report.answer import PlanAnswer

_BEGINNING = (
    b'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta name="generator" content="narrows '
)
"""A page of anybody else is not replaced."""
_SEAL = "<!-- Written by narrows; change it, and it is yours: narrows then writes nothing over it (sha256 {}) -->\n"
"""Stands at the end of a page."""


def write_report(
    case: Case | str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    diagnosis: Diagnosis | None = None,
    plan: Plan | None = None,
    peak: int | None = None,
    prove: bool = True,
    prices: Mapping[str, Price] | None = None,
) -> Path:
    """Write the report of a case: one HTML file that makes no request.

    Args:
        case: as ``read_case`` gives it, or the path of its folder.
        out: the file to write; a report that stands there is replaced, all at once.
        diagnosis: of this case; made when left out.
        plan: for this case; made when left out, and where the case does not show what is asked, the report says so.
        peak: open connections of all functions that the plan is to hold; estimated from the case when left out.
        prove: play the plan through the simulator, unless it has its proof already.
        prices: of the user's own, by id, for a plan that is made here.

    Returns:
        The file.

    Raises:
        InputError: the file cannot be written there or is another's, or ``peak`` is not a valid peak.
    """
    from narrows.report.page import render

    case = given_case(case, "write_report")
    facts = Facts(case, case.assumptions)
    with new_file(out, _is_ours) as stream:
        diagnosis, answer = _answered(facts, diagnosis, plan, peak, prove, prices)
        page = render(case, diagnosis, answer, facts).encode()
        stream.write(page + _seal(sha256(page)))
    return Path(out)


def markdown_report(
    case: Case,
    *,
    diagnosis: Diagnosis | None = None,
    plan: Plan | None = None,
    peak: int | None = None,
    prove: bool = True,
    prices: Mapping[str, Price] | None = None,
) -> str:
    """What the first screen of the report says, as Markdown for a ticket or a chat: 3,000 characters at the most.

    Args are those of ``write_report``.

    Raises:
        InputError: ``peak`` is not a valid peak.
    """
    from narrows.report.answer import reported
    from narrows.report.markdown import as_markdown

    facts = Facts(case, case.assumptions)
    diagnosis, answer = _answered(facts, diagnosis, plan, peak, prove, prices)
    return as_markdown(reported(case, diagnosis, answer, datetime.now(UTC)).answer)


def write_markdown(out: str | os.PathLike[str], make: Callable[[], str]) -> Path:
    """Write such a text to a file; one of narrows' own that stands there is replaced, all at once.

    Args:
        out: the file.
        make: gives the text, once it is known that it can be written there.

    Raises:
        InputError: the file cannot be written there or is another's, or what ``make`` raises.
    """
    with new_file(out, _is_sealed) as stream:
        text = f"{make()}\n".encode()
        stream.write(text + _seal(sha256(text)))
    return Path(out)


def _seal(digest: Hash) -> bytes:
    return _SEAL.format(digest.hexdigest()[:16]).encode()


def _is_ours(stream: BinaryIO) -> bool:
    """Whether a page is as narrows wrote it."""
    return begins_with(_BEGINNING)(stream) and _is_sealed(stream)


def _is_sealed(stream: BinaryIO) -> bool:
    """Whether a file ends with the seal of all that stands before it."""
    digest = sha256()
    length = stream.seek(0, os.SEEK_END) - len(_seal(digest))
    stream.seek(0)
    while length > 0 and (part := stream.read(min(length, MIB))):
        digest.update(part)
        length -= len(part)
    return stream.read() == _seal(digest)


def _answered(
    facts: Facts,
    diagnosis: Diagnosis | None,
    plan: Plan | None,
    peak: int | None,
    prove: bool,
    prices: Mapping[str, Price] | None,
) -> tuple[Diagnosis, PlanAnswer]:
    """The diagnosis and the plan, made where they are not given."""
    if diagnosis is None:
        from narrows.diagnose import diagnose

        diagnosis = diagnose(facts.case, facts=facts)
    return diagnosis, _plan(facts, plan, peak, prove, prices)


def _plan(
    facts: Facts, plan: Plan | None, peak: int | None, prove: bool, prices: Mapping[str, Price] | None
) -> PlanAnswer:
    from narrows.plan import make_plan
    from narrows.plan import prove as prove_plan
    from narrows.report.answer import PlanAnswer

    case = facts.case

    if plan is None:
        try:
            plan = make_plan(case, peak=peak, facts=facts, prices=prices)
        except InputError as error:
            if peak is not None and error.place == "--peak":
                raise
            return PlanAnswer(why_not=_reason(case, error), no_proof="There is no plan to prove.")
    proven = plan.proof is not None or (plan.best is not None and plan.best.proof is not None)
    if proven:
        return PlanAnswer(plan)
    if not prove:
        return PlanAnswer(plan, no_proof="Not asked for: the report was made with --no-proof.")
    try:
        return PlanAnswer(prove_plan(plan, alternatives=False))
    except InputError as error:
        return PlanAnswer(plan, no_proof=f"It could not be played: {_reason(case, error)}")


def _reason(case: Case, error: InputError) -> str:
    """The error without the folder of the case: a report is read elsewhere."""
    file = Path(error.file) if error.file else case.folder
    inside = file.relative_to(case.folder).as_posix() if file.is_relative_to(case.folder) else file.name
    where = "" if inside == "." else f"{inside}: "
    return f"{where}{error.problem}" + (f"; {error.advice}" if error.advice else "") + "."

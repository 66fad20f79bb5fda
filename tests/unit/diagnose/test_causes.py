"""A cause is one file: what it declares is what the rest of narrows knows of it, and a new one needs no other."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import narrows
from narrows.assumptions import Assumptions
from narrows.case import CallerOutcome, Case, read_case
from narrows.diagnose import diagnose
from narrows.diagnose.causes import CAUSES, cause_of_full
from narrows.evidence.facts import Facts
from narrows.network import HopKind
from tests.unit.diagnose.by_hand import ABOUT, TIMEOUT, bare, case, interfaces, log, rules
from tests.unit.diagnose.conftest import EXAMPLES
from tests.unit.diagnose.test_pages import without_counterpart

NEW = """
from narrows.case.model import CallerOutcome
from narrows.diagnose.cause import Cause
from narrows.diagnose.model import Need
from narrows.diagnose.weighing import Examination


def examine(facts):
    found = Examination("loose-wire", resource="rack-7")
    found.proves("The wire of rack-7 is loose.", "the eyes of a technician")
    found.explains = facts.symptoms.failures + 1
    return found


CAUSE = Cause(
    id="loose-wire",
    title="A wire is loose",
    sentence="the wire of {resource} is loose",
    remedy="Push.",
    place=55,
    examine=examine,
    explains=(CallerOutcome.TIMED_OUT,),
    needs=(Need.QUOTAS,),
)
"""


@pytest.mark.slow
def test_a_file_that_is_dropped_in_is_a_cause_everywhere(tmp_path: Path) -> None:
    """In a copy of the package: listed in its place, examined, printed, in the report, and missed in the docs."""
    source = Path(narrows.__file__).parent
    shutil.copytree(source, tmp_path / "narrows", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "narrows/diagnose/causes/loose_wire.py").write_text(NEW)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}

    def run(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, *words], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
        )
        return done.stdout

    listed = run("-c", "from narrows.diagnose.causes import CAUSES; print(*CAUSES)").split()
    assert [one for one in listed if one != "loose-wire"] == list(CAUSES)
    assert listed[listed.index("loose-wire") - 1] == "hyperplane-eni-exhaustion"
    assert without_counterpart(listed) == {"loose-wire"}
    folder = str(EXAMPLES / "eni-full-no-metric")
    answer = json.loads(run("-m", "narrows", "diagnose", folder, "--json"))
    assert answer["narrows"] == "loose-wire"
    assert {one["id"] for one in answer["causes"]} == set(listed)
    printed = run("-m", "narrows", "diagnose", folder)
    assert printed.startswith("The wire of rack-7 is loose.")
    assert "narrows explain loose-wire" in printed
    run("-m", "narrows", "report", folder, "--out", "report.html", "--no-proof")
    page = (tmp_path / "report.html").read_text()
    assert "The wire of rack-7 is loose." in page
    assert "<b>A wire is loose</b>" in page


def test_a_cause_is_called_as_its_file_and_stands_in_a_place_of_its_own() -> None:
    folder = Path(narrows.__file__).parent / "diagnose/causes"
    assert {one.stem for one in folder.glob("*.py")} - {"__init__"} == {one.replace("-", "_") for one in CAUSES}
    places = [one.place for one in CAUSES.values()]
    assert places == sorted(set(places))
    for id, cause in CAUSES.items():
        assert id == cause.id
        assert "{resource}" in cause.sentence
        assert cause.title
        assert cause.remedy.endswith(".")


def test_each_table_on_the_path_has_one_cause() -> None:
    for kind in (HopKind.ENVIRONMENT, HopKind.HYPERPLANE_ENI, HopKind.NAT_GATEWAY, HopKind.DESTINATION):
        assert cause_of_full(kind).table is kind
    tables = [one.table for one in CAUSES.values() if one.table is not None]
    assert len(tables) == len(set(tables))
    assert HopKind.LOCAL not in tables


def _cases(folder: Path) -> list[Case]:
    cache = ABOUT.replace("cache.example.com", "x.abc.ng.0001.use1.cache.amazonaws.com")
    made = [
        bare(folder / "0"),
        bare(folder / "1", log(TIMEOUT)),
        case(folder / "2", log(TIMEOUT), about=cache),
        case(folder / "3", rules(), interfaces(), log(TIMEOUT)),
    ]
    return [*made, *(read_case(one) for one in sorted(EXAMPLES.iterdir()) if one.is_dir())]


def test_a_cause_asks_for_no_evidence_but_what_it_declares(tmp_path: Path) -> None:
    asked: dict[str, set[str]] = {one: set() for one in CAUSES}
    for one in _cases(tmp_path):
        facts = Facts(one, Assumptions())
        for id, cause in CAUSES.items():
            found = cause.examine(facts)
            assert found.cause == id
            asked[id] |= {missing.kind for missing in found.missing}
            assert all(reason.cause == id for missing in found.missing for reason in missing.reasons)
    for id, kinds in asked.items():
        assert kinds <= set(CAUSES[id].needs), id
        assert kinds, f"{id} never asks for anything"


def test_a_cause_accounts_only_for_outcomes_that_it_declares(tmp_path: Path) -> None:
    for one in _cases(tmp_path):
        seen = {count.outcome for count in one.callers.counts} - {CallerOutcome.ESTABLISHED}
        for cause in diagnose(one).causes:
            if cause.explains:
                assert seen & set(CAUSES[cause.id].explains) or any(kind.about.ambiguous for kind in seen), cause.id


def test_mechanisms_are_those_that_are_declared(tmp_path: Path) -> None:
    for one in _cases(tmp_path):
        for cause in diagnose(one).causes:
            declared = {mechanism.id for mechanism in CAUSES[cause.id].mechanisms}
            assert cause.mechanism is None or cause.mechanism in declared, cause.id

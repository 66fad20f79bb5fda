"""Every cause that the simulator can bring about is found, and no other is blamed, whatever files are left."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from narrows.case import read_case
from narrows.diagnose import Diagnosis, Status, diagnose
from tests.unit.diagnose.conftest import EXAMPLES
from tests.unit.diagnose.simulated import INCIDENTS, Incident

CUTS = 6
"""Random selections of files for each case."""

EXAMPLE_CAUSES = {
    "nat-churn": {"nat-port-exhaustion"},
    "idle-timeout-reset": {"idle-timeout-reset"},
    "eni-full-no-metric": {"hyperplane-eni-exhaustion"},
    "emfile-leak": {"descriptor-exhaustion"},
    "redis-65000": {"destination-connection-limit"},
    "security-group": {"route-or-rule-blocked"},
}


@pytest.mark.parametrize("incident", INCIDENTS, ids=[one.name for one in INCIDENTS])
def test_the_true_cause_is_named(incident: Incident, incidents: Mapping[str, Path]) -> None:
    found = diagnose(read_case(incidents[incident.name]))
    assert found.narrows == incident.narrows
    _check_truth(found, incident.causes, incident.name)


@pytest.mark.slow
@pytest.mark.parametrize("incident", INCIDENTS, ids=[one.name for one in INCIDENTS])
def test_less_evidence_is_less_certain_and_never_wrong(
    incident: Incident, incidents: Mapping[str, Path], tmp_path: Path
) -> None:
    for number, cut in enumerate(_cuts(incidents[incident.name], tmp_path, incident.name)):
        _check_truth(diagnose(read_case(cut)), incident.causes, f"{incident.name}, cut {number}")


@pytest.mark.parametrize("name", sorted(EXAMPLE_CAUSES))
def test_less_evidence_of_an_example_is_less_certain_and_never_wrong(name: str, tmp_path: Path) -> None:
    for number, cut in enumerate(_cuts(EXAMPLES / name, tmp_path, name)):
        _check_truth(diagnose(read_case(cut)), EXAMPLE_CAUSES[name], f"{name}, cut {number}")


def test_every_example_has_its_truth_here() -> None:
    assert {folder.name for folder in EXAMPLES.iterdir() if folder.is_dir()} == set(EXAMPLE_CAUSES)


def _check_truth(found: Diagnosis, true: frozenset[str] | set[str], what: str) -> None:
    for one in found.causes:
        if one.id in true:
            assert one.status is not Status.RULED_OUT, f"{what}: {one.id} ruled out: {one.evidence}"
        else:
            assert not one.status.reaches(Status.LIKELY), f"{what}: {one.id} {one.status}: {one.evidence}"
    assert found.narrows is None or found.narrows in true, f"{what}: {found.narrows}"


def _cuts(whole: Path, into: Path, seed: str) -> Iterator[Path]:
    """The case without some of its files: each file alone is missing once, then random selections."""
    files = [
        file.relative_to(whole)
        for file in sorted(whole.rglob("*"))
        if file.is_file() and file.name not in ("case.yaml", "truth.json", "README.md")
    ]
    chance = random.Random(seed)
    gone = [{file} for file in files] + [set(chance.sample(files, chance.randint(1, len(files)))) for _ in range(CUTS)]
    for number, missing in enumerate(gone):
        folder = into / str(number)
        shutil.copytree(whole, folder)
        for file in missing:
            (folder / file).unlink()
        yield folder
        shutil.rmtree(folder)

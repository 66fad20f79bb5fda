"""Cases and scenarios, read as the commands read them."""

from __future__ import annotations

import contextlib
import json
import random
from pathlib import Path
from typing import TYPE_CHECKING

from tests.fuzz import corpus
from tests.fuzz.corpus import Files

if TYPE_CHECKING:
    from narrows.case import Case

_EXAMPLES = Path(__file__).parents[2] / "examples" / "cases"
_SMALL = 4_000
"""Bytes of an example that are still quickly read."""

JSON_FILES = tuple(
    file.relative_to(corpus.CORPUS / "case").as_posix()
    for file in sorted((corpus.CORPUS / "case").rglob("*.json"))
    if file.name != "truth.json"
)
"""Of the small case, but ``truth.json``."""


def example_texts(name: str) -> list[str]:
    """The small files of that name in the example cases."""
    files = sorted(_EXAMPLES.glob(f"*/{name}"))
    return [file.read_text(encoding="utf-8") for file in files if file.stat().st_size <= _SMALL]


def read_only(folder: Path) -> None:
    """Read a case; what is said of it can be printed."""
    from narrows.case import read_case

    _check_notes(read_case(folder))


def sensor(folder: Path) -> None:
    """Read a case, and sum what the sensor says in it."""
    from narrows.assumptions import Assumptions
    from narrows.case import read_case
    from narrows.evidence.facts import Facts
    from narrows.gate import json_text
    from narrows.sensor import answer_of

    case = read_case(folder)
    _check_notes(case)
    if case.sensor:
        json_text(answer_of(case.sensor, Facts(case, Assumptions())).to_json())


def _check_notes(case: Case) -> None:
    for note in case.notes:
        if not note.text.isprintable():
            raise AssertionError(f"a note cannot be printed: {note.text!r}")


def scenario(folder: Path) -> None:
    """Read a scenario, and the traces that it names."""
    from narrows.scenario import load_scenario

    load_scenario(folder / "scenario.yaml")


RENDERED = ".rendered"
"""The file that asks for charts too, which cost as much as fifty readings."""


def truth(folder: Path) -> None:
    """Read what really happened, and for some draw it as the report does."""
    from narrows.case import read_case
    from narrows.report.truth import truth_section
    from narrows.report.truth_file import read_truth

    case = read_case(folder)
    read_truth(case)
    if (folder / RENDERED).exists():
        truth_section(case, None)


def everything(folder: Path) -> None:
    """Read, diagnose, plan, and for some make the report."""
    from narrows.case import read_case
    from narrows.diagnose import diagnose
    from narrows.errors import InputError
    from narrows.plan import make_plan
    from narrows.report import write_report

    case = read_case(folder)
    _check_notes(case)
    diagnosis = diagnose(case)
    json.dumps(diagnosis.to_json(), allow_nan=False).encode()
    with contextlib.suppress(InputError):
        json.dumps(make_plan(case).to_json(), allow_nan=False).encode()
    if (folder / RENDERED).exists():
        write_report(case, folder / "report.html", diagnosis=diagnosis, prove=False)


class Maker:
    """Makes cases in which one to four files are changed, gone, or lie where others should."""

    def __init__(self) -> None:
        from tests.fuzz.mutate_json import JsonSeed
        from tests.fuzz.readers import READERS

        kinds = [name for name in READERS if name.startswith(("ec2-", "lambda-", "cloudwatch-", "callers-"))]
        kinds += ["case-yaml", "case-yaml", "service-quotas", "truth"]
        self._makers = [READERS[name]().make for name in kinds]
        self._flow_logs = READERS["flow-log-text"]().make, READERS["flow-log-parquet"]().make
        self._others = [JsonSeed(corpus.text(f"case/{name}")) for name in JSON_FILES]

    def make(self, rng: random.Random) -> Files:
        """An input."""
        found: Files = {}
        for _ in range(rng.choice((1, 1, 2, 4))):
            found |= rng.choice(self._makers)(rng)
        if rng.random() < 0.05:
            found[f"ec2/{rng.choice(('a', 'b'))}.json"] = rng.choice(self._others).text.encode()
        if rng.random() < 0.1:
            logs = rng.choice(self._flow_logs)(rng)
            found |= {f"flow-logs/{name}": content for name, content in logs.items()}
        if rng.random() < 0.06:
            found[RENDERED] = b""
        return found

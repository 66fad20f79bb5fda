"""Playing an incident: simulate it, write its case, take away what is to be missing."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from narrows.case import write_case
from narrows.simulate import simulate_scenario
from oracles.incidents.incident import Incident
from oracles.incidents.truth import Truth, find_truth


@dataclass(frozen=True)
class Staged:
    """An incident that was played."""

    incident: Incident
    folder: Path
    """Its case."""
    truth: Truth


def stage(incident: Incident, folder: Path) -> Staged:
    """Play an incident and write its case to a folder."""
    recording = simulate_scenario(incident.scenario)
    write_case(recording, folder)
    _mark_states(folder / "lambda" / "function-states.json", incident.state_codes)
    (folder / "truth.json").unlink(missing_ok=True)
    for beginning in incident.missing:
        for path in sorted(folder.rglob("*")):
            if path.relative_to(folder).as_posix().startswith(beginning) and path.exists():
                shutil.rmtree(path) if path.is_dir() else path.unlink()
    return Staged(incident, folder, find_truth(recording, incident.state_codes))


def _mark_states(file: Path, codes: dict[str, str]) -> None:
    """What GetFunctionConfiguration says of a function whose ENI could not be made."""
    if not codes:
        return
    answers = json.loads(file.read_text(encoding="utf-8"))
    for function in answers:
        code = codes.get(function["FunctionName"])
        if code is not None:
            function["LastUpdateStatus"] = "Failed"
            function["LastUpdateStatusReasonCode"] = code
    file.write_text(json.dumps(answers, indent=2), encoding="utf-8")

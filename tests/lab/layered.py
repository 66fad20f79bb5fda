"""Real runtimes with the layer, as a user runs them: the run, its case, and what narrows' commands say of that."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from narrows.lab import Options
from narrows.lab.run import Run, play
from narrows.lab.runtimes.plan import Function
from narrows.scenario import Scenario
from narrows.writing import write_case
from tests.sensor.conftest import unpacked


@contextmanager
def layered(scenario: Scenario, function: Function, server: str) -> Iterator[tuple[Run, Path]]:
    """Play a scenario with a function that the layer watches; what came of it, and its case as long as the block lasts.

    Args:
        scenario: what to play.
        function: that knows nothing of the layer.
        server: by one of the lab's short names.

    Raises:
        InputError, LabError: as ``play``.
        KeyboardInterrupt: it did not get to its end.
    """
    with tempfile.TemporaryDirectory() as at:
        folder = Path(at)
        # Root's lab runs its commands as somebody else.
        folder.chmod(0o755)
        wrapper = unpacked(folder)
        variables = (*function.variables, ("AWS_LAMBDA_EXEC_WRAPPER", f"/opt/{wrapper.name}"))
        function = replace(function, layer=str(wrapper.parent), variables=variables)
        run = play(scenario, Options(function=function, serve=(server,)))
        if run.recording.seconds < run.drawing.blueprint.seconds:
            raise KeyboardInterrupt
        case = folder / "case"
        write_case(run.recording, case, more=lambda place: run.write_more(place, Options()))
        yield run, case


def said_by(command: str, *arguments: str | Path) -> dict[str, Any]:
    """The JSON that a command of narrows prints.

    Raises:
        RuntimeError: it printed none.
    """
    whole = [sys.executable, "-m", "narrows", command, *map(str, arguments), "--json"]
    done = subprocess.run(whole, check=False, capture_output=True, text=True)
    try:
        said: dict[str, Any] = json.loads(done.stdout)
    except json.JSONDecodeError:
        raise RuntimeError(f"narrows {command}: {done.stderr}") from None
    return said

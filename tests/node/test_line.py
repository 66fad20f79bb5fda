"""The line has two writers, in Python and in Node.js: they are held to the same names."""

from __future__ import annotations

import json
import subprocess

from narrows_lambda import limits, line
from tests.node.plain import PACKAGE, node


def exported(module: str) -> dict[str, object]:
    """What a module of the Node.js package exports, but its functions."""
    script = f'import * as all from "./src/{module}.mjs"; console.log(JSON.stringify(all))'
    command = [node(), "--input-type=module", "--eval", script]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=PACKAGE)
    found: dict[str, object] = json.loads(done.stdout)
    return found


def constants(of: type) -> dict[str, str]:
    """Those of a class of names."""
    return {name: value for name, value in vars(of).items() if name.isupper()}


def test_both_write_the_same_fields() -> None:
    written = exported("line")
    metrics = {name: value for name, value in vars(line.Metric).items() if isinstance(value, line.Metric)}
    assert written["METRICS"] == {name: [one.spelled, one.unit] for name, one in metrics.items()}
    assert written["FIELD"] == constants(line.Field)
    assert written["OF"] == constants(line.Of)


def test_both_write_the_same_form() -> None:
    written = exported("line")
    for name in ("SCHEMA", "NAMESPACE", "DIMENSION", "BODY", "MOST_DESTINATIONS"):
        assert written[name] == getattr(line, name), name


def test_both_know_the_same_limits() -> None:
    its = exported("limits")
    assert its == {name: value for name, value in vars(limits).items() if name in its}
    assert {"FILE_DESCRIPTORS", "TABLE_IDLE_TIMEOUT"} <= set(its)

"""The examples in docs/notebooks.md and docs/sweep.md run, and print what stands below them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLE = re.compile(r"```python\n(.*?)```", re.DOTALL)
EXAMPLES = [
    pytest.param(text, id=f"{page}-{number}")
    for page in ("notebooks", "sweep")
    for number, text in enumerate(EXAMPLE.findall((ROOT / f"docs/{page}.md").read_text(encoding="utf-8")))
]


@pytest.mark.parametrize("text", EXAMPLES)
def test_an_example(text: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    exec(compile(text, "docs", "exec"), {})
    told = [line.removeprefix("# ") for line in text.splitlines() if line.startswith("# ")]
    assert capsys.readouterr().out.splitlines() == told


def test_there_are_some() -> None:
    assert len(EXAMPLES) == 5

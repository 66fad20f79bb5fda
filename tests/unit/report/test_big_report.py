"""The report of thousands of functions can be read: what is fullest is drawn, and the rest is counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from narrows.case import read_case
from narrows.report import write_report
from tests.big_cases import BigCase


@pytest.mark.slow
def test_the_report_of_hundreds_of_functions_behind_forty_nat_gateways_is_bounded(tmp_path: Path) -> None:
    case = read_case(BigCase(functions=400).write(tmp_path / "case"))

    page = write_report(case, tmp_path / "report.html", prove=False).read_text()

    assert "more NAT gateways" in page
    assert "395 more functions" in page
    assert "380 more functions" in page
    assert len(page) < 2 * 2**20

"""The report: one self-contained HTML file, from a case, its diagnosis and the plan."""

from __future__ import annotations

from narrows.report.write import write_report as write_report

__all__ = ["write_report"]

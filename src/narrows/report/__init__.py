"""The report: diagnosis and plan of a case as one self-contained HTML file, or as a text to paste."""

from __future__ import annotations

from narrows.report.write import markdown_report as markdown_report
from narrows.report.write import write_markdown as write_markdown
from narrows.report.write import write_report as write_report

__all__ = ["markdown_report", "write_markdown", "write_report"]

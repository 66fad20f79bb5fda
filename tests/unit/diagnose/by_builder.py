"""Cases in AWS's own shapes, as the builder of incidents makes them, and what is said of them."""

from __future__ import annotations

from pathlib import Path

from narrows.case import Case, read_case
from narrows.diagnose import Diagnosis, diagnose
from narrows.diagnose.verdict import verdict
from oracles.incidents.world import (
    CaseFolder,
    Line,
    Traffic,
)

API = "api.pay.example"
DB = "orders.c8x2.us-east-1.rds.amazonaws.com"


def read(case: CaseFolder, folder: Path) -> Case:
    return read_case(case.write(folder / "case"))


def answer(case: CaseFolder, folder: Path) -> tuple[Diagnosis, str]:
    what = read(case, folder)
    found = diagnose(what)
    return found, verdict(what, found).sentence


def calls(case: CaseFolder, *lines: Line, good: int = 60, bad: int = 60, **how: float) -> None:
    """As many invocations that end well, then as many that fail."""
    traffic = Traffic(case, "checkout")
    traffic.good(good, 0, 29.5)
    traffic.bad(bad, 30, 59.5, *lines, seconds=how.get("seconds", 10.1))
    traffic.write()

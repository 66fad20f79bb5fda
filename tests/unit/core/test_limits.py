"""Limits: each stated once, with its source, and nowhere else in the code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import narrows
from narrows import limits
from narrows.limits import LIMITS, Certainty, Limit

SOURCE = Path(narrows.__file__).parent
FILES = [file for file in sorted(SOURCE.rglob("*.py")) if file != Path(limits.__file__)]
DEFINED = [one for one in vars(limits).values() if isinstance(one, Limit)]
QUOTA_CODE = re.compile(r"L-[0-9A-F]{8}")

ENI, NAT, PORTS = (
    one.value
    for one in (
        limits.HYPERPLANE_ENI_CONNECTIONS,
        limits.NAT_CONNECTIONS_PER_DESTINATION,
        limits.NAT_SOURCE_PORTS,
    )
)
LARGE = {ENI, NAT, PORTS, NAT * limits.NAT_ADDRESSES.value, NAT * limits.REGIONAL_NAT_ADDRESSES.value}
DESCRIPTORS = limits.FILE_DESCRIPTORS.value


def test_the_documented_figures() -> None:
    assert (ENI, NAT, PORTS, DESCRIPTORS) == (65_000, 55_000, 64_512, 1_024)
    assert limits.NAT_CONNECTIONS_PER_DESTINATION.value * limits.NAT_ADDRESSES.value == 440_000
    assert limits.SCALE_UP_ENVIRONMENTS.value == 1_000


def test_ids_are_unique() -> None:
    assert len(LIMITS) == len(DEFINED)
    assert all(LIMITS[one.id] is one for one in DEFINED)


@pytest.mark.parametrize("limit", DEFINED, ids=lambda limit: limit.id)
def test_every_limit_says_where_it_comes_from(limit: Limit) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", limit.id)
    assert limit.value > 0
    assert limit.unit
    assert limit.scope
    assert limit.source
    assert isinstance(limit.certainty, Certainty)
    assert limit.largest is None or (limit.adjustable and limit.largest > limit.value)


@pytest.mark.parametrize("limit", DEFINED, ids=lambda limit: limit.id)
def test_what_can_be_raised_has_a_quota(limit: Limit) -> None:
    assert limit.adjustable == (limit.quota_code is not None) == (limit.quota_service is not None)
    if limit.quota_code is not None:
        assert QUOTA_CODE.fullmatch(limit.quota_code)
        assert limit.quota_service in {"lambda", "vpc", "ec2"}


def test_every_quota_has_one_limit() -> None:
    codes = [one.quota_code for one in DEFINED if one.quota_code is not None]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize(
    "file",
    [SOURCE / "cli/lint.py", *sorted((SOURCE / "lab/runtimes").glob("*.py"))],
    ids=lambda file: str(file.relative_to(SOURCE)),
)
def test_what_runs_functions_takes_their_times_from_the_limits(file: Path) -> None:
    times = {limits.FUNCTION_TIMEOUT.value, limits.INIT_PHASE.value}
    tree = ast.parse(file.read_text(encoding="utf-8"))
    named = [node for node in ast.walk(tree) if isinstance(node, ast.Assign | ast.Compare)]
    assert not [node for one in named for node in ast.iter_child_nodes(one) if is_number(node, times)]


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(SOURCE)))
def test_no_other_file_states_a_limit(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    found = [*numbers_of_limits(tree), *texts_of_limits(tree)]
    assert not found, "format it from the Limit"


def test_what_the_scale_up_limit_is_counted_over_stands_once() -> None:
    named = re.compile(r"^_?SCALE_UP_SECONDS\b.*=", re.MULTILINE)
    assert not [file for file in FILES if named.search(file.read_text(encoding="utf-8"))]
    assert limits.SCALE_UP_ENVIRONMENTS.unit.endswith(f" per {limits.SCALE_UP_SECONDS} s")


def numbers_of_limits(tree: ast.AST) -> Iterator[str]:
    """Literals that are one of the numbers."""
    excused: set[ast.AST] = set()
    for node in ast.walk(tree):
        # 1,024 bytes are a KiB, and a cache has room for some round number of entries.
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div):
            excused |= {side for side in (node.left, node.right) if is_number(side, {DESCRIPTORS})}
        elif isinstance(node, ast.keyword) and node.arg == "maxsize":
            excused.add(node.value)
    for node in ast.walk(tree):
        if node not in excused and is_number(node, LARGE | {DESCRIPTORS}):
            yield f"line {getattr(node, 'lineno', 0)}: {ast.unparse(node)}"


def is_number(node: ast.AST, numbers: set[int]) -> bool:
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, int | float)
        and not isinstance(node.value, bool)
        and node.value in numbers
    )


def texts_of_limits(tree: ast.AST) -> Iterator[str]:
    """Texts, docstrings apart, that name one of the numbers or a quota's code."""
    documentation = {
        node.value for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    written = "|".join(f"{number:,}".replace(",", "[,_. ]?") for number in LARGE)
    stated = re.compile(rf"\b(?:{written})\b|{QUOTA_CODE.pattern}")
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in documentation:
            match = stated.search(node.value)
            if match:
                yield f"line {node.lineno}: '{match.group()}'"


@pytest.mark.parametrize(
    "code",
    [
        "capacity = 65_000",
        "capacity = 55000.0",
        "if descriptors > 1_024: pass",
        "text = 'a NAT gateway takes 55,000 connections'",
        "text = f'{n} of 440000'",
        "code = 'L-5F53652F'",
    ],
)
def test_a_limit_elsewhere_would_be_found(code: str) -> None:
    tree = ast.parse(code)
    assert [*numbers_of_limits(tree), *texts_of_limits(tree)]

"""Trace files: CSV with environments and invocations per second as they were measured."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrows.demand import Curve
from narrows.errors import InputError
from narrows.scenario import load_scenario
from narrows.scenario.trace import read_trace
from tests.unit.core.scenarios import RAMP, changed

HEADER = "seconds,environments,invocations_per_second\n"


def load(folder: Path, trace: str | bytes, *changes: tuple[str, str]) -> tuple[Curve, Curve | None]:
    """The curves of a scenario that names ``t.csv`` beside it."""
    (folder / "t.csv").write_bytes(trace if isinstance(trace, bytes) else trace.encode())
    file = folder / "s.yaml"
    file.write_text(changed((RAMP, "{trace: t.csv}"), *changes), encoding="utf-8")
    asked = load_scenario(file).demand.functions["storefront"]
    return asked.environments, asked.invocations_per_second


def message(folder: Path, trace: str | bytes, *changes: tuple[str, str]) -> str:
    with pytest.raises(InputError) as caught:
        load(folder, trace, *changes)
    line = str(caught.value)
    assert line.isprintable()
    return line.replace(f"{folder}/", "")


def test_both_columns(tmp_path: Path) -> None:
    environments, rate = load(tmp_path, f"{HEADER}0,1,10\n60,5,50\n60,3,30\n")
    assert environments == Curve(((0.0, 1.0), (60.0, 5.0), (60.0, 3.0)))
    assert rate == Curve(((0.0, 10.0), (60.0, 50.0), (60.0, 30.0)))


def test_environments_only(tmp_path: Path) -> None:
    assert load(tmp_path, "seconds,environments\n0,1\n") == (Curve(((0.0, 1.0),)), None)


@pytest.mark.parametrize(
    "trace",
    [
        b"\xef\xbb\xbfseconds,environments\n0,1\n",
        b"seconds,environments\r\n0,1\r\n",
        b"seconds,environments\r0,1\r",
        b" seconds , environments ,note\n0, 1 ,x\n",
        b"environments,seconds\n1,0\n",
        b"seconds,environments\n\n0,1\n\n",
        b'"seconds","environments"\n"0","1"\n',
        b"seconds,environments\n0,1",
        b"seconds,environments\n0,1,surplus\n",
        b"seconds,environments\n0e0,1.0e0\n",
    ],
)
def test_files_of_many_programs(tmp_path: Path, trace: bytes) -> None:
    assert load(tmp_path, trace)[0] == Curve(((0.0, 1.0),))


def test_a_rate_takes_the_column_of_rates(tmp_path: Path) -> None:
    rate = ("duration: 5m", "    invocations_per_second: {trace: t.csv}\nduration: 5m")
    assert load(tmp_path, f"{HEADER}0,1,10\n", rate)[1] == Curve(((0.0, 10.0),))
    assert message(tmp_path, "seconds,environments\n0,1\n", rate).startswith(
        "t.csv: line 1: has no column 'invocations_per_second'"
    )
    alone = ("environments: {trace: t.csv}", "environments: 3")
    assert load(tmp_path, "seconds,invocations_per_second\n0,10\n", rate, alone) == (
        Curve.constant(3.0),
        Curve(((0.0, 10.0),)),
    )


def test_a_written_rate_goes_before_the_trace(tmp_path: Path) -> None:
    rate = ("duration: 5m", "    invocations_per_second: 7\nduration: 5m")
    assert load(tmp_path, f"{HEADER}0,1,10\n", rate)[1] == Curve.constant(7.0)


def test_others_take_traces_too(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(f"{HEADER}0,1,10\n")
    file = tmp_path / "s.yaml"
    connections = "[{to: cache, count: {trace: t.csv}}, {to: cache, per_second: {trace: t.csv}, hold: 1s}]"
    file.write_text(changed(("seed: 7", f"others: {{fleet: {{route: nat-a, connections: {connections}}}}}")))
    counted, random = load_scenario(file).demand.others["fleet"]
    assert (counted.count, random.per_second) == (Curve(((0.0, 1.0),)), Curve(((0.0, 10.0),)))


@pytest.mark.parametrize(
    ("trace", "problem"),
    [
        ("", "t.csv: line 1: has no column 'seconds'; begin the file with seconds,environments,invocations_per_second"),
        ("0,1\n", "t.csv: line 1: has no column 'seconds'"),
        ("seconds,count\n0,1\n", "t.csv: line 1: has no column 'environments'"),
        ("time,environments\n0,1\n", "t.csv: line 1: has no column 'seconds'"),
        ("seconds,seconds,environments\n0,0,1\n", "t.csv: line 1: has two columns 'seconds'"),
        (HEADER, "t.csv: has no rows; write one for each second"),
        (f"{HEADER}0,1,1\n1,many,1\n", "t.csv: line 3, environments: 'many' is not a number"),
        (f"{HEADER}0,1,1\n\n1,2\n", "t.csv: line 4, invocations_per_second: there is no number"),
        (f"{HEADER}0,,1\n", "t.csv: line 2, environments: there is no number"),
        (f"{HEADER}0,1,1\n5,1,1\n4,1,1\n", "t.csv: line 4, seconds: goes back in time"),
        (f"{HEADER}-1,1,1\n", "t.csv: line 2, seconds: '-1' is out of range: 0 to 1,000,000,000"),
        (f"{HEADER}0,-1,1\n", "t.csv: line 2, environments: '-1' is out of range"),
        (f"{HEADER}0,nan,1\n", "t.csv: line 2, environments: 'nan' is out of range"),
        (f"{HEADER}inf,1,1\n", "t.csv: line 2, seconds: 'inf' is out of range"),
        (f"{HEADER}0,1e300,1\n", "t.csv: line 2, environments: '1e300' is out of range"),
        (f"{HEADER}0,{9_999 * 'x'},1\n", f"t.csv: line 2, environments: '{59 * 'x'}…' is not a number"),
        (f"{HEADER}0,{200_000 * '1'},1\n", "t.csv: is not CSV text: field larger than field limit"),
        (b"seconds,environments\n0,\xff\n", "t.csv: is not CSV text: 'utf-8' codec can't decode byte 0xff"),
        (f"{HEADER}0,1\x00,1\n", "t.csv: line 2, environments: '1\\x00' is not a number"),
        (f"{HEADER}0\t1\t1\n", "t.csv: line 2, seconds: '0 1 1' is not a number"),
        (b"a" * (64 * 2**20 + 1), "t.csv: is larger than 64 MiB, the most that is read; keep one row a second"),
    ],
    ids=lambda value: "" if len(value) > 100 else None,
)
def test_bad_files(tmp_path: Path, trace: str | bytes, problem: str) -> None:
    assert message(tmp_path, trace).startswith(problem)


def test_a_device_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(changed((RAMP, "{trace: t.csv}")), encoding="utf-8")
    (tmp_path / "t.csv").symlink_to("/dev/zero")
    with pytest.raises(InputError, match=r"'t\.csv': stands outside the scenario's folder; copy it there"):
        load_scenario(tmp_path / "s.yaml")


@given(st.one_of(st.binary(max_size=200), st.text(alphabet='seconds,environments"\n\r0123.-e ', max_size=200)))
def test_any_content_is_a_trace_or_an_input_error(
    tmp_path_factory: pytest.TempPathFactory, content: str | bytes
) -> None:
    file = tmp_path_factory.getbasetemp() / "any.csv"
    head = b"seconds,environments\n" if isinstance(content, str) else b""
    file.write_bytes(head + (content.encode() if isinstance(content, str) else content))
    try:
        with file.open("rb") as stream:
            trace = read_trace(file, stream)
    except InputError:
        return
    assert all(curve.points for curve in trace.curves.values())

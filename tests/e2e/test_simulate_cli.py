"""``narrows simulate`` as a user runs it: its answers, its exit codes, and what it leaves behind."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from narrows.assumptions import Assumptions
from narrows.case import read_case
from narrows.cli import main
from tests.unit.core.scenarios import RAMP, changed

ACT_1 = Path(__file__).parents[2] / "examples" / "scenarios" / "launch-load-test.yaml"
SMALL = changed((RAMP, "{from: 0, to: 7500, over: 10s}"), ("duration: 5m", "duration: 90s"))
SCALE = ("--scale", "0.008")
LONG = changed((RAMP, "500"), ("hold: until_recycled", "hold: 1s"), ("duration: 5m", "duration: 6d"))

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run ``narrows simulate`` in an empty folder: exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.yaml").write_text(SMALL, encoding="utf-8")

    def run_main(*arguments: str | Path) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            main(["simulate", *map(str, arguments)])
        captured = capsys.readouterr()
        assert isinstance(left.value.code, int)
        return left.value.code, captured.out, captured.err

    return run_main


def answer(run: Run, *arguments: str | Path) -> dict[str, Any]:
    code, out, err = run(*arguments, "--json")
    assert (code, err) == (0, "")
    found: dict[str, Any] = json.loads(out)
    return found


class TestJson:
    """The answer that the lab gives too."""

    def test_act_1(self, run: Run) -> None:
        found = answer(run, ACT_1)
        assert list(found) == [
            "attempted",
            "established_peak",
            "timed_out",
            "refused",
            "reset",
            "error_port_allocation",
            "tables",
            "seconds",
            "assumptions",
        ]
        assert [found[name] for name in list(found)[:6]] == [90_000, 55_000, 35_000, 0, 0, 175_000]
        assert isinstance(found["seconds"], float)
        assert found["tables"] == [
            {
                "kind": "hyperplane-eni",
                "resource": "private-a/sg-app",
                "destination": None,
                "capacity": 65_000,
                "peak": 60_010,
                "dropped": 0,
            },
            {
                "kind": "nat-address",
                "resource": "nat-a",
                "destination": "203.0.113.10:443",
                "capacity": 55_000,
                "peak": 55_000,
                "dropped": 175_000,
            },
            {
                "kind": "destination",
                "resource": "cache",
                "destination": "203.0.113.10:443",
                "capacity": None,
                "peak": 55_000,
                "dropped": 0,
            },
        ]

    def test_scale_is_of_tables_and_demand(self, run: Run) -> None:
        found = answer(run, ACT_1, "--scale", "0.01")
        assert [found[name] for name in list(found)[:6]] == [900, 550, 350, 0, 0, 1_750]
        assert [one["capacity"] for one in found["tables"]] == [650, 550, None]

    def test_every_assumption_is_printed(self, run: Run) -> None:
        found = answer(run, "small.yaml", *SCALE)["assumptions"]
        of_aws = [one for one in found if "say" not in one]
        assert [one["id"] for one in of_aws] == list(Assumptions.names())
        assert all(set(one) == {"id", "value", "default", "meaning", "source", "certainty"} for one in of_aws)

    def test_every_default_that_decides_is_printed_with_the_key_that_says_it(self, run: Run) -> None:
        found = [one for one in answer(run, "small.yaml", *SCALE)["assumptions"] if "say" in one]
        assert {one["id"]: (one["value"], one["say"]) for one in found}["connections.retries"] == (
            "none",
            "functions.storefront.connections[0].retries",
        )
        assert "connections.hold" not in [one["id"] for one in found]

    def test_replications(self, run: Run) -> None:
        found = answer(run, "small.yaml", *SCALE, "--runs", "4")
        assert found["replications"]["runs"] == 4
        assert list(found["replications"]["intervals"]) == list(found)[:6]
        for one in found["replications"]["intervals"].values():
            assert list(one) == ["mean", "low", "high"]
        assert "replications" not in answer(run, "small.yaml", *SCALE, "--runs", "1")

    def test_the_same_every_time(self, run: Run) -> None:
        first, second = (answer(run, "small.yaml", *SCALE, "--runs", "3") for _ in range(2))
        assert first | {"seconds": 0} == second | {"seconds": 0}


class TestText:
    """For people."""

    def test_figures_and_tables(self, run: Run) -> None:
        code, out, err = run(ACT_1)
        assert (code, err) == (0, "")
        lines = [" ".join(line.split()) for line in out.splitlines()]
        assert "90,000 connection attempts" in lines
        assert "55,000 established at the peak" in lines
        assert "175,000 ErrorPortAllocation" in lines
        tables = lines[lines.index("filled table resource destination peak capacity dropped SYNs") + 1 :]
        assert tables[:3] == [
            "100 % nat-address nat-a 203.0.113.10:443 55,000 55,000 175,000",
            "92 % hyperplane-eni private-a/sg-app every one 60,010 65,000 0",
            "destination cache 203.0.113.10:443 55,000 no limit 0",
        ]

    def test_who_failed_stands_first(self, run: Run) -> None:
        out = run(ACT_1)[1]
        # The 55,001st attempt is made when 5,500 environments are there, 1,000 more every 10 s: in second 55 of the
        # ramp; it is given up after its connect timeout of 30 s.
        assert out.splitlines()[0] == (
            "35,000 of 90,000 connects (39 %) of storefront to cache timed out, from 12:01:25Z on: no port of nat-a to "
            "203.0.113.10:443 was free"
        )

    def test_replications(self, run: Run) -> None:
        code, out, _ = run("small.yaml", *SCALE, "--runs", "3")
        assert code == 0
        assert out.count("95 %") == 6


class TestOut:
    """The case that it writes."""

    def test_a_case(self, run: Run, tmp_path: Path) -> None:
        code, out, _ = run("small.yaml", *SCALE, "--out", "cases/small")
        assert code == 0
        assert "next: narrows diagnose cases/small" in out
        assert (tmp_path / "cases/small/truth.json").is_file()
        assert read_case(tmp_path / "cases/small").functions == ("storefront",)
        assert sorted(path.name for path in (tmp_path / "cases").iterdir()) == ["small"]

    def test_a_case_of_a_run_is_replaced(self, run: Run, tmp_path: Path) -> None:
        for _ in range(2):
            assert run("small.yaml", *SCALE, "--out", "case")[0] == 0
        assert sorted(path.name for path in tmp_path.iterdir()) == ["case", "small.yaml"]

    @pytest.mark.parametrize(
        ("name", "problem"),
        [
            ("notes.txt", "is not empty, and holds no case; name a new or empty folder"),
            ("case.yaml", "holds evidence that was collected; name a new or empty folder"),
        ],
    )
    def test_nothing_else_is_replaced(self, run: Run, tmp_path: Path, name: str, problem: str) -> None:
        (tmp_path / "mine").mkdir()
        (tmp_path / "mine" / name).write_text("mine")
        assert run("small.yaml", "--out", "mine") == (2, "", f"narrows: mine: {problem}\n")
        assert [path.name for path in (tmp_path / "mine").iterdir()] == [name]

    def test_a_file_is_no_folder(self, run: Run) -> None:
        assert run("small.yaml", "--out", "small.yaml") == (
            2,
            "",
            "narrows: small.yaml: is not a folder; name a new or empty folder\n",
        )


class TestErrors:
    """One line on stderr, exit code 2, nothing written."""

    @pytest.mark.parametrize(
        ("change", "line"),
        [
            (
                ("per_10s", "per_10"),
                "line 21, demand.storefront.environments.per_10: unknown key 'per_10'; did you mean",
            ),
            (("[private-a]", "&a [*a]"), "line 12, functions.storefront.subnets[0]: contains itself; remove the alias"),
            (("duration: 5m", "duration: 7d"), "line 22, duration: longer than the 6 days"),
            ((RAMP, "{trace: none.csv}"), "line 21, demand.storefront.environments.trace: 'none.csv': no such file"),
            ((RAMP, "6000000"), "demand.storefront.environments: asks for more than 5,000,000 starts and ends"),
        ],
    )
    def test_a_bad_scenario(self, run: Run, tmp_path: Path, change: tuple[str, str], line: str) -> None:
        (tmp_path / "bad.yaml").write_text(changed(change))
        code, out, err = run("bad.yaml", "--out", "case", "--json")
        assert (code, out) == (2, "")
        assert err.startswith(f"narrows: bad.yaml: {line}")
        assert err.count("\n") == 1
        assert not (tmp_path / "case").exists()

    def test_flow_logs_of_scaled_tables(self, run: Run, tmp_path: Path) -> None:
        code, _, err = run(ACT_1, "--scale", "0.01", "--out", "case", "--flow-logs", "v5")
        assert code == 2
        assert err == "narrows: --flow-logs needs tables of their own size; leave --scale out\n"
        assert not (tmp_path / "case").exists()

    def test_no_scenario(self, run: Run) -> None:
        assert run("none.yaml") == (2, "", "narrows: none.yaml: no such file or directory\n")

    @pytest.mark.parametrize(("option", "value"), [("--runs", "0"), ("--scale", "2")])
    def test_a_number_out_of_its_range(self, run: Run, option: str, value: str) -> None:
        code, out, err = run("small.yaml", option, value)
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert err.startswith(f"narrows: {option}: {value}")

    @pytest.mark.parametrize("wrong", [(), ("small.yaml", "--scal", "1")])
    def test_wrong_usage(self, run: Run, wrong: tuple[str, ...]) -> None:
        code, out, err = run(*wrong)
        assert (code, out) == (2, "")
        assert "Usage: narrows simulate" in err


@pytest.mark.slow
@pytest.mark.parametrize("extra", [(), ("--runs", "50")])
def test_an_interrupt_leaves_nothing_behind(tmp_path: Path, extra: tuple[str, ...]) -> None:
    (tmp_path / "long.yaml").write_text(LONG if not extra else SMALL.replace("90s", "6d"))
    command = [sys.executable, "-m", "narrows", "simulate", "long.yaml", "--out", "new/case", *extra]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        wait_until_it_runs(process.pid)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, "", "narrows: interrupted\n")
    assert [path.name for path in tmp_path.iterdir()] == ["long.yaml"]


def wait_until_it_runs(process: int) -> None:
    """Until the process has loaded the compiled kernel, and a little longer."""
    maps = Path(f"/proc/{process}/maps")
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and "llvmlite" not in maps.read_text():
        time.sleep(0.05)
    time.sleep(1.5)

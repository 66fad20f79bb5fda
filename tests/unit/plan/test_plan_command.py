"""``narrows plan`` as a user runs it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from narrows.cli import main
from narrows.scenario import load_scenario
from tests.unit.plan.sites import EXAMPLES

Run = Callable[..., tuple[int, str, str]]
LAUNCH = str(EXAMPLES / "launch-load-test.yaml")
THIRD = str(EXAMPLES / "second-subnet.yaml")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command line in this process: exit code, stdout, stderr."""

    def run_main(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            main(("plan", *arguments))
        captured = capsys.readouterr()
        assert isinstance(left.value.code, int)
        return left.value.code, captured.out, captured.err

    return run_main


def test_the_answer_is_a_table_with_the_plan_first(run: Run) -> None:
    code, out, err = run(LAUNCH)
    assert (code, err) == (0, "")
    assert "today's network does not hold" in out
    assert "add 2 Elastic IP addresses to nat-a (then 3), $7.30" in out
    assert "L-5F53652F" in out
    assert out.index("+1 subnet for storefront") < out.index("4 instead of 10") < out.index("2 proxies to cache")
    assert "\x1b" not in out
    # Commands stay whole, so that they can be pasted, and rows of the table, so that they can be searched.
    whole = re.compile(r" {5}|\$/month| *[\d,]+\.\d\d  ")
    assert max(len(line) for line in out.splitlines() if not whole.match(line)) <= 120


def test_what_is_run_stands_below_the_whole_answer(run: Run) -> None:
    """The first screen is what to change, what it costs and what binds next; a change has some dozen commands."""
    answer, _, commands = run(LAUNCH)[1].partition("\nWhat is run for it, in one shell\n")
    assert "aws ec2" not in answer
    assert "verify before you quote them" in answer
    assert commands.index("  Ask for the quotas first of all\n") < commands.index("  1. add 1 subnet for storefront")
    assert commands.index("  1. add 1 subnet for storefront") < commands.index(
        "  2. add 2 Elastic IP addresses to nat-a"
    )
    # What is undone first stands last.
    assert [line.strip() for line in commands.splitlines() if line.strip().startswith("To undo it")] == [
        "To undo it, after those below:",
        "To undo it:",
    ]


def test_json_is_one_document(run: Run) -> None:
    code, out, _ = run(LAUNCH, "--json")
    assert code == 0
    document = json.loads(out)
    assert document["fits"] is False
    assert document["monthly_usd"] == 7.3
    assert [(one["action"], one["count"]) for one in document["changes"]] == [
        ("add-subnets", 1),
        ("add-nat-addresses", 2),
    ]
    assert document["proof"] is None


def test_check_is_for_pipelines(run: Run) -> None:
    assert run(LAUNCH, "--check")[0] == 1
    assert run(THIRD, "--check")[0] == 1
    assert run(THIRD, "--check", "--headroom", "0")[0] == 0
    assert run(LAUNCH, "--check", "--growth", "0.1x")[0] == 0


def test_proof_is_attached(run: Run) -> None:
    code, out, _ = run(LAUNCH, "--prove", "--json")
    assert code == 0
    document = json.loads(out)
    assert document["proof"]["timeouts"] == 0
    assert document["proof"]["established"] == 90_000
    assert all(one["proof"]["holds"] for one in document["alternatives"])
    assert "90,000 open, 0 timed out" in " ".join(run(LAUNCH, "--prove")[1].split())


def test_the_widened_scenario_is_written_and_fits(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "wide.yaml"
    assert run(LAUNCH, "--growth", "2x", "--out", str(file))[0] == 0
    assert load_scenario(file).demand.functions["storefront"].environments.largest(300) == 18_000
    assert run(str(file), "--check")[0] == 0


def test_markup_in_names_is_text(run: Run, tmp_path: Path) -> None:
    text = Path(LAUNCH).read_text().replace("nat-a", "'[bold red]nat[/]'")
    file = tmp_path / "marked.yaml"
    file.write_text(text)
    code, out, _ = run(str(file))
    assert code == 0
    assert "add 2 Elastic IP addresses to [bold red]nat[/] (then 3)" in out


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("--headroom", "1.5"), "--headroom: 1.5 is not a valid headroom; 0 to 0.9, such as 0.3"),
        (("--growth", "twice"), "--growth: 'twice' is not a number; write 0.3, 30% or 2x"),
        (("--growth", "-2x"), "-2 is not a valid growth factor"),
        (("--growth", "nan"), "--growth: is nan; write a finite number"),
        (("--peak", "0"), "0 is not a valid peak"),
        (("--peak", "5", "--growth", "2x"), "give one of them"),
        (("--can", "fly"), "'fly' is not a conditional action"),
    ],
)
def test_bad_arguments_are_one_line_and_exit_code_2(run: Run, arguments: tuple[str, ...], text: str) -> None:
    code, out, err = run(LAUNCH, *arguments)
    assert (code, out) == (2, "")
    assert text in err
    assert err.count("\n") == 1


def test_what_is_neither_scenario_nor_case_is_one_line(run: Run, tmp_path: Path) -> None:
    for source in (tmp_path, tmp_path / "none.yaml"):
        code, out, err = run(str(source))
        assert (code, out) == (2, "")
        assert err.count("\n") == 1
        assert str(source) in err


def test_nothing_is_written_when_the_plan_fails(run: Run, tmp_path: Path) -> None:
    assert run(LAUNCH, "--headroom", "7", "--out", str(tmp_path / "wide.yaml"))[0] == 2
    assert not list(tmp_path.iterdir())


BLOCKED = """
name: blocked
vpc: {subnets: {a: {az: us-east-1a, route: none}}}
destinations: {cache: {port: 443}}
functions: {app: {subnets: [a], security_groups: [sg], connections: [{to: cache}]}}
demand: {app: {environments: 10}}
duration: 1m
"""


def test_check_says_no_where_nothing_is_reached(run: Run, tmp_path: Path) -> None:
    (tmp_path / "blocked.yaml").write_text(BLOCKED)
    code, out, _ = run(str(tmp_path / "blocked.yaml"), "--check")
    assert code == 1
    assert "does not hold" in out
    assert "app does not reach cache: a has no route to cache; no plan widens that" in out


def test_check_says_no_where_the_proof_does(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "resolver.yaml"
    file.write_text(
        BLOCKED.replace("route: none", "route: nat").replace("}}}", "}}, nat_gateways: {nat: {}}}", 1)
        + "assumptions: {resolver_packets_per_second: 1}\n"
    )
    assert run(str(file), "--check")[0] == 0
    code, out, _ = run(str(file), "--check", "--prove")
    assert code == 1
    assert "connection attempts found no name (DNS)" in out


def test_growth_beyond_reserved_concurrency_is_an_error(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "reserved.yaml"
    file.write_text(
        BLOCKED.replace("route: none", "route: nat")
        .replace("}}}", "}}, nat_gateways: {nat: {}}}", 1)
        .replace("subnets: [a],", "subnets: [a], reserved_concurrency: 10,")
    )
    assert run(str(file))[0] == 0
    code, _, err = run(str(file), "--growth", "50x")
    assert code == 2
    assert err == "narrows: --growth: reserved concurrency stops the functions at 10 connections, short of 500\n"

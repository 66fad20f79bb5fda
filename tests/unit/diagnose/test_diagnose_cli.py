"""``narrows diagnose`` as a user runs it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from narrows.cli import main
from narrows.diagnose.causes import CAUSES
from tests.unit.diagnose.by_hand import MINUTES, TIMEOUT, case, interfaces, log, nat, rules
from tests.unit.diagnose.conftest import EXAMPLES

Run = Callable[..., tuple[int, str, str]]
STATUSES = {"confirmed", "likely", "possible", "unknown", "ruled-out"}


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command line in this process: exit code, stdout, stderr."""

    def run_main(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            main([str(one) for one in arguments])
        assert isinstance(left.value.code, int)
        captured = capsys.readouterr()
        return left.value.code, captured.out, captured.err

    return run_main


@pytest.mark.parametrize("name", sorted(folder.name for folder in EXAMPLES.iterdir() if folder.is_dir()))
def test_json_has_exactly_the_promised_shape(run: Run, name: str) -> None:
    code, out, _ = run("diagnose", EXAMPLES / name, "--json")
    assert code == 0
    answer = json.loads(out)
    assert list(answer) == ["narrows", "symptoms", "causes", "lasted", "next_narrows", "missing", "assumptions"]
    assert answer["narrows"] is None or answer["narrows"] in CAUSES
    assert {one["id"] for one in answer["causes"]} == set(CAUSES)
    for cause in answer["causes"]:
        assert list(cause) == ["id", "status", "mechanism", "resource", "limit", "observed", "evidence"]
        assert cause["status"] in STATUSES
        assert cause["limit"] is None or list(cause["limit"]) == ["id", "value", "certainty"]
        assert cause["observed"] is None or list(cause["observed"]) == ["low", "high", "unit"]
        for one in cause["evidence"]:
            assert list(one) == ["supports", "text", "source"]
            assert isinstance(one["supports"], bool)
    lasted = answer["lasted"]
    assert lasted is None or list(lasted) == ["first", "last", "began", "over"]
    after = answer["next_narrows"]
    assert after is None or list(after) == ["id", "resource", "at_connections"]
    for one in answer["missing"]:
        assert list(one) == ["evidence", "why", "how", "note", "reasons", "requests"]
        assert one["why"] == "; ".join(f"{reason['cause']}: {reason['text']}" for reason in one["reasons"])
        for request in one["requests"]:
            assert list(request) == [
                "service", "operation", "region", "parameters", "query", "file", "permission", "only_reads",
            ]  # fmt: skip
    assert all({"id", "value", "source", "certainty"} <= set(one) for one in answer["assumptions"])


def test_the_verdict_comes_first_and_ruled_out_causes_take_a_line_each(run: Run) -> None:
    code, out, _ = run("diagnose", EXAMPLES / "eni-full-no-metric")
    assert code == 0
    lines = out.splitlines()
    assert lines[0].startswith("Most likely the Hyperplane ENI of checkout-private-a / checkout is full")
    assert lines.index("Next narrows") < lines.index("Ruled out")
    ruled_out = lines[lines.index("Ruled out") + 1 :]
    ruled_out = ruled_out[: ruled_out.index("")]
    assert [line.split()[0] for line in ruled_out] == [
        "route-or-rule-blocked",
        "lambda-throttling",
        "nat-port-exhaustion",
        "nat-bandwidth",
    ]


@pytest.mark.parametrize(
    ("name", "fail_on", "wanted"),
    [
        ("nat-churn", "confirmed", 1),
        ("nat-churn", "likely", 1),
        ("eni-full-no-metric", "confirmed", 0),
        ("eni-full-no-metric", "likely", 1),
    ],
)
def test_fail_on(run: Run, name: str, fail_on: str, wanted: int) -> None:
    assert run("diagnose", EXAMPLES / name, "--fail-on", fail_on, "--json")[0] == wanted
    assert run("diagnose", EXAMPLES / name)[0] == 0


def test_fail_on_takes_no_other_word(run: Run) -> None:
    assert run("diagnose", EXAMPLES / "nat-churn", "--fail-on", "possible")[0] == 2


def test_bad_input_is_one_line_and_exit_code_2(run: Run, tmp_path: Path) -> None:
    code, out, err = run("diagnose", tmp_path / "nowhere")
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    broken = tmp_path / "broken"
    shutil.copytree(EXAMPLES / "nat-churn", broken)
    file = broken / "cloudwatch" / "shop-nat.results.json"
    file.write_text(file.read_text()[:200])
    code, out, err = run("diagnose", broken)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert "shop-nat.results.json" in err


def test_no_colour_and_whole_commands_where_stdout_is_no_terminal() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "narrows", "diagnose", str(EXAMPLES / "eni-full-no-metric")],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "\x1b" not in done.stdout
    commands = [line for line in done.stdout.splitlines() if line.startswith("aws ")]
    assert len(commands) == 1
    assert commands[0].endswith("PerHourPartition=true")


def test_names_from_the_case_are_shown_as_they_are(run: Run, tmp_path: Path) -> None:
    gateway = {
        "NatGatewayId": "nat-1",
        "State": "available",
        "SubnetId": "subnet-public",
        "VpcId": "vpc-1",
        "NatGatewayAddresses": [{"PublicIp": "198.51.100.1"}],
        "Tags": [{"Key": "Name", "Value": "[bold]nat[/bold] :boom: \x1b[31mred"}],
    }
    files = {"ec2/nat-gateways.json": {"NatGateways": [gateway]}}
    case(tmp_path, rules(), interfaces(), files, nat(errors=[9] * MINUTES), log(TIMEOUT))
    code, out, _ = run("diagnose", tmp_path)
    assert code == 0
    assert "[bold]nat[/bold] :boom:" in out
    assert "\x1b" not in out


def test_verbose_has_every_piece_of_evidence_of_every_cause(run: Run) -> None:
    place = EXAMPLES / "nat-churn"
    causes = json.loads(run("diagnose", place, "--json")[1])["causes"]
    out = " ".join(run("diagnose", place, "--verbose")[1].split())
    for cause in causes:
        assert cause["id"] in out
        for evidence in cause["evidence"]:
            assert " ".join(f"{evidence['text']} [{evidence['source']}]".split()) in out


def test_help_names_the_options(run: Run) -> None:
    code, out, _ = run("diagnose", "--help")
    plain = re.sub(r"\x1b\[[0-9;]*m", "", out)
    assert code == 0
    assert "--fail-on" in plain
    assert "CASE" in plain

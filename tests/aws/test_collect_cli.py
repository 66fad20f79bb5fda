"""``narrows collect`` and ``narrows incident`` as a user runs them, against the server."""

from __future__ import annotations

import json
import os
import re
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from narrows.case import read_case
from oracles.live.compare import Verdict, answers, copy_what_people_know, judge
from tests.aws.collecting import CREDENTIALS
from tests.aws.owned_accounts import AURORA, account, databases, instance, rising, series
from tests.aws.server import AwsServer, Faults

TIME = ("--from", "2026-11-20T12:00Z", "--to", "2026-11-20T12:05Z")
WHO = ("--function", "storefront")
AWS = Path(sys.executable).with_name("aws")
PLAIN = {name: os.environ[name] for name in ("PATH", "HOME", "XDG_CACHE_HOME", "TMPDIR") if name in os.environ}


def run(*words: object, variables: Mapping[str, str] | None = None, before: Callable[[], None] | None = None,
        cwd: Path | None = None) -> subprocess.CompletedProcess[str]:  # fmt: skip
    """Run ``narrows`` with these words; nobody is at its terminal."""
    return subprocess.run(
        [sys.executable, "-m", "narrows", *map(str, words)],
        env={**PLAIN, **(CREDENTIALS if variables is None else variables)},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False, preexec_fn=before, cwd=cwd,
    )  # fmt: skip


def is_one_line(text: str) -> bool:
    """Whether a complaint is one line of narrows, without a key or a traceback."""
    return bool(re.fullmatch(r"narrows: [^\n]+\n", text)) and "AKIA" not in text and "Traceback" not in text


def test_an_incident_is_one_command(served: Path, tmp_path: Path) -> None:
    with AwsServer(served) as server:
        done = run("incident", *WHO, *TIME, "--endpoint-url", server.url, "--out", tmp_path / "incident")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "account 123456789012, us-east-1, 2026-11-20 12:00 to 12:05 UTC: what is there, and log lines"
    assert any(line.startswith("confirmed: NAT gateway nat-a has no source ports left") for line in lines)
    assert any(re.match(r"The plan: add \d .*\$\d+\.\d\d a month\.", line) for line in lines)
    assert lines[-3].startswith(f"report: {tmp_path / 'incident'}.html")
    assert (tmp_path / "incident.html").read_bytes().startswith(b"<!doctype html>")
    assert read_case(tmp_path / "incident").functions == ("storefront",)


@pytest.mark.slow
def test_the_report_stands_beside_the_case_where_no_folder_is_named(served: Path, tmp_path: Path) -> None:
    with AwsServer(served) as server:
        done = run("incident", *WHO, *TIME, "--endpoint-url", server.url, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert sorted(one.name for one in tmp_path.iterdir()) == [
        "storefront-20261120T1200Z",
        "storefront-20261120T1200Z.html",
    ]


@pytest.mark.slow
def test_commands_that_a_dry_run_prints_make_the_same_case(served: Path, tmp_path: Path) -> None:
    """AWS's own command line, run in a shell as it is pasted, until a dry run prints no command any more."""
    by_hand, collected = tmp_path / "by-hand", tmp_path / "collected"
    for folder in (by_hand, collected):
        copy_what_people_know(served, folder)
    assert _by_hand_and_collected(served, by_hand, collected, *TIME)["narrows"] == "nat-port-exhaustion"


@pytest.mark.slow
def test_commands_of_a_dry_run_bring_what_the_account_knows_of_its_destinations(tmp_path: Path) -> None:
    listed = [instance(name, "orders-pg16", "ledger") for name in ("first", "second")]
    counts = [("AWS/RDS", "DatabaseConnections", "Maximum", {"DBInstanceIdentifier": name}, rising(100))
              for name in ("first", "second")]  # fmt: skip
    served = account(tmp_path / "served", AURORA, databases("100", *listed), series(*counts))
    time_and_place = ("--from", "2026-11-20T12:00Z", "--to", "2026-11-20T12:15Z", "--connects-to", f"{AURORA}:5432")
    found = _by_hand_and_collected(served, tmp_path / "by-hand", tmp_path / "collected", *time_and_place)
    assert found["narrows"] == "destination-connection-limit"


def _by_hand_and_collected(served: Path, by_hand: Path, collected: Path, *words: str) -> dict[str, Any]:
    """The diagnosis of a case that the commands of dry runs made, which is that of the one that was collected."""
    with AwsServer(served) as server:
        commands = ["none yet"]
        for _ in range(6):
            dry = run("collect", *WHO, *words, "--dry-run", "--out", by_hand)
            assert dry.returncode == 0, dry.stderr
            script = dry.stdout.replace("aws ", f"{AWS} --endpoint-url {server.url} ")
            commands = [line for line in dry.stdout.splitlines() if " aws " in f" {line}" and not line.startswith("#")]
            if not commands:
                break
            shell = ["sh", "-uc", "\n".join(_runnable(script))]
            subprocess.run(shell, env={**PLAIN, **CREDENTIALS}, check=False, capture_output=True, timeout=120)
        assert commands == []
        done = run("collect", *WHO, *words, "--endpoint-url", server.url, "--out", collected)
        assert done.returncode == 0, done.stderr
    one, other = (json.loads(run("diagnose", folder, "--json").stdout) for folder in (by_hand, collected))
    assert one == other
    return dict(one)


def _runnable(script: str) -> list[str]:
    return [line for line in script.splitlines() if not line.startswith("#")]


def test_a_dry_run_asks_nobody(tmp_path: Path) -> None:
    done = run("collect", *WHO, *TIME, "--dry-run", "--out", tmp_path / "case",
               variables={"AWS_REGION": "eu-west-1", "AWS_EC2_METADATA_DISABLED": "true"})  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "aws lambda get-function-configuration --region eu-west-1 --function-name storefront" in done.stdout
    assert "# mkdir -p ec2 && aws ec2 describe-nat-gateways --region eu-west-1 --filter Name=vpc-id" in done.stdout
    assert not (tmp_path / "case").exists()


SSO = """[profile work]
sso_session = ours
sso_account_id = 123456789012
sso_role_name = reader
region = us-east-1
[sso-session ours]
sso_region = us-east-1
sso_start_url = https://ours.invalid/start
"""
MFA = """[profile base]
aws_access_key_id = AKIAIOSFODNN7EXAMPLE
aws_secret_access_key = nothing
[profile work]
role_arn = arn:aws:iam::123456789012:role/reader
source_profile = base
mfa_serial = arn:aws:iam::123456789012:mfa/somebody
region = us-east-1
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("config", "words", "variables", "problem"),
    [
        ("", (), {}, "there are no AWS credentials; name a --profile"),
        ("", ("--profile", "nobody"), {}, "there is no such profile in the AWS configuration"),
        (SSO, ("--profile", "work"), {}, "the SSO session has ended; run aws sso login --profile work"),
        (MFA, ("--profile", "work"), {}, "the profile asks for the code of an MFA device, and nobody can type it here"),
        ("", (), {"AWS_REGION": ""}, "no Region is named"),
        ("", ("--region", "the-moon"), {}, "--region: 'the-moon' is not a Region"),
        ("", (), {**CREDENTIALS, "HTTP_PROXY": "http://127.0.0.1:9"}, "the proxy cannot be reached"),
        ("", (), CREDENTIALS, "AWS does not answer: sts in us-east-1 cannot be reached"),
    ],
    ids=["none", "profile", "SSO", "MFA", "no Region", "wrong Region", "proxy", "nobody there"],
)
def test_what_keeps_from_asking_at_all_is_one_line(
    tmp_path: Path, config: str, words: tuple[str, ...], variables: dict[str, str], problem: str
) -> None:
    (tmp_path / "config").write_text(config)
    environment = {
        "AWS_CONFIG_FILE": str(tmp_path / "config"), "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none"),
        "AWS_EC2_METADATA_DISABLED": "true", "AWS_REGION": "us-east-1", "AWS_MAX_ATTEMPTS": "1", **variables,
        "HOME": str(tmp_path),
    }  # fmt: skip
    url = "http://aws.invalid" if "HTTP_PROXY" in variables else "http://127.0.0.1:9"
    done = run("collect", *WHO, *TIME, *words, "--endpoint-url", url, "--out", tmp_path / "case", variables=environment)
    assert done.returncode == 2
    assert is_one_line(done.stderr), done.stderr
    assert problem in done.stderr
    assert not (tmp_path / "case").exists()


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ((), "one of --function, --vpc and --nat says what is in question"),
        (("--function", "a", "--vpc", "vpc-1"), "one of --function, --vpc and --nat says what is in question"),
        (("--function", "--help"), "is not the name or ARN of a function"),
        (("--vpc", "subnet-1"), "--vpc: 'subnet-1' is not the id of a VPC"),
        ((*WHO, "--last", "soon"), "--last: 'soon' is not a duration"),
        ((*WHO, "--flow-logs", "much"), "--flow-logs: 'much' is not a size"),
        ((*WHO, "--connects-to", "nowhere"), "--connects-to: 'nowhere' is not a destination"),
    ],
)
def test_options_that_cannot_be_meant_are_one_line(tmp_path: Path, words: tuple[str, ...], problem: str) -> None:
    done = run("collect", *words, "--out", tmp_path / "case")
    assert done.returncode == 2
    assert is_one_line(done.stderr), done.stderr
    assert problem in done.stderr


@pytest.mark.slow
def test_a_full_disk_is_one_line_and_what_was_read_stays(served: Path, tmp_path: Path) -> None:
    case = tmp_path / "case"
    with AwsServer(served) as server:
        words = ("collect", *WHO, *TIME, "--endpoint-url", server.url, "--out", case)
        done = run(*words, before=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000)))
        assert done.returncode == 2
        assert is_one_line(done.stderr.splitlines(keepends=True)[-1]), done.stderr
        assert "file too large" in done.stderr
        assert (case / "case.yaml").exists()
        assert list(case.rglob(".*")) == []
        assert run(*words).returncode == 0
    assert judge(answers(served), answers(case)).verdict is not Verdict.OTHER


def test_ctrl_c_keeps_what_was_read_and_the_next_run_goes_on(served: Path, tmp_path: Path) -> None:
    case = tmp_path / "case"
    with AwsServer(served, faults=Faults(slow=0.3)) as server:
        words = ("collect", *WHO, *TIME, "--endpoint-url", server.url, "--out", str(case))
        with subprocess.Popen(
            [sys.executable, "-m", "narrows", *words], env={**PLAIN, **CREDENTIALS}, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        ) as process:  # fmt: skip
            until = time.monotonic() + 60
            # The first call takes 0.3 s, and those of the first wave end together; the rest is still to come.
            while not list((case / "lambda").glob("[!.]*")) and time.monotonic() < until:
                time.sleep(0.02)
            process.send_signal(signal.SIGINT)
            _, complaint = process.communicate(timeout=30)
        assert process.returncode == 130
        assert complaint == "narrows: interrupted\n"
        assert list(case.rglob(".*")) == []
        kept = {file: file.stat().st_mtime_ns for file in (case / "lambda").iterdir()}
        server.faults = Faults()
        assert run(*words).returncode == 0
    assert kept
    assert {file: file.stat().st_mtime_ns for file in kept} == kept
    assert (case / "ec2" / "nat-gateways.json").exists()
    assert json.loads(run("diagnose", case, "--json").stdout)["narrows"] == "nat-port-exhaustion"


@pytest.mark.slow
def test_what_is_not_allowed_is_said_with_the_permission_and_the_run_goes_on(served: Path, tmp_path: Path) -> None:
    denied = frozenset({"ec2:DescribeNetworkAcls", "logs:FilterLogEvents"})
    with AwsServer(served, faults=Faults(denied=denied)) as server:
        done = run("collect", *WHO, *TIME, "--endpoint-url", server.url, "--out", tmp_path / "case")
    assert done.returncode == 0
    assert sorted(done.stderr.splitlines()) == [
        "narrows: not collected: not allowed: ec2:DescribeNetworkAcls is missing (DescribeNetworkAcls)",
        "narrows: not collected: not allowed: logs:FilterLogEvents is missing (FilterLogEvents)",
    ]
    assert "arn:aws:sts" not in done.stderr
    shown = run("diagnose", tmp_path / "case").stdout
    assert "not allowed: ec2:DescribeNetworkAcls is missing" in re.sub(r"\s+", " ", shown)


def test_the_policy_is_printed_as_iam_takes_it() -> None:
    done = run("iam-policy", "--bucket", "flow-logs-of-ours")
    policy = json.loads(done.stdout)
    assert policy["Version"] == "2012-10-17"
    assert all(set(one) == {"Sid", "Effect", "Action", "Resource"} for one in policy["Statement"])
    assert done.stdout.count("flow-logs-of-ours") == 3
    assert run("iam-policy", "--bucket", "*").returncode == 2

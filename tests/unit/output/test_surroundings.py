"""Odd surroundings are one line and exit code 2, or do not matter; none is a traceback."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from narrows.cli import main
from narrows.cli.commands import COMMANDS
from narrows.simulate.kernel import compiled

EXAMPLES = Path(__file__).parents[3] / "examples"
LAUNCH, CASE = str(EXAMPLES / "scenarios" / "launch-load-test.yaml"), str(EXAMPLES / "cases" / "nat-churn")

Ran = Callable[..., tuple[int, str, str]]


@pytest.fixture
def ran(capsys: pytest.CaptureFixture[str]) -> Ran:
    """Run a command in this process: exit code, stdout, stderr."""

    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            main(arguments)
        assert isinstance(left.value.code, int)
        captured = capsys.readouterr()
        return left.value.code, captured.out, captured.err

    return run


def shell(command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run ``narrows`` in a shell, whose redirections are what is tried."""
    line = command.replace("narrows", f"{sys.executable} -m narrows")
    return subprocess.run(
        ["sh", "-c", line], capture_output=True, text=True, check=False, env={**os.environ, **environment}
    )


def test_a_closed_stdout_is_one_line_and_no_file_takes_its_place(tmp_path: Path) -> None:
    done = shell(f"narrows limits --json >&- 2>{tmp_path}/err")
    assert done.returncode == 2
    assert (tmp_path / "err").read_text() == "narrows: stdout is closed\n"


@pytest.mark.parametrize("closed", ["2>&-", "<&-", "<&- 2>&-"])
def test_a_closed_stderr_or_stdin_does_not_matter(closed: str) -> None:
    done = shell(f"narrows limits --json {closed}")
    assert done.returncode == 0
    assert done.stdout.startswith("{")
    assert done.stderr == ""


def test_everything_closed_ends_without_a_word() -> None:
    assert shell("narrows limits <&- >&- 2>&-").returncode == 2


@pytest.mark.parametrize("settings", [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0"}])
def test_an_ascii_output_has_what_it_lacks_written_out(settings: dict[str, str]) -> None:
    settings["PYTHONCOERCECLOCALE"] = "0"
    done = shell(f"narrows diagnose '{EXAMPLES}/cases/nat-churn'; narrows diagnose 日本", **settings)
    assert "Traceback" not in done.stderr
    assert (done.stdout + done.stderr).isascii()
    assert done.stderr.startswith("narrows: ")


@pytest.mark.parametrize("command", ["limits", "limits --json", f"plan {LAUNCH}"])
def test_a_full_disk_behind_stdout_is_said(command: str) -> None:
    done = shell(f"narrows {command} > /dev/full")
    assert done.returncode == 2
    assert done.stderr == "narrows: the output cannot be written: no space left on device\n"


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("narrows diagnose nowhere 2>/dev/full", 2),
        ("narrows diagnose 2>/dev/full", 2),
        (f"(sleep 1; narrows diagnose {CASE} --fail-on likely --json; echo $? >&2) | true", 141),
        ("(sleep 1; narrows limits; echo $? >&2) | true", 141),
    ],
)
def test_no_exit_code_says_no_where_nothing_did(command: str, code: int) -> None:
    done = shell(command)
    assert (int(done.stderr) if "|" in command else done.returncode) == code


def test_a_fault_of_narrows_is_no_answer(tmp_path: Path) -> None:
    broken = tmp_path / "sitecustomize.py"
    broken.write_text("import narrows.limits\ndel narrows.limits.LIMITS\n")
    done = shell("narrows limits", PYTHONPATH=os.pathsep.join([str(tmp_path), *sys.path]))
    assert "Traceback" in done.stderr
    assert done.returncode == 70


def test_a_folder_that_may_not_be_entered_is_one_line(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    (closed / "case").mkdir(parents=True)
    closed.chmod(0)
    for command in ("plan", "diagnose"):
        line = f"setpriv --bounding-set=-all --inh-caps=-all {sys.executable} -m narrows {command} closed/case"
        done = subprocess.run(
            ["sh", "-c", line if os.geteuid() == 0 else line[line.index(sys.executable) :]],
            cwd=tmp_path, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (2, "narrows: closed/case: permission denied\n")
    closed.chmod(0o700)


def test_a_case_that_cannot_be_read_is_no_fault_of_the_output(ran: Ran, monkeypatch: pytest.MonkeyPatch) -> None:
    def reads() -> None:
        raise OSError(5, "Input/output error", "case.yaml")

    module = ModuleType("narrows.cli.reads")
    module.reads = reads  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setitem(COMMANDS, "reads", "A command of a test.")
    assert ran("reads") == (2, "", "narrows: case.yaml: input/output error\n")


@pytest.mark.parametrize("folder", ["flow-logs", "callers"])
def test_a_truncated_gz_is_no_fault_of_the_output(ran: Ran, tmp_path: Path, folder: str) -> None:
    (tmp_path / folder).mkdir()
    (tmp_path / "case.yaml").write_text("schema: 1\n")
    whole = gzip.compress(
        b"2 123456789012 eni-0a1b2c3d4e5f60718 10.0.0.1 10.0.0.2 40000 443 6 1 60 1 2 ACCEPT OK\n" * 99
    )
    (tmp_path / folder / "cut.log.gz").write_bytes(whole[:-30])
    for arguments in (("flowlogs", str(tmp_path / folder)), ("diagnose", str(tmp_path))):
        _, _, err = ran(*arguments)
        assert "output" not in err
        assert err.count("\n") <= 1


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "1e400"])
@pytest.mark.parametrize(
    ("command", "option"),
    [
        (("simulate", LAUNCH), "--scale"),
        (("simulate", LAUNCH, "--flow-logs", "v5"), "--flow-log-lost-fin"),
        (("simulate", LAUNCH, "--flow-logs", "v5"), "--flow-log-skipdata"),
        (("plan", LAUNCH), "--headroom"),
        (("plan", LAUNCH), "--growth"),
        (("lab", LAUNCH), "--speed"),
        (("lab", LAUNCH), "--scale"),
    ],
)
def test_no_number_that_is_none_gets_into_a_command(
    ran: Ran, command: tuple[str, ...], option: str, value: str
) -> None:
    code, out, err = ran(*command, option, value)
    assert (code, out) == (2, "")
    assert option in err


@pytest.mark.parametrize("option", ["--peak", "--proxy-reuse"])
@pytest.mark.parametrize("value", ["1" + "0" * 30, "-5", "0", "1" + "0" * 400])
def test_no_whole_number_is_too_large_for_one_line(ran: Ran, option: str, value: str) -> None:
    code, out, err = ran("plan", LAUNCH, option, value)
    assert (code, out) == (2, "")
    assert err.startswith(f"narrows: {option}: ")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("diagnose", ""), "CASE: is empty; name a file or folder"),
        (("diagnose", "a\0b"), "CASE: holds a NUL character"),
        (("simulate", LAUNCH, "--out", ""), "--out: is empty; name a file or folder"),
        (("plan", LAUNCH, "--out", "a\0b"), "--out: holds a NUL character"),
        (("plan", LAUNCH, "--out", "x" * 300), "file name too long"),
        (("report", CASE, "--out", "x" * 300), "file name too long"),
        (("simulate", LAUNCH, "--out", "x" * 300), "file name too long"),
        (("flowlogs", CASE, "--parquet", ""), "--parquet: is empty; name a file or folder"),
        (("flowlogs", CASE, "--assume", "a\0b"), "--assume: holds a NUL character"),
        (("lab", LAUNCH, "--serve", "'"), "--serve: is not a command line: no closing quotation"),
    ],
)
def test_an_argument_that_names_nothing_is_one_line(ran: Ran, arguments: tuple[str, ...], complaint: str) -> None:
    code, out, err = ran(*arguments)
    assert (code, out) == (2, "")
    assert complaint in err
    assert err.startswith("narrows: ")
    assert err.count("\n") == 1


def test_a_kernel_is_compiled_also_where_nothing_can_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "_CACHE", None)
    monkeypatch.setattr(compiled, "keeps_compiled", False)
    made: dict[str, Callable[[int], int]] = {}
    # Of no file, so that numba finds no folder either.
    exec(compile("def double(number):\n    return 2 * number\n", "<nowhere>", "exec"), made)
    assert compiled.compiled(made["double"])(21) == 42

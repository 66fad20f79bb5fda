"""The machinery of the command line: lazy commands, exit codes, one line for an error."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

import narrows
from narrows.cli import main
from narrows.cli.app import load, module_of
from narrows.cli.commands import COMMANDS
from narrows.errors import InputError
from narrows.limits import LIMITS

EXAMPLES = Path(__file__).parents[2] / "examples" / "cases"
HEAVY = {"boto3", "duckdb", "numba", "numpy", "pyarrow", "yaml"}
"""Libraries that only the command that needs them may import."""

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command line in this process: exit code, stdout, stderr."""

    def run_main(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            main(arguments)
        assert isinstance(left.value.code, int)
        captured = capsys.readouterr()
        return left.value.code, captured.out, captured.err

    return run_main


@pytest.fixture
def add_command(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[..., None]], None]:
    """Add a function to the table as a command, for one test."""

    def add(function: Callable[..., None]) -> None:
        name = function.__name__
        module = ModuleType(f"narrows.cli.{name}")
        setattr(module, name, function)
        monkeypatch.setitem(sys.modules, module.__name__, module)
        monkeypatch.setitem(COMMANDS, name.replace("_", "-"), "A command of a test.")

    return add


def test_help_lists_every_command_with_its_short_help(run: Run) -> None:
    code, out, _ = run("--help")
    assert code == 0
    shown = " ".join(out.split())
    for name, short_help in COMMANDS.items():
        assert name in shown
        assert short_help.split()[0] in shown


def test_no_arguments_show_the_help(run: Run) -> None:
    code, out, err = run()
    assert code == 2
    assert "Usage: narrows" in out + err


def test_version(run: Run) -> None:
    assert run("--version") == (0, f"narrows {narrows.__version__}\n", "")


def test_unknown_command_suggests_the_nearest(run: Run) -> None:
    code, out, err = run("limist")
    assert (code, out) == (2, "")
    assert "Did you mean 'limits'" in err


def test_unknown_option_is_wrong_usage(run: Run) -> None:
    code, out, err = run("limits", "--jsn")
    assert (code, out) == (2, "")
    assert "--jsn" in err


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_loads_and_has_help(run: Run, name: str) -> None:
    assert load(name).help
    code, out, _ = run(name, "--help")
    assert code == 0
    assert f"Usage: narrows {name}" in out


def test_input_error_is_one_line_and_exit_code_2(run: Run, add_command: Callable[[Callable[..., None]], None]) -> None:
    def broken_input() -> None:
        print("what came before")
        raise InputError("no such key\nsubnet", file="launch.yaml", place="line 3")

    add_command(broken_input)
    code, out, err = run("broken-input")
    assert (code, out) == (2, "what came before\n")
    assert err == "narrows: launch.yaml: line 3: no such key subnet\n"


def test_interrupt_is_one_line_and_exit_code_130(run: Run, add_command: Callable[[Callable[..., None]], None]) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    add_command(interrupted)
    assert run("interrupted") == (130, "", "narrows: interrupted\n")


def test_fault_of_narrows_keeps_its_traceback(run: Run, add_command: Callable[[Callable[..., None]], None]) -> None:
    def faulty() -> None:
        raise ZeroDivisionError

    add_command(faulty)
    with pytest.raises(ZeroDivisionError):
        run("faulty")


def test_closed_pipe_is_quiet() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "narrows", "limits", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 128 + signal.SIGPIPE


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("more", [[], ["--json"]])
def test_a_full_disk_is_one_line(more: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run(
            [sys.executable, "-m", "narrows", "limits", *more],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert ran.returncode == 2
    assert ran.stderr == "narrows: the output cannot be written: no space left on device\n"


def imported_by(*arguments: str) -> set[str]:
    """The modules that a fresh process has after this command."""
    program = (
        "import sys\n"
        "from narrows.cli import main\n"
        "try:\n"
        "    main(sys.argv[1:])\n"
        "finally:\n"
        "    print(*sys.modules, file=sys.stderr)\n"
    )
    ran = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False)
    return set(ran.stderr.split())


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["limits", "--help"], ["nonsense"]])
def test_nothing_heavy_is_imported(arguments: list[str]) -> None:
    imported = imported_by(*arguments)
    assert "narrows.cli.app" in imported
    # Rich takes longer to load for a help text than everything else together.
    assert not imported & {*HEAVY, "rich"}
    others = {f"narrows.cli.{module_of(name)}" for name in COMMANDS if name not in arguments}
    assert not imported & others


@pytest.mark.parametrize("arguments", [["--help"], ["diagnose", str(EXAMPLES / "nat-churn")]])
def test_pydantic_is_only_for_scenarios(arguments: list[str]) -> None:
    assert "pydantic" not in imported_by(*arguments)


def test_diagnose_imports_only_what_reads_the_case() -> None:
    assert not imported_by("diagnose", str(EXAMPLES / "nat-churn")) & (HEAVY - {"numpy", "yaml"})


def test_limits_prints_every_limit(run: Run) -> None:
    code, out, _ = run("limits")
    assert code == 0
    for limit in LIMITS.values():
        assert limit.id in out
        assert f"{limit.value:,}" in out


def test_limits_as_json_has_every_field(run: Run) -> None:
    code, out, _ = run("limits", "--json")
    assert code == 0
    limits = {limit["id"]: limit for limit in json.loads(out)["limits"]}
    assert limits.keys() == LIMITS.keys()
    eni = limits["hyperplane-eni-connections"]
    assert (eni["value"], eni["unit"], eni["adjustable"]) == (65_000, "connections", False)
    assert eni["certainty"] == "documented"
    assert eni["source"]

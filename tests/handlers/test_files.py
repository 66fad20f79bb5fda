"""The files that the lint meets: links, what may not be written, what is no text, far too much. Nothing is lost."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from narrows_lambda.lint import Options
from narrows_lambda.lint.__main__ import main
from narrows_lambda.lint.looking import _PAYS
from narrows_lambda.lint.running import Run, run
from tests.handlers.corpus import CORPUS

NAIVE = CORPUS["grpc"][0]
CALM = CORPUS["sdk client at module level"][0]


def fix(*paths: Path) -> Run:
    return run(paths, Options(), fix=True)


def one_fault(result: Run) -> str:
    ((_, _, message),) = result.faults
    assert result.exit_code == 2
    return message


def test_a_link_stays_a_link_and_what_it_leads_to_is_mended(tmp_path: Path) -> None:
    target, link = tmp_path / "target.py", tmp_path / "link.py"
    target.write_text(NAIVE)
    target.chmod(0o754)
    link.symlink_to(target.name)
    assert fix(link).written == [link]
    assert link.is_symlink()
    assert "_channel = " in target.read_text()
    assert stat.S_IMODE(target.stat().st_mode) == 0o754


def test_a_file_named_twice_is_looked_at_once(tmp_path: Path) -> None:
    file = tmp_path / "app.py"
    file.write_text(NAIVE)
    assert len(run([tmp_path, file, file], Options()).found) == 1


def test_what_is_read_only_stays_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, other = tmp_path / "app.py", tmp_path / "other.py"
    for one in (file, other):
        one.write_text(NAIVE)
    file.chmod(0o444)
    assert main([str(tmp_path), "--fix"]) == 2
    captured = capsys.readouterr()
    assert captured.err == f"narrows_lambda.lint: {file}: is read-only: nothing is written\n"
    assert captured.out.startswith(f"fixed {other}")
    assert file.read_text() == NAIVE
    assert sorted(tmp_path.iterdir()) == [file, other]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file away")
def test_a_file_keeps_its_owner(tmp_path: Path) -> None:
    file = tmp_path / "app.py"
    file.write_text(NAIVE)
    os.chown(file, 1234, 2345)
    assert fix(file).written
    assert (file.stat().st_uid, file.stat().st_gid) == (1234, 2345)


def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    file = tmp_path / "app.py"
    file.write_text(NAIVE)
    # A limit of the kernel's, in a process of its own: it would hold for this one's other files too.
    limited = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (40, 40));"
        "from narrows_lambda.lint.__main__ import main; sys.exit(main(sys.argv[1:]))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", limited, str(file), "--fix"], capture_output=True, text=True, check=False, timeout=60
    )
    assert (ended.returncode, ended.stderr) == (
        2,
        f"narrows_lambda.lint: {file}: cannot be written: file too large\n",
    )
    assert file.read_text() == NAIVE
    assert list(tmp_path.iterdir()) == [file]


def test_what_is_no_utf_8_says_so(tmp_path: Path) -> None:
    file = tmp_path / "app.py"
    file.write_bytes(NAIVE.encode() + b"# caf\xe9\n")
    assert one_fault(fix(file)) == "is not utf-8: mend it or leave it out"
    assert file.read_bytes() == NAIVE.encode() + b"# caf\xe9\n"


def test_a_hundred_megabytes_are_not_read(tmp_path: Path) -> None:
    file = tmp_path / "app.py"
    with file.open("wb") as opened:
        opened.truncate(100_000_000)
    assert one_fault(fix(file)) == "is larger than 2 MiB: nobody wrote it, leave it out"


def test_a_folder_with_the_name_of_a_file_is_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "app.py"
    folder.mkdir()
    (folder / "inner.py").write_text(NAIVE)
    assert fix(tmp_path).written == [folder / "inner.py"]
    assert run([folder], Options()).exit_code == 0


@pytest.mark.parametrize(
    "deep",
    ["x = " + "(" * 300 + ")" * 300, "x = " + " + ".join(["'a'"] * 20_000), "x = " + "[" * 90 + "]" * 90],
    ids=["parentheses", "sums", "lists"],
)
def test_deep_code_is_told_of_or_looked_at_and_stays(tmp_path: Path, deep: str) -> None:
    file = tmp_path / "app.py"
    file.write_text(f"import requests\n{deep}\n\ndef handler(event, context):\n    requests.get(x, timeout=1)\n")
    before = file.read_text()
    result = run([file], Options())
    assert result.exit_code in (1, 2)
    assert len(result.faults) + len(result.found) == 1
    assert file.read_text() == before


def test_a_folder_of_too_many_files_is_one_line_and_none_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("narrows_lambda.lint.files.MOST", 2)
    for number in range(3):
        (tmp_path / f"app{number}.py").write_text(NAIVE)
    assert one_fault(fix(tmp_path)) == "holds more than 2 Python files: name a smaller folder"
    assert {one.read_text() for one in tmp_path.iterdir()} == {NAIVE}


@pytest.mark.slow
def test_processes_of_their_own_find_and_mend_what_one_finds(tmp_path: Path) -> None:
    """As a user runs it: the process that tests run in may have threads, and stays alone."""
    for number in range(_PAYS):
        (tmp_path / f"app{number:03}.py").write_text(NAIVE if number % 50 == 0 else CALM)
    (tmp_path / "broken.py").write_text("def (\n")
    command = [sys.executable, "-m", "narrows_lambda.lint", str(tmp_path)]
    found = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert found.returncode == 2
    assert found.stdout.endswith("10 findings in 10 files, 10 that --fix mends\n")
    assert [line for line in found.stdout.splitlines() if "client-in-handler" in line] == [
        f"{tmp_path}/app{number:03}.py:6:15 client-in-handler grpc.insecure_channel() makes a new gRPC channel in each"
        " invocation, and with it new connections: make it once, at module level"
        for number in range(0, _PAYS, 50)
    ]
    mended = subprocess.run([*command, "--fix"], capture_output=True, text=True, check=False, timeout=120)
    assert mended.stdout.count("fixed ") == 10
    assert mended.stderr == found.stderr

"""The lint as it is run: files, options, output, exit codes; and what is no Python."""

from __future__ import annotations

import json
import os
import stat
import sysconfig
from pathlib import Path

import pytest

import narrows_lambda.lint.entries as entries
from narrows_lambda.lint import Options, UnreadableError, fixed, lint_source
from narrows_lambda.lint.__main__ import main
from narrows_lambda.lint.rule import RULES
from narrows_lambda.lint.template import timeouts
from tests.handlers.corpus import CORPUS

PAGES = Path(__file__).parents[2] / "docs/lint"
NAIVE = CORPUS["grpc"][0]


@pytest.mark.parametrize(
    "source",
    [
        b"x = " + b"(" * 5_000 + b")" * 5_000,
        b"def handler(event, context):\n    return " + b"-" * 100_000 + b"1\n",
        b"def handler(event, context):\n    return a" + b".b" * 50_000 + b"\n",
        b"def handler(event, context):\n    return a" + b"()" * 50_000 + b"\n",
        b"x = 1\0\n",
        b"x = '\xff'\n",
        b"# coding: no-such-code\n",
        b"# coding: hex\n",
        b"def handler(event, context:\n",
        b"x = 1" + b"0" * 10_000,
        b"",
        b"\xef\xbb\xbf",
        b"\x0c\r\r\n\x0b",
    ],
    ids=lambda source: repr(source[:30]),
)
def test_what_is_no_python_is_told_and_raises_nothing_else(source: bytes) -> None:
    try:
        lint_source(source)
        fixed(source)
    except UnreadableError as error:
        told = error
    else:
        return
    assert str(told)
    assert told.line >= 0


def test_no_file_of_the_standard_library_has_a_handler_or_raises() -> None:
    for file in sorted(Path(sysconfig.get_path("stdlib")).glob("[a-h]*.py")):
        assert not lint_source(file.read_bytes(), file.stem).findings, file


def test_a_fix_of_any_function_compiles_and_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every function of files that make connections is taken for a handler."""
    monkeypatch.setattr(entries, "_named_so", lambda name, function: True)
    import requests

    folder = Path(requests.__file__).parent
    for file in [
        *folder.glob("*.py"),
        *(Path(sysconfig.get_path("stdlib")) / one for one in ("smtplib.py", "ftplib.py")),
    ]:
        once = fixed(file.read_bytes())
        compile(once, str(file), "exec")
        assert fixed(once) == once


def test_text_says_where_and_shows_the_fix(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "app.py"
    file.write_text(NAIVE)
    assert main([str(file)]) == 1
    out = capsys.readouterr().out
    assert out.startswith(f"{file}:6:15 client-in-handler grpc.insecure_channel() makes a new gRPC channel")
    assert '+_channel = grpc.insecure_channel("cache:50051")' in out
    assert out.endswith("1 finding in 1 file, 1 that --fix mends\n")


def test_fix_writes_the_file_keeps_its_mode_and_leaves_nothing(tmp_path: Path) -> None:
    file = tmp_path / "app.py"
    file.write_text(NAIVE)
    file.chmod(0o640)
    assert main([str(file), "--fix"]) == 0
    assert main([str(file), "--fix"]) == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert [one.name for one in tmp_path.iterdir()] == ["app.py"]


def test_a_file_that_cannot_be_parsed_is_one_line_and_the_others_are_linted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.py").write_text("def (\n")
    (tmp_path / "b.py").write_text(NAIVE)
    (tmp_path / "venv").mkdir()
    (tmp_path / "venv/c.py").write_text("def (\n")
    (tmp_path / "outside.py").symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "d.py")
    assert main([str(tmp_path)]) == 2
    captured = capsys.readouterr()
    assert "b.py:6:15 client-in-handler" in captured.out
    assert captured.err.splitlines() == [
        f"narrows_lambda.lint: {tmp_path}/a.py: line 1: is not Python: invalid syntax: mend it or leave it out",
        f"narrows_lambda.lint: {tmp_path}/d.py: is no regular file",
    ]


def test_no_name_and_no_source_does_anything_to_a_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a\x1b]0;x\x07.py"
    file.write_text(NAIVE.replace('cache:50051"', 'cache:50051")  # \u202e \x9b2J'))
    main([str(file)])
    out, err = capsys.readouterr()
    assert not [one for one in out + err if not one.isprintable() and one not in "\n\t"]


def test_json_and_sarif(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "app.py"
    file.write_text(NAIVE)
    assert main([str(file), "--format", "json"]) == 1
    (found,) = json.loads(capsys.readouterr().out)["findings"]
    assert (found["rule"], found["line"], found["column"]) == ("client-in-handler", 6, 15)
    assert main([str(file), "--format", "sarif"]) == 1
    log = json.loads(capsys.readouterr().out)
    (run,) = log["runs"]
    (result,) = run["results"]
    assert log["version"] == "2.1.0"
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == "client-in-handler"
    assert result["message"]["text"]
    region = result["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 6, "startColumn": 15, "endLine": 6, "endColumn": 51}
    assert run["invocations"][0]["executionSuccessful"]


def test_rules_are_selected_and_ignored_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "app.py"
    file.write_text(NAIVE)
    assert main([str(file), "--select", "timeout"]) == 0
    assert main([str(file), "--ignore", "client-in-handler"]) == 0
    assert main([str(file), "--ignore", "no-such"]) == 2
    assert "there is no rule no-such: choose from client-in-handler" in capsys.readouterr().err


def test_the_handler_can_be_named() -> None:
    source = NAIVE.replace("def handler(event, context)", "def main(a, b)").encode()
    assert not lint_source(source, "app").findings
    assert len(lint_source(source, "app", Options(handler="app.main")).findings) == 1
    assert not lint_source(source, "other", Options(handler="app.main")).findings


def test_the_timeout_of_the_function_is_read_from_its_template(tmp_path: Path) -> None:
    template = tmp_path / "template.yaml"
    template.write_text(
        "Globals:\n  Function:\n    Timeout: 20\nResources:\n  F:\n    Properties:\n"
        "      Handler: app.handler\n      CodeUri: src/\n      Timeout: 5\n  G:\n    Properties:\n      Handler: b.h\n"
    )
    assert timeouts(template) == {"app.handler": 5.0, "": 20.0}
    serverless = tmp_path / "serverless.yml"
    serverless.write_text("provider:\n  timeout: 9\nfunctions:\n  f:\n    handler: src/app.handler\n    timeout: 4\n")
    assert timeouts(serverless) == {"app.handler": 4.0, "": 9.0}
    (tmp_path / "src").mkdir()
    source = b"import httpx\nc = httpx.Client(timeout=7, limits=x)\ndef handler(event, context):\n    c.get('u')\n"
    (tmp_path / "src/app.py").write_bytes(source)
    assert main([str(tmp_path / "src/app.py")]) == 1
    assert main([str(tmp_path / "src/app.py"), "--timeout", "10"]) == 0


def test_every_rule_has_its_page_and_the_index_names_it() -> None:
    assert {one.stem for one in (PAGES / "handlers").glob("*.md")} == RULES.keys()
    index = (PAGES / "handlers.md").read_text(encoding="utf-8")
    for name in RULES:
        assert f"[`{name}`](handlers/{name}.md)" in index
        page = (PAGES / "handlers" / f"{name}.md").read_text(encoding="utf-8")
        bad, good = (page.split(f"## {part}")[1].split("```")[1].removeprefix("python\n") for part in ("Bad", "Good"))
        assert name in {one.rule for one in lint_source(bad.encode()).findings}
        assert name not in {one.rule for one in lint_source(good.encode()).findings}
        assert "## When to ignore it" in page


def test_narrows_runs_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from narrows.cli import main as narrows

    file = tmp_path / "app.py"
    file.write_text(NAIVE)
    with pytest.raises(SystemExit) as left:
        narrows(["lint", "handlers", str(file), "--format", "json"])
    assert left.value.code == 1
    assert len(json.loads(capsys.readouterr().out)["findings"]) == 1
    with pytest.raises(SystemExit) as left:
        narrows(["lint", "handlers", str(file), "--select", "nothing"])
    assert left.value.code == 2

"""What other programs read of the lint: SARIF, held to its schema and to what code scanning asks; and JSON."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from narrows_lambda.lint.__main__ import main
from narrows_lambda.lint.rule import RULES
from tests.handlers.corpus import CORPUS

jsonschema: Any = pytest.importorskip("jsonschema")
SCHEMA = Path(__file__).parent / "data/sarif-2.1.0-rtm.5.json"
PAGE = Path(__file__).parents[2] / "docs/lint/handlers.md"
NAIVE = CORPUS["grpc"][0]


@cache
def validator() -> Any:
    schema = json.loads(SCHEMA.read_bytes())
    jsonschema.Draft4Validator.check_schema(schema)
    return jsonschema.Draft4Validator(schema, format_checker=jsonschema.FormatChecker())


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a repository, where the lint is run."""
    root = tmp_path / "a repository"
    root.mkdir()
    monkeypatch.chdir(root)
    return root


def sarif(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    """The one run of the log, valid."""
    main([*arguments, "--format", "sarif"])
    log = json.loads(capsys.readouterr().out)
    validator().validate(log)
    (run,) = log["runs"]
    assert isinstance(run, dict)
    return run


@pytest.mark.parametrize("name", CORPUS)
def test_every_handler_gives_a_valid_log(name: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "app.py").write_text(CORPUS[name][0])
    run = sarif(capsys, "app.py")
    assert sorted(one["ruleId"] for one in run["results"]) == sorted(one.lstrip("+") for one in CORPUS[name][1])


def test_a_log_of_nothing_and_one_of_what_cannot_be_read_are_valid(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sarif(capsys, ".")["results"] == []
    (folder / "broken.py").write_text("def (\n")
    run = sarif(capsys, ".", "missing.py")
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False
    uris = [
        one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        for one in invocation["toolExecutionNotifications"]
    ]
    assert uris == ["broken.py", "missing.py"]


def test_files_are_named_from_the_root_and_only_those_outside_of_it_whole(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outside = folder.parent / "out side.py"
    inside = folder / "src" / "caf\u00e9 #1%.py"
    inside.parent.mkdir()
    for one in (outside, inside):
        one.write_text(NAIVE)
    run = sarif(capsys, str(inside), "../out side.py", "src/../src")
    assert list(run["originalUriBaseIds"]) == ["%SRCROOT%"]
    places = [one["locations"][0]["physicalLocation"]["artifactLocation"] for one in run["results"]]
    assert places == [
        {"uri": "src/caf%C3%A9%20%231%25.py", "uriBaseId": "%SRCROOT%"},
        {"uri": f"file://{str(outside).replace(' ', '%20')}"},
    ]


def test_regions_count_from_one_in_characters(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = '    "\U0001f600\u00e9"; channel = grpc.insecure_channel("cache:50051")'
    (folder / "app.py").write_text(NAIVE.replace('    channel = grpc.insecure_channel("cache:50051")', line))
    (one,) = sarif(capsys, "app.py")["results"]
    region = one["locations"][0]["physicalLocation"]["region"]
    assert line[region["startColumn"] - 1 : region["endColumn"] - 1] == 'grpc.insecure_channel("cache:50051")'
    assert region["startLine"] == region["endLine"] == 6


def test_rules_say_what_code_scanning_shows(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rules = sarif(capsys, ".")["tool"]["driver"]["rules"]
    assert [one["id"] for one in rules] == list(RULES)
    for one in rules:
        assert re.fullmatch(r"https://[\w./-]+", one["helpUri"])
        assert one["help"]["text"].endswith(f"narrows explain {one['id']}")
        assert (PAGE.with_suffix("") / f"{one['id']}.md").is_file()
        assert one["shortDescription"]["text"] == one["fullDescription"]["text"] == RULES[one["id"]].summary


def test_a_fingerprint_stays_while_the_code_moves_and_no_two_are_alike(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    twice = NAIVE + NAIVE.replace("def handler", "def other_handler").replace("import grpc\n", "")
    prints = []
    for source in (twice, "# one\n# two\n" + twice.replace("    channel", "    # three\n    channel")):
        (folder / "app.py").write_text(source)
        prints.append([one["partialFingerprints"] for one in sarif(capsys, "app.py")["results"]])
    assert prints[0] == prints[1]
    assert len({*(one["narrowsLines/v1"] for one in prints[0])}) == 2
    # Code scanning reckons this one itself, and tells of a value that it did not reckon.
    assert not any("primaryLocationLineHash" in one for one in prints[0])


def test_json_is_as_its_page_says(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "app.py").write_text(NAIVE)
    (folder / "broken.py").write_text("def (\n")
    assert main([".", "--format", "json"]) == 2
    told = json.loads(capsys.readouterr().out)
    fix = told["findings"][0].pop("fix")
    assert fix.splitlines()[:3] == ["--- app.py", "+++ app.py", "@@ -3,6 +3,9 @@"]
    written = json.loads(PAGE.read_text(encoding="utf-8").split("```json\n")[1].split("```")[0])
    assert written["findings"][0].pop("fix").startswith("--- app.py\n+++ app.py\n")
    assert told == written
    (folder / "app.py").write_text(CORPUS["urllib"][0])
    main(["app.py", "--format", "json"])
    assert {one["fix"] for one in json.loads(capsys.readouterr().out)["findings"]} == {None}

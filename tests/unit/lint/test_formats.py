"""What other programs read of the lint: SARIF by its schema, JUnit, JSON as its page says, Markdown for a forge."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as Xml
from pathlib import Path
from typing import Any

import pytest

from narrows.declared.model import Fault, Place
from narrows.lint.rule import Severity
from narrows.lint.rules import RULES
from narrows.lint.run import Finding, NotChecked, Result, lint
from narrows.lint.sarif import as_sarif
from narrows.lint.show import as_json, as_junit, as_markdown, as_text

jsonschema: Any = pytest.importorskip("jsonschema")
ROOT = Path(__file__).parents[3]
SARIF = ROOT / "tests/handlers/data/sarif-2.1.0-rtm.5.json"
EVIL = 'nat\x1b]0;x\x07"<b>&\u202e|@team #1\n::set-output'


def finding(rule: str, severity: Severity, file: str, line: int | None, what: str = "it is so") -> Finding:
    return Finding(rule, severity, Place(file, line), what, "Mend it.")


def result() -> Result:
    return Result(
        findings=[
            finding("alarm-metric", Severity.ERROR, "a b/main.tf", 3, f"{EVIL} is so"),
            finding("alarm-metric", Severity.ERROR, "a b/main.tf", 9, "the other is so"),
            finding("one-address", Severity.INFO, "a b/main.tf", 5),
            finding("one-subnet", Severity.WARNING, "plan.json", None),
        ],
        unchecked=[NotChecked("one-nat-gateway", Place("plan.json"), "Nat", EVIL)],
        faults=[Fault(Place("other.tf", 7), EVIL)],
        ignored=[(finding("one-subnet", Severity.WARNING, "plan.json", 2), "a test account")],
        files=["a b/main.tf", "other.tf", "plan.json"],
    )


def test_sarif_is_valid_and_says_where_and_how_bad(tmp_path: Path) -> None:
    log = as_sarif(result(), tmp_path)
    jsonschema.Draft4Validator(json.loads(SARIF.read_bytes())).validate(log)
    (run,) = log["runs"]
    assert [one["level"] for one in run["results"]] == ["error", "error", "note", "warning"]
    for one in run["results"]:
        assert run["tool"]["driver"]["rules"][one["ruleIndex"]]["id"] == one["ruleId"]
    prints = [json.dumps(one["partialFingerprints"]) for one in run["results"]]
    assert len(set(prints)) == len(prints)
    (told,) = run["invocations"][0]["toolExecutionNotifications"]
    assert told["locations"][0]["physicalLocation"]["region"] == {"startLine": 7}


def test_sarif_of_nothing_is_valid() -> None:
    jsonschema.Draft4Validator(json.loads(SARIF.read_bytes())).validate(as_sarif(Result(), ROOT))


@pytest.mark.parametrize(
    ("fail_on", "failing"), [(Severity.ERROR, 1), (Severity.WARNING, 2), (Severity.INFO, 3), (None, 0)]
)
def test_junit_has_a_test_for_each_rule_and_file_that_fails_where_the_run_does(
    fail_on: Severity | None, failing: int
) -> None:
    root = Xml.fromstring(as_junit(result(), fail_on))
    assert root.tag == "testsuites"
    (suite,) = root
    tests = suite.findall("testcase")
    assert len(tests) == int(suite.attrib["tests"]) == 3 * len(RULES)
    assert len({(one.attrib["classname"], one.attrib["name"]) for one in tests}) == len(tests)
    assert len(suite.findall("testcase/failure")) == int(suite.attrib["failures"]) == failing
    assert len(suite.findall("testcase/skipped")) == int(suite.attrib["skipped"]) == 1
    said = "".join(suite.itertext())
    assert "the other is so" in said
    assert not re.search("[\x00-\x08\x0b-\x1f\u202e]", said)


def test_text_groups_by_file_and_cuts_what_is_said_very_often() -> None:
    many = Result(findings=[finding("one-subnet", Severity.WARNING, "f.json", None, f"f{n} is so") for n in range(50)])
    text = as_text(many, verbose=False, width=80)
    assert text.count(" is so") == 20
    assert "f.json: one-subnet: and 30 more; --wide shows all" in text
    for whole in (as_text(many, verbose=False), as_text(many, verbose=False, width=80, wide=True)):
        assert whole.count(" is so") == 50
    lines = as_text(result(), verbose=True).splitlines()
    assert lines[0].startswith("a b/main.tf:3: error alarm-metric: nat\\x1b]0;x\\x07")
    assert lines[1] == "    Mend it."
    assert "" in lines
    assert "plan.json:2: ignored one-subnet: a test account" in lines
    assert any(line.startswith("plan.json: not checked one-nat-gateway: Nat: nat\\x1b") for line in lines)
    assert lines[-1] == "2 errors, 1 warning, 1 info in 3 sources; 1 finding ignored, with a reason"


def test_markdown_is_a_table_with_the_worst_first_and_fits_a_comment() -> None:
    lines = as_markdown(result()).splitlines()
    rows = [line for line in lines if line.startswith("| ") and not line.startswith("| where")]
    assert [row.split(" | ")[1] for row in rows] == ["error", "error", "warning", "info"]
    assert all(len(re.findall(r"(?<!\\)\|", row)) == 5 for row in rows)
    many = Result(findings=[finding("one-subnet", Severity.WARNING, "f.json", n, "x" * 900) for n in range(500)])
    text = as_markdown(many)
    assert len(text) < 65_536
    assert re.search(r"and \d+ more", text)


def test_json_is_as_its_page_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (ROOT / "docs/lint/infrastructure.md").read_text(encoding="utf-8")
    written = json.loads(page.split("```json\n")[2].split("```")[0])
    (one,) = written["findings"]
    told = as_json(result())
    assert written.keys() == told.keys()
    assert isinstance(told["findings"], list)
    assert one.keys() == told["findings"][0].keys()
    rule = RULES[one["rule"]]
    assert (one["severity"], one["why"], one["mend"]) == (rule.severity.value, rule.why, rule.mend)


def test_a_case_is_one_source() -> None:
    case = ROOT / "examples/cases/nat-churn"
    found = lint([case])
    assert found.files == [str(case)]
    assert {one.rule for one in found.findings} == {"no-gateway-endpoint", "one-address", "one-nat-gateway"}
    assert {Path(one.place.file).name for one in found.findings} == {"nat-gateways.json"}

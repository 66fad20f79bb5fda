"""The whole run: what a path is, what the rules find there, and what people have said about it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from narrows.bounds import YAML_BYTES
from narrows.declared.cloudformation.foreign import refuse_foreign
from narrows.declared.model import Fault, Place
from narrows.declared.reading import PLAN_FILE, TERRAFORM_ENDS, all_declared
from narrows.errors import InputError, did_you_mean
from narrows.lint.ignoring import Ignore, ignores_in
from narrows.lint.of_declared import subject_of_declared
from narrows.lint.rule import Found, Rule, Severity
from narrows.lint.rules import RULES
from narrows.lint.subject import Subject
from narrows.opening import is_folder, open_regular, read_whole

_TEMPLATE = re.compile(
    rb"""^\s*["']?(?:AWSTemplateFormatVersion|Resources|Transform|terraform_version|planned_values)["']?\s*:""",
    re.MULTILINE,
)
"""A line that no scenario has."""
_OF_FOLDER = (*TERRAFORM_ENDS, ".tofu")
"""Endings of files of which one names what the others of its folder hold."""
_ELSE = (".json", ".template", ".tfstate", ".tfplan")
"""Endings that no scenario has."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found, as it is told."""

    rule: str
    severity: Severity
    place: Place
    what: str
    mend: str


@dataclass(frozen=True, slots=True)
class NotChecked:
    """What a rule could not look at."""

    rule: str
    place: Place
    thing: str
    why: str


@dataclass
class Result:
    """Everything that a run has to tell."""

    findings: list[Finding] = field(default_factory=list)
    """By file and line."""
    unchecked: list[NotChecked] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    """What in the files was not understood."""
    ignored: list[tuple[Finding, str]] = field(default_factory=list)
    """With the reasons that people gave."""
    files: list[str] = field(default_factory=list)
    """That were looked at."""

    @property
    def broken(self) -> bool:
        """Whether something could not be read at all, so that nobody knows what is in it."""
        return any(fault.broken for fault in self.faults)

    def at_least(self, severity: Severity) -> list[Finding]:
        """Those that are as bad as that, or worse."""
        return [finding for finding in self.findings if finding.severity.rank <= severity.rank]


def lint(
    paths: Sequence[Path],
    *,
    select: Iterable[str] = (),
    ignore: Iterable[str] = (),
    parameters: Mapping[str, str] | None = None,
) -> Result:
    """Look at folders and files of Terraform and CloudFormation, at cases and at scenarios.

    Args:
        select, ignore: ids of rules; all that are not ignored where none is selected.
        parameters: of CloudFormation templates.

    Raises:
        InputError: one of them cannot be read, or there is no such rule.
    """
    rules = rules_of(select, ignore)
    result, seen = Result(), set[Path]()
    for path in paths:
        unit = path.parent if path.name.endswith(_OF_FOLDER) and not is_folder(path) else path
        if (resolved := unit.resolve()) not in seen:
            seen.add(resolved)
            _look(unit, rules, parameters or {}, result)
    result.findings.sort(key=_order)
    return result


def _order(finding: Finding) -> tuple[str, int, int, str]:
    return finding.place.file, finding.place.line or 0, finding.severity.rank, finding.rule


def rules_of(select: Iterable[str], ignore: Iterable[str]) -> dict[str, Rule]:
    """The rules that are wanted. Raises ``InputError`` for one that is not there."""
    wanted, unwanted = set(select), set(ignore)
    for names, option in ((wanted, "--select"), (unwanted, "--ignore")):
        for unknown in sorted(names - RULES.keys()):
            raise InputError(f"there is no rule {unknown}", place=option, advice=did_you_mean(unknown, RULES))
    return {id: rule for id, rule in RULES.items() if (not wanted or id in wanted) and id not in unwanted}


def _look(path: Path, rules: Mapping[str, Rule], parameters: Mapping[str, str], result: Result) -> None:
    subjects, ignores = _read(path, parameters, result)
    for rule in rules.values():
        for answer in (answer for subject in subjects for answer in rule.check(subject)):
            if isinstance(answer, Found):
                severity = answer.severity or rule.severity
                place = _named(path, answer.place)
                _take(Finding(rule.id, severity, place, answer.what, answer.mend or rule.mend), ignores, result)
            else:
                place = _named(path, answer.thing.place)
                result.unchecked.append(NotChecked(rule.id, place, answer.thing.label, answer.why))
    for ignore in ignores:
        _take_ignore(ignore, rules, result)


def _named(path: Path, place: Place) -> Place:
    """A place in a file that is named from where the user stands, not from the folder that was read."""
    inside = path / place.file
    return Place(str(inside), place.line) if path.is_dir() and inside.exists() else place


def _take(finding: Finding, ignores: list[Ignore], result: Result) -> None:
    for ignore in ignores:
        if ignore.reason and ignore.covers(finding.rule, finding.place):
            ignore.used = True
            result.ignored.append((finding, ignore.reason))
            return
    result.findings.append(finding)


def _take_ignore(ignore: Ignore, rules: Mapping[str, Rule], result: Result) -> None:
    """Say what is wrong with a comment: one that does nothing hides what people think is looked after."""
    if not ignore.rule:
        what, mend = "this comment names no rule to ignore", "write the rule's name, and the reason behind it"
    elif ignore.rule not in RULES:
        what, mend = f"there is no rule {ignore.rule} to ignore", did_you_mean(ignore.rule, RULES)
    elif not ignore.reason:
        what = f"{ignore.rule} is ignored without a reason, and so is not"
        mend = "write the reason behind the rule's name"
    elif not ignore.used and ignore.rule in rules:
        what, mend = f"nothing here is ignored by it: {ignore.rule} finds nothing", "delete the comment"
    else:
        return
    result.findings.append(Finding(IGNORE.id, IGNORE.severity, ignore.place, what, mend))


IGNORE = RULES["ignore"]
"""The rule about these comments."""


def _read(path: Path, parameters: Mapping[str, str], result: Result) -> tuple[list[Subject], list[Ignore]]:
    if is_folder(path):
        if (path / "case.yaml").exists():
            return [_case(path, result)], []
        return _declared(path, parameters, result)
    with open_regular(path) as stream:
        head = stream.read(YAML_BYTES)
    # JSON is what Terraform or a template writes; people write scenarios as YAML.
    if (
        path.name.endswith(_ELSE)
        or head.lstrip().startswith(b"{")
        or head.startswith(PLAN_FILE)
        or _TEMPLATE.search(head)
    ):
        return _declared(path, parameters, result)
    refuse_foreign(head.decode("utf-8", "replace"), str(path))
    return _scenario(path, read_whole(path, YAML_BYTES), result)


def _case(path: Path, result: Result) -> Subject:
    from narrows.case import read_case
    from narrows.lint.of_case import subject_of_case

    result.files.append(str(path))
    return subject_of_case(read_case(path))


def _scenario(path: Path, content: bytes, result: Result) -> tuple[list[Subject], list[Ignore]]:
    from narrows.lint.of_scenario import subject_of_scenario
    from narrows.scenario import load_scenario
    from narrows.yaml_source import yaml_in

    result.files.append(str(path))
    subject = subject_of_scenario(load_scenario(path), yaml_in(content, path))
    return [subject], ignores_in([str(path)])


def _declared(path: Path, parameters: Mapping[str, str], result: Result) -> tuple[list[Subject], list[Ignore]]:
    subjects, files = [], []
    for declared in all_declared(path, parameters):
        named = declared.files or sorted({resource.place.file for resource in declared.resources})
        files += [_named(path, Place(file)).file for file in named]
        subject = subject_of_declared(declared, Place(str(path)))
        faults = (*declared.faults, *subject.faults)
        result.faults += [replace(fault, place=_named(path, fault.place)) for fault in faults]
        subjects.append(subject)
    result.files += files
    return subjects, ignores_in(files)

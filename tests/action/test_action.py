"""``action.yml``: the steps are run by the real bash with what GitHub documents of their environment.

narrows is not installed anew: where the first step would put it stands the one that is tested.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from narrows.limits import NAT_CONNECTIONS_PER_DESTINATION

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "action.yml").read_text(encoding="utf-8")
ACTION: dict[str, Any] = yaml.safe_load(TEXT)
HOOKS: list[dict[str, Any]] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
INSTALL, RUN = ACTION["runs"]["steps"]
BASH = ("bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c")
"""As a runner starts ``shell: bash``."""
SCENARIO = ROOT / "examples/scenarios"


class Runner:
    """A runner's folders and files."""

    def __init__(self, folder: Path) -> None:
        self.work, self.temp = folder / "a work", folder / "temp"
        for one in (self.work, self.temp / "narrows/bin"):
            one.mkdir(parents=True)
        (self.temp / "narrows/bin/narrows").symlink_to(Path(sys.executable).with_name("narrows"))
        self.summary, self.output = folder / "summary.md", folder / "output"

    def run(self, **inputs: str) -> tuple[int, str]:
        """Run the second step with these inputs: exit code and stderr."""
        for name in inputs:
            assert name.replace("_", "-") in ACTION["inputs"]
        given = {name: inputs.get(name.replace("-", "_"), one["default"]) for name, one in ACTION["inputs"].items()}
        env = {name: given[re.findall(r"inputs\.([\w-]+)", value)[0]] for name, value in RUN["env"].items()}
        for file in (self.summary, self.output):
            file.write_text("")
        ended = subprocess.run(
            [*BASH, RUN["run"]],
            cwd=self.work,
            env={
                **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
                "RUNNER_TEMP": str(self.temp),
                "GITHUB_STEP_SUMMARY": str(self.summary),
                "GITHUB_OUTPUT": str(self.output),
                **env,
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        return ended.returncode, ended.stderr

    @property
    def outputs(self) -> dict[str, str]:
        """What the step set."""
        return dict(line.split("=", 1) for line in self.output.read_text().splitlines())


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    """A runner whose workspace holds two scenarios."""
    made = Runner(tmp_path)
    for name, to in (("launch-load-test", "launch.yaml"), ("second-subnet", "two words.yaml")):
        (made.work / to).write_text((SCENARIO / f"{name}.yaml").read_text(encoding="utf-8"))
    return made


def test_nothing_of_a_pull_request_stands_in_a_script() -> None:
    for step in ACTION["runs"]["steps"]:
        assert "${{" not in step["run"]
    assert {one for value in RUN["env"].values() for one in re.findall(r"inputs\.([\w-]+)", value)} == set(
        ACTION["inputs"]
    )
    assert "upload" not in "".join(step.get("uses", "") for step in ACTION["runs"]["steps"])


@pytest.mark.slow
def test_findings_and_a_plan_are_one_comment_and_fail(runner: Runner) -> None:
    code, errors = runner.run(lint="launch.yaml\ntwo words.yaml\n", scenarios="launch.yaml\ntwo words.yaml")
    assert (code, errors) == (1, "")
    outputs = runner.outputs
    assert (outputs["lint"], outputs["plan"]) == ("1", "1")
    comment = Path(outputs["comment"]).read_text(encoding="utf-8")
    assert comment == runner.summary.read_text(encoding="utf-8")
    assert comment.count("### narrows lint") == 1
    assert comment.count("### narrows plan") == 2
    assert "`one-subnet`" in comment
    assert f"{NAT_CONNECTIONS_PER_DESTINATION.value:,}" in comment


@pytest.mark.slow
def test_what_holds_passes(runner: Runner) -> None:
    code, errors = runner.run(lint="two words.yaml", scenarios="", sarif="found.sarif")
    assert (code, errors) == (0, "")
    assert (runner.outputs["lint"], runner.outputs["plan"]) == ("0", "0")
    assert '"version": "2.1.0"' in (runner.work / "found.sarif").read_text()


@pytest.mark.slow
def test_what_cannot_be_read_fails_and_the_comment_says_so(runner: Runner) -> None:
    code, errors = runner.run(lint="none.yaml", scenarios="none.yaml")
    assert code == 1
    assert "none.yaml: no such file" in errors
    assert (runner.outputs["lint"], runner.outputs["plan"]) == ("2", "2")
    assert runner.summary.read_text().count("ended with exit code 2") == 2


@pytest.mark.slow
def test_an_input_is_a_word_and_no_command_nor_option(runner: Runner) -> None:
    evil = "$(touch hacked); `touch hacked`\n--help\n-x"
    for inputs in (
        {"lint": evil},
        {"lint": "", "scenarios": evil},
        {"lint": "two words.yaml", "fail_on": "$(touch hacked)"},
    ):
        code, _ = runner.run(**inputs)
        assert code == 1
    assert {one.name for one in runner.work.iterdir()} == {"launch.yaml", "two words.yaml"}


def test_the_first_step_installs_what_the_action_is_made_of(tmp_path: Path) -> None:
    """With a python3 of its own, that writes down what it is asked for."""
    tools, temp = tmp_path / "tools", tmp_path / "temp"
    tools.mkdir()
    (temp / "narrows/bin").mkdir(parents=True)
    said = tmp_path / "said"
    for file in (tools / "python3", temp / "narrows/bin/pip"):
        file.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >> "{said}"\n')
        file.chmod(0o755)
    env = {"PATH": f"{tools}:/usr/bin:/bin", "RUNNER_TEMP": str(temp), "GITHUB_ACTION_PATH": str(ROOT)}
    subprocess.run([*BASH, INSTALL["run"]], env=env, check=True, timeout=60)
    words = said.read_text().splitlines()
    assert words == ["-m", "venv", str(temp / "narrows"), "install", "--quiet", str(ROOT / "lambda"), f"{ROOT}[sam]"]
    assert (ROOT / "lambda/pyproject.toml").is_file()


@pytest.mark.parametrize(
    ("name", "lint", "plan"),
    [
        ("main.tf", True, False),
        ("modules/vpc/main.tf", True, False),
        ("template.yaml", True, False),
        ("cdk.out/App.template.json", True, False),
        ("main.tfvars", False, False),
        ("src/app.py", False, False),
        ("scenario.yaml", False, True),
        ("launch.scenario.yml", False, True),
        ("my-template.yaml.bak", False, False),
    ],
)
def test_which_files_the_hooks_look_at(name: str, lint: bool, plan: bool) -> None:
    told = [bool(re.search(hook["files"], name)) for hook in HOOKS]
    assert told == [lint, plan]


@pytest.mark.slow
def test_the_entry_of_the_second_hook_looks_at_each_scenario(runner: Runner) -> None:
    import shlex

    entry = shlex.split(HOOKS[1]["entry"])
    env = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    ended = subprocess.run(
        [*entry, "launch.yaml", "two words.yaml"],
        cwd=runner.work, env=env, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert ended.returncode == 1
    # Above each answer stands which one it is of; the answer is the terminal's, without what is run.
    assert re.findall(r"^(\S.*):\n[\d,]+ connections at the peak", ended.stdout, re.MULTILINE) == [
        "launch.yaml",
        "two words.yaml",
    ]
    assert "aws ec2" not in ended.stdout


def test_the_hooks_share_one_environment() -> None:
    """pre-commit installs anew for each list of dependencies: minutes, and some hundred MB."""
    assert HOOKS[0]["additional_dependencies"] == HOOKS[1]["additional_dependencies"]

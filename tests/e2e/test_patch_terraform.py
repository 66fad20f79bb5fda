"""``narrows plan --patch terraform`` as a user runs it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from narrows.cli import main

_EXAMPLES = Path(__file__).parents[2] / "examples"
_SCENARIO = _EXAMPLES / "scenarios" / "launch-load-test.yaml"
_FILES = _EXAMPLES / "infrastructure" / "act-1" / "terraform"

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run ``narrows plan`` on the first act beside its files in ``infra``: exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(_FILES, tmp_path / "infra")

    def run_main(*arguments: str | Path) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            main(["plan", str(_SCENARIO), *map(str, arguments)])
        captured = capsys.readouterr()
        assert isinstance(left.value.code, int)
        return left.value.code, captured.out, captured.err

    return run_main


def _content(folder: Path) -> dict[str, bytes]:
    return {str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


@pytest.mark.slow  # A process of its own.
def test_git_applies_what_is_printed(run: Run, tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    windows = (tmp_path / "infra" / "function.tf").read_bytes().replace(b"\n", b"\r\n").rstrip()
    (tmp_path / "infra" / "function.tf").write_bytes(windows)
    program = [sys.executable, "-m", "narrows", "plan", str(_SCENARIO), "--patch", "terraform", "--into", "infra"]
    found = subprocess.run(program, cwd=tmp_path, capture_output=True, check=True)
    subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=found.stdout, check=True)
    applied = _content(tmp_path / "infra")
    assert set(applied) == {"function.tf", "narrows.tf", "network.tf", "outputs.tf", "versions.tf"}
    assert b"L-5F53652F" in found.stderr
    assert b"nat_a_more_addresses" in found.stderr

    shutil.rmtree(tmp_path / "infra")
    shutil.copytree(_FILES, tmp_path / "infra")
    (tmp_path / "infra" / "function.tf").write_bytes(windows)
    code, out, err = run("--patch", "terraform", "--into", "infra", "--write")
    assert code == 0
    assert "changed: infra/network.tf" in out
    assert "new: infra/narrows.tf" in out
    assert "to do: raise quota L-5F53652F" in err
    assert _content(tmp_path / "infra") == applied


def test_json_has_the_patch_as_data(run: Run) -> None:
    code, out, err = run("--patch", "terraform", "--into", "infra", "--json")
    assert (code, err) == (0, "")
    patch = json.loads(out)["patch"]
    assert [one["path"] for one in patch["files"]] == ["function.tf", "narrows.tf", "network.tf"]
    assert patch["diff"].startswith("diff --git a/infra/function.tf b/infra/function.tf\n")
    assert patch["outputs"] == ["nat_a_more_addresses"]
    assert not patch["written"]


def test_a_second_patch_finds_what_the_first_one_made(run: Run, tmp_path: Path) -> None:
    """The plan of the old scenario, once more: nothing is left to change."""
    run("--patch", "terraform", "--into", "infra", "--write")
    before = _content(tmp_path / "infra")
    code, _, err = run("--patch", "terraform", "--into", "infra", "--write")
    assert code == 0
    assert "the files give nat-a 3 addresses, where the plan has 1" in err
    assert "private-a-2 is in the files already" in err
    assert _content(tmp_path / "infra") == before


def test_in_an_empty_folder_a_module_asks_for_the_ids(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    code, _, err = run("--patch", "terraform", "--into", "empty", "--write")
    assert code == 0
    assert set(_content(tmp_path / "empty")) == {"narrows/main.tf", "narrows/variables.tf", "narrows/outputs.tf"}
    assert 'variable "nat_a_id"' in (tmp_path / "empty/narrows/variables.tf").read_text()
    assert "give storefront subnets private-a, private-a-2" in err


def _two(folder: Path) -> None:
    text = (folder / "network.tf").read_text()
    start = text.index('resource "aws_nat_gateway" "a"')
    copy = text[start : text.index("\n}\n", start) + 3].replace('"a"', '"b"')
    (folder / "more.tf").write_text(copy)


def _link(folder: Path) -> None:
    (folder / "network.tf").rename(folder.parent / "network.tf")
    (folder / "network.tf").symlink_to("../network.tf")


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda f: (f / "more.tf").write_text('resource "aws_eip" {{\n'), "more.tf: line 1: is no valid syntax"),
        (lambda f: (f / "more.tf").write_bytes(b"# \xff\n"), "more.tf: line 1: is no UTF-8 text"),
        (lambda f: (f / "network.tf").chmod(0o444), "network.tf: is read-only"),
        (_link, "network.tf: a link leads outside the folder"),
        (_two, "'nat-a' could be aws_nat_gateway.b at more.tf:1 or aws_nat_gateway.a at network.tf:58"),
    ],
)
def test_what_cannot_be_patched_is_one_line_and_nothing_is_written(
    run: Run, tmp_path: Path, spoil: Callable[[Path], object], says: str
) -> None:
    spoil(tmp_path / "infra")
    before = _content(tmp_path / "infra")
    code, out, err = run("--patch", "terraform", "--into", "infra", "--write")
    assert (code, out) == (2, "")
    assert says in err
    assert err.count("\n") == 1
    assert _content(tmp_path / "infra") == before


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--patch", "terraform"), "needs --into"),
        (("--patch", "pulumi", "--into", "infra"), "is 'pulumi'; choose from terraform, cloudformation"),
        (("--into", "infra"), "--into: goes with --patch"),
        (("--write",), "--write: goes with --patch"),
        (("--patch", "terraform", "--into", "nowhere"), "nowhere: --into: is not there"),
        (("--patch", "terraform", "--into", "infra/network.tf"), "is no folder"),
        (("--patch", "terraform", "--into", "infra", "--state", "infra/network.tf"), "network.tf"),
    ],
)
def test_options_that_do_not_go_together(run: Run, arguments: tuple[str, ...], says: str) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert says in err
    assert err.count("\n") == 1


def test_files_in_json_are_not_edited_and_it_is_said(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "json"
    folder.mkdir()
    gateway = {"allocation_id": "eipalloc-1", "subnet_id": "subnet-1", "tags": {"Name": "nat-a"}}
    (folder / "main.tf.json").write_text(json.dumps({"resource": {"aws_nat_gateway": {"a": gateway}}}))
    before = _content(folder)
    code, _, err = run("--patch", "terraform", "--into", "json", "--write")
    assert code == 0
    assert "main.tf.json: NAT gateway aws_nat_gateway.a is written in JSON, which is read and not edited" in err
    assert before.items() <= _content(folder).items()


def test_a_link_inside_the_folder_is_patched_where_it_leads(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "infra"
    (folder / "shared").mkdir()
    (folder / "network.tf").rename(folder / "shared" / "network.tf")
    (folder / "network.tf").symlink_to("shared/network.tf")
    code, out, _ = run("--patch", "terraform", "--into", "infra", "--write")
    assert code == 0
    assert "changed: infra/shared/network.tf" in out
    assert (folder / "network.tf").is_symlink()
    assert "aws_nat_gateway_eip_association" in (folder / "network.tf").read_text()

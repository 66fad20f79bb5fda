"""Whose infrastructure as code it is, is told by what a file or folder holds."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from narrows.declared.model import Declared
from narrows.declared.reading import all_declared, read_declared
from narrows.errors import InputError

TEMPLATE = '{"Resources": {"V": {"Type": "AWS::EC2::VPC"}}}'


@pytest.fixture(autouse=True)
def terraform(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is read as Terraform's: how, is that reader's own."""
    reader = SimpleNamespace(read=lambda path: Declared("terraform", (), files=(str(path),)))
    monkeypatch.setitem(sys.modules, "narrows.declared.terraform", reader)


@pytest.mark.parametrize(
    ("name", "content", "source"),
    [
        ("main.tf", "", "terraform"),
        ("main.tf.json", "{}", "terraform"),
        ("terraform.tfstate", "{}", "terraform"),
        ("plan.json", '{"format_version":"1.2","terraform_version":"1.9.0"}', "terraform"),
        ("state.json", '{\n  "version": 4,\n  "terraform_version": "1.5.7"\n}', "terraform"),
        ("template.json", TEMPLATE, "cloudformation"),
        ("template.yaml", TEMPLATE, "cloudformation"),
        ("stack.template", TEMPLATE, "cloudformation"),
    ],
)
def test_a_file(tmp_path: Path, name: str, content: str, source: str) -> None:
    file = tmp_path / name
    file.write_text(content)
    assert read_declared(file).source == source


def test_a_file_of_a_folder_of_terraform_is_read_with_the_others(tmp_path: Path) -> None:
    (tmp_path / "main.tf").touch()
    assert read_declared(tmp_path / "main.tf").files == (str(tmp_path),)


def test_a_folder_that_holds_both_is_read_as_both_and_asked_about_where_one_is_wanted(tmp_path: Path) -> None:
    (tmp_path / "main.tf").touch()
    assert [one.source for one in all_declared(tmp_path)] == ["terraform"]
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    assert [one.source for one in all_declared(tmp_path)] == ["terraform", "cloudformation"]
    with pytest.raises(InputError) as raised:
        read_declared(tmp_path)
    assert str(raised.value) == (
        f"{tmp_path}: holds Terraform's files and CloudFormation's templates; name the folder or file of one of them"
    )


def test_a_folder_that_holds_neither(tmp_path: Path) -> None:
    (tmp_path / "values.yaml").write_text("replicas: 3")
    with pytest.raises(InputError, match="declares nothing that is read"):
        all_declared(tmp_path)

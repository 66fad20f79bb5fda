"""The stand-in for the aws provider: what changes in place, what is replaced, as the provider's source has it."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.terraform import Folder, terraform, the_runner

_MAIN = """\
resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_subnet" "public" {
  vpc_id     = aws_vpc.main.id
  cidr_block = "10.0.0.0/24"
}

resource "aws_eip" "nat" {
  count  = 2
  domain = "vpc"
}

resource "aws_nat_gateway" "main" {
  allocation_id = aws_eip.nat[0].id
  subnet_id     = aws_subnet.public.id
}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    (tmp_path / "main.tf").write_text(_MAIN)
    found = terraform(tmp_path)
    found.apply()
    return found


def _actions(folder: Folder) -> dict[str, list[str]]:
    changes = folder.plan_json()["resource_changes"]
    return {one["address"]: one["change"]["actions"] for one in changes if one["change"]["actions"] != ["no-op"]}


def test_nothing_changes_where_the_files_do_not(folder: Folder) -> None:
    assert not folder.validate()
    assert not folder.fmt_check()
    assert _actions(folder) == {}
    resources = folder.state_json()["values"]["root_module"]["resources"]
    assert {one["address"] for one in resources} == {
        "aws_vpc.main", "aws_subnet.public", "aws_eip.nat[0]", "aws_eip.nat[1]", "aws_nat_gateway.main",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "actions"),
    [
        ("subnet_id     =", "secondary_allocation_ids = [aws_eip.nat[1].id]\n  subnet_id =", ["update"]),
        ("allocation_id = aws_eip.nat[0].id", "allocation_id = aws_eip.nat[1].id", ["delete", "create"]),
        ('subnet_id     = aws_subnet.public.id', 'subnet_id = "subnet-1"', ["delete", "create"]),
    ],
)  # fmt: skip
def test_a_gateway_changes_in_place_or_is_replaced(folder: Folder, old: str, new: str, actions: list[str]) -> None:
    assert old in _MAIN
    (folder.path / "main.tf").write_text(_MAIN.replace(old, new))
    assert _actions(folder) == {"aws_nat_gateway.main": actions}


def test_what_is_wrong_is_said_with_its_place(folder: Folder) -> None:
    (folder.path / "main.tf").write_text(_MAIN + 'resource "aws_eip" "more" {\nvpc_id = 1\n}\n')
    assert folder.validate() == ['main.tf:20: Unsupported argument: An argument named "vpc_id" is not expected here.']
    assert "main.tf" in folder.fmt_check()


def test_a_process_that_ended_is_started_again(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('output "x" {\n  value = 1\n}\n')
    folder = terraform(tmp_path)
    assert not folder.validate()
    outer = the_runner().process.pid
    children = Path(f"/proc/{outer}/task/{outer}/children").read_text().split()
    (inner,) = [one for one in children if b"--commands" in Path(f"/proc/{one}/cmdline").read_bytes()]
    os.kill(int(inner), signal.SIGKILL)
    assert not folder.validate()
    assert the_runner().process.pid != outer

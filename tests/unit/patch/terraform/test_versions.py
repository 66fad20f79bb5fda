"""The version of the aws provider that a folder uses, and addresses in parts."""

from __future__ import annotations

from pathlib import Path

import pytest

from narrows.patch.terraform.files import Address, Files, parsed
from narrows.patch.terraform.versions import INLINE, REGIONAL, provider_version

_REQUIRED = "terraform {\n  required_providers {\n    aws = %s\n  }\n}\n"
_LOCK = 'provider "registry.terraform.io/hashicorp/random" {\n  version = "9.9.9"\n}\n\nprovider "registry.terraform.io/hashicorp/aws" {\n  version     = "%s"\n  constraints = "~> 6.0"\n}\n'  # noqa: E501


@pytest.mark.parametrize(
    ("aws", "lock", "least", "source"),
    [
        ('{ source = "hashicorp/aws", version = "~> 6.20" }', "", (6, 20, 0), 'main.tf:1 allows "~> 6.20"'),
        ('{\n      source  = "hashicorp/aws"\n      version = ">= 5.0, < 7"\n    }', "", (5, 0, 0), "main.tf:1 allows"),
        ('"= 6.11.0"', "", (6, 11, 0), "main.tf:1 allows"),
        ('{ version = "< 7.0" }', "", None, "main.tf:1 allows"),
        ('{ source = "hashicorp/aws" }', "", None, "does not say which"),
        ('{ version = "~> 6.0" }', "6.22.1", (6, 22, 1), ".terraform.lock.hcl has 6.22.1"),
    ],
)
def test_the_version_is_the_locks_or_the_least_that_is_allowed(
    tmp_path: Path, aws: str, lock: str, least: tuple[int, int, int] | None, source: str
) -> None:
    (tmp_path / "main.tf").write_text(_REQUIRED % aws)
    if lock:
        (tmp_path / ".terraform.lock.hcl").write_text(_LOCK % lock)
    found = provider_version(Files(tmp_path))
    assert found.least == least
    assert source in found.source
    assert found.exact is bool(lock)
    assert found.has(INLINE) is (least is not None and least >= (6, 11, 0))
    assert not found.has(REGIONAL)


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("aws_subnet.a", Address((), "aws_subnet", "a", None)),
        ("aws_subnet.a[2]", Address((), "aws_subnet", "a", 2)),
        ('aws_subnet.a["x.y]"]', Address((), "aws_subnet", "a", "x.y]")),
        ('module.net["k"].module.b.aws_eip.c[0]', Address((("net", "k"), ("b", None)), "aws_eip", "c", 0)),
        ("private-a", None),
        ("data.aws_vpc.x", None),
        ("subnet-0123", None),
        ("", None),
    ],
)
def test_addresses_have_parts(address: str, found: Address | None) -> None:
    assert parsed(address) == found

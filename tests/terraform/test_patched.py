"""Random plans as patches of random Terraform: the real Terraform says what they would do."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.terraform.checking import check

_SEEDS = 140
"""Enough that a hundred of the networks need a plan."""


@pytest.mark.parametrize("seed", range(4))
def test_a_random_plan_as_a_patch_does_what_the_plan_says(seed: int, tmp_path: Path) -> None:
    check(seed, tmp_path / "infrastructure")


@pytest.mark.slow
def test_a_hundred_random_plans_as_patches_do_what_the_plans_say(tmp_path: Path) -> None:
    found = Counter(check(seed, tmp_path / f"infrastructure-{seed}") for seed in range(5, 5 + _SEEDS))
    assert sum(count for strategy, count in found.items() if strategy) >= 100

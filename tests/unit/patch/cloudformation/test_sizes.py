"""Templates at CloudFormation's limits: what the patch makes larger than that is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from narrows.patch.cloudformation import patch_cloudformation
from tests.unit.patch.cloudformation.linting import decoded
from tests.unit.patch.cloudformation.test_foreign import FOREIGN, patched, plan_for, texts


def test_a_template_that_holds_no_more_is_to_do(tmp_path: Path) -> None:
    """What the patch adds to a template is more than the few that are left."""
    text = (FOREIGN / "versions.yaml").read_text()
    _, alone = patched("versions.yaml", plan_for("Orders", subnets={"PrivateA": "nat-a"}), tmp_path)
    topics = "".join(f"  Topic{number}: {{Type: AWS::SNS::Topic}}\n" for number in range(493))
    template = tmp_path / "template.yaml"
    template.write_text(text + topics)
    patch = patch_cloudformation(plan_for("Orders", subnets={"PrivateA": "nat-a"}), template)
    before = len(decoded(FOREIGN / "versions.yaml")["Resources"]) + 493
    added = len(decoded(alone)["Resources"]) + 493 - before
    assert before <= 500 < before + added
    assert f"template.yaml the template gets {before + added} resources, and CloudFormation takes 500" in texts(patch)


@pytest.mark.parametrize(("size", "said"), [(51_100, True), (51_300, False)])
def test_a_template_that_no_request_takes_any_more_is_to_do(size: int, said: bool, tmp_path: Path) -> None:
    text = (FOREIGN / "versions.yaml").read_text()
    template = tmp_path / "template.yaml"
    template.write_text(text + "# " + "x" * (size - len(text) - 3) + "\n")
    patch = patch_cloudformation(plan_for("Orders", subnets={"PrivateA": "nat-a"}), template)
    assert ("bytes, and CloudFormation takes 51,200: give --s3-bucket" in texts(patch)) is said

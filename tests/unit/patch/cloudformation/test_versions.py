"""Functions behind an alias: a version keeps the VPC configuration that it was published with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from narrows.patch.cloudformation import patch_cloudformation
from narrows.plan.model import Plan
from tests.unit.patch.cloudformation.linting import decoded, errors
from tests.unit.patch.cloudformation.test_foreign import FOREIGN, patched, plan_for, texts


def plan() -> Plan:
    return plan_for("Orders", subnets={"PrivateA": "nat-a"})


def published(template: Path) -> dict[str, Any]:
    """The logical ids of the versions that SAM's own translator makes of a template, with their aliases' versions."""
    from samtranslator.translator.transform import transform

    class NoPolicies:
        def load(self) -> dict[str, str]:
            return {}

    made = transform(decoded(template), {"VpcId": "vpc-1"}, NoPolicies())["Resources"]
    versions = [name for name, resource in made.items() if resource["Type"] == "AWS::Lambda::Version"]
    return {"versions": versions, "alias": made["OrdersAliaslive"]["Properties"]["FunctionVersion"]}


@pytest.mark.slow
def test_a_new_version_is_declared_and_the_alias_leads_to_it(tmp_path: Path) -> None:
    patch, file = patched("versions.yaml", plan(), tmp_path)
    resources = decoded(file)["Resources"]
    assert resources["OrdersVersion7No2"] == {
        "Type": "AWS::Lambda::Version",
        "Properties": {"FunctionName": {"Ref": "Orders"}, "Description": "release 7"},
    }
    assert resources["Live"]["Properties"]["FunctionVersion"] == {"Fn::GetAtt": ["OrdersVersion7No2", "Version"]}
    assert resources["OrdersVersion7"]["Properties"]["Description"] == "release 7", "nothing is deleted"
    assert "   # the release\n" in file.read_text()
    assert "versions.yaml:22 OrdersVersion7, which Consumer (versions.yaml:" in texts(patch)
    assert any("Live leads to OrdersVersion7No2" in risk for risk in patch.risks)
    assert not errors(file) - errors(FOREIGN / "versions.yaml")
    assert not patch_cloudformation(plan(), file).files, "once is enough"


def test_a_version_from_elsewhere_is_to_do(tmp_path: Path) -> None:
    text = (FOREIGN / "versions.yaml").read_text()
    template = tmp_path / "template.yaml"
    template.write_text(text.replace("!GetAtt OrdersVersion7.Version ", '"7"'))
    patch = patch_cloudformation(plan(), template)
    assert "template.yaml:33 the version that Live leads to comes from elsewhere" in texts(patch)
    assert "template.yaml:22 OrdersVersion7, which Consumer" in texts(patch)


@pytest.mark.slow
def test_sam_publishes_by_itself_when_it_is_let(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    before = published(FOREIGN / "published.yaml")
    patch, file = patched("published.yaml", plan(), tmp_path)
    assert published(file)["versions"] != before["versions"]
    assert published(file)["alias"] == {"Fn::GetAtt": [published(file)["versions"][0], "Version"]}
    assert any("AutoPublishAliasAllProperties" in risk for risk in patch.risks)
    only = tmp_path / "without.yaml"
    only.write_text(file.read_text().replace("      AutoPublishAliasAllProperties: true\n", ""))
    assert published(only)["versions"] == before["versions"], "SAM publishes none for a VPC configuration alone"


def test_whoever_said_no_is_told(tmp_path: Path) -> None:
    template = tmp_path / "template.yaml"
    text = (FOREIGN / "published.yaml").read_text()
    template.write_text(
        text.replace("AutoPublishAlias: live\n", "AutoPublishAlias: live\n    AutoPublishAliasAllProperties: false\n")
    )
    patch = patch_cloudformation(plan(), template)
    assert "template.yaml:12 set AutoPublishAliasAllProperties of Orders" in texts(patch)

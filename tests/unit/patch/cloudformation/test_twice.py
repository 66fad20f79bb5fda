"""A plan that is patched into the same templates twice: nothing of it is made a second time."""

from __future__ import annotations

from pathlib import Path

import pytest

from narrows.errors import InputError
from narrows.patch.cloudformation import patch_cloudformation
from narrows.plan.model import Plan
from tests.agreement import test_patched as agreement
from tests.unit.patch.cloudformation.linting import decoded
from tests.unit.patch.cloudformation.test_foreign import patched, plan_for, texts

_NAMES = {
    "conditions.yaml": ("PrivateSubnet1", "NATGateway1"),
    "nested": ("PrivateSubnet", "Nat"),
    "subnets-passed-in.yaml": ("private-a", "nat-a"),
}
"""The subnet and the NAT gateway of each, as ``narrows import`` calls them."""


def named_plan(template: str, function: str) -> Plan:
    subnet, gateway = _NAMES[template]
    return plan_for(function, subnets={subnet: gateway}, nats={gateway: 1})


def test_where_only_references_say_which_subnet_is_meant_two_are_one_line(tmp_path: Path) -> None:
    plan = plan_for("storefront")
    _, target = patched("cdk.json", plan, tmp_path)
    with pytest.raises(InputError, match=r"two resources could be the subnet private-a: .*No2"):
        patch_cloudformation(plan, target)


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("conditions.yaml", "workers"),
        ("subnets-passed-in.yaml", "checkout"),
        ("nested", "storefront"),
    ],
)
def test_the_second_time_changes_nothing_and_says_why(name: str, function: str, tmp_path: Path) -> None:
    plan = named_plan(name, function)
    first, target = patched(name, plan, tmp_path)
    assert first.files
    second = patch_cloudformation(plan, target)
    assert not second.files
    said = [todo.text for todo in second.todo if "an earlier patch has made" in todo.text]
    assert len(said) == 1
    assert "import the templates again" in said[0]


def test_another_subnet_of_that_name_is_no_copy(tmp_path: Path) -> None:
    """In another zone: the user's own, and the plan's gets another name."""
    plan = named_plan("conditions.yaml", "workers")
    _, target = patched("conditions.yaml", plan, tmp_path)
    before = target.read_text()
    own = before.replace("  PrivateSubnet1No2:\n", "  PrivateSubnet1No2:\n    # ours\n", 1)
    start = own.index("  PrivateSubnet1No2:\n")
    zone = own.index("!Select", own.index("AvailabilityZone:", start))
    end = own.index("\n", zone)
    target.write_text(f"{own[:zone]}eu-west-1c{own[end:]}")
    second = patch_cloudformation(plan, target)
    (change,) = second.files
    target.write_bytes(change.after)
    assert "PrivateSubnet1No3" in decoded(target)["Resources"]


def test_a_module_keeps_its_alarms_whoever_they_tell(tmp_path: Path) -> None:
    plan = plan_for("checkout")
    _, target = patched("subnets-passed-in.yaml", plan, tmp_path)
    own = target.parent / "narrows.yaml"
    text = own.read_text()
    own.write_text(text.replace("      Statistic: Sum\n", "      AlarmActions: [!Ref Topic]\n      Statistic: Sum\n"))
    assert own.read_text() != text
    second = patch_cloudformation(plan, target.parent)
    assert not second.files
    assert "narrows-2.yaml" not in texts(second)


def test_a_module_of_a_smaller_plan_is_one_line(tmp_path: Path) -> None:
    _, target = patched("subnets-passed-in.yaml", plan_for("checkout"), tmp_path)
    with pytest.raises(InputError, match=r"narrows\.yaml: declares some of what the plan adds"):
        patch_cloudformation(plan_for("checkout", growth=3.0), target)


def test_tables_that_one_patch_copies_for_one_gateway_are_not_taken_for_an_earlier_patchs(tmp_path: Path) -> None:
    """Two route tables, of which one alone leads to S3 by an endpoint, each get a copy for the same new gateway."""
    assert agreement.check("cloudformation", 12, tmp_path / "network")

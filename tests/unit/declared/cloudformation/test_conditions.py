"""Conditions decide what is there, as an evaluator decides that knows nothing of the reader's."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from narrows.declared.model import Reference, Unknown
from tests.unit.declared.cloudformation.templates import declared, faults, one

VALUES = ["a", "b", "1"]
NAMES = ["P", "Q"]


def equals(side: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.tuples(side, side).map(lambda two: {"Fn::Equals": list(two)})


SIDES = st.sampled_from([*VALUES, 1, *({"Ref": name} for name in NAMES)])


def expressions(earlier: list[str]) -> st.SearchStrategy[Any]:
    leaves = equals(SIDES)
    if earlier:
        leaves |= st.sampled_from(earlier).map(lambda name: {"Condition": name})
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            inner.map(lambda one: {"Fn::Not": [one]}),
            st.lists(inner, min_size=2, max_size=3).map(lambda some: {"Fn::And": some}),
            st.lists(inner, min_size=2, max_size=3).map(lambda some: {"Fn::Or": some}),
        ),
        max_leaves=6,
    )


@st.composite
def conditions(draw: st.DrawFn) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in ["C1", "C2", "C3"]:
        found[name] = draw(expressions(list(found)))
    return found


def naive(expression: Any, known: dict[str, str], all_of_them: dict[str, Any]) -> bool:
    """Every parameter is known here, so that each expression is true or false."""
    (name, argument) = next(iter(expression.items()))
    if name == "Condition":
        return naive(all_of_them[argument], known, all_of_them)
    if name == "Fn::Equals":
        first, second = (str(known[one["Ref"]]) if isinstance(one, dict) else str(one) for one in argument)
        return first == second
    inner = [naive(one, known, all_of_them) for one in argument]
    return {"Fn::Not": not inner[0], "Fn::And": all(inner), "Fn::Or": any(inner)}[name]


@settings(max_examples=30)
@given(conditions(), st.fixed_dictionaries({name: st.sampled_from(VALUES) for name in NAMES}))
def test_what_is_there_is_what_its_condition_says(all_of_them: dict[str, Any], known: dict[str, str]) -> None:
    resources: dict[str, Any] = {f"R{name}": {"Type": "Test::It::Is", "Condition": name} for name in all_of_them}
    resources["Always"] = {
        "Type": "Test::It::Is",
        "Properties": {name: {"Fn::If": [name, "yes", {"Ref": "AWS::NoValue"}]} for name in all_of_them},
    }
    template = {
        "Parameters": {name: {"Type": "String"} for name in NAMES},
        "Conditions": all_of_them,
        "Resources": resources,
    }
    found = declared(template, known)
    holding = {name for name in all_of_them if naive(all_of_them[name], known, all_of_them)}
    assert {one.address for one in found.resources} == {"Always", *(f"R{name}" for name in holding)}
    assert one(found, "Always").properties == dict.fromkeys(sorted(holding), "yes")
    assert not found.faults


@pytest.mark.slow
@settings(max_examples=300)
@given(conditions(), st.sampled_from(VALUES))
def test_what_half_of_the_parameters_decide_is_what_both_would(all_of_them: dict[str, Any], p: str) -> None:
    """A condition that is known without a parameter is the same whatever that is."""
    template = {
        "Parameters": {name: {"Type": "String"} for name in NAMES},
        "Conditions": all_of_them,
        "Resources": {name: {"Type": "Test::It::Is", "Condition": name} for name in all_of_them},
    }
    found = declared(template, {"P": p})
    possible = {
        name: {naive(all_of_them[name], {"P": p, "Q": q}, all_of_them) for q in [*VALUES, "another"]}
        for name in all_of_them
    }
    for name, values in possible.items():
        resource = found.by_address.get(name)
        if resource is None:
            assert values == {False}
        elif not resource.conditional:
            assert values == {True}
        else:
            assert resource.conditional.startswith("condition C")


OPEN = """
Parameters:
  Nat: {Type: String}
Conditions:
  WithNat: !Equals [!Ref Nat, "yes"]
  Circle: !Not [!Condition Other]
  Other: !Condition Circle
Resources:
  Gateway:
    Type: AWS::EC2::NatGateway
    Condition: WithNat
    Properties:
      ConnectivityType: !If [WithNat, public, private]
  Route:
    Type: AWS::EC2::Route
    Properties:
      NatGatewayId: !If [WithNat, !Ref Gateway, nat-0]
"""


def test_a_condition_that_is_not_known_makes_a_resource_conditional_and_holds_within_it() -> None:
    found = declared(OPEN)
    gateway = one(found, "Gateway")
    assert gateway.conditional == "condition WithNat: parameter Nat has no default"
    assert gateway.properties == {"ConnectivityType": "public"}
    assert one(found, "Route").properties["NatGatewayId"] == Unknown(f"{gateway.conditional} (Gateway or 'nat-0')")
    assert one(declared(OPEN, {"Nat": "yes"}), "Route").properties["NatGatewayId"] == Reference("Gateway")
    without = declared(OPEN, {"Nat": "no"})
    assert [one.address for one in without.resources] == ["Route"]
    assert one(without, "Route").properties["NatGatewayId"] == "nat-0"


@pytest.mark.parametrize(
    ("condition", "fault"),
    [
        ("!Not [!Condition C]", "3: the condition 'C' depends on itself"),
        ("!Condition Nope", "3: there is no condition 'Nope'; known: C"),
        ("!Ref AWS::Region", "3: this is no condition that CloudFormation takes"),
        ("[1, 2]", "3: this is no condition that CloudFormation takes"),
        ("!Equals [1]", "3: this is no condition that CloudFormation takes"),
    ],
)
def test_a_condition_that_is_none_is_said_with_its_line(condition: str, fault: str) -> None:
    found = declared(f"\nConditions:\n  C: {condition}\nResources:\n  R: {{Type: AWS::EC2::VPC, Condition: C}}\n")
    assert faults(found) == [fault]
    assert one(found, "R").conditional


def test_conditions_that_turn_in_a_circle_are_said() -> None:
    found = declared(OPEN.replace("Condition: WithNat", "Condition: Circle"))
    assert faults(found) == ["6: the condition 'Circle' depends on itself"]

"""Any value goes into any layout, and comes out of somebody else's parser as it went in."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from narrows.patch.cloudformation.document import document_of
from narrows.patch.cloudformation.nodes import Json
from narrows.patch.cloudformation.rewriting import rewritten
from tests.unit.patch.cloudformation.written import style_of, text_of

_PRINTED = st.characters(exclude_categories=("Cs", "Cc", "Co", "Cn"), exclude_characters="\u2028\u2029\x85\ufeff")
_TEXT = st.text(_PRINTED, max_size=20) | st.sampled_from(
    ["yes", "no", "on", "y", "null", "~", "", "0123", "1:30", "1e3", "0x1F", "2012-10-17", "- a", "a: b", "a #b", "'",
     '"', "!Ref x", "*a", "&a", "%", "@", "`", "{a}", "[", "?", "|", ">", "a:", ":a", "-", "0.0.0.0/0", "::/0", "=",
     "<<", ".5"]
)  # fmt: skip
_SCALAR = st.none() | st.booleans() | st.integers(-(10**15), 10**15) | _TEXT
_VALUE = st.recursive(
    _SCALAR,
    lambda inner: st.lists(inner, min_size=1, max_size=3) | st.dictionaries(_TEXT, inner, min_size=1, max_size=3),
    max_leaves=6,
)


def template(dice: random.Random) -> dict[str, Any]:
    lists = {f"L{number}": [f"a{number}", {"Ref": "X"}] for number in range(2)}
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "x", **lists}}
    return {"Resources": {f"T{number}": copy.deepcopy(topic) for number in range(dice.randint(1, 3))}}


def read_by_another(content: bytes, *, is_json: bool) -> Any:
    if is_json:
        return json.loads(content)
    return yaml.safe_load(content)


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 10_000), value=_VALUE, key=_TEXT)
def test_a_value_that_is_added_is_what_others_read(seed: int, value: Json, key: str) -> None:
    dice = random.Random(seed)
    style = style_of(dice)
    # Intrinsics in long form, so that another parser needs no tags.
    plain = text_of(template(dice), style.__class__(**{**style.__dict__, "short": False}), dice)
    document = document_of(plain, "t" + style.suffix)
    wanted = copy.deepcopy(document.value)
    topic: Any = wanted["Resources"]["T0"]  # type: ignore[index,call-overload]
    topic["Metadata"] = {"New": value, key: "x"}
    topic["Properties"]["L1"].append(value)
    wanted["Outputs"] = {"O": {"Value": value}}
    after = rewritten(plain, document, wanted)
    assert read_by_another(after, is_json=style.json) == wanted
    old, new = plain.decode(), after.decode()
    kept = iter(new.split("\n"))
    for line in old.rstrip("\n").split("\n"):
        if "L1" not in line and "Ref" not in line and line.strip("\r ]},"):
            assert any(line.rstrip("\r,") in one for one in kept), line


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_nothing_wanted_changes_nothing(seed: int) -> None:
    dice = random.Random(seed)
    style = style_of(dice)
    content = text_of(template(dice), style, dice)
    document = document_of(content, "t" + style.suffix)
    assert rewritten(content, document, copy.deepcopy(document.value)) == content

"""What stands inside script and style tags."""

from __future__ import annotations

import json
from base64 import b64decode
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from narrows.report.scripts import in_style, in_tag, json_in_script, script_hash

documents: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**50), 2**50) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(documents)
def test_json_survives_and_cannot_end_its_script(document: Any) -> None:
    shown = str(json_in_script(document))
    assert json.loads(shown) == document
    assert not set("<>&\u2028\u2029") & set(shown)
    assert shown.isascii()


def test_json_holds_no_number_that_json_does_not_know() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_in_script(float("nan"))


@given(st.text(alphabet="<>/!- scriptSCRIPT"))
def test_a_script_cannot_end_its_tag(script: str) -> None:
    shown = str(in_tag(script)).lower()
    assert "</script" not in shown
    assert "<!--" not in shown


def test_a_style_with_a_tag_is_a_fault() -> None:
    assert in_style("a > b { color: red }") == "a > b { color: red }"
    with pytest.raises(ValueError, match="tag"):
        in_style("</style>")


def test_hash_is_the_one_that_a_policy_names() -> None:
    algorithm, _, digest = script_hash(Markup("let a;")).strip("'").partition("-")
    assert algorithm == "sha256"
    assert b64decode(digest) == sha256(b"let a;").digest()

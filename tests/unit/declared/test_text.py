"""A scenario with comments in it is the same data without them."""

from __future__ import annotations

from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from narrows.declared.imported.text import Path, Remarks, commented
from narrows.yaml_source import parse_yaml

_NAMES = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=12).filter(str.isprintable)
_SCALARS = st.one_of(st.integers(-9, 70_000), st.booleans(), _NAMES, st.sampled_from(["1e3", "no", "~", "a: b", "# c"]))
_ENTRIES = st.dictionaries(_NAMES, st.one_of(_SCALARS, st.lists(_SCALARS, max_size=3)), max_size=4)
_DATA = st.dictionaries(
    st.sampled_from(["vpc", "destinations", "functions", "demand"]),
    st.dictionaries(
        _NAMES, st.one_of(_ENTRIES, st.fixed_dictionaries({"uses": st.lists(_ENTRIES, max_size=3)})), max_size=3
    ),
    min_size=1,
)
_SAID = st.text(max_size=30)


def _paths(value: Any, path: Path = ()) -> list[Path]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, one in inner for found in ((*path, key), *_paths(one, (*path, key)))]


@settings(max_examples=40)
@given(_DATA, st.data())
def test_comments_change_nothing(data: dict[str, Any], draw: st.DataObject) -> None:
    remarks = Remarks(head=draw.draw(st.lists(_SAID, max_size=2)))
    for path in draw.draw(st.lists(st.sampled_from(_paths(data)), max_size=6)) if _paths(data) else []:
        remarks.ask(path, draw.draw(_SAID))
    text = commented(data, remarks)
    assert parse_yaml(text, "text").data == yaml.safe_load(yaml.safe_dump(data, allow_unicode=True))
    assert text.isascii() or text.replace("\n", "").isprintable()


def test_a_question_stands_beside_what_it_is_about() -> None:
    data = {"functions": {"app": {"connections": [{"to": "internet", "per_environment": 1}], "timeout": 3}}}
    remarks = Remarks(["read from here"])
    remarks.say(("functions", "app"), "app.tf:3")
    remarks.ask(("functions", "app", "connections", 0, "per_environment"), "how many?")
    assert commented(data, remarks).splitlines() == [
        "# read from here",
        "functions:",
        f"{'  app:':<42}  # app.tf:3",
        "    connections:",
        "      - to: internet",
        f"{'        per_environment: 1':<42}  # ? how many?",
        "    timeout: 3",
    ]
    assert remarks.questions == 1

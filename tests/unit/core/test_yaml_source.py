"""YAML: read safely, with the line of every key."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrows.errors import InputError
from narrows.yaml_source import YamlSource, dotted, parse_yaml


def message(text: str) -> str:
    with pytest.raises(InputError) as caught:
        parse_yaml(text, "f")
    return str(caught.value)


LISTS = """\
a: 1
b:
  c: [1,
      {d: 2}]
  e:
    - f: x

    - - 3
"""


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ((), 1),
        (("a",), 1),
        (("b", "c"), 3),
        (("b", "c", 0), 3),
        (("b", "c", 1, "d"), 4),
        (("b", "e", 0, "f"), 6),
        (("b", "e", 1, 0), 8),
        (("b", "e", 9, "no", "such"), 5),
        (("nothing",), 1),
    ],
)
def test_lines(place: tuple[str | int, ...], line: int) -> None:
    assert parse_yaml(LISTS, "f").line(place) == line


def test_an_alias_stands_where_it_stands() -> None:
    source = parse_yaml("a: &x {b: 1}\nc:\n  d: *x\n", "f")
    assert source.data == {"a": {"b": 1}, "c": {"d": {"b": 1}}}
    assert source.line(("c", "d")) == 3


def test_places_as_people_write_them() -> None:
    assert dotted(("functions", "app", "connections", 0, "to")) == "functions.app.connections[0].to"
    assert dotted(()) == ""
    error = YamlSource("f", {}, {(): 1}).error(("a", 0), "is wrong", "mend it")
    assert str(error) == "f: line 1, a[0]: is wrong; mend it"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "yes"),
        ("No", "No"),
        ("on", "on"),
        ("true", True),
        ("False", False),
        ("1:30", "1:30"),
        ("1:30.5", "1:30.5"),
        ("1e3", 1000.0),
        ("-2.5E-3", -0.0025),
        ("'1e3'", "1e3"),
        ("1_000", 1000),
        ("~", None),
        ("", None),
        ("2026-11-20", date(2026, 11, 20)),
        ("9223372036854775807", 2**63 - 1),
        ("!!str 5", "5"),
    ],
)
def test_plain_values(text: str, value: object) -> None:
    assert parse_yaml(f"a: {text}", "f").data == {"a": value}


def test_every_key_is_text() -> None:
    assert parse_yaml("{1: a, true: b, ~: c, 2026-11-20: d}", "f").data == {
        "1": "a", "true": "b", "~": "c", "2026-11-20": "d",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: &a [*a]", "f: line 1, a[0]: contains itself; remove the alias"),
        ("a: 1\nb: &b\n  c:\n    d: *b", "f: line 4, b.c.d: contains itself; remove the alias"),
        ("&a [*a]", "f: line 1, [0]: contains itself; remove the alias"),
        ("a: 1\nb: 2\na: 3", "f: line 3, a: 'a' stands here twice"),
        ("a: {b: 1,\n b: 2}", "f: line 2, a.b: 'b' stands here twice"),
        ("a: 1\n1: b\n'1': c", "f: line 3, 1: '1' stands here twice"),
        ("a:\n  ? [b]\n  : c", "f: line 2, a: a key must be plain text"),
        ("a: &a {b: 1}\nc:\n  <<: *a", "f: line 3, c: merge keys (<<) are not read; write the keys out"),
        (
            "a: b: c",
            "f: line 1: is not valid YAML: mapping values are not allowed here; put text that holds ': ' in quotes",
        ),
        (
            "a:\n\tb: c",
            "f: line 2: is not valid YAML: found character '\\t' that cannot start any token; indent with spaces",
        ),
        ("a: [1, 2", "f: line 1: is not valid YAML: expected ',' or ']', but got '<stream end>'"),
        ("a: *b", "f: line 1: is not valid YAML: found undefined alias 'b'"),
        (
            "a: 1\n---\nb: 2",
            "f: line 2: is not valid YAML: found another document; write one scenario or case to a file",
        ),
        (
            "a: !!python/object:os.system x",
            "f: line 1: is not valid YAML: could not determine a constructor for the tag",
        ),
        ("a: 1\nb: !!int x", "f: line 2, b: 'x' is not a valid int"),
        ("a: !!int ''", "f: line 1, a: '' is not a valid int"),
        ("a: !!float ''", "f: line 1, a: '' is not a valid float"),
        ("a: !!timestamp soon", "f: line 1, a: 'soon' is not a valid timestamp"),
        ("a: 2026-02-30", "f: line 1, a: '2026-02-30' is not a valid timestamp"),
        ("a: 9223372036854775808", "f: line 1, a: '9223372036854775808' is too large a number"),
        ("a: 0x" + 6_000 * "f", "f: line 1, a: '0x"),
        ("a: 1" + 6_000 * "0", "f: line 1, a: '1"),
        ("a: b\n\x00", "f: line 2: is not valid YAML: it holds a control character (#x0000)"),
        ("", "f: is empty; it should hold keys such as 'name:'"),
        ("[a]", "f: holds no mapping; it should start with keys such as 'name:'"),
        ("~", "f: holds no mapping"),
        ("a: " + 100_000 * "[", "f: is nested too deeply"),
        ("a: " + 100_000 * "{b: ", "f: is nested too deeply"),
    ],
)
def test_what_is_no_mapping_of_values(text: str, problem: str) -> None:
    assert message(text).startswith(problem)


def test_a_billion_laughs() -> None:
    text = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{here}: &{here} [{', '.join([f'*{before}'] * 10)}]\n"
        for before, here in zip("abcdefgh", "bcdefghi", strict=True)
    )
    assert message(text) == "f: line 6, f: holds more than 200,000 values; write fewer, or fewer aliases"


def test_too_many_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("narrows.yaml_source.YAML_VALUES", 1_000)
    assert len(parse_yaml("a:\n" + 997 * "- 1\n", "f").data["a"]) == 997
    assert message("a:\n" + 2_000 * "- 1\n").startswith("f: line 1000: holds more than 1,000 values")


def test_quadratic_laughs() -> None:
    text = f"a: &a '{10_000 * 'x'}'\nb: [{', '.join(10_000 * ['*a'])}]"
    # The same text ten thousand times is one object in memory.
    assert len(parse_yaml(text, "f").data["b"]) == 10_000


@given(st.text())
def test_any_text_is_a_mapping_or_an_input_error(text: str) -> None:
    try:
        source = parse_yaml(text, "f")
    except InputError:
        return
    assert isinstance(source.data, dict)


@given(st.text(alphabet="ab:-[]{}&*!|>'\"#%@,? \n\t0.~<"))
def test_any_punctuation_is_a_mapping_or_an_input_error(text: str) -> None:
    try:
        source = parse_yaml(text, "f")
    except InputError:
        return
    assert set(source.data) == {place[0] for place in source.lines if len(place) == 1}


@pytest.mark.parametrize("text", ['a: 1\nb: ["x\\ud800y"]', 'a: 1\n"\\udfff": 2'])
def test_half_a_character_is_an_error(text: str) -> None:
    assert "holds half a character" in message(text)
    assert "line 2" in message(text)


def test_a_whole_character_in_halves_is_not_taken_for_one() -> None:
    assert parse_yaml('a: "\\U0001F600 \\u00e9"', "f").data == {"a": "\U0001f600 é"}

"""``line_chart``: one picture that stands on its own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrows.report.charts import line_chart
from tests.unit.report.samples import EVIL

_SVG = "{http://www.w3.org/2000/svg}"
_START = datetime(2026, 11, 20, 12, tzinfo=UTC)


def test_it_is_one_svg_with_its_lines_its_rule_and_its_names() -> None:
    drawn = line_chart([1, 2, 4], {"errors": [900.0, 400, 0], "time-outs": [10, None, 0]}, rules_at={"one ENI": 650})
    root = ElementTree.fromstring(drawn)
    assert root.tag == f"{_SVG}svg"
    lines = [path.get("d", "") for path in root.iter(f"{_SVG}path")]
    assert [data.count("M") for data in lines] == [1, 2]
    texts = ["".join(text.itertext()) for text in root.iter(f"{_SVG}text")]
    for expected in ("errors", "time-outs", "one ENI", "650", "800"):
        assert expected in texts


def test_moments_make_an_axis_of_times() -> None:
    moments = [_START + timedelta(seconds=30 * n) for n in range(11)]
    root = ElementTree.fromstring(line_chart(moments, {"open": [float(n) for n in range(11)]}))
    texts = [text.text for text in root.iter(f"{_SVG}text")]
    assert "12:01" in texts
    assert "12:05" in texts


@given(st.text(max_size=60), st.text(max_size=60), st.integers(200, 900))
def test_whatever_the_names_it_is_xml_and_they_are_text(name: str, rule: str, width: int) -> None:
    drawn = line_chart([0, 1], {name: [1, 2], EVIL: [2, 1]}, title=name, x_title=rule, rules_at={rule: 2}, width=width)
    root = ElementTree.fromstring(drawn)
    assert not list(root.iter(f"{_SVG}script"))


def test_one_point_or_none_is_a_picture_too() -> None:
    for x in ([], [5.0]):
        ElementTree.fromstring(line_chart(x, {"a": [3.0] * len(x)}))


def test_what_does_not_fit_together_is_said() -> None:
    with pytest.raises(ValueError, match="a: 1 values for 2 places of x"):
        line_chart([1, 2], {"a": [1.0]})
    with pytest.raises(ValueError, match="x does not rise"):
        line_chart([2, 1], {"a": [1.0, 2.0]})

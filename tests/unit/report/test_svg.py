"""SVG as text."""

from __future__ import annotations

from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from narrows.gate import in_page
from narrows.report.svg import element, group, rect, ribbon, text
from tests.unit.report.samples import EVIL


@given(st.text(), st.text())
def test_contents_and_attributes_are_escaped(content: str, label: str) -> None:
    printable = "".join(char for char in label if char.isprintable())
    drawn = group(text(0, 0, content), aria_label=printable)
    parsed = ElementTree.fromstring(str(drawn))
    assert [child.tag for child in parsed] == ["text"]
    assert parsed.get("aria-label") == in_page(printable)


def test_markup_in_a_name_stays_text() -> None:
    parsed = ElementTree.fromstring(str(text(0, 0, EVIL)))
    assert parsed.text == EVIL
    assert not list(parsed)


def test_attributes_that_are_none_are_left_out_and_numbers_are_short() -> None:
    assert element("path", d="M0,0", x=1.23456, y=None, class_="a") == '<path d="M0,0" x="1.2" class="a"></path>'
    assert 'width="0"' in rect(0, 0, -3, 1)


def test_what_is_cut_stands_whole_in_the_title() -> None:
    parsed = ElementTree.fromstring(str(text(0, 0, "nat-0123456789abcdef0", 12, 60)))
    assert (parsed.text or "").startswith("nat")
    assert parsed[0].text == "nat-0123456789abcdef0"


def test_ribbons() -> None:
    assert ribbon(0, 0, 10, 100, 20, 24) == "M0,0C50,0 50,20 100,20L100,24C50,24 50,10 0,10Z"

"""Where texts of the picture are cut and broken."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from narrows.report.text_width import fit, fit_names, lines_of, text_width


@given(st.text(max_size=80), st.integers(130, 400), st.sampled_from(["", "name", "mono", "heading"]))
def test_what_fits_stays_and_what_does_not_is_cut(content: str, width: int, css: str) -> None:
    shown = fit(content, width, 12, css)
    assert text_width(shown, 12, css) <= width
    if len(shown) < len(content):
        assert "…" in shown


@given(st.lists(st.text("ab-1", min_size=20, max_size=60), max_size=12, unique=True), st.integers(120, 300))
def test_names_that_are_cut_still_differ(names: list[str], width: int) -> None:
    assert len(set(fit_names(names, width, 13, "name").values())) == len(names)


@given(st.text(st.sampled_from("abc  -\n"), max_size=300), st.integers(150, 300), st.integers(1, 4))
def test_lines_are_no_wider_and_no_more_than_asked(content: str, width: int, most: int) -> None:
    lines = lines_of(content, width, 12, most)
    assert len(lines) <= most
    assert all(text_width(line, 12) <= width + 12 * 1.5 for line in lines)
    if len(" ".join(content.split())) < 15:
        assert " ".join(lines) == " ".join(content.split())


def test_where_lines_are_broken() -> None:
    assert lines_of("one two three", 56, 12, 3) == ["one two", "three"]
    assert lines_of("one two three four", 56, 12, 1) == ["one …"]

"""Times as people write them on a command line, and as narrows prints them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrows.errors import InputError
from narrows.written_times import parse_time

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
NOON = datetime(2026, 11, 20, 12, 1, tzinfo=UTC)
MOMENTS = st.datetimes(datetime(2010, 1, 2), datetime(2099, 12, 30)).map(lambda moment: moment.replace(tzinfo=UTC))


def read(text: str, within: tuple[datetime, datetime] | None = None) -> datetime:
    return parse_time(text, "--from", NOW, within)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-20T12:01Z", "2026-11-20T12:01:00Z", "2026-11-20 12:01:00Z", "2026-11-20 12:01",
        "2026-11-20T12:01:00.000Z",
        "2026-11-20T12:01:00.000000000Z", "2026-11-20T13:01+01:00", "2026-11-20 12:01 UTC", "2026-11-20t12:01z",
        " 2026-11-20T12:01:00+0000 ",
    ],
)  # fmt: skip
def test_a_time_with_its_day(text: str) -> None:
    assert read(text) == NOON


@pytest.mark.parametrize("text", ["12:01", "T12:01", "12:01Z", "12:01:00", "12:01:00Z", "T12:01:00.000Z", "12:01 UTC"])
def test_a_time_without_a_day_is_of_the_day_of_the_case_else_the_last_that_was(text: str) -> None:
    assert read(text) == NOON, "yesterday's: today's is still to come"
    assert read("09:15") == NOW - timedelta(minutes=15)
    of_the_case = NOON - timedelta(days=3)
    assert read(text, (of_the_case - timedelta(hours=1), of_the_case)) == of_the_case


def test_a_window_over_midnight_has_two_days() -> None:
    window = (datetime(2026, 11, 20, 23, 50, tzinfo=UTC), datetime(2026, 11, 21, 0, 20, tzinfo=UTC))
    assert read("23:55", window) == datetime(2026, 11, 20, 23, 55, tzinfo=UTC)
    assert read("00:10", window) == datetime(2026, 11, 21, 0, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "back"),
    [("-1h", timedelta(hours=1)), ("1h", timedelta(hours=1)), ("-1h30m", timedelta(hours=1.5)), ("now", timedelta())],
)
def test_back_from_now(text: str, back: timedelta) -> None:
    assert read(text) == NOW - back


@pytest.mark.parametrize(
    "text",
    [
        "noon", "", "25:00", "12:60", "12", "1", "90", "2026", "20261120", "2026-13-01", "2026-11-20T", "-", "-1",
        "--1h",
        "2026-11-20T12:01Zzz", "12:01 yesterday", "1" * 30 + "d",
    ],
)  # fmt: skip
def test_what_is_no_time_is_one_line_that_says_how_to_write_one(text: str) -> None:
    with pytest.raises(InputError) as raised:
        read(text)
    assert str(raised.value) == f"--from: '{text}' is not a valid time; write 2026-11-20T12:01Z, 12:01 or -1h"


@given(MOMENTS)
def test_every_form_that_is_printed_is_read_back(moment: datetime) -> None:
    second = moment.replace(microsecond=0)
    for form in ("%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M:%SZ", "%Y-%m-%d %H:%M:%S UTC"):
        assert read(second.strftime(form)) == second
    assert read(moment.isoformat()) == moment
    day = (second.replace(hour=0, minute=0, second=0), second.replace(hour=23, minute=59, second=59))
    for form in ("%H:%M:%SZ", "T%H:%M:%S", "%H:%M:%S"):
        assert read(second.strftime(form), day) == second
    assert read(second.strftime("%H:%M"), day) == second.replace(second=0)


@given(st.text(max_size=30))
def test_any_text_is_a_time_or_one_line(text: str) -> None:
    try:
        moment = read(text)
    except InputError as error:
        said = str(error)
    else:
        said = moment.isoformat()
    assert said.isprintable()

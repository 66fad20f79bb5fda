"""What is asked for on the command line, before any call is made."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from narrows.aws_ids import NAT_GATEWAY, VPC
from narrows.collect.hosts import Host, hosts_in_environment, hosts_of
from narrows.collect.wanted import MOST_FUNCTIONS, function_names, ids, region_of, window
from narrows.errors import InputError
from narrows.units import parse_size

NOW = datetime(2026, 11, 20, 12, 15, 30, tzinfo=UTC)
NOON = int(datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("last", "since", "until", "wanted"),
    [
        (None, None, None, (NOON - 2700, NOON + 960)),
        ("15m", None, None, (NOON, NOON + 960)),
        (None, "2026-11-20T12:00Z", None, (NOON, NOON + 960)),
        (None, "2026-11-20T12:00", "2026-11-20T13:05+01:00", (NOON, NOON + 300)),
        (None, "2026-11-20 12:00:59", "2026-11-20T12:00:59.5Z", (NOON, NOON + 60)),
        ("1h", None, None, (NOON - 2700, NOON + 960)),
        (None, "2026-11-18T12:00Z", "12:05", (NOON - 2 * 86_400, NOON - 2 * 86_400 + 300)),
        (None, "2026-11-18T23:50", "00:10", (NOON - 2 * 86_400 + 42_600, NOON - 2 * 86_400 + 43_800)),
        (None, "12:00", "12:05", (NOON, NOON + 300)),
        (None, "23:50", "00:10", (NOON - 86_400 + 42_600, NOON - 86_400 + 43_800)),
    ],
)
def test_the_time_is_whole_minutes_that_hold_all_of_it(
    last: str | None, since: str | None, until: str | None, wanted: tuple[int, int]
) -> None:
    assert window(last, since, until, NOW) == wanted


@pytest.mark.parametrize(
    ("last", "since", "until", "problem"),
    [
        ("soon", None, None, "--last: 'soon' is not a duration"),
        ("0s", None, None, None),
        ("1h", "2026-11-20T12:00Z", None, "--last and --from or --to exclude each other"),
        (None, None, "2026-11-20T12:00Z", "--to needs --from"),
        (None, "noon", None, "--from: 'noon' is not a valid time"),
        (None, "2026-11-20T12:00Z", "2026-11-20T11:00Z", "--from: the time must end after it starts"),
        (None, "2026-11-21T12:00Z", None, "--from: is in the future"),
        (None, "0001-01-01T00:00+14:00", None, "--from: '0001-01-01T00:00+14:00' is not a valid time"),
        (None, "1999-01-01", None, "--from: its year is not one of 2010 to 2099"),
        ("100d", None, None, "--last: the time is longer than 63 days"),
        (None, "2026-01-01", None, "--from: the time is longer than 63 days"),
    ],
)
def test_a_time_that_cannot_be_meant_is_said_with_its_option(
    last: str | None, since: str | None, until: str | None, problem: str | None
) -> None:
    if problem is None:
        start, end = window(last, since, until, NOW)
        assert end - start == 60
        return
    with pytest.raises(InputError) as raised:
        window(last, since, until, NOW)
    assert str(raised.value).startswith(problem)


def test_functions_may_be_named_as_people_copy_them() -> None:
    arn = "arn:aws:lambda:eu-west-1:123456789012:function:storefront:live"
    assert function_names(["storefront", arn, "catalog:$LATEST"]) == ("storefront", "catalog")
    assert region_of([arn, "catalog"]) == "eu-west-1"
    assert region_of(["catalog"]) is None
    with pytest.raises(InputError, match="several Regions"):
        region_of([arn, arn.replace("eu-west-1", "us-east-1")])


@pytest.mark.parametrize("name", ["-storefront", "a b", "a;rm", "", "x" * 65, "a\nb", "$(id)"])
def test_a_name_that_could_be_an_option_or_a_command_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="is not the name or ARN of a function"):
        function_names([name])
    for pattern, option in ((VPC, "--vpc"), (NAT_GATEWAY, "--nat")):
        with pytest.raises(InputError, match=option):
            ids([name], pattern, option)


def test_more_functions_than_one_case_asks_about_one_by_one_are_refused() -> None:
    assert len(function_names([f"f{number}" for number in range(MOST_FUNCTIONS)])) == MOST_FUNCTIONS
    with pytest.raises(InputError, match="101 functions are more than 100"):
        function_names([f"f{number}" for number in range(MOST_FUNCTIONS + 1)])


def test_destinations_are_hosts_or_addresses_with_or_without_a_port_and_a_name() -> None:
    assert hosts_of(["cache.example.com:6379", "bank=10.0.0.5:8443", "api.example.com"]) == (
        Host("cache.example.com", "cache.example.com", 6379),
        Host("bank", "10.0.0.5", 8443, ("10.0.0.5",)),
        Host("api.example.com", "api.example.com", None),
    )


@pytest.mark.parametrize(
    "text", ["", ":443", "cache.example.com:", "cache.example.com:0", "a.b:99999", "=x.y:1", "a b.c:1", "localhost"]
)
def test_what_is_no_destination_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="--connects-to"):
        hosts_of([text])


def test_of_environment_variables_only_hosts_are_taken() -> None:
    variables = {
        "DATABASE_URL": "postgres://shop:s3cret@db.internal.example.com/orders?sslmode=require",
        "REDIS_HOST": "sessions.abc123.0001.use1.cache.amazonaws.com",
        "BROKERS": "b-1.msk.example.com:9092,b-2.msk.example.com:9092",
        "API_KEY": "sk-live-0123456789.abcdef",
        "TABLE": "orders.prod",
        "VERSION": "1.2.3",
        "PASSWORD": "hunter2.example",
    }
    found = hosts_in_environment(variables)
    assert {(one.host, one.port) for one in found} == {
        ("db.internal.example.com", 5432),
        ("sessions.abc123.0001.use1.cache.amazonaws.com", None),
        ("b-1.msk.example.com", 9092),
        ("b-2.msk.example.com", 9092),
    }
    assert "s3cret" not in str(found)
    assert "shop" not in str(found)


@pytest.mark.parametrize(
    ("text", "size"), [("0", 0), ("200MB", 200_000_000), ("1.5 gb", 1_500_000_000), ("512KiB", 524_288), ("7b", 7)]
)
def test_sizes_are_read_as_people_write_them(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "MB", "-1MB", "1 PB", "1e9", "1" * 30])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a size"):
        parse_size(text)

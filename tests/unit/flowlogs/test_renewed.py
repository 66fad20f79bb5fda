"""An ENI that Lambda made anew within the window counts as one key with the one before it; two at a time do not."""

from __future__ import annotations

from pathlib import Path

import pytest

from narrows.flowlogs import Answer, KnownInterface, count_connections

NOON = 1_795_176_000
OLD, NEW = "eni-0a00000000000000a", "eni-0b00000000000000b"
KEY = "subnet-1/sg-1"
KNOWN = (KnownInterface(OLD, "hyperplane-eni", KEY, "10.0.0.4"), KnownInterface(NEW, "hyperplane-eni", KEY, "10.0.0.9"))
HEADER = (
    "version interface-id srcaddr dstaddr srcport dstport protocol start end tcp-flags instance-id action log-status"
)


def connections(interface: str, address: str, begin: int, count: int, minutes: int, destination: str) -> list[str]:
    """Connections that open at once, send something in every minute, and close at the end."""
    lines = []
    for port in range(2000, 2000 + count):
        for minute in range(minutes):
            start = begin + 60 * minute
            out, back = (2, 18) if minute == 0 else (1, 1) if minute == minutes - 1 else (0, 0)
            times = f"{start} {start + 50}"
            lines.append(f"5 {interface} {address} {destination} {port} 443 6 {times} {out} - ACCEPT OK")
            lines.append(f"5 {interface} {destination} {address} 443 {port} 6 {times} {back} - ACCEPT OK")
    return lines


def answer(folder: Path, *lines: list[str], by: str = "eni", known: tuple[KnownInterface, ...] = KNOWN) -> Answer:
    (folder / "a.log").write_text("\n".join([HEADER, *(one for some in lines for one in some)]) + "\n")
    return count_connections([folder], by=by, known=known)


@pytest.mark.parametrize("by", ["eni", "key"])
def test_one_that_took_the_place_of_another_is_one_key(tmp_path: Path, by: str) -> None:
    old = connections(OLD, "10.0.0.4", NOON, 40, 4, "203.0.113.10")
    new = connections(NEW, "10.0.0.9", NOON + 300, 25, 3, "203.0.113.10")
    found = answer(tmp_path, old, new, by=by)
    (key,) = found.keys
    assert (key.interface, key.replaced, key.resource) == (NEW, (OLD,), KEY)
    # Each had a table of its own: they are not added.
    assert (key.low, key.high) == (40, 40)
    assert (key.opened, key.unanswered) == (65, 0)
    band = {minute - NOON: (low, high) for minute, low, high in key.band(NOON, NOON + 480)}
    assert band[0] == band[120] == (40, 40)
    assert band[360] == (25, 25)
    (flag,) = [flag for flag in found.quality if flag["id"] == "replaced-interface"]
    assert flag["text"] == f"{NEW} took the place of {OLD} ({KEY}): they count as one"
    assert found.to_json()["keys"][0]["interface"] == NEW


def test_two_at_the_same_time_are_two_tables(tmp_path: Path) -> None:
    old = connections(OLD, "10.0.0.4", NOON, 40, 6, "203.0.113.10")
    new = connections(NEW, "10.0.0.9", NOON + 120, 25, 6, "203.0.113.10")
    found = answer(tmp_path, old, new)
    assert [(key.interface, key.low, key.high) for key in found.keys] == [(OLD, 40, 40), (NEW, 25, 25)]
    assert not any(flag["id"] == "replaced-interface" for flag in found.quality)


def test_what_no_case_names_stays_apart(tmp_path: Path) -> None:
    old = connections(OLD, "10.0.0.4", NOON, 40, 3, "203.0.113.10")
    new = connections(NEW, "10.0.0.9", NOON + 300, 25, 3, "203.0.113.10")
    assert len(answer(tmp_path, old, new, known=()).keys) == 2
    other = (KNOWN[0], KnownInterface(NEW, "hyperplane-eni", "subnet-2/sg-1", "10.0.0.9"))
    assert len(answer(tmp_path, old, new, known=other).keys) == 2


def test_by_destination_only_the_same_destination_goes_on(tmp_path: Path) -> None:
    old = connections(OLD, "10.0.0.4", NOON, 40, 3, "203.0.113.10")
    new = connections(NEW, "10.0.0.9", NOON + 300, 25, 3, "203.0.113.20")
    found = answer(tmp_path, old, new, by="key")
    assert [(key.interface, key.destination, key.low) for key in found.keys] == [
        (OLD, "203.0.113.10", 40),
        (NEW, "203.0.113.20", 25),
    ]
    (whole,) = answer(tmp_path, old, new, by="eni").keys
    assert (whole.low, whole.replaced) == (40, (OLD,))

"""Every command that prints a table, at 80 columns and into a pipe, with names as long as people give them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from narrows.limits import LIMITS
from oracles.sensor import line, use
from tests.terminals import COLOUR, on_terminal, piped
from tests.unit.case.cases import case_at, small
from tests.unit.diagnose.by_hand import ABOUT
from tests.unit.diagnose.conftest import EXAMPLES

SUBNETS = [f"private-application-subnet-us-east-1{zone}-production" for zone in "ab"]
GROUP = "storefront-checkout-lambda-security-group-production"
GATEWAY = "nat-gateway-production-us-east-1a"
CACHE = "session-store-elasticache-redis-production"
FUNCTIONS = [f"storefront-checkout-service-production-{what}-order" for what in ("create", "cancel")]
SCENARIO = f"""
name: {"a launch of the storefront, with long names; " * 2}
region: us-east-1
vpc:
  subnets:
    {SUBNETS[0]}: {{az: us-east-1a, route: {GATEWAY}}}
    {SUBNETS[1]}: {{az: us-east-1b, route: {GATEWAY}}}
  nat_gateways:
    {GATEWAY}: {{addresses: 1}}
destinations:
  {CACHE}: {{addresses: 1, port: 6379, max_connections: 150}}
functions:
  {FUNCTIONS[0]}: &function
    subnets: [{", ".join(SUBNETS)}]
    security_groups: [{GROUP}]
    connections:
      - {{to: {CACHE}, per_environment: 5, connect_timeout: 5s, hold: until_recycled}}
  {FUNCTIONS[1]}: *function
demand:
  {FUNCTIONS[0]}: {{environments: {{from: 0, to: 20, per_10s: 10}}}}
  {FUNCTIONS[1]}: {{environments: {{from: 0, to: 20, per_10s: 10}}}}
duration: 2m
seed: 7
"""
COPIED = ("aws ", "mkdir ", "cd ", "next: ", "case written to ")
"""Lines that people copy: nothing breaks them."""
T = 1_795_176_000.0


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A scenario, the case of it with flow logs, and a case with lines of the sensor."""
    folder = tmp_path_factory.mktemp("terminal")
    (folder / "s.yaml").write_text(SCENARIO)
    piped("simulate", folder / "s.yaml", "--out", folder / "case", "--flow-logs", "v5")
    case_at(folder / "sensor", small(), ABOUT)
    lines = [line(T + 60 * minute, use(held=9, opened=0 if minute else 9, reused=0), environment=str(number),
                  invocation=minute + 1) for number in range(20) for minute in range(3)]  # fmt: skip
    (folder / "a.log").write_text("".join(json.dumps(entry) + "\n" for entry in lines))
    piped("sensor", folder / "a.log", "--case", folder / "sensor")
    return folder


COMMANDS = {
    "simulate": ("simulate", "{}/s.yaml"),
    "plan": ("plan", "{}/s.yaml", "--growth", "900x", "--no-commands"),
    "diagnose": ("diagnose", "{}/case"),
    "fullest": ("fullest", "{}/case"),
    "flowlogs": ("flowlogs", "--case", "{}/case"),
    "where-lost": ("flowlogs", "--case", "{}/case", "--where-lost"),
    "lint": ("lint", "{}/s.yaml", "{}/case"),
    "sensor": ("sensor", "--case", "{}/sensor"),
    "limits": ("limits",),
}
SHARES = ("simulate", "plan", "fullest", "flowlogs", "sensor")


def arguments(name: str, place: Path) -> list[str]:
    return [part.format(place) for part in COMMANDS[name]]


@pytest.mark.parametrize("name", COMMANDS)
def test_no_line_is_beyond_80_columns_or_ends_in_spaces(place: Path, name: str) -> None:
    lines = COLOUR.sub("", on_terminal(*arguments(name, place))).splitlines()
    assert lines
    assert [text for text in lines if len(text) > 80 and not text.startswith(COPIED)] == []
    assert [text for text in lines if text != text.rstrip()] == []
    if name in SHARES:
        assert any(re.search(r"\d %", text) for text in lines)


@pytest.mark.parametrize("name", ["simulate", "flowlogs"])
def test_each_resource_keeps_a_name_of_its_own(place: Path, name: str) -> None:
    """Whole where there is room, else shortened so that the two subnets differ; never a letter a line or left out."""
    out = COLOUR.sub("", on_terminal(*arguments(name, place)))
    rows = [row for row in out.partition("filled")[2].splitlines()[1:] if "  " in row]
    assert sum(row.lstrip(" <%0123456789–").startswith(GATEWAY[:6]) for row in rows) == 1
    enis = {cells[1] for row in rows if (cells := re.split(r" {2,}", row.strip()))[1:] and cells[1].startswith("priv")}
    assert len(enis) == 2
    assert min(map(len, enis)) >= 20
    assert "--wide shows all" in " ".join(out.split())


@pytest.mark.parametrize("name", COMMANDS)
def test_a_pipe_gets_everything_without_colours(place: Path, name: str) -> None:
    out = piped(*arguments(name, place))
    assert "…" not in out
    assert "\x1b" not in out
    assert "--wide" not in out
    assert [text for text in out.splitlines() if text != text.rstrip()] == []
    if name == "simulate":
        for subnet in SUBNETS:
            (row,) = (text for text in out.splitlines() if f"{subnet}/{GROUP}" in text)
            assert re.split(r" {2,}", row.strip())[:2] == ["<1 %", "hyperplane-eni"]
    if name == "limits":
        rows = out.splitlines()[1:]
        assert [row.split()[0] for row in rows] == list(LIMITS)


@pytest.mark.slow
def test_wide_is_what_a_pipe_gets(place: Path) -> None:
    for name in ("flowlogs", "limits", "fullest"):
        wide = COLOUR.sub("", on_terminal(*arguments(name, place), "--wide"))
        assert "…" not in wide
        assert wide.splitlines()[:5] == piped(*arguments(name, place)).splitlines()[:5] or name == "fullest"


def test_colours_are_left_out_where_nobody_wants_them(place: Path) -> None:
    command = arguments("simulate", place)
    assert re.search("\x1b\\[[0-9;]*31m", on_terminal(*command))
    # What is bold stays so: it is no colour.
    assert not re.search("\x1b\\[[0-9;]*3[0-9]m", on_terminal(*command, NO_COLOR="1"))


def test_simulate_says_who_failed_to_where_since_when_and_why(place: Path) -> None:
    out = piped(*arguments("simulate", place)).split("\n\n")[0].splitlines()
    assert len(out) == 2
    for text, function in zip(sorted(out), sorted(FUNCTIONS), strict=True):
        pattern = rf"\d+ of 100 connects \(\d+ %\) of {function} to {CACHE} (.+), from 12:00:\d\dZ on: destination (.+)"
        found = re.fullmatch(pattern, text)
        assert found is not None, text
        assert found.groups() == ("were refused", f"{CACHE} was full")


@pytest.mark.parametrize("name", sorted(folder.name for folder in EXAMPLES.iterdir() if folder.is_dir()))
def test_the_first_screen_of_a_diagnosis_is_the_answer(name: str) -> None:
    lines = COLOUR.sub("", on_terminal("diagnose", EXAMPLES / name)).splitlines()
    assert [text for text in lines if len(text) > 80 and not text.startswith(COPIED)] == []
    screen = "\n".join(lines[:24])
    answer = json.loads(piped("diagnose", EXAMPLES / name, "--json"))
    if answer["narrows"] is not None:
        assert answer["narrows"] in screen
    binding = next((cause for cause in answer["causes"] if cause["id"] == answer["narrows"]), None)
    if binding is not None and binding["status"] == "confirmed" and not answer["missing"]:
        assert len(lines) <= 24


@pytest.mark.parametrize("option", ["-h", "--help"])
@pytest.mark.parametrize("command", [(), ("plan",), ("lint",), ("lint", "handlers"), ("import", "terraform")])
def test_help_is_asked_for_by_either_word(command: tuple[str, ...], option: str) -> None:
    out = piped(*command, option)
    assert out.startswith("Usage: narrows")
    assert "-h, --help" in out


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("plan", "s.yaml", "--peak", "1.5"), "--peak: '1.5' is not a whole number; write 90000, 90k or 1.5M"),
        (("plan", "s.yaml", "--headroom", "0,3"), "--headroom: '0,3' is not a number; write 0.3, 30% or 2x"),
        (("simulate", "s.yaml", "--runs", "0"), "--runs: 0 is not in the range 1<=x<=10000"),
        (("flowlogs", "x", "--from", "noon"),
         "--from: 'noon' is not a valid time; write 2026-11-20T12:01Z, 12:01 or -1h"),
        (("diagnose", "x", "--fail-on", "maybe"), "--fail-on: 'maybe' is not one of 'likely', 'confirmed'"),
    ],
)  # fmt: skip
def test_what_is_no_number_and_no_time_is_one_line(
    capsys: pytest.CaptureFixture[str], command: tuple[str, ...], said: str
) -> None:
    from narrows.cli import main

    with pytest.raises(SystemExit) as left:
        main(command)
    assert (left.value.code, capsys.readouterr().err) == (2, f"narrows: {said}\n")


@pytest.mark.slow
def test_numbers_and_times_as_people_write_them(place: Path) -> None:
    plain = piped("plan", place / "s.yaml", "--peak", "90000", "--headroom", "0.3", "--json")
    assert piped("plan", place / "s.yaml", "--peak", "90k", "--headroom", "30%", "--json") == plain
    whole = piped("flowlogs", "--case", place / "case", "--from", "2026-11-20 12:00:00Z", "--to", "12:01", "--json")
    assert piped("flowlogs", "--case", place / "case", "--from", "T12:00", "--to", "12:01:00Z", "--json") == whole
    assert json.loads(whole)["keys"]

"""``narrows explain``: every word that answers print has a page, under the name that they print."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from narrows.assumptions import Assumptions
from narrows.diagnose.cause import Cause
from narrows.diagnose.causes import CAUSES
from narrows.errors import InputError
from narrows.explain import Group, Subject, find, subjects
from narrows.explain.numbers import BOUNDS, written_default
from narrows.explain.show import show_list, show_page
from narrows.explain.uses import ROOMS, users_of
from narrows.gate_console import GatedConsole
from narrows.limits import LIMITS
from narrows.lint.rules import RULES
from narrows.network import HopKind
from narrows.scenario import load_scenario
from narrows.scenario.unsaid import UNSAID
from narrows_lambda.lint.rule import RULES as HANDLER_RULES
from narrows_lambda.lint.rules import timeout as _register

ROOT = Path(__file__).parents[3]
KNOWN = subjects()
LAID_OUT = [*find("causes"), *find("plan"), *find("nat-bandwidth"), *find("one-address"), *find("port_rest")]
"""A page of each kind, those with tables, commands and code among them."""


def of(group: Group) -> set[str]:
    return {one.name for one in KNOWN if one.group is group}


def only(asked: str) -> Subject:
    [subject] = find(asked)
    return subject


def on_a_terminal(subject: Subject, width: int) -> str:
    screen = GatedConsole(width=width, force_terminal=True, color_system=None, legacy_windows=False)
    with screen.capture() as capture:
        show_page(screen, subject)
    return capture.get()


def test_everything_that_answers_name_is_there() -> None:
    assert _register is not None
    assert of(Group.CAUSE) == set(CAUSES)
    assert of(Group.LIMIT) == set(LIMITS)
    assert of(Group.ASSUMPTION) == {*Assumptions.names(), *(default.id for default in UNSAID)}
    assert of(Group.RULE) >= set(RULES)
    assert of(Group.HANDLER_RULE) == set(HANDLER_RULES)
    assert {"plan", "case", "reuse", "causes", "lint-infrastructure", "lint-handlers"} <= of(Group.GUIDE)


@pytest.mark.parametrize("cause", CAUSES.values(), ids=lambda cause: cause.id)
def test_a_cause_is_found_by_all_that_people_see_of_it(cause: Cause) -> None:
    for asked in (cause.title, cause.title.upper(), f"docs/causes/{cause.id}.md", f"`{cause.id.replace('-', '_')}`"):
        assert (find(asked)[0].group, find(asked)[0].name) == (Group.CAUSE, cause.id)
    assert cause.page == f"narrows explain {cause.id}"


def test_each_is_found_by_its_own_name() -> None:
    for subject in KNOWN:
        assert subject in find(subject.name)
        assert subject.title.strip()
        assert "\n" not in subject.title


def test_one_name_for_a_cause_and_a_limit_shows_both() -> None:
    assert [one.group for one in find("nat-bandwidth")] == [Group.CAUSE, Group.LIMIT]


def test_a_quota_is_found_by_its_code() -> None:
    assert only("L-5F53652F").name == "nat-elastic-ips-quota"
    assert only("l-5f53652f").name == "nat-elastic-ips-quota"


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("nat-prot-exhaustion", "nat-port-exhaustion"),
        ("natport", "nat-port-exhaustion"),
        ("eni_idle_timout", "eni_idle_timeout"),
        ("throttling", "lambda-throttling"),
    ],
)
def test_a_typo_is_told_what_was_meant(asked: str, meant: str) -> None:
    with pytest.raises(InputError, match=r"did you mean .*\?") as raised:
        find(asked)
    assert meant in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("asked", ["", "?", "xyzzy", "\x1b[31mred", "a" * 100_000])
def test_what_is_like_nothing_is_told_where_the_list_is(asked: str) -> None:
    with pytest.raises(InputError, match=r"narrows explain lists what there is$"):
        find(asked)


def test_no_link_leads_to_a_file_of_the_repository() -> None:
    """Whoever reads it has the command, and no repository."""
    for subject in KNOWN:
        text = subject.text()
        targets = re.findall(r"\]\(([^)]+)\)", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
        assert [target for target in targets if not target.startswith("https://")] == [], subject.name
        assert text.startswith("# ")


def test_what_a_page_sends_to_is_there() -> None:
    for subject in KNOWN:
        for name in re.findall(r"`narrows explain ([a-z-]+)`", subject.text()):
            assert find(name)


def test_a_link_to_a_page_becomes_the_command_that_shows_it() -> None:
    assert "How lines are read (`narrows explain words`)" in only("causes").text()
    assert "| nat-port-exhaustion |" in only("causes").text()


def test_of_a_limit_all_is_told() -> None:
    limit = LIMITS["nat-elastic-ips-quota"]
    text = only(limit.id).text()
    for part in (str(limit.value), limit.unit, limit.scope, limit.source, limit.certainty.value, "L-5F53652F", "to 8"):
        assert part in text
    assert "nat-port-exhaustion" in only("nat-connections-per-destination").text()
    assert "peak-above-tables" in only("hyperplane-eni-connections").text()


def test_the_tables_that_limits_bound_are_those_of_the_network() -> None:
    scenario = load_scenario(ROOT / "examples" / "scenarios" / "launch-load-test.yaml")
    network = scenario.network
    paths = [
        path for name in network.functions for target in network.destinations for path in network.paths(name, target)
    ]
    of_hops = {hop.limit.id: hop.kind for path in paths for hop in path.hops if hop.limit is not None}
    assert of_hops == BOUNDS
    assert HopKind.NAT_GATEWAY in of_hops.values()


@pytest.mark.parametrize("printed", Assumptions().printed(), ids=lambda one: one["id"])
def test_of_an_assumption_all_is_told(printed: dict[str, str]) -> None:
    text = only(printed["id"]).text()
    for part in (printed["default"], printed["source"], printed["certainty"], printed["meaning"][1:], "Read by:"):
        assert part in text


@pytest.mark.parametrize("name", Assumptions.names())
def test_the_default_as_it_is_written_is_the_default(name: str) -> None:
    written = yaml.safe_load(f"{name}: {written_default(name)}")
    assert Assumptions.from_mapping(written) == Assumptions()
    assert only(name).text().endswith(f"assumptions:\n  {name}: {written_default(name)}\n```\n")


def test_who_reads_a_number_is_asked_of_the_code() -> None:
    assert users_of("no_such_number") == []
    assert dict(users_of("nat_hold_after_close"))["Causes"] == "hyperplane-eni-exhaustion, nat-port-exhaustion"
    assert {folder.name for folder in (ROOT / "src" / "narrows").iterdir() if folder.is_dir()} >= set(ROOMS)


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("subject", LAID_OUT, ids=lambda one: f"{one.group.name}-{one.name}")
def test_no_line_is_wider_than_the_terminal(subject: Subject, width: int) -> None:
    page = on_a_terminal(subject, width)
    assert max(map(len, page.splitlines())) <= width
    assert not re.search(r"\x1b\]", page)


def test_names_in_tables_are_never_cut() -> None:
    page = on_a_terminal(only("causes"), 80)
    assert all(name in page for name in CAUSES)
    assert "…" not in page


def test_the_list_has_a_line_for_each_and_cuts_none_where_a_program_reads_it() -> None:
    screen = GatedConsole(width=120, force_terminal=False, legacy_windows=False)
    with screen.capture() as capture:
        show_list(screen, KNOWN)
    lines = capture.get().splitlines()
    for one in KNOWN:
        assert any(line.split()[:1] == [one.name] and line.endswith(one.title) for line in lines)
    assert [line for line in lines if line and not line.startswith("  ")] == [
        *(group.value for group in Group),
        "narrows explain NAME shows one of them.",
    ]

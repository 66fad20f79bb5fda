"""The whole page: inert, self-contained, complete."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import pytest

import narrows
from narrows.assumptions import PrintedAssumption
from narrows.case.model import CallerCount, CallerOutcome, Callers, Case, Metrics, Note
from narrows.diagnose.model import Diagnosis, Missing, Need, NextNarrows, Reason
from narrows.network import EniKey
from narrows.plan import make_plan
from narrows.report.page import PlanAnswer, render
from narrows.scenario import parse_scenario
from tests.unit.report.samples import EVIL, FIRST, cause, first_act, make_case, make_diagnosis, network

NO_PLAN = PlanAnswer(why_not="no demand is known", no_proof="There is no plan to prove.")


class Parsed(HTMLParser):
    """What a browser would make of the page, as far as these tests ask."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.texts: dict[str, list[str]] = {}
        """Contents of script, style and title tags, in order."""
        self.text = ""
        """What a reader sees."""
        self._inside: list[str] = []
        self.feed(document)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag in ("script", "style"):
            self._inside.append(tag)
            self.texts.setdefault(tag, []).append("")

    def handle_endtag(self, tag: str) -> None:
        if self._inside and self._inside[-1] == tag:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.texts[self._inside[-1]][-1] += data
        else:
            self.text += data

    def all(self, tag: str) -> list[dict[str, str]]:
        """The attributes of every tag of this name."""
        return [attributes for name, attributes in self.tags if name == tag]


def page(case: Case | None = None, diagnosis: Diagnosis | None = None, answer: PlanAnswer = NO_PLAN) -> Parsed:
    """A parsed page."""
    return Parsed(render(case or make_case(), diagnosis or first_act(), answer))


def test_sections_come_in_order() -> None:
    shown = page()
    anchors = [attributes["id"] for attributes in shown.all("section")]
    assert anchors == ["path", "charts", "evidence", "collect", "plan", "proof", "assumptions", "made"]
    links = [attributes["href"] for attributes in shown.all("a")]
    assert [f"#{anchor}" for anchor in anchors] == links[1:9]
    assert links[0] == "#path"


def test_every_section_says_what_it_is_for() -> None:
    shown = page().text
    for expected in (
        "NAT gateway nat-a has no source ports left",
        "Active connections per NAT gateway",
        "ErrorPortAllocation rose to 48,000 at 12:03.",
        "cloudwatch/nat.results.json, errors",
        "aws ec2 create-flow-logs --resource-type NetworkInterface",
        "no demand is known",
        "There is no plan to prove.",
        "nat_connections_per_address",
        narrows.__version__,
        "2026-11-20 12:00 to 12:15 UTC",
    ):
        assert expected in shown


def test_ids_are_unique_and_what_is_named_is_there() -> None:
    shown = page(answer=PlanAnswer(make_plan(parse_scenario(SCENARIO)), no_proof="not asked for"))
    ids = [attributes["id"] for _, attributes in shown.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    named = {one for _, attributes in shown.tags for one in attributes.get("aria-labelledby", "").split()}
    named |= {attributes["href"][1:] for attributes in shown.all("a")}
    values = " ".join(value for _, attributes in shown.tags for value in attributes.values())
    named |= set(re.findall(r"url\(#([^)]+)\)", values))
    assert named <= set(ids)


def test_the_same_case_gives_the_same_page() -> None:
    assert render(make_case(), first_act(), NO_PLAN) == render(make_case(), first_act(), NO_PLAN)


def test_the_policy_allows_these_scripts_and_this_style_and_no_request() -> None:
    shown = page()
    (policy,) = [
        attributes["content"]
        for attributes in shown.all("meta")
        if attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    directives = {name: values for name, *values in (part.split() for part in policy.split(";"))}
    assert directives["default-src"] == ["'none'"]
    assert directives["img-src"] == ["data:"]
    assert directives["base-uri"] == directives["form-action"] == ["'none'"]

    def hashes(texts: list[str]) -> set[str]:
        return {f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" for text in texts}

    kinds = [attributes.get("type", "") for attributes in shown.all("script")]
    run = [text for text, kind in zip(shown.texts["script"], kinds, strict=True) if kind != "application/json"]
    assert set(directives["script-src"]) == hashes(run)
    assert set(directives["style-src"]) == hashes(shown.texts["style"])
    assert len(run) == 1


def test_nothing_points_elsewhere() -> None:
    shown = page()
    for tag, attributes in shown.tags:
        for name, value in attributes.items():
            assert not name.startswith("on"), (tag, name)
            assert name != "style"
            if name in ("src", "href", "xlink:href", "action", "data", "poster", "srcset"):
                assert value.startswith(("#", "data:")), (tag, name, value)
    assert {tag for tag, _ in shown.tags}.isdisjoint({"iframe", "img", "object", "embed", "form", "base", "video"})
    assert "@import" not in "".join(shown.texts["style"])


EVIL_NAMES = [
    EVIL,
    "</script><img src=x onerror=alert(1)>",
    "{{ 7 * 7 }}\u2028\u202e",
    "\"' onload='alert(1)",
    "]]>&amp;",
]


@pytest.mark.slow
@pytest.mark.parametrize("evil", EVIL_NAMES)
def test_every_name_and_text_of_a_case_is_shown_and_inert(evil: str) -> None:
    plain, hostile = page(), page(*hostile_case(evil))
    # The same tags with the same attributes, but for their values: nothing of a name has become markup.
    kinds = [(tag, sorted(attributes)) for tag, attributes in hostile.tags if tag == "script"]
    assert kinds == [(tag, sorted(attributes)) for tag, attributes in plain.tags if tag == "script"]
    assert {tag for tag, _ in hostile.tags} <= {tag for tag, _ in plain.tags} | {"b"}
    assert not any(name.startswith("on") for _, attributes in hostile.tags for name in attributes)
    assert hostile.texts["script"][1:] == plain.texts["script"][1:]
    assert hostile.texts["style"] == plain.texts["style"]
    visible = evil.replace("\u2028", " ").replace("\u202e", "\\u202e")
    assert hostile.text.count(visible) >= 8
    assert "49" not in hostile.text or "{{" in hostile.text


def hostile_case(evil: str) -> tuple[Case, Diagnosis]:
    """A case in which everything that anyone can name has this name."""
    built = network(security_group=evil, function=evil, destination=evil)
    names = {"nat-0a1b2c3d": evil, "subnet-a": evil, evil: evil}
    case = make_case(built, names=names, folder=Path(evil.replace("/", "_")))
    counts = (CallerCount(FIRST, evil, evil, CallerOutcome.TIMED_OUT, 3, evil),)
    case = replace(
        case,
        reported=evil,
        written_by=evil,
        region=evil,
        notes=(Note(evil, evil),),
        callers=Callers(counts, (evil,), complete=False),
    )
    diagnosis = make_diagnosis(
        cause(
            "nat-port-exhaustion",
            "confirmed",
            resource="nat-0a1b2c3d",
            observed=(1, None, evil),
            mechanism=evil,
            evidence=[(True, evil, evil)],
        ),
        cause("destination-refusing", "possible", resource=evil),
        narrows="nat-port-exhaustion",
        next_narrows=NextNarrows("hyperplane-eni-exhaustion", EniKey("subnet-a", (evil,)), 1),
    )
    assumed = PrintedAssumption(id=evil, value=evil, default=evil, meaning=evil, source=evil, certainty=evil)
    return case, replace(
        diagnosis,
        missing=(Missing(Need.FLOW_LOGS, evil, (), (Reason(evil, evil),), evil, evil),),
        assumptions=(assumed,),
    )


SCENARIO = """
name: plan
region: us-east-1
vpc:
  subnets: {subnet-a: {az: us-east-1a, route: nat-0a1b2c3d}}
  nat_gateways: {nat-0a1b2c3d: {addresses: 1}}
destinations: {cache: {addresses: 1, port: 443}}
functions:
  storefront: {subnets: [subnet-a], security_groups: [sg-app], connections: [{to: cache, per_environment: 10}]}
demand: {storefront: {environments: 9000}}
duration: 1m
"""


def test_the_plan_is_shown_with_the_path_after_it() -> None:
    shown = page(answer=PlanAnswer(make_plan(parse_scenario(SCENARIO)), no_proof="not asked for")).text
    assert "The path after the plan" in shown
    assert "Compared with the alternatives" in shown
    assert "Quotas to raise first" in shown
    assert "not asked for" in shown


def test_without_charts_nothing_of_them_is_sent() -> None:
    case = replace(make_case(), window=None, metrics=Metrics(), callers=Callers())
    document = render(case, make_diagnosis(), NO_PLAN)
    assert len(document) < 100_000
    assert "nothing to draw" in document
    assert 'charts-data">' not in document


def test_a_page_stays_small() -> None:
    assert len(render(make_case(), first_act(), NO_PLAN).encode()) < 300_000

"""The picture of the path in a real browser: where its texts stand once they are set."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from narrows.plan.peak import measure
from narrows.plan.routing import Routing
from narrows.plan.tables import all_tables
from narrows.report.path.planned import planned_section
from narrows.scenario import Scenario, parse_scenario
from oracles.networks import random_network
from tests.e2e.chromium import CHROMIUM, Page, open_page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: apt-get install chromium"),
]
CSS = Path(__file__).parents[2] / "src" / "narrows" / "report" / "templates" / "report.css"
COLLIDING = """
[...document.querySelectorAll('svg.path')].filter(svg => svg.clientWidth).flatMap(svg => {
  const frame = svg.viewBox.baseVal
  const texts = [...svg.querySelectorAll('text')].map(text => [text.textContent, text.getBBox()])
  const over = ([, a], [, b]) => Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x) > 1
    && Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y) > a.height * 0.35
  const outside = ([, box]) => box.x < -1 || box.x + box.width > frame.width + 1
    || box.y + box.height > frame.height + 4
  const out = texts.filter(outside)
  const pairs = texts.flatMap((one, place) => texts.slice(place + 1)
    .filter(other => over(one, other)).map(other => [one[0], other[0]]))
  return [...out.map(([words]) => ['over the edge', words]), ...pairs]
})
"""


def large(seed: int) -> Scenario:
    """30 subnets, 5 NAT gateways and 40 functions, uneven, with long names."""
    dice = random.Random(seed)
    head = "acme-prod-eu-central-1-payments-platform-" if seed % 2 else ""
    gateways = {f"{head}nat-{n}": dice.choice([1, 1, 2, 4, 8]) for n in range(5)}
    subnets = [f"{head}private-{n:02d}" for n in range(30)]
    lines = ["name: large", "region: eu-central-1", "vpc:", "  subnets:"]
    lines += [
        f"    {name}: {{az: eu-central-1{'abc'[n % 3]}, route: {dice.choice(list(gateways))}}}"
        for n, name in enumerate(subnets)
    ]
    lines += ["  nat_gateways:", *(f"    {name}: {{addresses: {most}}}" for name, most in gateways.items())]
    lines += ["destinations:", f"  {head}cache: {{addresses: 1, port: 443}}", "functions:"]
    for n in range(40):
        own = ", ".join(dice.sample(subnets, dice.choice([1, 2, 3, 6])))
        lines.append(f"  {head}function-{n:02d}: {{subnets: [{own}], security_groups: [{head}sg-{n % 3}],")
        lines.append(f"    connections: [{{to: {head}cache, per_environment: {dice.choice([1, 5, 10])}}}]}}")
    lines.append("demand:")
    lines += [f"  {head}function-{n:02d}: {{environments: {dice.randint(1, 2_000)}}}" for n in range(40)]
    return parse_scenario("\n".join([*lines, "duration: 1m"]))


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    """A page in a browser for all tests of this file."""
    with open_page() as opened:
        yield opened


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_no_text_stands_on_another_or_over_the_edge(page: Page, tmp_path: Path, seed: int, width: int) -> None:
    drawn = []
    for place, scenario in enumerate((large(seed), random_network(seed), random_network(seed + 100))):
        peak = measure(scenario.network, scenario.demand, scenario.assumptions)
        tables = all_tables(scenario.network, peak, scenario.assumptions, Routing())
        pictures = planned_section(scenario, peak, tables, key=f"p{place}").pictures
        drawn += [f"{picture.svg}{picture.portrait}" for picture in pictures]
    file = tmp_path / "pictures.html"
    style = CSS.read_text(encoding="utf-8")
    file.write_text(f"<!doctype html><meta charset=utf-8><style>{style}</style><div class=wrap>{''.join(drawn)}</div>")
    page.resize(width)
    page.open(file)
    assert page.value("document.querySelectorAll('svg.path').length") == 2 * len(drawn)
    assert page.value(COLLIDING) == []

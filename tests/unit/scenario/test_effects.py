"""What a scenario says that has no effect: a line each, with its place; and nothing is said of what has one."""

from __future__ import annotations

from pathlib import Path

import pytest

from narrows.scenario import load_scenario, parse_scenario
from tests.unit.core.scenarios import changed

SUBNET = "    private-a: {az: us-east-1a, route: nat-a}"
TARGET = "  cache: {addresses: 1, port: 443}"


def notes(*changes: tuple[str, str]) -> list[str]:
    return list(parse_scenario(changed(*changes), "s.yaml").notes)


@pytest.mark.parametrize(
    ("change", "note"),
    [
        (
            ("route: nat-a}", "route: nat-a, ipv6: true}"),
            (
                "s.yaml: line 5, vpc.subnets.private-a.ipv6: has no effect: no function in it is dual-stack; "
                "write dual_stack: true there"
            ),
        ),
        (
            (SUBNET, f"{SUBNET}\n    private-b: {{az: us-east-1a, route: nat-a}}"),
            "s.yaml: line 6, vpc.subnets.private-b: has no effect: no function is in it",
        ),
        (
            ("nat-a: {addresses: 1}", "nat-a: {addresses: 1}\n    nat-b: {}"),
            "s.yaml: line 8, vpc.nat_gateways.nat-b: has no effect: no route leads to it",
        ),
        (
            (TARGET, f"{TARGET}\n  api: {{port: 80}}"),
            "s.yaml: line 10, destinations.api: has no effect: nobody calls it",
        ),
        (
            ("port: 443}", "port: 443, when_full: ignore}"),
            "s.yaml: line 9, destinations.cache.when_full: has no effect without max_connections",
        ),
        (
            ("port: 443}", "port: 443, ipv6: true}"),
            "s.yaml: line 9, destinations.cache.ipv6: has no effect: no function is dual-stack",
        ),
        (
            ("demand:", "  worker:\n    connections: [{to: cache}]\ndemand:"),
            (
                "s.yaml: line 19, functions.worker: has no effect: nothing is asked of it; "
                "write demand, such as environments: 100"
            ),
        ),
        (
            ("demand:", "  worker: {}\ndemand:\n  worker: {environments: 5}"),
            "s.yaml: line 21, demand.worker: has no effect: 'worker' opens no connection; write its connections",
        ),
        (
            ("duration: 5m", "    invocation: {duration: 3s}\nduration: 5m"),
            "s.yaml: line 22, demand.storefront.invocation: has no effect: no connection of it has hold: invocation",
        ),
        (
            ("connect_timeout: 30s", "retries: {backoff: 3s}"),
            "s.yaml: line 18, functions.storefront.connections[0].retries: has no effect without most",
        ),
        (
            ("nat_hold_after_close: 60s", "nat_hold_after_close: 5s"),
            "s.yaml: line 26, assumptions.nat_hold_after_close: has no effect: nothing in this scenario depends on it",
        ),
        (
            ("nat_hold_after_close: 60s", "port_rest: 60s"),
            "s.yaml: line 26, assumptions.port_rest: has no effect: only the evidence of a case is read with it",
        ),
        (
            ("  nat_gateways:", "  security_groups: {sg-b: {egress_ports: [443]}}\n  nat_gateways:"),
            "s.yaml: line 6, vpc.security_groups.sg-b: has no effect: no function has it",
        ),
        (
            ("  nat_gateways:", "  endpoints: {e: {to: [cache], reuse: 4}}\n  nat_gateways:"),
            "s.yaml: line 6, vpc.endpoints.e.reuse: has no effect: only a proxy reuses connections",
        ),
    ],
)
def test_it_is_said(change: tuple[str, str], note: str) -> None:
    assert notes(change) == [note]


def test_nothing_is_said_of_the_incident() -> None:
    assert notes() == []


@pytest.mark.parametrize("file", sorted((Path(__file__).parents[3] / "examples" / "scenarios").glob("*.yaml")))
def test_nothing_is_said_of_the_examples(file: Path) -> None:
    assert load_scenario(file).notes == ()


def test_many_are_counted() -> None:
    more = "".join(f"  d{number}: {{port: 80}}\n" for number in range(50))
    found = notes(("functions:", f"{more}functions:"))
    assert len(found) == 21
    assert found[-1] == "s.yaml: and 30 more that have no effect"

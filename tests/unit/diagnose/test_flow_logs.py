"""What flow logs settle by themselves: cases without CloudWatch, and some without the rules of the VPC."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from narrows.case import Case, read_case, write_case
from narrows.diagnose import Diagnosis, diagnose
from narrows.scenario import parse_scenario
from narrows.simulate import simulate_with_log
from narrows.writing.flow_logs import FlowLogOptions, write_simulated

EXAMPLES = Path(__file__).parents[3] / "examples" / "scenarios"
RULES = ("ec2/security-groups.json", "ec2/network-acls.json")


def case_of(
    folder: Path,
    *changes: tuple[str, str],
    base: str = "eight-addresses",
    without: tuple[str, ...] = (),
    logs: bool = True,
) -> Case:
    """A case of a scenario with some of its words replaced, without CloudWatch and these files."""
    text = (EXAMPLES / f"{base}.yaml").read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    recording, log = simulate_with_log(parse_scenario(text))
    options = FlowLogOptions(idle_gap=60.0)
    write_case(
        recording,
        folder,
        more=lambda place: write_simulated(place / "flow-logs", recording, log, options) if logs else None,
    )
    shutil.rmtree(folder / "cloudwatch")
    for name in without:
        (folder / name).unlink()
    return read_case(folder)


FEW = ("to: 9000, per_10s: 1000", "to: 300, per_10s: 50")
DOWN = ("cache: {addresses: 1, port: 443}", 'cache: {addresses: 1, port: 443, answers: "no"}')
NACL = ("{az: us-east-1a, route: nat-a}", "{az: us-east-1a, route: nat-a, denied_ports: [443]}")


def status(found: Diagnosis, cause: str) -> str:
    return str(found.cause(cause).status)


def said(found: Diagnosis, cause: str) -> str:
    return " ".join(one.text for one in found.cause(cause).evidence if one.source == "flow-logs")


def test_syns_that_nobody_answers_outside_the_nat_gateway(tmp_path: Path) -> None:
    found = diagnose(case_of(tmp_path / "case", FEW, DOWN, without=RULES))
    assert found.narrows == "destination-not-answering"
    assert status(found, "destination-not-answering") == "confirmed"
    assert "3,000 of 3,000 connection attempts left the NAT gateways" in said(found, "destination-not-answering")
    for cause in ("nat-port-exhaustion", "route-or-rule-blocked", "hyperplane-eni-exhaustion"):
        assert status(found, cause) == "ruled-out"


def test_syns_that_are_rejected(tmp_path: Path) -> None:
    found = diagnose(case_of(tmp_path / "case", FEW, NACL, without=RULES))
    assert found.narrows == "route-or-rule-blocked"
    assert status(found, "route-or-rule-blocked") == "confirmed"
    assert "SYNs that a security group or network ACL denied" in said(found, "route-or-rule-blocked")


def test_late_packets_that_are_rejected_prove_nothing(tmp_path: Path) -> None:
    """REJECT is written for packets too that come after their connection was closed: these carry no SYN."""
    case = case_of(tmp_path / "case", FEW, DOWN, without=RULES)
    (eni,) = case.topology.enis
    start = int(case.window[0].timestamp()) if case.window else 0
    late = [
        f"3 {eni.id} 203.0.113.10 {eni.private_address} 443 {port} 6 {start + 60} {start + 70} 1 REJECT OK"
        for port in range(2000, 2500)
    ]
    header = "version interface-id srcaddr dstaddr srcport dstport protocol start end tcp-flags action log-status"
    (case.folder / "flow-logs" / "late.log").write_text("\n".join([header, *late]) + "\n")
    found = diagnose(read_case(case.folder))
    assert "denied" not in said(found, "route-or-rule-blocked")
    assert found.narrows == "destination-not-answering"


def test_an_eni_without_any_traffic_while_connects_time_out(tmp_path: Path) -> None:
    case = case_of(tmp_path / "case", FEW, DOWN, without=RULES, logs=False)
    (eni,) = case.topology.enis
    before = status(diagnose(case), "hyperplane-eni-exhaustion")
    assert before != "confirmed"
    start = int(case.window[0].timestamp()) if case.window else 0
    nothing = [
        f"2 123456789012 {eni.id} - - - - - - - {start + 60 * k} {start + 60 * k + 59} - NODATA" for k in range(5)
    ]
    other = "2 123456789012 eni-0f00000000000000f 10.9.0.1 10.9.0.2 5000 443 6 3 300"
    (case.folder / "flow-logs").mkdir()
    lines = [*nothing, f"{other} {start} {start + 50} ACCEPT OK"]
    (case.folder / "flow-logs" / "a.log").write_text("\n".join(lines) + "\n")
    found = diagnose(read_case(case.folder))
    assert f"no traffic at all on Hyperplane ENI {eni.id} (NODATA)" in said(found, "hyperplane-eni-exhaustion")
    strength = found.cause("hyperplane-eni-exhaustion").strength
    assert strength > diagnose(case).cause("hyperplane-eni-exhaustion").strength


@pytest.mark.slow
def test_a_nat_gateway_without_ports_per_unique_destination_and_address(tmp_path: Path) -> None:
    found = diagnose(case_of(tmp_path / "case", base="launch-load-test"))
    assert found.narrows == "nat-port-exhaustion"
    assert status(found, "nat-port-exhaustion") == "confirmed"
    assert "show 55,000 ports" in said(found, "nat-port-exhaustion")
    assert "reached the NAT gateways' inside and never left them" in said(found, "nat-port-exhaustion")
    # The SYNs that left the ENI unanswered are too many for one that drops them.
    assert "vanished before" not in said(found, "hyperplane-eni-exhaustion")

"""How full a table is where flow logs count it: whoever shares it, and what they call, it is the number of the logs."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from narrows.assumptions import Assumptions
from narrows.evidence.facts import Facts
from narrows.fullest import SharedTable, fullest_tables
from tests.unit.diagnose.by_hand import case, function, interfaces, nat_gateway

START = int(datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp())
FIELDS = (
    "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action "
    "log-status tcp-flags"
)
OPEN = 30
"""Connections that are open at a time to the neighbour's destination, and a third as many to the cache."""
CACHE, ELSEWHERE = "8.8.4.4", "9.9.9.9"


def record(interface: str, own: str, target: str, port: int, minute: int, *, answer: bool) -> str:
    """Both ends of a connection that lives through the window, in one minute."""
    source, to, ports = (target, own, (443, port)) if answer else (own, target, (port, 443))
    first, last = minute == 0, minute == 14
    told = (18 if answer else 2) * first | 1 * last
    begin = START + 60 * minute
    return (
        f"5 123456789012 {interface} {source} {to} {ports[0]} {ports[1]} 6 30 1800 {begin} {begin + 59} ACCEPT OK "
        f"{told}"
    )


def tables(folder: Path, minutes: range = range(15)) -> tuple[list[SharedTable], Facts]:
    """Those of storefront, in question, and orders-worker on its ENI, with the logs of the ENI and of the gateway."""
    ports = [*((CACHE, 20_000 + one) for one in range(OPEN // 3)), *((ELSEWHERE, 30_000 + one) for one in range(OPEN))]
    lines = [
        record(interface, own, target, port, minute, answer=answer)
        for interface, own in (("eni-0", "10.0.1.0"), ("eni-nat", "10.0.16.9"))
        for target, port in ports
        for minute in minutes
        for answer in (False, True)
    ]
    address = {"PublicIp": "198.51.100.1", "PrivateIp": "10.0.16.9", "NetworkInterfaceId": "eni-nat"}
    gateway = nat_gateway(NatGatewayAddresses=[{**address, "IsPrimary": True, "Status": "succeeded"}])
    read = case(
        folder,
        interfaces(),
        {
            "lambda/functions.json": {"Functions": [function(), function("orders-worker")]},
            "ec2/nat-gateways.json": {"NatGateways": [gateway]},
            "flow-logs/a.log": "\n".join([FIELDS, *lines, ""]),
        },
    )
    facts = Facts(read, Assumptions())
    return list(fullest_tables(read, facts=facts).tables), facts


def test_the_fullest_destination_of_a_gateway_is_listed_whoever_calls_it(tmp_path: Path) -> None:
    found, facts = tables(tmp_path)
    logs = facts.flow_logs
    assert logs is not None
    counted = {f"{one.destination}:{one.port}": (one.low, one.high) for one in logs.nats}
    shown = {one.id.destination: one.seen for one in found if one.id.destination is not None}
    assert set(shown) == {f"{CACHE}:443", f"{ELSEWHERE}:443"} == set(counted)
    for where, seen in shown.items():
        assert seen is not None
        assert (seen.low, seen.high) == counted[where]
    fullest = shown[f"{ELSEWHERE}:443"]
    assert fullest is not None
    assert fullest.low <= OPEN <= (fullest.high or 0)


def test_an_eni_holds_what_all_who_share_it_have_open(tmp_path: Path) -> None:
    found, _ = tables(tmp_path)
    own = next(one for one in found if one.key is not None)
    assert [one.function for one in own.functions] == ["storefront", "orders-worker"]
    assert own.seen is not None
    assert own.seen.high is not None
    assert own.seen.low <= OPEN + OPEN // 3 <= own.seen.high
    assert own.would_tell == ""


def test_logs_with_a_gap_tell_only_from_below_and_ask_for_whole_ones(tmp_path: Path) -> None:
    found, _ = tables(tmp_path, range(4))
    own = next(one for one in found if one.key is not None)
    assert own.seen is not None
    assert own.seen.high is None
    assert own.would_tell == "flow logs of subnet-1 without gaps"

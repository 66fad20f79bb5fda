"""Flow logs line by line: what others do at an interface, what IPv6 looks like, and what is missing."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from narrows.diagnose import Diagnosis, diagnose
from narrows.errors import InputError
from narrows.report.evidence import missing_rows
from tests.unit.diagnose.by_hand import ABOUT, TIMEOUT, case, interfaces, log, nat

FIELDS = (
    "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action "
    "log-status tcp-flags pkt-srcaddr pkt-dstaddr flow-direction"
)
START = int(datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp())
ENI, OWN, CACHE = "eni-0", "10.0.1.0", "8.8.4.4"
SYN, SYN_ACK, WHOLE = 2, 18, 3
"""Flags; the last is SYN and FIN within one record."""


def record(
    source: str, target: str, ports: tuple[int, int], span: tuple[int, int], flags: int, action: str = "ACCEPT"
) -> str:
    """A record of the Hyperplane ENI; ``span`` in seconds from the beginning of the window."""
    direction = "egress" if target == CACHE or target.startswith("2001:") else "ingress"
    begin, end = (START + one for one in span)
    return (
        f"5 123456789012 {ENI} {source} {target} {ports[0]} {ports[1]} 6 3 180 {begin} {end} {action} OK {flags} "
        f"{source} {target} {direction}"
    )


def connection(port: int, span: tuple[int, int], own: str = OWN, target: str = CACHE) -> list[str]:
    """Both directions of one."""
    return [
        record(own, target, (port, 443), span, WHOLE),
        record(target, own, (443, port), span, SYN_ACK | 1),
    ]


def found_with(folder: Path, lines: Sequence[str], *more: dict[str, Any], about: str = ABOUT) -> Diagnosis:
    logs = {"flow-logs/a.log": "\n".join([FIELDS, *lines]) + "\n"}
    return diagnose(case(folder, interfaces(), log(*[TIMEOUT] * 20), logs, *more, about=about))


def few(first: int = 0, last: int = 14) -> list[str]:
    """A connection every two seconds in these minutes, each open for a second."""
    moments = range(60 * first, 60 * last, 2)
    return [line for at in moments for line in connection(20_000 + at, (at, at + 1))]


def text_of(found: Diagnosis, cause: str) -> str:
    return " ".join(one.text for one in found.cause(cause).evidence if one.source == "flow-logs")


@pytest.mark.parametrize(
    "denied",
    [
        record("10.0.9.9", OWN, (51_515, 22), (60, 60), SYN, "REJECT"),
        record(OWN, "198.51.100.7", (40_000, 8080), (60, 60), SYN, "REJECT"),
        record(OWN, "198.51.100.7", (443, 40_000), (60, 60), SYN_ACK, "REJECT"),
    ],
    ids=["a scanner at the ENI", "to somewhere else", "an answer to somebody else"],
)
def test_what_others_are_denied_is_no_evidence(denied: str, tmp_path: Path) -> None:
    found = found_with(tmp_path, [*few(), *[denied] * 50])
    assert str(found.cause("route-or-rule-blocked").status) != "confirmed"
    assert "denied" not in text_of(found, "route-or-rule-blocked")


def test_one_denied_syn_does_not_account_for_twenty_timeouts(tmp_path: Path) -> None:
    found = found_with(tmp_path, [*few(), record(OWN, CACHE, (40_000, 443), (300, 300), SYN, "REJECT")])
    assert str(found.cause("route-or-rule-blocked").status) != "confirmed"
    assert "that does not account for 20 timeouts" in text_of(found, "route-or-rule-blocked")


def test_as_many_denied_syns_as_timeouts_are_the_cause(tmp_path: Path) -> None:
    denied = [record(OWN, CACHE, (40_000 + k, 443), (300 + k, 300 + k), SYN, "REJECT") for k in range(20)]
    found = found_with(tmp_path, denied)
    assert found.narrows == "route-or-rule-blocked"
    assert str(found.cause("route-or-rule-blocked").status) == "confirmed"


def test_ipv6_connections_count_as_those_of_ipv4_do(tmp_path: Path) -> None:
    """DescribeNetworkInterfaces of a Lambda ENI names its IPv4 address: that of neither side of an IPv6 record."""
    seen = []
    for name, own, target in (("4", OWN, CACHE), ("6", "2600:1f18::5", "2001:db8::40")):
        lines = [line for at in range(840) for line in connection(20_000 + at, (at, at + 2), own, target)]
        found = found_with(tmp_path / name, lines)
        seen.append(found.cause("hyperplane-eni-exhaustion").observed)
    assert seen[0] == seen[1]
    assert seen[0] is not None
    assert (seen[0].high or 0) < 10


def test_logs_with_a_hole_where_connects_timed_out_exclude_nothing(tmp_path: Path) -> None:
    whole = found_with(tmp_path / "whole", few())
    assert str(whole.cause("hyperplane-eni-exhaustion").status) == "ruled-out"
    hole = found_with(tmp_path / "hole", [*few(0, 3), *few(13, 14)])
    assert str(hole.cause("hyperplane-eni-exhaustion").status) != "ruled-out"
    assert "records of eni-0 are missing between 12:01 and 12:13" in text_of(hole, "hyperplane-eni-exhaustion")


def test_logs_of_which_a_file_is_broken_exclude_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "case"
    found_with(folder, few())
    packed = gzip.compress("\n".join([FIELDS, *few()]).encode())
    (folder / "flow-logs" / "b.log.gz").write_bytes(packed[: len(packed) // 2])
    from narrows.case import read_case

    found = diagnose(read_case(folder))
    assert str(found.cause("hyperplane-eni-exhaustion").status) != "ruled-out"
    assert "cannot be read whole: flow-logs/b.log.gz" in text_of(found, "hyperplane-eni-exhaustion")


SHORT = "interface-id srcaddr dstaddr srcport dstport protocol start end action log-status tcp-flags"


def without_header() -> str:
    """As CloudWatch Logs exports a format of one's own: no header says what the fields are."""
    lines = [line.split() for line in few()]
    places = [FIELDS.split().index(name) for name in SHORT.split()]
    return "\n".join(" ".join(words[place] for place in places) for words in lines) + "\n"


def test_flow_logs_that_say_nothing_are_named_and_asked_for_again(tmp_path: Path) -> None:
    logs = {"flow-logs/a.log": without_header()}
    found = diagnose(case(tmp_path, interfaces(), log(*[TIMEOUT] * 20), nat(errors=[0] * 15), logs))
    (asked,) = [one for one in found.missing if one.evidence.startswith("flow logs of")]
    assert asked.note.startswith("those in flow-logs/ cannot be used (no flow logs can be read")
    # Whatever is in it, it is said once, and each cause has its one reason.
    assert "; case.yaml may say the fields" in asked.note
    assert [one.cause for one in asked.reasons] == ["hyperplane-eni-exhaustion", "destination-not-answering"]
    assert asked.why == "; ".join([asked.note, *map(str, asked.reasons)])
    (row,) = [one for one in missing_rows(found) if one.evidence == asked.evidence]
    assert (row.note, [text for _, text in row.why]) == (asked.note, [one.text for one in asked.reasons])


def test_the_case_may_say_their_format(tmp_path: Path) -> None:
    logs = {"flow-logs/a.log": without_header()}
    format_of = " ".join(f"${{{name}}}" for name in SHORT.split())
    about = ABOUT + f'flow_logs: {{format: "{format_of}"}}\n'
    found = diagnose(case(tmp_path, interfaces(), log(*[TIMEOUT] * 20), logs, about=about))
    assert "open connections on eni-0" in text_of(found, "hyperplane-eni-exhaustion")


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("flow_logs: some\n", "flow_logs: is not a mapping"),
        ("flow_logs: {format: version srcadr}\n", "flow_logs.format: 'srcadr' is not a field"),
        ("flow_logs: {fromat: version}\n", "flow_logs.fromat: unknown key 'fromat'; did you mean 'format'?"),
    ],
)
def test_a_format_that_is_none(written: str, problem: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        case(tmp_path, about=ABOUT + written)
    assert problem in str(error.value)

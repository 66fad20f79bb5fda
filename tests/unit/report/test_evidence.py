"""The evidence table, and what to collect."""

from __future__ import annotations

from dataclasses import replace

from narrows.diagnose.model import Missing, Need, Reason
from narrows.report.evidence import cause_rows, missing_rows
from tests.unit.report.samples import cause, first_act, make_case, make_diagnosis


def test_the_surest_cause_comes_first_and_the_binding_one_before_all() -> None:
    diagnosis = make_diagnosis(
        cause("dns-failure", "unknown"),
        cause("destination-refusing", "confirmed"),
        cause("nat-port-exhaustion", "likely"),
        cause("hyperplane-eni-exhaustion", "possible"),
        narrows="nat-port-exhaustion",
    )
    rows = cause_rows(make_case(), diagnosis)
    assert [row.status for row in rows[:5]] == ["likely", "confirmed", "possible", "unknown", "ruled-out"]
    assert [row.binds for row in rows].count(True) == 1
    assert len(rows) == len(diagnosis.causes)


def test_a_row_has_its_numbers_names_and_both_sides_of_the_evidence() -> None:
    row = cause_rows(make_case(), first_act())[0]
    assert (row.title, row.mechanism) == ("NAT gateway out of source ports", "concurrency")
    assert row.observed == "55,000 connections"
    assert row.limit == "55,000 connections per NAT gateway IPv4 address and unique destination (documented)"
    assert row.resource == "nat-a (nat-0a1b2c3d)"
    assert [piece.supports for piece in row.evidence] == [True, False]


def test_an_open_upper_end_is_at_least() -> None:
    (row, *_) = cause_rows(
        make_case(), make_diagnosis(cause("nat-bandwidth", "likely", observed=(1_000, None, "packets/s")))
    )
    assert row.observed == "at least 1,000 packets/s"


def test_what_is_missing_keeps_its_reasons_apart_whatever_is_in_them() -> None:
    ports = Reason("ports; dns-failure: a name; and more: ports", "nat-port-exhaustion")
    missing = (
        Missing(
            Need.FLOW_LOGS, "flow logs", (), (ports, Reason("names", "dns-failure")), command="aws \u202eec2\nnext line"
        ),
        Missing(Need.FLOW_LOGS, "words", (), (), note="those in flow-logs/ are broken; nat-bandwidth: so they are"),
    )
    first, second = missing_rows(replace(make_diagnosis(), missing=missing))
    assert first.why == (("NAT gateway out of source ports", ports.text), ("Name not resolved", "names"))
    assert first.how == "aws \\u202eec2\nnext line"
    assert (second.note, second.why) == ("those in flow-logs/ are broken; nat-bandwidth: so they are", ())

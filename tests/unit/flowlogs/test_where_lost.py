"""Where SYNs vanish: every "at least" is one, nothing is said where nothing is lost, and what is lost is found."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from narrows.flowlogs import Lost, count_connections, where_lost
from oracles.flow_networks import PKT, Network, changed, random_network
from oracles.traffic import START

SEEDS = st.integers(0, 2**31)
ENI_TO_NAT, NAT_TO_OUT, OUT_TO_ANSWER = (
    ("hyperplane-eni", "nat-inside"),
    ("nat-inside", "nat-outside"),
    ("nat-outside", "answered"),
)


def logged(network: Network, holes: int = 0, window: tuple[int, int] | None = None) -> Lost | None:
    """What the flow logs of a network say; ``holes`` of its files are missing. None where nothing is left of them."""
    with tempfile.TemporaryDirectory() as folder:
        network.write(Path(folder))
        files = sorted(Path(folder).rglob("*.parquet"))
        for number in range(min(holes, len(files) - 1)):
            files[(7 * number + network.options.seed) % len(files)].unlink(missing_ok=True)
        if not list(Path(folder).rglob("*.parquet")):
            return None
        return where_lost(count_connections([folder], window=window).raw)


def check_bounds(lost: Lost | None, network: Network) -> None:
    for loss in lost.losses if lost is not None else ():
        assert loss.count is None or loss.count <= network.truly_lost().get((loss.after, loss.before), 0), loss


class TestOnRandomNetworks:
    """Several ENIs, destinations and gateways, endpoints and VPC-local traffic, with every loss known."""

    @pytest.mark.slow
    @settings(max_examples=30, deadline=None)
    @given(seed=SEEDS)
    def test_at_least_is_a_bound(self, seed: int) -> None:
        network = random_network(seed, attempts=800)
        check_bounds(logged(network), network)

    @pytest.mark.slow
    @settings(max_examples=10, deadline=None)
    @given(seed=SEEDS, holes=st.integers(1, 3))
    @example(seed=1_073_741_825, holes=1)
    def test_also_where_files_are_missing(self, seed: int, holes: int) -> None:
        network = random_network(seed, attempts=800)
        check_bounds(logged(network, holes), network)

    @pytest.mark.slow
    @settings(max_examples=10, deadline=None)
    @given(seed=SEEDS, begin=st.floats(0, 0.6), length=st.integers(100, 600))
    def test_also_in_a_window(self, seed: int, begin: float, length: int) -> None:
        network = random_network(seed, attempts=800)
        first = int(START.timestamp()) + int(begin * network.seconds)
        check_bounds(logged(network, window=(first, first + length)), network)

    @pytest.mark.slow
    @settings(max_examples=10, deadline=None)
    @given(seed=SEEDS, ports=st.sampled_from([20, 100, 1000]), rest=st.sampled_from([0.0, 60.0]))
    def test_also_where_a_record_hides_several_attempts(self, seed: int, ports: int, rest: float) -> None:
        network = changed(
            random_network(seed, attempts=800), {"port_choice": "at-once"}, nat_ports=ports, nat_rest=rest
        )
        check_bounds(logged(network), network)

    @pytest.mark.slow
    @settings(max_examples=15, deadline=None)
    @given(seed=SEEDS)
    def test_where_nothing_is_lost_nothing_is_said_to_be(self, seed: int) -> None:
        network = random_network(seed, attempts=800, lossless=True)
        assert set(network.truly_lost().values()) == {0}
        lost = logged(network)
        assert lost is not None
        assert [sentence for loss in lost.losses for sentence in loss.sentences() if "at least" in sentence] == []


def full(seed: int, hops: tuple[str, str]) -> Network:
    """A network in which half of the attempts of some minutes vanish in one place."""
    network = random_network(seed, attempts=40_000, lossless=True)
    middle = (network.opened > 0.3e6 * network.seconds) & (network.opened < 0.8e6 * network.seconds)
    lost = middle & (network.way >= 0) & (np.random.default_rng(seed).random(len(middle)) < 0.5)
    came = np.where(lost, -1, network.came) if hops == ENI_TO_NAT else network.came
    left = np.where(lost, -1, network.left) if hops in (ENI_TO_NAT, NAT_TO_OUT) else network.left
    sent = np.where(lost, 4, network.sent)
    return replace(
        changed(
            network, {"interval": 60, "skipdata": 0.0, "port_choice": "random"}, unlogged=frozenset(), without=(),
            eni_ports=60_000,
        ),
        came=came, left=left, sent=sent, answered=np.where(lost, -1, network.answered),
        last=np.where(lost, network.opened + 7_000_000, network.last), ending=np.where(lost, 0, network.ending),
    )  # fmt: skip


@pytest.mark.parametrize("hops", [ENI_TO_NAT, NAT_TO_OUT, OUT_TO_ANSWER])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_most_of_what_vanishes_is_found(seed: int, hops: tuple[str, str]) -> None:
    network = full(seed, hops)
    true = network.truly_lost()[hops]
    assert true > 1000
    lost = logged(network)
    assert lost is not None
    found = {(loss.after, loss.before): loss.count for loss in lost.losses}
    assert 0.9 * true <= (found[hops] or 0) <= true
    assert [count for pair, count in found.items() if pair != hops] == [0, 0]


# ---- by hand, in AWS's own shapes

HEADER = (
    "version interface-id instance-id srcaddr dstaddr srcport dstport pkt-srcaddr pkt-dstaddr protocol packets start "
    "end action tcp-flags log-status"
)
ENI, NAT, OWN, GATEWAY, SITE = "eni-1235b8ca123456789", "eni-0a11aaaa2222bbbb3", "10.0.1.5", "10.0.0.220", "203.0.113.5"
T0 = 1_566_848_400
SYN, SYN_ACK, RST = 2, 18, 4


def leg(
    interface: str, pair: tuple[str, str], pkt: tuple[str, str], ports: tuple[int, int], at: int, flags: int,
    seconds: int = 0, action: str = "ACCEPT",
) -> str:  # fmt: skip
    start, end = T0 + at, T0 + at + seconds
    return (
        f"3 {interface} - {' '.join(pair)} {ports[0]} {ports[1]} {' '.join(pkt)} 6 4 {start} {end} {action} {flags} OK"
    )


def both(interface: str, pair: tuple[str, str], pkt: tuple[str, str], port: int, at: int) -> list[str]:
    """A connection that is answered, from its SYN on, at one interface."""
    return [
        leg(interface, pair, pkt, (port, 443), at, SYN, 20),
        leg(interface, pair[::-1], pkt[::-1], (443, port), at, SYN_ACK, 20),
    ]


def through(port: int, at: int) -> list[str]:
    """A connection over the NAT gateway with its four legs, as AWS's page of examples shows them."""
    return [
        *both(ENI, (OWN, SITE), (OWN, SITE), port, at),
        *both(NAT, (OWN, GATEWAY), (OWN, SITE), port, at),
        *both(NAT, (GATEWAY, SITE), (GATEWAY, SITE), port + 20_000, at),
    ]


def usual() -> list[str]:
    return [line for at in range(0, 600, 5) for line in through(10_000 + at, at)]


def told(folder: Path, lines: Sequence[str], without: Sequence[str] = ()) -> Lost:
    words = HEADER.split()
    places = [place for place, name in enumerate(words) if name not in without]
    text = [" ".join(line.split()[place] for place in places) for line in (HEADER, *lines)]
    (folder / "a.log").write_text("\n".join(text) + "\n")
    return where_lost(count_connections([folder]).raw)


def counts(lost: Lost) -> dict[tuple[str, str], tuple[int | None, int]]:
    return {(loss.after, loss.before): (loss.count, loss.not_compared) for loss in lost.losses}


def test_what_needs_no_nat_gateway_is_not_lost_before_it(tmp_path: Path) -> None:
    """The same ENI calls a cache in its VPC and a PrivateLink endpoint: 240 connections that no NAT gateway sees."""
    local = [
        line
        for at in range(0, 600, 5)
        for host in ("10.0.9.40", "10.0.8.12")
        for line in both(ENI, (OWN, host), (OWN, host), 15_000 + at, at)
    ]
    lost = told(tmp_path, [*usual(), *local])
    assert counts(lost) == dict.fromkeys((ENI_TO_NAT, NAT_TO_OUT, OUT_TO_ANSWER), (0, 0))
    assert lost.total("hyperplane-eni") == lost.total("nat-inside") == 120


def test_a_local_destination_that_is_down_is_not_compared_with_the_gateway(tmp_path: Path) -> None:
    dead = [leg(ENI, (OWN, "10.0.9.40"), (OWN, "10.0.9.40"), (15_000 + at, 443), at, SYN, 7) for at in range(100, 400)]
    lost = told(tmp_path, [*usual(), *dead])
    assert counts(lost)[ENI_TO_NAT] == (0, 300)
    (sentence,) = lost.losses[0].sentences()
    assert sentence.startswith("not known of 300 unanswered attempts at hyperplane-eni whether lost between")


def test_syns_that_leave_the_eni_and_do_not_come_in(tmp_path: Path) -> None:
    gone = [leg(ENI, (OWN, SITE), (OWN, SITE), (30_000 + at, 443), at, SYN, 7) for at in range(100, 400)]
    assert counts(told(tmp_path, [*usual(), *gone]))[ENI_TO_NAT] == (300, 0)


def test_syns_that_come_in_and_do_not_leave(tmp_path: Path) -> None:
    gone = [
        line
        for at in range(100, 400)
        for line in (
            leg(ENI, (OWN, SITE), (OWN, SITE), (30_000 + at, 443), at, SYN, 7),
            leg(NAT, (OWN, GATEWAY), (OWN, SITE), (30_000 + at, 443), at, SYN, 7),
        )
    ]
    assert counts(told(tmp_path, [*usual(), *gone])) == {
        ENI_TO_NAT: (0, 0), NAT_TO_OUT: (300, 0), OUT_TO_ANSWER: (0, 0),
    }  # fmt: skip
    (tmp_path / "all").mkdir()
    nothing_left = told(tmp_path / "all", gone)
    assert nothing_left.hops == ("hyperplane-eni", "nat-inside", "nat-outside", "answered")
    assert (counts(nothing_left)[NAT_TO_OUT][0] or 0) > 200


def test_syns_that_leave_and_are_not_answered(tmp_path: Path) -> None:
    sent = [
        line
        for at in range(100, 400)
        for line in (
            leg(ENI, (OWN, SITE), (OWN, SITE), (30_000 + at, 443), at, SYN, 7),
            leg(NAT, (OWN, GATEWAY), (OWN, SITE), (30_000 + at, 443), at, SYN, 7),
            leg(NAT, (GATEWAY, SITE), (GATEWAY, SITE), (40_000 + at, 443), at, SYN, 7),
        )
    ]
    assert counts(told(tmp_path, [*usual(), *sent])) == {
        ENI_TO_NAT: (0, 0), NAT_TO_OUT: (0, 0), OUT_TO_ANSWER: (300, 0),
    }  # fmt: skip


@pytest.mark.parametrize("rest", [40, 90], ids=["within the records", "after them"])
def test_a_port_with_two_attempts_is_no_lost_one(tmp_path: Path, rest: int) -> None:
    """Two attempts inside, of which the second has the NAT gateway's port of the first: one record, or two."""
    lines = usual()
    for port, at in ((30_000, 200), (30_001, 200 + rest)):
        lines.append(leg(ENI, (OWN, SITE), (OWN, SITE), (port, 443), at, SYN, 7))
        lines.append(leg(NAT, (OWN, GATEWAY), (OWN, SITE), (port, 443), at, SYN, 7))
    if rest == 40:
        lines.append(leg(NAT, (GATEWAY, SITE), (GATEWAY, SITE), (50_000, 443), 200, SYN, rest + 7))
    else:
        lines += [leg(NAT, (GATEWAY, SITE), (GATEWAY, SITE), (50_000, 443), at, SYN, 7) for at in (200, 200 + rest)]
    assert counts(told(tmp_path, lines))[NAT_TO_OUT] == (0, 0)


def test_syns_sent_again_off_schedule_are_one_attempt(tmp_path: Path) -> None:
    """The second SYN comes 40 s after the first, in a record of its own, and is answered: nothing is lost."""
    late = [
        leg(ENI, (OWN, SITE), (OWN, SITE), (30_000, 443), 200, SYN),
        leg(NAT, (OWN, GATEWAY), (OWN, SITE), (30_000, 443), 200, SYN),
        *[line.replace(" 50240 ", " 50000 ") for line in through(30_000, 240)],
    ]
    lost = told(tmp_path, [*usual(), *late])
    assert [loss.count for loss in lost.losses] == [0, 0, 0]


def test_without_pkt_fields_nothing_is_compared_across_the_gateway(tmp_path: Path) -> None:
    gone = [
        line
        for at in range(100, 400)
        for line in (
            leg(ENI, (OWN, SITE), (OWN, SITE), (30_000 + at, 443), at, SYN, 7),
            leg(NAT, (OWN, GATEWAY), (OWN, SITE), (30_000 + at, 443), at, SYN, 7),
        )
    ]
    lost = told(tmp_path, [*usual(), *gone], without=PKT)
    assert counts(lost)[ENI_TO_NAT] == counts(lost)[NAT_TO_OUT] == (None, 300)
    (_, inside, _) = lost.to_json()["lost"]
    assert inside["count"] is None
    assert inside["why"] == "pkt-srcaddr and pkt-dstaddr are missing at the NAT gateway"
    assert not any("at least" in sentence for loss in lost.losses for sentence in loss.sentences())


def test_answers_that_a_network_acl_denies_behind_the_gateway_are_not_lost_in_it(tmp_path: Path) -> None:
    denied = [
        line
        for at in range(100, 400)
        for line in (
            leg(ENI, (OWN, SITE), (OWN, SITE), (30_000 + at, 443), at, SYN, 7),
            leg(NAT, (OWN, GATEWAY), (OWN, SITE), (30_000 + at, 443), at, SYN, 7),
            *both(NAT, (GATEWAY, SITE), (GATEWAY, SITE), 50_000 + at, at),
            leg(NAT, (GATEWAY, OWN), (SITE, OWN), (443, 30_000 + at), at, SYN_ACK, 7, "REJECT"),
        )
    ]
    assert counts(told(tmp_path, [*usual(), *denied]))[NAT_TO_OUT] == (None, 300)


def test_a_refused_connection_was_answered(tmp_path: Path) -> None:
    refused = [
        line
        for at in range(100, 400)
        for line in (
            leg(ENI, (OWN, SITE), (OWN, SITE), (30_000 + at, 443), at, SYN),
            leg(ENI, (SITE, OWN), (SITE, OWN), (443, 30_000 + at), at, RST),
            leg(NAT, (OWN, GATEWAY), (OWN, SITE), (30_000 + at, 443), at, SYN),
            leg(NAT, (GATEWAY, OWN), (SITE, OWN), (443, 30_000 + at), at, RST),
            leg(NAT, (GATEWAY, SITE), (GATEWAY, SITE), (50_000 + at, 443), at, SYN),
            leg(NAT, (SITE, GATEWAY), (SITE, GATEWAY), (443, 50_000 + at), at, RST),
        )
    ]
    assert counts(told(tmp_path, [*usual(), *refused])) == dict.fromkeys(
        (ENI_TO_NAT, NAT_TO_OUT, OUT_TO_ANSWER), (0, 0)
    )


def test_the_gateways_logs_begin_later_than_the_enis(tmp_path: Path) -> None:
    """What the ENI sent before is not lost: nobody logged whether it came in."""
    lines = [line for line in usual() if NAT not in line or int(line.split()[11]) >= T0 + 300]
    unanswered = [leg(ENI, (OWN, SITE), (OWN, SITE), (30_000 + at, 443), at, SYN, 7) for at in range(20, 290)]
    assert counts(told(tmp_path, [*lines, *unanswered]))[ENI_TO_NAT][0] in (0, None)


def test_a_hole_in_the_gateways_logs_is_no_loss(tmp_path: Path) -> None:
    lines = [line for line in usual() if NAT not in line or not 200 <= int(line.split()[11]) - T0 < 400]
    unanswered = [leg(ENI, (OWN, SITE), (OWN, SITE), (30_000 + at, 443), at, SYN, 7) for at in range(280, 320)]
    assert counts(told(tmp_path, [*lines, *unanswered]))[ENI_TO_NAT] == (0, 40)


def test_a_route_that_changes_is_no_loss(tmp_path: Path) -> None:
    """After 900 s the way leads over another gateway, which is not logged; the first one still has other clients."""
    other = "10.0.2.9"
    elsewhere = [
        line
        for at in range(0, 2400, 5)
        for line in (
            *both(NAT, (other, GATEWAY), (other, SITE), 10_000 + at, at),
            *both(NAT, (GATEWAY, SITE), (GATEWAY, SITE), 50_000 + at, at),
        )
    ]
    later = [leg(ENI, (OWN, SITE), (OWN, SITE), (30_000 + at, 443), at, SYN, 7) for at in range(900, 2400, 5)]
    assert counts(told(tmp_path, [*usual(), *elsewhere, *later]))[ENI_TO_NAT] == (0, 300)


def test_what_is_not_delivered_yet_is_not_lost(tmp_path: Path) -> None:
    """The SYN left when a port came free, 20 s later: its record outside ends later than the logs."""
    late = [leg(NAT, (OWN, GATEWAY), (OWN, SITE), (30_000 + at, 443), at, SYN, 31) for at in range(560, 580)]
    assert counts(told(tmp_path, [*usual(), *late]))[NAT_TO_OUT] == (0, 20)


def test_ports_that_are_given_out_sooner_than_assumed_hide_attempts(tmp_path: Path) -> None:
    """A port's record outside has a whole connection and, after 10 s, a SYN that nobody answers."""
    hidden = [
        leg(NAT, (OWN, GATEWAY), (OWN, SITE), (30_000, 443), 200, SYN | 1, 2),
        leg(NAT, (GATEWAY, OWN), (SITE, OWN), (443, 30_000), 200, SYN_ACK | 1, 2),
        leg(NAT, (OWN, GATEWAY), (OWN, SITE), (30_001, 443), 212, SYN, 7),
        leg(NAT, (GATEWAY, SITE), (GATEWAY, SITE), (50_000, 443), 200, SYN | 1, 19),
        leg(NAT, (SITE, GATEWAY), (SITE, GATEWAY), (443, 50_000), 200, SYN_ACK | 1, 2),
    ]
    soon = [
        line
        for port, inside, at in ((50_001, 31_000, 300), (50_001, 31_001, 312))
        for line in (
            leg(NAT, (OWN, GATEWAY), (OWN, SITE), (inside, 443), at, SYN | 1, 2),
            leg(NAT, (GATEWAY, OWN), (SITE, OWN), (443, inside), at, SYN_ACK | 1, 2),
            leg(NAT, (GATEWAY, SITE), (GATEWAY, SITE), (port, 443), at, SYN | 1, 2),
            leg(NAT, (SITE, GATEWAY), (SITE, GATEWAY), (443, port), at, SYN_ACK | 1, 2),
        )
    ]
    lost = told(tmp_path, [*usual(), *hidden, *soon])
    assert counts(lost)[NAT_TO_OUT] == (None, 1)
    assert "sooner than nat_hold_after_close" in (lost.losses[1].why or "")


def test_skipped_records_of_one_gateway_are_not_lost_attempts(tmp_path: Path) -> None:
    """Of a second gateway AWS lost the records of what left it in one minute."""
    second, address, client = "eni-0c22cccc3333dddd4", "10.0.0.221", "10.0.3.7"
    lines = [
        line
        for at in range(0, 600, 5)
        for line in (
            *both(second, (client, address), (client, SITE), 10_000 + at, at),
            *both(second, (address, SITE), (address, SITE), 40_000 + at, at),
        )
    ]
    lines += [leg(second, (client, address), (client, SITE), (30_000 + at, 443), at, SYN, 7) for at in range(300, 350)]
    skipped = f"3 {second} - - - - - - - - - {T0 + 290} {T0 + 350} - - SKIPDATA"
    assert counts(told(tmp_path, [*usual(), *lines, skipped]))[NAT_TO_OUT] == (0, 50)

"""A real redis-server behind the tables, a real redis-cli before them, and a capture that Wireshark opens."""

from __future__ import annotations

import shutil
import struct
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from narrows.lab import Options
from narrows.recording import Recording, summarize
from narrows.scenario import Scenario

pytestmark = pytest.mark.lab
Lab = Callable[[Scenario, Options], Recording]
Small = Callable[..., Scenario]
_SERVER = ("redis-server", "--port", "6379", "--protected-mode", "no", "--save", "")
_PING = 'getent hosts cache.example.com; timeout 2 redis-cli -h cache.example.com ping || echo "no answer"'


@pytest.mark.skipif(shutil.which("redis-server") is None, reason="redis-server is not installed")
def test_a_real_client_sees_the_incident_and_the_fix(
    together: Callable[..., list[Recording]], small: Small, capfd: pytest.CaptureFixture[str]
) -> None:
    scenarios = (small(duration="5s", assumptions=f"nat_connections_per_address: {ports}") for ports in (100, 1000))
    narrow, wide = together(*scenarios, options=Options(serve=_SERVER, serve_client=("sh", "-c", _PING)))
    said = capfd.readouterr().err
    assert said.count("203.0.113.10") == 2  # The name resolves either way.
    assert (said.count("no answer"), said.count("PONG")) == (1, 1)
    assert summarize(narrow)["established_peak"] == 100
    assert summarize(wide)["established_peak"] >= 200  # And the client's own.


@pytest.mark.slow
def test_a_capture_shows_the_syns_that_were_sent_again(lab: Lab, small: Small, tmp_path: Path) -> None:
    file = tmp_path / "packets.pcapng"
    scenario = small(duration="5s", assumptions="nat_connections_per_address: 50")
    lab(scenario, replace(Options(), capture=str(file), packets=10_000))
    syns: dict[int, Counter[bytes]] = {0: Counter(), 1: Counter()}
    for interface, packet in _packets(file.read_bytes()):
        if packet[47] & 0x12 == 0x02:
            syns.setdefault(interface, Counter())[packet[26:38]] += 1
    on_the_eni, behind_nat = syns[0], syns[1]
    assert len(on_the_eni) == 200
    assert len(behind_nat) == 50
    assert sum(count > 1 for count in on_the_eni.values()) == 150
    assert b"Hyperplane ENI a/sg" in file.read_bytes()


def _packets(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(data):
        kind, length = struct.unpack_from("<II", data, at)
        assert struct.unpack_from("<I", data, at + length - 4)[0] == length
        if kind == 6:
            interface, _, _, kept, _ = struct.unpack_from("<IIIII", data, at + 8)
            yield interface, data[at + 28 : at + 28 + kept]
        at += length

"""What runs in the lab can do nothing outside of it: least of all with root's rights."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from narrows.lab import LabError, Options, run_lab
from narrows.lab.drawing import Drawing
from narrows.lab.memory import Control, SharedMemory
from narrows.recording import Recording, summarize
from narrows.scenario import Scenario
from tests.lab.conftest import PYTHON

pytestmark = pytest.mark.lab
Lab = Callable[[Scenario, Options], Recording]
Small = Callable[..., Scenario]

_NOBODY = 65534
_NET_ADMIN = 1 << 12
_LOOK = """
tr '\\t' ' ' < /proc/self/status
ls /proc/self/fd | tr '\\n' ' '
echo
env
cat {secret}
echo 1 > /proc/sys/net/ipv4/tcp_syn_retries && echo WROTE A SYSCTL
nft list tables && echo READ THE TABLES
ip link set lo down && echo CHANGED THE NETWORK
mount -t tmpfs none /tmp && echo MOUNTED
true
"""
_SMALLEST = """
name: smallest
vpc:
  subnets: {a: {az: a, route: nat}}
  nat_gateways: {nat: {addresses: 1}}
destinations: {cache: {port: 443}}
functions: {f: {subnets: [a], security_groups: [sg], connections: [{to: cache}]}}
demand: {f: {environments: 1}}
duration: 2s
"""
_SERVER = "import socket, time; s = socket.create_server(('', 443), backlog=1000); time.sleep(60)"


@pytest.fixture
def secret() -> Iterator[Path]:
    """A file that only its owner can read, in a folder that everybody can enter."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        file = Path(folder, "secret")
        file.write_text("the owner's own\n")
        file.chmod(0o600)
        yield file


@pytest.mark.slow
@pytest.mark.parametrize("place", ["server", "client"])
def test_a_users_command_has_no_rights_over_anything(
    lab: Lab,
    small: Small,
    secret: Path,
    place: str,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-for-others")
    monkeypatch.delenv("SUDO_UID", raising=False)
    look = _LOOK.format(secret=secret)
    if place == "server":
        options = Options(serve=("sh", "-c", f'{{ {look} }} >&2; exec {PYTHON} -c "{_SERVER}"'))
    else:
        options = Options(serve_client=("sh", "-c", look))
    recording = lab(small(duration="3s", destination="port: 443"), options)
    assert summarize(recording)["established_peak"] == 200
    said = capfd.readouterr().err
    root = os.geteuid() == 0
    who = _NOBODY if root else os.geteuid()
    assert re.search(rf"^Uid: {who} {who} {who} {who}$", said, re.MULTILINE)
    for kind in ("Inh", "Prm", "Eff", "Bnd", "Amb"):
        assert f"Cap{kind}: {0:016x}\n" in said
    assert "NoNewPrivs: 1\n" in said
    assert "\n0 1 2 3 \n" in said  # The last is ls's own.
    assert ("the owner's own" in said) == (not root)
    for never in ("not-for-others", "WROTE", "READ", "CHANGED", "MOUNTED"):
        assert never not in said


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes another user")
def test_roots_lab_is_the_user_who_asked_sudo(
    lab: Lab, small: Small, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUDO_UID", "1234")
    monkeypatch.setenv("SUDO_GID", "1235")
    lab(small(duration="2s"), Options(serve_client=("id",)))
    assert re.search(r"uid=1234\S* gid=1235", capfd.readouterr().err)


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("setpriv") is None, reason="root gives up CAP_SETUID here")
def test_root_that_may_not_become_another_user_is_told_that_it_stays_root(lab: Lab, tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(_SMALLEST)
    limited = ["setpriv", "--bounding-set=-setuid,-setgid", sys.executable, "-m", "narrows"]
    ran = subprocess.run(
        [*limited, "lab", str(tmp_path / "s.yaml"), "--run", "id -u"], capture_output=True, text=True, check=True
    )
    warning, user = ran.stderr.splitlines()
    assert re.fullmatch(r"narrows: root may not become another user here.* ran as root with its groups.*", warning)
    assert user == "0"


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user may run what he may run")
def test_a_command_that_only_root_can_run_is_one_line(lab: Lab, small: Small, secret: Path) -> None:
    secret.write_text("#!/bin/sh\n")
    secret.chmod(0o700)
    with pytest.raises(LabError, match=r"may not be run by who asked \(sudo\), or by nobody"):
        lab(small(), Options(serve=(str(secret),)))


@pytest.mark.slow
def test_the_labs_own_processes_keep_only_what_they_need(lab: Lab, small: Small) -> None:
    seen: list[dict[str, str]] = []
    own = threading.get_native_id()

    def look(_drawing: Drawing, memory: SharedMemory) -> None:
        if memory.control[Control.SAMPLED] >= 1 and not seen:
            seen.extend(_status(one) for one in _descendants(own))

    run_lab(small(duration="3s"), watch=look)
    keeper, director, *others = seen
    mine = _NOBODY if os.geteuid() == 0 and "SUDO_UID" not in os.environ else os.geteuid()
    assert len(others) >= 4  # The destination, two resolvers, a worker.
    for one in (keeper, director, *others):
        assert one["Uid"].split()[0] == str(mine)
    assert {int(one["CapEff"], 16) for one in others} == {0, _NET_ADMIN}
    for one in others:
        assert one["CapBnd"] == one["CapPrm"] == one["CapEff"]
        assert one["NoNewPrivs"] == "1"


def _descendants(thread: int) -> list[int]:
    """Processes that a thread started, and those that they did, parents first."""
    found: list[int] = []
    waiting = [f"/proc/self/task/{thread}/children"]
    for children in waiting:
        for one in Path(children).read_text().split():
            found.append(int(one))
            waiting.append(f"/proc/{one}/task/{one}/children")
    return found


def _status(process: int) -> dict[str, str]:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}

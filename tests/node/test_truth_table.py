"""The truth table: see ``cells``. ``make test-node`` prints it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

from tests.node.plain import PACKAGE
from tests.node.runtime import INSTALLED


@pytest.mark.slow
@pytest.mark.lab
@pytest.mark.skipif(os.geteuid() != 0, reason="a network namespace of our own takes root")
@pytest.mark.skipif(shutil.which("nft") is None, reason="no nft here")
@pytest.mark.skipif(not (INSTALLED / "installed").exists(), reason="no runtime here: make test-node installs it")
def test_with_the_guard_no_invocation_fails_that_a_new_connection_would_save() -> None:
    if subprocess.run(["unshare", "--net", "nft", "list", "tables"], capture_output=True).returncode != 0:
        pytest.skip("the kernel gives nobody a network namespace with a packet filter here")
    done = subprocess.run(
        [sys.executable, "-m", "tests.node"],
        cwd=PACKAGE.parents[1],
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr

"""What the sensors of real runtimes say, summed, is what the lab's tables hold."""

from __future__ import annotations

import importlib.util
import shutil

import pytest

from narrows.lab.doctor import is_possible
from tests.lab.sums import CONNECTIONS, HOW, summed

_MISSING = [one for one in ("awslambdaric", "redis") if importlib.util.find_spec(one) is None]
_RUNTIMES = 8

pytestmark = [
    pytest.mark.lab,
    pytest.mark.slow,
    pytest.mark.skipif(bool(_MISSING), reason=f"not installed: {', '.join(_MISSING)}"),
    pytest.mark.skipif(shutil.which("redis-server") is None, reason="redis-server is not installed"),
]


@pytest.mark.parametrize("how", HOW)
def test_the_sum_over_real_runtimes_is_the_enis_table_and_the_nat_gateways(how: str) -> None:
    why_not = is_possible()
    if why_not is not None:
        pytest.skip(f"no lab on this machine: {why_not}")
    found = summed(how, _RUNTIMES, every=2.0, seconds=8)
    assert found.true, found
    assert found.runtimes == _RUNTIMES
    each = sum(CONNECTIONS.values())
    assert found.opened == each * (_RUNTIMES if how == "with reuse" else found.invocations)
    assert found.held == (0 if how == "naive, closed" else found.opened)

"""The table of truth: with reuse an invocation fails only where its peer is truly gone, and then within the bound."""

from __future__ import annotations

import subprocess

import pytest

from narrows_lambda.reuse import Policy
from tests.reuse.clients import CLIENTS
from tests.reuse.truth import ALONE, FAULTS, HOW, NO_ANSWER, TLS, rows

pytestmark = [pytest.mark.lab, pytest.mark.slow]


def _refused() -> str | None:
    """Why a network namespace with rules cannot be had; None where it can."""
    done = subprocess.run([*ALONE, "nft", "list", "ruleset"], capture_output=True, text=True, check=False)
    return None if done.returncode == 0 else done.stderr.strip() or "no network namespace"


@pytest.mark.parametrize("client", CLIENTS)
def test_with_reuse_only_a_peer_that_is_gone_fails_an_invocation(client: str) -> None:
    refused = _refused()
    if refused:
        pytest.skip(refused)
    found = rows([client])
    if found[0].unable:
        pytest.skip(found[0].unable)
    cells = {(row.tls, row.fault, row.how): row for row in found}
    assert len(cells) == len(TLS) * len(FAULTS) * len(HOW)
    for (tls, fault, how), row in cells.items():
        if how != "with":
            continue
        if fault == "soon":
            # A request that was sent may not be repeated by everybody; nobody waits for the function's end.
            assert row.outcome != NO_ANSWER, row
            assert row.opened <= 1 + Policy.retries, row
        elif fault == "gone":
            # It said so itself, before the function's end, and did not storm.
            assert row.outcome not in ("ok", NO_ANSWER), row
            assert row.opened <= 1 + Policy.retries, row
        else:
            assert (row.outcome, row.opened) == ("ok", 1), row
        # Nothing that went well without it goes worse with it.
        assert row.outcome == "ok" or cells[tls, fault, "without"].outcome != "ok", row

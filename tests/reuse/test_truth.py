"""The table of truth: with reuse an invocation fails only where its peer is truly gone, and then within the bound."""

from __future__ import annotations

import pytest

from tests.alone import why_not_alone
from tests.reuse.clients import CLIENTS
from tests.reuse.truth import FAULTS, HOW, TLS, as_promised, rows

pytestmark = [pytest.mark.lab, pytest.mark.slow]


@pytest.mark.parametrize("client", CLIENTS)
def test_with_reuse_only_a_peer_that_is_gone_fails_an_invocation(client: str) -> None:
    refused = why_not_alone(["nft", "list", "ruleset"])
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
        assert as_promised(row), row
        # Nothing that went well without it goes worse with it.
        assert row.outcome == "ok" or cells[tls, fault, "without"].outcome != "ok", row

"""The sensor says what the kernel and the servers count: every client, plain and TLS, however it is built."""

from __future__ import annotations

import pytest

from tests.alone import why_not_alone
from tests.sensor.clients import CLIENTS, SHAPES
from tests.sensor.truth import INVOCATIONS, rows

pytestmark = [pytest.mark.slow, pytest.mark.lab]


@pytest.mark.parametrize("name", CLIENTS)
def test_opened_held_and_reused_are_what_the_kernel_and_the_server_count(name: str) -> None:
    why_not = why_not_alone()
    if why_not is not None:
        pytest.skip(why_not)
    found = rows([name])
    if found[0].unable:
        pytest.skip(found[0].unable)
    assert [(row.tls, row.shape) for row in found] == [(tls, shape) for tls in (False, True) for shape in SHAPES]
    for row in found:
        assert row.true, row
    for module, inside, _ in (found[:3], found[3:]):
        assert (module.opened, module.held, module.reused) == (1, 1, INVOCATIONS)
        assert (inside.opened, inside.held, inside.reused) == (INVOCATIONS, 0, 0)
        assert module.named == (CLIENTS[name].named,)
    if CLIENTS[name].named is not None:
        # What Python opens is told to whom, also where no scan ever saw it.
        assert all(row.attributed == row.opened for row in found)

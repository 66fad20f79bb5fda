"""The truth table: each client, with each fault, with and without the guard, plain and over TLS, in a real runtime."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from tests.node.faults import Fault, Relay
from tests.node.runtime import INSTALLED, Runtime
from tests.node.servers import Ports

CLIENTS = {
    "fetch": "http",
    "http": "http",
    "aws-sdk": "http",
    "ioredis": "redis",
    "pg": "postgres",
    "grpc": "grpc",
    "momento": "grpc",
}
"""Each client, and the protocol of the servers that it talks to."""

MAX_IDLE = 1.0
"""Seconds, in place of 240: the clocks that say so are tried without a runtime, where they can be moved."""
FROZEN = 1.3
"""Seconds."""
PATIENCE = 8.0
"""Seconds that an invocation has."""


@dataclass(frozen=True)
class Cell:
    """One of the table."""

    client: str
    fault: Fault
    guarded: bool
    secure: bool


@dataclass(frozen=True)
class Seen:
    """What came of it."""

    outcome: str
    """ok, or the client's error; timeout where the invocation had no answer in its time."""
    seconds: float
    opened: int
    """Connections that the server side saw in the second invocation."""
    reported: int | None
    """Those that the sensor reported; None where it is not loaded, or wrote no line for want of an end."""
    sent_again: int | None
    """SYNs that the sensor saw sent again; None as before."""
    alive: bool
    """Whether the runtime lived on."""


def cells() -> list[Cell]:
    """All of them, in the table's order."""
    return [
        Cell(client, fault, guarded, secure)
        for client in CLIENTS
        for secure in (False, True)
        for fault in Fault
        for guarded in (False, True)
    ]


def _freeze(runtime: Runtime, relay: Relay, fault: Fault) -> None:
    runtime.freeze()
    if fault is Fault.FIN:
        relay.bring(fault)
    time.sleep(FROZEN)
    # Not before: where Lambda freezes a kernel, this one goes on sending its keepalives, and would learn of it.
    if fault is not Fault.FIN:
        relay.bring(fault)


def see(cell: Cell, ports: Ports, certificate: Path) -> Seen:
    """Let one happen."""
    environment = {
        "CLIENTS": str(INSTALLED),
        "NODE_EXTRA_CA_CERTS": str(certificate),
        "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH": str(certificate),
        "NARROWS_SENSOR": "json",
        "NARROWS_MAX_IDLE": str(MAX_IDLE),
    }
    with (
        Relay(ports[CLIENTS[cell.client]][cell.secure]) as relay,
        Runtime(narrows=cell.guarded, environment=environment) as runtime,
    ):
        event = {"client": cell.client, "host": "127.0.0.1", "port": relay.port, "secure": cell.secure}
        if cell.fault is Fault.SYN:
            relay.bring(cell.fault)
        else:
            first = runtime.send(event).value()
            assert first["outcome"] == "ok", (cell, first, runtime.log())
            time.sleep(0.2)
            if cell.fault is Fault.VANISH:
                relay.bring(cell.fault)
            else:
                _freeze(runtime, relay, cell.fault)
        before, told = relay.opened, len(runtime.lines())
        began = time.monotonic()
        invocation = runtime.send(event, PATIENCE)
        runtime.thaw()
        try:
            answer = invocation.value(PATIENCE)
        except TimeoutError:
            answer = {"outcome": "timeout"}
        except Exception as failed:
            answer = {"outcome": f"failed: {failed}"}
        seconds = time.monotonic() - began
        time.sleep(0.1)
        lines = runtime.lines()[told:]
        peer = f"127.0.0.1:{relay.port}"
        reported = [
            sum(one["opened"] for one in line["narrows"]["destinations"] if one["peer"] == peer) for line in lines
        ]
        return Seen(
            answer["outcome"],
            seconds,
            relay.opened - before,
            reported[0] if reported else None,
            lines[0].get("SynRetransmits") if lines else None,
            runtime.process.poll() is None,
        )

"""The first process of the lab: it builds the namespaces, starts all others, samples, and ends them.

It is process 1 of a process namespace, so when it ends, for whatever reason, the kernel ends everything in the lab.
"""

from __future__ import annotations

import math
import os
import select
import shlex
import signal
import socket
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress

from narrows.lab import destination, resolver
from narrows.lab.blueprint import RESOLVER, Blueprint
from narrows.lab.capture import Capture, keep
from narrows.lab.memory import Control, SharedMemory
from narrows.lab.namespaces import LabError, Namespace, own_files
from narrows.lab.privileges import NET_ADMIN, SET_FILE_CAPABILITIES, SYS_ADMIN
from narrows.lab.processes import CANNOT_RUN, NOT_THERE, ended, spawn, spawn_command
from narrows.lab.rules_destination import destination_rules, resolver_rules
from narrows.lab.rules_eni import eni_rules
from narrows.lab.rules_nat import nat_rules, open_rules
from narrows.lab.runtimes.environments import runtime_spaces
from narrows.lab.runtimes.fleet import Fleet
from narrows.lab.sampler import Sampler
from narrows.lab.storm import Storm
from narrows.lab.usage import Usage
from narrows.lab.wiring import DESTINATIONS, ENIS, ENVIRONMENTS, RESOLVERS, Wires, shard_name

_EVERY = 0.1
_UNTIL_START = 0.2
_SERVER_MUST_ANSWER = 20.0
_WORKERS_MUST_END = 20.0
_SERVER_MUST_END = 3.0


def direct(blueprint: Blueprint, memory: SharedMemory, owner: int) -> None:
    """Play a blueprint from beginning to end.

    Args:
        blueprint: what to play.
        memory: where the results go.
        owner: a file that reaches its end when the process that wants this run is gone.

    Raises:
        LabError: the machine does not let the lab do something, or one of its processes failed.
    """
    os.chdir(own_files(RESOLVER))
    before = Usage(memory.file).kilobytes(0.0)
    with ExitStack() as stack:
        wires = stack.enter_context(Wires(blueprint))
        memory.control[Control.MEMORY_BEFORE] = before
        load_rules(blueprint, wires)
        wires.configure()
        lab = _Lab(blueprint, memory, wires, owner)
        lab.start_capture()
        lab.start_destination()
        if blueprint.runtime is not None:
            lab.start_runtimes(stack.enter_context(runtime_spaces(blueprint.runtime, wires)))
        lab.start_callers()
        sampler = stack.enter_context(Sampler(blueprint, memory, wires.namespaces))
        lab.play(sampler)


def load_rules(blueprint: Blueprint, wires: Wires) -> None:
    """Give every namespace its tables."""
    texts = {
        ENIS: eni_rules(blueprint),
        DESTINATIONS: destination_rules(blueprint),
        RESOLVERS: resolver_rules(blueprint),
    }
    flows = 0 if blueprint.flows is None else blueprint.flows[1]
    for number, shard in enumerate(blueprint.shards):
        text = nat_rules(shard, blueprint.rules, flows) if blueprint.tables_on else open_rules(shard)
        texts[shard_name(number)] = text
    for name, text in texts.items():
        with wires.namespaces[name].inside():
            wires.namespaces[name].run(["nft", "-f", "-"], text)


class _Lab:
    """The processes of one run."""

    def __init__(self, blueprint: Blueprint, memory: SharedMemory, wires: Wires, owner: int) -> None:
        self.blueprint, self.memory, self.spaces, self.owner = blueprint, memory, wires.namespaces, owner
        self.names: dict[int, str] = {}
        self.workers: set[int] = set()
        self.server: int | None = None
        self.client_at = blueprint.seconds / 2 if blueprint.serve_client else None

    def start_capture(self) -> None:
        """Capture on every ENI, behind every NAT gateway, and on the way past them, if that is wanted."""
        if self.blueprint.capture is None:
            return
        file, packets = self.blueprint.capture
        places = [
            (ENIS, one.interface, f"Hyperplane ENI {self.blueprint.enis[one.eni]}")
            for one in self.blueprint.attachments
            if one.eni >= 0
        ]
        places += [
            (shard_name(n), "outside", f"behind NAT gateway {self.blueprint.gateways[shard.gateway]}")
            for n, shard in enumerate(self.blueprint.shards)
        ]
        places.append((DESTINATIONS, "past", "destinations, past the NAT gateways"))
        captures = []
        for space, interface, label in places:
            with self.spaces[space].inside():
                captures.append(Capture(interface, label, max(1, packets // len(places))))
        control = self.memory.control

        def work() -> None:
            with os.fdopen(file, "wb") as stream:
                keep(captures, lambda: bool(control[Control.OVER]), stream)

        process = spawn(self.spaces[ENIS], work)
        self.names[process] = "the packet capture"
        self.workers.add(process)

    def start_destination(self) -> None:
        """Start the listeners, or the real server and wait until it answers."""
        if self.blueprint.serve:
            self.server = spawn_command(self.spaces[DESTINATIONS], self.blueprint.serve, quiet=True)
            self.names[self.server] = shlex.join(self.blueprint.serve)
            self._wait_for_server()
            # What this process asked of it is none of the callers' doing.
            with self.spaces[DESTINATIONS].inside():
                self.spaces[DESTINATIONS].run(["nft", "reset", "counters"])
            return
        with self.spaces[DESTINATIONS].inside():
            listening = destination.listeners(self.blueprint.destinations)
        if self.blueprint.accepts:
            descriptors = self.blueprint.descriptors
            process = spawn(self.spaces[DESTINATIONS], lambda: destination.echo(listening, descriptors))
        else:
            process = spawn(self.spaces[DESTINATIONS], lambda: destination.hold(listening))
        self.names[process] = "the destination"
        for one in listening:
            one.close()

    def _wait_for_server(self) -> None:
        answering = [one for one in self.blueprint.destinations if one.answers == "yes"]
        until = time.monotonic() + _SERVER_MUST_ANSWER
        with self.spaces[DESTINATIONS].inside():
            for one in answering:
                while True:
                    with socket.socket() as probe:
                        probe.settimeout(1.0)
                        if probe.connect_ex((one.address, one.port)) == 0:
                            break
                    self._look_for_ended(before_start=True)
                    if time.monotonic() > until:
                        raise LabError(
                            f"'{shlex.join(self.blueprint.serve)}' does not answer on port {one.port} "
                            f"after {_SERVER_MUST_ANSWER:g} s"
                        )
                    time.sleep(0.05)

    def start_callers(self) -> None:
        """Start the resolver and the workers; these wait for second 0."""
        plan = self.blueprint
        any_order = not plan.rules.first_address
        for number in range(resolver.PROCESSES):
            seed = plan.seed + number
            process = spawn(
                self.spaces[RESOLVERS],
                lambda seed=seed: resolver.resolve(plan.names, any_order, seed),  # type: ignore[misc]
            )
            self.names[process] = "the resolver"
        for number in range(plan.storms):
            process = spawn(
                self.spaces[ENVIRONMENTS],
                lambda number=number: Storm(plan, self.memory, number).run(),  # type: ignore[misc]
                # For sockets that end without a word.
                keeping=(NET_ADMIN,),
            )
            self.names[process] = f"worker {number + 1}"
            self.workers.add(process)

    def start_runtimes(self, spaces: Sequence[Namespace]) -> None:
        """Start the process that starts real runtimes; it waits for second 0."""
        process = spawn(
            self.spaces[ENVIRONMENTS],
            lambda: Fleet(self.blueprint, self.memory, spaces).run(),
            # It starts each runtime in network and user namespaces of its own; the last lets those map users.
            keeping=(NET_ADMIN, SYS_ADMIN, SET_FILE_CAPABILITIES),
        )
        self.names[process] = "the runtimes"
        self.workers.add(process)

    def play(self, sampler: Sampler) -> None:
        """Let the run begin, sample it, and see it end."""
        control = self.memory.control
        control[Control.MEMORY] = sampler.usage.kilobytes(0.0)
        begin = time.monotonic() + _UNTIL_START
        if self.blueprint.runtime is not None:
            # Real programs say what time it is: their second 0 is a whole one of the wall clock.
            wall = math.ceil(time.time() + _UNTIL_START)
            begin += wall - time.time() - _UNTIL_START
            control[Control.WALL_CLOCK] = wall
        control[Control.START] = int(begin * 1e9)
        ticks = 0
        while (now := time.monotonic() - begin) < self.blueprint.seconds and not control[Control.STOP]:
            ticks = max(ticks, int(now / _EVERY)) + 1
            self._wait(ticks * _EVERY - now)
            now = time.monotonic() - begin
            if now >= 0:
                sampler.sample(now)
            self._look_for_ended()
            if self.client_at is not None and now >= self.client_at:
                self.client_at = None
                client = spawn_command(self.spaces[ENVIRONMENTS], self.blueprint.serve_client, quiet=False)
                self.names[client] = shlex.join(self.blueprint.serve_client)
        if control[Control.STOP] or sampler.second < self.blueprint.seconds - 1:
            # On a busy machine the last look may have been at the second before; soon nobody holds anything any more.
            sampler.sample(time.monotonic() - begin)
        control[Control.OVER] = 1
        if self.blueprint.flows is not None:
            sampler.keep_ways(self.blueprint.flows[0])
        self._end_workers()
        if self.blueprint.runtime is not None:
            # What they counted last; tables keep the most that was in them within the second.
            sampler.sample(time.monotonic() - begin)
        self._end_server()

    def _wait(self, seconds: float) -> None:
        ready, _, _ = select.select([self.owner], [], [], max(0.0, seconds))
        if ready and not os.read(self.owner, 1):
            raise LabError("whoever wanted this run is gone")

    def _end_server(self) -> None:
        """Let the real server end in good order: some say what they counted."""
        if self.server is None or self.memory.control[Control.SERVER_ENDED]:
            return
        with suppress(ProcessLookupError):
            os.kill(self.server, signal.SIGTERM)
        until = time.monotonic() + _SERVER_MUST_END
        while not self.memory.control[Control.SERVER_ENDED] and time.monotonic() < until:
            self._look_for_ended()
            time.sleep(0.02)
        # It was told to.
        self.memory.control[Control.SERVER_ENDED] = 0

    def _end_workers(self) -> None:
        until = time.monotonic() + _WORKERS_MUST_END
        while self.workers and time.monotonic() < until:
            self._look_for_ended()
            time.sleep(0.005)

    def _look_for_ended(self, *, before_start: bool = False) -> None:
        for process, code in ended().items():
            name = self.names.pop(process, None)
            if process in self.workers and code == 0:
                self.workers.discard(process)
            elif process == self.server and not before_start:
                # Not a fault of the lab: what the callers saw of it is what the run is to show.
                self.memory.control[Control.SERVER_ENDED] = 1 + abs(code)
            elif name is not None and (code != 0 or process == self.server):
                if name == shlex.join(self.blueprint.serve_client):
                    print(f"'{name}' ended with {code}", file=sys.stderr)
                    continue
                raise LabError(f"'{name}' ended with {_meaning(code)}")


def _meaning(code: int) -> str:
    if code == CANNOT_RUN:
        who = "who asked (sudo), or by nobody, who root's lab is"
        return f"exit code {code}: it is not a program, or may not be run by {who}"
    if code == NOT_THERE:
        return f"exit code {code}: it, or a program that it starts, is not there inside the lab"
    return f"exit code {code}" if code >= 0 else f"signal {signal.Signals(-code).name}"

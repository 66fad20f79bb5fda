"""From a scenario to the lab's blueprint: which namespaces, addresses, tables and processes play it."""

from __future__ import annotations

import ipaddress
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from narrows.errors import InputError
from narrows.lab import blueprint as lab
from narrows.lab.asked import Asked
from narrows.lab.machine import Machine
from narrows.lab.options import Options
from narrows.lab.playable import PUBLIC_BLOCKS, check_playable, linear_syn_timeouts
from narrows.lab.runtimes.interpreter import check_readable, interpreter_for
from narrows.lab.runtimes.plan import MOST_ENVIRONMENTS, RuntimePlan
from narrows.lab.storm import address_of
from narrows.limits import HYPERPLANE_ENI_CONNECTIONS
from narrows.scenario.scale import scale_demand
from narrows.simulate.compile import compile_scenario
from narrows.simulate.lifecycle import Change
from narrows.simulate.model import HoldKind, Model, Route, Use
from narrows.simulate.population import Population, count_environments
from narrows.simulate.schedule import Schedule
from narrows.units import MICROSECONDS

if TYPE_CHECKING:
    from narrows.scenario import Scenario

_SPARE_DESCRIPTORS = 200
_CONNTRACK_SHARE = 0.9
"""Of the connections that the kernel tracks in one namespace: the rest is for those that are closing."""
_MOST_RECORDS = 40_000_000
_LEAST_WORKERS = 2
_ANSWERS = ("yes", "no", "refuses")


@dataclass(frozen=True)
class Drawing:
    """A blueprint, and what is needed to make a recording of a run."""

    scenario: Scenario
    """Scaled."""
    model: Model
    blueprint: lab.Blueprint
    changes: Any
    """What happens to environments, in order of time: a NumPy array of ``CHANGE``."""
    environments: Any
    """(client, place, ordinal) of each environment: a NumPy array of 32-bit integers."""
    population: Population
    connections: int
    """How many are open, or being opened, at a time."""


def draw(scenario: Scenario, options: Options, machine: Machine) -> Drawing:
    """The drawing of a scenario for a machine.

    Raises:
        InputError: the scenario has something that the lab cannot play.
    """
    return _Drawer(scale_demand(scenario, options.scale), options, machine).draw()


class _Drawer:
    def __init__(self, scenario: Scenario, options: Options, machine: Machine) -> None:
        import numpy as np

        from narrows.simulate.run import streams

        self.scenario, self.options, self.machine = scenario, options, machine
        check_playable(scenario)
        model = compile_scenario(scenario, scale=options.scale)
        self.model = replace(model, uses=tuple(_slower(use, options.speed) for use in model.uses))
        rng, _ = streams(scenario.demand.seed, options.replication)
        # The lifecycle is worked out at the scenario's own pace and then compressed: Lambda's scale-up rate with it.
        self.schedule = Schedule(scenario, self.model, rng)
        windows = [own for _, own in self.schedule.windows()]
        changes: Any = np.concatenate(windows)
        changes = changes[changes["kind"] != Change.EXPIRE].copy()
        changes["at"] = (changes["at"] / options.speed).astype(np.int64)
        starts = changes["at"][changes["kind"] >= Change.THAW]
        self.seconds = self._length(int(starts.max()) / MICROSECONDS if len(starts) else 0.0)
        self.changes = changes[changes["at"] < self.seconds * MICROSECONDS]
        speeds = (scenario.demand.duration, options.speed)
        self.asked = Asked(self.model, self.schedule.clients, self.changes, self.seconds, *speeds)
        self.blocks: dict[tuple[str, int], int] = {}
        self.attachments: list[lab.Attachment] = []

    def draw(self) -> Drawing:
        import numpy as np

        places = [self._attachments_of(number) for number in range(len(self.model.clients))]
        shards, shards_of_pool = self._shards()
        attachments = tuple(
            replace(one, routes=dict(self._routes(number, shards_of_pool)))
            for number, one in enumerate(self.attachments)
        )
        connections = self.asked.connections()
        limit = self.machine.descriptors - _SPARE_DESCRIPTORS
        workers = max(_LEAST_WORKERS, math.ceil(1.1 * connections / max(1, limit)))
        blueprint = lab.Blueprint(
            uses=tuple(self._use(number) for number in range(len(self.model.uses))),
            clients=tuple(
                lab.Client(one.name, one.uses, places[number], one.descriptors, one.closes_at_end)
                for number, one in enumerate(self.model.clients)
            ),
            attachments=attachments,
            enis=tuple(str(key) for key in self.model.combos),
            shards=shards,
            gateways=self.model.gateways,
            nat_tables=self.model.nat_table_count,
            destinations=tuple(self._destinations()),
            names={one.host or name: one.addresses for name, one in self.scenario.network.destinations.items()},
            rules=self._rules(),
            seconds=self.seconds,
            seed=self.scenario.demand.seed,
            connections=connections,
            workers=workers,
            records=min(_MOST_RECORDS, self.asked.attempts()) // workers + 10_000,
            descriptors=self.machine.descriptors,
            accepts=self._accepts(),
            use_every=min(self.scenario.assumptions.eni_idle_timeout, self.options.nat_idle_timeout) / 3,
            tables_on=self.options.tables,
            serve=self.options.serve,
            serve_client=self.options.serve_client,
        )
        ordinals = np.zeros(len(self.schedule.clients), np.int32)
        ordinals[: len(self.schedule.lifecycle.ordinals)] = self.schedule.lifecycle.ordinals
        environments = np.stack([self.schedule.clients, self.schedule.places, ordinals], axis=1).astype(np.int32)
        runtime = self._runtime(places, environments)
        if runtime is not None:
            alone = all(client.name == self.model.clients[runtime.client].name for client in self.model.clients)
            blueprint = replace(blueprint, runtime=runtime, workers=1 if alone else workers + 1)
        return Drawing(
            self.scenario, self.model, blueprint, self.changes, environments, self._population(), connections
        )

    def _runtime(self, places: list[tuple[int, ...]], environments: Any) -> RuntimePlan | None:
        function = self.options.function
        if function is None:
            return None
        names = {one.name: number for number, one in enumerate(self.model.clients) if one.is_function}
        if not names or function.name not in (None, *names):
            raise InputError(
                f"has no function '{function.name}'" if function.name else "has no function",
                file=self.scenario.file,
                place="--function",
                advice=f"name one of {', '.join(names)}" if names else "",
            )
        client = names[function.name or next(iter(names))]
        own = [number for number, row in enumerate(environments.tolist()) if row[0] == client]
        if len(own) > MOST_ENVIRONMENTS:
            raise InputError(
                f"{len(own):,} execution environments are more than {MOST_ENVIRONMENTS:,} real runtimes",
                file=self.scenario.file,
                place="--function",
                advice=f"--scale {_below(MOST_ENVIRONMENTS / len(own) * self.options.scale)}, or a smaller demand",
            )
        addresses = []
        for number in own:
            _, place, ordinal = environments[number].tolist()
            addresses.append((number, address_of(self.attachments[places[client][place]].block, ordinal)))
        uses = [self._use(use) for use in self.model.clients[client].uses]
        for folder in filter(None, (function.folder, function.layer)):
            check_readable(folder)
        return RuntimePlan(
            function=replace(function, name=self.model.clients[client].name),
            client=client,
            interpreter=interpreter_for("awslambdaric", extra="'narrows[runtime]'"),
            destination=(uses[0].name, uses[0].port) if uses else ("", 0),
            region=self.scenario.network.region,
            seed=self.scenario.demand.seed,
            environments=tuple(addresses),
        )

    def _length(self, last_start: float) -> int:
        """Seconds to run: as long as the scenario, compressed, but until the last connects have timed out."""
        wanted = self.scenario.demand.duration
        if self.options.function is not None:
            return math.ceil(wanted / self.options.speed)
        longest = max((use.timeout for use in self.model.uses), default=0) / MICROSECONDS
        return math.ceil(max(wanted / self.options.speed, min(wanted, last_start + longest + 2.0)))

    def _population(self) -> Population:
        """Environments in each second of the run."""
        import numpy as np

        whole = math.ceil(self.scenario.demand.duration)
        counted = count_environments(self.scenario, self.model, self.schedule, whole)
        moments = np.minimum((np.arange(self.seconds) + 1) * self.options.speed - 1, whole - 1)
        taken = np.maximum(0, np.ceil(moments)).astype(np.int64)
        per_second = self.options.speed if self.options.speed != 1.0 else 1
        return Population(
            counted.alive[:, taken],
            counted.busy[:, taken],
            counted.invocations[:, taken],
            (counted.throttles[:, taken] * per_second).astype(np.int64),
        )

    # ---- where environments are

    def _attachments_of(self, client: int) -> tuple[int, ...]:
        one = self.model.clients[client]
        found = []
        for place in range(one.places):
            eni = max((self.model.routes[use][place].combo for use in one.uses), default=-1)
            key = ("eni", eni) if eni >= 0 else ("past", client)
            if key not in self.blocks:
                number = self.blocks[key] = len(self.attachments)
                if number >= lab.MOST_ATTACHMENTS:
                    raise InputError(
                        f"the lab has room for {lab.MOST_ATTACHMENTS} Hyperplane ENIs and other clients",
                        file=self.scenario.file,
                        advice="simulate it, or leave some out",
                    )
                name = f"eni{eni}" if eni >= 0 else f"past{client}"
                self.attachments.append(lab.Attachment(name, f"100.{64 + number}", eni, {}))
            found.append(self.blocks[key])
        return tuple(found)

    def _routes(
        self, attachment: int, shards_of_pool: list[tuple[int, ...]]
    ) -> Iterator[tuple[tuple[str, int], tuple[int, ...]]]:
        for use, ways in enumerate(self.model.routes):
            client = self.model.uses[use].client
            for route in ways:
                key = ("eni", route.combo) if route.combo >= 0 else ("past", client)
                if self.blocks.get(key) != attachment:
                    continue
                way = self._way(route, shards_of_pool)
                for unique in self._addresses(use):
                    port = self._port(self.model.unique_destinations[unique].destination)
                    yield (self.model.unique_destinations[unique].address, port), way

    @staticmethod
    def _way(route: Route, shards_of_pool: list[tuple[int, ...]]) -> tuple[int, ...]:
        if route.blocked:
            return (lab.BLOCKED,)
        return shards_of_pool[route.pool] if route.pool >= 0 else (lab.DIRECT,)

    def _addresses(self, use: int) -> range:
        one = self.model.uses[use]
        return range(one.first_address, one.first_address + one.addresses)

    def _port(self, destination: int) -> int:
        return self.scenario.network.destinations[self.model.destinations[destination]].port

    # ---- NAT gateways

    def _shards(self) -> tuple[tuple[lab.Shard, ...], list[tuple[int, ...]]]:
        shards: list[lab.Shard] = []
        of_pool: list[tuple[int, ...]] = []
        public = (str(address) for block in PUBLIC_BLOCKS for address in ipaddress.ip_network(block).hosts())
        for number, pool in enumerate(self.model.pools):
            own = [next(public, "") for _ in range(pool.addresses)]
            if not all(own):
                raise InputError("the lab has room for 508 NAT gateway addresses", file=self.scenario.file)
            uniques = [unique for (one, unique) in self.model.nat_tables if one == number]
            room = self.model.nat_capacity * pool.addresses * len(uniques)
            parts = self._parts(number, room, pool.addresses)
            first = len(shards)
            for part in range(parts):
                chosen = range(part, pool.addresses, parts)
                tables = tuple(
                    tuple(
                        lab.NatTable(
                            self.model.nat_tables[number, unique] + index,
                            own[index],
                            self.model.unique_destinations[unique].address,
                            self._port(self.model.unique_destinations[unique].destination),
                        )
                        for index in chosen
                    )
                    for unique in uniques
                )
                shards.append(lab.Shard(pool.gateway, tuple(own[index] for index in chosen), tables))
            of_pool.append(tuple(range(first + 1, len(shards) + 1)))
        return tuple(shards), of_pool

    def _parts(self, pool: int, room: int, addresses: int) -> int:
        """Namespaces that a NAT gateway needs: each tracks only so many connections."""
        own = [use for use, ways in enumerate(self.model.routes) if any(way.pool == pool for way in ways)]
        expected = min(room, self.asked.connections(own))
        return min(addresses, max(1, math.ceil(expected / (self.machine.conntrack_max * _CONNTRACK_SHARE))))

    def _accepts(self) -> bool:
        """Whether connections come and go, so that a listener that never accepts would fill up with dead ones."""
        return any(use.hold is not HoldKind.UNTIL_RECYCLED for use in self.model.uses) or bool(
            (self.changes["kind"] == Change.END).any()
        )

    # ---- parts that only change their names

    def _use(self, number: int) -> lab.Use:
        one = self.model.uses[number]
        target = self.model.unique_destinations[one.first_address].destination
        destination = self.scenario.network.destinations[self.model.destinations[target]]
        delays = self.model.delays
        return lab.Use(
            client=one.client,
            name=destination.host or destination.name,
            port=destination.port,
            count=one.count,
            hold=lab.HoldKind(int(one.hold)),
            hold_mean=one.hold_mean / MICROSECONDS,
            hold_sigma=one.hold_sigma,
            reopens=one.reopens,
            pause=delays[one.pause] / MICROSECONDS if one.pause >= 0 else 0.0,
            timeout=one.timeout / MICROSECONDS,
            retries=one.retries,
            backoffs=tuple(delays[delay] / MICROSECONDS for delay in one.backoffs),
            jitter=one.jitter,
        )

    def _destinations(self) -> Iterator[lab.Destination]:
        for number, one in enumerate(self.model.unique_destinations):
            yield lab.Destination(
                number,
                one.address,
                self._port(one.destination),
                one.capacity,
                one.refuses_when_full,
                one.accepts_per_second,
                _ANSWERS[int(one.answers)],
            )

    def _rules(self) -> lab.Rules:
        assumed = self.scenario.assumptions
        return lab.Rules(
            eni_capacity=max(1, round(HYPERPLANE_ENI_CONNECTIONS.value * self.options.scale)),
            nat_capacity=self.model.nat_capacity,
            eni_half_open=assumed.eni_half_open_hold,
            eni_after_close=assumed.eni_hold_after_close,
            eni_idle=assumed.eni_idle_timeout,
            nat_half_open=assumed.nat_half_open_hold,
            nat_after_close=assumed.nat_hold_after_close,
            nat_idle=self.options.nat_idle_timeout,
            nat_selection=assumed.nat_address_selection,
            nat_resets=assumed.nat_on_exhaustion == "reset",
            resolver_budget=assumed.resolver_packets_per_second,
            scale_out=assumed.eni_scale_out_delay,
            most_enis=self.model.most_enis if assumed.eni_scale_out_delay else 1,
            first_address=assumed.address_choice == "first",
            linear_syn_timeouts=linear_syn_timeouts(assumed.syn_retransmits) or 0,
        )


def _slower(use: Use, speed: float) -> Use:
    """Arrivals that come at their own rate once their moments are compressed."""
    return use if use.rate is None else replace(use, rate=use.rate.scaled(1 / speed))


def _below(scale: float) -> str:
    """A scale to two digits, and no larger."""
    unit = 10.0 ** (math.floor(math.log10(scale)) - 1)
    return f"{math.floor(scale / unit) * unit:.2g}"

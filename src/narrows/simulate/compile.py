"""From a scenario to a model: names become numbers, rules become tables, every delay stands once."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from narrows.assumptions import Assumptions
from narrows.demand import Connections, Curve, Distribution, FunctionDemand, Hold, OtherConnections, Retries
from narrows.demand import HoldKind as Holds
from narrows.errors import InputError
from narrows.limits import FILE_DESCRIPTORS, HYPERPLANE_ENI_CONNECTIONS, NAT_BANDWIDTH
from narrows.network import Destination, EniKey, HopKind, NatKind, Network, Path, WhenFull
from narrows.scenario import Scenario
from narrows.simulate.lifecycle import Needs
from narrows.simulate.model import (
    NONE,
    Answers,
    Client,
    HoldKind,
    Model,
    Op,
    Pool,
    Route,
    Step,
    UniqueDestination,
    Use,
)
from narrows.simulate.records import LATEST
from narrows.units import microseconds

_UNLIMITED_DESCRIPTORS = 2**31 - 1
_LONGEST_BACKOFF = 60.0
"""Seconds; a back-off is doubled up to this."""
_MOST_RETRANSMITS = 60
"""The kernel counts SYNs and steps of an attempt in a byte."""
_MOST_ENVIRONMENT_CHANGES = 5_000_000
"""Starts and ends of environments that the demand may ask for: they are worked out before the run."""
_NAT_CHOICES = {"random-port": 0, "least-used": 1, "random-address": 2}
_ANSWERS = {"yes": Answers.YES, "no": Answers.NO, "refuses": Answers.REFUSES}
_HOLDS = {
    Distribution.CONSTANT: HoldKind.CONSTANT,
    Distribution.EXPONENTIAL: HoldKind.EXPONENTIAL,
    Distribution.LOGNORMAL: HoldKind.LOGNORMAL,
}


def compile_scenario(scenario: Scenario, *, scale: float = 1.0) -> Model:
    """The model of a scenario.

    Args:
        scale: factor on the capacity of every ENI and NAT table, for quick runs of the same shape.

    Raises:
        InputError: the scenario asks for more than the simulator can count.
    """
    return _Compiler(scenario, scale).compile()


class _Compiler:
    def __init__(self, scenario: Scenario, scale: float) -> None:
        self.scenario = scenario
        self.network: Network = scenario.network
        self.assumed: Assumptions = scenario.assumptions
        self.scale = scale
        self.delays: dict[int, int] = {}
        self.combos: dict[EniKey, int] = {}
        self.pools: dict[tuple[str, str | None], int] = {}
        self.pool_list: list[Pool] = []
        self.gateways = tuple(self.network.nat_gateways)
        self.destinations = tuple(self.network.destinations)
        self.first_address: dict[str, int] = {}
        self.unique: list[UniqueDestination] = []
        self.nat_tables: dict[tuple[int, int], int] = {}
        self.nat_table_count = 0
        self.clients: list[Client] = []
        self.needs: list[Needs] = []
        self.uses: list[Use] = []
        self.routes: list[tuple[Route, ...]] = []

    def compile(self) -> Model:
        if len(self.assumed.syn_retransmits) > _MOST_RETRANSMITS:
            raise self._too_much(f"{_MOST_RETRANSMITS} SYN retransmits", "assumptions.syn_retransmits")
        for destination in self.network.destinations.values():
            self._add_destination(destination)
        for name, function in self.scenario.demand.functions.items():
            self.clients.append(self._function(len(self.clients), name, function))
        for name, others in self.scenario.demand.others.items():
            for other in others:
                self.clients.append(self._other(len(self.clients), name, other))
        model = self._model()
        self._check_size(model)
        return model

    def _check_size(self, model: Model) -> None:
        """What the kernel counts in 16 bits, and what is worked out beforehand."""
        if len(model.combos) * (model.most_enis if model.scale_out else 1) >= NONE:
            raise self._too_much(f"{NONE:,} Hyperplane ENIs", "functions")
        if max(len(model.uses), len(model.clients)) >= NONE:
            raise self._too_much(f"{NONE:,} kinds of connections", "functions")
        for client, needs in zip(model.clients, model.needs, strict=True):
            levels = [0.0, *(value for _, value in needs.curve.points)]
            changes = sum(abs(later - earlier) for earlier, later in pairwise(levels))
            if changes > _MOST_ENVIRONMENT_CHANGES:
                place = f"demand.{client.name}.environments" if client.is_function else f"others.{client.name}"
                raise self._too_much(f"{_MOST_ENVIRONMENT_CHANGES:,} starts and ends of environments", place)

    def _too_much(self, what: str, place: str) -> InputError:
        return InputError(
            f"asks for more than {what}, which is more than the simulator counts", file=self.scenario.file, place=place
        )

    def _model(self) -> Model:
        assumed = self.assumed
        self._delay(0)
        eni, nat = (microseconds(t) for t in (assumed.eni_hold_after_close, assumed.nat_hold_after_close))
        first, second = min(eni, nat), abs(eni - nat)
        delay = assumed.eni_scale_out_delay
        close_first, close_second = (self._delay(one) if one else -1 for one in (first, second))
        return Model(
            delays=tuple(self.delays),
            uses=tuple(self.uses),
            clients=tuple(self.clients),
            needs=tuple(self.needs),
            routes=tuple(self.routes),
            combos=tuple(self.combos),
            pools=tuple(self.pool_list),
            gateways=self.gateways,
            destinations=self.destinations,
            unique_destinations=tuple(self.unique),
            nat_tables=self.nat_tables,
            nat_table_count=self.nat_table_count,
            eni_capacity=self._capacity(HYPERPLANE_ENI_CONNECTIONS.value),
            nat_capacity=self._capacity(assumed.nat_connections_per_address),
            nat_bytes_per_second=NAT_BANDWIDTH.value / 8,
            close_first_is_eni=eni <= nat,
            close_first=close_first,
            close_second=close_second,
            scale_out=None if delay is None else (microseconds(delay[0]), microseconds(delay[1])),
            resolver_budget=-1 if assumed.resolver_packets_per_second is None else assumed.resolver_packets_per_second,
            random_address=assumed.address_choice == "random",
            nat_choice=_NAT_CHOICES[assumed.nat_address_selection],
            exhaustion_resets=assumed.nat_on_exhaustion == "reset",
        )

    def _capacity(self, value: int) -> int:
        return max(1, round(value * self.scale))

    def _delay(self, length: int) -> int:
        """The number of a delay in microseconds."""
        return self.delays.setdefault(min(length, LATEST), len(self.delays))

    def _add_destination(self, destination: Destination) -> None:
        self.first_address[destination.name] = len(self.unique)
        limit = destination.max_connections
        for address in destination.addresses:
            self.unique.append(
                UniqueDestination(
                    destination=self.destinations.index(destination.name),
                    address=address,
                    capacity=None if limit is None else self._capacity(limit),
                    refuses_when_full=destination.when_full is WhenFull.REFUSE,
                    accepts_per_second=destination.accepts_per_second,
                    answers=_ANSWERS[destination.answers],
                )
            )
        if len(self.unique) >= NONE:
            raise self._too_much(f"{NONE:,} unique destinations", "destinations")

    def _function(self, number: int, name: str, asked: FunctionDemand) -> Client:
        self.needs.append(Needs(asked.environments, self.network.functions[name].reserved_concurrency))
        uses = tuple(self._use(number, asked, one) for one in asked.connections)
        for one in asked.connections:
            self.routes.append(tuple(self._route(path) for path in self.network.paths(name, one.to)))
        places = max(1, len(self.network.functions[name].subnets))
        return Client(name, True, uses, places, FILE_DESCRIPTORS.value, self.assumed.recycled_environment_closes)

    def _other(self, number: int, name: str, asked: OtherConnections) -> Client:
        self.needs.append(Needs(asked.count or Curve.constant(0), scales_freely=True))
        plain = Connections(asked.to, 1, asked.hold, asked.connect_timeout, Retries(), asked.bytes_per_second)
        use = self._use(number, FunctionDemand((plain,)), plain)
        if asked.count is None:
            self.uses[use] = replace(self.uses[use], count=0, rate=asked.per_second, reopens=False)
        other = self.network.others[name]
        self.routes.append((Route(combo=-1, pool=self._pool(other.route, other.az, use), blocked=False),))
        return Client(name, False, (use,), 1, _UNLIMITED_DESCRIPTORS, True)

    def _use(self, client: int, asked: FunctionDemand, one: Connections) -> int:
        destination = self.network.destinations[one.to]
        hold, sigma = self._hold(one.hold, asked), one.hold.sigma
        kind = HoldKind.UNTIL_RECYCLED if one.hold.kind is Holds.UNTIL_RECYCLED else _HOLDS[one.hold.distribution]
        trip = microseconds(destination.round_trip)
        timeout = microseconds(one.connect_timeout)
        backoffs = [
            min(one.retries.backoff * 2**k, max(one.retries.backoff, _LONGEST_BACKOFF))
            for k in range(min(one.retries.most, 8))
        ]
        self.uses.append(
            Use(
                client=client,
                first_address=self.first_address[one.to],
                addresses=len(destination.addresses),
                count=one.per_environment,
                hold=kind,
                hold_delay=self._delay(hold) if kind is HoldKind.CONSTANT else -1,
                hold_mean=float(hold),
                hold_sigma=sigma,
                reopens=kind is not HoldKind.UNTIL_RECYCLED,
                pause=self._pause(one.hold, asked),
                timeout=timeout,
                round_trip=trip,
                answer_delay=self._delay(trip),
                steps=self._steps(timeout),
                retries=one.retries.most,
                backoffs=tuple(self._delay(microseconds(seconds)) for seconds in backoffs),
                jitter=one.retries.jitter == "full",
                bytes_per_second=one.bytes_per_second,
            )
        )
        return len(self.uses) - 1

    @staticmethod
    def _hold(hold: Hold, asked: FunctionDemand) -> int:
        return microseconds(asked.invocation_duration if hold.kind is Holds.INVOCATION else hold.mean)

    def _pause(self, hold: Hold, asked: FunctionDemand) -> int:
        """From the end of one invocation to the start of the next in the same environment."""
        if hold.kind is not Holds.INVOCATION or asked.invocations_per_second is None:
            return -1
        until = self.scenario.demand.duration
        rate = asked.invocations_per_second.largest(until)
        never = until + 1.0
        period = min(asked.environments.largest(until) / rate, never) if rate > 0 else never
        return self._delay(max(0, microseconds(period - asked.invocation_duration)))

    def _steps(self, timeout: int) -> tuple[Step, ...]:
        """What an attempt does as long as nobody answers: SYNs, what the tables forget between them, the timeout."""
        syns = [0, *(t for t in map(microseconds, self.assumed.syn_retransmits) if t < timeout)]
        moments = [(at, Op.SYN) for at in syns] + [(timeout, Op.GIVE_UP)]
        for op, hold in (
            (Op.EXPIRE_ENI, self.assumed.eni_half_open_hold),
            (Op.EXPIRE_NAT, self.assumed.nat_half_open_hold),
        ):
            forgotten = [at + microseconds(hold) for at in syns]
            # A SYN that comes before, or at the very moment, refreshes the entry.
            moments += [
                (at, op) for at, following in zip(forgotten, [*syns[1:], None], strict=True)
                if following is None or at < following
            ]  # fmt: skip
        moments.sort(key=lambda moment: (moment[0], moment[1]))
        earlier = [0, *(at for at, _ in moments)]
        return tuple(Step(self._delay(at - before), op, at) for (at, op), before in zip(moments, earlier, strict=False))

    def _route(self, path: Path) -> Route:
        use = len(self.routes)
        combo = -1
        if path.subnet is not None:
            combo = self.combos.setdefault(self.network.eni_key(path.function, path.subnet), len(self.combos))
        nat = path.hop(HopKind.NAT_GATEWAY)
        if nat is None or path.subnet is None or path.blocked:
            return Route(combo, -1, path.blocked is not None)
        return Route(combo, self._pool(nat.name, self.network.subnets[path.subnet].az, use), False)

    def _pool(self, gateway: str, az: str | None, use: int) -> int:
        nat = self.network.nat_gateways[gateway]
        key = (gateway, az if nat.kind is NatKind.REGIONAL else None)
        if key not in self.pools:
            self.pools[key] = len(self.pool_list)
            self.pool_list.append(Pool(self.gateways.index(gateway), key[1], nat.addresses))
        pool = self.pools[key]
        one = self.uses[use]
        for unique in range(one.first_address, one.first_address + one.addresses):
            if (pool, unique) not in self.nat_tables:
                self.nat_tables[pool, unique] = self.nat_table_count
                self.nat_table_count += nat.addresses
        if self.nat_table_count >= NONE:
            raise self._too_much(f"{NONE:,} tables (NAT gateway addresses times unique destinations)", "destinations")
        return pool

"""Making the kernel's memory from a model, and making it larger when a run needs more."""

from __future__ import annotations

from typing import Any

import numpy as np

from narrows.simulate import records
from narrows.simulate.kernel import Memory
from narrows.simulate.model import Model
from narrows.simulate.schedule import Schedule

_SPARE = 32
"""One in so many beside those that the environments want: for connections that arrive, retry or close."""
_LEAST_SPARE = 64
_GROWTH = 1.125
"""Small, so that memory stays close to what is used; copying still costs only a few times the whole."""
_OUTCOMES = 1 << 16
_LOG = 1 << 16


def make_memory(model: Model, schedule: Schedule, *, connections: int | None = None, log: bool = False) -> Memory:
    """The state before the first event.

    Args:
        model: what runs.
        schedule: for the environments, whose they are and where.
        connections: records to begin with; by default as many as the environments want, which is often enough.
        log: whether every event is written to ``Memory.log``.
    """
    delays = np.array(model.delays, np.int64)
    steps, first_steps = _flat([use.steps for use in model.uses])
    backoffs, first_backoffs = _flat([use.backoffs for use in model.uses])
    client_uses, first_uses = _flat([client.uses for client in model.clients])
    most_enis = model.most_enis if model.scale_out else 1
    if connections is None:
        wanted = schedule.most_connections()
        connections = min(wanted + wanted // _SPARE + _LEAST_SPARE, records.MOST_CONNECTIONS)
    count = max(connections, 16)
    return Memory(
        scalars=_scalars(model, log),
        connections=np.zeros(count, records.CONNECTION),
        environments=_environments(schedule),
        uses=_uses(model, first_steps, first_backoffs),
        steps=np.array([(step.gap, step.op, step.at) for step in steps] or [(0, 0, 0)], records.STEP),
        backoffs=np.array(backoffs or [0], np.int32),
        routes=_routes(model),
        pools=np.array([(pool.gateway, pool.addresses) for pool in model.pools] or [(0, 0)], records.POOL),
        clients=_clients(model, first_uses),
        client_uses=np.array(client_uses or [0], np.int32),
        enis=_tables(len(model.combos) * most_enis, model.eni_capacity),
        combos=_combos(model),
        combo_enis=np.arange(max(1, len(model.combos)) * most_enis, dtype=np.int32).reshape(-1, most_enis),
        tables=_tables(model.nat_table_count, model.nat_capacity),
        nat_first=_nat_first(model),
        gateways=np.zeros(max(1, len(model.gateways)), records.GATEWAY),
        destinations=_destinations(model),
        delays=delays,
        zero_delay=model.delays.index(0),
        heap=np.zeros(64, np.int64),
        outcomes=np.zeros(_OUTCOMES, records.OUTCOME),
        log=np.zeros(_LOG if log else 1, records.LOG),
        **_queues(len(delays), count),
    )


def with_connections(memory: Memory, at_least: int) -> Memory:
    """The same state with room for more connections."""
    old = len(memory.connections)
    count = min(max(int(old * _GROWTH), old + at_least), records.MOST_CONNECTIONS)
    chunks = _chunks(len(memory.delays), count)
    next_chunk = np.full(chunks, -1, np.int32)
    before = len(memory.next_chunk)
    next_chunk[:before] = memory.next_chunk
    next_chunk[before : chunks - 1] = np.arange(before + 1, chunks)
    if chunks > before:
        next_chunk[chunks - 1] = memory.scalars["free_chunk"][0]
        memory.scalars["free_chunk"] = before
    return memory._replace(
        connections=_longer(memory.connections, count),
        pool=_longer(memory.pool, chunks * records.CHUNK),
        next_chunk=next_chunk,
    )


def with_heap(memory: Memory) -> Memory:
    """The same state with room for more drawn delays."""
    return memory._replace(heap=_longer(memory.heap, int(len(memory.heap) * _GROWTH) + 64))


def bytes_of_connections(memory: Memory) -> int:
    """Bytes that grow with the number of live connections: records, queues and heap."""
    growing = (memory.connections, memory.pool, memory.next_chunk, memory.heap)
    return sum(array.nbytes for array in growing)


def _longer(array: Any, length: int) -> Any:
    longer = np.zeros(length, array.dtype)
    longer[: len(array)] = array
    return longer


def _flat(lists: Any) -> tuple[list[Any], list[int]]:
    flat: list[Any] = []
    firsts = []
    for one in lists:
        firsts.append(len(flat))
        flat.extend(one)
    return flat, firsts


def _chunks(queues: int, connections: int) -> int:
    """Every queue may have a part-filled chunk at either end, and keeps one when it is empty."""
    return -(-connections // records.CHUNK) + 2 * queues + 1


def _queues(count: int, connections: int) -> dict[str, Any]:
    chunks = _chunks(count, connections)
    queues = np.zeros(count, records.QUEUE)
    queues["first_chunk"] = queues["last_chunk"] = np.arange(count)
    next_chunk = np.arange(1, chunks + 1, dtype=np.int32)
    next_chunk[:count] = -1
    next_chunk[-1] = -1
    return {
        "queues": queues,
        "heads": np.full(count, records.NEVER, np.int64),
        "pool": np.zeros(chunks * records.CHUNK, np.int64),
        "next_chunk": next_chunk,
    }


def _scalars(model: Model, log: bool) -> Any:
    scalars = np.zeros(1, records.SCALARS)
    one = scalars[0]
    one["free_chunk"] = len(model.delays)
    one["next_ready"] = records.NEVER >> records.SLOT_BITS
    one["eni_capacity"] = model.eni_capacity
    one["close_first_is_eni"] = model.close_first_is_eni
    one["close_first"] = model.close_first
    one["close_second"] = model.close_second
    one["scales_out"] = model.scale_out is not None
    one["scale_out_low"], one["scale_out_high"] = model.scale_out or (0, 0)
    one["resolver_budget"] = model.resolver_budget
    one["random_address"] = model.random_address
    one["nat_choice"] = model.nat_choice
    one["exhaustion_resets"] = model.exhaustion_resets
    one["logging"] = log
    one["nat_bytes_per_second"] = model.nat_bytes_per_second
    one["most_enis"] = model.most_enis
    return scalars


def _environments(schedule: Schedule) -> Any:
    count = len(schedule.clients)
    environments = np.zeros(max(1, count), records.ENVIRONMENT)
    environments["head"] = -1
    environments["client"][:count] = schedule.clients
    environments["place"][:count] = schedule.places
    there = schedule.always_there
    environments["state"][there.start : there.stop] = records.ENVIRONMENT_ACTIVE
    return environments


def _uses(model: Model, first_steps: list[int], first_backoffs: list[int]) -> Any:
    uses = np.zeros(max(1, len(model.uses)), records.USE)
    for row, use, first_step, first_backoff in zip(uses, model.uses, first_steps, first_backoffs, strict=False):
        for field in (
            "client", "first_address", "addresses", "count", "hold", "hold_delay", "reopens", "pause", "answer_delay",
            "retries", "jitter", "hold_mean", "hold_sigma", "timeout", "round_trip", "bytes_per_second",
        ):  # fmt: skip
            row[field] = getattr(use, field)
        row["first_step"] = first_step
        row["first_backoff"] = first_backoff
        row["backoffs"] = len(use.backoffs)
    return uses


def _routes(model: Model) -> Any:
    places = max((client.places for client in model.clients), default=1)
    routes = np.zeros((max(1, len(model.routes)), places), records.ROUTE)
    for number, ways in enumerate(model.routes):
        for place, route in enumerate(ways):
            routes[number, place] = (route.combo, route.pool, route.blocked)
    return routes


def _clients(model: Model, first_uses: list[int]) -> Any:
    clients = np.zeros(max(1, len(model.clients)), records.CLIENT)
    for row, client, first in zip(clients, model.clients, first_uses, strict=False):
        row["first_use"], row["uses"] = first, len(client.uses)
        row["descriptors"], row["closes_at_end"] = client.descriptors, client.closes_at_end
    return clients


def _tables(count: int, capacity: int) -> Any:
    tables = np.zeros(max(1, count), records.TABLE)
    tables["capacity"] = capacity
    return tables


def _combos(model: Model) -> Any:
    combos = np.zeros(max(1, len(model.combos)), records.COMBO)
    combos["enis"] = 1
    combos["dns_second"] = -1
    return combos


def _nat_first(model: Model) -> Any:
    first = np.full((max(1, len(model.pools)), max(1, len(model.unique_destinations))), -1, np.int32)
    for (pool, unique), table in model.nat_tables.items():
        first[pool, unique] = table
    return first


def _destinations(model: Model) -> Any:
    destinations = np.zeros(max(1, len(model.unique_destinations)), records.DESTINATION)
    destinations["second"] = -1
    for row, one in zip(destinations, model.unique_destinations, strict=False):
        row["capacity"] = -1 if one.capacity is None else one.capacity
        row["accepts_per_second"] = -1 if one.accepts_per_second is None else one.accepts_per_second
        row["answers"], row["refuses_when_full"] = one.answers, one.refuses_when_full
    return destinations

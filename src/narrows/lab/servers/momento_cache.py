"""A cache that speaks Momento's protocol, so that the real SDK has something to talk to.

    python -m narrows.lab.servers.momento_cache --port 8080

Clients reach it through ``CredentialProvider.for_momento_local(host, port)``. It knows get, set, delete, increment,
ping, create, delete and list of caches, and honours times to live; all else is UNIMPLEMENTED. Unlike Momento it has
every cache that it is asked for. The SDK speaks TLS on port 443 only, and this does not: take another port.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
import time
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from narrows.lab.machine import raise_descriptors

_MOST_ENTRIES = 200_000
"""Over all caches; the oldest goes."""
_LOOK_EVERY = 0.25
_ESTABLISHED = "01"
_SAID = "momento cache"


@dataclass
class Metrics:
    """What the cache counts itself."""

    connections: int = 0
    """Established now."""
    peak: int = 0
    """The most that were at once, as looked at four times a second."""
    accepted: int = 0
    """In all, by the addresses and ports that requests came from."""
    requests: Counter[str] = field(default_factory=Counter)
    """By kind."""

    def printed(self) -> str:
        """As a line of JSON."""
        figures = {"connections": self.connections, "peak": self.peak, "accepted": self.accepted}
        return json.dumps({**figures, "requests": dict(self.requests)})


class Store:
    """The entries of all caches, each with the moment of its end."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._entries: OrderedDict[tuple[str, bytes], tuple[bytes, float]] = OrderedDict()
        self.caches: set[str] = set()

    def get(self, cache: str, key: bytes) -> bytes | None:
        """The value; None where there is none, or it has expired."""
        self.caches.add(cache)
        found = self._entries.get((cache, key))
        if found is None or found[1] <= self._clock():
            self._entries.pop((cache, key), None)
            return None
        return found[0]

    def set(self, cache: str, key: bytes, value: bytes, seconds: float) -> None:
        """Keep a value for a time."""
        self.caches.add(cache)
        self._entries.pop((cache, key), None)
        self._entries[cache, key] = value, self._clock() + seconds
        if len(self._entries) > _MOST_ENTRIES:
            self._entries.popitem(last=False)

    def delete(self, cache: str, key: bytes) -> None:
        """Forget a value, if it is there."""
        self._entries.pop((cache, key), None)

    def increment(self, cache: str, key: bytes, amount: int, seconds: float) -> int:
        """Add to a number; one that was there before keeps its end.

        Raises:
            ValueError: what is there is no number.
        """
        before = self.get(cache, key)
        number = int(before or 0) + amount
        end = seconds if before is None else self._entries[cache, key][1] - self._clock()
        self.set(cache, key, str(number).encode(), end)
        return number

    def forget_cache(self, cache: str) -> None:
        """Forget a cache with all that is in it."""
        self.caches.discard(cache)
        for key in [one for one in self._entries if one[0] == cache]:
            del self._entries[key]


class Connections:
    """How many connections there are: by the kernel now, by who asked in all."""

    def __init__(self, port: int, metrics: Metrics) -> None:
        self._mark = f":{port:04X}"
        self._metrics = metrics
        self._seen: set[str] = set()

    def asked_by(self, peer: str) -> None:
        """A request came from this address and port."""
        if peer not in self._seen:
            self._seen.add(peer)
            self._metrics.accepted += 1

    def look(self) -> None:
        """Count those that are established now."""
        peers = []
        for file in ("/proc/self/net/tcp", "/proc/self/net/tcp6"):
            with suppress(OSError):
                rows = (line.split() for line in Path(file).read_text().splitlines()[1:])
                peers += [row[2] for row in rows if row[1].endswith(self._mark) and row[3] == _ESTABLISHED]
        now = len(peers)
        # Who is gone and asks again from the same port has another connection.
        there = {_as_grpc_says(one) for one in peers}
        self._seen = {one for one in self._seen if one in there or not one.startswith("ipv4:")}
        self._metrics.connections = now
        self._metrics.peak = max(self._metrics.peak, now)


def _as_grpc_says(peer: str) -> str:
    address, _, port = peer.partition(":")
    return f"ipv4:{'.'.join(str(one) for one in reversed(bytes.fromhex(address[-8:])))}:{int(port, 16)}"


def _handlers(store: Store, metrics: Metrics, connections: Connections) -> list[Any]:
    """gRPC's handlers of all requests."""
    import grpc
    from momento_wire_types import cacheclient_pb2 as cache
    from momento_wire_types import controlclient_pb2 as control

    def name(context: Any) -> str:
        return str(dict(context.invocation_metadata()).get("cache", "cache"))

    async def get(request: Any, context: Any) -> Any:
        value = store.get(name(context), request.cache_key)
        if value is None:
            return cache._GetResponse(result=cache.Miss)
        return cache._GetResponse(result=cache.Hit, cache_body=value)

    async def put(request: Any, context: Any) -> Any:
        store.set(name(context), request.cache_key, request.cache_body, request.ttl_milliseconds / 1000)
        return cache._SetResponse(result=cache.Ok)

    async def delete(request: Any, context: Any) -> Any:
        store.delete(name(context), request.cache_key)
        return cache._DeleteResponse()

    async def increment(request: Any, context: Any) -> Any:
        seconds = request.ttl_milliseconds / 1000
        try:
            return cache._IncrementResponse(
                value=store.increment(name(context), request.cache_key, request.amount, seconds)
            )
        except ValueError:
            await context.abort(grpc.StatusCode.FAILED_PRECONDITION, "the value is no number")

    async def create_cache(request: Any, context: Any) -> Any:
        if request.cache_name in store.caches:
            await context.abort(grpc.StatusCode.ALREADY_EXISTS, "the cache is there already")
        store.caches.add(request.cache_name)
        return control._CreateCacheResponse()

    async def delete_cache(request: Any, context: Any) -> Any:
        store.forget_cache(request.cache_name)
        return control._DeleteCacheResponse()

    async def list_caches(request: Any, context: Any) -> Any:
        return control._ListCachesResponse(cache=[control._Cache(cache_name=one) for one in sorted(store.caches)])

    async def ping(request: bytes, context: Any) -> bytes:
        return b""

    def handler(kind: str, work: Callable[[Any, Any], Awaitable[Any]], parse: Any, serialize: Any) -> Any:
        async def counted(request: Any, context: Any) -> Any:
            metrics.requests[kind] += 1
            connections.asked_by(context.peer())
            return await work(request, context)

        return grpc.unary_unary_rpc_method_handler(counted, parse, serialize)

    def of(kind: str, work: Any, module: Any) -> Any:
        asked, answered = (getattr(module, f"_{kind}{end}") for end in ("Request", "Response"))
        return handler(kind, work, asked.FromString, answered.SerializeToString)

    data = {"Get": get, "Set": put, "Delete": delete, "Increment": increment}
    plane = {"CreateCache": create_cache, "DeleteCache": delete_cache, "ListCaches": list_caches}
    services = {
        "cache_client.Scs": {kind: of(kind, work, cache) for kind, work in data.items()},
        "control_client.ScsControl": {kind: of(kind, work, control) for kind, work in plane.items()},
        "cache_client.Ping": {"Ping": handler("Ping", ping, None, None)},
    }
    return [grpc.method_handlers_generic_handler(service, methods) for service, methods in services.items()]


async def serve(host: str, port: int, *, until: asyncio.Event, ready: Callable[[int], None]) -> Metrics:
    """Serve until told to end.

    Args:
        host, port: where to listen; port 0 takes any.
        until: set to end it.
        ready: called with the port once it listens.
    """
    import grpc

    metrics = Metrics()
    server = grpc.aio.server(options=[("grpc.so_reuseport", 0), ("grpc.max_concurrent_streams", 1000)])
    listens = server.add_insecure_port(f"{host}:{port}")
    connections = Connections(listens, metrics)
    server.add_generic_rpc_handlers(_handlers(Store(), metrics, connections))
    await server.start()
    ready(listens)
    while not until.is_set():
        connections.look()
        with suppress(TimeoutError):
            await asyncio.wait_for(until.wait(), _LOOK_EVERY)
    await server.stop(None)
    return metrics


def main(*arguments: str) -> int:
    """Serve on the command line; what was counted is said on stderr at the end."""
    parser = argparse.ArgumentParser(
        prog="narrows.lab.servers.momento_cache", description="A Momento-compatible cache."
    )
    parser.add_argument("--host", default="0.0.0.0")
    parser.add_argument("--port", type=int, default=8080)
    asked = parser.parse_args(arguments)
    try:
        import grpc  # noqa: F401
        import momento_wire_types  # noqa: F401
    except ImportError as error:
        print(f"{_SAID}: the Python package '{error.name}' is not installed: pip install momento", file=sys.stderr)
        return 2

    raise_descriptors()

    async def run() -> Metrics:
        until, loop = asyncio.Event(), asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, until.set)
        return await serve(
            asked.host, asked.port, until=until, ready=lambda port: print(f"{_SAID} on port {port}", flush=True)
        )

    try:
        metrics = asyncio.run(run())
    except RuntimeError as error:
        print(f"{_SAID}: {str(error).splitlines()[0]}", file=sys.stderr)
        return 1
    print(f"{_SAID}: {metrics.printed()}", file=sys.stderr, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

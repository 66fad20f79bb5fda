"""The queues: one first-in-first-out queue for each constant delay, and a heap for the drawn ones.

Every entry of a queue waits equally long, so a queue is in order of time by itself: adding and taking cost the same
however many entries there are. The queues share one pool of chunks, so that memory follows what is waiting.
An entry is the moment in microseconds, shifted, with the connection in the low bits.
"""

from __future__ import annotations

from typing import Any

from narrows.simulate.kernel.compiled import compiled
from narrows.simulate.records import CHUNK, NEVER


@compiled
def push(queues: Any, heads: Any, pool: Any, next_chunk: Any, scalars: Any, queue: int, entry: int) -> None:
    """Add an entry at the end of a queue."""
    q = queues[queue]
    if heads[queue] == NEVER:
        heads[queue] = entry
    if q.last == CHUNK:
        chunk = scalars[0].free_chunk
        scalars[0].free_chunk = next_chunk[chunk]
        next_chunk[q.last_chunk] = chunk
        q.last_chunk = chunk
        q.last = 0
    pool[q.last_chunk * CHUNK + q.last] = entry
    q.last += 1


@compiled
def pop(queues: Any, heads: Any, pool: Any, next_chunk: Any, scalars: Any, queue: int) -> None:
    """Take the first entry off a queue; ``heads`` then holds the next one, or NEVER."""
    q = queues[queue]
    q.first += 1
    if q.first_chunk == q.last_chunk:
        if q.first == q.last:
            q.first = 0
            q.last = 0
            heads[queue] = NEVER
            return
    elif q.first == CHUNK:
        empty = q.first_chunk
        q.first_chunk = next_chunk[empty]
        q.first = 0
        next_chunk[empty] = scalars[0].free_chunk
        scalars[0].free_chunk = empty
    heads[queue] = pool[q.first_chunk * CHUNK + q.first]


@compiled
def heap_push(heap: Any, size: int, entry: int) -> None:
    """Add an entry to a heap of ``size`` entries."""
    place = size
    while place > 0:
        parent = (place - 1) >> 1
        if heap[parent] <= entry:
            break
        heap[place] = heap[parent]
        place = parent
    heap[place] = entry


@compiled
def heap_pop(heap: Any, size: int) -> None:
    """Take the smallest entry off a heap of ``size`` entries."""
    last = heap[size - 1]
    place = 0
    child = 1
    while child < size - 1:
        if child + 1 < size - 1 and heap[child + 1] < heap[child]:
            child += 1
        if heap[child] >= last:
            break
        heap[place] = heap[child]
        place = child
        child = 2 * place + 1
    heap[place] = last

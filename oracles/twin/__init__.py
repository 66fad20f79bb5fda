"""The simulator again, in plain Python: the oracle of the fast kernel, and the place to read how it works.

Given the same model, schedule and random numbers, both give the identical event log. It keeps one heap of everything
that is to come, in the order that the kernel's queues give by themselves: by moment, then by queue, then by who came
first (for drawn delays: by connection).

Read it in this order: ``parts``, ``state``, ``run``, ``environments``, ``connections``, ``path``, ``leaving``.
"""

from oracles.twin.run import Twin

__all__ = ["Twin"]

"""Whether a connection gets from a function's subnet to a destination: the VPC's own configuration, walked packet by
packet in both directions, and nothing else. Data in, answers out; what is not known is never taken to be open or shut.

    answers.py          what it says: open, beyond what is here, partly, blocked (by what), not known (for want of what)
    rules.py            security groups and network ACLs
    configuration.py    subnets, route tables, gateways, endpoints and interfaces as plain data
    passing.py          what packets pass: security groups at both ends, network ACLs on the way there and back
    walk.py             one connection: its SYN on the way there, its answer on the way back
    engine.py           every address of a destination, each answer once

docs/reachability.md says what is modelled, and how it is checked.
"""

from __future__ import annotations

from narrows.reachability.answers import SMTP, Answer, Block, Obstacle, Reach
from narrows.reachability.engine import Goal, Reachability

__all__ = ["SMTP", "Answer", "Block", "Goal", "Obstacle", "Reach", "Reachability"]

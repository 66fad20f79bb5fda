"""The limits that code inside a function works with.

A test holds them to ``narrows.limits``, where their sources stand.
"""

from __future__ import annotations

TABLE_IDLE_TIMEOUT = 350.0
"""Seconds after which a NAT gateway, a Network Load Balancer or an ENI's tracking forgets an idle connection."""
FUNCTION_TIMEOUT = 900.0
"""Seconds that an invocation may take, whatever its function asks for."""
INIT_PHASE = 10.0
"""Seconds that Lambda gives the init phase before it begins it anew, within the invocation."""
FILE_DESCRIPTORS = 1_024
"""File descriptors of an execution environment."""

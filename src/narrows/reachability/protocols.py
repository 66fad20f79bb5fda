"""Protocols as the rules of security groups and network ACLs write them."""

from __future__ import annotations

ANY_PROTOCOL = "-1"
PROTOCOL_NAMES = {"tcp": ("tcp", "6"), "udp": ("udp", "17")}
"""What a rule may call the protocol of a destination."""

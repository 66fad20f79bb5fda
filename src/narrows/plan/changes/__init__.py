"""The changes that a plan can make: one file each, one pure function each.

A function takes a scenario and says what it becomes: ``Step(scenario, change)``. It decides nothing; what to change,
and by how much, is the business of ``enis.py``, ``nat.py`` and ``conditional.py``.
"""

from __future__ import annotations

from narrows.plan.changes.add_nat_addresses import add_nat_addresses as add_nat_addresses
from narrows.plan.changes.add_nat_gateway import add_nat_gateway as add_nat_gateway
from narrows.plan.changes.add_subnets import add_subnets as add_subnets
from narrows.plan.changes.leave_vpc import leave_vpc as leave_vpc
from narrows.plan.changes.reuse_connections import reuse_connections as reuse_connections
from narrows.plan.changes.split_security_groups import split_security_groups as split_security_groups
from narrows.plan.changes.use_egress_proxy import use_egress_proxy as use_egress_proxy
from narrows.plan.changes.use_interface_endpoint import use_interface_endpoint as use_interface_endpoint
from narrows.plan.changes.use_ipv6_egress import use_ipv6_egress as use_ipv6_egress
from narrows.plan.changes.use_regional_nat_gateway import use_regional_nat_gateway as use_regional_nat_gateway

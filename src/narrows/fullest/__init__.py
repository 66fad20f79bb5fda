"""Which functions share each Hyperplane ENI and NAT gateway, and how full each table is, the fullest first."""

from narrows.fullest.answer import Fullest as Fullest
from narrows.fullest.answer import fullest_tables as fullest_tables
from narrows.fullest.model import SharedTable as SharedTable

__all__ = ["Fullest", "SharedTable", "fullest_tables"]

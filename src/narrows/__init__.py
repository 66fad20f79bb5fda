"""Find, prove and widen the narrow places between AWS Lambda functions in a VPC and what they call.

The names below are the Python API; the command line is a thin layer over them. Each is loaded when it is
first used, so ``import narrows`` costs next to nothing.

To add a name, add it to the table below and to the imports for type checkers. A name of the API must not be
the name of a module of this package: ``import narrows.simulate`` binds ``narrows.simulate`` to the module,
and what ``from narrows import simulate`` gives would depend on what was imported before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from narrows.lazy import loading

if TYPE_CHECKING:
    from narrows.assumptions import Assumptions as Assumptions
    from narrows.case import Case as Case
    from narrows.case import read_case as read_case
    from narrows.case import write_case as write_case
    from narrows.demand import Connections as Connections
    from narrows.demand import Demand as Demand
    from narrows.diagnose import Diagnosis as Diagnosis
    from narrows.diagnose import diagnose_case as diagnose_case
    from narrows.errors import InputError as InputError
    from narrows.errors import NarrowsError as NarrowsError
    from narrows.flowlogs import count_connections as count_connections
    from narrows.limits import LIMITS as LIMITS
    from narrows.limits import Certainty as Certainty
    from narrows.limits import Limit as Limit
    from narrows.network import Destination as Destination
    from narrows.network import Function as Function
    from narrows.network import Hop as Hop
    from narrows.network import HyperplaneEni as HyperplaneEni
    from narrows.network import NatGateway as NatGateway
    from narrows.network import Network as Network
    from narrows.network import Path as Path
    from narrows.network import Subnet as Subnet
    from narrows.plan import Plan as Plan
    from narrows.plan import make_plan as make_plan
    from narrows.plan import prove as prove
    from narrows.plan import write_scenario as write_scenario
    from narrows.report import write_report as write_report
    from narrows.scenario import Scenario as Scenario
    from narrows.scenario import load_scenario as load_scenario
    from narrows.scenario import parse_scenario as parse_scenario
    from narrows.simulate import simulate_scenario as simulate_scenario
    from narrows.sweeping import Sweep as Sweep
    from narrows.sweeping import sweep as sweep

__version__ = "0.1.0"
"""The version of this distribution; pyproject.toml reads it from here."""

_NAMES_OF = {
    "narrows.assumptions": ("Assumptions",),
    "narrows.case": ("Case", "read_case", "write_case"),
    "narrows.demand": ("Connections", "Demand"),
    "narrows.diagnose": ("Diagnosis", "diagnose_case"),
    "narrows.errors": ("InputError", "NarrowsError"),
    "narrows.flowlogs": ("count_connections",),
    "narrows.limits": ("LIMITS", "Certainty", "Limit"),
    "narrows.network": (
        "Destination",
        "Function",
        "Hop",
        "HyperplaneEni",
        "NatGateway",
        "Network",
        "Path",
        "Subnet",
    ),
    "narrows.plan": ("Plan", "make_plan", "prove", "write_scenario"),
    "narrows.report": ("write_report",),
    "narrows.scenario": ("Scenario", "load_scenario", "parse_scenario"),
    "narrows.simulate": ("simulate_scenario",),
    "narrows.sweeping": ("Sweep", "sweep"),
}
"""The API: the names that each module gives to it."""

_HOME_OF = {name: module for module, names in _NAMES_OF.items() for name in names}

__all__ = ["__version__", *_HOME_OF]


__getattr__ = loading(__name__, _HOME_OF)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME_OF})

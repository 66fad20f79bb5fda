"""Cases: the evidence of one incident on disk, in AWS's own shapes. Names are loaded when they are first used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from narrows.lazy import loading

if TYPE_CHECKING:
    from narrows.case.model import SCHEMA as SCHEMA
    from narrows.case.model import CallerCount as CallerCount
    from narrows.case.model import CallerOutcome as CallerOutcome
    from narrows.case.model import Callers as Callers
    from narrows.case.model import Case as Case
    from narrows.case.model import FunctionState as FunctionState
    from narrows.case.model import InvocationCount as InvocationCount
    from narrows.case.model import KnownDestination as KnownDestination
    from narrows.case.model import Metrics as Metrics
    from narrows.case.model import Note as Note
    from narrows.case.model import ObservedEni as ObservedEni
    from narrows.case.model import Series as Series
    from narrows.case.model import Told as Told
    from narrows.case.model import Topology as Topology
    from narrows.case.model import UnknownError as UnknownError
    from narrows.case.reading import read_case as read_case
    from narrows.writing import check_target as check_target
    from narrows.writing import new_case as new_case
    from narrows.writing import write_case as write_case

_MODEL = (
    "SCHEMA",
    "CallerCount",
    "CallerOutcome",
    "Callers",
    "Case",
    "FunctionState",
    "InvocationCount",
    "KnownDestination",
    "Metrics",
    "Note",
    "ObservedEni",
    "Series",
    "Told",
    "Topology",
    "UnknownError",
)

_HOME_OF = {
    **dict.fromkeys(_MODEL, "narrows.case.model"),
    "check_target": "narrows.writing",
    "new_case": "narrows.writing",
    "read_case": "narrows.case.reading",
    "write_case": "narrows.writing",
}

__all__ = list(_HOME_OF)


__getattr__ = loading(__name__, _HOME_OF)

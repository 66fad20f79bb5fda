"""Functions and their published versions, from ListFunctions, GetFunction and GetFunctionConfiguration."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from narrows.case.model import FunctionState
from narrows.case.reading.aws_files import LATEST, RESERVED
from narrows.case.reading.aws_json import Record
from narrows.case.reading.folder import CaseFolder
from narrows.network import Function

_Pair = tuple[tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True)
class ReadFunctions:
    """Every function by name."""

    functions: dict[str, Function] = field(default_factory=dict)
    states: dict[str, FunctionState] = field(default_factory=dict)
    vpcs: dict[str, str] = field(default_factory=dict)
    """The VPC of each function that is in one, where it is stated."""


def read_functions(folder: CaseFolder, records: list[Record]) -> ReadFunctions:
    """The functions in these records; versions that share the VPC configuration of the latest are not listed again."""
    by_name: dict[str, list[Record]] = {}
    for record in records:
        by_name.setdefault(record.need("FunctionName"), []).append(record)
    read = ReadFunctions()
    for name, configurations in by_name.items():
        configurations.sort(key=_age)
        latest = configurations[-1]
        read.functions[name] = _function(name, latest, configurations)
        read.states[name] = FunctionState(
            latest.text("State"),
            _reason_code(latest, "State"),
            latest.text("LastUpdateStatus"),
            _reason_code(latest, "LastUpdateStatus"),
            folder.source(latest.home("State" if latest.text("State") else "LastUpdateStatus").file),
        )
        vpc = latest.record("VpcConfig")
        vpc_id = vpc.text("VpcId") if vpc else None
        if vpc_id:
            read.vpcs[name] = vpc_id
        if latest.record("CapacityProviderConfig"):
            folder.note(latest.file, f"{name} runs on Lambda Managed Instances: no Hyperplane ENI is on its way")
    return read


def _function(name: str, latest: Record, configurations: list[Record]) -> Function:
    main = _pair(latest)
    others: dict[_Pair, list[str]] = {}
    for one in configurations[:-1]:
        others.setdefault(_pair(one), []).append(one.text("Version") or LATEST)
    elsewhere = {pair: numbers for pair, numbers in others.items() if pair[0] and _same(pair) != _same(main)}
    vpc = latest.record("VpcConfig")
    timeout = latest.number("Timeout")
    function = Function(
        name,
        *main,
        versions=tuple(elsewhere),
        version_numbers=tuple(map(tuple, elsewhere.values())),
        reserved_concurrency=_reserved(latest),
        dual_stack=bool(vpc and vpc.flag("Ipv6AllowedForDualStack")),
    )
    return function if timeout is None else replace(function, timeout=timeout)


def _reason_code(latest: Record, status: str) -> str | None:
    """The reason of a status, of the same answer: one of another time may tell the reason of another status."""
    code = f"{status}ReasonCode"
    same = latest.text(status) is None or latest.home(code) is latest.home(status)
    return latest.text(code) if same else None


def _pair(record: Record) -> _Pair:
    vpc = record.record("VpcConfig")
    if vpc is None:
        return (), ()
    return tuple(dict.fromkeys(vpc.texts("SubnetIds"))), tuple(dict.fromkeys(vpc.texts("SecurityGroupIds")))


def _same(pair: _Pair) -> tuple[frozenset[str], frozenset[str]]:
    return frozenset(pair[0]), frozenset(pair[1])


def _age(record: Record) -> tuple[int, int]:
    """Sorts published versions by number and puts ``$LATEST`` last."""
    version = record.text("Version") or LATEST
    if version == LATEST:
        return 1, 0
    return 0, int(version) if version.isascii() and version.isdigit() and len(version) < 20 else 0


def _reserved(function: Record) -> int | None:
    """Its reserved concurrency, as GetFunction says it; or as people write it beside what ListFunctions says."""
    said = function.whole(RESERVED)
    return function.whole("ReservedConcurrentExecutions") if said is None else said

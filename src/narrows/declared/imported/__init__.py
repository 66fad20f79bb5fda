"""A scenario out of what is declared: what is known filled in, the rest asked beside a value that stands in for it."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from narrows.assumptions import Assumptions
from narrows.declared.account import DescribedAccount, account_of
from narrows.declared.described import Described, describe, region_of
from narrows.declared.described.told import Question
from narrows.declared.ids import FUNCTION_TYPE
from narrows.declared.imported.asking import Asking
from narrows.declared.imported.destinations import INTERNET, Asked, long_ranges, of_answers, probes, services
from narrows.declared.imported.names import Names, names_of, renamed
from narrows.declared.imported.settling import Settling
from narrows.declared.imported.text import Path, Remarks, commented
from narrows.declared.model import Declared
from narrows.demand import Curve
from narrows.errors import InputError
from narrows.network import Egress, Network, NetworkError
from narrows.network_checks import check
from narrows.scenario import Scenario, parse_scenario
from narrows.scenario.writing import scenario_data, yaml_of

_START = datetime.fromisoformat("2026-11-20T12:00:00+00:00")
_STAND_IN_REGION = "us-east-1"
_MATTERS = (
    "Route",
    "SubnetRouteTableAssociation",
    "SubnetNetworkAclAssociation",
    "NetworkAclEntry",
    "SecurityGroupEgress",
)
"""Kinds that have no part of their own in a scenario, and change others'."""
_ELSEWHERE = ("VpcConfig", "VpcConfig.SubnetIds", "VpcConfig.SecurityGroupIds", "AvailabilityZone", "VpcId")
"""Members that are asked where they stand in for something."""
_MOST_FAULTS = 50
_LANGUAGES = {"terraform": "Terraform", "cloudformation": "CloudFormation"}


@dataclass(frozen=True)
class Imported:
    """What an import makes."""

    scenario: Scenario
    text: str
    """The scenario as YAML, with its questions."""
    questions: int
    told: tuple[str, ...]
    """What of earlier answers does not fit any more."""
    names: Mapping[str, str]
    """By id what the scenario calls it."""
    account: DescribedAccount


def import_scenario(
    declared: Declared, answers: Scenario | None = None, region: str | None = None, name: str = "imported"
) -> Imported:
    """The scenario of what is declared.

    Args:
        answers: a scenario that was imported before and filled in: what no file says is taken from it.
        region: where the files name none.
        name: of the scenario.

    Raises:
        InputError: something is declared that AWS cannot have.
    """
    remarks, told = Remarks(), list[str]()
    if region is None and region_of(declared) is None:
        region = _STAND_IN_REGION if answers is None else answers.network.region
        if answers is None:
            remarks.ask(("region",), "of which Region? Say it with --region: prices and names of services depend on it")
    described = describe(declared, region)
    asked = services(described) if answers is None else _of_answers(declared, described, answers, region)
    account = account_of(declared, asked.known, asked.via, region)
    names = names_of(account)
    network = renamed(_with_ports(account, asked, region), names)
    network = replace(network, destinations=dict(asked.destinations), others={})
    answered = None if answers is None else answers.network
    network = Settling(network, _of_functions(account), answered, remarks).settled()
    network, demand = Asking(network, described, answers, remarks, told).asked()
    _say_places(account, names, network, remarks)
    _ask_the_rest(account, names, network, remarks)
    _check(account, names, network)
    scenario = Scenario(
        name if answers is None else answers.name,
        network,
        demand,
        Assumptions() if answers is None else answers.assumptions,
        _START if answers is None else answers.start,
    )
    _ask_of_endpoints(account, names, network, asked, remarks)
    _say_the_head(account, network, remarks, told)
    text = commented(_data(scenario, asked, remarks), remarks)
    return Imported(parse_scenario(text), text, remarks.questions, tuple(told), names.all, account)


def _of_answers(declared: Declared, described: Described, answers: Scenario, region: str | None) -> Asked:
    names = names_of(account_of(declared, region=region))
    return of_answers(answers, described, {name: id for id, name in names.endpoints.items()})


def _with_ports(account: DescribedAccount, asked: Asked, region: str | None) -> Network:
    """The network with every port of which some rule of a security group or network ACL says something."""
    network = account.network
    more = probes(account.described, asked.known)
    read = account_of(account.declared, {**asked.known, **more}, asked.via, region).network
    subnets = {
        name: replace(one, denied_ports=read.subnets[name].denied_ports) for name, one in network.subnets.items()
    }
    return replace(network, subnets=subnets, security_groups=read.security_groups)


def _of_functions(account: DescribedAccount) -> dict[str, list[Question]]:
    """What the files leave open of each function, by its name."""
    found: dict[str, list[Question]] = {}
    for one in account.questions:
        if one.kind == FUNCTION_TYPE:
            found.setdefault(account.id_of[one.address], []).append(one)
    return found


def _paths(account: DescribedAccount, names: Names, network: Network) -> dict[str, Path]:
    """Where each resource stands in the scenario, by its address."""
    found: dict[str, Path] = {}
    for kind in ("subnets", "nat_gateways", "security_groups", "endpoints"):
        there = getattr(network, kind)
        for id, name in getattr(names, kind).items():
            if name in there and id in account.address_of:
                found[account.address_of[id]] = ("vpc", kind, name)
    for name in network.functions:
        if name in account.address_of:
            found[account.address_of[name]] = ("functions", name)
    return found


def _say_places(account: DescribedAccount, names: Names, network: Network, remarks: Remarks) -> None:
    for address, path in _paths(account, names, network).items():
        resource = account.described.ids.resource[address]
        said = remarks.of.pop(path, [])
        called = "" if path[-1] == address else f" {address}"
        remarks.of[path] = [f"{resource.place}{called}", *said]
        if path[0] == "functions" and resource.name not in (None, path[1]):
            remarks.ask(
                path, f"FunctionName {resource.name}: another function has it, too, or Lambda takes no such name"
            )
        if path[0] == "functions" and not network.functions[str(path[1])].subnets:
            remarks.say(path, "in no VPC")
        if path[:2] == ("vpc", "security_groups") and network.security_groups[str(path[2])].egress_ports is not None:
            longer = long_ranges(account.described, account.id_of[address])
            if longer:
                remarks.say(path, f"lets out {', '.join(longer)} too: of those only ports of destinations are listed")


def _ask_the_rest(account: DescribedAccount, names: Names, network: Network, remarks: Remarks) -> None:
    """Questions that no value stands in for: beside what they are about, else in the head."""
    paths = _paths(account, names, network)
    for one in account.questions:
        kind = one.kind.rpartition("::")[2]
        about = "is it there?" if not one.member else f"{one.member}:"
        if one.member in _ELSEWHERE or one.member.startswith("SecurityGroupIngress"):
            continue
        if one.address in paths:
            remarks.ask(paths[one.address], f"{about} {one.why}")
        elif kind in _MATTERS or kind in ("NatGateway", "Function", "VPCEndpoint"):
            remarks.head.append(f"? {one.place} {one.address}: {about} {one.why}")


def _ask_of_endpoints(
    account: DescribedAccount, names: Names, network: Network, asked: Asked, remarks: Remarks
) -> None:
    """What goes through which endpoint: no file says it, but for AWS's own services with private DNS."""
    for name in sorted(asked.stand_in - {INTERNET}):
        remarks.ask(("destinations", name), "what is behind this endpoint: port, and how many addresses?")
    for name, ways in asked.via.items():
        for id in ways:
            if name not in asked.stand_in and names.endpoints.get(id) in network.endpoints and not asked.told:
                path = ("vpc", "endpoints", names.endpoints[id])
                remarks.ask(path, "its private DNS is off: do the functions call it by a name of its own?")
    for record in account.described.answers.get("vpc-endpoints", ()):
        id = str(record["VpcEndpointId"])
        if names.endpoints[id] not in network.endpoints:
            service = record.get("ServiceName", "what is not known")
            place = account.place_of(id)
            remarks.head.append(
                f"? {place} {names.endpoints[id]}: an endpoint for {service}, by which no connection here goes"
            )


def _say_the_head(account: DescribedAccount, network: Network, remarks: Remarks, told: list[str]) -> None:
    declared = account.declared
    language = _LANGUAGES.get(declared.source, declared.source)
    head = [
        f"Read from {language}. Beside each part stands where it is declared; # ? is a question, and the value",
        "beside it only stands in for the answer: write the right one, then run narrows plan on this file.",
    ]
    head += [f"? {one.place}: {one.text}" for one in declared.faults[:_MOST_FAULTS]]
    if len(declared.faults) > _MOST_FAULTS:
        head.append(f"? and {len(declared.faults) - _MOST_FAULTS} more that were not understood")
    if not network.functions:
        head.append("? no function is declared in these files: which functions are in these subnets?")
    head += [f"? {one}: is that right?" for one in told]
    remarks.head[:0] = head


def _check(account: DescribedAccount, names: Names, network: Network) -> None:
    """Refuse what AWS would, at its place in the user's files."""
    try:
        check(network)
    except NetworkError as error:
        by_path = {path: address for address, path in _paths(account, names, network).items()}
        address = next((by_path[error.place[:length]] for length in (3, 2) if error.place[:length] in by_path), None)
        if address is None:
            raise InputError(str(error), file=account.declared.source, advice=error.advice) from None
        place = account.described.ids.resource[address].place
        line = address if place.line is None else f"line {place.line}, {address}"
        raise InputError(str(error), file=place.file, place=line, advice=error.advice) from None


def _data(scenario: Scenario, asked: Asked, remarks: Remarks) -> dict[str, object]:
    """The scenario as a file has it, with the values that stand in for answers even where they are defaults."""
    written = scenario_data(scenario)
    data: dict[str, object] = {"name": written.pop("name"), "region": scenario.network.region, **written}
    if asked.told:
        data = _with_counts(data, scenario)
    for name in scenario.network.security_groups:
        _inside(data, "vpc", "security_groups", name)
    for name in asked.stand_in & scenario.network.destinations.keys():
        _inside(data, "destinations", name).setdefault("addresses", 1)
    for name, wanted in scenario.demand.functions.items():
        level = wanted.environments.points[0][1]
        if wanted.environments == Curve.constant(level) and level.is_integer():
            _inside(data, "demand", name)["environments"] = int(level)
        for index, use in enumerate(wanted.connections):
            if ("functions", name, "connections", index, "per_environment") in remarks.of:
                _inside(data, "functions", name)["connections"][index]["per_environment"] = use.per_environment
    for name in scenario.network.subnets:
        _inside(data, "vpc", "subnets", name).setdefault("route", Egress.NONE.value)
    for name, function in scenario.network.functions.items():
        seconds = function.timeout
        _inside(data, "functions", name)["timeout"] = int(seconds) if seconds.is_integer() else seconds
    for name, gateway in scenario.network.nat_gateways.items():
        _inside(data, "vpc", "nat_gateways", name).setdefault("addresses", gateway.addresses)
    return data


def _with_counts(data: dict[str, object], scenario: Scenario) -> dict[str, object]:
    """The same with numbers of addresses in place of addresses that belong to nobody, where that says the same."""
    counted = deepcopy(data)
    for name, one in scenario.network.destinations.items():
        _inside(counted, "destinations", name)["addresses"] = one.unique
    parsed = parse_scenario(yaml_of(counted, width=120)).network.destinations
    return counted if parsed == scenario.network.destinations else data


def _inside(data: dict[str, Any], *path: str) -> dict[str, Any]:
    """A mapping of the file, made where it is left out."""
    for key in path:
        data = data.setdefault(key, {})
    return data

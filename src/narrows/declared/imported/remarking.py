"""What is said beside each part of a scenario: where it is declared, and what the files leave open of it."""

from __future__ import annotations

from narrows.declared.account import DescribedAccount
from narrows.declared.imported.destinations import INTERNET, Asked, long_ranges
from narrows.declared.imported.names import Names
from narrows.declared.imported.text import Path, Remarks
from narrows.network import Network

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


def say_all(
    account: DescribedAccount, names: Names, network: Network, asked: Asked, remarks: Remarks, told: list[str]
) -> None:
    """Everything that is to be said of a scenario, beside what it is about, else in its head.

    Args:
        network: of the scenario.
        told: what of earlier answers does not fit any more.
    """
    _say_places(account, names, network, remarks)
    _ask_the_rest(account, names, network, remarks)
    _ask_of_endpoints(account, names, network, asked, remarks)
    _say_the_head(account, network, remarks, told)


def paths(account: DescribedAccount, names: Names, network: Network) -> dict[str, Path]:
    """Where each resource stands in the scenario, by its address."""
    places: dict[str, Path] = {}
    for kind in ("subnets", "nat_gateways", "security_groups", "endpoints"):
        of_kind = getattr(network, kind)
        for id, name in getattr(names, kind).items():
            if name in of_kind and id in account.address_of:
                places[account.address_of[id]] = ("vpc", kind, name)
    for name in network.functions:
        if name in account.address_of:
            places[account.address_of[name]] = ("functions", name)
    return places


def _say_places(account: DescribedAccount, names: Names, network: Network, remarks: Remarks) -> None:
    for address, path in paths(account, names, network).items():
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
    places = paths(account, names, network)
    for question in account.questions:
        kind = question.kind.rpartition("::")[2]
        about = "is it there?" if not question.member else f"{question.member}:"
        if question.member in _ELSEWHERE or question.member.startswith("SecurityGroupIngress"):
            continue
        if question.address in places:
            remarks.ask(places[question.address], f"{about} {question.why}")
        elif kind in _MATTERS or kind in ("NatGateway", "Function", "VPCEndpoint"):
            remarks.head.append(f"? {question.place} {question.address}: {about} {question.why}")


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
        usual = record.get("VpcEndpointType") in ("Interface", "Gateway")
        if usual and names.endpoints[id] not in network.endpoints:
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
    head += [f"? {fault.place}: {fault.text}" for fault in declared.faults[:_MOST_FAULTS]]
    if len(declared.faults) > _MOST_FAULTS:
        head.append(f"? and {len(declared.faults) - _MOST_FAULTS} more that were not understood")
    if not network.functions:
        head.append("? no function is declared in these files: which functions are in these subnets?")
    elif not any(function.subnets for function in network.functions.values()):
        head.append("? no function in these files is in a VPC: do parameters, or variables, put one there?")
    head += [f"? {misfit}: is that right?" for misfit in told]
    remarks.head[:0] = head

"""A plan's commands run against a server, and the account that is left as a case."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from narrows.case import Case, read_case
from narrows.network import Endpoint, Function, NatKind, Network
from narrows.plan import Plan
from narrows.plan.changes.split_security_groups import SECOND_VERSION
from narrows.plan.edits import NewNatGateway, edits_of
from narrows.plan.model import Option
from narrows.plan.steps import Steps
from narrows.service_names import service_of
from tests.aws.account import OWN_FILES, Account
from tests.aws.functions import functions
from tests.aws.server import AwsServer
from tests.aws.shell import AwsShell, Ran, assigned

ANSWERS = {"ALIAS": "live", "SERVICE": "com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0"}
"""What a user fills in, by the first word of the variable."""
_MARK = "== variables"


@dataclass(frozen=True)
class Applied:
    """What commands did."""

    ran: Ran
    variables: Mapping[str, str]


def all_steps(option: Option) -> list[Steps]:
    """The steps of an option, those for quotas first."""
    assert option.quota_steps is not None
    return [option.quota_steps, *option.steps]


def apply(shell: AwsShell, option: Option) -> Applied:
    """Run everything of an option. Raises ``AssertionError`` where a command fails."""
    steps = all_steps(option)
    asked = assigned((one.name, ANSWERS[one.name.split("_")[0]]) for step in steps for one in step.asks)
    commands = "\n".join("\n".join([*(command.text for command in step.commands)]) for step in steps)
    names = [one.request.keeps.name for step in steps for one in step.commands if one.request and one.request.keeps]
    shown = "\n".join(f'printf "%s=%s\\n" {name} "${name}"' for name in dict.fromkeys(names))
    ran = shell.run(f"{asked}\n{commands}\necho '{_MARK}'\n{shown}\n")
    assert ran.code == 0, ran.errors
    _, _, said = ran.output.partition(f"{_MARK}\n")
    found = dict(line.split("=", 1) for line in said.splitlines())
    assert all(value and value != "None" for value in found.values()), found
    return Applied(ran, found)


def undo(shell: AwsShell, option: Option, applied: Applied) -> None:
    """Take everything back. Raises ``AssertionError`` where a command fails."""
    steps = all_steps(option)
    asked = {one.name: ANSWERS[one.name.split("_")[0]] for step in steps for one in step.asks}
    commands = "\n".join(step.undo_text for step in reversed(steps))
    ran = shell.run(f"{assigned([*asked.items(), *applied.variables.items()])}\n{commands}\n")
    assert ran.code == 0, ran.errors


def dumped(server: AwsServer, case: Path, folder: Path) -> Case:
    """The account as it is now, read as a case."""
    shutil.copytree(case, folder)
    account = server.account
    for member, name in OWN_FILES.items():
        _write(folder / "ec2" / f"{name}.json", {member: account.ec2[member]})
    shutil.rmtree(folder / "lambda")
    _write(folder / "lambda" / "functions.json", {"Functions": functions(account)})
    return read_case(folder)


def _write(file: Path, content: Any) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(content), encoding="utf-8")


def state_of(account: Account) -> dict[str, Any]:
    """Everything that commands may change and undo, ids of associations left out."""
    ec2 = account.ec2
    return {
        "addresses": sorted((one["PublicIp"], "AssociationId" in one) for one in ec2["Addresses"]),
        "gateways": sorted(
            (one["NatGatewayId"], len(one["NatGatewayAddresses"]))
            for one in ec2["NatGateways"] if one["State"] == "available"
        ),
        "subnets": sorted(
            (one["SubnetId"], len(one.get("Ipv6CidrBlockAssociationSet") or ())) for one in ec2["Subnets"]
        ),
        "tables": {
            one["RouteTableId"]: (
                sorted(str(link.get("SubnetId")) for link in one["Associations"]),
                sorted(
                    sorted((key, value) for key, value in route.items() if key != "State") for route in one["Routes"]
                ),
            )
            for one in ec2["RouteTables"]
        },
        "acls": {
            one["NetworkAclId"]: sorted(link["SubnetId"] for link in one["Associations"]) for one in ec2["NetworkAcls"]
        },
        "groups": {
            one["GroupId"]: sorted(
                json.dumps(rule, sort_keys=True)
                for way in ("IpPermissions", "IpPermissionsEgress") for rule in _rules(one[way])
            )
            for one in ec2["SecurityGroups"]
        },
        "endpoints": {one["VpcEndpointId"]: sorted(one.get("RouteTableIds") or ()) for one in ec2["VpcEndpoints"]},
        "functions": _configurations(functions(account)),
    }  # fmt: skip


def _configurations(listed: list[dict[str, Any]]) -> dict[str, Any]:
    """Those of each function; a published version that is as the function was before stays."""
    found: dict[str, set[str]] = {}
    for one in listed:
        found.setdefault(one["FunctionName"], set()).add(json.dumps(one.get("VpcConfig"), sort_keys=True))
    return {name: sorted(configurations) for name, configurations in found.items()}


def _rules(rules: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for rule in rules:
        plain = {key: value for key, value in rule.items() if not isinstance(value, list)}
        for part, peers in rule.items():
            if isinstance(peers, list):
                yield from ({**plain, part: [peer]} for peer in peers)


def planned(plan: Plan, option: Option, applied: Applied) -> Network:
    """The network that commands should have made: the plan's, under the account's ids, with what is never deleted."""
    after, today = option.scenario.network, plan.today.network
    ids = {
        command.makes: applied.variables[command.request.keeps.name]
        for step in option.steps
        for command in step.commands
        if command.makes and command.request is not None and command.request.keeps is not None
    }
    kept = {
        edit.beside: today.nat_gateways[edit.beside]
        for change in edits_of(today, option)
        for edit in change.edits
        if isinstance(edit, NewNatGateway) and edit.gateway.kind is NatKind.REGIONAL
    }

    def id_of(name: str) -> str:
        return ids.get(name, name)

    def named(function: Function) -> Function:
        return replace(
            function,
            subnets=tuple(map(id_of, function.subnets)),
            security_groups=tuple(map(id_of, function.security_groups)),
        )

    functions = {}
    for name, one in after.functions.items():
        if name in today.functions:
            other = after.functions.get(name + SECOND_VERSION)
            pairs = [(set(half.subnets), half.security_group_set) for half in (one, other) if half is not None]
            is_other = other is not None and pairs[0] != pairs[1]
            second = ((named(other).subnets, named(other).security_groups),) if other is not None and is_other else ()
            functions[name] = replace(named(one), versions=(*one.versions, *second))
    return replace(
        after,
        subnets={
            id_of(name): replace(one, name=id_of(name), route=id_of(one.route)) for name, one in after.subnets.items()
        },
        nat_gateways=kept | {id_of(name): replace(one, name=id_of(name)) for name, one in after.nat_gateways.items()},
        functions=functions,
        security_groups={id_of(name): replace(one, name=id_of(name)) for name, one in after.security_groups.items()},
        endpoints={
            id_of(name): one
            for name, one in after.endpoints.items()
            if name in today.endpoints or (name in ids and _is_found(after, one))
        },
    )


def _is_found(network: Network, endpoint: Endpoint) -> bool:
    """Whether a case tells that a destination is reached through a new endpoint: of AWS's own services."""
    host = network.destinations[endpoint.destinations[0]].host
    return service_of(host, network.region) is not None


def told(network: Network) -> dict[str, Any]:
    """What of a network the commands of a plan are about, in a form that compares."""
    used = {group for key in network.hyperplane_enis for group in key.security_groups}
    return {
        "subnets": {
            name: (one.az, str(one.route), one.ipv6, sorted(one.denied_ports)) for name, one in network.subnets.items()
        },
        "gateways": {name: (one.kind, one.addresses, one.az) for name, one in network.nat_gateways.items()},
        "functions": {
            name: (
                sorted(one.subnets),
                sorted(one.security_groups),
                one.dual_stack,
                sorted((sorted(subnets), sorted(groups)) for subnets, groups in one.versions),
            )
            for name, one in network.functions.items()
        },
        # A case knows those that functions have.
        "groups": {name: one.egress_ports for name, one in network.security_groups.items() if name in used},
        "endpoints": {name: (one.kind, sorted(one.destinations)) for name, one in network.endpoints.items()},
    }

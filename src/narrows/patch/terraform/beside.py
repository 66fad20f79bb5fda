"""A module of its own for a plan whose resources are in no file: it asks for their ids."""

from __future__ import annotations

import re
from pathlib import Path

from narrows.network import NatKind
from narrows.patch.alarms import alarms_of
from narrows.patch.model import FileChange, Patch, ToDo
from narrows.patch.terraform import layout
from narrows.patch.terraform.alarms import ACTIONS_ARE, TYPE, alarm_body
from narrows.patch.terraform.layout import Body
from narrows.patch.terraform.versions import ASSOCIATION, shown_version
from narrows.patch.told import beforehand, risks
from narrows.plan.edits import Edit, MoreAddresses, NewSubnet, Placed, edits_of
from narrows.plan.model import Plan

_FOLDER = "narrows"
_FILES = ("main.tf", "variables.tf", "outputs.tf")
_VERSIONS = f"""\
terraform {{
  required_providers {{
    aws = {{
      source  = "hashicorp/aws"
      version = ">= {shown_version(ASSOCIATION)}"
    }}
  }}
}}"""


class _Beside:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.main: list[str] = [_VERSIONS]
        self.variables: dict[str, str] = {}
        self.outputs: dict[str, str] = {}
        self.egress: list[str] = []
        """Names of the outputs that are new egress addresses."""
        self.todo: list[ToDo] = []

    def variable(self, name: str, description: str, type: str = "string", default: str | None = None) -> str:
        label = _label(name)
        body = Body().set(description=layout.text(description), type=type, default=default)
        self.variables[label] = layout.block(f'variable "{label}"', body)
        return f"var.{label}"

    def output(self, name: str, description: str, value: str) -> str:
        label = _label(name)
        body = Body().set(description=layout.text(description), value=value)
        self.outputs[label] = layout.block(f'output "{label}"', body)
        return label

    def take(self, edit: Edit, what: str) -> None:
        if isinstance(edit, MoreAddresses) and edit.gateway.kind is NatKind.ZONAL:
            self._addresses(edit)
        elif isinstance(edit, NewSubnet) and edit.subnet.route in self.plan.today.network.nat_gateways:
            self._subnet(edit)
        elif isinstance(edit, Placed) and edit.subnets:
            into = f"subnets {', '.join(edit.subnets)} and security groups {', '.join(edit.security_groups)}"
            self.todo.append(ToDo(f"give {edit.function} {into}: the outputs of the module have the new ids"))
        else:
            self.todo.append(ToDo(f"by hand: {what}"))

    def _addresses(self, edit: MoreAddresses) -> None:
        name = edit.gateway.name
        label = _label(name)
        gateway = self.variable(f"{name}_id", f"Id of the NAT gateway {name}")
        body = Body().set(count=str(edit.more), domain='"vpc"').blank()
        number = f"${{count.index + {edit.gateway.addresses + 1}}}"
        body.set(tags=f'{{\n    Name = "{layout.text(name)[1:-1]}-{number}"\n  }}')
        self.main.append(layout.resource("aws_eip", f"{label}_more", body))
        association = Body().set(
            count=str(edit.more), allocation_id=f"aws_eip.{label}_more[count.index].id", nat_gateway_id=gateway
        )
        self.main.append(layout.resource("aws_nat_gateway_eip_association", f"{label}_more", association))
        description = f"New egress addresses of {name}: allow-lists must have them first"
        self.egress.append(self.output(f"{name}_more_addresses", description, f"aws_eip.{label}_more[*].public_ip"))

    def _subnet(self, edit: NewSubnet) -> None:
        name = edit.subnet.name
        label = _label(name)
        body = Body().set(
            vpc_id=self.variable("vpc_id", "Id of the VPC"),
            cidr_block=self.variable(f"{name}_cidr_block", f"A free block of addresses of the VPC, for {name}"),
            availability_zone=layout.text(edit.subnet.az),
        )
        body.blank().set(tags=f"{{\n    Name = {layout.text(name)}\n  }}")
        self.main.append(layout.resource("aws_subnet", label, body))
        table = self.variable(f"{edit.copy_of}_route_table_id", f"Id of the route table of {edit.copy_of}")
        association = Body().set(subnet_id=f"aws_subnet.{label}.id", route_table_id=table)
        self.main.append(layout.resource("aws_route_table_association", label, association))
        self.output(f"{name}_id", f"Of the new subnet {name}: give it to the functions", f"aws_subnet.{label}.id")

    def alarms(self) -> None:
        actions = self.variable("alarm_actions", ACTIONS_ARE, "list(string)", "[]")
        for alarm in alarms_of(self.plan):
            value = layout.text(alarm.resource)
            if alarm.dimension != "FunctionName":
                if alarm.resource not in self.plan.today.network.nat_gateways:
                    self.todo.append(ToDo(f"add an alarm on {alarm.metric} of {alarm.resource}: {alarm.why}"))
                    continue
                value = self.variable(f"{alarm.resource}_id", f"Id of the NAT gateway {alarm.resource}")
            label = _label(f"{alarm.resource}_{alarm.key}")
            self.main.append(layout.resource(TYPE, label, alarm_body(alarm, {}, value, actions)))


def module_beside(plan: Plan, folder: Path) -> Patch:
    """The module, and what it leaves to be done by hand."""
    module = _Beside(plan)
    if plan.best is None:
        return Patch((), (ToDo("nothing is to be changed"),))
    for change in edits_of(plan.today.network, plan.best):
        for edit in change.edits:
            module.take(edit, change.change.what)
    module.alarms()
    name = _FOLDER
    number = 2
    while (folder / name).exists():
        name, number = f"{_FOLDER}-{number}", number + 1
    texts = (module.main, list(module.variables.values()), list(module.outputs.values()))
    files = tuple(
        FileChange(f"{name}/{file}", None, (layout.joined(blocks) + "\n").encode())
        for file, blocks in zip(_FILES, texts, strict=True)
        if blocks
    )
    note = ToDo(
        f"none of the plan's resources is in {folder.name or 'the folder'}: this is a module beside them, and its "
        "variables ask for their ids"
    )
    todo = (note, *beforehand(plan.best), *dict.fromkeys(module.todo))
    return Patch(files, todo, risks(plan.best), tuple(module.egress))


def _label(name: str) -> str:
    label = re.sub(r"\W", "_", name, flags=re.ASCII)
    return label if label[:1].isalpha() else f"_{label}"

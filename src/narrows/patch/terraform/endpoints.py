"""VPC endpoints: of AWS's own services by their names, of others by a variable."""

from __future__ import annotations

import re

from narrows.network import HopKind
from narrows.patch.terraform import layout
from narrows.patch.terraform.gateways import route_table
from narrows.patch.terraform.layout import Body
from narrows.patch.terraform.work import Site, Work
from narrows.plan.edits import NewEndpoint

_AWS = re.compile(r"(?:[\w-]+\.)*?([a-z][a-z0-9-]*)\.([a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com")


def new_endpoint(work: Work, edit: NewEndpoint, what: str) -> None:
    """An endpoint in the VPC of the functions that use it."""
    endpoint = edit.endpoint
    if endpoint.kind is HopKind.PROXY:
        work.say(f"{what}: no resource of Terraform's is one; build it, then lead the functions to it")
        return
    subnets = [site for name in edit.subnets if name not in work.made and (site := work.find("AWS::EC2::Subnet", name))]
    if not subnets or not work.editable(subnets[0], what):
        work.say(f"{what}: none of the subnets of its functions is in the files")
        return
    site = subnets[0]
    vpc = site.value("vpc_id")
    if vpc is None:
        work.say(f"{what}: {site.expression} does not say which VPC it is in", site.place)
        return
    module = site.module
    label = module.fresh("aws_vpc_endpoint", re.sub(r"\W", "_", endpoint.name))
    body = Body().set(vpc_id=vpc, service_name=_service(work, edit, site, label))
    if endpoint.kind is HopKind.GATEWAY_ENDPOINT:
        tables: dict[str, None] = {}
        for subnet_site in subnets:
            table = route_table(work, subnet_site)[0]
            if table is not None and table.module is module:
                tables[table.id] = None
        tables |= {copy.id: None for copy in work.tables.values() if copy.module is module}
        if not tables:
            work.say(f"{what}: no route table of its subnets is in the files", site.place)
            return
        body.set(vpc_endpoint_type='"Gateway"', route_table_ids=f"[{', '.join(tables)}]")
        module.own.append(layout.resource("aws_vpc_endpoint", label, body))
        return
    in_zones: dict[str, str] = {}
    for name in edit.subnets:
        subnet = work.plan.network.subnets.get(name)
        reference = work.reference(module, name, "AWS::EC2::Subnet")
        if subnet is not None and reference is not None and (not endpoint.azs or subnet.az in endpoint.azs):
            in_zones.setdefault(subnet.az, reference)
    groups = [
        reference
        for name in edit.security_groups
        if (reference := work.reference(module, name, "AWS::EC2::SecurityGroup"))
    ]
    group = module.fresh("aws_security_group", label)
    ports = sorted({work.plan.network.destinations[name].port for name in endpoint.destinations}) or [443]
    rules = Body().set(
        name=layout.text(f"{endpoint.name}"), description='"Whom the endpoint lets in"', vpc_id=vpc
    )  # fmt: skip
    blocks = [layout.resource("aws_security_group", group, rules)]
    for number, source in enumerate(groups):
        for port in ports:
            name = module.fresh("aws_vpc_security_group_ingress_rule", f"{label}_{port}_{number + 1}")
            rule = Body().set(
                security_group_id=f"aws_security_group.{group}.id",
                referenced_security_group_id=source,
                ip_protocol='"tcp"',
                from_port=str(port),
                to_port=str(port),
            )
            blocks.append(layout.resource("aws_vpc_security_group_ingress_rule", name, rule))
    if not groups:
        work.say(f"{what}: let the functions in: a rule of aws_security_group.{group}", site.place)
    body.set(
        vpc_endpoint_type='"Interface"',
        subnet_ids=f"[{', '.join(in_zones.values())}]",
        security_group_ids=f"[aws_security_group.{group}.id]",
        private_dns_enabled="true" if _hosts(work, edit) else "false",
    )
    if not _hosts(work, edit):
        names = ", ".join(endpoint.destinations)
        work.say(
            f"{what}: no name leads to the endpoint by itself: let {names} resolve to it, or connect to its own name"
        )
    blocks.append(layout.resource("aws_vpc_endpoint", label, body))
    module.own += blocks


def _hosts(work: Work, edit: NewEndpoint) -> list[re.Match[str]]:
    destinations = (work.plan.network.destinations.get(name) for name in edit.endpoint.destinations)
    return [
        host
        for destination in destinations
        if destination is not None and destination.host and (host := _AWS.fullmatch(destination.host))
    ]


def _service(work: Work, edit: NewEndpoint, site: Site, label: str) -> str:
    hosts = _hosts(work, edit)
    if hosts:
        return layout.text(f"com.amazonaws.{hosts[0][2]}.{hosts[0][1]}")
    name = site.module.fresh("variable", f"{label}_service_name")
    of = ", ".join(edit.endpoint.destinations)
    body = Body().set(description=layout.text(f"Name of the endpoint service of {of}, from its owner"), type="string")
    site.module.own.append(layout.block(f'variable "{name}"', body))
    work.say(f"ask the owner of {of} for the name of the endpoint service: the variable {name}")
    return f"var.{name}"

"""More addresses on a NAT gateway: never by a change that replaces it."""

from __future__ import annotations

import re

from narrows.declared.model import Resource
from narrows.network import NatKind
from narrows.patch.terraform import layout
from narrows.patch.terraform.copying import name_tag, named
from narrows.patch.terraform.editing import attribute_value, list_items
from narrows.patch.terraform.files import Module
from narrows.patch.terraform.layout import Body
from narrows.patch.terraform.versions import ASSOCIATION, INLINE, REGIONAL, TOO_OLD
from narrows.patch.terraform.work import Site, Work
from narrows.plan.edits import MoreAddresses

_SECONDARY = "secondary_allocation_ids"
_PRIVATE = "secondary_private_ip_address_count"


def more_addresses(work: Work, edit: MoreAddresses, what: str) -> None:
    """The addresses of an edit that the files do not have yet."""
    beside = work.beside("AWS::EC2::NatGateway", edit.gateway.name)
    if beside is not None and edit.gateway.kind is NatKind.ZONAL:
        _outside(work, edit, *beside)
        return
    site = work.find("AWS::EC2::NatGateway", edit.gateway.name)
    if site is None or not work.editable(site, what):
        return
    kind = edit.gateway.kind
    if kind is NatKind.PRIVATE:
        _private(work, edit, site, what)
    elif kind is NatKind.REGIONAL:
        _regional(work, edit, site, what)
    else:
        _zonal(work, edit, site, what)


def declared_addresses(work: Work, gateway: Resource) -> int:
    """How many addresses of a gateway the files have."""
    secondary = gateway.properties.get("SecondaryAllocationIds")
    allocations = set(map(str, secondary)) if isinstance(secondary, list | tuple) else set()
    for association in work.referring("AWS::EC2::NatGatewayEipAssociation", "NatGatewayId", gateway.address):
        allocations.add(str(association.properties.get("AllocationId")))
    return 1 + len(allocations)


def _zonal(work: Work, edit: MoreAddresses, site: Site, what: str) -> None:
    today = declared_addresses(work, site.resource)
    more = edit.after - today
    if today != edit.gateway.addresses:
        work.say(
            f"the files give {edit.gateway.name} {today} addresses, where the plan has {edit.gateway.addresses}: the "
            f"patch makes it {max(today, edit.after)}",
            site.place,
        )
    if more <= 0:
        return
    inline = attribute_value(site.placed.block, _SECONDARY)
    if inline is not None:
        if site.address.key is not None:
            work.say(f"{what}: {_SECONDARY} stands in a block that makes several gateways", site.place)
            return
        otherwise = (
            "older ones replace the gateway, or fail with 'inconsistent final plan'; upgrade it, then run this again. "
            "The gateway is left as it is"
        )
        if not work.wants(INLINE, f"a change of {_SECONDARY}", otherwise):
            return
        label = new_addresses(work, site, more, today + 1)
        ids = [f"aws_eip.{label}[{number}].id" for number in range(more)]
        site.edited.extend(inline, ids)
        return
    work.wants(ASSOCIATION, "aws_nat_gateway_eip_association", TOO_OLD)
    label = new_addresses(work, site, more, today + 1)
    association = site.module.fresh("aws_nat_gateway_eip_association", f"{site.address.label}_more")
    body = Body().set(
        count=str(more), allocation_id=f"aws_eip.{label}[count.index].id", nat_gateway_id=site.id
    )  # fmt: skip
    text = layout.resource("aws_nat_gateway_eip_association", association, body)
    site.edited.insert_after(site.placed.block.node, text)


def new_addresses(
    work: Work, site: Site, count: int, first: int, label: str = "", prefix: str = "", output: str = ""
) -> str:
    """Elastic IP addresses beside a gateway, with tags as its first one has them; gives the label.

    Args:
        first: the number of the first one, in its name.
        prefix: what stands before that number in a name, after the original's.
        output: of what the output is that lists them, where it is not the gateway.
    """
    original = _address_of(work, site)
    label = site.module.fresh(
        "aws_eip", label or f"{site.address.label if original is None else original.address.label}_more"
    )
    body = Body().set(count=str(count))
    number = f"${{count.index + {first}}}" if first else "${count.index}"
    if original is None or original.placed.block.attribute("vpc") is None:
        body.set(domain='"vpc"')
    else:
        body.set(vpc="true")
    tags = None if original is None else attribute_value(original.placed.block, "tags")
    if tags is not None and original is not None and name_tag(tags) is not None:
        body.blank().set(tags=named(tags, original.instance, f"{prefix}-{number}"))
    elif (name := site.resource.name) is not None:
        body.blank().set(tags=f'{{\n    Name = "{layout.text(name)[1:-1]}{prefix}-{number}"\n  }}')
    site.edited.insert_after(site.placed.block.node, layout.resource("aws_eip", label, body))
    _output(work, site.module, label, output or site.resource.name or site.address.label)
    return label


def _output(work: Work, module: Module, label: str, of: str) -> None:
    name = module.fresh("output", f"{label}_addresses")
    text = layout.block(
        f'output "{name}"',
        Body().set(
            description=layout.text(f"New egress addresses of {of}: allow-lists must have them first"),
            value=f"aws_eip.{label}[*].public_ip",
        ),
    )
    module.own.append(text)
    work.outputs.append(".".join([*(f"module.{name_}" for name_ in module.names), name]))


def _address_of(work: Work, site: Site) -> Site | None:
    resource = work.declared.referred(site.resource.properties.get("AllocationId"))
    address = None if resource is None else work.site(resource)
    return address if address is not None and address.module is site.module else None


def _outside(work: Work, edit: MoreAddresses, gateway: Resource, id: str) -> None:
    """Of a gateway that a module of the registry makes: beside the module."""
    root = work.files.root
    today = declared_addresses(work, gateway)
    more = edit.after - today
    if more <= 0:
        return
    apart = work.referring("AWS::EC2::NatGatewayEipAssociation", "NatGatewayId", gateway.address)
    if gateway.properties.get("SecondaryAllocationIds") and not apart:
        work.say(f"{id} has a list of addresses, in its module: add {more} there", str(gateway.place))
        return
    work.wants(ASSOCIATION, "aws_nat_gateway_eip_association", TOO_OLD)
    name = gateway.name or edit.gateway.name
    label = root.fresh("aws_eip", f"{re.sub(r'[^A-Za-z0-9_]', '_', name)}_more")
    body = Body().set(count=str(more), domain='"vpc"').blank()
    body.set(tags=f'{{\n    Name = "{layout.text(name)[1:-1]}-${{count.index + {today + 1}}}"\n  }}')
    root.own.append(layout.resource("aws_eip", label, body))
    association = Body().set(count=str(more), allocation_id=f"aws_eip.{label}[count.index].id", nat_gateway_id=id)
    root.own.append(
        layout.resource(
            "aws_nat_gateway_eip_association", root.fresh("aws_nat_gateway_eip_association", label), association
        )
    )
    _output(work, root, label, name)


def _private(work: Work, edit: MoreAddresses, site: Site, what: str) -> None:
    block = site.placed.block
    if site.address.key is not None or block.attribute("secondary_private_ip_addresses") is not None:
        work.say(f"{what}: its block makes several gateways, or lists its addresses", site.place)
        return
    work.say(
        f"look for 'update in-place' of {site.expression} in the plan: the aws provider changes {_PRIVATE} in place "
        "since its pull request 47477 (merged 2026-08-19), and replaces the gateway before that: do not apply that",
        site.place,
    )
    value = attribute_value(block, _PRIVATE)
    if value is None:
        site.edited.add_attribute(block, _PRIVATE, str(edit.after - 1))
    else:
        site.edited.set_value(value, str(edit.after - 1))


def _regional(work: Work, edit: MoreAddresses, site: Site, what: str) -> None:
    zones = [block for block in site.placed.block.blocks if block.type == "availability_zone_address"]
    lists = [attribute_value(zone, "allocation_ids") for zone in zones]
    if not zones or site.address.key is not None or None in lists:
        work.say(f"{what}: its addresses are not written out in blocks availability_zone_address", site.place)
        return
    work.wants(REGIONAL, "a regional NAT gateway", TOO_OLD)
    wanted = [max(0, edit.after - len(list_items(value) or ())) if value is not None else 0 for value in lists]
    if not any(wanted):
        return
    label = new_addresses(work, site, sum(wanted), edit.gateway.addresses * len(zones) + 1)
    at = 0
    for value, more in zip(lists, wanted, strict=True):
        if value is not None:
            site.edited.extend(value, [f"aws_eip.{label}[{number}].id" for number in range(at, at + more)])
        at += more

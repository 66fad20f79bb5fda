"""DescribeNetworkInterfaces: of Lambda, of NAT gateways, of endpoints, and of other clients."""

from __future__ import annotations

from collections.abc import Sequence

from narrows.writing.gateways import iso
from narrows.writing.ids import ACCOUNT, name_tag
from narrows.writing.layout import LaidEni, LaidNat, LaidOther, LaidSubnet, Layout
from narrows.writing.rules import DEFAULT_GROUP, group_name
from narrows.writing.vpc import Shape, zone_id

_AWS = "amazon-aws"


def network_interfaces(layout: Layout) -> Shape:
    """DescribeNetworkInterfaces."""
    found = [_of_lambda(layout, one) for one in layout.enis]
    found += [_of_nat(layout, one) for one in layout.nats.values() if one.subnet is not None]
    found += [
        _of_endpoint(layout, one.id, eni, subnet, address)
        for one in layout.endpoints
        for eni, subnet, address in one.interfaces
    ]
    found += [_of_other(layout, one) for one in layout.others]
    return {"NetworkInterfaces": found}


def _interface(
    layout: Layout, name: str, subnet: LaidSubnet, addresses: Sequence[str], groups: Sequence[str], kind: str
) -> Shape:
    """What every interface has."""
    return {
        "AvailabilityZone": subnet.az,
        "AvailabilityZoneId": zone_id(layout.region, subnet.az),
        "Description": "",
        "Groups": [{"GroupId": layout.security_group(one), "GroupName": group_name(one)} for one in groups],
        "InterfaceType": kind,
        "Ipv6Addresses": [],
        "MacAddress": layout.ids.mac(name),
        "NetworkInterfaceId": name,
        "OwnerId": ACCOUNT,
        "PrivateDnsName": _dns_name(layout, addresses[0]),
        "PrivateIpAddress": addresses[0],
        "PrivateIpAddresses": [
            {
                "Primary": index == 0,
                "PrivateDnsName": _dns_name(layout, address),
                "PrivateIpAddress": address,
            }
            for index, address in enumerate(addresses)
        ],
        "RequesterManaged": False,
        "SourceDestCheck": True,
        "Status": "in-use",
        "SubnetId": subnet.id,
        "TagSet": [],
        "VpcId": layout.vpc,
    }


def _dns_name(layout: Layout, address: str) -> str:
    domain = "ec2.internal" if layout.region == "us-east-1" else f"{layout.region}.compute.internal"
    return f"ip-{address.replace('.', '-')}.{domain}"


def _by_aws(layout: Layout, name: str) -> Shape:
    return {
        "AttachmentId": f"ela-attach-0{layout.ids.digest('attachment', name)[:16]}",
        "DeleteOnTermination": False,
        "DeviceIndex": 1,
        "InstanceOwnerId": _AWS,
        "Status": "attached",
    }


def _of_lambda(layout: Layout, eni: LaidEni) -> Shape:
    """A Hyperplane ENI: it names the function that first needed it, carries no tag, and is not requester-managed."""
    shape = _interface(layout, eni.id, eni.subnet, [eni.address], eni.key.security_groups, "lambda")
    role = layout.ids.digest("role", eni.function).upper()[:17]
    return {
        **shape,
        "Attachment": _by_aws(layout, eni.id),
        "Description": f"AWS Lambda VPC ENI-{eni.function}-{layout.ids.uuid(eni.id)}",
        "RequesterId": f"AROA{role}:{ACCOUNT}",
    }


def _of_nat(layout: Layout, laid: LaidNat) -> Shape:
    assert laid.subnet is not None
    shape = _interface(layout, laid.eni, laid.subnet, [one.private for one in laid.addresses], [], "nat_gateway")
    for index, (entry, address) in enumerate(zip(shape["PrivateIpAddresses"], laid.addresses, strict=True)):
        if address.public is not None:
            association = {
                "AllocationId": layout.ids.of("eipalloc", laid.nat.name, index),
                "AssociationId": layout.ids.of("eipassoc", laid.nat.name, index),
                "IpOwnerId": ACCOUNT,
                "PublicDnsName": "",
                "PublicIp": address.public,
            }
            entry["Association"] = association
            if index == 0:
                shape["Association"] = association
    return {
        **shape,
        "Attachment": _by_aws(layout, laid.eni),
        "Description": f"Interface for NAT Gateway {laid.id}",
        "RequesterManaged": True,
        "SourceDestCheck": False,
    }


def _of_endpoint(layout: Layout, endpoint: str, eni: str, subnet: LaidSubnet, address: str) -> Shape:
    shape = _interface(layout, eni, subnet, [address], [DEFAULT_GROUP], "vpc_endpoint")
    return {
        **shape,
        "Attachment": _by_aws(layout, eni),
        "Description": f"VPC Endpoint Interface {endpoint}",
        "RequesterManaged": True,
    }


def _of_other(layout: Layout, other: LaidOther) -> Shape:
    """An interface of another client behind a NAT gateway; what kind it is, its description and attachment tell."""
    client, ids = other.client, layout.ids
    kind = "lambda" if client.kind == "functions" else "interface"
    shape = _interface(layout, other.eni, other.subnet, [other.address], [DEFAULT_GROUP], kind)
    shape["TagSet"] = name_tag(client.name)
    if client.kind == "functions":
        description = f"AWS Lambda VPC ENI-{client.name}-{ids.uuid(other.eni)}"
        return {**shape, "Attachment": _by_aws(layout, other.eni), "Description": description}
    if client.kind == "containers":
        description = ids.arn("ecs", f"attachment/{ids.uuid('attachment', other.eni)}")
        return {**shape, "Attachment": _by_aws(layout, other.eni), "Description": description}
    attachment = {
        "AttachTime": iso(layout.made),
        "AttachmentId": ids.of("eni-attach", client.name, "attachment"),
        "DeleteOnTermination": True,
        "DeviceIndex": 0,
        "NetworkCardIndex": 0,
        "InstanceId": ids.of("i", client.name, "instance"),
        "InstanceOwnerId": ACCOUNT,
        "Status": "attached",
    }
    return {**shape, "Attachment": attachment}

"""Operations of EC2 that change subnets, network ACLs and route tables, as strict as AWS documents them."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any

from tests.aws.account import Account, Record
from tests.aws.asked import Asked, Handler
from tests.aws.changes import blocks, check_zone, find, gateway_of, new_id, subnet_of, table_of, tags, vpc_of
from tests.aws.errors import AwsError

_TARGETS = (
    "NatGatewayId", "EgressOnlyInternetGatewayId", "TransitGatewayId", "VpcPeeringConnectionId", "GatewayId",
    "NetworkInterfaceId", "VpcEndpointId", "InstanceId", "LocalGatewayId", "CarrierGatewayId",
)  # fmt: skip
_DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")


def _create_subnet(asked: Asked) -> Record:
    given, account, vpc = asked.parameters, asked.account, vpc_of(asked)
    block = _new_block(asked, vpc, given["CidrBlock"], 4)
    if not 16 <= block.prefixlen <= 28:
        raise AwsError("InvalidSubnet.Range", f"The CIDR '{block}' is invalid.")
    zone = given.get("AvailabilityZone")
    check_zone(asked, zone, vpc["VpcId"])
    subnet: Record = {
        "SubnetId": new_id(account, "subnet"), "VpcId": vpc["VpcId"], "CidrBlock": str(block),
        "AvailabilityZone": zone, "State": "available", "Tags": tags(asked, "subnet"),
        "AvailableIpAddressCount": block.num_addresses - 5, "Ipv6CidrBlockAssociationSet": [],
    }  # fmt: skip
    if "Ipv6CidrBlock" in given:
        _add_ipv6(asked, subnet, vpc)
    account.ec2["Subnets"].append(subnet)
    default = next(one for one in account.ec2["NetworkAcls"] if one["IsDefault"] and one["VpcId"] == vpc["VpcId"])
    default["Associations"].append(
        {"NetworkAclAssociationId": new_id(account, "aclassoc"), "NetworkAclId": default["NetworkAclId"],
         "SubnetId": subnet["SubnetId"]}
    )  # fmt: skip
    return {"Subnet": subnet}


def _new_block(asked: Asked, vpc: Record, text: str, version: int) -> Any:
    try:
        block = ipaddress.ip_network(text)
    except ValueError:
        raise AwsError("InvalidParameterValue", f"'{text}' is not a valid block") from None
    if not any(block.version == one.version and block.subnet_of(one) for one in blocks(vpc, version)):
        raise AwsError("InvalidSubnet.Range", f"The CIDR '{text}' is invalid.")
    for one in asked.account.ec2["Subnets"]:
        if one["VpcId"] == vpc["VpcId"] and any(block.overlaps(other) for other in blocks(one, version)):
            raise AwsError("InvalidSubnet.Conflict", f"The CIDR '{text}' conflicts with another subnet")
    return block


def _add_ipv6(asked: Asked, subnet: Record, vpc: Record) -> Record:
    block = _new_block(asked, vpc, asked.parameters["Ipv6CidrBlock"], 6)
    association = {
        "AssociationId": new_id(asked.account, "subnet-cidr-assoc"), "Ipv6CidrBlock": str(block),
        "Ipv6CidrBlockState": {"State": "associated"},
    }  # fmt: skip
    subnet["Ipv6CidrBlockAssociationSet"] = [association]
    return association


def _associate_block(asked: Asked) -> Record:
    subnet = subnet_of(asked, asked.parameters["SubnetId"])
    if subnet.get("Ipv6CidrBlockAssociationSet"):
        raise AwsError("InvalidParameterValue", "the subnet has an IPv6 block")
    vpc = find(asked.account, "Vpcs", "VpcId", subnet["VpcId"], "InvalidVpcID.NotFound")
    return {"SubnetId": subnet["SubnetId"], "Ipv6CidrBlockAssociation": _add_ipv6(asked, subnet, vpc)}


def _disassociate_block(asked: Asked) -> Record:
    id = asked.parameters["AssociationId"]
    for subnet in asked.account.ec2["Subnets"]:
        for one in subnet.get("Ipv6CidrBlockAssociationSet") or ():
            if one["AssociationId"] == id:
                subnet["Ipv6CidrBlockAssociationSet"].remove(one)
                return {"SubnetId": subnet["SubnetId"], "Ipv6CidrBlockAssociation": one}
    raise AwsError("InvalidSubnetCidrBlockAssociationID.NotFound", f"'{id}' does not exist")


def _delete_subnet(asked: Asked) -> Record:
    account = asked.account
    subnet = subnet_of(asked, asked.parameters["SubnetId"])
    id = subnet["SubnetId"]
    stands = any(one.get("SubnetId") == id and one["State"] == "available" for one in account.ec2["NatGateways"])
    ends = any(id in (one.get("SubnetIds") or ()) for one in account.ec2["VpcEndpoints"])
    from tests.aws.functions import functions

    used = any(id in one.get("VpcConfig", {}).get("SubnetIds", ()) for one in functions(account))
    if stands or ends or used:
        raise AwsError("DependencyViolation", f"The subnet '{id}' has dependencies and cannot be deleted.")
    account.ec2["Subnets"].remove(subnet)
    for member in ("RouteTables", "NetworkAcls"):
        for one in account.ec2[member]:
            one["Associations"] = [link for link in one["Associations"] if link.get("SubnetId") != id]
    return {}


def _replace_acl(asked: Asked) -> Record:
    given, account = asked.parameters, asked.account
    acl = find(account, "NetworkAcls", "NetworkAclId", given["NetworkAclId"], "InvalidNetworkAclID.NotFound")
    for one in account.ec2["NetworkAcls"]:
        for link in one["Associations"]:
            if link["NetworkAclAssociationId"] == given["AssociationId"]:
                one["Associations"].remove(link)
                new = new_id(account, "aclassoc")
                acl["Associations"].append(
                    {**link, "NetworkAclAssociationId": new, "NetworkAclId": acl["NetworkAclId"]}
                )
                return {"NewAssociationId": new}
    raise AwsError("InvalidAssociationID.NotFound", f"'{given['AssociationId']}' does not exist")


def _create_table(asked: Asked) -> Record:
    vpc = vpc_of(asked)
    routes = [
        {"DestinationCidrBlock": str(one), "GatewayId": "local", "Origin": "CreateRouteTable", "State": "active"}
        for one in blocks(vpc, 4)
    ]
    table: Record = {
        "RouteTableId": new_id(asked.account, "rtb"), "VpcId": vpc["VpcId"], "Associations": [],
        "PropagatingVgws": [], "Routes": routes, "Tags": tags(asked, "route-table"),
    }  # fmt: skip
    asked.account.ec2["RouteTables"].append(table)
    return {"RouteTable": table}


def _delete_table(asked: Asked) -> Record:
    table = table_of(asked, asked.parameters["RouteTableId"])
    if table["Associations"]:
        raise AwsError("DependencyViolation", f"The routeTable '{table['RouteTableId']}' has dependencies")
    asked.account.ec2["RouteTables"].remove(table)
    for one in asked.account.ec2["VpcEndpoints"]:
        one["RouteTableIds"] = [id for id in one.get("RouteTableIds") or () if id != table["RouteTableId"]]
    return {}


def _link(asked: Asked, table: Record, subnet: str) -> str:
    id = new_id(asked.account, "rtbassoc")
    table["Associations"].append(
        {"Main": False, "RouteTableAssociationId": id, "RouteTableId": table["RouteTableId"], "SubnetId": subnet,
         "AssociationState": {"State": "associated"}}
    )  # fmt: skip
    return id


def _associate_table(asked: Asked) -> Record:
    given = asked.parameters
    table, subnet = table_of(asked, given["RouteTableId"]), subnet_of(asked, given["SubnetId"])
    for one in asked.account.ec2["RouteTables"]:
        if any(link.get("SubnetId") == subnet["SubnetId"] for link in one["Associations"]):
            raise AwsError("Resource.AlreadyAssociated", "the association conflicts with an existing one")
    if table["VpcId"] != subnet["VpcId"]:
        raise AwsError("InvalidParameterValue", "the route table is of another VPC")
    return {"AssociationId": _link(asked, table, subnet["SubnetId"])}


def _unlink(asked: Asked, id: str) -> Record:
    for table in asked.account.ec2["RouteTables"]:
        for link in table["Associations"]:
            if link["RouteTableAssociationId"] == id:
                if link.get("Main"):
                    raise AwsError("InvalidParameterValue", "cannot disassociate the main route table")
                table["Associations"].remove(link)
                return dict(link)
    raise AwsError("InvalidAssociationID.NotFound", f"The association ID '{id}' does not exist")


def _disassociate_table(asked: Asked) -> Record:
    _unlink(asked, asked.parameters["AssociationId"])
    return {}


def _replace_association(asked: Asked) -> Record:
    table = table_of(asked, asked.parameters["RouteTableId"])
    link = _unlink(asked, asked.parameters["AssociationId"])
    return {"NewAssociationId": _link(asked, table, link["SubnetId"])}


def _route(asked: Asked) -> tuple[Record, Record | None, Record]:
    """(The table, its route to the same destination, the route that is asked for)."""
    given = asked.parameters
    table = table_of(asked, given["RouteTableId"])
    to = {name: given[name] for name in _DESTINATIONS if name in given}
    if len(to) != 1:
        raise AwsError("MissingParameter", "one destination")
    there = next((one for one in table["Routes"] if all(one.get(key) == value for key, value in to.items())), None)
    by = {name: given[name] for name in _TARGETS if name in given}
    if asked.operation != "DeleteRoute":
        if len(by) != 1:
            raise AwsError("InvalidParameterCombination", "one target")
        if "NatGatewayId" in by and gateway_of(asked)["VpcId"] != table["VpcId"]:
            raise AwsError("InvalidParameterValue", "the NAT gateway is of another VPC")
        if str(by.get("GatewayId", "")).startswith("vpce-"):
            raise AwsError("InvalidParameterValue", "routes to gateway endpoints come with the endpoint")
        eigw = by.get("EgressOnlyInternetGatewayId")
        if eigw is not None and eigw not in _egress_only(asked.account):
            raise AwsError("InvalidGatewayID.NotFound", f"'{eigw}' does not exist")
    return table, there, {**to, **by, "Origin": "CreateRoute", "State": "active"}


def _create_route(asked: Asked) -> Record:
    table, there, route = _route(asked)
    if there is not None:
        raise AwsError("RouteAlreadyExists", "The route already exists.")
    table["Routes"].append(route)
    return {"Return": True}


def _replace_route(asked: Asked) -> Record:
    table, there, route = _route(asked)
    if there is None:
        raise AwsError("InvalidParameterValue", "There is no route to replace")
    table["Routes"][table["Routes"].index(there)] = route
    return {}


def _delete_route(asked: Asked) -> Record:
    table, there, _ = _route(asked)
    if there is None:
        raise AwsError("InvalidRoute.NotFound", "no route with that destination")
    table["Routes"].remove(there)
    return {}


def _egress_only(account: Account) -> set[str]:
    """Those that were made, and those that routes of the case lead to."""
    made = account.once("egress-only gateways", set[str])
    named = {
        route["EgressOnlyInternetGatewayId"] for table in account.ec2["RouteTables"] for route in table["Routes"]
        if "EgressOnlyInternetGatewayId" in route
    }  # fmt: skip
    return made | named


def _create_egress_only(asked: Asked) -> Record:
    id = new_id(asked.account, "eigw")
    asked.account.once("egress-only gateways", set[str]).add(id)
    attachment = {"State": "attached", "VpcId": vpc_of(asked)["VpcId"]}
    return {"EgressOnlyInternetGateway": {"EgressOnlyInternetGatewayId": id, "Attachments": [attachment]}}


def _delete_egress_only(asked: Asked) -> Record:
    asked.account.once("egress-only gateways", set[str]).remove(asked.parameters["EgressOnlyInternetGatewayId"])
    return {"ReturnCode": True}


OPERATIONS: Mapping[str, Handler] = {
    "AssociateRouteTable": _associate_table,
    "AssociateSubnetCidrBlock": _associate_block,
    "CreateEgressOnlyInternetGateway": _create_egress_only,
    "CreateRoute": _create_route,
    "CreateRouteTable": _create_table,
    "CreateSubnet": _create_subnet,
    "DeleteEgressOnlyInternetGateway": _delete_egress_only,
    "DeleteRoute": _delete_route,
    "DeleteRouteTable": _delete_table,
    "DeleteSubnet": _delete_subnet,
    "DisassociateRouteTable": _disassociate_table,
    "DisassociateSubnetCidrBlock": _disassociate_block,
    "ReplaceNetworkAclAssociation": _replace_acl,
    "ReplaceRoute": _replace_route,
    "ReplaceRouteTableAssociation": _replace_association,
}

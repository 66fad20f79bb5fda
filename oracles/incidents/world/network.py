"""The resources of a VPC as EC2's Describe operations answer them, whole, so that a writer only says what matters.

Each method makes one resource, gives it back, and takes AWS's own members as keywords to override or add any
(``State="deleted"``); the record is a plain ``dict`` that may be changed or emptied afterwards.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import Any

from oracles.incidents.world.ids import ACCOUNT, Record, aws_id
from oracles.incidents.world.rules import EVERYTHING, allow, last_entries, open_entries, route


def tags(name: str, **more: str) -> list[Record]:
    """Tags with a Name, and what Terraform users add."""
    return [{"Key": "Name", "Value": name}, *({"Key": key, "Value": value} for key, value in more.items())]


class Network:
    """Everything that ``ec2/`` of a case holds."""

    region = "us-east-1"

    def __init__(self) -> None:
        self.vpcs: list[Record] = []
        self.subnets: list[Record] = []
        self.route_tables: list[Record] = []
        self.network_acls: list[Record] = []
        self.security_groups: list[Record] = []
        self.nat_gateways: list[Record] = []
        self.addresses: list[Record] = []
        self.vpc_endpoints: list[Record] = []
        self.network_interfaces: list[Record] = []
        self.internet_gateways: list[Record] = []
        self.peerings: list[Record] = []
        self.transit_attachments: list[Record] = []
        self.dhcp_options: list[Record] = []
        self._taken: dict[str, int] = {}

    def answers(self) -> dict[str, Record]:
        """The files, as if every kind had been asked for; none where the case tells of no VPC."""
        if not self.vpcs:
            return {}
        found = {
            "vpcs": {"Vpcs": self.vpcs},
            "subnets": {"Subnets": self.subnets},
            "route-tables": {"RouteTables": self.route_tables},
            "network-acls": {"NetworkAcls": self.network_acls},
            "security-groups": {"SecurityGroups": self.security_groups},
            "nat-gateways": {"NatGateways": self.nat_gateways},
            "addresses": {"Addresses": self.addresses},
            "vpc-endpoints": {"VpcEndpoints": self.vpc_endpoints},
            "network-interfaces": {"NetworkInterfaces": self.network_interfaces},
            "internet-gateways": {"InternetGateways": self.internet_gateways},
            "dhcp-options": {"DhcpOptions": self.dhcp_options},
        }
        if self.peerings:
            found["vpc-peering-connections"] = {"VpcPeeringConnections": self.peerings}
        if self.transit_attachments:
            found["transit-gateway-vpc-attachments"] = {"TransitGatewayVpcAttachments": self.transit_attachments}
        return {f"ec2/{name}.json": answer for name, answer in found.items()}

    def vpc(self, name: str = "main", cidr: str = "10.0.0.0/16", **more: Any) -> Record:
        """A VPC with its main route table, default network ACL, default security group and DHCP options."""
        id, options = aws_id("vpc", name), aws_id("dopt", name)
        made: Record = {
            "OwnerId": ACCOUNT,
            "InstanceTenancy": "default",
            "Ipv6CidrBlockAssociationSet": [],
            "CidrBlockAssociationSet": [
                {
                    "AssociationId": aws_id("vpc-cidr-assoc", name),
                    "CidrBlock": cidr,
                    "CidrBlockState": {"State": "associated"},
                }
            ],
            "IsDefault": False,
            "Tags": tags(name),
            "VpcId": id,
            "State": "available",
            "CidrBlock": cidr,
            "DhcpOptionsId": options,
            **more,
        }
        self.vpcs.append(made)
        self.dhcp_options.append(
            {
                "OwnerId": ACCOUNT,
                "Tags": [],
                "DhcpOptionsId": options,
                "DhcpConfigurations": [
                    {"Key": "domain-name", "Values": [{"Value": "ec2.internal"}]},
                    {"Key": "domain-name-servers", "Values": [{"Value": "AmazonProvidedDNS"}]},
                ],
            }
        )
        self.table(f"{name}-main", vpc=made, main=True)
        self.acl(f"{name}-default", open_entries(), vpc=made, IsDefault=True, Tags=[])
        group = self.group(f"{name}-default", vpc=made, GroupName="default", Description="default VPC security group")
        group["IpPermissions"] = [allow(None, group, protocol="-1")]
        return made

    def _vpc(self, vpc: Record | None) -> Record:
        return self.vpcs[0] if vpc is None else vpc

    def internet_gateway(self, name: str = "main", vpc: Record | None = None) -> Record:
        """An internet gateway that is attached to the VPC."""
        made: Record = {
            "Attachments": [{"State": "available", "VpcId": self._vpc(vpc)["VpcId"]}],
            "InternetGatewayId": aws_id("igw", name),
            "OwnerId": ACCOUNT,
            "Tags": tags(name),
        }
        self.internet_gateways.append(made)
        return made

    def subnet(
        self,
        name: str,
        cidr: str,
        routes: Sequence[Record] | None = None,
        *,
        az: str = "a",
        table: Record | None = None,
        vpc: Record | None = None,
        **more: Any,
    ) -> Record:
        """A subnet: with a route table of its own for ``routes``, with that ``table``, or with the VPC's main one."""
        its_vpc = self._vpc(vpc)
        id = aws_id("subnet", its_vpc["VpcId"], name)
        made: Record = {
            "AvailabilityZoneId": f"use1-az{'abcdef'.index(az) + 1}",
            "MapCustomerOwnedIpOnLaunch": False,
            "OwnerId": ACCOUNT,
            "AssignIpv6AddressOnCreation": False,
            "Ipv6CidrBlockAssociationSet": [],
            "Tags": tags(name),
            "SubnetArn": f"arn:aws:ec2:{self.region}:{ACCOUNT}:subnet/{id}",
            "EnableDns64": False,
            "Ipv6Native": False,
            "PrivateDnsNameOptionsOnLaunch": {
                "HostnameType": "ip-name",
                "EnableResourceNameDnsARecord": False,
                "EnableResourceNameDnsAAAARecord": False,
            },
            "BlockPublicAccessStates": {"InternetGatewayBlockMode": "off"},
            "SubnetId": id,
            "State": "available",
            "VpcId": its_vpc["VpcId"],
            "CidrBlock": cidr,
            "AvailableIpAddressCount": ipaddress.ip_network(cidr).num_addresses - 5 - 17,
            "AvailabilityZone": f"{self.region}{az}",
            "DefaultForAz": False,
            "MapPublicIpOnLaunch": False,
            **more,
        }
        self.subnets.append(made)
        if routes is not None:
            table = self.table(name, routes, vpc=its_vpc)
        if table is not None:
            self.associate(table, made)
        default = next(one for one in self.network_acls if one["VpcId"] == its_vpc["VpcId"] and one["IsDefault"])
        self._guard(default, made)
        return made

    def table(
        self, name: str, routes: Sequence[Record] = (), vpc: Record | None = None, main: bool = False, **more: Any
    ) -> Record:
        """A route table with the local route and these."""
        its_vpc = self._vpc(vpc)
        id = aws_id("rtb", its_vpc["VpcId"], name)
        made: Record = {
            "Associations": [],
            "PropagatingVgws": [],
            "RouteTableId": id,
            "Routes": [route(its_vpc["CidrBlock"], "local"), *routes],
            "Tags": [] if main else tags(name),
            "VpcId": its_vpc["VpcId"],
            "OwnerId": ACCOUNT,
            **more,
        }
        if main:
            made["Associations"] = [self._association(made, True)]
        self.route_tables.append(made)
        return made

    def _association(self, table: Record, main: bool) -> Record:
        return {
            "Main": main,
            "RouteTableAssociationId": aws_id("rtbassoc", table["RouteTableId"], len(table["Associations"])),
            "RouteTableId": table["RouteTableId"],
            "AssociationState": {"State": "associated"},
        }

    def associate(self, table: Record, subnet: Record) -> None:
        """Let a subnet use a route table."""
        for other in self.route_tables:
            other["Associations"] = [
                one for one in other["Associations"] if one.get("SubnetId") != subnet["SubnetId"]
            ]  # fmt: skip
        table["Associations"].append({**self._association(table, False), "SubnetId": subnet["SubnetId"]})

    def main_table(self, vpc: Record | None = None) -> Record:
        """The main route table of a VPC."""
        id = self._vpc(vpc)["VpcId"]
        return next(
            one for one in self.route_tables if one["VpcId"] == id and any(a["Main"] for a in one["Associations"])
        )

    def acl(
        self,
        name: str,
        entries: Sequence[Record],
        subnets: Sequence[Record] = (),
        vpc: Record | None = None,
        **more: Any,
    ) -> Record:
        """A network ACL with these entries, and the two that end each, for these subnets."""
        its_vpc = self._vpc(vpc)
        made: Record = {
            "Associations": [],
            "Entries": [*entries, *last_entries()],
            "IsDefault": False,
            "NetworkAclId": aws_id("acl", its_vpc["VpcId"], name),
            "Tags": tags(name),
            "VpcId": its_vpc["VpcId"],
            "OwnerId": ACCOUNT,
            **more,
        }
        self.network_acls.append(made)
        for one in subnets:
            self._guard(made, one)
        return made

    def _guard(self, acl: Record, subnet: Record) -> None:
        for other in self.network_acls:
            other["Associations"] = [one for one in other["Associations"] if one["SubnetId"] != subnet["SubnetId"]]
        id = aws_id("aclassoc", acl["NetworkAclId"], subnet["SubnetId"])
        acl["Associations"].append(
            {"NetworkAclAssociationId": id, "NetworkAclId": acl["NetworkAclId"], "SubnetId": subnet["SubnetId"]}
        )

    def group(
        self,
        name: str,
        ingress: Sequence[Record] = (),
        egress: Sequence[Record] = (EVERYTHING,),
        vpc: Record | None = None,
        **more: Any,
    ) -> Record:
        """A security group; unless told otherwise, as new ones are: nothing comes in and everything goes out."""
        its_vpc = self._vpc(vpc)
        id = aws_id("sg", its_vpc["VpcId"], name)
        made: Record = {
            "GroupId": id,
            "IpPermissionsEgress": list(egress),
            "Tags": tags(name),
            "VpcId": its_vpc["VpcId"],
            "SecurityGroupArn": f"arn:aws:ec2:{self.region}:{ACCOUNT}:security-group/{id}",
            "OwnerId": ACCOUNT,
            "GroupName": name,
            "Description": f"{name} (managed by Terraform)",
            "IpPermissions": list(ingress),
            **more,
        }
        self.security_groups.append(made)
        return made

"""Network interfaces, and the databases, caches and NAT gateways that they belong to."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import Any

from oracles.incidents.world.ids import ACCOUNT, Known, Record, aws_id, digits, id_of
from oracles.incidents.world.network import Network, tags


class Interfaces(Network):
    """A network with what stands in its subnets."""

    def address_in(self, subnet: Known) -> str:
        """A free address of a subnet."""
        id = id_of(subnet)
        self._taken[id] = self._taken.get(id, 0) + 1
        found = next(one for one in self.subnets if one["SubnetId"] == id)
        network = ipaddress.ip_network(found["CidrBlock"])
        return str(network[(10 + 7 * self._taken[id]) % (network.num_addresses - 2)])

    def interface(
        self,
        name: str,
        subnet: Known,
        groups: Sequence[Known] = (),
        *,
        address: str | None = None,
        description: str = "",
        type: str = "interface",
        requester: str | None = None,
        **more: Any,
    ) -> Record:
        """A network interface; RDS's is described as ``RDSNetworkInterface``, ElastiCache's ``ElastiCache NAME``."""
        its_subnet = next(one for one in self.subnets if one["SubnetId"] == id_of(subnet))
        private = address or self.address_in(subnet)
        id = aws_id("eni", its_subnet["SubnetId"], name)
        names = {one["GroupId"]: one["GroupName"] for one in self.security_groups}
        made: Record = {
            "Attachment": {
                "AttachmentId": f"{'ela-attach' if type == 'lambda' else 'eni-attach'}-0{digits('attach', id)}",
                "DeleteOnTermination": False,
                "DeviceIndex": 1,
                "InstanceOwnerId": requester or ACCOUNT,
                "Status": "attached",
            },
            "AvailabilityZone": its_subnet["AvailabilityZone"],
            "Description": description,
            "Groups": [{"GroupId": id_of(one), "GroupName": names.get(id_of(one), "")} for one in groups],
            "InterfaceType": type,
            "Ipv6Addresses": [],
            "MacAddress": "0e:" + ":".join(digits("mac", id, length=10)[at : at + 2] for at in range(0, 10, 2)),
            "NetworkInterfaceId": id,
            "OwnerId": ACCOUNT,
            "PrivateDnsName": f"ip-{private.replace('.', '-')}.ec2.internal",
            "PrivateIpAddress": private,
            "PrivateIpAddresses": [{"Primary": True, "PrivateIpAddress": private}],
            "RequesterManaged": requester is not None,
            "SourceDestCheck": type not in ("nat_gateway", "lambda"),
            "Status": "in-use",
            "SubnetId": its_subnet["SubnetId"],
            "TagSet": [],
            "VpcId": its_subnet["VpcId"],
            **({"RequesterId": requester} if requester else {}),
            **more,
        }
        self.network_interfaces.append(made)
        return made

    def database(self, name: str, subnet: Known, groups: Sequence[Known], address: str | None = None) -> Record:
        """The network interface of an RDS instance."""
        return self.interface(
            name, subnet, groups, address=address, description="RDSNetworkInterface", requester="amazon-rds"
        )

    def cache(self, name: str, subnet: Known, groups: Sequence[Known], address: str | None = None) -> Record:
        """The network interface of an ElastiCache node."""
        return self.interface(
            name, subnet, groups, address=address, description=f"ElastiCache {name}", requester="amazon-elasticache"
        )

    def nat(self, name: str, subnet: Record, addresses: int = 1, public: str | None = None, **more: Any) -> Record:
        """A public NAT gateway with its Elastic IPs and its network interface."""
        id = aws_id("nat", subnet["VpcId"], name)
        eni = self.interface(
            name, subnet, description=f"Interface for NAT Gateway {id}", type="nat_gateway", requester=ACCOUNT
        )
        listed = []
        for index in range(addresses):
            private = eni["PrivateIpAddress"] if index == 0 else self.address_in(subnet)
            outside = public if public and index == 0 else f"198.51.100.{int(digits(id, index, length=2), 16) or 1}"
            listed.append(
                {
                    "AllocationId": aws_id("eipalloc", id, index),
                    "NetworkInterfaceId": eni["NetworkInterfaceId"],
                    "PrivateIp": private,
                    "PublicIp": outside,
                    "AssociationId": aws_id("eipassoc", id, index),
                    "IsPrimary": index == 0,
                    "Status": "succeeded",
                }
            )
            self.addresses.append(
                {
                    "PublicIp": outside,
                    "AllocationId": aws_id("eipalloc", id, index),
                    "AssociationId": aws_id("eipassoc", id, index),
                    "Domain": "vpc",
                    "NetworkInterfaceId": eni["NetworkInterfaceId"],
                    "NetworkInterfaceOwnerId": ACCOUNT,
                    "PrivateIpAddress": private,
                    "Tags": tags(f"{name}-{index}"),
                    "PublicIpv4Pool": "amazon",
                    "NetworkBorderGroup": self.region,
                }
            )
        made: Record = {
            "CreateTime": "2025-03-11T09:41:07+00:00",
            "NatGatewayAddresses": listed,
            "NatGatewayId": id,
            "State": "available",
            "SubnetId": subnet["SubnetId"],
            "VpcId": subnet["VpcId"],
            "Tags": tags(name),
            "ConnectivityType": "public",
            "AvailabilityMode": "zonal",
            **more,
        }
        self.nat_gateways.append(made)
        return made

"""VPC endpoints, peering connections and attachments to transit gateways."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from oracles.incidents.world.ids import ACCOUNT, Known, Record, aws_id, digits, id_of
from oracles.incidents.world.interfaces import Interfaces
from oracles.incidents.world.network import tags
from oracles.incidents.world.rules import route

_PREFIX_LISTS = {"s3": "pl-63a5400a", "dynamodb": "pl-02cd2c6b"}
"""Of us-east-1."""
_ALLOW_ALL = '{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}'


class Endpoints(Interfaces):
    """A network with the ways that lead elsewhere than to the internet."""

    def interface_endpoint(
        self,
        service: str,
        subnets: Sequence[Record],
        groups: Sequence[Record],
        *,
        private_dns: bool = True,
        policy: str = _ALLOW_ALL,
        **more: Any,
    ) -> Record:
        """An interface endpoint: ``secretsmanager``, or a whole service name, with its interfaces and DNS names."""
        name = service if service.startswith("com.") else f"com.amazonaws.{self.region}.{service}"
        id = aws_id("vpce", subnets[0]["VpcId"], name)
        short = name.rsplit(".", 1)[-1]
        own = f"{id}-{digits('dns', id, length=8)}"
        enis = [
            self.interface(f"{id}-{one['SubnetId']}", one, groups, description=f"VPC Endpoint Interface {id}",
                           type="vpc_endpoint", requester="amazon-aws")
            for one in subnets
        ]  # fmt: skip
        names = [f"{own}.{short}.{self.region}.vpce.amazonaws.com"]
        names += [f"{own}-{one['AvailabilityZone']}.{short}.{self.region}.vpce.amazonaws.com" for one in subnets]
        names += [f"{short}.{self.region}.amazonaws.com"] if private_dns else []
        made: Record = {
            "VpcEndpointId": id,
            "VpcEndpointType": "Interface",
            "VpcId": subnets[0]["VpcId"],
            "ServiceName": name,
            "State": "available",
            "PolicyDocument": policy,
            "RouteTableIds": [],
            "SubnetIds": [one["SubnetId"] for one in subnets],
            "Groups": [{"GroupId": one["GroupId"], "GroupName": one["GroupName"]} for one in groups],
            "IpAddressType": "ipv4",
            "DnsOptions": {"DnsRecordIpType": "ipv4"},
            "PrivateDnsEnabled": private_dns,
            "RequesterManaged": False,
            "NetworkInterfaceIds": [one["NetworkInterfaceId"] for one in enis],
            "DnsEntries": [{"DnsName": one, "HostedZoneId": f"Z{digits('zone', one).upper()}"} for one in names],
            "CreationTimestamp": "2025-06-02T14:20:51.118000+00:00",
            "Tags": tags(short),
            "OwnerId": ACCOUNT,
            **more,
        }
        self.vpc_endpoints.append(made)
        return made

    def gateway_endpoint(
        self,
        service: str,
        tables: Sequence[Record],
        *,
        policy: str = _ALLOW_ALL,
        vpc: Record | None = None,
        **more: Any,
    ) -> Record:
        """A gateway endpoint for ``s3`` or ``dynamodb`` with its routes in these tables."""
        its_vpc = self._vpc(vpc)
        id = aws_id("vpce", its_vpc["VpcId"], service)
        made: Record = {
            "VpcEndpointId": id,
            "VpcEndpointType": "Gateway",
            "VpcId": its_vpc["VpcId"],
            "ServiceName": f"com.amazonaws.{self.region}.{service}",
            "State": "available",
            "PolicyDocument": policy,
            "RouteTableIds": [one["RouteTableId"] for one in tables],
            "SubnetIds": [],
            "Groups": [],
            "PrivateDnsEnabled": False,
            "RequesterManaged": False,
            "NetworkInterfaceIds": [],
            "DnsEntries": [],
            "CreationTimestamp": "2025-03-11T09:44:30+00:00",
            "Tags": tags(service),
            "OwnerId": ACCOUNT,
            **more,
        }
        self.vpc_endpoints.append(made)
        for one in tables:
            one["Routes"].append(route(_PREFIX_LISTS[service], id))
        return made

    def peering(self, name: str, other_cidr: str, other: Known | None = None, **more: Any) -> Record:
        """A peering connection of the first VPC to another, of which the case may tell nothing more."""
        mine = self.vpcs[0]
        made: Record = {
            "AccepterVpcInfo": {
                "CidrBlock": other_cidr,
                "CidrBlockSet": [{"CidrBlock": other_cidr}],
                "OwnerId": ACCOUNT,
                "PeeringOptions": {"AllowDnsResolutionFromRemoteVpc": False},
                "VpcId": id_of(other) if other else aws_id("vpc", name, other_cidr),
                "Region": self.region,
            },
            "RequesterVpcInfo": {
                "CidrBlock": mine["CidrBlock"],
                "CidrBlockSet": [{"CidrBlock": mine["CidrBlock"]}],
                "OwnerId": ACCOUNT,
                "PeeringOptions": {"AllowDnsResolutionFromRemoteVpc": False},
                "VpcId": mine["VpcId"],
                "Region": self.region,
            },
            "Status": {"Code": "active", "Message": "Active"},
            "Tags": tags(name),
            "VpcPeeringConnectionId": aws_id("pcx", name),
            **more,
        }
        self.peerings.append(made)
        return made

    def transit_attachment(self, name: str, subnets: Sequence[Record], **more: Any) -> str:
        """A VPC's attachment to a transit gateway; gives back the transit gateway's id."""
        id = aws_id("tgw", name)
        self.transit_attachments.append(
            {
                "TransitGatewayAttachmentId": aws_id("tgw-attach", name),
                "TransitGatewayId": id,
                "VpcId": subnets[0]["VpcId"],
                "VpcOwnerId": ACCOUNT,
                "State": "available",
                "SubnetIds": [one["SubnetId"] for one in subnets],
                "CreationTime": "2025-03-12T11:02:00+00:00",
                "Options": {"DnsSupport": "enable", "Ipv6Support": "disable", "ApplianceModeSupport": "disable"},
                "Tags": tags(name),
                **more,
            }
        )
        return id

"""Declared resources by hand."""

from __future__ import annotations

from narrows.declared.model import Declared, Place, Reference, Resource, Value


def resource(kind: str, address: str, **properties: Value) -> Resource:
    """One of ``AWS::`` and the kind, on line 7."""
    return Resource(f"AWS::{kind}", address, Place("stack.yaml", 7), properties)


def declared(*resources: Resource, source: str = "cloudformation") -> Declared:
    """All of them."""
    return Declared(source, resources)


def ref(address: str, attribute: str = "") -> Reference:
    """``!Ref``, ``!GetAtt``."""
    return Reference(address, attribute)


def vpc() -> tuple[Resource, ...]:
    """A VPC with a public subnet, a private one behind a NAT gateway, and a security group."""
    here = ref("Vpc")
    return (
        resource("EC2::VPC", "Vpc", CidrBlock="10.0.0.0/16"),
        resource("EC2::InternetGateway", "Igw"),
        resource("EC2::Subnet", "Public", VpcId=here, CidrBlock="10.0.0.0/24", AvailabilityZone="us-east-1a"),
        resource("EC2::Subnet", "Private", VpcId=here, CidrBlock="10.0.16.0/20", AvailabilityZone="us-east-1a"),
        resource("EC2::RouteTable", "PublicTable", VpcId=here),
        resource("EC2::RouteTable", "PrivateTable", VpcId=here),
        resource(
            "EC2::Route", "Out", RouteTableId=ref("PublicTable"), DestinationCidrBlock="0.0.0.0/0", GatewayId=ref("Igw")
        ),
        resource(
            "EC2::Route",
            "Through",
            RouteTableId=ref("PrivateTable"),
            DestinationCidrBlock="0.0.0.0/0",
            NatGatewayId=ref("Nat"),
        ),
        resource(
            "EC2::SubnetRouteTableAssociation", "OfPublic", SubnetId=ref("Public"), RouteTableId=ref("PublicTable")
        ),
        resource(
            "EC2::SubnetRouteTableAssociation", "OfPrivate", SubnetId=ref("Private"), RouteTableId=ref("PrivateTable")
        ),
        resource("EC2::EIP", "Eip"),
        resource("EC2::NatGateway", "Nat", AllocationId=ref("Eip", "AllocationId"), SubnetId=ref("Public")),
        resource("EC2::SecurityGroup", "Group", VpcId=here, GroupDescription="app"),
    )


def function(address: str = "Fn", name: str | None = "storefront", **properties: Value) -> Resource:
    """A function in the private subnet."""
    config: Value = {"SubnetIds": [ref("Private")], "SecurityGroupIds": [ref("Group", "GroupId")]}
    named: dict[str, Value] = {} if name is None else {"FunctionName": name}
    return resource("Lambda::Function", address, **{"VpcConfig": config, **named, **properties})

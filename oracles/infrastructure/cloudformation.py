"""A scenario as a CloudFormation template, by the AWS CloudFormation Template Reference Guide."""

from __future__ import annotations

from typing import Any

from narrows.network import Endpoint, Function, HopKind, NatGateway, NatKind, Subnet
from narrows.scenario import Scenario
from oracles.infrastructure.laid import MAIN, SECOND, Laid, is_public, lay

_Template = dict[str, Any]


def template(scenario: Scenario) -> _Template:
    """The template: what no template can say of a scenario is left out."""
    made = _Maker(lay(scenario))
    made.all()
    return {"AWSTemplateFormatVersion": "2010-09-09", "Resources": made.resources}


def ref(name: str) -> _Template:
    """``!Ref``"""
    return {"Ref": name}


def att(name: str, attribute: str) -> _Template:
    """``!GetAtt``"""
    return {"Fn::GetAtt": [name, attribute]}


class _Maker:
    def __init__(self, laid: Laid) -> None:
        self.laid = laid
        self.resources: _Template = {}

    def add(self, name: str, kind: str, tag: str | None = None, **properties: Any) -> str:
        if tag is not None:
            properties["Tags"] = [{"Key": "Name", "Value": tag}]
        self.resources[name] = {"Type": kind, "Properties": properties}
        return name

    def all(self) -> None:
        network = self.laid.network
        self.add("Vpc", "AWS::EC2::VPC", CidrBlock=MAIN, tag="network")
        self.add("MoreOfVpc", "AWS::EC2::VPCCidrBlock", VpcId=ref("Vpc"), CidrBlock=SECOND)
        self.add("Internet", "AWS::EC2::InternetGateway")
        self.add("InternetOfVpc", "AWS::EC2::VPCGatewayAttachment", VpcId=ref("Vpc"), InternetGatewayId=ref("Internet"))
        if any(one.ipv6 for one in network.subnets.values()):
            self.add("Ipv6OfVpc", "AWS::EC2::VPCCidrBlock", VpcId=ref("Vpc"), AmazonProvidedIpv6CidrBlock=True)
            self.add("Outwards", "AWS::EC2::EgressOnlyInternetGateway", VpcId=ref("Vpc"))
        if any(one.route == "local" for one in network.subnets.values()):
            self.add("Transit", "AWS::EC2::TransitGateway")
        for gateway in network.nat_gateways.values():
            self.gateway(gateway)
        for index, subnet in enumerate(network.subnets.values()):
            self.subnet(index, subnet)
        for name in self.laid.groups():
            self.group(name)
        for endpoint in self.laid.endpoints:
            self.endpoint(endpoint)
        for function in network.functions.values():
            self.function(function)

    def gateway(self, one: NatGateway) -> None:
        name = f"Nat{self.laid.names[one.name]}"
        if one.kind is NatKind.REGIONAL:
            addresses = [
                {
                    "AvailabilityZone": zone,
                    "AllocationIds": [self.address(f"{name}In{index}No{n}") for n in range(one.addresses)],
                }
                for index, zone in enumerate(self.laid.zones)
            ]
            self.add(
                name, "AWS::EC2::NatGateway", one.name, AvailabilityMode="regional", ConnectivityType="public",
                VpcId=ref("Vpc"), AvailabilityZoneAddresses=addresses,
            )  # fmt: skip
            return
        own = f"Place{name}"
        self.add(
            own, "AWS::EC2::Subnet", f"place of {one.name}", VpcId=ref("Vpc"), AvailabilityZone=one.az,
            CidrBlock=self.laid.standing[one.name],
        )  # fmt: skip
        if not is_public(one):
            more: _Template = {"SecondaryPrivateIpAddressCount": one.addresses - 1} if one.addresses > 1 else {}
            self.add(name, "AWS::EC2::NatGateway", one.name, ConnectivityType="private", SubnetId=ref(own), **more)
            return
        self.table(own, ref(own), own)
        self.route(own, "DestinationCidrBlock", "0.0.0.0/0", GatewayId=ref("Internet"))
        ids = [self.address(f"{name}No{n}") for n in range(one.addresses)]
        secondary: _Template = {"SecondaryAllocationIds": ids[1:]} if ids[1:] else {}
        self.add(name, "AWS::EC2::NatGateway", one.name, AllocationId=ids[0], SubnetId=ref(own), **secondary)

    def address(self, name: str) -> _Template:
        return att(self.add(f"Address{name}", "AWS::EC2::EIP", Domain="vpc"), "AllocationId")

    def table(self, name: str, subnet: _Template, tag: str) -> None:
        self.add(f"Table{name}", "AWS::EC2::RouteTable", tag, VpcId=ref("Vpc"))
        self.add(
            f"TableOf{name}", "AWS::EC2::SubnetRouteTableAssociation", SubnetId=subnet, RouteTableId=ref(f"Table{name}")
        )

    def route(self, name: str, key: str, block: str, **target: Any) -> None:
        family = "Four" if key == "DestinationCidrBlock" else "Six"
        self.add(f"Way{family}Of{name}", "AWS::EC2::Route", RouteTableId=ref(f"Table{name}"), **{key: block}, **target)

    def subnet(self, index: int, one: Subnet) -> None:
        name = f"Subnet{self.laid.names[one.name]}"
        six: _Template = {}
        if one.ipv6:
            cut = {"Fn::Cidr": [{"Fn::Select": [0, att("Vpc", "Ipv6CidrBlocks")]}, 64, 64]}
            six = {"Ipv6CidrBlock": {"Fn::Select": [index, cut]}}
        self.add(
            name, "AWS::EC2::Subnet", one.name, VpcId=ref("Vpc"), AvailabilityZone=one.az,
            CidrBlock=self.laid.blocks[one.name], **six,
        )  # fmt: skip
        self.table(name, ref(name), one.name)
        if one.route == "internet-gateway":
            self.route(name, "DestinationCidrBlock", "0.0.0.0/0", GatewayId=ref("Internet"))
        elif one.route == "local":
            self.route(name, "DestinationCidrBlock", "0.0.0.0/0", TransitGatewayId=ref("Transit"))
        elif one.route != "none":
            nat = ref(f"Nat{self.laid.names[one.route]}")
            self.route(name, "DestinationCidrBlock", "0.0.0.0/0", NatGatewayId=nat)
        if one.ipv6:
            self.route(name, "DestinationIpv6CidrBlock", "::/0", EgressOnlyInternetGatewayId=ref("Outwards"))
        if one.denied_ports:
            self.acl(name, one)

    def acl(self, name: str, one: Subnet) -> None:
        self.add(f"Acl{name}", "AWS::EC2::NetworkAcl", VpcId=ref("Vpc"))
        self.add(
            f"AclOf{name}", "AWS::EC2::SubnetNetworkAclAssociation", SubnetId=ref(name), NetworkAclId=ref(f"Acl{name}")
        )
        families = (("CidrBlock", "0.0.0.0/0"), ("Ipv6CidrBlock", "::/0"))
        number = 0
        for port in sorted(one.denied_ports):
            for key, block in families:
                number += 1
                self.add(
                    f"Acl{name}No{number}", "AWS::EC2::NetworkAclEntry", NetworkAclId=ref(f"Acl{name}"),
                    RuleNumber=number, Protocol=6, RuleAction="deny", Egress=True, PortRange={"From": port, "To": port},
                    **{key: block},
                )  # fmt: skip
        for egress in (True, False):
            for key, block in families:
                number += 1
                self.add(
                    f"Acl{name}No{number}", "AWS::EC2::NetworkAclEntry", NetworkAclId=ref(f"Acl{name}"),
                    RuleNumber=number, Protocol=-1, RuleAction="allow", Egress=egress, **{key: block},
                )  # fmt: skip

    def group(self, name: str) -> None:
        described = self.laid.network.security_groups.get(name)
        ports = None if described is None else described.egress_ports
        rules: _Template = {}
        if ports is not None and not ports:
            # As AWS's documentation removes its own rule.
            rules = {"SecurityGroupEgress": [{"IpProtocol": "-1", "CidrIp": "127.0.0.1/32"}]}
        elif ports is not None:
            rules = {
                "SecurityGroupEgress": [
                    {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **block}
                    for port in sorted(ports)
                    for block in ({"CidrIp": "0.0.0.0/0"}, {"CidrIpv6": "::/0"})
                ]
            }
        self.add(
            f"Group{self.laid.names[name]}", "AWS::EC2::SecurityGroup", name, VpcId=ref("Vpc"), GroupDescription=name,
            **rules,
        )  # fmt: skip

    def endpoint(self, one: Endpoint) -> None:
        name = f"Endpoint{self.laid.names[one.name]}"
        service = self.laid.service(one)
        if one.kind is HopKind.GATEWAY_ENDPOINT:
            tables = [ref(f"TableSubnet{self.laid.names[place.name]}") for place in self.laid.routed_to(one)]
            self.add(
                name, "AWS::EC2::VPCEndpoint", one.name, VpcId=ref("Vpc"), ServiceName=service, RouteTableIds=tables,
                VpcEndpointType="Gateway",
            )  # fmt: skip
            return
        self.add(
            name, "AWS::EC2::VPCEndpoint", one.name, VpcId=ref("Vpc"), ServiceName=service, VpcEndpointType="Interface",
            SubnetIds=[ref(f"Subnet{self.laid.names[place.name]}") for place in self.laid.subnets_in(one)],
            PrivateDnsEnabled=not one.azs,
        )  # fmt: skip

    def function(self, one: Function) -> None:
        more: _Template = {}
        if one.subnets:
            more["VpcConfig"] = {
                "SubnetIds": [ref(f"Subnet{self.laid.names[name]}") for name in one.subnets],
                "SecurityGroupIds": [att(f"Group{self.laid.names[name]}", "GroupId") for name in one.security_groups],
            }
            if one.dual_stack:
                more["VpcConfig"]["Ipv6AllowedForDualStack"] = True
        if one.reserved_concurrency is not None:
            more["ReservedConcurrentExecutions"] = one.reserved_concurrency
        self.add(
            f"Function{self.laid.names[one.name]}", "AWS::Lambda::Function", FunctionName=one.name,
            Role="arn:aws:iam::111122223333:role/function", Runtime="python3.13", Handler="index.handler",
            Code={"ZipFile": "def handler(event, context): ..."}, Timeout=int(one.timeout), **more,
        )  # fmt: skip

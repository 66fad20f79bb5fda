"""Types of resources, by CloudFormation's names: those that a meaning here depends on."""

from __future__ import annotations

FUNCTION = "AWS::Lambda::Function"
VERSION = "AWS::Lambda::Version"
ALIAS = "AWS::Lambda::Alias"
EVENT_SOURCE_MAPPING = "AWS::Lambda::EventSourceMapping"

VPC = "AWS::EC2::VPC"
VPC_BLOCK = "AWS::EC2::VPCCidrBlock"
SUBNET = "AWS::EC2::Subnet"
SUBNET_BLOCK = "AWS::EC2::SubnetCidrBlock"

ROUTE_TABLE = "AWS::EC2::RouteTable"
ROUTE = "AWS::EC2::Route"
ROUTE_TABLE_ASSOCIATION = "AWS::EC2::SubnetRouteTableAssociation"
MAIN_ROUTE_TABLE_ASSOCIATION = "AWS::EC2::MainRouteTableAssociation"
"""Only Terraform has such a thing."""
ROUTE_PROPAGATION = "AWS::EC2::VPNGatewayRoutePropagation"

SECURITY_GROUP = "AWS::EC2::SecurityGroup"
SECURITY_GROUP_INGRESS = "AWS::EC2::SecurityGroupIngress"
SECURITY_GROUP_EGRESS = "AWS::EC2::SecurityGroupEgress"
NETWORK_ACL = "AWS::EC2::NetworkAcl"
NETWORK_ACL_ENTRY = "AWS::EC2::NetworkAclEntry"
NETWORK_ACL_ASSOCIATION = "AWS::EC2::SubnetNetworkAclAssociation"

NAT_GATEWAY = "AWS::EC2::NatGateway"
ELASTIC_IP = "AWS::EC2::EIP"
ENDPOINT = "AWS::EC2::VPCEndpoint"
PREFIX_LIST = "AWS::EC2::PrefixList"
TRANSIT_ATTACHMENT = "AWS::EC2::TransitGatewayAttachment"
TRANSIT_VPC_ATTACHMENT = "AWS::EC2::TransitGatewayVpcAttachment"
"""The same as ``TRANSIT_ATTACHMENT``: CloudFormation has both."""
PEERING_CONNECTION = "AWS::EC2::VPCPeeringConnection"
FLOW_LOG = "AWS::EC2::FlowLog"

ALARM = "AWS::CloudWatch::Alarm"
QUEUE = "AWS::SQS::Queue"

"""Security groups, network ACLs and VPC endpoints: from Terraform's names to CloudFormation's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from narrows.declared.model import Resource, Unknown, Value
from narrows.declared.terraform.instances import Instance
from narrows.declared.terraform.kinds import Block, Kind, Properties, block_maps, child, is_said, items, itself
from narrows.declared.terraform.mapping_network import owner_of

_PROTOCOLS: Final = {"-1": -1, "all": -1, "icmp": 1, "tcp": 6, "udp": 17, "icmpv6": 58}
_ENDPOINT_ROUTES: Final = "AWS::EC2::VPCEndpointRouteTableAssociation"
_ENDPOINT_SUBNETS: Final = "AWS::EC2::VPCEndpointSubnetAssociation"
_ENDPOINT_GROUPS: Final = "AWS::EC2::VPCEndpointSecurityGroupAssociation"


def _group(instance: Instance, properties: Properties) -> Iterator[Resource]:
    for key, name in (("ingress", "SecurityGroupIngress"), ("egress", "SecurityGroupEgress")):
        value = instance.values.get(key)
        if isinstance(value, Unknown):
            properties[name] = value
            continue
        egress = key == "egress"
        rules = [rule for block in block_maps(value) for rule in _rules(block, egress, itself(instance))]
        # Terraform takes away the rule that lets everything out, which CloudFormation leaves where nothing is said.
        if rules or egress or instance.type == "aws_default_security_group":
            properties[name] = rules
    yield from ()


def _rules(block: Mapping[str, Value], egress: bool, group: Value) -> Iterator[dict[str, Value]]:
    """A rule of CloudFormation's for each other side that a rule of Terraform's names."""
    base = _ports(block, "protocol")
    if is_said(text := block.get("description")):
        base["Description"] = text
    way = "Destination" if egress else "Source"
    sides: list[tuple[str, Value]] = [("CidrIp", cidr) for cidr in items(block.get("cidr_blocks"))]
    sides += [("CidrIpv6", cidr) for cidr in items(block.get("ipv6_cidr_blocks"))]
    sides += [(f"{way}PrefixListId", prefix_list) for prefix_list in items(block.get("prefix_list_ids"))]
    for key in ("security_groups", "source_security_group_id"):
        sides += [(f"{way}SecurityGroupId", other_group) for other_group in items(block.get(key))]
    if block.get("self") is True:
        sides.append((f"{way}SecurityGroupId", group))
    for name, value in sides:
        yield {**base, name: value}


def _ports(block: Mapping[str, Value], protocol: str) -> dict[str, Value]:
    said = block.get(protocol)
    said = "-1" if said == "all" else str(said) if isinstance(said, int) and not isinstance(said, bool) else said
    if said == "-1":
        return {"IpProtocol": said}
    ports: dict[str, Value] = {"IpProtocol": said}
    for key, name in (("from_port", "FromPort"), ("to_port", "ToPort")):
        if block.get(key) is not None:
            ports[name] = number(block[key])
    return ports


def number(value: Value) -> Value:
    """A whole number, which Terraform also takes as text."""
    if isinstance(value, str) and value.removeprefix("-").isascii() and value.removeprefix("-").isdecimal():
        return int(value) if len(value) < 16 else value
    return value


def old_rule(instance: Instance) -> Iterator[Resource]:
    """The rules of an ``aws_security_group_rule``."""
    egress = instance.values.get("type") == "egress"
    group = instance.values.get("security_group_id")
    for rule in _rules(instance.values, egress, group):
        yield child(instance, f"AWS::EC2::SecurityGroup{'Egress' if egress else 'Ingress'}", {"GroupId": group, **rule})


def _rule(instance: Instance, properties: Properties) -> Iterator[Resource]:
    for name in ("IpProtocol", "FromPort", "ToPort"):
        properties.pop(name, None)
    properties |= _ports(instance.values, "ip_protocol")
    yield from ()


def _acl(instance: Instance, properties: Properties) -> Iterator[Resource]:
    if instance.type == "aws_default_network_acl" and not is_said(properties.get("VpcId")):
        vpc = owner_of(instance.values.get("default_network_acl_id"))
        if vpc is not None:
            properties["VpcId"] = vpc
    for key in ("ingress", "egress"):
        value = instance.values.get(key)
        if isinstance(value, Unknown):
            entry = {"NetworkAclId": itself(instance), "Egress": key == "egress", "RuleNumber": value}
            yield child(instance, "AWS::EC2::NetworkAclEntry", entry)
        for block in block_maps(value):
            yield child(
                instance,
                "AWS::EC2::NetworkAclEntry",
                _entry(block, key == "egress", "rule_no", "action", itself(instance)),
            )
    for subnet in items(instance.values.get("subnet_ids")):
        association = {"NetworkAclId": itself(instance), "SubnetId": subnet}
        yield child(instance, "AWS::EC2::SubnetNetworkAclAssociation", association)


def _acl_rule(instance: Instance, properties: Properties) -> Iterator[Resource]:
    properties |= _entry(
        instance.values,
        instance.values.get("egress") is True,
        "rule_number",
        "rule_action",
        instance.values.get("network_acl_id"),
    )
    yield from ()


def _entry(block: Mapping[str, Value], egress: bool, rule: str, action: str, acl: Value) -> Properties:
    protocol = block.get("protocol")
    if isinstance(protocol, str):
        protocol = _PROTOCOLS.get(protocol.lower(), number(protocol))
    entry: Properties = {
        "NetworkAclId": acl,
        "Egress": egress,
        "RuleNumber": number(block.get(rule)),
        "RuleAction": block.get(action),
        "Protocol": protocol,
    }
    for key, name in (("cidr_block", "CidrBlock"), ("ipv6_cidr_block", "Ipv6CidrBlock")):
        if is_said(block.get(key)):
            entry[name] = block[key]
    if protocol in (1, 58):
        kind, code = number(block.get("icmp_type")), number(block.get("icmp_code"))
        entry["Icmp"] = {"Type": -1 if kind is None else kind, "Code": -1 if code is None else code}
    elif protocol != -1 and block.get("from_port") is not None and block.get("to_port") is not None:
        entry["PortRange"] = {"From": number(block["from_port"]), "To": number(block["to_port"])}
    return entry


def _rule_kind(way: str, side: str) -> Kind:
    table = {
        "cidr_ipv4": "CidrIp",
        "cidr_ipv6": "CidrIpv6",
        "description": "Description",
        "prefix_list_id": f"{side}PrefixListId",
        "referenced_security_group_id": f"{side}SecurityGroupId",
        "security_group_id": "GroupId",
    }
    return Kind(f"AWS::EC2::SecurityGroup{way}", table, tags=False, more=_rule)


_GROUP: Final = {"description": "GroupDescription", "name": "GroupName", "vpc_id": "VpcId"}

KINDS: Final[Mapping[str, Kind]] = {
    "aws_security_group": Kind("AWS::EC2::SecurityGroup", _GROUP, {"description": "Managed by Terraform"}, more=_group),
    "aws_default_security_group": Kind("AWS::EC2::SecurityGroup", {"vpc_id": "VpcId"}, more=_group),
    "aws_vpc_security_group_ingress_rule": _rule_kind("Ingress", "Source"),
    "aws_vpc_security_group_egress_rule": _rule_kind("Egress", "Destination"),
    "aws_network_acl": Kind("AWS::EC2::NetworkAcl", {"vpc_id": "VpcId"}, more=_acl),
    "aws_default_network_acl": Kind("AWS::EC2::NetworkAcl", {"vpc_id": "VpcId"}, more=_acl),
    "aws_network_acl_rule": Kind("AWS::EC2::NetworkAclEntry", {}, tags=False, more=_acl_rule),
    "aws_network_acl_association": Kind(
        "AWS::EC2::SubnetNetworkAclAssociation",
        {"network_acl_id": "NetworkAclId", "subnet_id": "SubnetId"},
        tags=False,
    ),
    "aws_vpc_endpoint": Kind(
        "AWS::EC2::VPCEndpoint",
        {
            "dns_options": Block(
                "DnsOptions",
                {
                    "dns_record_ip_type": "DnsRecordIpType",
                    "private_dns_only_for_inbound_resolver_endpoint": "PrivateDnsOnlyForInboundResolverEndpoint",
                },
            ),
            "ip_address_type": "IpAddressType",
            "private_dns_enabled": "PrivateDnsEnabled",
            "route_table_ids": "RouteTableIds",
            "security_group_ids": "SecurityGroupIds",
            "service_name": "ServiceName",
            "service_region": "ServiceRegion",
            "subnet_ids": "SubnetIds",
            "vpc_endpoint_type": "VpcEndpointType",
            "vpc_id": "VpcId",
        },
        {"private_dns_enabled": False, "vpc_endpoint_type": "Gateway"},
    ),
    "aws_vpc_endpoint_route_table_association": Kind(
        _ENDPOINT_ROUTES, {"route_table_id": "RouteTableId", "vpc_endpoint_id": "VpcEndpointId"}, tags=False
    ),
    "aws_vpc_endpoint_subnet_association": Kind(
        _ENDPOINT_SUBNETS, {"subnet_id": "SubnetId", "vpc_endpoint_id": "VpcEndpointId"}, tags=False
    ),
    "aws_vpc_endpoint_security_group_association": Kind(
        _ENDPOINT_GROUPS, {"security_group_id": "SecurityGroupId", "vpc_endpoint_id": "VpcEndpointId"}, tags=False
    ),
}
"""By Terraform's type. ``aws_security_group_rule`` is apart: it becomes a resource for each block that it names."""

FOLDED: Final = (
    (_ENDPOINT_ROUTES, "VpcEndpointId", "RouteTableId", "RouteTableIds"),
    (_ENDPOINT_SUBNETS, "VpcEndpointId", "SubnetId", "SubnetIds"),
    (_ENDPOINT_GROUPS, "VpcEndpointId", "SecurityGroupId", "SecurityGroupIds"),
)
"""Associations that CloudFormation has as lists: type, what they belong to, what they give it, its list."""

"""Templates of random networks, as one writer or another lays them out."""

from __future__ import annotations

import json
import random
import re
from dataclasses import dataclass
from typing import Any

from narrows.network import Egress, HopKind, NatKind, Network

Template = dict[str, Any]


@dataclass(frozen=True)
class Style:
    """How a template is laid out."""

    json: bool
    indent: str
    dashes: int
    short: bool
    comments: bool
    newline: str
    flow: bool
    """Short mappings and lists on one line."""
    sam: bool
    last_newline: bool

    @property
    def suffix(self) -> str:
        return ".json" if self.json else ".yaml"


def style_of(dice: random.Random) -> Style:
    is_json = dice.random() < 0.35
    return Style(
        is_json,
        dice.choice([" ", "  ", "    ", "\t", ""] if is_json else ["  ", "  ", "    "]),
        dice.choice([0, 2, 2, 4]),
        dice.random() < 0.75,
        dice.random() < 0.6,
        "\r\n" if dice.random() < 0.2 else "\n",
        dice.random() < 0.4,
        dice.random() < 0.4,
        dice.random() < 0.85,
    )


def camel(name: str) -> str:
    return "".join(word[:1].upper() + word[1:] for word in re.findall(r"[A-Za-z0-9]+", name))


def ref(name: str) -> dict[str, Any]:
    return {"Ref": name}


def att(name: str, attribute: str) -> dict[str, Any]:
    return {"Fn::GetAtt": [name, attribute]}


def template_of(network: Network, style: Style, dice: random.Random) -> Template:
    """A template that declares a network."""
    found: Template = {"AWSTemplateFormatVersion": "2010-09-09"}
    if style.sam:
        found["Transform"] = "AWS::Serverless-2016-10-31"
    resources: dict[str, Any] = {}
    parameters: dict[str, Any] = {}
    blocks = iter(f"10.0.{number}.0/24" for number in range(200))
    resources["Vpc"] = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}}
    resources["Igw"] = {"Type": "AWS::EC2::InternetGateway"}
    attached = {"VpcId": ref("Vpc"), "InternetGatewayId": ref("Igw")}
    resources["Attached"] = {"Type": "AWS::EC2::VPCGatewayAttachment", "Properties": attached}
    if dice.random() < 0.3:
        parameters["RoleArn"] = {"Type": "String", "Default": "arn:aws:iam::123456789012:role/app"}
    for name, nat in network.nat_gateways.items():
        _gateway(resources, name, nat, network, next(blocks), dice)
    by_route: dict[str, str] = {}
    shared = dice.random() < 0.7
    for name, subnet in network.subnets.items():
        own = camel(name)
        resources[own] = {
            "Type": "AWS::EC2::Subnet",
            "Properties": {
                "VpcId": ref("Vpc"),
                "CidrBlock": next(blocks),
                "AvailabilityZone": subnet.az,
                "Tags": [{"Key": "Name", "Value": name}],
            },
        }
        if not shared or subnet.route not in by_route:
            table = f"{own}Table"
            resources[table] = {"Type": "AWS::EC2::RouteTable", "Properties": {"VpcId": ref("Vpc")}}
            way = {"RouteTableId": ref(table), "DestinationCidrBlock": "0.0.0.0/0"}
            if subnet.route in network.nat_gateways:
                way["NatGatewayId"] = ref(camel(subnet.route))
                resources[f"{table}Default"] = {"Type": "AWS::EC2::Route", "Properties": way}
            elif subnet.route == Egress.INTERNET_GATEWAY:
                way["GatewayId"] = ref("Igw")
                resources[f"{table}Default"] = {"Type": "AWS::EC2::Route", "DependsOn": "Attached", "Properties": way}
            by_route[subnet.route] = table
        both = {"SubnetId": ref(own), "RouteTableId": ref(by_route[subnet.route])}
        resources[f"{own}Routes"] = {"Type": "AWS::EC2::SubnetRouteTableAssociation", "Properties": both}
    for endpoint in network.endpoints.values():
        if endpoint.kind is HopKind.GATEWAY_ENDPOINT:
            resources[camel(endpoint.name)] = {
                "Type": "AWS::EC2::VPCEndpoint",
                "Properties": {
                    "VpcId": ref("Vpc"),
                    "ServiceName": {"Fn::Sub": "com.amazonaws.${AWS::Region}.dynamodb"},
                    "RouteTableIds": [ref(one) for one in dict.fromkeys(by_route.values())],
                },
            }
    groups = {group for one in network.functions.values() for group in one.security_groups}
    for group in sorted(groups):
        resources[camel(group)] = {
            "Type": "AWS::EC2::SecurityGroup",
            "Properties": {
                "GroupDescription": f"Of {group}: functions",
                "VpcId": ref("Vpc"),
                "Tags": [{"Key": "Name", "Value": group}],
            },
        }
    _functions(found, resources, parameters, network, style)
    if parameters:
        found["Parameters"] = parameters
    found["Resources"] = resources
    if dice.random() < 0.5:
        found["Outputs"] = {"VpcId": {"Value": ref("Vpc")}}
    return found


def _gateway(resources: dict[str, Any], name: str, nat: Any, network: Network, block: str, dice: random.Random) -> None:
    own = camel(name)
    if nat.kind is NatKind.REGIONAL:
        zones = sorted({one.az for one in network.subnets.values() if one.route == name})
        listed = []
        for zone in zones or ["us-east-1a"]:
            ids = []
            for number in range(1, nat.addresses + 1):
                eip = f"{own}{camel(zone)}Address{number}"
                resources[eip] = {"Type": "AWS::EC2::EIP", "DependsOn": "Attached", "Properties": {"Domain": "vpc"}}
                ids.append(att(eip, "AllocationId"))
            listed.append({"AvailabilityZone": zone, "AllocationIds": ids})
        properties: dict[str, Any] = {"AvailabilityMode": "regional", "VpcId": ref("Vpc")}
        properties |= {"AvailabilityZoneAddresses": listed, "Tags": [{"Key": "Name", "Value": name}]}
        resources[own] = {"Type": "AWS::EC2::NatGateway", "DependsOn": "Attached", "Properties": properties}
        return
    public = f"{own}Public"
    resources[public] = {
        "Type": "AWS::EC2::Subnet",
        "Properties": {"VpcId": ref("Vpc"), "CidrBlock": block, "AvailabilityZone": nat.az or "us-east-1a"},
    }
    properties = {"SubnetId": ref(public)}
    if nat.kind is NatKind.PRIVATE:
        properties["ConnectivityType"] = "private"
        if nat.addresses > 1:
            properties["SecondaryPrivateIpAddressCount"] = nat.addresses - 1
    else:
        ids = []
        for number in range(1, nat.addresses + 1):
            eip = f"{own}Address{number}"
            resources[eip] = {"Type": "AWS::EC2::EIP", "Properties": {"Domain": "vpc"}}
            if dice.random() < 0.7:
                resources[eip]["DependsOn"] = dice.choice(["Attached", ["Attached"]])
            ids.append(att(eip, "AllocationId"))
        properties["AllocationId"] = ids[0]
        if ids[1:]:
            properties["SecondaryAllocationIds"] = ids[1:]
    if dice.random() < 0.7:
        properties["Tags"] = [{"Key": "Name", "Value": name}]
    resources[own] = {"Type": "AWS::EC2::NatGateway", "Properties": properties}


def _functions(
    found: Template, resources: dict[str, Any], parameters: dict[str, Any], network: Network, style: Style
) -> None:
    role: Any = ref("RoleArn") if "RoleArn" in parameters else "arn:aws:iam::123456789012:role/app"
    configs = [
        {
            "SubnetIds": [ref(camel(subnet)) for subnet in one.subnets],
            "SecurityGroupIds": [att(camel(group), "GroupId") for group in one.security_groups],
        }
        if one.subnets
        else None
        for one in network.functions.values()
    ]
    alike = style.sam and all(one == configs[0] for one in configs) and configs[0] is not None
    if alike:
        found["Globals"] = {"Function": {"Timeout": 30, "VpcConfig": configs[0]}}
    for one, config in zip(network.functions.values(), configs, strict=True):
        properties: dict[str, Any] = {"FunctionName": one.name, "Runtime": "python3.13", "Handler": "index.handler"}
        properties["Role"] = role
        if style.sam:
            properties["InlineCode"] = "def handler(event, context):\n    return 1\n"
        else:
            properties["Code"] = {"ZipFile": "def handler(event, context):\n    return 1\n"}
        if config is not None and not alike:
            properties["VpcConfig"] = config
        kind = "AWS::Serverless::Function" if style.sam else "AWS::Lambda::Function"
        resources[f"{camel(one.name)}Function"] = {"Type": kind, "Properties": properties}


# Layout.


def text_of(template: Template, style: Style, dice: random.Random) -> bytes:
    """The template's file."""
    if style.json:
        separators = (",", ":") if not style.indent else (",", ": ")
        text = json.dumps(template, indent=style.indent or None, separators=separators)
    else:
        lines: list[str] = []
        for key, value in template.items():
            if key == "Resources":
                lines += ["", f"{key}:"]
                for name, one in value.items():
                    if style.comments and dice.random() < 0.3:
                        lines.append(f'{style.indent}# {name}: it\'s "here"')
                    lines += _block({name: one}, style.indent, style, dice)
                    if dice.random() < 0.7:
                        lines.append("")
            else:
                lines += _block({key: value}, "", style, dice)
        text = "\n".join(lines).rstrip("\n")
    return (text + ("\n" if style.last_newline else "")).replace("\n", style.newline).encode()


def _block(values: dict[str, Any], indent: str, style: Style, dice: random.Random) -> list[str]:
    lines = []
    for key, value in values.items():
        note = "   # as agreed" if style.comments and dice.random() < 0.08 else ""
        if isinstance(value, str) and "\n" in value:
            lines += [f"{indent}{key}: |", *(f"{indent}{style.indent}{line}" for line in value.splitlines())]
        elif _on_a_line(value, style):
            lines.append(f"{indent}{key}: {_flow(value, style)}{note}")
        elif isinstance(value, list):
            lines.append(f"{indent}{key}:{note}")
            for item in value:
                place = indent + " " * style.dashes
                if isinstance(item, dict) and not _on_a_line(item, style):
                    inner = _block(item, place + "  ", style, dice)
                    lines += [f"{place}- {inner[0].strip()}", *inner[1:]]
                else:
                    lines.append(f"{place}- {_flow(item, style)}{note}")
        else:
            lines += [f"{indent}{key}:{note}", *_block(value, indent + style.indent, style, dice)]
    return lines


def _on_a_line(value: Any, style: Style) -> bool:
    if isinstance(value, dict) and len(value) == 1 and style.short and next(iter(value)).startswith(("Ref", "Fn::")):
        return True
    if not isinstance(value, (dict, list)) or not value:
        return True
    return style.flow and len(json.dumps(value)) < 60 and "\n" not in json.dumps(value) and "|" not in str(value)


def _flow(value: Any, style: Style) -> str:
    if isinstance(value, dict):
        if style.short and len(value) == 1:
            ((name, inner),) = value.items()
            if name == "Ref":
                return f"!Ref {inner}"
            if name == "Fn::GetAtt":
                return f"!GetAtt {'.'.join(inner)}"
            if name == "Fn::Sub":
                return f'!Sub "{inner}"'
        return "{" + ", ".join(f"{key}: {_flow(one, style)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(one, style) for one in value) + "]"
    return json.dumps(value)

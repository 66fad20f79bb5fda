"""Random small VPCs in AWS's own shapes: with rules in any order, gateways in wrong subnets, and peers that forget."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

Shape = dict[str, Any]
Files = dict[str, list[Shape]]
"""The resources of each kind, by the name of its file in a case."""

REGION = "us-east-1"
HERE, PEER = "vpc-a", "vpc-b"
S3_LIST, OWN_LIST = "pl-s3", "pl-own"
S3_BLOCKS = ("52.216.0.0/15",)
SECRETS, STORE = "secretsmanager", "s3"
MEMBERS = {
    "functions": "Functions", "subnets": "Subnets", "route-tables": "RouteTables", "network-acls": "NetworkAcls",
    "security-groups": "SecurityGroups", "network-interfaces": "NetworkInterfaces", "nat-gateways": "NatGateways",
    "vpc-endpoints": "VpcEndpoints", "transit-gateway-attachments": "TransitGatewayVpcAttachments",
    "prefix-lists": "PrefixLists",
}  # fmt: skip
_BLOCKS = ("0.0.0.0/0", "0.0.0.0/0", "10.0.0.0/16", "10.0.1.0/24", "10.0.2.0/24", "10.1.0.0/16", "10.9.0.0/16",
           "8.8.4.0/24", "52.0.0.0/8", "10.0.1.10/32")  # fmt: skip
_PORTS = (None, None, (443, 443), (5432, 5432), (400, 6000), (1024, 65535), (32768, 60999), (0, 1023), (20000, 40000),
          (40001, 65535))  # fmt: skip
_LISTS = (["8.8.4.0/25", "10.9.0.0/17"], ["8.8.4.0/24", "10.0.0.0/16"], ["9.9.9.0/24"], ["10.9.0.0/16"])


@dataclass(frozen=True)
class World:
    """A VPC, what stands in it, and where its function wants to go."""

    files: Files
    destinations: dict[str, Shape]
    """host (or None), port, addresses."""


def draw(seed: int) -> World:
    """The VPC of a seed."""
    rng = random.Random(seed)
    subnets = [_subnet(rng, f"subnet-{n}", HERE, f"10.0.{n}.0/24", n) for n in range(1, rng.randint(2, 4) + 1)]
    far = [_subnet(rng, f"subnet-far{n}", PEER, f"10.1.{n}.0/24", n + 9) for n in range(1, rng.randint(1, 2) + 1)]
    names = [one["SubnetId"] for one in subnets]
    nats = [_nat(rng, f"nat-{n}", rng.choice(names)) for n in range(1, rng.randint(1, 2) + 1)]
    endpoints = _endpoints(rng, names)
    tables = _tables(rng, names, nats, endpoints, [one["SubnetId"] for one in far])
    for one in endpoints:
        if one["VpcEndpointType"] == "Gateway":
            one["RouteTableIds"] = [
                table["RouteTableId"]
                for table in tables
                if any(route.get("GatewayId") == one["VpcEndpointId"] for route in table["Routes"])
            ]
    groups = _groups(rng, any(route.get("DestinationPrefixListId") for table in tables for route in table["Routes"]))
    mine = rng.sample(["sg-app", "sg-more"], rng.randint(1, 2))
    attached = rng.sample(names, rng.randint(1, len(names)))
    config = {
        "SubnetIds": attached, "SecurityGroupIds": mine, "VpcId": HERE,
        "Ipv6AllowedForDualStack": rng.random() < 0.5,
    }  # fmt: skip
    interfaces = [
        _interface(f"eni-app{n}", name, HERE, f"10.0.{name[-1]}.10", mine, "lambda") for n, name in enumerate(attached)
    ]
    home, away = rng.choice(names), rng.choice(far)["SubnetId"]
    database, peer = f"10.0.{home[-1]}.50", f"10.1.{away[-1]}.60"
    interfaces.append(_interface("eni-db", home, HERE, database, _some(rng, ["sg-db", "sg-more"]), "interface"))
    interfaces.append(_interface("eni-peer", away, PEER, peer, _some(rng, ["sg-peer"]), "interface"))
    for one in endpoints:
        for name, eni in zip(one["SubnetIds"], one["NetworkInterfaceIds"], strict=True):
            owned = [group["GroupId"] for group in one["Groups"]]
            interfaces.append(_interface(eni, name, HERE, f"10.0.{name[-1]}.80", owned, "vpc_endpoint"))
    files: Files = {
        "functions": [{
            "FunctionName": "app", "Version": "$LATEST", "Timeout": 30, "VpcConfig": config,
            "FunctionArn": f"arn:aws:lambda:{REGION}:111122223333:function:app",
        }],
        "subnets": [*subnets, *far], "route-tables": tables, "nat-gateways": nats, "vpc-endpoints": endpoints,
        "network-acls": _acls(rng, [*names, *(one["SubnetId"] for one in far)]), "security-groups": groups,
        "network-interfaces": interfaces,
    }  # fmt: skip
    _add(random.Random(f"more of {seed}"), files, names)
    return World(files, {
        "public": {"host": "bank.example.com", "port": 443, "addresses": ["8.8.4.4", "9.9.9.9"][: rng.randint(1, 2)]},
        "db": {"host": "db.example.internal", "port": 5432, "addresses": [database]},
        "peer": {"host": None, "port": 5432, "addresses": [peer]},
        "premises": {"host": None, "port": 443, "addresses": ["10.9.0.5"]},
        "stray": {"host": None, "port": 443, "addresses": ["172.20.0.9"]},
        "secrets": {"host": f"{SECRETS}.{REGION}.amazonaws.com", "port": 443, "addresses": ["52.94.0.9"]},
        "bucket": {"host": f"mine.s3.{REGION}.amazonaws.com", "port": 443, "addresses": ["52.217.1.1"]},
        "six": {"host": "six.example.com", "port": 443, "addresses": ["2600:1f00::5"]},
        "both": {"host": None, "port": 443, "addresses": ["8.8.4.4", "2600:1f00::6"]},
        "mail": {"host": "mx.example.com", "port": 25, "addresses": ["8.8.4.5"]},
    })  # fmt: skip


def _add(rng: random.Random, files: Files, names: list[str]) -> None:
    """The attachment to the transit gateway, and prefix lists: AWS's own for S3, and one that rules and routes name."""
    state = rng.choice(["available"] * 5 + ["modifying", "pendingAcceptance", "deleted"])
    vpc = HERE if rng.random() < 0.85 else "vpc-elsewhere"
    files["transit-gateway-attachments"] = [{
        "TransitGatewayAttachmentId": "tgw-attach-1", "TransitGatewayId": "tgw-1", "VpcId": vpc, "State": state,
        "SubnetIds": _some(rng, names),
    }]  # fmt: skip
    blocks = {"Cidrs": list(S3_BLOCKS)} if rng.random() < 0.5 else {}
    files["prefix-lists"] = [
        {"PrefixListId": S3_LIST, "PrefixListName": f"com.amazonaws.{REGION}.{STORE}", **blocks},
        {"PrefixListId": OWN_LIST, "PrefixListName": "own", "Cidrs": rng.choice(_LISTS)},
    ]
    for subnet in files["subnets"]:
        if rng.random() < 0.4:
            mode = rng.choices(["off", "block-ingress", "block-bidirectional"], [6, 2, 2])[0]
            subnet["BlockPublicAccessStates"] = {"InternetGatewayBlockMode": mode}
    for table in files["route-tables"]:
        if table["VpcId"] == HERE and rng.random() < 0.2:
            target = rng.choice([{"TransitGatewayId": "tgw-1"}, {"NatGatewayId": "nat-1"}, {"GatewayId": "igw-1"}])
            table["Routes"].append(_active({"DestinationPrefixListId": OWN_LIST, **target}))
    for group in files["security-groups"]:
        for rules in ("IpPermissions", "IpPermissionsEgress"):
            if rng.random() < 0.2:
                group[rules].append({"IpProtocol": "tcp", "FromPort": 0, "ToPort": 65535,
                                     "PrefixListIds": [{"PrefixListId": OWN_LIST}]})  # fmt: skip


def _some(rng: random.Random, names: list[str]) -> list[str]:
    return rng.sample(names, rng.randint(1, len(names)))


def _subnet(rng: random.Random, name: str, vpc: str, block: str, number: int) -> Shape:
    six = [{"Ipv6CidrBlock": f"2600:1f00:1:{number:x}::/64", "Ipv6CidrBlockState": {"State": "associated"}}]
    return {
        "SubnetId": name, "VpcId": vpc, "CidrBlock": block, "AvailabilityZone": f"{REGION}{'abc'[number % 3]}",
        "AvailableIpAddressCount": 200, "Ipv6CidrBlockAssociationSet": six if rng.random() < 0.5 else [],
    }  # fmt: skip


def _nat(rng: random.Random, name: str, subnet: str) -> Shape:
    state = rng.choice(["available"] * 12 + ["failed", "deleted", "pending"])
    return {
        "NatGatewayId": name, "VpcId": HERE, "SubnetId": subnet, "State": state,
        "ConnectivityType": "private" if rng.random() < 0.1 else "public",
        "NatGatewayAddresses": [{"PrivateIp": f"10.0.{subnet[-1]}.90", "NetworkInterfaceId": f"eni-{name}",
                                 "IsPrimary": True, "Status": "succeeded"}],
    }  # fmt: skip


def _interface(name: str, subnet: str, vpc: str, address: str, groups: list[str], kind: str) -> Shape:
    return {
        "NetworkInterfaceId": name, "SubnetId": subnet, "VpcId": vpc, "PrivateIpAddress": address, "Status": "in-use",
        "InterfaceType": kind, "Groups": [{"GroupId": one, "GroupName": one} for one in groups], "Description": kind,
    }  # fmt: skip


def _endpoints(rng: random.Random, names: list[str]) -> list[Shape]:
    found: list[Shape] = []
    if rng.random() < 0.7:
        places = _some(rng, names)
        found.append({
            "VpcEndpointId": "vpce-secrets", "VpcEndpointType": "Interface", "VpcId": HERE, "State": "available",
            "ServiceName": f"com.amazonaws.{REGION}.{SECRETS}", "PrivateDnsEnabled": rng.random() < 0.6,
            "SubnetIds": places, "NetworkInterfaceIds": [f"eni-secrets{one[-1]}" for one in places],
            "Groups": [{"GroupId": "sg-endpoint", "GroupName": "endpoint"}], "RouteTableIds": [], "DnsEntries": [],
        })  # fmt: skip
    if rng.random() < 0.7:
        found.append({
            "VpcEndpointId": "vpce-s3", "VpcEndpointType": "Gateway", "VpcId": HERE, "State": "available",
            "ServiceName": f"com.amazonaws.{REGION}.{STORE}", "PrivateDnsEnabled": False, "SubnetIds": [],
            "NetworkInterfaceIds": [], "Groups": [], "RouteTableIds": [], "DnsEntries": [],
        })  # fmt: skip
    return found


def _tables(
    rng: random.Random, names: list[str], nats: list[Shape], endpoints: list[Shape], far: list[str]
) -> list[Shape]:
    gateway = next((one["VpcEndpointId"] for one in endpoints if one["VpcEndpointType"] == "Gateway"), None)
    tables = [_table(rng, "rtb-main", HERE, [{"Main": True}], nats, gateway)]
    tables += [
        _table(rng, f"rtb-{name}", HERE, [{"Main": False, "SubnetId": name}], nats, gateway)
        for name in names
        if rng.random() < 0.8
    ]
    for number, name in enumerate(far):
        main = number == 0
        association: Shape = {"Main": True} if main else {"Main": False, "SubnetId": name}
        routes = [{"DestinationCidrBlock": "10.1.0.0/16", "GatewayId": "local"}]
        back = rng.random()
        if back < 0.6 or (main and back < 0.8):
            block = "10.0.0.0/16" if rng.random() < 0.7 else f"10.0.{rng.randint(1, 3)}.0/24"
            over: Shape = {"TransitGatewayId": "tgw-1"} if rng.random() < 0.35 else {"VpcPeeringConnectionId": "pcx-1"}
            routes.append({"DestinationCidrBlock": block, **over})
        if rng.random() < 0.2:
            routes.append({"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-b"})
        tables.append({"RouteTableId": f"rtb-{name}", "VpcId": PEER, "Associations": [association],
                       "Routes": [_active(one) for one in routes]})  # fmt: skip
    return tables


def _table(
    rng: random.Random, name: str, vpc: str, associations: list[Shape], nats: list[Shape], gateway: str | None
) -> Shape:
    nat: Shape = {"NatGatewayId": rng.choice(nats)["NatGatewayId"]}
    out: list[Shape | None] = [nat, nat, nat, {"GatewayId": "igw-1"}, {"GatewayId": "igw-1"}, {"GatewayId": "igw-1"},
                               None, {"TransitGatewayId": "tgw-1"}, {**nat, "State": "blackhole"}]  # fmt: skip
    routes: list[Shape] = [{"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local"}]
    for block, choices in (
        ("0.0.0.0/0", out),
        ("10.1.0.0/16", [{"VpcPeeringConnectionId": "pcx-1"}] * 4 + [None] + [{"TransitGatewayId": "tgw-1"}] * 2),
        ("10.9.0.0/16", [{"TransitGatewayId": "tgw-1"}, {"GatewayId": "vgw-1"}, None,
                         {"TransitGatewayId": "tgw-1", "State": "blackhole"}]),
        ("8.8.4.0/24", [None] * 6 + [nat, {"TransitGatewayId": "tgw-1"}, {"GatewayId": "igw-1"}]),
    ):  # fmt: skip
        target = rng.choice(choices)
        if target is not None:
            routes.append({"DestinationCidrBlock": block, **target})
    six = rng.choice([None, {"EgressOnlyInternetGatewayId": "eigw-1"}, {"EgressOnlyInternetGatewayId": "eigw-1"},
                      {"GatewayId": "igw-1"}])  # fmt: skip
    if six is not None:
        routes.append({"DestinationIpv6CidrBlock": "::/0", **six})
    if gateway is not None and rng.random() < 0.7:
        routes.append({"DestinationPrefixListId": S3_LIST, "GatewayId": gateway})
    rng.shuffle(routes)
    return {
        "RouteTableId": name,
        "VpcId": vpc,
        "Associations": associations,
        "Routes": [_active(one) for one in routes],
    }


def _active(route: Shape) -> Shape:
    return {"State": "active", "Origin": "CreateRoute", **route}


def _groups(rng: random.Random, with_list: bool) -> list[Shape]:
    found = []
    for name in ("sg-app", "sg-more", "sg-db", "sg-peer", "sg-endpoint"):
        egress = [_permission(rng, with_list, egress=True) for _ in range(rng.randint(1, 3))]
        if rng.random() < 0.6:
            egress.append({"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}],
                           "Ipv6Ranges": [{"CidrIpv6": "::/0"}]})  # fmt: skip
        ingress = [_permission(rng, False, egress=False) for _ in range(rng.randint(0, 3))]
        if rng.random() < 0.4:
            ingress.append({"IpProtocol": "tcp", "FromPort": 0, "ToPort": 65535,
                            "IpRanges": [{"CidrIp": "10.0.0.0/8"}]})  # fmt: skip
        found.append({"GroupId": name, "GroupName": name[3:], "VpcId": PEER if name == "sg-peer" else HERE,
                      "IpPermissions": ingress, "IpPermissionsEgress": egress})  # fmt: skip
    return found


def _permission(rng: random.Random, with_list: bool, egress: bool) -> Shape:
    ports = rng.choice(_PORTS)
    protocol = rng.choice(["tcp", "tcp", "tcp", "-1", "udp"])
    rule: Shape = {
        "IpProtocol": protocol,
        "IpRanges": [],
        "Ipv6Ranges": [],
        "PrefixListIds": [],
        "UserIdGroupPairs": [],
    }
    if protocol != "-1":
        low, high = ports or (0, 65535)
        rule |= {"FromPort": low, "ToPort": high}
    kind = rng.random()
    if kind < 0.3:
        names = ["sg-db", "sg-peer", "sg-endpoint"] if egress else ["sg-app", "sg-more", "sg-db"]
        rule["UserIdGroupPairs"] = [{"GroupId": one, "UserId": "111122223333"} for one in _some(rng, names)]
    elif kind < 0.4 and with_list:
        rule["PrefixListIds"] = [{"PrefixListId": S3_LIST}]
    else:
        rule["IpRanges"] = [{"CidrIp": rng.choice(_BLOCKS)}]
        if rng.random() < 0.3:
            rule["Ipv6Ranges"] = [{"CidrIpv6": rng.choice(["::/0", "2600:1f00::/32"])}]
    return rule


def _acls(rng: random.Random, names: list[str]) -> list[Shape]:
    found: list[Shape] = []
    left = list(names)
    rng.shuffle(left)
    while left:
        taken = [left.pop() for _ in range(min(len(left), rng.randint(1, 2)))]
        entries = _open_entries() if rng.random() < 0.55 else _entries(rng)
        rng.shuffle(entries)
        name = f"acl-{len(found)}"
        found.append({"NetworkAclId": name, "VpcId": HERE, "Entries": entries,
                      "Associations": [{"SubnetId": one, "NetworkAclId": name} for one in taken]})  # fmt: skip
    return found


def _open_entries() -> list[Shape]:
    return [
        {"RuleNumber": number, "Protocol": "-1", "RuleAction": action, "Egress": egress, **block}
        for egress in (True, False)
        for number, action, block in (
            (100, "allow", {"CidrBlock": "0.0.0.0/0"}), (101, "allow", {"Ipv6CidrBlock": "::/0"}),
            (32767, "deny", {"CidrBlock": "0.0.0.0/0"}), (32768, "deny", {"Ipv6CidrBlock": "::/0"}),
        )
    ]  # fmt: skip


def _entries(rng: random.Random) -> list[Shape]:
    found: list[Shape] = []
    for egress in (True, False):
        for number in rng.sample(range(1, 99), rng.randint(0, 4)):
            six = rng.random() < 0.2
            block = {"CidrBlock": rng.choice(_BLOCKS)}
            if six:
                block = {"Ipv6CidrBlock": rng.choice(["::/0", "2600:1f00::/32"])}
            entry = {"RuleNumber": number, "Protocol": rng.choice(["6", "6", "-1", "17"]), "Egress": egress,
                     "RuleAction": rng.choice(["allow", "deny", "deny"]), **block}  # fmt: skip
            ports = rng.choice(_PORTS)
            if ports is not None and entry["Protocol"] != "-1":
                entry["PortRange"] = {"From": ports[0], "To": ports[1]}
            found.append(entry)
    last = [one for one in _open_entries() if one["RuleAction"] == "deny" or rng.random() < 0.85]
    return found + last

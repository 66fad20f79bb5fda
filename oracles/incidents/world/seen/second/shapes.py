"""AWS's answers as the second writer's incidents need them: one VPC with what stands in it.

Everything is a plain dictionary in AWS's own spelling, so that an incident can put into it whatever the builder of the
seen half does not foresee. Ids are made from words: the same incident has the same ids in every run.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from oracles.incidents.world import CaseFolder

Record = dict[str, Any]

_MEMBERS = {
    "vpcs": "Vpcs",
    "subnets": "Subnets",
    "route-tables": "RouteTables",
    "nat-gateways": "NatGateways",
    "security-groups": "SecurityGroups",
    "network-acls": "NetworkAcls",
    "vpc-endpoints": "VpcEndpoints",
    "network-interfaces": "NetworkInterfaces",
    "addresses": "Addresses",
}
_ROUTE_KEYS = {
    "nat": "NatGatewayId",
    "igw": "GatewayId",
    "vgw": "GatewayId",
    "vpce": "GatewayId",
    "local": "GatewayId",
    "tgw": "TransitGatewayId",
    "pcx": "VpcPeeringConnectionId",
    "eni": "NetworkInterfaceId",
    "i": "InstanceId",
    "eigw": "EgressOnlyInternetGatewayId",
}
ANYWHERE = "0.0.0.0/0"


def made_id(kind: str, *words: str) -> str:
    """An id as AWS makes them, always the same for the same words."""
    return f"{kind}-{hashlib.sha256('/'.join((kind, *words)).encode()).hexdigest()[:17]}"


def moment(text: str) -> datetime:
    """A time of day in UTC, such as ``2026-11-20T12:00``."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def put(case: CaseFolder, path: str, content: Record | list[Any] | str | bytes) -> None:
    """Write a file of the case as it is: text, bytes, or an answer of AWS as JSON."""
    case.file(path, content)


def about(
    case: CaseFolder,
    region: str,
    window: tuple[str, str] | None,
    functions: Sequence[str] = (),
    reported: str = "",
    more: str = "",
    **destinations: str,
) -> None:
    """Write ``case.yaml``; a destination is the inside of a YAML mapping: ``name: db.example.com, port: 5432``."""
    lines = ["schema: 1", f"region: {region}"]
    if window:
        lines.append(f"window: [{window[0]}:00Z, {window[1]}:00Z]")
    if functions:
        lines.append(f"functions: [{', '.join(functions)}]")
    if destinations:
        lines.append("destinations:")
        lines += [f"  {name.replace('_', '-')}: {{{inside}}}" for name, inside in destinations.items()]
    if reported:
        lines.append(f"reported: {json.dumps(reported)}")
    put(case, "case.yaml", "\n".join([*lines, more, ""]))


def route(block: str, target: str, state: str = "active") -> Record:
    """One route; the target's id tells its kind."""
    key = (
        "DestinationPrefixListId"
        if block.startswith("pl-")
        else "DestinationIpv6CidrBlock"
        if ":" in block
        else "DestinationCidrBlock"
    )
    origin = "CreateRouteTable" if target == "local" else "CreateRoute"
    return {key: block, _ROUTE_KEYS[target.split("-")[0]]: target, "Origin": origin, "State": state}


def rule(ports: int | tuple[int, int] | None, *sources: str, protocol: str = "tcp") -> Record:
    """One rule of a security group: ports (None for everything) and blocks, ``sg-`` or ``pl-`` ids."""
    made: Record = {
        "IpProtocol": "-1" if ports is None else protocol,
        "IpRanges": [{"CidrIp": one} for one in sources if one[0].isdigit() and ":" not in one],
        "Ipv6Ranges": [{"CidrIpv6": one} for one in sources if ":" in one],
        "PrefixListIds": [{"PrefixListId": one} for one in sources if one.startswith("pl-")],
        "UserIdGroupPairs": [{"GroupId": one, "UserId": "111122223333"} for one in sources if one.startswith("sg-")],
    }
    if ports is not None:
        low, high = (ports, ports) if isinstance(ports, int) else ports
        made |= {"FromPort": low, "ToPort": high}
    return made


def entry(
    number: int, egress: bool, allow: bool, block: str = ANYWHERE, ports: tuple[int, int] | None = None
) -> Record:
    """One entry of a network ACL."""
    made: Record = {
        "RuleNumber": number,
        "Egress": egress,
        "RuleAction": "allow" if allow else "deny",
        "CidrBlock": block,
        "Protocol": "6" if ports else "-1",
    }
    return {**made, "PortRange": {"From": ports[0], "To": ports[1]}} if ports else made


DENY_THE_REST = [entry(32767, True, False), entry(32767, False, False)]
OPEN_ACL = [entry(100, True, True), entry(100, False, True), *DENY_THE_REST]


class Net:
    """One VPC and what stands in it, by the file of the case that it belongs to."""

    def __init__(self, seed: str, region: str = "us-east-1", cidr: str = "10.20.0.0/16") -> None:
        self.seed, self.region, self.cidr = seed, region, cidr
        self.vpc = made_id("vpc", seed)
        self.igw = made_id("igw", seed)
        self.functions: list[Record] = []
        self.of: dict[str, list[Record]] = {name: [] for name in _MEMBERS}
        self.ids: dict[str, str] = {}
        """By Name tag."""
        self.of["vpcs"].append(
            {
                "VpcId": self.vpc,
                "CidrBlock": cidr,
                "State": "available",
                "IsDefault": False,
                "CidrBlockAssociationSet": [{"CidrBlock": cidr, "CidrBlockState": {"State": "associated"}}],
                "Tags": _name(f"{seed}-vpc"),
            }
        )

    def __getitem__(self, name: str) -> str:
        """The id of what has this name."""
        return self.ids[name]

    def record(self, file: str, name: str) -> Record:
        """The record of what has this name."""
        wanted = self.ids[name]
        return next(one for one in self.of[file] if wanted in one.values())

    def subnet(self, name: str, block: str, zone: str = "a", free: int = 214, **more: Any) -> str:
        """A subnet."""
        own = self._id("subnet", name)
        self.of["subnets"].append(
            {
                "SubnetId": own,
                "VpcId": self.vpc,
                "CidrBlock": block,
                "AvailabilityZone": f"{self.region}{zone}",
                "AvailableIpAddressCount": free,
                "State": "available",
                "MapPublicIpOnLaunch": name.startswith("public"),
                "Tags": _name(name),
                **more,
            }
        )
        return own

    def table(self, name: str, routes: Iterable[Record], subnets: Iterable[str] = (), main: bool = False) -> Record:
        """A route table with its local route; ``subnets`` by name."""
        own = self._id("rtb", name)
        associations: list[Record] = [
            {
                "Main": False,
                "RouteTableId": own,
                "SubnetId": self[one],
                "RouteTableAssociationId": made_id("rtbassoc", self.seed, one),
                "AssociationState": {"State": "associated"},
            }
            for one in subnets
        ]
        if main:
            associations.append(
                {"Main": True, "RouteTableId": own, "RouteTableAssociationId": made_id("rtbassoc", self.seed, name)}
            )
        made: Record = {
            "RouteTableId": own,
            "VpcId": self.vpc,
            "Routes": [route(self.cidr, "local"), *routes],
            "Associations": associations,
            "PropagatingVgws": [],
            "Tags": _name(name),
        }
        self.of["route-tables"].append(made)
        return made

    def nat(
        self, name: str, subnet: str, addresses: int = 1, state: str = "available", kind: str = "public", **more: Any
    ) -> str:
        """A NAT gateway; ``subnet`` by name."""
        own = self._id("nat", name)
        listed: list[Record] = []
        for at in range(addresses):
            one: Record = {
                "NetworkInterfaceId": made_id("eni", self.seed, name),
                "PrivateIp": self._host(subnet, 10 + at),
                "IsPrimary": at == 0,
                "Status": "succeeded",
            }
            if kind == "public":
                public = f"198.51.100.{(int(own[-4:], 16) + at) % 250 + 1}"
                one |= {"PublicIp": public, "AllocationId": made_id("eipalloc", self.seed, name, str(at))}
                self.of["addresses"].append(
                    {
                        "PublicIp": public,
                        "AllocationId": one["AllocationId"],
                        "Domain": "vpc",
                        "NetworkInterfaceId": one["NetworkInterfaceId"],
                    }
                )
            listed.append(one)
        self.of["nat-gateways"].append(
            {
                "NatGatewayId": own,
                "VpcId": self.vpc,
                "SubnetId": self[subnet],
                "State": state,
                "ConnectivityType": kind,
                "NatGatewayAddresses": listed,
                "CreateTime": "2026-03-02T08:11:40+00:00",
                "Tags": _name(name),
                **more,
            }
        )
        return own

    def group(self, name: str, out: Iterable[Record] | None = None, into: Iterable[Record] = ()) -> str:
        """A security group; it lets out everything where ``out`` is not given."""
        own = self._id("sg", name)
        self.of["security-groups"].append(
            {
                "GroupId": own,
                "GroupName": name,
                "VpcId": self.vpc,
                "Description": name,
                "IpPermissions": list(into),
                "IpPermissionsEgress": [rule(None, ANYWHERE)] if out is None else list(out),
                "Tags": _name(name),
            }
        )
        return own

    def acl(self, name: str, subnets: Iterable[str], entries: Iterable[Record] = (), default: bool = False) -> None:
        """A network ACL of subnets (by name), with the last rules that deny the rest."""
        own = self._id("acl", name)
        self.of["network-acls"].append(
            {
                "NetworkAclId": own,
                "VpcId": self.vpc,
                "IsDefault": default,
                "Tags": _name(name),
                "Entries": [*entries, *DENY_THE_REST] if entries else OPEN_ACL,
                "Associations": [
                    {
                        "NetworkAclId": own,
                        "SubnetId": self[one],
                        "NetworkAclAssociationId": made_id("aclassoc", self.seed, one),
                    }
                    for one in subnets
                ],
            }
        )

    def endpoint(self, service: str, kind: str = "Interface", **more: Any) -> str:
        """A VPC endpoint of one of AWS's services."""
        own = self._id("vpce", service)
        made: Record = {
            "VpcEndpointId": own,
            "VpcEndpointType": kind,
            "VpcId": self.vpc,
            "State": "available",
            "ServiceName": f"com.amazonaws.{self.region}.{service}",
            "RouteTableIds": [],
            "SubnetIds": [],
            "Groups": [],
            "NetworkInterfaceIds": [],
            "PrivateDnsEnabled": kind == "Interface",
            "Tags": _name(f"{service}-endpoint"),
        }
        self.of["vpc-endpoints"].append(made | more)
        return own

    def interface(
        self, subnet: str, address: str, description: str, groups: Iterable[str], kind: str = "interface", **more: Any
    ) -> str:
        """A network interface; ``subnet`` and ``groups`` by name."""
        own = made_id("eni", self.seed, description, address)
        zone = next(one["AvailabilityZone"] for one in self.of["subnets"] if one["SubnetId"] == self[subnet])
        self.of["network-interfaces"].append(
            {
                "NetworkInterfaceId": own,
                "SubnetId": self[subnet],
                "VpcId": self.vpc,
                "AvailabilityZone": zone,
                "PrivateIpAddress": address,
                "Description": description,
                "InterfaceType": kind,
                "Status": "in-use",
                "Groups": [{"GroupId": self[one], "GroupName": one} for one in groups],
                "RequesterManaged": False,
                **more,
            }
        )
        return own

    def function(
        self,
        name: str,
        subnets: Iterable[str],
        groups: Iterable[str] = ("app",),
        runtime: str = "python3.12",
        timeout: int = 30,
        memory: int = 512,
        **more: Any,
    ) -> None:
        """A function of the VPC; ``subnets`` and ``groups`` by name. Without subnets it is not attached to it."""
        on = list(subnets)
        self.functions.append(
            {
                "FunctionName": name,
                "Runtime": runtime,
                "Timeout": timeout,
                "MemorySize": memory,
                "Version": "$LATEST",
                "FunctionArn": f"arn:aws:lambda:{self.region}:111122223333:function:{name}",
                "Handler": "app.handler",
                "VpcConfig": {
                    "SubnetIds": [self[one] for one in on],
                    "VpcId": self.vpc if on else "",
                    "SecurityGroupIds": [self[one] for one in groups] if on else [],
                    "Ipv6AllowedForDualStack": False,
                },
                **more,
            }
        )

    def write(self, case: CaseFolder, *without: str) -> None:
        """Write a file for each kind that there is something of, but not those named in ``without``."""
        for file, records in self.of.items():
            if records and file not in without:
                put(case, f"ec2/{file}.json", {_MEMBERS[file]: records})
        if self.functions and "functions" not in without:
            put(case, "lambda/functions.json", {"Functions": self.functions})

    def _id(self, kind: str, name: str) -> str:
        own = self.ids[name] = made_id(kind, self.seed, name)
        return own

    def _host(self, subnet: str, number: int) -> str:
        block = next(one["CidrBlock"] for one in self.of["subnets"] if one["SubnetId"] == self[subnet])
        return f"{str(block).rsplit('.', 1)[0]}.{number}"


def usual(
    seed: str, region: str = "us-east-1", zones: str = "ab", net: str = "10.20", addresses: int = 1, nat: bool = True
) -> Net:
    """A VPC as the textbooks draw it: private, public and data subnets, one NAT gateway (``nat``), a group (``app``).

    The private subnets share the table ``private``, the data subnets ``data`` (local only), the public ones ``public``.
    """
    made = Net(seed, region, f"{net}.0.0/16")
    for at, zone in enumerate(zones):
        made.subnet(f"private-{zone}", f"{net}.{1 + at}.0/24", zone)
        made.subnet(f"public-{zone}", f"{net}.{101 + at}.0/24", zone)
        made.subnet(f"data-{zone}", f"{net}.{51 + at}.0/24", zone)
    out = [route(ANYWHERE, made.nat("nat", f"public-{zones[0]}", addresses))] if nat else []
    made.table("private", out, [f"private-{zone}" for zone in zones])
    made.table("public", [route(ANYWHERE, made.igw)], [f"public-{zone}" for zone in zones])
    made.table("data", [], [f"data-{zone}" for zone in zones])
    made.table("main", [], main=True)
    made.group("app")
    return made


def _name(name: str) -> list[Record]:
    return [{"Key": "Name", "Value": name}]

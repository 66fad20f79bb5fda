"""Whether a connection gets through, packet by packet: AWS's documented rules on AWS's own shapes, nothing of narrows.

A SYN is sent, and where it arrives a SYN-ACK comes back to a source port. Every source port at which some rule begins
or ends is tried. It is slow, and looks at every rule each time.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NoReturn

from oracles.vpcs import HERE, PEER, REGION, S3_BLOCKS, S3_LIST, SECRETS, Shape, World

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_NO_INTERNET = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16")
_SHUT = "block-bidirectional"
_OF_ROUTES = {"no-route", "blackhole-route", "public-subnet", "nat-gateway-subnet", "nat-gateway-state",
              "public-access-blocked",
              "private-address-to-nat-gateway", "private-nat-gateway", "no-ipv6",
              "transit-gateway-attachment"}  # fmt: skip


@dataclass(frozen=True)
class Truth:
    """What is so: ``open``, ``beyond``, ``partly``, ``blocked`` or ``undocumented``."""

    reach: str
    kinds: frozenset[str] = frozenset()
    """What drops the packet; several where it depends on the source port."""


class DroppedError(Exception):
    """A packet is dropped, and by what."""


class LeavesError(Exception):
    """A packet leaves for where no rule is known."""


class UndocumentedError(Exception):
    """AWS does not say what happens."""


def truth(world: World, subnet: str, name: str) -> Truth:
    """Whether the function's connections from a subnet reach a destination."""
    config = world.files["functions"][0]["VpcConfig"]
    wanted = world.destinations[name]
    addresses, port = _resolve(world, wanted), wanted["port"]
    usable = [one for one in addresses if ":" not in one or config["Ipv6AllowedForDualStack"]]
    if not usable:
        return Truth("blocked", frozenset({"no-ipv6"}))
    found = [_one(world, subnet, one, port) for one in usable]
    reaches = {one.reach for one in found}
    kinds = frozenset().union(*(one.kinds for one in found))
    if reaches == {"blocked"}:
        return Truth("blocked", _told(world, name, addresses, kinds))
    if "undocumented" in reaches:
        return Truth("undocumented")
    if reaches & {"blocked", "partly"}:
        return Truth("partly", kinds)
    return Truth("beyond" if "beyond" in reaches else "open")


def _resolve(world: World, wanted: Shape) -> list[str]:
    if wanted["host"] == f"{SECRETS}.{REGION}.amazonaws.com":
        for one in world.files["vpc-endpoints"]:
            if one["ServiceName"].endswith(SECRETS) and one["PrivateDnsEnabled"]:
                own = set(one["NetworkInterfaceIds"])
                return [
                    eni["PrivateIpAddress"]
                    for eni in world.files["network-interfaces"]
                    if eni["NetworkInterfaceId"] in own
                ]
    return list(wanted["addresses"])


def _told(world: World, name: str, addresses: list[str], kinds: frozenset[str]) -> frozenset[str]:
    """An endpoint that would have got round it, and does not, is what is at fault."""
    for one in world.files["vpc-endpoints"]:
        unused = addresses == world.destinations[name]["addresses"]
        if name == "secrets" and one["ServiceName"].endswith(SECRETS) and unused:
            return frozenset("private-dns-off" if kind in _OF_ROUTES else kind for kind in kinds)
        if name == "bucket" and one["VpcEndpointType"] == "Gateway":
            return frozenset("gateway-endpoint-route" if kind in _OF_ROUTES else kind for kind in kinds)
    return kinds


def _one(world: World, subnet: str, address: str, port: int) -> Truth:
    sender = next(
        one for one in world.files["network-interfaces"]
        if one["InterfaceType"] == "lambda" and one["SubnetId"] == subnet
    )  # fmt: skip
    source = sender["PrivateIpAddress"]
    if ":" in address:
        six = _subnet(world, subnet)["Ipv6CidrBlockAssociationSet"]
        if not six:
            return Truth("blocked", frozenset({"no-ipv6"}))
        source = six[0]["Ipv6CidrBlock"].replace("::/64", "::10")
    road = _Road(world, subnet, source, address, port, sender)
    leaves = False
    try:
        road.syn()
    except DroppedError as drop:
        # What drops mail drops it outside: the answer would have had no way back perhaps.
        back = road.answers() if str(drop) == SMTP else ([0], frozenset())
        return Truth("blocked", frozenset({str(drop)}) | (frozenset() if back[0] else back[1]))
    except LeavesError:
        leaves = True
    except UndocumentedError:
        # It may arrive; whether an answer can get back in is another matter.
        road.ends = [("in", subnet)]
        back = road.answers()
        return Truth("blocked", back[1]) if not back[0] else Truth("undocumented")
    try:
        passed, drops = road.answers()
    except UndocumentedError:
        return Truth("undocumented")
    if not passed:
        return Truth("blocked", drops)
    if drops:
        return Truth("partly", drops)
    return Truth("beyond" if leaves else "open")


SMTP = "smtp-port"


class _Road:
    """One connection."""

    def __init__(self, world: World, subnet: str, source: str, address: str, port: int, sender: Shape) -> None:
        self.world, self.subnet, self.source, self.address, self.port = world, subnet, source, address, port
        self.sender = sender
        self.nat: str | None = None
        self.receiver: Shape | None = None
        self.peered = False
        self.transit: str | None = None
        self.ends: list[tuple[str, str]] | None = None

    def syn(self) -> None:
        """The SYN on its way."""
        world = self.world
        if not _group_lets(world, self.sender, self.address, self.port, "IpPermissionsEgress"):
            raise DroppedError("security-group-egress")
        inside = _inside(self.address, _block(world, self.subnet, self.address))
        if not inside:
            _pass_acl(world, self.subnet, True, self.address, self.port)
        route = _route(world, self.subnet, self.address)
        if route is None:
            raise DroppedError("no-ipv6" if ":" in self.address else "no-route")
        if route["State"] == "blackhole":
            raise DroppedError("blackhole-route")
        if route.get("GatewayId") == "local":
            self._arrive()
        elif "NatGatewayId" in route:
            self._through(route["NatGatewayId"])
        elif route.get("GatewayId", "").startswith("vpce-"):
            return
        elif "EgressOnlyInternetGatewayId" in route:
            self._out(self.subnet)
        elif route.get("GatewayId", "").startswith("igw-"):
            if ":" not in self.address:
                raise DroppedError("public-subnet")
            self._out(self.subnet)
        elif "VpcPeeringConnectionId" in route:
            self._over(route["VpcPeeringConnectionId"])
        else:
            self._leave(route, self.subnet)

    def _out(self, subnet: str) -> None:
        """Into the internet, where AWS takes no mail from anybody; unless Block Public Access is on in both ways."""
        if _subnet(self.world, subnet).get("BlockPublicAccessStates", {}).get("InternetGatewayBlockMode") == _SHUT:
            raise DroppedError("public-access-blocked")
        if self.port == 25:
            raise DroppedError(SMTP)

    def _leave(self, route: Shape, subnet: str) -> NoReturn:
        """Out of the VPC, where nothing more is known; to a transit gateway from a zone that has an attachment."""
        transit = route.get("TransitGatewayId")
        if transit is not None:
            zone = _subnet(self.world, subnet)["AvailabilityZone"]
            zones = [
                _subnet(self.world, name)["AvailabilityZone"]
                for one in self.world.files["transit-gateway-attachments"]
                if one["TransitGatewayId"] == transit and one["VpcId"] == HERE
                and one["State"] in ("available", "modifying")
                for name in one["SubnetIds"]
            ]  # fmt: skip
            if zone not in zones:
                raise DroppedError("transit-gateway-attachment")
            if self.nat is None and self._stands_elsewhere():
                # What the transit gateway's own routes do is not known; what the other VPC does is.
                self.transit = transit
                self._arrive()
        raise LeavesError

    def _stands_elsewhere(self) -> bool:
        """Whether the address is an interface's in another VPC."""
        return any(
            one["PrivateIpAddress"] == self.address and _subnet(self.world, one["SubnetId"])["VpcId"] != HERE
            for one in self.world.files["network-interfaces"]
        )

    def _over(self, connection: str) -> None:
        self.peered = True
        knows = any(
            route.get("VpcPeeringConnectionId") == connection
            for table in self.world.files["route-tables"]
            if table["VpcId"] == PEER
            for route in table["Routes"]
        )
        if not knows:
            # Nothing but its address ties the destination in the other VPC to the connection.
            self.peered = False
            if self._stands_elsewhere():
                self.transit = connection
                self._arrive()
            raise LeavesError
        self._arrive()

    def _through(self, name: str) -> None:
        world = self.world
        nat = next(one for one in world.files["nat-gateways"] if one["NatGatewayId"] == name)
        if nat["State"] != "available":
            raise DroppedError("nat-gateway-state")
        there = nat["SubnetId"]
        if there != self.subnet:
            _pass_acl(world, there, False, self.source, self.port)
        _pass_acl(world, there, True, self.address, self.port)
        self.nat = there
        route = _route(world, there, self.address)
        to_public = not any(_inside(self.address, one) for one in _NO_INTERNET)
        by_internet = route is None or route.get("GatewayId", "").startswith("igw-")
        if (
            nat["ConnectivityType"] == "private"
            and to_public
            and by_internet
            and (route is None or route["State"] != "blackhole")
        ):
            raise DroppedError("private-nat-gateway")
        if route is None:
            raise DroppedError("nat-gateway-subnet")
        if route["State"] == "blackhole":
            raise DroppedError("blackhole-route")
        if route.get("GatewayId", "").startswith("igw-"):
            if any(_inside(self.address, one) for one in _NO_INTERNET):
                raise DroppedError("private-address-to-nat-gateway")
            self._out(there)
            return
        if route.get("NatGatewayId") == name:
            raise DroppedError("nat-gateway-subnet")
        if "TransitGatewayId" in route or route.get("GatewayId", "").startswith("vgw-"):
            self._leave(route, there)
        raise UndocumentedError

    def _arrive(self) -> None:
        """At a network interface."""
        world = self.world
        eni = next(
            one for one in world.files["network-interfaces"] if one["PrivateIpAddress"] == self.address
        )  # fmt: skip
        if eni["SubnetId"] != self.subnet:
            _pass_acl(world, eni["SubnetId"], False, self.source, self.port)
        if not _group_lets(world, eni, self.sender, self.port, "IpPermissions"):
            raise DroppedError("security-group-ingress")
        self.receiver = eni

    def answers(self) -> tuple[list[int], frozenset[str]]:
        """(Source ports that a SYN-ACK comes back to, what drops the others)."""
        ports = _telling_ports(self.world)
        passed, drops, unsure = [], set(), False
        for port in ports:
            failed: set[str] = set()
            # A NAT gateway picks a port of its own, any one of all.
            outer = ports if self.nat is not None else [port]
            good = 0
            for translated in outer:
                try:
                    self._syn_ack(port, translated)
                    good += 1
                except DroppedError as drop:
                    failed.add(str(drop))
                except UndocumentedError:
                    unsure = True
                if self.nat is not None and _same(self.world, self.nat) and translated == outer[0] and good:
                    # The gateway's subnet treats all ports alike.
                    good = len(outer)
                    break
            if good:
                passed.append(port)
            drops |= failed
        if unsure:
            raise UndocumentedError
        return passed, frozenset(drops)

    def _syn_ack(self, port: int, translated: int) -> None:
        world, unsure = self.world, False
        if self.receiver is not None and self.receiver["SubnetId"] != self.subnet:
            there = self.receiver["SubnetId"]
            _pass_acl(world, there, True, self.source, port)
            route = _route(world, there, self.source)
            leaves = (
                route is not None
                and route["State"] != "blackhole"
                and ("TransitGatewayId" in route or route.get("GatewayId", "").startswith("vgw-"))
            )
            # Out by one way and back by another: nothing forbids it, and no guide says that it works. What would drop
            # the answer behind that drops it all the same.
            unsure = self.peered and leaves
            if self.peered and not leaves and (route is None or "VpcPeeringConnectionId" not in route):
                raise DroppedError("no-route-back")
            if self.transit is not None and not leaves:
                raise DroppedError("no-route-back")
        if self.nat is not None:
            _pass_acl(world, self.nat, False, self.address, translated)
            if self.nat != self.subnet:
                _pass_acl(world, self.nat, True, self.source, port)
        if not _inside(self.address, _block(world, self.subnet, self.address)):
            _pass_acl(world, self.subnet, False, self.address, port)
        if unsure:
            raise UndocumentedError


@lru_cache(maxsize=1 << 14)
def _network(text: str) -> Network:
    return ipaddress.ip_network(text)


@lru_cache(maxsize=1 << 16)
def _inside(address: str, block: str | None) -> bool:
    if block is None:
        return False
    one, network = ipaddress.ip_address(address), _network(block)
    return one.version == network.version and one in network


def _subnet(world: World, name: str) -> Shape:
    return next(one for one in world.files["subnets"] if one["SubnetId"] == name)


def _block(world: World, subnet: str, like: str) -> str | None:
    one = _subnet(world, subnet)
    if ":" not in like:
        return str(one["CidrBlock"])
    return next((six["Ipv6CidrBlock"] for six in one["Ipv6CidrBlockAssociationSet"]), None)


def _acl(world: World, subnet: str) -> list[Shape]:
    return next(
        acl["Entries"]
        for acl in world.files["network-acls"]
        if any(one["SubnetId"] == subnet for one in acl["Associations"])
    )


def _same(world: World, subnet: str) -> bool:
    return all("PortRange" not in entry for entry in _acl(world, subnet))


def _pass_acl(world: World, subnet: str, egress: bool, peer: str, port: int) -> None:
    for entry in sorted(_acl(world, subnet), key=lambda one: one["RuleNumber"]):
        block = entry.get("CidrBlock") or entry.get("Ipv6CidrBlock")
        ports = entry.get("PortRange")
        if (
            entry["Egress"] is egress
            and entry["Protocol"] in ("-1", "6")
            and _inside(peer, block)
            and (ports is None or ports["From"] <= port <= ports["To"])
        ):
            if entry["RuleAction"] == "deny":
                break
            return
    raise DroppedError("network-acl")


def _telling_ports(world: World) -> list[int]:
    """One port of each run that all rules treat alike."""
    found = {1024}
    for acl in world.files["network-acls"]:
        for entry in acl["Entries"]:
            if "PortRange" in entry:
                found |= {entry["PortRange"]["From"], entry["PortRange"]["To"] + 1}
    return sorted(one for one in found if 1024 <= one <= 65535)


def _route(world: World, subnet: str, address: str) -> Shape | None:
    vpc = _subnet(world, subnet)["VpcId"]
    tables = world.files["route-tables"]
    table = next(
        (one for one in tables if any(part.get("SubnetId") == subnet for part in one["Associations"])), None
    ) or next(one for one in tables if one["VpcId"] == vpc and any(part.get("Main") for part in one["Associations"]))
    best: tuple[int, Shape | None] = (-1, None)
    for route in table["Routes"]:
        block = route.get("DestinationCidrBlock") or route.get("DestinationIpv6CidrBlock")
        blocks = [block] if block else _listed(world, route["DestinationPrefixListId"])
        for one in blocks:
            # Of two of one length that with a block of its own goes first, and that to a list last.
            prefix = 2 * _network(one).prefixlen + (block is not None)
            if _inside(address, one) and prefix > best[0]:
                best = prefix, route
    return best[1]


def _listed(world: World, name: str) -> list[str]:
    """The blocks of a prefix list. AWS's own holds what it holds, whether or not the case says so."""
    if name == S3_LIST:
        return list(S3_BLOCKS)
    return [block for one in world.files["prefix-lists"] if one["PrefixListId"] == name for block in one["Cidrs"]]


def _group_lets(world: World, owner: Shape, other: Any, port: int, direction: str) -> bool:
    """Whether one rule of one group of an interface matches the other end: an address, or an interface."""
    address = other if isinstance(other, str) else other["PrivateIpAddress"]
    peer = other
    if isinstance(other, str):
        peer = next((one for one in world.files["network-interfaces"] if one["PrivateIpAddress"] == address), None)
    groups = {one["GroupId"] for one in peer["Groups"]} if peer else set()
    mine = {one["GroupId"] for one in owner["Groups"]}
    for group in world.files["security-groups"]:
        for rule in group[direction] if group["GroupId"] in mine else ():
            if rule["IpProtocol"] not in ("-1", "tcp"):
                continue
            if rule["IpProtocol"] != "-1" and not rule["FromPort"] <= port <= rule["ToPort"]:
                continue
            blocks = [one["CidrIp"] for one in rule.get("IpRanges", ())]
            blocks += [one["CidrIpv6"] for one in rule.get("Ipv6Ranges", ())]
            blocks += [block for one in rule.get("PrefixListIds", ()) for block in _listed(world, one["PrefixListId"])]
            named = {one["GroupId"] for one in rule.get("UserIdGroupPairs", ())}
            if any(_inside(address, one) for one in blocks) or named & groups:
                return True
    return False

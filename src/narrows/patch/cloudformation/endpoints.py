"""VPC endpoints, and IPv6 past the NAT gateways."""

from __future__ import annotations

import copy

from narrows.network import HopKind
from narrows.patch.cloudformation.making import Making
from narrows.patch.cloudformation.nodes import Json, same
from narrows.patch.cloudformation.templates import Found, Object, Template
from narrows.plan.edits import DualStack, NewEndpoint
from narrows.service_names import service_of

_ENDPOINT = "AWS::EC2::VPCEndpoint"
_ANYWHERE_IPV6 = "::/0"
_BLOCKS, _BITS = 256, 64
"""IPv6 subnets of a VPC (a /56), and bits of an address in one (a /64)."""


def new_endpoint(making: Making, edit: NewEndpoint) -> None:
    """Add a VPC endpoint to destinations."""
    endpoint = edit.endpoint
    if endpoint.kind is HopKind.PROXY:
        making.ask(f"build the proxy {endpoint.name}: CloudFormation has no resource that is one")
        return
    subnets = [subnet for name in edit.subnets if (subnet := making.finder.subnet(name)) is not None]
    template = subnets[0].template if subnets else making.module
    earlier = template.earlier(endpoint.name, _ENDPOINT)
    if earlier is not None and _serves(making, earlier, edit):
        making.keep(earlier)
        making.finder.made[endpoint.name] = earlier
        return
    new = template.add(endpoint.name, {"Type": _ENDPOINT})
    making.finder.made[endpoint.name] = new
    vpc = making.moved_value(subnets[0].known.get("VpcId"), template, template) if subnets else None
    properties: Object = {
        "VpcId": vpc if vpc is not None else making.vpc_of(template, endpoint.name),
        "ServiceName": _service(making, edit, new),
    }
    missing = [name for name in edit.subnets if making.finder.subnet(name) is None]
    if endpoint.kind is HopKind.GATEWAY_ENDPOINT:
        properties["VpcEndpointType"] = "Gateway"
        properties["RouteTableIds"] = _tables(making, subnets, missing, new)
    else:
        is_of_aws = _known_service(making, edit) is not None
        properties["VpcEndpointType"] = "Interface"
        properties["PrivateDnsEnabled"] = is_of_aws
        declared_vpc = making.folder.resolved(template, properties["VpcId"])
        if (
            is_of_aws
            and declared_vpc is not None
            and declared_vpc.known.get("EnableDnsHostnames") not in (True, "true")
        ):
            text = f"set EnableDnsHostnames of {declared_vpc.name}: private names of {new.name} need it"
            making.ask(text, declared_vpc.place)
        if not is_of_aws:
            text = f"{new.name}: lead the name of {endpoint.destinations[0]} to it, or set PrivateDnsEnabled"
            making.ask(f"{text} where the service has private names", template.path)
        properties["SubnetIds"] = _one_a_zone(making, edit, template)
        properties["SecurityGroupIds"] = [_own_group(making, edit, new, properties["VpcId"])]
    new.resource["Properties"] = properties


def _serves(making: Making, earlier: Found, edit: NewEndpoint) -> bool:
    """Whether an endpoint of the name that a new one would have is the one of the plan."""
    kind = "Gateway" if edit.endpoint.kind is HopKind.GATEWAY_ENDPOINT else "Interface"
    service = _known_service(making, edit)
    return earlier.known.get("VpcEndpointType") == kind and (
        service is None or same(earlier.known.get("ServiceName"), service)
    )


def _known_service(making: Making, edit: NewEndpoint) -> Json:
    """The name of the endpoint service, where it is one of AWS's own; else None."""
    network = making.plan.today.network
    service = service_of(network.destinations[edit.endpoint.destinations[0]].host, network.region)
    return None if service is None else {"Fn::Sub": f"com.amazonaws.${{AWS::Region}}.{service}"}


def _service(making: Making, edit: NewEndpoint, new: Found) -> Json:
    service, name = _known_service(making, edit), edit.endpoint.destinations[0]
    if service is not None:
        return service
    text = f"The name of the endpoint service of {name}, such as com.amazonaws.vpce.us-east-1.vpce-svc-..."
    value = new.template.parameter(f"{new.name}ServiceName", "String", text)
    making.ask(f"say what {making.named(value)} is: ask the owner of {name} for it", new.template.path)
    return value


def _tables(making: Making, subnets: list[Found], missing: list[str], new: Found) -> Json:
    tables: list[Json] = []
    for subnet in subnets:
        association = making.finder.association_of(subnet)
        value = None if association is None else association.known.get("RouteTableId")
        if association is not None and value is not None:
            moved = making.moved_value(value, association.template, new.template)
            if moved is not None and moved not in tables:
                tables.append(moved)
        else:
            making.ask(f"{new.name}: add the route table of {subnet.name} to RouteTableIds", subnet.place)
    if new.template is making.made_module:
        return [making.given("Route table", name) for name in missing]
    for name in missing:
        making.ask(f"{new.name}: add the route table of {name} to RouteTableIds", new.template.path)
    return tables


def _one_a_zone(making: Making, edit: NewEndpoint, template: Template) -> Json:
    """The subnets of an endpoint: the first one in each Availability Zone."""
    chosen: list[Json] = []
    zones: set[str] = set()
    network = making.plan.network
    for name in edit.subnets:
        zone = network.subnets[name].az if name in network.subnets else name
        if zone in zones:
            continue
        subnet = making.finder.subnet(name)
        if subnet is None and template is not making.made_module:
            making.ask(f"{edit.endpoint.name}: add a subnet in {zone} to its SubnetIds", template.path)
            continue
        zones.add(zone)
        if subnet is not None:
            chosen.append(making.carried(subnet, template))
        else:
            chosen.append(making.given("id", name, "AWS::EC2::Subnet::Id"))
    return chosen


def _own_group(making: Making, edit: NewEndpoint, new: Found, vpc: Json) -> Json:
    """The endpoint's own security group, which lets the functions in."""
    template = new.template
    port = making.plan.today.network.destinations[edit.endpoint.destinations[0]].port or 443
    rules: list[Json] = []
    for name in edit.security_groups:
        group = making.finder.security_group(name)
        if group is not None:
            source = making.carried(group, template, "GroupId")
        elif template is making.made_module:
            source = making.given("id", name, "AWS::EC2::SecurityGroup::Id")
        else:
            making.ask(f"{new.name}: let the security group {name} in", template.path)
            continue
        rules.append({"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "SourceSecurityGroupId": source})
    resource: Object = {
        "GroupDescription": f"Lets functions reach {edit.endpoint.destinations[0]} through its endpoint",
        "VpcId": copy.deepcopy(vpc),
    }
    if rules:
        resource["SecurityGroupIngress"] = rules
    own_group = template.add(f"{new.name}Group", {"Type": "AWS::EC2::SecurityGroup", "Properties": resource})
    return own_group.att("GroupId")


# IPv6.


def dual_stack(making: Making, edit: DualStack) -> None:
    """Give a subnet IPv6 addresses and a route to an egress-only internet gateway."""
    give_ipv6(making, making.finder.subnet(edit.subnet), edit.subnet)


def give_ipv6(making: Making, subnet: Found | None, name: str) -> None:
    """Give a subnet IPv6 addresses, and its route table the route that they need."""
    vpc = None if subnet is None else making.folder.resolved(subnet.template, subnet.known.get("VpcId"))
    table = None if subnet is None else making.finder.table_of(subnet)
    if subnet is None or vpc is None or table is None or len({subnet.template, vpc.template, table.template}) > 1:
        making.ask(
            f"make {name} dual-stack: an IPv6 block of the VPC, and a route of ::/0 to an egress-only gateway",
            "" if subnet is None else subnet.place,
        )
        return
    template = subnet.template
    blocks = list(making.finder.referring("AWS::EC2::VPCCidrBlock", "VpcId", vpc))
    added = making.finder.made.get(f"ipv6 of {vpc.name}")
    subnet_block = next(making.finder.referring("AWS::EC2::SubnetCidrBlock", "SubnetId", subnet), None)
    if subnet_block is not None and subnet_block.template is template:
        making.ipv6[subnet] = subnet_block.name
    elif subnet_block is None and "Ipv6CidrBlock" not in subnet.known:
        if blocks and added is None:
            text = f"A /64 of the VPC's IPv6 addresses for {subnet.name}"
            block = template.parameter(f"{subnet.name}Ipv6Cidr", "String", text)
            making.ask(f"say what {making.named(block)} is: a free /64 of the VPC for {subnet.name}", subnet.place)
            depends = blocks[0].name
        else:
            if added is None:
                provided: Object = {"VpcId": vpc.ref, "AmazonProvidedIpv6CidrBlock": True}
                added = template.add(f"{vpc.name}Ipv6", {"Type": "AWS::EC2::VPCCidrBlock", "Properties": provided})
                making.finder.made[f"ipv6 of {vpc.name}"] = added
            place = sum(1 for _ in making.folder.of("AWS::EC2::SubnetCidrBlock"))
            whole: Json = {"Fn::Select": [0, vpc.att("Ipv6CidrBlocks")]}
            block = {"Fn::Select": [place, {"Fn::Cidr": [whole, _BLOCKS, _BITS]}]}
            depends = added.name
        given: Object = {"SubnetId": subnet.ref, "Ipv6CidrBlock": block}
        resource: Object = {"Type": "AWS::EC2::SubnetCidrBlock", "DependsOn": depends, "Properties": given}
        making.ipv6[subnet] = template.add(f"{subnet.name}Ipv6", resource).name
    gateways = list(making.finder.referring("AWS::EC2::EgressOnlyInternetGateway", "VpcId", vpc))
    gateway = gateways[0] if gateways else None
    if gateway is None:
        only: Object = {"Type": "AWS::EC2::EgressOnlyInternetGateway", "Properties": {"VpcId": vpc.ref}}
        gateway = template.add(f"{vpc.name}EgressOnly", only)
    if not any(
        route.known.get("DestinationIpv6CidrBlock") == _ANYWHERE_IPV6 for route in making.finder.routes_of(table)
    ):
        route: Object = {"RouteTableId": table.ref, "DestinationIpv6CidrBlock": _ANYWHERE_IPV6}
        route["EgressOnlyInternetGatewayId"] = gateway.ref
        template.add(f"{table.name}Ipv6", {"Type": "AWS::EC2::Route", "Properties": route})
    making.ask(f"{subnet.name}: its security groups and network ACL must let IPv6 out", subnet.place)

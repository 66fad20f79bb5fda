"""VPC endpoints; a proxy is the user's own to build."""

from __future__ import annotations

from collections.abc import Mapping

from narrows.aws.requests import Variable
from narrows.aws_ids import SECURITY_GROUP, SUBNET
from narrows.commands.context import Context
from narrows.commands.groups import create_group, group_name
from narrows.commands.known import Value
from narrows.commands.tables import Tables
from narrows.network import HopKind
from narrows.plan.edits import NewEndpoint
from narrows.plan.steps import Mark
from narrows.service_names import service_of


def new_endpoint(context: Context, tables: Tables, edit: NewEndpoint) -> None:
    """Commands for an endpoint."""
    match edit.endpoint.kind:
        case HopKind.GATEWAY_ENDPOINT:
            _gateway(context, tables, edit)
        case HopKind.INTERFACE_ENDPOINT:
            _interface(context, edit)
        case _:
            context.recorder.by_hand(
                f"build the proxies to {', '.join(edit.endpoint.destinations)} in public subnets, and let the "
                "functions connect to them"
            )


def _service(context: Context, edit: NewEndpoint) -> tuple[Value, bool]:
    """(The ServiceName of what the endpoint leads to, whether it is AWS's own)."""
    destination = context.after.destinations[edit.endpoint.destinations[0]]
    region = context.after.region
    service = service_of(destination.host, region) if region else None
    if service is None:
        what = f"the name of the endpoint service of {destination.name}, as its owner says it"
        return context.known.ask("SERVICE", destination.name, what, "com.amazonaws.vpce..."), False
    return f"com.amazonaws.{region}.{service}", True


def _gateway(context: Context, tables: Tables, edit: NewEndpoint) -> None:
    known, recorder = context.known, context.recorder
    service, _ = _service(context, edit)
    used = {tables.of(subnet).table: tables.of(subnet) for subnet in edit.subnets}
    listed = list(used)
    what = f"lead {', '.join(edit.endpoint.destinations)} past the NAT gateways"
    vpc = known.vpc(*edit.subnets)
    there = next(
        (id for id, wired in known.wiring.endpoints.items() if (wired.service, wired.vpc) == (service, vpc)), None
    )
    endpoint: Value
    if there is not None:
        endpoint = there
        lacking = [table for table in listed if table not in known.wiring.endpoints[there].tables]
        recorder.run(
            recorder.make(
                what, "ec2 ModifyVpcEndpoint", {"VpcEndpointId": there, "AddRouteTableIds": lacking}, Mark.INTERRUPTS
            ),
            recorder.make(
                "take the route tables out again", "ec2 ModifyVpcEndpoint",
                {"VpcEndpointId": there, "RemoveRouteTableIds": lacking}, Mark.INTERRUPTS,
            ),
        )  # fmt: skip
    else:
        endpoint = known.variable("VPCE", edit.endpoint.name)
        parameters = {"VpcEndpointType": "Gateway", "VpcId": vpc, "ServiceName": service, "RouteTableIds": listed}
        _create(context, what, parameters, endpoint, Mark.INTERRUPTS, edit.endpoint.name)
    for table in used.values():
        tables.add_endpoint(table, endpoint)


def _interface(context: Context, edit: NewEndpoint) -> None:
    known, recorder, endpoint = context.known, context.recorder, edit.endpoint
    service, of_aws = _service(context, edit)
    group = create_group(
        context, endpoint.name, group_name(context, endpoint.name), "narrows: lets functions in", edit.security_groups,
        "the network interfaces of the endpoint are gone some minutes after it",
    )  # fmt: skip
    ports = sorted({context.after.destinations[name].port for name in endpoint.destinations})
    for name in edit.security_groups:
        for port in ports:
            rule = {
                "IpProtocol": "tcp", "FromPort": port, "ToPort": port,
                "UserIdGroupPairs": [{"GroupId": known.id(SECURITY_GROUP, name)}],
            }  # fmt: skip
            recorder.run(
                recorder.make(
                    "let the functions in", "ec2 AuthorizeSecurityGroupIngress",
                    {"GroupId": group, "IpPermissions": [rule]},
                )
            )  # fmt: skip
    subnets: dict[str, str] = {}
    for name in edit.subnets:
        if name in context.after.subnets:
            subnets.setdefault(context.after.subnets[name].az, name)
    chosen = [known.id(SUBNET, subnet) for az, subnet in subnets.items() if not endpoint.azs or az in endpoint.azs]
    made = known.variable("VPCE", endpoint.name)
    parameters = {
        "VpcEndpointType": "Interface",
        "VpcId": known.vpc(*edit.subnets),
        "ServiceName": service,
        "SubnetIds": chosen,
        "SecurityGroupIds": [group],
        "PrivateDnsEnabled": True,
    }
    recorder.by_hand(
        "private DNS needs enableDnsSupport and enableDnsHostnames of the VPC"
        if of_aws
        else "where the service has no private DNS name, leave out --private-dns-enabled, and let the functions "
        "connect to the name of the endpoint"
    )
    what = f"an endpoint for {', '.join(endpoint.destinations)} in each Availability Zone"
    _create(context, what, parameters, made, Mark.COSTS, endpoint.name)


def _create(
    context: Context, what: str, parameters: Mapping[str, object], endpoint: Variable, mark: Mark, name: str
) -> None:
    recorder = context.recorder
    recorder.run(
        recorder.make(
            what,
            "ec2 CreateVpcEndpoint",
            parameters,
            mark,
            keeps=endpoint,
            query="VpcEndpoint.VpcEndpointId",
            makes=name,
        ),
        recorder.make("delete the endpoint", "ec2 DeleteVpcEndpoints", {"VpcEndpointIds": [endpoint]}, Mark.INTERRUPTS),
    )

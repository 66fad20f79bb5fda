"""Scenarios out of what is declared: they load and plan at once, and ask for what no file says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from narrows.declared.imported import import_scenario
from narrows.declared.model import Fault, Place, Resource, Unknown, Value
from narrows.errors import InputError
from narrows.plan import make_plan
from narrows.scenario import parse_scenario
from tests.unit.declared.by_hand import declared, function, ref, resource, vpc


def _named(one: Resource, name: str) -> Resource:
    return replace(one, properties={**one.properties, "Tags": [{"Key": "Name", "Value": name}]})


def test_it_plans_at_once() -> None:
    found = import_scenario(declared(*vpc(), function(ReservedConcurrentExecutions=70_000)))
    plan = make_plan(found.scenario)
    assert plan.best is not None
    assert plan.best.changes
    assert "environments: 70000" in found.text
    assert "# its reserved concurrency" in found.text
    assert "? how many connections does each environment open" in found.text


def test_things_are_called_by_their_names_unless_two_share_one() -> None:
    parts = [_named(one, "private") if one.address == "Private" else one for one in vpc()]
    other = _named(
        resource("EC2::Subnet", "Other", VpcId=ref("Vpc"), CidrBlock="10.0.64.0/20", AvailabilityZone="us-east-1b"),
        "private",
    )
    assert "private" in import_scenario(declared(*parts, function())).scenario.network.subnets
    config: Value = {"SubnetIds": [ref("Private"), ref("Other")], "SecurityGroupIds": [ref("Group")]}
    both = import_scenario(declared(*parts, other, function(VpcConfig=config))).scenario
    assert set(both.network.subnets) == {"Private", "Other"}


def test_what_is_not_known_has_a_stand_in_and_a_question() -> None:
    why = "parameter Subnets has no default"
    config: Value = {"SubnetIds": Unknown(why), "SecurityGroupIds": [Unknown("known after apply")]}
    found = import_scenario(declared(function(VpcConfig=config)))
    (one,) = found.scenario.network.functions.values()
    assert one.subnets == ("unknown-subnet-1",)
    assert one.security_groups == ("unknown-group-1",)
    assert f"? VpcConfig.SubnetIds: {why}" in found.text
    assert make_plan(found.scenario).tables


def test_unknowns_everywhere_still_load() -> None:
    every = [
        replace(one, properties=dict.fromkeys(one.properties, Unknown("known after apply")))
        for one in (*vpc(), function(Timeout=3, ReservedConcurrentExecutions=5))
    ]
    found = import_scenario(declared(*every))
    assert found.questions > 4
    assert parse_scenario(found.text) == found.scenario


def test_two_functions_of_one_name_stay_two() -> None:
    found = import_scenario(declared(*vpc(), function("A"), function("B")))
    assert set(found.scenario.network.functions) == {"storefront", "B"}
    assert "? FunctionName storefront: another function has it" in found.text


def test_a_network_without_functions_is_one_question_more() -> None:
    found = import_scenario(declared(*vpc()))
    assert set(found.scenario.network.subnets) == {"Private"}
    assert "# ? no function is declared in these files" in found.text


def test_faults_stand_in_the_head() -> None:
    broken = replace(declared(*vpc(), function()), faults=(Fault(Place("a.tf", 3), "for_each is not\nknown"),))
    assert "# ? a.tf:3: for_each is not known" in import_scenario(broken).text


def test_answers_are_kept_and_what_does_not_fit_is_said() -> None:
    first = import_scenario(declared(*vpc(), function(), function("Old", "old")))
    filled = first.text.replace("per_environment: 1 ", "per_environment: 12 ").replace("internet", "cache")
    filled += "duration: 7m\n"
    second = import_scenario(declared(*vpc(), function(), function("New", "new")), parse_scenario(filled))
    assert second.told == ("there is no function old any more",)
    uses = {name: one.connections[0] for name, one in second.scenario.demand.functions.items()}
    assert (uses["storefront"].to, uses["storefront"].per_environment) == ("cache", 12)
    assert (uses["new"].to, uses["new"].per_environment) == ("internet", 1)
    assert second.scenario.demand.duration == 420
    again = import_scenario(declared(*vpc(), function(), function("New", "new")), second.scenario)
    assert again.scenario == second.scenario
    assert not again.told


def test_answers_fill_what_no_file_says() -> None:
    config: Value = {"SubnetIds": Unknown("a parameter"), "SecurityGroupIds": [ref("Group")]}
    resources = declared(*(one for one in vpc() if one.address == "Group"), function(VpcConfig=config))
    text = import_scenario(resources).text
    filled = text.replace("unknown-nat-gateway: {addresses: 1}", "unknown-nat-gateway: {addresses: 5}")
    filled = filled.replace("az: us-east-1a", "az: us-east-1c")
    network = import_scenario(resources, parse_scenario(filled)).scenario.network
    assert network.nat_gateways["unknown-nat-gateway"].addresses == 5
    assert network.subnets["unknown-subnet-1"].az == "us-east-1c"


def test_ports_that_rules_name_are_there_without_any_destination() -> None:
    rules: Value = [
        {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "CidrIp": "10.0.0.0/8"} for port in (5432, 6379)
    ]
    group = resource("EC2::SecurityGroup", "Group", VpcId=ref("Vpc"), SecurityGroupEgress=rules)
    rest = [one for one in vpc() if one.address != "Group"]
    found = import_scenario(declared(*rest, group, function())).scenario.network
    assert found.security_groups["Group"].egress_ports == frozenset({5432, 6379})


def test_an_endpoint_of_a_service_leads_to_it() -> None:
    s3 = resource(
        "EC2::VPCEndpoint",
        "S3",
        VpcId=ref("Vpc"),
        ServiceName=Unknown("AWS::Region", "com.amazonaws.${AWS::Region}.s3"),
        RouteTableIds=[ref("PrivateTable")],
    )
    own = resource(
        "EC2::VPCEndpoint",
        "Own",
        VpcId=ref("Vpc"),
        VpcEndpointType="Interface",
        ServiceName="com.amazonaws.vpce.us-east-1.vpce-svc-0a",
        SubnetIds=[ref("Private")],
    )
    found = import_scenario(declared(*vpc(), s3, own, function()))
    network = found.scenario.network
    assert network.endpoints["S3"].destinations == ("s3",)
    assert network.destinations["s3"].host == "s3.us-east-1.amazonaws.com"
    assert network.endpoints["Own"].destinations == ("behind-Own",)
    assert "? what is behind this endpoint" in found.text


def test_what_aws_would_refuse_is_refused_at_its_place() -> None:
    more: Value = [f"eipalloc-{number}" for number in range(9)]
    nat = resource("EC2::NatGateway", "Nat", SubnetId=ref("Public"), SecondaryAllocationIds=more)
    rest = [one for one in vpc() if one.address != "Nat"]
    with pytest.raises(InputError, match=r"stack.yaml: line 7, Nat: a zonal NAT gateway has 1 to 8 addresses, not 10"):
        import_scenario(declared(*rest, nat, function()))


def test_another_region_than_the_files_name_is_refused() -> None:
    with pytest.raises(InputError, match=r"--region: is eu-west-1, but the files are of us-east-1"):
        import_scenario(declared(*vpc(), function()), region="eu-west-1")


def test_what_bounds_a_function_otherwise_stands_beside_its_environments() -> None:
    alias = resource(
        "Lambda::Alias",
        "Live",
        FunctionName=ref("Fn"),
        ProvisionedConcurrencyConfig={"ProvisionedConcurrentExecutions": 40},
    )
    queue = resource(
        "Lambda::EventSourceMapping",
        "Queue",
        FunctionName=ref("Fn", "Arn"),
        ScalingConfig={"MaximumConcurrency": 250},
    )
    text = import_scenario(declared(*vpc(), function(), alias, queue)).text
    assert "# Queue runs 250 at once at the most; provisioned concurrency is 40; ? how many environments" in text


@pytest.mark.parametrize(
    "name",
    [
        ref("Live"),
        ref("Second"),
        "storefront:live",
        "arn:aws:lambda:us-east-1:123456789012:function:storefront:live",
        "123456789012:function:storefront",
    ],
    ids=str,
)
def test_an_event_source_may_name_a_function_by_its_alias(name: Value) -> None:
    published = resource("Lambda::Version", "Second", FunctionName=ref("Fn"))
    alias = resource("Lambda::Alias", "Live", FunctionName=ref("Fn", "Arn"), FunctionVersion=ref("Second", "Version"))
    queue = resource(
        "Lambda::EventSourceMapping", "Queue", FunctionName=name, ScalingConfig={"MaximumConcurrency": 250}
    )
    text = import_scenario(declared(*vpc(), function(), published, alias, queue)).text
    assert "# Queue runs 250 at once at the most" in text


def test_each_part_leads_back_to_its_place_in_the_files() -> None:
    found = import_scenario(declared(*vpc(), function()))
    assert found.addresses["vpc", "nat_gateways", "Nat"] == "Nat"
    assert found.addresses["functions", "storefront"] == "Fn"
    assert found.account.place_of(found.account.id_of["Nat"]) == Place("stack.yaml", 7)


def test_ids_of_a_state_are_those_of_the_account() -> None:
    ids = {"Vpc": "vpc-0a", "Private": "subnet-0b", "Nat": "nat-0c", "Group": "sg-0d", "PrivateTable": "rtb-0e"}
    known = [replace(one, id=ids.get(one.address)) for one in vpc()]
    config: Value = {"SubnetIds": ["subnet-0b"], "SecurityGroupIds": ["sg-0d"]}
    found = import_scenario(declared(*known, function(VpcConfig=config), source="terraform"))
    assert found.scenario.network.functions["storefront"].subnets == ("Private",)
    assert found.account.network.functions["storefront"].subnets == ("subnet-0b",)
    assert found.account.network.subnets["subnet-0b"].route == "nat-0c"


def test_no_value_of_a_variable_is_printed() -> None:
    secret: Value = {"Variables": {"PASSWORD": "hunter2"}}
    assert "hunter2" not in import_scenario(declared(*vpc(), function(Environment=secret))).text


def _inside(*more: Resource) -> list[Resource]:
    """A VPC whose private subnet leads nowhere."""
    return [one for one in (*vpc(), *more) if one.address not in ("Through", "Nat", "Eip")]


def test_functions_outside_of_a_vpc_ask_nothing_and_fill_nothing() -> None:
    found = import_scenario(declared(*vpc(), function(), resource("Lambda::Function", "Seed", FunctionName="seed")))
    assert "in no VPC: none of these tables is filled by it" in found.text
    assert found.questions == import_scenario(declared(*vpc(), function())).questions
    assert make_plan(found.scenario).peak.connections == 1000
    alone = import_scenario(declared(*vpc(), resource("Lambda::Function", "Seed", FunctionName="seed")))
    assert "# ? no function in these files is in a VPC" in alone.text


def test_a_function_without_a_way_out_calls_something_inside() -> None:
    found = import_scenario(declared(*_inside(function())))
    assert "inside-vpc: {port: 443, local: true}" in found.text
    assert "internet" not in found.scenario.network.destinations
    assert "Private/Group" in [str(one.resource) for one in make_plan(found.scenario).tables]


def test_a_function_without_a_way_out_calls_the_service_of_an_endpoint() -> None:
    endpoint = resource(
        "EC2::VPCEndpoint",
        "Tables",
        VpcId=ref("Vpc"),
        ServiceName="com.amazonaws.us-east-1.dynamodb",
        RouteTableIds=[ref("PrivateTable")],
    )
    found = import_scenario(declared(*_inside(endpoint, function())))
    assert [one.to for one in found.scenario.demand.functions["storefront"].connections] == ["dynamodb"]


def test_a_function_calls_on_a_port_that_its_group_lets_out() -> None:
    rule: Value = {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "CidrIp": "10.0.0.0/16"}
    parts = [
        replace(one, properties={**one.properties, "SecurityGroupEgress": [rule]}) if one.address == "Group" else one
        for one in vpc()
    ]
    found = import_scenario(declared(*parts, function()))
    assert "inside-vpc-5432: {port: 5432, local: true}" in found.text
    assert make_plan(found.scenario).tables


def test_long_logical_ids_that_begin_alike_stay_two() -> None:
    names = [f"{'ReportsOfTheWarehouse' * 4}{end}" for end in ("A1", "B2")]
    found = import_scenario(declared(*vpc(), *(function(one, None) for one in names)))
    one, other = found.scenario.network.functions
    assert one != other
    assert len(one) <= 64
    assert not one.endswith("-2")


def test_zones_of_another_region_than_the_command_line_says_are_refused_with_what_to_do() -> None:
    parts = [*vpc(), resource("EC2::Subnet", "Far", VpcId=ref("Vpc"), CidrBlock="10.0.64.0/20",
                              AvailabilityZone="eu-west-1b"), function()]  # fmt: skip
    with pytest.raises(InputError, match=r"Far: is of eu-west-1, .*; name the Region with --region, and give the para"):
        import_scenario(declared(*parts))

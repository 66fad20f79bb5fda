"""What each rule finds, and what it must leave alone: the cases beside those of its page."""

from __future__ import annotations

import textwrap

import pytest

from narrows.limits import LAMBDA_ENIS_PER_VPC
from narrows.lint.of_scenario import subject_of_scenario
from narrows.lint.rule import Severity
from narrows.lint.subject import Subject
from narrows.scenario import parse_scenario
from narrows.yaml_source import parse_yaml
from tests.unit.lint.declaring import alarm, severities, subject, told, unchecked

VPC = """
Vpc: {Type: 'AWS::EC2::VPC', Properties: {CidrBlock: 10.0.0.0/16}}
Igw: {Type: 'AWS::EC2::InternetGateway'}
Here: {Type: 'AWS::EC2::Subnet', Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.1.0/24}}
Table: {Type: 'AWS::EC2::RouteTable', Properties: {VpcId: !Ref Vpc}}
Link: {Type: 'AWS::EC2::SubnetRouteTableAssociation', Properties: {SubnetId: !Ref Here, RouteTableId: !Ref Table}}
Nat: {Type: 'AWS::EC2::NatGateway', Properties: {SubnetId: !Ref Here, AllocationId: eipalloc-1}}
App: {Type: 'AWS::Lambda::Function', Properties: {VpcConfig: {SubnetIds: [!Ref Here], SecurityGroupIds: [sg-1]}}}
"""


def route(way: str, conditional: str = "", table: str = "!Ref Table") -> str:
    said = f"Conditional: {conditional}, " if conditional else ""
    return (
        f"Default: {{Type: 'AWS::EC2::Route', {said}Properties: {{RouteTableId: {table}, "
        f"DestinationCidrBlock: 0.0.0.0/0, {way}}}}}\n"
    )


@pytest.mark.parametrize(
    ("more", "nat", "public"),
    [
        (route("GatewayId: !Ref Igw"), False, True),
        (route("GatewayId: igw-0a1b"), False, True),
        (route("NatGatewayId: !Ref Nat"), True, False),
        ("", True, False),
        (route("TransitGatewayId: tgw-1"), False, False),
        (route("VpcEndpointId: vpce-1"), False, False),
        (route("GatewayId: vgw-1"), False, False),
        # What is not certain is not said.
        (route("GatewayId: !Unknown ''"), False, False),
        (route("GatewayId: !Ref Igw", "in production only"), False, False),
        (route("GatewayId: !Ref Igw", table="!Unknown ''"), False, False),
        (route("GatewayId: !Ref Igw").replace("0.0.0.0/0", "!Unknown ''"), False, False),
        (route("GatewayId: !Ref Igw") + route("NatGatewayId: !Ref Nat").replace("Default", "Other"), False, False),
        (
            "Back: {Type: 'AWS::EC2::VPNGatewayRoutePropagation', Properties: {RouteTableIds: [!Ref Table]}}\n",
            False,
            False,
        ),
    ],
)
def test_where_a_subnet_leads(more: str, nat: bool, public: bool) -> None:
    seen = subject(VPC + more)
    assert bool(told("nat-without-internet", seen)) is nat
    assert bool(told("function-in-public-subnet", seen)) is public


def test_a_network_that_aws_cannot_have_is_said_and_all_else_is_looked_at() -> None:
    seen = subject(VPC.replace("10.0.1.0/24", "10.0.1.0/99") + alarm(Namespace="AWS/EC2").partition("\n")[2])
    (fault,) = seen.faults
    assert (fault.place.file, fault.text) == (
        "template.yaml",
        "line 4, Here, CidrBlock: '10.0.1.0/99' is not a CIDR block",
    )
    assert told("alarm-namespace", seen)
    assert told("nat-without-internet", seen) == told("function-in-public-subnet", seen) == []


def test_files_of_two_regions_are_looked_at() -> None:
    zones = VPC.replace("10.0.1.0/24", "10.0.1.0/24, AvailabilityZone: us-east-1a") + (
        "There: {Type: 'AWS::EC2::Subnet', Properties: "
        "{VpcId: !Ref Vpc, CidrBlock: 10.0.9.0/24, AvailabilityZone: eu-west-1a}}\n"
    )
    seen = subject(zones + route("GatewayId: !Ref Igw"))
    assert seen.faults == ()
    assert told("function-in-public-subnet", seen)


def test_a_subnet_without_an_association_is_not_judged() -> None:
    text = "\n".join(line for line in VPC.splitlines() if not line.startswith("Link"))
    assert told("nat-without-internet", subject(text)) == []
    assert unchecked("nat-without-internet", subject(text))


def test_a_table_whose_files_were_not_all_understood_may_have_a_route() -> None:
    assert told("nat-without-internet", subject(VPC, faults=1)) == []


def test_a_private_gateway_needs_no_internet_and_a_dual_stack_function_may_have_it() -> None:
    private = VPC.replace("AllocationId: eipalloc-1", "ConnectivityType: private")
    assert told("nat-without-internet", subject(private)) == []
    dual = (VPC + route("GatewayId: !Ref Igw")).replace("[sg-1]}", "[sg-1], Ipv6AllowedForDualStack: true}")
    assert told("function-in-public-subnet", subject(dual)) == []


def functions(*groups: str, subnets: str = "[subnet-1, subnet-2]") -> str:
    return "".join(
        f"F{number}: {{Type: 'AWS::Lambda::Function', Properties: "
        f"{{VpcConfig: {{SubnetIds: {subnets}, SecurityGroupIds: {its}}}}}}}\n"
        for number, its in enumerate(groups)
    )


def groups(**rules: str) -> str:
    return "".join(
        f"{name}: {{Type: 'AWS::EC2::SecurityGroup', Properties: {{GroupDescription: x, VpcId: vpc-1{its}}}}}\n"
        for name, its in rules.items()
    )


SAME = "security-group-per-function"


def test_security_groups_with_the_same_rules_multiply_interfaces() -> None:
    (what,) = told(SAME, subject(groups(A="", B="") + functions("[!Ref A]", "[!Ref B]")))
    assert "2 sets of security groups: 4 Hyperplane ENIs where 2 would do" in what


@pytest.mark.parametrize(
    "text",
    [
        groups(A="", B="") + functions("[!Ref A]", "[!Ref A]"),
        # Other rules, and rules that are not known.
        groups(A="", B=", SecurityGroupEgress: [{IpProtocol: tcp, FromPort: 1, ToPort: 2, CidrIp: 10.0.0.0/8}]")
        + functions("[!Ref A]", "[!Ref B]"),
        groups(A="", B=", SecurityGroupEgress: !Unknown ''") + functions("[!Ref A]", "[!Ref B]"),
        functions("[sg-1]", "[sg-2]"),
        # A database lets in one of them: who is in it matters.
        groups(A="", B="")
        + functions("[!Ref A]", "[!Ref B]")
        + "Db: {Type: 'AWS::EC2::SecurityGroupIngress', Properties: "
        + "{GroupId: sg-db, IpProtocol: tcp, FromPort: 1, ToPort: 1, SourceSecurityGroupId: !Ref A}}\n",
        groups(A="", B="") + functions("[!Ref A]") + functions("[!Ref B]", subnets="[subnet-3]").replace("F0", "F9"),
    ],
)
def test_security_groups_that_mean_something_are_left_alone(text: str) -> None:
    assert told(SAME, subject(text)) == []


def test_interfaces_are_counted_against_the_quota_vpc_by_vpc() -> None:
    quota = LAMBDA_ENIS_PER_VPC.value
    subnets = "".join(
        f"{name}: {{Type: 'AWS::EC2::Subnet', Properties: {{VpcId: {vpc}, CidrBlock: 10.0.{place}.0/20}}}}\n"
        for place, (name, vpc) in enumerate({"A": "vpc-1", "B": "vpc-1", "C": "vpc-2"}.items())
    )
    sets = [f"[sg-{number}]" for number in range(quota // 2)]
    assert told("eni-quota", subject(subnets + functions(*sets, subnets="[!Ref A, !Ref B]"))) == []
    more = functions("[sg-more]", subnets="[!Ref A]").replace("F0", "More")
    assert told("eni-quota", subject(subnets + functions(*sets, subnets="[!Ref A, !Ref B]") + more))
    other = functions("[sg-more]", subnets="[!Ref C]").replace("F0", "More")
    assert told("eni-quota", subject(subnets + functions(*sets, subnets="[!Ref A, !Ref B]") + other)) == []


def endpoint(rules: str, more: str = "", service: str = "sqs") -> str:
    return (
        VPC
        + groups(Gate=rules, Apps="")
        + (
            "Sqs: {Type: 'AWS::EC2::VPCEndpoint', Properties: {VpcId: !Ref Vpc, VpcEndpointType: Interface, "
            f"ServiceName: com.amazonaws.us-east-1.{service}, PrivateDnsEnabled: true, "
            "SecurityGroupIds: [!Ref Gate]}}\n"
            f"{more}"
        )
    )


def ingress(source: str, low: int = 443, high: int = 443, protocol: str = "tcp") -> str:
    rule = f"{{IpProtocol: '{protocol}', FromPort: {low}, ToPort: {high}, {source}}}"
    return f", SecurityGroupIngress: [{rule}]"


@pytest.mark.parametrize(
    ("rules", "severity"),
    [
        ("", Severity.ERROR),
        (ingress("CidrIp: 10.0.0.0/16", 80, 80), Severity.ERROR),
        (ingress("CidrIp: 10.0.0.0/16", protocol="udp"), Severity.ERROR),
        (ingress("CidrIp: 10.9.0.0/16"), Severity.INFO),
        (ingress("SourceSecurityGroupId: sg-others"), Severity.INFO),
        (ingress("SourceSecurityGroupId: sg-1"), None),
        (ingress("CidrIp: 10.0.0.0/16"), None),
        (ingress("CidrIp: 10.0.1.128/25"), None),
        (ingress("CidrIp: 10.0.0.0/8", 0, 65535), None),
        (ingress("CidrIp: 10.0.0.0/8", -1, -1, "-1"), None),
        (ingress("CidrIp: !Unknown ''"), None),
        (ingress("SourcePrefixListId: pl-1"), None),
    ],
)
def test_whom_an_endpoint_lets_in(rules: str, severity: Severity | None) -> None:
    assert severities("endpoint-lets-nobody-in", subject(endpoint(rules))) == ([] if severity is None else [severity])


def test_an_endpoint_whose_rules_or_ports_nobody_knows_is_not_judged() -> None:
    rule = "endpoint-lets-nobody-in"
    assert told(rule, subject(endpoint("", service="email-smtp"))) == []
    assert told(rule, subject(endpoint(", SecurityGroupIngress: !Unknown ''"))) == []
    more = "More: {Type: 'AWS::EC2::SecurityGroupIngress', Properties: {GroupId: !Unknown '', IpProtocol: tcp}}\n"
    assert told(rule, subject(endpoint("", more))) == []
    assert unchecked(rule, subject(endpoint("", more)))


def test_a_rule_that_stands_beside_its_security_group_counts() -> None:
    more = (
        "More: {Type: 'AWS::EC2::SecurityGroupIngress', Properties: {GroupId: !GetAtt Gate.GroupId, IpProtocol: tcp, "
        "FromPort: 443, ToPort: 443, SourceSecurityGroupId: sg-1}}\n"
    )
    assert told("endpoint-lets-nobody-in", subject(endpoint("", more))) == []


_DEFAULT = "!GetAtt Vpc.DefaultSecurityGroup"
_LETS_443_IN = (
    f"More: {{Type: 'AWS::EC2::SecurityGroupIngress', Properties: {{GroupId: {_DEFAULT}, IpProtocol: tcp, "
    "FromPort: 443, ToPort: 443, CidrIp: 10.0.0.0/16}}\n"
)


@pytest.mark.parametrize(
    ("group", "more", "faults", "severity"),
    [
        ("sg-1", "", 0, Severity.INFO),
        ("sg-1", "", 1, None),
        ("sg-1", _LETS_443_IN, 0, None),
        (_DEFAULT, "", 0, None),
    ],
)
def test_an_endpoint_without_groups_has_the_default_one(
    group: str, more: str, faults: int, severity: Severity | None
) -> None:
    text = f"""
Vpc: {{Type: 'AWS::EC2::VPC', Properties: {{CidrBlock: 10.0.0.0/16}}}}
Here: {{Type: 'AWS::EC2::Subnet', Properties: {{VpcId: !Ref Vpc, CidrBlock: 10.0.1.0/24}}}}
Secrets:
  Type: AWS::EC2::VPCEndpoint
  Properties:
    VpcId: !Ref Vpc
    VpcEndpointType: Interface
    ServiceName: com.amazonaws.us-east-1.secretsmanager
    SubnetIds: [!Ref Here]
    PrivateDnsEnabled: true
App:
  Type: AWS::Lambda::Function
  Properties: {{VpcConfig: {{SubnetIds: [!Ref Here], SecurityGroupIds: [{group}]}}}}
{more}"""
    seen = subject(text, faults=faults)
    assert severities("endpoint-lets-nobody-in", seen) == ([] if severity is None else [severity])


BEHIND = VPC.replace("[!Ref Here], SecurityGroupIds", "[!Ref Inside], SecurityGroupIds") + textwrap.dedent("""
    Inside: {Type: 'AWS::EC2::Subnet', Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.2.0/24}}
    Table2: {Type: 'AWS::EC2::RouteTable', Properties: {VpcId: !Ref Vpc}}
    Link2:
      Type: AWS::EC2::SubnetRouteTableAssociation
      Properties: {SubnetId: !Ref Inside, RouteTableId: !Ref Table2}
    Out:
      Type: AWS::EC2::Route
      Properties: {RouteTableId: !Ref Table2, DestinationCidrBlock: 0.0.0.0/0, NatGatewayId: !Ref Nat}
""") + route("GatewayId: !Ref Igw")  # fmt: skip


def gateway_endpoint(service: str, vpc: str = "!Ref Vpc") -> str:
    name = "E" + str(len(service) + len(vpc))
    return f"{name}: {{Type: 'AWS::EC2::VPCEndpoint', Properties: {{VpcId: {vpc}, ServiceName: {service}}}}}\n"


def test_endpoints_that_cost_nothing() -> None:
    rule = "no-gateway-endpoint"
    s3, dynamodb = "com.amazonaws.eu-west-1.s3", "com.amazonaws.eu-west-1.dynamodb"
    assert "S3 and DynamoDB goes" in told(rule, subject(BEHIND))[0]
    assert "to DynamoDB goes" in told(rule, subject(BEHIND + gateway_endpoint(s3)))[0]
    assert told(rule, subject(BEHIND + gateway_endpoint(s3) + gateway_endpoint(dynamodb))) == []
    region = "!Unknown 'com.amazonaws.${AWS::Region}.s3'"
    assert "to DynamoDB goes" in told(rule, subject(BEHIND + gateway_endpoint(region)))[0]
    assert "S3 and DynamoDB goes" in told(rule, subject(BEHIND + gateway_endpoint(s3, "vpc-other")))[0]


def test_endpoints_that_may_be_there_are_not_missed() -> None:
    rule = "no-gateway-endpoint"
    for text, faults in ((BEHIND + gateway_endpoint("!Unknown ''"), 0), (BEHIND, 1)):
        assert told(rule, subject(text, faults=faults)) == []
        assert unchecked(rule, subject(text, faults=faults))
    assert told(rule, subject(VPC)) == []


@pytest.mark.parametrize(
    ("properties", "count"),
    [
        ("SecondaryAllocationIds: [eipalloc-2]", 0),
        ("SecondaryAllocationIds: !Unknown ''", 0),
        ("SecondaryAllocationIds: []", 1),
        ("AvailabilityMode: regional", 0),
        ("ConnectivityType: private", 0),
    ],
)
def test_addresses_are_counted_or_not_known(properties: str, count: int) -> None:
    text = BEHIND.replace("AllocationId: eipalloc-1", f"AllocationId: eipalloc-1, {properties}")
    assert len(told("one-address", subject(text))) == count


def test_a_gateway_behind_which_no_function_is_may_have_one_address() -> None:
    inside = BEHIND.replace("[!Ref Inside], SecurityGroupIds", "[!Ref Here], SecurityGroupIds")
    assert told("one-address", subject(inside)) == []


def test_subnets_that_nobody_knows_are_not_counted() -> None:
    assert told("one-subnet", subject(functions("[sg-1]", subnets="!Unknown ''"))) == []
    assert told("one-subnet", subject(functions("[sg-1]", subnets="[!Unknown '']"))) == []
    assert told("one-subnet", subject(functions("[sg-1]", subnets="[subnet-1, !Unknown '']"))) == []
    assert told("one-subnet", subject(functions("[sg-1]", subnets="[subnet-1, subnet-1]")))
    assert told("one-subnet", subject("F: {Type: 'AWS::Lambda::Function', Properties: {}}")) == []


def test_what_lambda_does_not_take() -> None:
    other = VPC.replace("VpcId: !Ref Vpc, CidrBlock: 10.0.1.0/24", "VpcId: vpc-1, CidrBlock: 10.1.1.0/24")
    both = other + "There: {Type: 'AWS::EC2::Subnet', Properties: {VpcId: vpc-2, CidrBlock: 10.0.1.0/24}}\n"
    text = both.replace("SubnetIds: [!Ref Here]", "SubnetIds: [!Ref Here, !Ref There]")
    assert "subnets of 2 VPCs" in told("function-subnets", subject(text))[0]
    assert told("function-subnets", subject(functions("[sg-1, sg-2, sg-3, sg-4, sg-5, sg-6]")))
    assert told("function-subnets", subject(functions("[sg-1, sg-2, sg-3, sg-4, sg-5]"))) == []


@pytest.mark.parametrize(("sets", "found"), [(10, False), (11, True)])
def test_a_gateway_takes_an_address_of_its_subnet_too(sets: int, found: bool) -> None:
    text = VPC.replace("10.0.1.0/24", "10.0.1.0/28")
    more = functions(*(f"[sg-{10 + number}]" for number in range(sets - 1)), subnets="[!Ref Here]")
    assert bool(told("subnet-too-small", subject(text + more))) is found


@pytest.mark.parametrize(
    ("form", "missing"),
    [
        (None, "tcp-flags, pkt-srcaddr, pkt-dstaddr"),
        ("'${srcaddr} ${dstaddr}'", "interface-id"),
        ("!Unknown ''", None),
        ("'${version} and what not'", None),
    ],
)
def test_fields_of_flow_logs(form: str | None, missing: str | None) -> None:
    said = "" if form is None else f", LogFormat: {form}"
    text = f"Log: {{Type: 'AWS::EC2::FlowLog', Properties: {{ResourceId: vpc-1, TrafficType: ALL{said}}}}}"
    found = told("flow-log-fields", subject(text))
    assert bool(found) is (missing is not None)
    assert missing is None or missing in found[0]


SCENARIO = """
name: launch
region: us-east-1
vpc:
  subnets:
    a: {az: us-east-1a, route: nat}
    b: {az: us-east-1b, route: nat}
  nat_gateways: {nat: {addresses: NAT}}
destinations: {cache: {addresses: 1, port: 443}}
functions:
  one:
    subnets: [a, b]
    security_groups: [sg]
    reserved_concurrency: FIRST
    connections: [{to: cache, per_environment: 10}]
  two:
    subnets: [a]
    security_groups: [sg]
    reserved_concurrency: SECOND
    connections: [{to: cache, per_environment: 10}]
demand: {one: {environments: 10}, two: {environments: 10}}
duration: 5m
assumptions: {account_concurrency: 100000}
"""


def scenario(first: int, second: int, addresses: int) -> Subject:
    text = SCENARIO.replace("FIRST", str(first)).replace("SECOND", str(second)).replace("NAT", str(addresses))
    return subject_of_scenario(parse_scenario(text), parse_yaml(text, "scenario"))


@pytest.mark.parametrize(
    ("first", "second", "addresses", "parts"),
    [
        (6000, 6500, 8, []),  # 125,000 of 130,000, of which the second's 65,000 fit its one ENI.
        (
            6000,
            6501,
            8,
            ["with its reserved concurrency two opens up to 65,010 connections, and 1 Hyperplane ENI holds 65,000"],
        ),
        (
            7000,
            6500,
            8,
            ["with their reserved concurrency one and two open up to 135,000 connections, and 2 Hyperplane ENIs hold "],
        ),
        (2000, 3500, 1, []),
        (2001, 3500, 1, ["one and two open up to 55,010 connections, and nat holds 55,000 to cache"]),
    ],
)
def test_reserved_concurrency_against_the_tables(first: int, second: int, addresses: int, parts: list[str]) -> None:
    found = told("peak-above-tables", scenario(first, second, addresses))
    assert len(found) == len(parts)
    for part, what in zip(parts, found, strict=True):
        assert part in what


def test_a_destination_may_have_braces_in_its_name() -> None:
    text = SCENARIO.replace("FIRST", "2001").replace("SECOND", "3500").replace("NAT", "1").replace("cache", '"c{0}"')
    (what,) = told("peak-above-tables", subject_of_scenario(parse_scenario(text), parse_yaml(text, "scenario")))
    assert what.endswith("nat holds 55,000 to c{0}")


@pytest.mark.parametrize("name", ["!Ref Fn", "!Ref Live", "!GetAtt Live.AliasArn", "fn", "fn:live"])
@pytest.mark.parametrize(("timeout", "found"), [(60, True), (20, False)])
def test_the_timeout_behind_an_alias_is_its_functions(name: str, timeout: int, found: bool) -> None:
    text = f"""
Fn: {{Type: 'AWS::Lambda::Function', Properties: {{FunctionName: fn, Timeout: {timeout}}}}}
Live: {{Type: 'AWS::Lambda::Alias', Properties: {{Name: live, FunctionName: !Ref Fn}}}}
Orders: {{Type: 'AWS::SQS::Queue', Properties: {{}}}}
Reads:
  Type: AWS::Lambda::EventSourceMapping
  Properties: {{EventSourceArn: !GetAtt Orders.Arn, FunctionName: {name!s}}}
"""
    what = "Orders shows messages again after 30 s, and fn may take 60 s"
    assert told("queue-visibility", subject(text)) == ([what] if found else [])

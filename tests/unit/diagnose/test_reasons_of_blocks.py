"""What blocks a way stands in the first sentence, and is the answer only for the failures that it can have caused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from narrows.case import Case
from narrows.diagnose import Status, diagnose
from narrows.diagnose.verdict import verdict
from tests.unit.case.cases import PUBLIC, TO_NAT
from tests.unit.diagnose.by_hand import (
    ABOUT,
    FUNCTION,
    MINUTES,
    TIMEOUT,
    bare,
    case,
    cause_of,
    function,
    interfaces,
    log,
    metrics,
    nat_gateway,
    route_table,
    rules,
    subnet,
)

ID = "route-or-rule-blocked"
CUT_OFF = "2026-11-20T12:05:00Z 11111111-2222-3333-4444-555555555555 Task timed out after 30.03 seconds"
SECRETS = ABOUT.replace("cache.example.com", "secretsmanager.us-east-1.amazonaws.com")
INSIDE = ABOUT.replace("8.8.4.4", "10.0.16.9")
FAR = ABOUT.replace("8.8.4.4", "10.20.0.5")
SIX = ABOUT.replace("8.8.4.4", '"2606:4700::1111"')
EVERYTHING = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]


def tables(*more: dict[str, Any]) -> dict[str, Any]:
    return {"ec2/route-tables.json": {"RouteTables": list(more)}}


def route(block: str, **target: str) -> dict[str, str]:
    return {"DestinationCidrBlock": block, "State": "active", **target}


def acl_without_answers() -> dict[str, Any]:
    """The function's subnet has a network ACL of its own, which lets nothing in but the port itself."""
    files = rules()
    (acl,) = files["ec2/network-acls.json"]["NetworkAcls"]
    narrow = acl["Entries"][1] | {"PortRange": {"From": 443, "To": 443}, "Protocol": "6"}
    own = {"NetworkAclId": "acl-2", "Associations": [{"SubnetId": "subnet-1"}], "Entries": [acl["Entries"][0], narrow]}
    acl["Associations"] = [{"SubnetId": "subnet-public"}]
    files["ec2/network-acls.json"]["NetworkAcls"].append(own)
    return files


def database(**group: Any) -> dict[str, Any]:
    """An interface in the other subnet, with a security group of its own."""
    eni = {
        "NetworkInterfaceId": "eni-db", "InterfaceType": "interface", "SubnetId": "subnet-public", "VpcId": "vpc-1",
        "PrivateIpAddress": "10.0.16.9", "Groups": [{"GroupId": "sg-db", "GroupName": "db"}], "Status": "in-use",
        "Description": "RDSNetworkInterface",
    }  # fmt: skip
    files = rules()
    shut = {"GroupId": "sg-db", "GroupName": "db", "IpPermissions": [], "IpPermissionsEgress": EVERYTHING, **group}
    files["ec2/security-groups.json"]["SecurityGroups"].append(shut)
    return files | interfaces(eni)


def endpoint(kind: str = "Interface", service: str = "secretsmanager", **more: Any) -> dict[str, Any]:
    one = {
        "VpcEndpointId": "vpce-1", "VpcEndpointType": kind, "VpcId": "vpc-1", "State": "available",
        "ServiceName": f"com.amazonaws.us-east-1.{service}", "PrivateDnsEnabled": False, **more,
    }  # fmt: skip
    return {"ec2/vpc-endpoints.json": {"VpcEndpoints": [one]}}


def attachment(*subnets: str) -> dict[str, Any]:
    """The VPC's attachment to a transit gateway, and a subnet in another zone."""
    one = {
        "TransitGatewayAttachmentId": "tgw-attach-1", "TransitGatewayId": "tgw-1", "VpcId": "vpc-1",
        "State": "available", "SubnetIds": list(subnets),
    }  # fmt: skip
    places = [subnet(), subnet("subnet-b", CidrBlock="10.0.32.0/28", AvailabilityZone="us-east-1b")]
    return {
        "ec2/transit-gateway-attachments.json": {"TransitGatewayVpcAttachments": [one]},
        "ec2/subnets.json": {"Subnets": places},
    }


AND = "and subnet-1 has no route to cache"
BLOCKS: dict[str, tuple[dict[str, Any], str, str, str]] = {
    # what is wrong: files, case.yaml, mechanism, reason
    "no answers": (
        acl_without_answers(), ABOUT, "network-acl", "subnet-1's network ACL lets no answers in on 1024-65535 (acl-2)",
    ),
    "NAT gateway in a private subnet": (
        tables(route_table(TO_NAT), route_table(subnet="subnet-public")), ABOUT, "nat-gateway-subnet",
        "nat-1 stands in subnet-public, which has no route to an internet gateway",
    ),
    "NAT gateway that leads to itself": (
        tables(route_table(TO_NAT), route_table(TO_NAT, subnet="subnet-public")), ABOUT, "nat-gateway-subnet",
        "nat-1 stands in subnet-public, which has no route to an internet gateway: its default route leads back to it",
    ),
    "NAT gateway that failed": (
        {"ec2/nat-gateways.json": {"NatGateways": [nat_gateway(State="failed")]}}, ABOUT, "nat-gateway-state",
        "nat-1, to which subnet-1 leads, is failed",
    ),
    "private NAT gateway": (
        {"ec2/nat-gateways.json": {"NatGateways": [nat_gateway(ConnectivityType="private")]}}, ABOUT,
        "private-nat-gateway", "nat-1 is a private NAT gateway, which leads to no public address",
    ),
    "private address": (
        {}, FAR, "private-address-to-nat-gateway",
        ("cache has a private address, and no route leads to it but the one to nat-1, which sends it out into the "
         "internet"),
    ),
    "no route": (tables(route_table(), PUBLIC), FAR, "no-route", "subnet-1 has no route to cache"),
    "blackhole": (
        tables(route_table({**TO_NAT, "State": "blackhole"}), PUBLIC), ABOUT, "blackhole-route",
        "subnet-1's route to cache is a blackhole: nat-1 is gone",
    ),
    "public subnet": (
        tables(route_table(route("0.0.0.0/0", GatewayId="igw-1"))), ABOUT, "public-subnet",
        "subnet-1 leads to an internet gateway, and a function's ENI has no public address",
    ),
    "the database's security group": (
        database(), INSIDE, "security-group-ingress",
        "the security group of cache (sg-db) lets nothing in from sg-1 on 443",
    ),
    "IPv6 only": (
        {}, SIX, "no-ipv6", "cache has IPv6 addresses only, and storefront is not allowed IPv6",
    ),
    "private DNS off": (
        tables(route_table()) | endpoint(), SECRETS, "private-dns-off",
        f"com.amazonaws.us-east-1.secretsmanager (vpce-1) has private DNS off, so its name leads out of the VPC, {AND}",
    ),
    "transit gateway without the zone": (
        tables(route_table(route("0.0.0.0/0", TransitGatewayId="tgw-1"))) | attachment("subnet-b"), ABOUT,
        "transit-gateway-attachment", "tgw-attach-1 has no subnet in us-east-1a",
    ),
    "mail": (
        {}, ABOUT.replace("443", "25"), "smtp-port",
        "Lambda lets nothing out on port 25 to public addresses, unless AWS has lifted that",
    ),
    "gateway endpoint of another table": (
        tables(route_table()) | endpoint("Gateway", "s3"),
        ABOUT.replace("cache.example.com", "mine.s3.us-east-1.amazonaws.com"), "gateway-endpoint-route",
        "com.amazonaws.us-east-1.s3 (vpce-1) is not in the route table of subnet-1, and subnet-1 has no route to cache",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BLOCKS)
def test_the_reason_stands_in_the_first_sentence(tmp_path: Path, name: str) -> None:
    files, about, mechanism, reason = BLOCKS[name]
    host = yaml.safe_load(about)["destinations"]["cache"].get("name", "cache.example.com")
    one = case(tmp_path, rules(), files, log(TIMEOUT.replace("cache.example.com", host)), about=about)
    found = diagnose(one)
    cause = found.cause(ID)
    assert (found.narrows, cause.status, cause.mechanism, cause.explains) == (ID, Status.CONFIRMED, mechanism, 1)
    assert verdict(one, found).sentence == f"No connection of storefront to cache gets through: {reason}."


def test_what_the_database_lets_in_is_open(tmp_path: Path) -> None:
    pairs = [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "UserIdGroupPairs": [{"GroupId": "sg-1"}]}]
    one = case(tmp_path, database(IpPermissions=pairs), log(TIMEOUT), about=INSIDE)
    assert cause_of(one, ID).status is Status.RULED_OUT


def blocked(folder: Path, *parts: dict[str, Any], about: str = ABOUT) -> Case:
    return case(folder, rules(), tables(route_table(), PUBLIC), *parts, about=about)


class TestFailures:
    def test_invocations_that_are_cut_off_are_its_failures(self, tmp_path: Path) -> None:
        found = diagnose(blocked(tmp_path, log(CUT_OFF, CUT_OFF.replace("1111-2222", "1111-3333"))))
        assert found.narrows == ID
        assert found.cause(ID).explains == 2

    def test_invocations_that_do_not_say_what_they_waited_for_are(self, tmp_path: Path) -> None:
        about = ABOUT + "  bank: {name: bank.example.com, port: 443, addresses: [10.20.0.5]}\n"
        found = diagnose(case(tmp_path, rules(), log(CUT_OFF), about=about))
        assert found.narrows == ID
        cause = found.cause(ID)
        assert (cause.status, cause.explains) == (Status.LIKELY, 1)
        assert "on what their lines do not say" in cause.evidence[0].text

    def test_errors_of_the_function_are(self, tmp_path: Path) -> None:
        errors = metrics(FUNCTION, {("Errors", "Sum"): [3.0] * MINUTES})
        found = diagnose(blocked(tmp_path, errors))
        assert found.cause(ID).status is Status.CONFIRMED
        assert any(f"{3 * MINUTES} invocations of storefront failed" in one.text for one in found.cause(ID).evidence)

    def test_an_incident_that_is_reported_with_time_outs_is(self, tmp_path: Path) -> None:
        about = f"{ABOUT}reported: everything times out\n"
        assert cause_of(blocked(tmp_path, about=about), ID).status is Status.CONFIRMED

    def test_what_is_blocked_for_another_destination_is_not_the_answer(self, tmp_path: Path) -> None:
        about = ABOUT + "  bank: {name: bank.example.com, port: 443, addresses: [10.20.0.5]}\n"
        found = diagnose(case(tmp_path, rules(), log(TIMEOUT), about=about))
        assert found.narrows != ID
        cause = found.cause(ID)
        assert (cause.status, cause.explains) == (Status.POSSIBLE, 0)
        assert "none of the failures" in cause.evidence[0].text

    def test_one_of_two_subnets_fails_a_share(self, tmp_path: Path) -> None:
        config = {"SubnetIds": ["subnet-1", "subnet-2"], "SecurityGroupIds": ["sg-1"], "VpcId": "vpc-1"}
        files: dict[str, Any] = {
            "lambda/functions.json": {"Functions": [function(VpcConfig=config)]},
            "ec2/subnets.json": {
                "Subnets": [
                    subnet(),
                    subnet("subnet-2", CidrBlock="10.0.32.0/24"),
                    subnet("subnet-public", CidrBlock="10.0.16.0/24"),
                ]
            },
        }
        one = case(
            tmp_path, rules(), files, tables(route_table(TO_NAT), route_table(subnet="subnet-2"), PUBLIC), log(TIMEOUT)
        )
        found = diagnose(one)
        assert "(1 of 2 subnets)" in found.cause(ID).evidence[0].text
        assert "gets through from subnet-2 (1 of 2 subnets): subnet-2 has no route" in verdict(one, found).sentence


class TestBeyond:
    def test_open_as_far_as_this_goes_is_never_ruled_out(self, tmp_path: Path) -> None:
        transit = tables(route_table(route("10.20.0.0/16", TransitGatewayId="tgw-1")))
        found = diagnose(case(tmp_path, rules(), transit, log(TIMEOUT), about=FAR))
        cause = found.cause(ID)
        assert cause.status is Status.POSSIBLE
        assert any("what lies beyond tgw-1 is not in the case" in one.text for one in cause.evidence)
        assert any("routes and rules beyond tgw-1" in one.evidence for one in found.missing)

    def test_a_peered_vpc_of_the_case_has_to_lead_back(self, tmp_path: Path) -> None:
        peering = {"VpcPeeringConnectionId": "pcx-1"}
        away = subnet("subnet-9", VpcId="vpc-9", CidrBlock="10.20.0.0/24")
        files = rules()
        files["ec2/network-acls.json"]["NetworkAcls"][0]["Associations"].append({"SubnetId": "subnet-9"})
        files["ec2/security-groups.json"]["SecurityGroups"].append({"GroupId": "sg-9", "IpPermissions": EVERYTHING})
        eni = {
            "NetworkInterfaceId": "eni-9", "SubnetId": "subnet-9", "VpcId": "vpc-9", "PrivateIpAddress": "10.20.0.5",
            "Groups": [{"GroupId": "sg-9", "GroupName": "nine"}], "InterfaceType": "interface",
        }  # fmt: skip
        files |= interfaces(eni) | {"ec2/subnets.json": {"Subnets": [subnet(), away]}}
        here = route_table(route("10.20.0.0/16", **peering))
        for back, status in (("10.0.0.0/16", Status.RULED_OUT), ("10.0.64.0/24", Status.CONFIRMED)):
            far = route_table(route(back, **peering), subnet="subnet-9")
            far |= {"VpcId": "vpc-9", "Routes": far["Routes"][1:]}
            one = case(tmp_path / status.value, files, tables(here, far), log(TIMEOUT), about=FAR)
            assert cause_of(one, ID).status is status


def test_ports_that_get_no_answers_make_it_likely(tmp_path: Path) -> None:
    files = rules()
    entry = files["ec2/network-acls.json"]["NetworkAcls"][0]["Entries"][1]
    entry |= {"PortRange": {"From": 32768, "To": 60999}, "Protocol": "6"}
    entry = files["ec2/network-acls.json"]["NetworkAcls"][0]["Entries"]
    entry.append({"RuleNumber": 90, "Egress": False, "RuleAction": "allow", "Protocol": "6",
                  "PortRange": {"From": 443, "To": 443}, "CidrBlock": "0.0.0.0/0"})  # fmt: skip
    cause = cause_of(case(tmp_path, files, log(TIMEOUT)), ID)
    assert cause.status is Status.LIKELY
    assert any("lets answers in on 32768-60999 of 1024-65535 only" in one.text for one in cause.evidence)


def test_without_rules_nothing_is_open_or_shut(tmp_path: Path) -> None:
    cause = cause_of(bare(tmp_path, log(TIMEOUT)), ID)
    assert cause.status is Status.POSSIBLE
    assert cause.mechanism is None

"""The rules of route-or-rule-blocked: what the files of a case say of routes, security groups and network ACLs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from narrows.diagnose import Status, diagnose
from tests.unit.diagnose.by_hand import (
    ABOUT,
    TIMEOUT,
    case,
    cause_of,
    function,
    log,
    route_table,
    rules,
)

ACL = [
    {"RuleNumber": 100, "Egress": out, "RuleAction": "allow", "Protocol": "-1", "CidrBlock": "0.0.0.0/0"}
    for out in (True, False)
]
BOTH = [{"SubnetId": "subnet-1"}, {"SubnetId": "subnet-public"}]


class TestRouteOrRule:
    ID = "route-or-rule-blocked"

    def test_security_group(self, tmp_path: Path) -> None:
        shut = [{"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
        one = case(tmp_path, rules(IpPermissionsEgress=shut), log(TIMEOUT))
        found = diagnose(one)
        assert found.narrows == self.ID
        assert found.cause(self.ID).evidence[0].source == "ec2/security-groups.json"

    def test_internet_gateway(self, tmp_path: Path) -> None:
        to_gateway = {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1", "State": "active"}
        tables = {"ec2/route-tables.json": {"RouteTables": [route_table(to_gateway)]}}
        assert diagnose(case(tmp_path, tables, log(TIMEOUT))).narrows == self.ID

    def test_a_rule_without_failures_is_no_narrows_yet(self, tmp_path: Path) -> None:
        tables = {"ec2/route-tables.json": {"RouteTables": [route_table()]}}
        found = diagnose(case(tmp_path, tables))
        assert found.cause(self.ID).status is Status.LIKELY

    @pytest.mark.parametrize(
        ("file", "content"),
        [
            ("security-groups", {"SecurityGroups": [{"GroupId": "sg-9", "IpPermissionsEgress": []}]}),
            ("security-groups", {"SecurityGroups": [{"GroupId": "sg-1"}]}),
            ("network-acls", {"NetworkAcls": [{"NetworkAclId": "acl-1", "Entries": ACL, "Associations": []}]}),
            ("network-acls", {"NetworkAcls": [{"NetworkAclId": "acl-1", "Associations": BOTH}]}),
            ("network-acls", {"NetworkAcls": [{"NetworkAclId": "acl-1", "Entries": ACL, "Associations": BOTH[:1]}]}),
            ("network-acls", {"NetworkAcls": [{"NetworkAclId": "acl-1", "Entries": ACL, "Associations": BOTH[1:]}]}),
        ],
        ids=["another group", "no rules", "no association", "no entries", "not the gateway's", "not the function's"],
    )
    def test_a_rule_that_was_left_out_excludes_nothing_and_is_asked_for(
        self, tmp_path: Path, file: str, content: dict[str, Any]
    ) -> None:
        found = diagnose(case(tmp_path, rules(), {f"ec2/{file}.json": content}, log(TIMEOUT)))
        cause = found.cause(self.ID)
        assert cause.status is not Status.RULED_OUT
        assert not any("on the way" in one.text for one in cause.evidence)
        (asked,) = [one for one in found.missing if f"ec2/{file}.json" in one.how]
        command = f"aws ec2 describe-{file} --region us-east-1 --filters Name=vpc-id,Values=vpc-1 > ec2/{file}.json"
        assert command in asked.how

    def test_all_rules_are_there(self, tmp_path: Path) -> None:
        found = diagnose(case(tmp_path, rules(), log(TIMEOUT)))
        assert found.cause(self.ID).status is Status.RULED_OUT

    def test_one_group_that_lets_out_is_enough(self, tmp_path: Path) -> None:
        """What a group lets out no other group takes back: one that is not there does not matter then."""
        config = {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1", "sg-2"], "VpcId": "vpc-1"}
        files = {"lambda/functions.json": {"Functions": [function(VpcConfig=config)]}}
        assert cause_of(case(tmp_path, rules(), files, log(TIMEOUT)), self.ID).status is Status.RULED_OUT

    def test_unknown_port_blames_no_security_group(self, tmp_path: Path) -> None:
        shut = [{"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
        about = "\n".join(line for line in ABOUT.splitlines() if "cache" not in line and "destinations" not in line)
        one = case(tmp_path, rules(IpPermissionsEgress=shut), log("connect ETIMEDOUT"), about=about + "\n")
        assert not diagnose(one).cause(self.ID).status.reaches(Status.LIKELY)

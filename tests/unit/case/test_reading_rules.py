"""Security groups and network ACLs, as the Describe operations list them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.unit.case.cases import (
    CASE_YAML,
    case_with,
    texts,
)


def egress(protocol: str = "tcp", low: int | None = None, high: int | None = None, **to: Any) -> dict[str, Any]:
    ports = {} if low is None else {"FromPort": low, "ToPort": high}
    return {"IpProtocol": protocol, **ports, **(to or {"IpRanges": [{"CidrIp": "0.0.0.0/0"}]})}


RULES = {
    "everything": ([egress("-1")], False),
    "its port": ([egress("tcp", 443, 443)], False),
    "a range": ([egress("6", 400, 500)], False),
    "all of TCP": ([egress("tcp", 0, 65535)], False),
    "its address": ([egress("tcp", 443, 443, IpRanges=[{"CidrIp": "203.0.113.10/32"}])], False),
    "a prefix list": ([egress("tcp", 443, 443, PrefixListIds=[{"PrefixListId": "pl-1"}])], False),
    "nothing": ([], True),
    "another port": ([egress("tcp", 6379, 6380)], True),
    "UDP": ([egress("udp", 443, 443)], True),
    "other addresses": ([egress("-1", IpRanges=[{"CidrIp": "10.0.0.0/8"}])], True),
    "IPv6 only": ([egress("-1", Ipv6Ranges=[{"CidrIpv6": "::/0"}])], True),
}


@pytest.mark.parametrize("name", RULES)
def test_security_groups(tmp_path: Path, name: str) -> None:
    rules, blocked = RULES[name]
    groups = {"SecurityGroups": [{"GroupId": "sg-1", "GroupName": "app", "IpPermissionsEgress": rules}]}
    case = case_with(tmp_path, security_groups=groups)
    (path,) = case.topology.network.paths("storefront", "cache")
    assert path.blocked == ("no security group of storefront (sg-1) lets out port 443 to cache" if blocked else None)
    assert case.topology.label("sg-1") == "sg-1 (app)"


def acl(*entries: tuple[int, bool, str, str, int | None, int | None, str], subnet: str = "subnet-1") -> dict[str, Any]:
    listed = [
        {
            "RuleNumber": number, "Egress": out, "RuleAction": action, "Protocol": protocol, "CidrBlock": block,
            **({} if low is None else {"PortRange": {"From": low, "To": high}}),
        }
        for number, out, action, protocol, low, high, block in entries
    ]  # fmt: skip
    return {"NetworkAcls": [{"NetworkAclId": "acl-1", "Associations": [{"SubnetId": subnet}], "Entries": listed}]}


ANY, ALL = (None, None, "0.0.0.0/0"), "-1"
OPEN_OUT, OPEN_IN = (100, True, "allow", ALL, *ANY), (100, False, "allow", ALL, *ANY)
CLOSED = ((32767, True, "deny", ALL, *ANY), (32767, False, "deny", ALL, *ANY))
DENIED = "the network ACL of subnet-1 denies port 443 (acl-1)"
NO_ANSWERS = "subnet-1's network ACL lets no answers in on 1024-65535 (acl-1)"
PASSAGE = "the network ACL of subnet-public denies port 443 to what comes in (acl-1)"
ACLS: dict[str, tuple[dict[str, Any], str | None]] = {
    "open": (acl(OPEN_OUT, OPEN_IN, *CLOSED), None),
    "denies the port": (acl((1, True, "deny", "6", 443, 443, "0.0.0.0/0"), OPEN_OUT, OPEN_IN, *CLOSED), DENIED),
    "denies the port too late": (acl(OPEN_OUT, OPEN_IN, (200, True, "deny", "6", 443, 443, "0.0.0.0/0")), None),
    "denies another address": (acl((1, True, "deny", "6", 443, 443, "192.0.2.0/24"), OPEN_OUT, OPEN_IN), None),
    "allows no answers": (acl(OPEN_OUT, *CLOSED), NO_ANSWERS),
    "allows some answers": (
        acl(OPEN_OUT, (100, False, "allow", "6", 32768, 60999, "0.0.0.0/0"), *CLOSED), None,
    ),
    "allows answers below 1024 only": (
        acl(OPEN_OUT, (100, False, "allow", "6", 0, 1023, "0.0.0.0/0"), *CLOSED), NO_ANSWERS,
    ),
    "of the NAT gateway's subnet": (acl(OPEN_OUT, *CLOSED, subnet="subnet-public"), PASSAGE),
    "of another subnet": (acl(*CLOSED, subnet="subnet-3"), None),
    "cut": (acl(), None),
}  # fmt: skip


@pytest.mark.parametrize("name", ACLS)
def test_network_acls(tmp_path: Path, name: str) -> None:
    content, why = ACLS[name]
    case = case_with(tmp_path, network_acls=content)
    (path,) = case.topology.network.paths("storefront", "cache")
    assert path.blocked == why


def test_security_groups_that_tell_little(tmp_path: Path) -> None:
    about = CASE_YAML.replace("reported", "  bank: {port: 443, addresses: [192.0.2.7]}\nreported")
    narrow = egress("tcp", 443, 443, IpRanges=[{"CidrIp": "203.0.113.0/24"}])
    groups = {"SecurityGroups": [{"GroupId": "sg-1", "GroupName": "app", "IpPermissionsEgress": [narrow]}]}
    case = case_with(tmp_path, about, security_groups=groups)
    assert case.topology.network.security_groups["sg-1"].egress_ports == frozenset({443})
    assert texts(case) == ["ec2/security-groups.json: sg-1 lets out their port, but not to bank"]
    cut = {"SecurityGroups": [{"GroupId": "sg-1", "GroupName": "app"}, {"GroupId": "sg-2", "GroupName": "other"}]}
    case = case_with(tmp_path, security_groups=cut)
    assert list(case.topology.network.security_groups) == []
    assert case.topology.label("sg-2") == "sg-2 (other)"
    (path,) = case.topology.network.paths("storefront", "cache")
    assert path.blocked is None
    assert texts(case) == [
        "ec2/security-groups.json: sg-1 is listed without its IpPermissionsEgress: what it lets out is not known"
    ]


def test_rules_that_a_filter_left_out_are_noted(tmp_path: Path) -> None:
    groups = {"SecurityGroups": [{"GroupId": "sg-9", "IpPermissionsEgress": []}]}
    case = case_with(
        tmp_path, security_groups=groups, network_acls=acl((100, True, "allow", ALL, *ANY), subnet="subnet-9")
    )
    assert case.topology.subnets_with_acl == {"subnet-9"}
    assert texts(case) == [
        "ec2/security-groups.json: does not hold sg-1, which a function has",
        "ec2/network-acls.json: does not describe the network ACL of subnet-1, which a function is attached to",
        "ec2/network-acls.json: does not describe the network ACL of subnet-public, in which a NAT gateway stands",
    ]


def test_a_network_acl_without_its_entries_is_none(tmp_path: Path) -> None:
    cut = {"NetworkAcls": [{"NetworkAclId": "acl-1", "Associations": [{"SubnetId": "subnet-1"}]}]}
    assert case_with(tmp_path, network_acls=cut).topology.subnets_with_acl == set()

"""A game company: network ACLs that somebody hardened."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Traffic,
    about,
    entry,
    go_log,
    incident,
    node_socket_error,
    unsaid_zeros,
)
from oracles.incidents.world.unseen.twelfth_a._sites import BLOCKED, named, place, settle, table_of


@incident(
    source="https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html (ephemeral ports, rule order)",
    expert=named(BLOCKED, "entry 80 of the private subnets' ACL denies the high ports inwards before 100 allows them: "
                 "no answer comes back"),
)  # fmt: skip
def the_high_ports_were_denied_first(case: CaseFolder) -> None:
    case.region = "ap-northeast-1"
    site = place(case, "battle", "10.33", "54.199.140.61")
    case.gateway_endpoint("dynamodb", [table_of(case, site.private_a), table_of(case, site.private_b)])
    case.acl("battle-private", [
        entry(80, "in", "deny", (1024, 65535), "0.0.0.0/0"), entry(100, "in", "allow", None, "0.0.0.0/0", "all"),
        entry(100, "out", "allow", None, "0.0.0.0/0", "all")], [site.private_a, site.private_b])  # fmt: skip
    case.function("matchmaker", [site.private_a, site.private_b], [site.app], runtime="provided.al2023", timeout=20)
    for name in ("leaderboard", "gacha-roll", "friend-list"):
        case.function(name, [site.private_a], [site.app], runtime="provided.al2023")
    text = 'auth: Post "https://auth.playnexus.io/token": dial tcp 13.115.88.40:443: i/o timeout'
    calls = Traffic(case, "matchmaker")
    calls.good(210, 0, 20.2, go_log("ticket matched"), seconds=0.2)
    calls.bad(260, 20.4, 60, go_log(text), seconds=5.2)
    calls.write(zeros=False)
    good = about(10, 20)
    case.nat_metrics(site.nat, attempts=[*good, *about(12, 40)], established=[*good, *unsaid_zeros([0.0] * 40)],
                     errors=unsaid_zeros([0.0] * 60), active=about(14, 60))  # fmt: skip
    case.yaml(functions=["matchmaker"], destinations={
        "auth": {"name": "auth.playnexus.io", "port": 443, "addresses": ["13.115.88.40"]}})  # fmt: skip
    settle(case)


@incident(
    source="https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html (a NAT gateway uses 1024-65535)",
    expert=named(BLOCKED, "the public subnets' ACL lets answers in on 32768-65535 only, and the NAT gateway connects "
                 "from 1024-65535: about half of all connects fail"),
)  # fmt: skip
def half_of_the_gateways_ports_get_no_answer(case: CaseFolder) -> None:
    case.region = "us-west-2"
    site = place(case, "arcade", "10.35", "44.237.10.93")
    case.acl("arcade-public", [
        entry(90, "in", "allow", (80, 443), "10.35.0.0/16"), entry(100, "in", "allow", 443, "0.0.0.0/0"),
        entry(110, "in", "allow", (32768, 65535), "0.0.0.0/0"),
        entry(100, "out", "allow", None, "0.0.0.0/0", "all")], [site.public_a, site.public_b])  # fmt: skip
    case.function("ad-reward", [site.private_a, site.private_b], [site.app], runtime="nodejs18.x", timeout=150)
    failed = node_socket_error("ETIMEDOUT", address="34.214.77.18", port=443)
    calls = Traffic(case, "ad-reward")
    calls.good(183, 0, 60, seconds=0.21)
    calls.bad(176, 0, 60, failed, seconds=131.5)
    calls.write()
    tried = about(6, 60)
    case.nat_metrics(site.nat, attempts=tried, established=[round(one * 0.51) for one in tried], errors=[0.0] * 60,
                     active=about(21, 60))  # fmt: skip
    case.yaml(functions=["ad-reward"], destinations={
        "ads": {"name": "s2s.adverra.com", "port": 443, "addresses": ["34.214.77.18"]}})  # fmt: skip
    settle(case)

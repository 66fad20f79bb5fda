"""Faults of the incident's scenario, one at a time: what is changed, the line and the place of it, what is wrong."""

from __future__ import annotations

from tests.unit.core.scenarios import RAMP

Change = tuple[str, str]


def hold(text: str) -> Change:
    return "hold: until_recycled", f"hold: {text}"


def ramp(text: str) -> Change:
    return RAMP, text


def assumption(text: str) -> Change:
    return "nat_hold_after_close: 60s", text


def key(text: str) -> Change:
    """Another key at the top."""
    return "seed: 7", f"seed: 7\n{text}"


def others(text: str, route: str = "nat-a") -> Change:
    return key(f"others:\n  fleet:\n    route: {route}\n    connections:\n      - {text}")


STOREFRONT = "functions.storefront"
CONNECTION = f"{STOREFRONT}.connections[0]"
CURVE = "demand.storefront.environments"

MISSPELT = [
    (("functions:", "functoins:"), 10, "functoins", "unknown key 'functoins'; did you mean 'functions'?"),
    (("destinations:", "destination:"), 8, "destination", "unknown key 'destination'; did you mean 'destinations'?"),
    (("route:", "rout:"), 5, "vpc.subnets.private-a.rout", "unknown key 'rout'; did you mean 'route'?"),
    (("{addresses: 1}", "{adresses: 1}"), 7, "vpc.nat_gateways.nat-a.adresses", "did you mean 'addresses'?"),
    (("security_groups:", "securitygroups:"), 13, f"{STOREFRONT}.securitygroups", "did you mean 'security_groups'?"),
    (("per_environment", "per_enviroment"), 16, f"{CONNECTION}.per_enviroment", "did you mean 'per_environment'?"),
    (("per_10s", "per_10"), 21, f"{CURVE}.per_10", "unknown key 'per_10'; did you mean 'per_10s'?"),
    (hold("{mean: 3s, distributoin: constant}"), 17, f"{CONNECTION}.hold.distributoin", "did you mean 'distribution'?"),
    (
        ("per_environment:", "banana:"),
        16,
        f"{CONNECTION}.banana",
        "known here: bytes_per_second, connect_timeout, hold",
    ),
    (assumption("nat_hold_afterclose: 60s"), 26, "assumptions.nat_hold_afterclose", "mean 'nat_hold_after_close'?"),
    (assumption("banana: 60s"), 26, "assumptions.banana", "unknown assumption 'banana'; known: absent_counts_are_zero"),
]
UNKNOWN = [
    (
        ("route: nat-a", "route: nat-b"),
        5,
        "vpc.subnets.private-a.route",
        "no NAT gateway 'nat-b'; did you mean 'nat-a'?",
    ),
    (
        ("[private-a]", "[private-b]"),
        12,
        f"{STOREFRONT}.subnets[0]",
        "no subnet 'private-b'; did you mean 'private-a'?",
    ),
    (("[private-a]", "\n    - private-a\n    - x"), 14, f"{STOREFRONT}.subnets[1]", "no subnet 'x'; known: private-a"),
    (("to: cache", "to: cahce"), 15, f"{CONNECTION}.to", "there is no destination 'cahce'; did you mean 'cache'?"),
    (("demand:\n  storefront", "demand:\n  shop"), 20, "demand.shop", "no function 'shop'; known: storefront"),
    (others("{to: cash, count: 5}"), 28, "others.fleet.connections[0].to", "there is no destination 'cash'"),
    (others("{to: cache, count: 5}", "nat-z"), 26, "others.fleet.route", "there is no NAT gateway 'nat-z'"),
    (key("demand: {}"), 24, "demand", "'demand' stands here twice"),
]
NUMBERS = [
    (("from: 0", "from: -5"), 21, f"{CURVE}.from", "'-5' is out of range: it must be at least 0"),
    (("to: 9000", "to: -1"), 21, f"{CURVE}.to", "'-1' is out of range"),
    (("per_10s: 1000", "per_10s: -1000"), 21, f"{CURVE}.per_10s", "it must be more than 0"),
    (("per_10s: 1000", "per_10s: 0"), 21, f"{CURVE}.per_10s", "it must be more than 0"),
    (("per_10s: 1000", "per_10s: 1.0e-320"), 21, f"{CURVE}.per_10s", "never ends"),
    (ramp("-3"), 21, CURVE, "'-3' is out of range: it must be at least 0"),
    (("to: 9000", "to: 1e300"), 21, f"{CURVE}.to", "it must be at most 10,000,000"),
    (("to: 9000", "to: .nan"), 21, f"{CURVE}.to", "'nan' is not a finite number"),
    (("to: 9000", "to: .inf"), 21, f"{CURVE}.to", "'inf' is not a finite number"),
    (("to: 9000", "to: 9" + 400 * "0"), 21, f"{CURVE}.to", "is too large a number"),
    (("per_environment: 10", "per_environment: 100000"), 16, f"{CONNECTION}.per_environment", "at most 4,096"),
    (("per_environment: 10", "per_environment: 0"), 16, f"{CONNECTION}.per_environment", "at least 1"),
    (
        ("per_environment: 10", "per_environment: 1.5"),
        16,
        f"{CONNECTION}.per_environment",
        "'1.5' is not a whole number",
    ),
    (("port: 443", "port: 70000"), 9, "destinations.cache.port", "it must be at most 65,535"),
    (("port: 443", "port: 0"), 9, "destinations.cache.port", "it must be at least 1"),
    (("cache: {addresses: 1", "cache: {addresses: 5000"), 9, "destinations.cache.addresses", "1 to 4096"),
    (
        ("nat-a: {addresses: 1}", "nat-a: {addresses: 9}"),
        7,
        "vpc.nat_gateways.nat-a.addresses",
        "1 to 8 addresses, not 9",
    ),
    (("seed: 7", "seed: -1"), 23, "seed", "'-1' is out of range"),
    (("seed: 7", "seed: 0x1" + 6_000 * "0"), 23, "seed", "is too large a number"),
    (
        others("{to: cache, per_second: -1, hold: 1s}"),
        28,
        "others.fleet.connections[0].per_second",
        "'-1' is out of range",
    ),
]
DURATIONS = [
    (
        ("duration: 5m", "duration: five minutes"),
        22,
        "duration",
        "'five minutes' is not a duration: write a number with us",
    ),
    (("duration: 5m", "duration: -5m"), 22, "duration", "'-5m' is not a duration: it must not be negative"),
    (("duration: 5m", "duration: 0"), 22, "duration", "it must be more than zero"),
    (("duration: 5m", "duration: 7d"), 22, "duration", "longer than the 6 days that a scenario may take"),
    (("duration: 5m", "duration: .nan"), 22, "duration", "it must be zero or more, and finite"),
    (("duration: 5m", "duration: .inf"), 22, "duration", "it must be zero or more, and finite"),
    (("duration: 5m", "duration: 5:00"), 22, "duration", "'5:00' is not a duration"),
    (("duration: 5m", "duration: 1" + 400 * "0"), 22, "duration", "is too large a number"),
    (("connect_timeout: 30s", "connect_timeout: 0s"), 18, f"{CONNECTION}.connect_timeout", "it must be more than zero"),
    (
        ("connect_timeout: 30s", "connect_timeout:"),
        18,
        f"{CONNECTION}.connect_timeout",
        "write a duration, such as 30s",
    ),
    (hold("0s"), 17, f"{CONNECTION}.hold", "'0s' is not a hold: write until_recycled, invocation, a duration"),
    (hold("forever"), 17, f"{CONNECTION}.hold", "'forever' is not a hold"),
    (hold(""), 17, f"{CONNECTION}.hold", "nothing is not a hold"),
    (hold("[30s]"), 17, f"{CONNECTION}.hold", "is not a hold"),
    (hold("{distribution: exponential}"), 17, f"{CONNECTION}.hold", "'mean' is missing; add it"),
    (hold("{mean: 30s, sigma: 0}"), 17, f"{CONNECTION}.hold.sigma", "it must be more than 0"),
    (("seed: 7", "start: 2026-13-45"), 23, "start", "'2026-13-45' is not a valid timestamp"),
    (("seed: 7", "start: tomorrow"), 23, "start", "'tomorrow' is not a valid time; such as 2026-11-20T12:00:00Z"),
    (("seed: 7", "start: 9999-12-31T23:59:59-14:00"), 23, "start", "between the years 2010 and 2099"),
    (assumption("nat_hold_after_close: -60s"), 26, "assumptions.nat_hold_after_close", "it must not be negative"),
    (assumption("nat_hold_after_close: 1e300"), 26, "assumptions.nat_hold_after_close", "longer than a year"),
    (assumption("nat_hold_after_close: [60s]"), 26, "assumptions.nat_hold_after_close", "write a duration"),
    (
        ("eni_scale_out_delay: never", "eni_scale_out_delay: soon"),
        25,
        "assumptions.eni_scale_out_delay",
        "'soon' is not a duration",
    ),
]
TYPES = [
    (("name: launch-load-test", "name: 12"), 1, "name", "'12' is not a name as it stands: put it in quotes"),
    (("name: launch-load-test", "name: 2026-11-20"), 1, "name", "put it in quotes"),
    (("name: launch-load-test", "name: ''"), 1, "name", "a name is printable text of 1 to 128 characters"),
    (("name: launch-load-test", f"name: {500 * 'x'}"), 1, "name", "a name is printable text of 1 to 128 characters"),
    (("name: launch-load-test", 'name: "\\x1b[2J"'), 1, "name", "a name is printable text"),
    (("port: 443", "port: https"), 9, "destinations.cache.port", "'https' is not a whole number"),
    (("port: 443", "port: true"), 9, "destinations.cache.port", "'True' is not a whole number"),
    (("port: 443", "ipv6: maybe, port: 443"), 9, "destinations.cache.ipv6", "'maybe' is neither true nor false"),
    (
        ("port: 443", "protocol: tpc, port: 443"),
        9,
        "destinations.cache.protocol",
        "none of tcp, udp; did you mean 'tcp'?",
    ),
    ((", port: 443", ""), 9, "destinations.cache", "'port' is missing; add it"),
    (
        ("cache: {addresses: 1", "cache: {addresses: [1.2.3.400]"),
        9,
        "destinations.cache.addresses",
        "is not an IP address",
    ),
    (("cache: {addresses: 1", "cache: {addresses: []"), 9, "destinations.cache.addresses", "at least one address"),
    (("[private-a]", "private-a"), 12, f"{STOREFRONT}.subnets", "'private-a' where a list belongs; write [private-a]"),
    (("[private-a]", "[12]"), 12, f"{STOREFRONT}.subnets[0]", "put it in quotes"),
    (("[private-a]", ""), 12, f"{STOREFRONT}.subnets", "nothing where a list belongs"),
    (
        ("  storefront:\n    sub", "  - a:\n    sub"),
        10,
        "functions",
        "a list where keys and values belong; write 'name: ",
    ),
    (("      - to: cache", "        to: cache"), 14, f"{STOREFRONT}.connections", "begin each entry with a dash"),
    (
        ("- to: cache\n", "- cache\n      - to: cache\n"),
        15,
        CONNECTION,
        "'cache' where keys and values (to, per_environment",
    ),
    (
        ("  storefront:\n    sub", "  idle:\n  storefront:\n    sub"),
        11,
        "functions.idle",
        "nothing where keys and values",
    ),
    (
        hold("{mean: 3s, distribution: gaussian}"),
        17,
        f"{CONNECTION}.hold.distribution",
        "none of constant, exponential",
    ),
    (
        hold("3s\n        retries: 5"),
        18,
        f"{CONNECTION}.retries",
        "'5' where keys and values (most, backoff, jitter) belong",
    ),
    (
        assumption("recycled_environment_closes: 1"),
        26,
        "assumptions.recycled_environment_closes",
        "neither true nor false",
    ),
    (assumption("account_concurrency: 1.5"), 26, "assumptions.account_concurrency", "'1.5' is not a count"),
    (("vpc:", "vpc: 5\nx:"), 3, "vpc", "'5' where keys and values (subnets, nat_gateways, security_groups, endpoints)"),
]
CURVES = [
    (ramp("lots"), 21, CURVE, "write a number, {from, to, per_10s}, {steps: [{at, to}]}"),
    (ramp("true"), 21, CURVE, "write a number, {from, to, per_10s}"),
    (ramp("{from: 0}"), 21, CURVE, "'to' is missing; add it"),
    (ramp("{from: 0, to: 9}"), 21, CURVE, "a ramp has either 'per_10s' or 'over'"),
    (ramp("{from: 0, to: 9, per_10s: 1, over: 5s}"), 21, CURVE, "a ramp has either 'per_10s' or 'over'"),
    (ramp("{from: 0, to: nine, over: 5s}"), 21, f"{CURVE}.to", "'nine' is not a number"),
    (ramp("{from: 0, to: 30%, over: 5s}"), 21, f"{CURVE}.to", "'30%' is not a number; such as 30, 90k or 1.5M"),
    (("addresses: 1}", "addresses: 2x}"), 7, "vpc.nat_gateways.nat-a.addresses", "'2x' is not a whole number"),
    (
        ("per_environment: 10", "per_environment: 1.5k each"),
        16,
        f"{CONNECTION}.per_environment",
        "is not a whole number",
    ),
    (("connect_timeout: 30s", "connect_timeout: 90 seconds"), 18, f"{CONNECTION}.connect_timeout", "write 90s"),
    (hold("1 min 30 sec"), 17, f"{CONNECTION}.hold", "'1 min 30 sec' is not a hold: write 1m30s"),
    (ramp("{steps: []}"), 21, f"{CURVE}.steps", "the list is empty; write at least one entry"),
    (ramp("{steps: [{at: 5s}]}"), 21, f"{CURVE}.steps[0]", "'to' is missing; add it"),
    (
        ramp("\n      steps:\n      - {at: 5s, to: 3}\n      - {at: 1s, to: 3}"),
        24,
        f"{CURVE}.steps[1].at",
        "order of time",
    ),
    (ramp("{points: [[9s, 1], [5s, 1]]}"), 21, f"{CURVE}.points[1]", "points must come in order of time"),
    (ramp("{points: [[0s, 0], [5s]]}"), 21, f"{CURVE}.points[1]", "a point is a moment and a value"),
    (ramp("{points: [[0s, 0, 0]]}"), 21, f"{CURVE}.points[0]", "a point is a moment and a value"),
    (ramp("{points: [0s, 0]}"), 21, f"{CURVE}.points[0]", "a point is a moment and a value"),
    (ramp("{points: [[0s, x]]}"), 21, f"{CURVE}.points[0][1]", "'x' is not a number"),
    (ramp("{points: [[0s, -1]]}"), 21, f"{CURVE}.points[0][1]", "'-1' is out of range"),
    (ramp("{trace: no-such.csv}"), 21, f"{CURVE}.trace", "'no-such.csv': no such file or directory"),
    (ramp("{trace: .}"), 21, f"{CURVE}.trace", "'.': is a folder, not a file"),
]
AWS = [
    (("[private-a]", "[private-a, private-a]"), 12, f"{STOREFRONT}.subnets", "a subnet is named twice"),
    (("[sg-app]", "[]"), 13, f"{STOREFRONT}.security_groups", "a function in a VPC has at least one security group"),
    (("[sg-app]", "[a, b, c, d, e, f]"), 13, f"{STOREFRONT}.security_groups", "6 security groups where AWS allows 5"),
    (
        ("us-east-1a", "eu-west-1a"),
        5,
        "vpc.subnets.private-a.az",
        "'eu-west-1a' is not an Availability Zone of us-east-1",
    ),
    (("subnets: [", "dual_stack: true\n    subnets: ["), 12, f"{STOREFRONT}.dual_stack", "'private-a' has none"),
    (
        others("{to: cache, count: 5, per_second: 3}"),
        28,
        "others.fleet.connections[0]",
        "either 'count' or 'per_second'",
    ),
    (others("{to: cache}"), 28, "others.fleet.connections[0]", "write either 'count' or 'per_second'"),
    (
        others("{to: cache, per_second: 3}"),
        28,
        "others.fleet.connections[0]",
        "need a hold that ends; such as hold: 30s",
    ),
    (
        others("{to: cache, count: 3, hold: invocation}"),
        28,
        "others.fleet.connections[0].hold",
        "only functions have inv",
    ),
]

FAULTS: list[tuple[Change, int, str, str]] = [*MISSPELT, *UNKNOWN, *NUMBERS, *DURATIONS, *TYPES, *CURVES, *AWS]

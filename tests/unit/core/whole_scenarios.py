"""Scenarios with every key that a file may have: what is written in them, as YAML holds it."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from narrows.scenario import shape
from narrows.scenario.fields import Part

Document = dict[str, Any]

_NAMES = [
    "a",
    "b c",
    "1e3",
    "on",
    "2026-01-01",
    "1:30",
    "x: y",
    "<<",
    "null",
    "~",
    "é",
    "- a",
    "#",
    "'",
    '"',
    "a" * 128,
]
_ZONES = st.sampled_from(["eu-west-1a", "eu-west-1b"])
_DURATIONS = st.sampled_from(["1ms", "2.5s", 90, "1h"])
_COUNTS = st.integers(1, 5000)
_RATES = st.floats(0, 1e9)
_LEVELS = st.one_of(st.integers(0, 9000), st.floats(0, 1e6))
_HOLDS = st.one_of(
    st.just("until_recycled"),
    _DURATIONS,
    st.fixed_dictionaries(
        {"mean": _DURATIONS},
        optional={
            "distribution": st.sampled_from(["constant", "exponential", "lognormal"]),
            "sigma": st.floats(0.01, 10),
        },
    ),
)
_CURVES = st.one_of(
    _LEVELS,
    st.fixed_dictionaries({"to": _LEVELS, "over": _DURATIONS}, optional={"from": _LEVELS, "at": _DURATIONS}),
    st.fixed_dictionaries({"from": _LEVELS, "to": _LEVELS, "per_10s": st.floats(100, 1e6)}),
    st.lists(_LEVELS, min_size=1, max_size=3).map(
        lambda levels: {"steps": [{"at": at, "to": level} for at, level in enumerate(levels)]}
    ),
    st.lists(st.tuples(st.integers(0, 9), _LEVELS), min_size=1, max_size=4).map(
        lambda points: {"points": [list(point) for point in sorted(points)]}
    ),
)


def _some(names: list[str], least: int = 0, most: int = 3) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(names), min_size=least, max_size=most, unique=True)


def _named(part: st.SearchStrategy[Document], least: int = 0) -> st.SearchStrategy[dict[str, Document]]:
    return st.dictionaries(st.sampled_from(_NAMES), part, min_size=least, max_size=3)


def part(kind: type[Part], /, **keys: st.SearchStrategy[Any]) -> st.SearchStrategy[Document]:
    """A part of a file with some of its keys; every key of it must be told how it is drawn."""
    fields = {field.alias or name: field for name, field in kind.model_fields.items()}
    assert set(keys) == set(fields), f"{kind.__name__}: draw {set(keys) ^ set(fields)}, too"
    needed = {key: strategy for key, strategy in keys.items() if fields[key].is_required()}
    return st.fixed_dictionaries(needed, optional={key: keys[key] for key in keys if key not in needed})


@st.composite
def whole_documents(draw: st.DrawFn) -> Document:
    """A scenario as a mapping, with any of its keys."""
    nats = draw(
        _named(
            part(
                shape.NatGatewayPart,
                addresses=st.integers(1, 8),
                kind=st.sampled_from(["zonal", "regional", "private"]),
                az=st.none() | _ZONES,
            ),
            least=1,
        )
    )
    subnets = draw(
        _named(
            part(
                shape.SubnetPart,
                az=_ZONES,
                route=st.sampled_from([*nats, "none", "local", "internet-gateway"]),
                free_addresses=st.integers(0, 70_000),
                denied_ports=st.lists(st.integers(1, 65535), max_size=3),
                ipv6=st.just(True),
            ),
            least=1,
        )
    )
    addresses = st.integers(1, 40) | st.lists(st.ip_addresses().map(str), min_size=1, max_size=3, unique=True)
    destinations = draw(
        _named(
            part(
                shape.DestinationPart,
                port=st.integers(1, 65535),
                addresses=addresses,
                protocol=st.sampled_from(["tcp", "udp"]),
                host=st.sampled_from(_NAMES),
                max_connections=st.none() | _COUNTS,
                when_full=st.sampled_from(["refuse", "ignore"]),
                accepts_per_second=st.none() | _COUNTS,
                answers=st.sampled_from(["yes", "no", "refuses"]),
                round_trip=_DURATIONS,
                local=st.booleans(),
                ipv6=st.booleans(),
            ),
            least=1,
        )
    )
    for number, target in enumerate(destinations.values()):
        target["port"] = 65535 - number  # the same address on the same port is the same destination
    to = st.sampled_from(list(destinations))
    use = part(
        shape.ConnectionsPart,
        to=to,
        per_environment=_COUNTS.map(lambda count: 1 + count // 2),
        hold=_HOLDS | st.just("invocation"),
        connect_timeout=_DURATIONS,
        retries=part(
            shape.RetriesPart, most=st.integers(0, 100), backoff=_DURATIONS, jitter=st.sampled_from(["none", "full"])
        ),
        bytes_per_second=_RATES,
    )
    groups = {"subnets": _some(list(subnets)), "security_groups": _some(_NAMES, least=1)}
    function = part(
        shape.FunctionPart,
        **groups,
        versions=st.lists(part(shape.VersionPart, **groups), max_size=2),
        connections=st.lists(use, max_size=2),
        reserved_concurrency=st.none() | st.integers(0, 100),
        dual_stack=st.booleans(),
        timeout=_DURATIONS,
    )
    functions = draw(st.dictionaries(st.sampled_from(["app", "1e3", "on", "2026-01-01"]), function, max_size=3))
    for name, written in functions.items():
        for configuration in (written, *written.get("versions", [])):
            configuration.setdefault("security_groups", [name])
        if any(not subnets[subnet].get("ipv6") for subnet in written.get("subnets", [])):
            written.pop("dual_stack", None)
    counted = part(
        shape.OtherConnectionsPart,
        to=to,
        count=_CURVES,
        per_second=_CURVES,
        hold=_HOLDS.filter(lambda hold: hold != "until_recycled"),
        connect_timeout=_DURATIONS,
        bytes_per_second=_RATES,
    ).map(_counted_one_way)
    other = part(
        shape.OtherPart,
        route=st.sampled_from(list(nats)),
        az=_ZONES,
        kind=st.sampled_from(_NAMES),
        connections=st.lists(counted, max_size=2),
    ).map(lambda written: {"az": "eu-west-1a"} | written)
    asked = part(
        shape.DemandPart,
        environments=_CURVES,
        invocations_per_second=_CURVES,
        invocation=part(shape.InvocationPart, duration=_DURATIONS),
    )
    endpoint = part(
        shape.EndpointPart,
        kind=st.sampled_from(["interface", "gateway", "proxy"]),
        to=_some(list(destinations), least=1),
        azs=st.lists(_ZONES, max_size=2),
        reuse=_COUNTS,
    )
    group = part(shape.SecurityGroupPart, egress_ports=st.none() | st.lists(st.integers(1, 65535), max_size=3))
    vpc = part(
        shape.VpcPart,
        subnets=st.just(subnets),
        nat_gateways=st.just(nats),
        security_groups=_named(group),
        endpoints=_named(endpoint),
    ).map(lambda written: written | {"subnets": subnets, "nat_gateways": nats})
    whole = part(
        shape.ScenarioPart,
        name=st.sampled_from(_NAMES),
        region=st.just("eu-west-1"),
        start=st.sampled_from(["2026-01-02 03:04:05.000006", "2026-11-20T09:30:00+01:00"]),
        vpc=vpc,
        destinations=st.just(destinations),
        functions=st.just(functions),
        others=_named(other).map(lambda others: {name: others[name] for name in others if name not in functions}),
        demand=st.fixed_dictionaries({}, optional=dict.fromkeys(functions, asked)),
        duration=_DURATIONS,
        seed=st.integers(0, 2**63 - 1),
        assumptions=st.fixed_dictionaries(
            {},
            optional={
                "eni_scale_out_delay": st.sampled_from(["never", "5s", "1s..20s"]),
                "account_concurrency": st.just(1000),
            },
        ),
    )
    return draw(whole) | {"region": "eu-west-1", "vpc": draw(vpc), "functions": functions}


def _counted_one_way(use: Document) -> Document:
    """Either ``count`` or ``per_second``, and a hold that ends."""
    if "count" in use:
        use.pop("per_second", None)
    else:
        use = {"per_second": 1, "hold": "30s"} | use
    return use

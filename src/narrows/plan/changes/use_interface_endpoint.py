"""``use-interface-endpoint``: a VPC endpoint to a destination, past the NAT gateways; Hyperplane ENIs stay in the path.

An interface endpoint (PrivateLink); for S3 and DynamoDB of the Region a gateway endpoint, which costs nothing.
"""

from __future__ import annotations

from narrows.listing import counted
from narrows.network import Endpoint, HopKind
from narrows.plan.actions import Action, Change, Risk, Shaped, Step
from narrows.plan.changes.edits import for_each_destination, listed, with_network
from narrows.plan.changes.traffic import Moved, moved
from narrows.plan.trouble import Allowed, Trouble
from narrows.prices import Prices
from narrows.scenario import Scenario
from narrows.service_names import DYNAMODB, S3, names_no_region, service_of

_GATEWAY_ENDPOINTS = {S3: "Amazon S3", DYNAMODB: "DynamoDB"}
_STILL_IN_ENIS = "its connections still take entries of the Hyperplane ENIs"
_NOT_SIMULATED = "a VPC endpoint is simulated without a limit of its own: none is documented"


def use_interface_endpoint(scenario: Scenario, destination: str, prices: Prices) -> Step:
    """Reach a destination through an endpoint in each Availability Zone of its callers' subnets."""
    network = scenario.network
    service = service_of(network.destinations[destination].host, network.region)
    subnets = sorted(
        {
            subnet
            for name, to in scenario.demand.uses
            if to == destination
            for subnet in network.functions[name].subnets
            if subnet in network.subnets
        }
    )
    places = sorted({network.subnets[subnet].az for subnet in subnets})
    name = f"vpce-{destination}"
    while name in network.endpoints:
        name += "-2"
    if service in _GATEWAY_ENDPOINTS:
        kind = HopKind.GATEWAY_ENDPOINT
        past = moved(scenario, prices, destinations=(destination,))
        cost = prices.hourly("gateway-endpoint-hour") + past.cents
        change = _gateway(scenario, destination, service, name, subnets, cost, past)
    else:
        kind = HopKind.INTERFACE_ENDPOINT
        past = moved(scenario, prices, destinations=(destination,), onto="interface-endpoint-gigabyte")
        cost = prices.hourly("interface-endpoint-hour", len(places)) + past.cents
        change = _interface(scenario, destination, service, name, places, cost, past)
    endpoint = Endpoint(name, kind, (destination,), tuple(places))
    return Step(with_network(scenario, endpoints={name: endpoint, **network.endpoints}), change)


def _interface(
    scenario: Scenario, destination: str, service: str | None, name: str, places: list[str], cost: int, past: Moved
) -> Change:
    return Change(
        ACTION,
        destination,
        len(places),
        cost,
        f"reach {destination} through an interface endpoint in {counted(len(places), 'Availability Zone')} "
        f"({listed(places)}), past the NAT gateways",
        f"interface endpoint for {destination}",
        before=0,
        after=len(places),
        new=(name,),
        risks=() if service else (Risk.VENDOR_SUPPORT,),
        needs=(
            f"AWS offers an interface endpoint for {scenario.network.destinations[destination].host}"
            if service
            else f"the owner of {destination} offers it over PrivateLink",
        ),
        prices=("interface-endpoint-hour", *past.prices),
        notes=(_STILL_IN_ENIS, *past.notes),
        not_simulated=_NOT_SIMULATED,
    )


def _gateway(
    scenario: Scenario, destination: str, service: str, name: str, subnets: list[str], cost: int, past: Moved
) -> Change:
    network = scenario.network
    needs = [f"the route tables of {listed(subnets)} get a route to the gateway endpoint"]
    host = network.destinations[destination].host
    if host is not None and names_no_region(host):
        needs.append(f"what {host} names is in {network.region}")
    return Change(
        ACTION,
        destination,
        1,
        cost,
        f"reach {destination} through a gateway endpoint for {_GATEWAY_ENDPOINTS[service]}, past the NAT gateways",
        f"gateway endpoint for {destination}",
        before=0,
        after=1,
        new=(name,),
        needs=tuple(needs),
        prices=("gateway-endpoint-hour", *past.prices),
        notes=(
            _STILL_IN_ENIS,
            f"one gateway endpoint carries all of {_GATEWAY_ENDPOINTS[service]} in the Region",
            "open connections drop when its route comes; policies that name the NAT gateway's addresses must name it",
            *past.notes,
        ),
        not_simulated=_NOT_SIMULATED,
    )


def _shape(trouble: Trouble, allowed: Allowed) -> Shaped | None:
    prices = trouble.terms.prices
    return for_each_destination(trouble, allowed, lambda now, name: use_interface_endpoint(now, name, prices))


ACTION = Action("use-interface-endpoint", place=70, shape=_shape, past_nat=True, adds_endpoints=True)

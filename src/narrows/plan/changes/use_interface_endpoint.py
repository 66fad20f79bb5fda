"""``use-interface-endpoint``: PrivateLink to a destination, past the NAT gateways; Hyperplane ENIs stay in the path."""

from __future__ import annotations

from narrows.network import Endpoint, HopKind
from narrows.plan.actions import Action, Change, Risk, Step
from narrows.plan.changes.edits import counted, listed, with_network
from narrows.plan.changes.traffic import nat_gigabytes
from narrows.plan.prices import Prices
from narrows.scenario import Scenario


def is_aws_service(host: str | None) -> bool:
    """Whether a name is one of AWS's own services, most of which have interface endpoints."""
    return host is not None and host.endswith((".amazonaws.com", ".amazonaws.com.cn", ".api.aws"))


def use_interface_endpoint(scenario: Scenario, destination: str, prices: Prices) -> Step:
    """Reach a destination through an interface endpoint in each Availability Zone of its callers' subnets."""
    network = scenario.network
    places = sorted(
        {
            network.subnets[subnet].az
            for name, asked in scenario.demand.functions.items()
            if any(use.to == destination for use in asked.connections)
            for subnet in network.functions[name].subnets
            if subnet in network.subnets
        }
    )
    name = f"vpce-{destination}"
    while name in network.endpoints:
        name += "-2"
    moved = nat_gigabytes(scenario, prices, destinations=(destination,))
    cost = prices.hourly("interface-endpoint-hour", len(places)) + prices.gigabytes(
        "interface-endpoint-gigabyte", moved
    )
    service = is_aws_service(network.destinations[destination].host)
    change = Change(
        Action.USE_INTERFACE_ENDPOINT,
        destination,
        len(places),
        cost - prices.gigabytes("nat-gateway-gigabyte", moved),
        f"reach {destination} through an interface endpoint in {counted(len(places), 'Availability Zone')} "
        f"({listed(places)}), past the NAT gateways",
        f"interface endpoint for {destination}",
        before=0,
        after=len(places),
        new=(name,),
        risks=() if service else (Risk.VENDOR_SUPPORT,),
        needs=(
            f"AWS offers an interface endpoint for {network.destinations[destination].host}"
            if service
            else f"the owner of {destination} offers it over PrivateLink",
        ),
        prices=("interface-endpoint-hour",)
        + (("interface-endpoint-gigabyte", "nat-gateway-gigabyte") if moved else ()),
        notes=("its connections still take entries of the Hyperplane ENIs",),
    )
    endpoint = Endpoint(name, HopKind.INTERFACE_ENDPOINT, (destination,), tuple(places))
    return Step(with_network(scenario, endpoints={name: endpoint, **network.endpoints}), change)

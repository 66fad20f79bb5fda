"""What is asked of the network: as people answered it before, else stand-ins with questions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from narrows.declared.described import Described
from narrows.declared.imported.destinations import INTERNET, PORT
from narrows.declared.imported.text import Remarks
from narrows.demand import Connections, Curve, Demand, FunctionDemand, OtherConnections
from narrows.limits import CONCURRENT_EXECUTIONS
from narrows.network import Destination, HopKind, Network
from narrows.scenario import Scenario
from narrows.scenario.shape import ScenarioPart

INSIDE = "inside-vpc"
"""What stands in for the destinations of functions that do not get out."""
_WHAT_INSIDE = "no way out is in these files: what is called inside of the VPC: name, port, and how many addresses?"
_WHAT_THEY_CALL = "what do the functions call: name, port, and how many addresses are behind it?"
_HOW_MANY = "how many connections does each environment open, and to what?"


@dataclass
class Asking:
    """Fills in who connects to what.

    Args:
        network: without destinations of anybody's own.
        answers: a scenario in which it was filled in before.
    """

    network: Network
    described: Described
    answers: Scenario | None
    remarks: Remarks
    told: list[str]
    """What of the answers does not fit any more."""

    def asked(self) -> tuple[Network, Demand]:
        """The network with everything that people say of it, and the demand."""
        before = self.answers
        functions = {name: self._demand(name, before) for name in self.network.functions}
        used = {use.to for demand in functions.values() for use in demand.connections}
        if INTERNET in used:
            self._internet()
        elif before is None and functions:
            destinations = dict(self.network.destinations)
            destinations.pop(INTERNET, None)
            self.network = replace(self.network, destinations=destinations)
        others: Mapping[str, tuple[OtherConnections, ...]] = {}
        if before is not None:
            for name in before.network.functions:
                if name not in self.network.functions:
                    self.told.append(f"there is no function {name} any more")
            others = self._others(before)
            self._proxies(before)
            self._versions(before)
        duration, seed = (
            (ScenarioPart.model_fields["duration"].default, 0)
            if before is None
            else (before.demand.duration, before.demand.seed)
        )
        return self.network, Demand(duration, functions, others, seed)

    def _demand(self, name: str, before: Scenario | None) -> FunctionDemand:
        if before is not None and name in before.network.functions:
            return before.demand.functions[name]
        if not self.network.functions[name].subnets:
            # Nothing of it is in a table of the network: to ask how much would be to ask for nothing.
            self.remarks.say(("demand", name, "environments"), "in no VPC: none of these tables is filled by it")
            return FunctionDemand((), Curve.constant(0.0))
        place = ("functions", name, "connections", 0)
        self.remarks.ask((*place, "per_environment"), _HOW_MANY)
        to = self._within_reach(name)
        return FunctionDemand((Connections(to),), Curve.constant(float(self._environments(name))))

    def _within_reach(self, function: str) -> str:
        """What stands in for the destination of a function: the internet where it gets there; else the service of an
        endpoint, or something inside of the VPC on a port that its security groups let out."""
        if self._reaches(function, Destination(INTERNET, PORT, ())):
            return INTERNET
        for endpoint in self.network.endpoints.values():
            for to in endpoint.destinations:
                if to in self.network.destinations and self._reaches(function, self.network.destinations[to]):
                    return to
        for port in self._ports(function):
            inside = Destination(INSIDE if port == PORT else f"{INSIDE}-{port}", port, (), local=True)
            if self._reaches(function, inside):
                destinations = {**self.network.destinations, inside.name: inside}
                self.network = replace(self.network, destinations=destinations)
                self.remarks.ask(("destinations", inside.name), _WHAT_INSIDE)
                return inside.name
        return INTERNET

    def _reaches(self, function: str, target: Destination) -> bool:
        caller = self.network.functions[function]
        places = (self.network.subnets[name] for name in caller.subnets)
        return any(self.network.way_out(caller, place, target)[1] is None for place in places)

    def _ports(self, function: str) -> tuple[int, ...]:
        """HTTPS, and the lowest port that a security group of a function lets out, where one says which."""
        groups = (self.network.security_groups.get(name) for name in self.network.functions[function].security_groups)
        said = [port for group in groups if group is not None for port in group.egress_ports or ()]
        return tuple(dict.fromkeys((PORT, *sorted(said)[:1])))

    def _environments(self, name: str) -> int:
        place = ("demand", name, "environments")
        for words in self.described.invoked_by.get(name, ()):
            self.remarks.say(place, words)
        provisioned = self.described.provisioned.get(name)
        if provisioned:
            self.remarks.say(place, f"provisioned concurrency is {provisioned:,}")
        reserved = self.network.functions[name].reserved_concurrency
        if reserved is not None:
            self.remarks.say(place, "its reserved concurrency")
            return reserved
        most = CONCURRENT_EXECUTIONS.value
        text = f"how many environments at the peak? {most:,} is Lambda's default for a whole account"
        self.remarks.ask(place, text)
        return most

    def _internet(self) -> None:
        if INTERNET not in self.network.destinations:
            destinations = {**self.network.destinations, INTERNET: Destination(INTERNET, PORT, ())}
            self.network = replace(self.network, destinations=destinations)
        if self.answers is None or INTERNET not in self.answers.network.destinations:
            self.remarks.ask(("destinations", INTERNET), _WHAT_THEY_CALL)

    def _others(self, before: Scenario) -> dict[str, tuple[OtherConnections, ...]]:
        kept = {}
        for name, other in before.network.others.items():
            if other.route in self.network.nat_gateways:
                kept[name] = other
            else:
                self.told.append(f"there is no NAT gateway {other.route} any more, by which {name} leaves")
        self.network = replace(self.network, others=kept)
        return {name: uses for name, uses in before.demand.others.items() if name in kept}

    def _proxies(self, before: Scenario) -> None:
        """A proxy of one's own is nothing that is declared."""
        endpoints = before.network.endpoints
        proxies = {name: endpoint for name, endpoint in endpoints.items() if endpoint.kind is HopKind.PROXY}
        self.network = replace(self.network, endpoints={**self.network.endpoints, **proxies})

    def _versions(self, before: Scenario) -> None:
        """Versions that are published with another VPC configuration: files only say the latest."""
        functions = dict(self.network.functions)
        for name in self.network.functions:
            old = before.network.functions.get(name)
            for subnets, groups in () if old is None else old.versions:
                if set(subnets) <= self.network.subnets.keys():
                    functions[name] = replace(functions[name], versions=(*functions[name].versions, (subnets, groups)))
                else:
                    self.told.append(f"a version of {name} is in a subnet that is not there any more")
        self.network = replace(self.network, functions=functions)

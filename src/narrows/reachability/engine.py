"""Answers for functions, subnets and destinations: every address walked, each answer worked out once."""

from __future__ import annotations

from dataclasses import dataclass, replace

from narrows.addresses import block as parsed
from narrows.addresses import is_private
from narrows.reachability.answers import Answer, Obstacle, Reach, both
from narrows.reachability.answers import Block as Blocked
from narrows.reachability.configuration import Configuration, Place, Service
from narrows.reachability.passing import Target
from narrows.reachability.walk import Walk

_ANYWHERE = {4: parsed("0.0.0.0/0"), 6: parsed("::/0")}
_INSIDE = frozenset(("internal", "local", "localdomain", "lan", "corp", "home", "private", "intranet", "arpa"))
"""Last parts of names that no public resolver answers (RFC 6762, RFC 8375, ICANN's list of name collisions)."""
_UNTOLD = frozenset({"case.yaml"})
"""What is missing where the addresses of a destination are not known."""
_OWN_NAMES = frozenset(("s3", "execute-api", "ecr"))
"""Services of AWS whose public names have more in front than their own: buckets, APIs, registries."""
_FUNCTION = "{function}"
"""What stands for the function in a reason: thousands share an answer."""
_MOST_ADDRESSES = 64
"""Of one destination that are walked: the others have blocks of their own in no case that people write."""


@dataclass(frozen=True, slots=True)
class Goal:
    """A destination."""

    name: str
    host: str | None
    port: int
    """0 where it is not known."""
    protocol: str
    addresses: tuple[str, ...]


class Reachability:
    """How far connections get in a configuration."""

    def __init__(self, config: Configuration) -> None:
        self.config = config
        self._answers: dict[tuple[tuple[str, ...], str, Goal, bool], Answer] = {}

    def answer(self, function: str, groups: tuple[str, ...], subnet: str, goal: Goal, dual_stack: bool) -> Answer:
        """How far connections get.

        Args:
            function: its name, for the reason.
            groups: its security groups, sorted.
            dual_stack: whether it may use IPv6.
        """
        key = groups, subnet, goal, dual_stack
        found = self._answers.get(key)
        if found is None:
            found = self._answers[key] = self._work_out(*key)
        block = found.block
        if block is None or _FUNCTION not in block.text:
            return found
        return replace(found, block=replace(block, text=block.text.replace(_FUNCTION, function)))

    def into_internet(self, groups: tuple[str, ...], subnet: str) -> Answer:
        """How far connections to public addresses get, whichever they are: over IPv4, to port 443."""
        place = self.config.places.get(subnet)
        if place is None or place.vpc is None:
            return Answer(Reach.UNKNOWN, missing=frozenset({"subnets"}))
        outside = Target("the internet", _ANYWHERE[4], 443, "tcp", None, outside=True, public=True)
        return self._walk(groups, subnet, outside, place)

    def _work_out(self, groups: tuple[str, ...], subnet: str, goal: Goal, dual_stack: bool) -> Answer:
        config = self.config
        place = config.places.get(subnet)
        via = config.via.get(goal.name, ())
        if goal.name in config.out_of_order:
            endpoint, state = config.out_of_order[goal.name]
            return Answer(Reach.BLOCKED, Blocked(Obstacle.ENDPOINT_STATE, f"{endpoint} is {state}", endpoint))
        proxy = next((one for one in via if not one.startswith("vpce-")), None)
        if proxy is not None:
            # Where a proxy stands, and at which port, no case says: it is shut off where every address and port is.
            return self._shut(groups, subnet, replace(goal, port=0), dual_stack) or Answer(Reach.BEYOND, None, proxy)
        if place is None or place.vpc is None:
            # Its own addresses are not known: the destination may stand in it, and no network ACL between them.
            unknown = Answer(Reach.UNKNOWN, missing=frozenset({"subnets"}))
            return self._shut(groups, subnet, goal, dual_stack) or unknown
        mine = [one for one in config.services if one.vpc in (None, place.vpc)]
        through = [
            one
            for one in mine
            if not one.by_route and (goal.name in one.own_names or (one.private_dns and goal.name in one.names))
        ]
        if through:
            return both([self._to_service(groups, place, goal, one) for one in through])
        own_name = ".vpce." in (goal.host or "").lower()
        if "vpc-endpoints" not in config.known and _is_of_aws(goal.host) and (own_name or not _all_private(goal)):
            return Answer(Reach.UNKNOWN, missing=frozenset({"vpc-endpoints"}))
        by_route = next((one for one in mine if one.by_route and goal.name in one.names | one.own_names), None)
        goal = self._from(place, goal)
        answer = self._to_addresses(groups, place, goal, dual_stack, by_route)
        if answer.reach is Reach.BLOCKED and answer.block is not None and answer.block.kind.is_of_route:
            return replace(answer, block=self._endpoint_at_fault(answer.block, place, goal, mine, by_route))
        return answer

    def _from(self, place: Place, goal: Goal) -> Goal:
        """A destination at the addresses that its name stands for in a subnet."""
        there = self.config.in_zone.get(goal.name, {}).get(place.zone or "")
        return replace(goal, addresses=there) if there else goal

    def _endpoint_at_fault(
        self, block: Blocked, place: Place, goal: Goal, services: list[Service], by_route: Service | None
    ) -> Blocked:
        """What blocks, told as the fault of the endpoint that the destination should be reached through."""
        asleep = next((one for one in services if not one.by_route and goal.name in one.names), None)
        if asleep is not None and not _all_private(goal):
            text = f"{asleep.service} ({asleep.id}) has private DNS off, so its name leads out of the VPC, and {block}"
            return Blocked(Obstacle.PRIVATE_DNS, text, asleep.id)
        if by_route is not None:
            text = f"{by_route.service} ({by_route.id}) is not in the route table of {place.id}, and {block}"
            return Blocked(Obstacle.ENDPOINT_ROUTE, text, place.id)
        return block

    def _to_service(self, groups: tuple[str, ...], place: Place, goal: Goal, service: Service) -> Answer:
        """Through an interface endpoint: to the address of any of its interfaces."""
        config = self.config
        known = [config.nic_addresses.get(one, ()) for one in service.interfaces]
        four = [block for blocks in known for block in blocks if block.version == 4]
        there = service.groups or None
        if service.interfaces and all(known) and four:
            blocks = four
        else:
            blocks = [
                block
                for name in service.subnets
                if (standing := config.places.get(name)) and (block := standing.block(4))
            ]
            if len(blocks) < len(service.subnets) or not blocks or there is None:
                return Answer(Reach.UNKNOWN, missing=frozenset({"network-interfaces", "subnets"}))
        return both(
            [
                self._walk(groups, place.id, Target(goal.name, one, goal.port, goal.protocol, groups=there), place)
                for one in blocks
            ]
        )

    def _to_addresses(
        self, groups: tuple[str, ...], place: Place, goal: Goal, dual_stack: bool, by_route: Service | None
    ) -> Answer:
        alike = () if goal.addresses else self.config.alike.get(goal.name, ())
        if alike:
            found = self._to_addresses(groups, place, replace(goal, addresses=alike), dual_stack, by_route)
            # Which of them it is nobody says.
            return Answer(Reach.UNKNOWN, missing=_UNTOLD) if found.reach is Reach.PARTLY else found
        if not goal.addresses:
            return self._to_unknown(groups, place, goal, dual_stack, by_route)
        addresses = [parsed(one) for one in goal.addresses[:_MOST_ADDRESSES]]
        usable = [one for one in addresses if one.version == 4 or dual_stack]
        if not usable:
            text = f"{goal.name} has IPv6 addresses only, and {_FUNCTION} is not allowed IPv6"
            return Answer(Reach.BLOCKED, Blocked(Obstacle.NO_IPV6, text, place.id, "functions"))
        answers = []
        for one in usable:
            if one.version == 6 and place.blocks and place.block(6) is None:
                text = f"{place.id} has no IPv6 addresses, and {goal.name} is reached over IPv6"
                answers.append(Answer(Reach.BLOCKED, Blocked(Obstacle.NO_IPV6, text, place.id)))
                continue
            target = Target(goal.name, one, goal.port, goal.protocol, by_route)
            answers.append(self._walk(groups, place.id, target, place))
        found = both(answers)
        if len(addresses) < len(goal.addresses) and found.reach is not Reach.PARTLY:
            return replace(found, reach=Reach.UNKNOWN, block=None)
        return found

    def _to_unknown(
        self, groups: tuple[str, ...], place: Place, goal: Goal, dual_stack: bool, by_route: Service | None
    ) -> Answer:
        """To an address that the case does not say: it is blocked where every address is, and never open but for a
        service's own name, which is public."""
        if _is_service(goal.host):
            outside = Target(goal.name, _ANYWHERE[4], goal.port, goal.protocol, by_route, outside=True, public=True)
            return self._walk(groups, place.id, outside, place)
        # Whether it is a private one, with a way of its own, or a public one, no case says.
        shut = self._shut(groups, place.id, goal, dual_stack)
        if shut is not None:
            return shut
        if not _looks_public(goal.host):
            return Answer(Reach.UNKNOWN, missing=_UNTOLD)
        outside = Target(goal.name, _ANYWHERE[4], goal.port, goal.protocol, by_route, outside=True, public=True)
        return replace(self._walk(groups, place.id, outside, place), if_public=True)

    def _shut(self, groups: tuple[str, ...], subnet: str, goal: Goal, dual_stack: bool) -> Answer | None:
        """The block, where no security group of the function lets anything out to the destination, wherever it is."""
        by_route = next((one for one in self.config.services if one.by_route and goal.name in one.names), None)
        found = None
        for version in (4, 6) if dual_stack else (4,):
            target = Target(goal.name, _ANYWHERE[version], goal.port, goal.protocol, by_route, outside=True)
            found = self._walk(groups, subnet, target, None)
            if found.block is None or found.block.kind is not Obstacle.EGRESS:
                return None
        return found

    def _walk(self, groups: tuple[str, ...], subnet: str, target: Target, place: Place | None) -> Answer:
        version = target.block.version
        known = self.config.lambda_addresses.get((subnet, groups), ())
        sources = [one for one in known if one.version == version] or [
            (place.block(version) if place else None) or _ANYWHERE[version]
        ]
        answers = [Walk(self.config, subnet, groups, one, target).answer() for one in sources]
        return answers[0] if len(answers) == 1 else both(answers)


def _looks_public(host: str | None) -> bool:
    """Whether a name is of a kind that people give to what is in the internet, and none that AWS gave."""
    labels = (host or "").lower().rstrip(".").split(".")
    return len(labels) > 1 and labels[-1] not in _INSIDE and not _is_of_aws(host)


def _is_of_aws(host: str | None) -> bool:
    return host is not None and host.lower().rstrip(".").removesuffix(".cn").endswith(".amazonaws.com")


def _is_service(host: str | None) -> bool:
    """Whether a name is a service's own, which is public: ``sqs.us-east-1.amazonaws.com``, a bucket."""
    if host is None or not _is_of_aws(host):
        return False
    labels = host.lower().rstrip(".").removesuffix(".cn").split(".")
    # SERVICE.REGION.amazonaws.com, or the one of all Regions: SERVICE.amazonaws.com.
    return len(labels) in (3, 4) or not _OWN_NAMES.isdisjoint(labels[:-2])


def _all_private(goal: Goal) -> bool:
    return bool(goal.addresses) and all(is_private(parsed(one)) for one in goal.addresses)

"""What is declared, as a case: the network that the case reader makes of AWS's answers, and which id is whose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from narrows.case.model import Callers, Case, KnownDestination, Metrics
from narrows.case.reading.aws_files import AWS_FILES, Resources
from narrows.case.reading.aws_json import Record
from narrows.case.reading.case_yaml import CaseYaml
from narrows.case.reading.folder import CaseFolder
from narrows.case.reading.located import locate
from narrows.case.reading.regions import the_region
from narrows.case.reading.topology import read_topology
from narrows.declared.described import Described, describe
from narrows.declared.described.told import Question
from narrows.declared.doubts import Doubt, doubts_about_ways
from narrows.declared.model import Declared, Place
from narrows.errors import InputError
from narrows.network import Egress
from narrows.reachability.configuration import Configuration

if TYPE_CHECKING:
    from narrows.case.model import Topology
    from narrows.network import Network


@dataclass(frozen=True)
class DescribedAccount:
    """An account in which everything that is declared is there."""

    declared: Declared
    described: Described
    case: Case
    """Read from the answers: its network has AWS's ids as names, and functions by their names."""
    doubts: Mapping[str, Doubt]
    """By subnet id why it is not certain where its default route leads. Where nothing is even assumed, the network
    says that it is not known."""

    @property
    def network(self) -> Network:
        """The network of the case."""
        return self.case.topology.network

    @property
    def configuration(self) -> Configuration:
        """Its routes and rules, by AWS's ids."""
        return _configuration(self.case.topology)

    @property
    def questions(self) -> tuple[Question, ...]:
        """What the files leave open."""
        return self.described.questions

    @property
    def id_of(self) -> Mapping[str, str]:
        """The id of each resource by its address; of a function its name."""
        return self.described.ids.of

    @property
    def address_of(self) -> Mapping[str, str]:
        """The address of each resource by its id; of a function by its name."""
        return self.described.ids.address

    def place_of(self, id: str) -> Place | None:
        """Where what has this id, or function name, is declared; None for what AWS makes by itself."""
        address = self.address_of.get(id)
        return None if address is None else self.described.ids.resource[address].place


def account_of(
    declared: Declared,
    destinations: Mapping[str, KnownDestination] | None = None,
    via: Mapping[str, tuple[str, ...]] | None = None,
    region: str | None = None,
    one_region: bool = True,
) -> DescribedAccount:
    """What is declared, read as a case is.

    Args:
        destinations: what functions connect to, which no file says.
        via: for some of them the VPC endpoints (by id) that they go through.
        region: of the account, where the files do not name any.
        one_region: whether files of several Regions are an error; else they are read as if they were of one, which
            routes and rules do not care about.

    Raises:
        InputError: something is declared that AWS cannot have, such as a block that is none; with file and address.
    """
    described = describe(declared, region)
    folder = _InMemory()
    resources = _resources(declared, described)
    known = (_the_region(resources, region) if one_region else None) or region or declared.region
    about = CaseYaml(known, None, (), destinations or {}, via or {})
    located = locate(about.destinations, ())
    topology = read_topology(folder, resources, about, located, known)
    doubts = doubts_about_ways(declared, described.ids, _configuration(topology))
    case = _case(folder, known, located.destinations, _without_what_is_not_known(topology, doubts))
    return DescribedAccount(declared, described, case, doubts)


def _configuration(topology: Topology) -> Configuration:
    reachability = topology.network.reachability
    return Configuration() if reachability is None else reachability.config


def _case(
    folder: CaseFolder, region: str | None, destinations: Mapping[str, KnownDestination], topology: Topology
) -> Case:
    """A case that knows the network, and nothing that happened in it."""
    return Case(
        folder=folder.root,
        region=region,
        window=None,
        functions=tuple(topology.network.functions),
        destinations=destinations,
        reported="",
        topology=topology,
        quotas={},
        metrics=Metrics(),
        callers=Callers(),
        notes=folder.notes,
    )


def _the_region(resources: Resources, region: str | None) -> str | None:
    """The Region that the resources name; ``region`` is the one that is asked for."""
    try:
        known = the_region(None, resources)
    except InputError as error:
        advice = "name the Region with --region, and give the parameters or variables that name its zones"
        raise InputError(error.problem, file=error.file, place=error.place, advice=advice) from None
    if region and known not in (None, region):
        raise InputError(f"is {region}, but the files are of {known}", place="--region")
    return known


def _without_what_is_not_known(topology: Topology, doubts: Mapping[str, Doubt]) -> Topology:
    """Subnets whose default route nothing says have none that is known, and not none at all."""
    subnets = {
        id: replace(subnet, route=Egress.UNKNOWN) if id in doubts and not doubts[id].assumed else subnet
        for id, subnet in topology.network.subnets.items()
    }
    return replace(topology, network=replace(topology.network, subnets=subnets))


class _InMemory(CaseFolder):
    """A case that is in no folder."""

    def __init__(self) -> None:
        self.root = Path()
        self._notes = {}

    def source(self, file: Path) -> str:
        """A file as notes name it: the user's own."""
        return str(file)


def _resources(declared: Declared, described: Described) -> Resources:
    """The answers as the reader of cases takes them, each with its place in the user's files."""
    of: dict[str, list[Record]] = {}
    sources: dict[str, str] = {}
    for kind, answers in described.answers.items():
        key = AWS_FILES[kind].id
        records = []
        for answer in answers:
            address = described.ids.address.get(str(answer[key]))
            place = Place(declared.source) if address is None else described.ids.resource[address].place
            records.append(Record(answer, Path(place.file), place.in_file(address or str(answer[key]))))
        of[kind] = records
        sources[kind] = declared.source
    return Resources(of, sources)

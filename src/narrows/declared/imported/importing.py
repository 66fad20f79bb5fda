"""A scenario out of what is declared: what is known filled in, the rest asked beside a value that stands in for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from narrows.assumptions import Assumptions
from narrows.declared import resource_types
from narrows.declared.account import DescribedAccount, account_of
from narrows.declared.described import Described, describe, region_of
from narrows.declared.described.told import Question
from narrows.declared.imported.asking import Asking
from narrows.declared.imported.destinations import Asked, of_answers, probes, services
from narrows.declared.imported.names import Names, names_of, renamed
from narrows.declared.imported.remarking import paths, say_all
from narrows.declared.imported.settling import Settling
from narrows.declared.imported.text import Path, Remarks, commented
from narrows.declared.imported.written import data_of
from narrows.declared.model import Declared
from narrows.errors import InputError
from narrows.network import Network, NetworkError
from narrows.network_checks import check
from narrows.scenario import Scenario, parse_scenario
from narrows.scenario.shape import ScenarioPart

_DEFAULTS = ScenarioPart.model_fields
"""What a scenario has that does not say it."""


@dataclass(frozen=True)
class Imported:
    """What an import makes."""

    scenario: Scenario
    text: str
    """The scenario as YAML, with its questions."""
    questions: int
    told: tuple[str, ...]
    """What of earlier answers does not fit any more."""
    names: Mapping[str, str]
    """By id what the scenario calls it."""
    account: DescribedAccount
    addresses: Mapping[Path, str]
    """By the path of a resource in the scenario, ``("vpc", "subnets", "private-a")``, its address in the files."""


def import_scenario(
    declared: Declared, answers: Scenario | None = None, region: str | None = None, name: str = "imported"
) -> Imported:
    """The scenario of what is declared.

    Args:
        answers: a scenario that was imported before and filled in: what no file says is taken from it.
        region: where the files name none.
        name: of the scenario.

    Raises:
        InputError: something is declared that AWS cannot have.
    """
    remarks, told = Remarks(), list[str]()
    if region is None and region_of(declared) is None:
        region = _DEFAULTS["region"].default if answers is None else answers.network.region
        if answers is None:
            remarks.ask(("region",), "of which Region? Say it with --region: prices and names of services depend on it")
    described = describe(declared, region)
    asked = services(described) if answers is None else _of_answers(declared, described, answers, region)
    account = account_of(declared, asked.known, asked.via, region)
    names = names_of(account)
    network = renamed(_with_ports(account, asked, region), names)
    network = replace(network, destinations=dict(asked.destinations), others={})
    answered = None if answers is None else answers.network
    doubts = {names.subnets[id]: doubt for id, doubt in account.doubts.items()}
    network = Settling(network, _of_functions(account), answered, remarks, doubts).settled()
    network, demand = Asking(network, described, answers, remarks, told).asked()
    _check(account, names, network)
    scenario = Scenario(
        name if answers is None else answers.name,
        network,
        demand,
        Assumptions() if answers is None else answers.assumptions,
        _DEFAULTS["start"].default if answers is None else answers.start,
    )
    say_all(account, names, network, asked, remarks, told)
    text = commented(data_of(scenario, asked, remarks), remarks)
    addresses = {path: address for address, path in paths(account, names, network).items()}
    return Imported(parse_scenario(text), text, remarks.questions, tuple(told), names.all, account, addresses)


def _of_answers(declared: Declared, described: Described, answers: Scenario, region: str | None) -> Asked:
    names = names_of(account_of(declared, region=region))
    return of_answers(answers, described, {name: id for id, name in names.endpoints.items()})


def _with_ports(account: DescribedAccount, asked: Asked, region: str | None) -> Network:
    """The network with every port of which some rule of a security group or network ACL says something."""
    network = account.network
    more = probes(account.described, asked.known)
    read = account_of(account.declared, {**asked.known, **more}, asked.via, region).network
    subnets = {
        name: replace(subnet, denied_ports=read.subnets[name].denied_ports) for name, subnet in network.subnets.items()
    }
    return replace(network, subnets=subnets, security_groups=read.security_groups)


def _of_functions(account: DescribedAccount) -> dict[str, list[Question]]:
    """What the files leave open of each function, by its name."""
    questions: dict[str, list[Question]] = {}
    for question in account.questions:
        if question.kind == resource_types.FUNCTION:
            questions.setdefault(account.id_of[question.address], []).append(question)
    return questions


def _check(account: DescribedAccount, names: Names, network: Network) -> None:
    """Refuse what AWS would, at its place in the user's files."""
    try:
        check(network)
    except NetworkError as error:
        by_path = {path: address for address, path in paths(account, names, network).items()}
        address = next((by_path[error.place[:length]] for length in (3, 2) if error.place[:length] in by_path), None)
        if address is None:
            raise InputError(str(error), file=account.declared.source, advice=error.advice) from None
        place = account.described.ids.resource[address].place
        raise InputError(str(error), file=place.file, place=place.in_file(address), advice=error.advice) from None

"""One fitting plan: the ENI stage, then the NAT stage, then the check that everything holds.

New subnets leave the shares of the NAT gateways as they are, and what happens to NAT gateways leaves the ENIs as they
are. So the cheapest of each stage together are the cheapest plan.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from narrows.network import Network
from narrows.plan.actions import Action, Change, Risk
from narrows.plan.changes import add_subnets, split_security_groups
from narrows.plan.enis import Widened, add_enough_subnets
from narrows.plan.nat import widen_nat
from narrows.plan.peak import Peak, measure
from narrows.plan.routing import count_enis
from narrows.plan.splitting import split_enough
from narrows.plan.tables import WIDENED, all_tables
from narrows.plan.terms import Terms
from narrows.scenario import Scenario
from narrows.tables import Table


@dataclass(frozen=True)
class Solution:
    """Changes under which every table holds the peak."""

    scenario: Scenario
    """The network after the changes, and the demand."""
    peak: Peak
    changes: tuple[Change, ...]
    tables: tuple[Table, ...]
    new_enis: int
    exact: bool = True
    score: tuple[int, int, int, int, tuple[str, ...]] = field(init=False)
    """Cents a month, weight of the risks, new ENIs, number of changes, and the actions' names: less is better."""

    def __post_init__(self) -> None:
        object.__setattr__(
            self,
            "score",
            (
                sum(change.monthly_cents for change in self.changes),
                sum(risk.weight for change in self.changes for risk in change.risks),
                self.new_enis,
                len(self.changes),
                tuple(change.action.id for change in self.changes),
            ),
        )

    @property
    def risks(self) -> tuple[Risk, ...]:
        """Every risk of the changes, once."""
        return tuple(dict.fromkeys(risk for change in self.changes for risk in change.risks))

    @property
    def actions(self) -> frozenset[Action]:
        """The actions that it takes."""
        return frozenset(change.action for change in self.changes)


def solve(
    scenario: Scenario,
    peak: Peak,
    terms: Terms,
    *,
    before: Sequence[Change] = (),
    prefer: Action | None = None,
    today: Network | None = None,
    enis: Widened | None = None,
) -> Solution | None:
    """The cheapest changes after which every table holds; None where there are none.

    Args:
        peak: of the scenario.
        before: changes that the scenario has gone through already.
        prefer: take this action in its stage wherever it helps, whatever it costs.
        today: the network before any change; that of ``scenario`` when left out.
        enis: the outcome of the ENI stage, where it is known.
    """
    if enis is None:
        enis = widen_enis(scenario, peak, terms, prefer)
    if enis is None:
        return None
    if enis.scenario.demand is not scenario.demand:
        peak = measure(enis.scenario.network, enis.scenario.demand, scenario.assumptions, terms.measured)
    new = [name for change in (*before, *enis.changes) for name in change.new]
    nat = widen_nat(enis.scenario, peak, terms, prefer, new)
    if nat is None:
        return None
    tables = all_tables(nat.scenario.network, peak, scenario.assumptions, terms.routing)
    # What no change of the network widens is no reason to leave the rest as it is.
    if not all(table.fits(terms.headroom) for table in tables if table.kind in WIDENED):
        return None
    return Solution(
        nat.scenario,
        peak,
        (*before, *enis.changes, *nat.changes),
        tables,
        count_enis(nat.scenario.network) - count_enis(today or scenario.network),
        enis.exact and nat.exact,
    )


def widen_enis(scenario: Scenario, peak: Peak, terms: Terms, prefer: Action | None = None) -> Widened | None:
    """The ENI stage: subnets, and security groups where these do not suffice or are preferred."""
    if prefer is split_security_groups.ACTION:
        return split_enough(scenario, peak, terms)
    widened, beyond = add_enough_subnets(scenario, peak, terms)
    if not beyond:
        return widened
    if prefer is add_subnets.ACTION:
        return None
    # A split asks for two configurations to be kept alike, so it comes only where a function has no subnet left to add.
    rest = split_enough(widened.scenario, peak, terms)
    if rest is None:
        return None
    return Widened(rest.scenario, (*widened.changes, *rest.changes), widened.exact and rest.exact)

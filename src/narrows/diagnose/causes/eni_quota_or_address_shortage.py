"""``eni-quota-or-address-shortage``: Lambda cannot create a Hyperplane ENI, for want of quota or of addresses."""

from __future__ import annotations

from collections.abc import Sequence

from narrows.diagnose.cause import Cause, Mechanism
from narrows.diagnose.collecting import function_states, quotas, topology
from narrows.diagnose.model import BoundLimit, Need, Observed, Status
from narrows.diagnose.weighing import FAIR, Examination
from narrows.evidence.facts import Facts
from narrows.limits import LAMBDA_ENIS_PER_VPC
from narrows.listing import counted

_CODES = {
    "EniLimitExceeded": "eni-quota",
    "SubnetOutOfIPAddresses": "addresses",
}
"""StateReasonCode and LastUpdateStatusReasonCode of Lambda that say it (botocore, lambda 2015-03-31)."""
_NEAR = 0.98
"""Share of the quota at which it is used up: what is listed and what is counted differ a little."""


def examine(facts: Facts) -> Examination:
    """Lambda says it in the function's state; free addresses and quotas show how near it is."""
    found = Examination("eni-quota-or-address-shortage")
    topo = facts.case.topology
    if facts.ways.complete and not facts.ways.keys:
        found.excludes("No function in question is attached to a VPC.", facts.source("functions"))
        return found
    for name in facts.case.functions:
        state = topo.function_states.get(name)
        if state is None:
            continue
        for what, value, code in (
            ("State", state.state, state.state_reason_code),
            ("LastUpdateStatus", state.last_update_status, state.last_update_reason_code),
        ):
            if code in _CODES:
                found.mechanism, found.resource = _CODES[code], name
                found.proves(f"{what} of {name} is {value or 'unknown'}, for the reason {code}.", state.source)
    _addresses(found, facts)
    _quota(found, facts)
    unsaid = _without_state(facts)
    _nothing(found, facts, unsaid)
    if found.status() is not Status.CONFIRMED:
        found.needs(function_states(facts, unsaid, "the reason codes of a function's state confirm a shortage"))
    return found


def _without_state(facts: Facts) -> list[str]:
    """The functions in a VPC of which the case tells no state, and that did not run: ListFunctions tells none."""
    topo = facts.case.topology
    listed = [topo.network.functions[name] for name in facts.case.functions if name in topo.network.functions]
    said = {name for name, state in topo.function_states.items() if state.is_known}
    said |= {one.name for one in listed if _ran(facts, one.name)}
    return [one.name for one in listed if one.subnets and one.name not in said]


def _ran(facts: Facts, function: str) -> bool:
    """Whether it was invoked within the window: then it is active."""
    invocations = facts.function_metric("Invocations", function, ("Sum",))
    logged = any(one.function == function and one.ended for one in facts.case.callers.invocations)
    return logged or (invocations is not None and invocations.total > 0)


def _addresses(found: Examination, facts: Facts) -> None:
    if "subnets" not in facts.case.topology.known:
        return
    subnets = facts.case.topology.network.subnets
    empty = [key.subnet for key in facts.ways.keys if key.subnet in subnets and subnets[key.subnet].free_addresses == 0]
    for name in dict.fromkeys(empty):
        found.mechanism, found.resource = found.mechanism or "addresses", found.resource or name
        whom = f" for {found.resource}" if found.resource != name else ""
        found.reason = f"Lambda can create no further Hyperplane ENI{whom}: {name} has no free IPv4 address"
        found.supports(
            f"{facts.label(name)} has no free IPv4 address: Lambda can add no ENI in it.", facts.source("subnets"), FAIR
        )


def _quota(found: Examination, facts: Facts) -> None:
    topo = facts.case.topology
    code = LAMBDA_ENIS_PER_VPC.quota_code or ""
    applied = facts.case.quotas.get(code)
    limit = LAMBDA_ENIS_PER_VPC.value if applied is None else int(applied)
    if found.mechanism != "addresses":
        found.limit = BoundLimit.of(LAMBDA_ENIS_PER_VPC, limit)
    if "network-interfaces" not in topo.known:
        return
    enis = len(topo.enis)
    found.observed = Observed(enis, enis, "Hyperplane ENIs")
    if enis >= _NEAR * limit:
        found.mechanism = found.mechanism or "eni-quota"
        found.supports(
            f"{counted(enis, 'Hyperplane ENI is', 'Hyperplane ENIs are')} there, of {limit:,} that the quota {code} "
            "allows for each VPC.",
            facts.source("network-interfaces"),
            FAIR,
        )
        if applied is None:
            found.needs(quotas(facts, "lambda", f"the applied value of {code} tells whether the quota is used up"))


def _nothing(found: Examination, facts: Facts, unsaid: Sequence[str]) -> None:
    """Everything that could show a shortage is there, and shows none."""
    topo = facts.case.topology
    if found.evidence:
        return
    wanted = ("functions", "subnets", "network-interfaces")
    absent = [kind for kind in wanted if kind not in topo.known]
    if absent:
        found.needs(topology(facts, absent, "free addresses and ENIs show whether one can be added"))
        return
    subnets = topo.network.subnets
    free = [subnets[key.subnet].free_addresses for key in facts.ways.keys if key.subnet in subnets]
    text = (
        f"{counted(len(topo.enis), 'Hyperplane ENI is', 'Hyperplane ENIs are')} there and the fullest subnet has "
        f"{counted(min(free, default=0), 'free address', 'free addresses')}"
    )
    if not free:
        return
    if facts.ways.complete and not unsaid:
        found.excludes(f"{text}, and no function's state tells of a shortage.", facts.source("network-interfaces"))
    else:
        found.speaks_against(
            f"{text}, but what Lambda says of the functions' states is not in the case.", facts.source("subnets"), FAIR
        )


CAUSE = Cause(
    id="eni-quota-or-address-shortage",
    title="No further Hyperplane ENI",
    sentence="Lambda can create no further Hyperplane ENI for {resource}",
    remedy="Raise the quota, free addresses in the subnet, or let functions share security groups.",
    place=40,
    examine=examine,
    explains=(),
    needs=(Need.TOPOLOGY, Need.FUNCTION_STATES, Need.QUOTAS),
    mechanisms=(Mechanism("eni-quota"), Mechanism("addresses")),
)

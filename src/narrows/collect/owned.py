"""What is asked about the destinations that the account owns: each by its name, never everything of a service."""

from __future__ import annotations

from narrows.aws import questions
from narrows.aws.requests import Request
from narrows.case import Case
from narrows.case.reading.aws_files import Resources
from narrows.collect.wanted import Wanted
from narrows.evidence.owned import descriptions_of, metrics_of

_MOST_DESTINATIONS = 200
"""Of a case that are asked about: people name a few, log lines of failures some more."""
_ACCOUNT_PART = 4
"""Of an ARN."""


def to_describe(case: Case) -> list[Request]:
    """What tells which resources stand behind the names of destinations, and what those take, as far as it can be asked
    by what is known: the answers bring names that further ones need."""
    # Two names may be of one cluster: its file tells.
    return list({one.file: one for name in _names(case) for one in descriptions_of(case, name)}.values())


def to_measure(case: Case, wanted: Wanted, account: str | None, region: str, period: int) -> list[Request]:
    """The metrics of the destinations, once what stands behind their names is known.

    Args:
        account: twelve digits; None where it is not known.
        period: seconds.
    """
    queries = list(dict.fromkeys(query for name in _names(case) for query in metrics_of(case, name, account)))
    return [
        questions.metric_data(name, part, wanted.span, region, period)
        for name, part in questions.in_batches("destinations", queries)
    ]


def _names(case: Case) -> list[str]:
    return list(case.destinations)[:_MOST_DESTINATIONS]


def account_of(resources: Resources) -> str:
    """The account that the functions are in, by their ARNs; empty where they do not say one."""
    found = {arn.split(":")[_ACCOUNT_PART] for one in resources["functions"] if (arn := one.text("FunctionArn"))}
    (account, *others) = sorted(found) or [""]
    return account if account.isdecimal() and not others else ""

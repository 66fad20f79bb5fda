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


def owned_requests(case: Case, wanted: Wanted, account: str | None, region: str, period: int | None) -> list[Request]:
    """What tells how full the destinations of a case are, as far as it is known by now which resources they are.

    Args:
        account: twelve digits; None where it is not known.
        period: seconds; None where CloudWatch keeps nothing of the time any more.
    """
    names = list(case.destinations)[:_MOST_DESTINATIONS]
    # Two names may be of one cluster: its file tells.
    requests = list({one.file: one for name in names for one in descriptions_of(case, name)}.values())
    if period is not None:
        queries = list(dict.fromkeys(query for name in names for query in metrics_of(case, name, account)))
        requests += [
            questions.metric_data(name, part, wanted.span, region, period)
            for name, part in questions.in_batches("destinations", queries)
        ]
    return requests


def account_of(resources: Resources) -> str:
    """The account that the functions are in, by their ARNs; empty where they do not say one."""
    found = {arn.split(":")[_ACCOUNT_PART] for one in resources["functions"] if (arn := one.text("FunctionArn"))}
    (account, *others) = sorted(found) or [""]
    return account if account.isdecimal() and not others else ""

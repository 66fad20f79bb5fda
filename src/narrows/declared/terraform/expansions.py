"""What ``count`` and ``for_each`` make of a block."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from narrows.bounds import TERRAFORM_INSTANCES
from narrows.declared.model import Reference, Unknown
from narrows.declared.terraform import expressions as ex
from narrows.declared.terraform.configuration import Body
from narrows.declared.terraform.evaluate import Names
from narrows.declared.terraform.values import Found, SetOf, Uncounted, WrongError, whole, why_open

Key = str | int | None


@dataclass(frozen=True, slots=True)
class Expansion:
    """What ``count`` and ``for_each`` make of a block."""

    instances: Mapping[Key, Names]
    """The names that each has, ``count`` or ``each``, by its key; one of key None where the block has neither."""
    by: str = ""
    """``count``, ``for_each``, or empty where it has neither."""
    why: str = ""
    """Why it is not known which there are; one of key None stands for all then."""

    def of(self, make: Callable[[Key], Found]) -> Found:
        """What the block's name means, given what each of its instances does."""
        if self.why:
            return Uncounted(make(None), self.why)
        if self.by == "count":
            return tuple(make(key) for key in self.instances)
        if self.by == "for_each":
            return {str(key): make(key) for key in self.instances}
        return make(None)


def expanded(body: Body, find: Callable[[ex.Expression], Found]) -> Expansion:
    """What ``count`` or ``for_each`` in a body makes of its block, given what expressions come to."""
    if {"count", "for_each"} <= body.attributes.keys():
        return _uncounted("count", Unknown("for_each stands beside it, and Terraform takes only one of them"))
    if "count" in body.attributes:
        number = find(body.attributes["count"])
        if isinstance(number, Unknown | Reference):
            return _uncounted("count", number)
        try:
            many = whole(number)
        except WrongError as error:
            return _uncounted("count", Unknown(str(error)))
        if many < 0:
            return _uncounted("count", Unknown(f"{many} is less than 0"))
        # One more than are read is enough to be refused.
        many = min(many, TERRAFORM_INSTANCES + 1)
        return Expansion({at: {"count": {"index": at}} for at in range(many)}, "count")
    if "for_each" not in body.attributes:
        return Expansion({None: {}})
    over = find(body.attributes["for_each"])
    if isinstance(over, Mapping):
        return Expansion({key: {"each": {"key": key, "value": value}} for key, value in over.items()}, "for_each")
    if isinstance(over, SetOf) and all(isinstance(item, str) for item in over):
        return Expansion({str(item): {"each": {"key": item, "value": item}} for item in over}, "for_each")
    if isinstance(over, Unknown | Reference):
        return _uncounted("for_each", over)
    return _uncounted("for_each", Unknown("neither a map nor a set of text"))


def _uncounted(by: str, why: Unknown | Reference) -> Expansion:
    unknown = Unknown(f"{by} is not known")
    names: Names = {"count": {"index": unknown}, "each": {"key": unknown, "value": unknown}}
    return Expansion({None: names}, by, f"{by}: {why_open(why).why}")

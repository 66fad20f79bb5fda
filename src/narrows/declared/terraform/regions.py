"""The Region of what is read: providers under other names (``alias``) and single resources may be in others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from narrows.declared.model import Fault
from narrows.declared.terraform import expressions as ex
from narrows.declared.terraform.instances import Instance


def alias_of(provider: ex.Expression | None) -> str:
    """The alias in ``provider = aws.eu``, or in JSON's form of it; empty for the provider that has none."""
    match provider:
        case ex.Get(ex.Name("aws"), alias):
            return alias
        case ex.Literal(str(text)) if text.startswith("aws."):
            return text.removeprefix("aws.")
    return ""


def region_of(instances: Sequence[Instance], default: str | None) -> tuple[str | None, Fault | None]:
    """The Region of a scenario, and a fault where some of the instances are in others.

    Args:
        default: the Region of the provider that has no alias.
    """
    counted = Counter(instance.region for instance in instances if instance.region is not None)
    region = default if default in counted or not counted else counted.most_common(1)[0][0]
    elsewhere = [instance for instance in instances if instance.region not in (None, region)]
    if not elsewhere:
        return region, None
    first = elsewhere[0]
    which = first.address if len(elsewhere) == 1 else f"{first.address} and {len(elsewhere) - 1:,} more"
    where = " and ".join(sorted({instance.region for instance in elsewhere if instance.region is not None})[:4])
    text = f"a scenario is of one Region, {region} here, and {which} in {where}: delete from it what is not to be in it"
    return region, Fault(first.place, text)

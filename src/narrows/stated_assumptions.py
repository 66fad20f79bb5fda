"""Assumptions as people state them in YAML, in a scenario or in the case of one; and as answers print them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from narrows.assumptions import Assumptions, PrintedAssumption
from narrows.errors import did_you_mean, shown
from narrows.yaml_source import YamlSource

if TYPE_CHECKING:
    from rich.console import Console

KEY = "assumptions"


def assumptions_in(source: YamlSource, written: Mapping[str, Any]) -> Assumptions:
    """The assumptions that a scenario or a case states under ``assumptions``; what is not named keeps its default.

    Raises:
        InputError: there is no such assumption, or it cannot be so; with the place.
    """
    for name, value in written.items():
        place = (KEY, name)
        try:
            Assumptions.parse(name, value)
        except KeyError:
            advice = did_you_mean(name, Assumptions.names())
            raise source.error(place, f"unknown assumption {shown(name)}", advice) from None
        except ValueError as error:
            raise source.error(place, str(error)) from None
    return Assumptions.from_mapping(written)


class Assumed(NamedTuple):
    """What an answer assumed, as a person reads it: a title with its lines."""

    title: str
    lines: list[str]


def assumed(printed: Iterable[PrintedAssumption]) -> list[Assumed]:
    """Assumptions for a terminal or a page: what AWS does not document, then what the scenario does not say.

    Each line of the second is the key that says it, and the value that it has as long as nobody does.
    """
    every = list(printed)
    of_aws = [f"{one['id']}={one['value']}" for one in every if "say" not in one]
    unsaid = [f"{one['say']}: {one['value']}" for one in every if "say" in one]
    found = [
        Assumed("Assumed, since AWS does not document it", [", ".join(of_aws)] if of_aws else []),
        Assumed("Assumed, since the scenario does not say it", unsaid),
    ]
    return [section for section in found if section.lines]


def show_assumed(screen: Console, printed: Iterable[PrintedAssumption]) -> None:
    """Print what was assumed."""
    from rich.padding import Padding
    from rich.text import Text

    for title, lines in assumed(printed):
        screen.print()
        screen.print(Text(title, style="bold"))
        for line in lines:
            screen.print(Padding(Text(line, style="dim"), (0, 0, 0, 2), expand=False))

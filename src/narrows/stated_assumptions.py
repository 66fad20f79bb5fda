"""Assumptions as people state them in YAML: in a scenario, or in the case of one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from narrows.assumptions import Assumptions
from narrows.errors import did_you_mean, shown
from narrows.yaml_source import YamlSource

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

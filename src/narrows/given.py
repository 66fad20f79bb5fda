"""What the functions of the API are given: the thing itself, or the path that it is read from."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from narrows.opening import is_folder

if TYPE_CHECKING:
    from narrows.case.model import Case
    from narrows.scenario import Scenario


def given_case(value: object, function: str) -> Case:
    """A case, or the path of its folder. Raises ``TypeError`` for anything else, and as ``read_case``."""
    from narrows.case.model import Case

    if isinstance(value, Case):
        return value
    if isinstance(value, str | os.PathLike):
        from narrows.case import read_case

        return read_case(value)
    raise wrong(value, function, "a Case or the path of its folder")


def given_scenario(value: object, function: str) -> Scenario:
    """A scenario, or the path of its file. Raises ``TypeError`` for anything else, and as ``load_scenario``."""
    from narrows.scenario.model import Scenario

    if isinstance(value, Scenario):
        return value
    if isinstance(value, str | os.PathLike):
        from narrows.scenario import load_scenario

        return load_scenario(value)
    raise wrong(value, function, "a Scenario or the path of its file")


def given_source(value: object, function: str) -> Scenario | Case:
    """A scenario or a case, or the path of either: a folder, or a file called ``case.yaml``, is a case."""
    from narrows.case.model import Case
    from narrows.scenario.model import Scenario

    if isinstance(value, Case | Scenario):
        return value
    if isinstance(value, str | os.PathLike):
        file = os.fspath(value)
        return given_case(value, function) if is_folder(file) else given_scenario(value, function)
    raise wrong(value, function, "a Scenario or a Case, or the path of either")


def given_path(value: object, function: str, what: str) -> str | os.PathLike[str]:
    """A path, of what the function reads or writes."""
    if isinstance(value, str | os.PathLike):
        return value
    raise wrong(value, function, f"the path of {what}")


def given_paths(value: object, function: str) -> tuple[str | os.PathLike[str], ...]:
    """One path or several."""
    if isinstance(value, str | os.PathLike):
        return (value,)
    if isinstance(value, Iterable):
        several = tuple(value)
        if all(isinstance(one, str | os.PathLike) for one in several):
            return several
    raise wrong(value, function, "paths of flow logs, or one")


def check_plan(value: object, function: str) -> None:
    """Raise ``TypeError`` for what is no plan."""
    from narrows.plan.model import Plan

    if not isinstance(value, Plan):
        raise wrong(value, function, "a Plan, as make_plan gives it")


def check_recording(value: object, function: str) -> None:
    """Raise ``TypeError`` for what is no recording."""
    from narrows.recording import Recording

    if not isinstance(value, Recording):
        raise wrong(value, function, "a Recording, as simulate_scenario gives it")


def wrong(value: object, function: str, wanted: str) -> TypeError:
    """``diagnose_case wants a Case or the path of its folder, not a list``"""
    kind = type(value).__name__
    name = "None" if value is None else f"{'an' if kind[:1].lower() in 'aeiou' else 'a'} {kind}"
    return TypeError(f"{function} wants {wanted}, not {name}")

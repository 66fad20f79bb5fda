"""Which keys a scenario knows at a place, for the errors that suggest the nearest one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel


def known_keys(place: tuple[str | int, ...]) -> tuple[str, ...]:
    """The keys that may stand at a place of a scenario."""
    from narrows.scenario_file import ScenarioPart

    shapes: list[Any] = [ScenarioPart]
    for part in place:
        shapes = [inner for shape in shapes for inner in _inside(shape, part)]
    return tuple(dict.fromkeys(key for shape in shapes for key in _keys(shape)))


def _keys(shape: Any) -> Iterator[str]:
    for model in _models(shape):
        for name, info in model.model_fields.items():
            yield info.alias or name


def _models(shape: Any) -> Iterator[type[BaseModel]]:
    if isinstance(shape, type) and issubclass(shape, BaseModel):
        yield shape
    elif not _is_mapping(shape):
        for inner in get_args(shape):
            yield from _models(inner)


def _is_mapping(shape: Any) -> bool:
    return getattr(shape, "__origin__", None) is dict


def _inside(shape: Any, part: str | int) -> Iterator[Any]:
    if _is_mapping(shape):
        yield get_args(shape)[1]
        return
    if getattr(shape, "__origin__", None) is list:
        yield get_args(shape)[0]
        return
    for model in _models(shape):
        info = model.model_fields.get(str(part))
        if info is not None:
            yield info.annotation

"""Values as the type of a variable makes them: sets of lists, defaults of optional attributes."""

from __future__ import annotations

from collections.abc import Mapping

from narrows.declared.model import Reference, Unknown
from narrows.declared.terraform import expressions as ex
from narrows.declared.terraform.evaluate import Evaluator
from narrows.declared.terraform.expression_syntax import of_text
from narrows.declared.terraform.values import Found, Lazy, WrongError, items_of, numeric, set_of, text, truth


class _Nothing(Lazy):
    """The scope of a type: no names."""

    def get(self, name: str) -> Found:
        raise WrongError(f"{name} in a type")


def typed(value: Found, kind: ex.Expression | None, evaluator: Evaluator) -> Found:
    """A value as a type makes it; one that does not fit stays as it is."""
    if isinstance(kind, ex.Literal) and isinstance(kind.value, str):
        kind = of_text(kind.value)
    if kind is None or value is None or isinstance(value, Unknown | Reference):
        return value
    try:
        return _typed(value, kind, evaluator)
    except WrongError as error:
        return Unknown(f"a variable of another type: {error}")


def _typed(value: Found, kind: ex.Expression, evaluator: Evaluator) -> Found:
    evaluator.budget.take()
    if value is None or isinstance(value, Unknown | Reference):
        return value
    if isinstance(kind, ex.Name):
        return _simple(value, kind.name)
    if not isinstance(kind, ex.Call) or not kind.arguments:
        return value
    inner = kind.arguments[0]
    match kind.name:
        case "optional":
            return _typed(value, inner, evaluator)
        case "list":
            return tuple(_typed(item, inner, evaluator) for item in items_of(value))
        case "set":
            return set_of([_typed(item, inner, evaluator) for item in items_of(value)])
        case "map" if isinstance(value, Mapping):
            return {key: _typed(member, inner, evaluator) for key, member in value.items()}
        case "object" if isinstance(value, Mapping) and isinstance(inner, ex.Members):
            return _object(value, inner, evaluator)
    return value


def _simple(value: Found, kind: str) -> Found:
    if isinstance(value, Lazy) or kind not in ("string", "number", "bool"):
        return value
    return text(value) if kind == "string" else numeric(value) if kind == "number" else truth(value)


def _object(value: Mapping[str, Found], kind: ex.Members, evaluator: Evaluator) -> Found:
    attributes: dict[str, Found] = {}
    for key, inner in kind.items:
        if not isinstance(key, ex.Literal) or not isinstance(key.value, str):
            continue
        name = key.value
        given = value.get(name)
        if given is not None:
            attributes[name] = _typed(given, inner, evaluator)
        elif isinstance(inner, ex.Call) and inner.name == "optional":
            otherwise = evaluator.find(inner.arguments[1], _Nothing(), {}) if len(inner.arguments) > 1 else None
            attributes[name] = _typed(otherwise, inner.arguments[0], evaluator) if inner.arguments else otherwise
        elif name in value:
            attributes[name] = None
        else:
            raise WrongError(f"an object has no {name}")
    return attributes

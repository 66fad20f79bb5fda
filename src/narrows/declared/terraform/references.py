"""Which resource a value of a plan comes from: the plan's configuration names what each expression refers to.

It names the resources, not what the expression does with them. So a reference is followed only as far as it leads to
one resource: through inputs and outputs of modules, ``each.value``, the same key in both. What the names leave open is
unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from narrows.declared.terraform.instances import indexed, words_of
from narrows.declared.terraform.mapping import is_mapped

Key = str | int | None
_DEEPEST: Final = 16
"""References that lead to references; people write four."""
_LONGEST: Final = 2_000
"""Characters of a reference."""
MOST_TARGETS: Final = 2_000
"""Resources that one expression refers to."""


def members(value: Any) -> dict[str, Any]:
    """The members of an object of JSON; none of anything else."""
    return value if isinstance(value, dict) else {}


def listed(value: Any) -> list[Any]:
    """The items of a list of JSON; none of anything else."""
    return value if isinstance(value, list) else []


def words(reference: Any) -> list[tuple[str, Key]]:
    """The words of a reference, each with its key."""
    return words_of(reference) if isinstance(reference, str) and len(reference) < _LONGEST else []


@dataclass
class Planned:
    """What a plan has, by where it stands."""

    configuration: dict[str, Any]
    """The root module's."""
    default_tags: list[Any]
    """The blocks of the aws provider."""
    keys: dict[tuple[str, str], dict[Key, str]] = field(default_factory=dict)
    """The address of each instance by its key, by its module's address and ``type.name``."""
    modules: dict[tuple[str, str], list[Key]] = field(default_factory=dict)
    """The keys of a module's instances, by the address of the one above and its name."""

    made: dict[str, list[str]] = field(default_factory=dict)
    """The addresses of what is made, by type."""

    @classmethod
    def of(cls, document: Mapping[str, Any], resources: Sequence[tuple[str, dict[str, Any]]]) -> Planned:
        """That of a plan's JSON and of its planned resources."""
        configuration = members(document.get("configuration"))
        aws = members(members(configuration.get("provider_config")).get("aws"))
        expressions = members(aws.get("expressions"))
        planned = cls(members(configuration.get("root_module")), listed(expressions.get("default_tags")))
        for path, resource in resources:
            type_, name = resource.get("type"), resource.get("name")
            address, key = resource.get("address"), resource.get("index")
            if resource.get("mode") != "managed" or not isinstance(address, str):
                continue
            instance_key = key if isinstance(key, str | int) else None
            if not isinstance(members(resource.get("values")).get("id"), str):
                planned.made.setdefault(str(type_), []).append(address)
            planned.keys.setdefault((path, f"{type_}.{name}"), {})[instance_key] = address
        for path in dict.fromkeys(path for path, _ in resources):
            above = ""
            parts = words_of(path)
            for (_, _), (name, key) in zip(parts[::2], parts[1::2], strict=False):
                known = planned.modules.setdefault((above, name), [])
                if key not in known:
                    known.append(key)
                above = _module_path(above, name, key)
        return planned


def _module_path(above: str, name: str, key: Key) -> str:
    return indexed(f"{above}.module.{name}" if above else f"module.{name}", key)


@dataclass(frozen=True, slots=True)
class Frame:
    """A block that expressions stand in, a resource's or a module call's."""

    configuration: dict[str, Any]
    """Of the module that the block stands in."""
    path: str
    """The address of that module."""
    key: Key
    """Of the block's instance that is meant."""
    siblings: frozenset[Key]
    """All its instances."""
    each: tuple[Any, ...]
    """What ``for_each`` refers to."""
    above: Frame | None
    """The call of the module that it stands in."""
    inputs: dict[str, Any]
    """The expressions of that call."""


@dataclass(frozen=True, slots=True)
class Target:
    """An instance that a reference may mean."""

    address: str
    key: Key
    type: str
    attribute: str
    group: frozenset[Key]
    """All instances of its block, where the reference names no single one; else empty."""


class Resolver:
    """Follows the references of one plan."""

    def __init__(self, planned: Planned, note: Callable[[str, str], None]) -> None:
        self.planned = planned
        self.note = note
        self.open = False
        """Whether a reference led nowhere."""

    def module(self, path: str) -> Frame:
        """The block of a module's call, by the module's address."""
        frame = Frame(self.planned.configuration, "", None, frozenset({None}), (), None, {})
        parts = words_of(path)
        for (_, _), (name, key) in zip(parts[::2], parts[1::2], strict=False):
            frame = self._child(frame, name, key)
        return frame

    def _child(self, frame: Frame, name: str, key: Key) -> Frame:
        call = members(members(frame.configuration.get("module_calls")).get(name))
        each = tuple(listed(members(call.get("for_each_expression")).get("references")))
        siblings = frozenset(self.planned.modules.get((frame.path, name), ()))
        calling = Frame(frame.configuration, frame.path, key, siblings, each, frame.above, frame.inputs)
        path = _module_path(frame.path, name, key)
        inputs = members(call.get("expressions"))
        return Frame(members(call.get("module")), path, None, frozenset({None}), (), calling, inputs)

    def targets(self, references: Sequence[Any], frame: Frame, depth: int = 0) -> Iterator[Target]:
        """The instances that references may mean. Raises ``LookupError`` where one leads nowhere."""
        longest: list[str] = []
        for reference in references:
            if not isinstance(reference, str) or any(
                longer.startswith((f"{reference}.", f"{reference}[")) for longer in longest
            ):
                continue
            longest.append(reference)
            yield from self._of(words(reference), frame, depth)

    def _of(self, parts: list[tuple[str, Key]], frame: Frame, depth: int) -> Iterator[Target]:
        if len(parts) < 2 or depth > _DEEPEST:
            return
        first, (second, key), rest = parts[0][0], parts[1], parts[2:]
        if first == "local":
            raise LookupError(f"local.{second} is not in the plan's JSON")
        if first == "each" and second == "value":
            for target in self.targets(frame.each, frame, depth + 1):
                if target.key == frame.key or not target.group:
                    attribute = rest[0][0] if rest else target.attribute
                    yield Target(target.address, target.key, target.type, attribute, frozenset())
        elif first == "var" and frame.above is not None:
            references = listed(members(frame.inputs.get(second)).get("references"))
            whole = [
                reference
                for reference in references
                if len(words(reference)) == 2 and words(reference)[0][0] == "module"
            ]
            if rest and whole == references:
                # A module that is handed over whole: what is asked of it is one of its outputs.
                for reference in whole:
                    yield from self._of([*words(reference), *rest], frame.above, depth + 1)
                return
            yield from _picked(self.targets(references, frame.above, depth + 1), key, rest)
        elif first == "module":
            yield from self._output(second, key, rest, frame, depth)
        elif is_mapped(first):
            yield from self._resource(first, second, key, rest, frame)

    def _output(self, name: str, key: Key, rest: list[tuple[str, Key]], frame: Frame, depth: int) -> Iterator[Target]:
        if not rest:
            return
        keys = self.planned.modules.get((frame.path, name), [])
        meant = [key] if key is not None else keys
        if key is None and len(keys) > 1 and frozenset(keys) == frame.siblings and frame.key in keys:
            meant = [frame.key]
        for instance_key in meant:
            inner = self._child(
                Frame(frame.configuration, frame.path, None, frozenset(), (), frame.above, frame.inputs),
                name,
                instance_key,
            )
            output = members(members(inner.configuration.get("outputs")).get(rest[0][0]))
            references = listed(members(output.get("expression")).get("references"))
            yield from _picked(self.targets(references, inner, depth + 1), rest[0][1], rest[1:])

    def _resource(self, type_: str, name: str, key: Key, rest: list[tuple[str, Key]], frame: Frame) -> Iterator[Target]:
        instances = self.planned.keys.get((frame.path, f"{type_}.{name}"), {})
        attribute = rest[0][0] if rest else ""
        if key is not None:
            if key in instances:
                yield Target(instances[key], key, type_, attribute, frozenset())
            return
        group = frozenset(instances) if instances.keys() != {None} else frozenset()
        for instance_key, address in instances.items():
            yield Target(address, instance_key, type_, attribute, group)


def _picked(targets: Iterator[Target], key: Key, rest: list[tuple[str, Key]]) -> Iterator[Target]:
    """Of what an input or output is, the one of a key, and its attribute."""
    for target in targets:
        attribute = rest[0][0] if rest else target.attribute
        if key is None:
            yield Target(target.address, target.key, target.type, attribute, target.group)
        elif not target.group or target.key == key:
            yield Target(target.address, target.key, target.type, attribute, frozenset())

"""Blocks of Terraform's language as text, laid out as ``terraform fmt`` lays them out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Assigned:
    """``name = value``."""

    name: str
    value: str
    """The expression; of one over several lines those after the first have their indentation already."""


@dataclass(frozen=True, slots=True)
class Inner:
    """A block in a block."""

    head: str
    items: Sequence[Item]


@dataclass(frozen=True, slots=True)
class Blank:
    """A blank line."""


Item = Assigned | Inner | Blank


@dataclass
class Body:
    """What stands between braces, put together one by one."""

    items: list[Item] = field(default_factory=list)

    def set(self, **values: str | None) -> Body:
        """More attributes; those that are None are left out."""
        self.items += [Assigned(name, value) for name, value in values.items() if value is not None]
        return self

    def blank(self) -> Body:
        """A blank line."""
        self.items.append(Blank())
        return self

    def block(self, head: str, inner: Body) -> Body:
        """A block with a blank line before it."""
        if self.items:
            self.items.append(Blank())
        self.items.append(Inner(head, inner.items))
        return self


def block(head: str, items: Body | Sequence[Item]) -> str:
    """A whole block, without a line break at its end."""
    inside = items.items if isinstance(items, Body) else items
    lines = list(_lines(_trimmed(inside), 1))
    return f"{head} {{}}" if not lines else "\n".join([f"{head} {{", *lines, "}"])


def resource(type: str, label: str, items: Body | Sequence[Item]) -> str:
    """A block of a resource."""
    return block(f'resource "{type}" "{label}"', items)


def text(value: str) -> str:
    """A string that holds exactly this."""
    quoted = json.dumps(value, ensure_ascii=False)
    return quoted.replace("${", "$${").replace("%{", "%%{")


def _trimmed(items: Sequence[Item]) -> list[Item]:
    """No blank line at either end, nor two in a row."""
    kept: list[Item] = []
    for item in items:
        if isinstance(item, Blank) and (not kept or isinstance(kept[-1], Blank)):
            continue
        kept.append(item)
    while kept and isinstance(kept[-1], Blank):
        kept.pop()
    return kept


def _lines(items: Iterable[Item], depth: int) -> Iterable[str]:
    indent = "  " * depth
    group: list[Assigned] = []
    for item in [*items, None]:
        if isinstance(item, Assigned) and "\n" not in item.value:
            group.append(item)
            continue
        width = max((len(attribute.name) for attribute in group), default=0)
        yield from (f"{indent}{attribute.name:<{width}} = {attribute.value}" for attribute in group)
        group = []
        if isinstance(item, Assigned):
            yield f"{indent}{item.name} = {item.value}"
        elif isinstance(item, Inner):
            inner = list(_lines(_trimmed(item.items), depth + 1))
            yield from [f"{indent}{item.head} {{", *inner, f"{indent}}}"] if inner else [f"{indent}{item.head} {{}}"]
        elif item is not None:
            yield ""


def joined(blocks: Iterable[str]) -> str:
    """Blocks with a blank line between them."""
    return "\n\n".join(blocks)

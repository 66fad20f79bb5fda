"""A scenario as YAML with comments, each beside what it is about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from narrows.errors import one_line
from narrows.scenario.writing import yaml_of

Path = tuple[str | int, ...]
"""Where something stands in a scenario, such as ``("functions", "storefront", "timeout")``."""
_WIDEST = 110
"""Characters of a mapping that still stands on one line."""
_COLUMN = 42
"""Where comments begin, unless what they are about is longer."""
_LONGEST_COMMENT = 300


@dataclass
class Remarks:
    """What is said of the parts of a scenario."""

    head: list[str] = field(default_factory=list)
    """Of the whole: each a line."""
    of: dict[Path, list[str]] = field(default_factory=dict)
    """By path: what stands behind it, as ``network.tf:12`` or ``? a question``."""

    def say(self, path: Path, text: str) -> None:
        """Put a comment behind a part."""
        known = self.of.setdefault(path, [])
        if text not in known:
            known.append(text)

    def ask(self, path: Path, text: str) -> None:
        """Put a question behind a part, whose value stands in for the answer."""
        self.say(path, f"? {text}")

    @property
    def questions(self) -> int:
        """How many there are."""
        return sum(remark.startswith("? ") for said in (self.head, *self.of.values()) for remark in said)


def commented(data: Mapping[str, object], remarks: Remarks) -> str:
    """The data as YAML with the remarks in comments; without them it is the same data."""
    lines = [f"# {_plain(remark)}" for remark in remarks.head]
    return "\n".join([*lines, *_Text(remarks.of).mapping(data, (), 0)]) + "\n"


class _Text:
    def __init__(self, remarks: Mapping[Path, Sequence[str]]) -> None:
        self._remarks = remarks
        self._above = {path[:length] for path in remarks for length in range(len(path))}
        """Paths beneath which there are remarks."""

    def mapping(self, data: Mapping[str, object], path: Path, indent: int) -> Iterator[str]:
        for key, value in data.items():
            yield from self._member(f"{_flow(key)}:", value, (*path, key), indent)

    def _member(self, head: str, value: object, path: Path, indent: int) -> Iterator[str]:
        space = " " * indent
        has_things = isinstance(value, list) and any(isinstance(item, dict) for item in value)
        if isinstance(value, Mapping) and value and not self._fits_a_line(value, path):
            yield self._line(f"{space}{head}", path)
            yield from self.mapping(value, path, indent + 2)
        elif isinstance(value, list) and value and (path in self._above or has_things):
            yield self._line(f"{space}{head}", path)
            yield from self._items(value, path, indent + 2)
        else:
            yield self._line(f"{space}{head} {_flow(value)}", path)

    def _items(self, data: Sequence[object], path: Path, indent: int) -> Iterator[str]:
        for index, value in enumerate(data):
            here = (*path, index)
            if isinstance(value, Mapping) and value and here in self._above:
                inner = list(self.mapping(value, here, indent + 2))
                yield f"{' ' * indent}- {inner[0][indent + 2 :]}"
                yield from inner[1:]
            else:
                yield self._line(f"{' ' * indent}- {_flow(value)}", here)

    def _fits_a_line(self, value: Mapping[str, object], path: Path) -> bool:
        """Whether it is an entry of a list of things, nothing is said of its parts, and it is short."""
        entry = len(path) > (2 if path[0] == "vpc" else 1)
        return entry and path not in self._above and len(_flow(value)) <= _WIDEST

    def _line(self, text: str, path: Path) -> str:
        said = "; ".join(map(_plain, self._remarks.get(path, ())))
        return f"{text:<{_COLUMN}}  # {said}" if said else text


def _plain(text: str) -> str:
    return one_line(text, _LONGEST_COMMENT)


def _flow(value: object) -> str:
    """A value on one line."""
    if type(value) is int:
        return str(value)
    return _word(value) if type(value) is str else _dumped(value)


@lru_cache(maxsize=4096)
def _word(value: str) -> str:
    """A text; most are keys that come again with each thing."""
    return _dumped(value)


def _dumped(value: object) -> str:
    return yaml_of(value, width=10**9, flow=True).strip().removesuffix("\n...").strip()

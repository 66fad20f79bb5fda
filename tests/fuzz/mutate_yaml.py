"""YAML as people write it, and as those write it who know what its parsers do."""

from __future__ import annotations

import random
from collections.abc import Sequence

from tests.fuzz import hostile, mutate_bytes

_VALUES = (
    "&a [*a]", "*a", "*nobody", "&a x", "!!python/object/apply:os.system ['id']", "!!int x", '!!float ""',
    "!!timestamp x",
    "!!binary é", "!!set {a, b}", "!!omap [a: 1]", "!!pairs [a: 1]", "!local x", "!<tag:yaml.org,2002:str> 1", "<<: *a",
    "{<<: {a: 1}}", "? [a]\n: b", "[[[[[[[[]]]]]]]]", "{a: {b: {c: {d: []}}}}", "|\n  a\n  b", ">-\n  a", "'", '"',
    '"\\ud83d"',
    '"\\x00"', '"\\/"', "'a''b'", "~", "null", "yes", "no", "0o17", "0x1F", "017", "1_000", "1:30", "190:20:30",
    ".inf", "-.inf",
    ".nan", "1e3", "1e400", "-0", "+1", "1.5", "2026-11-20", "2026-11-20T12:00:00Z", "2026-99-99", "12:00", "@x",
    "`x`", "%x",
    "- a\n- b", "[1, 2", "{a: 1", "---", "...", "--- x", "%YAML 9.9", "# x", "\t", "x: y: z", ": ", "-", "?", "!",
    "&", "*",
    "30s", "-5s", "1e9s", "5m", "1h30m", "0s", "infs", "nans", "until_recycled", "exponential", "{mean: 1s}",
    "invocation",
    "{from: 0, to: 9000, per_10s: 1000}", "{steps: [{at: 0s, to: 100}]}", "{points: [[0s, 0], [90s, 9000]]}",
    "{trace: x.csv}",
    "{trace: ../../../etc/passwd}", "{trace: /dev/zero}", "{trace: .}", "[a, a]", "[]", "{}", "''", "[203.0.113.10]",
    "4096", "4097",
)  # fmt: skip


def mutated(rng: random.Random, text: str, others: Sequence[str]) -> bytes:
    """``text`` with one to five changes; ``others`` are what lines may be taken from."""
    lines = text.splitlines()
    for _ in range(rng.choice((1, 1, 1, 2, 5))):
        _change(rng, lines, others)
    if rng.random() < 0.02:
        lines[:0] = _laughs(rng)
    data = ("\n".join(lines) + "\n").encode("utf-8", "surrogatepass")
    return mutate_bytes.mutated(rng, data, rng.choice(others).encode()) if rng.random() < 0.1 else data


def _change(rng: random.Random, lines: list[str], others: Sequence[str]) -> None:
    if not lines:
        lines.append("name: x")
    at = rng.randrange(len(lines))
    line = lines[at]
    indent = line[: len(line) - len(line.lstrip())]
    key, colon, _ = line.partition(": ")
    kind = rng.randrange(12)
    if kind <= 5:
        value = _value(rng)
        lines[at] = f"{key}{colon or ': '}{value}" if colon else f"{line} {value}"
    elif kind == 6:
        lines[at] = line.replace(line.strip(), f"{_value(rng)}: {line.strip().partition(': ')[2] or 1}")
    elif kind == 7:
        del lines[at]
    elif kind == 8:
        lines.insert(at, line)
    elif kind == 9:
        lines.insert(at, indent + rng.choice(rng.choice(others).splitlines() or [""]).strip())
    elif kind == 10:
        lines[at] = rng.choice(("", " ", "\t", "  ")) * rng.randrange(4) + line.lstrip()
    else:
        spot = rng.choice(("{", "}", "[", "]", ",", ":", "'", '"', "&a ", "*a", "!!str ", "#", "|"))
        cut = rng.randrange(len(line) + 1)
        lines[at] = line[:cut] + spot + line[cut:]


def _value(rng: random.Random) -> str:
    kind = rng.random()
    if kind < 0.6:
        return rng.choice(_VALUES)
    if kind < 0.75:
        return str(hostile.number(rng))
    text = hostile.word(rng)
    return rng.choice((text, f"'{text}'", f'"{text}"', f"[{text}]", f"{{{text}: 1}}"))


def _laughs(rng: random.Random) -> list[str]:
    """Aliases of aliases, or brackets, as deep as they go."""
    if rng.random() < 0.5:
        depth = rng.choice((20, 900, 20_000))
        return ["deep: " + "[" * depth + "]" * depth]
    levels, width = rng.choice(((3, 3), (9, 9), (30, 2)))
    return ["l0: &l0 [x]", *(f"l{k}: &l{k} [{', '.join([f'*l{k - 1}'] * width)}]" for k in range(1, levels))]

"""Every reader that a stranger's file can reach: what its inputs are made of, and how it is called."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.fuzz import corpus, whole
from tests.fuzz.corpus import Files


@dataclass(frozen=True)
class Reader:
    """One reader, or several that are called together."""

    make: Callable[[random.Random], Files]
    """An input: the files that are written into the folder, over those of ``base``."""
    read: Callable[[Path], None]
    """Reads the folder. What it raises beside ``InputError`` is a fault."""
    base: Files = field(default_factory=dict)
    """What else lies in the folder."""
    batch: int = 1
    """Inputs that lie in one folder and are read together: what it costs to begin is shared."""
    quick: int = 200
    """Inputs in ``make test``."""
    share: float = 1.0
    """Of the time of ``make fuzz``, beside the others."""
    draws: bool = False
    """It draws charts: the JavaScript engine that does cannot live with a limit on its address space, so that memory is
    only looked at from outside."""


def _case_yaml() -> Reader:
    from tests.fuzz import mutate_yaml

    seeds = (corpus.text("case/case.yaml"), *whole.example_texts("case.yaml"))
    others = (*seeds, *corpus.texts("scenario", ".yaml"))
    return Reader(
        lambda rng: {"case.yaml": mutate_yaml.mutated(rng, rng.choice(seeds), others)}, whole.read_only, quick=500
    )


def _scenario_yaml() -> Reader:
    from tests.fuzz import mutate_yaml

    seeds = corpus.texts("scenario", ".yaml")
    others = (*seeds, corpus.text("case/case.yaml"))
    return Reader(
        lambda rng: {"scenario.yaml": mutate_yaml.mutated(rng, rng.choice(seeds), others)},
        whole.scenario,
        {"trace.csv": corpus.text("scenario/trace.csv").encode()},
        quick=400,
    )


_TRACED = (
    b"{name: a, destinations: {d: {port: 1}}, functions: {f: {}}, "
    b"demand: {f: {environments: {trace: trace.csv}, invocations_per_second: {trace: trace.csv}}}}"
)
"""The shortest scenario that has a trace."""


def _scenario_trace() -> Reader:
    from tests.fuzz import mutate_lines

    seed = corpus.text("scenario/trace.csv")
    return Reader(
        lambda rng: {"trace.csv": mutate_lines.mutated(rng, seed, (seed, "seconds\n"), ",")},
        whole.scenario,
        {"scenario.yaml": _TRACED, "trace.csv": seed.encode()},
        quick=1000,
    )


def _json_of_case(*names: str, beside: tuple[str, ...] = ("lambda/", "ec2/")) -> Callable[[], Reader]:
    """A reader of JSON files of a case, of which each input changes one."""

    def reader() -> Reader:
        from tests.fuzz.mutate_json import JsonSeed, mutated

        seeds = {
            name: [JsonSeed(corpus.text(f"case/{name}")), *map(JsonSeed, whole.example_texts(name))] for name in names
        }
        others = [JsonSeed(corpus.text(f"case/{name}")) for name in whole.JSON_FILES]

        def make(rng: random.Random) -> Files:
            name = rng.choice(names)
            return {name: mutated(rng, rng.choice(seeds[name]), [*others, *seeds[name] * 5])}

        return Reader(make, whole.read_only, corpus.beside(*beside), quick=300)

    return reader


def _callers_log() -> Reader:
    from tests.fuzz import mutate_lines

    seeds = corpus.texts("callers", ".log")

    def make(rng: random.Random) -> Files:
        name = rng.choice(("app.log", "app.log", "app.txt", "APP.LOG"))
        return {f"callers/{name}": mutate_lines.mutated(rng, rng.choice(seeds), seeds)}

    return Reader(make, whole.read_only, corpus.beside(), quick=800)


def _sensor_lines() -> Reader:
    from tests.fuzz import mutate_lines

    seeds = (*corpus.texts("sensor", ".jsonl"), *corpus.texts("sensor", ".log"))

    def make(rng: random.Random) -> Files:
        name = rng.choice(("lines.jsonl", "app.log", "app.txt"))
        return {f"sensor/{name}": mutate_lines.mutated(rng, rng.choice(seeds), seeds)}

    return Reader(make, whole.sensor, corpus.beside(), quick=500)


def _sensor_json() -> Reader:
    from tests.fuzz.mutate_json import JsonSeed, mutated

    seeds = [JsonSeed(text) for text in corpus.texts("sensor", ".json")]
    return Reader(
        lambda rng: {"sensor/app.json": mutated(rng, rng.choice(seeds), seeds)},
        whole.sensor,
        corpus.beside(),
        quick=500,
    )


def _callers_json() -> Reader:
    from tests.fuzz.mutate_json import JsonSeed, mutated

    seeds = [JsonSeed(text) for text in corpus.texts("callers", ".json")]
    others = [*seeds, JsonSeed(corpus.text("case/ec2/subnets.json"))]
    return Reader(
        lambda rng: {"callers/app.json": mutated(rng, rng.choice(seeds), others)},
        whole.read_only,
        corpus.beside(),
        quick=800,
    )


def _callers_parquet() -> Reader:
    from tests.fuzz import mutate_parquet, rows

    return Reader(
        lambda rng: {"callers/outcomes.parquet": mutate_parquet.mutated(rng, rows.OUTCOMES, rows.OUTCOME_TYPES)},
        whole.read_only,
        corpus.beside(),
        quick=300,
    )


def _truth() -> Reader:
    from tests.fuzz.mutate_json import JsonSeed, mutated

    seed = JsonSeed(corpus.text("case/truth.json"))
    others = [seed, JsonSeed(corpus.text("case/ec2/subnets.json"))]

    def make(rng: random.Random) -> Files:
        drawn = {whole.RENDERED: b""} if rng.random() < 0.01 else {}
        return {"truth.json": mutated(rng, seed, others), **drawn}

    return Reader(make, whole.truth, corpus.beside(), quick=300, draws=True)


def _flow_logs(kind: str) -> Callable[[], Reader]:
    def reader() -> Reader:
        from tests.fuzz import flow_logs

        return Reader(
            flow_logs.MAKERS[kind],
            flow_logs.read,
            {"sound.log": flow_logs.SOUND.encode()},
            batch=32,
            quick=128,
        )

    return reader


def _case() -> Reader:
    return Reader(whole.Maker().make, whole.everything, corpus.case(), quick=100, share=2.0, draws=True)


READERS: dict[str, Callable[[], Reader]] = {
    "case-yaml": _case_yaml,
    "scenario-yaml": _scenario_yaml,
    "scenario-trace": _scenario_trace,
    **{
        name.removesuffix(".json").replace("/", "-"): _json_of_case(name)
        for name in whole.JSON_FILES
        if name.startswith(("ec2/", "lambda/"))
    },
    "service-quotas": _json_of_case("service-quotas.json", beside=()),
    "cloudwatch-pairs": _json_of_case(
        *(name for name in whole.JSON_FILES if name.endswith((".queries.json", ".results.json"))),
        beside=("lambda/", "ec2/nat", "cloudwatch/"),
    ),
    "cloudwatch-statistics": _json_of_case(
        "cloudwatch/app-throttles.json", beside=("lambda/", "ec2/nat", "cloudwatch/app")
    ),
    "callers-parquet": _callers_parquet,
    "callers-log": _callers_log,
    "callers-json": _callers_json,
    "sensor-lines": _sensor_lines,
    "sensor-json": _sensor_json,
    "truth": _truth,
    "flow-log-text": _flow_logs("text"),
    "flow-log-gzip": _flow_logs("gzip"),
    "flow-log-json": _flow_logs("json"),
    "flow-log-parquet": _flow_logs("parquet"),
    "case": _case,
}
"""By name; each is made when it is asked for, since some import much."""

"""From a seed to a case with its truth: simulate, write, take evidence away."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from narrows.case import write_case
from narrows.recording import Recording
from narrows.scenario import Scenario
from narrows.simulate import simulate_with_log
from narrows.simulate.event_log import EventLog
from narrows.writing.flow_logs import FlowLogOptions, write_simulated
from narrows.writing.layout import Layout, lay_out
from oracles.networks.dice import Dice
from oracles.networks.failure_lines import write_failure_lines
from oracles.networks.held import Held
from oracles.networks.scenario import random_network
from oracles.networks.taking import Taken, draw_taken
from oracles.networks.truth import Truth, find_truth

_PURPOSE = 0x57A6


@dataclass(frozen=True)
class Staged:
    """A network that was played."""

    seed: int
    scenario: Scenario
    folder: Path
    """Its case."""
    taken: Taken
    truth: Truth
    recording: Recording
    log: EventLog
    layout: Layout
    """Where everything stands: from the scenario's names to AWS ids."""


def stage(seed: int, folder: Path, taken: Taken | None = None, scenario: Scenario | None = None) -> Staged:
    """Play the network of a seed and write its case, without what is taken away, to a folder that is not there yet.

    Args:
        taken: what to take away; drawn from the seed when left out.
        scenario: another network to play.
    """
    scenario = random_network(seed) if scenario is None else scenario
    recording, log = simulate_with_log(scenario)
    taken = draw_taken(seed, scenario) if taken is None else taken
    layout = lay_out(recording)
    write_case(recording, folder, more=lambda place: _flow_logs(place / "flow-logs", recording, log, taken, seed))
    # Nothing that diagnoses reads it; without it nothing can.
    (folder / "truth.json").unlink()
    (folder / "written.json").unlink()
    _take_away(folder, recording, layout, taken, Dice(seed, _PURPOSE))
    truth = find_truth(scenario, recording, layout, Held(recording, log))
    return Staged(seed, scenario, folder, taken, truth, recording, log, layout)


def _flow_logs(place: Path, recording: Recording, log: EventLog, taken: Taken, seed: int) -> None:
    if taken.flow_logs != "none":
        options = FlowLogOptions(version=taken.version, interval=taken.interval, idle_gap=taken.idle_gap, seed=seed)
        write_simulated(place, recording, log, options)


def _take_away(folder: Path, recording: Recording, layout: Layout, taken: Taken, dice: Dice) -> None:
    if taken.callers != "every attempt":
        (folder / "callers" / "outcomes.parquet").unlink()
        if taken.callers == "nothing":
            shutil.rmtree(folder / "callers")
        else:
            write_failure_lines(recording, folder / "callers", named=taken.callers == "failure lines")
    if taken.flow_logs == "a file missing":
        _without_delivery(folder / "flow-logs", dice)
    elif taken.flow_logs == "an interface missing":
        enis = [*(one.id for one in layout.enis), *(one.eni for one in layout.nats.values() if one.eni)]
        _without_interface(folder / "flow-logs", dice.pick(enis))
    _without_metrics(folder / "cloudwatch", layout, taken)
    if taken.addresses:
        _without_addresses(folder / "case.yaml", taken.addresses)
    if taken.interfaces:
        (folder / "ec2" / "network-interfaces.json").unlink()


def _without_delivery(folder: Path, dice: Dice) -> None:
    """Without the files of one delivery, where there are several. That one of its files is missing, nothing shows."""
    deliveries: dict[str, list[Path]] = {}
    for file in sorted(folder.rglob("*.parquet")):
        deliveries.setdefault(file.name.split("_")[4], []).append(file)
    if len(deliveries) > 1:
        for file in dice.pick(list(deliveries.values())):
            file.unlink()


def _without_interface(folder: Path, interface: str) -> None:
    """As if that interface were not logged."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    for file in sorted(folder.rglob("*.parquet")):
        table = pq.read_table(file)
        pq.write_table(table.filter(pc.not_equal(table["interface_id"], interface)), file, compression="snappy")


def _without_metrics(folder: Path, layout: Layout, taken: Taken) -> None:
    gone = {(metric, layout.nats[name].id if name in layout.nats else name) for metric, name in taken.metrics}
    for queries in sorted(folder.glob("*.queries.json")):
        results = queries.with_name(queries.name.replace(".queries.", ".results."))
        asked: list[Any] = json.loads(queries.read_text(encoding="utf-8"))
        kept = [one for one in asked if _about(one["MetricStat"]["Metric"]) not in gone]
        ids = {one["Id"] for one in kept}
        answer = json.loads(results.read_text(encoding="utf-8"))
        answer["MetricDataResults"] = [one for one in answer["MetricDataResults"] if one["Id"] in ids]
        queries.write_text(json.dumps(kept, indent=1), encoding="utf-8")
        results.write_text(json.dumps(answer, indent=1), encoding="utf-8")


def _about(metric: dict[str, Any]) -> tuple[str, str]:
    return metric["MetricName"], metric["Dimensions"][0]["Value"]


def _without_addresses(file: Path, destinations: tuple[str, ...]) -> None:
    about = yaml.safe_load(file.read_text(encoding="utf-8"))
    about["window"] = [one.strftime("%Y-%m-%dT%H:%M:%SZ") for one in about["window"]]
    for name in destinations:
        about["destinations"][name].pop("addresses", None)
    file.write_text(yaml.safe_dump(about, sort_keys=False), encoding="utf-8")

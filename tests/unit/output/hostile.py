"""A case and a scenario in which everything that anybody can name has a name of a stranger's choice."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from narrows.case import write_case
from narrows.scenario import parse_scenario
from narrows.simulate import simulate_with_log
from narrows.writing.flow_logs import parse_options, write_simulated

NAMES = ("private-a", "private-b", "sg-app", "nat-a", "cache", "run of the plan")
"""Functions keep theirs: AWS takes only letters, digits, - and _ in it, and so does the reader."""
SCENARIO = """
name: run of the plan
start: 2026-11-20T12:00:00Z
region: us-east-1
vpc:
  subnets: {private-a: {az: us-east-1a, route: nat-a}, private-b: {az: us-east-1b, route: nat-a}}
  nat_gateways: {nat-a: {addresses: 1}}
destinations: {cache: {addresses: 1, port: 443}}
functions:
  storefront:
    subnets: [private-a]
    security_groups: [sg-app]
    connections: [{to: cache, per_environment: 10, hold: until_recycled, connect_timeout: 5s}]
  kiosk:
    subnets: [private-b]
    security_groups: [sg-app]
    connections: [{to: cache, per_environment: 10, hold: until_recycled, connect_timeout: 5s}]
demand:
  storefront: {environments: {from: 0, to: 30, per_10s: 10}}
  kiosk: {environments: 2}
duration: 2m
seed: 7
assumptions: {nat_connections_per_address: 100}
"""


def write_plain(folder: Path) -> None:
    """A case with flow logs and caller's logs, of which the hostile ones are made."""
    recording, log = simulate_with_log(parse_scenario(SCENARIO, "plain"))
    options = parse_options(
        "v5", file_format="parquet", interval=60, idle_gap="20s", port_choice="longest-free", closes_without_fin=0.0,
        skipdata=0.0, seed=7, folder=folder, scale=1.0,
    )  # fmt: skip
    write_case(
        recording,
        folder,
        reported="run of the plan",
        more=lambda place: write_simulated(place / "flow-logs", recording, log, options),
    )


def write_hostile(plain: Path, folder: Path, evil: str) -> None:
    """A copy of a case with ``evil`` in the place of every name, note and interface in it."""
    shutil.copytree(plain, folder)
    for file in folder.rglob("*.json"):
        file.write_text(json.dumps(renamed(json.loads(file.read_text()), evil)))
    about = yaml.safe_load((folder / "case.yaml").read_text())
    (folder / "case.yaml").write_text(yaml.safe_dump(renamed(about, evil) | {"written_by": evil}))
    for file in folder.rglob("*.parquet"):
        table = pq.read_table(file)
        rows = table.to_pylist()
        for row in rows:
            for key in ("function", "destination", "interface_id", "instance_id", "subnet_id", "vpc_id"):
                if row.get(key) is not None:
                    row[key] = encodable(row[key] + evil if key.endswith("_id") else evil)
        pq.write_table(pa.Table.from_pylist(rows, table.schema), file)


def hostile_scenario(evil: str) -> str:
    """The scenario with ``evil`` in every name."""
    return str(yaml.safe_dump(renamed(yaml.safe_load(SCENARIO), evil), sort_keys=False))


def renamed(document: Any, evil: str) -> Any:
    """A document with ``evil`` after every name in it, so that different names stay different."""
    if isinstance(document, str):
        for name in NAMES:
            document = document.replace(name, f"{name}{evil}")
        return document
    if isinstance(document, list):
        return [renamed(one, evil) for one in document]
    if isinstance(document, dict):
        return {renamed(key, evil): renamed(one, evil) for key, one in document.items()}
    return document


def encodable(text: str) -> str:
    """Without lone surrogates, which no Parquet string has."""
    return text.encode(errors="replace").decode()

"""Ways of connections through 10,000 random VPCs, worked out from their cases, against a walk packet by packet."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from narrows.case import Case, read_case
from oracles.reachability import Truth, truth
from oracles.vpcs import MEMBERS, REGION, World, draw

WORLDS = 10_000
CERTAIN = frozenset({"open", "beyond", "partly", "blocked"})


def write(world: World, folder: Path, without: str | None = None) -> Path:
    """The case of a VPC; ``without`` leaves one of its files out."""
    for part in ("lambda", "ec2"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    for name, resources in world.files.items():
        file = folder / ("lambda" if name == "functions" else "ec2") / f"{name}.json"
        if name == without:
            file.unlink(missing_ok=True)
        else:
            file.write_text(json.dumps({MEMBERS[name]: resources}), encoding="utf-8")
    about = {
        name: {key: value for key, value in (("name", one["host"]), ("port", one["port"])) if value}
        | {"addresses": one["addresses"]}
        for name, one in world.destinations.items()
    }
    text = json.dumps({"schema": 1, "region": REGION, "functions": ["app"], "destinations": about})
    (folder / "case.yaml").write_text(text, encoding="utf-8")
    return folder


def compare(world: World, case: Case) -> Iterator[tuple[str, str, str, str, Truth]]:
    """(Subnet, destination, what narrows says, by what, what is so) for each way of a case's function."""
    network = case.topology.network
    function = network.functions.get("app")
    for subnet in world.files["functions"][0]["VpcConfig"]["SubnetIds"]:
        for name in world.destinations:
            if function is None:
                continue
            answer = network.reach(function, subnet, network.destinations[name])
            reach = "unknown" if answer is None else answer.reach.value
            kind = "" if answer is None or answer.block is None else answer.block.mechanism
            yield subnet, name, reach, kind, truth(world, subnet, name)


def agrees(reach: str, kind: str, real: Truth) -> bool:
    """Whether an answer from a whole case is the truth; what AWS does not document is not known."""
    if real.reach == "undocumented":
        return reach == "unknown"
    return reach == real.reach and (reach != "blocked" or kind in real.kinds)


def contradicts(reach: str, kind: str, real: Truth) -> bool:
    """Whether an answer from a part of a case is wrong, and not only less certain.

    Open as far as this goes is less than open. Who does not know an endpoint that is at fault names what drops the SYN.
    """
    if reach == "unknown":
        return False
    if reach == "beyond":
        return real.reach not in ("open", "beyond", "partly", "blocked", "undocumented")
    if reach == "partly":
        return real.reach == "open"
    return reach != real.reach


def main() -> None:
    """Compare, and print what agrees."""
    ways: Counter[str] = Counter()
    wrong: list[str] = []
    kinds: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(WORLDS):
            world = draw(seed)
            case = read_case(write(world, Path(folder)))
            whole = True
            for subnet, name, reach, kind, real in compare(world, case):
                ways[real.reach] += 1
                kinds.update([kind] if reach == "blocked" else [])
                if not agrees(reach, kind, real):
                    whole = False
                    wrong.append(f"seed {seed}, {subnet} to {name}: {reach} {kind}, and it is {real}")
            ways["networks"] += whole
    print(f"{ways['networks']:,} of {WORLDS:,} networks agree in every way, read from their cases;")
    print(f"{sum(ways.values()) - ways['networks'] - len(wrong):,} of {sum(ways.values()) - ways['networks']:,} ways:")
    for name in ("open", "beyond", "partly", "blocked", "undocumented"):
        print(f"  {name:<14}{ways[name]:>9,}")
    print("what blocks:")
    for name, count in kinds.most_common():
        print(f"  {name:<32}{count:>9,}")
    for line in wrong[:10]:
        print(line)
    if wrong:
        raise SystemExit(1)

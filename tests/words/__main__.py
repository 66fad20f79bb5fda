"""``python -m tests.words``: make ``printed.jsonl`` again, and say how many of its texts are read right.

As root, on Linux. Each client runs in its own process inside a network namespace; one whose runtime or packages are not
there is passed over, and said. ``WORDS_PYTHON`` is a Python with the libraries, ``NODE_PATH`` the folder of Node.js's,
``WORDS_RUST`` the program made of clients/main.rs; Go, Java and Ruby take Debian's packages.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.words import faults, printed
from tests.words.shares import table

CLIENTS = Path(__file__).parent / "clients"
_LONGEST = 600
_GO = {
    "mysql": "golang-github-go-sql-driver-mysql-dev",
    "pq": "golang-github-lib-pq-dev",
    "pgx": "golang-github-jackc-pgx-v4-dev",
    "kafka": "golang-github-segmentio-kafka-go-dev",
    "mongo": "golang-mongodb-mongo-driver-dev",
    "pgjdbc": "libpostgresql-jdbc-java",
}


def commands(folder: Path) -> dict[str, list[str]]:
    """How each client is run."""
    found = {
        "Python": [os.environ.get("WORDS_PYTHON", sys.executable), str(CLIENTS / "python.py")],
        "Node.js": ["node", str(CLIENTS / "node.cjs")],
        "Go": [str(folder / "client")],
        "Java": ["java", "-cp", "/usr/share/java/*", str(CLIENTS / "Main.java")],
        "Ruby": ["ruby", str(CLIENTS / "ruby.rb")],
        "Rust": [os.environ.get("WORDS_RUST", str(folder / "rust"))],
    }
    if shutil.which("go"):
        environment = {**os.environ, "GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOCACHE": str(folder / "go")}
        build = ["go", "build", "-o", str(folder / "client"), str(CLIENTS / "main.go")]
        subprocess.run(build, env=environment, check=False)
    return {name: command for name, command in found.items() if shutil.which(command[0])}


def main() -> None:
    """Run every client that can be run here."""
    faults.isolate()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        faults.build(folder)
        for library, package in _GO.items():
            asked = subprocess.run(["dpkg-query", "-Wf", "${Version}", package], capture_output=True, text=True)
            os.environ[f"VERSION_{library}"] = asked.stdout.partition("-")[0].partition("+")[0]
        lines: list[str] = []
        for runtime, command in commands(folder).items():
            done = subprocess.run(
                command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, timeout=_LONGEST
            )
            said = done.stdout.splitlines()
            print(f"{runtime}: {len(said)} failures printed", file=sys.stderr)
            lines += said
    print(f"{printed.write(lines)} different texts in {printed.FILE}", file=sys.stderr)
    print(table())


if __name__ == "__main__":
    main()

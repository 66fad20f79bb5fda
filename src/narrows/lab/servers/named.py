"""Real servers by a short name: ``--serve redis`` instead of a command line."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from narrows.lab.namespaces import LabError
from narrows.lab.runtimes.interpreter import interpreter_for

_POSTGRES = "/usr/lib/postgresql"


def named_server(words: tuple[str, ...], port: int, host: str) -> tuple[str, ...]:
    """The command line of a server that is named by one of the short names; other commands as they are.

    Args:
        words: of ``--serve``.
        port: where it is to listen.
        host: by which name clients reach it.

    Raises:
        LabError: it is not installed.
    """
    if len(words) == 1 and words[0] in _NAMED:
        return _NAMED[words[0]](port, host)
    return words


def _redis(port: int, _: str) -> tuple[str, ...]:
    if shutil.which("redis-server") is None:
        raise LabError("there is no 'redis-server' here", advice="apt install redis-server")
    options = ("--protected-mode", "no", "--save", "", "--maxclients", "60000", "--tcp-backlog", "4096")
    return ("redis-server", "--port", str(port), *options)


def _momento(port: int, _: str) -> tuple[str, ...]:
    return _module("momento_cache", port, ("grpc", "momento_wire_types"), "momento")


def _https(port: int, host: str) -> tuple[str, ...]:
    if shutil.which("openssl") is None:
        raise LabError("there is no 'openssl' here, which makes the server's certificate", advice="apt install openssl")
    return (*_module("https", port, (), ""), "--host", host)


def _module(name: str, port: int, modules: tuple[str, ...], extra: str) -> tuple[str, ...]:
    """A server that is a module of narrows, run by a Python that the lab's commands can run."""
    python = interpreter_for(*modules, extra=extra)
    source = str(Path(__file__).absolute().parents[3])
    paths = os.pathsep.join((source, *python.packages))
    return ("env", f"PYTHONPATH={paths}", python.program, "-m", f"narrows.lab.servers.{name}", "--port", str(port))


def _postgres(port: int, _: str) -> tuple[str, ...]:
    found = sorted(Path(_POSTGRES).glob("*/bin/initdb"), key=lambda one: int(one.parts[-3]), reverse=True)
    if not found:
        raise LabError(f"there is no PostgreSQL in {_POSTGRES}", advice="apt install postgresql")
    programs = found[0].parent
    # The lab's own folder is in memory, and where a command stands.
    script = (
        'folder=$PWD/postgres && mkdir -m 700 "$folder" && '
        f'{programs}/initdb --pgdata="$folder" --auth=trust --username=postgres --no-sync >/dev/null && '
        'echo "host all all 0.0.0.0/0 trust" >> "$folder/pg_hba.conf" && '
        f'exec {programs}/postgres -D "$folder" -p {port} -c listen_addresses="*" -c unix_socket_directories="$folder" '
        "-c max_connections=1000 -c fsync=off"
    )
    return ("sh", "-c", script)


_NAMED: dict[str, Callable[[int, str], tuple[str, ...]]] = {
    "redis": _redis,
    "https": _https,
    "postgres": _postgres,
    "momento": _momento,
}
NAMES = tuple(_NAMED)

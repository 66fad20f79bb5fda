"""Real servers by a short name: ``--serve redis`` instead of a command line."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from narrows.lab.namespaces import LabError, hidden_folder
from narrows.lab.options import Options
from narrows.lab.runtimes.interpreter import interpreter_for
from narrows.lab.servers.https import CERTIFICATE

if TYPE_CHECKING:
    from narrows.scenario import Scenario

_OF_AUTHORITY = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "AWS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "DESTINATION_CA")
"""Variables by which clients learn which authority to trust."""
_POSTGRES = "/usr/lib/postgresql"


def with_named_server(options: Options, scenario: Scenario) -> Options:
    """The same options, with the command line of a server that ``serve`` names by one of the short names.

    It listens on the port of the scenario's first destination.

    Raises:
        LabError: the server is not installed, or the scenario has no destination.
    """
    if len(options.serve) != 1 or options.serve[0] not in _NAMED:
        return options
    if not scenario.network.destinations:
        raise LabError("the scenario has no destination for --serve")
    name, first = next(iter(scenario.network.destinations.items()))
    kind, function = options.serve[0], options.function
    if kind == "https" and function is not None:
        authority = f"{hidden_folder()}/{CERTIFICATE}"
        known = tuple((variable, authority) for variable in _OF_AUTHORITY)
        function = replace(function, variables=(*known, *function.variables))
    return replace(options, serve=_NAMED[kind](first.port, first.host or name), function=function)


def _redis(port: int, _: str) -> tuple[str, ...]:
    if shutil.which("redis-server") is None:
        raise LabError("there is no 'redis-server' here", advice="apt install redis-server")
    options = ("--protected-mode", "no", "--save", "", "--maxclients", "60000", "--tcp-backlog", "4096")
    return ("redis-server", "--port", str(port), *options)


def _momento(port: int, _: str) -> tuple[str, ...]:
    return _module("momento_cache", port, ("grpc", "momento_wire_types"), "'narrows[runtime]'")


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
        "-c max_connections=1000 -c fsync=off -c log_min_messages=fatal"
    )
    return ("sh", "-c", script)


_NAMED: dict[str, Callable[[int, str], tuple[str, ...]]] = {
    "redis": _redis,
    "https": _https,
    "postgres": _postgres,
    "momento": _momento,
}

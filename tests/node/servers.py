"""The servers that the clients of the truth table talk to: real ones, each with and without TLS, on the loopback."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

from tests.node.runtime import FUNCTION, INSTALLED

POSTGRES = Path("/usr/lib/postgresql/15/bin")
Ports = dict[str, tuple[int, int]]


class Servers:
    """All of them, in one folder; a context manager that gives their ports, (plain, TLS), by protocol."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._started: list[subprocess.Popen[bytes]] = []

    @property
    def certificate(self) -> Path:
        """For NODE_EXTRA_CA_CERTS and whatever else trusts by file."""
        return self._folder / "cert.pem"

    def __enter__(self) -> Ports:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._make_certificate()
        ports = {**self._node(), "redis": self._redis(), "postgres": self._postgres()}
        for pair in ports.values():
            for port in pair:
                _wait_for(port)
        return ports

    def __exit__(self, *_: object) -> None:
        for process in self._started:
            process.terminate()
        for process in self._started:
            process.wait()
            if process.stdout is not None:
                process.stdout.close()

    def _make_certificate(self) -> None:
        command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost"
        command += " -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout key.pem -out cert.pem"
        subprocess.run(command.split(), cwd=self._folder, check=True, capture_output=True)

    def _node(self) -> Ports:
        process = subprocess.Popen(
            ["node", str(FUNCTION / "server.mjs"), str(self._folder)],
            env={"PATH": os.environ["PATH"], "CLIENTS": str(INSTALLED)},
            stdout=subprocess.PIPE,
        )
        self._started.append(process)
        assert process.stdout is not None
        return {name: (pair[0], pair[1]) for name, pair in json.loads(process.stdout.readline()).items()}

    def _redis(self) -> tuple[int, int]:
        plain, secure = _free_port(), _free_port()
        command = f"redis-server --port {plain} --tls-port {secure} --bind 127.0.0.1 --tls-auth-clients no"
        command += " --tls-cert-file cert.pem --tls-key-file key.pem --tls-ca-cert-file cert.pem --save"
        self._start([*command.split(), ""], self._folder)
        return plain, secure

    def _postgres(self) -> tuple[int, int]:
        # It does not run as root.
        data, port = self._folder / "postgres", _free_port()
        data.mkdir()
        other: list[str] = []
        if os.geteuid() == 0:
            self._folder.chmod(0o755)
            shutil.chown(data, "postgres", "postgres")
            other = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        subprocess.run(
            [*other, str(POSTGRES / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "-N"],
            check=True,
            capture_output=True,
            cwd=data,
        )
        for name in ("key.pem", "cert.pem"):
            shutil.copy(self._folder / name, data / name)
            (data / name).chmod(0o600)
            if other:
                shutil.chown(data / name, "postgres", "postgres")
        settings = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off -c ssl=on"
        settings += " -c ssl_cert_file=cert.pem -c ssl_key_file=key.pem"
        self._start([*other, str(POSTGRES / "postgres"), "-D", str(data), *settings.split()], data)
        return port, port

    def _start(self, command: list[str], folder: Path) -> None:
        process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._started.append(process)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


def _wait_for(port: int, seconds: float = 20.0) -> None:
    until = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return

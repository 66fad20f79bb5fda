"""A POSIX shell with AWS's own command line, which asks a server: each call in a process that is forked ready.

``aws`` takes a second to start, and a plan has dozens of commands: so one process imports it once, and forks for each.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from tests.aws.collecting import CREDENTIALS

SH = "/bin/sh"
_CLIENT = """#!{python} -IS
import array, os, socket, sys
with socket.socket(socket.AF_UNIX) as line:
    line.connect({socket!r})
    words = "\\0".join([os.getcwd(), *sys.argv[1:]]).encode()
    head = len(words).to_bytes(4, "big")
    line.sendmsg([head], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0, 1, 2]))])
    line.sendall(words)
    answer = line.recv(1)
sys.exit(answer[0] if answer else 255)
"""
_SERVER = """
import contextlib, io, os, socket, sys
from awscli.clidriver import create_clidriver
driver = create_clidriver()
for words in ("ec2 describe-vpcs", "ec2 wait nat-gateway-available", "lambda get-function"):
    # What is wrong with it is found only once the models are read.
    with contextlib.redirect_stderr(io.StringIO()), contextlib.suppress(SystemExit):
        driver.main([*words.split(), "--no-such-option"])
with socket.socket(socket.AF_UNIX) as waiting:
    waiting.bind(sys.argv[1])
    waiting.listen()
    print("ready", flush=True)
    while True:
        line, _ = waiting.accept()
        if os.fork():
            line.close()
            continue
        head, files, _, _ = socket.recv_fds(line, 4, 3)
        size, words = int.from_bytes(head, "big"), b""
        while len(words) < size:
            words += line.recv(size - len(words))
        for number, file in enumerate(files):
            os.dup2(file, number)
        folder, *arguments = words.decode().split("\\0")
        os.chdir(folder)
        try:
            code = driver.main(arguments)
        except SystemExit as end:
            code = end.code
        sys.stdout.flush()
        sys.stderr.flush()
        line.sendall(bytes([int(code or 0) & 255]))
        os._exit(0)
"""


@dataclass(frozen=True)
class Ran:
    """What a script did."""

    code: int
    output: str
    errors: str


class AwsShell:
    """Runs scripts; ``sleep`` takes no time in them.

    Args:
        url: of the server.
    """

    def __init__(self, url: str) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="narrows-shell-")
        root = Path(self._folder.name)
        socket = str(root / "socket")
        self.environment = {
            **CREDENTIALS,
            "AWS_ENDPOINT_URL": url,
            "HOME": str(root),
            "PATH": f"{root}:/usr/bin:/bin",
            "LANG": "C.UTF-8",
        }
        for name, text in (("aws", _CLIENT.format(python=sys.executable, socket=socket)), ("sleep", "#!/bin/sh\n")):
            file = root / name
            file.write_text(text, encoding="utf-8")
            file.chmod(0o755)
        reaping = "import signal; signal.signal(signal.SIGCHLD, signal.SIG_IGN)\n"
        self._server = subprocess.Popen(
            [sys.executable, "-c", reaping + _SERVER, socket], env=self.environment, stdout=subprocess.PIPE, text=True
        )
        assert self._server.stdout is not None
        assert self._server.stdout.readline() == "ready\n"

    def __enter__(self) -> AwsShell:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.kill()
        self._server.wait()
        assert self._server.stdout is not None
        self._server.stdout.close()
        self._folder.cleanup()

    def run(self, script: str) -> Ran:
        """Run a script, until its end or the first command that fails, or asks for a variable that nothing set."""
        ended = subprocess.run(
            [SH, "-eu"], input=script, env=self.environment, capture_output=True, text=True, timeout=600, check=False
        )
        return Ran(ended.returncode, ended.stdout, ended.stderr)


def is_shell(script: str) -> str:
    """What the shell says against a script without running it; nothing where it is one."""
    ended = subprocess.run([SH, "-n"], input=script, capture_output=True, text=True, timeout=60, check=False)
    return ended.stderr


def assigned(values: Iterable[tuple[str, str]]) -> str:
    """Assignments, a line each."""
    import shlex

    return "".join(f"{name}={shlex.quote(value)}\n" for name, value in values)

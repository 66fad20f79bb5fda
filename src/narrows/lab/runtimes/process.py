"""One real runtime: ``python -m awslambdaric handler.handler`` with the variables that Lambda sets, without rights."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from narrows.lab.namespaces import Namespace
from narrows.lab.privileges import become_a_users_command
from narrows.lab.processes import CANNOT_RUN, NOT_THERE, fork_into
from narrows.lab.runtimes.plan import RuntimePlan
from narrows.limits import FILE_DESCRIPTORS

API_PORT = 9001
_WRAPPER = "AWS_LAMBDA_EXEC_WRAPPER"
_MS_BIND, _MS_RDONLY, _MS_NOSUID, _MS_NODEV, _MS_REMOUNT = 4096, 1, 2, 4, 32
_SIGNALS: dict[int, str] = {signal.SIGKILL: "killed", signal.SIGSEGV: "segmentation fault"}
_FIRST_TO_GO = "1000"
"""A machine that runs out of memory ends runtimes, and not the lab or its user's programs."""
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Exit:
    """How a runtime ended, by its exit code; minus the signal's number where one killed it."""

    code: int = 0

    @property
    def words(self) -> str:
        """As Lambda's log has it."""
        if self.code == 0:
            return "without providing a reason"
        if self.code > 0:
            return f"with error: exit status {self.code}"
        return f"with error: signal: {_SIGNALS.get(-self.code) or signal.strsignal(-self.code)}"


def most_memory(process: int) -> int:
    """The most memory that a process had at once, MB; 0 where it is gone."""
    with suppress(OSError, ValueError, IndexError):
        status = Path(f"/proc/{process}/status").read_text()
        return int(status.partition("VmHWM:")[2].split(None, 1)[0]) // 2**10
    return 0


def variables(plan: RuntimePlan, log_stream: str) -> dict[str, str]:
    """The environment of a runtime: what Lambda sets, and what the user asked for."""
    function = plan.function
    name = function.name or "function"
    packages = list(plan.interpreter.packages)
    if function.layer is not None:
        packages.insert(0, "/opt/python")
    found = {
        "PATH": f"{os.path.dirname(plan.interpreter.program)}:/usr/local/bin:/usr/bin:/bin:/opt/bin",  # noqa: PTH120
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "LAMBDA_TASK_ROOT": function.folder,
        "LAMBDA_RUNTIME_DIR": "/var/runtime",
        "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{API_PORT}",
        "AWS_LAMBDA_FUNCTION_NAME": name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": log_stream,
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_EXECUTION_ENV": f"AWS_Lambda_python{sys.version_info.major}.{sys.version_info.minor}",
        "AWS_REGION": plan.region,
        "AWS_DEFAULT_REGION": plan.region,
        "AWS_ACCESS_KEY_ID": "lab",
        "AWS_SECRET_ACCESS_KEY": "lab",
        "AWS_SESSION_TOKEN": "lab",
        "_HANDLER": function.handler,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": os.pathsep.join(packages),
        "DESTINATION_HOST": plan.destination[0],
        "DESTINATION_PORT": str(plan.destination[1]),
    }
    return {**found, **dict(function.variables)}


def start(plan: RuntimePlan, space: Namespace, environment: Mapping[str, str], output: int) -> int:
    """Start a runtime in its namespace; gives its process id, which is that of its process group too.

    Args:
        output: what its standard output and error are.
    """
    command = [plan.interpreter.program, "-m", "awslambdaric", plan.function.handler]
    if environment.get(_WRAPPER):
        command.insert(0, environment[_WRAPPER])
    return fork_into(space, lambda: _become(plan, command, environment, output))


def _become(plan: RuntimePlan, command: list[str], environment: Mapping[str, str], output: int) -> None:
    os.setsid()
    os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    try:
        become_a_users_command(lambda: _stand_at_opt(plan.function.layer))
        os.closerange(3, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (FILE_DESCRIPTORS.value,) * 2)
        with suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text(_FIRST_TO_GO)
        for number in (signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(number, signal.SIG_DFL)
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
        os.chdir(plan.function.folder)
        os.execve(command[0], command, dict(environment))
    except OSError as error:
        print(f"'{command[0]}' cannot be run by user {os.geteuid()}: {error.strerror}", file=sys.stderr, flush=True)
        os._exit(NOT_THERE if isinstance(error, FileNotFoundError) else CANNOT_RUN)


def _stand_at_opt(layer: str | None) -> None:
    """Let a layer's folder be /opt, for this process and its children."""
    if layer is None:
        return
    if _libc.mount(os.fsencode(layer), b"/opt", None, _MS_BIND, None) != 0:
        raise OSError(ctypes.get_errno(), f"{layer} cannot stand at /opt: {os.strerror(ctypes.get_errno())}")
    _libc.mount(None, b"/opt", None, _MS_BIND | _MS_REMOUNT | _MS_RDONLY | _MS_NOSUID | _MS_NODEV, None)

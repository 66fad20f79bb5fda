"""Which function the real runtimes run, and how they are invoked."""

from __future__ import annotations

from dataclasses import dataclass, field

MOST_ENVIRONMENTS = 1000
"""Real runtimes: each is a process of some 15 to 50 MB, in a network namespace of its own."""


@dataclass(frozen=True)
class Interpreter:
    """A Python that whoever the lab's commands run as can run."""

    program: str
    packages: tuple[str, ...] = ()
    """Folders for PYTHONPATH: where the packages are that the interpreter does not find by itself."""


@dataclass(frozen=True)
class Function:
    """What is run, as the user names it."""

    folder: str
    handler: str = "handler.handler"
    name: str | None = None
    """The scenario's function that it takes the place of; None for its first."""
    every: float = 1.0
    """Seconds from one invocation of an active environment to its next."""
    timeout: float = 3.0
    """Seconds after which Lambda kills the runtime."""
    memory: int = 128
    """Megabytes that it says it has; nothing limits it to that."""
    variables: tuple[tuple[str, str], ...] = ()
    layer: str | None = None
    """A folder that stands at /opt."""
    freezes: bool = True
    """Stop the runtime's processes between invocations, as Lambda does."""


@dataclass(frozen=True)
class RuntimePlan:
    """The function in the lab: ``Function``, and what the lab's own processes must know of it."""

    function: Function
    client: int
    """The number of the client in the blueprint that it takes the place of."""
    interpreter: Interpreter
    destination: tuple[str, int]
    """Name and port of the first destination that the function connects to."""
    region: str
    seed: int
    environments: tuple[tuple[int, str], ...] = field(default=())
    """(number, address) of each execution environment."""
    journal: int = -1
    """Descriptor of the file that the journal is written to."""

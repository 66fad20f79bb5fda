"""Packages that only some commands need: which extra brings each, and the one line where one is missing.

``pip install narrows`` brings what diagnosis, plan and report need. The rest is large, or needed by few; ``need``
stands before the first import of it.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec

from narrows.errors import MachineError

EXTRA_OF = {
    "boto3": "aws",
    "duckdb": "flowlogs",
    "ijson": "flowlogs",
    "numba": "simulate",
    "pyathena": "athena",
    "pyspark": "spark",
    "samtranslator": "sam",
    "sqlglot": "flowlogs",
    "starlette": "serve",
    "uvicorn": "serve",
}
"""The extra of this distribution that brings a package, by the name it is imported by."""
_DISTRIBUTION_OF = {"pyathena": "PyAthena", "samtranslator": "aws-sam-translator"}
"""What a package is called where it is installed from, where that is another name."""


class MissingPackageError(MachineError):
    """A package is not installed that what was asked for needs. Its line says how to install it."""

    def __init__(self, package: str, what: str, *, file: str | None = None) -> None:
        self.package = package
        """As it is imported."""
        self.extra = EXTRA_OF[package]
        """The extra that brings it."""
        name = _DISTRIBUTION_OF.get(package, package)
        super().__init__(f"{what} needs {name}: pip install 'narrows[{self.extra}]'", file=file)


def is_there(package: str) -> bool:
    """Whether a package can be imported; it is not imported for that."""
    if package in sys.modules:
        return sys.modules[package] is not None
    return find_spec(package) is not None


def need(package: str, what: str, *, file: str | None = None) -> None:
    """See that an optional package is installed.

    Args:
        package: as it is imported.
        what: what needs it, as a sentence begins: ``simulating``.
        file: the file that is the reason, if one is.

    Raises:
        MissingPackageError: it is not.
    """
    if not is_there(package):
        raise MissingPackageError(package, what, file=file)

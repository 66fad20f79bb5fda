"""DuckDB with nothing but what it is here for: the files to read, and its own folder.

It installs and loads no extension, knows no secrets, opens no address, and no statement can change that.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb


def connect(room: Path) -> duckdb.DuckDBPyConnection:
    """A database in memory, with its temporary files in ``room``; its settings are open until ``lock``."""
    import duckdb

    return duckdb.connect(
        config={
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_community_extensions": False,
            "allow_unsigned_extensions": False,
            "allow_persistent_secrets": False,
            "python_enable_replacements": False,
            "custom_extension_repository": str(room / "no-extensions"),
            "extension_directory": str(room / "no-extensions"),
            "secret_directory": str(room / "no-secrets"),
            "home_directory": str(room),
            "temp_directory": str(room / "spill"),
            "preserve_insertion_order": False,
        }
    )


def lock(db: duckdb.DuckDBPyConnection, room: Path, files: Sequence[str]) -> None:
    """From here on only ``files`` and what lies in ``room`` can be opened, and no setting be changed."""
    db.execute("SET allowed_directories = ?", [[str(room)]])
    db.execute("SET allowed_paths = ?", [list(files)])
    db.execute("SET enable_external_access = false")
    db.execute("SET lock_configuration = true")

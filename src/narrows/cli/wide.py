"""``--wide``, which every command takes that prints tables."""

from __future__ import annotations

from typing import Annotated

import typer

Wide = Annotated[bool, typer.Option("--wide", help="Every column, row and name, as into a pipe.")]

"""``truth.json`` as the report reads it. Like everything in a case it is data from outside."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from narrows.bounds import FIRST_MOMENT, JSON_BYTES, LAST_MOMENT
from narrows.case.reading.aws_json import Record, parse_json
from narrows.case.reading.folder import CaseFolder
from narrows.errors import InputError

if TYPE_CHECKING:
    from narrows.case.model import Case

FILE = "truth.json"
_ADVICE = "remove it: nothing else needs it"

_Count = Annotated[int, Field(ge=0, le=2**53, strict=True)]
_Minute = Annotated[int, Field(ge=FIRST_MOMENT, le=LAST_MOMENT, strict=True)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class TrueTable(_Part):
    """One table of connections."""

    kind: str
    resource: str
    index: _Count = 0
    az: str | None = None
    destination: str | None = None
    destination_address: str | None = None
    destination_port: int | None = None
    capacity: _Count | None
    peak: _Count
    dropped: _Count
    occupied_by_minute: tuple[_Count, ...] = ()


class TrueClient(_Part):
    """One function, or another client: counted from the start, at the end of each minute."""

    environments: tuple[_Count, ...] = ()
    open: tuple[_Count, ...] = ()
    attempted: tuple[_Count, ...] = ()
    established: tuple[_Count, ...] = ()
    timed_out: tuple[_Count, ...] = ()
    refused: tuple[_Count, ...] = ()
    reset: tuple[_Count, ...] = ()


class Truth(_Part):
    """The whole file."""

    schema_: int = Field(alias="schema", default=1)
    name: str = ""
    minutes: tuple[_Minute, ...] = ()
    """Start of each minute, seconds since 1970."""
    functions: dict[str, TrueClient] = Field(default_factory=dict)
    tables: tuple[TrueTable, ...] = ()


def read_truth(case: Case) -> Truth | None:
    """The truth beside a case, or None where there is none.

    Raises:
        InputError: there is one, and it is not what narrows writes.
    """
    if not os.path.lexists(Path(case.folder) / FILE):
        return None
    folder = CaseFolder(case.folder)
    file = folder.root / FILE
    answer = Record.of(parse_json(folder.read(file, JSON_BYTES, _ADVICE), file), file, "").data
    try:
        return Truth.model_validate(answer)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or None
        raise InputError(str(first["msg"]), file=file, place=place, advice=_ADVICE) from None

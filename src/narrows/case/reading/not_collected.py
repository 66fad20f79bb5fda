"""What a live account did not give: a note for each piece of evidence, with the permission that was missing."""

from __future__ import annotations

from narrows.bounds import COLLECTED_BYTES
from narrows.case.collected import ANSWERED, FILE, read_lines
from narrows.case.reading.folder import CaseFolder

_ABSENT = "absent"


def note_what_is_missing(folder: CaseFolder) -> None:
    """A note for each request of ``collected.jsonl`` that has no answer in the case."""
    file = folder.root / FILE
    if not folder.exists(file):
        return
    last = {one.key: one for one in read_lines(folder.read(file, COLLECTED_BYTES))}
    for one in last.values():
        if one.outcome == ANSWERED:
            if one.text:
                folder.note(one.file or FILE, one.text)
        elif one.file is None or not folder.exists(folder.root / one.file):
            verb = "has nothing" if one.outcome == _ABSENT else "was not collected"
            folder.note(one.file or FILE, f"{verb}: {one.text} ({one.operation})")

"""What narrows says of an incident, beside what an expert says."""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from narrows.case import read_case
from narrows.diagnose import Status, diagnose
from narrows.diagnose.verdict import verdict
from oracles.incidents.world.expert import Headline, Incident

ALL_CLEAR = "good"
"""The tone of a verdict that finds nothing wrong."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One incident, and what is wrong with what was said of it; nothing where all is right."""

    incident: Incident
    said: str
    """The cause that is named, else the kind of headline: ``open`` or ``clear``."""
    sentence: str
    """The first of the diagnosis."""
    certainty: str
    false_name: bool
    false_confirmed: tuple[str, ...]
    true_ruled_out: tuple[str, ...]
    false_all_clear: bool
    wrong_headline: bool
    """It names none where it should, or is all-clear where it should be open, or the other way round."""
    unsaid: tuple[str, ...]
    """Words that the first sentence should have."""
    missaid: tuple[str, ...]
    """Words that the first sentence should not have."""

    @property
    def right(self) -> bool:
        """The cause is named, or rightly none, and the first sentence says where."""
        return not (self.false_name or self.wrong_headline or self.unsaid or self.missaid)

    @property
    def harmless(self) -> bool:
        """Nothing in it leads anybody astray, right or not."""
        return not (self.false_name or self.false_confirmed or self.true_ruled_out or self.false_all_clear)

    @property
    def expected(self) -> str:
        """What the expert says, as in ``said``."""
        expert = self.incident.expert
        return expert.names[0] if expert.headline is Headline.NAMED else expert.headline.value

    @property
    def faults(self) -> str:
        """In words."""
        found = [
            "names a false cause" if self.false_name else "",
            f"confirms {', '.join(self.false_confirmed)}" if self.false_confirmed else "",
            f"rules out {', '.join(self.true_ruled_out)}" if self.true_ruled_out else "",
            "false all-clear" if self.false_all_clear else "",
            "wrong headline" if self.wrong_headline and not self.false_all_clear else "",
            f"does not say {', '.join(self.unsaid)}" if self.unsaid and not self.wrong_headline else "",
            f"says {', '.join(self.missaid)}" if self.missaid else "",
        ]
        return "; ".join(filter(None, found))


def judge(incident: Incident) -> Judged:
    """Stage an incident, diagnose its case, and hold it against the expert.

    Raises:
        InputError: the case cannot be read, which is the incident's own fault.
    """
    with tempfile.TemporaryDirectory(prefix="narrows-world-") as folder:
        case = read_case(incident.case().write(Path(folder) / "case"))
        diagnosis = diagnose(case)
        first = verdict(case, diagnosis)
    expert = incident.expert
    clear = first.tone == ALL_CLEAR
    said = diagnosis.narrows or ("clear" if clear else "open")
    fits = {
        Headline.NAMED: diagnosis.narrows is not None,
        Headline.OPEN: diagnosis.narrows is None and not clear,
        Headline.CLEAR: diagnosis.narrows is None and clear,
        Headline.EITHER: diagnosis.narrows is None,
    }
    false_name = diagnosis.narrows is not None and diagnosis.narrows not in expert.names
    sentence = first.sentence.lower()
    return Judged(
        incident,
        said,
        first.sentence,
        first.certainty,
        false_name,
        tuple(one.id for one in diagnosis.causes if one.status is Status.CONFIRMED and one.id not in expert.true),
        tuple(one.id for one in diagnosis.causes if one.status is Status.RULED_OUT and one.id in expert.true),
        clear and expert.headline in (Headline.NAMED, Headline.OPEN),
        diagnosis.narrows not in expert.names and not false_name and not fits[expert.headline],
        tuple(one for one in expert.says if one.lower() not in sentence) if not false_name else (),
        tuple(one for one in expert.lacks if one.lower() in sentence),
    )


def summary(judged: list[Judged]) -> str:
    """The counts, in one paragraph."""
    rows = (
        ("right", sum(one.right for one in judged)),
        ("right and nothing false in it", sum(one.right and one.harmless for one in judged)),
        ("false name", sum(one.false_name for one in judged)),
        ("false confirmed", sum(bool(one.false_confirmed) for one in judged)),
        ("true ruled out", sum(bool(one.true_ruled_out) for one in judged)),
        ("false all-clear", sum(one.false_all_clear for one in judged)),
        ("named none where one is to be named", sum(one.wrong_headline and one.expected in one.incident.expert.names
                                                     for one in judged)),
        ("named, but its sentence lacks a word", sum(bool(one.unsaid) and not one.wrong_headline for one in judged)),
        ("its sentence has a word that misleads", sum(bool(one.missaid) for one in judged)),
    )  # fmt: skip
    return "\n".join([f"{len(judged)} incidents", *(f"  {count:4}  {what}" for what, count in rows)])


def matrix(judged: list[Judged]) -> str:
    """Rows: what the expert says. Columns: what the diagnosis says."""
    counts = Counter((one.expected, one.said) for one in judged)
    ends = ["open", "either", "clear"]
    found = {name for pair in counts for name in pair}
    names = [*sorted(found - set(ends)), *(name for name in ends if name in found)]
    lines = ["columns: " + ", ".join(f"{index}={name}" for index, name in enumerate(names))]
    lines.append(f"{'the expert says':32}" + "".join(f"{index:>4}" for index in range(len(names))))
    for row in names:
        cells = [counts[row, column] for column in names]
        if any(cells):
            lines.append(f"{row:32}" + "".join(f"{cell or '.':>4}" for cell in cells))
    return "\n".join(lines)


def failures(judged: list[Judged]) -> str:
    """Each incident of which something is wrong, with the first sentence of its diagnosis."""
    lines = []
    for one in judged:
        if not (one.right and one.harmless):
            about = one.incident
            lines += [
                f"{about.family}.{about.name}: {one.faults}",
                f"    expert: {', '.join(about.expert.names) or about.expert.headline.value}: {about.expert.because}",
                f"    said:   {one.certainty}: {one.sentence}",
            ]
    return "\n".join(lines)

"""How evidence adds up to a status.

Every piece of evidence weighs as much as the decimal logarithm of its likelihood ratio: how many times likelier it is
seen with the cause at work than without it. Independent pieces add. The grades below are estimates, on purpose coarse:
a rule picks the grade that its reasoning supports, and nothing rests on the second digit.

Two kinds of evidence do not add but decide. *Proof* means the cause and nothing else (a counter of AWS's own, an errno
that the kernel sets for this alone). *Exclusion* means that it cannot be.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from narrows.diagnose.model import BoundLimit, CauseResult, Diagnosis, Evidence, Missing, Observed, Status
from narrows.errors import one_line
from narrows.network import Resource

_LONGEST = 2_000
"""Characters of a sentence."""

PROOF = float("inf")
STRONG = 1.0
"""Ten to one: a signature that little else leaves."""
FAIR = 0.5
"""Three to one: what is to be expected with the cause, and sometimes without it."""
WEAK = 0.2
"""Three to two: it fits."""

LIKELY_FROM = 1.0
"""A cause is likely from ten to one on."""
EXCLUDED_FROM = -2.0
"""Without exclusion, a cause is ruled out from a hundred to one against it on, ..."""
UNFOUNDED_FROM = -1.0
"""... and from ten to one on, where nothing at all speaks for it."""


@dataclass(slots=True)
class Examination:
    """What the rules of one cause find; ``result`` gives it its status."""

    cause: str
    mechanism: str | None = None
    resource: Resource | None = None
    resources: tuple[Resource, ...] = ()
    limit: BoundLimit | None = None
    observed: Observed | None = None
    explains: int | None = None
    reason: str = ""
    """The verdict in words of its own, in place of the cause's sentence; ids of AWS for names."""
    neighbours: str = ""
    """The sentence of ``evidence`` that names who is not in question and shares the table."""
    evidence: list[Evidence] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)
    ceiling: Status = Status.CONFIRMED
    cap: Status = Status.CONFIRMED

    def proves(self, text: str, source: str) -> None:
        """Direct evidence: it is so."""
        self._add(True, text, source, PROOF)

    def excludes(self, text: str, source: str) -> None:
        """It cannot be."""
        self._add(False, text, source, -PROOF)

    def supports(self, text: str, source: str, weight: float) -> None:
        """Evidence for it."""
        self._add(True, text, source, abs(weight))

    def speaks_against(self, text: str, source: str, weight: float) -> None:
        """Evidence against it."""
        self._add(False, text, source, -abs(weight))

    def remarks(self, text: str, source: str, *, supports: bool = True) -> None:
        """What explains the rest and weighs nothing by itself."""
        self._add(supports, text, source, 0.0)

    def _add(self, supports: bool, text: str, source: str, weight: float) -> None:
        # Names in a case are data from outside: a sentence stays one line, whatever they hold.
        self.evidence.append(Evidence(supports, one_line(text, _LONGEST), one_line(source, _LONGEST), weight))

    def at_most(self, ceiling: Status) -> None:
        """Hold the status down: a rival could not be ruled out, so nothing that adds up makes it surer."""
        if self.ceiling.reaches(ceiling):
            self.ceiling = ceiling

    def caps(self, cap: Status) -> None:
        """Hold the status down, proof or not: what is proved did not do what is asked about, as far as can be seen."""
        if self.cap.reaches(cap):
            self.cap = cap

    def needs(self, *missing: Missing | None) -> None:
        """Evidence that would make it surer."""
        for one in missing:
            if one is not None:
                mine = tuple(replace(reason, cause=self.cause) for reason in one.reasons)
                self.missing.append(replace(one, reasons=mine))

    @property
    def strength(self) -> float:
        """Sum of the weights. Proof outweighs exclusion: a counter that rose is not undone by an expectation."""
        weights = [one.weight for one in self.evidence]
        if PROOF in weights:
            return PROOF
        return sum(weights)

    def status(self) -> Status:
        """What the evidence adds up to."""
        status = self._uncapped()
        return self.cap if status.reaches(self.cap) else status

    def _uncapped(self) -> Status:
        strength = self.strength
        if strength == PROOF:
            return Status.CONFIRMED
        if strength <= EXCLUDED_FROM:
            return Status.RULED_OUT
        if not any(one.weight > 0 for one in self.evidence):
            return Status.RULED_OUT if strength <= UNFOUNDED_FROM else Status.UNKNOWN
        likely = strength >= LIKELY_FROM and self.ceiling.reaches(Status.LIKELY)
        return Status.LIKELY if likely else Status.POSSIBLE

    def result(self, status: Status | None = None) -> CauseResult:
        """The frozen result, its strongest evidence first. ``status`` replaces what the evidence adds up to."""
        ordered = sorted(self.evidence, key=lambda one: -abs(one.weight))
        resources = self.resources or ((self.resource,) if self.resource else ())
        return CauseResult(
            self.cause,
            status or self.status(),
            self.mechanism,
            self.resource,
            self.limit,
            self.observed,
            tuple(ordered),
            resources,
            self.explains,
            self.strength,
            one_line(self.reason, _LONGEST),
            one_line(self.neighbours, _LONGEST),
        )


def is_needless(diagnosis: Diagnosis, cause: CauseResult) -> bool:
    """Whether a cause is merely not ruled out, while what binds is confirmed and accounts for all that failed."""
    binding = diagnosis.binding
    if binding is None or binding.status is not Status.CONFIRMED or binding.explains is None:
        return False
    accounts = binding.explains >= (diagnosis.failures or 0)
    return accounts and cause.status is Status.POSSIBLE and cause.strength < LIKELY_FROM

"""What the callers in question saw: the symptoms that the causes have to explain."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate

from narrows.case.model import CallerCount, CallerOutcome, Callers, Told
from narrows.case.outcomes import FAILURES
from narrows.evidence.metrics import Window

CONNECT_TIMEOUTS = (CallerOutcome.TIMED_OUT,)


@dataclass(frozen=True)
class Symptoms:
    """Outcomes of the functions in question, within the window."""

    counts: tuple[CallerCount, ...]
    complete: bool
    """Every attempt is there, the successful ones too."""
    sources: tuple[str, ...]
    environments: dict[str, int]
    window: Window | None
    reported: frozenset[CallerOutcome]
    """What the free text of ``case.yaml`` tells, as far as words in it say so."""
    elsewhere: tuple[CallerCount, ...] = ()
    """Outcomes whose line names a place that is none of the destinations in question."""
    mentioned: tuple[CallerCount, ...] = ()
    """What lines mention without telling of a failure: a warning of a retry, a setting, a text that somebody wrote; or
    where no invocation failed in their time. It proves nothing."""

    @property
    def known(self) -> bool:
        """Whether the case holds anything of what callers saw."""
        return bool(self.sources)

    @property
    def told(self) -> bool:
        """Whether any line or row tells of a failure, be it of a destination in question or of another place."""
        return any(one.outcome.about.failed or one.outcome.about.ambiguous for one in (*self.counts, *self.elsewhere))

    def places(self, *outcomes: CallerOutcome) -> dict[str, int]:
        """Hosts and addresses, none of the destinations in question, that one of these outcomes was seen of."""
        counts: dict[str, int] = {}
        for one in (*self.elsewhere, *self.counts):
            if one.outcome in outcomes and one.elsewhere is not None:
                counts[one.elsewhere] = counts.get(one.elsewhere, 0) + one.count
        return counts

    def everywhere(self, *outcomes: CallerOutcome) -> tuple[CallerCount, ...]:
        """What ended in one of these outcomes, whatever place it names."""
        return tuple(one for one in (*self.counts, *self.elsewhere) if one.outcome in outcomes)

    def mentions(self, *outcomes: CallerOutcome) -> tuple[CallerCount, ...]:
        """Lines that mention one of these outcomes, and tell of no failure."""
        return tuple(one for one in self.mentioned if one.outcome in outcomes)

    @property
    def failures(self) -> int:
        """Everything that failed for a reason that is known."""
        return self.total(*FAILURES)

    def total(self, *outcomes: CallerOutcome, function: str | None = None, destination: str | None = None) -> int:
        """How many saw one of these outcomes."""
        return self._of(outcomes, function, destination).total

    def source(self, *outcomes: CallerOutcome) -> str:
        """Where the first of them stands; without any, where callers' outcomes stand at all."""
        return self._of(outcomes).source or ", ".join(self.sources[:2]) or "callers/"

    def first(self, *outcomes: CallerOutcome) -> int | None:
        """The minute of the first of them; None when there is none, or it carries no time."""
        return self._of(outcomes).first

    def last(self, *outcomes: CallerOutcome) -> int | None:
        """The minute of the last of them."""
        return self._of(outcomes).last

    def by_minute(
        self, *outcomes: CallerOutcome, function: str | None = None, destination: str | None = None
    ) -> dict[int, int]:
        """Counts by minute, in order of time; what carries no time is left out."""
        return self._of(outcomes, function, destination).by_minute

    def opened(self, function: str | None = None, destination: str | None = None) -> list[tuple[int, float]]:
        """Connections established since the first minute, by minute to the end of the window: at least as many as are
        open of them.

        Empty unless every attempt is in the case.
        """
        every = self._ends
        if not self.complete or not every:
            return []
        new = self.by_minute(CallerOutcome.ESTABLISHED, function=function, destination=destination)
        end = max(every) + 60 if self.window is None else max(self.window[1], max(every) + 60)
        minutes = range(min(every), end, 60)
        running = accumulate(new.get(minute, 0) for minute in minutes)
        return [(minute, float(count)) for minute, count in zip(minutes, running, strict=True)]

    def destinations(self, *outcomes: CallerOutcome) -> tuple[str, ...]:
        """Destinations for which one of these outcomes was seen, the most frequent first."""
        counts: dict[str, int] = {}
        for one in self._of(outcomes).counts:
            if one.destination is not None:
                counts[one.destination] = counts.get(one.destination, 0) + one.count
        return tuple(sorted(counts, key=lambda name: (-counts[name], name)))

    def span(self, *outcomes: CallerOutcome, before: int = 0) -> Window | None:
        """From the first minute of these outcomes, less ``before`` seconds, to the end of the last."""
        first, last = self.first(*outcomes), self.last(*outcomes)
        return None if first is None or last is None else (first - before, last + 60)

    def _of(
        self, outcomes: Iterable[CallerOutcome], function: str | None = None, destination: str | None = None
    ) -> _Part:
        key = frozenset(outcomes), function, destination
        found = self._parts.get(key)
        if found is None:
            wanted = key[0]
            among: Sequence[CallerCount] = self.counts
            if function is not None:
                among = self._of_function.get(function, ())
            elif destination is not None:
                among = self._of_destination.get(destination, ())
            found = self._parts[key] = _Part(
                tuple(
                    one
                    for one in among
                    if one.outcome in wanted and (destination is None or one.destination == destination)
                )
            )
        return found

    @cached_property
    def _parts(self) -> dict[tuple[frozenset[CallerOutcome], str | None, str | None], _Part]:
        return {}

    @cached_property
    def _of_function(self) -> dict[str | None, list[CallerCount]]:
        found: dict[str | None, list[CallerCount]] = {}
        for one in self.counts:
            found.setdefault(one.function, []).append(one)
        return found

    @cached_property
    def _of_destination(self) -> dict[str | None, list[CallerCount]]:
        found: dict[str | None, list[CallerCount]] = {}
        for one in self.counts:
            found.setdefault(one.destination, []).append(one)
        return found

    @cached_property
    def _ends(self) -> tuple[int, ...]:
        """The first and the last minute of all; nothing where no minute is known."""
        every = [one.minute for one in self.counts if one.minute >= 0]
        return (min(every), max(every)) if every else ()


class _Part:
    """Some of the counts, and what is asked of them again and again."""

    def __init__(self, counts: tuple[CallerCount, ...]) -> None:
        minutes = [one.minute for one in counts if one.minute >= 0]
        self.counts = counts
        self.total = sum(one.count for one in counts)
        self.first = min(minutes, default=None)
        self.last = max(minutes, default=None)
        earliest = min(counts, key=lambda one: one.minute, default=None)
        self.source = earliest.source if earliest else ""

    @cached_property
    def by_minute(self) -> dict[int, int]:
        minutes: dict[int, int] = {}
        for one in self.counts:
            if one.minute >= 0:
                minutes[one.minute] = minutes.get(one.minute, 0) + one.count
        return dict(sorted(minutes.items()))


def is_own_address(place: str) -> bool:
    """Whether a host, with or without a port behind it, is the execution environment itself."""
    host = place.rpartition(":")[0] if place.rpartition(":")[2].isdigit() else place
    return host.strip("[]").lower() in ("localhost", "::1", "0.0.0.0") or host.startswith("127.")


def read_symptoms(
    callers: Callers,
    functions: tuple[str, ...],
    destinations: tuple[str, ...],
    window: Window | None,
    reported: str,
    nothing_failed: Callable[[CallerCount], bool] = lambda _count: False,
) -> Symptoms:
    """The outcomes of ``functions`` (of all, when there are none) within the window.

    What names no function or destination belongs to the only one there is.

    Args:
        nothing_failed: whether no invocation failed when that was seen, so that whatever it was, it did no harm.
    """
    asked = frozenset(functions)
    function = functions[0] if len(functions) == 1 else None
    destination = destinations[0] if len(destinations) == 1 else None
    counts: list[CallerCount] = []
    elsewhere: list[CallerCount] = []
    mentioned: list[CallerCount] = []
    for one in callers.counts:
        ours = not asked or one.function is None or one.function in asked
        inside = window is None or one.minute < 0 or window[0] - 60 < one.minute < window[1]
        if not ours or not inside or one.count <= 0:
            continue
        of_another = one.elsewhere is not None and (bool(destinations) or is_own_address(one.elsewhere))
        passing = one.told is not Told.ERROR
        if one.function is None or (one.destination is None and not of_another and not passing):
            its = one.destination if of_another or passing else one.destination or destination
            one = replace(one, function=one.function or function, destination=its)
        failure = one.outcome.about.failed or one.outcome.about.ambiguous
        harmless = failure and not callers.complete and nothing_failed(one)
        if passing or harmless:
            mentioned.append(one)
        elif of_another:
            elsewhere.append(one)
        else:
            counts.append(one)
    return Symptoms(
        counts=tuple(counts),
        complete=callers.complete and bool(counts),
        sources=callers.sources,
        environments={name: count for name, count in callers.environments.items() if not asked or name in asked},
        window=window,
        reported=frozenset(one for one in CallerOutcome if one.about.words and one.about.words.search(reported)),
        elsewhere=tuple(elsewhere),
        mentioned=tuple(mentioned),
    )

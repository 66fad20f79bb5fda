"""Many requests at one time: each answer goes into the case as it comes, each failure costs its own evidence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from narrows.aws.requests import Request
from narrows.case.cloudwatch_names import ANSWERED as METRICS_ANSWERED
from narrows.case.collected import ANSWERED, Collected, key_of
from narrows.case.reading.alarms import ALARMS, TOKEN
from narrows.collect.account import AT_ONCE, Account, StoppedError, dumped
from narrows.collect.hosts import Host, hosts_in_environment
from narrows.collect.problems import CallError, Cost, UnreachableError
from narrows.collect.target import Target
from narrows.errors import InputError

EVENTS = 100_000
"""Of one log that are collected: what comes after them is left out, and said."""
_UNREACHABLE = 3
"""Calls in a row that nobody answers, after which nobody is asked any more."""
MOST_ALARMS = 10_000
"""That are looked through: DescribeAlarms lists all of a Region, page by page. Of those behind them none is collected,
and it is said."""
_WINDOWED = ("GetMetricData", "FilterLogEvents")
"""Operations whose answers are of a time: another time is another file."""
_TICK = 0.2
"""Seconds, in which a signal is seen."""

Advance = Callable[[int, int], object]


@dataclass
class Asking:
    """The calls of one run."""

    account: Account
    target: Target
    advance: Advance = lambda _done, _total: None
    done: int = 0
    total: int = 0
    missed: list[Collected] = field(default_factory=list)
    """What was asked for in vain, in this run."""
    read_environment: bool = False
    """Whether hosts may be taken from environment variables."""
    hosts: list[Host] = field(default_factory=list)
    """Those that were."""
    _unreachable: int = 0

    def ask(self, requests: Iterable[Request]) -> int:
        """Make the requests whose answers are not in the case yet; how many that were.

        Raises:
            InputError: no call can succeed any more, or an answer cannot be written. What came before is in the case.
        """
        return self.run([partial_of(self._one, one) for one in self.left(requests)])

    def left(self, requests: Iterable[Request]) -> list[Request]:
        """Those that are still to be made, each with the file that is free for its answer."""
        return left(self.target, requests)

    def run(self, jobs: list[Callable[[], None]]) -> int:
        """Run jobs that call the account; how many there were. Raises as ``ask``."""
        self.total += len(jobs)
        self.advance(self.done, self.total)
        pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="narrows-collect")
        waiting: set[Future[None]] = set()
        rest = iter(jobs)
        try:
            for job in rest:
                waiting.add(pool.submit(job))
                if len(waiting) >= 2 * AT_ONCE:
                    waiting = self._some_of(waiting)
            while waiting:
                waiting = self._some_of(waiting)
        except BaseException:
            self.account.stop()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        pool.shutdown()
        return len(jobs)

    def _some_of(self, waiting: set[Future[None]]) -> set[Future[None]]:
        ended, others = wait(waiting, timeout=_TICK, return_when=FIRST_COMPLETED)
        for one in ended:
            one.result()
            self.done += 1
        self.advance(self.done, self.total)
        return others

    def _one(self, request: Request) -> None:
        text = ""
        try:
            if request.operation == "GetMetricData":
                self._metrics(request)
            elif request.operation == "FilterLogEvents":
                text = self._events(request)
            elif request.operation == "DescribeAlarms":
                text = self._alarms(request)
            else:
                answer = self.account.answer(request)
                if self.read_environment and request.operation == "GetFunctionConfiguration":
                    self.hosts += hosts_in_environment((answer.get("Environment") or {}).get("Variables") or {})
                self._write(request, _queried(answer, request.query))
            self._unreachable = 0
        except CallError as error:
            self.fails(request, error)
            return
        except StoppedError:
            return
        self.target.log(made(request, ANSWERED, text))

    def fails(self, request: Request, error: CallError) -> None:
        """Note what a request cost that failed. Raises ``InputError`` where nobody answers any more."""
        one = made(request, error.cost.value, error.text, error.permission)
        self.missed.append(one)
        self.target.log(one)
        self._unreachable = self._unreachable + 1 if isinstance(error, UnreachableError) else 0
        if self._unreachable >= _UNREACHABLE:
            advice = "what was read is in the case: run the same command again, and it goes on where it stopped"
            raise InputError(f"AWS does not answer any more ({error.text})", advice=advice)

    def _metrics(self, request: Request) -> None:
        """The answer page by page: that of hundreds of metrics over days is not to stand in memory."""
        assert request.file is not None
        assert request.queries_file is not None
        self.target.write(request.queries_file, dumped(request.parameters["MetricDataQueries"]))
        with self.target.writing(request.file) as stream:
            stream.write(b"[")
            for number, page in enumerate(self.account.pages(request)):
                # The paginator has still to read the token from the page itself.
                results = {name: value for name, value in page.items() if name != "NextToken"}
                stream.write((b"," if number else b"") + dumped(results))
            stream.write(b"]\n")

    def _events(self, request: Request) -> str:
        """Log lines up to a bound, page by page; what is to be said where there are more."""
        assert request.file is not None
        count, last = 0, 0
        with self.target.writing(request.file) as stream:
            stream.write(b'{"events": [')
            for page in self.account.pages(request):
                events = page.get("events", [])[: EVENTS - count]
                if events:
                    stream.write((b"," if count else b"") + b",".join(map(dumped, events)))
                    count, last = count + len(events), events[-1]["timestamp"]
                if count >= EVENTS:
                    break
            stream.write(b"]}\n")
        if count < EVENTS:
            return ""
        until = datetime.fromtimestamp(last / 1000, UTC)
        return f"has the first {EVENTS:,} lines, up to {until:%Y-%m-%d %H:%M:%S} UTC: later ones were not collected"

    def _alarms(self, request: Request) -> str:
        """Alarms up to a bound, page by page: what the query leaves of each. What is to be said where there are more.

        As in an answer of AWS's own, a token then says that they are not all.
        """
        kept: list[object] = []
        count = 0
        for page in self.account.pages(request):
            count += len(page.get(ALARMS) or ())
            kept += _queried(page, request.query)[ALARMS]
            if count >= MOST_ALARMS and page.get(TOKEN):
                self._write(request, {ALARMS: kept, TOKEN: "left out"})
                return f"has those of the first {count:,} alarms of the Region: later ones were not collected"
        self._write(request, {ALARMS: kept})
        return ""

    def _write(self, request: Request, content: object) -> None:
        if request.file is not None:
            self.target.write(request.file, dumped(content))


def left(target: Target, requests: Iterable[Request], *, by_hand: bool = False) -> list[Request]:
    """The requests whose answers are not in a case, each with the file that is free for its answer.

    What is there stays as it is: a network that was changed since the incident is not the one that failed.

    Args:
        by_hand: whether a file of a time counts for the time that is asked for, although no run of narrows wrote it.
    """
    found: dict[str, Request] = {}
    taken: set[str] = set()
    for request in requests:
        key = key_of_request(request)
        before = target.asked.get(key)
        if key in found or (before is not None and _is_there(target, before)):
            continue
        if request.file is not None and target.has(request.file):
            if request.operation not in _WINDOWED or (by_hand and not target.asked):
                continue
            request = replace(request, file=_free(target, request.file, taken))
        elif request.file is not None and request.file in taken:
            # Two rules of a diagnosis may ask for metrics of different gateways, by one name.
            request = replace(request, file=_free(target, request.file, taken))
        found[key] = request
        taken.add(request.file or "")
    return list(found.values())


def _is_there(target: Target, before: Collected) -> bool:
    return before.outcome == ANSWERED and (before.file is None or target.has(before.file))


def _free(target: Target, file: str, taken: set[str]) -> str:
    """The name of a file, or the next one beside it that nothing has."""
    stem, dot, ending = file.partition(METRICS_ANSWERED if file.endswith(METRICS_ANSWERED) else ".json")
    names = (file if number == 1 else f"{stem}-{number}{dot}{ending}" for number in range(1, 10_000))
    return next(name for name in names if name not in taken and not target.has(name))


def key_of_request(request: Request) -> str:
    """What tells requests apart."""
    return key_of(request.service, request.operation, request.parameters, request.region)


def made(request: Request, outcome: str, text: str = "", permission: str | None = None) -> Collected:
    """What is remembered of a request."""
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return Collected(
        request.service, request.operation, dict(request.parameters), request.region, request.file, outcome, at, text,
        permission,
    )  # fmt: skip


def partial_of(job: Callable[[Request], None], request: Request) -> Callable[[], None]:
    """A job for one request."""
    return lambda: job(request)


def _queried(answer: Any, query: str | None) -> Any:
    if query is None:
        return answer
    import jmespath

    return jmespath.search(query, answer)


def gaps(missed: Iterable[Collected]) -> Iterator[str]:
    """What was asked for in vain and would have told something, one line for each reason."""
    grouped: dict[str, list[Collected]] = {}
    for one in missed:
        if one.outcome != Cost.ABSENT.value:
            grouped.setdefault(one.text, []).append(one)
    for text, several in grouped.items():
        names = list(dict.fromkeys(one.operation for one in several))
        yield f"{text} ({', '.join(names)}{f', {len(several)} times' if len(several) > 1 else ''})"

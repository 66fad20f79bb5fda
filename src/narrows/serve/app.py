"""The application: the page, a move, a run of the simulator, the scenario and the report to keep."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import TypeVar

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from narrows.errors import InputError
from narrows.recording import Recording
from narrows.scenario import Scenario, scenario_yaml
from narrows.serve.answer import Answer, answer
from narrows.serve.guard import Guard
from narrows.serve.moved import moved
from narrows.serve.pages import fragment, page, played_fragment, static
from narrows.serve.played import Played, played
from narrows.serve.running import DroppedError, Latest, simulate
from narrows.serve.served import Served
from narrows.serve.state import STATE_BYTES, State, read_state

_Result = TypeVar("_Result")
_STATIC = {"report.css": "text/css", "serve.css": "text/css", "serve.js": "text/javascript"}


class WhatIf:
    """One scenario that is served."""

    def __init__(self, served: Served) -> None:
        self.served = served
        self.latest = Latest()
        self.reports = Latest()
        """Apart from the runs that each move begins: a report that was asked for is not dropped by one of them."""
        self._planning = threading.Lock()

    def answer(self, state: State) -> Answer:
        """The planner's answer to a move."""
        scenario = self.scenario(state)
        # One at a time: two at once would both be late.
        with self._planning:
            return answer(scenario, self.served)

    def scenario(self, state: State) -> Scenario:
        """The scenario that a state makes of the one that is served."""
        return moved(self.served.scenario, state, self.served.prices)

    def page(self) -> str:
        """The page as it opens."""
        return page(self.served, self.answer(State()))

    def move(self, state: State) -> str:
        """The planner's answer as a fragment of the page."""
        return fragment(self.answer(state))

    def play(self, state: State, go_on: Callable[[int, int], None]) -> Played:
        """The simulator's answer."""
        return played(simulate(self.scenario(state), go_on), self.answer(state))

    def write(self, state: State) -> str:
        """The scenario as YAML, as ``narrows plan`` and ``narrows simulate`` read it."""
        return scenario_yaml(self.scenario(state))

    def report(self, state: State, go_on: Callable[[int, int], None]) -> bytes:
        """The report of a run: simulated, written as a case, read again."""
        scenario = self.scenario(state)
        return report_of(scenario, simulate(scenario, go_on), go_on)

    @property
    def file_name(self) -> str:
        """What a download is called, without its ending."""
        return re.sub(r"[^A-Za-z0-9_-]+", "-", self.served.scenario.name)[:80].strip("-") or "scenario"


def report_of(scenario: Scenario, recording: Recording, go_on: Callable[[int, int], None]) -> bytes:
    """The report of a case that a run writes."""
    from narrows.case import new_case, read_case
    from narrows.report import write_report
    from narrows.scratch import scratch_folder

    with scratch_folder("whatif") as folder:
        place = folder / "what-if"
        with new_case(place) as write:
            write(recording)
        go_on(0, 0)
        return Path(write_report(read_case(place), folder / "report.html")).read_bytes()


def build(served: Served, *, port: int, token: str) -> tuple[Starlette, WhatIf]:
    """The application that serves a scenario at a port of loopback."""
    what_if = WhatIf(served)
    routes = [
        Route("/", partial(_page, what_if)),
        *(Route(f"/{name}", partial(_static, name)) for name in _STATIC),
        Route("/move", partial(_move, what_if), methods=["POST"]),
        Route("/play", partial(_play, what_if), methods=["POST"]),
        Route("/scenario", partial(_scenario, what_if), methods=["POST"]),
        Route("/report", partial(_report, what_if), methods=["POST"]),
    ]
    guard = Middleware(Guard, port=port, token=token)
    return Starlette(routes=routes, middleware=[guard], exception_handlers={InputError: _said}), what_if


async def _page(what_if: WhatIf, _request: Request) -> Response:
    return HTMLResponse(await run_in_threadpool(what_if.page))


async def _static(name: str, _request: Request) -> Response:
    return Response(static(name), media_type=_STATIC[name])


async def _move(what_if: WhatIf, request: Request) -> Response:
    return await _with_state(request, lambda state: run_in_threadpool(lambda: HTMLResponse(what_if.move(state))))


async def _play(what_if: WhatIf, request: Request) -> Response:
    async def run(state: State) -> Response:
        future = what_if.latest.submit(lambda go_on: what_if.play(state, go_on))
        return await _unless_dropped(future, lambda found: HTMLResponse(played_fragment(found)))

    return await _with_state(request, run)


async def _scenario(what_if: WhatIf, request: Request) -> Response:
    async def run(state: State) -> Response:
        text = await run_in_threadpool(what_if.write, state)
        return _download(text.encode(), "application/yaml", f"{what_if.file_name}.yaml")

    return await _with_state(request, run)


async def _report(what_if: WhatIf, request: Request) -> Response:
    async def run(state: State) -> Response:
        future = what_if.reports.submit(lambda go_on: what_if.report(state, go_on))
        name = f"{what_if.file_name}.html"
        return await _unless_dropped(future, lambda text: _download(text, "text/html; charset=utf-8", name))

    return await _with_state(request, run)


async def _unless_dropped(future: Future[_Result], answer: Callable[[_Result], Response]) -> Response:
    try:
        return answer(await asyncio.wrap_future(future))
    except DroppedError:
        return PlainTextResponse("a later move has taken its place", status_code=409)


async def _with_state(request: Request, run: Callable[[State], Awaitable[Response]]) -> Response:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        return PlainTextResponse("a state is application/json", status_code=415)
    body = bytearray()
    try:
        async for part in request.stream():
            body += part
            if len(body) > STATE_BYTES:
                return PlainTextResponse(f"a state has at most {STATE_BYTES:,} bytes", status_code=413)
    except ClientDisconnect:
        return PlainTextResponse("gone", status_code=400)
    return await run(read_state(bytes(body)))


async def _said(_request: Request, error: Exception) -> Response:
    return PlainTextResponse(str(error), status_code=422)


def _download(content: bytes, kind: str, name: str) -> Response:
    return Response(content, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})

"""Whatever befalls a Node.js function, it behaves with us as it does without: the real runtime, with and without."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from narrows.lab.runtimes.api import Answer
from tests.node.runtime import BOTH, FUNCTION, NEWER, OLDER, RUNTIMES, Runtime
from tests.sensor.conftest import unpacked

pytestmark = RUNTIMES
_ANOTHER = (FUNCTION / "another.cjs").as_posix()
_OF_A_RUN = re.compile(rb"\d{4}-\d\d-\d\dT[\d:.]+Z|\bat [^\"]*|request-\d+|0x[0-9a-f]+")


@dataclass(frozen=True)
class Behaviour:
    """What anybody could see of a function."""

    answers: tuple[tuple[str, bytes], ...]
    ended: int | None
    """Its exit code; None where it still ran."""


def _behaviour(runtime: Runtime, invocations: int) -> Behaviour:
    answers: list[Answer] = []
    while runtime.running and len(answers) < invocations:
        answers.append(runtime.invoke({"n": len(answers)}))
    ended = None if runtime.running else runtime.process.wait(20)
    return Behaviour(tuple((one.kind, _OF_A_RUN.sub(b"ITS", one.body)) for one in answers), ended)


def both(handler: str, client: str, *, invocations: int = 3, prefix: Sequence[str] = ()) -> Behaviour:
    """How it behaves with us, which is how it does without."""
    with Runtime(handler, client=client, prefix=prefix, narrows=False) as runtime:
        without = _behaviour(runtime, invocations)
        assert runtime.lines() == []
    with Runtime(handler, client=client, prefix=prefix) as runtime:
        assert _behaviour(runtime, invocations) == without
        if without.ended is None:
            lines = [line["narrows"]["invocation"] for line in runtime.lines()]
            # That of the last is written when the runtime asks for the next.
            assert lines[: invocations - 1] == list(range(1, invocations))
    return without


@BOTH
def test_with_all_descriptors_used_it_fails_and_answers_as_ever(client: str) -> None:
    prefix = ["sh", "-c", 'ulimit -n 1024 && exec "$@"', "sh"]
    seen = both("faults.full", client, invocations=2, prefix=prefix)
    assert [answer for _, answer in seen.answers] == [b'["EMFILE","EMFILE",true]', b'["EMFILE","EMFILE",false]']


@BOTH
def test_clocks_that_go_back_close_nothing(client: str) -> None:
    seen = both("faults.backwards", client)
    assert [answer for _, answer in seen.answers] == [b'"said"'] * 3


@BOTH
def test_a_runtime_that_exits_in_an_invocation_exits_as_ever(client: str) -> None:
    assert both("faults.exits", client).ended == 3


@BOTH
def test_an_error_that_nobody_catches_ends_it_as_ever(client: str) -> None:
    assert both("faults.throwsLater", client).ended is not None


@BOTH
@pytest.mark.parametrize("narrows", [False, True])
def test_sigterm_is_the_functions_to_handle(client: str, narrows: bool) -> None:
    with Runtime("faults.told", client=client, narrows=narrows) as runtime:
        runtime.send({"wait": 60_000})
        while "began" not in runtime.log():
            time.sleep(0.02)
        runtime.process.send_signal(signal.SIGTERM)
        assert runtime.process.wait(20) == 7
        assert "told" in runtime.log()


@pytest.mark.parametrize("client", [OLDER, NEWER])
@pytest.mark.parametrize(
    "options",
    ["--require {other} --import {us}", "--import {us} --require {other}", "--import {us} --import {other}"],
)
def test_another_that_is_loaded_first_or_last_sees_what_it_sees_without_us(
    client: str, options: str, tmp_path: Path
) -> None:
    us = (unpacked(tmp_path).parent / "nodejs/narrows-lambda/register.mjs").as_uri()
    only = {"NODE_OPTIONS": f"--require {_ANOTHER}"}
    with Runtime("faults.wrapped", client=client, narrows=False, environment=only) as runtime:
        without = [runtime.invoke().body for _ in range(2)]
    together = {"NODE_OPTIONS": options.format(us=us, other=_ANOTHER)}
    with Runtime("faults.wrapped", client=client, narrows=False, environment=together) as runtime:
        assert [runtime.invoke().body.replace(b'"boolean"', b'"undefined"') for _ in range(2)] == without
        assert runtime.lines()[0]["ConnectionsFailed"] == 1


@BOTH
@pytest.mark.parametrize("order", ["first", "last"])
def test_two_wrappers_both_do_what_they_are_for(client: str, order: str, tmp_path: Path) -> None:
    ours = unpacked(tmp_path)
    other = tmp_path / "another-wrapper"
    other.write_text(
        f'#!/bin/sh\nexport NODE_OPTIONS="${{NODE_OPTIONS:+$NODE_OPTIONS }}--require {_ANOTHER}"\nexec "$@"\n'
    )
    other.chmod(0o755)
    environment: Mapping[str, str] = {"NARROWS_NEXT_WRAPPER": str(other)} if order == "last" else {}
    prefix = [str(ours)] if order == "last" else [str(other), str(ours)]
    with Runtime("faults.wrapped", client=client, narrows=False, environment=environment, prefix=prefix) as runtime:
        assert runtime.invoke().body == b'["require",1,"boolean"]'
        assert runtime.invoke().body == b'["require",2,"boolean"]'
        assert [line["ConnectionsFailed"] for line in runtime.lines()[:1]] == [1]

"""Ctrl-C during a run is a KeyboardInterrupt, at whatever moment it comes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from narrows.signals import held

MANY = """
import os, signal, threading
from narrows.simulate import simulate_scenario
from tests.unit.core.scenarios import RAMP, scenario

idle = scenario((RAMP, "2"), ("duration: 5m", "duration: 6d"))
seen = 0
for number in range(50):
    timer = threading.Timer(0.02 + 0.0007 * number, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    try:
        simulate_scenario(idle)
    except KeyboardInterrupt:
        seen += 1
    timer.join()
print(seen, signal.getsignal(signal.SIGINT) is signal.default_int_handler)
"""


@pytest.mark.slow
def test_fifty_of_them() -> None:
    """A second without events is over in microseconds: most of these meet the moment before the compiled code."""
    ran = subprocess.run(
        [sys.executable, "-c", MANY], cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stdout) == (0, "50 True\n"), ran.stderr


def interrupted(reached: list[str], *, error: bool = False, ask: bool = True) -> None:
    with held() as interrupt:
        interrupt()
        os.kill(os.getpid(), signal.SIGINT)
        reached.append("after it came")
        if error:
            raise ZeroDivisionError
        if ask:
            interrupt()
        reached.append("the end")


def test_it_waits_until_it_is_asked_for() -> None:
    reached: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        interrupted(reached)
    assert reached == ["after it came"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_it_happens_at_the_end_at_the_latest() -> None:
    reached: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        interrupted(reached, ask=False)
    assert reached == ["after it came", "the end"]


def test_an_error_goes_before_it() -> None:
    with pytest.raises(ZeroDivisionError):
        interrupted([], error=True)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_handler_of_the_users_own_is_called() -> None:
    seen = []
    before = signal.signal(signal.SIGINT, lambda number, _: seen.append(number))
    try:
        with held() as interrupt:
            os.kill(os.getpid(), signal.SIGINT)
            interrupt()
            interrupt()
    finally:
        signal.signal(signal.SIGINT, before)
    assert seen == [signal.SIGINT]


def test_other_threads_have_no_interrupts() -> None:
    seen = []

    def inside() -> None:
        with held() as interrupt:
            seen.append(signal.getsignal(signal.SIGINT))
            interrupt()

    thread = threading.Thread(target=inside)
    thread.start()
    thread.join()
    assert seen == [signal.default_int_handler]

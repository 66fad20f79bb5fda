"""Connecting in the init phase: bounded, and never its downfall."""

from __future__ import annotations

import signal
import socket
import threading
import time

from narrows_lambda.reuse import Policy, connect_early
from narrows_lambda.reuse.eager import connect_early as connect


def test_what_hangs_is_interrupted_even_where_a_client_catches_every_exception() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as hangs:
        tries = 0

        def call() -> None:
            nonlocal tries
            while True:
                tries += 1
                try:
                    hangs.recv(1)
                except Exception:
                    continue

        assert not connect(call, 0.05)
        assert tries == 1
    assert signal.getsignal(signal.SIGALRM) == signal.SIG_DFL
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


def test_its_failure_fails_nothing() -> None:
    def call() -> None:
        raise OSError("refused")

    assert not connect_early(call)
    assert connect_early(lambda: "PONG", Policy(eager_timeout=1))


def test_in_another_thread_and_under_somebody_elses_timer_nothing_is_called() -> None:
    called: list[int] = []
    result: list[bool] = []
    thread = threading.Thread(target=lambda: result.append(connect(lambda: called.append(1), 1)))
    thread.start()
    thread.join()
    before = signal.signal(signal.SIGALRM, lambda *_: None)
    signal.setitimer(signal.ITIMER_REAL, 60)
    try:
        result.append(connect(lambda: called.append(1), 1))
        assert signal.getitimer(signal.ITIMER_REAL)[0] > 1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert (called, result) == ([], [False, False])


def test_no_thread_is_left_behind() -> None:
    before = threading.active_count()
    connect(lambda: time.sleep(5), 0.02)
    assert threading.active_count() == before

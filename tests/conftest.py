"""Settings for every test."""

from __future__ import annotations

import os
import signal

from hypothesis import settings

# Two cores run two test processes here and in CI: the time of one example says nothing about its code.
settings.register_profile("local", deadline=None)
# CI must not fail on an example that the change at hand did not bring: there, the same examples every time.
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")

# Ctrl-C as a shell leaves it, here and in each command that a test starts: in the background a shell has it ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)

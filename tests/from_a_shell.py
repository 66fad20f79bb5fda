"""A command that can be interrupted as in a shell."""

from __future__ import annotations

AS_FROM_A_SHELL = """
import signal, sys
from narrows.cli import main
signal.signal(signal.SIGINT, signal.default_int_handler)
main(sys.argv[1:])
"""
"""``narrows`` with Ctrl-C as a shell leaves it, whatever the process that runs the tests makes of it."""

"""Fuzzing every reader: whatever stands in a file, it is read or refused in one line. ``python -m tests.fuzz --help``."""

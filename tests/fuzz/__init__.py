"""Fuzzing every reader: what stands in a file is read, or refused in one line. See ``python -m tests.fuzz --help``."""

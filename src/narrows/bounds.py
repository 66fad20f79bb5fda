"""How much of a stranger's file is read: every bound on a size, a span, a count or a depth, with the reason for it.

A reader that meets more says the bound in its message. No bound is near what AWS writes: each is there so that a file
made, or broken, to exhaust the machine does not. ``limits.py`` holds what AWS limits; this file what narrows does.
"""

from __future__ import annotations

from typing import Final

MIB: Final = 2**20

JSON_BYTES: Final = 256 * MIB
"""Of one JSON file: the answers of AWS are smaller by far."""
YAML_BYTES: Final = 4 * MIB
"""Of one YAML file: a person writes less."""
YAML_VALUES: Final = 200_000
"""In one YAML file, aliases followed: PyYAML takes ten seconds for these."""
CASE_FILES: Final = 1_000_000
"""In the folder of a case."""

# Flow logs

FLOW_LOG_FILES: Final = 1_000_000
"""Files and folders that are looked at below one that is named."""
FOLDERS_DEEP: Final = 64
"""Folders within folders: AWS lays out eleven."""
LINE_BYTES: Final = 16 * 1024
"""Of one line of text: a record of every field has less than 6,000."""
TEXT_PARTS: Final = 100
"""Of one text file, each with a header of its own."""
JSON_DEPTH: Final = 64
"""Lists and objects within each other: an answer of CloudWatch Logs has three."""
UNPACKED_BYTES: Final = 16 * MIB
"""That a compressed file may always have."""
UNPACKED_RATIO: Final = 200
"""How many times its size a larger one may have: gzip makes flow logs 30 times smaller, and at most 1,032 times."""
PARQUET_FOOTER: Final = 16 * MIB
PARQUET_COLUMNS: Final = 1_000
"""A record of every field has 70."""
PARQUET_ROWS: Final = 1_000_000
"""That a Parquet file may always have."""
PARQUET_ROWS_PER_BYTE: Final = 16
"""Of a larger one. A record takes some bytes: no two records of a connection are the same."""

FIRST_MOMENT, LAST_MOMENT = 1_262_304_000, 4_102_444_799
"""From 2010 (AWS's examples are of 2014) to the end of 2099: no record is of another time."""
RECORD_SECONDS: Final = 3_600
"""From the first packet of a record to its last: AWS aggregates for ten minutes at most."""
FLOW_LOG_DAYS: Final = 400
"""That one count spans: a year and some. ``--csv`` has a row for each minute of it."""
STRAY_RECORDS: Final = 10
"""Records that far from all others that are dropped, or a hundredth of all. Where there are more, the user has to say
which time is meant."""
COUNTED_ROWS: Final = 3_000_000
"""Minutes in which something changes, over all keys: an answer holds a kilobyte for each."""

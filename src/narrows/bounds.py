"""How much of a stranger's file is read: every bound on a size, a span, a count or a depth, with the reason for it.

A reader that meets more says the bound in its message. No bound is near what AWS writes: each is there so that a file
made, or broken, to exhaust the machine does not. ``limits.py`` holds what AWS limits; this file what narrows does.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

MIB: Final = 2**20

# A case, whatever is in it.
CASE_FILES: Final = 1_000_000
"""Files in the folder of a case."""
COLLECTED_BYTES: Final = 256 * MIB
"""Bytes of ``collected.jsonl``: a request for 500 metrics has 100 KiB."""
WINDOW_DAYS: Final = 63
"""Days of a case's window, or that the outcomes of callers span where there is none. CloudWatch keeps periods of five
minutes, the longest that still show a table fill, for 63 days. What is counted by minute has a row for each."""
EARLIEST_YEAR: Final = 2010
"""The first year of a time that can be meant, whatever it is a time of: Lambda is from 2014, AWS's examples of flow
logs from 2014 too. A 0 where a time should stand is none."""
LATEST_YEAR: Final = 2099
"""The last one. Milliseconds since 1970 of any of these years are no seconds of another."""
FIRST_MOMENT: Final = int(datetime(EARLIEST_YEAR, 1, 1, tzinfo=UTC).timestamp())
"""The first second of these years, since 1970."""
LAST_MOMENT: Final = int(datetime(LATEST_YEAR, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp())
"""The last one."""

# JSON and YAML.
JSON_BYTES: Final = 256 * MIB
"""Bytes of one JSON file: the answers of AWS are smaller by far."""
JSON_OBJECTS: Final = 2_000_000
"""Objects and lists in one file of metrics, in all files of alarms, in all of ``lambda/`` and ``ec2/``, or in all of
``elasticache/`` and ``rds/``: an empty one is two characters in a file, and a hundred times as much in memory. 50,000
network interfaces have half a million."""
JSON_VALUES: Final = 20_000_000
"""Values, counted likewise: a file of CloudWatch as large as may be has 17 million."""
RESOURCES: Final = 250_000
"""Resources of one kind in a case: versions of functions, network interfaces, alarms, ..."""
YAML_BYTES: Final = 4 * MIB
"""Bytes of one YAML file: a person writes less."""
YAML_VALUES: Final = 200_000
"""Values in one YAML file, aliases followed: PyYAML takes ten seconds for these."""

# Parquet.
PARQUET_FOOTER_BYTES: Final = 16 * MIB
"""Bytes that describe a table's row groups: a thousand of them are one MiB, and take 20 times as much in memory."""

# What is read of CloudWatch and of callers.
DATAPOINTS: Final = 20_000_000
"""Datapoints of a case: three metrics of 5,000 functions, by the minute, for a day."""
OUTCOME_ROWS: Final = 50_000_000
"""Rows of one Parquet table of outcomes: encoded as runs, a thousand million of them are a few bytes.
These are a quarter of an hour at 50,000 a second."""
OUTCOME_GROUP_BYTES: Final = 512 * MIB
"""Bytes of one row group of it, unpacked: Spark writes 128 MiB."""
OUTCOME_NAMES: Final = 65_535
"""Different functions, or destinations, in one of them."""
OUTCOME_NAME_BYTES: Final = 512
"""Bytes of one of these names: what AWS takes for a log stream."""
ENVIRONMENTS: Final = 2_000_000
"""Different execution environments in one of them."""
OUTCOME_COUNTS: Final = 2_000_000
"""Different minutes, functions, destinations and outcomes together that callers are counted by: three outcomes of
5,000 functions at two destinations in each minute of an hour."""
LOG_LINE_CHARACTERS: Final = MIB
"""Characters of a line of a log that are looked at: the largest event that CloudWatch Logs takes."""
LOG_EVENT_CHARACTERS: Final = 8 * MIB
"""Characters of one event in JSON: JSON can write one character as six."""
LOG_STREAMS: Final = 250_000
"""Log streams of one file that are told apart; each is one execution environment."""
LOG_STREAM_CHARACTERS: Final = 512
"""Characters of the name of a log stream: what AWS takes."""
LOG_REQUESTS: Final = 100_000
"""Invocations of one log that are remembered until their report comes; a log holds them one after the other."""
LOG_HELD: Final = 100_000
"""Outcomes of one log that are held until it is known whether their invocation failed."""
LOG_ELSEWHERE: Final = 1_000
LOG_DESTINATIONS: Final = 20
"""Hosts that are told apart although they are none of a case's destinations."""
SENSOR_LINES: Final = 20_000_000
"""Lines of the sensor that are taken together: one for each invocation, six hours at a thousand a second."""
SENSOR_NAMES: Final = 1_000_000
"""Different processes, or peers, in them."""
UNKNOWN_ERRORS: Final = 200
"""Different texts of errors that are told apart although no outcome is known for them."""
UNKNOWN_ERROR_CHARACTERS: Final = 200
"""Characters of one of them."""
UNKNOWN_ERROR_COUNTS: Final = 100_000
"""Different minutes, functions and texts together that they are counted by."""

# Scenarios.
SCENARIO_DAYS: Final = 6
"""Days that a run takes: they are counted in microseconds, in 39 bits."""
TRACE_BYTES: Final = 64 * MIB
"""Bytes of a trace file."""
TRACE_ROWS: Final = 1_000_000
"""Lines of a trace file: more than one for each second of the longest run."""

# Templates of CloudFormation.
TEMPLATE_BYTES: Final = 4 * MIB
"""Bytes of one: CloudFormation takes 1 MB of what is left when comments are taken out and loops are not written out."""
TEMPLATE_VALUES: Final = 400_000
"""Values in one, aliases followed and loops written out: 1 MB of the shortest that a resource is made of."""
TEMPLATE_DEPTH: Final = 100
"""Mappings and lists within each other: a template of CDK has twenty."""
TEMPLATE_TEXT: Final = MIB
"""Characters of a text that functions make: CloudFormation's templates are no longer as a whole."""
TEMPLATE_STEPS: Final = 4_000_000
"""Steps in working templates out: one for each value, for each element of a list that a function gives, and for 16
characters of text. A template of 1 MB has 100,000."""
STACKS: Final = 1_000
"""Stacks that one is read as, those nested in it and in each other counted each time."""
STACKS_DEEP: Final = 16
"""Stacks nested in each other."""
DECLARED_RESOURCES: Final = 100_000
"""Resources that templates declare together: one of them may have 500."""
TEMPLATE_FILES: Final = 10_000
"""Files and folders that are looked at below one that is named."""

# Flow logs.
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
PARQUET_PAGES: Final = 1_000_000
"""Of the columns that are read: each is a MiB where others write it."""
PARQUET_VALUES: Final = 1_000_000
"""Values in the footer: a thousand row groups of thirty columns have fewer."""
PARQUET_DICTIONARY_BYTES: Final = 16 * MIB
"""Of a column's dictionary, unpacked: writers end one at a MiB."""
PARQUET_COLUMNS: Final = 1_000
"""A record of every field has 70."""
PARQUET_ROWS: Final = 1_000_000
"""That a Parquet file may always have."""
PARQUET_ROWS_PER_BYTE: Final = 16
"""Of a larger one. A record takes some bytes: no two records of a connection are the same."""

RECORD_SECONDS: Final = 3_600
"""From the first packet of a record to its last: AWS aggregates for ten minutes at most."""
RECORD_BYTES: Final = 10**13
"""That one record says: ten minutes at 100 Gbit/s, the most of a NAT gateway, are three quarters of it. What says more
is taken to say nothing of its bytes."""
FLOW_LOG_DAYS: Final = 400
"""That one count spans: a year and some. ``--csv`` has a row for each minute of it."""
STRAY_RECORDS: Final = 10
"""Records that far from all others that are dropped, or a hundredth of all. Where there are more, the user has to say
which time is meant."""
COUNTED_ROWS: Final = 3_000_000
"""Minutes in which something changes, over all keys: an answer holds a kilobyte for each."""
MINUTE_ROWS: Final = 20_000_000
"""Rows of ``--csv`` and ``--parquet``, one for each key and minute: a day of 14,000 keys."""
TEXT_VALUE_CHARACTERS: Final = 64
"""Of an id, an address or a word in a record: a longer one is none. Parquet writes one of megabytes for a million rows
in a few bytes."""

# Terraform.
TERRAFORM_FILES: Final = 2_000
"""Files of one folder of Terraform's, those of its modules with them."""
TERRAFORM_BYTES: Final = 2 * MIB
"""Bytes of one of them: a person writes less."""
TERRAFORM_FOLDER_BYTES: Final = 16 * MIB
"""Bytes of all of them: broken ones take four seconds for each MiB."""
TERRAFORM_MODULES: Final = 16
"""Modules within modules."""
TERRAFORM_INSTANCES: Final = 20_000
"""Instances of resources and modules that ``count`` and ``for_each`` make."""
TERRAFORM_STEPS: Final = 1_000_000
"""Steps in working out the expressions of one folder: 200 VPCs from a module, 5,600 instances, take 250,000."""
TERRAFORM_TEXT: Final = MIB
"""Characters of a text that expressions make."""

"""The sensor's line: what each field is called and means, for who writes it here and for who reads it in narrows.

One line of JSON for each invocation, on standard output. As CloudWatch EMF it has ``_aws`` besides, which makes metrics
of the fields in ``METRICS``; all else are properties, which cost nothing and are found by Logs Insights. A field whose
source could not be read is absent: absent is not 0.

    {"_aws": {...},                          only as EMF
     "FunctionName": "storefront",           the only dimension
     "ConnectionsOpened": 1,                 the metrics, over all destinations
     "ConnectionsHeld": 10,
     ...
     "narrows": {
       "schema": 1,
       "time": 1700000000.123,               when the invocation ended, seconds since 1970
       "environment": "2026/11/30/[7]0a1b",  the execution environment: its log stream
       "process": 8,                         its process: Managed Instances have several in one environment
       "invocation": 17,                     of this process
       "requestId": "c1f3...",
       "version": "7",                       of the function
       "destinations": [                     those with anything to tell, the most connections first
         {"peer": "203.0.113.10:443",        address and port
          "name": "cache.example.com",       as it was last looked up in this process; absent where nobody saw that
          "client": "httpx",                 who opened it, several with + between; absent for gRPC, libpq and uvloop,
                                             which raise no event
          "opened": 1, "held": 10, "stale": 0, "reused": 9, "failed": 0, "oldestIdle": 12.5}],
       "more": 0,                            destinations left out of a long line
       "unattributed": {"opened": 0, "failed": 0}   by the kernel's count, to whom is not known
     }}
"""

from __future__ import annotations

SCHEMA = 1
NAMESPACE = "narrows"
"""Of the metrics in CloudWatch."""
DIMENSION = "FunctionName"
BODY = "narrows"
"""Holds everything that is no metric."""
MOST_DESTINATIONS = 50
"""In one line; the others are counted in ``more``, and in the metrics."""


class Metric:
    """What becomes a CloudWatch metric. An enum in all but name: that would cost a cold start 6 ms."""

    __slots__ = ("spelled", "unit")

    OPENED: Metric
    """Established since the last line of this process, by the kernel's count less those that failed."""
    HELD: Metric
    """Established at the end of the invocation. Its Sum counts invocations, not environments: ``narrows sensor``."""
    REUSED: Metric
    """Held before the invocation, and used in it."""
    FAILED: Metric
    """Connection attempts that came to nothing."""
    SYN_RETRANSMITS: Metric
    """SYNs that were sent again, of connections that came to be, and of those that are being opened."""
    DESCRIPTORS: Metric
    """Open file descriptors, of 1,024."""
    OLDEST_IDLE: Metric
    """Of the connections held: how long the one that was not used the longest was not used."""

    def __init__(self, spelled: str, unit: str) -> None:
        self.spelled = spelled
        """Its name, as CloudWatch spells it."""
        self.unit = unit
        """Its unit, as CloudWatch spells it."""


Metric.OPENED = Metric("ConnectionsOpened", "Count")
Metric.HELD = Metric("ConnectionsHeld", "Count")
Metric.REUSED = Metric("ConnectionsReused", "Count")
Metric.FAILED = Metric("ConnectionsFailed", "Count")
Metric.SYN_RETRANSMITS = Metric("SynRetransmits", "Count")
Metric.DESCRIPTORS = Metric("DescriptorsUsed", "Count")
Metric.OLDEST_IDLE = Metric("OldestIdle", "Seconds")

METRICS = (
    Metric.OPENED,
    Metric.HELD,
    Metric.REUSED,
    Metric.FAILED,
    Metric.SYN_RETRANSMITS,
    Metric.DESCRIPTORS,
    Metric.OLDEST_IDLE,
)


class Field:
    """Names in the body."""

    SCHEMA = "schema"
    TIME = "time"
    ENVIRONMENT = "environment"
    PROCESS = "process"
    INVOCATION = "invocation"
    REQUEST_ID = "requestId"
    VERSION = "version"
    DESTINATIONS = "destinations"
    MORE = "more"
    UNATTRIBUTED = "unattributed"


class Of:
    """Names in one destination."""

    PEER = "peer"
    NAME = "name"
    CLIENT = "client"
    OPENED = "opened"
    HELD = "held"
    STALE = "stale"
    """Of those held: idle for so long that the tables on the path have forgotten them."""
    REUSED = "reused"
    FAILED = "failed"
    OLDEST_IDLE = "oldestIdle"

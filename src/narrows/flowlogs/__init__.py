"""Flow logs: how many connections are open at each hop, which no metric of AWS says."""

from narrows.flowlogs.answer import Answer
from narrows.flowlogs.choices import Chosen, choose
from narrows.flowlogs.keys import Key, Minute
from narrows.flowlogs.known import KnownInterface, known_interfaces
from narrows.flowlogs.lost import Loss, Lost, where_lost
from narrows.flowlogs.output import new_parquet, print_csv, write_parquet
from narrows.flowlogs.run import count_connections

__all__ = [
    "Answer",
    "Chosen",
    "Key",
    "KnownInterface",
    "Loss",
    "Lost",
    "Minute",
    "choose",
    "count_connections",
    "known_interfaces",
    "new_parquet",
    "print_csv",
    "where_lost",
    "write_parquet",
]

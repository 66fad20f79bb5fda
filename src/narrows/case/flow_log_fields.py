"""Every field of a flow-log record: in which version it came, and what Parquet files hold it as.

Text has hyphens in the names, Parquet has underscores, CloudWatch Logs Insights has camel case: ``field_of`` takes all.
"""

from __future__ import annotations

import re

FIELDS_OF_VERSION: dict[int, tuple[str, ...]] = {
    2: (
        "version", "account-id", "interface-id", "srcaddr", "dstaddr", "srcport", "dstport", "protocol", "packets",
        "bytes", "start", "end", "action", "log-status",
    ),
    3: ("vpc-id", "subnet-id", "instance-id", "tcp-flags", "type", "pkt-srcaddr", "pkt-dstaddr"),
    4: ("region", "az-id", "sublocation-type", "sublocation-id"),
    5: ("pkt-src-aws-service", "pkt-dst-aws-service", "flow-direction", "traffic-path"),
    7: (
        "ecs-cluster-arn", "ecs-cluster-name", "ecs-container-instance-arn", "ecs-container-instance-id",
        "ecs-container-id", "ecs-second-container-id", "ecs-service-name", "ecs-task-definition-arn", "ecs-task-arn",
        "ecs-task-id",
    ),
    8: ("reject-reason",),
    9: ("resource-id",),
    10: ("encryption-status",),
    11: (
        "instance-tag", "instance-tag-2", "interface-tag", "interface-tag-2", "asg-tag", "asg-tag-2", "interface-type",
        "next-hop-interface-id", "next-hop-subnet-id", "next-hop-az-id", "next-hop-vpc-id", "next-hop-interface-type",
    ),
}  # fmt: skip
"""What each version added. There is no version 6 of VPC flow logs: it belongs to transit gateways."""

VERSION_OF: dict[str, int] = {name: version for version, names in FIELDS_OF_VERSION.items() for name in names}
"""The version that added each field."""

DEFAULT_FORMAT = FIELDS_OF_VERSION[2]
"""What a flow log writes when nobody asks for more: version 2, in this order."""

INT_32 = frozenset({"version", "srcport", "dstport", "protocol", "tcp-flags", "traffic-path"})
INT_64 = frozenset({"packets", "bytes", "start", "end"})
"""What Parquet files hold as numbers; everything else is a string."""

NOTHING = ("-", "None", "")
"""How a field that does not apply is written."""

_CAMEL_NAMES = {
    "flow-logs-version": "version", "src-addr": "srcaddr", "dst-addr": "dstaddr", "src-port": "srcport",
    "dst-port": "dstport", "pkt-src-addr": "pkt-srcaddr", "pkt-dst-addr": "pkt-dstaddr",
}  # fmt: skip
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def field_of(written: str) -> str | None:
    """The field that a column or header word stands for (``${tcp-flags}``, ``tcp_flags``, ``tcpFlags``), or None."""
    name = _CAMEL.sub("-", written.strip().strip("${}")).lower().replace("_", "-")
    name = _CAMEL_NAMES.get(name, name)
    return name if name in VERSION_OF else None


def fields_up_to(version: int) -> tuple[str, ...]:
    """Every field of a version and those before it, in AWS's own order."""
    return tuple(name for one, names in FIELDS_OF_VERSION.items() if one <= version for name in names)


def parse_format(text: str) -> tuple[str, ...]:
    """The fields of a format as ``aws ec2 create-flow-logs --log-format`` takes it, or of a header line.

    Raises:
        ValueError: a word in it is no field, or one stands there twice.
    """
    names: list[str] = []
    for word in text.replace(",", " ").split():
        name = field_of(word)
        if name is None:
            raise ValueError(f"'{word}' is not a field of a flow log")
        if name in names:
            raise ValueError(f"{name} stands there twice")
        names.append(name)
    return tuple(names)

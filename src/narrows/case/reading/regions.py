"""A case is of one Region: whatever names another one is an error."""

from __future__ import annotations

import re

from narrows.case.reading.aws_files import Resources
from narrows.case.reading.aws_json import Record
from narrows.errors import InputError
from narrows.zones import region_of_zone

_ARN = re.compile(r"arn:[^:]*:[^:]*:([a-z]{2}(?:-[a-z]+)+-\d+):")
_ARNS = ("FunctionArn", "SubnetArn", "SecurityGroupArn")


def the_region(stated: str | None, resources: Resources) -> str | None:
    """The Region of the case: as ``case.yaml`` states it, else as the resources name it; None where nothing does.

    Raises:
        InputError: a resource is of another Region; names both places.
    """
    region, said_by = stated, "case.yaml"
    for name, records in resources.of.items():
        for record in records:
            found = _region_of(record)
            if found is None or found == region:
                continue
            if region is None:
                region, said_by = found, resources.source(name)
                continue
            raise InputError(
                f"is of {found}, but {said_by} is of {region}", file=record.file, place=record.place or None,
                advice="a case holds one Region: write one case for each",
            )  # fmt: skip
    return region


def _region_of(record: Record) -> str | None:
    for key in _ARNS:
        arn = record.text(key)
        match = _ARN.match(arn) if arn else None
        if match:
            return match.group(1)
    zone = record.text("AvailabilityZone") or record.text("NetworkBorderGroup")
    return region_of_zone(zone) if zone else None

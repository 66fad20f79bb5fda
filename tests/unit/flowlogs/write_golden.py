"""Athena's statements as they are pinned. Run ``python -m tests.unit.flowlogs.write_golden`` to write them again."""

from __future__ import annotations

from pathlib import Path

from narrows.flowlogs import athena
from narrows.flowlogs.known import KnownInterface

GOLDEN = Path(__file__).parent / "athena.golden.sql"
PLACE = "s3://logs/narrows/AWSLogs/aws-account-id=111122223333/aws-service=vpcflowlogs/aws-region=us-east-1/"
_KNOWN = (KnownInterface("eni-1", "hyperplane-eni", "subnet-1/sg-1", "10.0.0.4"),)


def golden() -> str:
    """The statements for one account and Region, and an hour."""
    return athena.script([PLACE], window=(1_795_176_000, 1_795_179_600), known=_KNOWN) + "\n"


if __name__ == "__main__":
    GOLDEN.write_text(golden(), encoding="utf-8")

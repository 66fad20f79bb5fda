"""What all modules of a folder share: what is read so far, how much more is, and who works out expressions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from narrows.bounds import TERRAFORM_INSTANCES
from narrows.declared.model import Unknown
from narrows.declared.terraform.configuration import Reading
from narrows.declared.terraform.evaluate import Evaluator
from narrows.declared.terraform.values import (
    Budget,
    Found,
)
from narrows.errors import InputError


@dataclass
class World:
    """What all modules of a folder share."""

    reading: Reading
    budget: Budget = field(default_factory=Budget)
    instances: int = 0
    region: Callable[[], Found] = lambda: Unknown("no provider block says the Region", "${AWS::Region}")
    installed: Mapping[str, Path] = field(default_factory=dict)
    """The folders of modules that ``terraform init`` fetched, by their names in dots."""

    def __post_init__(self) -> None:
        self.evaluator = Evaluator(self.budget, self.reading.text_of)

    def count(self, more: int) -> None:
        """Raises ``InputError`` where there are more instances than are read."""
        self.instances += more
        if self.instances > TERRAFORM_INSTANCES:
            raise InputError(
                f"count and for_each make more than {TERRAFORM_INSTANCES:,} instances", file=self.reading.shown_from
            )

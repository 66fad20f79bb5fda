"""Random incidents with known truth: what a diagnosis is measured against."""

from oracles.incidents.incident import Incident, make_incident
from oracles.incidents.staging import Staged, stage
from oracles.incidents.truth import find_truth

__all__ = ["Incident", "Staged", "find_truth", "make_incident", "stage"]

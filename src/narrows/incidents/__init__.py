"""Random incidents with known truth: what a diagnosis is measured against."""

from narrows.incidents.incident import Incident, make_incident
from narrows.incidents.staging import Staged, stage
from narrows.incidents.truth import find_truth

__all__ = ["Incident", "Staged", "find_truth", "make_incident", "stage"]

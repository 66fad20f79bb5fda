"""From a case to a diagnosis: which cause binds, how sure that is, and what would make it surer.

``diagnose(case)`` is all that other rooms need. Each cause is a file in ``causes/``, with a page in ``docs/causes/``;
how evidence adds up stands in ``weighing``.
"""

from __future__ import annotations

from narrows.diagnose.engine import diagnose
from narrows.diagnose.model import CauseResult, Diagnosis, Evidence, Missing, NextNarrows, Status

diagnose_case = diagnose
"""``diagnose`` under the name that ``from narrows import ...`` gives it: ``narrows.diagnose`` is this package."""

__all__ = ["CauseResult", "Diagnosis", "Evidence", "Missing", "NextNarrows", "Status", "diagnose", "diagnose_case"]

"""From a case to a diagnosis: which cause binds, how sure that is, and what would make it surer.

``diagnose(case)`` is all that other rooms need. Each cause is a file in ``causes/``, with a page in ``docs/causes/``;
how evidence adds up stands in ``weighing``.
"""

from __future__ import annotations

from narrows.diagnose.engine import diagnose
from narrows.diagnose.model import CauseResult, Diagnosis, Evidence, Missing, NextNarrows, Status

__all__ = ["CauseResult", "Diagnosis", "Evidence", "Missing", "NextNarrows", "Status", "diagnose"]

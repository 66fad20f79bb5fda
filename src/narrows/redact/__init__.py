"""Redacting a case: what tells whose it is gets replaced, and what narrows concludes from it stays the same."""

from narrows.redact.run import Redaction, mapping_beside, redact_case

__all__ = ["Redaction", "mapping_beside", "redact_case"]

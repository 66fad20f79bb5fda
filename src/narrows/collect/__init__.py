"""From a live account to a case: read-only, as far as the permissions go."""

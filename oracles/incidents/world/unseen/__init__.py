"""Incidents that nobody looks at who mends the rules."""

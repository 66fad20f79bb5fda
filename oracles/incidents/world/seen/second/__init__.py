"""Incidents by a second writer, who had not read the rules: unseen until 30 November 2026."""

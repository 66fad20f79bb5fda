"""Incidents that the rules are mended against."""

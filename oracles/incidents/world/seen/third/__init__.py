"""Incidents by a third writer, who had not read the rules: unseen until they were first measured."""

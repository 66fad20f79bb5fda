"""Incidents by a seventh writer, who had not read the rules: unseen until they were first measured."""

"""A plan as a patch of the user's own files."""

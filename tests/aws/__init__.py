"""A server that answers as AWS does, for what a case folder holds."""

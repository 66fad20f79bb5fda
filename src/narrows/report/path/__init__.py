"""The picture of the path: each stage with its tables, as pipes that are as wide as what they hold."""

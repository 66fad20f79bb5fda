"""A plan as edits of Terraform's files."""

from __future__ import annotations

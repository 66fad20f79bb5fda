"""``narrows sensor``: the sensor's lines, summed to what was really held at each destination and Hyperplane ENI."""

from __future__ import annotations

from narrows.sensor.answer import Answer, HeldAt, answer_of, read_logs
from narrows.sensor.keeping import keep_in_case, kept_before

__all__ = ["Answer", "HeldAt", "answer_of", "keep_in_case", "kept_before", "read_logs"]

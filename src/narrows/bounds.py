"""How much of a stranger's file is read: every bound on a size, a span, a count or a depth, with the reason for it.

A reader that meets more says the bound in its message. No bound is near what AWS writes: each is there so that a file
made, or broken, to exhaust the machine does not. ``limits.py`` holds what AWS limits; this file what narrows does.
"""

from __future__ import annotations

from typing import Final

MIB: Final = 2**20

JSON_BYTES: Final = 256 * MIB
"""Of one JSON file: the answers of AWS are smaller by far."""
YAML_BYTES: Final = 4 * MIB
"""Of one YAML file: a person writes less."""
YAML_VALUES: Final = 200_000
"""In one YAML file, aliases followed: PyYAML takes ten seconds for these."""
CASE_FILES: Final = 1_000_000
"""In the folder of a case."""

"""``format()`` of Terraform's language, as far as names of resources are written with it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from narrows.declared.terraform.values import Found, WrongError, numeric, text, truth, whole

_VERB = re.compile(r"%(?:\[(\d{1,3})\])?([-+ 0#]*)(\d{1,3})?(?:\.(\d{1,3}))?([a-zA-Z%])")


def formatted(spec: str, given: Sequence[Found]) -> str:
    """The text of a format and what is put into it. Raises ``WrongError`` where Terraform would refuse it."""
    following = 0

    def of(match: re.Match[str]) -> str:
        nonlocal following
        position, flags, width, precision, verb = match.groups()
        if verb == "%":
            return "%"
        at = int(position) - 1 if position else following
        following = at + 1
        if not 0 <= at < len(given):
            raise WrongError("format() has too few arguments")
        written = _written(verb, flags, precision, given[at])
        fill = "0" if "0" in flags and "-" not in flags and verb in "dfgeExXob" else " "
        if not width:
            return written
        if fill == "0" and written[:1] in "+-":
            return written[0] + written[1:].rjust(int(width) - 1, "0")
        return written.ljust(int(width)) if "-" in flags else written.rjust(int(width), fill)

    written = _VERB.sub(of, spec)
    if following < len(given) and "%[" not in spec:
        raise WrongError("format() has too many arguments")
    return written


def _written(verb: str, flags: str, precision: str | None, value: Found) -> str:
    sign = "+" if "+" in flags else ""
    match verb:
        case "s":
            written = text(value)
            return written if precision is None else written[: int(precision)]
        case "d":
            return f"{whole(value):{sign}d}"
        case "v":
            return "null" if value is None else text(value)
        case "t":
            return "true" if truth(value) else "false"
        case "q":
            import json

            return json.dumps(text(value), ensure_ascii=False)
        case "f" | "e" | "g" | "E" | "G":
            return f"{numeric(value):{sign}.{6 if precision is None else int(precision)}{verb}}"
        case "x" | "X" | "o" | "b":
            return f"{whole(value):{verb}}"
    raise WrongError("format() with a verb that is not known")

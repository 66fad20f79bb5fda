"""What stands inside ``<script>`` and ``<style>``: it cannot end its tag, and the page's policy names its hash."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from hashlib import sha256

from markupsafe import Markup


def json_in_script(document: object) -> Markup:
    """JSON that can stand inside ``<script>``: no character in it can end the script or a line of it."""
    text = json.dumps(document, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)


def script_hash(script: Markup) -> str:
    """The hash of an inline script or style, as a Content-Security-Policy names it."""
    return f"'sha256-{b64encode(sha256(str(script).encode()).digest()).decode()}'"


def in_tag(script: str) -> Markup:
    """A script that can stand inside ``<script>``: nothing in it looks like the end of it, or like a comment."""
    text = re.sub(r"</(?=script)", r"<\\/", script, flags=re.IGNORECASE)
    return Markup(text.replace("<!--", r"<\!--"))


def in_style(style: str) -> Markup:
    """A style sheet that can stand inside ``<style>``."""
    if "</" in style:
        raise ValueError("a style sheet with a tag in it")
    return Markup(style)

"""What runs in the page: Vega, bundled by vl-convert, and a script of our own. And what stands there without any."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from typing import Any

from markupsafe import Markup

from narrows.gate import in_page
from narrows.report.kept import cached_text, keep_text

VEGA_LITE = "6.4"
"""The version that Altair 6 writes for; vl-convert carries several."""
_ID = re.compile(r' id="([^"]+)"')
_REFERENCE = re.compile(r"url\(#([^)]+)\)")
STATIC_WIDTH = 1072
"""Of a chart as it stands in the page before any script runs, and on paper."""


@cache
def vega_bundle() -> str:
    """Vega, Vega-Lite and Vega-Embed as one script that asks no network for anything.

    To make it takes a second, so it is kept in the user's cache folder for the next report.
    """
    import vl_convert

    name = f"vega-{vl_convert.get_vega_version()}-{VEGA_LITE}-{version('vl-convert-python')}.js"
    kept = cached_text(name)
    if kept is None:
        kept = vl_convert.javascript_bundle("window.vegaEmbed=vegaEmbed;", vl_version=VEGA_LITE)
        keep_text(name, kept)
    return kept


def static_svg(specification: Mapping[str, Any], key: str) -> Markup:
    """The chart as it looks before any script runs."""
    import vl_convert

    sized = {**specification, "width": STATIC_WIDTH}
    svg: str = vl_convert.vegalite_to_svg(sized, vl_version=VEGA_LITE)
    # Ids are global in a page, and Vega goes on counting from chart to chart.
    names = {old: f"{key}-clip{place}" for place, old in enumerate(dict.fromkeys(_ID.findall(svg)), start=1)}
    svg = _ID.sub(lambda found: f' id="{names[found[1]]}"', svg)
    svg = _REFERENCE.sub(lambda found: f"url(#{names.get(found[1], found[1])})", svg)
    # vl-convert escapes all text that comes from the data.
    return Markup(svg)


def inert(specification: Mapping[str, Any]) -> dict[str, Any]:
    """The specification of a chart with every text in it as a page shows it."""

    def within(part: Any) -> Any:
        if isinstance(part, str):
            return in_page(part)
        if isinstance(part, list):
            return [within(one) for one in part]
        return {key: within(one) for key, one in part.items()} if isinstance(part, dict) else part

    return {key: within(one) for key, one in specification.items()}


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

"""Where the template of a nested stack stands."""

from __future__ import annotations

import os
from pathlib import Path

from narrows.declared.cloudformation.nodes import Node
from narrows.errors import one_line


def local_template(node: Node, above: Path) -> Path | str:
    """The file of a nested stack, or why there is none here.

    Args:
        node: the resource.
        above: the template that it stands in.
    """
    asset = node.get("Metadata", "aws:asset:path")
    if asset is not None and asset.text is not None and node.get("Type") is not None:
        # CDK uploads the template, so that its URL is not known; it stands beside the one above it.
        return _beside(above, asset.text)
    found = node.get("Properties", "TemplateURL") or node.get("Properties", "Location")
    if found is None:
        return "it names no template"
    if found.text is None:
        return "where its template is, is not known before it is deployed"
    url = found.text
    if "://" in url:
        return f"its template is at {one_line(url, 120)}"
    return _beside(above, url)


def _beside(above: Path, name: str) -> Path:
    return Path(os.path.normpath(above.parent / name))

"""Where the template of a nested stack stands."""

from __future__ import annotations

import os
from pathlib import Path

from narrows.declared.cloudformation.nodes import Node
from narrows.errors import one_line

NESTED = ("AWS::CloudFormation::Stack", "AWS::Serverless::Application")
"""Types of resources that are stacks themselves."""
_SUFFIXES = (".yaml", ".yml", ".json", ".template")


def local_template(node: Node, above: Path) -> Path | str:
    """The file of a nested stack, or why there is none here.

    Args:
        node: the resource.
        above: the template that it stands in.
    """
    asset = node.get("Metadata", "aws:asset:path")
    if asset is not None and asset.text is not None:
        # CDK uploads the template, so that its URL is not known; it stands beside the one above it.
        return _beside(above, asset.text)
    location = node.get("Properties", "TemplateURL") or node.get("Properties", "Location")
    if location is None:
        return "it names no template"
    name = uploaded_name(location.plain())
    if name is not None and _beside(above, name).is_file():
        return _beside(above, name)
    if location.get("ApplicationId") is not None:
        return "its template is in the Serverless Application Repository"
    if location.text is None:
        return "where its template is, is not known before it is deployed"
    url = location.text
    if "://" in url:
        return f"its template is at {one_line(url, 120)}"
    return _beside(above, url)


def uploaded_name(url: object) -> str | None:
    """The name of the file that was uploaded to where a template is, which the end of its URL has: people upload what
    stands beside the template above it. None where that is not known."""
    if isinstance(url, dict) and len(url) == 1:
        (function, argument), *_ = url.items()
        if function == "Fn::Join" and isinstance(argument, list) and len(argument) == 2:
            parts = argument[1] if isinstance(argument[1], list) else []
            url = parts[-1] if parts else None
        elif function == "Fn::Sub":
            url = argument[0] if isinstance(argument, list) and argument else argument
        else:
            return None
    elif not isinstance(url, str) or "://" not in url:
        return None
    name = url.rpartition("/")[2] if isinstance(url, str) else ""
    return name if name.endswith(_SUFFIXES) and "$" not in name else None


def _beside(above: Path, name: str) -> Path:
    return Path(os.path.normpath(above.parent / name))

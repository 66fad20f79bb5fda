"""``case.yaml`` of a recording."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from narrows.case.model import SCHEMA
from narrows.network import HopKind
from narrows.recording import Recording
from narrows.stated_assumptions import KEY
from narrows.writing.gateways import answers_to_names
from narrows.writing.layout import Layout


def case_yaml(layout: Layout, recording: Recording, reported: str, written_by: str) -> str:
    """The text of ``case.yaml``."""
    import yaml

    end = recording.start + timedelta(seconds=recording.seconds)
    content = {
        "functions": list(recording.functions),
        "destinations": _destinations(layout),
        "reported": reported,
        KEY: recording.assumptions.written(),
        "written_by": written_by,
    }
    kept = {key: value for key, value in content.items() if value}
    rest = yaml.safe_dump(kept, sort_keys=False, allow_unicode=True, default_flow_style=None, width=1000)
    region = yaml.safe_dump({"region": layout.region}, allow_unicode=True)
    return f"schema: {SCHEMA}\n{region}window: [{_utc(recording.start)}, {_utc(end)}]\n{rest}"


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _destinations(layout: Layout) -> dict[str, dict[str, Any]]:
    ways = _ways(layout)
    found: dict[str, dict[str, Any]] = {}
    for key, one in layout.network.destinations.items():
        about: dict[str, Any] = {}
        if one.host:
            about["name"] = one.host
        if one.port:
            about["port"] = one.port
        if one.addresses:
            about["addresses"] = list(one.addresses)
        if one.protocol != "tcp":
            about["protocol"] = one.protocol
        if key in ways:
            about["via"] = ways[key][0] if len(ways[key]) == 1 else ways[key]
        found[key] = about
    return found


def _ways(layout: Layout) -> dict[str, list[str]]:
    """The endpoints of destinations that nothing else in the case shows to be reached through them."""
    ways: dict[str, list[str]] = {}
    for laid in layout.endpoints:
        if not answers_to_names(layout, laid):
            for name in laid.endpoint.destinations:
                ways.setdefault(name, []).append(laid.id)
    for endpoint in layout.network.endpoints.values():
        if endpoint.kind is HopKind.PROXY:
            for name in endpoint.destinations:
                ways.setdefault(name, []).append(endpoint.name)
    return ways

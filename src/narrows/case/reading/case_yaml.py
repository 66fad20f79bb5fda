"""``case.yaml``: what an incident is about, as people (or narrows) write it."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from narrows.assumptions import Assumptions
from narrows.aws_ids import ENDPOINT, FUNCTION, FUNCTION_REFERENCE, REGION
from narrows.bounds import EARLIEST_YEAR, LATEST_YEAR, WINDOW_DAYS, YAML_BYTES
from narrows.case.model import SCHEMA, KnownDestination
from narrows.case.reading.folder import CaseFolder
from narrows.errors import InputError, nearest, one_line, shown
from narrows.stated_assumptions import KEY, assumptions_in
from narrows.yaml_source import YamlSource, yaml_in

FILE = "case.yaml"

_KEYS = ("schema", "region", "window", "functions", "destinations", "flow_logs", "reported", KEY, "written_by")
_BY_ROUTE = re.compile(
    r"(?:(?:the |a |public |private |managed )?(?:nat(?:[ -]?(?:gateway|gw|instance))?|internet(?:[ -]?gateway)?|igw"
    r"|(?:vpc[ -]?)?peering(?:[ -]?connection)?|transit[ -]?gateway|tgw|vpn(?:[ -]?(?:gateway|connection))?"
    r"|direct[ -]?connect|dx|(?:interface |gateway |vpc )?endpoint|private[ -]?link|route(?: table)?|local|vpc|direct"
    r"|rds[ -]?proxy|(?:network |application )?load[ -]?balancer|[na]lb))"
    r"|(?:nat|igw|eigw|pcx|tgw|vgw|vpn|eni)-[0-9a-z-]+",
    re.IGNORECASE,
)
"""What a route leads to, or what the destination is itself: nothing that connections go through against the routes."""
_DESTINATION_KEYS = ("name", "port", "addresses", "protocol", "via")
_PROTOCOLS = ("tcp", "udp")
_WHAT_TO_WRITE = (
    "write a file case.yaml with 'schema: 1' and, as far as known, region, window, functions and destinations"
)


@dataclass(frozen=True)
class CaseYaml:
    """The content of a ``case.yaml``."""

    region: str | None
    window: tuple[datetime, datetime] | None
    functions: tuple[str, ...]
    destinations: Mapping[str, KnownDestination]
    via: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """For some destinations the VPC endpoints (``vpce-...``) or the proxy that their connections go through."""
    flow_log_format: tuple[str, ...] | None = None
    reported: str = ""
    assumptions: Assumptions = field(default_factory=Assumptions)
    written_by: str | None = None


def read_case_yaml(folder: CaseFolder) -> CaseYaml:
    """Read ``case.yaml``.

    Raises:
        InputError: there is none, or it cannot be used; with line and key.
    """
    file = folder.root / FILE
    if not folder.exists(file):
        raise InputError("the folder holds no case.yaml", file=folder.root, advice=_WHAT_TO_WRITE)
    content = folder.read(file, YAML_BYTES)
    if not content.strip():
        raise InputError("is empty", file=file, advice=_WHAT_TO_WRITE)
    source = yaml_in(content, file)
    _check_schema(folder, source)
    _check_keys(folder, source, (), source.data, _KEYS)
    destinations, via = _destinations(folder, source)
    return CaseYaml(
        region=_region(source),
        window=_window(source),
        functions=_functions(source),
        destinations=destinations,
        via=via,
        flow_log_format=_flow_log_format(folder, source),
        reported=_text(source, ("reported",), source.data.get("reported")) or "",
        assumptions=_assumptions(source),
        written_by=_text(source, ("written_by",), source.data.get("written_by")),
    )


def leads_by_route(way: str) -> bool:
    """Whether a ``via`` is what a route leads to, or what the destination is itself."""
    return _BY_ROUTE.fullmatch(way.strip()) is not None


def _check_schema(folder: CaseFolder, source: YamlSource) -> None:
    schema = source.data.get("schema")
    if schema is None:
        folder.note(FILE, f"does not say its schema: read as schema {SCHEMA}")
    elif isinstance(schema, bool) or not isinstance(schema, int) or schema < 1:
        raise source.error(
            ("schema",), f"'{one_line(str(schema), 40)}' is not a known schema", f"write schema: {SCHEMA}"
        )
    elif schema > SCHEMA:
        problem = f"this is a case of schema {schema}; this narrows reads up to {SCHEMA}: upgrade narrows"
        raise source.error(("schema",), problem)


def _check_keys(
    folder: CaseFolder,
    source: YamlSource,
    place: tuple[str | int, ...],
    found: Mapping[str, Any],
    known: tuple[str, ...],
) -> None:
    for key in found:
        if key in known:
            continue
        guess = nearest(key, known)
        if guess:
            raise source.error((*place, key), f"unknown key '{one_line(key, 80)}'", f"did you mean '{guess}'?")
        folder.note(FILE, f"unknown key '{one_line(key, 80)}' passed over")


def _text(source: YamlSource, place: tuple[str | int, ...], value: Any) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return value
    raise source.error(place, f"{one_line(repr(value), 40)} where text should be")


def _flow_log_format(folder: CaseFolder, source: YamlSource) -> tuple[str, ...] | None:
    """``flow_logs: {format: "${version} ..."}``: of files without a header, as CloudWatch Logs exports them."""
    told = source.data.get("flow_logs")
    if told is None:
        return None
    if not isinstance(told, dict):
        raise source.error(
            ("flow_logs",), "is not a mapping", 'write flow_logs: {format: "${version} ${account-id} ..."}'
        )
    _check_keys(folder, source, ("flow_logs",), told, ("format",))
    text = _text(source, ("flow_logs", "format"), told.get("format"))
    if text is None:
        return None
    from narrows.case.flow_log_fields import parse_format

    try:
        return parse_format(text)
    except ValueError as error:
        raise source.error(
            ("flow_logs", "format"), str(error), "write the fields of the flow log's own format"
        ) from None


def _assumptions(source: YamlSource) -> Assumptions:
    written = source.data.get(KEY)
    if written is None:
        return Assumptions()
    if not isinstance(written, dict):
        raise source.error((KEY,), "assumptions are a mapping", f"write {KEY}: {{nat_hold_after_close: 60s}}")
    return assumptions_in(source, written)


def _window(source: YamlSource) -> tuple[datetime, datetime] | None:
    value = source.data.get("window")
    if value is None:
        return None
    advice = "write window: [2026-11-20T12:00:00Z, 2026-11-20T12:15:00Z]"
    if not isinstance(value, list) or len(value) != 2:
        raise source.error(("window",), "a window is two times", advice)
    start, end = (_moment(source, ("window", index), one, advice) for index, one in enumerate(value))
    if not start < end:
        raise source.error(("window",), "the window must end after it starts", advice)
    if end - start > timedelta(days=WINDOW_DAYS):
        problem = f"the window is longer than {WINDOW_DAYS} days"
        raise source.error(("window",), problem, "write the minutes or hours of the incident")
    return start, end


def _moment(source: YamlSource, place: tuple[str | int, ...], value: Any, advice: str) -> datetime:
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            value = None
    if not isinstance(value, datetime):
        raise source.error(place, "this is not a valid time", advice)
    try:
        moment = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except OverflowError:
        moment = None
    if moment is None or not EARLIEST_YEAR <= moment.year <= LATEST_YEAR:
        raise source.error(place, f"its year is not one of {EARLIEST_YEAR} to {LATEST_YEAR}", advice)
    return moment


def _names(source: YamlSource, place: tuple[str | int, ...], value: Any) -> tuple[str, ...]:
    """A list of names, or a single one."""
    if value is None:
        return ()
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, list):
        raise source.error(place, "this is a list of names", f"write {place[-1]}: [NAME]")
    for index, one in enumerate(value):
        if not isinstance(one, str) or not one:
            raise source.error((*place, index), f"{one_line(repr(one), 40)} where a name should be")
    return tuple(dict.fromkeys(value))


def _region(source: YamlSource) -> str | None:
    region = _text(source, ("region",), source.data.get("region"))
    if region is not None and not REGION.fits(region):
        raise source.error(("region",), f"{shown(region)} is not a Region", REGION.rule)
    return region


def _functions(source: YamlSource) -> tuple[str, ...]:
    """The names of the functions, of which ARNs and ``name:alias`` may be written."""
    place, written = ("functions",), source.data.get("functions")
    found = []
    for index, text in enumerate(_names(source, place, written)):
        name = text.split(":function:")[-1].split(":")[0] if ":" in text else text
        if not FUNCTION.fits(name) or not FUNCTION_REFERENCE.fits(text):
            where = place if isinstance(written, str) else (*place, index)
            problem = f"{shown(text)} is not {FUNCTION_REFERENCE.what}"
            raise source.error(where, problem, FUNCTION_REFERENCE.rule)
        found.append(name)
    return tuple(dict.fromkeys(found))


def _destinations(
    folder: CaseFolder, source: YamlSource
) -> tuple[dict[str, KnownDestination], dict[str, tuple[str, ...]]]:
    written = source.data.get("destinations")
    if written is None:
        return {}, {}
    if not isinstance(written, dict):
        raise source.error(("destinations",), "destinations are a mapping", "write destinations: {cache: {port: 443}}")
    found: dict[str, KnownDestination] = {}
    via: dict[str, tuple[str, ...]] = {}
    for key, value in written.items():
        place = ("destinations", key)
        if value is None:
            value = {}
        if not isinstance(value, dict):
            raise source.error(place, "a destination is a mapping", "write {name: ..., port: 443, addresses: [...]}")
        _check_keys(folder, source, place, value, _DESTINATION_KEYS)
        protocol = (_text(source, (*place, "protocol"), value.get("protocol")) or "tcp").lower()
        if protocol not in _PROTOCOLS:
            raise source.error((*place, "protocol"), f"'{one_line(protocol, 40)}' is neither tcp nor udp")
        found[key] = KnownDestination(
            key,
            _text(source, (*place, "name"), value.get("name")),
            _port(source, (*place, "port"), value.get("port")),
            _addresses(source, (*place, "addresses"), value.get("addresses")),
            protocol,
        )
        if value.get("via") is not None:
            ways = _names(source, (*place, "via"), value["via"])
            for way in ways:
                if way.startswith("vpce-") and not ENDPOINT.fits(way):
                    raise source.error((*place, "via"), f"{shown(way)} is not {ENDPOINT.what}")
                if leads_by_route(way):
                    folder.note(FILE, f"{shown(key)} goes via {shown(way)}: the route tables say that, and count")
            through = tuple(one for one in ways if not leads_by_route(one))
            if through:
                via[key] = through
    return found, via


def _port(source: YamlSource, place: tuple[str | int, ...], value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 65535:
        raise source.error(place, f"{one_line(repr(value), 40)} is not a port", "write a number from 1 to 65535")
    return value


def _addresses(source: YamlSource, place: tuple[str | int, ...], value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise source.error(place, "addresses are a list", "write addresses: [203.0.113.10]")
    found = []
    for index, one in enumerate(value):
        try:
            if not isinstance(one, str):
                raise ValueError
            found.append(str(ipaddress.ip_address(one.strip())))
        except ValueError:
            raise source.error((*place, index), f"{one_line(repr(one), 60)} is not an IP address") from None
    return tuple(dict.fromkeys(found))

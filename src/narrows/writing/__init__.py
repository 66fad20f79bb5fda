"""Writing cases."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from narrows.given import check_recording, given_path
from narrows.recording import Recording
from narrows.writing.about import case_yaml
from narrows.writing.folder import check_target, new_folder, write_json, written_to
from narrows.writing.functions import function_states, functions
from narrows.writing.gateways import addresses, nat_gateways, prefix_lists, transit_gateway_attachments, vpc_endpoints
from narrows.writing.interfaces import network_interfaces
from narrows.writing.layout import lay_out
from narrows.writing.metrics import cloudwatch_files
from narrows.writing.outcomes import write_outcomes
from narrows.writing.quotas import service_quotas
from narrows.writing.rules import network_acls, security_groups
from narrows.writing.truth import truth
from narrows.writing.vpc import route_tables, subnets, vpcs

__all__ = ["check_target", "new_case", "write_case"]

_EC2 = {
    "vpcs": vpcs,
    "subnets": subnets,
    "security-groups": security_groups,
    "network-interfaces": network_interfaces,
    "route-tables": route_tables,
    "network-acls": network_acls,
    "nat-gateways": nat_gateways,
    "addresses": addresses,
    "vpc-endpoints": vpc_endpoints,
    "transit-gateway-attachments": transit_gateway_attachments,
    "prefix-lists": prefix_lists,
}


def write_case(
    recording: Recording,
    folder: str | os.PathLike[str],
    *,
    reported: str = "",
    written_by: str | None = None,
    more: Callable[[Path], None] | None = None,
) -> None:
    """Write what AWS and the callers would have shown of a run, in AWS's own shapes, and ``truth.json`` beside it.

    The folder is there whole or not at all. One that was written this way before is replaced, unless something in it
    is not as it was written.

    Args:
        recording: the run.
        folder: where the case is to be.
        reported: what someone reported of the incident, for ``case.yaml``.
        written_by: who writes it, for people; ``narrows`` and its version when left out.
        more: writes further evidence into the folder before it takes its place.

    Raises:
        InputError: ``folder`` holds something else than a case of a run, another run is writing there, or it cannot
            be written.
    """
    check_recording(recording, "write_case")
    with new_case(given_path(folder, "write_case", "the case's folder")) as write:
        write(recording, reported=reported, written_by=written_by, more=more)


class _Write(Protocol):
    """Takes what ``write_case`` takes, without the folder."""

    def __call__(
        self,
        recording: Recording,
        *,
        reported: str = "",
        written_by: str | None = None,
        more: Callable[[Path], None] | None = None,
    ) -> None: ...


@contextmanager
def new_case(folder: str | os.PathLike[str]) -> Iterator[_Write]:
    """Take a folder for a case before the run that makes it; what this gives is called with the recording.

    The case takes its place at the end of the block. Raises ``InputError`` as ``write_case`` does.
    """
    with new_folder(folder) as place:

        def write(
            recording: Recording,
            *,
            reported: str = "",
            written_by: str | None = None,
            more: Callable[[Path], None] | None = None,
        ) -> None:
            with written_to(folder):
                _fill(place, recording, reported, written_by, more)

        yield write


def _fill(
    place: Path,
    recording: Recording,
    reported: str,
    written_by: str | None,
    more: Callable[[Path], None] | None,
) -> None:
    from narrows import __version__

    layout = lay_out(recording)
    about = case_yaml(layout, recording, reported, written_by or f"narrows {__version__}")
    (place / "case.yaml").write_text(about, encoding="utf-8")
    write_json(place / "lambda" / "functions.json", functions(layout))
    write_json(place / "lambda" / "function-states.json", function_states(layout))
    for name, shape in _EC2.items():
        write_json(place / "ec2" / f"{name}.json", shape(layout))
    write_json(place / "service-quotas.json", service_quotas(layout, recording))
    for name, content in cloudwatch_files(layout, recording).items():
        write_json(place / "cloudwatch" / name, content)
    (place / "callers").mkdir()
    write_outcomes(recording, place / "callers" / "outcomes.parquet")
    if more is not None:
        more(place)
    write_json(place / "truth.json", truth(layout, recording))

"""Writing cases."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from narrows.case.writing.about import case_yaml
from narrows.case.writing.folder import check_target, new_folder, write_json
from narrows.case.writing.functions import function_states, functions
from narrows.case.writing.gateways import addresses, nat_gateways, vpc_endpoints
from narrows.case.writing.interfaces import network_interfaces
from narrows.case.writing.layout import lay_out
from narrows.case.writing.metrics import cloudwatch_files
from narrows.case.writing.outcomes import write_outcomes
from narrows.case.writing.quotas import service_quotas
from narrows.case.writing.rules import network_acls, security_groups
from narrows.case.writing.truth import truth
from narrows.case.writing.vpc import route_tables, subnets, vpcs
from narrows.recording import Recording

__all__ = ["check_target", "write_case"]

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

    The folder is there whole or not at all. One that was written this way before is replaced.

    Args:
        recording: the run.
        folder: where the case is to be.
        reported: what someone reported of the incident, for ``case.yaml``.
        written_by: who writes it, for people; ``narrows`` and its version when left out.
        more: writes further evidence into the folder before it takes its place.

    Raises:
        InputError: ``folder`` holds something else than a case of a run, or cannot be written.
    """
    from narrows import __version__

    with new_folder(folder) as place:
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

"""Reading cases."""

from __future__ import annotations

import os
from dataclasses import replace

from narrows import listing
from narrows.case.cloudwatch_names import LAMBDA_DIMENSION
from narrows.case.model import Case
from narrows.case.reading.aws_files import read_resources
from narrows.case.reading.callers import in_question, read_callers
from narrows.case.reading.case_yaml import read_case_yaml
from narrows.case.reading.folder import CaseFolder
from narrows.case.reading.located import locate
from narrows.case.reading.mentions import Mentions
from narrows.case.reading.metrics import read_metrics
from narrows.case.reading.not_collected import note_what_is_missing
from narrows.case.reading.owned import read_owned
from narrows.case.reading.quotas import read_quotas
from narrows.case.reading.regions import the_region
from narrows.case.reading.sensor import read_sensor
from narrows.case.reading.topology import read_topology
from narrows.given import given_path


def read_case(folder: str | os.PathLike[str]) -> Case:
    """Read a case: everything in it that is evidence, and what is missing or broken as notes.

    ``truth.json`` is not read. Files as AWS's own command line writes them can stand in the folder unchanged.

    Raises:
        InputError: there is no case there, or a file in it cannot be used; one line with the file and the place.
    """
    place = CaseFolder(given_path(folder, "read_case", "a case's folder"))
    about = read_case_yaml(place)
    note_what_is_missing(place)
    resources = read_resources(place)
    region = the_region(about.region, resources)
    located = locate(about.destinations, resources["network-interfaces"])
    topology = read_topology(place, resources, about, located, region)
    functions = about.functions or tuple(topology.network.functions)
    metrics = read_metrics(place, topology.network)
    mentions = Mentions(located.destinations)
    # A log of a function that no file describes is its own all the same, where CloudWatch knows it.
    measured = {one.dimensions[LAMBDA_DIMENSION]: None for one in metrics.series if LAMBDA_DIMENSION in one.dimensions}
    others = tuple(dict.fromkeys((*topology.network.functions, *measured)))
    callers = read_callers(place, functions, mentions, about.window, others)
    if mentions.named:
        # Nobody wrote down what cannot be reached; the lines of the failures say it.
        callers, named = in_question(callers, mentions.named, about.functions)
        if named:
            place.note(
                "case.yaml",
                f"names no destination: what log lines tell of is in question, {listing.named(list(named))}",
            )
            about = replace(about, destinations=named)
            located = locate(named, resources["network-interfaces"])
            topology = read_topology(place, resources, about, located, region)
    owned = read_owned(place, resources["vpc-endpoints"], topology.network.endpoints)
    return Case(
        folder=place.root,
        region=region,
        window=about.window,
        functions=functions,
        destinations=located.destinations,
        reported=about.reported,
        topology=topology,
        quotas=read_quotas(place),
        metrics=metrics,
        callers=callers,
        flow_logs=tuple(place.files("flow-logs", deep=True)),
        flow_log_format=about.flow_log_format,
        sensor=read_sensor(place),
        notes=place.notes,
        assumptions=about.assumptions,
        owned=owned,
        written_by=about.written_by,
    )

"""Incidents as people have them, in AWS's own shapes: not played by narrows, but written from public reports.

An incident is a function that fills a ``CaseFolder``, with what an expert says of exactly that evidence::

    from oracles.incidents.world import CaseFolder, Expert, Headline, incident, python_error, route

    @incident(
        source="https://stackoverflow.com/questions/... (title)",
        expert=Expert(
            names=("route-or-rule-blocked",),
            true=("route-or-rule-blocked",),
            headline=Headline.NAMED,
            says=("private-a",),
            because="the only subnet of the function has no route that leads out of the VPC",
        ),
    )
    def no_default_route(case: CaseFolder) -> None:
        case.vpc("shop")                                       # main table, default ACL and group, DHCP options
        igw = case.internet_gateway()
        public = case.subnet("public-a", "10.0.0.0/24", [route("0.0.0.0/0", igw)])
        nat = case.nat("nat-a", public)                        # with its address and interface
        private = case.subnet("private-a", "10.0.1.0/24", [])  # a table with the local route; None: the main table
        app = case.group("app")                                # allow(5432, other_group, "10.0.0.0/8") makes rules
        case.function("checkout", [private], [app])            # with a Hyperplane ENI in each subnet
        calls = about(40, case.minutes)                        # one value a minute, +-10 %
        case.function_metrics("checkout", invocations=calls, errors=share(calls, 1.0))
        case.nat_metrics(nat, attempts=[0.0] * 60, errors=unsaid_zeros([0.0] * 60))
        log = case.log("checkout")                             # tail=True: as aws logs tail prints it
        for at in times(40, 1, 59):                            # seconds after the window's start
            log.invocation(at, python_error("ConnectTimeout", "..."), seconds=10.1)
        case.yaml(functions=["checkout"], destinations={"pay": {"name": "api.pay.example", "port": 443}})
        case.without("ec2/network-acls", "cloudwatch/nat")     # files that nobody collected

``Traffic(case, "checkout")`` writes a function's log and its metrics from the same invocations: ``good(40, 0, 60)``,
``bad(12, 20, 60, python_error(...), seconds=10.1)``, ``bad(9, 0, 60, timeout=30)``, then ``write()``.

Every method gives back the plain record, to be changed or cut as a writer likes, and takes AWS's own members as
keywords (``case.nat("nat-a", public, State="deleted")``); ``case.file(path, content)`` writes anything.
"""

from oracles.incidents.world.expert import Expert, Headline, Incident, incident, incidents
from oracles.incidents.world.folder import CaseFolder
from oracles.incidents.world.ids import ACCOUNT, Record, aws_id, id_of, request_id
from oracles.incidents.world.log import Line, Log, Moment
from oracles.incidents.world.log_lines import (
    Frame,
    dotnet_error,
    go_error,
    go_log,
    java_error,
    json_log,
    json_report,
    node_error,
    node_log,
    node_socket_error,
    python_error,
    python_log,
    python_traceback,
)
from oracles.incidents.world.measured import about, every, ramp, share, times, unsaid_zeros
from oracles.incidents.world.network import tags
from oracles.incidents.world.rules import EVERYTHING, allow, entry, open_entries, route
from oracles.incidents.world.traffic import Traffic

__all__ = [
    "ACCOUNT",
    "EVERYTHING",
    "CaseFolder",
    "Expert",
    "Frame",
    "Headline",
    "Incident",
    "Line",
    "Log",
    "Moment",
    "Record",
    "Traffic",
    "about",
    "allow",
    "aws_id",
    "dotnet_error",
    "entry",
    "every",
    "go_error",
    "go_log",
    "id_of",
    "incident",
    "incidents",
    "java_error",
    "json_log",
    "json_report",
    "node_error",
    "node_log",
    "node_socket_error",
    "open_entries",
    "python_error",
    "python_log",
    "python_traceback",
    "ramp",
    "request_id",
    "route",
    "share",
    "tags",
    "times",
    "unsaid_zeros",
]

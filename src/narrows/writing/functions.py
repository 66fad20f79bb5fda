"""ListFunctions, with every published version, and GetFunctionConfiguration, which alone tells states."""

from __future__ import annotations

import base64
import math

from narrows.network import Function
from narrows.writing.ids import ACCOUNT
from narrows.writing.layout import Layout
from narrows.writing.vpc import Shape

_LATEST = "$LATEST"


def functions(layout: Layout) -> Shape:
    """ListFunctions with ``--function-version ALL``."""
    found = []
    for one in layout.network.functions.values():
        found.append(_configuration(layout, one, _LATEST, one.subnets, one.security_groups))
        for number, (subnets, groups) in enumerate(one.versions, start=1):
            found.append(_configuration(layout, one, str(number), subnets, groups))
    return {"Functions": found}


def function_states(layout: Layout) -> list[Shape]:
    """GetFunctionConfiguration of each function: all of a run are active, or they would not run."""
    found = []
    for one in layout.network.functions.values():
        shape = _configuration(layout, one, _LATEST, one.subnets, one.security_groups)
        arn = layout.ids.arn("lambda", f"function:{one.name}")
        found.append({**shape, "FunctionArn": arn, "State": "Active", "LastUpdateStatus": "Successful"})
    return found


def _configuration(
    layout: Layout, function: Function, version: str, subnets: tuple[str, ...], groups: tuple[str, ...]
) -> Shape:
    ids, name = layout.ids, function.name
    code = bytes.fromhex(ids.digest("code", name, version))
    shape: Shape = {
        "FunctionName": name,
        "FunctionArn": ids.arn("lambda", f"function:{name}:{version}"),
        "Runtime": "python3.13",
        "Role": f"arn:aws:iam::{ACCOUNT}:role/{name}",
        "Handler": "app.handler",
        "CodeSize": 1_048_576,
        "Description": "",
        "Timeout": math.ceil(function.timeout),
        "MemorySize": 512,
        "LastModified": layout.made.strftime("%Y-%m-%dT%H:%M:%S.000+0000"),
        "CodeSha256": base64.b64encode(code).decode(),
        "Version": version,
        "TracingConfig": {"Mode": "PassThrough"},
        "RevisionId": ids.uuid("revision", name, version),
        "PackageType": "Zip",
        "Architectures": ["x86_64"],
        "EphemeralStorage": {"Size": 512},
        "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
        "LoggingConfig": {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{name}"},
    }
    if subnets:
        shape["VpcConfig"] = {
            "SubnetIds": [
                layout.subnets[one].id if one in layout.subnets else ids.of("subnet", one) for one in subnets
            ],
            "SecurityGroupIds": [layout.security_group(one) for one in groups],
            "VpcId": layout.vpc,
            "Ipv6AllowedForDualStack": function.dual_stack,
        }
    return shape

"""Functions as Lambda answers them, and their Hyperplane ENIs."""

from __future__ import annotations

import base64
import hashlib
import uuid
from collections.abc import Sequence
from typing import Any

from oracles.incidents.world.endpoints import Endpoints
from oracles.incidents.world.ids import ACCOUNT, Record, digits

_HANDLERS = {"python": "app.lambda_handler", "nodejs": "index.handler", "java": "com.example.Handler::handleRequest",
             "dotnet": "Api::Api.Function::Handler", "provided": "bootstrap"}  # fmt: skip


class Functions(Endpoints):
    """What ``lambda/`` of a case holds, beside its network."""

    def __init__(self) -> None:
        super().__init__()
        self.functions: list[Record] = []
        self.configurations: dict[str, Record] = {}
        """Answers of GetFunctionConfiguration, by function."""

    def function(
        self,
        name: str,
        subnets: Sequence[Record] = (),
        groups: Sequence[Record] = (),
        *,
        runtime: str = "python3.12",
        timeout: int = 30,
        memory: int = 512,
        enis: bool = True,
        **more: Any,
    ) -> Record:
        """A function of ListFunctions; where it is in a VPC, with a Hyperplane ENI in each subnet (``enis``)."""
        code = base64.b64encode(hashlib.sha256(name.encode()).digest()).decode()
        handler = next((one for prefix, one in _HANDLERS.items() if runtime.startswith(prefix)), "app.handler")
        made: Record = {
            "FunctionName": name,
            "FunctionArn": f"arn:aws:lambda:{self.region}:{ACCOUNT}:function:{name}",
            "Runtime": runtime,
            "Role": f"arn:aws:iam::{ACCOUNT}:role/{name}-role",
            "Handler": handler,
            "CodeSize": 4_000_000 + int(digits(name, length=5), 16),
            "Description": "",
            "Timeout": timeout,
            "MemorySize": memory,
            "LastModified": "2026-11-12T08:15:44.000+0000",
            "CodeSha256": code,
            "Version": "$LATEST",
            "TracingConfig": {"Mode": "PassThrough"},
            "RevisionId": str(uuid.uuid5(uuid.NAMESPACE_DNS, name)),
            "PackageType": "Zip",
            "Architectures": ["x86_64"],
            "EphemeralStorage": {"Size": 512},
            "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
            "LoggingConfig": {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{name}"},
        }
        if subnets:
            made["VpcConfig"] = {
                "SubnetIds": [one["SubnetId"] for one in subnets],
                "SecurityGroupIds": [one["GroupId"] for one in groups],
                "VpcId": subnets[0]["VpcId"],
                "Ipv6AllowedForDualStack": False,
            }
        made.update(more)
        self.functions.append(made)
        if enis:
            for one in subnets:
                self.lambda_eni(name, one, groups)
        return made

    def lambda_eni(self, function: str, subnet: Record, groups: Sequence[Record], copy: int = 0, **more: Any) -> Record:
        """A Hyperplane ENI; ``copy`` tells several of the same subnet and groups apart."""
        unique = uuid.uuid5(uuid.NAMESPACE_URL, f"{function}/{subnet['SubnetId']}/{copy}")
        return self.interface(
            f"{function}-{copy}", subnet, groups, description=f"AWS Lambda VPC ENI-{function}-{unique}", type="lambda",
            **{"RequesterId": f"AROA{digits('role', function).upper()}:{ACCOUNT}", **more},
        )  # fmt: skip

    def function_configuration(self, name: str, **more: Any) -> Record:
        """The answer of GetFunctionConfiguration: as ListFunctions has it, with its state."""
        listed = next((one for one in self.functions if one["FunctionName"] == name), {"FunctionName": name})
        made = {**listed, "State": "Active", "LastUpdateStatus": "Successful", **more}
        self.configurations[name] = made
        return made

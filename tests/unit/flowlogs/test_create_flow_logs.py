"""The command that makes the missing flow log is one that AWS takes: held against botocore's model of the service."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import boto3
import botocore
from botocore.stub import Stubber

from narrows.case.flow_log_fields import VERSION_OF, parse_format
from narrows.flowlogs import count_connections
from narrows.flowlogs.creating import WANTED, create_flow_logs
from narrows.flowlogs.quality import new_flow_log
from tests.unit.flowlogs.test_bad_input import HEADER, LINES, line


def request(command: str) -> dict[str, Any]:
    """What the AWS command line would ask for: every option is a member of CreateFlowLogs' input."""
    words = shlex.split(command)
    assert words[:3] == ["aws", "ec2", "create-flow-logs"]
    client = boto3.client("ec2", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    shape = client.meta.service_model.operation_model("CreateFlowLogs").input_shape
    options = {f"--{botocore.xform_name(name, '-')}": (name, member) for name, member in shape.members.items()}
    given: dict[str, list[str]] = {}
    for word in words[3:]:
        if word.startswith("--"):
            given[word] = []
        else:
            given[next(reversed(given))].append(word)
    assert set(given) <= set(options)
    found: dict[str, Any] = {}
    for option, values in given.items():
        name, member = options[option]
        if member.type_name == "list":
            found[name] = values
        elif member.type_name == "structure":
            pairs = dict(pair.split("=") for pair in values[0].split(","))
            assert set(pairs) <= set(member.members)
            found[name] = {key: {"true": True, "false": False}.get(value, value) for key, value in pairs.items()}
        else:
            (value,) = values
            assert not getattr(member, "enum", None) or value in member.enum
            found[name] = int(value) if member.type_name == "integer" else value
    with Stubber(client) as stubber:
        stubber.add_response("create_flow_logs", {"FlowLogIds": ["fl-1"]}, found)
        assert client.create_flow_logs(**found)["FlowLogIds"] == ["fl-1"]
    return found


def test_of_enis_and_nat_gateways_only() -> None:
    interfaces = [
        {"interface": "eni-1", "kind": "hyperplane-eni"},
        {"interface": "eni-2", "kind": "nat-gateway"},
        {"interface": "eni-3", "kind": "other"},
    ]
    asked = request(new_flow_log(interfaces))
    assert asked["ResourceIds"] == ["eni-1", "eni-2"]
    assert asked["ResourceType"] == "NetworkInterface"
    assert asked["TrafficType"] == "ALL"
    assert asked["MaxAggregationInterval"] == 60
    assert asked["DestinationOptions"] == {
        "FileFormat": "parquet",
        "HiveCompatiblePartitions": True,
        "PerHourPartition": True,
    }
    assert parse_format(asked["LogFormat"].replace("${", "").replace("}", "")) == WANTED
    assert asked["LogFormat"].split() == [f"${{{name}}}" for name in WANTED]
    assert {"tcp-flags", "pkt-srcaddr", "pkt-dstaddr", "resource-id"} <= set(WANTED) <= set(VERSION_OF)


def test_regional_nat_gateways_have_a_command_of_their_own() -> None:
    one, two = new_flow_log([{"interface": "eni-1"}, {"interface": "nat-1"}]).splitlines()
    assert (request(one)["ResourceType"], request(one)["ResourceIds"]) == ("NetworkInterface", ["eni-1"])
    assert (request(two)["ResourceType"], request(two)["ResourceIds"]) == ("RegionalNatGateway", ["nat-1"])
    assert len(request(create_flow_logs("NetworkInterface", [f"eni-{n}" for n in range(1500)]))["ResourceIds"]) == 1000


def test_each_flag_that_a_flow_log_would_mend_has_a_command_that_aws_takes(tmp_path: Path) -> None:
    long = [line(port, end=1_700_000_500) for port in range(50000, 50010)]
    nameless = [line(50100, interface="-")]
    (tmp_path / "a.log").write_text("\n".join([HEADER, *LINES, *long, *nameless]) + "\n")
    flags = {flag["id"]: flag.get("command") for flag in count_connections([tmp_path]).quality}
    for kind in ("no-tcp-flags", "interval", "no-interface"):
        command = flags[kind]
        assert command is not None
        for part in command.splitlines():
            request(part)

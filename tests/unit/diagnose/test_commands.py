"""The commands that collect what is missing: AWS's own syntax, safe to paste, and the right file afterwards."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jmespath
from botocore import xform_name
from botocore.validate import ParamValidator

from narrows.case import Case, read_case
from narrows.case.reading.log_words import outcome_of, table
from narrows.diagnose import Missing, diagnose
from tests.unit.case.aws_shapes import problems, service
from tests.unit.case.log_lines import LINES
from tests.unit.diagnose.by_hand import ABOUT, TIMEOUT, bare, case, function, interfaces, log, nat_gateway, rules
from tests.unit.diagnose.conftest import EXAMPLES


def _missing(folder: Path) -> Iterator[Missing]:
    """Every kind of missing evidence that a diagnosis asks for."""
    cache = ABOUT.replace("cache.example.com", "x.abc.ng.0001.use1.cache.amazonaws.com")
    no_window = "\n".join(line for line in ABOUT.splitlines() if not line.startswith("window")) + "\n"
    no_region = ABOUT.replace("region: us-east-1\n", "")
    for number, one in enumerate(
        (
            bare(folder / "0"),
            bare(folder / "1", log(TIMEOUT)),
            case(folder / "2", log(TIMEOUT), about=cache),
            case(folder / "3", rules(), interfaces(), log(TIMEOUT)),
            case(folder / "4", log(TIMEOUT), about=no_window),
            case(folder / "5", about=no_window),
            case(folder / "6", log(TIMEOUT), about=no_region),
        )
    ):
        found = diagnose(one).missing
        assert found, number
        yield from found
    for example in EXAMPLES.iterdir():
        if example.is_dir():
            yield from diagnose(read_case(example)).missing


def _aws_calls(how: str) -> Iterator[list[str]]:
    """The words of each call of ``aws`` in a command."""
    words = shlex.split(how)
    call: list[str] | None = None
    for word in words:
        if word in ("&&", ";", "{", "}", ">"):
            if call:
                yield call
            call = None
        elif word == "aws" and call is None:
            call = []
        elif call is not None:
            call.append(word)
    if call:
        yield call


def test_every_command_is_what_the_service_models_say(tmp_path: Path) -> None:
    seen = set()
    for missing in _missing(tmp_path):
        calls = list(_aws_calls(missing.how))
        assert calls, missing.how
        for call in calls:
            seen.add((call[0], call[1]))
            _check_call(call, missing.how)
    assert {
        ("cloudwatch", "get-metric-data"),
        ("logs", "filter-log-events"),
        ("ec2", "create-flow-logs"),
        ("ec2", "describe-route-tables"),
        ("lambda", "list-functions"),
        ("lambda", "get-function-configuration"),
    } <= seen


def test_every_request_is_what_the_service_models_say_and_the_command_is_made_of_it(tmp_path: Path) -> None:
    requests = [(request, one.how) for one in _missing(tmp_path) for request in one.requests]
    assert {request.operation for request, _ in requests if not request.only_reads} == {"CreateFlowLogs"}
    for request, how in requests:
        model = service(request.service).operation_model(request.operation)
        known = {name: value for name, value in request.parameters.items() if value is not None}
        # A time that the case does not tell is the only thing that may be left open.
        assert {name.lower() for name in set(request.parameters) - set(known)} <= {"starttime", "endtime"}
        given = {**dict.fromkeys(set(request.parameters) - set(known), 0), **known}
        report = ParamValidator().validate(given, model.input_shape)
        assert not report.has_errors(), report.generate_report()
        assert (request.file is None) is not request.only_reads
        assert request.permission.endswith(f":{request.operation}")
        assert f"aws {request.service} {xform_name(request.operation).replace('_', '-')}" in how
        json.dumps(request.to_json(), allow_nan=False)


def test_an_unreadable_flow_log_is_asked_for_once_where_no_cause_asks(tmp_path: Path) -> None:
    folder = tmp_path / "case"
    found = diagnose(case(folder, log(TIMEOUT), {"flow-logs/a.log": "; nat-bandwidth: x\n"}))
    notes = [one for one in found.missing if one.note]
    assert len(notes) == 1
    assert notes[0].note.count("cannot be used") == 1


def _check_call(call: list[str], how: str) -> None:
    model = service(call[0])
    names = {xform_name(one).replace("_", "-"): one for one in model.operation_names}
    assert call[1] in names, how
    shape = model.operation_model(names[call[1]]).input_shape
    members = {f"--{xform_name(name).replace('_', '-')}": name for name in shape.members}
    members["--resource-ids"] = "ResourceIds"
    parameters: dict[str, Any] = {}
    option = ""
    values: dict[str, list[str]] = {}
    for word in call[2:]:
        if word.startswith("--"):
            option = word
            values[option] = []
        else:
            values[option].append(word)
    for option, given in values.items():
        if option == "--region":
            continue
        if option == "--query":
            jmespath.compile(given[0])
            continue
        assert option in members, f"{option} in {how}"
        parameters[members[option]] = _value(shape.members[members[option]], given, how)
    report = ParamValidator().validate(parameters, shape)
    assert not report.has_errors(), report.generate_report()
    _check_enums(shape, parameters)


def _value(shape: Any, given: list[str], how: str) -> Any:
    """What AWS's command line makes of the words of an option."""
    if shape.type_name == "list" and given[0].startswith("file://"):
        written = re.search(r"printf %s (.*?) > (\S+) &&", how)
        assert written is not None, how
        assert given[0] == f"file://{written.group(2)}"
        (text,) = shlex.split(written.group(1))
        asked = json.loads(text)
        assert list(problems(shape, asked)) == []
        return asked
    if shape.type_name == "list" and shape.member.type_name == "structure":
        return [_structure(one) for one in given]
    if shape.type_name == "list":
        return given
    if shape.type_name == "structure":
        pairs = dict(part.split("=") for part in given[0].split(","))
        return {key: {"true": True, "false": False}.get(value, value) for key, value in pairs.items()}
    if shape.type_name in ("integer", "long"):
        return int(given[0]) if given[0] not in ("START", "END") else 0
    if shape.type_name == "timestamp" and given[0] in ("START", "END"):
        return "2026-11-20T12:00:00Z"
    assert len(given) == 1, given
    return given[0]


def _structure(word: str) -> dict[str, Any]:
    """``Name=vpc-id,Values=vpc-1,vpc-2``: a value without a name goes on with the list before it."""
    found: dict[str, Any] = {}
    for part in word.split(","):
        name, equals, value = part.rpartition("=")
        if equals:
            found[name] = [value] if name == "Values" else value
        else:
            found["Values"].append(value)
    return found


def _check_enums(shape: Any, parameters: dict[str, Any]) -> None:
    for name, value in parameters.items():
        enum = getattr(shape.members[name], "enum", None)
        assert not enum or value in enum, (name, value)


def test_every_message_that_the_reader_knows_passes_the_filter(tmp_path: Path) -> None:
    asked = [call for one in diagnose(bare(tmp_path)).missing for call in _aws_calls(one.how)]
    (pattern,) = {call[call.index("--filter-pattern") + 1] for call in asked if call[1] == "filter-log-events"}
    assert len(pattern) <= service("logs").shape_for("FilterPattern").metadata["max"]
    # What CloudWatch Logs takes in a regular expression; all of it means the same here.
    assert re.fullmatch(r"%[A-Za-z0-9:_#=@/;,^$?\[\]{}|\\*+.-]+%", pattern)
    passes = re.compile(pattern[1:-1]).search
    known = _known_lines()
    assert [line for line in known if not passes(line)] == []
    assert not any(map(passes, ("START RequestId: x Version: $LATEST", "INFO GET /orders 200", "INFO connected to db")))
    stems = [re.compile(stem) for stem in pattern[1:-1].split("|")]
    finding = [{stem.pattern for stem in stems if stem.search(line)} for line in known]
    assert {stem.pattern for stem in stems} == {one for found in finding if len(found) == 1 for one in found}, (
        "a piece of the filter finds no line that the others do not"
    )


def _known_lines() -> list[str]:
    """What the reader knows: lines as they are printed, words by themselves, and what Lambda says of an invocation."""
    known = [line for line, outcome in LINES if outcome is not None]
    for one in table():
        if one.outcome is None:
            continue
        known += [one.example, one.example[0].upper() + one.example[1:]]
        for words in one.words:
            message = words.replace(" & ", " ").replace("#", "3000")
            if " ~ " not in message:
                assert outcome_of(message) is not None, message
                known += [message, message[0].upper() + message[1:]]
    return [
        *known,
        "Task timed out after 3.00 seconds",
        "REPORT RequestId: x\tStatus: timeout",
        "REPORT RequestId: x\tStatus: error\tError Type: Runtime.ExitError",
        '{"status": "timeout"}',
        '{"status": "error"}',
        "[ERROR] KeyError: 17",
        'ERROR\tInvoke Error \t{"errorType":"Error","errorMessage":"x"}',
    ]


def test_region_ids_and_window_are_filled_in(tmp_path: Path) -> None:
    found = diagnose(case(tmp_path, log(TIMEOUT)))
    (asked,) = [one for one in found.missing if one.evidence.startswith("CloudWatch metrics of nat-1")]
    assert "--region us-east-1 --start-time 2026-11-20T12:00:00Z --end-time 2026-11-20T12:15:00Z" in asked.how
    assert '"Value":"nat-1"' in asked.how
    assert asked.how.endswith("> cloudwatch/narrows-nat-gateways.results.json")


def test_without_a_window_the_time_of_the_failures_is_asked_for(tmp_path: Path) -> None:
    about = "\n".join(line for line in ABOUT.splitlines() if not line.startswith("window")) + "\n"
    found = diagnose(case(tmp_path, log(TIMEOUT), about=about))
    assert any("--start-time 2026-11-20T12:00:00Z --end-time 2026-11-20T12:11:00Z" in one.how for one in found.missing)


def test_each_command_is_named_once(tmp_path: Path) -> None:
    commands = [one.how for one in diagnose(bare(tmp_path, log(TIMEOUT))).missing]
    assert len(commands) == len(set(commands))
    files = [word for how in commands for word in shlex.split(how) if word.endswith(".json") and "/" in word]
    described = [file for file in files if file.startswith(("ec2/", "lambda/"))]
    assert len(described) == len(set(described))


def _collect(how: str, answer: dict[str, Any], folder: Path, room: Path) -> None:
    """Run what is asked for in the folder of the case, with an ``aws`` that answers so."""
    aws = room / "bin" / "aws"
    aws.parent.mkdir()
    aws.write_text(f"#!/bin/sh\ncat <<'EOF'\n{json.dumps(answer)}\nEOF\n")
    aws.chmod(0o755)
    environment = {"PATH": f"{aws.parent}{os.pathsep}{os.environ['PATH']}"}
    subprocess.run(["sh", "-euc", how], cwd=folder, env=environment, check=True)


def test_what_was_collected_is_found_by_the_reader(tmp_path: Path) -> None:
    """Run what is asked for; the files are where the reader looks, so nothing is passed over."""
    folder = tmp_path / "case"
    found = diagnose(case(folder, log(TIMEOUT)))
    how = next(one.how for one in found.missing if one.evidence.startswith("CloudWatch metrics of nat-1"))
    answer = {
        "MetricDataResults": [
            {
                "Id": "m1",
                "Label": "ErrorPortAllocation",
                "Timestamps": ["2026-11-20T12:05:00+00:00"],
                "Values": [3.0],
                "StatusCode": "Complete",
            }
        ]
    }
    _collect(how, answer, folder, tmp_path)
    assert diagnose(read_case(folder)).narrows == "nat-port-exhaustion"


def test_the_state_that_was_collected_confirms(tmp_path: Path) -> None:
    """ListFunctions tells no state: it is asked for, and read beside the list."""
    folder = tmp_path / "case"
    found = diagnose(case(folder, rules(), interfaces()))
    (how,) = [one.how for one in found.missing if "get-function-configuration" in one.how]
    assert how == (
        "mkdir -p lambda && aws lambda get-function-configuration --region us-east-1 --function-name storefront "
        "--query 'merge(@, {Environment: `null`})' > lambda/function-storefront.json"
    )
    answer = function(LastUpdateStatus="Failed", LastUpdateStatusReasonCode="SubnetOutOfIPAddresses")
    _collect(how, answer, folder, tmp_path)
    after = diagnose(read_case(folder))
    assert after.narrows == "eni-quota-or-address-shortage"
    assert not any("get-function-configuration" in one.how for one in after.missing)


def _flow_log_commands(found: Case) -> list[dict[str, list[str]]]:
    (asked,) = [one for one in diagnose(found).missing if one.evidence.startswith("flow logs of")]
    commands = []
    for call in _aws_calls(asked.how):
        _check_call(call, asked.how)
        at = [place for place, word in enumerate(call) if word.startswith("--")]
        commands.append({call[a]: call[a + 1 : b] for a, b in zip(at, [*at[1:], len(call)], strict=True)})
    return commands


def test_flow_logs_are_asked_for_where_the_nat_gateway_stands_too(tmp_path: Path) -> None:
    """What leaves it is seen only there, and a NAT gateway stands in another subnet than the functions."""
    (command,) = _flow_log_commands(case(tmp_path, log(TIMEOUT)))
    assert command["--resource-type"] == ["Subnet"]
    assert command["--resource-ids"] == ["subnet-1", "subnet-public"]


def test_a_regional_nat_gateway_has_flow_logs_of_its_own(tmp_path: Path) -> None:
    regional = nat_gateway(AvailabilityMode="regional", SubnetId=None)
    subnets, gateway = _flow_log_commands(
        case(tmp_path, log(TIMEOUT), {"ec2/nat-gateways.json": {"NatGateways": [regional]}})
    )
    assert (subnets["--resource-type"], subnets["--resource-ids"]) == (["Subnet"], ["subnet-1"])
    assert (gateway["--resource-type"], gateway["--resource-ids"]) == (["RegionalNatGateway"], ["nat-1"])
    assert gateway["--region"] == ["us-east-1"]

"""Evidence that is too little, or of another time."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Headline,
    Traffic,
    about,
    incident,
    json_log,
    python_log,
)
from oracles.incidents.world.seen.fourth._sites import (
    BLOCKED,
    PORTS,
    SILENT,
    connect_timeout,
    database,
    default_vpc,
    psycopg,
    ruby_error,
    to,
    unnamed,
    wizard,
)


@incident(
    source="composed: a question with 'Task timed out' alone, and nothing else collected",
    expert=unnamed(
        Headline.OPEN,
        "every call runs into the timeout, and no file says what it waits for or where it runs",
        BLOCKED,
        SILENT,
    ),
)
def nothing_but_task_timed_out(case: CaseFolder) -> None:
    calls = Traffic(case, "hello-world")
    calls.bad(14, 0, 58, timeout=6)
    calls.write(tail=True, metrics=False, memory=128)
    case.yaml(functions=["hello-world"], destinations=None, reported="Task timed out after 6.00 seconds, please help")


@incident(
    source="https://github.com/jeremydaly/serverless-mysql/issues/132 (connect ETIMEDOUT, about 2 % of the calls)",
    expert=unnamed(
        Headline.OPEN,
        "a few connects in a hundred time out at random, and the log alone tells nothing of network, gateway or "
        "database",
        SILENT,
    ),
)
def a_few_in_a_hundred(case: CaseFolder) -> None:
    calls = Traffic(case, "list-orders")
    calls.bad(13, 0, 60, connect_timeout("mysql2"), seconds=10.02)
    calls.good(510, 0, 60, seconds=0.05)
    calls.write(tail=True, metrics=False)
    case.yaml(functions=["list-orders"], reported="2 % of our queries fail, same VPC, the group is open")


@incident(
    source="composed: three graphs from the console, exported: every call as long as the timeout, and no log",
    expert=unnamed(
        Headline.OPEN,
        "all calls last as long as the timeout from 12:26 on; three metrics do not tell what they wait for",
        BLOCKED,
        SILENT,
    ),
)
def only_two_graphs(case: CaseFolder) -> None:
    case.region = "eu-west-1"
    asked = about(31, 60)
    case.function_metrics("sensor-in", invocations=asked, errors=[*[0.0] * 26, *asked[26:]],
                          duration=[*about(240, 26), *[6_000.0] * 34])  # fmt: skip
    case.yaml(functions=["sensor-in"], destinations=None, reported="since 12:26 nothing works")


@incident(
    source="composed: lines of before the window, when the database was rebooted, and an hour in which all is well",
    expert=unnamed(Headline.CLEAR, "the refusals ended half an hour before the window; in it each call ends well"),
)
def refused_before_the_window(case: CaseFolder) -> None:
    home = default_vpc(case)
    db = database(case, "forum", home.subnets[0], 5432, home.default)
    host, address = "forum.c9q8w7e6r5t4.us-east-1.rds.amazonaws.com", db["PrivateIpAddress"]
    case.function("forum-posts", home.subnets, [home.default], timeout=10)
    calls = Traffic(case, "forum-posts")
    text = "Connection refused\n\tIs the server running on that host and accepting TCP/IP connections?"
    calls.bad(16, -41, -35, psycopg(host, address, text), seconds=0.03)
    calls.good(170, 0, 60, python_log("INFO", "200 GET /posts"), seconds=0.07)
    calls.write()
    case.metric("AWS/RDS", "DatabaseConnections", {"DBInstanceIdentifier": "forum"}, about(6, 60), stat="Average")
    case.yaml(functions=["forum-posts"], destinations={"forum": to(host, 5432, address)})


@incident(
    source="composed: Ruby's timeouts to an API that stop by themselves, with a network of which half was collected",
    expert=unnamed(
        Headline.OPEN,
        "for six minutes connects to one host time out; the gateway's metrics are missing: its ports, or the host's "
        "silence",
        SILENT,
        PORTS,
    ),
)
def six_minutes_without_gateway_metrics(case: CaseFolder) -> None:
    place = wizard(case, "shipping")
    case.function("label", place.private, [place.group], runtime="ruby3.3", timeout=30)
    text = "Failed to open TCP connection to api.paketdienst.example:443 (execution expired)"
    calls = Traffic(case, "label")
    calls.good(140, 0, 60, seconds=0.5)
    calls.bad(29, 33, 39, ruby_error("Net::OpenTimeout", text), seconds=10.1)
    calls.write(period=300, zeros=False)
    case.without("ec2/network-acls", "ec2/addresses", "ec2/network-interfaces")
    case.yaml(functions=["label"], destinations={"carrier": to("api.paketdienst.example", 443)})


@incident(
    source="composed: a JSON log of which the query kept the ERROR lines alone, with a customer's own wording",
    expert=unnamed(
        Headline.EITHER,
        "the lines are the application's own: orders that were declined, with the bank's words; no connection fails",
    ),
)
def bank_declines_in_json(case: CaseFolder) -> None:
    case.function("settle", timeout=30, runtime="nodejs22.x",
                  LoggingConfig={"LogFormat": "JSON", "LogGroup": "/aws/lambda/settle",
                                 "ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO"})  # fmt: skip
    calls = Traffic(case, "settle")
    said = "payment declined: issuer_not_available (bank says: request timed out at issuer, try again later)"
    calls.bad(
        24,
        0,
        60,
        json_log("ERROR", said, orderId="A-2281", httpStatus=402),
        seconds=0.7,
        error=False,
    )
    calls.good(200, 0, 60, seconds=0.6, logged=False)
    calls.write(json=True)
    case.yaml(functions=["settle"], destinations={"psp": to("api.psp.example", 443)})

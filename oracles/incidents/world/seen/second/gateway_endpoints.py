"""Gateway endpoints: not in every table, or with a policy that says no."""

from __future__ import annotations

import json

from oracles.incidents.world import CaseFolder, incident
from oracles.incidents.world.seen.second.logs import Log, python
from oracles.incidents.world.seen.second.metrics import calls
from oracles.incidents.world.seen.second.shapes import Net, about, route
from oracles.incidents.world.seen.second.verdicts import BLOCKED, named


def _isolated(seed: str, region: str, net: str) -> Net:
    made = Net(seed, region, f"{net}.0.0/16")
    for at, zone in enumerate("ab"):
        made.subnet(f"isolated-{zone}", f"{net}.{at + 1}.0/24", zone)
    made.table("isolated", [], ["isolated-a", "isolated-b"], main=True)
    made.group("fn")
    return made


@incident(
    source="brefphp/bref 608: Access S3 through a VPC Endpoint, the call hangs until the timeout",
    expert=named(
        BLOCKED,
        "the S3 gateway endpoint is in the table of isolated-a only: isolated-b has no way to S3",
        says=("isolated-b",),
    ),
)
def the_bucket_endpoint_is_in_one_of_two_tables(case: CaseFolder) -> None:
    net = Net("etl", "us-west-2", "10.62.0.0/16")
    net.subnet("isolated-a", "10.62.1.0/24", "a")
    net.subnet("isolated-b", "10.62.2.0/24", "b")
    s3 = net.endpoint("s3", "Gateway")
    net.table("rt-a", [route("pl-68a54001", s3)], ["isolated-a"])
    net.table("rt-b", [], ["isolated-b"], main=True)
    net.record("vpc-endpoints", "s3")["RouteTableIds"] = [net["rt-a"]]
    net.group("fn")
    net.function("load-parquet", ["isolated-a", "isolated-b"], ["fn"], runtime="java17", timeout=120, memory=2048)
    net.write(case)
    about(
        case,
        "us-west-2",
        ("2026-11-20T01:00", "2026-11-20T02:00"),
        ["load-parquet"],
        lake="name: acme-lake.s3.us-west-2.amazonaws.com, port: 443",
    )
    calls(case, "2026-11-20T01:00", "load-parquet", 60, 10, (60, 0.45), failing_ms=41_000)
    log = Log("load-parquet", "2026-11-20T01:00", memory=2048)
    bad = (
        "software.amazon.awssdk.core.exception.SdkClientException: Unable to execute HTTP request: Connect to "
        "acme-lake.s3.us-west-2.amazonaws.com:443 [acme-lake.s3.us-west-2.amazonaws.com/52.218.201.65] failed: "
        "connect timed out (SDK Attempt Count: 4)\n\tat software.amazon.awssdk.core.exception.SdkClientException"
        "$BuilderImpl.build(SdkClientException.java:130)\n\tat etl.Load.handleRequest(Load.java:77)\n"
        "Caused by: org.apache.http.conn.ConnectTimeoutException: Connect to acme-lake.s3.us-west-2.amazonaws.com:443 "
        "[acme-lake.s3.us-west-2.amazonaws.com/52.218.201.65] failed: connect timed out\n\t... 41 more\n"
    )
    for number in range(40):
        log.invoke(
            number * 88.0,
            bad if number % 2 else "loaded 31204 rows from s3://acme-lake/in/\n",
            ms=40_600 if number % 2 else 5_210,
            env=number % 2,
        )
    log.events(case)


@incident(
    source="AWS re:Post: AccessDenied because no VPC endpoint policy allows the s3:GetObject action",
    expert=named(
        BLOCKED,
        "S3 itself says that the VPC endpoint's policy does not allow the action, and the policy "
        "lists another bucket only",
    ),
)
def the_endpoint_policy_names_another_bucket(case: CaseFolder) -> None:
    net = _isolated("media", "us-east-1", "10.63")
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": ["arn:aws:s3:::media-prod", "arn:aws:s3:::media-prod/*"],
            }
        ],
    }
    s3 = net.endpoint("s3", "Gateway", PolicyDocument=json.dumps(policy))
    net.record("route-tables", "isolated")["Routes"].append(route("pl-63a5400a", s3))
    net.record("vpc-endpoints", "s3")["RouteTableIds"] = [net["isolated"]]
    net.function("transcode", ["isolated-a", "isolated-b"], ["fn"], timeout=60)
    net.write(case)
    about(
        case,
        "us-east-1",
        ("2026-11-22T12:00", "2026-11-22T12:30"),
        ["transcode"],
        masters="name: media-masters.s3.us-east-1.amazonaws.com, port: 443",
    )
    calls(case, "2026-11-22T12:00", "transcode", 30, 5, (30, 1.0), failing_ms=420)
    log = Log("transcode", "2026-11-22T12:00")
    log.every(
        6,
        1790,
        55,
        python(
            "ClientError",
            "An error occurred (AccessDenied) when calling the GetObject operation: User: "
            "arn:aws:sts::111122223333:assumed-role/transcode/transcode is not authorized to perform: s3:GetObject on "
            'resource: "arn:aws:s3:::media-masters/a1.mov" because no VPC endpoint policy allows the s3:GetObject '
            "action",
            'File "/var/runtime/botocore/client.py", line 1060, in _make_api_call',
        ),
        ms=300,
    )
    log.events(case)

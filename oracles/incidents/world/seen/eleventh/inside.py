"""What is short on Lambda's own side: descriptors, addresses, concurrency."""

from __future__ import annotations

from datetime import timedelta

from oracles.incidents.world import (
    ACCOUNT,
    CaseFolder,
    Traffic,
    about,
    incident,
    json_log,
    json_report,
    node_error,
    node_log,
    python_error,
    python_log,
    request_id,
    times,
)
from oracles.incidents.world.seen.eleventh._sites_b import Diary, calm_gateway, named, town

FILES = "descriptor-exhaustion"
SHORT = "eni-quota-or-address-shortage"
THROTTLED = "lambda-throttling"


@incident(
    source="composed: after reports to aws/aws-sdk-js-v3 (connect EMFILE: a new client for each invocation)",
    expert=named(FILES, "environments that have served a few hundred events cannot open a socket, younger ones can"),
)
def an_agent_for_every_event(case: CaseFolder) -> None:
    place = town(case, "media", "10.48", "52.204.88.140")
    case.function("transcode-notify", place.apps, [place.lambdas], runtime="nodejs20.x", timeout=20)
    address = "44.215.127.19"
    failed = node_error(
        f"connect EMFILE {address}:443 - Local (undefined:undefined)",
        stack=("internalConnect (node:net:1110:16)",
               "defaultTriggerAsyncIdScope (node:internal/async_hooks:464:18)",
               "GetAddrInfoReqWrap.emitLookup [as callback] (node:net:1523:9)"),
        errno=-24, code="EMFILE", syscall="connect", address=address, port=443,
    )  # fmt: skip
    sent = node_log("INFO", "callback 202")
    diary = Diary(case, "transcode-notify")
    for stream, (begins, ends) in enumerate([(-900, 1870), (-310, 2460), (1320, 3595), (1905, 3595), (2500, 3595)]):
        at, served = float(begins), 0
        while at < ends:
            bad = served >= 230
            diary.run(round(at, 3), failed if bad else sent, seconds=0.02 if bad else 7.1, stream=stream, error=bad,
                      cold=0.29 if not served else None, used=min(92 + served // 3, 180))  # fmt: skip
            served += 1
            at += 11.0 if not bad else 7.5
    diary.write()
    case.nat_metrics(place.nat, active=about(545, 60), errors=[None] * 60, attempts=about(96, 60),
                     established=about(92, 60, 0.06), idle=about(85, 60))  # fmt: skip
    case.yaml(functions=["transcode-notify"], destinations={"callback": {"name": "hooks.vidstack.app", "port": 443}})


@incident(
    source="composed: after reports to golang/go (dial udp: socket: too many open files, while looking up a name)",
    expert=named(FILES, "the name is not asked for at all: the environment has no descriptor left for the socket"),
)
def no_socket_for_a_lookup(case: CaseFolder) -> None:
    place = town(case, "route", "10.15", "18.210.44.93")
    case.function("geo-enrich", place.apps, [place.lambdas], runtime="provided.al2023", timeout=15,
                  LoggingConfig={"LogFormat": "JSON", "ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO",
                                 "LogGroup": "/aws/lambda/geo-enrich"})  # fmt: skip
    lookup = json_log("ERROR", "enrich", error='Get "https://tiles.geolane.io/v3/rev?lat=41.9&lon=12.5": dial tcp: '
                      "lookup tiles.geolane.io on 169.254.78.1:53: dial udp 169.254.78.1:53: socket: too many open "
                      "files")  # fmt: skip
    scratch = json_log("ERROR", "enrich", error="open /tmp/region-it.mmdb: too many open files")
    fine = json_log("INFO", "enriched", tiles=3)
    diary = Diary(case, "geo-enrich")
    for stream, begins in enumerate((3.0, 3.4, 4.1, 905.0, 2110.0)):
        at, served = begins, 0
        while at < 3590 and served < 260:
            bad = served > 200
            line = (scratch if served % 9 == 0 else lookup) if bad else fine
            took = 0.01 if bad else 1.4
            diary.run(round(at, 3), line, json_report("error" if bad else "success", took), seconds=took,
                      stream=stream, error=bad)  # fmt: skip
            served += 1
            at += 5.3 + stream / 10
    diary.write(report=False)
    calm_gateway(case, place.nat, 900, active=700)
    case.yaml(functions=["geo-enrich"], destinations={"tiles": {"name": "tiles.geolane.io", "port": 443}})


@incident(
    source="https://repost.aws/knowledge-center/lambda-eni-find-delete (SubnetIPAddressLimitReachedException)",
    expert=named(SHORT, "a function that was asleep gets no interface: its only subnet has no free address"),
)
def sleeping_function_finds_no_address(case: CaseFolder) -> None:
    place = town(case, "clinic", "10.99", "35.168.91.12")
    table = next(one for one in case.route_tables if one["Tags"] and one["Tags"][0]["Value"] == "clinic-app")
    tiny = case.subnet("clinic-batch-1a", "10.99.60.0/28", table=table, AvailableIpAddressCount=0)
    case.function("hl7-export", [tiny], [place.lambdas], enis=False, timeout=120)
    batch = case.group("batch-tasks")
    for number in range(11):
        # Each Fargate task of a batch queue has an interface, and eleven addresses are all there are.
        case.interface(f"task-{number}", tiny, [batch], address=f"10.99.60.{4 + number}", requester="amazon-ecs",
                       description=f"arn:aws:ecs:us-east-1:{ACCOUNT}:attachment/5d0e{number:02d}c1")  # fmt: skip
    case.function_configuration(
        "hl7-export",
        State="Inactive",
        StateReason="The function is inactive because one or more configured subnets has no available IP addresses.",
        StateReasonCode="SubnetOutOfIPAddresses",
        LastUpdateStatus="Successful",
    )
    case.function("nightly-dispatch", timeout=60)
    refused = (
        "An error occurred (SubnetIPAddressLimitReachedException) when calling the Invoke operation (reached max "
        "retries: 4): Lambda was not able to set up VPC access for the Lambda function because one or more configured "
        "subnets has no available IP addresses."
    )
    pending = (
        "An error occurred (ResourceConflictException) when calling the Invoke operation: The operation cannot be "
        "performed at this time. The function is currently in the following state: Pending"
    )
    frame = (
        "/var/runtime/botocore/client.py",
        1078,
        "_make_api_call",
        "raise error_class(parsed_response, operation_name)",
    )
    calls = Traffic(case, "nightly-dispatch")
    calls.bad(5, 2, 18, python_error("ResourceConflictException", pending, frame), seconds=0.3)
    calls.bad(14, 18.5, 59, python_error("SubnetIPAddressLimitReachedException", refused, frame), seconds=9.2)
    calls.write()
    case.function_metrics("hl7-export", invocations=[], errors=[])
    case.yaml(functions=["hl7-export", "nightly-dispatch"])


@incident(
    source="https://repost.aws/knowledge-center/lambda-troubleshoot-throttling (reserved concurrency)",
    expert=named(
        THROTTLED, "five at a time is what is reserved for it, and all beyond that is turned away", "fare-quote"
    ),
)
def five_at_a_time(case: CaseFolder) -> None:
    place = town(case, "rail", "10.22", "54.88.17.203")
    case.function("fare-quote", place.apps, [place.lambdas], timeout=15)
    diary = Diary(case, "fare-quote")
    quoted = python_log("INFO", "fare quoted; tariff service took 2.9 s")
    for number, at in enumerate(times(90, 0, 27.8)):
        diary.run(at, python_log("INFO", "fare quoted; tariff service took 0.2 s"), seconds=0.3, stream=number % 2)
    for stream in range(5):
        at = 1680.0 + 0.4 * stream
        while at < 2160:
            diary.run(round(at, 3), quoted, seconds=3.0, stream=stream)
            at += 3.06
    for number, at in enumerate(times(95, 36.2, 59.9)):
        diary.run(at, python_log("INFO", "fare quoted; tariff service took 0.2 s"), seconds=0.3, stream=number % 2)
    diary.write()
    turned = [0.0] * 28 + [61.0, 118.0, 133.0, 127.0, 140.0, 131.0, 96.0, 22.0] + [0.0] * 24
    case.function_metrics("fare-quote", throttles=turned)
    case.file("lambda/concurrency-fare-quote.json", {"ReservedConcurrentExecutions": 5})
    said = (
        '{"ts":"%s","level":"error","service":"storefront","msg":"quote failed","err":"TooManyRequestsException: Rate '
        'Exceeded.","reason":"ReservedFunctionConcurrentInvocationLimitExceeded","attempts":3}\n'
    )
    moments = [case.start + timedelta(seconds=at) for at in times(96, 28.3, 35.2, seed=4)]
    case.file(
        "callers/storefront.log",
        "".join(said % one.isoformat(timespec="milliseconds").replace("+00:00", "Z") for one in moments),
    )
    calm_gateway(case, place.nat, 260)
    case.yaml(functions=["fare-quote"], destinations={"tariffs": {"name": "tariffs.railnet.cloud", "port": 443}})


@incident(
    source="composed: after threads on r/aws (one function ate the account's concurrency, webhooks got 429)",
    expert=named(THROTTLED, "the account is at its 1,000 because of another function, and the webhook is turned away"),
)
def neighbour_takes_the_whole_account(case: CaseFolder) -> None:
    case.function("webhook-in", runtime="nodejs22.x", timeout=10)
    case.function("thumbnails", timeout=300, memory=2048)
    calls = Traffic(case, "webhook-in")
    calls.good(400, 0, 40, node_log("INFO", "accepted"), seconds=0.05)
    calls.good(38, 40, 52, node_log("INFO", "accepted"), seconds=0.05)
    calls.good(81, 52, 60, node_log("INFO", "accepted"), seconds=0.05)
    calls.write()
    turned = (4, 9, 7, 8, 6, 9, 8, 7, 5, 8, 6, 3)
    case.function_metrics("webhook-in", throttles=[None] * 40 + [float(one) for one in turned] + [None] * 8)
    case.function_metrics("thumbnails", invocations=[*about(40, 39), 880.0, *about(610, 12), *about(44, 8)],
                          errors=[0.0] * 60, concurrent=[*about(24, 39), 811.0, *about(994, 12, 0.003), *about(29, 8)],
                          throttles=[0.0] * 40 + about(420, 12) + [0.0] * 8)  # fmt: skip
    case.metric("AWS/Lambda", "ConcurrentExecutions", {}, about(27, 39) + [815.0] + [1000.0] * 12 + about(31, 8),
                stat="Maximum", file="account")  # fmt: skip
    case.quotas("lambda", **{"L-B99A9384": 1000})
    moments = [at for minute, count in enumerate(turned, 40) for at in times(count, minute, minute + 0.98)]
    lines = [
        f"{(case.start + timedelta(seconds=at)).isoformat(timespec='milliseconds')} ({request_id('gateway', number)}) "
        f"Lambda invocation failed with status: 429. Lambda request id: {request_id('refused', number)}\n"
        for number, at in enumerate(moments)
    ]
    case.file("callers/webhook-gateway.log", "".join(lines))
    case.yaml(functions=["webhook-in", "thumbnails"])

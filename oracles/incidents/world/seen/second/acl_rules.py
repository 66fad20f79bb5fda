"""Network ACLs and VPC Block Public Access, which drop connections or their answers."""

from __future__ import annotations

from oracles.incidents.world import CaseFolder, incident
from oracles.incidents.world.seen.second.logs import Log, python
from oracles.incidents.world.seen.second.metrics import Metrics, calls, steps
from oracles.incidents.world.seen.second.shapes import ANYWHERE, about, entry, put, rule, usual
from oracles.incidents.world.seen.second.verdicts import BLOCKED, named


@incident(
    source="AWS Lambda Developer Guide, Troubleshooting networking: connections fail intermittently where the subnet "
    "has a network ACL",
    expert=named(
        BLOCKED,
        "the private subnets' ACL lets answers in only on 32768-60999, while Lambda uses 1024-65535: about every "
        "second connect gets a port whose answer is dropped",
    ),
)
def the_acl_lets_answers_in_on_half_of_the_ports(case: CaseFolder) -> None:
    net = usual("quotes", "eu-west-1")
    net.acl(
        "tight", ["private-a", "private-b"], [entry(100, True, True), entry(100, False, True, ANYWHERE, (32768, 60999))]
    )
    net.acl("open", ["public-a", "public-b", "data-a", "data-b"], default=True)
    net.function("get-quote", ["private-a", "private-b"], runtime="provided.al2023", timeout=10)
    net.write(case)
    about(
        case,
        "eu-west-1",
        ("2026-11-16T11:00", "2026-11-16T12:00"),
        ["get-quote"],
        "random timeouts, any load",
        market="name: feed.exchangehub.example, port: 443, addresses: [203.0.113.7]",
    )
    calls(case, "2026-11-16T11:00", "get-quote", 60, 60, (60, 0.55), failing_ms=3_200)
    nat = Metrics("2026-11-16T11:00", zeros=True)
    nat.nat(
        net["nat"],
        ConnectionAttemptCount=steps("q", (60, 60)),
        ConnectionEstablishedCount=steps("q", (60, 60)),
        ErrorPortAllocation=[0] * 60,
        ActiveConnectionCount=steps("w", (60, 24)),
    )
    nat.write(case, "nat")
    log = Log("get-quote", "2026-11-16T11:00", memory=128)
    bad = (
        "<t> ERROR get_quote: feed unavailable error=DispatchFailure(DispatchFailure { source: ConnectorError { "
        'kind: Timeout, source: hyper::Error(Connect, HttpTimeoutError { kind: "HTTP connect", duration: 3.1s }), '
        "connection: Unknown } })\n"
    )
    for number in range(80):
        log.invoke(
            number * 44.0,
            bad if number * 37 % 100 < 55 else "<t>  INFO get_quote: ok\n",
            ms=3_130 if number * 37 % 100 < 55 else 44,
            env=number % 4,
        )
    log.events(case)


@incident(
    source="repost.aws: nat gateway network acl inbound outbound rule (ephemeral ports missing in the public subnet)",
    expert=named(
        BLOCKED,
        "the ACL of the NAT gateway's subnet lets in 80 and 443 only: the answers from the internet come to ports "
        "1024-65535 and are dropped, so nothing is ever established",
        says=("public",),
    ),
)
def the_nat_gateways_acl_drops_the_answers(case: CaseFolder) -> None:
    net = usual("alerts", "us-west-1")
    net.acl(
        "web",
        ["public-a", "public-b"],
        [
            entry(100, True, True),
            entry(110, False, True, ANYWHERE, (443, 443)),
            entry(120, False, True, ANYWHERE, (80, 80)),
        ],
    )
    net.acl("default", ["private-a", "private-b", "data-a", "data-b"], default=True)
    net.function("page-oncall", ["private-a", "private-b"], timeout=300)
    net.write(case)
    about(
        case,
        "us-west-1",
        ("2026-11-11T20:00", "2026-11-11T20:30"),
        ["page-oncall"],
        pager="name: events.pagerhub.example, port: 443, addresses: [192.0.2.81, 192.0.2.82]",
    )
    nat = Metrics("2026-11-11T20:00", zeros=True)
    nat.nat(
        net["nat"],
        ConnectionAttemptCount=steps("z", (30, 9)),
        ConnectionEstablishedCount=[0] * 30,
        PacketsInFromDestination=[0] * 30,
        PacketsInFromSource=steps("v", (30, 44)),
        PacketsOutToDestination=steps("v", (30, 44)),
        ErrorPortAllocation=[0] * 30,
    )
    nat.write(case, "nat-metrics")
    log = Log("page-oncall", "2026-11-11T20:00")
    log.every(
        2,
        1660,
        130,
        python(
            "URLError",
            "<urlopen error [Errno 110] Connection timed out>",
            'File "/var/lang/lib/python3.12/urllib/request.py", line 1347, in do_open',
            "\u00a0\u00a0raise URLError(err)",
        ),
        ms=131_300,
    )
    log.events(case)


@incident(
    source="repost.aws: nat gateway network acl inbound outbound rule (ACLs keep no state: answers need the ephemeral "
    "ports)",
    expert=named(
        BLOCKED,
        "the ACL of the database's subnets lets in 5432 but lets nothing out to the function's subnets: every SYN-ACK "
        "is dropped",
    ),
)
def the_databases_acl_lets_no_answer_out(case: CaseFolder) -> None:
    net = usual("payroll", "sa-east-1")
    net.acl(
        "db",
        ["data-a", "data-b"],
        [
            entry(100, False, True, "10.20.0.0/16", (5432, 5432)),
            entry(100, True, True, "10.20.51.0/24", (1024, 65535)),
            entry(110, True, True, "10.20.52.0/24", (1024, 65535)),
        ],
    )
    net.acl("rest", ["private-a", "private-b", "public-a", "public-b"], default=True)
    net.group("db", into=[rule(5432, net["app"])])
    net.interface("data-b", "10.20.52.31", "RDSNetworkInterface", ["db"])
    net.function("run-payroll", ["private-a", "private-b"], runtime="dotnet8", timeout=60)
    net.write(case)
    about(
        case,
        "sa-east-1",
        ("2026-11-26T03:00", "2026-11-26T03:45"),
        ["run-payroll"],
        payroll_db="name: payroll.cexample.sa-east-1.rds.amazonaws.com, port: 5432, addresses: [10.20.52.31]",
    )
    calls(case, "2026-11-26T03:00", "run-payroll", 45, 4, (45, 1.0), failing_ms=15_900)
    log = Log("run-payroll", "2026-11-26T03:00")
    log.every(
        11,
        2600,
        110,
        (
            "<t>\t<r>\tfail\tNpgsql.NpgsqlException (0x80004005): Failed to connect to 10.20.52.31:5432\n"
            " ---> System.TimeoutException: Timeout during connection attempt\n"
            "   at Npgsql.Internal.NpgsqlConnector.ConnectAsync(NpgsqlTimeout timeout, CancellationToken "
            "cancellationToken)\n"
            "   at Npgsql.Internal.NpgsqlConnector.RawOpen(SslMode sslMode, NpgsqlTimeout timeout, Boolean async)\n"
        ),
        ms=15_200,
    )
    log.events(case)


@incident(
    source="AWS docs: VPC Block Public Access, flow logs show reject-reason BPA",
    expert=named(BLOCKED, "flow logs reject every SYN to the internet with reason BPA: VPC Block Public Access is on"),
)
def block_public_access_was_switched_on(case: CaseFolder) -> None:
    net = usual("audit", "eu-north-1", "a")
    own = net.interface("private-a", "10.20.1.90", "AWS Lambda VPC ENI-export-log-5d1f0b", ["app"], kind="lambda")
    net.function("export-log", ["private-a"], runtime="java21", timeout=45)
    net.write(case)
    about(
        case,
        "eu-north-1",
        ("2026-11-27T06:00", "2026-11-27T06:20"),
        ["export-log"],
        "all exports fail since 06:04",
        archive="name: ingest.coldstore.example, port: 443, addresses: [203.0.113.170]",
    )
    header = (
        "version interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status "
        "tcp-flags reject-reason"
    )
    began = 1_795_759_200  # 2026-11-27T06:00:00Z
    lines = [header]
    for minute in range(20):
        start = began + minute * 60
        for number in range(6):
            port = 20_000 + minute * 331 + number * 17
            there = f"10.20.1.90 203.0.113.170 {port} 443 6"
            if minute < 4:
                lines.append(f"8 {own} {there} 14 2210 {start + 3} {start + 40} ACCEPT OK 3 -")
                lines.append(
                    f"8 {own} 203.0.113.170 10.20.1.90 443 {port} 6 12 5120 {start + 3} {start + 40} ACCEPT OK 19 -"
                )
            else:
                lines.append(f"8 {own} {there} 2 120 {start + 3} {start + 6} REJECT OK 2 BPA")
    put(
        case,
        "flow-logs/111122223333_vpcflowlogs_eu-north-1_fl-0a1b2c3d_20261127T0600Z_5b1c9d02.log",
        "\n".join(lines) + "\n",
    )
    calls(case, "2026-11-27T06:00", "export-log", 20, 6, (4, 0.0), (16, 1.0), failing_ms=12_500)
    log = Log("export-log", "2026-11-27T06:00", memory=1024)
    log.every(
        245,
        1190,
        58,
        (
            "software.amazon.awssdk.core.exception.SdkClientException: Unable to execute HTTP request: Connect to "
            "ingest.coldstore.example:443 [ingest.coldstore.example/203.0.113.170] failed: connect timed out (SDK "
            "Attempt "
            "Count: 4)\n\tat software.amazon.awssdk.core.exception.SdkClientException$BuilderImpl.build"
            "(SdkClientException.java:130)\n\tat com.audit.Export.handleRequest(Export.java:40)\n"
        ),
        ms=12_300,
    )
    log.events(case)

"""What the textbooks' list of routes and rules forgets: other Regions, global names, mounts, port 25, waiting rooms."""

from __future__ import annotations

from oracles.incidents.world import CaseFolder, incident
from oracles.incidents.world.seen.second.logs import Log, python
from oracles.incidents.world.seen.second.metrics import calls
from oracles.incidents.world.seen.second.shapes import Net, about, made_id, put, route, rule, usual
from oracles.incidents.world.seen.second.verdicts import BLOCKED, named


def _inner(seed: str, region: str, net: str) -> Net:
    """A VPC with two subnets that have no way out."""
    made = Net(seed, region, f"{net}.0.0/16")
    made.subnet("inner-a", f"{net}.1.0/24", "a")
    made.subnet("inner-b", f"{net}.2.0/24", "b")
    made.table("inner", [], ["inner-a", "inner-b"], main=True)
    made.group("app")
    return made


def _open_endpoint(net: Net, service: str, last: int) -> None:
    """An interface endpoint that lets the whole VPC in, in both subnets."""
    head = net.cidr.rsplit(".", 2)[0]
    group = f"{service}-endpoint"
    net.group(group, into=[rule(443, net.cidr)])
    interfaces = [
        net.interface(f"inner-{zone}", f"{head}.{at}.{last}", "VPC Endpoint Interface", [group], "vpc_endpoint")
        for at, zone in ((1, "a"), (2, "b"))
    ]
    net.endpoint(
        service,
        SubnetIds=[net["inner-a"], net["inner-b"]],
        NetworkInterfaceIds=interfaces,
        Groups=[{"GroupId": net[group], "GroupName": group}],
        DnsEntries=[{"DnsName": f"{service}.{net.region}.amazonaws.com", "HostedZoneId": "Z1"}],
    )


@incident(
    source="Stack Overflow: Lambda in VPC reads a bucket of another Region through an S3 gateway endpoint, hangs",
    expert=named(
        BLOCKED,
        "the bucket is in us-east-1 and the gateway endpoint serves its own Region only (eu-west-1); there is no other "
        "way out of these subnets",
    ),
)
def the_bucket_is_in_another_region(case: CaseFolder) -> None:
    net = _inner("models", "eu-west-1", "10.70")
    s3 = net.endpoint("s3", "Gateway")
    net.record("route-tables", "inner")["Routes"].append(route("pl-6da54004", s3))
    net.record("vpc-endpoints", "s3")["RouteTableIds"] = [net["inner"]]
    net.function("infer", ["inner-a", "inner-b"], timeout=300, memory=3008)
    net.write(case)
    bucket = "name: acme-models.s3.us-east-1.amazonaws.com, port: 443"
    about(case, "eu-west-1", ("2026-11-18T12:00", "2026-11-18T13:00"), ["infer"], models=bucket)
    calls(case, "2026-11-18T12:00", "infer", 60, 2, (60, 1.0), failing_ms=246_000)
    log = Log("infer", "2026-11-18T12:00", memory=3008)
    failed = python(
        "ConnectTimeoutError",
        'Connect timeout on endpoint URL: "https://acme-models.s3.us-east-1.amazonaws.com/resnet.bin"',
    )
    log.every(5, 3300, 280, failed, ms=245_000, envs=2)
    log.events(case)


@incident(
    source="boto/boto3 4333: Unable Connect to STS if using a VPC (sts.amazonaws.com); aws/aws-sdk-go 4154",
    expert=named(
        BLOCKED,
        "the STS endpoint answers to sts.eu-central-1.amazonaws.com, and the function calls the global name "
        "sts.amazonaws.com, for which its subnets have no way out",
    ),
)
def the_token_service_is_called_by_its_global_name(case: CaseFolder) -> None:
    net = _inner("broker", "eu-central-1", "10.71")
    _open_endpoint(net, "sts", 40)
    net.function("assume", ["inner-a", "inner-b"], timeout=120)
    net.write(case)
    about(
        case,
        "eu-central-1",
        ("2026-11-06T10:00", "2026-11-06T11:00"),
        ["assume"],
        sts="name: sts.amazonaws.com, port: 443",
    )
    calls(case, "2026-11-06T10:00", "assume", 60, 3, (60, 1.0), failing_ms=61_500)
    log = Log("assume", "2026-11-06T10:00")
    failed = python("ConnectTimeoutError", 'Connect timeout on endpoint URL: "https://sts.amazonaws.com/"')
    log.every(4, 3400, 190, failed, ms=61_000)
    log.tail(case)


@incident(
    source="aws-solutions/simple-file-manager-for-amazon-efs 160: EFSMountConnectivityException, no rule for NFS port "
    "2049",
    expert=named(
        BLOCKED,
        "the mount target's group lets in 2049 from the web servers only, not from the function's group: NFS cannot be "
        "reached",
    ),
)
def the_mount_target_lets_in_only_the_web_servers(case: CaseFolder) -> None:
    net = usual("cms3", "us-east-1", nat=False)
    net.group("web")
    net.group("efs", into=[rule(2049, net["web"])])
    for at, zone in enumerate("ab"):
        net.interface(f"data-{zone}", f"10.20.{51 + at}.49", "EFS mount target for fs-0a1b2c3d (fsmt-0f)", ["efs"])
    net.function("resize-upload", ["private-a", "private-b"], runtime="nodejs20.x", timeout=30)
    arn = "arn:aws:elasticfilesystem:us-east-1:111122223333:access-point/fsap-0123456789abcdef0"
    net.functions[0]["FileSystemConfigs"] = [{"Arn": arn, "LocalMountPath": "/mnt/uploads"}]
    net.write(case)
    efs = "name: fs-0a1b2c3d.efs.us-east-1.amazonaws.com, port: 2049, addresses: [10.20.51.49, 10.20.52.49]"
    reported = "EFSMountConnectivityException: The function couldn't connect to the Amazon EFS file system"
    about(case, "us-east-1", ("2026-11-20T08:00", "2026-11-20T09:00"), ["resize-upload"], reported, uploads=efs)


@incident(
    source="AWS knowledge center: port 25 is throttled or blocked on EC2 and Lambda by default",
    expert=named(
        BLOCKED,
        "only port 25 gets no answer, from the start, and everything else does: Lambda lets nothing out on port 25, a "
        "rule of AWS's own that stands in no table of the VPC",
    ),
)
def nothing_leaves_on_port_25(case: CaseFolder) -> None:
    net = usual("notices", "eu-west-1")
    net.function("mail-notice", ["private-a", "private-b"], timeout=60)
    net.write(case)
    about(
        case,
        "eu-west-1",
        ("2026-11-03T09:00", "2026-11-03T10:00"),
        ["mail-notice"],
        mx="name: mx1.mailrelay.example, port: 25, addresses: [203.0.113.24]",
        templates="name: templates.acme.example, port: 443, addresses: [203.0.113.29]",
    )
    calls(case, "2026-11-03T09:00", "mail-notice", 60, 5, (60, 1.0), failing_ms=31_000)
    log = Log("mail-notice", "2026-11-03T09:00")
    frame = 'File "/var/lang/lib/python3.12/smtplib.py", line 312, in _get_socket'
    log.every(
        6,
        3500,
        140,
        "[INFO]\t<t>\t<r>\ttemplates.acme.example 200\n",
        python("TimeoutError", "timed out", frame),
        ms=30_300,
    )
    log.events(case)


@incident(
    source="AWS re:Post: PrivateLink endpoint to a SaaS provider stays in pendingAcceptance, connections time out",
    expert=named(
        BLOCKED,
        "the endpoint to the provider's service is still pendingAcceptance: until they accept it, nothing gets through",
    ),
)
def the_provider_has_not_accepted_the_endpoint(case: CaseFolder) -> None:
    net = _inner("feature", "us-west-2", "10.72")
    net.group("saas", into=[rule(443, net.cidr)])
    interface = net.interface("inner-a", "10.72.1.99", "VPC Endpoint Interface", ["saas"], "vpc_endpoint")
    net.endpoint(
        "vpce-svc-0c9d8e7f6a5b43210",
        State="pendingAcceptance",
        ServiceName="com.amazonaws.vpce.us-west-2.vpce-svc-0c9d8e7f6a5b43210",
        SubnetIds=[net["inner-a"], net["inner-b"]],
        Groups=[{"GroupId": net["saas"], "GroupName": "saas"}],
        NetworkInterfaceIds=[interface],
        PrivateDnsEnabled=False,
    )
    net.function("toggle", ["inner-a", "inner-b"], runtime="java21", timeout=30, memory=1024)
    net.write(case)
    own = net["vpce-svc-0c9d8e7f6a5b43210"]
    about(
        case,
        "us-west-2",
        ("2026-11-10T20:00", "2026-11-10T21:00"),
        ["toggle"],
        flags=f"name: flags.saashouse.example, port: 443, addresses: [10.72.1.99], via: {own}",
    )
    calls(case, "2026-11-10T20:00", "toggle", 60, 4, (60, 1.0), failing_ms=10_700)
    log = Log("toggle", "2026-11-10T20:00", memory=1024)
    log.every(
        3,
        3500,
        130,
        "java.net.http.HttpConnectTimeoutException: HTTP connect timed out\n\tat java.net.http/jdk.internal.net.http."
        "HttpClientImpl.send(HttpClientImpl.java:945)\n\tat flags.Toggle.handleRequest(Toggle.java:18)\n"
        "Caused by: java.net.ConnectException: HTTP connect timed out\n",
        ms=10_300,
    )
    log.events(case)


@incident(
    source="AWS docs: transit gateway VPC attachment needs a subnet in each zone; traffic from other zones is dropped",
    expert=named(
        BLOCKED,
        "the attachment of the transit gateway has a subnet in zone a only, so what leaves private-b for 10.0.0.0/8 is "
        "dropped: half of the environments, always",
        says=("private-b",),
    ),
)
def the_attachment_misses_a_zone(case: CaseFolder) -> None:
    net = usual("hub", "eu-central-1")
    tgw = made_id("tgw", "hub")
    net.record("route-tables", "private")["Routes"].append(route("10.0.0.0/8", tgw))
    net.function("lookup-part", ["private-a", "private-b"], timeout=30)
    net.write(case, "network-acls")
    attachment = {
        "TransitGatewayAttachmentId": made_id("tgw-attach", "hub"),
        "TransitGatewayId": tgw,
        "VpcId": net.vpc,
        "State": "available",
        "SubnetIds": [net["private-a"]],
        "Options": {"DnsSupport": "enable", "Ipv6Support": "disable", "ApplianceModeSupport": "disable"},
    }
    put(case, "ec2/transit-gateway-vpc-attachments.json", {"TransitGatewayVpcAttachments": [attachment]})
    about(
        case,
        "eu-central-1",
        ("2026-11-13T13:00", "2026-11-13T14:00"),
        ["lookup-part"],
        "every second request times out",
        parts="name: parts.plant.internal, port: 443, addresses: [10.140.3.3]",
    )
    calls(case, "2026-11-13T13:00", "lookup-part", 60, 30, (60, 0.5), failing_ms=10_300)
    failed = python(
        "ConnectTimeout",
        "HTTPSConnectionPool(host='parts.plant.internal', port=443): Max retries exceeded with url: /p/1 (Caused by "
        "ConnectTimeoutError(<urllib3.connection.HTTPSConnection object at 0x7f>, 'Connection to parts.plant.internal "
        "timed out. (connect timeout=10)'))",
    )
    log = Log("lookup-part", "2026-11-13T13:00")
    for number in range(48):
        bad = number % 2
        log.invoke(
            number * 73.0, failed if bad else "[INFO]\t<t>\t<r>\tpart found\n", ms=10_140 if bad else 90, env=bad
        )
    log.events(case)


@incident(
    source="Worklytics/psoxy 677: Lambda times out in the INIT phase if the parameter store is not reachable",
    expert=named(
        BLOCKED,
        "the init phase hangs until its ten seconds are over, and the parameters that it reads lie behind a name for "
        "which these subnets have neither an endpoint nor a way out",
    ),
)
def the_init_phase_waits_for_the_parameter_store(case: CaseFolder) -> None:
    net = _inner("psoxy", "us-east-1", "10.73")
    _open_endpoint(net, "secretsmanager", 41)
    net.function("gdirectory", ["inner-a", "inner-b"], runtime="java21", timeout=55, memory=1024)
    net.write(case)
    about(
        case,
        "us-east-1",
        ("2026-11-24T18:00", "2026-11-24T19:00"),
        ["gdirectory"],
        parameters="name: ssm.us-east-1.amazonaws.com, port: 443",
    )
    log = Log("gdirectory", "2026-11-24T18:00", memory=1024)
    report = "INIT_REPORT Init Duration: 9999.41 ms\tPhase: init\tStatus: timeout\n"
    again = "INIT_REPORT Init Duration: 55012.77 ms\tPhase: invoke\tStatus: timeout\n"
    for number in range(20):
        log.invoke(number * 170.0 + 11, again, ms=55_000, status="timeout", before=report, env=number)
    log.events(case)


@incident(
    source="AWS docs: VPC flow logs, REJECT on the database's interface when its security group lets nobody in",
    expert=named(
        BLOCKED,
        "no rules are in the evidence, but the flow log rejects every SYN on the database's own interface in the VPC, "
        "from both functions' subnets and from the start",
    ),
)
def flow_logs_reject_at_the_database(case: CaseFolder) -> None:
    net = usual("loans", "eu-west-2")
    database = net.interface("data-a", "10.20.51.23", "RDSNetworkInterface", ["app"])
    net.function("score-loan", ["private-a", "private-b"], timeout=20)
    net.write(case, "security-groups", "network-acls")
    net.record("subnets", "data-a")["Tags"].append({"Key": "team", "Value": "loans"})
    about(
        case,
        "eu-west-2",
        ("2026-11-26T09:00", "2026-11-26T09:20"),
        ["score-loan"],
        db="name: loans.cexample.eu-west-2.rds.amazonaws.com, port: 5432, addresses: [10.20.51.23]",
    )
    began = 1_795_683_600  # 2026-11-26T09:00:00Z
    header = (
        "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action "
        "log-status"
    )
    lines = [header]
    for minute in range(20):
        start = began + minute * 60
        for number, source in enumerate(("10.20.1.61", "10.20.2.61", "10.20.2.61")):
            port = 30_000 + minute * 97 + number * 13
            lines.append(
                f"2 111122223333 {database} {source} 10.20.51.23 {port} 5432 6 3 180 {start + 4} {start + 12} REJECT OK"
            )
    name = "111122223333_vpcflowlogs_eu-west-2_fl-0f9e8d7c_20261126T0900Z_1a2b3c4d.log"
    put(case, f"flow-logs/{name}", "\n".join(lines) + "\n")
    calls(case, "2026-11-26T09:00", "score-loan", 20, 3, (20, 1.0), failing_ms=5_300)
    log = Log("score-loan", "2026-11-26T09:00")
    failed = python(
        "OperationalError",
        'connection to server at "loans.cexample.eu-west-2.rds.amazonaws.com" (10.20.51.23), port 5432 failed: timeout '
        "expired\n",
    )
    log.every(4, 1190, 30, failed, ms=5_090)
    log.events(case)

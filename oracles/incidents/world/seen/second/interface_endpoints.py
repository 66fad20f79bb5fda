"""Interface endpoints: missing, closed, misnamed, or catching what is not meant for them."""

from __future__ import annotations

from oracles.incidents.world import CaseFolder, incident
from oracles.incidents.world.seen.second.logs import Log, node, python, structured
from oracles.incidents.world.seen.second.metrics import Metrics, calls, steps
from oracles.incidents.world.seen.second.shapes import Net, Record, about, put, route, rule, usual
from oracles.incidents.world.seen.second.verdicts import BLOCKED, named


def _boto(url: str, seconds: int = 60) -> str:
    return python(
        "ConnectTimeoutError",
        f'Connect timeout on endpoint URL: "{url}"',
        'File "/var/task/lambda_function.py", line 9, in <module>',
        'File "/var/lang/lib/python3.12/site-packages/botocore/httpsession.py", line 493, in send',
    )


def _isolated(seed: str, region: str, net: str) -> Net:
    made = Net(seed, region, f"{net}.0.0/16")
    for at, zone in enumerate("ab"):
        made.subnet(f"isolated-{zone}", f"{net}.{at + 1}.0/24", zone)
    made.table("isolated", [], ["isolated-a", "isolated-b"], main=True)
    made.group("fn")
    return made


def _interfaces(net: Net, service: str, groups: tuple[str, ...], last: int) -> list[str]:
    head = net.cidr.rsplit(".", 2)[0]
    return [
        net.interface(
            f"isolated-{zone}",
            f"{head}.{at + 1}.{last}",
            f"VPC Endpoint Interface {service}",
            groups,
            kind="vpc_endpoint",
        )
        for at, zone in enumerate("ab")
    ]


@incident(
    source="AWS re:Post: Lambda rotation function times out, VPC endpoint for Secrets Manager security group",
    expert=named(
        BLOCKED, "the endpoint's group lets in 443 from 10.7.1.0/24 only: environments in isolated-b cannot reach it"
    ),
)
def the_endpoint_lets_in_one_of_two_subnets(case: CaseFolder) -> None:
    net = _isolated("rotate", "us-east-1", "10.7")
    net.group("endpoint", into=[rule(443, "10.7.1.0/24")])
    own = net.endpoint("secretsmanager")
    record = net.record("vpc-endpoints", "secretsmanager")
    record["SubnetIds"] = [net["isolated-a"]]
    record["Groups"] = [{"GroupId": net["endpoint"], "GroupName": "endpoint"}]
    record["NetworkInterfaceIds"] = [
        net.interface("isolated-a", "10.7.1.12", f"VPC Endpoint Interface {own}", ["endpoint"], kind="vpc_endpoint")
    ]
    net.function("rotate-secret", ["isolated-a", "isolated-b"], ["fn"], timeout=30)
    net.write(case)
    about(
        case,
        "us-east-1",
        ("2026-11-13T04:00", "2026-11-13T05:00"),
        ["rotate-secret"],
        secrets="name: secretsmanager.us-east-1.amazonaws.com, port: 443, addresses: [10.7.1.12]",
    )
    calls(case, "2026-11-13T04:00", "rotate-secret", 60, 8, (60, 0.5), failing_ms=30_000)
    log = Log("rotate-secret", "2026-11-13T04:00")
    for number in range(40):
        if number % 2:
            log.invoke(number * 88.0, _boto("https://secretsmanager.us-east-1.amazonaws.com/"), env=1, ms=21_900)
        else:
            log.invoke(number * 88.0, "[INFO]\t<t>\t<r>\tfinishSecret: done\n", ms=830)
    log.events(case)


@incident(
    source="boto/boto3 2172 and aws/aws-sdk-js 3203: SQS from a Lambda in a VPC resolves to a public address, times "
    "out",
    expert=named(
        BLOCKED,
        "the SQS endpoint has private DNS off, so sqs.eu-west-1.amazonaws.com resolves to public "
        "addresses, and these subnets have no way out",
    ),
)
def private_dns_of_the_queue_endpoint_is_off(case: CaseFolder) -> None:
    net = _isolated("fulfil", "eu-west-1", "10.60")
    net.group("vpce", into=[rule(443, "10.60.0.0/16")])
    net.endpoint(
        "sqs",
        SubnetIds=[net["isolated-a"], net["isolated-b"]],
        PrivateDnsEnabled=False,
        Groups=[{"GroupId": net["vpce"], "GroupName": "vpce"}],
        NetworkInterfaceIds=_interfaces(net, "sqs", ("vpce",), 20),
        DnsEntries=[{"DnsName": "vpce-0a1b-xyz.sqs.eu-west-1.vpce.amazonaws.com", "HostedZoneId": "Z38GZ7"}],
    )
    net.function("enqueue", ["isolated-a", "isolated-b"], ["fn"], runtime="nodejs22.x", timeout=20)
    net.write(case)
    about(
        case,
        "eu-west-1",
        ("2026-11-07T10:00", "2026-11-07T10:40"),
        ["enqueue"],
        queue="name: sqs.eu-west-1.amazonaws.com, port: 443",
    )
    calls(case, "2026-11-07T10:00", "enqueue", 40, 18, (40, 1.0), failing_ms=18_300)
    log = Log("enqueue", "2026-11-07T10:00")
    metadata: Record = {"$metadata": {"attempts": 3, "totalRetryDelay": 231}}
    log.every(
        4,
        2390,
        70,
        node(
            "TimeoutError",
            "Socket timed out without establishing a connection within 5000 ms",
            "    at Timeout._onTimeout (/var/task/node_modules/@smithy/node-http-handler/dist-cjs/index.js:70:23)",
            **metadata,
        ),
        ms=15_900,
    )
    log.events(case)


@incident(
    source="AWS re:Post: KMS Decrypt from Lambda in VPC without internet access times out (init phase)",
    expert=named(BLOCKED, "the subnets have no default route and there is no endpoint for KMS, only one for S3"),
)
def there_is_no_endpoint_for_the_key_service(case: CaseFolder) -> None:
    net = _isolated("vault", "eu-central-1", "10.61")
    s3 = net.endpoint("s3", "Gateway")
    net.record("route-tables", "isolated")["Routes"].append(route("pl-6ea54007", s3))
    net.record("vpc-endpoints", "s3")["RouteTableIds"] = [net["isolated"]]
    net.function("open-letter", ["isolated-a", "isolated-b"], ["fn"], runtime="provided.al2023", timeout=20)
    net.write(case)
    about(
        case,
        "eu-central-1",
        ("2026-11-02T14:00", "2026-11-02T14:30"),
        ["open-letter"],
        kms="name: kms.eu-central-1.amazonaws.com, port: 443",
        letters="name: s3.eu-central-1.amazonaws.com, port: 443",
    )
    log = Log("open-letter", "2026-11-02T14:00", memory=128)
    log.every(
        7,
        1790,
        95,
        (
            "<g> decrypt: operation error KMS: Decrypt, exceeded maximum number of attempts, 3, https "
            "response error StatusCode: 0, RequestID: , request send failed, Post "
            '"https://kms.eu-central-1.amazonaws.com/": dial tcp 52.94.137.9:443: i/o timeout\n'
        ),
        ms=19_000,
    )
    log.tail(case)


@incident(
    source="aws-samples/siem-on-amazon-opensearch-service 387: Connect timeout to SSM endpoint when using VPC",
    expert=named(BLOCKED, "the SSM endpoint stands, but its group lets in nothing from the functions' group fn"),
)
def the_parameter_endpoints_group_lets_nobody_in(case: CaseFolder) -> None:
    net = _isolated("siem", "ap-south-1", "10.64")
    net.group("bastion")
    net.group("ssm-endpoint", into=[rule(443, net["bastion"])])
    net.endpoint(
        "ssm",
        SubnetIds=[net["isolated-a"], net["isolated-b"]],
        Groups=[{"GroupId": net["ssm-endpoint"], "GroupName": "ssm-endpoint"}],
        NetworkInterfaceIds=_interfaces(net, "ssm", ("ssm-endpoint",), 33),
        DnsEntries=[{"DnsName": "ssm.ap-south-1.amazonaws.com", "HostedZoneId": "Z2ET"}],
    )
    for name in ("es-loader", "geoip-downloader", "index-metrics"):
        net.function(name, ["isolated-a", "isolated-b"], ["fn"], timeout=300)
    net.write(case, "network-acls")
    pages = [{"SecurityGroups": [one], "NextToken": f"page-{at}"} for at, one in enumerate(net.of["security-groups"])]
    put(case, "ec2/security-groups.json", list(pages))
    about(
        case,
        "ap-south-1",
        ("2026-11-04T06:00", "2026-11-04T07:00"),
        ["es-loader", "geoip-downloader"],
        parameters="name: ssm.ap-south-1.amazonaws.com, port: 443, addresses: [10.64.1.33, 10.64.2.33]",
    )
    for name, step in (("es-loader", 190), ("geoip-downloader", 900)):
        log = Log(name, "2026-11-04T06:00", json_format=name == "es-loader")
        if name == "es-loader":
            log.every(
                12,
                3300,
                step,
                structured(
                    "ERROR",
                    'Connect timeout on endpoint URL: "https://ssm.ap-south-1.amazonaws.com/"',
                    errorType="ConnectTimeoutError",
                    stackTrace=[
                        '  File "/var/task/es_loader/main.py", line 31, in <module>\n    params = siem.get_params()\n'
                    ],
                ),
                ms=245_000,
                envs=2,
            )
        else:
            log.every(12, 3300, step, _boto("https://ssm.ap-south-1.amazonaws.com/"), ms=245_000, envs=1)
        log.events(case)


@incident(
    source="Stack Overflow: execute-api endpoint with private DNS breaks calls of public API Gateway APIs from the VPC",
    expert=named(
        BLOCKED,
        "an execute-api endpoint with private DNS answers for every execute-api name in the VPC, and "
        "its group lets in only the admin group: calls of the partner's public API go there and die",
    ),
)
def the_private_api_endpoint_catches_a_public_api(case: CaseFolder) -> None:
    net = usual("loyalty", "eu-west-1")
    net.group("admin")
    net.group("api-endpoint", into=[rule(443, net["admin"])])
    interface = net.interface("private-a", "10.20.1.201", "VPC Endpoint Interface", ["api-endpoint"], "vpc_endpoint")
    net.endpoint(
        "execute-api",
        SubnetIds=[net["private-a"]],
        NetworkInterfaceIds=[interface],
        Groups=[{"GroupId": net["api-endpoint"], "GroupName": "api-endpoint"}],
        DnsEntries=[
            {"DnsName": "execute-api.eu-west-1.amazonaws.com", "HostedZoneId": "Z1"},
            {"DnsName": "*.execute-api.eu-west-1.amazonaws.com", "HostedZoneId": "Z1"},
        ],
    )
    net.function("collect-points", ["private-a", "private-b"], runtime="nodejs20.x", timeout=20)
    net.write(case)
    about(
        case,
        "eu-west-1",
        ("2026-11-23T10:00", "2026-11-23T11:00"),
        ["collect-points"],
        "partner API (public, API Gateway) times out from Lambda, works from a laptop; everything else works",
        partner="name: a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com, port: 443",
    )
    nat = Metrics("2026-11-23T10:00", zeros=True)
    nat.nat(
        net["nat"],
        ConnectionAttemptCount=steps("l", (60, 30)),
        ConnectionEstablishedCount=steps("l", (60, 30)),
        ErrorPortAllocation=[0] * 60,
    )
    nat.write(case, "nat")
    log = Log("collect-points", "2026-11-23T10:00")
    log.every(
        3,
        3590,
        66,
        node(
            "TypeError",
            "fetch failed",
            "    at node:internal/deps/undici/undici:13185:13",
            cause={
                "name": "ConnectTimeoutError",
                "code": "UND_ERR_CONNECT_TIMEOUT",
                "message": "Connect Timeout Error "
                "(attempted address: a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com:443, timeout: 10000ms)",
            },
        ),
        ms=10_070,
    )
    log.events(case)

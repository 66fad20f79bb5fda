"""Ways that lead nowhere, in small accounts made by the console, SAM or the CDK."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Traffic,
    about,
    allow,
    entry,
    incident,
    node_log,
    open_entries,
    python_error,
    python_log,
    route,
    tags,
    unsaid_zeros,
)
from oracles.incidents.world.seen.seventh._sites import (
    AXIOS_TIMEOUT,
    BLOCKED,
    PYMYSQL,
    BySubnet,
    axios_error,
    boto_connect_timeout,
    default_vpc,
    gone,
    named,
    net,
    php_log,
    stack,
)


@incident(
    source="https://www.webuildup.live/2026/05/why-your-lambda-times-out-inside-vpc.html (public subnet, no "
    "NAT gateway)",
    expert=named(BLOCKED, "the functions' subnets lead to an internet gateway, and a function has no public address"),
)
def default_vpc_and_a_payment_api(case: CaseFolder) -> None:
    place = default_vpc(case)
    case.function("bestellung-bezahlen", place.subnets, [place.group], runtime="nodejs20.x", timeout=15)
    failed = axios_error("timeout of 8000ms exceeded", "ECONNABORTED", stack=AXIOS_TIMEOUT)
    calls = Traffic(case, "bestellung-bezahlen")
    calls.bad(31, 0, 60, node_log("INFO", "creating payment", {"shop": "de", "amount": 4990}), failed, seconds=8.3)
    calls.write()
    case.yaml(
        functions=["bestellung-bezahlen"],
        reported="seit dem Umzug in die VPC geht keine Zahlung mehr",
        destinations={"zahlung": {"name": "api.zahlmeister.example", "port": 443}},
    )


@incident(
    source="https://newbetuts.com/69415388-accessing-rds-from-lambda (Accessing RDS from Lambda)",
    expert=named(
        BLOCKED,
        "the database's group only lets the developer's own address in, not the function",
        "rds-launch-wizard-2",
    ),
)
def database_that_lets_only_my_ip_in(case: CaseFolder) -> None:
    place = default_vpc(case, "us-west-2")
    wizard = case.group(
        "rds-launch-wizard-2",
        [allow(3306, "203.0.113.77/32")],
        Description="Created from the RDS Management Console: 2026/11/18 15:02:11",
    )
    host = "inventory.cq2x8d0m1v4t.us-west-2.rds.amazonaws.com"
    db = case.database("inventory", place.subnets[1], [wizard])
    case.function("get-stock", place.subnets[:2], [place.group], timeout=20)
    failed = python_error(
        "OperationalError", f"(2003, \"Can't connect to MySQL server on '{host}' (timed out)\")", PYMYSQL
    )
    calls = Traffic(case, "get-stock")
    calls.bad(23, 4, 58, failed, seconds=10.4)
    calls.write(tail=True, zeros=False)
    case.without("ec2/network-acls", "ec2/dhcp")
    case.yaml(
        functions=["get-stock"],
        destinations={"inventory": {"name": host, "port": 3306, "addresses": [db["PrivateIpAddress"]]}},
    )


@incident(
    source="https://github.com/boto/boto3/issues/2611 (Connect timeout on endpoint URL), situation composed",
    expert=named(
        BLOCKED,
        "the network ACL of the private subnets lets only ports up to 1023 come back in: no answer reaches a function",
        "nacl-privat",
    ),
)
def acl_without_high_ports_back_in(case: CaseFolder) -> None:
    place = stack(case, "Filiale", "10.1", nats=1)
    inside = [entry(90, "in", "allow", None, "10.1.0.0/16", "all"), entry(100, "in", "allow", (0, 1023), "0.0.0.0/0")]
    case.acl("nacl-privat", [*inside, open_entries()[0]], place.private)
    case.function("kassenabschluss", place.private, [place.group], timeout=90, runtime="python3.13")
    failed = boto_connect_timeout("https://sqs.eu-central-1.amazonaws.com/")
    calls = Traffic(case, "kassenabschluss")
    calls.bad(12, 0, 56, python_log("INFO", "Kassenabschluss gestartet"), failed, seconds=62.0)
    calls.write()
    case.yaml(
        functions=["kassenabschluss"],
        destinations={"warteschlange": {"name": "sqs.eu-central-1.amazonaws.com", "port": 443}},
    )


@incident(
    source="composed: AWS's NAT gateway troubleshooting guide, a public NAT gateway in a private subnet",
    expert=named(
        BLOCKED,
        "the NAT gateway stands in a subnet whose own default route is no internet gateway: it reaches nothing",
        "nat-versand",
    ),
)
def nat_gateway_in_its_own_private_subnet(case: CaseFolder) -> None:
    place = stack(case, "Versand", "10.7", nats=1)
    public = place.public[1]
    lost = net(case, "versand-nat-subnet", "10.7.30.0/27", [])
    nat = case.nat("nat-versand", lost)
    gone(case, place.nats[0])
    for table in place.tables:
        table["Routes"][-1] = route("0.0.0.0/0", nat)
    assert public["MapPublicIpOnLaunch"]
    case.function("etikett-drucken", place.private, [place.group], runtime="ruby3.3", timeout=30)
    text = (
        "Error raised from handler method\n"
        '{"errorMessage":"Failed to open TCP connection to api.paketdienst.example:443 (execution expired)",'
        '"errorType":"Function<Faraday::ConnectionFailed>","stackTrace":['
        '"/var/lang/lib/ruby/3.3.0/net/http.rb:1603:in `initialize\'",'
        '"/var/lang/lib/ruby/3.3.0/net/http.rb:1603:in `open\'",'
        '"/var/task/vendor/bundle/ruby/3.3.0/gems/faraday-net_http-3.3.0/lib/faraday/adapter/net_http.rb:148"]}\n'
    )
    calls = Traffic(case, "etikett-drucken")
    calls.bad(44, 0, 60, text, seconds=10.4)
    calls.write(period=300)
    tried = about(3, 60, 0.4)
    case.nat_metrics(nat, attempts=tried, established=[0.0] * 60, active=[0.0] * 60)
    case.yaml(
        functions=["etikett-drucken"], destinations={"paketdienst": {"name": "api.paketdienst.example", "port": 443}}
    )


@incident(
    source="https://www.tech-reader.blog/2025/12/aws-lambda-error-task-timed-out-after.html (no way to the service)",
    expert=named(
        BLOCKED,
        "the isolated subnets have only the local route, and there is no endpoint for DynamoDB: nothing leads there",
    ),
)
def not_a_word_of_dynamodb(case: CaseFolder) -> None:
    place = stack(case, "Treue", "10.55", nats=1)
    case.function("treuepunkte", place.isolated, [place.group], runtime="java21", timeout=20, memory=1024)
    calls = Traffic(case, "treuepunkte")
    calls.bad(58, 0, 59.6, timeout=20)
    calls.write(memory=1024)
    case.without("ec2/network-interfaces", "ec2/addresses")
    case.yaml(
        functions=["treuepunkte"], destinations={"punkte": {"name": "dynamodb.eu-central-1.amazonaws.com", "port": 443}}
    )


@incident(
    source="https://github.com/brefphp/bref/issues/873 (PHP lambda timing out), with a NAT gateway that was replaced",
    expert=named(
        BLOCKED,
        "one of the two private subnets still routes to a NAT gateway that is gone; the calls from the "
        "other one get out",
        "PrivateSubnet2",
        lacks=("PrivateSubnet1",),
    ),
)
def half_of_the_calls_into_a_blackhole(case: CaseFolder) -> None:
    place = stack(case, "Shop", "10.12")
    replaced = place.nats.pop()
    gone(case, replaced)
    place.tables[1]["Routes"][-1] = route("0.0.0.0/0", replaced, "blackhole")
    case.function(
        "warenkorb-preis",
        place.private,
        [place.group],
        runtime="provided.al2",
        timeout=28,
        Layers=[{"Arn": "arn:aws:lambda:eu-central-1:534081306603:layer:php-83-fpm:41", "CodeSize": 1}],
        Handler="public/index.php",
    )
    failed = php_log(
        "cURL error 28: Connection timed out after 10001 "
        "milliseconds (see https://curl.haxx.se/libcurl/c/libcurl-errors.html) for "
        "https://preise.kasse24.example/v3/cart "
        '{"exception":"[object] (GuzzleHttp\\\\Exception\\\\ConnectException(code: 0): cURL error 28: '
        "Connection timed out "
        'after 10001 milliseconds at /var/task/vendor/guzzlehttp/guzzle/src/Handler/CurlFactory.php:275)"}'
    )
    calls = BySubnet(case, "warenkorb-preis")
    calls.good(60, 0, 20, seconds=0.21)
    calls.good(128, 20, 60, seconds=0.22)
    calls.subnet = 1
    calls.good(60, 0, 20, seconds=0.21)
    calls.bad(117, 20, 59.8, failed, seconds=10.5, error=False)
    calls.write()
    case.nat_metrics(place.nats[0], attempts=about(6, 60), established=about(6, 60), errors=unsaid_zeros([0.0] * 60))
    case.yaml(
        functions=["warenkorb-preis"],
        reported="seit 12:20 jeder zweite Preisabruf",
        destinations={"preise": {"name": "preise.kasse24.example", "port": 443}},
    )


@incident(
    source="composed: AWS's own denial text for endpoint policies; report as on re:Post (S3 through a "
    "gateway endpoint)",
    expert=named(
        BLOCKED, "the policy of the S3 gateway endpoint only allows other buckets: the endpoint denies the access", "s3"
    ),
)
def endpoint_policy_for_other_buckets(case: CaseFolder) -> None:
    place = stack(case, "Katalog", "10.61", nats=1)
    policy = (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":'
        '["arn:aws:s3:::katalog-bilder","arn:aws:s3:::katalog-bilder/*"]}]}'
    )
    case.gateway_endpoint("s3", place.tables, policy=policy, Tags=tags("s3-gw"))
    case.function("bilder-export", place.private, [place.group], runtime="python3.12", timeout=60)
    failed = python_error(
        "ClientError",
        "An error occurred (AccessDenied) when calling the PutObject operation: User: "
        "arn:aws:sts::482917306154:assumed-role/bilder-export-role/bilder-export is not authorized to perform: "
        's3:PutObject on resource: "arn:aws:s3:::partner-austausch-prod/2026/11/20/katalog.zip" because no '
        "VPC endpoint "
        "policy allows the s3:PutObject action",
        (
            "/var/runtime/botocore/client.py",
            1009,
            "_make_api_call",
            "raise error_class(parsed_response, operation_name)",
        ),
    )
    calls = Traffic(case, "bilder-export")
    calls.good(22, 0, 60, python_log("INFO", "s3://katalog-bilder/ geschrieben"), seconds=0.9)
    calls.bad(19, 0, 60, failed, seconds=0.31)
    calls.write()
    case.yaml(
        functions=["bilder-export"],
        destinations={"partner": {"name": "partner-austausch-prod.s3.eu-central-1.amazonaws.com", "port": 443}},
    )

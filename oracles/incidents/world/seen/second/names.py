"""Names that do not resolve."""

from __future__ import annotations

import json

from oracles.incidents.world import CaseFolder, incident
from oracles.incidents.world.seen.second.logs import Log, node, python
from oracles.incidents.world.seen.second.metrics import Metrics, calls, steps
from oracles.incidents.world.seen.second.shapes import about, put, rule, usual
from oracles.incidents.world.seen.second.verdicts import BLOCKED, DNS, either_of, named


@incident(
    source="Stack Overflow: getaddrinfo ENOTFOUND, private hosted zone not associated with the Lambda's VPC",
    expert=named(
        DNS,
        "a name of a private zone is not found, always and from everywhere: the zone is not associated "
        "with this VPC, or the record is missing",
    ),
)
def the_private_zone_is_not_associated(case: CaseFolder) -> None:
    net = usual("edge", "eu-west-1")
    net.function("fetch-config", ["private-a", "private-b"], runtime="nodejs22.x", timeout=10)
    net.write(case)
    put(case, "ec2/subnets.json", json.dumps(net.of["subnets"]).encode("utf-16"))  # PowerShell, --query Subnets
    about(
        case,
        "eu-west-1",
        ("2026-11-04T09:00", "2026-11-04T10:00"),
        ["fetch-config"],
        config="name: config.corp.internal, port: 443",
    )
    calls(case, "2026-11-04T09:00", "fetch-config", 60, 10, (60, 1.0), failing_ms=190, ms=70)
    log = Log("fetch-config", "2026-11-04T09:00")
    log.every(
        2,
        3590,
        70,
        node(
            "Error",
            "getaddrinfo ENOTFOUND config.corp.internal",
            "    at GetAddrInfoReqWrap.onlookupall [as oncomplete] (node:dns:122:26)",
            errno=-3008,
            code="ENOTFOUND",
            syscall="getaddrinfo",
            hostname="config.corp.internal",
        ),
        ms=30,
    )
    log.events(case)


@incident(
    source="cisagov/cyhy-system 22: DNS lookups from Lambda fail under load, resolver 169.254.78.1",
    expert=named(
        DNS, "under load lookups on Lambda's own resolver time out; connections to addresses already known still work"
    ),
)
def lookups_time_out_under_load(case: CaseFolder) -> None:
    net = usual("scan", "us-east-1")
    net.function("scan-domains", ["private-a", "private-b"], runtime="provided.al2023", timeout=120)
    net.write(case, "network-acls")
    about(case, "us-east-1", ("2026-11-26T12:00", "2026-11-26T12:40"), ["scan-domains"])
    nat = Metrics("2026-11-26T12:00", zeros=True)
    nat.nat(
        net["nat"],
        ActiveConnectionCount=steps("a", (40, 3_100)),
        ErrorPortAllocation=[0] * 40,
        ConnectionAttemptCount=steps("b", (40, 22_000)),
        ConnectionEstablishedCount=steps("b", (40, 21_300)),
    )
    nat.write(case, "nat")
    calls(case, "2026-11-26T12:00", "scan-domains", 40, 800, (9, 0.0), (31, 0.2), failing_ms=21_000, busy=500)
    log = Log("scan-domains", "2026-11-26T12:00", memory=256)
    log.every(
        545,
        2390,
        8,
        '<g> scan: Get "https://example.gov/": dial tcp: lookup example.gov on '
        "169.254.78.1:53: read udp 169.254.78.1:41230->169.254.78.1:53: i/o timeout\n",
        ms=20_100,
        envs=60,
    )
    log.events(case)


@incident(
    source="aws-solutions/workload-discovery-on-aws 554: Gremlin lambda can't DNS resolve the Neptune endpoint",
    expert=either_of(
        "lookups fail (EAI_AGAIN) with name servers of one's own in the VPC, and the function's group lets out 8182 "
        "only, not 53: the rule is why the name does not resolve",
        DNS,
        BLOCKED,
    ),
)
def own_name_servers_behind_a_closed_group(case: CaseFolder) -> None:
    net = usual("discovery", "eu-west-2")
    net.group("gremlin", out=[rule(8182, "10.20.0.0/16")])
    net.of["vpcs"][0]["DhcpOptionsId"] = "dopt-0d1c2b3a49586f7e1"
    net.function("gremlin", ["private-a", "private-b"], ["gremlin"], runtime="nodejs18.x", timeout=60)
    net.write(case)
    put(
        case,
        "ec2/dhcp-options.json",
        {
            "DhcpOptions": [
                {
                    "DhcpOptionsId": "dopt-0d1c2b3a49586f7e1",
                    "DhcpConfigurations": [
                        {"Key": "domain-name-servers", "Values": [{"Value": "10.20.51.2"}, {"Value": "10.20.52.2"}]}
                    ],
                }
            ]
        },
    )
    about(
        case,
        "eu-west-2",
        ("2026-11-10T07:00", "2026-11-10T08:00"),
        ["gremlin"],
        neptune="name: wd.cluster-cexample.eu-west-2.neptune.amazonaws.com, port: 8182",
    )
    log = Log("gremlin", "2026-11-10T07:00")
    log.every(
        4,
        3500,
        300,
        node(
            "Error",
            "getaddrinfo EAI_AGAIN wd.cluster-cexample.eu-west-2.neptune.amazonaws.com",
            "    at GetAddrInfoReqWrap.onlookup [as oncomplete] (node:dns:107:26)",
            errno=-3001,
            code="EAI_AGAIN",
            syscall="getaddrinfo",
            hostname="wd.cluster-cexample.eu-west-2.neptune.amazonaws.com",
        ),
        ms=20_050,
    )
    log.events(case)


@incident(
    source="Stack Overflow: [Errno -3] Temporary failure in name resolution, sporadic in AWS Lambda",
    expert=named(DNS, "all failures, one in three hundred, say that the name could not be resolved for the moment"),
)
def now_and_then_a_name_does_not_resolve(case: CaseFolder) -> None:
    about(case, "us-west-2", ("2026-11-13T00:00", "2026-11-13T06:00"), ["ingest"])
    calls(case, "2026-11-13T00:00", "ingest", 360, 300, (360, 0.0033), failing_ms=5_300, ms=200, busy=9, period=300)
    log = Log("ingest", "2026-11-13T00:00")
    log.every(
        60,
        21_500,
        400,
        python(
            "ConnectionError",
            "HTTPSConnectionPool(host='api.warehouse.example', port=443): Max retries exceeded with url: "
            "/load (Caused by NewConnectionError('<urllib3.connection.HTTPSConnection object at 0x7f93>: Failed to "
            "establish a "
            "new connection: [Errno -3] Temporary failure in name resolution'))",
        ),
        ms=5_200,
        envs=9,
    )
    log.every(5, 21_500, 500, "[INFO]\t<t>\t<r>\tloaded\n", envs=9)
    log.query(case)


@incident(
    source="Stack Overflow: java.net.UnknownHostException for an RDS endpoint after the instance was renamed",
    expert=named(
        DNS, "Java does not find the host, from 20:05 on and always: the endpoint's name is gone (renamed or deleted)"
    ),
)
def the_endpoint_was_renamed(case: CaseFolder) -> None:
    net = usual("hr", "eu-central-1")
    net.function("absence", ["private-a", "private-b"], runtime="java21", timeout=30, memory=1024)
    net.write(case)
    about(
        case,
        "eu-central-1",
        ("2026-11-25T20:00", "2026-11-25T21:00"),
        ["absence"],
        hr="name: hr-old.cexample.eu-central-1.rds.amazonaws.com, port: 5432",
    )
    calls(case, "2026-11-25T20:00", "absence", 60, 7, (5, 0.0), (55, 1.0), failing_ms=800, ms=150)
    log = Log("absence", "2026-11-25T20:00", memory=1024)
    log.every(
        305,
        3590,
        60,
        (
            "org.postgresql.util.PSQLException: The connection attempt failed.\n"
            "\tat org.postgresql.core.v3.ConnectionFactoryImpl.openConnectionImpl(ConnectionFactoryImpl.java:364)\n"
            "\tat hr.Absence.handleRequest(Absence.java:22)\n"
            "Caused by: java.net.UnknownHostException: hr-old.cexample.eu-central-1.rds.amazonaws.com\n"
            "\tat java.base/sun.nio.ch.NioSocketImpl.connect(NioSocketImpl.java:567)\n"
        ),
        ms=420,
    )
    log.every(3, 300, 50, "absences of 12 people\n")
    log.events(case)


@incident(
    source="Stack Overflow: dns.resolver.LifetimeTimeout with pymongo mongodb+srv in AWS Lambda",
    expert=named(DNS, "the driver cannot look up the SRV record: the resolver's operation timed out"),
)
def the_srv_record_is_not_answered(case: CaseFolder) -> None:
    net = usual("survey", "us-east-1", "a")
    net.group("tight", out=[rule(27017, "0.0.0.0/0"), rule(443, "0.0.0.0/0")])
    net.function("answers", ["private-a"], ["tight"], timeout=60)
    net.write(case, "network-acls", "security-groups")
    about(
        case,
        "us-east-1",
        ("2026-11-09T13:00", "2026-11-09T13:30"),
        ["answers"],
        mongo="name: cluster0.abcde.mongodb.net, port: 27017",
    )
    log = Log("answers", "2026-11-09T13:00")
    log.every(
        3,
        1790,
        90,
        python(
            "ConfigurationError",
            "The resolution lifetime expired after 21.638 seconds: Server Do53:169.254.78.1@53 answered "
            "The DNS operation timed out.; Server Do53:169.254.78.1@53 answered The DNS operation timed out.",
            'File "/var/task/pymongo/srv_resolver.py", line 92, in _resolve_uri',
            "\u00a0\u00a0raise ConfigurationError(str(exc))",
        ),
        ms=21_900,
    )
    log.tail(case)

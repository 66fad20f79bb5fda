"""NAT gateways and NAT instances that the default route names and that lead nowhere."""

from __future__ import annotations

from oracles.incidents.world import CaseFolder, incident
from oracles.incidents.world.seen.second.logs import Log, python
from oracles.incidents.world.seen.second.metrics import Metrics, calls, steps
from oracles.incidents.world.seen.second.shapes import ANYWHERE, about, made_id, route, usual
from oracles.incidents.world.seen.second.verdicts import BLOCKED, named


def _requests(host: str, path: str = "/v1/charges", port: int = 443, seconds: int = 10) -> str:
    return python(
        "ConnectTimeout",
        f"HTTPSConnectionPool(host='{host}', port={port}): Max retries exceeded with url: {path} (Caused by "
        f"ConnectTimeoutError(<urllib3.connection.HTTPSConnection object at 0x7f6b1c0d2e10>, 'Connection to {host} "
        f"timed out. (connect timeout={seconds})'))",
    )


@incident(
    source="Stack Overflow: AWS NAT gateway with connectivity type private, no internet from Lambda",
    expert=named(
        BLOCKED,
        "the default route leads to a NAT gateway of connectivity type private, which never reaches the internet",
    ),
)
def the_default_route_leads_to_a_private_nat_gateway(case: CaseFolder) -> None:
    net = usual("billing", "eu-west-1", nat=False)
    inner = net.nat("nat-inner", "data-a", kind="private")
    net.record("route-tables", "private")["Routes"].append(route(ANYWHERE, inner))
    net.function("charge-card", ["private-a", "private-b"], timeout=15)
    net.write(case, "addresses")
    about(
        case,
        "eu-west-1",
        ("2026-11-12T09:00", "2026-11-12T09:30"),
        ["charge-card"],
        "every call of the payment provider times out since we moved into the VPC",
        provider="name: api.paypartner.example, port: 443, addresses: [203.0.113.44]",
    )
    calls(case, "2026-11-12T09:00", "charge-card", 30, 14, (30, 1.0), failing_ms=10_180)
    nat = Metrics("2026-11-12T09:00", zeros=True)
    nat.nat(
        inner,
        ConnectionAttemptCount=steps("a", (30, 14)),
        ConnectionEstablishedCount=[0] * 30,
        ErrorPortAllocation=[0] * 30,
        ActiveConnectionCount=[0] * 30,
    )
    nat.write(case, "nat")
    log = Log("charge-card", "2026-11-12T09:00")
    log.every(4, 1790, 41, _requests("api.paypartner.example"), ms=10_120)
    log.events(case)


@incident(
    source="Stack Overflow: NAT instance terminated, route table shows blackhole, Lambda lost internet",
    expert=named(
        BLOCKED,
        "0.0.0.0/0 of the only table is a blackhole to the interface of a NAT instance that is gone",
    ),
)
def the_nat_instance_was_terminated_overnight(case: CaseFolder) -> None:
    net = usual("hobby", "eu-north-1", "a", nat=False)
    gone = {**route(ANYWHERE, made_id("eni", "hobby", "fck-nat"), "blackhole"), "InstanceOwnerId": "111122223333"}
    net.record("route-tables", "private")["Routes"].append(gone)
    net.function("weather-bot", ["private-a"], runtime="ruby3.3", timeout=60)
    net.write(case, "network-acls")
    about(case, "eu-north-1", ("2026-11-08T05:00", "2026-11-08T06:00"), ["weather-bot"])
    log = Log("weather-bot", "2026-11-08T05:00", memory=256)
    ruby = (
        'Error raised from handler method\n{\n  "errorMessage": "Failed to open TCP connection to '
        'api.weatherhub.example:443 (execution expired)",\n  "errorType": "Function<Net::OpenTimeout>",\n'
        '  "stackTrace": [\n    "/var/lang/lib/ruby/3.3.0/net/http.rb:1603:in `initialize\'",\n'
        '    "/var/task/app.rb:12:in `handler\'"\n  ]\n}'
    )
    log.every(30, 3500, 300, ruby, ms=60_000 * 0.99, envs=1)
    log.events(case)


@incident(
    source="AWS re:Post: NAT gateway state failed, Lambda cannot reach the internet",
    expert=named(BLOCKED, "the NAT gateway that the default route names is in state failed: it never carried a packet"),
)
def the_nat_gateway_failed_to_be_created(case: CaseFolder) -> None:
    net = usual("reports", "ap-southeast-2", nat=False)
    nat = net.nat(
        "nat-reports",
        "public-a",
        state="failed",
        FailureCode="Gateway.NotAttached",
        FailureMessage="Network vpc has no Internet gateway attached",
    )
    net.record("nat-gateways", "nat-reports")["NatGatewayAddresses"] = []
    net.of["addresses"].clear()
    net.record("route-tables", "private")["Routes"].append(route(ANYWHERE, nat, "blackhole"))
    net.record("route-tables", "public")["Routes"].pop()
    net.function("mail-digest", ["private-a", "private-b"], runtime="provided.al2023", timeout=30)
    net.write(case)
    about(
        case,
        "ap-southeast-2",
        ("2026-11-03T22:00", "2026-11-03T22:30"),
        ["mail-digest"],
        "freshly deployed stack, nothing gets out",
        mail="name: smtp-api.postbox.example, port: 443",
    )
    log = Log("mail-digest", "2026-11-03T22:00")
    log.every(
        10,
        1700,
        120,
        '<g> send digest: Post "https://smtp-api.postbox.example/v3/send": dial tcp 203.0.113.99:443: i/o timeout\n',
        '{"errorMessage":"Post \\"https://smtp-api.postbox.example/v3/send\\": dial tcp 203.0.113.99:443: i/o '
        'timeout","errorType":"Error"}\n',
        ms=30_000 * 0.98,
        envs=1,
    )
    log.tail(case)


@incident(
    source="AWS docs, NAT gateway troubleshooting: NAT gateway's subnet has no route to an internet gateway",
    expert=named(
        BLOCKED,
        "SYNs reach the NAT gateway and none is answered: its own subnet has just the local route, for it uses the "
        "main table",
        says=("public",),
    ),
)
def the_nat_gateways_subnet_lost_its_table(case: CaseFolder) -> None:
    net = usual("tickets", "us-east-2")
    table = net.record("route-tables", "public")
    table["Associations"] = [one for one in table["Associations"] if one["SubnetId"] != net["public-a"]]
    net.function("sell", ["private-a", "private-b"], runtime="nodejs22.x")
    net.write(case, "network-acls")
    about(
        case,
        "us-east-2",
        ("2026-11-21T18:00", "2026-11-21T18:45"),
        ["sell"],
        "since the Terraform apply at 17:50",
        bank="name: 3ds.bankgate.example, port: 443, addresses: [192.0.2.70]",
    )
    nat = Metrics("2026-11-21T18:00")
    nat.nat(
        net["nat"],
        ConnectionAttemptCount=steps("n", (45, 120)),
        ConnectionEstablishedCount=[0] * 45,
        PacketsInFromSource=steps("p", (45, 610)),
        PacketsInFromDestination=[0] * 45,
        BytesOutToDestination=[0] * 45,
        ErrorPortAllocation=[0] * 45,
    )
    nat.write(case, "natgw")
    calls(case, "2026-11-21T18:00", "sell", 45, 120, (45, 1.0), failing_ms=8_200)
    log = Log("sell", "2026-11-21T18:00", json_format=True)
    bad = (
        '{"timestamp":"<t>","level":"ERROR","requestId":"<r>","message":{"errorType":"AxiosError","errorMessage":'
        '"timeout of 8000ms exceeded","stackTrace":["AxiosError: timeout of 8000ms exceeded","    at '
        'RedirectableRequest.handleRequestTimeout (/var/task/node_modules/axios/dist/node/axios.cjs:3107:16)"]}}'
    )
    log.every(5, 2690, 45, bad, ms=8_060)
    log.events(case)

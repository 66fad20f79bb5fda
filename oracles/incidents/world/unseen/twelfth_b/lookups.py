"""Names that are not resolved, and TLS that does not come up."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Expert,
    Headline,
    Moment,
    Traffic,
    about,
    aws_id,
    go_log,
    incident,
    node_error,
    python_error,
    python_log,
    route,
)
from oracles.incidents.world.unseen.twelfth_b._sites import (
    bref_error,
    busy_nat,
    close,
    fetch_failed,
    named,
    place,
    rust_log,
)

DNS = "dns-failure"
TLS = "tls-handshake-timeout"


@incident(
    source="nodejs/node issues: getaddrinfo EAI_AGAIN, when the resolvers of the VPC's DHCP options do not answer",
    expert=named(
        DNS,
        "from 12:25 to 12:48 no name at all is resolved by either function: the resolvers in the DHCP options, reached "
        "through the transit gateway as before and after, give no answer",
    ),
)
def resolvers_of_the_head_office_pause(case: CaseFolder) -> None:
    there = place(case, "mutual", "eu-west-2", "10.66", "3.9.174.28")
    hub = case.transit_attachment("mutual-hub", there.private)
    for table in case.route_tables:
        if any(one.get("SubnetId") in {each["SubnetId"] for each in there.private} for one in table["Associations"]):
            table["Routes"].append(route("10.8.0.0/16", hub))
    case.dhcp_options[0]["DhcpConfigurations"] = [
        {"Key": "domain-name", "Values": [{"Value": "mutual.example-corp.net"}]},
        {"Key": "domain-name-servers", "Values": [{"Value": "10.8.0.53"}, {"Value": "10.8.1.53"}]},
    ]
    case.function("quote-pdf", there.private, [there.app], runtime="nodejs20.x", timeout=30)
    case.function("bank-check", there.private, [there.app], runtime="python3.12", timeout=30)
    pdf = Traffic(case, "quote-pdf")
    pdf.good(96, 0, 24.9, seconds=0.5)
    for host in ("api.pdfpress.io", "hooks.slack.com"):
        pdf.bad(33, 25, 48, fetch_failed(f"getaddrinfo EAI_AGAIN {host}", errno=-3001, code="EAI_AGAIN",
                                         syscall="getaddrinfo", hostname=host), seconds=10.03)  # fmt: skip
    pdf.good(50, 48.2, 60, seconds=0.5)
    pdf.write()
    bank = Traffic(case, "bank-check")
    bank.good(60, 0, 24.9, python_log("INFO", "iban ok"), seconds=0.3)
    bank.bad(41, 25, 48, python_error(
        "ConnectionError",
        "HTTPSConnectionPool(host='api.ibanhub.eu', port=443): Max retries exceeded with url: /v1/check (Caused by "
        "NameResolutionError(\"<urllib3.connection.HTTPSConnection object at 0x7fd0c22b4d10>: Failed to resolve "
        "'api.ibanhub.eu' ([Errno -3] Temporary failure in name resolution)\"))",
        ("/var/task/requests/adapters.py", 700, "send", "raise ConnectionError(e, request=request)")),
        seconds=10.02)  # fmt: skip
    bank.good(30, 48.1, 60, python_log("INFO", "iban ok"), seconds=0.3)
    bank.write()
    # Who resolves no name connects to nobody.
    attempts = about(30, 25) + about(3, 23) + about(30, 12)
    case.nat_metrics(
        there.nat,
        errors=[0.0] * 60,
        attempts=attempts,
        established=attempts,
        active=about(41, 25) + about(12, 23) + about(39, 12),
        drops=[0.0] * 60,
    )
    close(case, functions=["quote-pdf", "bank-check"])


@incident(
    source="AWS docs, Associating more VPCs with a private hosted zone; failed to lookup address information",
    expert=named(
        DNS,
        "the function in the new VPC gets no address for a name of the private zone, which the one in the old VPC "
        "resolves all the time; every other name it resolves",
        "tariffs",
    ),
)
def new_vpc_does_not_see_the_private_zone(case: CaseFolder) -> None:
    there = place(case, "fjord", "eu-north-1", "10.12", "16.170.8.55")
    new = case.vpc("fjord-new", "10.13.0.0/16")
    igw = case.internet_gateway("fjord-new-igw", new)
    front = case.subnet("fjord-new-public-a", "10.13.0.0/24", [route("0.0.0.0/0", igw)], vpc=new)
    nat = case.nat("fjord-new-nat", front, public="13.60.211.9")
    link = aws_id("pcx", "fjord-new")
    inner = case.subnet("fjord-new-app-a", "10.13.16.0/24", [route("0.0.0.0/0", nat), route("10.12.0.0/16", link)],
                        vpc=new)  # fmt: skip
    case.peering("fjord-new", "10.13.0.0/16", new)
    for table in case.route_tables:
        if any(one.get("SubnetId") in {each["SubnetId"] for each in there.private} for one in table["Associations"]):
            table["Routes"].append(route("10.13.0.0/16", link))
    group = case.group("fjord-new-functions", vpc=new)
    case.function("freight-price-v2", [inner], [group], runtime="provided.al2023", timeout=10)
    case.function("freight-price", there.private, [there.app], runtime="provided.al2023", timeout=10)
    failed = (
        "price failed: error sending request for url (http://tariffs.fjord.internal:8080/v3/lanes): client error "
        "(Connect): dns error: failed to lookup address information: Name or service not known"
    )
    calls = Traffic(case, "freight-price-v2")
    calls.bad(87, 0, 60, rust_log("INFO", "fuel index fetched host=data.fuelindex.org status=200"),
              rust_log("ERROR", failed), seconds=0.21)  # fmt: skip
    calls.write()
    old = Traffic(case, "freight-price")
    old.good(240, 0, 60, rust_log("INFO", "lane priced tariffs=200"), seconds=0.07)
    old.write()
    busy_nat(case, nat, 2, 4)
    close(case, functions=["freight-price-v2", "freight-price"], destinations={
        "tariffs": {"name": "tariffs.fjord.internal", "port": 8080}})  # fmt: skip


@incident(
    source="Stack Overflow: php_network_getaddresses: getaddrinfo failed: Name or service not known (Bref, Laravel)",
    expert=named(
        DNS, "the host is written with a letter too few and has no address, ever; the writer's own name is resolved"
    ),
)
def reader_host_misspelt_in_the_environment(case: CaseFolder) -> None:
    there = place(case, "cargo", "eu-west-1", "10.73", "52.31.9.140")
    case.function("customs-form", there.private, [there.app], runtime="provided.al2023", timeout=28,
                  LastModified="2026-11-20T09:02:10.000+0000")  # fmt: skip
    host = "customs-reader.cn4b7qg20zpx.eu-west-1.rds.amazonaws.co"
    failed = bref_error(
        "Illuminate\\Database\\QueryException",
        f"SQLSTATE[HY000] [2002] php_network_getaddresses: getaddrinfo for {host} failed: Name or service not known "
        "(Connection: mysql, SQL: select * from `tariff_codes` where `chapter` = 84)",
        "#0 /var/task/vendor/laravel/framework/src/Illuminate/Database/Connectors/Connector.php(70): PDO->__construct",
        "#1 /var/task/app/Jobs/CustomsForm.php(33): Illuminate\\Database\\Connection->select()",
    )

    def stored(moment: Moment) -> str:
        return f"[{moment.time[:10]} {moment.time[11:19]}] production.INFO: declaration stored (writer)\n"

    calls = Traffic(case, "customs-form")
    calls.good(70, 0, 60, stored, seconds=0.1)
    calls.bad(52, 0, 60, failed, seconds=0.04)
    calls.write()
    busy_nat(case, there.nat, 8, 12)
    close(case, functions=["customs-form"])


@incident(
    source="golang/go issues: net/http: TLS handshake timeout, to one host only",
    expert=named(
        TLS,
        "TCP to the tile service comes up, as all attempts at the gateway do, but its handshake is not answered within "
        "ten seconds; the other host is fine",
        "tiles",
    ),
)
def tile_service_accepts_but_does_not_greet(case: CaseFolder) -> None:
    there = place(case, "atlas", "ca-central-1", "10.19", "3.97.14.202")
    case.function("route-map", there.private, [there.app], runtime="provided.al2023", timeout=30)
    failed = 'tile 9/152/183: Get "https://tiles.mapwright.io/9/152/183.pbf": net/http: TLS handshake timeout'
    calls = Traffic(case, "route-map")
    calls.good(130, 0, 17, go_log("geocode 200 tiles 200"), seconds=0.33)
    calls.good(44, 17, 41, go_log("geocode 200 tiles 200"), seconds=1.9)
    calls.bad(102, 17, 41, go_log("geocode 200 from api.streetfind.com"), go_log(failed), seconds=10.2)
    calls.good(118, 41.2, 60, go_log("geocode 200 tiles 200"), seconds=0.33)
    calls.write()
    busy_nat(case, there.nat, 16, 30)
    close(case, functions=["route-map"], destinations={
        "tiles": {"name": "tiles.mapwright.io", "port": 443},
        "geocode": {"name": "api.streetfind.com", "port": 443}})  # fmt: skip


@incident(
    source="nodejs/node issues: Client network socket disconnected before secure TLS connection was established",
    expert=Expert(
        (TLS,),
        (TLS,),
        Headline.OPEN,
        "the other side closes about every third connection before TLS is up; why, only its own log can say",
    ),
)
def partner_hangs_up_before_the_greeting(case: CaseFolder) -> None:
    there = place(case, "canal", "eu-west-3", "10.91", "13.36.150.4")
    case.function("rights-check", there.private, [there.app], runtime="nodejs22.x", timeout=20)
    failed = node_error(
        "Client network socket disconnected before secure TLS connection was established",
        stack=(
            "TLSSocket.onConnectEnd (node:_tls_wrap:1727:19)",
            "TLSSocket.emit (node:events:530:35)",
            "endReadableNT (node:internal/streams/readable:1698:12)",
        ),
        code="ECONNRESET",
        path=None,
        host="rights.mediaguild.fr",
        port=443,
    )
    calls = Traffic(case, "rights-check")
    calls.good(126, 0, 60, seconds=0.27)
    calls.bad(61, 4, 60, failed, seconds=0.09)
    calls.write(period=300, zeros=False)
    busy_nat(case, there.nat, 9, 14)
    close(case, functions=["rights-check"], destinations={
        "rights": {"name": "rights.mediaguild.fr", "port": 443}})  # fmt: skip

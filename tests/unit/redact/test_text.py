"""What becomes of log lines, names and values: what tells whose they are goes, what the rules read stays."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrows.case.reading.log_words import outcome_of, table
from narrows.redact.mapping import Mapping
from narrows.redact.pseudonyms import PSEUDONYM
from narrows.redact.redactor import Redactor


def settled(*functions: str, names: tuple[str, ...] = (), hosts: tuple[str, ...] = (), texts: tuple[str, ...] = ()) -> (
    Redactor
):  # fmt: skip
    """A redactor that has met these."""
    redactor = Mapping(b"k" * 32).redactor()
    for one in functions:
        redactor.function(one)
    for one in names:
        redactor.name(one)
    for one in hosts:
        redactor.known_host(one)
    for one in texts:
        redactor.text(one)
    redactor.settle()
    return redactor


@pytest.mark.parametrize("line", [
    "[ERROR]\t2026-11-20T12:00:03.123Z\tTask timed out after 30.03 seconds",
    "Error: connect ETIMEDOUT",
    "botocore.exceptions.ConnectTimeoutError: Connect timeout on endpoint URL:",
    "Traceback (most recent call last):",
    "    raise ConnectTimeoutError(self, 'Connection to %s timed out.')",
    "java.net.SocketTimeoutException: connect timed out",
    "\tat java.base/sun.nio.ch.Net.pollConnect(Native Method)",
    "dial tcp: i/o timeout after 1m30s",
    "INIT_START Runtime Version: python:3.12.v18",
    "REPORT Duration: 30000.00 ms\tBilled Duration: 30000 ms\tMemory Size: 512 MB\tMax Memory Used: 92 MB\t",
    '{"level":"ERROR","errorType":"Error","errorMessage":"connect ECONNREFUSED"}',
])  # fmt: skip
def test_what_libraries_and_lambda_say_stays_as_it_is(line: str) -> None:
    assert settled(texts=(line,)).text(line) == line


@pytest.mark.parametrize(("line", "gone"), [
    ("order 7 of acmecorp failed for jane.doe@acmecorp.com", ("acmecorp", "jane", "doe")),
    ("Authorization: Bearer abc123DEF456ghi789", ("abc123DEF456ghi789",)),
    ("token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N", ("eyJhbGciOiJIUzI1NiJ9",)),
    ("postgres://svc_orders:hunter2@db.acme.com:5432/prod", ("svc_orders", "hunter2", "acme")),
    ("password=Tr0ub4dor&3 user=x", ("Tr0ub4dor",)),
    ("credentials AKIAIOSFODNN7EXAMPLE expired", ("AKIAIOSFODNN7EXAMPLE",)),
    ("connect ETIMEDOUT 54.12.33.7:443", ("54.12.33.7",)),
    ("x10.20.30.40y and 2600:1f18:1234::5", ("10.20.30.40", "2600:1f18:1234::5")),
    ("arn:aws:sqs:us-east-1:210987654321:acme-queue.fifo", ("210987654321", "acme")),
    ("eni-0a1b2c3d4e5f60718 of subnet-0a1b2c3d4e5f60719", ("0a1b2c3d4e5f60718", "0a1b2c3d4e5f60719")),
    ("card 4111111111111111 of 2065550123", ("4111111111111111", "2065550123")),
    ("ip-10-1-2-77.ec2.internal", ("10-1-2-77",)),
    ("C:\\Users\\jane\\Globex\\secret.txt", ("jane", "Globex")),
    ("GET /v1/customers/globex/invoices?user=jdoe", ("globex", "jdoe")),
    ("0x7f910c67fd90 02:42:ac:11:00:02", ("7f910c67fd90", "42:ac:11")),
    ("Müller GmbH", ("Müller", "GmbH")),
    ("/aws/lambda/wumpus-hunt", ("wumpus", "hunt-")),
    ("HTTP 503 from https://xq7.globex.io/path", ("globex",)),
    ('{"user":"jdoe","company":"Globex\\nInc"}', ("jdoe", "Globex")),
])  # fmt: skip
def test_what_tells_whose_it_is_goes(line: str, gone: tuple[str, ...]) -> None:
    image = settled(texts=(line,)).text(line)
    for one in gone:
        assert one.lower() not in image.lower()
    assert re.sub(r"\w+", "", image) == re.sub(r"\w+", "", line) or "." in line, "what stands between words stays"


def test_the_same_name_is_the_same_everywhere() -> None:
    redactor = settled("orders-api", hosts=("orders-api.acme.com",))
    image = redactor.function("orders-api")
    assert redactor.text("calling orders-api now").split()[1] == image
    assert redactor.value("arn:aws:lambda:us-east-1:210987654321:function:orders-api:live").split(":")[6] == image
    assert redactor.text("/aws/lambda/orders-api") == f"/aws/lambda/{image}"
    assert redactor.path("function-orders-api") == f"function-{image}"
    assert redactor.value("AWS Lambda VPC ENI-orders-api").endswith(image)
    assert redactor.host("orders-api.acme.com").startswith(f"{image}.")


def test_names_that_belong_together_still_do() -> None:
    redactor = settled(names=("sessions-001",), hosts=("sessions.k3x9a1.0001.use1.cache.amazonaws.com",))
    host = redactor.host("sessions.k3x9a1.0001.use1.cache.amazonaws.com")
    assert re.fullmatch(r"[a-z]+\.[a-z0-9]+\.0001\.use1\.cache\.amazonaws\.com", host)
    assert redactor.name("sessions-001") == f"{host.split('.')[0]}-001"
    assert redactor.host("replica.sessions.k3x9a1.use1.cache.amazonaws.com").split(".")[1] == host.split(".")[0]
    assert redactor.value("ElastiCache sessions-001") == f"ElastiCache {host.split('.')[0]}-001"


@pytest.mark.parametrize("host", [
    "sqs.us-east-1.amazonaws.com", "dynamodb.eu-west-1.amazonaws.com", "sts.amazonaws.com", "s3.amazonaws.com",
    "api.ecr.us-east-1.amazonaws.com", "localhost", "github.com", "169.254.169.254",
])  # fmt: skip
def test_the_names_of_awss_own_services_stay(host: str) -> None:
    assert settled().host(host) == host


@pytest.mark.parametrize(("host", "shape"), [
    ("globex-orders.s3.us-east-1.amazonaws.com", r"\w+-\w+\.s3\.us-east-1\.amazonaws\.com"),
    ("main.cluster-c9akciq32rgv.us-east-1.rds.amazonaws.com", r"\w+\.cluster-\w{12}\.us-east-1\.rds\.amazonaws\.com"),
    ("wumpus.proxy-c9akciq32rgv.us-east-1.rds.amazonaws.com", r"\w+\.proxy-\w{12}\.us-east-1\.rds\.amazonaws\.com"),
    # A replication group's endpoint without TLS: without this label it would be read as that of one node.
    ("wumpus.x7k2lq.ng.0001.use1.cache.amazonaws.com", r"\w+\.\w+\.ng\.0001\.use1\.cache\.amazonaws\.com"),
    ("wumpus-ro.x7k2lq.ng.0001.use1.cache.amazonaws.com", r"\w+-ro\.\w+\.ng\.0001\.use1\.cache\.amazonaws\.com"),
    ("internal-wumpus-1234567890.us-east-1.elb.amazonaws.com", r"internal-\w+-\d{10}\.us-east-1\.elb\.amazonaws\.com"),
    ("b-1.wumpus.a1b2c3.c4.kafka.us-east-1.amazonaws.com", r"b-1\.\w+\.\w+\.c4\.kafka\.us-east-1\.amazonaws\.com"),
    ("db.globex.internal", r"\w+\.\w+\.internal"),
    ("api.globex.com", r"\w+\.\w+--\w+\.example"),
    ("*.globex.io", r"\*\.\w+--\w+\.example"),
    ("c0.wumpus.mongodb.net", r"c0\.\w+\.mongodb\.net"),
])  # fmt: skip
def test_a_host_keeps_its_labels_and_what_says_of_which_service_it_is(host: str, shape: str) -> None:
    image = settled(hosts=(host,)).host(host)
    assert re.fullmatch(shape, image)
    assert image != host
    assert image.count(".") == host.count(".")


def test_hosts_that_differ_in_their_top_stay_two() -> None:
    redactor = settled(hosts=("globex.com", "globex.io", "globex.example", "globex.internal"))
    images = {redactor.host(one) for one in ("globex.com", "globex.io", "globex.example", "globex.internal")}
    assert len(images) == 4


@pytest.mark.parametrize("name", ["error", "timeout", "refused"])
def test_a_function_called_like_a_word_of_the_rules_is_replaced_where_it_is_the_name(name: str) -> None:
    redactor = settled(name)
    image = redactor.function(name)
    assert PSEUDONYM.fullmatch(image)
    assert redactor.value(f"arn:aws:lambda:us-east-1:210987654321:function:{name}").endswith(f":{image}")
    assert redactor.text(f"/aws/lambda/{name}") == f"/aws/lambda/{image}"
    for line in ("Error: connect ECONNREFUSED", "connect timeout", "Connection refused"):
        assert redactor.text(line) == line
    assert redactor.names_that_stay() == [name]


def test_a_name_of_words_of_the_rules_is_replaced_as_a_whole() -> None:
    redactor = settled("error-timeout-handler")
    image = redactor.function("error-timeout-handler")
    assert redactor.text("in error-timeout-handler: connect timeout") == f"in {image}: connect timeout"


@pytest.mark.parametrize("name", ["a", "proxy", "7", "001", "all", "x" * 64, "a-b-" * 15 + "c-d", "_", "A_1"])
def test_every_function_gets_a_name_that_lambda_takes(name: str) -> None:
    from narrows.aws_ids import FUNCTION

    image = settled(name).function(name)
    assert FUNCTION.fits(image)
    assert image != name or name == "_"


@given(
    st.lists(st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,20}", fullmatch=True), min_size=2, max_size=12, unique=True)
)
def test_no_two_functions_become_one(names: list[str]) -> None:
    redactor = settled(*names)
    assert len({redactor.function(one) for one in names}) == len(names)


@given(st.text(max_size=200))
def test_any_text_is_redacted_and_the_second_time_as_the_first(text: str) -> None:
    redactor = settled(texts=(text,))
    image = redactor.text(text)
    assert redactor.text(text) == image
    assert settled(texts=(text,)).text(text) == image


@given(st.sampled_from(table()))
def test_every_text_of_a_library_is_read_as_before(line: object) -> None:
    example = line.example  # type: ignore[attr-defined]
    assert outcome_of(settled(texts=(example,)).text(example)) == outcome_of(example)


def test_numbers_that_are_times_of_the_incident_stay() -> None:
    redactor = settled()
    redactor.between(1_795_000_000, 1_796_000_000)
    assert redactor.text("at 1795179597443 and 1795179597") == "at 1795179597443 and 1795179597"
    assert redactor.text("id 1695179597443") != "id 1695179597443"


def test_regions_zones_and_services_stay() -> None:
    for text in ("us-east-1", "eu-west-3c", "use1-az4", "com.amazonaws.us-east-1.secretsmanager", "L-B99A9384",
                 "python3.12", "us-gov-west-1a", "arn:aws:lambda:us-east-1:", "2026-11-20T12:00:00+00:00"):  # fmt: skip
        assert settled().value(text) == text

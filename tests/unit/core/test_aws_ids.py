"""Ids and names: what AWS gives is taken, what a shell, a command line or a terminal would misread is not."""

from __future__ import annotations

import re
import shlex

import pytest
from botocore.session import get_session
from hypothesis import given
from hypothesis import strategies as st

from narrows.aws_ids import ARN, DIMENSION, FUNCTION, FUNCTION_REFERENCE, METRIC, PATTERNS, REGION, ZONE
from narrows.writing.ids import Ids

FREE = (DIMENSION, METRIC, PATTERNS["logStreamName"])
"""Free text to AWS, as long as it is printable."""


@pytest.mark.parametrize(
    ("member", "text"),
    [
        ("SubnetId", "subnet-0e82b57a14c3d9f61"),
        ("SubnetIds", "subnet-1a2b3c4d"),
        ("GroupId", "sg-903004f8"),
        ("NatGatewayId", "nat-0123456789abcdef0"),
        ("NetworkInterfaceId", "eni-0a11aaaa2222bbbb3"),
        ("VpcEndpointId", "vpce-0c5d9e7f1a3b82460"),
        ("GatewayId", "local"),
        ("GatewayId", "vpce-0c5d9e7f1a3b82460"),
        ("GatewayId", "igw-06e4c8a2b1f9d7035"),
        ("FunctionName", "storefront_v2-blue"),
        ("FunctionArn", "arn:aws-us-gov:lambda:us-gov-west-1:111122223333:function:app:$LATEST"),
        ("Version", "$LATEST"),
        ("Version", "17"),
        ("AvailabilityZone", "us-west-2-lax-1a"),
        ("AvailabilityZoneId", "use1-az1"),
        ("QuotaCode", "L-B99A9384"),
        ("PublicIp", "198.51.100.7"),
        ("Ipv6Address", "2001:db8::1"),
        ("logStreamName", "2026/11/20/[$LATEST]0123456789abcdef0123456789abcdef"),
    ],
)
def test_what_aws_gives_is_taken(member: str, text: str) -> None:
    assert PATTERNS[member].fits(text)


def test_every_region_and_every_id_that_a_simulation_writes_is_taken() -> None:
    session = get_session()
    regions = [one for part in session.get_available_partitions() for one in session.get_available_regions("ec2", part)]
    assert len(regions) > 20
    assert [one for one in regions if not REGION.fits(one)] == []
    assert [f"{one}a" for one in regions if not ZONE.fits(f"{one}a")] == []
    ids = Ids("us-east-1")
    for member, prefix in {
        "SubnetId": "subnet",
        "GroupId": "sg",
        "NatGatewayId": "nat",
        "VpcEndpointId": "vpce",
    }.items():
        assert PATTERNS[member].fits(ids.of(prefix, "a name with spaces; and --more"))
    assert ARN.fits(ids.arn("lambda", "function:app:$LATEST"))


@given(st.from_regex(re.compile(r"[a-zA-Z0-9-_]{1,64}"), fullmatch=True))
def test_a_function_may_be_called_whatever_lambda_takes_but_an_option(name: str) -> None:
    assert FUNCTION.fits(name) == (not name.startswith("-"))
    assert FUNCTION_REFERENCE.fits(f"arn:aws:lambda:eu-west-1:111122223333:function:{name}:live") == FUNCTION.fits(name)


HOSTILE = [
    "--endpoint-url=http://evil.example",
    "subnet-1 --endpoint-url http://evil.example",
    "subnet-$(reboot)",
    "subnet-`reboot`",
    "subnet-1;reboot",
    "subnet-1\nreboot",
    "subnet-1\n",
    "subnet-\x1b[31m",
    "subnet-\u202e",
    "subnet-é",
    "subnet-*",
    "subnet-../../x",
    "",
]


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
@pytest.mark.parametrize("member", sorted(PATTERNS))
def test_what_could_be_misread_is_no_id(member: str, text: str) -> None:
    assert PATTERNS[member] in FREE or not PATTERNS[member].fits(text)


@pytest.mark.parametrize("text", ["subnet-", "subnet", "sg-1", "subnet-" + "a" * 100])
def test_an_id_has_its_own_prefix_and_no_more_than_its_length(text: str) -> None:
    assert not PATTERNS["SubnetId"].fits(text)


@given(st.sampled_from(sorted(PATTERNS)), st.text(max_size=80))
def test_whatever_is_taken_is_one_word_of_a_command_and_no_option(member: str, text: str) -> None:
    pattern = PATTERNS[member]
    if pattern.fits(text):
        assert text.isprintable()
        if pattern not in FREE:
            assert not text.startswith("-")
            assert shlex.split(text.replace("$", "S")) == [text.replace("$", "S")]

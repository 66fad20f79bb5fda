"""What somebody who means harm, or a broken program, writes where a word or a number should be."""

from __future__ import annotations

import random
import string

WORDS = (
    "", " ", "-", "None", "null", "nan", "NaN", "inf", "-inf", "true", "NODATA", "SKIPDATA", "ACCEPT", "OK",
    "\x00", "a\x00b", "\x1b[31m", "\x1b]52;c;aGk=\x07", "\x07\x08", "\r", "\n", "\r\n", "\t", "\x85", "\u2028",
    "\ufeff", "\u202eabc",
    "\u2066x\u2069", "\u200b", "e\u0301\u0301\u0301", "\U0001f600", "\ud83d", "\udc00x", "\uffff", "ｆｕｌｌ",
    "*", "**", "?", "[ab]", "a[1].log", "{a,b}", "~", "$HOME", "$(id)", "`id`", "${version}", "%s%n", "{0}", "{{7*7}}",
    "--endpoint-url=http://198.51.100.9", "--help", "-x", "--", "../../etc/passwd", "/etc/passwd", "/dev/zero", "..",
    ".",
    "';--", "' OR ''='", '"', "'", '""', "\\", "\\\\", "x'); ATTACH ':memory:' AS y; --", "read_csv('/etc/passwd')",
    "=1+1", "+1", "@SUM(A1)", "-2+3", "=HYPERLINK(\"http://198.51.100.9\")", "[red]x[/red]", "[link=http://x]y[/link]",
    "<script>alert(1)</script>", "]]>", "--><svg onload=alert(1)>", "&amp;", "javascript:alert(1)", "</style>",
    "0.0.0.0/0", "::/0", "::", "0.0.0.0", "255.255.255.255", "10.0.0.0/33", "fe80::1%eth0", "::ffff:10.0.0.1",
    "01.2.3.4",
    "eni-0", "eni-ffffffffffffffff", "subnet-1", "nat-1", "vpce-1", "i-1", "pl-1", "igw-1", "local", "$LATEST", "tcp",
    "-1",
    "arn:aws:lambda:us-east-1:123456789012:function:x:1", "arn:" + ":" * 40, "us-east-1a", "us-east-1", "x" * 300,
)  # fmt: skip
"""Control characters, direction marks, halves of pairs, patterns, options, paths, SQL, formulas, markup, addresses."""

NUMBERS = (
    0, 1, -1, 2, 59, 60, 61, 600, 255, 256, 1023, 1024, 65535, 65536, 100_000, 2**24 + 1, 2**31 - 1, 2**31, -(2**31),
    2**32,
    2**53, 2**53 + 1, 2**62, 2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 2**64 - 1, 2**64, 10**18, 10**30, 10**308,
    99_999_999_999, 253_402_300_799, 253_402_300_800, -62_135_596_800, -62_135_596_801, 1_790_000_000,
    1_790_000_000_000,
)  # fmt: skip
"""Where a width, a clock or a table ends, and one more."""

FLOATS = (
    0.0,
    -0.0,
    0.5,
    1e-320,
    1e15,
    1e16,
    1e18,
    1e19,
    1e300,
    1.7e308,
    -1e300,
    float("nan"),
    float("inf"),
    -float("inf"),
)

MOMENTS = (
    "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+23:59", "1969-12-31T23:59:59Z", "1970-01-01T00:00:00Z",
    "2026-02-30T00:00:00Z", "2026-11-20T12:00:60Z", "2026-11-20T12:00:00+99:99", "2026-11-20 12:00:00", "2026-11-20",
    "2226-11-20T12:15:00Z", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-23:59", "10000-01-01T00:00:00Z", "now",
    "12:00",
    "2026-11-20T12:00:00.123456789Z", "2026-W47-5", "20261120T120000Z", "2026-11-20T24:00:00Z", "-2026-11-20T12:00:00Z",
    "２０２６-11-20T12:00:00Z",
)  # fmt: skip
"""Before and after what a calendar holds, and what is none."""


def word(rng: random.Random) -> str:
    """A hostile word, a moment, a number as text, or noise."""
    kind = rng.random()
    if kind < 0.6:
        return rng.choice(WORDS)
    if kind < 0.75:
        return rng.choice(MOMENTS)
    if kind < 0.9:
        return str(number(rng))
    letters = rng.choice((string.printable, string.hexdigits + ".:/-", "\x00\x1b\u202e\ud800é0aA \n"))
    return "".join(rng.choices(letters, k=rng.randrange(1, 24)))


def number(rng: random.Random) -> int | float:
    """A number where something ends, near it, or any."""
    kind = rng.random()
    if kind < 0.55:
        return rng.choice(NUMBERS)
    if kind < 0.7:
        return rng.choice(FLOATS)
    if kind < 0.85:
        return rng.choice(NUMBERS) + rng.choice((-1, 1))
    return rng.randrange(-(2**70), 2**70) >> rng.randrange(70)

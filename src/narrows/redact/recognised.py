"""What a piece of text is made of: each thing that has a shape of its own, and runs of letters and digits."""

from __future__ import annotations

import re

_BEGIN, _END = r"(?<![A-Za-z0-9])", r"(?![A-Za-z0-9])"
_REGION = (
    r"(?:[a-z]{2}|us-gov|us-iso[a-z]?|eu-isoe)-(?:north|south|east|west|central|northeast|northwest|southeast"
    r"|southwest)-\d{1,2}"
)
_PREFIXES = (
    "subnet-cidr-assoc", "vpc-cidr-assoc", "tgw-attach", "tgw-rtb", "eni-attach", "eipalloc", "eipassoc", "aclassoc",
    "rtbassoc", "vpce-svc", "subnet", "dopt", "vpce", "fsmt", "fsap", "eigw", "cagw", "lgw", "vgw", "cgw", "vpn", "igw",
    "ngw", "nat", "eni", "vpc", "rtb", "acl", "sgr", "sg", "tgw", "pcx", "pl", "fs", "fl", "vol", "snap", "ami", "lt",
    "ela-attach", "vpcbpa-exclude", "mi", "i", "r", "nacl", "ipam", "ipam-pool", "cluster", "db",
)  # fmt: skip
_ID_PREFIX = "|".join(sorted(_PREFIXES, key=len, reverse=True))

REGION = re.compile(_REGION)
ID_PREFIX = re.compile(rf"(?:{_ID_PREFIX})-.", re.DOTALL)
"""How an id of AWS's begins, one that people wrote by hand too: ``subnet-a``."""
ID = re.compile(rf"(?P<prefix>{_ID_PREFIX})-(?P<tail>.+)", re.DOTALL)
"""An id by its prefix, which says of what kind it is."""
TIME = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?")
ADDRESS = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?:/\d{1,2})?(?!\d|\.\d)")
_V6 = r"(?<![\w:.])(?:[0-9a-fA-F]{0,4}:){2,7}(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-fA-F]{1,4})?(?:/\d{1,3})?(?![\w:])"
HOST = r"(?:\*\.)?[A-Za-z0-9_][A-Za-z0-9_-]{0,62}(?:\.[A-Za-z0-9_-]{1,63}){1,12}"
_SECRET = (
    r"(?i:(?:pass(?:word|wd|phrase|code)?|pwd|secret|token|api[_-]?key|access[_-]?key|signature|credentials?|cookie)"
    r"(?:\\?[\"'])?\s*[=:]\s*(?:\\?[\"'])?|\b(?:bearer|basic)\s+)"
)

HOSTS = re.compile(rf"(?<![A-Za-z0-9._-]){HOST}\.?(?![A-Za-z0-9_-])")

TOKENS = re.compile(
    "|".join(
        f"(?P<{name}>{pattern})"
        for name, pattern in (
            ("escape", r"\\u[0-9a-fA-F]{4}|\\[nrtbf](?![a-z]*[:\\])"),
            ("latest", r"\$LATEST(?:\.PUBLISHED)?"),
            ("jwt", _BEGIN + r"eyJ[\w-]{8,}(?:\.[\w-]+){0,4}"),
            ("access_key", _BEGIN + r"(?:A3T|AKIA|ASIA|AROA|AIDA|AGPA|ANPA|ANVA|ABIA|ACCA)[A-Z0-9]{12,128}" + _END),
            ("secret", _SECRET + r"[^\s\"'&,;<>(){}\[\]\\]+"),
            ("user", r"(?<=://)[^/\s@\"'<>]{1,200}@"),
            ("email", _BEGIN + r"[A-Za-z0-9_.+%-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"),
            ("arn", _BEGIN + r"arn:aws[a-z-]*:[^\s\"'<>,;(){}\[\]\\]*"),
            ("log_group", r"/aws/lambda/[A-Za-z0-9_-]+"),
            ("uuid", _BEGIN + r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}" + _END),
            ("service", _BEGIN + rf"(?:com|cn\.com|aws)\.(?:amazonaws|api)\.(?:vpce\.)?{_REGION}\.[a-z0-9.-]+"),
            ("time", r"(?<!\d)" + TIME.pattern + r"(?!\d)|" + _BEGIN + r"\d{8}T\d{4,6}Z?" + _END),
            ("duration", _BEGIN + r"\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h)(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m))*" + _END),
            ("quota", _BEGIN + r"L-[0-9A-F]{8}" + _END),
            ("code", _BEGIN + r"0x[0-9a-fA-F]{1,8}" + _END),
            ("pointer", _BEGIN + r"0x[0-9a-fA-F]+" + _END),
            ("mac", _BEGIN + r"[0-9a-fA-F]{2}(?::[0-9a-fA-F]{2}){5}(?![\w:])"),
            ("v6", _V6),
            ("v4", ADDRESS.pattern),
            ("dashed", _BEGIN + r"(?:ip|ec2)-\d{1,3}(?:-\d{1,3}){3}(?![\d-])"),
            ("id", _BEGIN + rf"(?:{_ID_PREFIX})-(?:[0-9a-f]{{17}}|[0-9a-f]{{8}})" + _END),
            ("zone", _BEGIN + rf"{_REGION}(?:-[a-z]{{3}}-\d)?[a-z]?" + _END
                   + "|" + _BEGIN + r"[a-z]{3,4}\d-(?:[a-z]{3}\d-)?az\d" + _END),
            ("host", HOSTS.pattern),
            ("decimal", r"(?<![\w.])\d+\.\d+(?![\w.])"),
            ("run", r"[^\W_]+"),
        )
    )
)  # fmt: skip
"""The things in a text, each alternative before those whose shape it has as well."""

PLAIN = re.compile(
    "|".join(f"(?P<{name}>{TOKENS_OF})" for name, TOKENS_OF in (
        ("time", _BEGIN + r"\d{8}T\d{4,6}Z?" + _END),
        ("id", _BEGIN + rf"(?:{_ID_PREFIX})-(?:[0-9a-f]{{17}}|[0-9a-f]{{8}})" + _END),
        ("dashed", _BEGIN + r"(?:ip|ec2)-\d{1,3}(?:-\d{1,3}){3}(?![\d-])"),
        ("zone", _BEGIN + rf"{_REGION}(?:-[a-z]{{3}}-\d)?[a-z]?" + _END),
        ("run", r"[^\W_]+"),
    ))
)  # fmt: skip
"""The things in what turned out to be neither an address nor a host."""

PARTS = re.compile(r"[0-9]+|[^\W0-9_]+")
"""Letters and digits of a run."""
HEXADECIMAL = re.compile(r"(?=[0-9]*[a-f])(?=[a-f]*[0-9])[0-9a-f]{8,}|(?=[0-9]*[A-F])(?=[A-F]*[0-9])[0-9A-F]{8,}")
"""A run that is a number in hexadecimal digits, as ids and hashes are."""

AWS_NAME = re.compile(r"(?:^|\.)amazonaws\.com(?:\.cn)?$")
SHORT_REGION = re.compile(r"(?:us|eu|ap|ca|sa|me|af|il|mx)(?:n|s|e|w|c|ne|nw|se|sw|gov[ew])\d")
AWS_LABELS = frozenset((
    "aos", "api", "appsync-api", "cache", "codeartifact", "compute", "compute-1", "d", "data-kinesis", "dax", "ddb",
    "dkr", "docdb", "dualstack", "dynamodb", "ec2", "ecr", "efs", "elb", "es", "execute-api", "fips", "kafka",
    "kafka-serverless", "kms", "lambda-url", "memorydb", "mq", "neptune", "ng", "on", "queue", "rds", "redshift",
    "redshift-serverless", "s3", "s3-accesspoint", "s3-control", "s3-website", "sagemaker", "serverless", "sqs", "vpce",
))  # fmt: skip
"""Labels of the DNS names that AWS gives which say of what service one is."""
FIRST_LABELS = frozenset(("api", "clustercfg", "dualstack", "master", "replica", "runtime", "s3", "streams", "dkr"))
"""Those that stand in front of a name."""
RESERVED_TOPS = frozenset((
    "arpa", "corp", "example", "home", "internal", "intranet", "invalid", "lan", "local", "localdomain", "localhost",
    "private", "svc", "test",
))  # fmt: skip
"""Top labels that no registry gives away."""
TOPS = RESERVED_TOPS | frozenset((
    "ai", "app", "at", "au", "aws", "be", "biz", "br", "ca", "cc", "ch", "cloud", "cn", "co", "com", "cz", "de", "dev",
    "dk", "edu", "es", "eu", "fi", "fr", "gov", "ie", "il", "in", "info", "int", "io", "it", "jp", "kr", "me", "mil",
    "mx", "net", "network", "nl", "no", "nz", "online", "org", "pl", "pt", "ru", "se", "sg", "site", "store", "systems",
    "tech", "tv", "uk", "us", "xyz", "za",
))  # fmt: skip
"""Top labels by which a dotted word is taken for a host."""
SERVICES = (
    "mongodb.net", "confluent.cloud", "snowflakecomputing.com", "redislabs.com", "rds.amazonaws.com", "ec2.internal",
)  # fmt: skip
"""Names below which others have theirs, that tell of a service and of nobody."""

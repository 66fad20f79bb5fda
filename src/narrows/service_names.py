"""DNS names of AWS's services: whose VPC endpoint answers to one, and which are somebody's own resource instead."""

from __future__ import annotations

S3, DYNAMODB = "s3", "dynamodb"
"""The services that have gateway endpoints."""
_NAMES_BELOW = (S3, "ecr.api", "ecr.dkr", "sagemaker.api", "sagemaker.runtime")
"""Services, as ServiceName ends, whose names have more in front of the Region than one part: buckets, registries."""
_NAMED = {
    S3: ("s3", "*.s3", "*.s3-accesspoint", "*.s3-control", "s3-control"),
    "ecr.dkr": ("dkr.ecr", "*.dkr.ecr"),
    "execute-api": ("execute-api", "*.execute-api"),
    "appsync-api": ("*.appsync-api",),
    "codeartifact.api": ("codeartifact",),
    "codeartifact.repositories": ("*.d.codeartifact",),
    "kinesis-streams": ("kinesis", "*.data-kinesis", "*.control-kinesis"),
    "kinesis-firehose": ("firehose",),
    "dynamodb-streams": ("streams.dynamodb",),
}
"""The names in front of the Region to which a service's interface endpoint answers with private DNS, where they are not
the end of its ServiceName read backwards (``sqs``; ``api.ecr`` of ``ecr.api``). ``*`` is one part or more.

Sources: AWS PrivateLink Guide, AWS services that integrate with AWS PrivateLink, and for the names the guides of the
services: API Gateway (``*.execute-api``, public APIs too), S3, ECR, Kinesis. SQS's says that private DNS does not
cover its old names (``queue.amazonaws.com``, ``us-east-1.queue.amazonaws.com``); ``sts.amazonaws.com`` is no Region's.
"""
_BY_ROUTE = {
    S3: (*_NAMED[S3], "s3.dualstack", "*.s3.dualstack"),
    DYNAMODB: ("dynamodb", "*.ddb"),
}
"""Those whose addresses are in the prefix list of a gateway endpoint. DynamoDB Streams' are not (Developer Guide)."""


def answers_to(service: str, region: str, host: str, *, gateway: bool = False) -> bool:
    """Whether a DNS name is one that the VPC endpoint of a service answers to.

    Args:
        service: as the endpoint's ServiceName ends (``sqs``, ``ecr.dkr``), in ``region``.
        gateway: whether it is a gateway endpoint, which carries the names without a Region, too.
    """
    host = _plain(host)
    plain = (".".join(reversed(service.split("."))),)
    names = _BY_ROUTE.get(service, plain) if gateway else _NAMED.get(service, plain)
    if any(_is(host, f"{one}.{region}.amazonaws.com") for one in names):
        return True
    if not gateway:
        return False
    # S3's of old, and those of no Region.
    older = ("s3", "*.s3", f"s3-{region}", f"*.s3-{region}") if service == S3 else plain
    return any(_is(host, f"{one}.amazonaws.com") for one in older)


def host_of(service: str, region: str, *, gateway: bool = False) -> str:
    """A DNS name that the VPC endpoint of a service answers to: the one without anything of somebody's own in it, if
    there is one."""
    names = (_BY_ROUTE if gateway else _NAMED).get(service) or (".".join(reversed(service.split("."))),)
    return f"{names[0].replace('*', 'name')}.{region}.amazonaws.com"


def _is(host: str, name: str) -> bool:
    return host.endswith(name[1:]) and host != name[2:] if name.startswith("*.") else host == name


def service_of(host: str | None, region: str) -> str | None:
    """The service of AWS that a DNS name belongs to, in this Region; None for anybody else's.

    A load balancer, a cache, a broker or an API is somebody's own: its name has more in front of the service's.
    """
    if host is None:
        return None
    own = _plain(host).split(".")[0]
    if _plain(host) == f"{own}.{region}.amazonaws.com":
        return own
    return next((one for one in _NAMES_BELOW if answers_to(one, region, host, gateway=one == S3)), None)


def names_no_region(host: str) -> bool:
    """Whether a name of S3 is one that does not say the Region of its bucket."""
    return f".{_plain(host)}".endswith(f".{S3}.amazonaws.com")


def _plain(host: str) -> str:
    return host.lower().rstrip(".").removesuffix(".cn")

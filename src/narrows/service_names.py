"""DNS names of AWS's services: whose VPC endpoint answers to one, and which are somebody's own resource instead."""

from __future__ import annotations

S3, DYNAMODB = "s3", "dynamodb"
"""The services that have gateway endpoints."""
_NAMES_BELOW = (S3, "ecr.api", "ecr.dkr", "sagemaker.api", "sagemaker.runtime")
"""Services, as ServiceName ends, whose names have more in front of the Region than one part: buckets, registries."""


def answers_to(service: str, region: str, host: str, *, gateway: bool = False) -> bool:
    """Whether a DNS name is one that the VPC endpoint of a service answers to.

    Args:
        service: as the endpoint's ServiceName ends (``sqs``, ``ecr.dkr``), in ``region``.
        gateway: whether it is a gateway endpoint, which carries the names without a Region, too.
    """
    host = _plain(host)
    prefix = ".".join(reversed(service.split(".")))
    name = f"{prefix}.{region}.amazonaws.com"
    if host == name or host.endswith(f".{name}"):
        return True
    return gateway and (host == f"{prefix}.amazonaws.com" or host.endswith(f".{prefix}.amazonaws.com"))


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

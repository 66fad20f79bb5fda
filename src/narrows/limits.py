"""Every limit on the path, once: value, unit, scope, where it is documented and how sure that is.

Nothing else in narrows states one of these numbers. The text of the sources is not copied; the facts are.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Certainty(StrEnum):
    """How sure a fact is."""

    DOCUMENTED = "documented"
    """AWS or the vendor documents it."""
    REPORTED = "reported"
    """Users or third parties report it."""
    INFERRED = "inferred"
    """It follows from documented and reported facts."""
    UNVERIFIED = "unverified"
    """Nobody has verified it."""


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit of AWS, or of something on the path."""

    id: str
    """Stable name, as printed in every JSON answer."""
    value: int
    """The default value, in ``unit``."""
    unit: str
    scope: str
    """What the value is counted over."""
    source: str
    """Where it is stated."""
    certainty: Certainty
    adjustable: bool = False
    """Whether AWS raises it on request."""
    quota_code: str | None = None
    """Service Quotas code, where there is one."""
    quota_service: str | None = None
    """Service Quotas service code (``lambda``, ``vpc``, ``ec2``), where there is one."""
    largest: int | None = None
    """The most it can be raised to, where that is known."""


_LAMBDA_VPC = "AWS Lambda Developer Guide, Giving Lambda functions access to resources in a VPC"
_LAMBDA_QUOTAS = "AWS Lambda Developer Guide, Lambda quotas"
_LAMBDA_SCALING = "AWS Lambda Developer Guide, Lambda function scaling"
_LAMBDA_API = "AWS Lambda API Reference, VpcConfig"
_NAT = "Amazon VPC User Guide, NAT gateway basics"
_NAT_REGIONAL = "Amazon VPC User Guide, Regional NAT gateways"
_VPC_QUOTAS = "Amazon VPC User Guide, Amazon VPC quotas"
_CLOUDWATCH_API = "Amazon CloudWatch API Reference, GetMetricData"
_CLOUDWATCH_RETENTION = "Amazon CloudWatch User Guide, Metrics retention"
_CLOUDFORMATION_QUOTAS = "AWS CloudFormation User Guide, CloudFormation quotas"
_NLB = "Elastic Load Balancing User Guide, Network Load Balancers"

HYPERPLANE_ENI_CONNECTIONS = Limit(
    id="hyperplane-eni-connections",
    value=65_000,
    unit="connections",
    scope="Hyperplane ENI (one per subnet and security-group set), over all destinations and protocols",
    source=f"{_LAMBDA_VPC}; that it counts over all destinations is inferred from the missing 'per destination'",
    certainty=Certainty.DOCUMENTED,
)
NAT_CONNECTIONS_PER_DESTINATION = Limit(
    id="nat-connections-per-destination",
    value=55_000,
    unit="connections",
    scope="NAT gateway IPv4 address and unique destination (address, port, protocol)",
    source=_NAT,
    certainty=Certainty.DOCUMENTED,
)
NAT_SOURCE_PORTS = Limit(
    id="nat-source-ports",
    value=64_512,
    unit="ports",
    scope="NAT gateway IPv4 address: source ports 1024 to 65535",
    source=_NAT,
    certainty=Certainty.DOCUMENTED,
)
NAT_CONNECTIONS_PER_SECOND = Limit(
    id="nat-connections-per-second",
    value=900,
    unit="connections/s",
    scope="NAT gateway IPv4 address and unique destination; the churn that fills its ports at low concurrency",
    source="Amazon VPC User Guide of 2018 to 2023, NAT gateway basics; no longer in the text, never withdrawn",
    certainty=Certainty.INFERRED,
)
NAT_ADDRESSES = Limit(
    id="nat-addresses",
    value=8,
    unit="IPv4 addresses",
    scope="zonal NAT gateway: one primary and seven secondary",
    source=_NAT,
    certainty=Certainty.DOCUMENTED,
)
NAT_ELASTIC_IPS_QUOTA = Limit(
    id="nat-elastic-ips-quota",
    value=2,
    unit="Elastic IP addresses",
    scope="public NAT gateway",
    source=_VPC_QUOTAS,
    certainty=Certainty.DOCUMENTED,
    adjustable=True,
    quota_code="L-5F53652F",
    quota_service="vpc",
    largest=8,
)
REGIONAL_NAT_ADDRESSES = Limit(
    id="regional-nat-addresses",
    value=32,
    unit="IPv4 addresses",
    scope="regional NAT gateway and Availability Zone",
    source=_NAT_REGIONAL,
    certainty=Certainty.DOCUMENTED,
)
PRIVATE_NAT_ADDRESSES = Limit(
    id="private-nat-addresses",
    value=8,
    unit="private IPv4 addresses",
    scope="private NAT gateway",
    source=_VPC_QUOTAS,
    certainty=Certainty.DOCUMENTED,
    adjustable=True,
    quota_code="L-DFA99DE7",
    quota_service="vpc",
    largest=32,
)
NAT_GATEWAYS_PER_AZ = Limit(
    id="nat-gateways-per-az",
    value=5,
    unit="NAT gateways",
    scope="Availability Zone",
    source=_VPC_QUOTAS,
    certainty=Certainty.DOCUMENTED,
    adjustable=True,
    quota_code="L-FE5A380F",
    quota_service="vpc",
)
ELASTIC_IPS_PER_REGION = Limit(
    id="elastic-ips-per-region",
    value=5,
    unit="Elastic IP addresses",
    scope="account and Region",
    source=_VPC_QUOTAS,
    certainty=Certainty.DOCUMENTED,
    adjustable=True,
    quota_code="L-0263D0A3",
    quota_service="ec2",
)
NAT_IDLE_TIMEOUT = Limit(
    id="nat-idle-timeout",
    value=350,
    unit="s",
    scope="connection through a NAT gateway: after this silence the next packet is answered with RST",
    source=_NAT,
    certainty=Certainty.DOCUMENTED,
)
NAT_BANDWIDTH = Limit(
    id="nat-bandwidth",
    value=100_000_000_000,
    unit="bit/s",
    scope="NAT gateway (scales up from 5 Gbit/s by itself)",
    source=_NAT,
    certainty=Certainty.DOCUMENTED,
)
NAT_PACKETS = Limit(
    id="nat-packets",
    value=10_000_000,
    unit="packets/s",
    scope="NAT gateway (scales up from 1 million packets/s by itself)",
    source=_NAT,
    certainty=Certainty.DOCUMENTED,
)
LAMBDA_ENIS_PER_VPC = Limit(
    id="lambda-enis-per-vpc",
    value=500,
    unit="Hyperplane ENIs",
    scope="VPC",
    source=f"{_LAMBDA_QUOTAS} (250 before 2025)",
    certainty=Certainty.DOCUMENTED,
    adjustable=True,
    quota_code="L-9FEE3D26",
    quota_service="lambda",
)
ENIS_PER_REGION = Limit(
    id="enis-per-region",
    value=5_000,
    unit="network interfaces",
    scope="account and Region",
    source=_VPC_QUOTAS,
    certainty=Certainty.DOCUMENTED,
    adjustable=True,
    quota_code="L-DF5E4CA3",
    quota_service="vpc",
)
SUBNETS_PER_FUNCTION = Limit(
    id="subnets-per-function",
    value=16,
    unit="subnets",
    scope="function",
    source=_LAMBDA_API,
    certainty=Certainty.DOCUMENTED,
)
SUBNET_RESERVED_ADDRESSES = Limit(
    id="subnet-reserved-addresses",
    value=5,
    unit="IPv4 addresses",
    scope="subnet: the first four and the last one, which AWS keeps",
    source="Amazon VPC User Guide, Subnet CIDR blocks",
    certainty=Certainty.DOCUMENTED,
)
SECURITY_GROUPS_PER_FUNCTION = Limit(
    id="security-groups-per-function",
    value=5,
    unit="security groups",
    scope="function",
    source=_LAMBDA_API,
    certainty=Certainty.DOCUMENTED,
)
CONCURRENT_EXECUTIONS = Limit(
    id="concurrent-executions",
    value=1_000,
    unit="execution environments",
    scope="account and Region",
    source=_LAMBDA_QUOTAS,
    certainty=Certainty.DOCUMENTED,
    adjustable=True,
    quota_code="L-B99A9384",
    quota_service="lambda",
)
SCALE_UP_SECONDS = 10
"""What ``SCALE_UP_ENVIRONMENTS`` is counted over."""
SCALE_UP_ENVIRONMENTS = Limit(
    id="scale-up-environments",
    value=1_000,
    unit=f"execution environments per {SCALE_UP_SECONDS} s",
    scope="function",
    source=_LAMBDA_SCALING,
    certainty=Certainty.DOCUMENTED,
)
REQUESTS_PER_ENVIRONMENT = Limit(
    id="requests-per-environment",
    value=10,
    unit="requests/s",
    scope="execution environment, synchronous invocation",
    source=_LAMBDA_QUOTAS,
    certainty=Certainty.DOCUMENTED,
)
FILE_DESCRIPTORS = Limit(
    id="file-descriptors",
    value=1_024,
    unit="file descriptors",
    scope="execution environment",
    source=_LAMBDA_QUOTAS,
    certainty=Certainty.DOCUMENTED,
)
FUNCTION_TIMEOUT = Limit(
    id="function-timeout",
    value=900,
    unit="s",
    scope="invocation",
    source=_LAMBDA_QUOTAS,
    certainty=Certainty.DOCUMENTED,
)
FUNCTION_DEFAULT_TIMEOUT = Limit(
    id="function-default-timeout",
    value=3,
    unit="s",
    scope="invocation of a function that is made without a timeout",
    source="AWS Lambda API Reference, CreateFunction: Timeout",
    certainty=Certainty.DOCUMENTED,
)
INIT_PHASE = Limit(
    id="init-phase",
    value=10,
    unit="s",
    scope="execution environment, from its start to its first request for an event; after it, anew in the invocation",
    source="AWS Lambda Developer Guide, Understanding the Lambda execution environment lifecycle; "
    "longer with provisioned concurrency and SnapStart",
    certainty=Certainty.DOCUMENTED,
)
DNS_PACKETS = Limit(
    id="dns-packets",
    value=1_024,
    unit="packets/s",
    scope="network interface to the VPC resolver; for Hyperplane ENIs not documented",
    source=f"{_VPC_QUOTAS} (for EC2 instances); Lambda failures attributed to it: cisagov/cyhy-system#22",
    certainty=Certainty.INFERRED,
)
INTERFACE_ENDPOINTS_PER_VPC = Limit(
    id="interface-endpoints-per-vpc",
    value=50,
    unit="interface endpoints",
    scope="VPC",
    source="AWS PrivateLink Guide, AWS PrivateLink quotas",
    certainty=Certainty.DOCUMENTED,
    adjustable=True,
    quota_code="L-29B6F2EB",
    quota_service="vpc",
)
NLB_CONNECTIONS_PER_MINUTE = Limit(
    id="nlb-connections-per-minute",
    value=55_000,
    unit="connections/min",
    scope="Network Load Balancer address and unique target, client IP preservation off",
    source=_NLB,
    certainty=Certainty.DOCUMENTED,
)
ELASTICACHE_CONNECTIONS = Limit(
    id="elasticache-connections",
    value=65_000,
    unit="connections",
    scope="ElastiCache or MemoryDB node, or serverless cache",
    source="Amazon ElastiCache User Guide, Best practices: large number of connections",
    certainty=Certainty.DOCUMENTED,
)
MSK_IAM_CONNECTIONS = Limit(
    id="msk-iam-connections",
    value=3_000,
    unit="connections",
    scope="broker of Amazon MSK, of clients that authenticate with IAM",
    source="Amazon MSK Developer Guide, Amazon MSK quota",
    certainty=Certainty.DOCUMENTED,
)
RDS_MAX_CONNECTIONS = Limit(
    id="rds-max-connections",
    value=5_000,
    unit="connections",
    scope="DB instance of Amazon RDS for PostgreSQL, unless its parameter group says otherwise: "
    "LEAST({DBInstanceClassMemory/9531392}, 5000)",
    source="Amazon RDS User Guide, Quotas and constraints: Maximum number of database connections",
    certainty=Certainty.DOCUMENTED,
)
DATABASE_RESERVED_CONNECTIONS = Limit(
    id="database-reserved-connections",
    value=10,
    unit="connections",
    scope="database of RDS: of max_connections, at most those that applications do not get",
    source="PostgreSQL documentation, Connections and Authentication: superuser_reserved_connections, 3 by default; "
    "RDS keeps some more (rds_reserved, rds_superuser), of which it states no number",
    certainty=Certainty.INFERRED,
)
QUEUE_DEFAULT_VISIBILITY = Limit(
    id="queue-default-visibility",
    value=30,
    unit="s",
    scope="message that is received from a queue of SQS made without a visibility timeout: so long it is hidden",
    source="Amazon SQS API Reference, CreateQueue: VisibilityTimeout",
    certainty=Certainty.DOCUMENTED,
)
FLOW_LOG_DEFAULT_INTERVAL = Limit(
    id="flow-log-default-interval",
    value=600,
    unit="s",
    scope="record of a flow log that is made without an aggregation interval",
    source="Amazon EC2 API Reference, CreateFlowLogs: MaxAggregationInterval",
    certainty=Certainty.DOCUMENTED,
)
GET_METRIC_DATA_METRICS = Limit(
    id="get-metric-data-metrics",
    value=500,
    unit="metrics",
    scope="call of GetMetricData",
    source=_CLOUDWATCH_API,
    certainty=Certainty.DOCUMENTED,
)
GET_METRIC_DATA_DATAPOINTS = Limit(
    id="get-metric-data-datapoints",
    value=100_800,
    unit="datapoints",
    scope="answer of GetMetricData; the rest comes in further ones",
    source=_CLOUDWATCH_API,
    certainty=Certainty.DOCUMENTED,
)
METRICS_BY_MINUTE = Limit(
    id="metrics-by-minute",
    value=15,
    unit="days",
    scope="datapoints of CloudWatch with a period of a minute",
    source=_CLOUDWATCH_RETENTION,
    certainty=Certainty.DOCUMENTED,
)
METRICS_BY_FIVE_MINUTES = Limit(
    id="metrics-by-five-minutes",
    value=63,
    unit="days",
    scope="datapoints of CloudWatch with a period of five minutes",
    source=_CLOUDWATCH_RETENTION,
    certainty=Certainty.DOCUMENTED,
)
METRICS_BY_HOUR = Limit(
    id="metrics-by-hour",
    value=455,
    unit="days",
    scope="datapoints of CloudWatch with a period of an hour",
    source=_CLOUDWATCH_RETENTION,
    certainty=Certainty.DOCUMENTED,
)
METRIC_RETENTION: dict[int, Limit] = {60: METRICS_BY_MINUTE, 300: METRICS_BY_FIVE_MINUTES, 3_600: METRICS_BY_HOUR}
"""For how long datapoints are kept, by their period in seconds."""
CLOUDFORMATION_RESOURCES = Limit(
    id="cloudformation-resources",
    value=500,
    unit="resources",
    scope="template, those counted that a transform makes",
    source=_CLOUDFORMATION_QUOTAS,
    certainty=Certainty.DOCUMENTED,
)
CLOUDFORMATION_OUTPUTS = Limit(
    id="cloudformation-outputs",
    value=200,
    unit="outputs",
    scope="template",
    source=_CLOUDFORMATION_QUOTAS,
    certainty=Certainty.DOCUMENTED,
)
CLOUDFORMATION_PARAMETERS = Limit(
    id="cloudformation-parameters",
    value=200,
    unit="parameters",
    scope="template",
    source=_CLOUDFORMATION_QUOTAS,
    certainty=Certainty.DOCUMENTED,
)
CLOUDFORMATION_REQUEST_BYTES = Limit(
    id="cloudformation-request-bytes",
    value=51_200,
    unit="bytes",
    scope="template that stands in the request; a larger one is uploaded to Amazon S3 first",
    source=_CLOUDFORMATION_QUOTAS,
    certainty=Certainty.DOCUMENTED,
)
CLOUDFORMATION_UPLOADED_BYTES = Limit(
    id="cloudformation-uploaded-bytes",
    value=1_000_000,
    unit="bytes",
    scope="template that was uploaded to Amazon S3 (1 MB)",
    source=_CLOUDFORMATION_QUOTAS,
    certainty=Certainty.DOCUMENTED,
)

LIMITS: dict[str, Limit] = {limit.id: limit for limit in tuple(globals().values()) if isinstance(limit, Limit)}
"""Every limit by id, in the order of this file."""

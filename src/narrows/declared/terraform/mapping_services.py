"""Lambda, CloudWatch, ElastiCache and RDS Proxy: from Terraform's names to CloudFormation's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from narrows.declared.model import Resource, Unknown, Value
from narrows.declared.terraform.instances import Instance
from narrows.declared.terraform.kinds import Block, Kind, Properties, block_maps, child, is_said, itself
from narrows.limits import FUNCTION_DEFAULT_TIMEOUT

PROVISIONED: Final = "AWS::Lambda::ProvisionedConcurrencyConfig"
"""CloudFormation has no such type: its aliases and versions say it."""
_NOT_READ: Final = Unknown("values of environment variables are not read")


def _function(instance: Instance, properties: Properties) -> Iterator[Resource]:
    names = [
        str(key) for block in block_maps(instance.values.get("environment")) for key in _keys(block.get("variables"))
    ]
    if names:
        # Only the names: the values may be secrets.
        properties["Environment"] = {"Variables": dict.fromkeys(sorted(names), _NOT_READ)}
    if properties.get("ReservedConcurrentExecutions") == -1:
        del properties["ReservedConcurrentExecutions"]
    config = properties.get("VpcConfig")
    if isinstance(config, Mapping) and not {"SubnetIds", "SecurityGroupIds"} & config.keys():
        del properties["VpcConfig"]
    if instance.values.get("publish") is True:
        yield child(instance, "AWS::Lambda::Version", {"FunctionName": itself(instance)})


def _keys(value: Value) -> Iterator[str]:
    return iter(value) if isinstance(value, Mapping) else iter(())


def _alias(instance: Instance, properties: Properties) -> Iterator[Resource]:
    for block in block_maps(instance.values.get("routing_config")):
        weights = block.get("additional_version_weights")
        if isinstance(weights, Mapping) and weights:
            listed: list[Value] = [
                {"FunctionVersion": key, "FunctionWeight": weight} for key, weight in sorted(weights.items())
            ]
            properties["RoutingConfig"] = {"AdditionalVersionWeights": listed}
    yield from ()


def _alarm(instance: Instance, properties: Properties) -> Iterator[Resource]:
    if is_said(dimensions := _dimensions(instance.values.get("dimensions"))):
        properties["Dimensions"] = dimensions
    queries: list[Value] = []
    for query in block_maps(instance.values.get("metric_query")):
        returned: Properties = {
            name: query[key]
            for key, name in (("id", "Id"), ("expression", "Expression"), ("label", "Label"), ("period", "Period"))
            if is_said(query.get(key))
        }
        # In Terraform a query returns nothing unless it says so; in CloudFormation it does unless it says not.
        returned["ReturnData"] = query.get("return_data") is True
        for metric in block_maps(query.get("metric")):
            named = {"Namespace": metric.get("namespace"), "MetricName": metric.get("metric_name")}
            named["Dimensions"] = _dimensions(metric.get("dimensions"))
            stat: Properties = {"Metric": {key: value for key, value in named.items() if is_said(value)}}
            stat |= {
                name: metric[key]
                for key, name in (("period", "Period"), ("stat", "Stat"), ("unit", "Unit"))
                if is_said(metric.get(key))
            }
            returned["MetricStat"] = stat
        queries.append(returned)
    if queries:
        properties["Metrics"] = queries
    yield from ()


def _dimensions(dimensions: Value) -> Value:
    if isinstance(dimensions, list | tuple):
        # Before Terraform 0.12 a map could be written as a block.
        dimensions = {name: value for block in block_maps(dimensions) for name, value in block.items()}
    if isinstance(dimensions, Mapping):
        return [{"Name": name, "Value": value} for name, value in sorted(dimensions.items())]
    return dimensions if isinstance(dimensions, Unknown) else None


KINDS: Final[Mapping[str, Kind]] = {
    "aws_lambda_function": Kind(
        "AWS::Lambda::Function",
        {
            "architectures": "Architectures",
            "function_name": "FunctionName",
            "handler": "Handler",
            "layers": "Layers",
            "memory_size": "MemorySize",
            "package_type": "PackageType",
            "reserved_concurrent_executions": "ReservedConcurrentExecutions",
            "runtime": "Runtime",
            "timeout": "Timeout",
            "vpc_config": Block(
                "VpcConfig",
                {
                    "ipv6_allowed_for_dual_stack": "Ipv6AllowedForDualStack",
                    "security_group_ids": "SecurityGroupIds",
                    "subnet_ids": "SubnetIds",
                },
            ),
        },
        {
            "architectures": ["x86_64"],
            "ipv6_allowed_for_dual_stack": False,
            "memory_size": 128,
            "package_type": "Zip",
            "timeout": FUNCTION_DEFAULT_TIMEOUT.value,
        },
        more=_function,
        attributes={"qualified_arn": "Arn"},
    ),
    "aws_lambda_alias": Kind(
        "AWS::Lambda::Alias",
        {"function_name": "FunctionName", "function_version": "FunctionVersion", "name": "Name"},
        tags=False,
        more=_alias,
    ),
    "aws_lambda_provisioned_concurrency_config": Kind(
        PROVISIONED,
        {
            "function_name": "FunctionName",
            "provisioned_concurrent_executions": "ProvisionedConcurrentExecutions",
            "qualifier": "Qualifier",
        },
        tags=False,
    ),
    "aws_lambda_event_source_mapping": Kind(
        "AWS::Lambda::EventSourceMapping",
        {
            "batch_size": "BatchSize",
            "enabled": "Enabled",
            "event_source_arn": "EventSourceArn",
            "function_name": "FunctionName",
            "maximum_batching_window_in_seconds": "MaximumBatchingWindowInSeconds",
            "parallelization_factor": "ParallelizationFactor",
            "provisioned_poller_config": Block(
                "ProvisionedPollerConfig", {"maximum_pollers": "MaximumPollers", "minimum_pollers": "MinimumPollers"}
            ),
            "scaling_config": Block("ScalingConfig", {"maximum_concurrency": "MaximumConcurrency"}),
        },
        {"enabled": True},
    ),
    "aws_sqs_queue": Kind("AWS::SQS::Queue", {"name": "QueueName", "visibility_timeout_seconds": "VisibilityTimeout"}),
    "aws_cloudwatch_metric_alarm": Kind(
        "AWS::CloudWatch::Alarm",
        {
            "actions_enabled": "ActionsEnabled",
            "alarm_actions": "AlarmActions",
            "alarm_description": "AlarmDescription",
            "alarm_name": "AlarmName",
            "comparison_operator": "ComparisonOperator",
            "datapoints_to_alarm": "DatapointsToAlarm",
            "evaluation_periods": "EvaluationPeriods",
            "extended_statistic": "ExtendedStatistic",
            "metric_name": "MetricName",
            "namespace": "Namespace",
            "period": "Period",
            "statistic": "Statistic",
            "threshold": "Threshold",
            "treat_missing_data": "TreatMissingData",
            "unit": "Unit",
        },
        {"actions_enabled": True, "treat_missing_data": "missing"},
        more=_alarm,
    ),
    "aws_elasticache_cluster": Kind(
        "AWS::ElastiCache::CacheCluster",
        {
            "cluster_id": "ClusterName",
            "engine": "Engine",
            "engine_version": "EngineVersion",
            "node_type": "CacheNodeType",
            "num_cache_nodes": "NumCacheNodes",
            "port": "Port",
            "security_group_ids": "VpcSecurityGroupIds",
            "subnet_group_name": "CacheSubnetGroupName",
        },
    ),
    "aws_elasticache_replication_group": Kind(
        "AWS::ElastiCache::ReplicationGroup",
        {
            "engine": "Engine",
            "engine_version": "EngineVersion",
            "node_type": "CacheNodeType",
            "num_cache_clusters": "NumCacheClusters",
            "num_node_groups": "NumNodeGroups",
            "port": "Port",
            "replicas_per_node_group": "ReplicasPerNodeGroup",
            "replication_group_id": "ReplicationGroupId",
            "security_group_ids": "SecurityGroupIds",
            "subnet_group_name": "CacheSubnetGroupName",
        },
    ),
    "aws_elasticache_serverless_cache": Kind(
        "AWS::ElastiCache::ServerlessCache",
        {
            "engine": "Engine",
            "name": "ServerlessCacheName",
            "security_group_ids": "SecurityGroupIds",
            "subnet_ids": "SubnetIds",
        },
    ),
    "aws_elasticache_subnet_group": Kind(
        "AWS::ElastiCache::SubnetGroup", {"name": "CacheSubnetGroupName", "subnet_ids": "SubnetIds"}
    ),
    "aws_db_proxy": Kind(
        "AWS::RDS::DBProxy",
        {
            "engine_family": "EngineFamily",
            "name": "DBProxyName",
            "vpc_security_group_ids": "VpcSecurityGroupIds",
            "vpc_subnet_ids": "VpcSubnetIds",
        },
    ),
}
"""By Terraform's type."""

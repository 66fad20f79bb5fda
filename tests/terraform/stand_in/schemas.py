"""What the stand-in for Terraform's aws provider knows of each resource type: arguments, attributes, what replaces.

Written after the provider's own source (hashicorp/terraform-provider-aws, ``internal/service/*``, 6.x), as far as the
tests use it. It is held to nothing here: what runs in the tests proves that files are well formed and well wired, and
that what the provider's source calls ForceNew is left alone; not what AWS does.

Imported by the stand-in, in an environment of its own: it imports nothing.
"""

# name:type flags, where type is s (string), n (number), b (bool), S (set of strings), L (list of strings), M (map of
# strings), and the flags are r (required), o (optional), c (computed), F (a change replaces the resource).
_TAGS = "tags:M:o tags_all:M:c"
_NEXT_HOPS = (
    "gateway_id:s:o nat_gateway_id:s:o egress_only_gateway_id:s:o transit_gateway_id:s:o vpc_peering_connection_id:s:o "
    "vpc_endpoint_id:s:o network_interface_id:s:o carrier_gateway_id:s:o core_network_arn:s:o local_gateway_id:s:o"
)
_RULE = (
    "from_port:n:r to_port:n:r protocol:s:r cidr_blocks:L:o ipv6_cidr_blocks:L:o prefix_list_ids:L:o "
    "security_groups:S:o self:b:o description:s:o"
)
_ONE_RULE = (
    "id:s:c arn:s:c security_group_rule_id:s:c security_group_id:s:rF ip_protocol:s:r cidr_ipv4:s:o cidr_ipv6:s:o "
    f"from_port:n:o to_port:n:o prefix_list_id:s:o referenced_security_group_id:s:o description:s:o {_TAGS}"
)
_ACL_RULE = (
    "from_port:n:r to_port:n:r protocol:s:r rule_no:n:r action:s:r cidr_block:s:o ipv6_cidr_block:s:o icmp_type:n:o "
    "icmp_code:n:o"
)

RESOURCES = {
    "aws_vpc": f"id:s:c arn:s:c cidr_block:s:ocF enable_dns_hostnames:b:oc enable_dns_support:b:oc "
    f"instance_tenancy:s:o assign_generated_ipv6_cidr_block:b:o ipv6_cidr_block:s:oc main_route_table_id:s:c "
    f"default_security_group_id:s:c default_network_acl_id:s:c default_route_table_id:s:c {_TAGS}",
    "aws_vpc_ipv4_cidr_block_association": "id:s:c vpc_id:s:rF cidr_block:s:ocF",
    "aws_subnet": f"id:s:c arn:s:c vpc_id:s:rF cidr_block:s:oF availability_zone:s:ocF availability_zone_id:s:ocF "
    f"map_public_ip_on_launch:b:o assign_ipv6_address_on_creation:b:o ipv6_cidr_block:s:oc {_TAGS}",
    "aws_internet_gateway": f"id:s:c arn:s:c vpc_id:s:oc {_TAGS}",
    "aws_egress_only_internet_gateway": f"id:s:c vpc_id:s:rF {_TAGS}",
    "aws_eip": f"id:s:c arn:s:c allocation_id:s:c public_ip:s:c private_ip:s:c domain:s:ocF instance:s:oc "
    f"network_interface:s:oc public_ipv4_pool:s:ocF association_id:s:c {_TAGS}",
    "aws_nat_gateway": f"id:s:c allocation_id:s:ocF association_id:s:c availability_mode:s:ocF "
    f"connectivity_type:s:oF network_interface_id:s:c private_ip:s:ocF public_ip:s:c secondary_allocation_ids:S:oc "
    f"secondary_private_ip_address_count:n:oc secondary_private_ip_addresses:S:oc subnet_id:s:oF vpc_id:s:ocF "
    f"{_TAGS}",
    "aws_nat_gateway_eip_association": "id:s:c allocation_id:s:rF nat_gateway_id:s:rF association_id:s:c",
    "aws_route_table": f"id:s:c arn:s:c vpc_id:s:rF owner_id:s:c propagating_vgws:S:o {_TAGS}",
    "aws_route": "id:s:c route_table_id:s:rF destination_cidr_block:s:oF destination_ipv6_cidr_block:s:oF "
    f"destination_prefix_list_id:s:oF origin:s:c state:s:c {_NEXT_HOPS}",
    "aws_route_table_association": "id:s:c route_table_id:s:r subnet_id:s:oF gateway_id:s:oF",
    "aws_security_group": f"id:s:c arn:s:c name:s:ocF name_prefix:s:ocF description:s:oF vpc_id:s:ocF owner_id:s:c "
    f"revoke_rules_on_delete:b:o {_TAGS}",
    "aws_security_group_rule": "id:s:c security_group_rule_id:s:c security_group_id:s:rF type:s:rF protocol:s:rF "
    "from_port:n:rF to_port:n:rF cidr_blocks:L:oF ipv6_cidr_blocks:L:oF prefix_list_ids:L:oF self:b:oF "
    "source_security_group_id:s:ocF description:s:o",
    "aws_vpc_security_group_egress_rule": _ONE_RULE,
    "aws_vpc_security_group_ingress_rule": _ONE_RULE,
    "aws_network_acl": f"id:s:c arn:s:c vpc_id:s:rF owner_id:s:c subnet_ids:S:oc {_TAGS}",
    "aws_network_acl_rule": "id:s:c network_acl_id:s:rF rule_number:n:rF egress:b:oF protocol:s:rF rule_action:s:rF "
    "cidr_block:s:oF ipv6_cidr_block:s:oF from_port:n:oF to_port:n:oF",
    "aws_network_acl_association": "id:s:c network_acl_id:s:r subnet_id:s:rF",
    "aws_vpc_endpoint": f"id:s:c arn:s:c vpc_id:s:rF service_name:s:oF vpc_endpoint_type:s:oF route_table_ids:S:oc "
    f"subnet_ids:S:oc security_group_ids:S:oc private_dns_enabled:b:oc policy:s:oc ip_address_type:s:oc "
    f"auto_accept:b:o state:s:c prefix_list_id:s:c {_TAGS}",
    "aws_vpc_endpoint_route_table_association": "id:s:c vpc_endpoint_id:s:rF route_table_id:s:rF",
    "aws_vpc_endpoint_subnet_association": "id:s:c vpc_endpoint_id:s:rF subnet_id:s:rF",
    "aws_lambda_function": f"id:s:c arn:s:c function_name:s:rF role:s:r handler:s:o runtime:s:o filename:s:o "
    f"s3_bucket:s:o s3_key:s:o image_uri:s:o package_type:s:oF source_code_hash:s:oc timeout:n:o memory_size:n:o "
    f"reserved_concurrent_executions:n:o publish:b:o layers:L:o architectures:L:oc description:s:o kms_key_arn:s:o "
    f"qualified_arn:s:c invoke_arn:s:c version:s:c last_modified:s:c {_TAGS}",
    "aws_lambda_alias": "id:s:c arn:s:c name:s:rF function_name:s:rF function_version:s:r description:s:o",
    "aws_lambda_permission": "id:s:c statement_id:s:ocF action:s:rF function_name:s:rF principal:s:rF source_arn:s:oF",
    "aws_cloudwatch_log_group": f"id:s:c arn:s:c name:s:ocF retention_in_days:n:o kms_key_id:s:o {_TAGS}",
    "aws_cloudwatch_metric_alarm": f"id:s:c arn:s:c alarm_name:s:rF alarm_description:s:o comparison_operator:s:r "
    f"evaluation_periods:n:r datapoints_to_alarm:n:o metric_name:s:o namespace:s:o period:n:o statistic:s:o "
    f"extended_statistic:s:o threshold:n:o treat_missing_data:s:o actions_enabled:b:o alarm_actions:S:o "
    f"ok_actions:S:o insufficient_data_actions:S:o unit:s:o dimensions:M:o {_TAGS}",
    "aws_flow_log": f"id:s:c arn:s:c vpc_id:s:oF subnet_id:s:oF eni_id:s:oF traffic_type:s:oF "
    f"log_destination:s:ocF log_destination_type:s:oF log_format:s:ocF iam_role_arn:s:oF "
    f"max_aggregation_interval:n:oF {_TAGS}",
    "aws_iam_role": f"id:s:c arn:s:c name:s:ocF name_prefix:s:ocF assume_role_policy:s:r path:s:oF unique_id:s:c "
    f"description:s:o managed_policy_arns:S:oc max_session_duration:n:o {_TAGS}",
    "aws_iam_role_policy": "id:s:c name:s:ocF role:s:rF policy:s:r",
    "aws_iam_role_policy_attachment": "id:s:c role:s:rF policy_arn:s:rF",
    "aws_s3_bucket": f"id:s:c arn:s:c bucket:s:ocF bucket_prefix:s:ocF force_destroy:b:o {_TAGS}",
    "aws_sqs_queue": f"id:s:c arn:s:c url:s:c name:s:ocF visibility_timeout_seconds:n:o {_TAGS}",
    "aws_sns_topic": f"id:s:c arn:s:c name:s:ocF {_TAGS}",
    "aws_lb": f"id:s:c arn:s:c dns_name:s:c name:s:ocF internal:b:ocF load_balancer_type:s:oF subnets:S:oc "
    f"security_groups:S:oc {_TAGS}",
}
"""Type: its arguments and attributes."""

BLOCKS = {
    "aws_nat_gateway": {
        "availability_zone_address": "allocation_ids:S:r availability_zone:s:oc availability_zone_id:s:oc",
    },
    "aws_route_table": {"route": f"cidr_block:s:o ipv6_cidr_block:s:o destination_prefix_list_id:s:o {_NEXT_HOPS}"},
    "aws_security_group": {"ingress": _RULE, "egress": _RULE},
    "aws_network_acl": {"ingress": _ACL_RULE, "egress": _ACL_RULE},
    "aws_lambda_function": {
        "vpc_config": "subnet_ids:S:r security_group_ids:S:r ipv6_allowed_for_dual_stack:b:o",
        "environment": "variables:M:o",
        "tracing_config": "mode:s:r",
        "dead_letter_config": "target_arn:s:r",
        "ephemeral_storage": "size:n:oc",
    },
    "aws_lambda_alias": {"routing_config": "additional_version_weights:M:o"},
    "aws_vpc_endpoint": {"dns_options": "dns_record_ip_type:s:o"},
}
"""Type: its nested blocks. Those that the provider lets also be written as attributes are blocks here."""

DATA = {
    "aws_availability_zones": "id:s:c state:s:o all_availability_zones:b:o names:L:c zone_ids:L:c exclude_names:S:o",
    "aws_region": "id:s:c name:s:oc region:s:oc description:s:c",
    "aws_caller_identity": "id:s:c account_id:s:c arn:s:c user_id:s:c",
    "aws_partition": "id:s:c partition:s:c dns_suffix:s:c",
    "aws_vpc": "id:s:oc cidr_block:s:oc default:b:oc tags:M:oc arn:s:c",
    "aws_subnet": "id:s:oc vpc_id:s:oc cidr_block:s:oc availability_zone:s:oc tags:M:oc arn:s:c",
    "aws_subnets": "id:s:c ids:L:c tags:M:oc",
    "aws_route_table": "id:s:oc route_table_id:s:oc subnet_id:s:oc vpc_id:s:oc tags:M:oc",
    "aws_nat_gateway": "id:s:oc subnet_id:s:oc vpc_id:s:oc tags:M:oc public_ip:s:c",
    "aws_security_group": "id:s:oc name:s:oc vpc_id:s:oc tags:M:oc arn:s:c",
    "aws_iam_policy_document": "id:s:c json:s:c version:s:o",
}
"""Type of data source: its arguments and attributes."""

DATA_BLOCKS = {
    "aws_availability_zones": {"filter": "name:s:r values:S:r"},
    "aws_vpc": {"filter": "name:s:r values:S:r"},
    "aws_subnets": {"filter": "name:s:r values:S:r"},
    "aws_iam_policy_document": {"statement": "sid:s:o effect:s:o actions:S:o resources:S:o"},
}

ZONES = ("a", "b", "c")
"""Letters of the Region's Availability Zones."""
PREFIXES = {
    "aws_vpc": "vpc",
    "aws_subnet": "subnet",
    "aws_internet_gateway": "igw",
    "aws_egress_only_internet_gateway": "eigw",
    "aws_eip": "eipalloc",
    "aws_nat_gateway": "nat",
    "aws_route_table": "rtb",
    "aws_route_table_association": "rtbassoc",
    "aws_security_group": "sg",
    "aws_vpc_security_group_egress_rule": "sgr",
    "aws_vpc_security_group_ingress_rule": "sgr",
    "aws_network_acl": "acl",
    "aws_network_acl_association": "aclassoc",
    "aws_vpc_endpoint": "vpce",
    "aws_flow_log": "fl",
}
"""Of ids, as AWS makes them."""

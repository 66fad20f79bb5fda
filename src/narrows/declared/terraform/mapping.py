"""From instances of Terraform's resources to declared ones, in CloudFormation's vocabulary."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from narrows.declared.model import Reference, Resource, Value
from narrows.declared.terraform import mapping_network, mapping_rules, mapping_services
from narrows.declared.terraform.instances import Instance, without_indices
from narrows.declared.terraform.kinds import Block, Kind, Properties, Table, block_maps, is_said, tags_of
from narrows.declared.terraform.mapping_network import EIP_ASSOCIATION
from narrows.declared.terraform.mapping_services import PROVISIONED

KINDS: Final[Mapping[str, Kind]] = {**mapping_network.KINDS, **mapping_rules.KINDS, **mapping_services.KINDS}
"""By Terraform's type."""
_OLD_RULE: Final = "aws_security_group_rule"
_NUMBERS: Final = frozenset(
    {"Timeout", "MemorySize", "ReservedConcurrentExecutions", "Period", "EvaluationPeriods", "DatapointsToAlarm"}
    | {"Threshold", "MaxAggregationInterval", "ProvisionedConcurrentExecutions", "SecondaryPrivateIpAddressCount"}
    | {
        "NumNodeGroups",
        "NumCacheClusters",
        "NumCacheNodes",
        "ReplicasPerNodeGroup",
        "Port",
        "BatchSize",
        "VisibilityTimeout",
    }
)
"""Properties that Terraform also takes as text."""
FOLDED: Final = (
    (EIP_ASSOCIATION, "NatGatewayId", "AllocationId", "SecondaryAllocationIds"),
    *mapping_rules.FOLDED,
)


def is_mapped(type_: str) -> bool:
    """Whether resources of this type of Terraform's are declared."""
    return type_ in KINDS or type_ == _OLD_RULE


def resources_of(instances: Iterable[Instance]) -> tuple[Resource, ...]:
    """The declared resources of instances, in their order; what becomes several has the one that it is first."""
    resources = [resource for instance in instances if is_mapped(instance.type) for resource in _resources(instance)]
    return tuple(_folded(resources))


def _resources(instance: Instance) -> Iterator[Resource]:
    if instance.type == _OLD_RULE:
        for resource in mapping_rules.old_rule(instance):
            yield _pointed(resource)
        return
    kind = KINDS[instance.type]
    properties = _properties(kind.table, instance.values, kind.defaults)
    if kind.tags and is_said(tags := tags_of(instance)):
        properties["Tags"] = tags
    more = [] if kind.more is None else list(kind.more(instance, properties))
    lines = dict(_lines(instance, kind.table))
    made = Resource(
        kind.type, instance.address, instance.place, properties, instance.id, instance.conditional, lines=lines
    )
    if instance.type == "aws_route_table_association" and more:
        made, more = more[0], []
    for resource in (made, *more):
        yield _pointed(resource)


def _lines(instance: Instance, table: Table) -> Iterator[tuple[tuple[str | int, ...], int]]:
    """Where properties stand."""
    for path, line in instance.lines.items():
        name = table.get(str(path[0]), _ELSEWHERE.get(str(path[0])))
        if isinstance(name, str):
            yield (name,), line
        elif isinstance(name, Block):
            inner = name.table.get(str(path[-1]))
            at: tuple[str | int, ...] = (name.name, *(path[1:2] if name.many else ()))
            if len(path) == 1:
                yield (name.name,), line
            elif isinstance(inner, str):
                yield (*at, inner), line


_ELSEWHERE: Final = {
    "dimensions": "Dimensions",
    "egress": "SecurityGroupEgress",
    "environment": "Environment",
    "ingress": "SecurityGroupIngress",
    "metric_query": "Metrics",
    "routing_config": "RoutingConfig",
    "tags": "Tags",
}
"""Properties that are not in a table."""


def _properties(table: Table, values: Mapping[str, Value], defaults: Mapping[str, Value]) -> Properties:
    properties: Properties = {}
    for key, name in table.items():
        value = values.get(key)
        if isinstance(name, Block):
            if isinstance(value, Mapping | list | tuple):
                blocks: list[Value] = [_properties(name.table, block, defaults) for block in block_maps(value)]
                value = blocks if name.many else (blocks[0] if blocks else None)
            name = name.name
        elif name in _NUMBERS:
            value = mapping_rules.number(value)
        if is_said(value) and not (key in defaults and value == defaults[key]):
            properties[name] = value
    return properties


def _pointed(resource: Resource) -> Resource:
    """With CloudFormation's names in its references."""
    return replace(resource, properties={key: pointed(value) for key, value in resource.properties.items()})


def pointed(value: Value) -> Value:
    """A value with CloudFormation's names of attributes in its references."""
    if isinstance(value, Reference):
        return Reference(value.address, attribute_of(value.address, value.attribute))
    if isinstance(value, Mapping):
        return {key: pointed(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [pointed(member) for member in value]
    return value


def attribute_of(address: str, attribute: str) -> str:
    """CloudFormation's name of an attribute; empty for the id."""
    words = without_indices(address).split(".")
    type_ = words[-2] if len(words) > 1 else ""
    if attribute in ("", "id") or (type_, attribute) == ("aws_eip", "allocation_id"):
        return ""
    kind = KINDS.get(type_)
    if kind is not None:
        if attribute in kind.attributes:
            return kind.attributes[attribute]
        name = kind.table.get(attribute)
        if isinstance(name, str):
            return name
    return "".join(word.capitalize() for word in attribute.split("_"))


def _folded(resources: list[Resource]) -> Iterator[Resource]:
    """With the lists that associations make."""
    more: dict[str, dict[str, list[Value]]] = {}
    by_id = {resource.id: resource.address for resource in resources if resource.id is not None}
    for type_, owner, item, name in FOLDED:
        for resource in resources:
            if resource.type == type_ and (address := _address(resource.properties.get(owner), by_id)) is not None:
                more.setdefault(address, {}).setdefault(name, []).append(resource.properties.get(item))
    provisioned = [resource for resource in resources if resource.type == PROVISIONED]
    for resource in resources:
        added = more.pop(resource.address, None)
        properties = dict(resource.properties)
        for name, values in (added or {}).items():
            given = properties.get(name)
            listed = list(given) if isinstance(given, list | tuple) else []
            properties[name] = listed + [value for value in values if value not in listed]
        for config in provisioned if resource.type == "AWS::Lambda::Alias" else ():
            if _is_of(config, resource, by_id):
                count = config.properties.get("ProvisionedConcurrentExecutions")
                properties["ProvisionedConcurrencyConfig"] = {"ProvisionedConcurrentExecutions": count}
        yield replace(resource, properties=properties) if properties != resource.properties else resource


def _address(value: Value, by_id: Mapping[str, str]) -> str | None:
    if isinstance(value, Reference):
        return value.address
    return by_id.get(value) if isinstance(value, str) else None


def _is_of(config: Resource, alias: Resource, by_id: Mapping[str, str]) -> bool:
    if config.properties.get("FunctionName") != alias.properties.get("FunctionName"):
        return False
    qualifier = config.properties.get("Qualifier")
    return qualifier == alias.properties.get("Name") or (
        isinstance(qualifier, Reference) and qualifier.address == alias.address
    )

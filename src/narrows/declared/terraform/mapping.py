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
    found = [resource for one in instances if is_mapped(one.type) for resource in _resources(one)]
    return tuple(_folded(found))


def _resources(one: Instance) -> Iterator[Resource]:
    if one.type == _OLD_RULE:
        for resource in mapping_rules.old_rule(one):
            yield _pointed(resource)
        return
    kind = KINDS[one.type]
    properties = _properties(kind.table, one.values, kind.defaults)
    if kind.tags and is_said(tags := tags_of(one)):
        properties["Tags"] = tags
    more = [] if kind.more is None else list(kind.more(one, properties))
    lines = dict(_lines(one, kind.table))
    own = Resource(kind.type, one.address, one.place, properties, one.id, one.conditional, lines=lines)
    if one.type == "aws_route_table_association" and more:
        own, more = more[0], []
    for resource in (own, *more):
        yield _pointed(resource)


def _lines(one: Instance, table: Table) -> Iterator[tuple[tuple[str | int, ...], int]]:
    """Where properties stand."""
    for path, line in one.lines.items():
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
    found: Properties = {}
    for key, name in table.items():
        value = values.get(key)
        if isinstance(name, Block):
            if isinstance(value, Mapping | list | tuple):
                blocks: list[Value] = [_properties(name.table, one, defaults) for one in block_maps(value)]
                value = blocks if name.many else (blocks[0] if blocks else None)
            name = name.name
        elif name in _NUMBERS:
            value = mapping_rules.number(value)
        if is_said(value) and not (key in defaults and value == defaults[key]):
            found[name] = value
    return found


def _pointed(resource: Resource) -> Resource:
    """With CloudFormation's names in its references."""
    return replace(resource, properties={key: pointed(value) for key, value in resource.properties.items()})


def pointed(value: Value) -> Value:
    """A value with CloudFormation's names of attributes in its references."""
    if isinstance(value, Reference):
        return Reference(value.address, attribute_of(value.address, value.attribute))
    if isinstance(value, Mapping):
        return {key: pointed(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [pointed(one) for one in value]
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
    by_id = {one.id: one.address for one in resources if one.id is not None}
    for type_, owner, item, name in FOLDED:
        for one in resources:
            if one.type == type_ and (address := _address(one.properties.get(owner), by_id)) is not None:
                more.setdefault(address, {}).setdefault(name, []).append(one.properties.get(item))
    provisioned = [one for one in resources if one.type == PROVISIONED]
    for one in resources:
        added = more.pop(one.address, None)
        properties = dict(one.properties)
        for name, values in (added or {}).items():
            given = properties.get(name)
            listed = list(given) if isinstance(given, list | tuple) else []
            properties[name] = listed + [value for value in values if value not in listed]
        for config in provisioned if one.type == "AWS::Lambda::Alias" else ():
            if _is_of(config, one, by_id):
                count = config.properties.get("ProvisionedConcurrentExecutions")
                properties["ProvisionedConcurrencyConfig"] = {"ProvisionedConcurrentExecutions": count}
        yield replace(one, properties=properties) if properties != one.properties else one


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

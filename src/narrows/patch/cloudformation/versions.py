"""Published versions of functions whose VPC configuration changes: each keeps the one that it was published with, so a
new one is published, and the alias leads to it."""

from __future__ import annotations

import copy

from narrows.patch.cloudformation.making import Making, another
from narrows.patch.cloudformation.nodes import Json, same
from narrows.patch.cloudformation.templates import Found
from narrows.plan.edits import Placed

_VERSION, _ALIAS = "AWS::Lambda::Version", "AWS::Lambda::Alias"
_ALL_PROPERTIES = "AutoPublishAliasAllProperties"
"""Without it SAM publishes a version when code, environment, memory size or SnapStart change, and for nothing else."""


def configurations(making: Making) -> dict[Found, list[Json]]:
    """The VPC configuration of each function that the plan places anew, as the templates say it now."""
    functions = [making.finder.function(edit.function) for edit in making.edits() if isinstance(edit, Placed)]
    return {function: _configuration(making, function) for function in functions if function is not None}


def _configuration(making: Making, function: Found) -> list[Json]:
    configuration: list[Json] = []
    for config, _ in making.finder.vpc_configs(function):
        configuration.append(copy.deepcopy(config))
        for value in config.values():
            passed = making.finder.passed(function.template, value)
            configuration.append(None if passed is None else copy.deepcopy(passed[1]))
    return configuration


def publish_versions(making: Making, before: dict[Found, list[Json]]) -> None:
    """Add a new version of each function whose configuration is no longer the same, where versions are published."""
    for function, configuration in before.items():
        if not same(configuration, _configuration(making, function)):
            _let_sam_publish(making, function)
            _publish(making, function)


def _let_sam_publish(making: Making, function: Found) -> None:
    shared = function.template.value.get("Globals")
    shared = shared.get("Function") if isinstance(shared, dict) else None
    settings = {**(shared if isinstance(shared, dict) else {}), **function.known}
    if function.type != "AWS::Serverless::Function" or "AutoPublishAlias" not in settings:
        return
    if _ALL_PROPERTIES not in settings:
        function.properties[_ALL_PROPERTIES] = True
        making.risk(
            f"{function.name}: SAM publishes a version with the new VPC configuration and leads the alias to it, by "
            f"{_ALL_PROPERTIES}; from now on it does so when any property changes"
        )
    elif settings[_ALL_PROPERTIES] is not True:
        way = ("Resources", function.name, "Properties", _ALL_PROPERTIES)
        where = way if _ALL_PROPERTIES in function.known else ("Globals", "Function", _ALL_PROPERTIES)
        making.ask(
            f"set {_ALL_PROPERTIES} of {function.name}, or change its code with the same deployment: else SAM "
            "publishes no version, and the alias stays with the old VPC configuration",
            function.template.place(*where),
        )


def _publish(making: Making, function: Found) -> None:
    versions = [version for version in making.folder.of(_VERSION) if _is_of(making, version, function)]
    published: dict[Found, Found] = {}
    aliases = [alias for alias in making.folder.of(_ALIAS) if _is_of(making, alias, function)]
    for alias in aliases:
        _move(making, alias, published)
    for version in versions:
        users = [user for user in version.template.users(version.name) if user not in aliases]
        if version not in published or users:
            named = f", which {users[0].name} ({users[0].place}) names" if users else ""
            making.ask(
                f"{version.name}{named} keeps the VPC configuration that {function.name} had when it was published: "
                "publish another version for whoever calls it",
                version.place,
            )


def _is_of(making: Making, resource: Found, function: Found) -> bool:
    """Whether a version or an alias belongs to a function."""
    named = resource.known.get("FunctionName")
    is_name = isinstance(named, str) and named == function.known.get("FunctionName")
    return is_name or making.folder.resolved(resource.template, named) == function


def _move(making: Making, alias: Found, published: dict[Found, Found]) -> None:
    """Lead an alias to a new version, made after the one that it leads to."""
    named = alias.known.get("FunctionVersion")
    if named == "$LATEST":
        return
    version = making.folder.resolved(alias.template, named)
    place = alias.template.place("Resources", alias.name, "Properties", "FunctionVersion")
    if version is None or version.type != _VERSION or version.template is not alias.template:
        making.ask(
            f"the version that {alias.name} leads to comes from elsewhere, and keeps the old VPC configuration: "
            "publish one after the update and lead the alias to it",
            place,
        )
        return
    if version not in published:
        resource = copy.deepcopy(version.resource)
        resource.pop("Metadata", None)
        published[version] = version.template.add(another(version.name), resource)
        if "ProvisionedConcurrencyConfig" in version.known:
            making.ask(f"take away the provisioned concurrency of {version.name}: the new version has its own", place)
    new = published[version]
    alias.properties["FunctionVersion"] = new.att("Version")
    making.risk(f"{alias.name} leads to {new.name}, a new version: the calls through it get the new VPC configuration")
    if "RoutingConfig" in alias.known:
        making.ask(
            f"{alias.name} sends part of its calls to other versions, which keep the old VPC configuration",
            alias.template.place("Resources", alias.name, "Properties", "RoutingConfig"),
        )

"""ListFunctions of what is declared, with the reserved concurrency that GetFunction says beside it."""

from __future__ import annotations

from narrows.declared import resource_types
from narrows.declared.described.told import Book, Shape, Told, present
from narrows.limits import FUNCTION_DEFAULT_TIMEOUT, FUNCTION_TIMEOUT

_LATEST = "$LATEST"


def functions(book: Book) -> list[Shape]:
    """ListFunctions with every version. A version has no VPC configuration of its own in any file: its function's."""
    versions: list[Shape] = []
    by_name: dict[str, Shape] = {}
    for name, told in book.all(resource_types.FUNCTION):
        latest = _function(name, told)
        by_name[name] = latest
        versions.append(latest)
    published: dict[str, int] = {}
    for _, told in book.all(resource_types.VERSION):
        function = _function_named(told)
        if function in by_name:
            published[function] = published.get(function, 0) + 1
            versions.append({**by_name[function], "Version": str(published[function])})
    return versions


def _function(name: str, told: Told) -> Shape:
    config = _vpc_config(told)
    timeout, reserved = told.whole("Timeout"), told.whole("ReservedConcurrentExecutions")
    if timeout is not None and not 0 < timeout <= FUNCTION_TIMEOUT.value:
        told.ask("Timeout", f"Lambda takes no timeout of {timeout:,} seconds")
        timeout = None
    return present(
        FunctionName=name,
        Version=_LATEST,
        Timeout=FUNCTION_DEFAULT_TIMEOUT.value if timeout is None else timeout,
        VpcConfig=config,
        CapacityProviderConfig={} if "CapacityProviderConfig" in told else None,
        # Terraform has -1 for none.
        ReservedConcurrentExecutions=None if reserved is None or reserved < 0 else reserved,
    )


def _vpc_config(told: Told) -> Shape | None:
    config = told.part("VpcConfig")
    if config is None:
        return None
    return present(
        SubnetIds=config.texts("SubnetIds") or [],
        SecurityGroupIds=config.texts("SecurityGroupIds") or [],
        Ipv6AllowedForDualStack=config.flag("Ipv6AllowedForDualStack") or False,
    )


def _function_named(told: Told) -> str | None:
    """The name of the function that something is of; it is asked where that is not known."""
    name = told.book.ids.function_of(told.resource.properties.get("FunctionName"))
    if name is None:
        told.value("FunctionName")
    return name


def provisioned(book: Book) -> dict[str, int]:
    """The provisioned concurrency of all aliases and versions of each function, where it is known."""
    environments: dict[str, int] = {}
    for _, told in book.all(resource_types.ALIAS, resource_types.VERSION):
        name, config = _function_named(told), told.part("ProvisionedConcurrencyConfig")
        many = config.whole("ProvisionedConcurrentExecutions") if config else None
        if name is not None and many:
            environments[name] = environments.get(name, 0) + many
    return environments


def invoked_by(book: Book) -> dict[str, list[str]]:
    """Of each function what its event source mappings say of its concurrency, in words."""
    words: dict[str, list[str]] = {}
    for _, told in book.all(resource_types.EVENT_SOURCE_MAPPING):
        name, scaling = _function_named(told), told.part("ScalingConfig")
        most = scaling.whole("MaximumConcurrency") if scaling else None
        if name is not None and most:
            words.setdefault(name, []).append(f"{told.resource.address} runs {most:,} at once at the most")
    return words

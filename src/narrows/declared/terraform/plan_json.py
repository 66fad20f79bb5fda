"""What Terraform wrote: a plan or a state as ``terraform show -json`` prints it, or a state file itself."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from typing import Any

from narrows.bounds import JSON_BYTES, TERRAFORM_INSTANCES, TERRAFORM_MODULES
from narrows.declared.model import Declared, Fault, Place, Value
from narrows.declared.terraform.folder import FolderOf
from narrows.declared.terraform.instances import Instance, indexed, without_indices
from narrows.declared.terraform.mapping import is_mapped, resources_of
from narrows.declared.terraform.plan_expressions import Within
from narrows.declared.terraform.plan_values import Known, value_of
from narrows.declared.terraform.references import Planned, Resolver, listed, members, words
from narrows.declared.terraform.regions import region_of
from narrows.errors import InputError, shown
from narrows.opening import read_whole

_SHOW = "write it with: terraform show -json FILE > plan.json"
_SHOW_STATE = "write it where Terraform runs, with: terraform show -json > state.json"
_ARN = re.compile(r"arn:aws[a-z-]*:[a-z0-9-]+:([a-z0-9-]+):(\d{12}):")
_RAW_VERSION = 4
_REPLACES = (["delete", "create"], ["create", "delete"])


def read_terraform_json(file: str | os.PathLike[str], *, folder: str | os.PathLike[str] | None = None) -> Declared:
    """What a plan or a state declares.

    Args:
        folder: the root module's files, where they are there: they give the places, and say which resource is meant
            where the plan's references leave it open.

    Raises:
        InputError: it is neither, or of a version that is not read.
    """
    from narrows.case.reading.aws_json import parse_json

    raw = read_whole(file, JSON_BYTES, _SHOW)
    if raw.startswith(b"PK"):
        raise InputError("is a plan file, not JSON", file=file, advice=_SHOW)
    document = parse_json(raw, file)
    if isinstance(document, list) and any(isinstance(line, dict) and "@level" in line for line in document):
        raise InputError("is what terraform plan -json prints on its way", file=file, advice=_SHOW)
    if not isinstance(document, dict):
        raise InputError("is neither a plan nor a state of Terraform", file=file, advice=_SHOW)
    try:
        return _Reading(document, file, folder).declared()
    except RecursionError:
        raise InputError("is nested too deeply", file=file) from None


class _Reading:
    def __init__(self, document: dict[str, Any], file: str | os.PathLike[str], folder: Any) -> None:
        self.document = document
        self.file = file
        self.place = Place(os.fspath(file))
        self.faults: list[Fault] = []
        self.open = False
        """Whether references of the plan led nowhere."""
        self.files = None if folder is None else FolderOf(folder)
        self.places = {} if self.files is None else {name: block.place for name, block in self.files.blocks()}

    def declared(self) -> Declared:
        """All of it."""
        if "planned_values" in self.document or "resource_changes" in self.document:
            self._check_format("plan")
            instances = list(self._planned())
        elif "values" in self.document or self._is_empty():
            self._check_format("state")
            instances = list(self._instances(members(self.document.get("values")).get("root_module"), {}, None, {}))
        elif "encrypted_data" in self.document:
            raise InputError("is an encrypted state or plan", file=self.file, advice=_SHOW_STATE)
        elif "backend" in self.document:
            raise InputError("says where the state is kept, and is not the state", file=self.file, advice=_SHOW_STATE)
        elif "version" in self.document and "provider" not in self.document:
            instances = list(self._raw())
        else:
            raise InputError("is neither a plan nor a state of Terraform", file=self.file, advice=_SHOW)
        resources = resources_of(instances)
        if self.open and self.files is None:
            text = "the plan leaves open what some values come from; put its JSON beside the .tf files to read them too"
            self.faults.append(Fault(self.place, text))
        if not resources:
            self.faults.append(Fault(self.place, "no resource of a VPC, of Lambda or of their alarms is in it"))
        region, fault = region_of(instances, _region(self.document, "aws"))
        if fault is not None:
            self.faults.append(fault)
        return Declared(
            "terraform",
            resources,
            tuple(self.faults),
            region=region,
            account=next((owner for instance in instances if (owner := _of_arn(instance.values)[1]) is not None), None),
            provider_version=self._version(),
            files=(self.place.file, *(() if self.files is None else sorted(self.files.world.reading.files.values()))),
        )

    def _is_empty(self) -> bool:
        return (
            set(self.document) <= {"format_version", "terraform_version", "checks"}
            and "format_version" in self.document
        )

    def _check_format(self, kind: str) -> None:
        version = self.document.get("format_version")
        if not isinstance(version, str) or not version.startswith("1."):
            version_said = "no format_version" if version is None else f"format_version {shown(version)}"
            raise InputError(
                f"a {kind} with {version_said}, where 1.x is read",
                file=self.file,
                advice="write it with Terraform 1.1 or newer: terraform show -json",
            )

    def _planned(self) -> Iterator[Instance]:
        changes: dict[str, Mapping[str, Any]] = {}
        for changed in listed(self.document.get("resource_changes")):
            address = members(changed).get("address")
            if isinstance(address, str) and "deposed" not in members(changed):
                changes[address] = members(members(changed).get("change"))
        self._tell_removed(changes)
        root = members(members(self.document.get("planned_values")).get("root_module"))
        planned = Planned.of(self.document, self._flat(root))
        resolver = Resolver(planned, self._note)
        files = {} if self.files is None else {instance.address: instance.values for instance in self.files.instances()}
        yield from self._instances(root, changes, resolver, files)
        self.open = resolver.open

    def _tell_removed(self, changes: Mapping[str, Mapping[str, Any]]) -> None:
        """A fault for the resources that the plan deletes, and one for those that it replaces."""
        mapped = {name: change.get("actions") for name, change in changes.items() if is_mapped(_type_of(name))}
        deleted = [name for name, actions in mapped.items() if actions == ["delete"]]
        replaced = [name for name, actions in mapped.items() if actions in _REPLACES]
        for names, text in (
            (deleted, "the plan deletes {}: what is deleted is not read"),
            (replaced, "the plan replaces {}: another id and, of a NAT gateway, open connections that drop"),
        ):
            if names:
                more = f" and {len(names) - 1:,} more" if len(names) > 1 else ""
                self._note(names[0], text.format(f"{names[0]}{more}"))

    def _note(self, address: str, text: str) -> None:
        self.faults.append(Fault(self._place(address), text))

    def _flat(self, module: Any) -> list[tuple[str, dict[str, Any]]]:
        """Each resource with its module's address."""
        resources: list[tuple[str, dict[str, Any]]] = []
        self._walk(module, "", resources, 0)
        return resources

    def _walk(self, module: Any, path: str, into: list[tuple[str, dict[str, Any]]], depth: int) -> None:
        if depth > TERRAFORM_MODULES:
            raise InputError(f"more than {TERRAFORM_MODULES} modules within modules", file=self.file)
        for resource in listed(members(module).get("resources")):
            into.append((path, members(resource)))
            if len(into) > TERRAFORM_INSTANCES:
                raise InputError(f"more than {TERRAFORM_INSTANCES:,} resources", file=self.file)
        for child in listed(members(module).get("child_modules")):
            address = members(child).get("address")
            self._walk(child, address if isinstance(address, str) else path, into, depth + 1)

    def _instances(
        self,
        module: Any,
        changes: Mapping[str, Mapping[str, Any]],
        resolver: Resolver | None,
        files: Mapping[str, Mapping[str, Value]],
    ) -> Iterator[Instance]:
        for path, resource in self._flat(module):
            type_, address = resource.get("type"), resource.get("address")
            if not isinstance(type_, str) or not isinstance(address, str) or resource.get("mode") != "managed":
                continue
            change = changes.get(address, {})
            actions = change.get("actions")
            if not is_mapped(type_) or actions in (["delete"], ["forget"]):
                continue
            values = members(resource.get("values"))
            sensitive = change.get("after_sensitive", resource.get("sensitive_values"))
            known = Known(change.get("after_unknown"), sensitive, files.get(address, {}))
            of = None if resolver is None else Within.of(resolver, path, resource)
            provider = None if of is None else _region(self.document, of.provider)
            yield self._instance(type_, address, value_of(values, known, of), self._tags(resolver), provider)

    def _tags(self, resolver: Resolver | None) -> Value:
        """The tags that the provider puts on everything, where the plan or the files say them."""
        for block in () if resolver is None else resolver.planned.default_tags:
            tags = members(members(block).get("tags")).get("constant_value")
            if isinstance(tags, dict):
                return {str(key): value for key, value in tags.items() if isinstance(value, str)}
        return None if self.files is None or resolver is None else self.files.default_tags("")

    def _raw(self) -> Iterator[Instance]:
        version = self.document.get("version")
        if version != _RAW_VERSION:
            raise InputError(
                f"a state of version {shown(version)}, where 4 is read",
                file=self.file,
                advice="run terraform show -json, and give what it prints",
            )
        count = 0
        for entry in listed(self.document.get("resources")):
            resource = members(entry)
            type_, name = resource.get("type"), resource.get("name")
            if resource.get("mode") != "managed" or not isinstance(type_, str) or not isinstance(name, str):
                continue
            module = resource.get("module")
            base = f"{module}.{type_}.{name}" if isinstance(module, str) else f"{type_}.{name}"
            for given in listed(resource.get("instances")):
                instance = members(given)
                key = instance.get("index_key")
                if not is_mapped(type_) or "deposed" in instance:
                    continue
                count += 1
                if count > TERRAFORM_INSTANCES:
                    raise InputError(f"more than {TERRAFORM_INSTANCES:,} resources", file=self.file)
                address = indexed(base, key if isinstance(key, str | int) else None)
                known = Known(None, _sensitive(instance.get("sensitive_attributes")), {})
                yield self._instance(type_, address, value_of(members(instance.get("attributes")), known, None), None)

    def _instance(
        self, type_: str, address: str, values: Mapping[str, Value], tags: Value, provider: str | None = None
    ) -> Instance:
        id_, region = values.get("id"), values.get("region")
        return Instance(
            type_,
            address,
            self._place(address),
            values,
            id_ if isinstance(id_, str) else None,
            default_tags=tags,
            region=region if isinstance(region, str) else _of_arn(values)[0] or provider,
        )

    def _place(self, address: str) -> Place:
        return self.places.get(without_indices(address), self.place)

    def _version(self) -> str | None:
        if self.files is not None and (version := self.files.version()) is not None:
            return version
        for provider in members(members(self.document.get("configuration")).get("provider_config")).values():
            version = members(provider).get("version_constraint")
            if members(provider).get("name") == "aws" and isinstance(version, str):
                return version
        return None


def _of_arn(values: Mapping[str, Value]) -> tuple[str | None, str | None]:
    """The Region and the account in a resource's ARN."""
    arn = values.get("arn")
    match = _ARN.match(arn) if isinstance(arn, str) else None
    return (None, None) if match is None else (match[1], match[2])


def _region(document: Mapping[str, Any], provider: str) -> str | None:
    """What a provider of the plan's configuration says of the Region."""
    providers = members(members(document.get("configuration")).get("provider_config"))
    said = members(members(members(providers.get(provider)).get("expressions")).get("region"))
    if isinstance(constant := said.get("constant_value"), str):
        return constant
    for reference in listed(said.get("references")):
        parts = words(reference)
        if len(parts) == 2 and parts[0][0] == "var":
            value = members(members(document.get("variables")).get(parts[1][0])).get("value")
            if isinstance(value, str):
                return value
    return None


def _type_of(address: str) -> str:
    """The type in an address of a resource: ``aws_vpc`` of ``module.net["a"].aws_vpc.this[0]``."""
    return without_indices(address).rpartition(".")[0].rpartition(".")[2]


def _sensitive(paths: Any) -> dict[str, bool]:
    """Of a state file's paths the attributes that they begin with."""
    attributes: dict[str, bool] = {}
    for path in listed(paths):
        first = members(next(iter(listed(path)), None)).get("value")
        if isinstance(first, str):
            attributes[first] = True
    return attributes

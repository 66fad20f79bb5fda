"""The templates of a folder, what they declare, and how they use each other."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import cast

from narrows.bounds import FOLDERS_DEEP, TEMPLATE_FILES, YAML_BYTES
from narrows.declared.cloudformation.nested import uploaded_name
from narrows.errors import InputError, one_line
from narrows.opening import is_folder, open_inside, read_at_most, read_whole
from narrows.patch.cloudformation.document import document_of
from narrows.patch.cloudformation.nodes import Document, Json

Object = dict[str, Json]

SUFFIXES = (".yaml", ".yml", ".json", ".template")
_IGNORED = ("node_modules", ".git", ".venv", ".aws-sam", "venv", "__pycache__")
_STACKS = {"AWS::CloudFormation::Stack": "TemplateURL", "AWS::Serverless::Application": "Location"}
_LOOKS = re.compile(rb"^[ \t]*\"?(Resources|AWSTemplateFormatVersion)\"?[ \t]*:|\"Resources\"[ \t\r\n]*:", re.MULTILINE)
_SUB = re.compile(r"\$\{([A-Za-z0-9]+)\}$")


@dataclass(eq=False)
class Template:
    """One template, as it is and as it becomes."""

    path: str
    """Relative to the folder, with ``/`` between parts."""
    content: bytes | None
    """None for one that is new."""
    document: Document | None
    value: Object
    """What it shall say: the changes are made here."""
    uses: list[Use] = field(default_factory=list)
    """The stacks that are made of it, in other templates of the folder."""

    def section(self, name: str) -> Object:
        """A section, which is made where it is not there."""
        found = self.value.get(name)
        if not isinstance(found, dict):
            found = {}
            self.value[name] = found
        return found

    @property
    def resources(self) -> Mapping[str, Object]:
        """Every resource by its logical id."""
        found = self.value.get("Resources")
        every = found if isinstance(found, dict) else {}
        return {key: one for key, one in every.items() if isinstance(one, dict) and isinstance(one.get("Type"), str)}

    @property
    def parameters(self) -> Object:
        """Its parameters."""
        found = self.value.get("Parameters")
        return found if isinstance(found, dict) else {}

    def place(self, *way: str) -> str:
        """Where something stands, as far down as it does: ``template.yaml:12``."""
        if self.document is None:
            return self.path
        while way:
            above = self.document.root.get(*way[:-1])
            above = above.target if above is not None and above.target is not None else above
            found = [one for one in above.entries if one.key == way[-1]] if above is not None else []
            if found:
                line = self.document.text.count("\n", 0, found[0].start) + 1
                return f"{self.path}:{line}"
            way = way[:-1]
        return self.path

    def fresh(self, base: str) -> str:
        """A logical id that nothing in the template has: letters and digits."""
        words = re.findall(r"[A-Za-z0-9]+", base)
        name = "".join(word[:1].upper() + word[1:] for word in words)[:200] or "Narrows"
        taken = {
            key.lower()
            for section in ("Resources", "Parameters", "Conditions", "Mappings", "Outputs")
            for key in self._keys(section)
        }
        if name.lower() not in taken:
            return name
        stem = re.sub(r"\d+$", "", name) or name
        number = 2
        while f"{stem}{number}".lower() in taken:
            number += 1
        return f"{stem}{number}"

    def _keys(self, section: str) -> Iterator[str]:
        found = self.value.get(section)
        yield from found if isinstance(found, dict) else ()

    def add(self, base: str, resource: Object) -> Found:
        """Declare one more resource; what it has no value for is left out."""
        name = self.fresh(base)
        self.section("Resources")[name] = {key: value for key, value in resource.items() if value not in (None, {}, [])}
        return Found(self, name)

    def parameter(self, base: str, kind: str, description: str, default: str | None = None) -> Json:
        """A reference to a new parameter."""
        name = self.fresh(base)
        given: Object = {"Type": kind, "Description": description}
        self.section("Parameters")[name] = given if default is None else {**given, "Default": default}
        return {"Ref": name}


@dataclass(frozen=True, slots=True)
class Use:
    """A stack that a template makes of another."""

    template: Template
    logical_id: str


@dataclass(frozen=True)
class Found:
    """A resource of a template."""

    template: Template
    name: str
    """Its logical id."""

    @property
    def resource(self) -> Object:
        """All of it."""
        return cast("Object", self.template.section("Resources")[self.name])

    @property
    def type(self) -> str:
        """CloudFormation's."""
        return str(self.resource["Type"])

    @property
    def properties(self) -> Object:
        """Its properties, which are made where it has none."""
        found = self.resource.get("Properties")
        if not isinstance(found, dict):
            found = {}
            self.resource["Properties"] = found
        return found

    @property
    def known(self) -> Object:
        """Its properties, to be looked at."""
        found = self.resource.get("Properties")
        return found if isinstance(found, dict) else {}

    @property
    def place(self) -> str:
        """Where it stands."""
        return self.template.place("Resources", self.name)

    @property
    def ref(self) -> Json:
        """What refers to it."""
        return {"Ref": self.name}

    def att(self, attribute: str) -> Json:
        """What refers to one of its attributes."""
        return {"Fn::GetAtt": [self.name, attribute]}

    @property
    def tag(self) -> str | None:
        """Its Name tag, where that is text."""
        tags = self.known.get("Tags")
        for tag in tags if isinstance(tags, list) else ():
            if isinstance(tag, dict) and tag.get("Key") == "Name" and isinstance(value := tag.get("Value"), str):
                return value
        if isinstance(tags, dict) and isinstance(value := tags.get("Name"), str):
            return value
        return None

    @property
    def cdk_path(self) -> str | None:
        """Where CDK's tree has it."""
        metadata = self.resource.get("Metadata")
        path = metadata.get("aws:cdk:path") if isinstance(metadata, dict) else None
        return path if isinstance(path, str) else None


def referred(value: Json) -> str | None:
    """The logical id that a value refers to, and nothing else; None of another value."""
    if not isinstance(value, dict) or len(value) != 1:
        return None
    ((name, of),) = value.items()
    if name == "Ref" and isinstance(of, str):
        return of
    if name == "Fn::GetAtt":
        first = of[0] if isinstance(of, list) and of else of.split(".")[0] if isinstance(of, str) else None
        return first if isinstance(first, str) else None
    if name == "Fn::Sub" and isinstance(of, str) and (found := _SUB.match(of)):
        return found[1]
    return None


def _nested_in(template: Template) -> Iterator[tuple[str, str]]:
    """(The logical id of each nested stack, where its template is in the folder), for those that are in it."""
    for name, resource in template.resources.items():
        key = _STACKS.get(str(resource.get("Type")))
        properties = resource.get("Properties")
        where = properties.get(key) if key and isinstance(properties, dict) else None
        where = uploaded_name(where) or where
        if not isinstance(where, str) or "://" in where:
            continue
        parts: list[str] = []
        for part in (PurePosixPath(template.path).parent / where).parts:
            if part == ".." and parts and parts[-1] != "..":
                parts.pop()
            elif part != ".":
                parts.append(part)
        if parts and parts[0] not in ("..", "/"):
            yield name, "/".join(parts)


class Folder:
    """Every template of a folder, or the one that was named with its nested stacks."""

    def __init__(self, path: Path) -> None:
        self.root = path if is_folder(path) else path.parent
        files = self._files(path) if is_folder(path) else [path]
        self.templates = [one for file in files if (one := self._read(file, named=file == path)) is not None]
        if not is_folder(path):
            self._follow()
        self._use()

    def _files(self, folder: Path) -> list[Path]:
        found: list[Path] = []
        folders = [(folder, 0)]
        while folders:
            here, depth = folders.pop()
            for one in sorted(here.iterdir()):
                if one.is_dir() and not one.is_symlink():
                    if one.name not in _IGNORED and depth < FOLDERS_DEEP:
                        folders.append((one, depth + 1))
                elif one.suffix in SUFFIXES and not one.name.endswith((".assets.json", "package-lock.json")):
                    found.append(one)
                    if len(found) > TEMPLATE_FILES:
                        problem = f"holds more than {TEMPLATE_FILES:,} YAML and JSON files"
                        raise InputError(problem, file=folder, advice="name the template's own folder, or the template")
        return found

    def _read(self, file: Path, *, named: bool) -> Template | None:
        if named:
            content = read_whole(file, YAML_BYTES, "CloudFormation takes a template of at most 1 MB")
        else:
            with open_inside(self.root, file, "leads outside the folder", "name the template itself") as stream:
                content = read_at_most(stream, YAML_BYTES, file)
            if not _LOOKS.search(content):
                return None
        name = PurePosixPath(file.relative_to(self.root)).as_posix()
        try:
            document = document_of(content, name)
        except InputError as error:
            raise InputError(error.problem, file=file, place=error.place, advice=error.advice) from None
        if document.root.get("Resources") is None:
            if not named:
                return None
            raise InputError("is no template", file=file, advice="a template has 'Resources:'")
        return Template(name, content, document, copy.deepcopy(document.value))

    def _follow(self) -> None:
        """Read the nested stacks of the template that was named, and theirs: they are one with it."""
        known = {one.path for one in self.templates}
        for template in self.templates:  # It grows meanwhile.
            for _, path in _nested_in(template):
                file = self.root / path
                if path in known or not file.is_file():
                    continue
                known.add(path)
                if len(known) > TEMPLATE_FILES:
                    raise InputError(f"has more than {TEMPLATE_FILES:,} nested stacks", file=self.root)
                found = self._read(file, named=False)
                if found is not None:
                    self.templates.append(found)

    def _use(self) -> None:
        by_path = {one.path: one for one in self.templates}
        for template in self.templates:
            for name, path in _nested_in(template):
                nested = by_path.get(path)
                if nested is not None and nested is not template:
                    nested.uses.append(Use(template, name))

    def of(self, *types: str) -> Iterator[Found]:
        """Every resource of these types, in the order of the files."""
        for template in self.templates:
            for name, resource in template.resources.items():
                if resource["Type"] in types:
                    yield Found(template, name)

    def resolved(self, template: Template, value: Json, depth: int = 0) -> Found | None:
        """The resource that a value refers to, through the parameters and outputs of nested stacks too."""
        name = referred(value)
        if name is None or depth > FOLDERS_DEEP:
            return None
        if name in template.resources:
            attribute = value.get("Fn::GetAtt") if isinstance(value, dict) else None
            path = ".".join(map(str, attribute)) if isinstance(attribute, list) else str(attribute or "")
            if template.resources[name]["Type"] in _STACKS and ".Outputs." in path:
                return self._of_output(template, name, path.rpartition(".")[2], depth)
            return Found(template, name)
        if name in template.parameters and len(template.uses) == 1:
            use = template.uses[0]
            passed = Found(use.template, use.logical_id).known.get("Parameters")
            if isinstance(passed, dict):
                return self.resolved(use.template, passed.get(name), depth + 1)
        return None

    def _of_output(self, template: Template, stack: str, output: str, depth: int) -> Found | None:
        for nested in self.templates:
            if any(use.template is template and use.logical_id == stack for use in nested.uses):
                outputs = nested.value.get("Outputs")
                one = outputs.get(output) if isinstance(outputs, dict) else None
                if isinstance(one, dict):
                    return self.resolved(nested, one.get("Value"), depth + 1)
        return None

    @cached_property
    def unread(self) -> list[str]:
        """Places of what may declare resources that nobody sees: loops and included templates."""
        found: list[str] = []
        for template in self.templates:
            every = template.value.get("Resources")
            keys = [key for key in every if key.startswith("Fn::")] if isinstance(every, dict) else []
            found += [f"{template.place('Resources', key)} ({one_line(key, 60)})" for key in keys]
        return found


def carried(found: Found, attribute: str, to: Template) -> Json:
    """What a template says to mean a resource of its own, or of one that it is nested beside or below.

    An output leads up to the template that makes the stack, a parameter down from it. None where a template is used
    twice or by none: then there is no one value.
    """
    value: Json = found.att(attribute) if attribute else found.ref
    if found.template is to:
        return value
    above = found.template
    if above.uses and not any(use.template is above for use in to.uses):
        if len(above.uses) != 1:
            return None
        name = above.fresh(f"{found.name}Id")
        above.section("Outputs")[name] = {"Value": value}
        use = above.uses[0]
        value, above = {"Fn::GetAtt": [use.logical_id, f"Outputs.{name}"]}, use.template
    if above is to:
        return value
    if len(to.uses) != 1 or to.uses[0].template is not above:
        return None
    given = to.parameter(f"{found.name}Id", "String", f"{found.name} of {above.path}")
    properties = Found(above, to.uses[0].logical_id).properties
    passed = properties.get("Parameters")
    if not isinstance(passed, dict):
        passed = {}
        properties["Parameters"] = passed
    passed[str(referred(given))] = value
    return given

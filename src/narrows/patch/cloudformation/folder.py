"""The templates of a folder, and how they use each other."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from narrows.bounds import FOLDERS_DEEP, TEMPLATE_FILES, YAML_BYTES
from narrows.declared.cloudformation.nested import uploaded_name
from narrows.errors import InputError
from narrows.opening import is_folder, open_inside, read_at_most, read_whole
from narrows.patch.cloudformation.document import document_of
from narrows.patch.cloudformation.nodes import Json, same
from narrows.patch.cloudformation.templates import Found, Template, Use, referred

SUFFIXES = (".yaml", ".yml", ".json", ".template")
_IGNORED = ("node_modules", ".git", ".venv", ".aws-sam", "venv", "__pycache__")
_STACKS = {"AWS::CloudFormation::Stack": "TemplateURL", "AWS::Serverless::Application": "Location"}
_LOOKS = re.compile(rb"^[ \t]*\"?(Resources|AWSTemplateFormatVersion)\"?[ \t]*:|\"Resources\"[ \t\r\n]*:", re.MULTILINE)


def _nested_in(template: Template) -> Iterator[tuple[str, str]]:
    """(Logical id, path of the template) of each nested stack whose path stays in the folder."""
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
    """Every template of a folder; or the template that was named, with its nested stacks."""

    def __init__(self, path: Path) -> None:
        self.root = path if is_folder(path) else path.parent
        files = self._files(path) if is_folder(path) else [path]
        self.templates = [template for file in files if (template := self._read(file, named=file == path)) is not None]
        if not is_folder(path):
            self._follow()
        self._use()

    def _files(self, folder: Path) -> list[Path]:
        files: list[Path] = []
        folders = [(folder, 0)]
        while folders:
            current, depth = folders.pop()
            for entry in sorted(current.iterdir()):
                if entry.is_dir() and not entry.is_symlink():
                    if entry.name not in _IGNORED and depth < FOLDERS_DEEP:
                        folders.append((entry, depth + 1))
                elif entry.suffix in SUFFIXES and not entry.name.endswith((".assets.json", "package-lock.json")):
                    files.append(entry)
                    if len(files) > TEMPLATE_FILES:
                        problem = f"holds more than {TEMPLATE_FILES:,} YAML and JSON files"
                        raise InputError(problem, file=folder, advice="name the template's own folder, or the template")
        return files

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
        return Template(name, content, document, document.copied())

    def _follow(self) -> None:
        """Read the nested stacks of the template that was named, and theirs: they are one with it."""
        known = {template.path for template in self.templates}
        for template in self.templates:  # It grows meanwhile.
            for _, path in _nested_in(template):
                file = self.root / path
                if path in known or not file.is_file():
                    continue
                known.add(path)
                if len(known) > TEMPLATE_FILES:
                    raise InputError(f"has more than {TEMPLATE_FILES:,} nested stacks", file=self.root)
                nested = self._read(file, named=False)
                if nested is not None:
                    self.templates.append(nested)

    def _use(self) -> None:
        by_path = {template.path: template for template in self.templates}
        for template in self.templates:
            for name, path in _nested_in(template):
                nested = by_path.get(path)
                if nested is not None and nested is not template:
                    nested.uses.append(Use(template, name))

    def named(self, paths: Iterable[str]) -> Iterator[Template]:
        """The templates of these paths, also those that were not read until now."""
        read = {template.path: template for template in self.templates}
        for path in paths:
            template = read.get(path) or self._read(self.root / path, named=False)
            if template is not None:
                yield template

    def of(self, *types: str) -> Iterator[Found]:
        """Every resource of these types, in the order of the files."""
        for template in self.templates:
            for name, resource in template.resources.items():
                if resource["Type"] in types:
                    yield Found(template, name)

    def resolved(self, template: Template, value: Json, depth: int = 0) -> Found | None:
        """The resource that a value refers to, also through the parameters and outputs of nested stacks."""
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
                declared = outputs.get(output) if isinstance(outputs, dict) else None
                if isinstance(declared, dict):
                    return self.resolved(nested, declared.get("Value"), depth + 1)
        return None


def _output_of(template: Template, resource: Found, value: Json) -> str:
    """The output that has this value: an existing one, else a new one."""
    outputs = template.section("Outputs")
    for name, output in outputs.items():
        if isinstance(output, dict) and same(output.get("Value"), value) and "Condition" not in output:
            return name
    name = template.fresh(f"{resource.name}Id")
    outputs[name] = {"Value": value}
    return name


def carried(resource: Found, attribute: str, to: Template) -> Json:
    """What a template says to refer to a resource of its own, or of a template that it is nested beside or below.

    An output leads up to the template that makes the stack, a parameter down from it. None where a template is used
    twice or by none: then no single value is right.
    """
    value: Json = resource.att(attribute) if attribute else resource.ref
    if resource.template is to:
        return value
    above = resource.template
    if above.uses and not any(use.template is above for use in to.uses):
        if len(above.uses) != 1:
            return None
        name = _output_of(above, resource, value)
        use = above.uses[0]
        value, above = {"Fn::GetAtt": [use.logical_id, f"Outputs.{name}"]}, use.template
    if above is to:
        return value
    if len(to.uses) != 1 or to.uses[0].template is not above:
        return None
    properties = Found(above, to.uses[0].logical_id).properties
    passed = properties.get("Parameters")
    if not isinstance(passed, dict):
        passed = {}
        properties["Parameters"] = passed
    for name, known in passed.items():
        if same(known, value) and name in to.parameters:
            return {"Ref": name}
    given = to.parameter(f"{resource.name}Id", "String", f"{resource.name} of {above.path}")
    passed[str(referred(given))] = value
    return given

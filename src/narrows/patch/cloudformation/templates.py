"""A template, and a resource that it declares."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import cast

from narrows.errors import one_line
from narrows.patch.cloudformation.nodes import Document, Json, every_value

Object = dict[str, Json]

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
    """What it is to say: the changes are made here."""
    uses: list[Use] = field(default_factory=list)
    """The stacks that are made of it, in other templates of the folder."""
    added: set[str] = field(default_factory=set)
    """The logical ids of resources that this patch adds."""

    def section(self, name: str) -> Object:
        """A section, which is made where it is not there."""
        section = self.value.get(name)
        if not isinstance(section, dict):
            section = {}
            self.value[name] = section
        return section

    @property
    def resources(self) -> Mapping[str, Object]:
        """Every resource by its logical id."""
        declared = self.value.get("Resources")
        every = declared if isinstance(declared, dict) else {}
        return {
            key: resource
            for key, resource in every.items()
            if isinstance(resource, dict) and isinstance(resource.get("Type"), str)
        }

    @property
    def parameters(self) -> Object:
        """Its parameters."""
        declared = self.value.get("Parameters")
        return declared if isinstance(declared, dict) else {}

    @property
    def unread(self) -> list[str]:
        """Places of what may declare resources that are not seen here: loops and included templates."""
        declared = self.value.get("Resources")
        keys = [key for key in declared if key.startswith("Fn::")] if isinstance(declared, dict) else []
        return [f"{self.place('Resources', key)} ({one_line(key, 60)})" for key in keys]

    def users(self, name: str) -> Iterator[Found]:
        """The resources that refer to a logical id or a parameter."""
        for logical_id, resource in self.resources.items():
            if any(referred(value) == name for value in every_value(resource)):
                yield Found(self, logical_id)

    def place(self, *way: str) -> str:
        """Where something stands, as far down as it does: ``template.yaml:12``."""
        if self.document is None:
            return self.path
        while way:
            above = self.document.root.get(*way[:-1])
            above = above.target if above is not None and above.target is not None else above
            entries = [entry for entry in above.entries if entry.key == way[-1]] if above is not None else []
            if entries:
                line = self.document.text.count("\n", 0, entries[0].start) + 1
                return f"{self.path}:{line}"
            way = way[:-1]
        return self.path

    @staticmethod
    def named(base: str) -> str:
        """A logical id of these words: letters and digits."""
        words = re.findall(r"[A-Za-z0-9]+", base)
        return "".join(word[:1].upper() + word[1:] for word in words)[:200] or "Narrows"

    def fresh(self, base: str) -> str:
        """A logical id that nothing in the template has."""
        name = self.named(base)
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
        declared = self.value.get(section)
        yield from declared if isinstance(declared, dict) else ()

    def earlier(self, base: str, kind: str) -> Found | None:
        """The resource of this type that already has the name a new one would get: an earlier patch made it, not this
        one."""
        name = self.named(base)
        made = name not in self.added and self.resources.get(name, {}).get("Type") == kind
        return Found(self, name) if made else None

    def add(self, base: str, resource: Object) -> Found:
        """Declare one more resource; what it has no value for is left out."""
        name = self.fresh(base)
        self.section("Resources")[name] = {key: value for key, value in resource.items() if value not in (None, {}, [])}
        self.added.add(name)
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
        """Its type, as CloudFormation spells it."""
        return str(self.resource["Type"])

    @property
    def properties(self) -> Object:
        """Its properties, which are made where it has none."""
        properties = self.resource.get("Properties")
        if not isinstance(properties, dict):
            properties = {}
            self.resource["Properties"] = properties
        return properties

    @property
    def known(self) -> Object:
        """Its properties, to be read only."""
        properties = self.resource.get("Properties")
        return properties if isinstance(properties, dict) else {}

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
        """Where it stands in CDK's tree."""
        metadata = self.resource.get("Metadata")
        path = metadata.get("aws:cdk:path") if isinstance(metadata, dict) else None
        return path if isinstance(path, str) else None


def referred(value: Json) -> str | None:
    """The logical id that a value refers to, where the value is nothing but that reference; else None."""
    if not isinstance(value, dict) or len(value) != 1:
        return None
    ((name, of),) = value.items()
    if name == "Ref" and isinstance(of, str):
        return of
    if name == "Fn::GetAtt":
        first = of[0] if isinstance(of, list) and of else of.split(".")[0] if isinstance(of, str) else None
        return first if isinstance(first, str) else None
    if name == "Fn::Sub" and isinstance(of, str) and (variable := _SUB.match(of)):
        return variable[1]
    return None

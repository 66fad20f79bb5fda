"""Files that people take for templates, and whose they are: known before their YAML is read, which may be none."""

from __future__ import annotations

import re
from dataclasses import dataclass

from narrows.errors import InputError


class ForeignError(InputError):
    """A file is another tool's: no template, and no broken one."""


_RESOURCES = re.compile(r"""^["']?Resources["']?[ \t]*:|"Resources"[ \t\r\n]*:""", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Owner:
    """A tool that has files of its own."""

    possessive: str
    marks: tuple[re.Pattern[str], ...]
    """Each stands in its files, and not all of them in any template."""
    advice: str | None = None


def _key(names: str) -> re.Pattern[str]:
    """A key of YAML's outermost mapping."""
    return re.compile(rf"^[\"']?(?:{names})[\"']?[ \t]*:", re.MULTILINE)


_TERRAFORM = "run 'narrows import terraform'"
_BLOCK = re.compile(r'^(?:resource|provider|variable|module|data|locals|terraform)\b[ \t]*["{]', re.MULTILINE)
_OF_JSON = re.compile(r'\A\s*\{.{0,200}?"(?:terraform_version|resource|terraform|variable)"\s*:', re.DOTALL)
_OWNERS = (
    _Owner("Terraform's", (_BLOCK,), _TERRAFORM),
    _Owner("Terraform's", (_OF_JSON,), _TERRAFORM),
    _Owner(
        "the Serverless Framework's",
        (_key("service"), _key("provider")),
        "run 'serverless package', and name the template that it writes into .serverless",
    ),
    _Owner("Helm's", (re.compile(r"\{\{-?\s*(?:include\b|[.$]+(?:Values|Release|Chart)\b)"),)),
    _Owner("Kubernetes'", (_key("apiVersion"), _key("kind"))),
    _Owner("Docker Compose's", (_key("services"),)),
    _Owner("CDK's", (re.compile(r'\A\s*\{\s*"app"\s*:'),), "run 'cdk synth', and name the folder cdk.out"),
)


def refuse_foreign(text: str, file: str) -> None:
    """Say of a file whose it is, if it is another tool's.

    Raises:
        ForeignError: it is.
    """
    if _RESOURCES.search(text):
        return
    for owner in _OWNERS:
        if all(mark.search(text) for mark in owner.marks):
            problem = f"is {owner.possessive}, not a CloudFormation template"
            raise ForeignError(problem, file=file, advice=owner.advice)

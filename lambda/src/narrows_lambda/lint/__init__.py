"""The lint of handlers: what in a function's code opens connections that it need not open.

``python -m narrows_lambda.lint PATH`` or, from Python::

    from narrows_lambda.lint import lint_source

    for finding in lint_source(source).findings:
        print(finding.line, finding.rule, finding.message)
"""

from __future__ import annotations

from narrows_lambda.lint.finding import Edit, Finding
from narrows_lambda.lint.linting import Linted, Options, UnreadableError, fixed, lint_source

__all__ = ["Edit", "Finding", "Linted", "Options", "UnreadableError", "fixed", "lint_source"]

"""``python -m narrows_lambda.lint PATH``."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from narrows_lambda.limits import FUNCTION_TIMEOUT
from narrows_lambda.lint.linting import Options
from narrows_lambda.lint.running import BAD_INPUT, FORMATS, document, fault_lines, names, run


def main(arguments: list[str] | None = None) -> int:
    """Run, print, and give the exit code: 0 clean, 1 findings, 2 bad input."""
    given = _parser().parse_args(arguments)
    try:
        if given.timeout is not None and not 0 < given.timeout <= FUNCTION_TIMEOUT:
            raise ValueError(f"--timeout: write the function's, in seconds: more than 0, {FUNCTION_TIMEOUT:g} at most")
        options = Options(
            given.handler, given.timeout, names(given.select, "--select"), names(given.ignore, "--ignore")
        )
    except ValueError as error:
        print(f"narrows_lambda.lint: {error}", file=sys.stderr)
        return BAD_INPUT
    result = run(given.paths, options, template=given.template, fix=given.fix)
    for line in fault_lines(result):
        print(f"narrows_lambda.lint: {line}", file=sys.stderr)
    text = document(result, given.format)
    if text:
        encoding = sys.stdout.encoding or "ascii"
        print(text.encode(encoding, "backslashreplace").decode(encoding))
    return result.exit_code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m narrows_lambda.lint",
        description="Find what a Lambda handler does that opens connections which it need not open.",
    )
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a file, or a folder of them")
    parser.add_argument("--handler", help="the handler, as module.function; default: found by name")
    parser.add_argument("--timeout", type=float, help="the function's timeout in seconds; default: its template's")
    parser.add_argument("--template", type=Path, help="SAM or Serverless template; default: the nearest above the file")
    parser.add_argument("--select", default="", help="only these rules, parted by commas")
    parser.add_argument("--ignore", default="", help="all but these rules, parted by commas")
    parser.add_argument("--format", choices=FORMATS, default="text", help="of the output; default: text")
    parser.add_argument("--fix", action="store_true", help="write the fixes")
    return parser


if __name__ == "__main__":
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 141
    except KeyboardInterrupt:
        code = 130
    sys.exit(code)

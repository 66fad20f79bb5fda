"""``--fix`` over modules by chance: the file stays a whole one, changes only where it says, and answers as before."""

from __future__ import annotations

import codecs
import io
import re
import threading
import tokenize
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from hypothesis import HealthCheck, given, settings

from narrows_lambda.lint import fixed, lint_source
from narrows_lambda.lint.linting import Linted
from tests.handlers.grammar import Program, programs
from tests.handlers.test_corpus import lines_left


class Answer(BaseHTTPRequestHandler):
    """Says nothing, and keeps its connections."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(204)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        """Nothing is logged."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(program=programs())
def test_a_fixed_module_is_whole_changes_only_there_and_answers_as_before(program: Program, url: str) -> None:
    source = program.source
    before, after = lint_source(source), fixed(source)
    left = lint_source(after)
    compile(after, "fixed", "exec")
    assert fixed(after) == after
    assert not [one for one in left.findings if one.edits]
    assert rules(left) <= rules(before, mended=False)
    assert after.startswith(codecs.BOM_UTF8) == source.startswith(codecs.BOM_UTF8)
    assert set(re.findall("\r\n|\r|\n", text(after))) <= {program.newline}
    assert lines_left(source, after, program.newline)
    assert answers(after, url) == answers(source, url)


def rules(linted: Linted, *, mended: bool = True) -> Counter[str]:
    return Counter(one.rule for one in linted.findings if mended or not one.edits)


def text(source: bytes) -> str:
    encoding, _ = tokenize.detect_encoding(io.BytesIO(source.replace(b"\r\n", b"\n").replace(b"\r", b"\n")).readline)
    return source.decode(encoding)


def answers(source: bytes, url: str) -> list[object]:
    """What two invocations answer."""
    names: dict[str, object] = {"URL": url, "__name__": "app"}
    exec(compile(source, "app", "exec"), names)
    handler = names["handler"]
    assert callable(handler)
    try:
        return [handler(event, None) for event in ("a", "")]
    finally:
        for one in names.values():
            if hasattr(one, "close") and not isinstance(one, type):
                one.close()

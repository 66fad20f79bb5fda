"""The gate: whatever a name holds is written out, on a terminal, in CSV, a page and JSON; nothing goes around it."""

from __future__ import annotations

import ast
import csv
import io
import json
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.table import Table
from rich.text import Text

import narrows
from narrows import gate
from narrows.gate import argument, cells, in_page, json_text
from narrows.printable import printable

SOURCES = Path(narrows.__file__).parent
LAB_PROCESSES = {
    "lab/keeper.py", "lab/director.py", "lab/processes.py", "lab/runtimes/process.py", "lab/servers/https.py",
    "lab/servers/momento_cache.py",
}  # fmt: skip
"""Their stderr is a pipe that ``lab/run.py`` passes on through the gate."""
ODD = st.text(
    st.one_of(st.characters(), st.sampled_from("\x1b\x07\x9b\x9d\u202e\u2066\u200b\ufeff\U000e0041\ud800=;\n"))
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b]52;c;aGk=\x07", r"\x1b]52;c;aGk=\x07"),
        ("\x9b31m", r"\x9b31m"),
        ("user\u202egnp.exe", r"user\u202egnp.exe"),
        ("a\u200bb\ufeffc", r"a\u200bb\ufeffc"),
        ("\U000e0041\ufe0f", r"\U000e0041\ufe0f"),
        ("\udcff", r"\udcff"),
        ("a\rb\tc\nd", "a\\rb\\tc\nd"),
        ("naïve ≈ 日本 שלום 🎉", "naïve ≈ 日本 שלום 🎉"),
    ],
)
def test_what_is_not_printable_is_written_out(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(ODD)
def test_nothing_but_printable_text_and_line_breaks_is_left(text: str) -> None:
    shown = printable(text)
    assert shown.replace("\n", "").isprintable()
    assert printable(shown) == shown


@given(ODD, ODD)
def test_different_names_stay_different(one: str, other: str) -> None:
    if "\\" not in one + other:
        assert (printable(one) == printable(other)) == (one == other)


@given(st.recursive(ODD | st.integers() | st.none(), lambda inner: st.lists(inner) | st.dictionaries(ODD, inner)))
def test_json_is_the_same_data_in_printable_text(document: object) -> None:
    text = json_text(document)
    assert text.replace("\n", "").isprintable()
    assert json.loads(text) == json.loads(json.dumps(document))


@pytest.mark.parametrize("begin", ["=", "@", "+", "-", "\t=", "\r=", " =", "\n@", "＝", "x;=", "x; +", "\x00="])
def test_no_cell_is_a_formula(begin: str) -> None:
    stream = io.StringIO()
    csv.writer(stream).writerow(cells([f"{begin}HYPERLINK(1)", -5, 1.5, None, "a-b", "10.0.0.1"]))
    for separator in ",;":
        (row,) = csv.reader([stream.getvalue()], delimiter=separator)
        for cell in row:
            assert cell.strip()[:1] not in ("=", "@", "＝"), cell
            assert not cell.startswith(("+", "-")) or cell == "-5", cell
    assert next(csv.reader([stream.getvalue()]))[1:] == ["-5", "1.5", "", "a-b", "10.0.0.1"]


def test_a_name_from_right_to_left_turns_nothing_else_in_a_page() -> None:
    assert in_page("שלום עולם 65,000 of 65,000") == "\u2068שלום עולם\u2069 65,000 of 65,000"
    assert in_page("a\u202eb") == "a\\u202eb"
    assert len(in_page("x" * 100_000)) < 5000


@pytest.mark.parametrize("folder", ["-x", "a b", "$(id)", "x;y", "--endpoint-url=http://a"])
def test_a_folder_in_a_command_is_one_word_and_no_option(folder: str) -> None:
    import shlex

    (word,) = shlex.split(argument(folder))
    assert word in (folder, f"./{folder}")
    assert not word.startswith("-")


@given(ODD)
def test_the_console_writes_only_printable_text(text: str) -> None:
    stream = io.StringIO()
    before, sys.stdout = sys.stdout, stream
    try:
        screen = gate.console()
        screen.print(text)
        screen.print(Text(text, "bold").append(text))
        table = Table()
        table.add_column(Text(text))
        table.add_row(text)
        table.add_row(Text(text), style="red")
        screen.print(table)
        screen.rule(text)
    finally:
        sys.stdout = before
    assert stream.getvalue().replace("\n", "").isprintable()


def test_columns_are_as_wide_as_what_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stream)
    table = Table(box=None, pad_edge=False)
    table.add_row("a\x1b[2J\u202eb", "7")
    table.add_row("ordinary", "8")
    gate.console().print(table)
    first, second = stream.getvalue().splitlines()[-2:]
    assert first.index("7") == second.index("8")
    assert r"a\x1b[2J\u202eb" in first


def test_what_libraries_and_faults_print_passes_too(monkeypatch: pytest.MonkeyPatch) -> None:
    out, err = io.StringIO(), io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    with gate.gated_output():
        print("\x1b[31mred\x1b[0m \x1b]52;c;x\x07")
        sys.stderr.writelines(["a\u202eb", "\n"])
    assert out.getvalue() == "\x1b[31mred\x1b[0m \\x1b]52;c;x\\x07\n"
    assert err.getvalue() == "a\\u202eb\n"
    try:
        raise ValueError("\x1b]0;x\x07")
    except ValueError as error:
        gate.print_traceback(ValueError, error, error.__traceback__)
    assert "\x1b" not in err.getvalue()
    assert r"ValueError: \x1b]0;x\x07" in err.getvalue()


def test_only_the_gate_prints() -> None:
    found = []
    for file in sorted(SOURCES.rglob("*.py")):
        name = file.relative_to(SOURCES).as_posix()
        if name in LAB_PROCESSES | {"gate.py", "gate_console.py"}:
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            prints = called in ("print", "Console", "rich.print", "typer.echo", "click.echo", "os.write") or (
                called.endswith((".write", ".writelines")) and called.startswith("sys.std")
            )
            # To a pipe of the lab's own, and a fixed word of a command that did not end in time.
            if prints and not (called == "os.write" and name.startswith(("lab/", "signals.py"))):
                found.append(f"{name}:{node.lineno}: {called}")  # type: ignore[attr-defined]
    assert found == []

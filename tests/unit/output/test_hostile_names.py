"""Whatever a case's names hold: nothing but printable text, line breaks and narrows' own colours is printed."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from narrows.cli import main
from tests.unit.output.hostile import encodable, hostile_scenario, write_hostile, write_plain

CLIPBOARD = "\x1b]52;c;aGk=\x07"
WORST = f"{CLIPBOARD}\u202e=1\n\r\tFORGED\x9b31m\u200b\ufeff\U000e0041\x1b[31m"
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
CURSOR = re.compile(r"\x1b\[(\?25[lh]|[0-9]*[AK]|2K)|\r")
"""How a progress bar is drawn again."""
COMMANDS = (
    ("diagnose", "CASE"),
    ("diagnose", "CASE", "--json"),
    ("fullest", "CASE"),
    ("fullest", "CASE", "--json"),
    ("plan", "CASE"),
    ("plan", "CASE", "--growth", "900x"),
    ("plan", "CASE", "--json", "--out", "OUT/{}.yaml"),
    ("flowlogs", "--case", "CASE"),
    ("flowlogs", "--case", "CASE", "--by", "destination", "--json"),
    ("flowlogs", "--case", "CASE", "--csv", "--parquet", "OUT/{}.parquet"),
    ("flowlogs", "--case", "CASE", "--where-lost"),
    ("flowlogs", "--case", "CASE", "--sql", "--engine", "athena"),
    ("report", "CASE", "--no-proof", "--out", "OUT/{}.html"),
    ("simulate", "SCENARIO", "--out", "OUT/{}"),
    ("lab", "doctor", "SCENARIO"),
    ("diagnose", "{}"),
    ("limits", "{}"),
    ("plan", "SCENARIO", "--can", "{}"),
    ("flowlogs", "{}", "--by", "{}"),
)
SHOWING = (*COMMANDS[:4], COMMANDS[5], COMMANDS[7], COMMANDS[9], ("diagnose", "{}"), ("limits", "{}"))
"""Those that have a name of the case to show."""
ODD = st.text(st.one_of(st.characters(), st.sampled_from("\x1b\x07\x9b\u202e\u200b\ufeff\ud800=;\n[]")), max_size=20)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The case that the hostile ones are made of."""
    folder = tmp_path_factory.mktemp("hostile") / "plain"
    write_plain(folder)
    return folder


class Terminal(io.TextIOWrapper):
    """A stream that says of itself that it is a terminal."""

    def isatty(self) -> bool:
        return True


@contextmanager
def captured(terminal: bool, encoding: str = "utf-8") -> Iterator[tuple[io.TextIOWrapper, io.TextIOWrapper]]:
    """stdout and stderr of a command that runs in this process."""
    before = sys.stdout, sys.stderr
    kind = Terminal if terminal else io.TextIOWrapper
    sys.stdout, sys.stderr = kind(io.BytesIO(), encoding), kind(io.BytesIO(), encoding)
    try:
        yield sys.stdout, sys.stderr
    finally:
        sys.stdout, sys.stderr = before


def ran(arguments: tuple[str, ...], *, terminal: bool = False, encoding: str = "utf-8") -> tuple[str, str]:
    """What a command printed; it ended as commands end, with no traceback."""
    with captured(terminal, encoding) as streams:
        with pytest.raises(SystemExit) as left:
            main(arguments)
        assert left.value.code in (0, 1, 2)
        out, err = (stream.detach().getvalue().decode(encoding) for stream in streams)  # type: ignore[attr-defined]
    assert "Traceback" not in err
    return out, err


def arguments_for(command: tuple[str, ...], top: Path, evil: str) -> tuple[str, ...]:
    """A command's arguments with the places of a hostile case, and the name itself where a name can be given."""
    name = encodable(evil).translate({ord("/"): "_", 0: "_"})[:40]
    places = {"CASE": str(top / "case"), "SCENARIO": str(top / "scenario.yaml")}
    return tuple(places.get(one, one.replace("OUT", str(top / "out")).format(name)) for one in command)


def assert_harmless(out: str, err: str, *, colours: bool) -> None:
    """Nothing but printable text and line breaks, and colours only where they were asked for."""
    if colours:
        out, err = COLOUR.sub("", out), CURSOR.sub("", COLOUR.sub("", err))
    for text in (out, err):
        assert text.replace("\n", "").isprintable(), ascii(next(one for one in text if not one.isprintable()))


def stage(plain: Path, top: Path, evil: str) -> None:
    """Write the hostile case and scenario."""
    (top / "out").mkdir()
    write_hostile(plain, top / "case", evil)
    (top / "scenario.yaml").write_text(hostile_scenario(evil if evil.isprintable() else ""), encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_prints_hostile_names_as_text(plain: Path, tmp_path: Path, command: tuple[str, ...]) -> None:
    stage(plain, tmp_path, WORST)
    out, err = ran(arguments_for(command, tmp_path, WORST))
    assert_harmless(out, err, colours=False)
    if command in SHOWING:
        assert "FORGED" in out + err


@pytest.mark.parametrize("command", COMMANDS[:11], ids=" ".join)
def test_on_a_terminal_with_colours_too(
    plain: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    for name in ("NO_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    stage(plain, tmp_path, WORST)
    out, err = ran(arguments_for(command, tmp_path, WORST), terminal=True)
    assert_harmless(out, err, colours=True)
    # The colour that a name asks for is not among them.
    assert r"\x1b[31m" in out or "\\u001b[31m" in out or WORST not in out


@pytest.mark.parametrize("command", COMMANDS[:11], ids=" ".join)
def test_where_the_output_is_ascii_too(plain: Path, tmp_path: Path, command: tuple[str, ...]) -> None:
    stage(plain, tmp_path, "日本 ≈ é 🎉")
    out, err = ran(arguments_for(command, tmp_path, "é"), encoding="ascii")
    assert_harmless(out, err, colours=False)
    if command == ("diagnose", "CASE", "--json"):
        assert "日本 ≈ é 🎉" in json.dumps(json.loads(out), ensure_ascii=False)


def test_each_record_of_csv_is_one_line(plain: Path, tmp_path: Path) -> None:
    stage(plain, tmp_path, WORST)
    out, _ = ran(arguments_for(("flowlogs", "--case", "CASE", "--csv"), tmp_path, ""))
    assert len(out.splitlines()) == len(list(csv.reader(io.StringIO(out)))) > 3


@pytest.mark.slow
@settings(max_examples=6)
@given(evil=ODD)
def test_whatever_text_is_in_the_names(plain: Path, evil: str) -> None:
    with TemporaryDirectory() as folder:
        top = Path(folder)
        stage(plain, top, evil)
        for command in (COMMANDS[0], COMMANDS[2], COMMANDS[5], COMMANDS[7]):
            out, err = ran(arguments_for(command, top, evil))
            assert_harmless(out, err, colours=False)


def test_names_of_files_that_are_not_utf8(plain: Path, tmp_path: Path) -> None:
    stage(plain, tmp_path, "")
    name = os.fsdecode(b"caller-\xff\x1b]52;c;x\x07.json")
    for folder in ("callers", "flow-logs", "ec2", "cloudwatch"):
        (tmp_path / "case" / folder / name).write_text("{")
    for command in (*COMMANDS[:11], ("diagnose", name)):
        out, err = ran(arguments_for(command, tmp_path, ""))
        assert_harmless(out, err, colours=False)


@pytest.mark.slow
def test_a_name_of_100_000_characters_floods_nothing(plain: Path, tmp_path: Path) -> None:
    stage(plain, tmp_path, "W" * 100_000)
    for command in (COMMANDS[0], COMMANDS[2], COMMANDS[5]):
        out, err = ran(arguments_for(command, tmp_path, ""))
        assert len(out) + len(err) < 30_000, command

"""Bad scenarios: one line that names the file, the line, the key, what is wrong and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from narrows.errors import InputError
from narrows.scenario import load_scenario, parse_scenario
from tests.unit.core.faults import FAULTS, Change, assumption
from tests.unit.core.scenarios import INCIDENT, changed


def message(text: str) -> str:
    """What a scenario's error says; the file is called s.yaml."""
    with pytest.raises(InputError) as caught:
        parse_scenario(text, "s.yaml")
    line = str(caught.value)
    assert line.isprintable()
    assert len(line) <= 400
    return line


@pytest.mark.parametrize(
    ("change", "line", "place", "problem"),
    FAULTS,
)
def test_one_line_with_its_place(change: Change, line: int, place: str, problem: str) -> None:
    found = message(changed(change))
    assert found.startswith(f"s.yaml: line {line}, {place}: ")
    assert problem in found


def test_more_subnets_than_a_function_has() -> None:
    subnets = "".join(f"    s{n}: {{az: us-east-1a, route: nat-a}}\n" for n in range(17))
    names = ", ".join(f"s{n}" for n in range(17))
    text = changed(("  nat_gateways:", f"{subnets}  nat_gateways:"), ("[private-a]", f"[{names}]"))
    assert message(text) == (
        "s.yaml: line 29, functions.storefront.subnets: 17 subnets where AWS allows 16 for each function"
    )


def test_more_reserved_than_the_account_has() -> None:
    text = changed(
        ("    subnets: [private-a]", "    reserved_concurrency: 500\n    subnets: [private-a]"),
        assumption("account_concurrency: 400"),
    )
    assert message(text).startswith(
        "s.yaml: line 12, functions.storefront.reserved_concurrency: the functions reserve 500"
    )


def test_more_addresses_than_there_are_to_give() -> None:
    many = "".join(f"  d{n}: {{port: 443, addresses: 4096}}\n" for n in range(33))
    assert "too many addresses" in message(f"name: x\ndestinations:\n{many}")


def test_a_missing_section() -> None:
    assert message("name: x\n") == "s.yaml: line 1: 'destinations' is missing; add it"
    assert message("region: us-east-1\ndestinations: {}\n") == "s.yaml: line 1: 'name' is missing; add it"


class TestFiles:
    """Files that cannot be read."""

    def test_missing(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match=r"none\.yaml: no such file or directory$"):
            load_scenario(tmp_path / "none.yaml")

    def test_folder(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match=r"is a folder, not a file$"):
            load_scenario(tmp_path)

    @pytest.mark.parametrize(
        ("content", "problem"),
        [
            (b"", "is empty; it should hold keys such as 'name:'"),
            (b"# nothing\n", "is empty; it should hold keys such as 'name:'"),
            (b"- a\n", "holds no mapping; it should start with keys such as 'name:'"),
            (b"hello", "holds no mapping; it should start with keys such as 'name:'"),
            (b"\x7fELF\xff\xfe\x00", "is not UTF-8 text (byte 4)"),
            (b"name: x\nx: \x01", "line 2: is not valid YAML: it holds a control character (#x0001)"),
            (b"PK\x03\x04", "line 1: is not valid YAML: it holds a control character (#x0003)"),
            (b"a" * (4 * 2**20 + 1), "is larger than 4 MiB, the most that is read"),
            (b"\xef\xbb\xbfname: x\n", "line 1: 'destinations' is missing; add it"),
        ],
        ids=["empty", "comment", "list", "text", "binary", "control", "zip", "large", "bom"],
    )
    def test_content(self, tmp_path: Path, content: bytes, problem: str) -> None:
        file = tmp_path / "s.yaml"
        file.write_bytes(content)
        with pytest.raises(InputError) as caught:
            load_scenario(file)
        assert str(caught.value) == f"{file}: {problem}"

    def test_a_device_that_never_ends(self) -> None:
        with pytest.raises(InputError, match="/dev/zero: is a device, not a file"):
            load_scenario("/dev/zero")

    def test_half_a_file(self) -> None:
        """Cut anywhere, it loads or says what is missing."""
        for end in range(0, len(INCIDENT), 7):
            try:
                parse_scenario(INCIDENT[:end], "s.yaml")
            except InputError as error:
                assert str(error).startswith("s.yaml: ")  # noqa: PT017

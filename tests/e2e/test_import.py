"""``narrows import`` from the command line: the first act as people write it, imported, filled in, planned."""

from __future__ import annotations

from pathlib import Path

import pytest

from narrows.cli import main
from narrows.scenario import load_scenario

_ROOT = Path(__file__).parents[2]
_ACT = _ROOT / "examples" / "infrastructure" / "act-1"
_SCENARIO = _ROOT / "examples" / "scenarios" / "launch-load-test.yaml"
_WAYS = {
    "terraform": ("terraform", _ACT / "terraform"),
    "cloudformation": ("cloudformation", _ACT / "cloudformation" / "template.yaml"),
    "sam": ("cloudformation", _ACT / "sam" / "template.yaml"),
}


def _run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as left:
        main([str(one) for one in arguments])
    said = capsys.readouterr()
    assert isinstance(left.value.code, int)
    return left.value.code, said.out, said.err


@pytest.mark.parametrize("way", _WAYS)
def test_the_first_act(way: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    language, source = _WAYS[way]
    out = tmp_path / "imported.yaml"
    code, said, _ = _run(capsys, "import", language, source, "--out", out)
    assert (code, "each behind '# ?'" in said) == (0, True)
    network = load_scenario(out).network
    assert (set(network.subnets), set(network.nat_gateways)) == ({"private-a"}, {"nat-a"})
    code, said, _ = _run(capsys, "plan", out)
    assert (code, "nat-a" in said) == (0, True)

    answered = tmp_path / "answered.yaml"
    assert _run(capsys, "import", language, source, "--answers", _SCENARIO, "--out", answered)[0] == 0
    found, wanted = load_scenario(answered), load_scenario(_SCENARIO)
    assert found.network.subnets == wanted.network.subnets
    assert found.network.functions == wanted.network.functions
    assert found.network.destinations == wanted.network.destinations
    assert found.demand == wanted.demand
    assert {one.addresses for one in found.network.nat_gateways.values()} == {1}
    code, said, _ = _run(capsys, "plan", answered, "--check")
    assert (code, "add-nat-addresses" in said or "addresses" in said) == (1, True)


def test_a_file_that_people_changed_is_not_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    language, source = _WAYS["cloudformation"]
    out = tmp_path / "imported.yaml"
    assert _run(capsys, "import", language, source, "--out", out)[0] == 0
    assert _run(capsys, "import", language, source, "--out", out)[0] == 0
    mine = out.read_text(encoding="utf-8").replace("per_environment: 1 ", "per_environment: 10 ")
    out.write_text(mine, encoding="utf-8")
    code, _, said = _run(capsys, "import", language, source, "--out", out)
    assert (code, "is not what this command writes" in said) == (2, True)
    assert out.read_text(encoding="utf-8") == mine


def test_a_region_that_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, said = _run(capsys, "import", "terraform", _ACT / "terraform", "--region", "mars")
    assert (code, out) == (2, "")
    assert "--region: 'mars' is not a Region; write one such as us-east-1" in said


def test_the_region_on_the_command_line_is_that_of_the_template(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    template = tmp_path / "stack.yaml"
    template.write_text(
        """\
Conditions: {China: !Equals [!Ref AWS::Region, cn-north-1]}
Resources:
  Nat: {Type: AWS::EC2::NatGateway, Properties: {AllocationId: eipalloc-1}}
  Second: {Type: AWS::EC2::NatGateway, Condition: China, Properties: {AllocationId: eipalloc-2}}
"""
    )
    _, open_end, _ = _run(capsys, "import", "cloudformation", template)
    assert "AWS::Region is not known" in open_end
    _, said, _ = _run(capsys, "import", "cloudformation", template, "--region", "eu-west-1")
    assert ("Nat:" in said, "Second" in said, "AWS::Region" in said) == (True, False, False)

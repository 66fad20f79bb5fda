"""A stand-in for Terraform's aws provider: it makes nothing, and says what would be made, changed and replaced.

Runs in an environment of its own (``.venv/terraform``), started by ``run.py``.
"""

import secrets
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from schemas import BLOCKS, DATA, DATA_BLOCKS, PREFIXES, RESOURCES, ZONES
from tf import iface, runner, types
from tf.blocks import SetNestedBlock
from tf.schema import Attribute, Block, Schema

_TYPES = {
    "s": types.String,
    "n": types.Number,
    "b": types.Bool,
    "S": lambda: types.Set(types.String()),
    "L": lambda: types.List(types.String()),
    "M": lambda: types.Map(types.String()),
}
_REGION = "eu-west-1"
_ACCOUNT = "123456789012"


def _attributes(text):
    found = []
    for one in text.split():
        name, kind, flags = one.split(":")
        found.append(
            Attribute(
                name,
                _TYPES[kind](),
                required="r" in flags,
                optional="o" in flags,
                computed="c" in flags,
                requires_replace="F" in flags or None,
            )
        )
    return found


def _schema(attributes, blocks):
    nested = [SetNestedBlock(name, Block(attributes=_attributes(text))) for name, text in blocks.items()]
    return Schema(version=1, attributes=_attributes(attributes), block_types=nested)


class _Resource(iface.Resource):
    type = ""

    def __init__(self, provider):
        self.provider = provider

    @classmethod
    def get_name(cls):
        return cls.type.removeprefix("aws_")

    @classmethod
    def get_schema(cls):
        return _schema(RESOURCES[cls.type], BLOCKS.get(cls.type, {}))

    def create(self, ctx, planned):
        return self._known(planned)

    def read(self, ctx, current):
        return current

    def update(self, ctx, current, planned):
        return self._known(planned, current)

    def delete(self, ctx, current):
        return None

    def _known(self, planned, current=None):
        """With values for what was not known."""
        state = {name: _known_inside(value) for name, value in planned.items()}
        unknown = [name for name, value in state.items() if value is types.Unknown]
        kinds = {one.name: one.type for one in self.get_schema().attributes}
        if "id" in unknown:
            state["id"] = f"{PREFIXES.get(self.type, self.type.removeprefix('aws_'))}-0{secrets.token_hex(8)}"
        for name in unknown:
            if name == "id":
                continue
            if name == "allocation_id" and self.type == "aws_eip":
                state[name] = state["id"]
            elif name == "tags_all":
                state[name] = state.get("tags") or {}
            elif name == "arn":
                state[name] = f"arn:aws:test:{_REGION}:{_ACCOUNT}:{self.type}/{state['id']}"
            elif name == "public_ip":
                state[name] = f"203.0.113.{secrets.randbelow(254) + 1}"
            elif isinstance(kinds[name], (types.List, types.Map)):
                state[name] = {} if isinstance(kinds[name], types.Map) else []
            elif isinstance(kinds[name], types.Bool):
                state[name] = False
            elif isinstance(kinds[name], types.Number):
                state[name] = 0
            elif name == "availability_zone":
                state[name] = f"{_REGION}{ZONES[0]}"
            else:
                state[name] = f"{name}-{secrets.token_hex(4)}" if name.endswith("_id") else ""
        return state


def _known_inside(value):
    """Blocks with what only AWS says."""
    if isinstance(value, list):
        return [_known_inside(one) for one in value]
    if isinstance(value, dict):
        return {name: None if one is types.Unknown else _known_inside(one) for name, one in value.items()}
    return value


class _Data(iface.DataSource):
    type = ""

    def __init__(self, provider):
        self.provider = provider

    @classmethod
    def get_name(cls):
        return cls.type.removeprefix("aws_")

    @classmethod
    def get_schema(cls):
        return _schema(DATA[cls.type], DATA_BLOCKS.get(cls.type, {}))

    def read(self, ctx, config):
        state = dict(config)
        answers = {
            "names": [f"{_REGION}{letter}" for letter in ZONES],
            "zone_ids": [f"euw1-az{number}" for number in range(1, len(ZONES) + 1)],
            "account_id": _ACCOUNT,
            "partition": "aws",
            "json": "{}",
            "ids": ["subnet-0aaaaaaaaaaaaaaaa"],
            "cidr_block": "10.0.0.0/16",
        }
        for one in self.get_schema().attributes:
            if state.get(one.name) is not None or not one.computed:
                continue
            if one.name in answers:
                state[one.name] = answers[one.name]
            elif isinstance(one.type, types.List):
                state[one.name] = []
            elif isinstance(one.type, types.Map):
                state[one.name] = {}
            elif isinstance(one.type, types.Bool):
                state[one.name] = False
            elif one.name in ("name", "region", "id") and self.type == "aws_region":
                state[one.name] = _REGION
            else:
                state[one.name] = f"{PREFIXES.get(self.type, one.name)}-0{'a' * 16}"
        return state


class _Provider(iface.Provider):
    def get_model_prefix(self):
        return "aws_"

    def full_name(self):
        return "registry.terraform.io/hashicorp/aws"

    def get_provider_schema(self, diags):
        names = "region:s:o profile:s:o access_key:s:o secret_key:s:o skip_credentials_validation:b:o"
        return _schema(names, {"default_tags": "tags:M:o", "assume_role": "role_arn:s:o"})

    def validate_config(self, diags, config):
        pass

    def configure_provider(self, diags, config):
        pass

    def get_data_sources(self):
        return [type(name, (_Data,), {"type": name}) for name in DATA]

    def get_resources(self):
        return [type(name, (_Resource,), {"type": name}) for name in RESOURCES]


if __name__ == "__main__":
    runner.run_provider(_Provider(), sys.argv)

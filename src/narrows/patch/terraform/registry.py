"""Well-known modules of the registry: which they are, and what their resources are called from outside of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from narrows.declared.terraform.hcl import Block
from narrows.patch.terraform.editing import attribute_value
from narrows.patch.terraform.files import Address

_LAMBDA: Final = re.compile(
    r"terraform-aws-modules/lambda/aws(?!//)|terraform-aws-modules/terraform-aws-lambda(?!.*//modules)"
)
_VPC: Final = re.compile(r"terraform-aws-modules/vpc/aws|terraform-aws-modules/terraform-aws-vpc")
_OUTPUTS: Final[Mapping[tuple[str, str], str]] = {
    ("aws_vpc", "this"): "vpc_id",
    ("aws_nat_gateway", "this"): "natgw_ids",
    ("aws_subnet", "private"): "private_subnets",
    ("aws_subnet", "public"): "public_subnets",
    ("aws_subnet", "intra"): "intra_subnets",
    ("aws_route_table", "private"): "private_route_table_ids",
    ("aws_route_table", "public"): "public_route_table_ids",
    ("aws_route_table", "intra"): "intra_route_table_ids",
}
"""Outputs of terraform-aws-modules/vpc/aws that hold ids, by what they are of."""


def output_of(source: str, module: str, address: Address) -> str | None:
    """``module.vpc.natgw_ids[0]``; None where the module says no such thing, or is not known."""
    output = _OUTPUTS.get((address.type, address.label)) if _VPC.search(source) else None
    if output is None:
        return None
    if output == "vpc_id":
        return f"module.{module}.{output}"
    return f"module.{module}.{output}[{address.key}]" if isinstance(address.key, int) else None


def is_lambda(call: Block) -> bool:
    """Whether a call is of terraform-aws-modules/lambda/aws, which makes one function of its inputs."""
    source = attribute_value(call, "source")
    return source is not None and _LAMBDA.search((source.text or b"").decode("utf-8", "replace")) is not None
